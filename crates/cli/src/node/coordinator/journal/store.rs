//! What a journal is kept in.

use std::{thread, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    chain::{CheckpointRow, EventRecord, Position},
    entry::JournalEntry,
    error::{Failure, JournalError},
};

/// How often a waiting coordinator checks whether the serving one has ended.
const LOOK: Duration = Duration::from_secs(1);
/// How long a server may be away before the coordinator ends.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What keeps records. One thread calls it.
pub(super) trait Store: Send {
    /// Makes entries durable, in order. If this process ends, or the power fails, there are all of them or a beginning, and after
    /// this has returned all. `position` is where the journal ends, before and after.
    fn commit(&mut self, batch: &[JournalEntry], position: &mut Position) -> Result<(), Failure>;

    /// Lines below this number are on disk elsewhere.
    fn forget_lines(&mut self, _below: u64) {}
}

/// Records as a server keeps them.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) checkpoint: Vec<CheckpointRow>,
    pub(super) events: Vec<EventRecord>,
    /// Lines of the assignment log.
    pub(super) lines: u64,
}

/// A [`Store`] that others use as well, but not at the same time.
pub(super) trait SharedStore: Store {
    fn read(&mut self) -> Result<Stored, Failure>;

    /// Lines of the assignment log from a number on, of which there are `count` in all.
    fn lines(&mut self, from: u64, count: u64) -> Result<Vec<String>, Failure>;
}

/// Waits before the next check whether another coordinator has ended.
pub(super) fn pause(stop: &CancellationToken) -> Result<(), JournalError> {
    thread::sleep(LOOK);
    if stop.is_cancelled() { Err(JournalError::Stopped) } else { Ok(()) }
}
