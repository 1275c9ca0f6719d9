//! A coordinator's journal as dashboards show it, and the replicas that follow.

use serde::{Deserialize, Serialize};

use crate::{Untrusted, task::Millis};

/// How a coordinator's journal does, and who could go on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalInfo {
    /// What it is kept in.
    pub place: JournalPlace,
    /// How long its newest transactions took on average, in microseconds; 0 before the first one.
    pub commit_us: u64,
    /// Events since its checkpoint, which the next start reads.
    pub events: u64,
    /// The replicas that follow this one, the longest first; none where it does not listen for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Vec<ReplicaRow>>,
}

/// What keeps a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalPlace {
    /// A file of this machine: no other coordinator can go on with it.
    #[default]
    File,
    /// A PostgreSQL server.
    Postgres,
    /// NATS JetStream.
    Nats,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl JournalPlace {
    /// As a sentence goes on after "in".
    pub const fn words(self) -> &'static str {
        match self {
            Self::File => "a file of this machine",
            Self::Postgres => "PostgreSQL",
            Self::Nats => "NATS JetStream",
            Self::Unknown => "a place that this version does not know",
        }
    }

    /// Whether other coordinators of the same key can go on with it.
    pub const fn is_shared(self) -> bool {
        !matches!(self, Self::File)
    }
}

/// A replica that follows the publishing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaRow {
    /// Where its connection comes from.
    pub address: Untrusted,
    /// Since when.
    pub since: Millis,
}
