//! `cuckoo miner vouchers|redeem|claim`: what coordinators owe a miner, and how its owner gets it without asking anybody.

use std::path::PathBuf;

use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Call, Client},
    contract::Settlement,
};
use serde::Serialize;

use crate::{
    args::{NodeReference, TransactionOptions},
    command::{
        escrow::{self, SignedVoucher},
        stake::Moved,
    },
    context::Context,
    env,
    error::{Error, Result},
    holdings::{moment, node, registry},
    miner::store::{Claim, kept},
    output::{Cell, Table, Text},
    payments::settlement,
    session::{Sent, Session, Summary},
};

/// Where the miner keeps what it is owed.
#[derive(Debug, clap::Args)]
pub(super) struct Kept {
    /// The directory that the miner was given by its own --data [default: miner in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Kept {
    fn read(&self) -> Result<(Vec<SignedVoucher>, Vec<Claim>)> {
        let directory = self.data.clone().unwrap_or_else(|| env::data_directory().join("miner"));
        kept(&directory).map_err(Error::failure)
    }
}

/// How to redeem
#[derive(Debug, clap::Args)]
pub(super) struct RedeemArgs {
    /// Of this coordinator only: an address or a name
    coordinator: Option<NodeReference>,
    #[command(flatten)]
    kept: Kept,
    /// How the transactions are sent: one for each coordinator.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// How to claim
#[derive(Debug, clap::Args)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    kept: Kept,
    /// How the transactions are sent: one for each ticket.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// What one coordinator owes.
#[derive(Debug, Serialize)]
struct Row {
    coordinator: Address,
    name: Untrusted,
    /// What its newest voucher says, ever.
    vouchered: Cai,
    through: u64,
    /// The part that is not settled on chain yet.
    redeemable: Cai,
    /// Answered tasks that no voucher covers.
    unpaid_tickets: usize,
    /// What they come to.
    unpaid: Cai,
    /// From when the first of them can be claimed (RFC 3339).
    claimable_from: Option<String>,
    /// The newest voucher itself, which `cuckoo escrow redeem` takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedVoucher>,
    decimals: usize,
}

#[derive(Debug, Serialize)]
struct Claimed {
    ticket: B256,
    #[serde(flatten)]
    moved: Moved,
}

/// What every coordinator owes.
pub(super) async fn vouchers(own: Kept, context: &Context) -> Result<()> {
    let (vouchers, claims) = own.read()?;
    let client = context.client().await?;
    let contract = settlement(&client)?;
    let registry = registry(&client).await?;
    let delay = client.read(contract, &Settlement::claimDelayCall {}).await?;
    let mut coordinators: Vec<_> = vouchers.iter().map(|signed| signed.voucher.coordinator).collect();
    coordinators.extend(claims.iter().map(|claim| claim.ticket.coordinator));
    coordinators.sort_unstable();
    coordinators.dedup();
    let mut rows = vec![];
    for coordinator in coordinators {
        let signed = vouchers.iter().find(|signed| signed.voucher.coordinator == coordinator);
        let voucher = signed.map(|signed| &signed.voucher);
        let miner = voucher.map(|voucher| voucher.miner);
        let unpaid: Vec<_> = claims.iter().filter(|claim| claim.ticket.coordinator == coordinator).collect();
        let miner = miner.or_else(|| unpaid.first().map(|claim| claim.ticket.miner)).unwrap_or_default();
        let account = client.read(contract, &Settlement::accountOfCall { coordinator, miner }).await?;
        let vouchered = voucher.map_or(0, |voucher| voucher.cumulative);
        let first = unpaid.iter().map(|claim| claim.ticket.deadline).min();
        rows.push(Row {
            coordinator,
            name: registry.node(&coordinator).map_or_else(Untrusted::default, |node| node.name.clone()),
            vouchered: Cai::from(vouchered),
            through: voucher.map_or(0, |voucher| voucher.through),
            redeemable: Cai::from_base_units(U256::from(vouchered).saturating_sub(U256::from(account.settled))),
            unpaid_tickets: unpaid.len(),
            unpaid: unpaid.iter().map(|claim| claim.owed).sum(),
            claimable_from: first.map(|deadline| moment(deadline.saturating_add(delay).saturating_add(1))),
            signed: signed.cloned(),
            decimals: DECIMALS,
        });
    }
    if rows.is_empty() {
        context.printer.say("No coordinator owes anything");
    }
    context.printer.result(&rows, || {
        let headers =
            ["coordinator", "name", "in its voucher", "to redeem", "tickets", "they come to", "claimable from"];
        let mut table = Table::new(headers);
        for row in &rows {
            table.row([
                Cell::text(row.coordinator),
                Cell::text(&row.name),
                Cell::amount(row.vouchered),
                Cell::amount(row.redeemable),
                Cell::number(row.unpaid_tickets),
                Cell::amount(row.unpaid),
                Cell::text(row.claimable_from.as_deref().unwrap_or_default()),
            ]);
        }
        Text::Table(table)
    })
}

/// Has the vouchers paid to the miner's owner.
pub(super) async fn redeem(args: RedeemArgs, context: &Context) -> Result<()> {
    let (mut vouchers, _) = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    let contract = settlement(&session.client)?;
    if let Some(reference) = &args.coordinator {
        let coordinator = node(&session.client, reference).await?;
        vouchers.retain(|signed| signed.voucher.coordinator == coordinator);
    }
    let mut paid = vec![];
    for signed in vouchers {
        let call = Settlement::accountOfCall { coordinator: signed.voucher.coordinator, miner: signed.voucher.miner };
        let account = session.client.read(contract, &call).await?;
        if U256::from(signed.voucher.cumulative) > U256::from(account.settled) {
            paid.push(escrow::redeem_voucher(&session, signed).await?);
        }
    }
    if paid.is_empty() {
        return Err(Error::precondition("all that the vouchers say is settled")
            .hint("what was settled is paid out by: cuckoo escrow collect")
            .hint("what is owed: cuckoo miner vouchers"));
    }
    context.printer.result(&paid, || Sent::texts(paid.iter().map(|moved| &moved.transaction)))
}

/// Has answered tickets paid that their coordinator has been silent about.
pub(super) async fn claim(args: ClaimArgs, context: &Context) -> Result<()> {
    let (_, claims) = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    let client = &session.client;
    let contract = settlement(client)?;
    let delay = client.read(contract, &Settlement::claimDelayCall {}).await?;
    let now = client.head().await?.timestamp;
    let mut first: Option<u64> = None;
    let mut paid = vec![];
    for claim in claims {
        let ticket = &claim.ticket;
        let (coordinator, miner) = (ticket.coordinator, ticket.miner);
        let account = client.read(contract, &Settlement::accountOfCall { coordinator, miner }).await?;
        let claimed =
            client.read(contract, &Settlement::claimedOfCall { ticket: client.domain().digest(ticket) }).await?;
        if ticket.number <= account.through || claimed >= U256::from(ticket.price) {
            continue;
        }
        let from = ticket.deadline.saturating_add(delay).saturating_add(1);
        if now < from {
            first = Some(first.map_or(from, |first| first.min(from)));
            continue;
        }
        paid.push(claim_one(&session, contract, claim).await?);
    }
    if paid.is_empty() {
        let error = Error::precondition("no answered ticket can be claimed at the moment");
        return Err(match first {
            Some(from) => error.hint(format_args!("the first one can be, from {}", moment(from))),
            None => error.hint("what is owed: cuckoo miner vouchers"),
        });
    }
    context.printer.result(&paid, || Sent::texts(paid.iter().map(|claimed| &claimed.moved.transaction)))
}

async fn claim_one(session: &Session, contract: Address, claim: Claim) -> Result<Claimed> {
    let client: &Client = &session.client;
    let Claim { ticket, ticket_signature, receipt, receipt_signature, .. } = claim;
    let digest = client.domain().digest(&ticket);
    let price = Cai::from(ticket.price);
    let (coordinator, miner) = (ticket.coordinator, ticket.miner);
    let account = Settlement::accountOfCall { coordinator, miner };
    let before = client.read(contract, &account).await?;
    let summary =
        Summary::new(format!("Claim ticket {} of {coordinator} for {price}", ticket.number)).line("miner", miner);
    let call = Settlement::claimTicketCall {
        ticket: (&ticket).into(),
        ticketSignature: ticket_signature,
        receipt: (&receipt).into(),
        receiptSignature: receipt_signature,
    };
    let transaction = session.submit(&summary, &Call::new(contract, &call)).await?;
    let mut moved = Moved::new(price, Some(miner), transaction);
    if let Some(block) = moved.transaction.block() {
        let after = client.read(contract, &account).await?;
        moved.amount = Cai::from_base_units(U256::from(after.settled).saturating_sub(U256::from(before.settled)));
        session.printer.ok(format_args!("{} paid to the owner of {miner} in block {block}", moved.amount));
    }
    Ok(Claimed { ticket: digest, moved })
}
