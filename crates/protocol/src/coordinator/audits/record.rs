//! How many tasks are audited, and what audits say of each miner.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::task::{Millis, TaskId};

/// How many tasks are audited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// All of a miner's first tasks, up to this number.
    pub first: u64,
    /// The share of the later ones, in percent.
    pub percent: u32,
}

/// What audits say of a miner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Tasks that it has done, audits included.
    pub done: u64,
    /// Audits that agreed with it since it last stood alone.
    pub agreed: u64,
    /// Audits in which it stood alone against two.
    pub alone: u64,
    /// Points for differences; enough of them suspend it.
    pub points: u32,
    /// When it had too many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Millis>,
    /// The newest task in which it stood alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
}

/// The records of all miners; they are kept in a file.
pub type Records = BTreeMap<Address, AuditRecord>;
