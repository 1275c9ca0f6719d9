//! Whether the nodes that the events tell of are those that the contract counts.

use alloy::primitives::U256;
use futures::{StreamExt, TryStreamExt, stream, try_join};

use super::{
    ChainError, Client, Registry,
    registry::{ACTIVE, ROTATED},
};
use crate::contract::{Role, Staking};

/// Nodes read in one call.
const PAGE: u64 = 500;
/// Such calls that are on their way at once.
const PAGES_AT_ONCE: usize = 4;

impl Client {
    /// Compares every node with what the contract says at the registry's block.
    pub(super) async fn agrees(&self, registry: &Registry) -> Result<bool, ChainError> {
        let (miners, coordinators) =
            try_join!(self.agrees_in(registry, Role::Miner), self.agrees_in(registry, Role::Coordinator))?;
        Ok(miners && coordinators)
    }

    async fn agrees_in(&self, registry: &Registry, role: Role) -> Result<bool, ChainError> {
        let known = registry.nodes.values().filter(|node| node.role == role).count() as u64;
        let call = Staking::nodeCountCall { role: role as u8 };
        let listed = self.read_at_block(self.network().staking, &call, registry.block_hash);
        // Most networks have one page, which needs not wait for their number.
        let (listed, first) = try_join!(listed, self.page(registry, role, 0))?;
        let pages = stream::iter(1..listed.saturating_to::<u64>().div_ceil(PAGE));
        let pages = pages.map(|page| self.page(registry, role, page * PAGE));
        let pages: Vec<_> = pages.buffered(PAGES_AT_ONCE).try_collect().await?;
        let counts: Option<Vec<u64>> = std::iter::once(first).chain(pages).collect();
        Ok(counts.is_some_and(|counts| counts.iter().sum::<u64>() == known))
    }

    /// Nodes on a page of the contract's list, without keys that were replaced; `None` where one of them is another one than the
    /// registry's.
    async fn page(&self, registry: &Registry, role: Role, offset: u64) -> Result<Option<u64>, ChainError> {
        let (offset, limit) = (U256::from(offset), U256::from(PAGE));
        let call = Staking::weightsCall { role: role as u8, offset, limit };
        let page = self.read_at_block(self.network().staking, &call, registry.block_hash).await?;
        let nodes: Vec<_> = page.iter().filter(|view| view.status != ROTATED).collect();
        let same = nodes.iter().all(|view| {
            registry.node(&view.node).is_some_and(|node| {
                node.weight == view.weight
                    && node.self_stake == view.selfStake.into()
                    && node.active == (view.status == ACTIVE)
                    && node.owner == view.owner
                    && node.role == role
            })
        });
        Ok(same.then_some(nodes.len() as u64))
    }
}
