//! How many blocks are asked for at once, and the order of events.

use alloy::rpc::types::Log;

use super::{Cause, ChainError};

/// Blocks of one range at first and at most: what most endpoints answer.
pub(super) const WIDEST: u64 = 10_000;
/// After a refusal this many answers in a row let a wider range be tried, and twice as many after each further one.
const AFTER_REFUSAL: u32 = 8;
const LONG_AFTER: u32 = 256;
/// Failures in a row that fewer blocks do not cure.
const FAILURES: u32 = 5;
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

    pub(super) fn answered(&mut self) {
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
    pub(super) fn after(&mut self, error: &ChainError, blocks: u64) -> bool {
        self.failures += 1;
        let is_curable = match error {
            // It has taken too long.
            ChainError::Unreachable { cause: Cause::Slow | Cause::Status(413), .. } => true,
            // Time cures it, and fewer blocks are as many requests and more.
            ChainError::Unreachable { cause: Cause::Busy | Cause::Behind, .. } => return self.failures < FAILURES,
            ChainError::Unreachable { .. } | ChainError::WrongChain { .. } => false,
            _ => true,
        };
        self.refused(blocks);
        is_curable && (blocks > 1 || self.failures < FAILURES)
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
