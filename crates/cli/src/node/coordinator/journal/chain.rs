//! The chain of checksums over a journal's records, and how what is kept is read back and checked.

use std::iter;

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::{
    ledger::Accounts,
    task::{Event, Tasks},
};
use serde::{Deserialize, Serialize};

use super::{
    entry::{Checkpoint, History, JournalEntry, Payer},
    error::JournalError,
};

/// How far a journal reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The number of the last event, from 1.
    pub(super) number: i64,
    /// The checksum of that event.
    pub(super) checksum: B256,
}

/// An event as it is kept.
#[derive(Debug)]
pub(super) struct EventRecord {
    pub(super) number: i64,
    pub(super) checksum: B256,
    pub(super) body: Vec<u8>,
}

/// A part of a checkpoint as it is kept.
#[derive(Debug)]
pub(super) struct CheckpointRow {
    pub(super) checksum: B256,
    pub(super) body: Vec<u8>,
}

impl Position {
    /// Moves on by one event, and returns its record.
    pub(super) fn follow(&mut self, event: &Event) -> serde_json::Result<EventRecord> {
        let body = serde_json::to_vec(event)?;
        *self = Self { number: self.number + 1, checksum: chain(&self.checksum, &body) };
        Ok(EventRecord { number: self.number, checksum: self.checksum, body })
    }

    /// The position behind the events of a batch.
    pub(super) fn after(mut self, batch: &[JournalEntry]) -> serde_json::Result<Self> {
        for entry in batch {
            if let JournalEntry::Event(event) = entry {
                self.follow(event)?;
            }
        }
        Ok(self)
    }
}

pub(super) fn chain(previous: &B256, body: &[u8]) -> B256 {
    keccak256([previous.as_slice(), body].concat())
}

/// What is read back of a journal.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) history: History,
    pub(super) position: Position,
    /// It says who pays; a new one does not yet.
    pub(super) has_payer: bool,
}

/// Reads and checks all that a journal holds, which has to be that of `payer`.
pub(super) fn read_contents(
    place: &str,
    payer: &Payer,
    checkpoint: impl Iterator<Item = Result<CheckpointRow, JournalError>>,
    events: impl Iterator<Item = Result<EventRecord, JournalError>>,
) -> Result<Contents, JournalError> {
    let found = read_checkpoint(place, payer, checkpoint)?;
    let has_payer = found.is_some();
    let (checkpoint, position) = found.unwrap_or_default();
    let (events, position) = read_events(place, position, events)?;
    if !has_payer && !events.is_empty() {
        return Err(JournalError::NoPayer { place: place.to_owned() });
    }
    Ok(Contents { history: History { checkpoint, events }, position, has_payer })
}

fn read_events(
    place: &str,
    mut position: Position,
    records: impl Iterator<Item = Result<EventRecord, JournalError>>,
) -> Result<(Vec<Event>, Position), JournalError> {
    let mut events = vec![];
    for record in records {
        let EventRecord { number: record, checksum, body } = record?;
        let damaged = |reason: String| JournalError::Damaged { place: place.to_owned(), record, reason };
        if record != position.number + 1 {
            return Err(damaged(format!("record {} is missing", position.number + 1)));
        }
        position = Position { number: record, checksum: chain(&position.checksum, &body) };
        if checksum != position.checksum {
            return Err(damaged("its checksum does not match".into()));
        }
        events.push(serde_json::from_slice(&body).map_err(|error| damaged(error.to_string()))?);
    }
    Ok((events, position))
}

/// The first row of a checkpoint; a row for each task follows, since a single value of SQLite ends at a gigabyte.
#[derive(Serialize, Deserialize)]
struct Summary {
    /// Nobody in what earlier versions wrote.
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

fn read_checkpoint(
    place: &str,
    payer: &Payer,
    rows: impl Iterator<Item = Result<CheckpointRow, JournalError>>,
) -> Result<Option<(Checkpoint, Position)>, JournalError> {
    let broken = |reason: String| JournalError::Broken { place: place.to_owned(), reason };
    let (mut summary, mut tasks, mut checksum) = (None::<Summary>, vec![], B256::ZERO);
    for row in rows {
        let CheckpointRow { checksum: stored, body } = row?;
        checksum = chain(&checksum, &body);
        if stored != checksum {
            return Err(broken(format!("the checksum of row {} of its checkpoint does not match", tasks.len())));
        }
        match &summary {
            None => summary = Some(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
            Some(_) => tasks.push(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
        }
    }
    let Some(Summary { payer: found, number, head, next_sequence, accounts, tasks: expected }) = summary else {
        return Ok(None);
    };
    let found = found.ok_or_else(|| JournalError::NoPayer { place: place.to_owned() })?;
    if found != *payer {
        let (found, expected) = (Box::new(found), Box::new(*payer));
        return Err(JournalError::OtherPayer { place: place.to_owned(), found, expected });
    }
    if tasks.len() != expected {
        return Err(broken(format!("its checkpoint has {} of {expected} tasks", tasks.len())));
    }
    let tasks = Tasks::restore(tasks, next_sequence);
    Ok(Some((Checkpoint { tasks, accounts }, Position { number, checksum: head })))
}

/// What [`read_contents`] reads of a checkpoint.
pub(super) fn rows(
    checkpoint: &Checkpoint,
    payer: Payer,
    position: Position,
) -> impl Iterator<Item = serde_json::Result<CheckpointRow>> {
    let Checkpoint { tasks, accounts } = checkpoint;
    let Position { number, checksum: head } = position;
    let (next_sequence, accounts) = (tasks.next_sequence(), accounts.clone());
    let summary = Summary { payer: Some(payer), number, head, next_sequence, accounts, tasks: tasks.len() };
    let bodies = iter::once(serde_json::to_vec(&summary)).chain(tasks.iter().map(serde_json::to_vec));
    let mut checksum = B256::ZERO;
    bodies.map(move |body| {
        let body = body?;
        checksum = chain(&checksum, &body);
        Ok(CheckpointRow { checksum, body })
    })
}
