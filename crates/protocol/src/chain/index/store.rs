//! The events of one network in a file: what is settled, which blocks they are complete for, and what was found out about the chain.
//!
//! A file that cannot be read or written is replaced by an empty one, and where that fails too, everything is kept in memory: an
//! index saves requests, and nothing is lost with it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, Bytes, LogData},
    rpc::types::{Filter, Log},
};
use rusqlite::{
    Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params, params_from_iter, types::Value,
};

use crate::chain::width::WIDEST;

/// The version of the tables.
const VERSION: u32 = 1;
/// Most events of a block.
const EVENTS: u64 = 1 << 24;
/// Another process writes for this long at most.
const BUSY: Duration = Duration::from_secs(5);
/// `place` is the number of the block and that of the event in it. `spans` are the blocks whose events are complete.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, number INTEGER, bytes BLOB) STRICT;
    CREATE TABLE IF NOT EXISTS spans (first INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS events (
        place INTEGER PRIMARY KEY, address BLOB NOT NULL, topic0 BLOB NOT NULL, topic1 BLOB, topic2 BLOB, topic3 BLOB,
        data BLOB NOT NULL, block_hash BLOB, tx_hash BLOB, tx_index INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS events_by_topic ON events (topic0, topic1, place);";
const SELECT: &str =
    "SELECT place, address, topic0, topic1, topic2, topic3, data, block_hash, tx_hash, tx_index FROM events";

/// A block of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) number: u64,
    pub(super) hash: B256,
}

/// What an index knows beside the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Changes when everything was forgotten.
    pub(super) generation: i64,
    /// Events are settled up to this block, where they are complete.
    pub(super) anchor: Option<Block>,
    /// The contracts were found to be the described ones when this was the newest block.
    pub(super) checked: Option<Block>,
    /// The events up to the anchor agree with the contract's state.
    pub(super) agrees: bool,
    /// The registry of jurors that the court named then.
    pub(super) jurors: Option<Address>,
    /// Blocks that the endpoint answered at once.
    pub(super) width: u64,
}

/// The file was replaced by an empty one: what was read from it before counts no more.
#[derive(Debug)]
pub(super) struct Forgotten;

/// The events of one network.
#[derive(Debug)]
pub(super) struct Store {
    connection: Mutex<Connection>,
    path: Option<PathBuf>,
    /// What the events are of: another value makes the index empty.
    subject: String,
}

impl Store {
    /// Opens the index in a file, or one in memory.
    pub(super) fn open(path: Option<PathBuf>, subject: String) -> Self {
        let (connection, path) = match path.and_then(|path| Some((open_file(&path, &subject)?, path))) {
            Some((connection, path)) => (connection, Some(path)),
            None => (memory(&subject), None),
        };
        Self { connection: Mutex::new(connection), path, subject }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one transaction; what fails in it makes the whole index suspect.
    fn run<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Forgotten> {
        let mut connection = self.lock();
        let done = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        done.map_err(|error: rusqlite::Error| {
            tracing::debug!(%error, path = ?self.path, "the index of events cannot be used, making a new one");
            *connection = memory(&self.subject);
            if let Some(path) = self.path.as_ref().filter(|_| is_damage(&error)) {
                remove(path);
                if let Some(fresh) = open_file(path, &self.subject) {
                    *connection = fresh;
                }
            }
            Forgotten
        })
    }

    /// The same if nothing was forgotten since `generation`.
    fn write<T>(
        &self,
        generation: i64,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Forgotten> {
        let written = self.run(|transaction| {
            // Takes the lock for writing before anything is read.
            transaction.execute("UPDATE facts SET number = number WHERE name = 'generation'", [])?;
            match number(transaction, "generation")? == Some(generation) {
                true => work(transaction).map(Some),
                false => Ok(None),
            }
        })?;
        written.ok_or(Forgotten)
    }

    /// What is known.
    pub(super) fn known(&self) -> Known {
        let read = || {
            self.run(|transaction| {
                Ok(Known {
                    generation: number(transaction, "generation")?.unwrap_or_default(),
                    anchor: block(transaction, "anchor")?,
                    checked: block(transaction, "checked")?,
                    agrees: number(transaction, "agrees")?.is_some(),
                    jurors: bytes(transaction, "jurors")?.and_then(|bytes| Address::try_from(bytes.as_slice()).ok()),
                    width: number(transaction, "width")?.map_or(WIDEST, |width| width.unsigned_abs()),
                })
            })
        };
        // The second time there is nothing in it.
        read().or_else(|Forgotten| read()).unwrap_or(Known { width: WIDEST, ..Known::default() })
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        let _ = self.run(|transaction| fill(transaction, &self.subject));
    }

    /// Writes down that the contracts are the described ones.
    pub(super) fn set_checked(&self, generation: i64, at: Block, jurors: Option<Address>) -> Result<(), Forgotten> {
        let other = self.known().jurors != jurors;
        if other && jurors.is_some() {
            // Events were asked for without it.
            self.forget();
        }
        let generation = if other { self.known().generation } else { generation };
        self.write(generation, |transaction| {
            set(transaction, "checked", Some(at.number), Some(at.hash.as_slice()))?;
            set(transaction, "jurors", None, jurors.as_ref().map(|jurors| jurors.as_slice()))
        })
    }

    /// Writes down how many blocks the endpoint answers at once.
    pub(super) fn set_width(&self, generation: i64, width: u64) -> Result<(), Forgotten> {
        self.write(generation, |transaction| set(transaction, "width", Some(width), None))
    }

    /// From now on events are to be settled up to this block, and whether they agree with the contract is open.
    pub(super) fn set_anchor(&self, generation: i64, anchor: Block) -> Result<(), Forgotten> {
        self.write(generation, |transaction| {
            transaction.execute("DELETE FROM facts WHERE name = 'agrees'", [])?;
            set(transaction, "anchor", Some(anchor.number), Some(anchor.hash.as_slice()))
        })
    }

    /// Writes down that the events agree with the contract.
    pub(super) fn set_agrees(&self, generation: i64) -> Result<(), Forgotten> {
        self.write(generation, |transaction| set(transaction, "agrees", Some(1), None))
    }

    /// The ranges of blocks, both ends included, between `first` and `last` whose events are missing.
    pub(super) fn gaps(&self, first: u64, last: u64) -> Result<Vec<(u64, u64)>, Forgotten> {
        self.run(|transaction| {
            let mut statement =
                transaction.prepare("SELECT first, last FROM spans WHERE last >= ?1 AND first <= ?2 ORDER BY first")?;
            let spans = statement
                .query_map(params![signed(first), signed(last)], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))?;
            let (mut gaps, mut next) = (vec![], first);
            for span in spans {
                let (from, to) = span?;
                if from > next {
                    gaps.push((next, from - 1));
                }
                next = next.max(to + 1);
            }
            if next <= last {
                gaps.push((next, last));
            }
            Ok(gaps)
        })
    }

    /// Adds the events of the blocks `first` to `last`, which are complete.
    pub(super) fn insert(&self, generation: i64, first: u64, last: u64, logs: &[Log]) -> Result<(), Forgotten> {
        self.write(generation, |transaction| {
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
            for log in logs {
                let topic = |index: usize| log.topics().get(index).map(|topic| topic.to_vec());
                let place = log.block_number.unwrap_or_default() * EVENTS + log.log_index.unwrap_or_default();
                insert.execute(params![
                    signed(place),
                    log.address().to_vec(),
                    topic(0).unwrap_or_default(),
                    topic(1),
                    topic(2),
                    topic(3),
                    log.data().data.to_vec(),
                    log.block_hash.map(|hash| hash.to_vec()),
                    log.transaction_hash.map(|hash| hash.to_vec()),
                    log.transaction_index.map(signed),
                ])?;
            }
            // One span instead of those that it touches.
            let touched = transaction.query_row(
                "SELECT min(first), max(last) FROM spans WHERE last >= ?1 - 1 AND first <= ?2 + 1",
                params![signed(first), signed(last)],
                |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)),
            )?;
            transaction.execute(
                "DELETE FROM spans WHERE last >= ?1 - 1 AND first <= ?2 + 1",
                params![signed(first), signed(last)],
            )?;
            let from = touched.0.map_or(signed(first), |from| from.min(signed(first)));
            let to = touched.1.map_or(signed(last), |to| to.max(signed(last)));
            transaction.execute("INSERT INTO spans VALUES (?1, ?2)", params![from, to])?;
            Ok(())
        })
    }

    /// Events that match `filter` in the blocks `first` to `last`, in order.
    pub(super) fn select(&self, filter: &Filter, first: u64, last: u64) -> Result<Vec<Log>, Forgotten> {
        let (mut conditions, mut values) = (vec!["place BETWEEN ? AND ?".to_owned()], range(first, last));
        for (name, topics) in ["topic0", "topic1", "topic2", "topic3"].into_iter().zip(&filter.topics) {
            if topics.is_empty() {
                continue;
            }
            let marks: Vec<_> = topics.iter().map(|_| "?").collect();
            conditions.push(format!("{name} IN ({})", marks.join(", ")));
            values.extend(topics.iter().map(|topic| Value::Blob(topic.to_vec())));
        }
        let text = format!("{SELECT} WHERE {} ORDER BY place", conditions.join(" AND "));
        let logs = self.run(|transaction| {
            transaction.prepare(&text)?.query_map(params_from_iter(values), log)?.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(logs.into_iter().filter(|log| filter.matches_address(log.address())).collect())
    }

    /// The newest event of each of these kinds for each first indexed value, in the blocks `first` to `last` and in their order: where
    /// the last event counts, the others need not be read.
    pub(super) fn newest(&self, kinds: &[B256], first: u64, last: u64) -> Result<Vec<Log>, Forgotten> {
        self.run(|transaction| {
            let mut logs = vec![];
            let newest = "SELECT max(place) FROM events WHERE topic0 = ? AND place BETWEEN ? AND ? GROUP BY topic1";
            let mut statement = transaction.prepare(&format!("{SELECT} WHERE place IN ({newest})"))?;
            for kind in kinds {
                let values = [vec![Value::Blob(kind.to_vec())], range(first, last)].concat();
                for found in statement.query_map(params_from_iter(values), log)? {
                    logs.push(found?);
                }
            }
            crate::chain::width::sort(&mut logs);
            Ok(logs)
        })
    }
}

fn range(first: u64, last: u64) -> Vec<Value> {
    let end = signed(last.saturating_mul(EVENTS).saturating_add(EVENTS - 1));
    vec![Value::Integer(signed(first.saturating_mul(EVENTS))), Value::Integer(end)]
}

/// SQLite's integers have a sign; no block's number is that large.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn log(row: &Row<'_>) -> rusqlite::Result<Log> {
    let hash = |column: usize| -> rusqlite::Result<Option<B256>> {
        let bytes: Option<Vec<u8>> = row.get(column)?;
        bytes.map(|bytes| B256::try_from(bytes.as_slice()).map_err(|_| wrong(column))).transpose()
    };
    let address: Vec<u8> = row.get(1)?;
    let address = Address::try_from(address.as_slice()).map_err(|_| wrong(1))?;
    let mut topics = vec![];
    for column in 2..6 {
        topics.extend(hash(column)?);
    }
    let place = unsigned(row, 0)?;
    let data = Bytes::from(row.get::<_, Vec<u8>>(6)?);
    let transaction_index: Option<i64> = row.get(9)?;
    Ok(Log {
        inner: alloy::primitives::Log { address, data: LogData::new_unchecked(topics, data) },
        block_hash: hash(7)?,
        block_number: Some(place / EVENTS),
        block_timestamp: None,
        transaction_hash: hash(8)?,
        transaction_index: transaction_index.map(i64::unsigned_abs),
        log_index: Some(place % EVENTS),
        removed: false,
    })
}

fn wrong(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "bytes of another length".into(), rusqlite::types::Type::Blob)
}

fn number(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let found =
        connection.query_row("SELECT number FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    Ok(found.flatten())
}

fn bytes(connection: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let found = connection.query_row("SELECT bytes FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    Ok(found.flatten())
}

fn block(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<Block>> {
    let number = number(transaction, name)?.map(i64::unsigned_abs);
    let hash = bytes(transaction, name)?.and_then(|bytes| B256::try_from(bytes.as_slice()).ok());
    Ok(number.zip(hash).map(|(number, hash)| Block { number, hash }))
}

fn set(transaction: &Transaction<'_>, name: &str, number: Option<u64>, bytes: Option<&[u8]>) -> rusqlite::Result<()> {
    let row = params![name, number.map(signed), bytes];
    transaction.execute("INSERT OR REPLACE INTO facts VALUES (?1, ?2, ?3)", row)?;
    Ok(())
}

/// Makes an index empty, for this subject.
fn fill(transaction: &Transaction<'_>, subject: &str) -> rusqlite::Result<()> {
    transaction.execute_batch("DELETE FROM facts; DELETE FROM spans; DELETE FROM events;")?;
    set(transaction, "subject", None, Some(subject.as_bytes()))?;
    // Never the same as that of another process.
    transaction.execute("INSERT INTO facts VALUES ('generation', random(), NULL)", [])?;
    Ok(())
}

fn prepare(connection: &mut Connection, subject: &str) -> rusqlite::Result<()> {
    if is_prepared(connection, subject)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if is_prepared(&transaction, subject)? {
        return Ok(());
    }
    let drop = "DROP TABLE IF EXISTS facts; DROP TABLE IF EXISTS spans; DROP TABLE IF EXISTS events;";
    transaction.execute_batch(&format!("{drop} {TABLES} PRAGMA user_version = {VERSION};"))?;
    fill(&transaction, subject)?;
    transaction.commit()
}

fn is_prepared(connection: &Connection, subject: &str) -> rusqlite::Result<bool> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(version == VERSION && bytes(connection, "subject")?.as_deref() == Some(subject.as_bytes()))
}

/// The index in a file, which is made where there is none or where it is damaged. `None` where no file can be used.
fn open_file(path: &Path, subject: &str) -> Option<Connection> {
    if let Some(parent) = path.parent() {
        // What is wrong with the directory is said when the file is opened.
        let _ = fs::create_dir_all(parent);
    }
    let open = || {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        let _: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;")?;
        prepare(&mut connection, subject)?;
        Ok(connection)
    };
    let opened = open().or_else(|error: rusqlite::Error| {
        if !is_damage(&error) {
            return Err(error);
        }
        tracing::debug!(%error, path = %path.display(), "the index of events cannot be read, making a new one");
        remove(path);
        open()
    });
    let said = |error: &rusqlite::Error| {
        tracing::debug!(%error, path = %path.display(), "events are not kept for later commands");
    };
    opened.inspect_err(said).ok()
}

/// Whether an error is one of the file's content, rather than of the disk or of another process.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure,
    };
    let outside = [CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure];
    !error.sqlite_error_code().is_some_and(|code| outside.contains(&code))
}

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        // A file that is not there is as good as removed.
        let _ = fs::remove_file(file);
    }
}

/// An index without a file.
fn memory(subject: &str) -> Connection {
    let mut connection = Connection::open_in_memory().expect("SQLite opens a database in memory");
    prepare(&mut connection, subject).expect("SQLite makes tables in memory");
    connection
}

#[cfg(test)]
mod tests;
