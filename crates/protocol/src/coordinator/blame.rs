//! Whose fault it is that a session ended.
//!
//! A connection that ends says nothing of why: the miner may have died, or a proxy, a cable or this coordinator. So what the session held
//! stays where it is while all other miners are asked for a sign of life. A miner is at fault where at least as many miners have answered
//! as are silent or were cut off in the twelve seconds before, and the coordinator was awake. Then its tasks are lost; otherwise they are
//! given back, and nobody is blamed. Who has logged in within these twelve seconds is no witness: it may be back from the same.
//! Either way they go to miners that have answered since: a silent one takes part in draws again when it is heard of.

use alloy::primitives::Address;

use super::{
    doubt::{Doubt, Orphan},
    effect::Effect,
    links::usable,
    sessions::Session,
    state::Coordinator,
    work::{Next, Work},
};
use crate::task::{Event, Millis, TaskId};

/// Miners have this long to give a sign of life.
const ANSWER: Millis = 1_500;
/// However many sessions end in the meantime, it is decided after this long.
const LONGEST: Millis = 4_000;
/// A task whose attempts ended so often without fault is lost with the next one: it may be what ends them.
pub(super) const MAX_UNBLAMED: u32 = 8;

impl Coordinator {
    /// A session has ended that held these attempts, each with its task's number: whose fault it was is decided when the others have
    /// been heard of.
    pub(super) fn doubt(
        &mut self,
        (node, session): (Address, Session),
        held: Vec<(u64, TaskId, u32)>,
        reason: &str,
        work: &mut Work<'_>,
    ) {
        let doubt = &mut self.doubt;
        doubt.ends.push_back((work.now, node));
        doubt.silent.remove(&node);
        doubt.heard.remove(&node);
        doubt.orphans.extend(held.into_iter().map(|(sequence, task, attempt)| {
            let reason = reason.to_owned();
            Orphan { node, session, sequence, task, attempt, reason, at: work.now }
        }));
        match doubt.open {
            None if doubt.orphans.is_empty() => {}
            None => {
                doubt.open = Some((work.now, work.now + ANSWER));
                self.ask(work);
            }
            // What was answered before says nothing of this one.
            Some((began, _)) => {
                doubt.open = Some((began, (work.now + ANSWER).min(began + LONGEST)));
                doubt.asks_again = true;
            }
        }
        self.end_doubt(work);
    }

    /// Asks all miners for a sign of life.
    fn ask(&mut self, work: &mut Work<'_>) {
        self.doubt.asks_again = false;
        for (node, miner) in self.sessions.iter() {
            if let Some(session) = miner.session {
                self.doubt.silent.insert(*node);
                work.effect(Effect::Ask { session });
            }
        }
    }

    /// A miner has given a sign of life.
    pub(super) fn heard(&mut self, node: Address, session: Session, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.current(&node, session) else { return };
        self.unanswered.heard(node, session, work.now);
        let since = miner.since;
        if std::mem::take(&mut miner.is_silent) {
            for pool in self.set_usable(&node, work) {
                self.ready(pool, work);
            }
        }
        if self.doubt.silent.remove(&node) {
            self.doubt.heard.insert(node, (since, work.now));
            self.end_doubt(work);
        }
    }

    /// The time goes on.
    pub(super) fn tick_doubt(&mut self, work: &mut Work<'_>) {
        self.doubt.tick(work.now);
        if self.doubt.asks_again {
            self.ask(work);
        }
        self.end_doubt(work);
    }

    /// Decides whose fault it was, once everybody has answered or has had the time for it.
    fn end_doubt(&mut self, work: &mut Work<'_>) {
        let Some((_, until)) = self.doubt.open else { return };
        let is_answered = self.doubt.silent.is_empty() && !self.doubt.asks_again;
        if !is_answered && self.sessions.connected() > 0 && until > work.now {
            return;
        }
        let doubt = std::mem::take(&mut self.doubt);
        let (ends, ticked, excused_until) = (doubt.ends.clone(), doubt.ticked, doubt.excused_until);
        self.doubt = Doubt { ends, ticked, excused_until, ..Doubt::default() };
        let mut orphans = doubt.orphans.clone();
        orphans.sort_by_key(|orphan| orphan.sequence);
        for node in &doubt.silent {
            self.leave_out(*node, work);
        }
        for Orphan { node, session, task, attempt, reason, at, .. } in orphans {
            let is_fault = doubt.is_fault(at, work.now);
            let held = self.sessions.get(&node).and_then(|miner| miner.held.get(&task));
            // It may have been taken back, or have expired.
            if held.is_none_or(|held| (held.session, held.attempt) != (session, attempt)) {
                continue;
            }
            let is_last_straw = self.readers.get_mut(&task).is_some_and(|live| {
                live.unblamed += u32::from(!is_fault);
                live.unblamed > MAX_UNBLAMED
            });
            let lost = is_fault || is_last_straw;
            work.follow(Next::Apply(match lost {
                true => Event::Lost { task, attempt, reason },
                false => Event::Refused { task, attempt, reason },
            }));
        }
    }

    /// A miner from which nothing is heard gets no tasks until it is.
    pub(super) fn leave_out(&mut self, node: Address, work: &mut Work<'_>) {
        let miner = self.sessions.get_mut(&node).filter(|miner| miner.session.is_some() && !miner.is_silent);
        let Some(miner) = miner else { return };
        let pools: Vec<_> = miner.offers.keys().copied().collect();
        let has_slots = pools.iter().any(|pool| usable(&miner.offers, *pool).is_some_and(|slots| slots > 0));
        miner.is_silent = true;
        if has_slots {
            self.set_usable(&node, work);
        }
    }
}
