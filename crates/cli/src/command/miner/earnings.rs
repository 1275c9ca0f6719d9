//! `cuckoo miner vouchers|redeem|claim`: what coordinators owe a miner, and how its owner collects it without their help.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Call, Client},
    contract::{Settlement, Staking},
    digits,
    message::{SignedAcknowledgement, SignedVoucher},
    miner::Claim,
};
use serde::Serialize;

use crate::{
    account::{
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Session, Summary},
    },
    args::TransactionOptions,
    command::{
        escrow::{self, PaidOut, Redeemed},
        shared::{moved::Moved, steps::Steps},
    },
    context::Context,
    host::{clock::moment, env},
    node::miner::signed_record,
    terminal::{Cell, Error, Result, Table, Text},
};

/// The directory with a miner's vouchers and unpaid tickets.
#[derive(Debug, clap::Args)]
pub(super) struct Kept {
    /// Directory that the miner itself was given as --data [default: `miner` in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Kept {
    fn read(&self) -> Result<signed_record::Kept> {
        let directory = self.data.clone().unwrap_or_else(|| env::data_directory().join("miner"));
        signed_record::kept(&directory).map_err(Error::failure)
    }
}

/// Options of `cuckoo miner redeem`.
#[derive(Debug, clap::Args)]
pub(super) struct RedeemArgs {
    /// Coordinator whose voucher to redeem, by address or name [default: every coordinator]
    coordinator: Option<NodeReference>,
    #[command(flatten)]
    kept: Kept,
    /// How the transactions are sent; there is one for each coordinator, and one that pays all of them out.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Options of `cuckoo miner claim`.
#[derive(Debug, clap::Args)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    kept: Kept,
    /// How the transactions are sent; there is one for each voucher, one for each ticket, and one that pays all of them out.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// What one coordinator owes.
#[derive(Debug, Serialize)]
struct VoucherRow {
    coordinator: Address,
    name: Untrusted,
    /// The cumulative amount of its newest voucher.
    vouchered: Cai,
    /// The newest ticket that it covers.
    #[serde(with = "digits")]
    through: u64,
    /// The part of that amount that is not settled on chain yet.
    redeemable: Cai,
    /// How many answered tickets no voucher covers.
    unpaid_tickets: usize,
    /// What these tickets are worth together.
    unpaid: Cai,
    /// The part of that which the coordinator has acknowledged in writing.
    acknowledged: Cai,
    /// When the first of these tickets can be claimed (RFC 3339).
    claimable_from: Option<String>,
    /// The newest voucher itself, as `cuckoo escrow redeem` reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedVoucher>,
    decimals: usize,
}

/// What came of one run.
#[derive(Debug, Serialize)]
struct Earned {
    /// What each voucher was worth, before the burn.
    redeemed: Vec<Moved>,
    /// What each ticket was worth, before the burn.
    claimed: Vec<Claimed>,
    /// The payments to the miners' owners.
    paid: Vec<PaidOut>,
}

impl Earned {
    /// All transactions, in order.
    fn transactions(&self) -> impl Iterator<Item = &Sent> {
        let claimed = self.claimed.iter().map(|claimed| &claimed.moved);
        let credited = self.redeemed.iter().chain(claimed).map(|moved| &moved.transaction);
        credited.chain(self.paid.iter().map(|paid| &paid.transaction))
    }
}

#[derive(Debug, Serialize)]
struct Claimed {
    ticket: B256,
    #[serde(flatten)]
    moved: Moved,
}

/// Runs `cuckoo miner vouchers`: shows what each coordinator owes.
pub(super) async fn vouchers(own: Kept, context: &Context) -> Result<()> {
    let signed_record::Kept { vouchers, claims, acknowledgements } = own.read()?;
    let client = context.client().await?;
    let contract = client.network().settlement;
    let registry = read_registry(&client).await?;
    let delay = client.read(contract, &Settlement::claimDelayCall {}).await?;
    let mut of: BTreeMap<(Address, Address), (Option<SignedVoucher>, Vec<Claim>)> = BTreeMap::new();
    for signed in vouchers {
        let account = (signed.voucher.coordinator, signed.voucher.miner);
        of.entry(account).or_default().0 = Some(signed);
    }
    for claim in claims {
        of.entry((claim.ticket.coordinator, claim.ticket.miner)).or_default().1.push(claim);
    }
    let mut rows = vec![];
    for ((coordinator, miner), (signed, unpaid)) in of {
        let account = client.read(contract, &Settlement::accountOfCall { coordinator, miner }).await?;
        let (vouchered, through) =
            signed.as_ref().map_or((0, 0), |signed| (signed.voucher.cumulative, signed.voucher.through));
        let claimed = Settlement::claimedUpToCall { coordinator, miner, number: through };
        let paid = U256::from(account.settled).saturating_add(client.read(contract, &claimed).await?);
        let of_pair = |signed: &&SignedAcknowledgement| {
            (signed.acknowledgement.coordinator, signed.acknowledgement.miner) == (coordinator, miner)
        };
        let acknowledged = acknowledgements.iter().filter(of_pair).map(|signed| Cai::from(signed.acknowledgement.owed));
        let first = unpaid.iter().map(|claim| claim.ticket.deadline).min();
        rows.push(VoucherRow {
            coordinator,
            name: registry.node(&coordinator).map_or_else(Untrusted::default, |node| node.name.clone()),
            vouchered: Cai::from(vouchered),
            through,
            redeemable: Cai::from_base_units(U256::from(vouchered).saturating_sub(paid)),
            unpaid_tickets: unpaid.len(),
            unpaid: unpaid.iter().map(|claim| claim.owed).sum(),
            acknowledged: acknowledged.sum(),
            claimable_from: first.map(|deadline| moment(deadline.saturating_add(delay).saturating_add(1))),
            signed,
            decimals: DECIMALS,
        });
    }
    if rows.is_empty() {
        context.printer.say("No coordinator owes this miner anything");
    }
    context.printer.result(&rows, || {
        let headers = [
            "coordinator",
            "name",
            "in vouchers",
            "redeemable",
            "unpaid tickets",
            "unpaid",
            "acknowledged",
            "claimable from",
        ];
        let mut table = Table::new(headers);
        for row in &rows {
            table.row([
                Cell::text(row.coordinator),
                Cell::text(&row.name),
                Cell::amount(row.vouchered),
                Cell::amount(row.redeemable),
                Cell::number(row.unpaid_tickets),
                Cell::amount(row.unpaid),
                Cell::amount(row.acknowledged),
                Cell::text(row.claimable_from.as_deref().unwrap_or("-")),
            ]);
        }
        Text::Table(table)
    })
}

/// Runs `cuckoo miner redeem`: redeems the vouchers and pays them out to the miner's owner.
pub(super) async fn redeem(args: RedeemArgs, context: &Context) -> Result<()> {
    let mut vouchers = args.kept.read()?.vouchers;
    let session = context.session(&args.transaction).await?;
    if let Some(reference) = &args.coordinator {
        let coordinator = find_node(session.client(), reference).await?;
        vouchers.retain(|signed| signed.voucher.coordinator == coordinator);
    }
    let miners = vouchers.iter().map(|signed| signed.voucher.miner).collect();
    let mut steps = Steps::default();
    let redeemed = redeem_all(&session, vouchers, &mut steps).await;
    let paid = escrow::pay_miners(&session, miners, &redeemed, &mut steps).await;
    let redeemed = Redeemed { redeemed, paid };
    steps.finish(&session.printer, &redeemed, redeemed.transactions(), || {
        Error::precondition("every voucher is already settled on chain")
            .hint("to pay out what was settled: cuckoo escrow collect")
            .hint("to see what is owed: cuckoo miner vouchers")
    })
}

/// Redeems each voucher, whatever becomes of the others.
async fn redeem_all(session: &Session, vouchers: Vec<SignedVoucher>, steps: &mut Steps) -> Vec<Moved> {
    let mut redeemed = vec![];
    for signed in vouchers {
        let step = format!("redeeming the voucher of {}", signed.voucher.coordinator);
        redeemed.extend(steps.take(&session.printer, step, escrow::redeem_voucher(session, signed).await).flatten());
        if !steps.go_on() {
            break;
        }
    }
    redeemed
}

/// A claim with what the chain knows of it.
struct Due {
    claim: Claim,
    /// What the ticket owes and nobody has paid.
    owed: Cai,
}

/// Runs `cuckoo miner claim`: redeems the vouchers, claims answered tickets that their coordinator has left without one, and pays
/// both out to the miner's owner.
pub(super) async fn claim(args: ClaimArgs, context: &Context) -> Result<()> {
    let signed_record::Kept { vouchers, mut claims, .. } = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    // A pair's tickets are claimed in the order of their numbers.
    claims.sort_by_key(|claim| (claim.ticket.coordinator, claim.ticket.number));
    let miners: BTreeSet<_> = claims
        .iter()
        .map(|claim| claim.ticket.miner)
        .chain(vouchers.iter().map(|signed| signed.voucher.miner))
        .collect();
    let mut steps = Steps::default();
    // What a voucher says comes first: it pays without a wait, and voids nothing that is claimed below.
    let redeemed = redeem_all(&session, vouchers, &mut steps).await;
    let mut first = None;
    let mut claimed = vec![];
    if steps.go_on() {
        let outcome = due(client, claims).await;
        if let Some((due, later)) = steps.take(&session.printer, "reading which tickets are due", outcome) {
            first = later;
            claimed = claim_all(&session, due, &mut steps).await;
        }
    }
    let credited = redeemed.iter().chain(claimed.iter().map(|claimed| &claimed.moved));
    let paid = escrow::pay_miners(&session, miners, credited, &mut steps).await;
    let all = Earned { redeemed, claimed, paid };
    steps.finish(&session.printer, &all, all.transactions(), || {
        let error = Error::precondition("no answered ticket can be claimed at the moment");
        match first {
            Some(from) => error.hint(format_args!("the first one can be claimed from {}", moment(from))),
            None => error.hint("to see what is owed: cuckoo miner vouchers"),
        }
    })
}

/// Claims the tickets that are due, whatever becomes of those of other pairs. After a refusal the rest of its pair waits: a ticket
/// could not be claimed after one with a higher number.
async fn claim_all(session: &Session, due: Vec<Due>, steps: &mut Steps) -> Vec<Claimed> {
    let mut claimed = vec![];
    let (mut refused, mut checked) = (BTreeSet::new(), BTreeSet::new());
    for due in due {
        let ticket = &due.claim.ticket;
        let pair = (ticket.coordinator, ticket.miner);
        if refused.contains(&pair) {
            continue;
        }
        let step = format!("claiming ticket {} of {}", ticket.number, ticket.coordinator);
        let outcome = async {
            if !checked.contains(&pair.1) {
                check_claimant(session, pair.1).await?;
                checked.insert(pair.1);
            }
            claim_one(session, due).await
        };
        match steps.take(&session.printer, step, outcome.await) {
            Some(done) => claimed.push(done),
            None if steps.go_on() => drop(refused.insert(pair)),
            None => break,
        }
    }
    claimed
}

/// Only the miner's own key or its owner may claim.
async fn check_claimant(session: &Session, miner: Address) -> Result<()> {
    let caller = session.address()?;
    let staking = session.client().network().staking;
    let owner = session.client().read(staking, &Staking::ownerOfCall { node: miner }).await?;
    if caller == miner || owner == caller {
        return Ok(());
    }
    Err(Error::precondition(format_args!(
        "only the miner's own key or its owner may claim; {miner} belongs to {owner}"
    ))
    .hint("sign as one of them: --account NAME"))
}

/// The claims that can be made now, in order, and when the first of the others can be made.
async fn due(client: &Client, claims: Vec<Claim>) -> Result<(Vec<Due>, Option<u64>)> {
    let contract = client.network().settlement;
    let delay = client.read(contract, &Settlement::claimDelayCall {}).await?;
    let window = client.read(contract, &Settlement::disputeWindowCall {}).await?;
    let head = client.head().await?;
    let pairs = || claims.iter().map(|claim| (claim.ticket.coordinator, claim.ticket.miner));
    let calls = pairs().map(|(coordinator, miner)| Settlement::accountOfCall { coordinator, miner });
    let accounts = client.read_all_at_block(contract, calls, head.hash).await?;
    let calls = pairs().map(|(coordinator, miner)| Settlement::lastClaimOfCall { coordinator, miner });
    let last = client.read_all_at_block(contract, calls, head.hash).await?;
    let calls = claims.iter().map(|claim| Settlement::claimedOfCall { ticket: client.domain().digest(&claim.ticket) });
    let paid = client.read_all_at_block(contract, calls, head.hash).await?;
    let mut first: Option<u64> = None;
    // When the first ticket of a pair that waits can be claimed. Those with higher numbers wait with it, since it could not be
    // claimed after them, unless they would expire first.
    let mut waiting: BTreeMap<(Address, Address), u64> = BTreeMap::new();
    let mut due = vec![];
    for (((claim, account), last), paid) in claims.into_iter().zip(accounts).zip(last).zip(paid) {
        let ticket = &claim.ticket;
        let owed = U256::from(ticket.cost(&claim.receipt)).saturating_sub(paid);
        let over = head.timestamp > ticket.deadline.saturating_add(window);
        if ticket.number <= account.through.max(last.saturating_sub(1)) || owed.is_zero() || over {
            continue;
        }
        let pair = (ticket.coordinator, ticket.miner);
        let from = ticket.deadline.saturating_add(delay).saturating_add(1);
        if head.timestamp < from {
            first = Some(first.map_or(from, |first| first.min(from)));
            waiting.entry(pair).or_insert(from);
            continue;
        }
        if waiting.get(&pair).is_some_and(|earlier| *earlier <= ticket.deadline.saturating_add(window)) {
            continue;
        }
        due.push(Due { claim, owed: Cai::from_base_units(owed) });
    }
    Ok((due, first))
}

/// Claims one ticket.
async fn claim_one(session: &Session, due: Due) -> Result<Claimed> {
    let client = session.client();
    let contract = client.network().settlement;
    let Due { claim: Claim { ticket, ticket_signature, receipt, receipt_signature, .. }, owed } = due;
    let digest = client.domain().digest(&ticket);
    let (coordinator, miner) = (ticket.coordinator, ticket.miner);
    let summary =
        Summary::new(format!("Claim ticket {} of {coordinator} for {owed}", ticket.number)).line("miner", miner);
    let call = Settlement::claimTicketCall {
        ticket: (&ticket).into(),
        ticketSignature: ticket_signature,
        receipt: (&receipt).into(),
        receiptSignature: receipt_signature,
    };
    let before = client.read(contract, &Settlement::claimedOfCall { ticket: digest }).await?;
    let transaction = session.submit(&summary, &Call::new(contract, &call)).await?;
    let mut moved = Moved::new(owed, Some(miner), transaction);
    if let Some(block) = moved.transaction.block() {
        let after = client.read(contract, &Settlement::claimedOfCall { ticket: digest }).await;
        let after = after.map_err(|error| moved.transaction.followed_by(error))?;
        moved.amount = Cai::from_base_units(after.saturating_sub(before));
        session
            .printer
            .ok(format_args!("{} for ticket {} was credited to {miner} in block {block}", moved.amount, ticket.number));
    }
    Ok(Claimed { ticket: digest, moved })
}
