//! The panes' rows as positions in a snapshot. They are worked out once per snapshot, so that a frame costs only what it
//! shows.

use std::collections::BTreeMap;

use cuckoo_protocol::{
    Address, Cai,
    contract::Role,
    status::{DeviceRow, NodeRow, Snapshot},
};
use serde::{Deserialize, Serialize};

/// A row of the pane Stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StakeLine {
    /// The nodes of a role follow.
    Head(Role),
    /// A node, by its place in [`Snapshot::nodes`].
    Node(usize),
}

/// A row of the pane Devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceLine {
    /// The devices of this node follow.
    Node(usize),
    /// A device of a node.
    Device(usize, usize),
}

/// What the nodes of a role amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSum {
    /// The number of registered nodes.
    pub nodes: usize,
    /// The number of nodes above their minimum stake.
    pub active: usize,
    /// The sum of all their own stakes and votes.
    pub weight: Cai,
}

/// The rows of one snapshot, with the sums that the panes show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// Rows of the pane Stake.
    pub stake: Vec<StakeLine>,
    /// Rows of the pane Devices.
    pub devices: Vec<DeviceLine>,
    /// The number of devices.
    pub device_count: usize,
    /// The power that the devices report, in milliwatts.
    pub power_milliwatts: u64,
    /// The number of nodes that have a session.
    pub live: usize,
    /// What the miners amount to.
    pub miners: RoleSum,
    /// What the coordinators amount to.
    pub coordinators: RoleSum,
    places: BTreeMap<Address, usize>,
}

impl Board {
    /// The rows of `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut board = Self::default();
        for role in [Role::Coordinator, Role::Miner] {
            let mut sum = RoleSum::default();
            for (place, node) in snapshot.nodes.iter().enumerate().filter(|(_, node)| node.role == role) {
                if sum.nodes == 0 {
                    board.stake.push(StakeLine::Head(role));
                }
                sum.nodes += 1;
                sum.active += usize::from(node.active);
                sum.weight = [sum.weight, node.weight].into_iter().sum();
                board.stake.push(StakeLine::Node(place));
            }
            match role {
                Role::Miner => board.miners = sum,
                Role::Coordinator => board.coordinators = sum,
            }
        }
        for (place, node) in snapshot.nodes.iter().enumerate() {
            board.places.insert(node.address, place);
            board.live += usize::from(node.live);
            if !node.devices.is_empty() {
                board.devices.push(DeviceLine::Node(place));
            }
            for (index, device) in node.devices.iter().enumerate() {
                board.device_count += 1;
                board.power_milliwatts += u64::from(device.power_milliwatts.unwrap_or(0));
                board.devices.push(DeviceLine::Device(place, index));
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

    /// The device of a row, with the node that has it.
    pub fn device(snapshot: &Snapshot, node: usize, index: usize) -> Option<(&NodeRow, &DeviceRow)> {
        let node = snapshot.nodes.get(node)?;
        Some((node, node.devices.get(index)?))
    }
}
