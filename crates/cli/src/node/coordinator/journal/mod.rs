//! The coordinator's journal: every event of every task, in order, durable before anybody is told.
//!
//! One thread writes, and commits whatever has queued up, so that durability costs one sync per batch. Each record carries a
//! checksum over itself and the record before it. A [`Checkpoint`] takes the place of all events before it, so that what is kept
//! and the next start do not grow with the coordinator's age.
//!
//! Lines of the assignment log go the same way, before the events that follow from them: there is no lease of which the log does
//! not know, whatever happens. From here they go on to the log's own file.
//!
//! It is kept in a file ([`sqlite`]), or on a server that several coordinators with one key share ([`postgres`], [`nats`]): draws
//! and the assignment log are one sequence, so one of them serves, and another takes over where it ended.

use std::{
    fmt, iter,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use alloy::primitives::{Address, B256, keccak256};
use cuckoo_protocol::{
    assign::log,
    ledger::Accounts,
    task::{Event, Millis, Task, Tasks},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::writer::Writer;
use super::assignments::{self, AssignmentLog, AssignmentLogError, Line, LogFile};
use crate::node::{disk_space::DiskSpace, group_commit::Batches};

mod nats;
mod postgres;
mod sqlite;
mod writer;

/// An event waits this long under load, so that a transaction has many.
const GATHER: Duration = Duration::from_millis(2);
/// Events of several tasks at once show load.
const MANY: usize = 8;
/// How often one that waits for another coordinator's end looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long a server may be away before the coordinator ends.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whatever went wrong at a server.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Somebody else has written to a server's journal.
#[derive(Debug, thiserror::Error)]
#[error("another coordinator with this key has taken over")]
struct Lost;

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
    /// The server does.
    #[error("the journal {place} cannot be opened")]
    Server {
        /// Where.
        place: String,
        /// Why.
        source: Failure,
    },
    /// A record is not what was written.
    #[error("the journal {place} is damaged at record {record}: {reason}")]
    Damaged {
        /// Where.
        place: String,
        /// Its number, from 1.
        record: i64,
        /// What is wrong.
        reason: String,
    },
    /// What holds the records is not what was written.
    #[error("the journal {place} is damaged: {reason}")]
    Broken {
        /// Where.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// Durability could not be had.
    #[error("the journal {place} cannot promise durability: {setting} is {found}, not {expected}")]
    NotDurable {
        /// Where.
        place: String,
        /// Which setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// The assignment log here and the one on the server are not the same.
    #[error("the assignment log {path} is another one than that of the journal {place}")]
    OtherLog {
        /// Here.
        path: PathBuf,
        /// There.
        place: String,
    },
    /// The assignment log here cannot be read or written, or is damaged.
    #[error(transparent)]
    Log(#[from] AssignmentLogError),
    /// It was asked to end while another coordinator served.
    #[error("ended while another coordinator serves")]
    Stopped,
}

/// A server that keeps the journal of coordinators with one key.
#[derive(Clone)]
pub struct Server {
    url: Url,
    password: Option<SecretString>,
    /// Whose journal it is: a server may keep several.
    node: Address,
    /// Copies of the stream in a cluster of NATS, as the address says: `nats://HOST?replicas=3`.
    replicas: usize,
}

/// Why an address names no server for a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// Neither kind.
    #[error("a journal is at postgres://USER@HOST/DATABASE or nats://HOST")]
    Scheme,
    /// Others can read command lines.
    #[error("a password does not belong into an address")]
    Password,
    /// JetStream keeps from one to five.
    #[error("`replicas` in the journal's address is a number from 1 to 5")]
    Replicas,
}

impl Server {
    /// For the journal of the coordinator with this node address.
    pub fn new(url: Url, password: Option<SecretString>, node: Address) -> Result<Self, ServerError> {
        let option = |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value);
        if url.password().is_some() || option("password").is_some() {
            return Err(ServerError::Password);
        }
        let replicas = match option("replicas").map(|value| value.parse()) {
            None => 1,
            Some(Ok(replicas @ 1..=5)) => replicas,
            Some(_) => return Err(ServerError::Replicas),
        };
        match url.scheme() {
            "postgres" | "postgresql" | "nats" | "tls" if url.has_host() => Ok(Self { url, password, node, replicas }),
            _ => Err(ServerError::Scheme),
        }
    }

    /// What distinguishes the coordinator's tables or streams: 40 hex digits.
    fn name(&self) -> String {
        format!("{:x}", self.node)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Options may hold anything.
        let (scheme, host) = (self.url.scheme(), self.url.host_str().unwrap_or_default());
        write!(
            f,
            "{scheme}://{host}{}{}",
            self.url.port().map(|port| format!(":{port}")).unwrap_or_default(),
            self.url.path()
        )
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
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

/// What is waiting to be written.
#[derive(Debug)]
enum Queued {
    Entry(Entry),
    /// To become a line of the assignment log.
    Record(Millis, log::Entry),
    /// Nothing comes after it.
    End,
}

/// What is written.
#[derive(Debug)]
enum Entry {
    Event(Event),
    Checkpoint(Box<Checkpoint>),
    /// Of the assignment log.
    Line(Line),
}

/// Lines in a batch, in order.
fn lines_of(batch: &[Entry]) -> impl Iterator<Item = &Line> {
    batch.iter().filter_map(|entry| match entry {
        Entry::Line(line) => Some(line),
        _ => None,
    })
}

/// How far a journal reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Position {
    /// Of the last event, from 1.
    number: i64,
    /// That event's.
    checksum: B256,
}

/// An event as it is kept.
#[derive(Debug)]
struct Record {
    number: i64,
    checksum: B256,
    body: Vec<u8>,
}

/// A part of a checkpoint as it is kept.
#[derive(Debug)]
struct Row {
    checksum: B256,
    body: Vec<u8>,
}

impl Position {
    /// Goes one event on.
    fn follow(&mut self, event: &Event) -> serde_json::Result<Record> {
        let body = serde_json::to_vec(event)?;
        *self = Self { number: self.number + 1, checksum: chain(&self.checksum, &body) };
        Ok(Record { number: self.number, checksum: self.checksum, body })
    }

    /// Where it is after these.
    fn after(mut self, batch: &[Entry]) -> serde_json::Result<Self> {
        for entry in batch {
            if let Entry::Event(event) = entry {
                self.follow(event)?;
            }
        }
        Ok(self)
    }
}

/// What keeps records. One thread calls it.
trait Store: Send {
    /// Makes entries durable, in order. If this process ends, or the power fails, there are all of them or a beginning, and after
    /// this has returned all. `position` is where the journal ends, before and after.
    fn commit(&mut self, batch: &[Entry], position: &mut Position) -> Result<(), Failure>;

    /// Lines below this number are on disk elsewhere.
    fn forget_lines(&mut self, _below: u64) {}
}

/// Records as a server keeps them.
#[derive(Debug, Default)]
struct Stored {
    checkpoint: Vec<Row>,
    events: Vec<Record>,
    /// Lines of the assignment log.
    lines: u64,
}

/// A [`Store`] that others use as well, but not at the same time.
trait SharedStore: Store {
    fn read(&mut self) -> Result<Stored, Failure>;

    /// Lines of the assignment log from a number on, of which there are `count` in all.
    fn lines(&mut self, from: u64, count: u64) -> Result<Vec<String>, Failure>;
}

/// Handle to the writing thread. Cheap to append to; dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Journal {
    sender: Option<mpsc::Sender<Queued>>,
    appended: u64,
    /// Events since the last checkpoint.
    since: u64,
    synced: watch::Receiver<u64>,
    disk_space: DiskSpace,
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

/// Where entries of the assignment log are queued, in one order with events.
#[derive(Clone, Debug)]
pub struct Records(mpsc::Sender<Queued>);

impl Records {
    /// Queues an entry. Events that are appended after it are durable after it.
    pub fn append(&self, at: Millis, entry: log::Entry) {
        // The receiver lives as long as its thread, and that aborts the process rather than end by itself.
        let _ = self.0.send(Queued::Record(at, entry));
    }
}

/// A journal that is open, with the assignment log beside it, and what is in it.
#[derive(Debug)]
pub struct Opened {
    /// For events.
    pub journal: Journal,
    /// For what draws depend on.
    pub log: AssignmentLog,
    /// What there was.
    pub history: History,
}

impl Journal {
    /// Opens or creates a journal in a file, and the assignment log at `log`, and reads all that is in it.
    pub fn open(path: &Path, log: &Path) -> Result<Opened, JournalError> {
        let (mut store, history, position) = sqlite::Sqlite::open(path)?;
        let mut lines = store.lines(path)?;
        if lines.first().is_some_and(|first| first.place > 0) && !log.exists() {
            // It was moved away, and another one begins.
            lines.clear();
            store.forget_lines(u64::MAX >> 1);
        }
        Self::write_to(Box::new(store), position, history, LogFile::open(log, lines)?)
    }

    /// Waits until no other coordinator with the same key serves, then opens or creates the journal on a server and reads all that
    /// is in it. The assignment log at `log` becomes what the server has of it. `standby` is called once if there is something to
    /// wait for. Blocks.
    pub fn join(
        server: &Server,
        log: &Path,
        stop: &CancellationToken,
        standby: impl FnOnce(),
    ) -> Result<Opened, JournalError> {
        let place = server.to_string();
        let mut store: Box<dyn SharedStore> = match server.url.scheme() {
            "nats" | "tls" => Box::new(nats::Nats::lead(server, stop, standby)?),
            _ => Box::new(postgres::Postgres::lead(server, stop, standby)?),
        };
        let failed = |source| JournalError::Server { place: place.clone(), source };
        let Stored { checkpoint, events, lines } = store.read().map_err(failed)?;
        let (checkpoint, position) = read_checkpoint(&place, checkpoint.into_iter().map(Ok))?;
        let (events, mut position) = read_events(&place, position, events.into_iter().map(Ok))?;
        let io = |source| AssignmentLogError::File { path: log.to_owned(), source };
        let own = assignments::sound_lines(log).map_err(io)?;
        if lines == 0 && !own.is_empty() {
            // The server is new, and this coordinator is not.
            let batch: Vec<_> = Line::numbered(0, 0, own).map(Entry::Line).collect();
            store.commit(&batch, &mut position).map_err(failed)?;
        } else if lines > 0 {
            // From the last one on that both have.
            let from = lines.min(own.len() as u64).saturating_sub(1);
            let theirs = store.lines(from, lines).map_err(failed)?;
            if !assignments::continue_as(log, own, from as usize, theirs).map_err(io)? {
                return Err(JournalError::OtherLog { path: log.to_owned(), place });
            }
        }
        let log = LogFile::open(log, vec![])?;
        Self::write_to(store, position, History { checkpoint, events }, log)
    }

    fn write_to(
        mut store: Box<dyn Store>,
        position: Position,
        history: History,
        file: LogFile,
    ) -> Result<Opened, JournalError> {
        let (sender, receiver) = mpsc::channel::<Queued>();
        let log = file.log(Records(sender.clone()));
        store.forget_lines(file.synced());
        let (publish, synced) = watch::channel(0);
        let disk_space = DiskSpace::default();
        let writer = Writer { store, position, log: file, disk_space: disk_space.clone(), synced: publish };
        let write = move || writer.run(Batches::new(receiver, GATHER, MANY));
        let thread = thread::Builder::new().name("journal".into()).spawn(write);
        let thread =
            thread.map_err(|error| JournalError::Server { place: "of a thread".into(), source: Box::new(error) })?;
        let since = history.events.len() as u64;
        let journal = Self { sender: Some(sender), appended: 0, since, synced, disk_space, thread: Some(thread) };
        Ok(Opened { journal, log, history })
    }

    /// True while nothing more fits where it is kept: what is appended becomes durable once there is room.
    pub fn is_full(&self) -> bool {
        self.disk_space.is_full()
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

    /// Writes what is queued and leaves the journal to others; nothing can be appended any more.
    pub fn close(&mut self) {
        self.disk_space.leave();
        if let Some(sender) = self.sender.take() {
            // The thread ends by itself only after its last sender, and the assignment log has one.
            let _ = sender.send(Queued::End);
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread panicked");
        }
    }

    fn queue(&mut self, entry: Entry) -> Mark {
        if let Some(sender) = &self.sender
            && sender.send(Queued::Entry(entry)).is_ok()
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
        self.close();
    }
}

fn chain(previous: &B256, body: &[u8]) -> B256 {
    keccak256([previous.as_slice(), body].concat())
}

/// Waits before the next look whether another coordinator has ended.
fn pause(stop: &CancellationToken) -> Result<(), JournalError> {
    thread::sleep(LOOK);
    if stop.is_cancelled() { Err(JournalError::Stopped) } else { Ok(()) }
}

fn read_events(
    place: &str,
    mut position: Position,
    records: impl Iterator<Item = Result<Record, JournalError>>,
) -> Result<(Vec<Event>, Position), JournalError> {
    let mut events = vec![];
    for record in records {
        let Record { number: record, checksum, body } = record?;
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
    rows: impl Iterator<Item = Result<Row, JournalError>>,
) -> Result<(Checkpoint, Position), JournalError> {
    let broken = |reason: String| JournalError::Broken { place: place.to_owned(), reason };
    let (mut summary, mut tasks, mut checksum) = (None::<Summary>, vec![], B256::ZERO);
    for row in rows {
        let Row { checksum: stored, body } = row?;
        checksum = chain(&checksum, &body);
        if stored != checksum {
            return Err(broken(format!("the checksum of row {} of its checkpoint does not match", tasks.len())));
        }
        match &summary {
            None => summary = Some(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
            Some(_) => tasks.push(serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?),
        }
    }
    let Some(Summary { number, head, next_sequence, accounts, tasks: expected }) = summary else {
        return Ok(Default::default());
    };
    if tasks.len() != expected {
        return Err(broken(format!("its checkpoint has {} of {expected} tasks", tasks.len())));
    }
    let tasks = Tasks::restore(tasks, next_sequence);
    Ok((Checkpoint { tasks, accounts }, Position { number, checksum: head }))
}

/// What [`read_checkpoint`] reads.
fn rows(checkpoint: &Checkpoint, position: Position) -> impl Iterator<Item = serde_json::Result<Row>> {
    let Checkpoint { tasks, accounts } = checkpoint;
    let Position { number, checksum: head } = position;
    let (next_sequence, accounts) = (tasks.next_sequence(), accounts.clone());
    let summary = Summary { number, head, next_sequence, accounts, tasks: tasks.len() };
    let bodies = iter::once(serde_json::to_vec(&summary)).chain(tasks.iter().map(serde_json::to_vec::<Task>));
    let mut checksum = B256::ZERO;
    bodies.map(move |body| {
        let body = body?;
        checksum = chain(&checksum, &body);
        Ok(Row { checksum, body })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use cuckoo_protocol::{
        TaskId,
        price::Rate,
        task::{Idempotency, Micros, Sampling, TaskSpec},
    };

    use rusqlite::Connection;

    use super::*;

    /// A task of a test.
    pub(in crate::node::coordinator) fn spec(number: u8) -> Box<TaskSpec> {
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
            streamed: false,
            audit: false,
        })
    }

    fn event(number: u8) -> Event {
        Event::Cancelled { task: TaskId(B256::repeat_byte(number)), delivered: 0 }
    }

    /// Opens a journal in a folder of its own, or one more there.
    fn open(path: &Path) -> Result<(Journal, History), JournalError> {
        let Opened { journal, history, .. } = Journal::open(path, &path.with_extension("log"))?;
        Ok((journal, history))
    }

    fn written(path: &Path, count: u8) {
        let (mut journal, _) = open(path).expect("opens");
        for number in 0..count {
            journal.append(event(number));
        }
    }

    #[tokio::test]
    async fn what_was_marked_synced_is_read_back_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        let (mut journal, history) = open(&path).expect("opens");
        assert_eq!(history, History::default());
        for number in 0..100 {
            journal.append(event(number));
        }
        journal.mark().synced().await;
        drop(journal);
        let (_, history) = open(&path).expect("opens again");
        assert_eq!(history.events, (0..100).map(event).collect::<Vec<_>>());
    }

    #[test]
    fn f4_a_flipped_bit_is_found_or_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        written(&path, 200);
        let sound = fs::read(&path).expect("read");
        assert!(!path.with_extension("db-wal").exists(), "it was closed");
        let (_, history) = open(&path).expect("opens");
        let (mut found, mut harmless) = (0, 0);
        for round in 0..400usize {
            // Spread over the whole file, its first page among the rest.
            let place = (round * 7_919 + round * round) % sound.len();
            let mut damaged = sound.clone();
            damaged[place] ^= 1 << (round % 8);
            let copy = folder.path().join(format!("{round}.db"));
            fs::write(&copy, damaged).expect("written");
            match open(&copy) {
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
        let (mut journal, _) = open(&path).expect("opens");
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
            let (_, read) = open(&copy).expect("opens");
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
        let (mut journal, _) = open(&path).expect("opens");
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
        let (journal, History { mut checkpoint, events }) = open(&path).expect("opens again");
        assert_eq!((checkpoint.tasks.len(), events.len(), journal.since_checkpoint()), (20, 10, 10));
        for event in events {
            checkpoint.accounts.apply(&event);
            checkpoint.tasks.apply(event).expect("applies");
        }
        assert_eq!(checkpoint, whole);
        drop(journal);
        let change = |sql: &str| {
            Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
            open(&path).map(|_| ())
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
        let (_first, _) = open(&path).expect("opens");
        assert!(matches!(open(&path), Err(JournalError::Sqlite { .. })));
    }

    #[test]
    fn a_changed_record_is_found_and_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.db");
        written(&path, 20);
        let change =
            |sql: &str| Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
        change("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), '07', '08') AS BLOB) WHERE number = 8");
        assert!(matches!(open(&path), Err(JournalError::Damaged { record: 8, .. })));
        change("DELETE FROM events WHERE number <= 8");
        assert!(matches!(open(&path), Err(JournalError::Damaged { record: 9, .. })));
    }
}
