//! A journal in a file: SQLite in WAL mode with `synchronous=FULL`, for one process.

use std::path::Path;

use alloy::primitives::B256;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{
    chain::{Position, Record},
    checkpoint::CheckpointRow,
    earlier,
    error::{Failure, JournalError},
    store::{Store, Stored},
};
use crate::node::{coordinator::assignments::Line, write_ahead_log};

/// Each row of `turns` is a record. `lines` are lines of the assignment log: `line` is the number of the first one, `place` is where it
/// begins in the log's file, and those below `synced` are durable there.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS turns (
        number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL,
        synced INTEGER NOT NULL, line INTEGER, place INTEGER, lines TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS checkpoint (position INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;";
const INSERT: &str =
    "INSERT INTO turns (number, checksum, body, synced, line, place, lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(super) struct Sqlite {
    connection: Connection,
    /// It has the tables `events` and `lines` of an earlier version, and they count.
    is_earlier: bool,
    /// Lines of the assignment log below this number are durable in its own file.
    synced: u64,
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let sqlite = |source: rusqlite::Error| JournalError::Sqlite { path: path.to_owned(), source: source.into() };
        let connection = Connection::open(path).map_err(sqlite)?;
        configure(&connection, path)?;
        write_ahead_log::write_again(&connection, path).map_err(sqlite)?;
        connection.execute_batch(TABLES).map_err(sqlite)?;
        intact(&connection, path)?;
        let is_earlier = is_earlier(&connection).map_err(sqlite)?;
        Ok(Self { connection, is_earlier, synced: 0 })
    }

    /// The newest lines of the assignment log: those that may not be in its file.
    pub(super) fn lines(&self) -> Result<Vec<Line>, Failure> {
        let (select, synced) = if self.is_earlier {
            ("SELECT number, place, lines FROM lines ORDER BY number", 0)
        } else {
            let newest = "SELECT synced FROM turns ORDER BY number DESC LIMIT 1";
            let synced = self.connection.query_row(newest, [], |row| row.get(0)).optional()?;
            ("SELECT line, place, lines FROM turns WHERE lines IS NOT NULL ORDER BY number", synced.unwrap_or(0))
        };
        let mut statement = self.connection.prepare(select)?;
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?));
        let mut lines = vec![];
        for row in statement.query_map([], row)? {
            let (number, place, text) = row?;
            let numbered = Line::numbered(number, place, text.lines().map(str::to_owned));
            lines.extend(numbered.filter(|line| line.number >= synced));
        }
        Ok(lines)
    }

    /// The number of lines of the assignment log that the rows know of; `None` where none of them has any.
    pub(super) fn count_lines(&self) -> Result<Option<u64>, Failure> {
        if self.is_earlier {
            return Ok(None);
        }
        let newest = "SELECT line, lines FROM turns WHERE lines IS NOT NULL ORDER BY number DESC LIMIT 1";
        let row = |row: &Row<'_>| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?));
        let newest = self.connection.query_row(newest, [], row).optional()?;
        Ok(newest.map(|(first, lines)| first + lines.lines().count() as u64))
    }

    /// Forgets all lines of the assignment log.
    pub(super) fn remove_lines(&mut self) -> Result<(), Failure> {
        let remove = match self.is_earlier {
            true => "DELETE FROM lines",
            false => "UPDATE turns SET lines = NULL WHERE lines IS NOT NULL",
        };
        self.connection.execute(remove, [])?;
        Ok(())
    }
}

impl Store for Sqlite {
    fn read(&mut self) -> Result<Stored, Failure> {
        let mut rows = self.connection.prepare("SELECT checksum, body FROM checkpoint ORDER BY position")?;
        let row = |row: &Row<'_>| Ok(CheckpointRow { checksum: checksum(row, 0)?, body: row.get(1)? });
        let checkpoint = rows.query_map([], row)?.collect::<Result<_, _>>()?;
        let table = if self.is_earlier { "events" } else { "turns" };
        let select = format!("SELECT number, checksum, body FROM {table} ORDER BY number");
        let mut records = self.connection.prepare(&select)?;
        let record = |row: &Row<'_>| Ok(Record { number: row.get(0)?, checksum: checksum(row, 1)?, body: row.get(2)? });
        let records = records.query_map([], record)?.collect::<Result<_, _>>()?;
        Ok(Stored { is_earlier: self.is_earlier, checkpoint, records })
    }

    fn commit(&mut self, records: &[Record], lines: &[Line], _before: &Position) -> Result<(), Failure> {
        let Some((last, others)) = records.split_last() else { return Ok(()) };
        if others.is_empty() {
            // A statement of its own is a transaction.
            return insert(&self.connection, last, lines, self.synced);
        }
        let transaction = self.connection.transaction()?;
        for record in others {
            insert(&transaction, record, &[], self.synced)?;
        }
        insert(&transaction, last, lines, self.synced)?;
        Ok(transaction.commit()?)
    }

    fn replace(&mut self, checkpoint: &[CheckpointRow], through: &Position, _end: &Position) -> Result<(), Failure> {
        let transaction = self.connection.transaction()?;
        write_checkpoint(&transaction, checkpoint)?;
        transaction.execute("DELETE FROM turns WHERE number <= ?1", [through.number])?;
        transaction.commit()?;
        // Otherwise the log keeps the size that it has now, and the next start reads all of it.
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    fn convert(&mut self, checkpoint: &[CheckpointRow], _end: &Position) -> Result<(), Failure> {
        let transaction = self.connection.transaction()?;
        write_checkpoint(&transaction, checkpoint)?;
        transaction.execute_batch("DROP TABLE events; DROP TABLE lines;")?;
        transaction.commit()?;
        self.is_earlier = false;
        Ok(())
    }

    fn forget_lines(&mut self, below: u64) {
        self.synced = below;
    }
}

fn insert(connection: &Connection, record: &Record, lines: &[Line], synced: u64) -> Result<(), Failure> {
    let Record { number, checksum, body } = record;
    let first = lines.first().map(|line| (line.number, line.place));
    let (line, place) = first.unzip();
    let lines = first.map(|_| lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"));
    let mut insert = connection.prepare_cached(INSERT)?;
    insert.execute(params![number, checksum.as_slice(), body, synced, line, place, lines])?;
    Ok(())
}

fn write_checkpoint(transaction: &Transaction<'_>, checkpoint: &[CheckpointRow]) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM checkpoint", [])?;
    let mut insert = transaction.prepare("INSERT INTO checkpoint (checksum, body) VALUES (?1, ?2)")?;
    for CheckpointRow { checksum, body } in checkpoint {
        insert.execute(params![checksum.as_slice(), body])?;
    }
    Ok(())
}

fn configure(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    for (setting, wanted, expected) in
        [("locking_mode", "EXCLUSIVE", "exclusive"), ("journal_mode", "WAL", "wal"), ("synchronous", "FULL", "2")]
    {
        let sqlite = |source: rusqlite::Error| JournalError::Sqlite { path: path.to_owned(), source: source.into() };
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
    let sqlite = |source: rusqlite::Error| JournalError::Sqlite { path: path.to_owned(), source: source.into() };
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(JournalError::Broken { place: path.display().to_string(), reason: found }),
    }
}

/// True if an earlier version wrote what is there. It makes its tables before it finds that it cannot read a checkpoint of today, so
/// these alone say nothing.
fn is_earlier(connection: &Connection) -> rusqlite::Result<bool> {
    let table = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'events'";
    if connection.query_row(table, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(false);
    }
    let row = |row: &Row<'_>| Ok(CheckpointRow { checksum: checksum(row, 0)?, body: row.get(1)? });
    let first = connection.query_row("SELECT checksum, body FROM checkpoint ORDER BY position LIMIT 1", [], row);
    match first.optional()? {
        Some(first) => Ok(earlier::is_earlier(&[first])),
        None => connection.query_row("SELECT EXISTS (SELECT * FROM events)", [], |row| row.get(0)),
    }
}

/// Reads a checksum. One of the wrong length reads as zero, which no record has.
fn checksum(row: &Row<'_>, index: usize) -> rusqlite::Result<B256> {
    Ok(B256::try_from(row.get_ref(index)?.as_blob()?).unwrap_or_default())
}
