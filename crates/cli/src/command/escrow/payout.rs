//! Pays miners out: redeems vouchers, and collects what coordinators have settled once it has matured.

use std::{collections::BTreeSet, io::Read, path::Path};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Call, Client, decode_event},
    contract::{Role, Settlement},
    message::SignedVoucher,
};
use serde::Serialize;

use crate::{
    account::{
        escrow::{Credit, after_burn, read_credits},
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Session, Summary},
    },
    args::TransactionOptions,
    command::shared::moved::Moved,
    context::Context,
    host::clock::moment,
    terminal::{Error, Result},
};

/// What was paid to the owner of a miner.
#[derive(Clone, Debug, Serialize)]
pub struct PaidOut {
    /// The miner.
    pub miner: Address,
    /// What its owner got; before the transaction is in a block, what it would have got.
    pub amount: Cai,
    /// What was burned of the payment.
    pub burned: Cai,
    /// Decimals of the amounts.
    pub decimals: usize,
    /// The transaction.
    pub transaction: Sent,
}

/// One step of collecting what a coordinator has settled with a miner.
#[derive(Clone, Debug, Serialize)]
struct Collected {
    coordinator: Address,
    miner: Address,
    /// `started`: it is noted and pays later. `paid`: it was paid out.
    step: &'static str,
    /// What the miner's owner gets or got.
    amount: Cai,
    /// What is burned of it.
    burned: Cai,
    /// From when it can be paid out (RFC 3339), where it has to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    available_at: Option<String>,
    decimals: usize,
    transaction: Sent,
}

/// `cuckoo escrow collect`: takes the next step for everything that was settled, and pays out what is due.
pub(super) async fn collect(
    reference: Option<NodeReference>,
    transaction: &TransactionOptions,
    context: &Context,
) -> Result<()> {
    let session = context.session(transaction).await?;
    let client = session.client();
    let registry = read_registry(client).await?;
    let owner = session.address()?;
    let only = match &reference {
        Some(reference) => Some(find_node(client, reference).await?),
        None => None,
    };
    let miners = registry.nodes.values().filter(|node| match only {
        Some(only) => node.address == only,
        None => node.owner == owner && node.role == Role::Miner,
    });
    let credit = read_credits(client, miners, &registry).await?;
    let first = credit.iter().filter(|credit| credit.waits()).filter_map(|credit| credit.available_at.clone()).min();
    let mut ready: Vec<_> = credit.iter().filter(|credit| !credit.waits()).collect();
    // What is there to be paid out comes last: a settlement that is collected pays it as well.
    ready.sort_by_key(|credit| credit.coordinator.is_none());
    if ready.is_empty() {
        return Err(match first {
            Some(at) => Error::precondition("nothing can be paid out yet: what was settled matures first")
                .hint(format_args!("the first of it pays from {at}; run this again then")),
            None => Error::precondition("there is nothing to collect: no coordinator has settled anything new")
                .hint("show all CAI of the address: cuckoo balance"),
        });
    }
    let mut done = vec![];
    let mut paid = BTreeSet::new();
    for credit in ready {
        match credit.coordinator {
            Some(coordinator) => {
                let collected = collect_one(&session, coordinator, credit).await?;
                if collected.step == PAID && collected.transaction.block().is_some() {
                    paid.insert(credit.miner);
                }
                done.push(collected);
            }
            None if paid.contains(&credit.miner) => {}
            None => {
                if let Some(PaidOut { miner, amount, burned, transaction, .. }) =
                    pay_out(&session, credit.miner).await?
                {
                    let row = Collected {
                        coordinator: Address::ZERO,
                        miner,
                        step: PAID,
                        amount,
                        burned,
                        available_at: None,
                        decimals: DECIMALS,
                        transaction,
                    };
                    done.push(row);
                }
            }
        }
    }
    context.printer.result(&done, || Sent::texts(done.iter().map(|collected| &collected.transaction)))
}

/// The step that has paid.
const PAID: &str = "paid";
/// The step after which the payment matures.
const STARTED: &str = "started";

async fn collect_one(session: &Session, coordinator: Address, credit: &Credit) -> Result<Collected> {
    let client = session.client();
    let settlement = client.network().settlement;
    let Credit { miner, burned, .. } = *credit;
    let amount = credit.collecting.unwrap_or(credit.amount);
    let title = match credit.available_at {
        Some(_) => format!("Collect {amount} that {coordinator} settled with {miner}"),
        None => format!("Begin to collect {amount} that {coordinator} settled with {miner}"),
    };
    let call = Call::new(settlement, &Settlement::collectCall { coordinator, miner });
    let transaction = session.submit(&Summary::new(title), &call).await?;
    let mut collected = Collected {
        coordinator,
        miner,
        step: if credit.available_at.is_some() { PAID } else { STARTED },
        amount,
        burned,
        available_at: None,
        decimals: DECIMALS,
        transaction,
    };
    let Some(block) = collected.transaction.block() else { return Ok(collected) };
    if let Some(event) = paid_out(client, settlement, miner, block).await? {
        collected.step = PAID;
        collected.amount = Cai::from_base_units(event.amount);
        collected.burned = Cai::from_base_units(event.burned);
        tell(session, &collected.amount, &collected.burned, miner, block);
    } else if let Some(event) = started(client, settlement, coordinator, miner, block).await? {
        let at = moment(event.availableAt.saturating_to());
        let (amount, _) = after_burn(event.amount);
        session.printer.ok(format_args!("{amount} for {miner}: started in block {block}; it pays from {at}"));
        session.printer.hint("run it again from then on: cuckoo escrow collect");
        collected.available_at = Some(at);
    }
    Ok(collected)
}

fn tell(session: &Session, amount: &Cai, burned: &Cai, miner: Address, block: u64) {
    session
        .printer
        .ok(format_args!("{amount} was paid to the owner of {miner} in block {block}, and {burned} was burned"));
}

/// Pays the owner of a miner what vouchers and claims have credited to it. `None` where there is nothing.
pub async fn pay_out(session: &Session, miner: Address) -> Result<Option<PaidOut>> {
    let client = session.client();
    let settlement = client.network().settlement;
    let credit = client.read(settlement, &Settlement::creditOfCall { miner }).await?;
    if credit.is_zero() {
        return Ok(None);
    }
    let (amount, burned) = after_burn(credit);
    let summary = Summary::new(format!("Pay {amount} to the owner of {miner}")).line("burned", burned);
    let transaction = session.submit(&summary, &Call::new(settlement, &Settlement::payOutCall { miner })).await?;
    let mut paid = PaidOut { miner, amount, burned, decimals: DECIMALS, transaction };
    if let Some(block) = paid.transaction.block()
        && let Some(event) = paid_out(client, settlement, miner, block).await?
    {
        paid.amount = Cai::from_base_units(event.amount);
        paid.burned = Cai::from_base_units(event.burned);
        tell(session, &paid.amount, &paid.burned, miner, block);
    }
    Ok(Some(paid))
}

async fn paid_out(
    client: &Client,
    settlement: Address,
    miner: Address,
    block: u64,
) -> Result<Option<Settlement::PaidOut>> {
    let filter = Filter::new().event_signature(Settlement::PaidOut::SIGNATURE_HASH).topic1(miner.into_word());
    let logs = client.logs(&filter.address(settlement).from_block(block).to_block(block)).await?;
    Ok(logs.last().map(decode_event).transpose()?)
}

async fn started(
    client: &Client,
    settlement: Address,
    coordinator: Address,
    miner: Address,
    block: u64,
) -> Result<Option<Settlement::CollectStarted>> {
    let filter = Filter::new()
        .event_signature(Settlement::CollectStarted::SIGNATURE_HASH)
        .topic1(coordinator.into_word())
        .topic2(miner.into_word());
    let logs = client.logs(&filter.address(settlement).from_block(block).to_block(block)).await?;
    Ok(logs.last().map(decode_event).transpose()?)
}

/// `cuckoo escrow redeem`: redeems one voucher and pays it out.
pub(super) async fn redeem(file: &Path, transaction: &TransactionOptions, context: &Context) -> Result<()> {
    let signed = read_voucher(file)?;
    let session = context.session(transaction).await?;
    let miner = signed.voucher.miner;
    let redeemed = redeem_voucher(&session, signed).await?.ok_or_else(|| {
        Error::precondition("everything on the voucher was settled before")
            .hint("collect what was settled: cuckoo escrow collect")
    })?;
    let redeemed = Redeemed::pay(&session, vec![redeemed], [miner].into()).await?;
    context.printer.result(&redeemed, || Sent::texts(redeemed.transactions()))
}

/// Vouchers that were redeemed, and what was paid to the miners' owners for them.
#[derive(Debug, Serialize)]
pub struct Redeemed {
    /// What each voucher was worth, before the burn.
    pub redeemed: Vec<Moved>,
    /// The payments.
    pub paid: Vec<PaidOut>,
}

impl Redeemed {
    /// Pays the miners' owners, once the vouchers are redeemed.
    pub async fn pay(session: &Session, redeemed: Vec<Moved>, miners: BTreeSet<Address>) -> Result<Self> {
        let mut paid = vec![];
        if redeemed.iter().all(|moved| moved.transaction.block().is_some()) {
            for miner in miners {
                paid.extend(pay_out(session, miner).await?);
            }
        } else {
            session.printer.hint("what is redeemed is then paid out with: cuckoo escrow collect");
        }
        Ok(Self { redeemed, paid })
    }

    /// All transactions, in order.
    pub fn transactions(&self) -> impl Iterator<Item = &Sent> {
        self.redeemed.iter().map(|moved| &moved.transaction).chain(self.paid.iter().map(|paid| &paid.transaction))
    }
}

/// Redeems what a voucher adds to the amount that is settled already: the miner is credited with it. `None` where it adds nothing.
pub async fn redeem_voucher(session: &Session, signed: SignedVoucher) -> Result<Option<Moved>> {
    let SignedVoucher { voucher, signature } = signed;
    let client = session.client();
    let settlement = client.network().settlement;
    client.domain().verify(&voucher, &signature, voucher.coordinator).map_err(|error| {
        Error::precondition(format_args!("the voucher was not signed by the coordinator on this network: {error}"))
            .hint("show the network in use: cuckoo network show")
    })?;
    let (coordinator, miner) = (voucher.coordinator, voucher.miner);
    let account = client.read(settlement, &Settlement::accountOfCall { coordinator, miner }).await?;
    let claimed = Settlement::claimedUpToCall { coordinator, miner, number: voucher.through };
    let claimed = client.read(settlement, &claimed).await?;
    let paid = U256::from(account.settled).saturating_add(claimed);
    let owed = U256::from(voucher.cumulative).saturating_sub(paid);
    if owed.is_zero() {
        return Ok(None);
    }
    let amount = Cai::from_base_units(owed);
    let summary = Summary::new(format!("Redeem a voucher of {coordinator} for {amount}"))
        .line("miner", miner)
        .line("tickets up to", voucher.through);
    let call = Settlement::redeemCall { voucher: (&voucher).into(), signature };
    let transaction = session.submit(&summary, &Call::new(settlement, &call)).await?;
    let mut moved = Moved::new(amount, Some(miner), transaction);
    if moved.transaction.block().is_some() {
        let after = client.read(settlement, &Settlement::accountOfCall { coordinator, miner }).await?;
        moved.amount = Cai::from_base_units(U256::from(after.settled).saturating_sub(U256::from(account.settled)));
        if moved.amount < amount {
            session.printer.warn(format_args!(
                "the escrow and the stake of the coordinator were not enough: {} of {amount} was credited, and the rest is still owed",
                moved.amount
            ));
        }
    }
    Ok(Some(moved))
}

fn read_voucher(file: &Path) -> Result<SignedVoucher> {
    let mut json = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut json)?;
    } else {
        json = std::fs::read_to_string(file)
            .map_err(|error| Error::failure(format_args!("{}: {error}", file.display())))?;
    }
    serde_json::from_str(&json).map_err(|error| {
        Error::failure(format_args!(
            "{} does not hold a signed voucher: {error}",
            Untrusted::new(file.display().to_string())
        ))
    })
}
