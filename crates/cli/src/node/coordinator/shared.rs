//! What every part of a coordinator shares: the way to the decisions, and the chain as it was seen last.

use std::{ops::Deref, path::PathBuf, sync::Arc};

use alloy::primitives::Address;
use arc_swap::ArcSwap;
use axum::extract::FromRef;
use cuckoo_protocol::{
    chain::{Client, Network, Registry},
    contract::Role,
    coordinator::{Prices, View, prosecution::Means},
    status::{ChainInfo, JournalInfo, NodeInfo, Publisher, SCHEMA_VERSION, Snapshot},
    task::Millis,
};
use metrics_exporter_prometheus::PrometheusHandle;

use super::{
    assignments::AssignmentLog,
    batches::Batches,
    court::courtroom::Courtroom,
    doorway::Doorway,
    equivocation::Ears,
    front::{Front, Parts},
    replicas::Roster,
};
use crate::{
    host::clock,
    node::{chain_view::ChainView, chronicle::Chronicle, court::Shown, status_feed},
};

/// What operators read while the disk is full.
const FULL: &str = "the disk is full, or the journal's server is away: new tasks are refused until that has changed";

/// What every part of the coordinator shares.
#[derive(Debug)]
pub struct Shared {
    pub(super) front: Front,
    /// How far the assignment log reaches.
    pub(super) log: AssignmentLog,
    pub(super) chain: ArcSwap<ChainView>,
    /// What dashboards show of the court.
    pub(super) cases: Arc<Shown>,
    pub(super) network: Network,
    pub(super) address: Address,
    pub(super) prices: Prices,
    pub(super) started_at: Millis,
    /// The files and batches of applications.
    pub(super) batches: Batches,
    /// Where links tell what may show that a miner signs two receipts for one ticket.
    pub(super) ears: Ears,
    pub(super) metrics: PrometheusHandle,
    /// The data directory.
    pub(super) data: PathBuf,
    /// The chain, without a key.
    pub(super) client: Client,
    /// The court, on networks that have one.
    pub(super) court: Option<Courtroom>,
    /// What may be spent on cases.
    pub(super) means: Means,
    /// Who may open a link, and how often.
    pub(super) doorway: Doorway,
    /// The replicas that follow this one.
    pub(super) roster: Roster,
    /// What is remembered for dashboards.
    pub(super) chronicle: Chronicle,
}

impl Deref for Shared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.front
    }
}

impl FromRef<Arc<Shared>> for Front {
    fn from_ref(shared: &Arc<Shared>) -> Self {
        shared.front.clone()
    }
}

impl Shared {
    pub(super) fn address(&self) -> Address {
        self.address
    }

    pub(super) fn endpoint(&self) -> String {
        self.chain.load().registry.node(&self.address).map(|node| node.endpoint.raw().to_owned()).unwrap_or_default()
    }

    pub(super) fn is_active_miner(&self, node: &Address) -> bool {
        self.chain.load().active(Role::Miner, node).is_some()
    }

    pub(super) async fn is_ready(&self) -> bool {
        // The decisions look at the journal before they answer: this process may have been frozen until now.
        let is_draining = self.handle.read(|machine| machine.is_draining()).await;
        !is_draining && self.chain.load().problem.is_none() && !self.handle.pulse().is_full()
    }

    /// The state of the coordinator in one line.
    pub(super) async fn line(&self) -> String {
        let read = self.handle.read(|machine| {
            let (running, all) = (machine.unfinished(false), machine.unfinished(true));
            (machine.is_draining(), running, all, machine.connected_count())
        });
        let (is_draining, running, all, connected) = read.await;
        if is_draining {
            return format!("draining; tasks to finish: {all}");
        }
        if self.handle.pulse().is_full() {
            return FULL.into();
        }
        let chain = if self.chain.load().problem.is_some() { "; the chain cannot be read" } else { "" };
        format!("tasks: {running} running, {} waiting; miners: {connected}{chain}", all - running)
    }

    /// What dashboards show. The decisions are asked for what only they know; rows are made of it here.
    pub(super) async fn status(&self) -> Snapshot {
        let view = self.handle.read(|machine| machine.view(clock::now())).await;
        let chain = self.chain.load();
        let node = NodeInfo {
            role: Publisher::Coordinator,
            address: self.address,
            name: chain.name(&self.address),
            version: env!("CARGO_PKG_VERSION").into(),
            started_at: self.started_at,
            draining: view.draining,
            problem: self.handle.pulse().is_full().then(|| FULL.to_owned()),
            complaints: vec![],
        };
        let snapshot = snapshot_of(view, node, chain.info(&self.network), &chain.registry, clock::now());
        let pulse = self.handle.pulse();
        let journal = JournalInfo { replicas: self.roster.rows(), ..pulse.journal() };
        Snapshot { cases: self.cases.rows(), journal: Some(Box::new(journal)), ..snapshot }
    }

    /// Changes whenever the status does.
    pub(super) fn generation(&self) -> (u64, u64, u64) {
        let node = self.handle.pulse().generation() + self.roster.version();
        (node, self.chain.load().registry.block, self.cases.version())
    }
}

/// What dashboards show of a coordinator: what its decisions say, with what the chain says of the nodes.
pub(in crate::node) fn snapshot_of(
    view: View,
    node: NodeInfo,
    chain: ChainInfo,
    registry: &Registry,
    now: Millis,
) -> Snapshot {
    let View { generation, weights, mut nodes, tasks, recent, money, .. } = view;
    Snapshot {
        schema_version: SCHEMA_VERSION,
        generation,
        taken_at: now,
        node,
        chain,
        nodes: status_feed::node_rows(registry, &weights, |node| nodes.remove(node).unwrap_or_default()),
        tasks,
        recent,
        cases: vec![],
        journal: None,
        money: Some(money),
        stake: None,
        group: vec![],
        events: vec![],
        logs: vec![],
        history: None,
    }
}
