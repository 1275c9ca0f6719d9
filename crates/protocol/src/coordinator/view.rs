//! What dashboards and metrics read of a coordinator.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::Address;

use crate::{
    assign::Snapshot,
    status::{Activity, TaskCounts, TaskRow},
};

/// What a dashboard shows of a coordinator apart from the chain. Rows of nodes are made of it elsewhere: there may be many of them.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Grows with every change that a dashboard could show.
    pub generation: u64,
    /// True while no new work is taken.
    pub draining: bool,
    /// The stakes in force.
    pub weights: Arc<Snapshot>,
    /// What is known of the miners that have had a session.
    pub miners: BTreeMap<Address, Activity>,
    /// Tasks in figures.
    pub tasks: TaskCounts,
    /// Live and recent tasks, newest first, at most 200.
    pub recent: Vec<TaskRow>,
}

/// The figures of graphs, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The escrow as it was read last.
    pub escrow: u128,
    /// What all miners together were ever owed.
    pub owed: u128,
    /// What the tasks that have not ended may cost.
    pub reserved: u128,
}
