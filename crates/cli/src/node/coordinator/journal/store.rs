//! What a journal is kept in.

use std::{thread, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    chain::{Position, Record},
    checkpoint::CheckpointRow,
    confirmed::Confirmed,
    error::{Failure, JournalError},
};
use crate::node::coordinator::assignments::Line;

/// How often a waiting coordinator checks whether the serving one has ended.
const LOOK: Duration = Duration::from_secs(1);

/// What is stored, as it is found at the opening.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// An [earlier version](super::earlier) wrote it: each record is one event.
    pub(super) is_earlier: bool,
    pub(super) checkpoint: Vec<CheckpointRow>,
    /// Records behind the checkpoint.
    pub(super) records: Vec<Record>,
}

/// What keeps records. One thread calls it.
pub(super) trait Store: Send {
    /// Everything that is stored, lines of the assignment log aside.
    fn read(&mut self) -> Result<Stored, Failure>;

    /// Makes the records behind a position durable, and lines of the assignment log with them. If this process ends, or the power
    /// fails, there are all of them or a beginning, and after this has returned all.
    fn commit(&mut self, records: &[Record], lines: &[Line], before: &Position) -> Result<(), Failure>;

    /// A checkpoint of the records so far is going to be made.
    fn begin_checkpoint(&mut self) {}

    /// Puts a checkpoint in the place of the records up to `through`, which were all there were when it was begun. By now the journal
    /// ends at `end`.
    fn replace(&mut self, checkpoint: &[CheckpointRow], through: &Position, end: &Position) -> Result<(), Failure>;

    /// Puts a checkpoint in the place of all that an earlier version wrote, which ends at `end`, in one step.
    fn convert(&mut self, checkpoint: &[CheckpointRow], end: &Position) -> Result<(), Failure>;

    /// Whether it is still this process's, where others could take it over without this process noticing.
    fn confirmed(&self) -> Option<Confirmed> {
        None
    }

    /// An error where it is not, or nobody can say for long. Does not wait.
    fn confirm(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Lines below this number are on disk elsewhere.
    fn forget_lines(&mut self, _below: u64) {}
}

/// A [`Store`] that others use as well, but not at the same time. It has every line of the assignment log.
pub(super) trait SharedStore: Store {
    /// The number of lines.
    fn count_lines(&mut self) -> Result<u64, Failure>;

    /// Lines from a number on, of which there are `count` in all.
    fn lines(&mut self, from: u64, count: u64) -> Result<Vec<String>, Failure>;
}

/// Waits before the next check whether another coordinator has ended.
pub(super) fn pause(stop: &CancellationToken) -> Result<(), JournalError> {
    thread::sleep(LOOK);
    if stop.is_cancelled() { Err(JournalError::Stopped) } else { Ok(()) }
}
