//! Events as commands and nodes ask for them: from the index as far as it goes, and from the endpoint beyond.

use alloy::rpc::types::{Filter, Log};

use super::{
    LOOKS,
    kept::{Again, KINDS},
    store::Block,
};
use crate::chain::{ChainError, Change, Client, Header};

impl Client {
    /// Events that match `filter` in all blocks of the network up to `last`, in order. Those that commands read often are kept.
    pub async fn history_until(&self, filter: Filter, last: u64) -> Result<Vec<Log>, ChainError> {
        let first = self.network().deployed_at;
        if !self.covers(&filter) {
            return self.logs_in_range(&filter, first, last).await;
        }
        for _ in 0..LOOKS {
            let seen = match self.index().seen().filter(|seen| seen.head.number >= last) {
                Some(seen) => seen,
                None => {
                    let look = self.look().await?;
                    // An endpoint may be behind the block that is asked for.
                    if look.seen.head.number < last || !look.confirm().await? {
                        continue;
                    }
                    look.seen
                }
            };
            let anchor = seen.known.anchor.map(|anchor| anchor.number.min(last));
            let stored = match anchor {
                Some(anchor) => self.index().store.select(&filter, first, anchor),
                None => Ok(vec![]),
            };
            let Ok(mut logs) = stored else {
                self.index().set_seen(None);
                continue;
            };
            let is_meant = |log: &&Log| {
                log.block_number <= Some(last)
                    && filter.matches_address(log.address())
                    && filter.matches_topics(log.topics())
            };
            logs.extend(seen.tip.iter().filter(is_meant).cloned());
            return Ok(logs);
        }
        Err(ChainError::Reorganised)
    }

    /// Whether all events that match are kept.
    fn covers(&self, filter: &Filter) -> bool {
        let known = self.index().store.known();
        let network = self.network();
        let contracts = [Some(network.staking), Some(network.settlement), network.court, known.jurors];
        let [kinds, ..] = &filter.topics;
        !filter.address.is_empty()
            && filter.address.iter().all(|address| contracts.contains(&Some(*address)))
            && !kinds.is_empty()
            && kinds.iter().all(|kind| KINDS.iter().any(|(kept, _)| kept == kind))
    }

    /// Changes of nodes in the blocks `first` to `last`, in order, where only the last one of a kind counts: from the index as far as it
    /// goes. `head` is the newest block.
    pub(in crate::chain) async fn changes(&self, first: u64, last: u64, head: &Header) -> Result<Vec<Log>, ChainError> {
        for _ in 0..LOOKS {
            match Box::pin(self.changes_once(first, last, head)).await {
                Ok(logs) => return Ok(logs),
                Err(Again::Forgotten) => {}
                Err(Again::Chain(error)) => return Err(error),
            }
        }
        Err(ChainError::Reorganised)
    }

    async fn changes_once(&self, first: u64, last: u64, head: &Header) -> Result<Vec<Log>, Again> {
        let store = &self.index().store;
        let known = store.known();
        if let Some(Block { number, hash }) = known.anchor
            && self.block(number).await?.is_none_or(|header| header.hash != hash)
        {
            self.index().forget();
            return Err(Again::Forgotten);
        }
        let known = self.settle(known, head).await?;
        let end = known.anchor.map(|anchor| anchor.number.min(last)).filter(|end| *end >= first);
        let mut logs = match end {
            Some(end) => store.newest(&Change::TOPICS, first, end)?,
            None => vec![],
        };
        let filter = Filter::new().address(self.network().staking).event_signature(Change::TOPICS.to_vec());
        let from = end.map_or(first, |end| end + 1);
        logs.extend(self.logs_in_range(&filter, from, last).await?);
        Ok(logs)
    }

    /// Forgets all events: they do not add up to the contract's state.
    pub(in crate::chain) fn forget_events(&self) {
        self.index().forget();
    }
}
