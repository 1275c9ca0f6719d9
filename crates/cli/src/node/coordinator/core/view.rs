//! The snapshot of a [`Core`] that the dashboard shows.

use cuckoo_protocol::{
    Address, Untrusted,
    chain::Registry,
    status::{ChainInfo, DeviceRow, ModelRow, NodeInfo, SCHEMA_VERSION, Snapshot, TaskCounts, TaskRow},
    task::{Millis, Task},
};

use super::{pool::Pool, state::Core};
use crate::node::{
    coordinator::metrics::Levels,
    status_feed::{self, Activity},
};

/// At most this many tasks are shown.
const RECENT: usize = 200;

impl Core {
    /// The figures of the graphs.
    pub fn levels(&self) -> Levels {
        Levels {
            log_entries: self.log_head().entries,
            journal_events: self.journal.since_checkpoint(),
            escrow: self.escrow().unwrap_or(0),
            owed: self.accounts.owed(),
            reserved: self.accounts.reserved(),
        }
    }

    /// A snapshot for the dashboard.
    pub fn view(&self, node: NodeInfo, chain: ChainInfo, registry: &Registry, now: Millis) -> Snapshot {
        let queued = self.queues.values().map(|queue| queue.len() as u64).sum();
        let running = self.unfinished(false) as u64;
        let mut recent: Vec<&Task> = self.live.keys().filter_map(|id| self.task(id)).collect();
        recent.extend(self.ended.iter().rev().take(RECENT).filter_map(|id| self.task(id)));
        recent.sort_unstable_by_key(|task| std::cmp::Reverse(task.sequence));
        recent.truncate(RECENT);
        Snapshot {
            schema_version: SCHEMA_VERSION,
            generation: self.generation,
            taken_at: now,
            node: NodeInfo { draining: self.draining, ..node },
            chain,
            nodes: status_feed::node_rows(registry, &self.snapshot, |node| self.activity(node)),
            tasks: TaskCounts { queued, running, ..self.counts },
            recent: recent.into_iter().map(|task| self.task_row(task)).collect(),
        }
    }

    /// The number of miners that are logged in.
    pub fn connected(&self) -> usize {
        self.miners.values().filter(|miner| miner.frames.is_some()).count()
    }

    /// What the coordinator knows of a node apart from the chain.
    fn activity(&self, node: &Address) -> Activity {
        let itself = *node == self.identity.signer.address();
        let Some(miner) = self.miners.get(node) else { return Activity { live: itself, ..Activity::default() } };
        let held = |pool: &Pool| miner.held_by_pool.get(pool).copied().unwrap_or(0);
        let models = miner.offers.iter().map(|(pool, offered)| ModelRow {
            name: Untrusted::new(pool.model.as_str()),
            kind: pool.kind,
            free: offered.usable.saturating_sub(held(pool)),
            capacity: offered.capacity,
        });
        let mut models: Vec<_> = models.collect();
        models.sort_unstable_by(|first, second| first.name.cmp(&second.name));
        Activity {
            live: itself || miner.frames.is_some(),
            running: miner.held.len() as u32,
            done: miner.done,
            lost: miner.lost,
            models,
            devices: miner.devices.iter().cloned().map(DeviceRow::from).collect(),
        }
    }

    fn task_row(&self, task: &Task) -> TaskRow {
        let times = self.times.get(&task.spec.id).copied().unwrap_or_default();
        TaskRow {
            id: task.spec.id,
            model: Untrusted::new(task.spec.model.as_str()),
            state: task.state.stage(),
            attempt: task.attempt,
            miner: task.state.miner(),
            accepted_at: task.spec.accepted_at,
            first_token_at: times.first_token_at,
            ended_at: times.ended_at,
            completion_tokens: times.completion_tokens,
        }
    }
}
