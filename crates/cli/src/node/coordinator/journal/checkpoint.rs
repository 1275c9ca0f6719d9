//! The rows of a checkpoint: the state that takes the place of all records before it, and who pays what is owed in it.

use std::iter;

use alloy::primitives::B256;
use cuckoo_protocol::{
    coordinator::{Bindings, Book, Checkpoint, Keys},
    ledger::Accounts,
    task::{Task, Tasks},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    chain::{Position, chain},
    error::JournalError,
    turn::Payer,
};

/// A part of a checkpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CheckpointRow {
    pub(super) checksum: B256,
    pub(super) body: Vec<u8>,
}

/// The first row of a checkpoint; a row for each task follows, since a single value of SQLite ends at a gigabyte.
#[derive(Serialize, Deserialize)]
struct Summary {
    payer: Payer,
    /// The last record that is in it.
    through: Position,
    next_sequence: u64,
    accounts: Accounts,
    /// Rows that follow.
    tasks: usize,
    /// Checkpoints of versions that knew no such audits have none.
    #[serde(default)]
    audits: Book,
    #[serde(default)]
    bindings: Bindings,
    /// Those of versions before keys outlived tasks have none: theirs are those of their tasks.
    #[serde(default)]
    keys: Option<Keys>,
    /// Lines of the assignment log up to the last record that is in it, where that is known.
    #[serde(default)]
    lines: Option<u64>,
}

/// What [`read_checkpoint`] reads: the state after the records up to `through`.
pub(super) fn rows(
    Checkpoint { tasks, accounts, audits, bindings, keys }: &Checkpoint,
    payer: Payer,
    through: Position,
    lines: Option<u64>,
) -> serde_json::Result<Vec<CheckpointRow>> {
    let (next_sequence, accounts) = (tasks.next_sequence(), accounts.clone());
    let (audits, bindings, keys) = (audits.clone(), bindings.clone(), Some(keys.clone()));
    let summary =
        Summary { payer, through, next_sequence, accounts, tasks: tasks.len(), audits, bindings, keys, lines };
    let bodies =
        iter::once(serde_json::to_vec(&summary)).chain(tasks.iter().map(|task| serde_json::to_vec::<Task>(task)));
    let mut checksum = B256::ZERO;
    let row = |body: serde_json::Result<Vec<u8>>| {
        let body = body?;
        checksum = chain(&checksum, &body);
        Ok(CheckpointRow { checksum, body })
    };
    bodies.map(row).collect()
}

/// Reads and checks a checkpoint, if there is one, which has to be that of `payer`: the state, the last record that is in it, and the
/// lines of the assignment log up to there.
pub(super) fn read_checkpoint(
    place: &str,
    payer: &Payer,
    rows: Vec<CheckpointRow>,
) -> Result<Option<(Checkpoint, Position, Option<u64>)>, JournalError> {
    let Some((summary, tasks)) = read_rows::<Summary>(place, rows)? else { return Ok(None) };
    let Summary { payer: found, through, next_sequence, accounts, tasks: expected, audits, bindings, keys, lines } =
        summary;
    let tasks = Tasks::restore(checked(place, payer, found, tasks, expected)?, next_sequence);
    let keys = keys.unwrap_or_else(|| Keys::of_tasks(&tasks));
    Ok(Some((Checkpoint { tasks, accounts, audits, bindings, keys }, through, lines)))
}

/// Reads the rows of a checkpoint, of which the first one is its summary.
pub(super) fn read_rows<S: DeserializeOwned>(
    place: &str,
    rows: Vec<CheckpointRow>,
) -> Result<Option<(S, Vec<Task>)>, JournalError> {
    let broken = |reason: String| JournalError::Broken { place: place.to_owned(), reason };
    let (mut summary, mut tasks, mut checksum) = (None, vec![], B256::ZERO);
    for CheckpointRow { checksum: stored, body } in rows {
        checksum = chain(&checksum, &body);
        if stored != checksum {
            return Err(broken(format!("the checksum of row {} of its checkpoint does not match", tasks.len())));
        }
        match &summary {
            None => summary = Some(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
            Some(_) => tasks.push(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
        }
    }
    Ok(summary.map(|summary| (summary, tasks)))
}

/// The tasks of a checkpoint if it is that of `payer`, and all that it says it has.
pub(super) fn checked(
    place: &str,
    payer: &Payer,
    found: Payer,
    tasks: Vec<Task>,
    expected: usize,
) -> Result<Vec<Task>, JournalError> {
    if found != *payer {
        let (found, expected) = (Box::new(found), Box::new(*payer));
        return Err(JournalError::OtherPayer { place: place.to_owned(), found, expected });
    }
    if tasks.len() != expected {
        let reason = format!("its checkpoint has {} of {expected} tasks", tasks.len());
        return Err(JournalError::Broken { place: place.to_owned(), reason });
    }
    Ok(tasks)
}
