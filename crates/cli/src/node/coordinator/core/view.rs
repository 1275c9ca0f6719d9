//! What the dashboard is shown of a [`Core`].

use std::collections::HashMap;

use cuckoo_protocol::{
    Cai, Untrusted,
    chain::Registry,
    contract::Role,
    status::{ChainInfo, DeviceRow, ModelRow, NodeInfo, NodeRow, SCHEMA_VERSION, Snapshot, TaskCounts, TaskRow},
    task::{Millis, Task},
};

use super::{
    pool::Pool,
    state::{Core, Offered},
};
use crate::node::coordinator::metrics::Levels;

/// Tasks shown at most.
const RECENT: usize = 200;

impl Core {
    /// What graphs are drawn of.
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
        let mut recent: Vec<&Task> = self.live.keys().filter_map(|id| self.tasks.get(id)).collect();
        recent.extend(self.ended.iter().rev().take(RECENT).filter_map(|id| self.tasks.get(id)));
        recent.sort_unstable_by_key(|task| std::cmp::Reverse(task.sequence));
        recent.truncate(RECENT);
        Snapshot {
            schema_version: SCHEMA_VERSION,
            generation: self.generation,
            taken_at: now,
            node: NodeInfo { draining: self.draining, ..node },
            chain,
            nodes: self.node_rows(registry),
            tasks: TaskCounts { queued, running, ..self.counts },
            recent: recent.into_iter().map(|task| self.task_row(task)).collect(),
        }
    }

    /// Miners that are logged in.
    pub fn connected(&self) -> usize {
        self.miners.values().filter(|miner| miner.frames.is_some()).count()
    }

    fn node_rows(&self, registry: &Registry) -> Vec<NodeRow> {
        let total: u128 = self.snapshot.miners.iter().map(|(_, weight)| weight).sum();
        let weights: HashMap<_, _> = self.snapshot.miners.iter().copied().collect();
        let share = |address| {
            let weight = weights.get(address).copied().unwrap_or(0);
            // Weights stay below 2^90, so a million of them fit.
            (weight * 1_000_000).checked_div(total).unwrap_or(0) as u32
        };
        let mut rows: Vec<NodeRow> = registry
            .nodes
            .values()
            .map(|node| {
                let miner = self.miners.get(&node.address);
                let model = |(pool, offered): (&Pool, &Offered)| {
                    let held = miner.and_then(|miner| miner.held_by_pool.get(pool)).copied().unwrap_or(0);
                    ModelRow {
                        name: Untrusted::new(pool.model.as_str()),
                        kind: pool.kind,
                        free: offered.usable.saturating_sub(held),
                        capacity: offered.capacity,
                    }
                };
                let mut models: Vec<_> =
                    miner.map(|miner| miner.offers.iter().map(model).collect()).unwrap_or_default();
                models.sort_unstable_by(|first: &ModelRow, second| first.name.cmp(&second.name));
                NodeRow {
                    address: node.address,
                    owner: node.owner,
                    name: node.name.clone(),
                    role: node.role,
                    active: node.active,
                    self_stake: node.self_stake,
                    weight: Cai::from(node.weight),
                    share_ppm: if node.role == Role::Miner { share(&node.address) } else { 0 },
                    live: node.address == self.identity.signer.address()
                        || miner.is_some_and(|miner| miner.frames.is_some()),
                    running: miner.map_or(0, |miner| miner.held.len() as u32),
                    done: miner.map_or(0, |miner| miner.done),
                    lost: miner.map_or(0, |miner| miner.lost),
                    models,
                    devices: miner
                        .map(|miner| miner.devices.iter().cloned().map(DeviceRow::from).collect())
                        .unwrap_or_default(),
                }
            })
            .collect();
        rows.sort_unstable_by(|first, second| {
            second.weight.cmp(&first.weight).then(first.address.cmp(&second.address))
        });
        rows
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
