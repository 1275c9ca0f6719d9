//! The coordinator's journal: every event of every task, in order, durable before anybody is told.
//!
//! SQLite in WAL mode with `synchronous=FULL`, written by one thread that commits whatever has queued up, so that durability
//! costs one sync per batch. Each record carries a checksum over itself and the record before it. A [`Checkpoint`] takes the
//! place of all events before it, so that the file and the next start do not grow with the coordinator's age.

use std::{
    iter,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::{
    account::Accounts,
    task::{Event, Tasks},
};
use rusqlite::{Connection, Transaction, params};
use serde::{Deserialize, Serialize};
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
    /// The file itself is not what was written.
    #[error("the journal {path} is damaged: {reason}")]
    Broken {
        /// Where.
        path: PathBuf,
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

/// What all events so far have come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Those that are not forgotten.
    pub tasks: Tasks,
    /// All accounts.
    pub accounts: Accounts,
}

/// What a journal holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What the events that are not there any more have come to.
    pub checkpoint: Checkpoint,
    /// What has happened since, in order.
    pub events: Vec<Event>,
}

#[derive(Debug)]
enum Entry {
    Event(Event),
    Checkpoint(Box<Checkpoint>),
}

/// Handle to the writing thread. Cheap to append to; dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Journal {
    sender: Option<mpsc::Sender<Entry>>,
    appended: u64,
    /// Events since the last checkpoint.
    since: u64,
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
    /// Opens or creates the journal and reads all that is in it.
    pub fn open(path: &Path) -> Result<(Self, History), JournalError> {
        let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
        let mut connection = Connection::open(path).map_err(sqlite)?;
        configure(&connection, path)?;
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;
                 CREATE TABLE IF NOT EXISTS checkpoint (position INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;",
            )
            .map_err(sqlite)?;
        intact(&connection, path)?;
        let (history, mut last, mut checksum) = read(&connection, path)?;
        let since = history.events.len() as u64;
        let (sender, receiver) = mpsc::channel::<Entry>();
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
        Ok((Self { sender: Some(sender), appended: 0, since, synced, thread: Some(thread) }, history))
    }

    /// Queues an event for writing. Events are written in the order of the calls.
    pub fn append(&mut self, event: Event) -> Mark {
        self.since += 1;
        self.queue(Entry::Event(event))
    }

    /// Events that the next start has to read.
    pub fn since_checkpoint(&self) -> u64 {
        self.since
    }

    /// Queues what all events appended so far have come to, to take their place.
    pub fn checkpoint(&mut self, checkpoint: Checkpoint) -> Mark {
        self.since = 0;
        self.queue(Entry::Checkpoint(Box::new(checkpoint)))
    }

    fn queue(&mut self, entry: Entry) -> Mark {
        if let Some(sender) = &self.sender
            && sender.send(entry).is_ok()
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

/// Checksums show a changed record, and this a lost one: a damaged page can hide the last ones.
fn intact(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(JournalError::Broken { path: path.to_owned(), reason: found }),
    }
}

fn chain(previous: &B256, body: &[u8]) -> B256 {
    keccak256([previous.as_slice(), body].concat())
}

fn read(connection: &Connection, path: &Path) -> Result<(History, i64, B256), JournalError> {
    let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
    let (checkpoint, mut last, mut checksum) = read_checkpoint(connection, path)?;
    let mut statement =
        connection.prepare("SELECT number, checksum, body FROM events ORDER BY number").map_err(sqlite)?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?)))
        .map_err(sqlite)?;
    let mut events = vec![];
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
    Ok((History { checkpoint, events }, last, checksum))
}

/// The first row of a checkpoint; a row for each task follows, since a single value of SQLite ends at a gigabyte.
#[derive(Serialize, Deserialize)]
struct Summary {
    /// Number of the last event that is in it.
    number: i64,
    /// Checksum of that event.
    head: B256,
    next_sequence: u64,
    accounts: Accounts,
    /// Rows that follow.
    tasks: usize,
}

fn read_checkpoint(connection: &Connection, path: &Path) -> Result<(Checkpoint, i64, B256), JournalError> {
    let sqlite = |source| JournalError::Sqlite { path: path.to_owned(), source };
    let broken = |reason: String| JournalError::Broken { path: path.to_owned(), reason };
    let mut statement =
        connection.prepare("SELECT checksum, body FROM checkpoint ORDER BY position").map_err(sqlite)?;
    let rows =
        statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))).map_err(sqlite)?;
    let (mut summary, mut tasks, mut checksum) = (None::<Summary>, vec![], B256::ZERO);
    for row in rows {
        let (stored, body) = row.map_err(sqlite)?;
        checksum = chain(&checksum, &body);
        if stored != checksum.as_slice() {
            return Err(broken(format!("the checksum of row {} of its checkpoint does not match", tasks.len())));
        }
        match &summary {
            None => summary = Some(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
            Some(_) => tasks.push(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
        }
    }
    let Some(Summary { number, head, next_sequence, accounts, tasks: expected }) = summary else {
        return Ok((Checkpoint::default(), 0, B256::ZERO));
    };
    if tasks.len() != expected {
        return Err(broken(format!("its checkpoint has {} of {expected} tasks", tasks.len())));
    }
    Ok((Checkpoint { tasks: Tasks::restore(tasks, next_sequence), accounts }, number, head))
}

fn write_checkpoint(
    transaction: &Transaction<'_>,
    checkpoint: &Checkpoint,
    number: i64,
    head: B256,
) -> Result<(), Box<dyn std::error::Error>> {
    let Checkpoint { tasks, accounts } = checkpoint;
    let (next_sequence, accounts) = (tasks.next_sequence(), accounts.clone());
    let summary = Summary { number, head, next_sequence, accounts, tasks: tasks.len() };
    transaction.execute("DELETE FROM checkpoint", [])?;
    let mut insert = transaction.prepare("INSERT INTO checkpoint (checksum, body) VALUES (?1, ?2)")?;
    let mut checksum = B256::ZERO;
    for body in iter::once(serde_json::to_vec(&summary)).chain(tasks.iter().map(serde_json::to_vec)) {
        let body = body?;
        checksum = chain(&checksum, &body);
        insert.execute(params![checksum.as_slice(), body])?;
    }
    transaction.execute("DELETE FROM events WHERE number <= ?1", [number])?;
    Ok(())
}

fn commit(
    connection: &mut Connection,
    batch: &[Entry],
    last: &mut i64,
    checksum: &mut B256,
) -> Result<(), Box<dyn std::error::Error>> {
    let transaction = connection.transaction()?;
    for entry in batch {
        match entry {
            Entry::Event(event) => {
                let body = serde_json::to_vec(event)?;
                *checksum = chain(checksum, &body);
                *last += 1;
                transaction
                    .prepare_cached("INSERT INTO events (number, checksum, body) VALUES (?1, ?2, ?3)")?
                    .execute(params![*last, checksum.as_slice(), body])?;
            }
            Entry::Checkpoint(checkpoint) => write_checkpoint(&transaction, checkpoint, *last, *checksum)?,
        }
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use cuckoo_protocol::{
        TaskId,
        price::Rate,
        task::{Idempotency, Micros, Sampling, TaskSpec},
    };

    use super::*;

    /// A task of a test.
    pub(in crate::coordinator) fn spec(number: u8) -> Box<TaskSpec> {
        Box::new(TaskSpec {
            id: TaskId(B256::repeat_byte(number)),
            model: "m".into(),
            messages: vec![],
            sampling: Sampling {
                max_tokens: 5,
                temperature: Micros::ONE,
                top_p: Micros::ONE,
                seed: 1,
                ..Sampling::default()
            },
            salt: B256::ZERO,
            pick_salt: B256::ZERO,
            accepted_at: 1,
            deadline: 2,
            caller: Some("shop".into()),
            idempotency: Some(Idempotency { key: B256::repeat_byte(number), body: B256::ZERO }),
            rate: Rate::new(1_000, 1_000).expect("a rate"),
            scored: false,
            audit: false,
        })
    }

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
        let (mut journal, history) = Journal::open(&path).expect("opens");
        assert_eq!(history, History::default());
        for number in 0..100 {
            journal.append(event(number));
        }
        journal.mark().synced().await;
        drop(journal);
        let (_, history) = Journal::open(&path).expect("opens again");
        assert_eq!(history.events, (0..100).map(event).collect::<Vec<_>>());
    }

    #[test]
    fn f4_a_flipped_bit_is_found_or_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        written(&path, 200);
        let sound = fs::read(&path).expect("read");
        assert!(!path.with_extension("db-wal").exists(), "it was closed");
        let (_, history) = Journal::open(&path).expect("opens");
        let (mut found, mut harmless) = (0, 0);
        for round in 0..400usize {
            // Spread over the whole file, its first page among the rest.
            let place = (round * 7_919 + round * round) % sound.len();
            let mut damaged = sound.clone();
            damaged[place] ^= 1 << (round % 8);
            let copy = folder.path().join(format!("{round}.db"));
            fs::write(&copy, damaged).expect("written");
            match Journal::open(&copy) {
                Err(_) => found += 1,
                Ok((_, read)) => {
                    assert_eq!(read, history, "byte {place}, bit {}", round % 8);
                    harmless += 1;
                }
            }
        }
        assert!(found > 200 && found + harmless == 400, "{found} found, {harmless} harmless");
    }

    #[test]
    fn f4_a_torn_tail_leaves_a_beginning() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        let (mut journal, _) = Journal::open(&path).expect("opens");
        let (log, mut lengths) = (path.with_extension("db-wal"), vec![]);
        for number in 0..100 {
            let mark = journal.append(event(number));
            // One commit each, so that the tail can tear between any two of them.
            while *mark.synced.borrow() < mark.number {
                thread::yield_now();
            }
            lengths.push(fs::metadata(&log).expect("there").len() as usize);
        }
        let wal = fs::read(&log).expect("it is not closed");
        let main = fs::read(&path).expect("read");
        for round in 0..100usize {
            let copy = folder.path().join(format!("{round}.db"));
            fs::write(&copy, &main).expect("written");
            let cut = wal.len() * round / 100 + round % 13;
            fs::write(copy.with_extension("db-wal"), &wal[..cut.min(wal.len())]).expect("written");
            let (_, read) = Journal::open(&copy).expect("opens");
            let whole: Vec<_> = (0..100).map(event).collect();
            assert!(whole.starts_with(&read.events), "{round}: {}", read.events.len());
            let left = lengths.iter().filter(|length| **length <= cut).count();
            assert_eq!(read.events.len(), left, "cut at {cut} of {}", wal.len());
        }
    }

    #[tokio::test]
    async fn a_checkpoint_takes_the_place_of_what_was_before_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        let (mut journal, _) = Journal::open(&path).expect("opens");
        let mut whole = Checkpoint::default();
        for round in 0..3u8 {
            for number in 0..10 {
                let sequence = whole.tasks.next_sequence();
                let event = Event::Accepted { sequence, spec: spec(round * 10 + number) };
                whole.accounts.apply(&event);
                whole.tasks.apply(event.clone()).expect("applies");
                journal.append(event);
            }
            assert_eq!(journal.since_checkpoint(), 10);
            if round < 2 {
                journal.checkpoint(whole.clone()).synced().await;
            }
        }
        drop(journal);
        let (journal, History { mut checkpoint, events }) = Journal::open(&path).expect("opens again");
        assert_eq!((checkpoint.tasks.len(), events.len(), journal.since_checkpoint()), (20, 10, 10));
        for event in events {
            checkpoint.accounts.apply(&event);
            checkpoint.tasks.apply(event).expect("applies");
        }
        assert_eq!(checkpoint, whole);
        drop(journal);
        let change = |sql: &str| {
            Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
            Journal::open(&path).map(|_| ())
        };
        let shorter = change("DELETE FROM events WHERE number = 21");
        assert!(matches!(shorter, Err(JournalError::Damaged { record: 22, .. })), "{shorter:?}");
        let other = change(
            "UPDATE checkpoint SET body = CAST(replace(CAST(body AS TEXT), 'shop', 'shoq') AS BLOB) WHERE position = 7",
        );
        assert!(matches!(other, Err(JournalError::Broken { .. })), "{other:?}");
        let fewer = change("DELETE FROM checkpoint WHERE position = 21");
        assert!(matches!(fewer, Err(JournalError::Broken { .. })), "{fewer:?}");
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
