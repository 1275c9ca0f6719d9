//! The operators' listener of a miner: whether it is alive, whether it is ready, and what it does.

use std::sync::Arc;

use alloy::primitives::Address;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::Response,
    routing::get,
};
use cuckoo_protocol::{
    Untrusted,
    miner::Miner,
    status::{Activity, Condition, ConditionKind, DeviceRow, NodeInfo, Publisher, SCHEMA_VERSION, Snapshot, TaskRow},
};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use super::{metrics, shared::Shared};
use crate::{
    host::clock,
    node::{
        chronicle::Part,
        inspect::{self, TaskQuery},
        metrics::CONTENT_TYPE,
        status_feed::{self, Wanted},
    },
};

/// For operators and dashboards.
pub(super) fn router(shared: Arc<Shared>, counted: PrometheusHandle) -> Router {
    let events = async |State(shared): State<Arc<Shared>>, Query(wanted): Query<Wanted>| {
        status_feed::snapshots(
            shared,
            wanted,
            |shared| (shared.read(Miner::generation), shared.cases.version()),
            |shared| std::future::ready(status(&shared)),
            |shared| &shared.chronicle,
        )
    };
    let metrics = async move |State(shared): State<Arc<Shared>>| {
        ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics::render(&counted, &status(&shared)))
    };
    let whole = async |State(shared): State<Arc<Shared>>| Json(shared.chronicle.complete(status(&shared), Part::Few));
    Router::new()
        .route("/metrics", get(metrics))
        .route("/liveness", get(async || StatusCode::OK))
        .route("/readiness", get(readiness))
        .route("/status", get(whole))
        .route("/tasks", get(tasks))
        .route("/tasks/{id}", get(task))
        .route("/logs", get(inspect::logs))
        .route("/status/events", get(events))
        .with_state(shared)
}

/// `GET /tasks`: what the miner still knows of its tasks, newest first, each with its place.
async fn tasks(State(shared): State<Arc<Shared>>, Query(query): Query<TaskQuery>) -> Response {
    let rows = status(&shared).recent;
    let before = (1..=rows.len() as u64).rev().zip(rows);
    let wanted = |(place, task): &(u64, TaskRow)| *place < query.before() && query.matches(task);
    query.page(before.filter(wanted).take(query.limit() + 1).collect())
}

/// `GET /tasks/ID`, by the id or its first digits.
async fn task(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    inspect::one(status(&shared).recent.into_iter().find(|task| inspect::is_named(task, &id)))
}

/// Remembers what dashboards show, until `done`.
pub(super) async fn remember(shared: Arc<Shared>, done: CancellationToken) {
    shared.chronicle.keep(|| std::future::ready(status(&shared)), done).await;
}

async fn readiness(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no coordinator is connected, or the engine is not ready\n")
    }
}

/// What dashboards show.
pub(super) fn status(shared: &Shared) -> Snapshot {
    let chain = shared.chain.load();
    let own = shared.signer.address();
    let view = shared.read(Miner::view);
    let complaint = |(coordinator, reason): (Address, String)| {
        Untrusted::new(format!("{} ({coordinator}): {reason}", chain.name(&coordinator)))
    };
    let mine = Activity {
        live: true,
        running: view.counts.running as u32,
        done: view.counts.done,
        lost: view.counts.failed,
        models: view.models,
        devices: view.devices.into_iter().map(DeviceRow::from).collect(),
        audits: None,
        condition: None,
        quality: None,
    };
    let refusal = |address: &Address| {
        let (_, why) = view.complaints.iter().find(|(coordinator, _)| coordinator == address)?;
        Some(Condition { kind: ConditionKind::Refused, why: Untrusted::new(why.as_str()), until: None })
    };
    let activity = |address: &Address| match *address == own {
        true => mine.clone(),
        false => {
            let (live, condition) = (view.connected.contains(address), refusal(address));
            Activity { live, condition, ..Activity::default() }
        }
    };
    Snapshot {
        schema_version: SCHEMA_VERSION,
        generation: view.generation,
        taken_at: clock::now(),
        node: NodeInfo {
            role: Publisher::Miner,
            address: own,
            name: chain.name(&own),
            version: env!("CARGO_PKG_VERSION").into(),
            started_at: shared.started_at,
            draining: shared.stop.is_cancelled(),
            problem: shared.problem(),
            complaints: view.complaints.iter().chain(shared.voided.load().iter()).cloned().map(complaint).collect(),
        },
        chain: chain.info(&shared.network),
        nodes: status_feed::node_rows(&chain.registry, &chain.miners, activity),
        tasks: view.counts,
        recent: view.recent,
        cases: shared.cases.rows(),
        money: Some(view.money.clone()),
        stake: None,
        group: vec![],
        events: vec![],
        logs: vec![],
        journal: None,
        history: None,
    }
}

#[cfg(test)]
mod tests {
    use alloy::{primitives::B256, signers::local::PrivateKeySigner};
    use cuckoo_gpu::engine::{ScriptedConfig, scripted::Scripted};
    use cuckoo_protocol::{
        Cai, assign,
        chain::{Network, Node, Registry},
        contract::Role,
        coordinator::{Checkpoint, Coordinator, Input, LogEnd},
        entropy::Entropy,
        miner::Terms,
        price::Rate,
        status::NodeRow,
    };
    use tokio::runtime::Handle;

    use super::*;
    use crate::node::{
        chain_view::ChainView,
        coordinator::{identity, snapshot_of},
        miner::{
            config::{Config, Jury},
            signed_record::Kept,
        },
    };

    /// No draw is made.
    struct Nothing;

    impl Entropy for Nothing {
        fn word(&mut self) -> B256 {
            B256::ZERO
        }
    }

    const STEADY: Address = Address::repeat_byte(1);
    const RISEN: Address = Address::repeat_byte(2);
    const NEW: Address = Address::repeat_byte(3);
    const COORDINATOR: Address = Address::repeat_byte(4);

    fn node(address: Address, role: Role, weight: u128) -> Node {
        let (self_stake, text) = (Cai::from(weight), Untrusted::default);
        let (name, introduction, endpoint) = (text(), text(), text());
        Node { address, owner: address, role, active: true, name, introduction, endpoint, self_stake, weight }
    }

    /// The miners' weights in the epoch are 30 and 10. Since its first block one of them has grown, and another one has
    /// registered.
    fn chain() -> ChainView {
        let nodes = [
            node(STEADY, Role::Miner, 30),
            node(RISEN, Role::Miner, 90),
            node(NEW, Role::Miner, 40),
            node(COORDINATOR, Role::Coordinator, 50),
        ];
        let nodes = nodes.into_iter().map(|node| (node.address, node)).collect();
        let miners = assign::Snapshot { epoch: 7, beacon: B256::ZERO, miners: vec![(STEADY, 30), (RISEN, 10)] };
        ChainView {
            registry: Arc::new(Registry { nodes, ..Registry::default() }),
            miners: Arc::new(miners),
            ..ChainView::default()
        }
    }

    fn shares(rows: &[NodeRow]) -> Vec<(Address, u32)> {
        rows.iter().map(|row| (row.address, row.share_ppm)).collect()
    }

    #[tokio::test]
    async fn a_miner_and_a_coordinator_show_the_shares_of_the_epoch() {
        let folder = tempfile::tempdir().expect("a folder");
        let rpc = "http://127.0.0.1:1".parse().expect("a URL");
        let config = Config {
            network: Network::undeployed("test", 31_337, rpc),
            signer: PrivateKeySigner::random(),
            data: folder.path().to_owned(),
            admin_listen: ([127, 0, 0, 1], 0).into(),
            engine: Arc::new(Scripted::new(ScriptedConfig::default())),
            terms: Terms { max_unpaid: 1, least: Rate::default() },
            evidence_bytes: 1 << 20,
            payout_above: cuckoo_protocol::Cai::ZERO,
            outbox: folder.path().join("outbox"),
            jury: Jury { takes_part: false, calibrations: Arc::default() },
        };
        let network = config.network.clone();
        let chain = chain();
        let of_miner = status(&Shared::new(
            config,
            &Kept::default(),
            None,
            chain.clone(),
            Handle::current(),
            CancellationToken::new(),
        ));

        let identity = identity(COORDINATOR);
        let recovered =
            Coordinator::recover(identity, Checkpoint::default(), vec![], LogEnd::default(), 1, &mut vec![]);
        let mut coordinator = recovered.expect("recovers");
        coordinator.step(Input::Snapshot(chain.miners.clone()), 1, &mut Nothing, &mut vec![]);
        let (node, info) = (of_miner.node.clone(), chain.info(&network));
        let of_coordinator = snapshot_of(coordinator.view(1), node, info, &chain.registry, 1);

        let expected = [(RISEN, 250_000), (COORDINATOR, 1_000_000), (NEW, 0), (STEADY, 750_000)];
        assert_eq!(shares(&of_miner.nodes), expected);
        assert_eq!(shares(&of_coordinator.nodes), expected);
        assert_eq!(of_miner.chain.epoch, 7);
    }
}
