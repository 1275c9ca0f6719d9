//! What miners say of the tasks that they hold: how these go on, and how they end.

use alloy::primitives::Address;

use super::{
    draws::PoolId,
    effect::{Metric, Notice, Settled},
    receipt::Finished,
    sessions::LeaseId,
    state::Coordinator,
    work::Work,
};
use crate::{
    task::{Event, Fault, State, Task, TaskId},
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
            RefuseCode::Failed => Event::Lost { task, attempt, reason },
        };
        self.apply_or_tell(event, work);
    }

    /// Whether a task has failed when one more miner says that no miner can do it: another owner's miner has said so already, or there
    /// is no other miner to ask.
    fn is_taken_at_its_word(&self, node: &Address, task: &TaskId, pool: PoolId) -> bool {
        let Some(task) = self.tasks.get(task) else { return true };
        let owner = self.audits.owner(node);
        let others = self.sessions.iter().filter(|(other, miner)| {
            let offers = miner.session.is_some() && miner.offers.get(&pool).is_some_and(|slots| slots.fits);
            offers && *other != node && !task.lost_by.contains(other)
        });
        task.rejected_by.iter().any(|(other, _)| self.audits.owner(other) != owner) || others.count() == 0
    }

    /// A task was done of which miners said that nobody can do it: each has lost it, unless its context is too short for it.
    fn contradict_rejections(&mut self, task: &Task, pool: PoolId, work: &mut Work<'_>) {
        let prompt: usize = task.spec.messages.iter().map(|message| message.content.len()).sum();
        let needed = prompt as u64 + u64::from(task.spec.sampling.max_tokens);
        for (node, _) in &task.rejected_by {
            let Some(miner) = self.sessions.get_mut(node) else { continue };
            let promise = miner.offers.get(&pool).map(|slots| &slots.promise);
            if promise.is_none_or(|promise| promise.context > 0 && u64::from(promise.context) < needed) {
                continue;
            }
            miner.lost += 1;
            miner.quality.lost(work.now);
            work.count(Metric::Lost);
            self.judge(*node, work);
        }
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
            miner.quality.done(leased, first, tokens, work.now);
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
