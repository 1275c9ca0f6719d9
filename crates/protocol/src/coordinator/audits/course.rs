//! The course of an audit: which results are compared, by whom they are done again, and what comes of it.

use super::case::{AuditedRun, Case, SUSPENSION, Verdict};
use crate::{
    audit::{Comparison, Difference},
    coordinator::{
        effect::{Effect, Metric, Notice},
        input::{Limits, Submission},
        state::Coordinator,
        submit_error::SubmitError,
        work::{Next, Work},
    },
    entropy::Entropy,
    task::{TaskId, TaskSpec},
    wire::CloseCode,
};
use alloy::primitives::B256;
use serde_json::json;

/// An audit is given up when miners that had the task already were drawn more often than this: a miner with most of the stake is
/// drawn most often.
const MAX_REPEATS: u32 = 4;
/// Points of a difference far beyond any noise, and of others.
const GROSS_POINTS: u32 = 3;
const SMALL_POINTS: u32 = 1;
/// A miner with this many points is suspended.
const MAX_POINTS: u32 = 3;
/// Miners of a model without which nothing can be compared, and nothing decided.
const COMPARE: usize = 2;
const DECIDE: usize = 3;

impl Coordinator {
    /// A task was done: it may be audited, or be an audit itself.
    pub(in crate::coordinator) fn audit(&mut self, run: AuditedRun, entropy: &mut impl Entropy, work: &mut Work<'_>) {
        self.audits.record(run.miner).done += 1;
        let Some(mut case) = self.audits.take_case(&run.task) else {
            let can_be_compared = !run.outcome.receipt.token_ids.is_empty() && !run.spec.audit && !self.draining;
            if can_be_compared && self.audits.wants(&run.miner, entropy) && self.draws.offers(&run.spec) >= COMPARE {
                let case = Case { spec: run.spec.clone(), runs: vec![run], repeats: 0 };
                self.again(case, entropy, work);
            }
            return;
        };
        if case.runs.iter().any(|known| known.miner == run.miner) {
            case.repeats += 1;
            match case.repeats > MAX_REPEATS {
                true => work.follow(Next::Close(Box::new(case))),
                false => self.again(case, entropy, work),
            }
            return;
        }
        case.runs.push(run);
        let differs = matches!(case.compare(0, 1), Some(Comparison::Differ(_)));
        match case.runs.len() == 2 && differs && self.draws.offers(&case.spec) >= DECIDE {
            true => self.again(case, entropy, work),
            false => work.follow(Next::Close(Box::new(case))),
        }
    }

    /// Has the task of a case done again.
    fn again(&mut self, case: Case, entropy: &mut impl Entropy, work: &mut Work<'_>) {
        let now = work.now;
        let id = TaskId(entropy.word());
        let spec = TaskSpec {
            id,
            salt: entropy.word(),
            pick_salt: B256::ZERO,
            accepted_at: now,
            deadline: now + case.spec.deadline.saturating_sub(case.spec.accepted_at),
            caller: None,
            idempotency: None,
            rate: self.identity.prices.rate(&case.spec.model),
            scored: false,
            streamed: false,
            audit: true,
            ..(*case.spec).clone()
        };
        if let Err(error) = self.money.affordable(std::iter::once(&spec), Limits::default()) {
            if let SubmitError::EscrowExhausted { .. } = error {
                self.tell_exhausted(work);
            }
            return work.notice(Notice::AuditLeftOut(case.runs[0].task));
        }
        self.audits.open_case(id, case);
        if self.accept(Submission::from(spec), work).is_err() {
            self.audits.take_case(&id);
        }
    }

    /// Nothing more comes to a case: what its executions say counts.
    pub(in crate::coordinator) fn close_case(&mut self, case: &Case, work: &mut Work<'_>) {
        match case.compare(0, 1) {
            Some(Comparison::Agree { .. }) => {
                work.count(Metric::Audited("agreed"));
                for run in &case.runs {
                    self.audits.record(run.miner).agreed += 1;
                }
            }
            Some(Comparison::Differ(_)) => match case.verdict() {
                Verdict::Alone(alone, difference) => self.stand_alone(case, alone, difference, work),
                Verdict::Unclear => {
                    work.count(Metric::Audited("unclear"));
                    let miners: Vec<_> = case.runs.iter().map(|run| run.miner.to_string()).collect();
                    work.notice(Notice::Undecided { task: case.runs[0].task, miners: miners.join(", ") });
                }
            },
            Some(Comparison::Unclear) | None => work.count(Metric::Audited("unclear")),
        }
    }

    fn stand_alone(&mut self, case: &Case, alone: usize, difference: Difference, work: &mut Work<'_>) {
        work.count(Metric::Audited("differed"));
        let Some(AuditedRun { task, miner, .. }) = case.runs.get(alone) else { return };
        let (task, miner, now) = (*task, *miner, work.now);
        for (index, run) in case.runs.iter().enumerate() {
            let role = if index == alone { "alone".to_owned() } else { format!("against-{index}") };
            // What `cuckoo audit receipt` and `cuckoo dispute open` read.
            let document = json!({"receipt": run.outcome.receipt, "text": run.outcome.text});
            work.effect(Effect::Evidence { name: format!("{task}-{role}.json"), document });
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
        let points = record.points;
        let suspended = points >= MAX_POINTS;
        if suspended {
            record.suspended_at = Some(now);
        }
        work.notice(Notice::StoodAlone { miner, task, how: difference.kind.as_str(), points, suspended });
        if suspended {
            work.count(Metric::Suspended);
            let session = self.sessions.get(&miner).and_then(|miner| miner.session);
            if let (Some(session), Some(reason)) = (session, self.suspended(&miner, now)) {
                self.disconnect(miner, session, &reason, Some(CloseCode::Suspended), work);
            }
        }
    }
}
