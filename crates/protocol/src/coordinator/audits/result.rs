//! What an examination has found, and how it is taken in.

use alloy::primitives::Address;

use super::{accusation::is_against, event::AuditEvent};
use crate::{
    assign::log::Entry,
    audit::{Claim, Examined, Findings, assess},
    coordinator::{
        effect::{Effect, Settled},
        event::Event,
        receipt::Finished,
        sessions::LeaseId,
        state::Coordinator,
        work::Work,
    },
    ledger::Ended,
    task::{Finish, Outcome, State, Task, TaskId},
};

/// What a task's miner claims.
fn claim(task: &Task) -> Option<Claim> {
    let State::Done { outcome, .. } = &task.state else { return None };
    let Outcome { text, finish, prompt_tokens, completion_tokens, log_probabilities, receipt, .. } = &**outcome;
    Some(Claim {
        ids: receipt.token_ids.clone(),
        log_probabilities: log_probabilities.clone(),
        text: text.clone(),
        finish: Finish {
            reason: *finish,
            prompt_tokens: *prompt_tokens,
            completion_tokens: *completion_tokens,
            stop: None,
        },
    })
}

impl Coordinator {
    /// Something happens in an audit.
    pub(in crate::coordinator) fn note(&mut self, event: AuditEvent, work: &mut Work<'_>) {
        let ended = super::fold::apply(&mut self.audits.book, &mut self.money.accounts, &event);
        if let Some(task) = event.task() {
            self.leave_audit(&task, work);
        }
        if matches!(event, AuditEvent::Confirmed { .. } | AuditEvent::Reinstated { .. }) {
            self.audits.find_convicts();
        }
        self.record(Event::from(event), work);
        for ended in ended {
            self.ticket_ended(&ended, work);
        }
    }

    /// Nobody has to examine a task's answer, nor to keep it, once its audit has ended.
    pub(super) fn leave_audit(&mut self, task: &TaskId, work: &mut Work<'_>) {
        if self.audits.book.audit(task).is_some() {
            return;
        }
        if self.audits.running.remove(task).is_some() {
            work.effect(Effect::Unexamine(*task));
        }
        self.unpin(task, work.now);
    }

    /// A ticket counts from now on.
    pub(in crate::coordinator) fn ticket_ended(&mut self, ended: &Ended, work: &mut Work<'_>) {
        if self.money.ended(ended, work.now) {
            self.owe(ended.miner, None, work);
        }
    }

    /// A miner has examined an answer: its receipt counts as one for a task.
    pub(in crate::coordinator) fn examination_finished(
        &mut self,
        lease: LeaseId,
        finished: &Finished,
        work: &mut Work<'_>,
    ) {
        let Some(miner) = self.sessions.get_mut(&lease.node) else { return };
        let Some(examining) = miner.examining.remove(&lease.task) else { return };
        let outcome = &finished.outcome;
        let examined = match Examined::decode(&outcome.text) {
            Ok(examined) => examined,
            Err(error) => {
                return self.not_examined(examining.task, lease.node, &error.to_string(), false, work);
            }
        };
        let owed = examining.spec.quote().owed(outcome.prompt_tokens, 0);
        let class = examining.promise.class.clone();
        let seed = examining.spec.examine.as_ref().map_or(0, |examine| examine.seed);
        if self.take_result(examining.task, lease.node, class, (&examined, seed), owed, work) {
            let settled = Settled {
                task: lease.task,
                attempt: lease.attempt,
                number: outcome.receipt.ticket.number,
                receipt: finished.digest,
                owed,
            };
            self.owe(lease.node, Some(settled), work);
        }
    }

    /// Takes in what a model says of an answer, at places that this seed gives; false where it says nothing of it.
    pub(super) fn take_result(
        &mut self,
        task: TaskId,
        auditor: Address,
        class: String,
        examined: (&Examined, u64),
        owed: u128,
        work: &mut Work<'_>,
    ) -> bool {
        let Some(findings) = self.assess(&task, &class, examined) else {
            // That is not the auditor's doing.
            let reason = "its answer is not kept".to_owned();
            self.note(AuditEvent::Returned { task, auditor, reason, again: false, missed: false }, work);
            return false;
        };
        if let Some(reason) = findings.unverified {
            self.not_examined(task, auditor, &reason, false, work);
            return false;
        }
        let for_jury = is_against(&findings).then(|| self.assess_for_jury(&task, &class, examined.0)).flatten();
        let for_jury = for_jury.filter(is_against).map(Box::new);
        self.note(AuditEvent::Examined { task, auditor, class, findings, for_jury, owed }, work);
        self.conclude(task, auditor, work);
        self.look_for_auditors(work);
        true
    }

    fn assess(&self, task: &TaskId, class: &str, (examined, seed): (&Examined, u64)) -> Option<Findings> {
        let due = &self.audits.book.audit(task)?.due;
        let task = self.tasks.get(task)?;
        let family = self.manifest(&due.manifest).map_or_else(String::new, |manifest| manifest.family());
        let sampling = &task.spec.sampling;
        let claim = claim(task)?;
        if !examined.is_at_drawn_places(seed, claim.ids.len() as u32) {
            return Some(Findings::unverified("its tokens are not those that were drawn"));
        }
        let calibrations = &self.identity.calibrations;
        Some(assess(calibrations, &family, &due.class, class, sampling, &claim, examined, due.context))
    }

    /// The same as jurors see it, who know the class of the miner's device where its receipt commits to it, and by no other word.
    fn assess_for_jury(&self, task: &TaskId, class: &str, examined: &Examined) -> Option<Findings> {
        let due = &self.audits.book.audit(task)?.due;
        let task = self.tasks.get(task)?;
        let State::Done { outcome, .. } = &task.state else { return None };
        let family = self.manifest(&due.manifest).map_or_else(String::new, |manifest| manifest.family());
        let (claim, sampling) = (claim(task)?, &task.spec.sampling);
        let calibrations = &self.identity.calibrations;
        Some(assess(calibrations, &family, &outcome.class, class, sampling, &claim, examined, due.context))
    }

    /// The assignment log says that no miner holds a task any more.
    pub(in crate::coordinator) fn log_release(&self, task: TaskId, miner: Address, lost: bool, work: &mut Work<'_>) {
        let (ticket, receipt) = work.receipt.take().unzip();
        work.log(Entry::Released { task, miner, lost, receipt, ticket });
    }
}
