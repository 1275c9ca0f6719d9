//! How tasks are accepted, all of one request or none of them; who waits for them; and how they are taken back.

use super::{
    effect::Notice,
    input::{Interest, Limits, Submission},
    readers::Live,
    state::Coordinator,
    submit_error::SubmitError,
    work::Work,
};
use crate::task::{Event, Idempotency, State, TaskId, TaskSpec, TransitionError};

/// Bytes of the prompts of all tasks that have not ended, at most: they are in memory, and one record of the journal, which databases
/// limit to a gigabyte, may have all of them. More are refused until some have ended.
const MAX_OPEN_BYTES: usize = 512 << 20;

impl Coordinator {
    /// Takes responsibility for the tasks of one request, for all or for none.
    pub(super) fn submit(
        &mut self,
        tasks: Vec<Submission>,
        limits: Limits,
        interest: Interest,
        work: &mut Work<'_>,
    ) -> Result<Vec<TaskId>, SubmitError> {
        let (mut ids, mut fresh) = (Vec::with_capacity(tasks.len()), Vec::with_capacity(tasks.len()));
        for mut submission in tasks {
            if let Some(id) = self.known(&submission.spec)? {
                ids.push(id);
                continue;
            }
            let id = submission.spec.id;
            if self.tasks.get(&id).is_some() || ids.contains(&id) {
                work.notice(Notice::RepeatedId(id));
                return Err(SubmitError::RepeatedId);
            }
            let (prices, model) = (&self.identity.prices, &submission.spec.model);
            submission.spec.rate = if limits.batch { prices.batch_rate(model) } else { prices.rate(model) };
            ids.push(id);
            fresh.push(submission);
        }
        self.fit(&mut fresh, limits, work.now);
        self.acceptable(&fresh, limits, interest, work)?;
        for submission in fresh {
            if let Err(error) = self.accept(submission, work) {
                work.notice(Notice::NotApplied(error));
                return Err(SubmitError::RepeatedId);
            }
        }
        ids.iter().for_each(|id| self.wait_for(id, interest));
        Ok(ids)
    }

    /// Counts one connection more that waits for a task, if it has not ended.
    pub(super) fn wait_for(&mut self, id: &TaskId, interest: Interest) {
        if interest != Interest::Nothing
            && let Some(live) = self.readers.get_mut(id)
        {
            live.waiters += 1;
            live.seen |= interest == Interest::Stream;
        }
    }

    /// Accepts one task.
    pub(super) fn accept(&mut self, submission: Submission, work: &mut Work<'_>) -> Result<(), TransitionError> {
        let Submission { spec, commitments } = submission;
        if self.tasks.get(&spec.id).is_some() {
            return Err(TransitionError::Duplicate(spec.id));
        }
        let pool = self.draws.intern(spec.kind(), &spec.model);
        self.draws.open(pool);
        self.readers.open(spec.id, Live::new(pool, commitments));
        self.bind(pool, work);
        self.apply(Event::Accepted { sequence: self.tasks.next_sequence(), spec: spec.into() }, work)
    }

    /// The task of an earlier request with the same idempotency key.
    fn known(&self, spec: &TaskSpec) -> Result<Option<TaskId>, SubmitError> {
        let Some(Idempotency { key, body }) = spec.idempotency else { return Ok(None) };
        let Some(known) = self.keys.get(&key) else { return Ok(None) };
        let task = self.tasks.get(&known.task);
        // What was taken back has no result that its key could stand for.
        if task.is_some_and(|task| task.state == State::Cancelled) {
            return Ok(None);
        }
        if known.body != body {
            return Err(SubmitError::IdempotencyConflict);
        }
        // Better no answer than to run, and charge, the request again.
        if task.is_none() { Err(SubmitError::ResultGone) } else { Ok(Some(known.task)) }
    }

    fn acceptable(
        &mut self,
        tasks: &[Submission],
        limits: Limits,
        interest: Interest,
        work: &mut Work<'_>,
    ) -> Result<(), SubmitError> {
        let Some(Submission { spec, .. }) = tasks.first() else { return Ok(()) };
        if self.draining {
            return Err(SubmitError::Draining);
        }
        if self.disk_full {
            return Err(SubmitError::DiskFull);
        }
        if self.draws.offers(spec) == 0 {
            let (model, known) = (spec.model.clone(), self.models());
            return Err(match known.iter().find(|(name, _)| *name == model) {
                Some((_, made)) => SubmitError::WrongKind { model, made: *made, wanted: spec.kind() },
                None if known.is_empty() => SubmitError::NoMiners,
                None => SubmitError::UnknownModel { model, known: known.into_iter().map(|(name, _)| name).collect() },
            });
        }
        let caller = spec.caller.as_deref();
        if interest == Interest::Nothing && !self.readers.shelves.has_room(caller, work.now) {
            return Err(SubmitError::Unfetched);
        }
        let with_key = tasks.iter().filter(|task| task.spec.idempotency.is_some()).count();
        if with_key > 0 && !self.keys.has_room(caller, with_key, work.now) {
            return Err(SubmitError::ManyKeys);
        }
        let queued = self.draws.queued();
        let bytes = tasks.iter().map(|task| task.spec.bytes()).fold(self.tasks.open_bytes(), usize::saturating_add);
        if queued + tasks.len() > self.identity.max_queue {
            return Err(SubmitError::Overloaded { queued });
        }
        if bytes > MAX_OPEN_BYTES {
            return Err(SubmitError::Crowded { bytes: self.tasks.open_bytes() });
        }
        let affordable = self.money.affordable(tasks.iter().map(|task| &task.spec), limits);
        if let Err(SubmitError::EscrowExhausted { .. }) = affordable {
            self.tell_exhausted(work);
        }
        affordable
    }

    /// Tells the operator that the escrow does not suffice, once for what the chain said last.
    pub(super) fn tell_exhausted(&mut self, work: &mut Work<'_>) {
        if self.money.note_exhausted() {
            work.notice(Notice::EscrowExhausted);
        }
    }

    /// Somebody reads along: the text is paid for even if the task is taken back.
    pub(super) fn follow(&mut self, id: &TaskId) {
        if let Some(live) = self.readers.get_mut(id) {
            live.seen = true;
        }
    }

    /// Counts one connection less that waits. The last one to leave cancels the task; one with an idempotency key is given the time to
    /// come back.
    pub(super) fn leave(&mut self, id: TaskId, delivered: u32, work: &mut Work<'_>) {
        let Some(live) = self.readers.get_mut(&id) else { return };
        let Some(waiters) = live.waiters.checked_sub(1) else { return };
        live.waiters = waiters;
        if waiters == 0 {
            if self.tasks.get(&id).is_some_and(|task| task.spec.idempotency.is_some()) {
                return self.readers.abandon(id, delivered, work.now);
            }
            self.cancel(id, delivered, work);
        }
    }

    /// Takes back the tasks to which nobody has come back.
    pub(super) fn cancel_abandoned(&mut self, work: &mut Work<'_>) {
        while let Some((id, delivered)) = self.readers.given_up(work.now) {
            self.cancel(id, delivered, work);
        }
    }

    /// Takes a task back. Returns false where it has ended already or is unknown.
    pub(super) fn cancel(&mut self, id: TaskId, delivered: u32, work: &mut Work<'_>) -> bool {
        let Some(live) = self.readers.get(&id) else { return false };
        let delivered = if live.seen { delivered } else { 0 };
        self.apply(Event::Cancelled { task: id, delivered }, work).is_ok()
    }
}
