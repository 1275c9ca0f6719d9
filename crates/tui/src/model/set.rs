//! Which panes are on the screen: it depends on whose snapshot is shown.

use cuckoo_protocol::status::Publisher;
use serde::{Deserialize, Serialize};

/// Which panes are on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaneSet {
    /// Those of a miner or a coordinator.
    #[default]
    Node,
    /// Those of a staker.
    Staker,
    /// Those of several nodes.
    Group,
}

impl PaneSet {
    /// The panes that show what is published so; before anything is there, those of a node.
    pub const fn of(publisher: Option<Publisher>) -> Self {
        match publisher {
            Some(Publisher::Staker) => Self::Staker,
            Some(Publisher::Group) => Self::Group,
            Some(Publisher::Miner | Publisher::Coordinator) | None => Self::Node,
        }
    }
}
