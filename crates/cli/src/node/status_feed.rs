//! What both nodes publish for dashboards: the rows of the registered nodes, and the stream of snapshots.

use std::{collections::HashMap, convert::Infallible, future::Future, sync::Arc, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use cuckoo_protocol::{
    Address, Cai,
    assign::Snapshot as Weights,
    chain::{Node, Registry},
    contract::Role,
    status::{Activity, LogLevel, NodeRow, Snapshot, delta},
};
use futures::{Stream, stream};
use serde_json::Value;
use tokio::time;

use super::chronicle::{Chronicle, Part};
use crate::host::recent_log;

/// Lines of the log in a snapshot.
const LOGS: usize = 200;
/// The least time between two snapshots of a stream.
const PACE: Duration = Duration::from_millis(200);

/// The rows of all registered nodes, heaviest first. A miner's share is the one by which tasks are drawn in this epoch: one
/// that registered in this epoch has none until the next.
pub fn node_rows(
    registry: &Registry,
    miners: &Weights,
    mut activity: impl FnMut(&Address) -> Activity,
) -> Vec<NodeRow> {
    let weights: HashMap<_, _> = miners.miners.iter().copied().collect();
    let total: u128 = weights.values().sum();
    let coordinators = || registry.nodes.values().filter(|node| node.role == Role::Coordinator && node.active);
    let all_coordinators: u128 = coordinators().map(|node| node.weight).sum();
    let share_ppm = |node: &Node| match node.role {
        // Weights stay below 2^90, so a million of them fit.
        Role::Miner => {
            let weight = weights.get(&node.address).copied().unwrap_or(0);
            (weight * 1_000_000).checked_div(total).unwrap_or(0) as u32
        }
        // Nothing is drawn among coordinators: it is their part of the rewards.
        Role::Coordinator if node.active => (node.weight * 1_000_000).checked_div(all_coordinators).unwrap_or(0) as u32,
        Role::Coordinator => 0,
    };
    let row = |node: &Node| {
        let Activity { live, running, done, lost, models, devices, audits, condition, quality } =
            activity(&node.address);
        NodeRow {
            address: node.address,
            owner: node.owner,
            name: node.name.clone(),
            role: node.role,
            active: node.active,
            self_stake: node.self_stake,
            weight: Cai::from(node.weight),
            share_ppm: share_ppm(node),
            live,
            running,
            done,
            lost,
            models,
            devices,
            audits,
            condition,
            quality,
            since: None,
            pay: None,
        }
    };
    let mut rows: Vec<_> = registry.nodes.values().map(row).collect();
    rows.sort_unstable_by(|first, second| {
        second.weight.cmp(&first.weight).then_with(|| first.address.cmp(&second.address))
    });
    rows
}

/// What a reader of the stream asks for.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    /// `1` for the first document whole, with the history and all events, and of the later ones only what has changed.
    #[serde(default)]
    deltas: u8,
    /// `1` for the newest lines of the log as well.
    #[serde(default)]
    logs: u8,
}

impl Wanted {
    /// True where only what has changed is wanted after the first document.
    pub const fn deltas(self) -> bool {
        self.deltas > 0
    }
}

/// What a stream has sent.
struct Sent<G> {
    generation: G,
    /// The document as the reader has it, where it wants only what has changed.
    document: Option<Value>,
}

/// Streams a snapshot at once and another one, or what has changed since, after every change of the generation.
pub fn snapshots<S, G, F>(
    node: Arc<S>,
    wanted: Wanted,
    generation: fn(&S) -> G,
    status: impl Fn(Arc<S>) -> F + Copy + Send + 'static,
    chronicle: fn(&S) -> &Chronicle,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>>
where
    S: Send + Sync + 'static,
    G: PartialEq + Send + 'static,
    F: Future<Output = Snapshot> + Send + 'static,
{
    let events = stream::unfold((node, None::<Sent<G>>), move |(node, sent)| async move {
        if sent.is_some() {
            time::sleep(PACE).await;
        }
        let mut current = generation(&node);
        while sent.as_ref().is_some_and(|sent| sent.generation == current) {
            time::sleep(PACE).await;
            current = generation(&node);
        }
        let mut snapshot = status(node.clone()).await;
        if wanted.logs > 0 {
            snapshot.logs = recent_log::after(0, LogLevel::Trace, LOGS);
        }
        let before = sent.and_then(|sent| sent.document);
        let (event, document) = match wanted.deltas() {
            false => (Event::default().json_data(&snapshot), None),
            true => {
                // The history is large, and wanted once.
                let part = if before.is_some() { Part::Events } else { Part::All };
                changed(before, chronicle(&node).complete(snapshot, part))
            }
        };
        let event = event.unwrap_or_else(|error| {
            tracing::error!(%error, "the status cannot be written");
            Event::default().comment("the status cannot be written")
        });
        Some((Ok(event), (node, Some(Sent { generation: current, document }))))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// The first document whole, and of a later one what has changed; with the document as the reader then has it.
fn changed(before: Option<Value>, mut snapshot: Snapshot) -> (Result<Event, axum::Error>, Option<Value>) {
    let history = snapshot.history.take();
    let document = match serde_json::to_value(&snapshot) {
        Ok(document) => document,
        Err(error) => return (Err(axum::Error::new(error)), before),
    };
    let event = match before {
        Some(before) => {
            Event::default().json_data(serde_json::json!({ "patch": delta::difference(&before, &document) }))
        }
        None => Event::default().json_data(Snapshot { history, ..snapshot }),
    };
    (event, Some(document))
}
