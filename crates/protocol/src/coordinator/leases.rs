//! What miners say of the tasks that they hold: how these go on, and how they end.

use super::{
    audits::AuditedRun,
    effect::Notice,
    receipt::Finished,
    sessions::LeaseId,
    state::Coordinator,
    work::{Next, Work},
};
use crate::{
    task::{Event, Fault, State},
    wire::RefuseCode,
};

impl Coordinator {
    /// The miner has accepted a lease.
    pub(super) fn started(&mut self, lease: LeaseId, work: &mut Work<'_>) {
        let LeaseId { task, attempt, .. } = lease;
        let is_new = self.tasks.get(&task).is_some_and(|task| matches!(task.state, State::Leased { .. }));
        if is_new && self.sessions.holds(&lease).is_some() {
            self.apply_or_tell(Event::Started { task, attempt }, work);
        }
    }

    /// The miner does not do it.
    pub(super) fn refused(&mut self, lease: LeaseId, code: RefuseCode, reason: String, work: &mut Work<'_>) {
        let Some(held) = self.sessions.holds(&lease) else { return };
        let LeaseId { node, task, attempt, .. } = lease;
        let event = match code {
            RefuseCode::Busy => {
                // Offer it tasks again only when it says what slots it has.
                let miner = self.sessions.get_mut(&node);
                if let Some(slots) = miner.and_then(|miner| miner.offers.get_mut(&held.pool)) {
                    slots.total = 0;
                    slots.usable = 0;
                }
                self.log_offer(&node, work);
                Event::Refused { task, attempt, reason }
            }
            RefuseCode::Invalid => Event::Failed { task, fault: Fault::Request, reason },
            RefuseCode::Failed => Event::Lost { task, attempt, reason },
        };
        self.apply_or_tell(event, work);
    }

    /// A lease goes on.
    pub(super) fn progress(&mut self, lease: LeaseId, tokens: u32, work: &mut Work<'_>) {
        if self.sessions.holds(&lease).is_none() {
            return;
        }
        self.started(lease, work);
        if let Some(live) = self.readers.get_mut(&lease.task) {
            live.attempt_first_token_at.get_or_insert(work.now);
            live.first_token_at.get_or_insert(work.now);
            live.completion_tokens = tokens;
        }
        self.generation += 1;
    }

    /// The end of a lease, with a result that was checked.
    pub(super) fn finished(&mut self, lease: LeaseId, finished: Finished, work: &mut Work<'_>) {
        if self.sessions.holds(&lease).is_none() {
            return work.notice(Notice::Late(lease));
        }
        let LeaseId { node, task, attempt, .. } = lease;
        let Finished { outcome, log_probabilities } = finished;
        let tokens = outcome.completion_tokens;
        self.counts.completion_tokens += u64::from(tokens);
        let live = self.readers.get_mut(&task).map(|live| {
            live.completion_tokens = tokens;
            if tokens > 0 || !outcome.text.is_empty() {
                // It may be there all at once.
                live.attempt_first_token_at.get_or_insert(work.now);
                live.first_token_at.get_or_insert(work.now);
            }
            (live.leased_at, live.attempt_first_token_at)
        });
        if let Some(miner) = self.sessions.get_mut(&node) {
            miner.done += 1;
            let (leased, first) = live.unwrap_or((work.now, None));
            miner.quality.done(leased, first, tokens, work.now);
        }
        let spec = self.tasks.get(&task).map(|task| task.spec.clone());
        let run = spec.filter(|spec| self.audits.takes(spec)).map(|spec| AuditedRun {
            task,
            miner: node,
            spec,
            outcome: outcome.clone(),
            log_probabilities,
        });
        self.apply_or_tell(Event::Done { task, attempt, outcome }, work);
        if let Some(run) = run {
            work.follow(Next::Audit(Box::new(run)));
        }
    }

    /// The miner sent something wrong or too much.
    pub(super) fn broken(&mut self, lease: LeaseId, reason: String, work: &mut Work<'_>) {
        if self.sessions.holds(&lease).is_some() {
            let LeaseId { task, attempt, .. } = lease;
            self.apply_or_tell(Event::Lost { task, attempt, reason }, work);
        }
    }

    /// Readers were given something else already.
    pub(super) fn diverged(&mut self, lease: LeaseId, reason: String, work: &mut Work<'_>) {
        if self.sessions.holds(&lease).is_some() {
            self.apply_or_tell(Event::Failed { task: lease.task, fault: Fault::Network, reason }, work);
        }
    }
}
