//! The thread that writes a journal, and behind it the assignment log's file.

use std::{
    fmt::Display,
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use cuckoo_protocol::coordinator::Checkpoint;
use tokio::sync::watch;

use super::{
    chain::{Position, Record},
    checkpoint::{CheckpointRow, rows},
    confirmed::LOOK,
    queue::{Queue, Queued},
    store::Store,
    turn::Payer,
};
use crate::node::{
    coordinator::assignments::{Line, LogFile},
    disk_space::{DiskSpace, is_lack_of_space},
    failpoint,
};

/// Events of several tasks at once show load.
const MANY: usize = 8;

pub(super) struct Writer {
    pub(super) store: Box<dyn Store>,
    pub(super) position: Position,
    /// Whose journal it is, as every checkpoint says.
    pub(super) payer: Payer,
    pub(super) log: LogFile,
    pub(super) disk_space: DiskSpace,
    /// How many turns are durable.
    pub(super) synced: watch::Sender<u64>,
    /// How many transactions that took.
    pub(super) commits: Arc<AtomicU64>,
    /// How many microseconds the newest of them took on average.
    pub(super) commit_microseconds: Arc<AtomicU64>,
    /// The checkpoint that is being made.
    pub(super) making: Option<Making>,
}

/// A checkpoint in the making, on a thread of its own: no turn waits for it.
pub(super) struct Making {
    through: Position,
    thread: thread::JoinHandle<serde_json::Result<Vec<CheckpointRow>>>,
}

impl Writer {
    /// Writes until the queue is closed.
    pub(super) fn run(mut self, queue: &Queue) {
        let mut is_loaded = false;
        let idle = self.store.confirmed().map(|_| LOOK);
        while let Some(turns) = queue.take(is_loaded, idle) {
            self.confirm();
            is_loaded = turns.iter().map(|queued| queued.turn.events.len()).sum::<usize>() >= MANY;
            let mut together = vec![];
            for queued in turns {
                // A checkpoint is the state at the end of a record.
                let is_end = queued.turn.checkpoint.is_some();
                together.push(queued);
                if is_end {
                    self.write(mem::take(&mut together));
                }
            }
            if !together.is_empty() {
                self.write(together);
            }
            self.sync_log();
            if self.making.as_ref().is_some_and(|making| making.thread.is_finished()) {
                self.end_checkpoint();
            }
        }
        self.end_checkpoint();
    }

    /// Makes turns durable in one transaction, and runs what waits for that. Only the last one may have a checkpoint.
    fn write(&mut self, turns: Vec<Queued>) {
        let (mut lines, mut releases, mut checkpoint) = (vec![], vec![], None);
        let (mut turns_written, mut events) = (0, vec![]);
        for Queued { turn, releases: after } in turns {
            turns_written += 1;
            for entry in turn.entries {
                // A log that skips an entry would accuse this coordinator: better none than that.
                let line = self.log.line(turn.at, entry);
                lines.push(line.unwrap_or_else(|error| give_up("assignment log", &error)));
            }
            events.extend(turn.events);
            releases.extend(after);
            checkpoint = turn.checkpoint;
        }
        if !lines.is_empty() || !events.is_empty() {
            failpoint::point(failpoint::JOURNAL_BEFORE);
            let before = self.position;
            let records = self.position.follow(events.iter());
            let records = records.unwrap_or_else(|error| give_up("journal", &error));
            self.commit(&records, &lines, &before);
            self.extend_log(&lines);
            failpoint::point(failpoint::JOURNAL_AFTER);
        }
        self.synced.send_modify(|synced| *synced += turns_written);
        releases.into_iter().for_each(|release| release());
        if let Some(checkpoint) = checkpoint {
            self.begin_checkpoint(checkpoint);
        }
    }

    /// Ends the process where the journal is another one's by now.
    fn confirm(&mut self) {
        if let Err(error) = self.store.confirm() {
            give_up("journal", &error);
        }
    }

    fn commit(&mut self, records: &[Record], lines: &[Line], before: &Position) {
        let began = Instant::now();
        while let Err(error) = self.store.commit(records, lines, before) {
            if !self.disk_space.wait("journal", error.as_ref()) {
                give_up("journal", &error);
            }
        }
        self.disk_space.found("journal");
        self.commits.fetch_add(1, Relaxed);
        // The newest count most, and those of some seconds ago hardly.
        let (took, before) = (began.elapsed().as_micros() as u64, self.commit_microseconds.load(Relaxed));
        let average = if before == 0 { took } else { (before * 15 + took) / 16 };
        self.commit_microseconds.store(average.max(1), Relaxed);
    }

    /// Adds lines, which are durable by now, to the log's file.
    fn extend_log(&mut self, lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        failpoint::point(failpoint::LOG_BEFORE);
        while let Err(error) = self.log.extend(lines) {
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

    /// Lets another thread write down a state that all records so far have led to.
    fn begin_checkpoint(&mut self, checkpoint: Box<Checkpoint>) {
        self.end_checkpoint();
        self.store.begin_checkpoint();
        let (payer, through) = (self.payer, self.position);
        // The lines of all records so far are in the file.
        let lines = Some(self.log.log().head().entries);
        let make = move || rows(&checkpoint, payer, through, lines);
        match thread::Builder::new().name("checkpoint".into()).spawn(make) {
            Ok(thread) => self.making = Some(Making { through, thread }),
            // The records stay, and the next one takes their place.
            Err(error) => tracing::warn!(%error, "a checkpoint of the journal cannot be made"),
        }
    }

    /// Waits for the checkpoint that is being made, if any, and lets it take the place of the records before it.
    fn end_checkpoint(&mut self) {
        let Some(Making { through, thread }) = self.making.take() else { return };
        let rows = match thread.join() {
            Ok(Ok(rows)) => rows,
            Ok(Err(error)) => give_up("journal", &error),
            Err(_) => give_up("journal", &"the thread that makes checkpoints panicked"),
        };
        // Lines go with the records that have them.
        match self.log.sync_now() {
            Ok(lines) => self.store.forget_lines(lines),
            Err(error) => give_up("assignment log", &error),
        }
        match self.store.replace(&rows, &through, &self.position) {
            Ok(()) => {}
            // The records stay, and the next checkpoint takes their place.
            Err(error) if is_lack_of_space(error.as_ref()) => {
                tracing::warn!(%error, "the disk is full; a checkpoint of the journal is left out");
            }
            Err(error) => give_up("journal", &error),
        }
    }
}

/// A coordinator without this thread would promise what it cannot keep.
impl Drop for Writer {
    fn drop(&mut self) {
        if thread::panicking() {
            give_up("journal", &"the thread that writes it panicked");
        }
    }
}

/// Ends the process: from here on what is on disk is unknown, and the next start recovers from it.
fn give_up(what: &str, error: &dyn Display) -> ! {
    tracing::error!(%error, what, "this file cannot be written; the process ends at once");
    std::process::abort()
}
