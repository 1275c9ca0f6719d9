//! What both nodes know of the chain: the registered nodes, and the weights of the epoch in force.

use std::{collections::HashMap, sync::Arc};

use cuckoo_protocol::{
    Address, Untrusted,
    assign::Snapshot,
    chain::{ChainError, Mirror, Network, Node, Registry},
    contract::Role,
    status::ChainInfo,
};

/// The chain as it was last read.
#[derive(Clone, Debug, Default)]
pub struct ChainView {
    /// The nodes as of the newest block.
    pub registry: Arc<Registry>,
    /// The miners' weights in the epoch in force.
    pub miners: Arc<Snapshot>,
    /// The coordinators' weights in the epoch in force.
    pub coordinators: Arc<Snapshot>,
    /// Why the chain cannot be read at the moment.
    pub problem: Option<String>,
}

impl ChainView {
    /// The chain as a mirror has it after a successful look.
    pub fn of(mirror: &Mirror) -> Self {
        Self {
            registry: mirror.registry(),
            miners: mirror.miners(),
            coordinators: mirror.coordinators(),
            problem: None,
        }
    }

    /// The same view while the chain cannot be read: the last stakes stay in force.
    pub fn unreadable(&self, error: &ChainError) -> Self {
        Self { problem: Some(error.to_string()), ..self.clone() }
    }

    /// A node that is registered for a role and active.
    pub fn active(&self, role: Role, address: &Address) -> Option<&Node> {
        self.registry.node(address).filter(|node| node.role == role && node.active)
    }

    /// The name under which a node is registered, empty if it is not.
    pub fn name(&self, address: &Address) -> Untrusted {
        self.registry.node(address).map_or_else(Untrusted::default, |node| node.name.clone())
    }

    /// What each active coordinator weighs in draws. One that registered in this epoch has its newest weight until the next epoch.
    pub fn coordinator_weights(&self) -> Vec<(Address, u128)> {
        let in_force: HashMap<_, _> = self.coordinators.miners.iter().copied().collect();
        let nodes = self.registry.nodes.values().filter(|node| node.role == Role::Coordinator && node.active);
        nodes.map(|node| (node.address, in_force.get(&node.address).copied().unwrap_or(node.weight))).collect()
    }

    /// What a dashboard shows of the chain.
    pub fn info(&self, network: &Network) -> ChainInfo {
        ChainInfo {
            network: network.name.clone(),
            chain_id: network.chain_id,
            block: self.registry.block,
            block_at: self.registry.block_timestamp * 1000,
            epoch: self.miners.epoch,
            epoch_seconds: network.epoch_seconds,
            problem: self.problem.clone(),
        }
    }
}
