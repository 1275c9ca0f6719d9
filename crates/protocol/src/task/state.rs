//! Where a task stands.

use std::sync::Arc;

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
        outcome: Arc<Outcome>,
    },
    /// The task ended without a result.
    Failed {
        /// Whose fault it is.
        fault: Fault,
        /// Why it failed, in words.
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

    /// The state without what belongs to it.
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Queued => Stage::Queued,
            Self::Leased { .. } => Stage::Leased,
            Self::Running { .. } => Stage::Running,
            Self::Done { .. } => Stage::Done,
            Self::Failed { .. } => Stage::Failed,
            Self::Expired => Stage::Expired,
            Self::Cancelled => Stage::Cancelled,
        }
    }

    /// One word for tables and JSON.
    pub const fn name(&self) -> &'static str {
        self.stage().as_str()
    }

    /// The miner that holds or has done the task.
    pub const fn miner(&self) -> Option<Address> {
        match self {
            Self::Leased { miner } | Self::Running { miner } | Self::Done { miner, .. } => Some(*miner),
            _ => None,
        }
    }
}

/// Where a task stands, in one word: a [`State`] without what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The task waits for a miner.
    Queued,
    /// A ticket is out.
    Leased,
    /// A miner is generating.
    Running,
    /// The output was delivered, with a receipt.
    Done,
    /// The task ended without a result.
    Failed,
    /// The deadline passed.
    Expired,
    /// The application took the task back.
    Cancelled,
    /// A newer node's stage that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Stage {
    /// The word in tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_written_as_the_word_it_always_was() {
        let stages = [
            (Stage::Queued, "queued"),
            (Stage::Leased, "leased"),
            (Stage::Running, "running"),
            (Stage::Done, "done"),
            (Stage::Failed, "failed"),
            (Stage::Expired, "expired"),
            (Stage::Cancelled, "cancelled"),
        ];
        for (stage, word) in stages {
            assert_eq!(stage.as_str(), word);
            assert_eq!(serde_json::to_value(stage).expect("encodes"), word);
            assert_eq!(serde_json::from_value::<Stage>(word.into()).expect("decodes"), stage);
        }
        assert_eq!(serde_json::from_value::<Stage>("paused".into()).expect("decodes"), Stage::Unknown);
    }
}
