//! What audits know: a record of each miner, and the tasks that are being done again.

use std::collections::{BTreeMap, HashMap};

use alloy::primitives::Address;
use cuckoo_protocol::{
    audit::{Claim, Comparison, Difference, compare_runs},
    task::{Millis, TaskId, TaskSpec},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Audits in a row that agreed, after which a fifth of the share is audited.
pub(super) const CLEAN: u64 = 100;
/// Cases at once; more tasks are not audited.
const MAX_CASES: usize = 256;

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

/// One execution.
#[derive(Clone, Debug)]
pub(in crate::node::coordinator::core) struct AuditedRun {
    pub(super) task: TaskId,
    pub(super) miner: Address,
    pub(super) claim: Claim,
}

/// A task that is audited: what was asked, and what each miner answered.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) spec: TaskSpec,
    pub(super) runs: Vec<AuditedRun>,
    pub(super) repeats: u32,
}

/// The policy of audits, what they have found, and those that are running.
#[derive(Debug, Default)]
pub struct Audits {
    pub(super) policy: Policy,
    pub(super) records: Records,
    /// By the task that is being done again.
    pub(super) cases: HashMap<TaskId, Case>,
    pub(super) changed: bool,
    /// Documents of the miner that stood alone, and of those that stood against it, by name.
    pub(super) evidence: Vec<(String, Value)>,
}

/// What three executions say.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// This one stands alone.
    Alone(usize, Difference),
    /// The executions do not decide it.
    Unclear,
}

impl Audits {
    /// Audits that go on from the records of an earlier run.
    pub fn new(policy: Policy, records: Records) -> Self {
        Self { policy, records, ..Self::default() }
    }

    pub(super) fn are_on(&self) -> bool {
        self.policy.first > 0 || self.policy.percent > 0
    }

    pub(super) fn wants(&self, miner: &Address) -> bool {
        let Policy { first, percent } = self.policy;
        let record = self.records.get(miner);
        let (done, agreed) = record.map_or((0, 0), |record| (record.done, record.agreed));
        if !self.are_on() || self.cases.len() >= MAX_CASES {
            return false;
        }
        let share = f64::from(percent) / if agreed >= CLEAN { 500.0 } else { 100.0 };
        done <= first || rand::random_bool(share.clamp(0.0, 1.0))
    }

    pub(super) fn record(&mut self, miner: Address) -> &mut AuditRecord {
        self.changed = true;
        self.records.entry(miner).or_default()
    }
}

impl Case {
    pub(super) fn compare(&self, one: usize, other: usize) -> Option<Comparison> {
        let (one, other) = (self.runs.get(one)?, self.runs.get(other)?);
        Some(compare_runs(&self.spec.sampling, &one.claim, &other.claim))
    }

    /// What the first three say of each other.
    pub(super) fn verdict(&self) -> Verdict {
        // An execution stands alone if it differs from both others while these agree.
        for (alone, first, second) in [(0, 1, 2), (1, 0, 2), (2, 0, 1)] {
            let agree = matches!(self.compare(first, second), Some(Comparison::Agree { .. }));
            if let (true, Some(Comparison::Differ(one)), Some(Comparison::Differ(other))) =
                (agree, self.compare(alone, first), self.compare(alone, second))
            {
                return Verdict::Alone(alone, Difference { gross: one.gross && other.gross, ..one });
            }
        }
        Verdict::Unclear
    }
}
