//! Events of many blocks, asked for in ranges as wide as the endpoint answers, several at a time.

use std::{collections::VecDeque, time::Duration};

use alloy::rpc::types::{Filter, Log};
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::json;

use super::{
    Cause, ChainError, Client, Header,
    width::{Width, sort},
};

/// Ranges that are on their way at once.
const AT_ONCE: usize = 8;
/// The wait after a failure that may have been one of the moment.
const WAIT: Duration = Duration::from_millis(300);

impl Client {
    /// Reads events that match `filter` in all of `gaps`, ranges of blocks with both ends, and hands each part to `take` with its
    /// range: in any order, but whole. An endpoint that does not have a part's last block has not read the part.
    pub(super) async fn read_ranges(
        &self,
        filter: &Filter,
        gaps: Vec<(u64, u64)>,
        width: &mut Width,
        mut take: impl FnMut(u64, u64, Vec<Log>) -> Result<(), ChainError>,
    ) -> Result<(), ChainError> {
        let mut waiting: VecDeque<_> = gaps.into();
        let mut asked = FuturesUnordered::new();
        let mut at_once = AT_ONCE;
        loop {
            while asked.len() < at_once
                && let Some((first, last)) = waiting.pop_front()
            {
                let end = last.min(first + (width.blocks() - 1));
                if end < last {
                    waiting.push_front((end + 1, last));
                }
                asked.push(async move { (first, end, self.range(filter, first, end).await) });
            }
            let Some((first, last, found)) = asked.next().await else { return Ok(()) };
            match found {
                Ok(logs) => {
                    width.answered();
                    take(first, last, logs)?;
                }
                Err(error) => {
                    if !width.after(&error, last - first + 1) {
                        return Err(error);
                    }
                    tracing::debug!(%error, blocks = width.blocks(), "asking for fewer blocks at once");
                    waiting.push_front((first, last));
                    let needs_time =
                        matches!(error, ChainError::Unreachable { cause: Cause::Busy | Cause::Behind, .. });
                    if needs_time {
                        at_once = (at_once / 2).max(1);
                    }
                    if needs_time || first == last {
                        tokio::time::sleep(WAIT).await;
                    }
                }
            }
        }
    }

    /// Events of one range, from a machine that has its last block: one that does not answers with a part or with nothing, and no
    /// error.
    async fn range(&self, filter: &Filter, first: u64, last: u64) -> Result<Vec<Log>, ChainError> {
        let logs = ("eth_getLogs", json!([filter.clone().from_block(first).to_block(last)]));
        let block = ("eth_getBlockByNumber", json!([format!("{last:#x}"), false]));
        let (logs, block): (Vec<Log>, Option<Header>) = self.rpc().pair(logs, block).await?;
        if block.is_none() {
            let reason = format!("it does not have block {last} yet");
            return Err(ChainError::Unreachable { url: self.url().clone(), reason, cause: Cause::Behind });
        }
        self.check_range(&logs, first, last)?;
        Ok(logs)
    }

    /// Refuses events that were not asked for.
    pub(super) fn check_range(&self, logs: &[Log], first: u64, last: u64) -> Result<(), ChainError> {
        let is_wrong = |log: &&Log| {
            let is_inside = log.block_number.is_some_and(|number| (first..=last).contains(&number));
            !is_inside || log.removed || log.log_index.is_none() || log.topics().is_empty()
        };
        match logs.iter().find(is_wrong) {
            None => Ok(()),
            Some(log) => {
                let place = log.block_number.map_or_else(|| "no block".into(), |number| format!("block {number}"));
                Err(self.malformed("eth_getLogs", format!("an event of {place}, asked for blocks {first} to {last}")))
            }
        }
    }

    /// Events that match `filter` in the blocks `first` to `last`, in order, read from the endpoint: in ranges as wide as it is known to
    /// answer, which is remembered where it turns out to be less.
    pub(super) async fn logs_in_range(&self, filter: &Filter, first: u64, last: u64) -> Result<Vec<Log>, ChainError> {
        if first > last {
            return Ok(vec![]);
        }
        let (generation, widest) = self.index().width();
        let (mut logs, mut width) = (vec![], Width::new(widest));
        let read = self.read_ranges(filter, vec![(first, last)], &mut width, |_, _, part| {
            logs.extend(part);
            Ok(())
        });
        // What was refused and not answered after all may have been a moment of the endpoint, and says nothing of its limit.
        read.await?;
        if width.blocks() < widest {
            self.index().set_width(generation, width.blocks());
        }
        sort(&mut logs);
        Ok(logs)
    }
}
