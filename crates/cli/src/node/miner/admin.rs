//! The operators' listener of a miner: is it alive, is it ready, what does it do.

use std::{convert::Infallible, sync::Arc, time::Duration};

use alloy::primitives::Address;
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use cuckoo_protocol::{
    Cai, Untrusted,
    chain::Node,
    contract::Role,
    status::{ChainInfo, DeviceRow, ModelRow, NodeInfo, NodeRow, SCHEMA_VERSION, Snapshot, TaskCounts},
    task::Kind,
};
use futures::{Stream, stream};
use tokio::time;

use super::{
    board::RECENT,
    shared::{Shared, lock},
};
use crate::host::clock;

/// For operators and dashboards.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/liveness", get(async || StatusCode::OK))
        .route("/readiness", get(readiness))
        .route("/status", get(async |State(shared): State<Arc<Shared>>| Json(shared.status())))
        .route("/status/events", get(events))
        .with_state(shared)
}

impl Shared {
    pub(super) fn status(&self) -> Snapshot {
        let chain = self.chain.load();
        let own = self.signer.address();
        let complaint = |(coordinator, reason): (Address, String)| {
            let name = chain.registry.node(&coordinator).map_or_else(Untrusted::default, |node| node.name.clone());
            Untrusted::new(format!("{name} ({coordinator}): {reason}"))
        };
        let unpaid = self.purse().complaints();
        let board = lock(&self.board);
        let suspended = board.suspended.iter().map(|(coordinator, reason)| (*coordinator, reason.clone()));
        let complaints = unpaid.into_iter().chain(suspended).map(complaint).collect();
        let running = board.running.len() as u32;
        let total: u128 = chain
            .registry
            .nodes
            .values()
            .filter(|node| node.role == Role::Miner && node.active)
            .map(|node| node.weight)
            .sum();
        let row = |node: &Node| {
            let mine = node.address == own;
            let model = |(name, free, capacity): (String, u32, u32)| {
                let kind = self.models.get(&name).map_or(Kind::Text, |(_, kind)| *kind);
                ModelRow { name: name.into(), kind, free, capacity }
            };
            let share = if node.role == Role::Miner && node.active { node.weight * 1_000_000 } else { 0 };
            NodeRow {
                address: node.address,
                owner: node.owner,
                name: node.name.clone(),
                role: node.role,
                active: node.active,
                self_stake: node.self_stake,
                weight: Cai::from(node.weight),
                share_ppm: share.checked_div(total).unwrap_or(0) as u32,
                live: mine || board.connected.get(&node.address).copied().unwrap_or(false),
                running: if mine { running } else { 0 },
                done: if mine { board.counts.done } else { 0 },
                lost: if mine { board.counts.failed } else { 0 },
                models: if mine { self.free().into_iter().map(model).collect() } else { vec![] },
                devices: if mine { board.devices.iter().cloned().map(DeviceRow::from).collect() } else { vec![] },
            }
        };
        let mut nodes: Vec<_> = chain.registry.nodes.values().map(row).collect();
        nodes.sort_unstable_by(|first, second| {
            second.weight.cmp(&first.weight).then(first.address.cmp(&second.address))
        });
        Snapshot {
            schema_version: SCHEMA_VERSION,
            generation: board.generation,
            taken_at: clock::now(),
            node: NodeInfo {
                role: Role::Miner,
                address: own,
                name: chain.registry.node(&own).map_or_else(Untrusted::default, |node| node.name.clone()),
                version: env!("CARGO_PKG_VERSION").into(),
                started_at: self.started_at,
                draining: self.stop.is_cancelled(),
                problem: self.problem(),
                complaints,
            },
            chain: ChainInfo {
                network: self.network.name.clone(),
                chain_id: self.network.chain_id,
                block: chain.registry.block,
                block_at: chain.registry.block_timestamp * 1000,
                epoch: chain.epoch,
                epoch_blocks: self.network.epoch_blocks,
                problem: chain.problem.clone(),
            },
            nodes,
            tasks: TaskCounts { running: u64::from(running), ..board.counts },
            recent: board.running.values().chain(&board.recent).take(RECENT).cloned().collect(),
        }
    }
}

async fn readiness(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no coordinator is connected, or the engine is not ready\n")
    }
}

/// A snapshot now, and one after every change.
async fn events(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let snapshots = stream::unfold((shared, None), |(shared, seen)| async move {
        let mut snapshot = shared.status();
        while seen == Some(snapshot.generation) {
            time::sleep(Duration::from_millis(500)).await;
            snapshot = shared.status();
        }
        let event = Event::default().json_data(&snapshot).unwrap_or_else(|error| {
            tracing::error!(%error, "the status cannot be written");
            Event::default().comment("the status cannot be written")
        });
        Some((Ok(event), (shared, Some(snapshot.generation))))
    });
    Sse::new(snapshots).keep_alive(KeepAlive::default())
}
