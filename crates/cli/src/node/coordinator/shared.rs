//! What every part of a coordinator shares: the core behind its one lock, and the chain as it was seen last.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::Address;
use arc_swap::ArcSwap;
use cuckoo_protocol::{
    chain::Network,
    contract::Role,
    message::Domain,
    status::{NodeInfo, Snapshot},
    task::Millis,
};
use metrics_exporter_prometheus::PrometheusHandle;

use super::{api_keys::Keyring, core::Core};
use crate::{host::clock, node::chain_view::ChainView};

/// What operators read while the disk is full.
const FULL: &str = "the disk is full: new tasks are refused until it has space";

/// What every part of the coordinator shares.
#[derive(Debug)]
pub struct Shared {
    pub(super) core: Mutex<Core>,
    pub(super) chain: ArcSwap<ChainView>,
    pub(super) network: Network,
    pub(super) address: Address,
    pub(super) started_at: Millis,
    pub(super) task_timeout: Duration,
    pub(super) keys: Keyring,
    pub(super) metrics: PrometheusHandle,
}

impl Shared {
    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        // A panic while the lock was held is logged where it happened; the state is only ever changed by whole events.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn address(&self) -> Address {
        self.address
    }

    pub(super) fn domain(&self) -> Domain {
        self.network.domain()
    }

    pub(super) fn endpoint(&self) -> String {
        self.chain.load().registry.node(&self.address).map(|node| node.endpoint.raw().to_owned()).unwrap_or_default()
    }

    pub(super) fn is_active_miner(&self, node: &Address) -> bool {
        self.chain.load().active(Role::Miner, node).is_some()
    }

    pub(super) fn is_ready(&self) -> bool {
        let core = self.core();
        self.chain.load().problem.is_none() && !core.is_draining() && !core.is_full()
    }

    /// The state of the coordinator in one line.
    pub(super) fn line(&self) -> String {
        let core = self.core();
        let (running, all) = (core.unfinished(false), core.unfinished(true));
        if core.is_draining() {
            return format!("draining; tasks to finish: {all}");
        }
        if core.is_full() {
            return FULL.into();
        }
        let chain = if self.chain.load().problem.is_some() { "; the chain cannot be read" } else { "" };
        format!("tasks: {running} running, {} waiting; miners: {}{chain}", all - running, core.connected())
    }

    pub(super) fn status(&self) -> Snapshot {
        let chain = self.chain.load();
        let core = self.core();
        let node = NodeInfo {
            role: Role::Coordinator,
            address: self.address,
            name: chain.name(&self.address),
            version: env!("CARGO_PKG_VERSION").into(),
            started_at: self.started_at,
            draining: core.is_draining(),
            problem: core.is_full().then(|| FULL.to_owned()),
            complaints: vec![],
        };
        core.view(node, chain.info(&self.network), &chain.registry, clock::now())
    }

    /// Changes whenever the status does.
    pub(super) fn generation(&self) -> (u64, u64) {
        (self.core().generation(), self.chain.load().registry.block)
    }
}
