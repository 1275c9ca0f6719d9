//! Journals as earlier versions wrote them, with a record for each event: they are read once, and a checkpoint of all that they say
//! takes their place. Earlier versions cannot read that checkpoint, and refuse the journal.

use alloy::primitives::B256;
use cuckoo_protocol::{
    coordinator::{Checkpoint, Event, Keys},
    ledger::Accounts,
    task::{self, Tasks},
};
use serde::Deserialize;

use super::{
    chain::{Position, Record, read_bodies},
    checkpoint::{CheckpointRow, checked, read_rows},
    error::JournalError,
    turn::Payer,
};

/// The first row of a checkpoint.
#[derive(Deserialize)]
struct Summary {
    /// Nobody in what the first versions wrote.
    payer: Option<Payer>,
    /// Number of the last event that is in it.
    number: i64,
    /// Checksum of that event.
    head: B256,
    next_sequence: u64,
    accounts: Accounts,
    /// Rows that follow.
    tasks: usize,
}

/// True if a checkpoint is one of an earlier version.
pub(super) fn is_earlier(checkpoint: &[CheckpointRow]) -> bool {
    checkpoint.first().is_some_and(|row| serde_json::from_slice::<Summary>(&row.body).is_ok())
}

/// The state that a checkpoint and the events behind it lead to, and where the journal ends.
pub(super) fn read_state(
    place: &str,
    payer: &Payer,
    checkpoint: Vec<CheckpointRow>,
    records: Vec<Record>,
) -> Result<(Checkpoint, Position), JournalError> {
    let no_payer = || JournalError::NoPayer { place: place.to_owned() };
    let (Summary { payer: found, number, head, next_sequence, accounts, tasks: expected }, tasks) =
        read_rows(place, checkpoint)?.ok_or_else(no_payer)?;
    let tasks = checked(place, payer, found.ok_or_else(no_payer)?, tasks, expected)?;
    let tasks = Tasks::restore(tasks, next_sequence);
    let keys = Keys::of_tasks(&tasks);
    let mut state = Checkpoint { tasks, accounts, keys, ..Checkpoint::default() };
    let (events, end) = read_bodies(place, Position { number, checksum: head }, records, |body| {
        serde_json::from_slice::<task::Event>(body).map(Event::from).map_err(|error| error.to_string())
    })?;
    for (record, event) in (number + 1..).zip(events) {
        state.apply(&event).map_err(|error| {
            let reason = format!("it contradicts the records before it: {error}");
            JournalError::Damaged { place: place.to_owned(), record, reason }
        })?;
    }
    Ok((state, end))
}
