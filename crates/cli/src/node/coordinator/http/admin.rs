//! The operators' listener: whether the coordinator is alive and ready, and what it does.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use cuckoo_protocol::{Address, Cai, coordinator::Records, ledger::Terms, status::Snapshot};
use serde::{Deserialize, Serialize};

use crate::node::{
    coordinator::{Shared, metrics},
    status_feed,
};

pub(super) async fn liveness() -> StatusCode {
    StatusCode::OK
}

pub(super) async fn readiness(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "shutting down, or the chain cannot be read, or the disk is full\n")
    }
}

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let levels = shared.handle.read(|machine| machine.levels()).await;
    let pulse = shared.handle.pulse();
    let log_entries = shared.handle.log_head().entries;
    let text = metrics::render(&shared.metrics, &shared.status().await, levels, pulse, log_entries);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// What a coordinator owes one miner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Owed {
    /// The miner.
    pub miner: Address,
    /// The amount for everything that it has ever done.
    pub owed: Cai,
    /// The part that its voucher covers, or the next one will: up to the last ticket before the first one that is still open.
    pub vouchered: Cai,
    /// The number of that ticket.
    pub through: u64,
}

/// What the coordinator owes to each miner, as far as it is durable.
pub(super) async fn accounts(State(shared): State<Arc<Shared>>) -> Json<Vec<Owed>> {
    let accounts = shared.handle.read_durable(|machine| machine.accounts().iter().collect::<Vec<_>>()).await;
    let row = |(miner, terms, owed): (Address, Terms, u128)| Owed {
        miner,
        owed: Cai::from(owed),
        vouchered: Cai::from(terms.cumulative),
        through: terms.through,
    };
    let mut rows: Vec<_> = accounts.into_iter().map(row).collect();
    rows.sort_unstable_by_key(|row| row.miner);
    Json(rows)
}

/// What audits found, by miner.
pub(super) async fn audits(State(shared): State<Arc<Shared>>) -> Json<Records> {
    Json(shared.handle.read(|machine| machine.records().clone()).await)
}

pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Json<Snapshot> {
    Json(shared.status().await)
}

/// A snapshot now, and one after every change.
pub(super) async fn events(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    status_feed::snapshots(shared, Shared::generation, |shared| async move { shared.status().await })
}
