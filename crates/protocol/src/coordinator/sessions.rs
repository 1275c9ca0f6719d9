//! The miners: their sessions, what they offer and hold, and how they do.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use alloy::primitives::{Address, B256};

use super::{bindings::Mismatch, draws::PoolId, quality::Quality};
use crate::{
    manifest::ModelManifest,
    task::{Millis, TaskId, TaskSpec},
    wire,
};

/// The number of a session. It grows across restarts, so that none is ever given twice.
pub type Session = u64;

/// One attempt of a task, leased to one miner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseId {
    /// The miner.
    pub node: Address,
    /// Its session.
    pub session: Session,
    /// The task.
    pub task: TaskId,
    /// The number of the attempt, 1 for the first.
    pub attempt: u32,
}

/// What a miner promises of a model.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub(super) manifest: Arc<ModelManifest>,
    /// The manifest's hash.
    pub(super) id: B256,
    /// The class of its device, by which audits know what noise to expect.
    pub(super) class: String,
    /// Tokens that its context holds.
    pub(super) context: u32,
    /// It can examine others' answers.
    pub(super) examines: bool,
    /// It can tell the model's tokens.
    pub(super) tokenises: bool,
}

/// What a miner offers in one pool.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    pub(super) promise: Arc<Promise>,
    /// What it promises is what the name stands for.
    pub(super) fits: bool,
    /// The pool counts it among those that offer it.
    pub(super) is_counted: bool,
    /// It was too busy to examine an answer, and has not said since that it is not.
    pub(super) is_busy: bool,
    /// Slots, as the miner says.
    pub(super) total: u32,
    /// Slots that draws go by: the same, or none while the miner pauses or does not have what the name stands for, or one after a pause.
    pub(super) usable: u32,
    pub(super) capacity: u32,
}

impl Slots {
    /// Draws go by this many at most.
    pub(super) fn use_at_most(&mut self, most: u32) {
        self.usable = if self.fits { self.total.min(most) } else { 0 };
    }
}

/// A task that a miner holds.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// The session in which it was given.
    pub(super) session: Session,
    pub(super) attempt: u32,
    pub(super) pool: PoolId,
    pub(super) sequence: u64,
    pub(super) promise: Arc<Promise>,
}

/// An answer that a miner examines.
#[derive(Clone, Debug)]
pub(super) struct Examining {
    /// The session in which it was given.
    pub(super) session: Session,
    pub(super) pool: PoolId,
    /// The task whose answer it is.
    pub(super) task: TaskId,
    pub(super) spec: Arc<TaskSpec>,
    pub(super) promise: Arc<Promise>,
}

/// A miner's session and record.
#[derive(Clone, Debug, Default)]
pub(super) struct Miner {
    /// Its session, while it has one.
    pub(super) session: Option<Session>,
    /// When its newest session began.
    pub(super) since: Millis,
    pub(super) offers: BTreeMap<PoolId, Slots>,
    pub(super) devices: Vec<wire::Device>,
    pub(super) held: HashMap<TaskId, Held>,
    held_by_pool: BTreeMap<PoolId, u32>,
    /// By examination.
    pub(super) examining: BTreeMap<TaskId, Examining>,
    /// Why it gets no tasks for some of its models, as it was told.
    pub(super) mismatches: Vec<Mismatch>,
    pub(super) draining: bool,
    /// It was asked for a sign of life, and has given none: it takes no part in draws until it does.
    pub(super) is_silent: bool,
    pub(super) done: u64,
    pub(super) lost: u64,
    pub(super) quality: Quality,
}

impl Miner {
    /// It takes no part in draws for a while.
    pub(super) const fn is_out(&self) -> bool {
        self.is_silent || self.quality.is_paused()
    }

    /// Slots for one model that draws go by at most: after a pause it is tried with one.
    pub(super) const fn most(&self) -> u32 {
        match (self.is_out(), self.quality.is_on_trial()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => u32::MAX,
        }
    }

    /// It holds a task.
    pub(super) fn hold(&mut self, task: TaskId, held: Held) {
        *self.held_by_pool.entry(held.pool).or_default() += 1;
        self.held.insert(task, held);
    }

    /// It holds a task no longer; `None` where it did not.
    pub(super) fn release(&mut self, task: &TaskId) -> Option<Held> {
        let held = self.held.remove(task)?;
        if let Some(count) = self.held_by_pool.get_mut(&held.pool) {
            *count -= 1;
            if *count == 0 {
                self.held_by_pool.remove(&held.pool);
            }
        }
        Some(held)
    }

    /// Tasks of a pool that it holds.
    pub(super) fn holds_of(&self, pool: PoolId) -> u32 {
        self.held_by_pool.get(&pool).copied().unwrap_or(0)
    }

    /// What it offers in a pool, while it takes tasks.
    pub(super) fn offer_of(&self, pool: PoolId) -> Option<&Slots> {
        self.offers.get(&pool).filter(|_| self.session.is_some() && !self.draining)
    }

    /// The rule of eligibility: logged in, not draining, and holding fewer tasks of the pool than it offers to hold.
    pub(super) fn is_eligible(&self, pool: PoolId) -> bool {
        let offered = self.offers.get(&pool).map_or(0, |slots| slots.usable);
        self.session.is_some() && !self.draining && self.holds_of(pool) < offered
    }
}

/// All miners that ever had a session with this process.
#[derive(Clone, Debug)]
pub(super) struct Sessions {
    miners: BTreeMap<Address, Miner>,
    /// Those that pause.
    paused: BTreeSet<Address>,
    newest: Session,
    connected: usize,
    held: usize,
}

impl Sessions {
    /// Sessions from this number on.
    pub(super) fn new(newest: Session) -> Self {
        Self { miners: BTreeMap::new(), paused: BTreeSet::new(), newest, connected: 0, held: 0 }
    }

    pub(super) fn get(&self, node: &Address) -> Option<&Miner> {
        self.miners.get(node)
    }

    pub(super) fn get_mut(&mut self, node: &Address) -> Option<&mut Miner> {
        self.miners.get_mut(node)
    }

    /// The miner, if this is its session.
    pub(super) fn current(&mut self, node: &Address, session: Session) -> Option<&mut Miner> {
        self.miners.get_mut(node).filter(|miner| miner.session == Some(session))
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Address, &Miner)> {
        self.miners.iter()
    }

    /// Opens a session; there must be none.
    pub(super) fn open(&mut self, node: Address, now: Millis) -> (Session, &mut Miner) {
        self.newest += 1;
        self.connected += 1;
        let miner = self.miners.entry(node).or_default();
        miner.session = Some(self.newest);
        miner.since = now;
        miner.draining = false;
        miner.is_silent = false;
        miner.mismatches.clear();
        (self.newest, miner)
    }

    /// Closes a miner's session, if it has one. What it holds stays until that is lost.
    pub(super) fn close(&mut self, node: &Address) -> Option<(Session, &mut Miner)> {
        let miner = self.miners.get_mut(node)?;
        let session = miner.session.take()?;
        self.connected -= 1;
        Some((session, miner))
    }

    /// Tasks that miners hold.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// A miner holds a task.
    pub(super) fn hold(&mut self, node: &Address, task: TaskId, held: Held) {
        if let Some(miner) = self.miners.get_mut(node) {
            miner.hold(task, held);
            self.held += 1;
        }
    }

    /// A miner holds a task no longer.
    pub(super) fn release(&mut self, node: &Address, task: &TaskId) -> Option<(&mut Miner, Held)> {
        let miner = self.miners.get_mut(node)?;
        let held = miner.release(task)?;
        self.held -= 1;
        Some((miner, held))
    }

    /// Whether a lease is the one that its miner holds.
    pub(super) fn holds(&self, lease: &LeaseId) -> Option<Held> {
        let miner = self.miners.get(&lease.node).filter(|miner| miner.session == Some(lease.session))?;
        let held = miner.held.get(&lease.task);
        held.filter(|held| (held.session, held.attempt) == (lease.session, lease.attempt)).cloned()
    }

    /// The examination that a lease is of, if its miner has it.
    pub(super) fn examination(&self, lease: &LeaseId) -> Option<&Examining> {
        let miner = self.miners.get(&lease.node).filter(|miner| miner.session == Some(lease.session))?;
        miner.examining.get(&lease.task).filter(|examining| examining.session == lease.session)
    }

    /// A miner pauses.
    pub(super) fn pause(&mut self, node: Address) {
        self.paused.insert(node);
    }

    /// The miners whose pause is over.
    pub(super) fn resume(&mut self, now: Millis) -> Vec<Address> {
        if self.paused.is_empty() {
            return vec![];
        }
        let Self { paused, miners, .. } = self;
        let over = paused.extract_if(.., |node| miners.get_mut(node).is_none_or(|miner| miner.quality.resume(now)));
        over.collect()
    }

    /// Ends a miner's pause before its time; false where it has none.
    pub(super) fn lift(&mut self, node: &Address) -> bool {
        self.paused.remove(node);
        self.miners.get_mut(node).is_some_and(|miner| miner.quality.lift())
    }

    /// Miners that are logged in.
    pub(super) fn connected(&self) -> usize {
        self.connected
    }
}
