//! Tokens per second over the last ten minutes, in buckets of one second of the node's own time.

use std::collections::VecDeque;

use cuckoo_protocol::{
    status::{Snapshot, TaskRow},
    task::Millis,
};
use serde::{Deserialize, Serialize};

/// The number of seconds that are kept.
pub(super) const CAPACITY: usize = 600;

/// How long the node may be silent before that counts as no tokens. Until then the newest second may just be late.
const PATIENCE: Millis = 3_000;

/// The longest list of recent tasks that a node publishes. A full list says nothing about the time before its oldest row.
const FULL_LIST: usize = 200;

/// The largest value of a bucket, so that the sum of what a broken node claims does not overflow.
const CEILING: u64 = 1_000_000_000_000_000;

/// The buckets. They count thousandths of tokens, so that a slow model's fraction of a token per second is not lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The second after the newest bucket, since the Unix epoch.
    end: u64,
    buckets: VecDeque<u64>,
}

impl History {
    /// Takes in the change from `before` to `after`. A node's first snapshot fills the past from its recent tasks.
    pub fn record(&mut self, before: Option<&Snapshot>, after: &Snapshot) {
        let same = before.filter(|before| {
            before.node.address == after.node.address
                && before.node.started_at == after.node.started_at
                && before.taken_at <= after.taken_at
        });
        let Some(before) = same else {
            *self = Self::of_recent(&after.recent, after.taken_at);
            return;
        };
        self.extend(after.taken_at / 1000);
        let tokens = after.tasks.completion_tokens.saturating_sub(before.tasks.completion_tokens);
        self.add(before.taken_at, after.taken_at, tokens);
    }

    /// Lets time pass without a new snapshot until the node's clock shows `now`. Returns true when a bucket was added.
    pub fn advance(&mut self, now: Millis) -> bool {
        let end = now.saturating_sub(PATIENCE) / 1000;
        let grows = self.end != 0 && end > self.end;
        if grows {
            self.extend(end);
        }
        grows
    }

    /// True when all buckets are zero.
    pub fn is_quiet(&self) -> bool {
        self.buckets.iter().all(|bucket| *bucket == 0)
    }

    /// The mean tokens per second of the last `seconds`.
    pub fn rate(&self, seconds: usize) -> u64 {
        let count = seconds.min(self.buckets.len()).max(1);
        self.buckets.iter().rev().take(count).sum::<u64>() / count as u64 / 1000
    }

    /// How many seconds each of `columns` columns stands for, so that together they show at least `seconds`.
    pub const fn step(columns: usize, seconds: usize) -> usize {
        if columns == 0 { 1 } else { seconds.div_ceil(columns) }
    }

    /// The mean thousandths of tokens per second of each of the last `columns` steps of `step` seconds, oldest first. Steps
    /// begin at multiples of `step`, so that a bar keeps its height while it moves.
    pub fn columns(&self, columns: usize, step: usize) -> Vec<u64> {
        let step = step.max(1) as u64;
        let first_kept = self.end - self.buckets.len() as u64;
        let last = self.end.div_ceil(step);
        (last.saturating_sub(columns as u64)..last)
            .map(|column| {
                let from = (column * step).max(first_kept);
                let to = ((column + 1) * step).min(self.end);
                let sum: u64 = (from..to).map(|second| self.buckets[(second - first_kept) as usize]).sum();
                sum / to.saturating_sub(from).max(1)
            })
            .collect()
    }

    /// The past as the recent tasks show it: each task's tokens are spread evenly from its first token to its end.
    fn of_recent(recent: &[TaskRow], taken_at: Millis) -> Self {
        let end = taken_at / 1000;
        let oldest = recent.iter().map(|task| task.accepted_at / 1000).min().unwrap_or(end);
        let start = if recent.len() >= FULL_LIST { oldest } else { end.saturating_sub(CAPACITY as u64) };
        let length = end.saturating_sub(start).min(CAPACITY as u64);
        let mut history = Self { end, buckets: std::iter::repeat_n(0, length as usize).collect() };
        for task in recent {
            if let Some(from) = task.first_token_at {
                history.add(from, task.ended_at.unwrap_or(taken_at), u64::from(task.completion_tokens));
            }
        }
        history
    }

    fn extend(&mut self, end: u64) {
        let missing = end.saturating_sub(self.end).min(CAPACITY as u64);
        self.buckets.extend(std::iter::repeat_n(0, missing as usize));
        self.end = self.end.max(end);
        let excess = self.buckets.len().saturating_sub(CAPACITY);
        self.buckets.drain(..excess);
    }

    /// Spreads `tokens` evenly over `from..to`. What falls outside the kept seconds is dropped.
    fn add(&mut self, from: Millis, to: Millis, tokens: u64) {
        let to = to.max(from.saturating_add(1));
        let length = u128::from(to - from);
        let first_kept = self.end - self.buckets.len() as u64;
        let first = (from / 1000).max(first_kept);
        for second in first..to.div_ceil(1000).min(self.end) {
            let overlap = to.min((second + 1) * 1000) - from.max(second * 1000);
            let share = u128::from(tokens) * 1000 * u128::from(overlap) / length;
            let bucket = &mut self.buckets[(second - first_kept) as usize];
            *bucket = bucket.saturating_add(u64::try_from(share).unwrap_or(CEILING)).min(CEILING);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(values: &[u64], end: u64) -> History {
        History { end, buckets: values.iter().copied().collect() }
    }

    #[test]
    fn tokens_are_spread_over_the_time_they_took() {
        let mut history = filled(&[0, 0, 0], 13);
        history.add(10_500, 12_500, 40);
        assert_eq!(history, filled(&[10_000, 20_000, 10_000], 13));
    }

    #[test]
    fn what_lies_outside_the_kept_seconds_is_dropped() {
        let mut history = filled(&[0], 11);
        history.add(0, 10_000, 7);
        history.add(20_000, 30_000, 7);
        history.add(u64::MAX - 1, u64::MAX, u64::MAX);
        assert_eq!(history, filled(&[0], 11));
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let mut history = filled(&[1], 1);
        history.extend(u64::MAX / 2);
        assert_eq!(history.buckets.len(), CAPACITY);
        assert!(history.is_quiet());
    }

    #[test]
    fn bars_keep_their_height_while_they_move() {
        let mut history = filled(&[1000, 3000, 5000, 7000], 104);
        assert_eq!(history.columns(3, 2), [0, 2000, 6000]);
        history.extend(105);
        assert_eq!(history.columns(3, 2), [2000, 6000, 0]);
        assert_eq!(history.columns(0, 1), [0u64; 0]);
    }

    #[test]
    fn a_late_snapshot_is_not_silence() {
        let mut history = filled(&[1000], 10);
        assert!(!history.advance(13_900));
        assert!(history.advance(14_000));
        assert_eq!(history, filled(&[1000, 0], 11));
    }
}
