//! The coordinator's journal: every event of every task, in order, durable before anybody is told.
//!
//! SQLite in WAL mode with `synchronous=FULL`, written by one thread that commits whatever has queued up, so that durability
//! costs one sync per batch. Each record carries a checksum over itself and the record before it.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::task::Event;
use rusqlite::{Connection, params};
use tokio::sync::watch;

use crate::batch::Batches;

/// An event waits this long under load, so that a transaction has many.
const GATHER: Duration = Duration::from_micros(500);

/// Why a journal does not open.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite says no.
    #[error("the journal {path} cannot be opened")]
    Sqlite {
        /// Where.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A record is not what was written.
    #[error("the journal {path} is damaged at record {record}: {reason}")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Its number, from 1.
        record: i64,
        /// What is wrong.
        reason: String,
    },
    /// Durability could not be had.
    #[error("the journal {path} cannot promise durability: {setting} is {found}, not {expected}")]
    NotDurable {
        /// Where.
        path: PathBuf,
        /// Which setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
}

/// Handle to the writing thread. Cheap to append to; dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Journal {
    sender: Option<mpsc::Sender<Event>>,
    appended: u64,
    synced: watch::Receiver<u64>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A point in the journal that can be waited for.
#[derive(Clone, Debug)]
pub struct Mark {
    number: u64,
    synced: watch::Receiver<u64>,
}

impl Mark {
    /// Returns when everything up to here is on disk. Never returns if the writer has died: the process is about to end.
    pub async fn synced(mut self) {
        if self.synced.wait_for(|synced| *synced >= self.number).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Journal {
    /// Opens or creates the journal and reads every event in it.
    pub fn open(path: &Path) -> Result<(Self, Vec<Event>), JournalError> {
        let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
        let mut connection = Connection::open(path).map_err(sqlite)?;
        configure(&connection, path)?;
        connection
            .execute_batch("CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT")
            .map_err(sqlite)?;
        let (events, mut last, mut checksum) = read(&connection, path)?;
        let (sender, receiver) = mpsc::channel::<Event>();
        let (publish, synced) = watch::channel(0);
        let write = move || {
            let mut written = 0;
            for batch in Batches::new(receiver, GATHER) {
                if let Err(error) = commit(&mut connection, &batch, &mut last, &mut checksum) {
                    // What the disk holds is unknown from here on: end, and recover from the log at the next start.
                    tracing::error!(%error, "the journal cannot be written; ending at once");
                    std::process::abort();
                }
                written += batch.len() as u64;
                publish.send_replace(written);
            }
        };
        let thread = thread::Builder::new().name("journal".into()).spawn(write);
        let thread = thread.map_err(|error| sqlite(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))?;
        Ok((Self { sender: Some(sender), appended: 0, synced, thread: Some(thread) }, events))
    }

    /// Queues an event for writing. Events are written in the order of the calls.
    pub fn append(&mut self, event: Event) -> Mark {
        if let Some(sender) = &self.sender
            && sender.send(event).is_ok()
        {
            self.appended += 1;
        }
        self.mark()
    }

    /// Everything appended so far.
    pub fn mark(&self) -> Mark {
        Mark { number: self.appended, synced: self.synced.clone() }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread panicked");
        }
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
            return Err(JournalError::NotDurable { path: path.to_owned(), setting, found, expected });
        }
    }
    Ok(())
}

fn chain(previous: &B256, body: &[u8]) -> B256 {
    keccak256([previous.as_slice(), body].concat())
}

fn read(connection: &Connection, path: &Path) -> Result<(Vec<Event>, i64, B256), JournalError> {
    let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
    let mut statement =
        connection.prepare("SELECT number, checksum, body FROM events ORDER BY number").map_err(sqlite)?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?)))
        .map_err(sqlite)?;
    let (mut events, mut last, mut checksum) = (vec![], 0, B256::ZERO);
    for row in rows {
        let (record, stored, body) = row.map_err(sqlite)?;
        let damaged = |reason: String| JournalError::Damaged { path: path.to_owned(), record, reason };
        if record != last + 1 {
            return Err(damaged(format!("record {} is missing", last + 1)));
        }
        checksum = chain(&checksum, &body);
        if stored != checksum.as_slice() {
            return Err(damaged("its checksum does not match".into()));
        }
        events.push(serde_json::from_slice(&body).map_err(|error| damaged(error.to_string()))?);
        last = record;
    }
    Ok((events, last, checksum))
}

fn commit(
    connection: &mut Connection,
    batch: &[Event],
    last: &mut i64,
    checksum: &mut B256,
) -> Result<(), Box<dyn std::error::Error>> {
    let transaction = connection.transaction()?;
    {
        let mut insert =
            transaction.prepare_cached("INSERT INTO events (number, checksum, body) VALUES (?1, ?2, ?3)")?;
        for event in batch {
            let body = serde_json::to_vec(event)?;
            *checksum = chain(checksum, &body);
            *last += 1;
            insert.execute(params![*last, checksum.as_slice(), body])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::TaskId;

    use super::*;

    fn event(number: u8) -> Event {
        Event::Cancelled { task: TaskId(B256::repeat_byte(number)), delivered: 0 }
    }

    fn written(path: &Path, count: u8) {
        let (mut journal, _) = Journal::open(path).expect("opens");
        for number in 0..count {
            journal.append(event(number));
        }
    }

    #[tokio::test]
    async fn what_was_marked_synced_is_read_back_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        let (mut journal, events) = Journal::open(&path).expect("opens");
        assert!(events.is_empty());
        for number in 0..100 {
            journal.append(event(number));
        }
        journal.mark().synced().await;
        drop(journal);
        let (_, events) = Journal::open(&path).expect("opens again");
        assert_eq!(events, (0..100).map(event).collect::<Vec<_>>());
    }

    #[test]
    fn two_processes_cannot_write_one_journal() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        let (_first, _) = Journal::open(&path).expect("opens");
        assert!(matches!(Journal::open(&path), Err(JournalError::Sqlite { .. })));
    }

    #[test]
    fn a_changed_record_is_found_and_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        written(&path, 20);
        let change =
            |sql: &str| Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
        change("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), '07', '08') AS BLOB) WHERE number = 8");
        assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { record: 8, .. })));
        change("DELETE FROM events WHERE number <= 8");
        assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { record: 9, .. })));
    }
}
