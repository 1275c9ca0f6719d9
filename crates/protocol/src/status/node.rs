//! Nodes as dashboards show them: what the chain says of each, and what the publishing node knows of its work.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::{device::DeviceRow, stake::Pay};
use crate::{
    Cai, Untrusted,
    contract::Role,
    task::{Kind, Millis},
};

/// A registered node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its node address.
    pub address: Address,
    /// Its owner.
    pub owner: Address,
    /// Its name on chain.
    pub name: Untrusted,
    /// What it is.
    pub role: Role,
    /// False below its minimum or removed.
    pub active: bool,
    /// Its owner's own stake behind it.
    pub self_stake: Cai,
    /// Own stake + votes, as of the newest block.
    pub weight: Cai,
    /// Its share of its role's weight in the epoch in force, in millionths.
    pub share_ppm: u32,
    /// True while it has a session with the publishing node.
    pub live: bool,
    /// Tasks it holds for the publishing node.
    pub running: u32,
    /// Tasks it has done for the publishing node since this started.
    pub done: u64,
    /// Tasks it has lost since then.
    pub lost: u64,
    /// Models that it offers.
    pub models: Vec<ModelRow>,
    /// Its devices, as it reports them.
    pub devices: Vec<DeviceRow>,
    /// What a coordinator's audits say of it, where it audits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audits: Option<NodeAudits>,
    /// Why the publishing node gives it no work, or gets none from it. The gravest reason, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// How it does, as a coordinator measures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// When it last came or went, as far as the publishing node has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Millis>,
    /// What it pays to those who have stake behind it, where that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<Pay>,
}

/// Why two nodes do not work together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What kind of reason it is.
    pub kind: ConditionKind,
    /// The reason in words.
    pub why: Untrusted,
    /// When it ends, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

/// What kind of reason keeps two nodes from working together, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// Audits have confirmed that the miner does not run what it says.
    Suspended,
    /// One of the two refuses the other.
    Refused,
    /// The quality gate keeps the miner out of draws for a while.
    Paused,
    /// Audits suspect the miner, and all its answers are examined.
    Suspected,
    /// What the miner offers is not what the model's name stands for.
    Mismatch,
    /// The miner takes no new work.
    Draining,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl ConditionKind {
    /// One word for tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Refused => "refused",
            Self::Paused => "paused",
            Self::Suspected => "suspected",
            Self::Mismatch => "mismatch",
            Self::Draining => "draining",
            Self::Unknown => "unknown",
        }
    }

    /// True where somebody has to act.
    pub const fn is_grave(self) -> bool {
        matches!(self, Self::Suspended | Self::Refused)
    }
}

/// How a miner does: moving averages over its last ten tasks or so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// The part of its tasks that it does not lose, in millionths.
    pub success_ppm: u32,
    /// The time from the lease to the first token, in milliseconds; none before it has had a task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// Thousandths of tokens per second after the first token; none before it has had a task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub millitokens_per_second: Option<u64>,
    /// Pauses in a row.
    #[serde(default)]
    pub pauses: u32,
}

/// What a coordinator's audits say of a miner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeAudits {
    /// `good`, `suspected` or `confirmed`.
    pub state: String,
    /// Examinations of its answers.
    pub examined: u64,
    /// Audits of its answers that have not ended.
    pub pending: u64,
    /// What its tickets that wait for an audit will owe.
    pub held: Cai,
}

/// What the publishing node knows of a node apart from the chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// It has a session with the publishing node, or is that node.
    pub live: bool,
    /// Tasks that it holds.
    pub running: u32,
    /// Tasks that it has done.
    pub done: u64,
    /// Tasks that it has lost.
    pub lost: u64,
    /// Models that it offers.
    pub models: Vec<ModelRow>,
    /// Its devices.
    pub devices: Vec<DeviceRow>,
    /// What audits say of it.
    pub audits: Option<NodeAudits>,
    /// Why the two do not work together.
    pub condition: Option<Condition>,
    /// How it does.
    pub quality: Option<Quality>,
}

/// A model offered by a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Its name.
    pub name: Untrusted,
    /// What it makes.
    #[serde(default)]
    pub kind: Kind,
    /// Tasks that it would accept now.
    pub free: u32,
    /// Tasks that it can run at once.
    pub capacity: u32,
}
