//! What is known of sessions that have ended a moment ago: when, whose, what they held, and which miners were heard of since.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alloy::primitives::Address;

use super::sessions::Session;
use crate::task::{Millis, TaskId};

/// Sessions that end within this have ended together: each end of a connection notices silence in its own time.
const TOGETHER: Millis = 10_000;
/// A coordinator that hears nothing of the time for so long was not awake.
const ASLEEP: Millis = 3_000;

/// An attempt whose session has ended.
#[derive(Clone, Debug)]
pub(super) struct Orphan {
    pub(super) node: Address,
    pub(super) session: Session,
    /// The task's number, by which they are given back in order.
    pub(super) sequence: u64,
    pub(super) task: TaskId,
    pub(super) attempt: u32,
    pub(super) reason: String,
    /// When its session ended.
    pub(super) at: Millis,
}

/// The sessions that have ended a moment ago.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt {
    /// When the first one ended, and when it has to be decided.
    pub(super) open: Option<(Millis, Millis)>,
    /// A session has ended since the miners were asked.
    pub(super) asks_again: bool,
    pub(super) orphans: Vec<Orphan>,
    /// Miners that were asked and have not answered, and those that have, in which session and when.
    pub(super) silent: BTreeSet<Address>,
    pub(super) heard: BTreeMap<Address, (Session, Millis)>,
    /// When sessions ended, whose, and the newest session of all by then.
    pub(super) ends: VecDeque<(Millis, Address, Session)>,
    pub(super) ticked: Option<Millis>,
    /// What ends until then is the coordinator's own fault.
    pub(super) excused_until: Millis,
}

impl Doubt {
    /// Notes that the time goes on.
    pub(super) fn tick(&mut self, now: Millis) {
        if self.ticked.is_some_and(|ticked| now.saturating_sub(ticked) > ASLEEP) {
            self.excused_until = now + TOGETHER;
        }
        self.ticked = Some(now);
        while self.ends.front().is_some_and(|(at, ..)| at + TOGETHER < now) {
            self.ends.pop_front();
        }
    }

    /// Whether the miner is to blame whose session ended at a time.
    pub(super) fn is_fault(&self, ended: Millis, now: Millis) -> bool {
        let ends = || self.ends.iter().filter(|(at, ..)| at + TOGETHER >= now);
        let cut: BTreeSet<_> = ends().map(|(_, node, _)| *node).collect();
        let oldest = ends().map(|(.., newest)| *newest).min().unwrap_or(Session::MAX);
        let witnesses = self.heard.iter().filter(|(node, (session, at))| {
            *at >= ended && *session <= oldest && !self.silent.contains(*node) && !cut.contains(*node)
        });
        now >= self.excused_until && witnesses.count() >= cut.union(&self.silent).count()
    }
}
