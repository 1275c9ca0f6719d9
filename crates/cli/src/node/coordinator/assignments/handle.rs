//! The handle to the assignment log: how far what is durable reaches.

use std::path::{Path, PathBuf};

use tokio::sync::watch;

use super::line::Head;

/// Handle to the log, for those who tell others of it. What is appended to it is in the journal's turns.
#[derive(Clone, Debug)]
pub struct AssignmentLog {
    pub(super) head: watch::Receiver<Head>,
    pub(super) next_sequence: u64,
    pub(super) path: PathBuf,
}

impl AssignmentLog {
    /// A number larger than that of every task that was drawn before this start. A crash can leave a draw on a server without the
    /// events of its turn, and a log can outlive its journal: a number would otherwise be given again.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
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
