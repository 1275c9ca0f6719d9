//! The tasks that have not ended with who waits for them, and those that have ended last.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::{draws::PoolId, input::Commitments, shelf::Shelves, waits::Waits};
use crate::{
    status::RECENT,
    task::{Millis, TaskId},
};

/// An application whose connection broke has this long to come back with its idempotency key, before its task is taken back.
const RETURN: Millis = 30_000;

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
    /// When its newest token arrived; where there is none, when its miner was offered it, and `None` before that.
    pub(super) said_at: Option<Millis>,
    /// When its first token arrived.
    pub(super) attempt_first_token_at: Option<Millis>,
    /// When the first token of any attempt arrived.
    pub(super) first_token_at: Option<Millis>,
    pub(super) completion_tokens: u32,
    /// Attempts whose sessions ended by nobody's fault.
    pub(super) unblamed: u32,
    /// How often it has rested, because only the miner can be given it that has lost it.
    pub(super) rests: usize,
    /// It is given to nobody before this.
    rested_at: Millis,
    /// Until when somebody may come back who waited for it, and the tokens that had been delivered.
    pub(super) abandoned: Option<(Millis, u32)>,
}

impl Live {
    pub(super) const fn new(pool: PoolId, commitments: Commitments) -> Self {
        Self {
            pool,
            commitments,
            waiters: 0,
            seen: false,
            leased_at: 0,
            said_at: None,
            attempt_first_token_at: None,
            first_token_at: None,
            completion_tokens: 0,
            unblamed: 0,
            rests: 0,
            rested_at: 0,
            abandoned: None,
        }
    }
}

/// A task that has ended lately.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) task: TaskId,
    pub(super) first_token_at: Option<Millis>,
    pub(super) ended_at: Option<Millis>,
    pub(super) completion_tokens: u32,
}

/// What is known of tasks that their state machines do not need.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    live: HashMap<TaskId, Live>,
    /// The newest ones in the order of their ends, for dashboards.
    ended: VecDeque<Ended>,
    /// Those whose applications are gone for the moment, by the end of their time.
    abandoned: BTreeSet<(Millis, TaskId)>,
    /// Those that rest, by the end of it.
    resting: BTreeSet<(Millis, TaskId)>,
    pub(super) shelves: Shelves,
    pub(super) waits: Waits,
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

    /// A task is given to nobody before this.
    pub(super) fn rest(&mut self, task: TaskId, until: Millis) {
        if let Some(live) = self.live.get_mut(&task) {
            live.rested_at = until;
            self.resting.insert((until, task));
        }
    }

    /// Whether a task rests, and nobody has looked since whether it may be given to a miner.
    pub(super) fn is_resting(&self, task: &TaskId) -> bool {
        self.live.get(task).is_some_and(|live| self.resting.contains(&(live.rested_at, *task)))
    }

    /// Whether a task may be given to a miner now.
    pub(super) fn is_rested(&self, task: &TaskId, now: Millis) -> bool {
        self.live.get(task).is_none_or(|live| live.rested_at <= now)
    }

    /// The pools of the tasks that have rested by now.
    pub(super) fn end_rests(&mut self, now: Millis) -> Vec<PoolId> {
        let mut pools = vec![];
        while let Some((until, task)) = self.resting.first().copied().filter(|(until, _)| *until <= now) {
            self.resting.remove(&(until, task));
            pools.extend(self.live.get(&task).map(|live| live.pool));
        }
        pools
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

    /// Notes a task that has ended.
    pub(super) fn note(&mut self, ended: Ended) {
        self.ended.push_back(ended);
        if self.ended.len() > RECENT {
            self.ended.pop_front();
        }
    }

    /// Nobody waits for a task any more, and somebody may come back.
    pub(super) fn abandon(&mut self, task: TaskId, delivered: u32, now: Millis) {
        if let Some(live) = self.live.get_mut(&task) {
            live.abandoned = Some((now + RETURN, delivered));
            self.abandoned.insert((now + RETURN, task));
        }
    }

    /// The next task to which nobody has come back in time, with the tokens that had been delivered.
    pub(super) fn given_up(&mut self, now: Millis) -> Option<(TaskId, u32)> {
        while self.abandoned.first().is_some_and(|(until, _)| *until <= now) {
            let (until, task) = self.abandoned.pop_first()?;
            let live = self.live.get(&task).filter(|live| live.waiters == 0);
            if let Some((_, delivered)) = live.and_then(|live| live.abandoned).filter(|(at, _)| *at == until) {
                return Some((task, delivered));
            }
        }
        None
    }

    /// A task that was to be forgotten stays.
    pub(super) fn pin(&mut self, task: TaskId) {
        self.pinned.insert(task);
    }

    /// It need not stay; false where it did not.
    pub(super) fn unpin(&mut self, task: &TaskId) -> bool {
        self.pinned.remove(task)
    }
}
