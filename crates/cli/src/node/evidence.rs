//! The evidence that a node keeps: for each answer a bundle that opens every commitment of its ticket and receipt, compressed, in a
//! file of bounded size. The oldest ones go first, but for those of miners that were confirmed to cheat.
//!
//! A thread of its own writes what has gathered, at leisure and after everything else: nothing waits for it, and a node that is killed
//! loses the answers of the last moments from here. Their receipts are in the journal, or in the record of signatures.

use std::{
    io::{self, Read, Write},
    mem,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use alloy::primitives::B256;
use cuckoo_protocol::{
    evidence::Bundle,
    manifest::ModelManifest,
    task::{Outcome, TaskId, TaskSpec},
};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

/// What has come is written this often.
const GATHER: Duration = Duration::from_millis(250);
/// At most this many answers wait to be written; beyond it, new ones are left out.
const MOST_WAITING: usize = 65_536;
/// Rows of a transaction.
const TOGETHER: usize = 1_024;
/// A bundle is at most this long, in bytes; what decompresses to more is damaged.
const LONGEST: u64 = 64 << 20;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS bundles (
        number INTEGER PRIMARY KEY AUTOINCREMENT, task BLOB NOT NULL, attempt INTEGER NOT NULL,
        kept INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL, body BLOB NOT NULL
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
}

#[derive(Debug, Default)]
struct Waiting {
    answers: Vec<Answer>,
    /// Tasks whose evidence is not to go.
    kept: Vec<TaskId>,
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
        self.waiting().kept.extend(tasks);
    }

    fn close(&self) {
        self.waiting().closed = true;
        self.0.changed.notify_one();
    }

    /// What has come; after a while, or at once when the queue is closed. `None` once it is closed and empty.
    fn take(&self) -> Option<(Vec<Answer>, Vec<TaskId>)> {
        let waiting = self.waiting();
        let waited = self.0.changed.wait_timeout_while(waiting, GATHER, |waiting| !waiting.closed);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        let left_out = mem::take(&mut waiting.left_out);
        if left_out > 0 {
            tracing::warn!(left_out, "answers come faster than their evidence can be written: some have none");
        }
        let taken = (mem::take(&mut waiting.answers), mem::take(&mut waiting.kept));
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
        let writer = Writer::open(&path, most_bytes).map_err(in_file(&path))?;
        let queue = Queue::default();
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
    let path = path(directory);
    if !path.exists() {
        return Ok(None);
    }
    let find = || {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let newest = "SELECT body FROM bundles WHERE task = ?1 ORDER BY attempt DESC LIMIT 1";
        connection.query_row(newest, [task.0.as_slice()], |row| row.get::<_, Vec<u8>>(0)).optional()
    };
    find().map_err(in_file(&path))?.map(|body| decompress(&body)).transpose()
}

fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut read = vec![];
    ZlibDecoder::new(bytes).take(LONGEST + 1).read_to_end(&mut read)?;
    if read.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long").into());
    }
    Ok(read)
}

struct Writer {
    connection: Connection,
    /// Bytes of all bundles.
    bytes: u64,
    most_bytes: u64,
}

impl Writer {
    fn open(path: &Path, most_bytes: u64) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(TABLES)?;
        let bytes =
            connection.query_row("SELECT coalesce(sum(size), 0) FROM bundles", [], |row| row.get::<_, i64>(0))?;
        Ok(Self { connection, bytes: bytes.unsigned_abs(), most_bytes })
    }

    fn run(mut self, queue: &Queue) {
        // Everything else of the node goes first; only on Linux does a priority belong to a thread. Where the system does not let it, it runs as the others do.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, 19);
        let mut failed = false;
        while let Some((answers, kept)) = queue.take() {
            let mut answers = answers.into_iter().peekable();
            let mut kept = Some(kept);
            while answers.peek().is_some() || kept.as_ref().is_some_and(|kept| !kept.is_empty()) {
                let batch: Vec<_> = answers.by_ref().take(TOGETHER).collect();
                let is_last = answers.peek().is_none();
                let kept = if is_last { kept.take().unwrap_or_default() } else { vec![] };
                match self.write(batch, &kept) {
                    Ok(()) => failed = false,
                    // Once for each time that it stops working, such as while the disk is full.
                    Err(error) if !mem::replace(&mut failed, true) => {
                        tracing::warn!(%error, "evidence of answers cannot be kept");
                    }
                    Err(_) => {}
                }
            }
        }
    }

    fn write(&mut self, answers: Vec<Answer>, kept: &[TaskId]) -> Result<(), Box<dyn std::error::Error>> {
        let transaction = self.connection.transaction()?;
        let mut bytes = self.bytes;
        for answer in answers {
            let bundle = answer.bundle();
            let (task, attempt) = (bundle.record.ticket.task, bundle.record.ticket.attempt);
            bytes += insert(&transaction, task, attempt, &compress(&bundle.encode())?)?;
        }
        for task in kept {
            transaction.prepare_cached("UPDATE bundles SET kept = 1 WHERE task = ?1")?.execute([task.0.as_slice()])?;
        }
        while bytes > self.most_bytes {
            let gone = remove_oldest(&transaction)?;
            if gone == 0 {
                break;
            }
            bytes = bytes.saturating_sub(gone);
        }
        transaction.commit()?;
        self.bytes = bytes;
        Ok(())
    }
}

/// Adds a bundle. Returns by how many bytes it grows the store; an attempt that is there already stays.
fn insert(transaction: &Transaction<'_>, task: B256, attempt: u32, body: &[u8]) -> rusqlite::Result<u64> {
    let inserted = transaction
        .prepare_cached("INSERT OR IGNORE INTO bundles (task, attempt, size, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![task.as_slice(), attempt, body.len(), body])?;
    Ok(if inserted > 0 { body.len() as u64 } else { 0 })
}

/// Removes some of the oldest bundles that are not kept for that, and returns their bytes.
fn remove_oldest(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    let mut remove = transaction.prepare_cached(
        "DELETE FROM bundles WHERE number IN (SELECT number FROM bundles WHERE kept = 0 ORDER BY number LIMIT 64) RETURNING size",
    )?;
    let sizes = remove.query_map([], |row| row.get::<_, i64>(0))?;
    sizes.map(|size| size.map(i64::unsigned_abs)).sum()
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::{
        message::Ticket,
        task::{ReceiptRecord, Sampling},
    };

    use super::*;

    fn bundle(task: u8, text: &str) -> Answer {
        let ticket = Ticket { task: B256::repeat_byte(task), attempt: 1, ..Ticket::default() };
        Answer::Signed(Box::new(Bundle {
            record: ReceiptRecord {
                chain_id: 1,
                settlement: Default::default(),
                ticket,
                ticket_signature: Default::default(),
                receipt: Default::default(),
                receipt_signature: Default::default(),
                salt: B256::ZERO,
                token_ids: vec![1, 2],
            },
            text: text.into(),
            manifest: ModelManifest::default(),
            messages: vec![],
            sampling: Sampling::default(),
            log_probabilities: vec![-0.5, -1.0],
        }))
    }

    fn id(task: u8) -> TaskId {
        TaskId(B256::repeat_byte(task))
    }

    #[test]
    fn what_is_kept_can_be_read_and_is_what_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(folder.path(), &id(1)).expect("reads").is_none());
        let store = Store::start(folder.path(), 1 << 20).expect("starts");
        store.queue().add(bundle(1, "hello"));
        store.queue().add(bundle(1, "something else for the same attempt"));
        drop(store);
        let bytes = read(folder.path(), &id(1)).expect("reads").expect("is there");
        let read_back = Bundle::decode(&bytes).expect("a bundle");
        assert_eq!((read_back.text.as_str(), read_back.log_probabilities), ("hello", vec![-0.5, -1.0]));
        assert!(read(folder.path(), &id(2)).expect("reads").is_none());
    }

    #[test]
    fn the_oldest_go_first_but_for_those_that_are_disputed() {
        let folder = tempfile::tempdir().expect("a folder");
        // A text that does not become shorter.
        let text: String =
            (0..2_000u32).map(|n| alloy::hex::encode(alloy::primitives::keccak256(n.to_be_bytes()))).collect();
        let store = Store::start(folder.path(), 10 << 20).expect("starts");
        (0..100).for_each(|task| store.queue().add(bundle(task, &text)));
        store.queue().keep([id(3)]);
        drop(store);
        let has = |task| read(folder.path(), &id(task)).expect("reads").is_some();
        assert!(has(0) && has(3));
        let store = Store::start(folder.path(), 4 << 20).expect("starts");
        store.queue().add(bundle(100, &text));
        drop(store);
        assert!(has(3), "it is disputed");
        assert!(!has(0) && !has(10));
        assert!(has(99) && has(100), "the newest stay");
    }
}
