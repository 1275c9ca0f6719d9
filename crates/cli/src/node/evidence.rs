//! The evidence that a node keeps: for each answer a bundle that opens every commitment of its ticket and receipt, compressed, in a
//! file of bounded size. The oldest ones go first, but for those that are marked: answers of miners that were confirmed to cheat, and
//! of open disputes. These take half of the room at most; beyond it the oldest of them lose their marks.
//!
//! A thread of its own writes what has gathered, at leisure and after everything else: nothing waits for it, and a node that is killed
//! or loses its power loses the answers of the last moments from here. Their receipts are in the journal, or in the record of signatures.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    mem,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use alloy::primitives::B256;
use cuckoo_protocol::{
    evidence::{Bundle, MOST_BYTES},
    manifest::ModelManifest,
    task::{Outcome, TaskId, TaskSpec},
};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use metrics::counter;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::{host::clock, node::write_ahead_log};

/// What has come is written this often.
const GATHER: Duration = Duration::from_millis(250);
/// At most this many answers wait to be written; beyond it, new ones are left out.
const MOST_WAITING: usize = 65_536;
/// Rows of a transaction.
const TOGETHER: usize = 1_024;
/// It is said at most this often that there is not enough room.
const SAID: Duration = Duration::from_secs(60 * 60);
/// Counts the bundles that went too early.
pub(super) const GONE_EARLY: &str = "cuckoo_evidence_gone_early_total";
/// A bundle is at most this long, in bytes; what decompresses to more is damaged.
pub(super) const LONGEST: u64 = MOST_BYTES as u64;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS bundles (
        number INTEGER PRIMARY KEY AUTOINCREMENT, task BLOB NOT NULL, attempt INTEGER NOT NULL,
        kept INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL, body BLOB NOT NULL, receipt BLOB, deadline INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS by_task ON bundles (task, attempt);
    CREATE INDEX IF NOT EXISTS by_age ON bundles (kept, number, size);";

/// An answer whose evidence is to be kept.
#[derive(Debug)]
pub enum Answer {
    /// One that a coordinator has accepted.
    Accepted {
        /// What was asked.
        spec: Arc<TaskSpec>,
        /// What was delivered.
        outcome: Arc<Outcome>,
        /// The model that was ordered.
        manifest: Arc<ModelManifest>,
    },
    /// One that a miner has signed.
    Signed(Box<Bundle>),
}

impl Answer {
    fn bundle(self) -> Bundle {
        match self {
            Self::Accepted { spec, outcome, manifest } => Bundle {
                record: outcome.receipt.clone(),
                text: outcome.text.clone(),
                manifest: (*manifest).clone(),
                messages: spec.messages.clone(),
                sampling: spec.sampling.clone(),
                log_probabilities: outcome.log_probabilities.clone(),
                class: outcome.class.clone(),
            },
            Self::Signed(bundle) => *bundle,
        }
    }
}

/// Where answers wait for the thread that writes them.
#[derive(Clone, Debug, Default)]
pub struct Queue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// Seconds after a ticket's deadline in which its receipt can be disputed; 0 while that is not known, or where nothing can be.
    window: AtomicU64,
    /// Bundles that went in that time, since the node has started.
    gone_early: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    answers: Vec<Answer>,
    /// Tasks whose evidence is not to go, or may go again; the last word counts.
    marks: BTreeMap<TaskId, bool>,
    left_out: u64,
    closed: bool,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the evidence of an answer written down.
    pub fn add(&self, answer: Answer) {
        let mut waiting = self.waiting();
        if waiting.answers.len() < MOST_WAITING {
            waiting.answers.push(answer);
        } else {
            waiting.left_out += 1;
        }
    }

    /// The evidence of these tasks is needed: it does not go.
    pub fn keep(&self, tasks: impl IntoIterator<Item = TaskId>) {
        self.waiting().marks.extend(tasks.into_iter().map(|task| (task, true)));
    }

    /// The evidence of these tasks may go as any other.
    pub fn release(&self, tasks: impl IntoIterator<Item = TaskId>) {
        self.waiting().marks.extend(tasks.into_iter().map(|task| (task, false)));
    }

    /// Has it said where evidence goes that could still be asked for: this many seconds after a ticket's deadline its receipt can be
    /// disputed.
    pub fn set_window(&self, seconds: u64) {
        self.0.window.store(seconds, Ordering::Relaxed);
    }

    /// Bundles that have gone to make room although their receipts could still be disputed, since the node has started.
    pub fn gone_early(&self) -> u64 {
        self.0.gone_early.load(Ordering::Relaxed)
    }

    fn close(&self) {
        self.waiting().closed = true;
        self.0.changed.notify_one();
    }

    /// What has come; after a while, or at once when the queue is closed. `None` once it is closed and empty.
    fn take(&self) -> Option<(Vec<Answer>, BTreeMap<TaskId, bool>)> {
        let waiting = self.waiting();
        let waited = self.0.changed.wait_timeout_while(waiting, GATHER, |waiting| !waiting.closed);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        let left_out = mem::take(&mut waiting.left_out);
        if left_out > 0 {
            tracing::warn!(left_out, "answers come faster than their evidence can be written: some have none");
        }
        let taken = (mem::take(&mut waiting.answers), mem::take(&mut waiting.marks));
        let is_over = waiting.closed && taken.0.is_empty() && taken.1.is_empty();
        (!is_over).then_some(taken)
    }
}

/// Why evidence cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be used.
    #[error("the evidence in {path} cannot be used: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// A bundle is damaged.
    #[error("a bundle of evidence is damaged: {0}")]
    Damaged(#[from] io::Error),
    /// The system has no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// The file in a node's data directory.
pub fn path(directory: &Path) -> PathBuf {
    directory.join("evidence.db")
}

fn in_file(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::File { path: path.clone(), source }
}

/// The thread that writes. Dropping it writes what waits and ends the thread.
#[derive(Debug)]
pub struct Store {
    queue: Queue,
    thread: Option<thread::JoinHandle<()>>,
}

impl Store {
    /// Opens or creates the file of a data directory, which is to take at most about this many bytes.
    pub fn start(directory: &Path, most_bytes: u64) -> Result<Self, StoreError> {
        let path = path(directory);
        let queue = Queue::default();
        let writer = Writer::open(&path, most_bytes, queue.clone()).map_err(in_file(&path))?;
        let run = {
            let queue = queue.clone();
            move || writer.run(&queue)
        };
        let thread = thread::Builder::new().name("evidence".into()).spawn(run).map_err(StoreError::Thread)?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Where answers are handed in.
    pub fn queue(&self) -> Queue {
        self.queue.clone()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that keeps evidence panicked");
        }
    }
}

/// Reads the evidence of a task's newest attempt in a data directory, even while the node runs. `None` where there is none.
pub fn read(directory: &Path, task: &TaskId) -> Result<Option<Vec<u8>>, StoreError> {
    find(directory, "SELECT body FROM bundles WHERE task = ?1 ORDER BY attempt DESC LIMIT 1", &task.0)
}

/// Reads the evidence that a receipt with this digest is about in a data directory, even while the node runs. `None` where there is
/// none.
pub fn read_receipt(directory: &Path, receipt: &B256) -> Result<Option<Vec<u8>>, StoreError> {
    find(directory, "SELECT body FROM bundles WHERE receipt = ?1 LIMIT 1", receipt)
}

fn find(directory: &Path, query: &str, word: &B256) -> Result<Option<Vec<u8>>, StoreError> {
    let path = path(directory);
    if !path.exists() {
        return Ok(None);
    }
    let find = || {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.query_row(query, [word.as_slice()], |row| row.get::<_, Vec<u8>>(0)).optional()
    };
    find().map_err(in_file(&path))?.map(|body| decompress(&body)).transpose()
}

pub(super) fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut read = vec![];
    ZlibDecoder::new(bytes).take(LONGEST + 1).read_to_end(&mut read)?;
    if read.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long").into());
    }
    Ok(read)
}

/// Why something was not written: the file, or a bundle that cannot be made smaller.
type Failure = Box<dyn std::error::Error>;

struct Writer {
    connection: Connection,
    /// Bytes of all bundles.
    bytes: u64,
    most_bytes: u64,
    /// Marks that are not written yet. They stay here until they are, however often writing fails.
    marks: BTreeMap<TaskId, bool>,
    /// Where it counts what goes too early.
    queue: Queue,
    /// When that was said last.
    said: Option<Instant>,
}

impl Writer {
    fn open(path: &Path, most_bytes: u64, queue: Queue) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        write_ahead_log::write_again(&connection, path)?;
        connection.execute_batch(TABLES)?;
        add_receipts(&connection)?;
        add_deadlines(&connection)?;
        let bytes =
            connection.query_row("SELECT coalesce(sum(size), 0) FROM bundles", [], |row| row.get::<_, i64>(0))?;
        Ok(Self { connection, bytes: bytes.unsigned_abs(), most_bytes, marks: BTreeMap::new(), queue, said: None })
    }

    fn run(mut self, queue: &Queue) {
        // Everything else of the node goes first; only on Linux does a priority belong to a thread. Where the system does not let it, it runs as the others do.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, 19);
        let (mut failed, mut has_old) = (false, true);
        let mut check = |result: Result<(), Failure>| match result {
            Ok(()) => failed = false,
            // Once for each time that it stops working, such as while the disk is full.
            Err(error) if !mem::replace(&mut failed, true) => {
                tracing::warn!(%error, "evidence of answers cannot be kept");
            }
            Err(_) => {}
        };
        while let Some((answers, marks)) = queue.take() {
            let mut answers = answers.into_iter().peekable();
            while answers.peek().is_some() {
                check(self.write(answers.by_ref().take(TOGETHER).collect()));
            }
            // After the answers that they are for.
            self.marks.extend(marks);
            if !self.marks.is_empty() {
                check(self.write_marks());
            }
            if has_old {
                check(self.name_receipts().map(|found| has_old = found));
            }
        }
    }

    /// Notes of some bundles of an earlier release which receipts they are about. Returns whether there were any.
    fn name_receipts(&mut self) -> Result<bool, Failure> {
        let transaction = self.connection.transaction()?;
        let rows: Vec<(i64, Vec<u8>)> = {
            let old = format!("SELECT number, body FROM bundles WHERE receipt IS NULL LIMIT {TOGETHER}");
            let mut query = transaction.prepare_cached(&old)?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        for (number, body) in &rows {
            let bundle = decompress(body).ok().and_then(|bytes| Bundle::decode(&bytes).ok());
            // One that cannot be read is about none.
            let receipt = bundle.map(|bundle| bundle.record.hash().to_vec()).unwrap_or_default();
            let note = "UPDATE bundles SET receipt = ?2 WHERE number = ?1";
            transaction.prepare_cached(note)?.execute(params![number, receipt])?;
        }
        transaction.commit()?;
        Ok(!rows.is_empty())
    }

    fn write_marks(&mut self) -> Result<(), Failure> {
        let transaction = self.connection.transaction()?;
        for (task, kept) in &self.marks {
            let mark = "UPDATE bundles SET kept = ?2 WHERE task = ?1";
            transaction.prepare_cached(mark)?.execute(params![task.0.as_slice(), kept])?;
        }
        let marked = "SELECT coalesce(sum(size), 0) FROM bundles WHERE kept = 1";
        while transaction.query_row(marked, [], |row| row.get::<_, i64>(0))?.unsigned_abs() > self.most_bytes / 2 {
            let oldest = "SELECT number FROM bundles WHERE kept = 1 ORDER BY number LIMIT 1";
            transaction.execute(&format!("UPDATE bundles SET kept = 0 WHERE number = ({oldest})"), [])?;
        }
        transaction.commit()?;
        self.marks.clear();
        Ok(())
    }

    fn write(&mut self, answers: Vec<Answer>) -> Result<(), Failure> {
        let transaction = self.connection.transaction()?;
        let mut bytes = self.bytes;
        for answer in answers {
            let bundle = answer.bundle();
            let (task, attempt) = (bundle.record.ticket.task, bundle.record.ticket.attempt);
            let receipt = bundle.record.hash();
            let deadline = bundle.record.ticket.deadline;
            bytes += insert(&transaction, (task, attempt), (receipt, deadline), &compress(&bundle.encode())?)?;
        }
        let window = self.queue.0.window.load(Ordering::Relaxed);
        // From this deadline on a receipt can still be disputed.
        let from = (window > 0).then(|| clock::now_seconds().saturating_sub(window));
        let mut early = 0;
        while bytes > self.most_bytes {
            let gone = remove_oldest(&transaction, from)?;
            if gone.bytes == 0 {
                break;
            }
            bytes = bytes.saturating_sub(gone.bytes);
            early += gone.early;
        }
        transaction.commit()?;
        self.bytes = bytes;
        self.note_early(early, window);
        Ok(())
    }

    /// Counts bundles that went too early, and says now and then what to do.
    fn note_early(&mut self, early: u64, window: u64) {
        if early == 0 {
            return;
        }
        counter!(GONE_EARLY).increment(early);
        let all = self.queue.0.gone_early.fetch_add(early, Ordering::Relaxed) + early;
        if self.said.is_none_or(|said| said.elapsed() >= SAID) {
            self.said = Some(Instant::now());
            let (hours, mebibytes) = (window.div_ceil(3_600), self.most_bytes >> 20);
            tracing::warn!(
                bundles = all,
                window_hours = hours,
                "evidence of answers goes to make room although it can still be disputed, and cannot be shown to a jury then; raise \
                 --evidence-size above {mebibytes}"
            );
        }
    }
}

/// Files of an earlier release do not say which receipts their bundles are about.
fn add_receipts(connection: &Connection) -> rusqlite::Result<()> {
    let known = "SELECT count(*) FROM pragma_table_info('bundles') WHERE name = 'receipt'";
    if connection.query_row(known, [], |row| row.get::<_, i64>(0))? == 0 {
        connection.execute_batch("ALTER TABLE bundles ADD COLUMN receipt BLOB")?;
    }
    connection.execute_batch("CREATE INDEX IF NOT EXISTS by_receipt ON bundles (receipt)")
}

/// Files of an earlier release do not say until when their bundles can be asked for: what is not known is not counted.
fn add_deadlines(connection: &Connection) -> rusqlite::Result<()> {
    let known = "SELECT count(*) FROM pragma_table_info('bundles') WHERE name = 'deadline'";
    if connection.query_row(known, [], |row| row.get::<_, i64>(0))? == 0 {
        connection.execute_batch("ALTER TABLE bundles ADD COLUMN deadline INTEGER")?;
    }
    Ok(())
}

/// Adds a bundle. Returns by how many bytes it grows the store; an attempt that is there already stays.
fn insert(
    transaction: &Transaction<'_>,
    (task, attempt): (B256, u32),
    (receipt, deadline): (B256, u64),
    body: &[u8],
) -> rusqlite::Result<u64> {
    let insert =
        "INSERT OR IGNORE INTO bundles (task, attempt, size, body, receipt, deadline) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let deadline = i64::try_from(deadline).unwrap_or(i64::MAX);
    let row = params![task.as_slice(), attempt, body.len(), body, receipt.as_slice(), deadline];
    let inserted = transaction.prepare_cached(insert)?.execute(row)?;
    Ok(if inserted > 0 { body.len() as u64 } else { 0 })
}

/// What has gone.
#[derive(Default)]
struct Gone {
    bytes: u64,
    /// Bundles whose receipts could still be disputed.
    early: u64,
}

/// Removes some of the oldest bundles that are not kept for that. Those whose tickets have a deadline `from` then on are counted.
fn remove_oldest(transaction: &Transaction<'_>, from: Option<u64>) -> rusqlite::Result<Gone> {
    let mut remove = transaction.prepare_cached(
        "DELETE FROM bundles WHERE number IN (SELECT number FROM bundles WHERE kept = 0 ORDER BY number LIMIT 64) RETURNING size, deadline",
    )?;
    let rows = remove.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))?;
    let mut gone = Gone::default();
    for row in rows {
        let (size, deadline) = row?;
        gone.bytes += size.unsigned_abs();
        let is_early = from.zip(deadline).is_some_and(|(from, deadline)| deadline.unsigned_abs() >= from);
        gone.early += u64::from(is_early);
    }
    Ok(gone)
}

#[cfg(test)]
mod tests;
