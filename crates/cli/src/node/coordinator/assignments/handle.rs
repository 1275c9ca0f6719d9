//! The handle to the assignment log: how far what is durable reaches.

use std::path::{Path, PathBuf};

use cuckoo_protocol::coordinator::LogEnd;
use tokio::sync::watch;

use super::line::Head;

/// Handle to the log, for those who tell others of it. What is appended to it is in the journal's turns.
#[derive(Clone, Debug)]
pub struct AssignmentLog {
    pub(super) head: watch::Receiver<Head>,
    pub(super) end: LogEnd,
    pub(super) path: PathBuf,
}

impl AssignmentLog {
    /// Where the log ended before this start. A crash can leave a draw on a server without the events of its turn, and a log can
    /// outlive its journal: a number would otherwise be given again, or an epoch be drawn by twice.
    pub fn end(&self) -> LogEnd {
        self.end
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
