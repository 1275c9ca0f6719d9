//! The rows of the screen as positions in a snapshot, worked out once per snapshot so that a frame costs what it shows.

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

/// What a role weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSum {
    /// Registered nodes.
    pub nodes: usize,
    /// Nodes above their minimum.
    pub active: usize,
    /// Own stake + votes of all of them.
    pub weight: Cai,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// Rows of the pane Stake.
    pub stake: Vec<StakeLine>,
    /// Rows of the pane Devices.
    pub devices: Vec<DeviceLine>,
    /// Devices in total.
    pub device_count: usize,
    /// What the devices that tell draw, in milliwatts.
    pub power_milliwatts: u64,
    /// Nodes with a session.
    pub live: usize,
    /// The miners.
    pub miners: RoleSum,
    /// The coordinators.
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

    /// What a role weighs.
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

    /// The device behind a row, with the node that has it.
    pub fn device(snapshot: &Snapshot, node: usize, index: usize) -> Option<(&NodeRow, &DeviceRow)> {
        let node = snapshot.nodes.get(node)?;
        Some((node, node.devices.get(index)?))
    }
}
