//! Events of many blocks: in ranges that the endpoint bears, or block by block where it may lag behind itself.

use alloy::{
    primitives::B256,
    rpc::types::{Filter, Log},
};
use futures::future::try_join_all;

use super::{ChainError, Client, Header};

/// Up to this many new blocks are asked for one by one, by hash: an endpoint that lags behind itself answers a range of
/// blocks that it does not have yet with nothing, and a hash that it does not have with an error.
pub(super) const BY_HASH: u64 = 8;

impl Client {
    /// Events that match `filter` in the blocks `first` to `last`, both included, of the chain whose newest block is `head`: one by one
    /// where they are few. A range of more is that of this chain only if [`Client::check_block`] says so of its last block afterwards.
    pub(super) async fn logs_between(
        &self,
        filter: &Filter,
        first: u64,
        last: u64,
        head: &Header,
    ) -> Result<Vec<Log>, ChainError> {
        if first > last {
            return Ok(vec![]);
        }
        if last - first >= BY_HASH {
            return self.logs_in_range(filter, first, last).await;
        }
        let header = async |number| match number == head.number {
            true => Ok(*head),
            false => self.block(number).await?.ok_or(ChainError::Reorganised),
        };
        let headers = try_join_all((first..=last).map(header)).await?;
        if headers.windows(2).any(|pair| pair[1].parent_hash != pair[0].hash) {
            return Err(ChainError::Reorganised);
        }
        let logs = headers.iter().map(async |header| self.logs(&filter.clone().at_block_hash(header.hash)).await);
        Ok(try_join_all(logs).await?.concat())
    }

    /// The same for all blocks from `first` to `head`, and sure to be those of that chain.
    pub(super) async fn logs_since(&self, filter: &Filter, first: u64, head: &Header) -> Result<Vec<Log>, ChainError> {
        let logs = self.logs_between(filter, first, head.number, head).await?;
        if head.number.saturating_sub(first) >= BY_HASH {
            self.check_block(head.number, head.hash).await?;
        }
        Ok(logs)
    }

    /// Fails as for a reorganisation unless the block of that number still has that hash.
    pub(super) async fn check_block(&self, number: u64, hash: B256) -> Result<(), ChainError> {
        match self.block(number).await? {
            Some(now) if now.hash == hash => Ok(()),
            _ => Err(ChainError::Reorganised),
        }
    }
}
