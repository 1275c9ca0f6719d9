//! What audits need beside what the journal says: the coin in force, the coordinator's own auditor, and whose nodes are whose.

use std::collections::{BTreeMap, HashMap};

use alloy::primitives::{Address, B256};

use super::{
    book::{Book, Record, Standing},
    policy::SUSPENSION,
};
use crate::{
    audit::Calibrations,
    coordinator::sessions::Promise,
    task::{Millis, TaskId},
};

/// What a coordinator needs for its audits beside what the journal says.
#[derive(Clone, Debug, Default)]
pub(in crate::coordinator) struct Audits {
    pub(in crate::coordinator) book: Book,
    /// The seed of the coin of the epoch in force.
    pub(in crate::coordinator) seed: B256,
    /// What the coordinator's own auditor can examine, each with the class of its device.
    pub(super) capable: HashMap<B256, String>,
    /// Answers that it can examine at once.
    pub(super) places: usize,
    /// Answers that it is examining, with the seeds that the windows are drawn by.
    pub(super) running: BTreeMap<TaskId, u64>,
    /// Owners of nodes.
    owners: HashMap<Address, Address>,
    /// Owners with a node that was found false, each with the time at which the last one was.
    convicts: HashMap<Address, Millis>,
    /// Who examines what is to be looked at once what is at hand is done.
    pub(super) is_ready: bool,
}

impl Audits {
    pub(in crate::coordinator) fn new(book: Book) -> Self {
        let mut audits = Self { book, ..Self::default() };
        audits.find_convicts();
        audits
    }

    /// Whose nodes the chain says they are, where that has changed.
    pub(super) fn set_owners(&mut self, owners: Vec<(Address, Option<Address>)>) {
        for (node, owner) in owners {
            match owner {
                Some(owner) => drop(self.owners.insert(node, owner)),
                None => drop(self.owners.remove(&node)),
            }
        }
        self.find_convicts();
    }

    /// Finds again which owners have nodes that were found false: it has changed who is, or whose they are.
    pub(super) fn find_convicts(&mut self) {
        let mut convicts: HashMap<Address, Millis> = HashMap::new();
        for (node, record) in self.book.miners() {
            if let Standing::Confirmed { at, .. } = &record.standing {
                let newest = convicts.entry(self.owner(node)).or_default();
                *newest = (*newest).max(*at);
            }
        }
        self.convicts = convicts;
    }

    /// Whether the coordinator's own auditor can examine what claims a manifest.
    pub(in crate::coordinator) fn can_examine(&self, manifest: &B256) -> bool {
        self.places > 0 && self.capable.contains_key(manifest)
    }

    /// Whether it is known how far honest answers of a miner are from what auditors compute: the coordinator's own one where that can
    /// examine the manifest, and else any other.
    pub(in crate::coordinator) fn is_calibrated(&self, known: &Calibrations, promise: &Promise) -> bool {
        let family = promise.manifest.family();
        match self.capable.get(&promise.id).filter(|_| self.places > 0) {
            Some(own) => known.get(&family, &promise.class, own).is_some(),
            None => known.has(&family, &promise.class),
        }
    }

    /// A node's owner; the node itself where it is not known.
    pub(in crate::coordinator) fn owner(&self, node: &Address) -> Address {
        self.owners.get(node).copied().unwrap_or(*node)
    }

    /// Whether a miner may examine what others answer: nothing is found against it. One that is only suspected may: one false accuser
    /// could otherwise keep everybody from examining it.
    pub(super) fn is_trusted(&self, node: &Address) -> bool {
        self.book.record(node).is_none_or(|record| !record.contradicted && !record.is_confirmed())
    }

    /// Whether what a miner may have to say of others' answers is waited for: it may examine them, and has made the last examinations
    /// that it was given.
    pub(super) fn has_say(&self, node: &Address) -> bool {
        self.is_trusted(node) && !self.book.record(node).is_some_and(Record::is_silent)
    }

    /// Whether the coordinator's own auditor has nothing to do.
    pub(super) fn is_idle(&self, manifest: &B256) -> bool {
        let waiting = || {
            self.book.pending.values().filter(|audit| self.can_examine(&audit.due.manifest)).take(self.places).count()
        };
        self.can_examine(manifest) && self.running.len() < self.places && waiting() < self.places
    }

    /// Whether another node of a miner's owner is suspended: under a new key as well, everything of the owner's is examined until then.
    pub(super) fn is_convicts(&self, miner: &Address, now: Millis) -> bool {
        self.convicts.get(&self.owner(miner)).is_some_and(|at| at.saturating_add(SUSPENSION) >= now)
    }

    /// Why a miner is suspended, if it is.
    pub(in crate::coordinator) fn suspended(&self, miner: &Address, now: Millis) -> Option<String> {
        let Standing::Confirmed { task, why, at, .. } = &self.book.record(miner)?.standing else { return None };
        let hours = at.saturating_add(SUSPENSION).checked_sub(now)?.div_ceil(3_600_000);
        Some(format!(
            "suspended for {hours} hours: this miner does not run the model that it offers, by its answer to task {task}: {why}"
        ))
    }
}
