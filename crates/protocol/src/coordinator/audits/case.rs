//! Cases: tasks that are being done again, and what the executions of one say of each other.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::Address;

use super::record::{AuditRecord, Policy, Records};
use crate::{
    audit::{Claim, Comparison, Difference, compare_runs},
    entropy::Entropy,
    task::{Finish, Kind, Millis, Outcome, TaskId, TaskSpec},
};

/// Audits in a row that agreed, after which a fifth of the share is audited.
pub(in crate::coordinator) const CLEAN: u64 = 100;
/// Cases at once; more tasks are not audited.
const MAX_CASES: usize = 256;
/// How long a suspension lasts.
pub const SUSPENSION: Millis = 7 * 24 * 60 * 60 * 1000;

/// One execution.
#[derive(Clone, Debug)]
pub(in crate::coordinator) struct AuditedRun {
    pub(in crate::coordinator) task: TaskId,
    pub(in crate::coordinator) miner: Address,
    pub(in crate::coordinator) spec: Arc<TaskSpec>,
    pub(in crate::coordinator) outcome: Arc<Outcome>,
    pub(in crate::coordinator) log_probabilities: Vec<f32>,
}

impl AuditedRun {
    fn claim(&self) -> Claim {
        let Outcome { text, finish, prompt_tokens, completion_tokens, receipt, .. } = &*self.outcome;
        Claim {
            ids: receipt.token_ids.clone(),
            log_probabilities: self.log_probabilities.clone(),
            text: text.clone(),
            finish: Finish { reason: *finish, prompt_tokens: *prompt_tokens, completion_tokens: *completion_tokens },
        }
    }
}

/// A task that is audited: what was asked, and what each miner answered.
#[derive(Clone, Debug)]
pub(in crate::coordinator) struct Case {
    pub(in crate::coordinator) spec: Arc<TaskSpec>,
    pub(in crate::coordinator) runs: Vec<AuditedRun>,
    /// How often a miner was drawn that had the task already.
    pub(in crate::coordinator) repeats: u32,
}

/// The policy of audits, what they have found, and those that are running.
#[derive(Clone, Debug, Default)]
pub(in crate::coordinator) struct Audits {
    policy: Policy,
    records: Records,
    /// By the task that is being done again.
    cases: BTreeMap<TaskId, Case>,
    changed: bool,
}

/// What three executions say.
#[derive(Debug, PartialEq)]
pub(in crate::coordinator) enum Verdict {
    /// This one stands alone.
    Alone(usize, Difference),
    /// The executions do not decide it.
    Unclear,
}

impl Audits {
    /// Audits that go on from the records of an earlier run.
    pub(in crate::coordinator) fn new(policy: Policy, records: Records) -> Self {
        Self { policy, records, ..Self::default() }
    }

    fn are_on(&self) -> bool {
        self.policy.first > 0 || self.policy.percent > 0
    }

    /// Whether results of a task are looked at.
    pub(in crate::coordinator) fn takes(&self, spec: &TaskSpec) -> bool {
        self.are_on() && spec.kind() == Kind::Text
    }

    /// Whether a result of this miner is to be compared with another one.
    pub(in crate::coordinator) fn wants(&self, miner: &Address, entropy: &mut impl Entropy) -> bool {
        let Policy { first, percent } = self.policy;
        let record = self.records.get(miner);
        let (done, agreed) = record.map_or((0, 0), |record| (record.done, record.agreed));
        if !self.are_on() || self.cases.len() >= MAX_CASES {
            return false;
        }
        let share = f64::from(percent) / if agreed >= CLEAN { 500.0 } else { 100.0 };
        done <= first || entropy.chance(share)
    }

    pub(in crate::coordinator) fn record(&mut self, miner: Address) -> &mut AuditRecord {
        self.changed = true;
        self.records.entry(miner).or_default()
    }

    /// What audits have found.
    pub(in crate::coordinator) fn records(&self) -> &Records {
        &self.records
    }

    /// True once after the records have changed.
    pub(in crate::coordinator) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    pub(in crate::coordinator) fn open_case(&mut self, task: TaskId, case: Case) {
        self.cases.insert(task, case);
    }

    /// The case for which a task is being done again; it is taken out.
    pub(in crate::coordinator) fn take_case(&mut self, task: &TaskId) -> Option<Case> {
        self.cases.remove(task)
    }

    /// Why a miner is suspended, if it is.
    pub(in crate::coordinator) fn suspended(&self, miner: &Address, now: Millis) -> Option<String> {
        let record = self.records.get(miner)?;
        let until = record.suspended_at?.saturating_add(SUSPENSION);
        let task = record.task.map_or_else(String::new, |task| format!(", the last time for task {task}"));
        let seconds = until.checked_sub(now)? / 1000;
        let hours = seconds.div_ceil(3600);
        Some(format!(
            "its answers stood alone {} times against two miners that agreed{task}; it gets no tasks for {hours} hours",
            record.alone
        ))
    }
}

impl Case {
    /// What two of its executions say of each other.
    pub(in crate::coordinator) fn compare(&self, one: usize, other: usize) -> Option<Comparison> {
        let (one, other) = (self.runs.get(one)?, self.runs.get(other)?);
        Some(compare_runs(&self.spec.sampling, &one.claim(), &other.claim()))
    }

    /// What the first three say of each other.
    pub(in crate::coordinator) fn verdict(&self) -> Verdict {
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
