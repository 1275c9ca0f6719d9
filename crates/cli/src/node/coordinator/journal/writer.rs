//! The thread that writes a journal, and behind it the assignment log's file.

use std::fmt::Display;

use tokio::sync::watch;

use super::{
    chain::Position,
    entry::{JournalEntry, Queued, lines_of},
    store::Store,
};
use crate::node::{coordinator::assignments::LogFile, disk_space::DiskSpace, failpoint, group_commit::Batches};

pub(super) struct Writer {
    pub(super) store: Box<dyn Store>,
    pub(super) position: Position,
    pub(super) log: LogFile,
    pub(super) disk_space: DiskSpace,
    /// How many events and checkpoints are durable.
    pub(super) synced: watch::Sender<u64>,
}

impl Writer {
    /// Writes until the end is queued, or until no sender is left.
    pub(super) fn run(mut self, batches: Batches<Queued>) {
        let mut written = 0;
        for queued in batches {
            failpoint::point(failpoint::JOURNAL_BEFORE);
            let is_last = queued.iter().any(|queued| matches!(queued, Queued::End));
            let batch: Vec<_> = queued.into_iter().map_while(|queued| self.entry(queued)).collect();
            self.commit(&batch);
            self.extend_log(&batch);
            failpoint::point(failpoint::JOURNAL_AFTER);
            written += batch.iter().filter(|entry| !matches!(entry, JournalEntry::Line(_))).count() as u64;
            self.synced.send_replace(written);
            self.sync_log();
            if is_last {
                return;
            }
        }
    }

    /// What is to be written; `None` at the end.
    fn entry(&mut self, queued: Queued) -> Option<JournalEntry> {
        match queued {
            Queued::Entry(entry) => Some(entry),
            // A log that skips an entry would accuse this coordinator: better none than that.
            Queued::Record(at, entry) => match self.log.line(at, entry) {
                Ok(line) => Some(JournalEntry::Line(line)),
                Err(error) => give_up("assignment log", &error),
            },
            Queued::End => None,
        }
    }

    fn commit(&mut self, batch: &[JournalEntry]) {
        let before = self.position;
        while let Err(error) = self.store.commit(batch, &mut self.position) {
            if !self.disk_space.wait("journal", error.as_ref()) {
                give_up("journal", &error);
            }
            self.position = before;
        }
        self.disk_space.found("journal");
    }

    /// Adds a batch's lines, which are durable by now, to the log's file.
    fn extend_log(&mut self, batch: &[JournalEntry]) {
        if lines_of(batch).next().is_none() {
            return;
        }
        failpoint::point(failpoint::LOG_BEFORE);
        while let Err(error) = self.log.extend(lines_of(batch)) {
            if !self.disk_space.wait("assignment log", &error) {
                give_up("assignment log", &error);
            }
        }
        self.disk_space.found("assignment log");
    }

    /// Lets the journal forget lines once they are durable in the log's file too. Nothing waits for that.
    fn sync_log(&mut self) {
        match self.log.sync() {
            Ok(Some(lines)) => self.store.forget_lines(lines),
            Ok(None) => {}
            Err(error) => give_up("assignment log", &error),
        }
    }
}

/// Ends the process: from here on what is on disk is unknown, and the next start recovers from it.
fn give_up(what: &str, error: &dyn Display) -> ! {
    tracing::error!(%error, what, "this file cannot be written; the process ends at once");
    std::process::abort()
}
