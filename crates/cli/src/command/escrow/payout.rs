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
        earlier_keys::with_earlier_keys,
        escrow::{after_burn, read_credits},
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Session, Summary},
    },
    args::TransactionOptions,
    command::shared::{moved::Moved, steps::Steps},
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
pub struct Collected {
    /// The coordinator; null for a payment of what vouchers and claims have brought, without a settlement.
    coordinator: Option<Address>,
    miner: Address,
    /// `started`: it is noted and pays later. `paid`: it was paid out.
    step: &'static str,
    /// What the miner's owner gets of this step's payment, or got.
    amount: Cai,
    /// What is burned of the same payment.
    burned: Cai,
    /// What the owner gets of the rest that was settled meanwhile, where the payment has begun to collect it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rest: Option<Cai>,
    /// From when that which was started, or the rest, can be paid out (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    available_at: Option<String>,
    decimals: usize,
    /// The transaction.
    pub transaction: Sent,
}

/// `cuckoo escrow collect`: takes the next step for everything that was settled, and pays out what is due.
pub(super) async fn collect(
    reference: Option<NodeReference>,
    transaction: &TransactionOptions,
    context: &Context,
) -> Result<()> {
    let session = context.session(transaction).await?;
    let client = session.client();
    let registry = with_earlier_keys(client, read_registry(client).await?).await?;
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
    let mut steps = Steps::default();
    for credit in ready {
        let miner = credit.miner;
        let (step, outcome) = match credit.coordinator {
            Some(coordinator) => (
                format!("collecting what {coordinator} settled with {miner}"),
                collect_one(&session, coordinator, miner, !paid.contains(&miner)).await.map(Some),
            ),
            None if paid.contains(&miner) => continue,
            None => (paying(miner), pay_out(&session, miner).await.map(|paid| paid.map(Collected::from))),
        };
        if let Some(collected) = steps.take(&session.printer, step, outcome).flatten() {
            if collected.step == PAID {
                paid.insert(miner);
            }
            done.push(collected);
        }
        if !steps.go_on() {
            break;
        }
    }
    steps.finish(&session.printer, &done, done.iter().map(|collected| &collected.transaction), || {
        Error::precondition("somebody else has just paid it out").hint("show all CAI of the address: cuckoo balance")
    })
}

/// The step that has paid.
const PAID: &str = "paid";
/// The step after which the payment matures.
const STARTED: &str = "started";

impl From<PaidOut> for Collected {
    fn from(PaidOut { miner, amount, burned, decimals, transaction }: PaidOut) -> Self {
        Self {
            coordinator: None,
            miner,
            step: PAID,
            amount,
            burned,
            rest: None,
            available_at: None,
            decimals,
            transaction,
        }
    }
}

/// Takes the next step for one pair. A payment includes the credit that the miner has from vouchers and claims; `with_credit` says
/// whether that is still there.
pub async fn collect_one(
    session: &Session,
    coordinator: Address,
    miner: Address,
    with_credit: bool,
) -> Result<Collected> {
    let client = session.client();
    let settlement = client.network().settlement;
    let begun = client.read(settlement, &Settlement::collectionOfCall { coordinator, miner }).await?;
    let (step, payment) = if begun.amount.is_zero() {
        let account = client.read(settlement, &Settlement::accountOfCall { coordinator, miner }).await?;
        (STARTED, U256::from(account.settled).saturating_sub(U256::from(account.withdrawn)))
    } else {
        let credit = client.read(settlement, &Settlement::creditOfCall { miner }).await?;
        (PAID, U256::from(begun.amount).saturating_add(if with_credit { credit } else { U256::ZERO }))
    };
    let (amount, burned) = after_burn(payment);
    let title = match step {
        PAID => format!("Collect {amount} that {coordinator} settled with {miner}"),
        _ => format!("Begin to collect {amount} that {coordinator} settled with {miner}"),
    };
    let call = Call::new(settlement, &Settlement::collectCall { coordinator, miner });
    let transaction = session.submit(&Summary::new(title).line("burned", burned), &call).await?;
    let mut collected = Collected {
        coordinator: Some(coordinator),
        miner,
        step,
        amount,
        burned,
        rest: None,
        available_at: None,
        decimals: DECIMALS,
        transaction,
    };
    let Some(block) = collected.transaction.block() else { return Ok(collected) };
    let paid: Option<Settlement::PaidOut> =
        emitted(client, &collected.transaction, Filter::new().topic1(miner.into_word())).await?;
    let pair = Filter::new().topic1(coordinator.into_word()).topic2(miner.into_word());
    let started: Option<Settlement::CollectStarted> = emitted(client, &collected.transaction, pair).await?;
    let started = started.map(|event| (after_burn(event.amount), moment(event.availableAt.saturating_to())));
    if let Some(event) = paid {
        collected.step = PAID;
        collected.amount = Cai::from_base_units(event.amount);
        collected.burned = Cai::from_base_units(event.burned);
        tell(session, &collected.amount, &collected.burned, miner, block);
        // Without a delay, what was started was paid by the same transaction.
        if let Some(((rest, _), at)) = started.filter(|_| step == PAID) {
            session.printer.ok(format_args!("collecting the rest, {rest} for {miner}, has begun; it pays from {at}"));
            (collected.rest, collected.available_at) = (Some(rest), Some(at));
        }
    } else if let Some(((amount, burned), at)) = started {
        session.printer.ok(format_args!("{amount} for {miner}: started in block {block}; it pays from {at}"));
        collected.step = STARTED;
        (collected.amount, collected.burned, collected.available_at) = (amount, burned, Some(at));
    }
    if collected.available_at.is_some() {
        session.printer.hint("run it again from then on: cuckoo escrow collect");
    }
    Ok(collected)
}

/// How a refusal of a payment is introduced.
fn paying(miner: Address) -> String {
    format!("paying the owner of {miner}")
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
        && let Some(event) =
            emitted::<Settlement::PaidOut>(client, &paid.transaction, Filter::new().topic1(miner.into_word())).await?
    {
        paid.amount = Cai::from_base_units(event.amount);
        paid.burned = Cai::from_base_units(event.burned);
        tell(session, &paid.amount, &paid.burned, miner, block);
    }
    Ok(Some(paid))
}

/// The last event of its kind that a confirmed transaction has emitted, among those that the filter lets pass.
async fn emitted<E: SolEvent>(client: &Client, sent: &Sent, filter: Filter) -> Result<Option<E>> {
    let Sent::Confirmed { hash, block, .. } = *sent else { return Ok(None) };
    let filter = filter.address(client.network().settlement).event_signature(E::SIGNATURE_HASH);
    let logs = client.logs(&filter.from_block(block).to_block(block)).await.map_err(|error| sent.followed_by(error))?;
    let last = logs.iter().rfind(|log| log.transaction_hash == Some(hash));
    last.map(decode_event).transpose().map_err(|error| sent.followed_by(error))
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
    let mut steps = Steps::default();
    let paid = pay_miners(&session, [miner].into(), [&redeemed], &mut steps).await;
    let redeemed = Redeemed { redeemed: vec![redeemed], paid };
    steps.finish(&session.printer, &redeemed, redeemed.transactions(), || Error::failure("nothing was redeemed"))
}

/// Vouchers that were redeemed, and what was paid to the miners' owners for them.
#[derive(Debug, Serialize)]
pub struct Redeemed {
    /// What each voucher was worth, before the burn.
    pub redeemed: Vec<Moved>,
    /// The payments.
    pub paid: Vec<PaidOut>,
}

/// Pays the miners' owners all that is credited to them, once everything that brings more is in a block.
pub async fn pay_miners(
    session: &Session,
    miners: BTreeSet<Address>,
    credited: impl IntoIterator<Item = &Moved>,
    steps: &mut Steps,
) -> Vec<PaidOut> {
    let mut credited = credited.into_iter().peekable();
    let any = credited.peek().is_some();
    let mut paid = vec![];
    if steps.go_on() && credited.all(|moved| moved.transaction.block().is_some()) {
        for miner in miners {
            paid.extend(steps.take(&session.printer, paying(miner), pay_out(session, miner).await).flatten());
            if !steps.go_on() {
                break;
            }
        }
    } else if any {
        session.printer.hint("what is credited is then paid out with: cuckoo escrow collect");
    }
    paid
}

impl Redeemed {
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
        let after = client.read(settlement, &Settlement::accountOfCall { coordinator, miner }).await;
        let after = after.map_err(|error| moved.transaction.followed_by(error))?;
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
