//! The record of signatures: what a miner has signed, and what it is owed for it.
//!
//! One digest per attempt of a task is on disk before the signature is sent: two different results signed for one attempt are
//! proof of a cheat. The record also has the answered ticket, which is the miner's claim until a voucher covers it, and the
//! newest voucher of every coordinator, for each key that the miner has had. One thread writes and commits all that has queued up, so that the miner waits for the
//! disk once per batch and not once per task. The directory is locked for one process; others can read.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use alloy::primitives::{B256, Bytes};
use cuckoo_protocol::{
    Cai, TaskId,
    message::{Receipt, SignedVoucher, Ticket, Voucher},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use crate::node::group_commit::Batches;

/// Under load an answer waits this long, so that one transaction has many answers.
const GATHER: Duration = Duration::from_millis(2);
/// At least this many answers that come while others are written are load.
const MANY: usize = 3;
/// How often writing is tried again after it has failed.
const RETRY: Duration = Duration::from_secs(1);
/// This many bytes have to fit after a failure: more than a few answers take.
const SPARE: usize = 64 * 1024;

/// Why something cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Another process uses the directory.
    #[error("another miner uses the record of signatures in {0}")]
    InUse(PathBuf),
    /// The file cannot be used.
    #[error("the record of signatures {path} cannot be used: {reason}")]
    File {
        /// The record's file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// Another digest was signed for this attempt.
    #[error("another result was signed for attempt {attempt} of task {task}")]
    Conflict {
        /// The task.
        task: TaskId,
        /// The attempt.
        attempt: u32,
    },
    /// The writing thread has ended.
    #[error("the record of signatures can no longer be written")]
    Ended,
}

/// An answered ticket: the miner's claim if the coordinator does not pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The coordinator's order.
    pub ticket: Ticket,
    /// The signature of the order.
    pub ticket_signature: Bytes,
    /// The miner's answer.
    pub receipt: Receipt,
    /// The signature of the answer.
    pub receipt_signature: Bytes,
    /// The price of the answer at the coordinator's rate.
    pub owed: Cai,
}

/// An answer whose signature is about to be sent.
#[derive(Debug)]
pub struct SignedAnswer {
    /// The receipt's digest.
    pub digest: B256,
    /// The ticket and its answer.
    pub claim: Claim,
}

#[derive(Debug)]
enum Write {
    Answer(Box<SignedAnswer>, oneshot::Sender<Result<(), RecordError>>),
    Voucher(Box<SignedVoucher>),
}

impl Write {
    fn refuse(self, error: &RecordError) {
        match self {
            // A lease that has ended in the meantime sends no signature.
            Self::Answer(_, reply) => drop(reply.send(Err(error.clone()))),
            // The coordinator's next voucher covers more.
            Self::Voucher(_) => {}
        }
    }
}

/// Handle to the writing thread. Dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct SignedRecord {
    sender: Option<mpsc::Sender<Write>>,
    thread: Option<thread::JoinHandle<()>>,
    vouchers: Vec<SignedVoucher>,
    claims: Vec<Claim>,
    problem: watch::Receiver<Option<RecordError>>,
    _lock: File,
}

fn record_path(directory: &Path) -> PathBuf {
    directory.join("signed.db")
}

fn file_error(path: &Path) -> impl Fn(&dyn std::fmt::Display) -> RecordError {
    move |reason| RecordError::File { path: path.to_owned(), reason: reason.to_string() }
}

impl SignedRecord {
    /// Opens or creates the record in a directory, and keeps it from every other writer.
    pub fn open(directory: &Path) -> Result<Self, RecordError> {
        let path = record_path(directory);
        let failed = file_error(&path);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("signed.lock"));
        let lock = lock.map_err(|error| failed(&error))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => RecordError::InUse(directory.to_owned()),
            TryLockError::Error(error) => failed(&error),
        })?;
        let mut connection = connect(&path).map_err(|error| failed(&error))?;
        let (vouchers, claims) = read(&connection).map_err(|error| failed(&error))?;
        let (sender, receiver) = mpsc::channel::<Write>();
        let own = path.clone();
        let (report, problem) = watch::channel(None);
        let write = move || {
            let mut batches = Batches::new(receiver, GATHER, MANY);
            while let Some(batch) = batches.next() {
                if let Err(error) = commit(&mut connection, &own, batch, &report) {
                    while !has_space(&connection) {
                        thread::sleep(RETRY);
                        let Some(waiting) = batches.waiting() else { return };
                        waiting.into_iter().for_each(|write| write.refuse(&error));
                    }
                    tracing::info!("the record of signatures can be written again");
                    report.send_replace(None);
                }
            }
        };
        let thread =
            thread::Builder::new().name("signed-record".into()).spawn(write).map_err(|_| RecordError::Ended)?;
        Ok(Self { sender: Some(sender), thread: Some(thread), vouchers, claims, problem, _lock: lock })
    }

    /// Returns the vouchers of earlier processes, and the answered tickets that none of them covers.
    pub fn take_kept(&mut self) -> (Vec<SignedVoucher>, Vec<Claim>) {
        (std::mem::take(&mut self.vouchers), std::mem::take(&mut self.claims))
    }

    /// Why nothing can be signed at the moment, such as a full disk. It ends when the record can be written again.
    pub fn problem(&self) -> Option<RecordError> {
        self.problem.borrow().clone()
    }

    /// Returns when the digest is on disk and its signature may be sent. The same digest again is not a conflict.
    pub async fn answer(&self, answer: SignedAnswer) -> Result<(), RecordError> {
        let (reply, answered) = oneshot::channel();
        self.send(Write::Answer(Box::new(answer), reply))?;
        answered.await.unwrap_or(Err(RecordError::Ended))
    }

    /// Keeps a voucher in place of an older one, and forgets the tickets that it covers. It is on disk soon; a voucher that a
    /// power cut destroys is sent again by its coordinator.
    pub fn voucher(&self, voucher: SignedVoucher) -> Result<(), RecordError> {
        self.send(Write::Voucher(Box::new(voucher)))
    }

    fn send(&self, write: Write) -> Result<(), RecordError> {
        let sender = self.sender.as_ref().ok_or(RecordError::Ended)?;
        sender.send(write).map_err(|_| RecordError::Ended)
    }
}

impl Drop for SignedRecord {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the record of signatures panicked");
        }
    }
}

/// Reads the vouchers and the uncovered tickets in a miner's directory, even while the miner runs.
pub fn kept(directory: &Path) -> Result<(Vec<SignedVoucher>, Vec<Claim>), RecordError> {
    let path = record_path(directory);
    if !path.exists() {
        return Ok((vec![], vec![]));
    }
    let failed = file_error(&path);
    let open = || {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok::<_, rusqlite::Error>(connection)
    };
    let connection = open().map_err(|error| failed(&error))?;
    read(&connection).map_err(|error| failed(&error))
}

const TABLES: &str =
    "CREATE TABLE IF NOT EXISTS signed (task BLOB NOT NULL, attempt INTEGER NOT NULL, digest BLOB NOT NULL,
     PRIMARY KEY (task, attempt)) STRICT, WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS claims (miner BLOB NOT NULL, coordinator BLOB NOT NULL, number INTEGER NOT NULL,
     body BLOB NOT NULL, PRIMARY KEY (miner, coordinator, number)) STRICT, WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS room (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
     CREATE TABLE IF NOT EXISTS vouchers (miner BLOB NOT NULL, coordinator BLOB NOT NULL, body BLOB NOT NULL,
     PRIMARY KEY (miner, coordinator)) STRICT, WITHOUT ROWID;";
/// Records of earlier versions do not say in their keys to which of the miner's keys they belong. Their bodies do.
const ASIDE: &str = "ALTER TABLE vouchers RENAME TO unnamed_vouchers; ALTER TABLE claims RENAME TO unnamed_claims;";
const NAMED: &str =
    "INSERT INTO vouchers SELECT unhex(substr(json_extract(CAST(body AS TEXT), '$.voucher.miner'), 3)), coordinator, body
     FROM unnamed_vouchers;
     INSERT INTO claims SELECT unhex(substr(json_extract(CAST(body AS TEXT), '$.ticket.miner'), 3)), coordinator, number, body
     FROM unnamed_claims;
     DROP TABLE unnamed_vouchers; DROP TABLE unnamed_claims;";

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let unnamed: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_info('vouchers'))
         AND NOT EXISTS (SELECT 1 FROM pragma_table_info('vouchers') WHERE name = 'miner')",
        [],
        |row| row.get(0),
    )?;
    connection.execute_batch(&if unnamed {
        format!("BEGIN; {ASIDE} {TABLES} {NAMED} COMMIT;")
    } else {
        TABLES.into()
    })?;
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

/// Writes a batch in one transaction and reports the outcome to those who wait for it.
fn commit(
    connection: &mut Connection,
    path: &Path,
    batch: Vec<Write>,
    problem: &watch::Sender<Option<RecordError>>,
) -> Result<(), RecordError> {
    let mut replies = vec![];
    let write = || {
        let transaction = connection.transaction()?;
        for write in batch {
            match write {
                Write::Answer(answer, reply) => {
                    let conflict = insert_answer(&transaction, &answer)?;
                    replies.push((reply, conflict));
                }
                Write::Voucher(voucher) => replace_voucher(&transaction, &voucher)?,
            }
        }
        Ok::<_, Failure>(transaction.commit()?)
    };
    let written = write().map_err(|error| {
        tracing::error!(%error, "the record of signatures cannot be written");
        file_error(path)(&error)
    });
    if let Err(error) = &written {
        problem.send_replace(Some(error.clone()));
    }
    for (reply, conflict) in replies {
        // A lease that has ended in the meantime sends no signature.
        let _ = reply.send(conflict.map_or_else(|| written.clone(), Err));
    }
    written
}

/// True if the record can be written and there is space to spare.
fn has_space(connection: &Connection) -> bool {
    connection.execute("INSERT OR REPLACE INTO room (id, body) VALUES (1, zeroblob(?1))", [SPARE as i64]).is_ok()
        && connection.execute("DELETE FROM room", []).is_ok()
}

fn insert_answer(transaction: &Transaction<'_>, answer: &SignedAnswer) -> Result<Option<RecordError>, Failure> {
    let SignedAnswer { digest, claim } = answer;
    let Ticket { task, attempt, miner, coordinator, number, price, .. } = claim.ticket;
    let known: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT digest FROM signed WHERE task = ?1 AND attempt = ?2")?
        .query_row(params![task.as_slice(), attempt], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        let conflict = RecordError::Conflict { task: TaskId(task), attempt };
        return Ok((known != digest.as_slice()).then_some(conflict));
    }
    transaction.prepare_cached("INSERT INTO signed (task, attempt, digest) VALUES (?1, ?2, ?3)")?.execute(params![
        task.as_slice(),
        attempt,
        digest.as_slice()
    ])?;
    if price > 0 {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO claims (miner, coordinator, number, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![miner.as_slice(), coordinator.as_slice(), signed(number), serde_json::to_vec(claim)?])?;
    }
    Ok(None)
}

fn replace_voucher(transaction: &Transaction<'_>, voucher: &SignedVoucher) -> Result<(), Failure> {
    let Voucher { miner, coordinator, through, .. } = voucher.voucher;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO vouchers (miner, coordinator, body) VALUES (?1, ?2, ?3)")?
        .execute(params![miner.as_slice(), coordinator.as_slice(), serde_json::to_vec(voucher)?])?;
    transaction
        .prepare_cached("DELETE FROM claims WHERE miner = ?1 AND coordinator = ?2 AND number <= ?3")?
        .execute(params![miner.as_slice(), coordinator.as_slice(), signed(through)])?;
    Ok(())
}

/// SQLite's integers are signed; numbers of tickets begin with the time in milliseconds and stay far below half their range.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;

    use super::*;

    fn answer(task: u8, attempt: u32, number: u64, price: u128, digest: u8) -> SignedAnswer {
        let ticket = Ticket { task: B256::repeat_byte(task), attempt, number, price, ..Ticket::default() };
        let claim = Claim {
            ticket,
            ticket_signature: Bytes::new(),
            receipt: Receipt::default(),
            receipt_signature: Bytes::new(),
            owed: Cai::from(price),
        };
        SignedAnswer { digest: B256::repeat_byte(digest), claim }
    }

    #[tokio::test]
    async fn a_second_different_digest_is_refused_also_by_the_next_process() {
        let folder = tempfile::tempdir().expect("a folder");
        {
            let record = SignedRecord::open(folder.path()).expect("opens");
            record.answer(answer(1, 1, 1, 0, 2)).await.expect("the first signature ever");
            record.answer(answer(1, 2, 2, 0, 3)).await.expect("another attempt");
            assert!(matches!(SignedRecord::open(folder.path()), Err(RecordError::InUse(_))), "two processes at once");
        }
        let record = SignedRecord::open(folder.path()).expect("opens again");
        record.answer(answer(1, 1, 1, 0, 2)).await.expect("the same digest");
        let conflict = record.answer(answer(1, 1, 1, 0, 9)).await;
        assert_eq!(conflict, Err(RecordError::Conflict { task: TaskId(B256::repeat_byte(1)), attempt: 1 }));
    }

    #[tokio::test]
    async fn tickets_are_kept_until_a_voucher_covers_them_and_can_be_read_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(folder.path()), Ok((vec![], vec![])));
        let record = SignedRecord::open(folder.path()).expect("opens");
        let answers =
            (1..=4).map(|number| record.answer(answer(number, 1, number.into(), u128::from(number % 2), number)));
        futures::future::try_join_all(answers).await.expect("kept");
        let numbers = |claims: &[Claim]| claims.iter().map(|claim| claim.ticket.number).collect::<Vec<_>>();
        let (vouchers, claims) = kept(folder.path()).expect("readable while it is open");
        assert_eq!((vouchers, numbers(&claims)), (vec![], vec![1, 3]), "work for nothing is not claimed");
        let signed = |through: u64| SignedVoucher {
            voucher: Voucher { cumulative: through.into(), through, ..Voucher::default() },
            signature: Bytes::new(),
        };
        record.voucher(signed(1)).expect("taken");
        record.voucher(signed(2)).expect("taken");
        drop(record);
        let mut record = SignedRecord::open(folder.path()).expect("opens again");
        let (vouchers, claims) = record.take_kept();
        assert_eq!((vouchers, numbers(&claims)), (vec![signed(2)], vec![3]));
    }

    #[tokio::test]
    async fn what_one_key_is_owed_stays_when_another_one_is_paid() {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, new] = [1, 2].map(Address::repeat_byte);
        let of = |miner: Address, task: u8| {
            let mut answer = answer(task, 1, 5, 1, task);
            answer.claim.ticket.miner = miner;
            answer
        };
        let paid = |miner: Address, through: u64| SignedVoucher {
            voucher: Voucher { miner, cumulative: 1, through, ..Voucher::default() },
            signature: Bytes::new(),
        };
        let record = SignedRecord::open(folder.path()).expect("opens");
        record.voucher(paid(old, 4)).expect("taken");
        record.answer(of(old, 1)).await.expect("kept");
        record.answer(of(new, 2)).await.expect("kept");
        record.voucher(paid(new, 5)).expect("taken");
        drop(record);
        let expected = (vec![paid(old, 4), paid(new, 5)], vec![of(old, 1).claim]);
        assert_eq!(kept(folder.path()), Ok(expected));
    }

    #[tokio::test]
    async fn a_record_that_names_no_key_is_taken_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, miner) = (record_path(folder.path()), Address::repeat_byte(0xab));
        let voucher = Voucher { miner, cumulative: 1, through: 1, ..Voucher::default() };
        let mut signed = SignedVoucher { voucher, signature: Bytes::new() };
        let mut claim = answer(1, 1, 2, 1, 1).claim;
        claim.ticket.miner = miner;
        let before = Connection::open(&path).expect("opens");
        before
            .execute_batch(
                "CREATE TABLE claims (coordinator BLOB NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
                 PRIMARY KEY (coordinator, number)) STRICT, WITHOUT ROWID;
                 CREATE TABLE vouchers (coordinator BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;",
            )
            .expect("made");
        let coordinator = Address::ZERO;
        let bodies = [serde_json::to_vec(&signed), serde_json::to_vec(&claim)].map(|body| body.expect("encodes"));
        before
            .execute("INSERT INTO vouchers VALUES (?1, ?2)", params![coordinator.as_slice(), bodies[0]])
            .and_then(|_| {
                before.execute("INSERT INTO claims VALUES (?1, 2, ?2)", params![coordinator.as_slice(), bodies[1]])
            })
            .expect("filled");
        drop(before);
        let record = SignedRecord::open(folder.path()).expect("opens");
        assert_eq!(kept(folder.path()), Ok((vec![signed.clone()], vec![claim])));
        signed.voucher.through = 2;
        record.voucher(signed.clone()).expect("taken");
        drop(record);
        drop(SignedRecord::open(folder.path()).expect("opens again"));
        assert_eq!(kept(folder.path()), Ok((vec![signed], vec![])), "the same key's");
    }
}
