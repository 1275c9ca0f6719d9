//! What a miner shows of its own work: tasks that run, and those that have ended.

use std::collections::{BTreeMap, VecDeque};

use alloy::primitives::Address;

use super::{input::LeaseId, order::Order};
use crate::{
    status::{RECENT, TaskCounts, TaskRow},
    task::{Millis, Stage},
};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Board {
    running: BTreeMap<LeaseId, TaskRow>,
    recent: VecDeque<TaskRow>,
    counts: TaskCounts,
}

impl Board {
    pub(super) fn start(&mut self, lease: LeaseId, order: &Order, model: &str, miner: Address, now: Millis) {
        let row = TaskRow {
            id: order.task(),
            model: model.into(),
            state: Stage::Running,
            attempt: order.ticket.attempt,
            miner: Some(miner),
            accepted_at: now,
            first_token_at: None,
            ended_at: None,
            completion_tokens: 0,
        };
        self.running.insert(lease, row);
    }

    pub(super) fn progress(&mut self, lease: LeaseId, tokens: u32, now: Millis) {
        if let Some(row) = self.running.get_mut(&lease) {
            row.first_token_at.get_or_insert(now);
            row.completion_tokens = tokens;
        }
    }

    pub(super) fn end(&mut self, lease: LeaseId, done: bool, now: Millis) {
        let Some(mut row) = self.running.remove(&lease) else { return };
        row.ended_at = Some(now);
        row.state = if done { Stage::Done } else { Stage::Failed };
        self.counts.completion_tokens += u64::from(row.completion_tokens);
        if done {
            self.counts.done += 1;
        } else {
            self.counts.failed += 1;
        }
        self.recent.truncate(RECENT - 1);
        self.recent.push_front(row);
    }

    pub(super) fn counts(&self) -> TaskCounts {
        TaskCounts { running: self.running.len() as u64, ..self.counts }
    }

    /// The tasks that run, then those that ended, newest first.
    pub(super) fn recent(&self) -> Vec<TaskRow> {
        self.running.values().rev().chain(&self.recent).take(RECENT).cloned().collect()
    }
}
