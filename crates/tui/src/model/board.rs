//! Places of a snapshot's rows, and sums of them. They are worked out once per snapshot, so that a frame costs only what it shows.

use std::collections::BTreeMap;

use cuckoo_protocol::{
    Address, Cai,
    contract::Role,
    status::{DeviceRow, NodeRow, Snapshot},
};
use serde::{Deserialize, Serialize};

/// What the nodes of a role amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSum {
    /// The number of registered nodes.
    pub nodes: usize,
    /// The number of nodes above their minimum stake.
    pub active: usize,
    /// The number of nodes that have a session.
    pub live: usize,
    /// The sum of all their own stakes and votes.
    pub weight: Cai,
}

/// Places and sums of one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// All devices: the place of the node in the snapshot, and of the device among the node's.
    pub devices: Vec<(usize, usize)>,
    /// The power that the devices report, in milliwatts.
    pub power_milliwatts: u64,
    /// What the miners amount to.
    pub miners: RoleSum,
    /// What the coordinators amount to.
    pub coordinators: RoleSum,
    places: BTreeMap<Address, usize>,
}

impl Board {
    /// The places of `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut board = Self::default();
        for (place, node) in snapshot.nodes.iter().enumerate() {
            board.places.insert(node.address, place);
            let sum = match node.role {
                Role::Miner => &mut board.miners,
                Role::Coordinator => &mut board.coordinators,
            };
            sum.nodes += 1;
            sum.active += usize::from(node.active);
            sum.live += usize::from(node.live);
            sum.weight = [sum.weight, node.weight].into_iter().sum();
            for (index, device) in node.devices.iter().enumerate() {
                board.power_milliwatts += u64::from(device.power_milliwatts.unwrap_or(0));
                board.devices.push((place, index));
            }
        }
        board
    }

    /// What the nodes of `role` amount to.
    pub const fn role(&self, role: Role) -> &RoleSum {
        match role {
            Role::Miner => &self.miners,
            Role::Coordinator => &self.coordinators,
        }
    }

    /// The node with this address.
    pub fn node<'a>(&self, snapshot: &'a Snapshot, address: &Address) -> Option<&'a NodeRow> {
        self.places.get(address).and_then(|place| snapshot.nodes.get(*place))
    }

    /// The device with this number among all devices, with its node and its number there.
    pub fn device<'a>(&self, snapshot: &'a Snapshot, row: usize) -> Option<(&'a NodeRow, usize, &'a DeviceRow)> {
        let (node, index) = *self.devices.get(row)?;
        let node = snapshot.nodes.get(node)?;
        Some((node, index, node.devices.get(index)?))
    }

    /// The place of a node in its role by weight, 1 for the heaviest.
    pub fn place(&self, snapshot: &Snapshot, node: &NodeRow) -> usize {
        let heavier = |other: &&NodeRow| other.role == node.role && other.active && other.weight > node.weight;
        snapshot.nodes.iter().filter(heavier).count() + 1
    }
}
