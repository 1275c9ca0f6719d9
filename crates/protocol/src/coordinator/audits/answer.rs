//! Answers of a miner that were examined.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::{audit::Findings, task::TaskId};

/// An answer that was examined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) task: TaskId,
    pub(super) manifest: B256,
    /// The sum of its scores: the largest are shown first.
    pub(super) score: f32,
    /// Who has examined it, and whether it is false on its own.
    pub(super) verdicts: Vec<(Address, bool)>,
    /// What jurors find with devices as these auditors have, where it speaks against the miner: a case is made of these.
    #[serde(default)]
    pub(super) for_jury: Vec<(Address, Findings)>,
}

impl Answer {
    pub(super) fn is_gross(&self) -> bool {
        self.verdicts.iter().any(|(_, gross)| *gross)
    }

    /// Whether one of these auditors says that it is false on its own.
    pub(super) fn is_false(&self, auditors: &[Address]) -> bool {
        self.verdicts.iter().any(|(auditor, gross)| *gross && auditors.contains(auditor))
    }
}
