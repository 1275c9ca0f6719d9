//! `cuckoo miner vouchers|redeem|claim`: what coordinators owe a miner, and how its owner collects it without their help.

use std::{collections::BTreeMap, path::PathBuf};

use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Call, Client},
    contract::Settlement,
    message::SignedVoucher,
};
use serde::Serialize;

use crate::{
    account::{
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Session, Summary},
    },
    args::TransactionOptions,
    command::{escrow, shared::moved::Moved},
    context::Context,
    host::{clock::moment, env},
    node::miner::signed_record::{Claim, kept},
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
    fn read(&self) -> Result<(Vec<SignedVoucher>, Vec<Claim>)> {
        let directory = self.data.clone().unwrap_or_else(|| env::data_directory().join("miner"));
        kept(&directory).map_err(Error::failure)
    }
}

/// Options of `cuckoo miner redeem`.
#[derive(Debug, clap::Args)]
pub(super) struct RedeemArgs {
    /// Coordinator whose voucher to redeem, by address or name [default: every coordinator]
    coordinator: Option<NodeReference>,
    #[command(flatten)]
    kept: Kept,
    /// How the transactions are sent; there is one for each coordinator.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Options of `cuckoo miner claim`.
#[derive(Debug, clap::Args)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    kept: Kept,
    /// How the transactions are sent; there is one for each ticket.
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
    through: u64,
    /// The part of that amount that is not settled on chain yet.
    redeemable: Cai,
    /// How many answered tickets no voucher covers.
    unpaid_tickets: usize,
    /// What these tickets are worth together.
    unpaid: Cai,
    /// When the first of these tickets can be claimed (RFC 3339).
    claimable_from: Option<String>,
    /// The newest voucher itself, as `cuckoo escrow redeem` reads it.
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

/// Runs `cuckoo miner vouchers`: shows what each coordinator owes.
pub(super) async fn vouchers(own: Kept, context: &Context) -> Result<()> {
    let (vouchers, claims) = own.read()?;
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
        let first = unpaid.iter().map(|claim| claim.ticket.deadline).min();
        rows.push(VoucherRow {
            coordinator,
            name: registry.node(&coordinator).map_or_else(Untrusted::default, |node| node.name.clone()),
            vouchered: Cai::from(vouchered),
            through,
            redeemable: Cai::from_base_units(U256::from(vouchered).saturating_sub(U256::from(account.settled))),
            unpaid_tickets: unpaid.len(),
            unpaid: unpaid.iter().map(|claim| claim.owed).sum(),
            claimable_from: first.map(|deadline| moment(deadline.saturating_add(delay).saturating_add(1))),
            signed,
            decimals: DECIMALS,
        });
    }
    if rows.is_empty() {
        context.printer.say("No coordinator owes this miner anything");
    }
    context.printer.result(&rows, || {
        let headers =
            ["coordinator", "name", "in vouchers", "redeemable", "unpaid tickets", "unpaid", "claimable from"];
        let mut table = Table::new(headers);
        for row in &rows {
            table.row([
                Cell::text(row.coordinator),
                Cell::text(&row.name),
                Cell::amount(row.vouchered),
                Cell::amount(row.redeemable),
                Cell::number(row.unpaid_tickets),
                Cell::amount(row.unpaid),
                Cell::text(row.claimable_from.as_deref().unwrap_or("-")),
            ]);
        }
        Text::Table(table)
    })
}

/// Runs `cuckoo miner redeem`: pays the vouchers to the miner's owner.
pub(super) async fn redeem(args: RedeemArgs, context: &Context) -> Result<()> {
    let (mut vouchers, _) = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    if let Some(reference) = &args.coordinator {
        let coordinator = find_node(session.client(), reference).await?;
        vouchers.retain(|signed| signed.voucher.coordinator == coordinator);
    }
    let mut paid = vec![];
    for signed in vouchers {
        paid.extend(escrow::redeem_voucher(&session, signed).await?);
    }
    if paid.is_empty() {
        return Err(Error::precondition("every voucher is already settled on chain")
            .hint("to pay out what was settled: cuckoo escrow collect")
            .hint("to see what is owed: cuckoo miner vouchers"));
    }
    context.printer.result(&paid, || Sent::texts(paid.iter().map(|moved| &moved.transaction)))
}

/// Runs `cuckoo miner claim`: claims answered tickets that their coordinator has left without a voucher.
pub(super) async fn claim(args: ClaimArgs, context: &Context) -> Result<()> {
    let (_, claims) = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let contract = client.network().settlement;
    let delay = client.read(contract, &Settlement::claimDelayCall {}).await?;
    let head = client.head().await?;
    let accounts = claims.iter().map(|claim| &claim.ticket);
    let accounts =
        accounts.map(|ticket| Settlement::accountOfCall { coordinator: ticket.coordinator, miner: ticket.miner });
    let accounts = client.read_all_at_block(contract, accounts, head.hash).await?;
    let claimed =
        claims.iter().map(|claim| Settlement::claimedOfCall { ticket: client.domain().digest(&claim.ticket) });
    let claimed = client.read_all_at_block(contract, claimed, head.hash).await?;
    let mut first: Option<u64> = None;
    let mut paid = vec![];
    for ((claim, account), claimed) in claims.into_iter().zip(accounts).zip(claimed) {
        let ticket = &claim.ticket;
        if ticket.number <= account.through || claimed >= U256::from(ticket.price) {
            continue;
        }
        let from = ticket.deadline.saturating_add(delay).saturating_add(1);
        if head.timestamp < from {
            first = Some(first.map_or(from, |first| first.min(from)));
            continue;
        }
        paid.push(claim_one(&session, contract, claim, claimed).await?);
    }
    if paid.is_empty() {
        let error = Error::precondition("no answered ticket can be claimed at the moment");
        return Err(match first {
            Some(from) => error.hint(format_args!("the first one can be claimed from {}", moment(from))),
            None => error.hint("to see what is owed: cuckoo miner vouchers"),
        });
    }
    context.printer.result(&paid, || Sent::texts(paid.iter().map(|claimed| &claimed.moved.transaction)))
}

/// Claims one ticket, for which `before` was paid already.
async fn claim_one(session: &Session, contract: Address, claim: Claim, before: U256) -> Result<Claimed> {
    let client: &Client = session.client();
    let Claim { ticket, ticket_signature, receipt, receipt_signature, .. } = claim;
    let digest = client.domain().digest(&ticket);
    let owed = Cai::from_base_units(U256::from(ticket.price).saturating_sub(before));
    let (coordinator, miner) = (ticket.coordinator, ticket.miner);
    let summary =
        Summary::new(format!("Claim ticket {} of {coordinator} for {owed}", ticket.number)).line("miner", miner);
    let call = Settlement::claimTicketCall {
        ticket: (&ticket).into(),
        ticketSignature: ticket_signature,
        receipt: (&receipt).into(),
        receiptSignature: receipt_signature,
    };
    let transaction = session.submit(&summary, &Call::new(contract, &call)).await?;
    let mut moved = Moved::new(owed, Some(miner), transaction);
    if let Some(block) = moved.transaction.block() {
        let after = client.read(contract, &Settlement::claimedOfCall { ticket: digest }).await?;
        moved.amount = Cai::from_base_units(after.saturating_sub(before));
        session.printer.ok(format_args!("{} paid to the owner of {miner} in block {block}", moved.amount));
    }
    Ok(Claimed { ticket: digest, moved })
}
