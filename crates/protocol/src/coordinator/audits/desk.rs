//! What audits need beside what the journal says: the coin in force, the coordinator's own auditor, and whose nodes are whose.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use alloy::primitives::{Address, B256};

use super::{
    book::{Book, Standing},
    policy::SUSPENSION,
};
use crate::task::{Millis, TaskId};

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
    /// Answers that it is examining.
    pub(super) running: BTreeSet<TaskId>,
    /// Owners of nodes.
    pub(super) owners: Arc<HashMap<Address, Address>>,
    /// Who examines what is to be looked at once what is at hand is done.
    pub(super) is_ready: bool,
}

impl Audits {
    pub(in crate::coordinator) fn new(book: Book) -> Self {
        Self { book, ..Self::default() }
    }

    /// Whether the coordinator's own auditor can examine what claims a manifest.
    pub(in crate::coordinator) fn can_examine(&self, manifest: &B256) -> bool {
        self.places > 0 && self.capable.contains_key(manifest)
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

    /// Whether the coordinator's own auditor has nothing to do.
    pub(super) fn is_idle(&self, manifest: &B256) -> bool {
        let waiting = || {
            self.book.pending.values().filter(|audit| self.can_examine(&audit.due.manifest)).take(self.places).count()
        };
        self.can_examine(manifest) && self.running.len() < self.places && waiting() < self.places
    }

    /// Whether another node of a miner's owner is suspended: under a new key as well, everything of the owner's is examined until then.
    pub(super) fn is_convicts(&self, miner: &Address, now: Millis) -> bool {
        if self.book.counts.confirmed == 0 {
            return false;
        }
        let owner = self.owner(miner);
        let mut confirmed = self.book.miners.iter().filter(|(_, record)| record.is_confirmed());
        confirmed.any(|(node, _)| self.owner(node) == owner && self.suspended(node, now).is_some())
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
