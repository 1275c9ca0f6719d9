//! Follows the chain: registrations, stakes, and the coordinator's money.

use std::{sync::Arc, time::Duration};

use alloy::primitives::B256;
use cuckoo_protocol::{
    assign::Snapshot,
    chain::{Client, Mirror},
    coordinator::Input,
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{settlement, shared::Shared};
use crate::node::{chain_view::ChainView, watchdog::Watchdog};

/// Stakes older than this are not drawn from: no new assignment is better than one by stakes that may have been withdrawn.
const MAX_CHAIN_AGE: Duration = Duration::from_secs(30 * 60);

/// Follows registrations and stakes. While the chain cannot be read the last stakes stay in force, up to [`MAX_CHAIN_AGE`].
pub(super) async fn follow_chain(shared: Arc<Shared>, mut mirror: Mirror, watchdog: Watchdog, stop: CancellationToken) {
    let mut good = time::Instant::now();
    let pause = Duration::from_millis(shared.network.block_time_ms.clamp(200, 12_000) / 2);
    while stop.run_until_cancelled(watchdog.during("chain", time::sleep(pause))).await.is_some() {
        let looked = watchdog.during("chain", Box::pin(mirror.poll()));
        let Some(update) = stop.run_until_cancelled(looked).await else { break };
        match update {
            Ok(update) => {
                good = time::Instant::now();
                let block = update.registry.block_hash;
                let view = ChainView::of(&mirror);
                let owners = view.registry.owners_since(&shared.chain.load().registry);
                if !owners.is_empty() {
                    shared.handle.act(Input::Owners(owners));
                }
                shared.chain.store(Arc::new(view));
                shared.handle.act(Input::Snapshot(update.miners));
                expel(&shared).await;
                if update.new_block {
                    follow_money(&shared, mirror.client(), block).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the chain cannot be read; the last stakes stay in force");
                let view = shared.chain.load().unreadable(&error);
                shared.chain.store(Arc::new(view));
                if good.elapsed() > MAX_CHAIN_AGE {
                    tracing::error!("the stakes are too old to draw from; no new task is assigned");
                    let epoch = shared.chain.load().miners.epoch;
                    let nobody = Snapshot { epoch, beacon: B256::ZERO, miners: vec![] };
                    shared.handle.act(Input::Snapshot(Arc::new(nobody)));
                }
            }
        }
    }
}

/// Closes the sessions of nodes that are not registered as active miners any more.
async fn expel(shared: &Shared) {
    let mut sessions = shared.handle.read(|machine| machine.connected()).await;
    sessions.retain(|(node, _)| !shared.is_active_miner(node));
    if !sessions.is_empty() {
        let reason = "no longer registered as an active miner".to_owned();
        shared.handle.act(Input::Expel { sessions, reason });
    }
}

/// Escrow and settlements as of a block. Where they cannot be read the last ones stay in force.
async fn follow_money(shared: &Shared, client: &Client, block: B256) {
    let known = shared.handle.read(|machine| machine.escrow()).await;
    let creditors = async || shared.handle.read(|machine| machine.creditors()).await;
    match settlement::read_funds(client, shared.address, known, creditors, block).await {
        Ok(Some(funds)) => shared.handle.act(Input::Funds(funds)),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the escrow cannot be read"),
    }
}
