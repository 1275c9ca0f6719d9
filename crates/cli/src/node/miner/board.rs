//! What a miner shows of itself: tasks that run and that ended, connections, devices.

use std::collections::{BTreeMap, HashMap, VecDeque};

use alloy::primitives::Address;
use cuckoo_protocol::{
    TaskId,
    status::{TaskCounts, TaskRow},
    wire,
};

/// Tasks shown on the dashboard at most.
pub(super) const RECENT: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) running: BTreeMap<TaskId, TaskRow>,
    pub(super) recent: VecDeque<TaskRow>,
    pub(super) counts: TaskCounts,
    pub(super) connected: HashMap<Address, bool>,
    /// What coordinators say that give it nothing any more.
    pub(super) suspended: HashMap<Address, String>,
    pub(super) devices: Vec<wire::Device>,
    pub(super) generation: u64,
}
