//! Events as dashboards show them.

use serde::{Deserialize, Serialize};

use crate::{Untrusted, task::Millis};

/// At most this many events are kept.
pub const MOST_EVENTS: usize = 500;

/// How much an event matters, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Somebody has to act.
    Bad,
    /// Somebody should keep an eye on it.
    Warn,
    /// It is good to know.
    #[serde(other)]
    Info,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A task.
    Task,
    /// Another node.
    Node,
    /// Money.
    Money,
    /// A device.
    Device,
    /// The chain or the court.
    Chain,
    /// The publishing node, or something that this version does not know.
    #[serde(other)]
    Own,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// What tells it from every other event of its node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// When it was seen.
    pub at: Millis,
    /// How much it matters.
    pub level: Level,
    /// What it is about.
    pub topic: Topic,
    /// The task, the node or the case that it is about, as commands take it; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What happened.
    pub words: Untrusted,
}
