//! One step's work: its time, its effects, and what follows from what was decided already.

use std::collections::VecDeque;

use super::{
    audits::{AuditedRun, Case},
    draws::PoolId,
    effect::{Effect, Metric, Notice},
};
use crate::{
    assign::log::Entry,
    task::{Event, Millis},
};

/// What follows from a decision. It is done when the decision has been carried out, one after the other.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// An event is to be applied.
    Apply(Event),
    /// Tasks of a pool may be drawn for.
    Dispatch(PoolId),
    /// A task was done, which may be audited, or is an audit.
    Audit(Box<AuditedRun>),
    /// Nothing more comes to a case.
    Close(Box<Case>),
}

/// One step's work.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) now: Millis,
    pub(super) effects: &'a mut Vec<Effect>,
    pub(super) next: VecDeque<Next>,
}

impl Work<'_> {
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
