//! How events change the state: applied, recorded, and followed by what comes of them.

use alloy::primitives::Address;

use super::{
    draws::PoolId,
    effect::{Effect, Metric, Notice},
    readers::Ended,
    sessions::LeaseId,
    state::Coordinator,
    work::{Next, Work},
};
use crate::task::{self, Event, Millis, State, TaskId, TransitionError};

/// A miner that has said nothing of a task for this long, or for half of the time that there was for it, has let it run out.
const FAIR: Millis = 10_000;
/// Where there was less time than this nobody is to blame: no miner may be fast enough.
const LEAST: Millis = 3_000;

/// How a task leaves its miner.
#[derive(Clone, Copy)]
struct Released {
    /// It counts as one that the miner has lost.
    is_lost: bool,
    /// The miner is not asked again for it.
    is_excluded: bool,
}

impl Coordinator {
    /// Applies an event and records it. One that does not apply changes nothing.
    pub(super) fn apply(&mut self, event: Event, work: &mut Work<'_>) -> Result<(), TransitionError> {
        let id = event.task();
        let before = self.tasks.get(&id).and_then(|task| Some((task.state.miner()?, task.attempt)));
        let effects = self.tasks.apply(&event)?;
        if let Event::Lost { reason, .. }
        | Event::Failed { reason, .. }
        | Event::Refused { reason, .. }
        | Event::Rejected { reason, .. } = &event
        {
            work.notice(Notice::WithoutResult { task: id, reason: reason.clone() });
        }
        let outcome = Released {
            is_lost: matches!(event, Event::Lost { .. }) || self.is_dropped(&event, work.now),
            is_excluded: matches!(event, Event::Lost { .. } | Event::Rejected { .. }),
        };
        self.audits.book.apply_task(&event);
        if let Event::Accepted { spec, .. } = &event {
            self.keys.note(spec);
        }
        if let Some(ended) = self.money.accounts.apply(&event) {
            self.ticket_ended(&ended, work);
        }
        self.record(event.into(), work);
        for effect in effects {
            match effect {
                task::Effect::Stop { task, attempt, miner: node } => {
                    // A miner whose session is over has stopped already. It is asked before the task is taken from it.
                    let session = self.sessions.get(&node).and_then(|miner| {
                        miner
                            .session
                            .filter(|session| miner.held.get(&task).is_some_and(|held| held.session == *session))
                    });
                    if let Some(session) = session {
                        let lease = LeaseId { node, session, task, attempt };
                        work.effect(Effect::Stop { lease });
                    }
                }
                task::Effect::Enqueue(id) => {
                    self.release(before, &id, outcome, work);
                    self.enqueue(&id, work);
                }
                task::Effect::Ended(id) => {
                    self.money.accounts.close(&id);
                    self.release(before, &id, outcome, work);
                    self.end(&id, work);
                }
            }
        }
        Ok(())
    }

    /// Something is recorded.
    pub(super) fn record(&mut self, event: super::event::Event, work: &mut Work<'_>) {
        work.effect(Effect::Record(event));
        self.since_checkpoint += 1;
        self.generation += 1;
    }

    /// Whether an event ends a task whose miner has given no token of it for longer than is fair: who lets tasks run out has lost them,
    /// and an application that asks for the impossible must not make all miners pause. What came while the coordinator slept was not
    /// read yet, and while sessions end it is not known whose fault that is.
    fn is_dropped(&self, event: &Event, now: Millis) -> bool {
        let Event::Expired { task } = event else { return false };
        let (Some(live), Some(task)) = (self.readers.get(task), self.tasks.get(task)) else { return false };
        let fair = (task.spec.deadline.saturating_sub(task.spec.accepted_at) / 2).clamp(LEAST, FAIR);
        let fair = match live.attempt_first_token_at {
            Some(_) => fair,
            None => fair.max(self.readers.waits.fair(live.pool, &task.spec)),
        };
        let is_clear = now >= self.doubt.excused_until && self.doubt.open.is_none();
        is_clear && live.said_at.is_some_and(|at| now.saturating_sub(at) >= fair)
    }

    /// No miner holds the task any more.
    fn release(&mut self, before: Option<(Address, u32)>, id: &TaskId, outcome: Released, work: &mut Work<'_>) {
        let Some((holder, _)) = before else { return };
        let Some((miner, held)) = self.sessions.release(&holder, id) else { return };
        if outcome.is_lost {
            miner.lost += 1;
            self.counts.lost += 1;
            miner.quality.lost(work.now);
            work.count(Metric::Lost);
        }
        self.log_release(*id, holder, outcome.is_excluded, work);
        self.refresh(&holder, held.pool);
        self.judge(holder, work);
        self.ready(held.pool, work);
    }

    /// Tasks of a pool may be drawn for, once what is at hand is done.
    pub(super) fn ready(&mut self, pool: PoolId, work: &mut Work<'_>) {
        if self.draws.mark_ready(pool) {
            work.follow(Next::Dispatch(pool));
        }
    }

    /// A task waits for a miner.
    fn enqueue(&mut self, id: &TaskId, work: &mut Work<'_>) {
        let (Some(task), Some(live)) = (self.tasks.get(id), self.readers.get_mut(id)) else { return };
        let pool = live.pool;
        live.attempt_first_token_at = None;
        // The next attempt's tokens are counted from the first on.
        live.completion_tokens = 0;
        self.draws.enqueue(pool, task.sequence, *id);
        if task.attempt > 0 {
            work.effect(Effect::Queued(*id));
        }
        self.ready(pool, work);
    }

    fn end(&mut self, id: &TaskId, work: &mut Work<'_>) {
        let Some(task) = self.tasks.get(id).cloned() else { return };
        match &task.state {
            State::Done { .. } => self.counts.done += 1,
            State::Cancelled => self.counts.cancelled += 1,
            _ => self.counts.failed += 1,
        }
        let live = self.readers.close(id);
        if let Some(live) = &live {
            self.draws.close(live.pool, task.sequence);
        }
        let first_token_at = live.as_ref().and_then(|live| live.first_token_at);
        // Who waits gets it now, and what was taken back is nobody's to fetch.
        let is_unread = task.state != State::Cancelled && live.as_ref().is_none_or(|live| live.waiters == 0);
        self.readers.note(Ended {
            task: *id,
            first_token_at,
            ended_at: Some(work.now),
            completion_tokens: live.map_or(0, |live| live.completion_tokens),
        });
        work.effect(Effect::Ended(task.clone()));
        let caller = task.spec.caller.as_deref();
        self.readers.shelves.keep(caller, *id, task.bytes(), is_unread, work.now);
        self.forget(caller, work.now);
        work.count(Metric::Ended { task: task.clone(), first_token_at });
    }

    /// A task that was kept to be examined may be forgotten.
    pub(super) fn unpin(&mut self, id: &TaskId, now: Millis) {
        if self.readers.unpin(id)
            && let Some(task) = self.tasks.get(id).cloned()
        {
            let caller = task.spec.caller.as_deref();
            self.readers.shelves.keep(caller, *id, task.bytes(), false, now);
            self.forget(caller, now);
        }
    }

    /// What is to be examined is kept until it has been, what was found of a suspect until the suspicion has ended, and what the court is
    /// shown until it has decided.
    fn is_needed(&self, id: &TaskId) -> bool {
        let book = &self.audits.book;
        let by = self.tasks.get(id).and_then(|task| book.record(&task.state.miner()?));
        let is_of_suspect = || by.is_some_and(|record| record.is_suspected() && record.has_answer(id));
        book.audit(id).is_some() || book.is_exhibit(id) || is_of_suspect()
    }

    /// Forgets the oldest tasks that have ended, where a caller has more than are kept. Their idempotency keys stay.
    pub(super) fn forget(&mut self, caller: Option<&str>, now: Millis) {
        while let Some(id) = self.readers.shelves.forget(caller, now) {
            if self.is_needed(&id) {
                self.readers.pin(id);
                continue;
            }
            self.tasks.forget(&id);
        }
    }
}
