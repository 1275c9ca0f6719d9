//! The record's file: one digest for each attempt of a task that was signed for, the answered tickets that no voucher covers, and
//! the newest voucher of every coordinator, for each key that the miner has had. The directory is locked for one process; others
//! can read.

use std::{
    fmt::Display,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::primitives::{B256, Bytes};
use cuckoo_protocol::{
    TaskId,
    message::{
        Acknowledgement, Domain, Message, SignedAcknowledgement, SignedVoucher, Ticket, Voucher, proof::Contradiction,
    },
    miner::{Claim, Completed, payout::Kept},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Transaction, params};
use serde::Deserialize;

use crate::node::write_ahead_log;

/// At most this many contradictions of one coordinator are kept. Each is about later tickets than the ones before: a punishment excuses
/// the others.
const MOST_CONTRADICTIONS: usize = 64;
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
}

/// What coordinators have signed that is to be written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Vouchers that take the place of older ones.
    pub vouchers: Vec<SignedVoucher>,
    /// Acknowledgements of claims that no voucher covers.
    pub acknowledgements: Vec<SignedAcknowledgement>,
    /// Vouchers that take back a part of earlier ones: those that contradict a kept one are proof of a fault.
    pub refused: Vec<SignedVoucher>,
}

/// The record of signatures in a directory.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    _lock: File,
}

type Failure = Box<dyn std::error::Error>;

fn record_path(directory: &Path) -> PathBuf {
    directory.join("signed.db")
}

fn file_error(path: &Path) -> impl Fn(&dyn Display) -> RecordError + use<> {
    let path = path.to_owned();
    move |reason| RecordError::File { path: path.clone(), reason: reason.to_string() }
}

impl Store {
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
        let connection = connect(&path).map_err(|error| failed(&error))?;
        Ok(Self { connection, path, _lock: lock })
    }

    /// Returns the vouchers, and the answered tickets that none of them covers.
    pub fn kept(&self) -> Result<Kept, RecordError> {
        read(&self.connection).map_err(|error| file_error(&self.path)(&error))
    }

    /// Writes receipts, and what coordinators have signed, in one transaction. Returns the signature of each receipt, which `sign` makes of the struct
    /// hashes of all of them, or for which receipt of its attempt there is another signature. The same receipt again is no conflict.
    pub fn commit<E: Display>(
        &mut self,
        receipts: Vec<Completed>,
        heard: &Heard,
        domain: &Domain,
        sign: impl FnOnce(&[B256]) -> Result<Vec<Bytes>, E>,
    ) -> Result<Vec<Result<Bytes, RecordError>>, RecordError> {
        self.write(receipts, heard, domain, sign).map_err(|error| file_error(&self.path)(&error))
    }

    fn write<E: Display>(
        &mut self,
        receipts: Vec<Completed>,
        heard: &Heard,
        domain: &Domain,
        sign: impl FnOnce(&[B256]) -> Result<Vec<Bytes>, E>,
    ) -> Result<Vec<Result<Bytes, RecordError>>, Failure> {
        let transaction = self.connection.transaction()?;
        let mut hashes = Vec::with_capacity(receipts.len());
        let mut conflicts = Vec::with_capacity(receipts.len());
        for completed in &receipts {
            let hash = completed.receipt.struct_hash();
            let conflict = insert_digest(&transaction, &completed.ticket, domain.digest_of(&hash))?;
            if conflict.is_none() {
                hashes.push(hash);
            }
            conflicts.push(conflict);
        }
        let signatures = sign(&hashes).map_err(|error| format!("a receipt cannot be signed: {error}"))?;
        let mut signatures = signatures.into_iter();
        let mut outcomes = Vec::with_capacity(receipts.len());
        for (completed, conflict) in receipts.into_iter().zip(conflicts) {
            outcomes.push(match conflict {
                Some(conflict) => Err(conflict),
                None => {
                    let signature = signatures.next().ok_or("a receipt was not signed")?;
                    insert_claim(&transaction, completed.signed(signature.clone()))?;
                    Ok(signature)
                }
            });
        }
        heard.acknowledgements.iter().try_for_each(|signed| insert_acknowledgement(&transaction, signed))?;
        heard.vouchers.iter().try_for_each(|voucher| replace_voucher(&transaction, voucher))?;
        heard.refused.iter().try_for_each(|voucher| insert_contradiction(&transaction, voucher))?;
        transaction.commit()?;
        Ok(outcomes)
    }

    /// True if the record can be written and there is space to spare.
    pub(super) fn has_space(&self) -> bool {
        let insert = "INSERT OR REPLACE INTO room (id, body) VALUES (1, zeroblob(?1))";
        self.connection.execute(insert, [SPARE as i64]).is_ok()
            && self.connection.execute("DELETE FROM room", []).is_ok()
    }
}

/// Reads the vouchers and the uncovered tickets in a miner's directory, even while the miner runs.
pub fn kept(directory: &Path) -> Result<Kept, RecordError> {
    let path = record_path(directory);
    if !path.exists() {
        return Ok(Kept::default());
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
     CREATE TABLE IF NOT EXISTS acknowledgements (miner BLOB NOT NULL, coordinator BLOB NOT NULL, number INTEGER NOT NULL,
     body BLOB NOT NULL, PRIMARY KEY (miner, coordinator, number)) STRICT, WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS contradictions (miner BLOB NOT NULL, coordinator BLOB NOT NULL, number INTEGER NOT NULL,
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
    write_ahead_log::write_again(&connection, path)?;
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

fn bodies<T: for<'a> Deserialize<'a>>(
    connection: &Connection,
    query: &str,
    parameters: impl Params,
) -> Result<Vec<T>, Failure> {
    let mut statement = connection.prepare(query)?;
    let bodies = statement.query_map(parameters, |row| row.get::<_, Vec<u8>>(0))?;
    bodies.map(|body| Ok(serde_json::from_slice(&body?)?)).collect()
}

fn read(connection: &Connection) -> Result<Kept, Failure> {
    // A reader makes no tables: an earlier version may have left none.
    fn later<T: for<'a> Deserialize<'a>>(connection: &Connection, table: &str) -> Result<Vec<T>, Failure> {
        let known = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
        match connection.query_row(known, [table], |row| row.get(0))? {
            true => bodies(connection, &format!("SELECT body FROM {table} ORDER BY coordinator, number"), []),
            false => Ok(vec![]),
        }
    }
    Ok(Kept {
        vouchers: bodies(connection, "SELECT body FROM vouchers ORDER BY coordinator", [])?,
        claims: bodies(connection, "SELECT body FROM claims ORDER BY coordinator, number", [])?,
        acknowledgements: later(connection, "acknowledgements")?,
        contradictions: later(connection, "contradictions")?,
    })
}

/// Keeps a voucher that contradicts the newest one of its coordinator, together with that one, if no contradiction of earlier tickets
/// covers it.
fn insert_contradiction(transaction: &Transaction<'_>, refused: &SignedVoucher) -> Result<(), Failure> {
    let Voucher { miner, coordinator, .. } = refused.voucher;
    let pair = [miner.as_slice(), coordinator.as_slice()];
    let newest = "SELECT body FROM vouchers WHERE miner = ?1 AND coordinator = ?2";
    let newest: Vec<SignedVoucher> = bodies(transaction, newest, pair)?;
    let Some(found) = newest.first().and_then(|newest| Contradiction::between(newest, refused)) else { return Ok(()) };
    let known = "SELECT body FROM contradictions WHERE miner = ?1 AND coordinator = ?2";
    let known: Vec<Contradiction> = bodies(transaction, known, pair)?;
    let (lowest, covered) = (found.a.voucher.through, known.iter().map(|known| known.b.voucher.through).max());
    if known.len() < MOST_CONTRADICTIONS && covered.is_none_or(|covered| lowest > covered) {
        let insert = "INSERT INTO contradictions (miner, coordinator, number, body) VALUES (?1, ?2, ?3, ?4)";
        let body = serde_json::to_vec(&found)?;
        transaction.execute(insert, params![miner.as_slice(), coordinator.as_slice(), signed(lowest), body])?;
    }
    Ok(())
}

/// Notes the digest that is signed for an attempt, unless there is one already. Returns the conflict where that is another one.
fn insert_digest(transaction: &Transaction<'_>, ticket: &Ticket, digest: B256) -> Result<Option<RecordError>, Failure> {
    let Ticket { task, attempt, .. } = *ticket;
    let inserted = transaction
        .prepare_cached("INSERT INTO signed (task, attempt, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![task.as_slice(), attempt, digest.as_slice()])?;
    if inserted > 0 {
        return Ok(None);
    }
    let known: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT digest FROM signed WHERE task = ?1 AND attempt = ?2")?
        .query_row(params![task.as_slice(), attempt], |row| row.get(0))
        .optional()?;
    let is_same = known.as_deref() == Some(digest.as_slice());
    Ok((!is_same).then_some(RecordError::Conflict { task: TaskId(task), attempt }))
}

fn insert_claim(transaction: &Transaction<'_>, claim: Claim) -> Result<(), Failure> {
    let Ticket { miner, coordinator, number, price, .. } = claim.ticket;
    if price > 0 {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO claims (miner, coordinator, number, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![miner.as_slice(), coordinator.as_slice(), signed(number), serde_json::to_vec(&claim)?])?;
    }
    Ok(())
}

/// Keeps an acknowledgement, if there is a claim that it is for.
fn insert_acknowledgement(transaction: &Transaction<'_>, signed: &SignedAcknowledgement) -> Result<(), Failure> {
    let Acknowledgement { miner, coordinator, number, .. } = signed.acknowledgement;
    let (number, body) = (self::signed(number), serde_json::to_vec(signed)?);
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO acknowledgements (miner, coordinator, number, body) SELECT ?1, ?2, ?3, ?4
             WHERE EXISTS (SELECT 1 FROM claims WHERE miner = ?1 AND coordinator = ?2 AND number = ?3)",
        )?
        .execute(params![miner.as_slice(), coordinator.as_slice(), number, body])?;
    Ok(())
}

fn replace_voucher(transaction: &Transaction<'_>, voucher: &SignedVoucher) -> Result<(), Failure> {
    let Voucher { miner, coordinator, through, .. } = voucher.voucher;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO vouchers (miner, coordinator, body) VALUES (?1, ?2, ?3)")?
        .execute(params![miner.as_slice(), coordinator.as_slice(), serde_json::to_vec(voucher)?])?;
    for paid in [
        "DELETE FROM claims WHERE miner = ?1 AND coordinator = ?2 AND number <= ?3",
        "DELETE FROM acknowledgements WHERE miner = ?1 AND coordinator = ?2 AND number <= ?3",
    ] {
        let mut delete = transaction.prepare_cached(paid)?;
        delete.execute(params![miner.as_slice(), coordinator.as_slice(), signed(through)])?;
    }
    Ok(())
}

/// SQLite's integers are signed; numbers of tickets begin with the time in milliseconds and stay far below half their range.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
