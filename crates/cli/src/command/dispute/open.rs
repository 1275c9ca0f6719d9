//! Opens a dispute, joins one, and gets back what is left of a bond.

use std::path::PathBuf;

use alloy::{primitives::keccak256, rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    amount::DECIMALS,
    chain::{Call, Client, decode_event},
    contract::{
        CAIToken,
        DisputeCourt::{self, Item},
        Staking,
    },
    court::{Phase, State},
    evidence::{Bundle, root},
    task::ReceiptRecord,
};
use serde::Serialize;

use super::{
    boards::{HandedIn, hand_in},
    case::{Dispute, find_dispute, known, read_dispute},
    court::{check, court_address},
    examine::examine,
};
use crate::{
    account::{
        permit::affordable,
        session::{Sent, Session, Summary},
    },
    args::{IdPrefix, TransactionOptions},
    command::audit::{Answer, Model, Opinion, parse},
    context::Context,
    host::clock::moment,
    terminal::{Error, Result},
};

/// A dispute to open.
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// Files with answers and their receipts, as `cuckoo task receipt ID` prints them: 1 to 32 of one miner and one model; or - for
    /// stdin
    #[arg(required = true, num_args = 1..=32, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Hash by which jurors find the evidence [default: the Keccak-256 of FILE, by which they recognise a copy of it; of the hashes
    /// of all files where there are several]
    #[arg(long, value_name = "HASH")]
    evidence: Option<B256>,
    /// Examine the answers with this model first, and open nothing unless a jury with the same model would find them false: a
    /// directory with safetensors, a GGUF file, or a name on the Hugging Face hub; every FILE has to be a bundle of evidence, as
    /// `cuckoo task evidence ID` prints it
    #[arg(long, value_name = "PATH|NAME")]
    model: Option<String>,
    /// File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated
    #[arg(long, value_name = "FILE", requires = "model")]
    calibration: Vec<PathBuf>,
    /// Open the dispute even if the model says that the answers can be honest, or cannot say
    #[arg(long, requires = "model")]
    force: bool,
    /// How the two transactions are sent: an approval of the bond, and the dispute.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A dispute to join.
#[derive(Debug, clap::Args)]
pub struct JoinArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// Hash by which jurors find your evidence [default: none of your own]
    #[arg(long, value_name = "HASH")]
    evidence: Option<B256>,
    /// How the two transactions are sent: an approval of the bond, and the joining.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A bond to get back.
#[derive(Debug, clap::Args)]
pub struct BondArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Opened {
    id: B256,
    bond: Cai,
    decimals: usize,
    transaction: Sent,
    /// What the model says of the answers, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<Opinion>,
    /// The boards that the evidence was handed in at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    boards: Vec<HandedIn>,
}

#[derive(Debug, Serialize)]
struct Withdrawn {
    id: B256,
    challenger: Address,
    amount: Cai,
    decimals: usize,
    transaction: Sent,
}

/// `dispute open`.
pub(super) async fn open(args: OpenArgs, context: &Context) -> Result<()> {
    let answers = args.files.iter().map(|file| Answer::read(file)).collect::<Result<Vec<_>>>()?;
    let parsed = answers.iter().map(|answer| Ok(parse(&answer.bytes)?.receipt)).collect::<Result<Vec<_>>>()?;
    let bundles: Option<Vec<_>> = answers.iter().map(|answer| answer.bundle.clone()).collect();
    // A model that is missing is noticed before the chain is asked.
    let model = args.model.as_deref().map(|model| Model::new(model, &args.calibration)).transpose()?;
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    let records = sort(client, parsed)?;
    let accused = check_together(&records)?;
    let digests: Vec<_> = records.iter().map(|(digest, _)| *digest).collect();
    let id = keccak256(alloy::sol_types::SolValue::abi_encode(&digests));
    check_free(id, client.read(court, &DisputeCourt::caseOfCall { id }).await?.state)?;
    check_in_time(client, court, &records).await?;
    if client.read(client.network().staking, &Staking::slashableOfCall { node: accused }).await?.is_zero() {
        return Err(Error::precondition(format_args!("no stake is left behind {accused}, so nothing can be slashed")));
    }
    let bond = client.read(court, &DisputeCourt::bondForCall { id, accused }).await?;
    let bond = Cai::from_base_units(bond);
    let opinion = match model {
        Some(model) => Some(examine(model, bundles.as_deref(), bond, args.force, context).await?),
        None => None,
    };
    let evidence = args.evidence.unwrap_or_else(|| reference(&answers, bundles.as_deref()));
    let left = post(&session, court, bond).await?;
    let items = records.into_iter().map(|(_, record)| item(record)).collect();
    let summary = Summary::new(format!("Dispute {} of {accused}", count_answers(digests.len())))
        .line("dispute", id)
        .line("bond", bond)
        .line("balance after", left);
    let progress = session.printer.progress("Opening the dispute");
    let call = Call::new(court, &DisputeCourt::openCall { items, bundles: evidence });
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    let mut boards = vec![];
    if let Some(block) = transaction.block() {
        session.printer.ok(format_args!("dispute {id} is open since block {block}"));
        if let Some(bundles) = &bundles {
            boards =
                hand_in(client, id, bundles, &session.printer).await.map_err(|error| transaction.followed_by(error))?;
        }
        session.printer.hint(format_args!("show its state: cuckoo dispute show {id}"));
    }
    let opened = Opened { id, bond, decimals: DECIMALS, transaction, opinion, boards };
    context.printer.result(&opened, || opened.transaction.text())
}

/// Checks the receipts one by one, and brings them into the order of their digests.
fn sort(client: &Client, parsed: Vec<ReceiptRecord>) -> Result<Vec<(B256, ReceiptRecord)>> {
    let mut records = vec![];
    for record in parsed {
        check(client, &record)?;
        records.push((record.hash(), record));
    }
    records.sort_by_key(|(digest, _)| *digest);
    Ok(records)
}

/// The word by which jurors find the evidence: that of the bundles, or the hash of what the files hold.
fn reference(answers: &[Answer], bundles: Option<&[Bundle]>) -> B256 {
    let of_bundles = bundles.map(|bundles| bundles.iter().map(Bundle::id).collect::<Vec<_>>());
    if let Some(root) = of_bundles.and_then(|ids| root(&ids)) {
        return root;
    }
    let hashes: Vec<_> = answers.iter().map(|answer| answer.hash).collect();
    match hashes.as_slice() {
        [only] => *only,
        several => keccak256(several.concat()),
    }
}

fn count_answers(count: usize) -> String {
    if count == 1 { "an answer".to_owned() } else { format!("{count} answers") }
}

/// Checks that the receipts can be one case, and returns the miner that it is against.
fn check_together(records: &[(B256, ReceiptRecord)]) -> Result<Address> {
    let [(_, first), rest @ ..] = records else { return Err(Error::usage("a dispute is over at least one answer")) };
    if rest.iter().any(|(_, record)| record.ticket.miner != first.ticket.miner) {
        return Err(Error::precondition("the answers are of several miners, and a dispute is against one")
            .hint("open one dispute for each miner"));
    }
    if rest.iter().any(|(_, record)| record.ticket.model != first.ticket.model) {
        return Err(Error::precondition("the answers are of several models, and a dispute is over one")
            .hint("open one dispute for each model"));
    }
    if records.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::precondition("one of the answers was given twice"));
    }
    Ok(first.ticket.miner)
}

/// Refuses what is open, or was decided, before a bond is approved. A void case can be opened again.
fn check_free(id: B256, state: u8) -> Result<()> {
    match known("caseOf", state, State::from_number)? {
        State::Open => Err(Error::precondition("a dispute over these answers is open")
            .hint(format_args!("join its challengers: cuckoo dispute join {id}"))),
        State::Guilty | State::Innocent => Err(Error::precondition("a dispute over these answers was decided")
            .hint(format_args!("show it: cuckoo dispute show {id}"))),
        State::None | State::Void => Ok(()),
    }
}

/// Refuses receipts whose time is over.
async fn check_in_time(client: &Client, court: Address, records: &[(B256, ReceiptRecord)]) -> Result<()> {
    let window = client.read(court, &DisputeCourt::windowCall {}).await?;
    let now = client.head().await?.timestamp;
    let deadlines = records.iter().map(|(_, record)| record.ticket.deadline);
    match deadlines.map(|deadline| deadline.saturating_add(window)).min() {
        Some(last) if last < now => Err(Error::precondition(format_args!(
            "an answer is too old for a dispute: it could be disputed until {}",
            moment(last)
        ))),
        _ => Ok(()),
    }
}

fn item(record: ReceiptRecord) -> Item {
    Item {
        ticket: (&record.ticket).into(),
        ticketSignature: record.ticket_signature,
        receipt: (&record.receipt).into(),
        receiptSignature: record.receipt_signature,
    }
}

/// `dispute join`.
pub(super) async fn join(args: JoinArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    let id = find_dispute(client, &args.id).await?;
    let case = read_dispute(client, id).await?;
    check_joinable(&case, session.address()?, client.read(court, &DisputeCourt::MAX_CHALLENGERSCall {}).await?)?;
    let left = post(&session, court, case.bond).await?;
    let call = DisputeCourt::joinCall { id, bundles: args.evidence.unwrap_or_default() };
    let summary = Summary::new(format!("Join the dispute {id}"))
        .line("accused", case.accused)
        .line("bond", case.bond)
        .line("balance after", left);
    let progress = session.printer.progress("Joining the dispute");
    let transaction = session.submit(&summary, &Call::new(court, &call)).await?;
    drop(progress);
    if let Some(block) = transaction.block() {
        session.printer.ok(format_args!("you have joined the dispute {id} in block {block}"));
    }
    let joined = Opened { id, bond: case.bond, decimals: DECIMALS, transaction, opinion: None, boards: vec![] };
    context.printer.result(&joined, || joined.transaction.text())
}

/// Refuses, before a bond is approved, what the court would refuse.
fn check_joinable(case: &Dispute, challenger: Address, most: U256) -> Result<()> {
    let reason = if case.state != State::Open {
        format!("no dispute {} is open: it is {}", case.id, case.state.as_str())
    } else if case.draw != 1 || !matches!(case.phase, Phase::Drawing | Phase::Seed | Phase::Committing) {
        "a dispute can be joined until the epoch of its first draw ends, and that is over".to_owned()
    } else if case.challengers.contains(&challenger) {
        format!("{challenger} is a challenger of this dispute already")
    } else if U256::from(case.challengers.len()) >= most {
        "the dispute has as many challengers as it can have".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::precondition(reason).hint(format_args!("show its state: cuckoo dispute show {}", case.id)))
}

/// Checks that the bond can be paid, and lets the court take it. Returns the balance after that.
async fn post(session: &Session, court: Address, bond: Cai) -> Result<Cai> {
    let client = session.client();
    let balance = client.cai_balance(session.address()?).await?;
    affordable(client, bond, balance)?;
    approve(session, court, bond).await?;
    Ok(balance.checked_sub(bond).unwrap_or_default())
}

/// Lets the court take exactly the bond. A simulation sends nothing, and without an allowance its dispute would be refused.
async fn approve(session: &Session, court: Address, bond: Cai) -> Result<()> {
    let client = session.client();
    let cai = client.network().cai;
    let owner = session.address()?;
    let allowed = client.read(cai, &CAIToken::allowanceCall { owner, spender: court }).await?;
    if allowed >= bond.base_units() {
        return Ok(());
    }
    if session.only_simulates() {
        return Err(Error::precondition(format_args!(
            "the court is not allowed to take the bond of {bond} yet, so the dispute cannot be simulated"
        ))
        .hint("leave out --dry-run and --calldata; the approval is sent first then"));
    }
    let summary = Summary::new(format!("Let the court take a bond of {bond}")).line("court", court);
    let call = CAIToken::approveCall { spender: court, value: bond.base_units() };
    let progress = session.printer.progress(format!("Approving a bond of {bond}"));
    let sent = session.submit(&summary, &Call::new(cai, &call)).await?;
    drop(progress);
    match sent {
        Sent::Confirmed { .. } => Ok(()),
        _ => Err(Error::usage("the approval of the bond has to be in a block before the dispute is sent")
            .hint("leave out --no-wait")),
    }
}

/// `dispute bond`.
pub(super) async fn withdraw(args: BondArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    let (id, challenger) = (find_dispute(client, &args.id).await?, session.address()?);
    let owed: U256 = client.read(court, &DisputeCourt::bondOfCall { id, challenger }).await?;
    if owed.is_zero() {
        return Err(Error::precondition(format_args!("the dispute has nothing for {challenger}"))
            .hint(format_args!("show its state: cuckoo dispute show {id}")));
    }
    let amount = Cai::from_base_units(owed);
    let summary = Summary::new(format!("Get {amount} back from the dispute {id}")).line("to", challenger);
    let call = DisputeCourt::withdrawBondCall { id, challenger };
    let transaction = session.submit(&summary, &Call::new(court, &call)).await?;
    let mut withdrawn = Withdrawn { id, challenger, amount, decimals: DECIMALS, transaction };
    if let Some(block) = withdrawn.transaction.block() {
        let paid = paid(client, court, id, block).await.map_err(|error| withdrawn.transaction.followed_by(error))?;
        withdrawn.amount = paid.unwrap_or(amount);
        session.printer.ok(format_args!("{} was paid to {challenger} in block {block}", withdrawn.amount));
    }
    context.printer.result(&withdrawn, || withdrawn.transaction.text())
}

async fn paid(client: &Client, court: Address, id: B256, block: u64) -> Result<Option<Cai>> {
    let filter = Filter::new().event_signature(DisputeCourt::BondWithdrawn::SIGNATURE_HASH).topic1(id);
    let logs = client.logs(&filter.address(court).from_block(block).to_block(block)).await?;
    let event = logs.last().map(decode_event::<DisputeCourt::BondWithdrawn>).transpose()?;
    Ok(event.map(|event| Cai::from_base_units(event.amount)))
}
