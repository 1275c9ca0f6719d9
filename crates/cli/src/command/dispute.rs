//! `cuckoo dispute`: proves that a miner cheated, or has a jury drawn by stake decide.

use std::path::{Path, PathBuf};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use clap::Subcommand;
use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    chain::{Call, Client, Registry, decode_event},
    contract::{CAIToken, DisputeCourt},
    task::ReceiptRecord,
};
use serde::Serialize;

use super::audit::{Document, read};
use crate::{
    account::{
        node_reference::read_registry,
        permit::affordable,
        session::{Sent, Session, Summary},
    },
    args::TransactionOptions,
    context::Context,
    terminal::{Cell, Error, Result, Table, Text},
};

/// Prove that a miner cheated, or have a jury drawn by stake decide
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Dispute an answer, with a bond that is returned if the jury agrees or no jury decides
    Open {
        /// File with the answer and its receipt, as `cuckoo task receipt ID` prints them, or - for stdin
        file: PathBuf,
        /// Hash by which jurors find the evidence [default: the Keccak-256 of FILE, by which they recognise a copy of it]
        #[arg(long, value_name = "HASH")]
        evidence: Option<B256>,
        /// How the two transactions are sent: an approval of the bond, and the dispute.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Have a miner slashed that signed two receipts for one ticket; this needs no jury
    Prove {
        /// File with one of the two receipts, as `cuckoo task receipt ID` prints it
        one: PathBuf,
        /// File with the other receipt, as `cuckoo task receipt ID` prints it
        other: PathBuf,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// List the open disputes, newest first
    List {
        /// List closed disputes as well
        #[arg(long)]
        all: bool,
    },
    /// Show the state of a dispute
    Show {
        /// Id of the dispute: the digest of the disputed receipt
        id: B256,
    },
    /// Move a dispute to its next step, which anybody may do: record the seed of the draw, or count the votes
    Advance {
        /// Id of the dispute: the digest of the disputed receipt
        id: B256,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// Blocks whose hash a contract can still read.
const HASH_BLOCKS: u64 = 256;

/// The phase of a dispute: what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    /// It waits for the epoch of the draw.
    Drawing,
    /// It waits for somebody to record the draw's seed, which is possible in the next block.
    Seed,
    /// It waits for jurors to commit to their votes.
    Committing,
    /// It waits for jurors to reveal their votes.
    Revealing,
    /// It waits for somebody to count the votes.
    Counting,
    /// It is closed.
    Closed,
}

impl Phase {
    const fn words(self) -> &'static str {
        match self {
            Self::Drawing => "waits for the draw of its jury",
            Self::Seed => "the draw's seed can be recorded",
            Self::Committing => "jurors commit to votes",
            Self::Revealing => "jurors reveal their votes",
            Self::Counting => "the votes can be counted",
            Self::Closed => "closed",
        }
    }
}

/// A dispute as of one block.
#[derive(Clone, Debug, Serialize)]
struct Dispute {
    id: B256,
    /// `open`, `guilty`, `innocent` or `void`.
    state: &'static str,
    phase: Phase,
    accused: Address,
    accused_name: Untrusted,
    challenger: Address,
    bond: Cai,
    decimals: usize,
    /// The number of the draw: 1 or 2.
    round: u8,
    /// The epoch of the draw, in which jurors commit.
    epoch: u64,
    /// The first block of that epoch.
    draw_block: u64,
    guilty_seats: u32,
    innocent_seats: u32,
    evidence: Vec<B256>,
    /// The number of the block in which it was opened.
    opened_in: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Opened {
    id: B256,
    bond: Cai,
    decimals: usize,
    transaction: Sent,
}

#[derive(Debug, Serialize)]
struct Proven {
    miner: Address,
    /// The amount that was slashed, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<Cai>,
    decimals: usize,
    transaction: Sent,
}

#[derive(Debug, Serialize)]
struct Advanced {
    id: B256,
    step: &'static str,
    transaction: Sent,
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Open { file, evidence, transaction } => open(&file, evidence, &transaction, context).await,
        Command::Prove { one, other, transaction } => prove(&one, &other, &transaction, context).await,
        Command::List { all } => list(all, context).await,
        Command::Show { id } => show(id, context).await,
        Command::Advance { id, transaction } => advance(id, &transaction, context).await,
    }
}

fn court_address(client: &Client) -> Result<Address> {
    let network = client.network();
    network.court.ok_or_else(|| {
        Error::precondition(format_args!("the description of the network `{}` names no dispute court", network.name))
            .hint("show the description: cuckoo network show")
    })
}

/// Checks that both signatures hold on this network: the court would refuse anything else.
fn check(client: &Client, record: &ReceiptRecord) -> Result<()> {
    let domain = client.domain();
    let of_network = record.domain() == domain;
    let coordinator = domain.verify(&record.ticket, &record.ticket_signature, record.ticket.coordinator);
    let miner = domain.verify(&record.receipt, &record.receipt_signature, record.ticket.miner);
    if of_network && coordinator.is_ok() && miner.is_ok() && record.receipt.ticket == domain.digest(&record.ticket) {
        return Ok(());
    }
    Err(Error::precondition("the receipt is not of this network, so its court would refuse it")
        .hint("check it: cuckoo audit receipt FILE"))
}

async fn open(file: &Path, evidence: Option<B256>, transaction: &TransactionOptions, context: &Context) -> Result<()> {
    let (Document { receipt: record, .. }, hash) = read(file)?;
    let session = context.session(transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    check(client, &record)?;
    let challenger = session.address()?;
    let terms = client.read(court, &DisputeCourt::parametersCall {}).await?;
    let bond = Cai::from_base_units(U256::from(terms.bond));
    let balance = client.cai_balance(challenger).await?;
    affordable(client, bond, balance)?;
    let id = record.hash();
    approve(&session, court, bond).await?;
    let call = DisputeCourt::openCall {
        ticket: (&record.ticket).into(),
        ticketSignature: record.ticket_signature.clone(),
        receipt: (&record.receipt).into(),
        receiptSignature: record.receipt_signature.clone(),
        evidence: evidence.unwrap_or(hash),
    };
    let summary = Summary::new(format!("Dispute the receipt {id}"))
        .line("accused", record.ticket.miner)
        .line("bond", bond)
        .line("balance after", balance.checked_sub(bond).unwrap_or_default());
    let progress = session.printer.progress("Opening the dispute");
    let transaction = session.submit(&summary, &Call::new(court, &call)).await?;
    drop(progress);
    if let Some(block) = transaction.block() {
        session.printer.ok(format_args!("dispute {id} is open since block {block}"));
        session.printer.hint(format_args!("show its state: cuckoo dispute show {id}"));
    }
    let opened = Opened { id, bond, decimals: cuckoo_protocol::amount::DECIMALS, transaction };
    context.printer.result(&opened, || opened.transaction.text())
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

async fn prove(one: &Path, other: &Path, transaction: &TransactionOptions, context: &Context) -> Result<()> {
    let ((Document { receipt: a, .. }, _), (Document { receipt: b, .. }, _)) = (read(one)?, read(other)?);
    let session = context.session(transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    check(client, &a)?;
    check(client, &b)?;
    let miner = a.ticket.miner;
    if a.receipt.ticket != b.receipt.ticket {
        return Err(Error::precondition("the receipts are for two different tickets, which is allowed"));
    }
    if a.hash() == b.hash() {
        return Err(Error::precondition("the two receipts are the same"));
    }
    let call = DisputeCourt::proveEquivocationCall {
        ticket: (&a.ticket).into(),
        ticketSignature: a.ticket_signature,
        a: (&a.receipt).into(),
        signatureA: a.receipt_signature,
        b: (&b.receipt).into(),
        signatureB: b.receipt_signature,
    };
    let summary = Summary::new(format!("Prove that {miner} signed two receipts for one ticket")).line("miner", miner);
    let progress = session.printer.progress("Sending the proof");
    let transaction = session.submit(&summary, &Call::new(court, &call)).await?;
    drop(progress);
    let mut proven = Proven { miner, taken: None, decimals: cuckoo_protocol::amount::DECIMALS, transaction };
    if let Some(block) = proven.transaction.block() {
        let filter = Filter::new()
            .address(court)
            .event_signature(DisputeCourt::EquivocationProven::SIGNATURE_HASH)
            .topic1(miner.into_word())
            .from_block(block)
            .to_block(block);
        let logs = client.logs(&filter).await?;
        let event = logs.last().map(decode_event::<DisputeCourt::EquivocationProven>).transpose()?;
        proven.taken = event.map(|event| Cai::from_base_units(event.taken));
        let taken = proven.taken.unwrap_or_default();
        session.printer.ok(format_args!("{taken} behind {miner} slashed in block {block}"));
    }
    context.printer.result(&proven, || proven.transaction.text())
}

async fn list(all: bool, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let registry = read_registry(&client).await?;
    let mut disputes = disputes(&client, None, &registry).await?;
    disputes.retain(|dispute| all || dispute.phase != Phase::Closed);
    disputes.reverse();
    if disputes.is_empty() {
        context.printer.say(if all { "There has never been a dispute" } else { "No dispute is open" });
    }
    context.printer.result(&disputes, || {
        let mut table = Table::new(["dispute", "state", "phase", "accused", "name", "challenger", "bond"]);
        for dispute in &disputes {
            table.row([
                Cell::text(dispute.id),
                Cell::text(dispute.state),
                Cell::text(dispute.phase.words()),
                Cell::text(dispute.accused),
                Cell::text(&dispute.accused_name),
                Cell::text(dispute.challenger),
                Cell::amount(dispute.bond),
            ]);
        }
        Text::Table(table)
    })
}

async fn show(id: B256, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let registry = read_registry(&client).await?;
    let dispute = one(&client, id, &registry).await?;
    if matches!(dispute.phase, Phase::Seed | Phase::Counting) {
        context.printer.hint(format_args!("move it to its next step: cuckoo dispute advance {id}"));
    }
    context.printer.result(&dispute, || {
        let seats = format!("{} guilty, {} innocent", dispute.guilty_seats, dispute.innocent_seats);
        let accused = format!("{} ({})", dispute.accused, dispute.accused_name);
        let mut table = Table::new(["", ""])
            .with([Cell::text("dispute"), Cell::text(dispute.id)])
            .with([Cell::text("state"), Cell::text(dispute.state)])
            .with([Cell::text("phase"), Cell::text(dispute.phase.words())])
            .with([Cell::text("accused"), Cell::text(accused)])
            .with([Cell::text("challenger"), Cell::text(dispute.challenger)])
            .with([Cell::text("bond"), Cell::amount(dispute.bond)])
            .with([Cell::text("draw"), Cell::text(dispute.round)])
            .with([Cell::text("epoch of the draw"), Cell::text(dispute.epoch)])
            .with([Cell::text("from block"), Cell::text(dispute.draw_block)])
            .with([Cell::text("revealed seats"), Cell::text(seats)]);
        for evidence in &dispute.evidence {
            table.row([Cell::text("evidence"), Cell::text(evidence)]);
        }
        Text::Table(table)
    })
}

async fn advance(id: B256, transaction: &TransactionOptions, context: &Context) -> Result<()> {
    let session = context.session(transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    let registry = read_registry(client).await?;
    let dispute = one(client, id, &registry).await?;
    let (step, title, call) = match dispute.phase {
        Phase::Seed => ("seed", "Record the seed of the draw", Call::new(court, &DisputeCourt::recordSeedCall { id })),
        Phase::Counting => ("count", "Count the votes", Call::new(court, &DisputeCourt::resolveCall { id })),
        phase => {
            return Err(Error::precondition(format_args!(
                "a transaction cannot move it to its next step now: {}",
                phase.words()
            ))
            .hint(format_args!("show its state: cuckoo dispute show {id}")));
        }
    };
    let summary = Summary::new(format!("{title} of the dispute {id}")).line("accused", dispute.accused);
    let progress = session.printer.progress(title);
    let transaction = session.submit(&summary, &Call { ..call }).await?;
    drop(progress);
    if let Some(block) = transaction.block() {
        let after = one(client, id, &read_registry(client).await?).await?;
        session.printer.ok(format_args!("in block {block}; the dispute is {}: {}", after.state, after.phase.words()));
    }
    let advanced = Advanced { id, step, transaction };
    context.printer.result(&advanced, || advanced.transaction.text())
}

async fn one(client: &Client, id: B256, registry: &Registry) -> Result<Dispute> {
    disputes(client, Some(id), registry).await?.pop().ok_or_else(|| {
        Error::precondition(format_args!("no dispute has the id {id}"))
            .hint("list the disputes: cuckoo dispute list --all")
    })
}

/// Reads one dispute or every one, oldest first, as of the registry's block.
async fn disputes(client: &Client, only: Option<B256>, registry: &Registry) -> Result<Vec<Dispute>> {
    let court = court_address(client)?;
    let with_id = |filter: Filter| match only {
        Some(id) => filter.topic1(id),
        None => filter,
    };
    let opened = Filter::new().address(court).event_signature(DisputeCourt::DisputeOpened::SIGNATURE_HASH);
    let opened = client.history_until(with_id(opened), registry.block).await?;
    let added = Filter::new().address(court).event_signature(DisputeCourt::EvidenceAdded::SIGNATURE_HASH);
    let added = client.history_until(with_id(added), registry.block).await?;
    let opened = opened.iter().map(|log| Ok((decode_event::<DisputeCourt::DisputeOpened>(log)?, log.block_number)));
    let opened: Vec<_> = opened.collect::<Result<_>>()?;
    let added: Vec<DisputeCourt::EvidenceAdded> = added.iter().map(decode_event).collect::<Result<_, _>>()?;
    let calls = opened.iter().map(|(event, _)| DisputeCourt::caseOfCall { id: event.id });
    let cases = client.read_all_at_block(court, calls, registry.block_hash).await?;
    let epoch_seconds = client.network().epoch_seconds;
    let row = |((event, block), case): (&(DisputeCourt::DisputeOpened, Option<u64>), DisputeCourt::Case)| {
        let epoch = u64::try_from(case.epoch).unwrap_or(u64::MAX);
        let more = added.iter().filter(|added| added.id == event.id).map(|added| added.evidence);
        Dispute {
            id: event.id,
            state: state(case.state),
            phase: phase(case.state, epoch, !case.seed.is_zero(), registry.block_timestamp, epoch_seconds),
            accused: case.accused,
            accused_name: registry.node(&case.accused).map_or_else(Untrusted::default, |node| node.name.clone()),
            challenger: case.challenger,
            bond: Cai::from_base_units(U256::from(case.bond)),
            decimals: cuckoo_protocol::amount::DECIMALS,
            round: case.round,
            epoch,
            draw_block: epoch.saturating_mul(epoch_seconds),
            guilty_seats: case.guiltySeats,
            innocent_seats: case.innocentSeats,
            evidence: [event.evidence].into_iter().chain(more).filter(|evidence| !evidence.is_zero()).collect(),
            opened_in: *block,
        }
    };
    Ok(opened.iter().zip(cases).map(row).collect())
}

const fn state(number: u8) -> &'static str {
    match number {
        1 => "open",
        2 => "guilty",
        3 => "innocent",
        _ => "void",
    }
}

/// The phase of a case in the block after `block`, by the court's rules.
fn phase(state: u8, epoch: u64, seed_known: bool, block: u64, epoch_seconds: u64) -> Phase {
    let next = block + 1;
    let (now, within) = (next / epoch_seconds, next % epoch_seconds);
    match (state, seed_known) {
        (1, true) if now == epoch => Phase::Committing,
        (1, true) if now == epoch + 1 => Phase::Revealing,
        (1, true) => Phase::Counting,
        // In the first half of the draw's epoch, or of any later one.
        (1, false) if now >= epoch && (1..=(epoch_seconds / 2).min(HASH_BLOCKS)).contains(&within) => Phase::Seed,
        (1, false) => Phase::Drawing,
        _ => Phase::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_follow_the_blocks_of_the_epochs() {
        let before = |block: u64, seed| phase(1, 5, seed, block - 1, 10);
        for (block, seed, expected) in [
            (49, false, Phase::Drawing),
            (50, false, Phase::Drawing),
            (51, false, Phase::Seed),
            (55, false, Phase::Seed),
            (56, false, Phase::Drawing),
            (61, false, Phase::Seed),
            (52, true, Phase::Committing),
            (59, true, Phase::Committing),
            (60, true, Phase::Revealing),
            (70, true, Phase::Counting),
        ] {
            assert_eq!(before(block, seed), expected, "block {block}");
        }
        assert_eq!(phase(2, 5, true, 99, 10), Phase::Closed);
    }
}
