//! Several nodes on one screen: what a dashboard that watches them says of each.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::publisher::Publisher;
use crate::{Untrusted, task::Millis};

/// One of several nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    /// Where it is asked.
    pub id: String,
    /// Its name on chain; empty before it has answered.
    #[serde(default)]
    pub name: Untrusted,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Publisher>,
    /// Its node address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Since when it does not answer, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<Down>,
    /// How much is wrong that somebody has to do something about.
    #[serde(default)]
    pub bad: u32,
    /// How much is to be watched.
    #[serde(default)]
    pub warn: u32,
    /// The gravest of it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Untrusted>,
    /// Tasks that run.
    #[serde(default)]
    pub running: u64,
    /// Tasks that wait.
    #[serde(default)]
    pub queued: u64,
    /// Tokens per second, over the last five seconds.
    #[serde(default)]
    pub tokens_per_second: u64,
    /// What was earned or spent in the last hour, in millionths of a CAI.
    #[serde(default)]
    pub hour: u64,
    /// The newest block that it has seen.
    #[serde(default)]
    pub block: u64,
    /// Its program's version.
    #[serde(default)]
    pub version: String,
}

impl GroupRow {
    /// A node that has not answered yet.
    pub fn new(id: String) -> Self {
        Self {
            id,
            name: Untrusted::default(),
            role: None,
            address: None,
            down: None,
            bad: 0,
            warn: 0,
            worst: None,
            running: 0,
            queued: 0,
            tokens_per_second: 0,
            hour: 0,
            block: 0,
            version: String::new(),
        }
    }
}

/// A node that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// When it first did not, on the clock of the dashboard.
    pub since: Millis,
    /// The newest reason, in words.
    pub reason: String,
}
