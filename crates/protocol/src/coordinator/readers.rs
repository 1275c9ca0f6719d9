//! The tasks that have not ended with who waits for them, and those that have ended and stay readable.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{draws::PoolId, input::Commitments};
use crate::task::{Millis, TaskId};

/// Ended tasks that stay readable.
const KEEP_ENDED: usize = 10_000;
/// Bytes of their prompts and outputs at most. With images this is the limit that counts.
const KEEP_BYTES: usize = 256 << 20;
/// At least this many of the newest stay, whatever they weigh, so that a waiting application can read its result.
const KEEP_NEWEST: usize = 64;

/// A task that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) pool: PoolId,
    pub(super) commitments: Commitments,
    /// Connections that wait for it.
    pub(super) waiters: u32,
    /// An application sees the text as it comes.
    pub(super) seen: bool,
    /// When the newest attempt was leased.
    pub(super) leased_at: Millis,
    /// When its first token arrived.
    pub(super) attempt_first_token_at: Option<Millis>,
    /// When the first token of any attempt arrived.
    pub(super) first_token_at: Option<Millis>,
    pub(super) completion_tokens: u32,
}

impl Live {
    pub(super) const fn new(pool: PoolId, commitments: Commitments) -> Self {
        Self {
            pool,
            commitments,
            waiters: 0,
            seen: false,
            leased_at: 0,
            attempt_first_token_at: None,
            first_token_at: None,
            completion_tokens: 0,
        }
    }
}

/// A task that has ended and is not forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) task: TaskId,
    pub(super) bytes: usize,
    pub(super) first_token_at: Option<Millis>,
    pub(super) ended_at: Option<Millis>,
    pub(super) completion_tokens: u32,
}

/// What is known of tasks that their state machines do not need.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    live: HashMap<TaskId, Live>,
    /// In the order of their ends.
    ended: VecDeque<Ended>,
    ended_bytes: usize,
    /// Tasks that would be forgotten and are still to be examined.
    pinned: HashSet<TaskId>,
}

impl Readers {
    pub(super) fn open(&mut self, task: TaskId, live: Live) {
        self.live.insert(task, live);
    }

    pub(super) fn get(&self, task: &TaskId) -> Option<&Live> {
        self.live.get(task)
    }

    pub(super) fn get_mut(&mut self, task: &TaskId) -> Option<&mut Live> {
        self.live.get_mut(task)
    }

    /// A task has ended.
    pub(super) fn close(&mut self, task: &TaskId) -> Option<Live> {
        self.live.remove(task)
    }

    /// Tasks that have not ended, in no order.
    pub(super) fn live(&self) -> impl Iterator<Item = (&TaskId, &Live)> {
        self.live.iter()
    }

    /// Tasks that have ended, in the order of their ends.
    pub(super) fn ended(&self) -> impl DoubleEndedIterator<Item = &Ended> {
        self.ended.iter()
    }

    /// Keeps a task that has ended.
    pub(super) fn keep(&mut self, ended: Ended) {
        self.ended_bytes += ended.bytes;
        self.ended.push_back(ended);
    }

    /// A task that was to be forgotten stays.
    pub(super) fn pin(&mut self, task: TaskId) {
        self.pinned.insert(task);
    }

    /// It need not stay; false where it did not.
    pub(super) fn unpin(&mut self, task: &TaskId) -> bool {
        self.pinned.remove(task)
    }

    /// The oldest one, if there are more than are kept.
    pub(super) fn forget(&mut self) -> Option<TaskId> {
        let is_full =
            self.ended.len() > KEEP_ENDED || (self.ended_bytes > KEEP_BYTES && self.ended.len() > KEEP_NEWEST);
        let oldest = if is_full { self.ended.pop_front()? } else { return None };
        self.ended_bytes -= oldest.bytes;
        Some(oldest.task)
    }
}
