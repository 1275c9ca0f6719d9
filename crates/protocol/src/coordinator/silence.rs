//! Leases that miners say nothing of: a miner that is there and says nothing of what it was offered has lost it.
//!
//! A miner says at once that it has begun, that of a quiet lease within moments, however long the answer takes. Where nothing has come
//! for two seconds it is asked for a sign of life. What it was offered went before that on the same connection: with the answer it has
//! the offer, so that neither a slow or broken line nor a node that slept is taken for a miner that keeps tasks to itself. Three seconds
//! later the lease is lost. Who does not answer gets nothing new until it does. Its connection ends within ten seconds, which
//! `blame` judges; where it goes on, with signs of life of other kinds, the lease is lost as well. The time begins when the offer has
//! left, and not when the lease was decided: a disk that is slow is no miner's fault.

use super::{effect::Effect, sessions::LeaseId, state::Coordinator, unanswered::Due, work::Work};
use crate::task::{Millis, State};

impl Coordinator {
    /// Whether a miner holds a lease and has said nothing of it.
    fn is_unanswered(&self, lease: &LeaseId) -> bool {
        let is_new = || self.tasks.get(&lease.task).is_some_and(|task| matches!(task.state, State::Leased { .. }));
        self.sessions.holds(lease).is_some() && is_new()
    }

    /// Miners have been offered these leases by now.
    pub(super) fn given(&mut self, leases: &[LeaseId], now: Millis) {
        for lease in leases {
            if self.is_unanswered(lease) {
                self.unanswered.note(*lease, now);
            }
            // It may have spoken before anybody could say that its offer had left.
            if self.sessions.holds(lease).is_some()
                && let Some(live) = self.readers.get_mut(&lease.task)
            {
                live.said_at.get_or_insert(now);
            }
        }
    }

    /// Asks about leases that miners say nothing of, and takes those back that their miners keep to themselves.
    pub(super) fn tick_silence(&mut self, work: &mut Work<'_>) {
        let is_awake = work.now >= self.doubt.excused_until;
        let mut unanswered = std::mem::take(&mut self.unanswered);
        let Due { lost, asks, silent } = unanswered.look(work.now, is_awake, |lease| self.is_unanswered(lease));
        self.unanswered = unanswered;
        asks.into_iter().for_each(|session| work.effect(Effect::Ask { session }));
        silent.into_iter().for_each(|node| self.leave_out(node, work));
        for lease in lost {
            if let Some(held) = self.sessions.holds(&lease) {
                self.lose(&lease, held.pool, "nothing was heard of it after it was offered".to_owned(), work);
            }
        }
    }
}
