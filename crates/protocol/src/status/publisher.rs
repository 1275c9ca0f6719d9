//! Whose view of the network a snapshot is.

use serde::{Deserialize, Serialize};

use crate::contract::Role;

/// Whose view of the network a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Publisher {
    /// A miner's.
    Miner,
    /// A coordinator's.
    Coordinator,
    /// An owner's of stake, by what the chain alone says.
    Staker,
    /// That of a dashboard which watches several nodes.
    Group,
}

impl Publisher {
    /// The word people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Miner => Role::Miner.as_str(),
            Self::Coordinator => Role::Coordinator.as_str(),
            Self::Staker => "staker",
            Self::Group => "group",
        }
    }

    /// The role of the node; none of what is not a node.
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Miner => Some(Role::Miner),
            Self::Coordinator => Some(Role::Coordinator),
            Self::Staker | Self::Group => None,
        }
    }
}

impl From<Role> for Publisher {
    fn from(role: Role) -> Self {
        match role {
            Role::Miner => Self::Miner,
            Role::Coordinator => Self::Coordinator,
        }
    }
}

impl PartialEq<Role> for Publisher {
    fn eq(&self, role: &Role) -> bool {
        self.role() == Some(*role)
    }
}

impl PartialEq<Publisher> for Role {
    fn eq(&self, publisher: &Publisher) -> bool {
        publisher == self
    }
}
