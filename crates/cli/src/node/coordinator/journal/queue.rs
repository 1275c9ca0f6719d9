//! The handle to a journal: where events are queued for the thread that writes them, and how one waits until they are durable.

use std::{sync::mpsc, thread};

use cuckoo_protocol::task::Event;
use tokio::sync::watch;

use super::entry::{Checkpoint, JournalEntry, Payer, Queued};
use crate::node::disk_space::DiskSpace;

/// Handle to the writing thread. Cheap to append to; dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Journal {
    pub(super) sender: Option<mpsc::Sender<Queued>>,
    /// Whose journal it is, as every checkpoint says.
    pub(super) payer: Payer,
    pub(super) appended: u64,
    /// The number of events since the last checkpoint.
    pub(super) since: u64,
    pub(super) synced: watch::Receiver<u64>,
    pub(super) disk_space: DiskSpace,
    pub(super) thread: Option<thread::JoinHandle<()>>,
}

/// A point in the journal that can be waited for.
#[derive(Clone, Debug)]
pub struct Mark {
    pub(super) number: u64,
    pub(super) synced: watch::Receiver<u64>,
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
    /// True while the disk is full: what is appended becomes durable once there is space.
    pub fn is_full(&self) -> bool {
        self.disk_space.is_full()
    }

    /// Queues an event for writing. Events are written in the order of the calls.
    pub fn append(&mut self, event: Event) -> Mark {
        self.since += 1;
        self.queue(JournalEntry::Event(event))
    }

    /// Events that the next start has to read.
    pub fn since_checkpoint(&self) -> u64 {
        self.since
    }

    /// Queues a checkpoint of all events appended so far, which takes their place.
    pub fn checkpoint(&mut self, checkpoint: Checkpoint) -> Mark {
        self.since = 0;
        self.queue(JournalEntry::Checkpoint(Box::new(checkpoint), self.payer))
    }

    /// Writes what is queued and leaves the journal to others; nothing can be appended any more.
    pub fn close(&mut self) {
        self.disk_space.leave();
        if let Some(sender) = self.sender.take() {
            // The assignment log has a sender too, so the thread only ends when it is asked to.
            let _ = sender.send(Queued::End);
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread panicked");
        }
    }

    fn queue(&mut self, entry: JournalEntry) -> Mark {
        if let Some(sender) = &self.sender
            && sender.send(Queued::Entry(entry)).is_ok()
        {
            self.appended += 1;
        }
        self.mark()
    }

    /// Everything appended so far.
    pub fn mark(&self) -> Mark {
        Mark { number: self.appended, synced: self.synced.clone() }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}
