//! The fields of a [`Core`], and of what it knows about each miner.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::Arc,
};

use alloy::{
    primitives::{Address, B256},
    signers::local::Secp256k1Signer,
};
use cuckoo_protocol::{
    assign::{Assigner, Snapshot, seed::SeedChain},
    ledger::Accounts,
    message::Domain,
    status::TaskCounts,
    task::{Kind, Millis, Task, TaskId, Tasks},
    wire,
};
use tokio::sync::{Notify, mpsc};

use super::{
    audit::Audits,
    funds::CoveredFunds,
    live::Live,
    pool::Pool,
    quality::{Gate, Quality},
};
use crate::node::coordinator::{
    assignments::{AssignmentLog, Head},
    journal::{Journal, Mark},
    prices::Prices,
};

/// What stays the same while the coordinator runs.
#[derive(Debug)]
pub struct Identity {
    /// The node key.
    pub signer: Secp256k1Signer,
    /// What its signatures are bound to.
    pub domain: Domain,
    /// The contract whose stakes count in draws.
    pub staking: Address,
    /// Length of its epochs.
    pub epoch_seconds: u64,
    /// The secret from which every epoch's seed is derived.
    pub secret: B256,
    /// The log of everything that a draw depends on.
    pub log: AssignmentLog,
    /// At most this many tasks wait.
    pub max_queue: usize,
    /// What tokens cost.
    pub prices: Prices,
    /// After this many events a checkpoint takes their place in the journal.
    pub checkpoint_after: u64,
    /// What the quality gate asks of miners.
    pub gate: Gate,
}

/// What a miner offers in one pool.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) manifest: B256,
    /// Slots, as the miner says.
    pub(super) slots: u32,
    /// Slots that draws go by: the same, or none while the miner pauses.
    pub(super) usable: u32,
    pub(super) capacity: u32,
}

/// A miner's session and record.
#[derive(Debug, Default)]
pub(super) struct Miner {
    pub(super) session: u64,
    pub(super) frames: Option<mpsc::UnboundedSender<Vec<u8>>>,
    pub(super) offers: HashMap<Pool, Offered>,
    pub(super) devices: Vec<wire::Device>,
    pub(super) held: HashSet<TaskId>,
    pub(super) held_by_pool: HashMap<Pool, u32>,
    pub(super) draining: bool,
    pub(super) done: u64,
    pub(super) lost: u64,
    pub(super) quality: Quality,
}

/// Facts about a task for the dashboard that its state machine does not need.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) first_token_at: Option<Millis>,
    pub(super) ended_at: Option<Millis>,
    pub(super) completion_tokens: u32,
}

/// The state that every decision of a coordinator starts from.
#[derive(Debug)]
pub struct Core {
    pub(super) identity: Identity,
    pub(super) journal: Journal,
    pub(super) tasks: Tasks,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) seeds: Option<SeedChain>,
    /// The coordinator's seed of the epoch in force.
    pub(super) seed: B256,
    pub(super) assigners: HashMap<Pool, Assigner>,
    /// By pool, in the order of acceptance: a task that comes back keeps its place.
    pub(super) queues: HashMap<Pool, BTreeMap<u64, TaskId>>,
    pub(super) miners: HashMap<Address, Miner>,
    /// Boxed, as tasks are.
    pub(super) live: HashMap<TaskId, Box<Live>>,
    pub(super) ended: VecDeque<TaskId>,
    /// Bytes of prompts and outputs of the tasks in `ended`.
    pub(super) ended_bytes: usize,
    pub(super) times: HashMap<TaskId, Times>,
    pub(super) idempotency: HashMap<B256, (B256, TaskId)>,
    pub(super) sessions: u64,
    pub(super) tickets: u64,
    pub(super) accounts: Accounts,
    pub(super) funds: Option<CoveredFunds>,
    pub(super) due: BTreeMap<Address, Vec<wire::Lease>>,
    /// Notified when something becomes due.
    pub(super) dues: Arc<Notify>,
    pub(super) counts: TaskCounts,
    pub(super) audits: Audits,
    pub(super) draining: bool,
    pub(super) generation: u64,
}

impl Core {
    /// From now on, audits are made and counted.
    pub fn set_audits(&mut self, audits: Audits) {
        self.audits = audits;
    }

    /// Grows with every change that a dashboard could show.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// A task.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(id).map(Arc::as_ref)
    }

    /// At most `limit` of the tasks that `wanted` wants, newest first.
    pub fn newest(&self, wanted: impl Fn(&Task) -> bool, limit: usize) -> impl Iterator<Item = &Task> {
        let mut found: Vec<_> = self.tasks.iter().map(Arc::as_ref).filter(|task| wanted(task)).collect();
        found.sort_unstable_by_key(|task| std::cmp::Reverse(task.sequence));
        found.into_iter().take(limit)
    }

    /// What tokens cost.
    pub fn prices(&self) -> &Prices {
        &self.identity.prices
    }

    /// Leaves the journal to others. Nothing may be changed any more.
    pub fn leave_journal(&mut self) {
        self.journal.close();
    }

    /// Everything journalled so far.
    pub fn mark(&self) -> Mark {
        self.journal.mark()
    }

    /// How far the assignment log reaches.
    pub fn log_head(&self) -> Head {
        self.identity.log.head()
    }

    /// Where the assignment log is.
    pub fn log_path(&self) -> PathBuf {
        self.identity.log.path().to_owned()
    }

    /// The models that connected miners offer, in order.
    pub fn models(&self) -> Vec<(String, Kind)> {
        let pools = self.miners.values().flat_map(|miner| miner.offers.keys());
        let mut models: Vec<_> = pools.map(|pool| (pool.model.clone(), pool.kind)).collect();
        models.sort_unstable();
        models.dedup();
        models
    }

    /// Refuses new tasks from now on.
    pub fn drain(&mut self) {
        self.draining = true;
        self.generation += 1;
    }

    /// True once new tasks are refused.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// True while a disk is full.
    pub fn is_full(&self) -> bool {
        self.journal.is_full()
    }

    /// True while a miner holds tasks.
    pub fn is_busy(&self, node: &Address) -> bool {
        self.miners.get(node).is_some_and(|miner| !miner.held.is_empty())
    }

    /// True while a miner is connected.
    pub fn has_miners(&self) -> bool {
        self.miners.values().any(|miner| miner.frames.is_some())
    }

    /// Tasks that are leased or running, and with `waiting` also those in queues.
    pub fn unfinished(&self, waiting: bool) -> usize {
        let held: usize = self.miners.values().map(|miner| miner.held.len()).sum();
        let queued: usize = self.queues.values().map(BTreeMap::len).sum();
        held + if waiting { queued } else { 0 }
    }
}
