//! The handle to a journal: where turns are handed to the thread that writes them, and how one waits until they are durable.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
};

use cuckoo_protocol::status::JournalPlace;
use tokio::sync::watch;

use super::{
    confirmed::Confirmed,
    queue::{Queue, Queued},
    turn::{Release, Turn},
};
use crate::node::disk_space::DiskSpace;

/// Handle to the writing thread. Cheap to append to; dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Journal {
    pub(super) queue: Arc<Queue>,
    pub(super) appended: u64,
    /// The number of events since the last checkpoint.
    pub(super) since: u64,
    pub(super) synced: watch::Receiver<u64>,
    pub(super) commits: Arc<AtomicU64>,
    pub(super) commit_microseconds: Arc<AtomicU64>,
    pub(super) place: JournalPlace,
    pub(super) disk_space: DiskSpace,
    pub(super) confirmed: Option<Confirmed>,
    pub(super) thread: Option<thread::JoinHandle<()>>,
}

/// A point in the journal that can be waited for.
#[derive(Clone, Debug)]
pub struct Mark {
    number: u64,
    synced: watch::Receiver<u64>,
}

impl Mark {
    /// Returns when everything up to here is on disk. Never returns if the writer has died: the process is about to end.
    pub async fn synced(mut self) {
        if self.synced.wait_for(|synced| *synced >= self.number).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Journal {
    /// Hands over a turn. Turns become durable in the order of the calls, and then their `releases` run in order. Where somebody
    /// waits for one of these the turn is `urgent`; otherwise it may wait for 5 ms, or until the next urgent one. A turn without
    /// anything to write is only a place among the others for its releases.
    ///
    /// After [`Journal::close`] nothing is written, and nothing released.
    pub fn append(&mut self, turn: Turn, releases: Vec<Release>, urgent: bool) {
        let events = turn.events.len() as u64;
        let since = if turn.checkpoint.is_some() { 0 } else { self.since + events };
        if self.queue.push(Queued { turn, releases }, urgent) {
            self.appended += 1;
            self.since = since;
        }
    }

    /// True while nothing becomes durable, since the disk is full, or the server is away or may have another coordinator by now.
    pub fn is_full(&self) -> bool {
        self.disk_space.is_full() || self.confirmed.as_ref().is_some_and(Confirmed::is_doubtful)
    }

    /// Events since the checkpoint that was asked for last. The next start reads more where that could not be written.
    pub fn since_checkpoint(&self) -> u64 {
        self.since
    }

    /// Transactions since the start: at most one for each turn.
    pub fn commits(&self) -> u64 {
        self.commits.load(Relaxed)
    }

    /// How long the newest transactions took on average.
    pub fn commit_microseconds(&self) -> u64 {
        self.commit_microseconds.load(Relaxed)
    }

    /// What it is kept in.
    pub fn place(&self) -> JournalPlace {
        self.place
    }

    /// The number of the turn that is appended next. It is durable once [`Journal::synced`] has come to it.
    pub fn next(&self) -> u64 {
        self.appended + 1
    }

    /// How many turns are durable.
    pub fn synced(&self) -> u64 {
        *self.synced.borrow()
    }

    /// Everything appended so far.
    pub fn mark(&self) -> Mark {
        Mark { number: self.appended, synced: self.synced.clone() }
    }

    /// Writes what is queued, runs its releases, and leaves the journal to others; nothing can be appended any more.
    pub fn close(&mut self) {
        self.disk_space.leave();
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic has ended the process.
            let _ = thread.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}
