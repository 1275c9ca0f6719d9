//! What a node remembers of its duties and the chain cannot tell: its ballots, and what it has tried.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use alloy::primitives::B256;

use super::Ballot;

/// A node's memory of the court. The ballots in it are on disk already: a caller of [`Book::write`] has written them there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    ballots: BTreeMap<(B256, u64), Ballot>,
    missing: BTreeSet<(B256, u64)>,
    published: BTreeSet<(B256, u64)>,
}

impl Book {
    /// The ballot for a draw of a case.
    pub fn ballot(&self, case: B256, round: u64) -> Option<&Ballot> {
        self.ballots.get(&(case, round))
    }

    /// Writes a ballot down, and returns the one that counts: the first one for a draw stays, since its commitment may be on its way.
    pub fn write(&mut self, case: B256, round: u64, ballot: Ballot) -> &Ballot {
        match self.ballots.entry((case, round)) {
            Entry::Occupied(kept) => kept.into_mut(),
            Entry::Vacant(place) => place.insert(ballot),
        }
    }

    /// Notes that the evidence was looked for everywhere, and that a part of it could not be had. It can be tried again.
    pub fn note_missing(&mut self, case: B256, round: u64) {
        self.missing.insert((case, round));
    }

    /// Notes that the evidence is looked for again: until that has ended, nothing is known to be missing.
    pub fn note_looking(&mut self, case: B256, round: u64) {
        self.missing.remove(&(case, round));
    }

    /// Whether the evidence was looked for in vain.
    pub fn is_missing(&self, case: B256, round: u64) -> bool {
        self.missing.contains(&(case, round))
    }

    /// Notes that all bundles that this node has for an attempt of a case are where jurors find them, or that it has none.
    pub fn note_published(&mut self, case: B256, attempt: u64) {
        self.published.insert((case, attempt));
    }

    /// Whether that was noted.
    pub fn is_published(&self, case: B256, attempt: u64) -> bool {
        self.published.contains(&(case, attempt))
    }
}
