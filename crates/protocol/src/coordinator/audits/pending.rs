//! Audits that have not ended.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::event::Due;
use crate::task::{Millis, TaskId};

/// An audit that has not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// What is to be examined.
    pub due: Due,
    /// The place in the order of audits.
    pub(super) place: u64,
    /// The ticket is held at the moment.
    pub holds: bool,
    /// The miner that is examining it.
    pub assigned: Option<Assigned>,
    /// Who has examined it, and whether the answer is false on its own.
    pub verdicts: Vec<(Address, bool)>,
    /// Who was to examine it and had no result.
    pub failed: Vec<Address>,
    /// An examination compared no token or vector: there are none, and that nothing was found says nothing of the miner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_empty: bool,
    /// What the audit is for has been decided: only an examination that is running is waited for.
    pub is_over: bool,
}

/// A miner that examines an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// The examination.
    pub examination: TaskId,
    /// The miner.
    pub auditor: Address,
    /// The number of its ticket.
    pub number: u64,
    /// When it was given, in milliseconds since the Unix epoch.
    pub at: Millis,
}

impl Audit {
    /// Whether `own`, the coordinator's auditor, or enough others have examined it: `least`, or as many as are wanted.
    pub(super) fn is_examined(&self, own: &Address, least: u32) -> bool {
        self.verdicts.len() >= self.due.wanted.max(least) as usize
            || self.verdicts.iter().any(|(auditor, _)| auditor == own)
    }
}
