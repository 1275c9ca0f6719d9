//! What is known of sessions that have ended a moment ago: when, whose, what they held, and which miners were heard of since.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alloy::primitives::Address;

use super::sessions::Session;
use crate::task::{Millis, TaskId};

/// Sessions that end within this have ended together: each end of a connection notices silence in its own time, at most ten seconds.
const TOGETHER: Millis = 12_000;
/// Ends are remembered for so long: until it is decided whose fault one was that came as late as it can belong to them.
const REMEMBERED: Millis = 2 * TOGETHER;
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
    /// Miners that were asked and have not answered, and those that have: when their sessions began, and when they answered.
    pub(super) silent: BTreeSet<Address>,
    pub(super) heard: BTreeMap<Address, (Millis, Millis)>,
    /// When sessions ended, and whose.
    pub(super) ends: VecDeque<(Millis, Address)>,
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
        while self.ends.front().is_some_and(|(at, _)| at + REMEMBERED < now) {
            self.ends.pop_front();
        }
    }

    /// Whether the miner is to blame whose session ended at a time.
    pub(super) fn is_fault(&self, ended: Millis, now: Millis) -> bool {
        let together = self.ends.iter().filter(|(at, _)| at + TOGETHER >= ended);
        let cut: BTreeSet<_> = together.map(|(_, node)| *node).collect();
        let witnesses = self.heard.iter().filter(|(node, (since, at))| {
            *at >= ended && since + TOGETHER <= ended && !self.silent.contains(*node) && !cut.contains(*node)
        });
        now >= self.excused_until && witnesses.count() >= cut.union(&self.silent).count()
    }
}
