//! Audits: a share of the tasks is done a second time, by a miner that is drawn, and compared.
//!
//! The second execution is a task like any other, so that nobody can tell it from an application's; only the coordinator knows, and
//! pays for it. Where two miners differ, a third one decides: a miner that stands alone against two that agree gets points, and
//! with enough of them no more tasks, for a time. One difference that noise might explain is never enough.

use std::sync::Arc;

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    audit::{Claim, Comparison, Difference},
    task::{Event, Finish, Kind, Millis, State, TaskId, TaskSpec},
};
use serde_json::{Value, json};

use self::cases::{AuditedRun, Case, Verdict};
use super::{funds::Limits, pool::Pool, state::Core};
use crate::node::coordinator::metrics;

mod cases;

pub use self::cases::{AuditRecord, Audits, Policy, Records};

/// An audit is given up when miners that had the task already were drawn more often than this: a miner with most of the stake is
/// drawn most often.
const MAX_REPEATS: u32 = 4;
/// Points of a difference far beyond any noise, and of others.
const GROSS_POINTS: u32 = 3;
const SMALL_POINTS: u32 = 1;
/// A miner with this many points is suspended.
const MAX_POINTS: u32 = 3;
/// How long a suspension lasts.
pub const SUSPENSION: Millis = 7 * 24 * 60 * 60 * 1000;
/// Miners of a model without which nothing can be compared, and nothing decided.
const COMPARE: usize = 2;
const DECIDE: usize = 3;

impl Core {
    /// What audits have found.
    pub fn audit_records(&self) -> &Records {
        &self.audits.records
    }

    /// The records, if they changed since the last time, and the evidence that is to be kept.
    pub fn audit_changes(&mut self) -> Option<(Records, Vec<(String, Value)>)> {
        std::mem::take(&mut self.audits.changed)
            .then(|| (self.audits.records.clone(), std::mem::take(&mut self.audits.evidence)))
    }

    /// Why a miner is suspended, if it is.
    pub fn suspended(&self, miner: &Address, now: Millis) -> Option<String> {
        let record = self.audits.records.get(miner)?;
        let until = record.suspended_at?.saturating_add(SUSPENSION);
        let task = record.task.map_or_else(String::new, |task| format!(", the last time for task {task}"));
        let seconds = until.checked_sub(now)? / 1000;
        let hours = seconds.div_ceil(3600);
        Some(format!(
            "its answers stood alone {} times against two miners that agreed{task}; it gets no tasks for {hours} hours",
            record.alone
        ))
    }

    /// What a miner delivered, taken before the task ends; `None` where no audit compares it.
    pub(super) fn run_of(&self, task: TaskId, miner: Address, finish: Finish) -> Option<AuditedRun> {
        if !self.audits.are_on() || self.tasks.get(&task)?.spec.kind() != Kind::Text {
            return None;
        }
        let live = self.live.get(&task)?;
        let claim = Claim {
            ids: live.token_ids.clone(),
            log_probabilities: live.log_probabilities.clone(),
            text: live.text.clone(),
            finish,
        };
        Some(AuditedRun { task, miner, claim })
    }

    /// A task was done: it may be audited, or be an audit itself.
    pub(super) fn audit(&mut self, run: AuditedRun, now: Millis) {
        self.audits.record(run.miner).done += 1;
        let Some(spec) = self.tasks.get(&run.task).map(|task| &task.spec) else { return };
        let Some(mut case) = self.audits.cases.remove(&run.task) else {
            if !run.claim.ids.is_empty() && !spec.audit && !self.draining && self.audits.wants(&run.miner) {
                let case = Case { spec: (**spec).clone(), runs: vec![run], repeats: 0 };
                if self.offering(&case) >= COMPARE {
                    self.again(case, now);
                }
            }
            return;
        };
        if case.runs.iter().any(|known| known.miner == run.miner) {
            case.repeats += 1;
            match case.repeats > MAX_REPEATS {
                true => self.close(case, now),
                false => self.again(case, now),
            }
            return;
        }
        case.runs.push(run);
        match (case.runs.len(), case.compare(0, 1)) {
            (2, Some(Comparison::Differ(_))) if self.offering(&case) >= DECIDE => self.again(case, now),
            _ => self.close(case, now),
        }
    }

    /// Miners that could be drawn for a case now or in a moment.
    fn offering(&self, case: &Case) -> usize {
        let pool = Pool::of(&case.spec);
        self.miners.values().filter(|miner| miner.frames.is_some() && miner.offers.contains_key(&pool)).count()
    }

    /// Has the task of a case done again.
    fn again(&mut self, case: Case, now: Millis) {
        let patience = case.spec.deadline.saturating_sub(case.spec.accepted_at);
        let id = TaskId(B256::from(rand::random::<[u8; 32]>()));
        let spec = TaskSpec {
            id,
            salt: B256::from(rand::random::<[u8; 32]>()),
            pick_salt: B256::ZERO,
            accepted_at: now,
            deadline: now + patience,
            caller: None,
            idempotency: None,
            rate: self.identity.prices.rate(&case.spec.model),
            scored: false,
            streamed: false,
            audit: true,
            ..case.spec.clone()
        };
        if let Err(error) = self.affordable(std::slice::from_ref(&spec), Limits::default()) {
            tracing::debug!(%error, "the escrow does not cover an audit; it is left out");
            return;
        }
        self.audits.cases.insert(id, case);
        let accepted = Event::Accepted { sequence: self.tasks.next_sequence(), spec: Arc::new(spec) };
        if self.apply(accepted, now).is_err() {
            self.audits.cases.remove(&id);
        }
    }

    /// A task has ended without a result; nothing comes of its case.
    pub(super) fn audit_ended(&mut self, id: &TaskId, now: Millis) {
        let done = self.tasks.get(id).is_some_and(|task| matches!(task.state, State::Done { .. }));
        if !done && let Some(case) = self.audits.cases.remove(id) {
            self.close(case, now);
        }
    }

    fn close(&mut self, case: Case, now: Millis) {
        match case.compare(0, 1) {
            Some(Comparison::Agree { .. }) => {
                metrics::audited("agreed");
                for run in &case.runs {
                    self.audits.record(run.miner).agreed += 1;
                }
            }
            Some(Comparison::Differ(_)) => match case.verdict() {
                Verdict::Alone(alone, difference) => self.stand_alone(&case, alone, difference, now),
                Verdict::Unclear => {
                    metrics::audited("unclear");
                    let miners: Vec<_> = case.runs.iter().map(|run| run.miner.to_string()).collect();
                    let miners = miners.join(", ");
                    tracing::warn!(task = %case.runs[0].task, miners, "the answers of miners differ, and no third one decides");
                }
            },
            Some(Comparison::Unclear) | None => metrics::audited("unclear"),
        }
    }

    fn stand_alone(&mut self, case: &Case, alone: usize, difference: Difference, now: Millis) {
        metrics::audited("differed");
        let Some(AuditedRun { task, miner, .. }) = case.runs.get(alone) else { return };
        let (task, miner) = (*task, *miner);
        for (index, run) in case.runs.iter().enumerate() {
            if let Some(document) = self.document(&run.task) {
                let role = if index == alone { "alone".to_owned() } else { format!("against-{index}") };
                self.audits.evidence.push((format!("{task}-{role}.json"), document));
            }
            if index != alone {
                self.audits.record(run.miner).agreed += 1;
            }
        }
        let record = self.audits.record(miner);
        // What was before an earlier suspension is over.
        if record.suspended_at.is_some_and(|at| at.saturating_add(SUSPENSION) <= now) {
            record.points = 0;
            record.suspended_at = None;
        }
        record.agreed = 0;
        record.task = Some(task);
        record.alone += 1;
        record.points += if difference.gross { GROSS_POINTS } else { SMALL_POINTS };
        let suspended = record.points >= MAX_POINTS;
        if suspended {
            record.suspended_at = Some(now);
        }
        let how = difference.kind.as_str();
        let points = record.points;
        tracing::warn!(%miner, %task, how, points, suspended, "the answer of a miner stood alone against two that agree");
        if suspended {
            metrics::suspended();
            let reason = self.suspended(&miner, now).unwrap_or_default();
            self.expel_one(miner, &reason, now);
        }
    }

    /// What `cuckoo audit receipt` and `cuckoo dispute open` read.
    fn document(&self, id: &TaskId) -> Option<Value> {
        match &self.tasks.get(id)?.state {
            State::Done { outcome, .. } => Some(json!({"receipt": outcome.receipt, "text": outcome.text})),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
