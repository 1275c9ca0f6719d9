//! The coordinator's money outside of its core: what the chain says of it, vouchers for miners, settlements.

use std::{sync::Arc, time::Duration};

use cuckoo_protocol::{
    Address, B256, Cai, U256,
    chain::{Call, ChainError, Client, SendError, Sender},
    contract::Settlement,
    ledger::Terms,
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{core::Funds, shared::Shared};

/// Miners get at most one voucher in this time: one signature for everything that they have done since the last. A miner stops at
/// some number of answers without a voucher, so that this also bounds what one miner can do in a second.
const STATEMENTS: Duration = Duration::from_millis(2);
/// The most miners of one settlement: about 7,000 gas each, 24,000 for a miner that was never settled with (`contracts/snapshots`).
pub const BATCH: usize = 200;
/// How long a settlement may take to be mined before the next one looks after it.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// Reads what the chain says of a coordinator's money as of a block. `None` where the escrow is as it was known: every settlement and redemption takes something out of it.
pub(super) async fn read_funds(
    client: &Client,
    coordinator: Address,
    known: Option<u128>,
    creditors: impl FnOnce() -> Vec<Address>,
    block_hash: B256,
) -> Result<Option<Funds>, ChainError> {
    let escrow = client.prepaid(coordinator, block_hash).await?;
    if known == Some(escrow) {
        return Ok(None);
    }
    let miners = creditors();
    let calls: Vec<_> = miners.iter().map(|miner| account_of(coordinator, *miner)).collect();
    let accounts = client.read_all_at_block(client.network().settlement, calls, block_hash).await?;
    let settled = accounts.into_iter().map(|account| U256::from(account.settled).saturating_to());
    Ok(Some(Funds { escrow, settled: miners.into_iter().zip(settled).collect() }))
}

fn account_of(coordinator: Address, miner: Address) -> Settlement::accountOfCall {
    Settlement::accountOfCall { coordinator, miner }
}

/// Tells miners what they are owed, soon after it has changed and once it is durable.
pub(super) async fn tell_miners(shared: Arc<Shared>, stop: CancellationToken) {
    let dues = shared.core().dues();
    while stop.run_until_cancelled(dues.notified()).await.is_some() {
        let Some(statements) = shared.core().statements() else { continue };
        let Some(statements) = stop.run_until_cancelled(statements.durable()).await else { return };
        shared.core().tell(statements);
        time::sleep(STATEMENTS).await;
    }
}

/// A line of a settlement, and what it moves from escrow to the miner's credit.
#[derive(Clone, Debug)]
pub struct Line {
    /// The miner's terms.
    pub item: Settlement::Item,
    /// What is new in them.
    pub new: Cai,
}

/// The lines of a settlement that would change something: miners whose terms are ahead of the chain.
pub async fn due(
    client: &Client,
    settlement: Address,
    coordinator: Address,
    accounts: &[(Address, Terms)],
) -> Result<Vec<Line>, ChainError> {
    let block = client.head().await?.hash;
    let calls: Vec<_> = accounts.iter().map(|(miner, _)| account_of(coordinator, *miner)).collect();
    let on_chain = client.read_all_at_block(settlement, calls, block).await?;
    let line = |((miner, terms), account): (&(Address, Terms), Settlement::Account)| {
        let cumulative = U256::from(terms.cumulative);
        let new = cumulative.checked_sub(U256::from(account.settled)).filter(|new| !new.is_zero())?;
        let item = Settlement::Item { miner: *miner, cumulative: cumulative.saturating_to(), through: terms.through };
        Some(Line { item, new: Cai::from_base_units(new) })
    };
    Ok(accounts.iter().zip(on_chain).filter_map(line).collect())
}

/// A settlement of these lines in one transaction: what it moves in all, what it is called, and the call.
pub fn settlement_call(settlement: Address, coordinator: Address, lines: &[Line]) -> (Cai, String, Call) {
    let total = lines.iter().map(|line| line.new).sum();
    let items = lines.iter().map(|line| line.item.clone()).collect();
    let call = Call::new(settlement, &Settlement::settleCall { coordinator, items });
    (total, format!("Settle {total} with {} miners", lines.len()), call)
}

/// Settles at regular times, with the node's own key and coin. A failure is logged, and the next settlement tries again.
pub(super) async fn settle_regularly(
    shared: Arc<Shared>,
    sender: Sender,
    settlement: Address,
    every: Duration,
    stop: CancellationToken,
) {
    let mut interval = time::interval(every);
    interval.tick().await;
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        match stop.run_until_cancelled(settle_all(&shared, &sender, settlement)).await {
            None => return,
            Some(Ok(total)) if total.is_zero() => {}
            Some(Ok(total)) => tracing::info!(%total, "settled with miners"),
            Some(Err(error)) => {
                tracing::warn!(%error, "cannot settle; the vouchers stay valid, and the next settlement tries again");
            }
        }
    }
}

async fn settle_all(shared: &Shared, sender: &Sender, settlement: Address) -> Result<Cai, SendError> {
    let (accounts, mark) = shared.core().accounts();
    mark.synced().await;
    sender.resume().await?;
    let accounts: Vec<_> = accounts.into_iter().map(|(miner, terms, _)| (miner, terms)).collect();
    let lines = due(sender.client(), settlement, shared.address(), &accounts).await?;
    let mut settled = vec![];
    for batch in lines.chunks(BATCH) {
        let (total, title, call) = settlement_call(settlement, shared.address(), batch);
        Box::pin(sender.send(title, &call)).await?;
        settled.push(total);
    }
    Ok(settled.into_iter().sum())
}
