//! Follows the chain: registrations, stakes, and the coordinator's money.

use std::{sync::Arc, time::Duration};

use alloy::primitives::B256;
use cuckoo_protocol::{
    assign::Snapshot,
    chain::{Client, Mirror},
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{settlement, shared::Shared};
use crate::{
    host::clock,
    node::{chain_view::ChainView, watchdog::Watchdog},
};

/// Stakes older than this are not drawn from: no new assignment is better than one by stakes that may have been withdrawn.
const MAX_CHAIN_AGE: Duration = Duration::from_secs(30 * 60);

/// Follows registrations and stakes. While the chain cannot be read the last stakes stay in force, up to [`MAX_CHAIN_AGE`].
pub(super) async fn follow_chain(shared: Arc<Shared>, mut mirror: Mirror, watchdog: Watchdog, stop: CancellationToken) {
    let mut good = time::Instant::now();
    let pause = Duration::from_millis(shared.network.block_time_ms.clamp(200, 12_000) / 2);
    while stop.run_until_cancelled(watchdog.during("chain", time::sleep(pause))).await.is_some() {
        let Some(update) = stop.run_until_cancelled(watchdog.during("chain", mirror.poll())).await else { break };
        match update {
            Ok(update) => {
                good = time::Instant::now();
                let block = update.registry.block_hash;
                shared.chain.store(Arc::new(ChainView::of(&mirror)));
                let now = clock::now();
                {
                    let mut core = shared.core();
                    core.set_snapshot(update.miners, now);
                    core.expel(|node| shared.is_active_miner(node), now);
                }
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
                    shared.core().set_snapshot(Arc::new(nobody), clock::now());
                }
            }
        }
    }
}

/// Escrow and settlements as of a block. Where they cannot be read the last ones stay in force.
async fn follow_money(shared: &Shared, client: &Client, block: B256) {
    let known = shared.core().escrow();
    match settlement::read_funds(client, shared.address, known, || shared.core().creditors(), block).await {
        Ok(Some(funds)) => shared.core().set_funds(funds),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the escrow cannot be read"),
    }
}
