//! Where a task stands.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::{event::Fault, outcome::Outcome};

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for a miner.
    Queued,
    /// A ticket is out.
    Leased {
        /// The miner that holds it.
        miner: Address,
    },
    /// The miner has accepted and is generating.
    Running {
        /// The miner that holds it.
        miner: Address,
    },
    /// Delivered, with a receipt.
    Done {
        /// The miner that did it.
        miner: Address,
        /// What it delivered.
        outcome: Box<Outcome>,
    },
    /// Ended without a result.
    Failed {
        /// Whose fault.
        fault: Fault,
        /// Why, in words.
        reason: String,
    },
    /// Its deadline passed.
    Expired,
    /// The application took it back.
    Cancelled,
}

impl State {
    /// True when nothing can change any more.
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. } | Self::Expired | Self::Cancelled)
    }

    /// One word for tables and JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased { .. } => "leased",
            Self::Running { .. } => "running",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The miner that holds or has done the task.
    pub const fn miner(&self) -> Option<Address> {
        match self {
            Self::Leased { miner } | Self::Running { miner } | Self::Done { miner, .. } => Some(*miner),
            _ => None,
        }
    }
}
