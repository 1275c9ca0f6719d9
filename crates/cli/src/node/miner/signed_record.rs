//! What a miner must not forget: what it has signed, and what it is owed for it.
//!
//! One digest per attempt of a task is on disk before the signature leaves: two different results signed for one attempt are
//! proof of a cheat. With it goes the answered ticket, which is the miner's claim until a voucher covers it, and the newest
//! voucher of every coordinator. One thread writes and commits whatever has queued up, so that the disk is waited for once per
//! batch and not once per task. The directory is locked for one process; others can read.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use alloy::primitives::{Address, B256, Bytes};
use cuckoo_protocol::{
    Cai, TaskId,
    message::{Receipt, SignedVoucher, Ticket},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use crate::node::group_commit::Batches;

/// An answer waits this long under load, so that a transaction has many.
const GATHER: Duration = Duration::from_millis(2);
/// Answers that come while others are written show load.
const MANY: usize = 3;
/// How often a record that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Bytes that have to fit then: more than a few answers take.
const ROOM: usize = 64 * 1024;

/// Why something is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process has the directory.
    #[error("another miner runs with the record of signatures in {0}")]
    InUse(PathBuf),
    /// The file cannot be used.
    #[error("the record of signatures {path} cannot be used: {reason}")]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another digest was signed for this attempt.
    #[error("another result was signed for attempt {attempt} of task {task}")]
    Conflict {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
    },
    /// The writing thread is gone.
    #[error("nothing can be kept any more")]
    Gone,
}

/// An answered ticket: the miner's claim if the coordinator is silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The coordinator's order.
    pub ticket: Ticket,
    /// Its signature.
    pub ticket_signature: Bytes,
    /// The miner's answer.
    pub receipt: Receipt,
    /// Its signature.
    pub receipt_signature: Bytes,
    /// What the answer comes to at the coordinator's rate.
    pub owed: Cai,
}

/// A signature that is about to leave.
#[derive(Debug)]
pub struct Answer {
    /// The receipt's digest.
    pub digest: B256,
    /// The ticket and what it is answered with.
    pub claim: Claim,
}

#[derive(Debug)]
enum Entry {
    Answer(Box<Answer>, oneshot::Sender<Result<(), StoreError>>),
    Voucher(Box<SignedVoucher>),
}

impl Entry {
    fn refuse(self, error: &StoreError) {
        match self {
            // Whoever has gone meanwhile signs nothing.
            Self::Answer(_, reply) => drop(reply.send(Err(error.clone()))),
            // The coordinator's next one says more.
            Self::Voucher(_) => {}
        }
    }
}

/// Handle to the writing thread. Dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Store {
    sender: Option<mpsc::Sender<Entry>>,
    thread: Option<thread::JoinHandle<()>>,
    vouchers: Vec<SignedVoucher>,
    claims: Vec<Claim>,
    trouble: watch::Receiver<Option<StoreError>>,
    _lock: File,
}

fn path(directory: &Path) -> PathBuf {
    directory.join("signed.db")
}

fn broken(path: &Path) -> impl Fn(&dyn std::fmt::Display) -> StoreError {
    move |reason| StoreError::File { path: path.to_owned(), reason: reason.to_string() }
}

impl Store {
    /// Opens or creates the record in a directory, and keeps it from every other writer.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = path(directory);
        let failed = broken(&path);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("signed.lock"));
        let lock = lock.map_err(|error| failed(&error))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse(directory.to_owned()),
            TryLockError::Error(error) => failed(&error),
        })?;
        let mut connection = connect(&path).map_err(|error| failed(&error))?;
        let (vouchers, claims) = read(&connection).map_err(|error| failed(&error))?;
        let (sender, receiver) = mpsc::channel::<Entry>();
        let own = path.clone();
        let (tell, trouble) = watch::channel(None);
        let write = move || {
            let mut batches = Batches::new(receiver, GATHER, MANY);
            while let Some(batch) = batches.next() {
                if let Err(error) = commit(&mut connection, &own, batch, &tell) {
                    while !has_room(&connection) {
                        thread::sleep(RETRY);
                        let Some(waiting) = batches.waiting() else { return };
                        waiting.into_iter().for_each(|entry| entry.refuse(&error));
                    }
                    tracing::info!("the record of signatures can be written again");
                    tell.send_replace(None);
                }
            }
        };
        let thread = thread::Builder::new().name("store".into()).spawn(write).map_err(|_| StoreError::Gone)?;
        Ok(Self { sender: Some(sender), thread: Some(thread), vouchers, claims, trouble, _lock: lock })
    }

    /// What an earlier process has kept: vouchers, and the answered tickets that none of them covers.
    pub fn take_kept(&mut self) -> (Vec<SignedVoucher>, Vec<Claim>) {
        (std::mem::take(&mut self.vouchers), std::mem::take(&mut self.claims))
    }

    /// Why nothing can be signed at the moment, such as a full disk. It is over by itself when the record can be written again.
    pub fn trouble(&self) -> Option<StoreError> {
        self.trouble.borrow().clone()
    }

    /// Returns when the digest is on disk, and its signature may leave. The same digest again is no conflict.
    pub async fn answer(&self, answer: Answer) -> Result<(), StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Entry::Answer(Box::new(answer), reply))?;
        answered.await.unwrap_or(Err(StoreError::Gone))
    }

    /// Keeps a voucher in place of an older one, and forgets the tickets that it covers. It is on disk soon; a coordinator says
    /// again what was lost with a power cut.
    pub fn voucher(&self, voucher: SignedVoucher) -> Result<(), StoreError> {
        self.send(Entry::Voucher(Box::new(voucher)))
    }

    fn send(&self, entry: Entry) -> Result<(), StoreError> {
        let sender = self.sender.as_ref().ok_or(StoreError::Gone)?;
        sender.send(entry).map_err(|_| StoreError::Gone)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the record of signatures panicked");
        }
    }
}

/// The vouchers and the uncovered tickets in a miner's directory, also while the miner runs.
pub fn kept(directory: &Path) -> Result<(Vec<SignedVoucher>, Vec<Claim>), StoreError> {
    let path = path(directory);
    if !path.exists() {
        return Ok((vec![], vec![]));
    }
    let failed = broken(&path);
    let open = || {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok::<_, rusqlite::Error>(connection)
    };
    let connection = open().map_err(|error| failed(&error))?;
    read(&connection).map_err(|error| failed(&error))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS signed (task BLOB NOT NULL, attempt INTEGER NOT NULL, digest BLOB NOT NULL,
         PRIMARY KEY (task, attempt)) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS claims (coordinator BLOB NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
         PRIMARY KEY (coordinator, number)) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS room (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS vouchers (coordinator BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;",
    )?;
    Ok(connection)
}

type Failure = Box<dyn std::error::Error>;

fn read(connection: &Connection) -> Result<(Vec<SignedVoucher>, Vec<Claim>), Failure> {
    fn all<T: for<'a> Deserialize<'a>>(connection: &Connection, query: &str) -> Result<Vec<T>, Failure> {
        let mut statement = connection.prepare(query)?;
        let bodies = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        bodies.map(|body| Ok(serde_json::from_slice(&body?)?)).collect()
    }
    let vouchers = all(connection, "SELECT body FROM vouchers ORDER BY coordinator")?;
    Ok((vouchers, all(connection, "SELECT body FROM claims ORDER BY coordinator, number")?))
}

/// Writes a batch in one transaction and tells everybody how it went.
fn commit(
    connection: &mut Connection,
    path: &Path,
    batch: Vec<Entry>,
    trouble: &watch::Sender<Option<StoreError>>,
) -> Result<(), StoreError> {
    let mut replies = vec![];
    let write = || {
        let transaction = connection.transaction()?;
        for entry in batch {
            match entry {
                Entry::Answer(answer, reply) => {
                    let conflict = record(&transaction, &answer)?;
                    replies.push((reply, conflict));
                }
                Entry::Voucher(voucher) => cover(&transaction, &voucher)?,
            }
        }
        Ok::<_, Failure>(transaction.commit()?)
    };
    let written = write().map_err(|error| {
        tracing::error!(%error, "the record of signatures cannot be written");
        broken(path)(&error)
    });
    if let Err(error) = &written {
        trouble.send_replace(Some(error.clone()));
    }
    for (reply, conflict) in replies {
        // Whoever has gone meanwhile signs nothing.
        let _ = reply.send(conflict.map_or_else(|| written.clone(), Err));
    }
    written
}

/// Whether the record can be written, and not just barely.
fn has_room(connection: &Connection) -> bool {
    connection.execute("INSERT OR REPLACE INTO room (id, body) VALUES (1, zeroblob(?1))", [ROOM as i64]).is_ok()
        && connection.execute("DELETE FROM room", []).is_ok()
}

fn record(transaction: &Transaction<'_>, answer: &Answer) -> Result<Option<StoreError>, Failure> {
    let Answer { digest, claim } = answer;
    let Ticket { task, attempt, coordinator, number, price, .. } = claim.ticket;
    let known: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT digest FROM signed WHERE task = ?1 AND attempt = ?2")?
        .query_row(params![task.as_slice(), attempt], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        let conflict = StoreError::Conflict { task: TaskId(task), attempt };
        return Ok((known != digest.as_slice()).then_some(conflict));
    }
    transaction.prepare_cached("INSERT INTO signed (task, attempt, digest) VALUES (?1, ?2, ?3)")?.execute(params![
        task.as_slice(),
        attempt,
        digest.as_slice()
    ])?;
    if price > 0 {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO claims (coordinator, number, body) VALUES (?1, ?2, ?3)")?
            .execute(params![coordinator.as_slice(), signed(number), serde_json::to_vec(claim)?])?;
    }
    Ok(None)
}

fn cover(transaction: &Transaction<'_>, voucher: &SignedVoucher) -> Result<(), Failure> {
    let coordinator: Address = voucher.voucher.coordinator;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO vouchers (coordinator, body) VALUES (?1, ?2)")?
        .execute(params![coordinator.as_slice(), serde_json::to_vec(voucher)?])?;
    transaction
        .prepare_cached("DELETE FROM claims WHERE coordinator = ?1 AND number <= ?2")?
        .execute(params![coordinator.as_slice(), signed(voucher.voucher.through)])?;
    Ok(())
}

/// SQLite's integers are signed; numbers of tickets begin with the time in milliseconds and stay far below half their range.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::message::Voucher;

    use super::*;

    fn answer(task: u8, attempt: u32, number: u64, price: u128, digest: u8) -> Answer {
        let ticket = Ticket { task: B256::repeat_byte(task), attempt, number, price, ..Ticket::default() };
        let claim = Claim {
            ticket,
            ticket_signature: Bytes::new(),
            receipt: Receipt::default(),
            receipt_signature: Bytes::new(),
            owed: Cai::from(price),
        };
        Answer { digest: B256::repeat_byte(digest), claim }
    }

    #[tokio::test]
    async fn a_second_different_digest_is_refused_also_by_the_next_process() {
        let folder = tempfile::tempdir().expect("a folder");
        {
            let store = Store::open(folder.path()).expect("opens");
            store.answer(answer(1, 1, 1, 0, 2)).await.expect("the first signature ever");
            store.answer(answer(1, 2, 2, 0, 3)).await.expect("another attempt");
            assert!(matches!(Store::open(folder.path()), Err(StoreError::InUse(_))), "two processes at once");
        }
        let store = Store::open(folder.path()).expect("opens again");
        store.answer(answer(1, 1, 1, 0, 2)).await.expect("the same digest");
        let conflict = store.answer(answer(1, 1, 1, 0, 9)).await;
        assert_eq!(conflict, Err(StoreError::Conflict { task: TaskId(B256::repeat_byte(1)), attempt: 1 }));
    }

    #[tokio::test]
    async fn tickets_are_kept_until_a_voucher_covers_them_and_can_be_read_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(folder.path()), Ok((vec![], vec![])));
        let store = Store::open(folder.path()).expect("opens");
        let answers =
            (1..=4).map(|number| store.answer(answer(number, 1, number.into(), u128::from(number % 2), number)));
        futures::future::try_join_all(answers).await.expect("kept");
        let numbers = |claims: &[Claim]| claims.iter().map(|claim| claim.ticket.number).collect::<Vec<_>>();
        let (vouchers, claims) = kept(folder.path()).expect("readable while it is open");
        assert_eq!((vouchers, numbers(&claims)), (vec![], vec![1, 3]), "free work is claimed from nobody");
        let signed = |through: u64| SignedVoucher {
            voucher: Voucher { cumulative: through.into(), through, ..Voucher::default() },
            signature: Bytes::new(),
        };
        store.voucher(signed(1)).expect("taken");
        store.voucher(signed(2)).expect("taken");
        drop(store);
        let mut store = Store::open(folder.path()).expect("opens again");
        let (vouchers, claims) = store.take_kept();
        assert_eq!((vouchers, numbers(&claims)), (vec![signed(2)], vec![3]));
    }
}
