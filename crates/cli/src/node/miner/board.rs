//! What a miner shows of its own work: tasks that run and that ended, its connections and its devices.

use std::collections::{BTreeMap, HashMap, VecDeque};

use alloy::primitives::Address;
use cuckoo_protocol::{
    TaskId,
    status::{TaskCounts, TaskRow},
    task::{Millis, Stage},
    wire,
};

/// At most this many tasks are shown on the dashboard.
const RECENT: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Board {
    running: BTreeMap<TaskId, TaskRow>,
    recent: VecDeque<TaskRow>,
    counts: TaskCounts,
    /// Whether the miner is logged in, by coordinator.
    pub(super) connected: HashMap<Address, bool>,
    /// Why a coordinator assigns no tasks to this miner, by coordinator.
    pub(super) suspended: HashMap<Address, String>,
    pub(super) devices: Vec<wire::Device>,
    /// It grows with every change.
    pub(super) generation: u64,
}

impl Board {
    pub(super) fn start(&mut self, task: TaskId, model: &str, attempt: u32, miner: Address, now: Millis) {
        let row = TaskRow {
            id: task,
            model: model.into(),
            state: Stage::Running,
            attempt,
            miner: Some(miner),
            accepted_at: now,
            first_token_at: None,
            ended_at: None,
            completion_tokens: 0,
        };
        self.running.insert(task, row);
    }

    pub(super) fn progress(&mut self, task: &TaskId, tokens: u32, now: Millis) {
        if let Some(row) = self.running.get_mut(task) {
            row.first_token_at.get_or_insert(now);
            row.completion_tokens = tokens;
        }
    }

    pub(super) fn end(&mut self, task: &TaskId, done: bool, now: Millis) {
        let Some(mut row) = self.running.remove(task) else { return };
        row.ended_at = Some(now);
        row.state = if done { Stage::Done } else { Stage::Failed };
        self.counts.completion_tokens += u64::from(row.completion_tokens);
        if done {
            self.counts.done += 1;
        } else {
            self.counts.failed += 1;
        }
        self.recent.push_front(row);
        self.recent.truncate(RECENT);
    }

    pub(super) fn counts(&self) -> TaskCounts {
        TaskCounts { running: self.running.len() as u64, ..self.counts }
    }

    /// The tasks that run, then those that ended, newest first.
    pub(super) fn recent(&self) -> Vec<TaskRow> {
        self.running.values().chain(&self.recent).take(RECENT).cloned().collect()
    }
}
