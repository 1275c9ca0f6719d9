//! The operators' listener: whether the coordinator is alive and ready, and what it does.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::{Address, Cai, coordinator::Coordinator, digits, ledger::Terms, status::Snapshot};
use serde::{Deserialize, Serialize};

use super::audits::{HeldTicket, held};
use crate::node::{
    chronicle::Part,
    coordinator::{Shared, metrics},
    inspect::{self, TaskQuery},
    metrics::CONTENT_TYPE,
    status_feed::{self, Wanted},
};

pub(super) async fn liveness() -> StatusCode {
    StatusCode::OK
}

pub(super) async fn readiness(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "shutting down, or the chain cannot be read, or the disk is full, or the journal's server is away\n",
        )
    }
}

/// `GET /tasks`: tasks by filter and by page, newest first.
pub(super) async fn tasks(State(shared): State<Arc<Shared>>, Query(query): Query<TaskQuery>) -> Response {
    let wanted = query.clone();
    let read = move |machine: &Coordinator| {
        machine.tasks_before(wanted.before(), |task| wanted.matches(task), wanted.limit() + 1)
    };
    query.page(shared.handle.read(read).await)
}

/// `GET /tasks/ID`, by the id or its first digits.
pub(super) async fn task(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let read = move |machine: &Coordinator| {
        machine.tasks_before(u64::MAX, |task| inspect::is_named(task, &id), 1).pop().map(|(_, row)| row)
    };
    inspect::one(shared.handle.read(read).await)
}

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let levels = shared.handle.read(metrics::Levels::of).await;
    let pulse = shared.handle.pulse();
    let log_entries = shared.log.head().entries;
    let text = metrics::render(&shared.metrics, &shared.status().await, &levels, pulse, log_entries);
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text)
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
    #[serde(with = "digits")]
    pub through: u64,
    /// What the tickets that wait for an audit will owe.
    pub held: Cai,
    /// These tickets.
    pub held_tickets: Vec<HeldTicket>,
}

/// Why sums are not shown.
type NotDurable = (StatusCode, &'static str);

/// Sums are those of everything, and while nothing can be written they are not durable.
fn durable(shared: &Shared) -> Result<(), NotDurable> {
    match shared.handle.pulse().is_full() {
        true => Err((
            StatusCode::SERVICE_UNAVAILABLE,
            "the disk is full, so that the newest sums are not durable; try again when it has space\n",
        )),
        false => Ok(()),
    }
}

/// What the coordinator owes to each miner, as far as it is durable.
pub(super) async fn accounts(State(shared): State<Arc<Shared>>) -> Result<Json<Vec<Owed>>, NotDurable> {
    durable(&shared)?;
    let read = |machine: &Coordinator| (machine.accounts().iter().collect::<Vec<_>>(), held(machine));
    let (accounts, mut held) = shared.handle.read_durable(read).await;
    let row = |(miner, terms, owed): (Address, Terms, u128)| {
        let held_tickets = held.remove(&miner).unwrap_or_default();
        Owed {
            miner,
            owed: Cai::from(owed),
            vouchered: Cai::from(terms.cumulative),
            through: terms.through,
            held: held_tickets.iter().map(|ticket| ticket.owed).sum(),
            held_tickets,
        }
    };
    let mut rows: Vec<_> = accounts.into_iter().map(row).collect();
    rows.sort_unstable_by_key(|row| row.miner);
    Ok(Json(rows))
}

/// What each API key has spent, what waits for audits, and what its open tasks may cost, by the key's id.
pub(super) async fn spending(State(shared): State<Arc<Shared>>) -> Result<Json<BTreeMap<String, Cai>>, NotDurable> {
    durable(&shared)?;
    let read = |machine: &Coordinator| machine.accounts().callers().collect();
    Ok(Json(shared.handle.read_durable(read).await))
}

pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Json<Snapshot> {
    let snapshot = shared.status().await;
    Json(shared.chronicle.complete(snapshot, Part::Few))
}

/// A snapshot now, and one after every change, or with `?deltas=1` what has changed.
pub(super) async fn events(State(shared): State<Arc<Shared>>, Query(wanted): Query<Wanted>) -> impl IntoResponse {
    let status = |shared: Arc<Shared>| async move { shared.status().await };
    status_feed::snapshots(shared, wanted, Shared::generation, status, |shared| &shared.chronicle)
}
