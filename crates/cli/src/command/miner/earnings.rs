//! `cuckoo miner vouchers`: what coordinators owe a miner, by what it keeps on disk.

use std::{collections::BTreeMap, path::PathBuf};

use cuckoo_protocol::{
    Address, Cai, U256, Untrusted,
    amount::DECIMALS,
    contract::Settlement,
    digits,
    message::{SignedAcknowledgement, SignedVoucher},
    miner::Claim,
};
use serde::Serialize;

use crate::{
    account::node_reference::read_registry,
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
    pub(super) fn read(&self) -> Result<signed_record::Kept> {
        let directory = self.data.clone().unwrap_or_else(|| env::data_directory().join("miner"));
        signed_record::kept(&directory).map_err(Error::failure)
    }
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

/// Runs `cuckoo miner vouchers`: shows what each coordinator owes.
pub(super) async fn vouchers(own: Kept, context: &Context) -> Result<()> {
    let signed_record::Kept { vouchers, claims, acknowledgements, .. } = own.read()?;
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
