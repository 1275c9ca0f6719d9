//! The coordinator's money outside of its core: what the chain says of it, vouchers for miners, settlements.

use std::{sync::Arc, time::Duration};

use cuckoo_protocol::{
    Address, U256,
    account::Terms,
    chain::{Call, ChainError, Client, Outbox, Outcome, Terms as Sending},
    contract::Settlement,
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{Shared, core::Funds};
use crate::session;

/// How often miners are told what they are owed at most: one signature for all that they have done since. A miner stops at
/// some number of answers without a voucher, so that this also bounds what one miner can do in a second.
const STATEMENTS: Duration = Duration::from_millis(10);
/// Miners of one settlement; 6,200 gas each.
pub const BATCH: usize = 200;
/// How long a settlement may take to be mined before the next one looks after it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Reads what the chain says of a coordinator's money as of a block. `None` on networks without such a contract, and where the
/// escrow is as it was known: every settlement and redemption takes something out of it.
pub async fn funds(
    client: &Client,
    coordinator: Address,
    known: Option<u128>,
    miners: Vec<Address>,
    block_hash: cuckoo_protocol::B256,
) -> Result<Option<Funds>, ChainError> {
    let Some(settlement) = client.network().settlement else { return Ok(None) };
    let escrow = client.read_at_block(settlement, &Settlement::escrowOfCall { coordinator }, block_hash).await?;
    let units = |amount| U256::from(amount).saturating_to::<u128>();
    let staying = units(escrow.balance - escrow.thawing);
    if known == Some(staying) {
        return Ok(None);
    }
    let calls: Vec<_> = miners.iter().map(|miner| account_of(coordinator, *miner)).collect();
    let accounts = client.read_all_at_block(settlement, calls, block_hash).await?;
    let settled = miners.into_iter().zip(accounts).map(|(miner, account)| (miner, units(account.settled))).collect();
    Ok(Some(Funds { escrow: staying, settled }))
}

fn account_of(coordinator: Address, miner: Address) -> Settlement::accountOfCall {
    Settlement::accountOfCall { coordinator, miner }
}

/// Tells miners what they are owed, soon after it has changed and once it is durable.
pub(super) async fn tell_miners(shared: Arc<Shared>, stop: CancellationToken) {
    let mut interval = time::interval(STATEMENTS);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        let Some(statements) = shared.core().statements() else { continue };
        let Some(statements) = stop.run_until_cancelled(statements.durable()).await else { return };
        shared.core().tell(statements);
    }
}

/// The lines of a settlement that would change something: miners whose terms are ahead of the chain.
pub async fn due(
    client: &Client,
    settlement: Address,
    coordinator: Address,
    accounts: &[(Address, Terms)],
) -> Result<Vec<Settlement::Item>, ChainError> {
    let block = client.head().await?.hash;
    let calls: Vec<_> = accounts.iter().map(|(miner, _)| account_of(coordinator, *miner)).collect();
    let on_chain = client.read_all_at_block(settlement, calls, block).await?;
    let item = |((miner, terms), account): (&(Address, Terms), Settlement::Account)| {
        let cumulative = U256::from(terms.cumulative);
        (cumulative > U256::from(account.settled)).then(|| Settlement::Item {
            miner: *miner,
            cumulative: cumulative.saturating_to(),
            through: terms.through,
        })
    };
    Ok(accounts.iter().zip(on_chain).filter_map(item).collect())
}

/// The transaction that settles these lines.
pub fn settle_call(settlement: Address, coordinator: Address, items: Vec<Settlement::Item>) -> Call {
    Call::new(settlement, &Settlement::settleCall { coordinator, items })
}

/// Settles every so often, with the node's own key and coin. What fails is said, and tried again the next time.
pub(super) async fn settle_regularly(shared: Arc<Shared>, client: Client, every: Duration, stop: CancellationToken) {
    let Some(settlement) = client.network().settlement else { return };
    let outbox = session::outbox();
    let mut interval = time::interval(every);
    interval.tick().await;
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        let (accounts, mark) = shared.core().accounts();
        mark.synced().await;
        let accounts: Vec<_> = accounts.into_iter().map(|(miner, terms, _)| (miner, terms)).collect();
        for batch in accounts.chunks(BATCH) {
            let settling = settle(&client, settlement, shared.address(), batch, &outbox);
            match stop.run_until_cancelled(settling).await {
                None => return,
                Some(Ok(0)) => {}
                Some(Ok(miners)) => tracing::info!(miners, "settled"),
                Some(Err(error)) => {
                    tracing::warn!(%error, "cannot settle; the vouchers are good, and it is tried again later");
                    break;
                }
            }
        }
    }
}

async fn settle(
    client: &Client,
    settlement: Address,
    coordinator: Address,
    accounts: &[(Address, Terms)],
    outbox: &Outbox,
) -> Result<usize, String> {
    let failed = |error: ChainError| error.to_string();
    let items = due(client, settlement, coordinator, accounts).await.map_err(failed)?;
    let count = items.len();
    if count == 0 {
        return Ok(0);
    }
    let call = settle_call(settlement, coordinator, items);
    Box::pin(outbox.resume(client, PATIENCE)).await.map_err(failed)?;
    let simulation = client.simulate(coordinator, &call).await.map_err(failed)?;
    let terms =
        Sending { title: format!("Settle with {count} miners"), nonce: None, max_fee: None, patience: PATIENCE };
    let intent = Box::pin(outbox.submit(client, &call, &simulation, &terms, |_| {})).await.map_err(failed)?;
    match Box::pin(outbox.finish(client, &intent, PATIENCE)).await.map_err(failed)? {
        Outcome::Confirmed(_) => Ok(count),
        other => Err(format!("the settlement {} is not in a block: {other:?}", intent.hash())),
    }
}
