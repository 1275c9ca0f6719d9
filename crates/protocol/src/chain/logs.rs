//! Events of many blocks: in ranges that the endpoint bears, or block by block where it may lag behind itself.

use alloy::{
    primitives::{Address, B256},
    rpc::types::{Filter, Log},
};

use super::{ChainError, Client, Header};

/// Blocks asked for at once; endpoints commonly refuse more.
const RANGE: u64 = 2_000;
/// After an endpoint has refused a range, this many answers in a row let a wider one be tried.
const AFTER_REFUSAL: u32 = 8;
/// Up to this many new blocks are asked for one by one, by hash: an endpoint that lags behind itself answers a range of
/// blocks that it does not have yet with nothing, and a hash that it does not have with an error.
const BY_HASH: u64 = 8;

/// Events in a range of blocks, in order, `range` blocks at once and then more. What the endpoint refuses, or what is too large, is
/// halved until it is not: an endpoint works as long for a refusal as for an answer, so that where a block may have thousands of
/// events few blocks are the better beginning.
async fn logs_in_range(
    client: &Client,
    filter: &Filter,
    first: u64,
    last: u64,
    mut range: u64,
) -> Result<Vec<Log>, ChainError> {
    let mut logs = vec![];
    let mut from = first;
    // Answers in a row before more is asked for: none until there was a refusal.
    let (mut answers, mut enough) = (0, 0);
    while from <= last {
        let to = last.min(from + (range - 1));
        match client.logs(&filter.clone().from_block(from).to_block(to)).await {
            Ok(page) => {
                logs.extend(page);
                from = to + 1;
                answers += 1;
                if answers >= enough {
                    (answers, range) = (0, (range * 2).min(RANGE));
                }
            }
            Err(error @ (ChainError::Unreachable { .. } | ChainError::WrongChain { .. })) => return Err(error),
            Err(error) if to == from => return Err(error),
            Err(error) => {
                range = ((to - from) / 2).max(1);
                (answers, enough) = (0, AFTER_REFUSAL);
                tracing::debug!(%error, range, "asking for fewer blocks at once");
            }
        }
    }
    logs.sort_by_key(|log| (log.block_number, log.log_index));
    Ok(logs)
}

impl Client {
    /// Events of the staking contract in all blocks up to the newest, in order: `signature` and one indexed address first.
    pub async fn history(&self, signature: B256, indexed: Address) -> Result<Vec<Log>, ChainError> {
        let head = self.head().await?.number;
        let filter = Filter::new().address(self.network().staking).event_signature(signature);
        self.history_until(filter.topic1(indexed.into_word()), head).await
    }

    /// Events that match `filter` in all blocks of the network up to `last`, in order.
    pub async fn history_until(&self, filter: Filter, last: u64) -> Result<Vec<Log>, ChainError> {
        logs_in_range(self, &filter, self.network().deployed_at, last, RANGE).await
    }

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
            return logs_in_range(self, filter, first, last, 1).await;
        }
        let mut logs = vec![];
        let mut parent = None;
        for number in first..=last {
            let header = match number == head.number {
                true => *head,
                false => self.block(number).await?.ok_or(ChainError::Reorganised)?,
            };
            if parent.is_some_and(|parent: B256| parent != header.parent_hash) {
                return Err(ChainError::Reorganised);
            }
            parent = Some(header.hash);
            logs.extend(self.logs(&filter.clone().at_block_hash(header.hash)).await?);
        }
        Ok(logs)
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
