//! What miners say of the tasks that they hold: how these go on, and how they end.

use alloy::primitives::Address;

use super::{
    draws::PoolId,
    effect::{Metric, Notice, Settled},
    receipt::Finished,
    sessions::{LeaseId, Miner},
    state::Coordinator,
    work::Work,
};
use crate::{
    task::{Event, Fault, Millis, State, Task, TaskId},
    wire::RefuseCode,
};

/// How long a task rests that only the miner can be given that has lost it, each time longer, in milliseconds.
const RESTS: [Millis; 3] = [1_000, 4_000, 16_000];

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
        let LeaseId { node, task, attempt, .. } = lease;
        if let Some(pool) = self.sessions.examination(&lease).map(|examining| examining.pool) {
            let is_busy = code == RefuseCode::Busy;
            let miner = self.sessions.get_mut(&node);
            if let Some(slots) = miner.filter(|_| is_busy).and_then(|miner| miner.offers.get_mut(&pool)) {
                slots.is_busy = true;
            }
            return self.return_examination(&node, &task, &reason, is_busy, work);
        }
        let Some(held) = self.sessions.holds(&lease) else { return };
        let event = match code {
            RefuseCode::Busy => {
                // Offer it tasks again only when it says what slots it has.
                if let Some(miner) = self.sessions.get_mut(&node) {
                    miner.quality.refused(work.now);
                    if let Some(slots) = miner.offers.get_mut(&held.pool) {
                        slots.total = 0;
                        slots.usable = 0;
                    }
                }
                self.log_offer(&node, work);
                Event::Refused { task, attempt, reason }
            }
            RefuseCode::Invalid if self.is_taken_at_its_word(&node, &task, held.pool) => {
                Event::Failed { task, fault: Fault::Request, reason }
            }
            RefuseCode::Invalid => Event::Rejected { task, attempt, reason },
            RefuseCode::Failed => return self.lose(&lease, held.pool, reason, work),
        };
        self.apply_or_tell(event, work);
    }

    /// Whether a task has failed when one more miner says that no miner can do it: another owner's miner has said so already, or there
    /// is no other miner to ask.
    fn is_taken_at_its_word(&self, node: &Address, task: &TaskId, pool: PoolId) -> bool {
        let Some(task) = self.tasks.get(task) else { return true };
        let owner = self.audits.owner(node);
        task.rejected_by.iter().any(|(other, _)| self.audits.owner(other) != owner) || self.is_alone(node, task, pool)
    }

    /// Whether a task's miner is the only one that it can be given to.
    fn is_alone(&self, node: &Address, task: &Task, pool: PoolId) -> bool {
        let can = |(other, miner): (&Address, &Miner)| {
            let offers = miner.session.is_some() && miner.offers.get(&pool).is_some_and(|slots| slots.fits);
            offers && !miner.draining && other != node && !task.lost_by.contains(other)
        };
        !self.sessions.iter().any(can)
    }

    /// The miner has lost a task. One that nobody else can be given comes back to it after a rest: an engine that broke is mostly there
    /// again in seconds, and nothing comes of waiting for others. Where that does not help either, the task fails with the reason.
    pub(super) fn lose(&mut self, lease: &LeaseId, pool: PoolId, reason: String, work: &mut Work<'_>) {
        let LeaseId { node, task, attempt, .. } = *lease;
        let alone = self.tasks.get(&task).is_some_and(|found| self.is_alone(&node, found, pool));
        let Some(live) = self.readers.get_mut(&task).filter(|_| alone) else {
            return self.apply_or_tell(Event::Lost { task, attempt, reason }, work);
        };
        let pause = RESTS.get(live.rests).copied();
        live.rests += 1;
        self.blame(node, work);
        let Some(pause) = pause else {
            let reason = format!("its only miner lost it {} times, the last time: {reason}", RESTS.len() + 1);
            return self.apply_or_tell(Event::Failed { task, fault: Fault::Network, reason }, work);
        };
        self.readers.rest(task, work.now + pause);
        self.apply_or_tell(Event::Refused { task, attempt, reason }, work);
    }

    /// Tasks that have rested.
    pub(super) fn end_rests(&mut self, work: &mut Work<'_>) {
        for pool in self.readers.end_rests(work.now) {
            self.ready(pool, work);
        }
    }

    /// A miner has lost a task.
    fn blame(&mut self, node: Address, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.get_mut(&node) else { return };
        miner.lost += 1;
        miner.quality.lost(work.now);
        self.counts.lost += 1;
        work.count(Metric::Lost);
        self.judge(node, work);
    }

    /// A task was done of which miners said that nobody can do it: each has lost it, unless its context is too short for it.
    fn contradict_rejections(&mut self, task: &Task, pool: PoolId, work: &mut Work<'_>) {
        // What its answer may have beyond the rest of the context is cut off, and nothing to refuse it for.
        let needed = task.spec.quote().prompt_tokens() + 1;
        for (node, _) in &task.rejected_by {
            let Some(miner) = self.sessions.get(node) else { continue };
            let promise = miner.offers.get(&pool).map(|slots| &slots.promise);
            if promise.is_some_and(|promise| promise.context == 0 || u64::from(promise.context) >= needed) {
                self.blame(*node, work);
            }
        }
    }

    /// A lease goes on.
    pub(super) fn progress(&mut self, lease: LeaseId, tokens: u32, work: &mut Work<'_>) {
        if self.sessions.holds(&lease).is_none() {
            return;
        }
        self.started(lease, work);
        if let Some(live) = self.readers.get_mut(&lease.task) {
            if tokens > live.completion_tokens || live.attempt_first_token_at.is_none() {
                live.said_at = Some(work.now);
            }
            live.attempt_first_token_at.get_or_insert(work.now);
            live.first_token_at.get_or_insert(work.now);
            self.counts.completion_tokens += u64::from(tokens.saturating_sub(live.completion_tokens));
            live.completion_tokens = tokens;
        }
        self.generation += 1;
    }

    /// The end of a lease, with a result that was checked.
    pub(super) fn finished(&mut self, lease: LeaseId, finished: Finished, work: &mut Work<'_>) {
        if self.sessions.examination(&lease).is_some() {
            return self.examination_finished(lease, &finished, work);
        }
        let Some(held) = self.sessions.holds(&lease) else { return work.notice(Notice::Late(lease)) };
        let LeaseId { node, task, attempt, .. } = lease;
        let tokens = finished.outcome.completion_tokens;
        let has_output = tokens > 0 || !finished.outcome.text.is_empty();
        let counted = self.readers.get(&task).map_or(0, |live| live.completion_tokens);
        self.counts.completion_tokens += u64::from(tokens.saturating_sub(counted));
        let live = self.readers.get_mut(&task).map(|live| {
            live.completion_tokens = tokens;
            if has_output {
                // It may be there all at once.
                live.attempt_first_token_at.get_or_insert(work.now);
                live.first_token_at.get_or_insert(work.now);
            }
            (live.leased_at, live.attempt_first_token_at)
        });
        if let Some(miner) = self.sessions.get_mut(&node) {
            miner.done += 1;
            let (leased, first) = live.unwrap_or((work.now, None));
            if let Some(task) = self.tasks.get(&task) {
                self.readers.waits.note(held.pool, &task.spec, first.unwrap_or(work.now).saturating_sub(leased));
            }
            if miner.quality.done(leased, first, tokens, work.now) {
                for pool in self.set_usable(&node, work) {
                    self.ready(pool, work);
                }
            }
        }
        self.choose(&lease, &held.promise, &finished, work);
        let before = self.tasks.get(&task).filter(|task| !task.rejected_by.is_empty()).cloned();
        let number = finished.outcome.receipt.ticket.number;
        let receipt = finished.digest;
        let owed = self.tasks.get(&task).map_or(0, |task| {
            task.spec.quote().owed(finished.outcome.prompt_tokens, finished.outcome.completion_tokens)
        });
        let done = self.apply(Event::Done { task, attempt, outcome: finished.outcome }, work);
        work.receipt = None;
        if let Err(error) = done {
            return work.notice(Notice::NotApplied(error));
        }
        self.owe(node, Some(Settled { task, attempt, number, receipt, owed }), work);
        // Not every engine can tell how likely a prompt is, nor has as much room for it: nobody lies who says so.
        if let Some(before) = before.filter(|before| !before.spec.sampling.echo) {
            self.contradict_rejections(&before, held.pool, work);
        }
    }

    /// The miner sent something wrong or too much.
    pub(super) fn broken(&mut self, lease: LeaseId, reason: String, work: &mut Work<'_>) {
        if self.sessions.examination(&lease).is_some() {
            return self.return_examination(&lease.node, &lease.task, &reason, false, work);
        }
        if let Some(pool) = self.sessions.holds(&lease).map(|held| held.pool) {
            self.lose(&lease, pool, reason, work);
        }
    }

    /// Readers were given something else already.
    pub(super) fn diverged(&mut self, lease: LeaseId, reason: String, work: &mut Work<'_>) {
        if self.sessions.holds(&lease).is_some() {
            self.apply_or_tell(Event::Failed { task: lease.task, fault: Fault::Network, reason }, work);
        }
    }
}
