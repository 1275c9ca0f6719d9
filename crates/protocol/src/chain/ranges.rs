//! Events of many blocks, asked for in ranges as wide as the endpoint answers, several at a time.

use std::{collections::VecDeque, time::Duration};

use alloy::rpc::types::{Filter, Log};
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::json;

use super::{Cause, ChainError, Client, Header};

/// Blocks of one range at first and at most: what most endpoints answer.
pub(super) const WIDEST: u64 = 10_000;
/// Ranges that are on their way at once.
const AT_ONCE: usize = 8;
/// After a refusal this many answers in a row let a wider range be tried, and twice as many after each further one.
const AFTER_REFUSAL: u32 = 8;
const LONG_AFTER: u32 = 256;
/// Failures in a row that fewer blocks do not cure.
const FAILURES: u32 = 5;
/// The wait after a failure that may have been one of the moment.
const WAIT: Duration = Duration::from_millis(300);

/// How many blocks an endpoint answers at once, as far as it has shown: most say something of their own about it, and some nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    now: u64,
    /// Answers in a row, and how many let more be asked for.
    answers: u32,
    enough: u32,
    /// Failures in a row.
    failures: u32,
}

impl Width {
    /// Begins with this many blocks.
    pub(super) fn new(blocks: u64) -> Self {
        Self { now: blocks.clamp(1, WIDEST), answers: 0, enough: AFTER_REFUSAL / 2, failures: 0 }
    }

    /// Blocks to ask for.
    pub(super) fn blocks(self) -> u64 {
        self.now
    }

    fn answered(&mut self) {
        self.failures = 0;
        self.answers += 1;
        if self.answers >= self.enough {
            (self.answers, self.now) = (0, (self.now * 2).min(WIDEST));
        }
    }

    /// A range of this many blocks was refused. What was asked for before the last refusal says nothing new.
    fn refused(&mut self, blocks: u64) {
        self.answers = 0;
        if blocks <= self.now {
            self.now = (blocks / 2).max(1);
            self.enough = (self.enough * 2).min(LONG_AFTER);
        }
    }

    /// Whether to go on after an error.
    fn after(&mut self, error: &ChainError, blocks: u64) -> bool {
        self.failures += 1;
        let is_curable = match error {
            // It has taken too long, or it is behind itself.
            ChainError::Unreachable { cause: Cause::Slow | Cause::Behind | Cause::Status(413), .. } => true,
            // Fewer blocks are as many requests, and more.
            ChainError::Unreachable { cause: Cause::Busy, .. } => return self.failures < FAILURES,
            ChainError::Unreachable { .. } | ChainError::WrongChain { .. } => false,
            _ => true,
        };
        self.refused(blocks);
        is_curable && (blocks > 1 || self.failures < FAILURES)
    }
}

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
                    let is_busy = matches!(error, ChainError::Unreachable { cause: Cause::Busy, .. });
                    if is_busy {
                        at_once = (at_once / 2).max(1);
                    }
                    if is_busy || first == last {
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

    /// Events that match `filter` in the blocks `first` to `last`, in order, read from the endpoint.
    pub(super) async fn logs_in_range(
        &self,
        filter: &Filter,
        first: u64,
        last: u64,
        width: &mut Width,
    ) -> Result<Vec<Log>, ChainError> {
        let mut logs = vec![];
        let gaps = if first <= last { vec![(first, last)] } else { vec![] };
        self.read_ranges(filter, gaps, width, |_, _, part| {
            logs.extend(part);
            Ok(())
        })
        .await?;
        sort(&mut logs);
        Ok(logs)
    }
}

/// Puts events in their order on the chain.
pub(super) fn sort(logs: &mut [Log]) {
    logs.sort_by_key(|log| (log.block_number, log.log_index));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal() -> ChainError {
        let url = "http://127.0.0.1:1".parse().expect("a URL");
        ChainError::Refused { url, method: "eth_getLogs", code: -32_602, message: "too wide".into() }
    }

    /// Asks an endpoint with a limit without end, one range at a time; how many of these are refused.
    fn refused(limit: u64, ranges: u32) -> (u32, u64) {
        let mut width = Width::new(WIDEST);
        let (mut refusals, mut blocks) = (0, 0);
        for _ in 0..ranges {
            match width.blocks() <= limit {
                true => {
                    blocks += width.blocks();
                    width.answered();
                }
                false => {
                    refusals += 1;
                    let asked = width.blocks();
                    assert!(width.after(&refusal(), asked));
                }
            }
        }
        (refusals, blocks)
    }

    #[test]
    fn a_limit_is_found_soon_and_seldom_touched_again() {
        for limit in [10, 50, 1_000, 2_000, 9_999, 10_000] {
            let (refusals, blocks) = refused(limit, 1_000);
            assert!(refusals <= 24, "{limit}: {refusals}");
            // At least a half of what the limit lets through, and one that is hit exactly is not approached from below.
            assert!(blocks >= limit * 900 / 2, "{limit}: {blocks}");
        }
        assert_eq!(refused(10_000, 1_000), (0, 10_000_000));
    }

    #[test]
    fn what_fewer_blocks_do_not_cure_ends_it() {
        let mut width = Width::new(1);
        assert!((1..FAILURES).all(|_| width.after(&refusal(), 1)));
        assert!(!width.after(&refusal(), 1));
        let url = "http://127.0.0.1:1".parse().expect("a URL");
        let gone = ChainError::Unreachable { url, reason: "gone".into(), cause: Cause::Silent };
        assert!(!Width::new(10).after(&gone, 10));
    }
}
