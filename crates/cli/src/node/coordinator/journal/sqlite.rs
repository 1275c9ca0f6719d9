//! A journal in a file: SQLite in WAL mode with `synchronous=FULL`, for one process.

use std::path::Path;

use alloy::primitives::B256;
use rusqlite::{Connection, Transaction, params};

use super::{
    chain::{CheckpointRow, Contents, EventRecord, Position, read_contents, rows},
    entry::{Checkpoint, JournalEntry, Payer, lines_of},
    error::{Failure, JournalError},
    store::Store,
};
use crate::node::coordinator::assignments::Line;

pub(super) struct Sqlite {
    connection: Connection,
    /// Lines of the assignment log below this number are in its own file: the next transaction removes them.
    forgotten: Option<u64>,
}

impl Sqlite {
    pub(super) fn open(path: &Path, payer: &Payer) -> Result<(Self, Contents), JournalError> {
        let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(sqlite)?;
        configure(&connection, path)?;
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;
                 CREATE TABLE IF NOT EXISTS checkpoint (position INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;
                 CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY, place INTEGER NOT NULL, lines TEXT NOT NULL) STRICT;",
            )
            .map_err(sqlite)?;
        intact(&connection, path)?;
        let contents = read(&connection, path, payer)?;
        Ok((Self { connection, forgotten: None }, contents))
    }

    /// The newest lines of the assignment log: those that may not be in its file.
    pub(super) fn lines(&self, path: &Path) -> Result<Vec<Line>, JournalError> {
        let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
        let mut statement =
            self.connection.prepare("SELECT number, place, lines FROM lines ORDER BY number").map_err(sqlite)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?));
        let mut lines = vec![];
        for row in statement.query_map([], row).map_err(sqlite)? {
            let (number, place, text) = row.map_err(sqlite)?;
            lines.extend(Line::numbered(number, place, text.lines().map(str::to_owned)));
        }
        Ok(lines)
    }
}

impl Store for Sqlite {
    fn commit(&mut self, batch: &[JournalEntry], position: &mut Position) -> Result<(), Failure> {
        let transaction = self.connection.transaction()?;
        if let Some(below) = self.forgotten {
            transaction.prepare_cached("DELETE FROM lines WHERE number < ?1")?.execute([below])?;
        }
        for entry in batch {
            match entry {
                JournalEntry::Event(event) => {
                    let EventRecord { number, checksum, body } = position.follow(event)?;
                    transaction
                        .prepare_cached("INSERT INTO events (number, checksum, body) VALUES (?1, ?2, ?3)")?
                        .execute(params![number, checksum.as_slice(), body])?;
                }
                JournalEntry::Checkpoint(checkpoint, payer) => {
                    write_checkpoint(&transaction, checkpoint, *payer, *position)?;
                }
                JournalEntry::Line(_) => {}
            }
        }
        let mut lines = lines_of(batch).peekable();
        if let Some(Line { number, place, .. }) = lines.peek() {
            let (number, place) = (*number, *place);
            let lines = lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
            transaction
                .prepare_cached("INSERT INTO lines (number, place, lines) VALUES (?1, ?2, ?3)")?
                .execute(params![number, place, lines])?;
        }
        transaction.commit()?;
        self.forgotten = None;
        Ok(())
    }

    fn forget_lines(&mut self, below: u64) {
        self.forgotten = self.forgotten.max(Some(below));
    }
}

fn configure(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    for (setting, wanted, expected) in
        [("locking_mode", "EXCLUSIVE", "exclusive"), ("journal_mode", "WAL", "wal"), ("synchronous", "FULL", "2")]
    {
        let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
        connection.pragma_update(None, setting, wanted).map_err(sqlite)?;
        let found = connection
            .pragma_query_value(None, setting, |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => other.as_str().unwrap_or("unreadable").to_owned(),
                })
            })
            .map_err(sqlite)?;
        if found != expected {
            return Err(JournalError::NotDurable { place: path.display().to_string(), setting, found, expected });
        }
    }
    Ok(())
}

/// Checksums show a changed record, and this a lost one: a damaged page can hide the last ones.
fn intact(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(JournalError::Broken { place: path.display().to_string(), reason: found }),
    }
}

/// Reads a checksum. One of the wrong length reads as zero, which no record has.
fn checksum(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<B256> {
    Ok(B256::try_from(row.get_ref(index)?.as_blob()?).unwrap_or_default())
}

fn read(connection: &Connection, path: &Path, payer: &Payer) -> Result<Contents, JournalError> {
    let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
    let place = path.display().to_string();
    let mut statement =
        connection.prepare("SELECT checksum, body FROM checkpoint ORDER BY position").map_err(sqlite)?;
    let rows = statement
        .query_map([], |row| Ok(CheckpointRow { checksum: checksum(row, 0)?, body: row.get(1)? }))
        .map_err(sqlite)?;
    let mut events = connection.prepare("SELECT number, checksum, body FROM events ORDER BY number").map_err(sqlite)?;
    let record = |row: &rusqlite::Row<'_>| {
        Ok(EventRecord { number: row.get(0)?, checksum: checksum(row, 1)?, body: row.get(2)? })
    };
    let records = events.query_map([], record).map_err(sqlite)?;
    let (rows, records) = (rows.map(|row| row.map_err(sqlite)), records.map(|record| record.map_err(sqlite)));
    read_contents(&place, payer, rows, records)
}

fn write_checkpoint(
    transaction: &Transaction<'_>,
    checkpoint: &Checkpoint,
    payer: Payer,
    position: Position,
) -> Result<(), Failure> {
    transaction.execute("DELETE FROM checkpoint", [])?;
    let mut insert = transaction.prepare("INSERT INTO checkpoint (checksum, body) VALUES (?1, ?2)")?;
    for row in rows(checkpoint, payer, position) {
        let CheckpointRow { checksum, body } = row?;
        insert.execute(params![checksum.as_slice(), body])?;
    }
    transaction.execute("DELETE FROM events WHERE number <= ?1", [position.number])?;
    Ok(())
}
