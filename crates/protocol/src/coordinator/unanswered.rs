//! The leases that miners have said nothing of yet: since when, whether their miners were asked, and what is due.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alloy::primitives::Address;

use super::sessions::{LeaseId, Session};
use crate::task::Millis;

/// A lease that its miner says nothing of for so long is asked about.
const PATIENCE: Millis = 2_000;
/// A miner that was asked has this long to give a sign of life before it is left out of draws.
const ANSWER: Millis = 1_500;
/// Once the miner has given a sign of life it has this long to speak of the lease.
const GRACE: Millis = 3_000;
/// Without a sign of life it is lost after this long: each end notices within ten seconds that a connection is dead.
const LONGEST: Millis = 12_000;

/// A lease that its miner has said nothing of in time: when its miner was asked, and when that gave a sign of life.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    at: Option<Millis>,
    heard: Option<Millis>,
}

impl Asked {
    /// Whether the miner had all the time that there is to speak of it.
    fn is_over(self, now: Millis) -> bool {
        let is_past = |since: Option<Millis>, time| since.is_some_and(|since| now.saturating_sub(since) >= time);
        is_past(self.heard, GRACE) || is_past(self.at, LONGEST)
    }

    /// How long the miner owes a sign of life, where it does.
    fn owes(self, now: Millis) -> Option<Millis> {
        self.at.filter(|_| self.heard.is_none()).map(|at| now.saturating_sub(at))
    }
}

/// What is due.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Leases that their miners have kept to themselves.
    pub(super) lost: Vec<LeaseId>,
    /// Sessions in which a sign of life is asked for.
    pub(super) asks: BTreeSet<Session>,
    /// Miners that owe one for too long.
    pub(super) silent: Vec<Address>,
}

/// The leases that miners have said nothing of yet, and some that were given a moment ago.
#[derive(Clone, Debug, Default)]
pub(super) struct Unanswered {
    /// Those of the last seconds, in the order in which they were given.
    fresh: VecDeque<(Millis, LeaseId)>,
    overdue: BTreeMap<LeaseId, Asked>,
}

impl Unanswered {
    /// A lease is offered.
    pub(super) fn note(&mut self, lease: LeaseId, now: Millis) {
        self.fresh.push_back((now, lease));
    }

    /// A miner has given a sign of life in its session.
    pub(super) fn heard(&mut self, node: Address, session: Session, now: Millis) {
        let of = |lease: &LeaseId| (lease.node, lease.session) == (node, session);
        for (_, asked) in self.overdue.iter_mut().filter(|(lease, asked)| of(lease) && asked.at.is_some()) {
            asked.heard.get_or_insert(now);
        }
    }

    /// What is due now, of leases that are held and unanswered. Nothing is lost while the coordinator is not `awake`: it may have the
    /// miners' words before it.
    pub(super) fn look(&mut self, now: Millis, awake: bool, is_unanswered: impl Fn(&LeaseId) -> bool) -> Due {
        while let Some((_, lease)) = self.fresh.pop_front_if(|(at, _)| *at + PATIENCE <= now) {
            self.overdue.insert(lease, Asked::default());
        }
        self.overdue.retain(|lease, _| is_unanswered(lease));
        let lost = self.overdue.extract_if(.., |_, asked| awake && asked.is_over(now)).map(|(lease, _)| lease);
        let mut due = Due { lost: lost.collect(), ..Due::default() };
        // One question is enough for all leases of a miner, and a further one would take the place of the one before.
        let owing = self.overdue.iter().filter_map(|(lease, asked)| Some((lease.node, asked.owes(now)?)));
        let owing: BTreeMap<_, _> = owing.collect();
        for (lease, asked) in &mut self.overdue {
            if asked.at.is_none() && !owing.contains_key(&lease.node) {
                asked.at = Some(now);
                due.asks.insert(lease.session);
            }
        }
        due.silent = owing.into_iter().filter(|(_, since)| *since >= ANSWER).map(|(node, _)| node).collect();
        due
    }
}
