//! The handle to the assignment log: where entries are queued, and how far what is durable reaches.

use std::path::{Path, PathBuf};

use cuckoo_protocol::{assign::log::Entry, task::Millis};
use tokio::sync::watch;

use super::line::Head;
use crate::node::coordinator::journal::Records;

/// Handle to the log: what is appended goes to the journal.
#[derive(Debug)]
pub struct AssignmentLog {
    pub(super) records: Records,
    pub(super) head: watch::Receiver<Head>,
    pub(super) next_sequence: u64,
    pub(super) path: PathBuf,
}

impl AssignmentLog {
    /// A number larger than that of every task that was drawn before this start. Draws run ahead of the journal's events: a crash
    /// can leave a draw here of a task that the journal does not have, and whose number would otherwise be given again.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Queues an entry. It is durable before the journal's events that are appended after it.
    pub fn append(&self, at: Millis, entry: Entry) {
        self.records.append(at, entry);
    }

    /// How far what is durable reaches.
    pub fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
