//! A journal on a disk: turns that are written, turns that are only on their way, and what a crash leaves of these.

use std::collections::VecDeque;

use cuckoo_protocol::{
    assign::log::{Entry, Record},
    coordinator::{Checkpoint, Event, LogEnd},
    task::Millis,
};

use super::random::Random;

/// What one turn of the coordinator has to keep: one record of the journal.
pub(crate) struct Turn {
    /// The coordinator's clock.
    pub(crate) at: Millis,
    /// What happened.
    pub(crate) events: Vec<Event>,
    /// Lines of the assignment log.
    pub(crate) entries: Vec<Entry>,
    /// The state after these events, if it is to take the place of all of them.
    pub(crate) checkpoint: Option<Box<Checkpoint>>,
}

/// The disk of a coordinator. `R` is what waits for a turn to be durable.
pub(crate) struct Disk<R> {
    /// The newest checkpoint on the disk.
    pub(crate) checkpoint: Checkpoint,
    /// The events after it.
    pub(crate) events: Vec<Event>,
    /// The assignment log.
    pub(crate) log: Vec<Record>,
    /// All events from the first one on, applied.
    pub(crate) replayed: Checkpoint,
    /// Where the log ends.
    pub(crate) end: LogEnd,
    pending: VecDeque<(Turn, Vec<R>)>,
    /// How many of them the sync that is running covers.
    syncing: usize,
    /// Nothing more fits.
    pub(crate) full: bool,
}

impl<R> Default for Disk<R> {
    fn default() -> Self {
        Self {
            checkpoint: Checkpoint::default(),
            events: vec![],
            log: vec![],
            replayed: Checkpoint::default(),
            end: LogEnd::default(),
            pending: VecDeque::new(),
            syncing: 0,
            full: false,
        }
    }
}

/// What a crash took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Torn {
    /// Events that had been decided and were never on the disk.
    pub(crate) lost: usize,
    /// Turns that reached the disk without anybody hearing of it.
    pub(crate) unheard: usize,
}

impl<R> Disk<R> {
    /// Takes a turn. True if a sync has to be started.
    pub(crate) fn append(&mut self, turn: Turn, releases: Vec<R>) -> bool {
        self.pending.push_back((turn, releases));
        self.syncing == 0
    }

    /// Begins to sync everything that has been appended. False if there is nothing, or it is being done.
    pub(crate) fn begin(&mut self) -> bool {
        if self.syncing > 0 || self.pending.is_empty() {
            return false;
        }
        self.syncing = self.pending.len();
        true
    }

    /// The sync is over: what it covered, in order. Nothing while the disk is full.
    pub(crate) fn end(&mut self) -> Vec<(Turn, Vec<R>)> {
        let count = std::mem::take(&mut self.syncing);
        if self.full {
            return vec![];
        }
        self.pending.drain(..count).collect()
    }

    /// True while nothing is on its way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.pending.is_empty()
    }

    /// Puts a turn where a crash does not reach it.
    pub(crate) fn keep(&mut self, turn: Turn) -> Result<(), String> {
        for event in &turn.events {
            self.replayed.apply(event).map_err(|error| format!("{event:?} does not follow: {error}"))?;
        }
        for entry in turn.entries {
            self.end.note(&entry);
            self.log.push(Record { number: self.log.len() as u64, at: turn.at, entry });
        }
        self.events.extend(turn.events);
        if let Some(checkpoint) = turn.checkpoint {
            if *checkpoint != self.replayed {
                return Err("a checkpoint is not what the events before it come to".into());
            }
            self.checkpoint = *checkpoint;
            self.events.clear();
        }
        Ok(())
    }

    /// The power fails. Of the turns whose sync was running some may have been written; those are handed back to be kept.
    pub(crate) fn crash(&mut self, random: &mut Random) -> (Vec<Turn>, Torn) {
        let syncing = std::mem::take(&mut self.syncing);
        let written = if syncing == 0 || self.full { 0 } else { random.between(0, syncing as u64) as usize };
        let mut turns: Vec<_> = std::mem::take(&mut self.pending).into_iter().map(|(turn, _)| turn).collect();
        let lost = turns.split_off(written).iter().map(|turn| turn.events.len()).sum();
        (turns, Torn { lost, unheard: written })
    }
}
