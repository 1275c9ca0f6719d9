//! One step's work: its time, its effects, and what follows from what was decided already.

use std::collections::VecDeque;

use alloy::primitives::{Address, B256};

use super::{
    draws::PoolId,
    effect::{Effect, Metric, Notice},
};
use crate::{
    assign::log::Entry,
    task::{Event, Millis, TaskId},
};

/// What follows from a decision. It is done when the decision has been carried out, one after the other.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// An event is to be applied.
    Apply(Event),
    /// Tasks of a pool may be drawn for.
    Dispatch(PoolId),
    /// Somebody may be found for answers that are to be examined.
    Examine,
    /// An examination has no result: its miner is gone.
    Return { auditor: Address, examination: TaskId, reason: String },
}

/// One step's work.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) now: Millis,
    pub(super) effects: &'a mut Vec<Effect>,
    pub(super) next: VecDeque<Next>,
    /// Number of the ticket and digest of the receipt that the task which is about to be done was answered with, where the answer can
    /// be examined.
    pub(super) receipt: Option<(u64, B256)>,
}

impl<'a> Work<'a> {
    pub(super) fn new(now: Millis, effects: &'a mut Vec<Effect>, next: VecDeque<Next>) -> Self {
        Self { now, effects, next, receipt: None }
    }

    /// Something is to be done.
    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Something is to be written to the assignment log.
    pub(super) fn log(&mut self, entry: Entry) {
        self.effects.push(Effect::Log(entry));
    }

    /// Something is to be counted.
    pub(super) fn count(&mut self, metric: Metric) {
        self.effects.push(Effect::Metric(metric));
    }

    /// Something is to be told to the operator.
    pub(super) fn notice(&mut self, notice: Notice) {
        self.effects.push(Effect::Notice(notice));
    }

    /// Something follows.
    pub(super) fn follow(&mut self, next: Next) {
        self.next.push_back(next);
    }
}
