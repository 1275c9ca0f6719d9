//! How tasks are accepted: all of one request, or none of them.

use std::{collections::BTreeMap, sync::Arc};

use cuckoo_protocol::{
    Cai,
    task::{Event, Idempotency, Millis, TaskId, TaskSpec},
};

use super::{funds::Limits, pool::Pool, state::Core};
use crate::node::coordinator::journal::Mark;

/// Why a task is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// No miner that is connected offers it.
    #[error("the model `{model}` does not exist or no miner offers it")]
    UnknownModel {
        /// The model that was asked for.
        model: String,
        /// The models that are offered.
        known: Vec<String>,
    },
    /// The model is offered for another kind of work.
    #[error("the model `{model}` makes {made} and not {wanted}")]
    WrongKind {
        /// The model that was asked for.
        model: String,
        /// The kind of work that miners offer it for.
        made: &'static str,
        /// The kind of work that was asked for.
        wanted: &'static str,
    },
    /// No miner is connected.
    #[error("no miner is connected at the moment")]
    NoMiners,
    /// The queue is full.
    #[error("{queued} tasks are waiting already")]
    Overloaded {
        /// The number of tasks that wait.
        queued: usize,
    },
    /// The key was used for another request.
    #[error("this Idempotency-Key was used with another request")]
    IdempotencyConflict,
    /// It may cost more than the application allows.
    #[error("this may cost up to {price}, and the request allows {cap}")]
    PriceAboveCap {
        /// The most that it can cost.
        price: Cai,
        /// The limit that the application has set.
        cap: Cai,
    },
    /// It may cost more than is left for the caller's key.
    #[error("this may cost up to {price}, which is more than is left of this key's budget of {budget}")]
    BudgetSpent {
        /// The most that it can cost.
        price: Cai,
        /// The budget for all tasks of the key.
        budget: Cai,
    },
    /// The escrow does not cover it on top of what is owed and reserved.
    #[error("this may cost up to {price}, which the coordinator's escrow does not cover at the moment")]
    EscrowExhausted {
        /// The most that it can cost.
        price: Cai,
    },
    /// The disk is full, so the task could not be kept.
    #[error("the coordinator's disk is full")]
    DiskFull,
    /// The coordinator is shutting down.
    #[error("the coordinator is shutting down")]
    Draining,
}

/// Tasks that were accepted, or found by their idempotency keys.
#[derive(Debug)]
pub struct Submitted {
    /// The ids, in the order of the requests.
    pub ids: Vec<TaskId>,
    /// Wait for this before an answer is sent.
    pub mark: Mark,
}

impl Core {
    /// Takes responsibility for the tasks of one request, for all or for none. They survive this process once the returned mark
    /// is synced.
    pub fn submit(&mut self, specs: Vec<TaskSpec>, limits: Limits, now: Millis) -> Result<Submitted, SubmitError> {
        let (mut ids, mut fresh) = (vec![], vec![]);
        for mut spec in specs {
            if let Some(id) = self.known(&spec)? {
                ids.push(id);
                continue;
            }
            spec.rate = self.identity.prices.rate(&spec.model);
            ids.push(spec.id);
            fresh.push(spec);
        }
        self.acceptable(&fresh, limits)?;
        for spec in fresh {
            if let Some(Idempotency { key, body }) = spec.idempotency {
                self.idempotency.insert(key, (body, spec.id));
            }
            let accepted = Event::Accepted { sequence: self.tasks.next_sequence(), spec: Arc::new(spec) };
            if let Err(error) = self.apply(accepted, now) {
                // Ids are 32 random bytes: a second equal one is a broken random source, not a busy day.
                tracing::error!(%error, "a task id repeats");
                return Err(SubmitError::Draining);
            }
        }
        Ok(Submitted { ids, mark: self.journal.mark() })
    }

    /// The task of an earlier request with the same idempotency key.
    pub(super) fn known(&self, spec: &TaskSpec) -> Result<Option<TaskId>, SubmitError> {
        let Some(Idempotency { key, body }) = spec.idempotency else { return Ok(None) };
        match self.idempotency.get(&key) {
            Some((known, _)) if *known != body => Err(SubmitError::IdempotencyConflict),
            found => Ok(found.map(|(_, id)| *id)),
        }
    }

    pub(super) fn acceptable(&mut self, specs: &[TaskSpec], limits: Limits) -> Result<(), SubmitError> {
        let Some(spec) = specs.first() else { return Ok(()) };
        if self.draining {
            return Err(SubmitError::Draining);
        }
        if self.is_full() {
            return Err(SubmitError::DiskFull);
        }
        let pool = Pool::of(spec);
        if !self.miners.values().any(|miner| miner.offers.contains_key(&pool)) {
            let (model, known) = (spec.model.clone(), self.models());
            return Err(match known.iter().find(|(name, _)| *name == model) {
                Some((_, made)) => SubmitError::WrongKind { model, made: made.as_str(), wanted: spec.kind().as_str() },
                None if known.is_empty() => SubmitError::NoMiners,
                None => SubmitError::UnknownModel { model, known: known.into_iter().map(|(name, _)| name).collect() },
            });
        }
        let queued = self.queues.values().map(BTreeMap::len).sum::<usize>();
        if queued + specs.len() > self.identity.max_queue {
            return Err(SubmitError::Overloaded { queued });
        }
        self.affordable(specs, limits)
    }
}
