//! The fields of a [`Coordinator`], and what others read of them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use alloy::primitives::Address;

use super::{
    audits::Audits,
    bindings::Bindings,
    doubt::Doubt,
    draws::Draws,
    effect::Settled,
    identity::{Checkpoint, Identity},
    keys::Keys,
    money::Money,
    prices::Prices,
    readers::Readers,
    sessions::{Session, Sessions},
    submit_error::SubmitError,
    unanswered::Unanswered,
    work::Next,
};
use crate::{
    ledger::Accounts,
    status::TaskCounts,
    task::{Kind, Task, TaskId, Tasks},
};

/// A coordinator's state. What it decides is in the files beside this one, by subject.
#[derive(Clone, Debug)]
pub struct Coordinator {
    pub(super) identity: Identity,
    pub(super) tasks: Tasks,
    pub(super) draws: Draws,
    pub(super) sessions: Sessions,
    pub(super) doubt: Doubt,
    pub(super) unanswered: Unanswered,
    pub(super) money: Money,
    /// Miners that are to hear what they are owed, with the results that count.
    pub(super) due: BTreeMap<Address, Vec<Settled>>,
    pub(super) audits: Audits,
    pub(super) bindings: Bindings,
    pub(super) readers: Readers,
    /// What idempotency keys stand for.
    pub(super) keys: Keys,
    /// The span of epochs whose seeds it has bound itself to, with the next one's.
    pub(super) bound: Option<u64>,
    /// The newest epoch that was ever in force, as far as is known.
    pub(super) least_epoch: u64,
    /// The chain is in an epoch that is over, and the operator knows.
    pub(super) is_behind: bool,
    /// The number of the newest ticket.
    pub(super) tickets: u64,
    pub(super) counts: TaskCounts,
    /// Events since the newest checkpoint.
    pub(super) since_checkpoint: u64,
    pub(super) draining: bool,
    pub(super) disk_full: bool,
    pub(super) generation: u64,
    /// Room for a step's work, kept for the next one.
    pub(super) next: VecDeque<Next>,
}

impl Coordinator {
    /// What stays the same.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What tokens cost.
    pub fn prices(&self) -> &Prices {
        &self.identity.prices
    }

    /// A task.
    pub fn task(&self, id: &TaskId) -> Option<&Arc<Task>> {
        self.tasks.get(id)
    }

    /// All tasks that are not forgotten.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// At most `limit` of the tasks that `wanted` wants, newest first.
    pub fn newest(&self, wanted: impl Fn(&Task) -> bool, limit: usize) -> Vec<&Arc<Task>> {
        let mut found: Vec<_> = self.tasks.iter().filter(|task| wanted(task)).collect();
        found.sort_unstable_by_key(|task| Reverse(task.sequence));
        found.truncate(limit);
        found
    }

    /// Whether a task waits although its miner has a slot: that has lost it, no other one can be given it, and it comes back after a rest.
    pub fn is_resting(&self, id: &TaskId) -> bool {
        self.readers.is_resting(id)
    }

    /// The models that connected miners offer, in order.
    pub fn models(&self) -> Vec<(String, Kind)> {
        let mut models: Vec<_> = self.draws.offered().map(|pool| (pool.model.clone(), pool.kind)).collect();
        models.sort_unstable();
        models
    }

    /// The sessions of the miners that can tell the tokens of a model that writes, each with the tokens that its context holds: none
    /// where nobody who offers it can.
    pub fn tokenisers(&self, model: &str) -> Result<Vec<(Session, u32)>, SubmitError> {
        let known = self.models();
        match known.iter().find(|(name, kind)| name == model && *kind == Kind::Text) {
            Some(_) => {}
            None if known.is_empty() => return Err(SubmitError::NoMiners),
            None => {
                let (model, made) = (model.to_owned(), known.iter().find(|(name, _)| name == model));
                return Err(match made {
                    Some((_, made)) => SubmitError::WrongKind { model, made: *made, wanted: Kind::Text },
                    None => {
                        SubmitError::UnknownModel { model, known: known.into_iter().map(|(name, _)| name).collect() }
                    }
                });
            }
        }
        let is_wanted = |pool| {
            let pool = self.draws.pool(pool);
            pool.kind == Kind::Text && pool.model == model
        };
        let miners = self.sessions.iter().filter(|(_, miner)| !miner.draining);
        let able = miners.filter_map(|(_, miner)| {
            let offer = miner.offers.iter().find(|(pool, slots)| slots.is_counted && is_wanted(**pool))?.1;
            offer.promise.tokenises.then_some((miner.session?, offer.promise.context))
        });
        Ok(able.collect())
    }

    /// What is owed to miners, and what is reserved; to be believed once everything recorded so far is durable.
    pub fn accounts(&self) -> &Accounts {
        &self.money.accounts
    }

    /// Miners with which there is something to settle, or was, in order.
    pub fn creditors(&self) -> Vec<Address> {
        let mut miners: Vec<_> = self.money.accounts.iter().map(|(miner, _, _)| miner).collect();
        miners.sort_unstable();
        miners
    }

    /// The escrow as it was read last, in base units.
    pub fn escrow(&self) -> Option<u128> {
        self.money.escrow()
    }

    /// Tasks that are leased or running, and with `waiting` also those in queues.
    pub fn unfinished(&self, waiting: bool) -> usize {
        self.sessions.held() + if waiting { self.draws.queued() } else { 0 }
    }

    /// The miners that are logged in, in order, with their sessions.
    pub fn connected(&self) -> Vec<(Address, Session)> {
        self.sessions.iter().filter_map(|(node, miner)| Some((*node, miner.session?))).collect()
    }

    /// True once new tasks are refused.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// True while a miner holds tasks.
    pub fn is_busy(&self, node: &Address) -> bool {
        self.sessions.get(node).is_some_and(|miner| !miner.held.is_empty())
    }

    /// Grows with every change that a dashboard could show.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The state that all events so far have led to: what a checkpoint would say.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            tasks: self.tasks.clone(),
            accounts: self.money.accounts.clone(),
            audits: self.audits.book.clone(),
            bindings: self.bindings.clone(),
            keys: self.keys.clone(),
        }
    }
}
