//! Figures of the decisions that others read without asking them.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use cuckoo_protocol::status::{JournalInfo, JournalPlace};

use super::journal::Journal;

/// Figures of the decisions, as of the last turn.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    generation: AtomicU64,
    journal_events: AtomicU64,
    journal_commits: AtomicU64,
    is_full: AtomicBool,
    commit_microseconds: AtomicU64,
    place: JournalPlace,
    busy_nanoseconds: AtomicU64,
    turns: AtomicU64,
    inputs: AtomicU64,
}

impl Pulse {
    /// Of the decisions that write to this journal.
    pub(super) fn of(journal: &Journal) -> Self {
        Self { place: journal.place(), ..Self::default() }
    }

    /// Notes the state after a turn that had this many inputs and took this long.
    pub(super) fn beat(&self, generation: u64, journal: &Journal, inputs: usize, busy: Duration) {
        self.generation.store(generation, Relaxed);
        self.journal_events.store(journal.since_checkpoint(), Relaxed);
        self.journal_commits.store(journal.commits(), Relaxed);
        self.commit_microseconds.store(journal.commit_microseconds(), Relaxed);
        self.busy_nanoseconds.fetch_add(u64::try_from(busy.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.turns.fetch_add(1, Relaxed);
        self.inputs.fetch_add(inputs as u64, Relaxed);
    }

    /// Notes whether the disk is full. Returns true where that is new.
    pub(super) fn set_full(&self, is_full: bool) -> bool {
        self.is_full.swap(is_full, Relaxed) != is_full
    }

    /// Grows with every change that a dashboard could show.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    /// Events since the journal's checkpoint.
    pub(super) fn journal_events(&self) -> u64 {
        self.journal_events.load(Relaxed)
    }

    /// How often the journal has made something durable.
    pub(super) fn journal_commits(&self) -> u64 {
        self.journal_commits.load(Relaxed)
    }

    /// The journal, as dashboards show it.
    pub(super) fn journal(&self) -> JournalInfo {
        let (commit_us, events) = (self.commit_microseconds.load(Relaxed), self.journal_events());
        JournalInfo { place: self.place, commit_us, events, replicas: None }
    }

    /// True while the disk is full.
    pub(super) fn is_full(&self) -> bool {
        self.is_full.load(Relaxed)
    }

    /// Turns, the inputs in them, and the time that they took, since the start.
    pub(super) fn turns(&self) -> (u64, u64, Duration) {
        let busy = Duration::from_nanos(self.busy_nanoseconds.load(Relaxed));
        (self.turns.load(Relaxed), self.inputs.load(Relaxed), busy)
    }
}
