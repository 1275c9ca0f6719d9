//! What a miner shows of its own work: tasks that run, and those that have ended.

use std::collections::{BTreeMap, VecDeque};

use alloy::primitives::Address;

use super::{input::LeaseId, order::Order};
use crate::{
    Cai, Untrusted,
    status::{RECENT, TaskCounts, TaskRow},
    task::{Millis, Stage},
};

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End<'a> {
    /// Its result was sent.
    Done,
    /// There is no result, for this reason.
    Failed(&'a str),
    /// The coordinator took it back, or its session ended: nobody waits for the result.
    TakenBack(&'a str),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Board {
    running: BTreeMap<LeaseId, TaskRow>,
    recent: VecDeque<TaskRow>,
    counts: TaskCounts,
}

impl Board {
    pub(super) fn start(&mut self, lease: LeaseId, order: &Order, model: &str, miner: Address, now: Millis) {
        let price = Cai::from(order.ticket.price);
        let row = TaskRow {
            attempt: order.ticket.attempt,
            miner: Some(miner),
            coordinator: Some(order.ticket.coordinator),
            leased_at: Some(now),
            deadline: Some(order.ticket.deadline.saturating_mul(1_000)),
            cost: Some(price).filter(|price| !price.is_zero()),
            ..TaskRow::new(order.task(), model, Stage::Running, now)
        };
        self.running.insert(lease, row);
    }

    pub(super) fn progress(&mut self, lease: LeaseId, tokens: u32, now: Millis) {
        if let Some(row) = self.running.get_mut(&lease) {
            row.first_token_at.get_or_insert(now);
            self.counts.completion_tokens += u64::from(tokens.saturating_sub(row.completion_tokens));
            row.completion_tokens = tokens;
        }
    }

    /// What a lease has come to, once its result is signed.
    pub(super) fn earn(&mut self, lease: LeaseId, prompt_tokens: u32, owed: Cai) {
        if let Some(row) = self.running.get_mut(&lease) {
            row.prompt_tokens = Some(prompt_tokens);
            row.cost = Some(owed).filter(|owed| !owed.is_zero());
        }
    }

    pub(super) fn end(&mut self, lease: LeaseId, end: End<'_>, now: Millis) {
        let Some(mut row) = self.running.remove(&lease) else { return };
        row.ended_at = Some(now);
        let (state, reason, count) = match end {
            End::Done => (Stage::Done, None, &mut self.counts.done),
            End::Failed(reason) => (Stage::Failed, Some(reason), &mut self.counts.failed),
            End::TakenBack(reason) => (Stage::Cancelled, Some(reason), &mut self.counts.cancelled),
        };
        *count += 1;
        row.state = state;
        row.reason = reason.map(Untrusted::from);
        if end != End::Done {
            row.cost = None;
        }
        self.recent.truncate(RECENT - 1);
        self.recent.push_front(row);
    }

    pub(super) fn counts(&self) -> TaskCounts {
        TaskCounts { running: self.running.len() as u64, ..self.counts }
    }

    /// The tasks that run, then those that ended, newest first.
    pub(super) fn recent(&self) -> Vec<TaskRow> {
        self.running.values().rev().chain(&self.recent).cloned().collect()
    }
}
