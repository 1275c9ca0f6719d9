//! What dashboards and metrics read of a coordinator.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use alloy::primitives::Address;

use super::{audits::Standing, sessions::Miner, state::Coordinator};
use crate::{
    Cai, Untrusted,
    assign::Snapshot,
    status::{Activity, DeviceRow, ModelRow, NodeAudits, RECENT, TaskCounts, TaskRow},
    task::Task,
};

/// What a dashboard shows of a coordinator apart from the chain. Rows of nodes are made of it elsewhere: there may be many of them.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Grows with every change that a dashboard could show.
    pub generation: u64,
    /// True while no new work is taken.
    pub draining: bool,
    /// The stakes in force.
    pub weights: Arc<Snapshot>,
    /// What is known of the miners that have had a session, and of the coordinator itself.
    pub nodes: BTreeMap<Address, Activity>,
    /// Tasks in figures.
    pub tasks: TaskCounts,
    /// Live and recent tasks, newest first, at most 200.
    pub recent: Vec<TaskRow>,
}

/// The figures of graphs, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The escrow as it was read last.
    pub escrow: u128,
    /// What all miners together were ever owed.
    pub owed: u128,
    /// What the tasks that have not ended may cost.
    pub reserved: u128,
}

impl Coordinator {
    /// The figures of graphs.
    pub fn levels(&self) -> Levels {
        let accounts = self.accounts();
        Levels { escrow: self.escrow().unwrap_or(0), owed: accounts.owed(), reserved: accounts.reserved() }
    }

    /// What a dashboard shows.
    pub fn view(&self) -> View {
        let mut nodes: BTreeMap<_, _> =
            self.sessions.iter().map(|(node, miner)| (*node, self.activity(miner))).collect();
        nodes.entry(self.identity.address).or_default().live = true;
        // The share that is examined is not shown, so that the time does not matter.
        for row in self.audit_rows(0) {
            let state = match row.record.standing {
                Standing::Good => "good",
                Standing::Suspected { .. } => "suspected",
                Standing::Confirmed { .. } => "confirmed",
            };
            nodes.entry(row.miner).or_default().audits = Some(NodeAudits {
                state: state.into(),
                examined: row.record.examined,
                pending: row.pending as u64,
                held: Cai::from(row.held),
            });
        }
        View {
            generation: self.generation,
            draining: self.draining,
            weights: self.draws.snapshot().clone(),
            nodes,
            tasks: TaskCounts {
                queued: self.draws.queued() as u64,
                running: self.unfinished(false) as u64,
                ..self.counts
            },
            recent: self.recent(),
        }
    }

    fn activity(&self, miner: &Miner) -> Activity {
        let models = miner.offers.iter().map(|(id, slots)| {
            let pool = self.draws.pool(*id);
            // Nobody has asked for the name yet: the first task decides what it stands for, and may go to this miner.
            let is_open = self.bound(*id).is_none() && !miner.quality.is_paused();
            let usable = if is_open { slots.total } else { slots.usable };
            ModelRow {
                name: Untrusted::new(pool.model.as_str()),
                kind: pool.kind,
                free: usable.saturating_sub(miner.holds_of(*id)),
                capacity: slots.capacity,
            }
        });
        let mut models: Vec<_> = models.collect();
        models.sort_unstable_by(|first, second| first.name.cmp(&second.name).then(first.kind.cmp(&second.kind)));
        Activity {
            live: miner.session.is_some(),
            running: miner.held.len() as u32,
            done: miner.done,
            lost: miner.lost,
            models,
            devices: miner.devices.iter().cloned().map(DeviceRow::from).collect(),
            audits: None,
        }
    }

    /// The newest of the live tasks that somebody holds or waits for, and of those that have ended last.
    fn recent(&self) -> Vec<TaskRow> {
        let live = self.readers.live().filter_map(|(id, live)| {
            let task = self.tasks.get(id)?;
            let is_shown = task.attempt > 0 || live.waiters > 0 || live.seen;
            is_shown.then(|| row(task, live.first_token_at, None, live.completion_tokens))
        });
        let ended = self.readers.ended().rev().take(RECENT).filter_map(|ended| {
            let task = self.tasks.get(&ended.task)?;
            Some(row(task, ended.first_token_at, ended.ended_at, ended.completion_tokens))
        });
        let mut rows: Vec<(u64, TaskRow)> = live.chain(ended).collect();
        rows.sort_unstable_by_key(|(sequence, _)| Reverse(*sequence));
        rows.truncate(RECENT);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The number of miners that are logged in.
    pub fn connected_count(&self) -> usize {
        self.sessions.connected()
    }
}

fn row(task: &Task, first_token_at: Option<u64>, ended_at: Option<u64>, completion_tokens: u32) -> (u64, TaskRow) {
    let row = TaskRow {
        id: task.spec.id,
        model: Untrusted::new(task.spec.model.as_str()),
        state: task.state.stage(),
        attempt: task.attempt,
        miner: task.state.miner(),
        accepted_at: task.spec.accepted_at,
        first_token_at,
        ended_at,
        completion_tokens,
    };
    (task.sequence, row)
}
