//! What a coordinator decides: which tasks it accepts, who gets them, what their ends mean, and what is owed for them.
//!
//! A deterministic machine: [`Coordinator::step`] takes in what happens and says what is to be done. It reads no clock and no disk, and
//! what it draws at random it is given, so that equal inputs at equal times with equal [`Entropy`] have equal effects. What waits,
//! sends, signs or stores is around it.

mod audits;
mod effect;
mod identity;
mod input;
mod output;
mod prices;
mod quality;
mod receipt;
mod submit;
mod view;

use alloy::primitives::Address;

pub use self::{
    audits::{AuditRecord, Policy, Records, SUSPENSION},
    effect::{Effect, Effects, Level, Metric, Notice, Offer, Statement},
    identity::{Checkpoint, Identity},
    input::{Answer, Funds, Input, Interest, LeaseId, Limits, Offered, Session, Submission},
    output::{Output, Words},
    prices::Prices,
    quality::Gate,
    receipt::{Finished, ResultError, check},
    submit::SubmitError,
    view::{Levels, View},
};
use crate::{
    entropy::Entropy,
    ledger::Accounts,
    task::{Event, Kind, Millis, Task, TaskId, Tasks, TransitionError},
};

/// A coordinator's state, and its decisions.
#[derive(Clone, Debug)]
pub struct Coordinator {
    identity: Identity,
    tasks: Tasks,
    accounts: Accounts,
    records: Records,
    draining: bool,
    generation: u64,
}

impl Coordinator {
    /// Rebuilds the state from the journal: a checkpoint, the events since then, and the number that the next task has at least, by the
    /// assignment log. Leases of an earlier process are taken back.
    pub fn recover(
        identity: Identity,
        checkpoint: Checkpoint,
        events: Vec<Event>,
        next_sequence: u64,
        records: Records,
        now: Millis,
        effects: &mut Effects,
    ) -> Result<Self, TransitionError> {
        let Checkpoint { mut tasks, accounts } = checkpoint;
        for event in &events {
            tasks.apply(event)?;
        }
        tasks.skip_to(next_sequence);
        let _ = (now, effects);
        Ok(Self { identity, tasks, accounts, records, draining: false, generation: 0 })
    }

    /// Takes in what has happened, and appends what is to be done.
    pub fn step(&mut self, input: Input, now: Millis, entropy: &mut impl Entropy, effects: &mut Effects) -> Answer {
        let _ = (now, entropy, effects);
        if let Input::Drain = input {
            self.draining = true;
            self.generation += 1;
        }
        Answer::Nothing
    }

    /// What stays the same.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A task.
    pub fn task(&self, id: &TaskId) -> Option<&std::sync::Arc<Task>> {
        self.tasks.get(id)
    }

    /// All tasks that are not forgotten.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// At most `limit` of the tasks that `wanted` wants, newest first.
    pub fn newest(&self, wanted: impl Fn(&Task) -> bool, limit: usize) -> Vec<&std::sync::Arc<Task>> {
        let mut found: Vec<_> = self.tasks.iter().filter(|task| wanted(task)).collect();
        found.sort_unstable_by_key(|task| std::cmp::Reverse(task.sequence));
        found.truncate(limit);
        found
    }

    /// The models that connected miners offer, in order.
    pub fn models(&self) -> Vec<(String, Kind)> {
        vec![]
    }

    /// What tokens cost.
    pub fn prices(&self) -> &Prices {
        &self.identity.prices
    }

    /// What is owed to miners, and what is reserved; to be believed once everything recorded so far is durable.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Miners with which there is something to settle, or was, in order.
    pub fn creditors(&self) -> Vec<Address> {
        let mut miners: Vec<_> = self.accounts.iter().map(|(miner, _, _)| miner).collect();
        miners.sort_unstable();
        miners
    }

    /// The escrow as it was read last, in base units.
    pub fn escrow(&self) -> Option<u128> {
        None
    }

    /// Why a miner is suspended, if it is.
    pub fn suspended(&self, miner: &Address, now: Millis) -> Option<String> {
        let until = self.records.get(miner)?.suspended_at?.saturating_add(SUSPENSION);
        (until > now).then(String::new)
    }

    /// What audits have found.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The figures of graphs.
    pub fn levels(&self) -> Levels {
        let (owed, reserved) = (self.accounts.owed(), self.accounts.reserved());
        Levels { escrow: self.escrow().unwrap_or(0), owed, reserved }
    }

    /// What a dashboard shows.
    pub fn view(&self) -> View {
        View { generation: self.generation, draining: self.draining, ..View::default() }
    }

    /// Tasks that are leased or running, and with `waiting` also those in queues.
    pub fn unfinished(&self, waiting: bool) -> usize {
        if waiting { self.tasks.open() } else { 0 }
    }

    /// The miners that are logged in, in order, with their sessions.
    pub fn connected(&self) -> Vec<(Address, Session)> {
        vec![]
    }

    /// True once new tasks are refused.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// True while a miner holds tasks.
    pub fn is_busy(&self, _node: &Address) -> bool {
        false
    }

    /// Grows with every change that a dashboard could show.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The state that all events so far have led to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { tasks: self.tasks.clone(), accounts: self.accounts.clone() }
    }
}
