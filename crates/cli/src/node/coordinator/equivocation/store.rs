//! The file with what leases leave behind that ended without an accepted answer, and with the pairs of receipts that prove something.

use std::path::{Path, PathBuf};

use cuckoo_protocol::{
    message::{
        Ticket,
        proof::{Equivocation, SignedReceipt},
    },
    task::{ReceiptRecord, TaskId},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::node::write_ahead_log;

/// At most this many tickets are kept; the oldest go first.
const MOST: u32 = 100_000;
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS promises (
        number INTEGER PRIMARY KEY AUTOINCREMENT, task BLOB NOT NULL, attempt INTEGER NOT NULL, deadline INTEGER NOT NULL,
        body BLOB NOT NULL, UNIQUE (task, attempt)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS equivocations (
        task BLOB NOT NULL, attempt INTEGER NOT NULL, deadline INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (task, attempt)
    ) STRICT, WITHOUT ROWID;";

/// Why receipts cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[error("the receipts in {path} cannot be used: {reason}")]
pub struct ReceiptsError {
    path: PathBuf,
    reason: String,
}

/// A ticket that was given, with the first receipt that its miner signed, if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Promise {
    pub(super) ticket: Ticket,
    pub(super) ticket_signature: alloy::primitives::Bytes,
    pub(super) first: Option<SignedReceipt>,
}

impl From<ReceiptRecord> for Promise {
    fn from(record: ReceiptRecord) -> Self {
        let ReceiptRecord { ticket, ticket_signature, receipt, receipt_signature: signature, .. } = record;
        Self { ticket, ticket_signature, first: Some(SignedReceipt { receipt, signature }) }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

type Failure = Box<dyn std::error::Error>;

impl Store {
    /// Opens or creates the file in a data directory.
    pub(super) fn open(directory: &Path) -> Result<Self, ReceiptsError> {
        let path = directory.join("receipts.db");
        let open = || {
            let connection = Connection::open(&path)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            write_ahead_log::write_again(&connection, &path)?;
            connection.execute_batch(TABLES)?;
            Ok::<_, rusqlite::Error>(connection)
        };
        match open() {
            Ok(connection) => Ok(Self { connection, path }),
            Err(error) => Err(ReceiptsError { path, reason: error.to_string() }),
        }
    }

    fn work<T>(&mut self, work: impl FnOnce(&mut Connection) -> Result<T, Failure>) -> Result<T, ReceiptsError> {
        work(&mut self.connection).map_err(|error| ReceiptsError { path: self.path.clone(), reason: error.to_string() })
    }

    /// Keeps tickets whose leases are over. What is known of an attempt stays.
    pub(super) fn add(&mut self, promises: Vec<Promise>) -> Result<(), ReceiptsError> {
        self.work(|connection| {
            let transaction = connection.transaction()?;
            for promise in promises {
                let Ticket { task, attempt, deadline, .. } = promise.ticket;
                let insert = "INSERT OR IGNORE INTO promises (task, attempt, deadline, body) VALUES (?1, ?2, ?3, ?4)";
                transaction.prepare_cached(insert)?.execute(params![
                    task.as_slice(),
                    attempt,
                    signed(deadline),
                    serde_json::to_vec(&promise)?
                ])?;
            }
            let newest: i64 =
                transaction.query_row("SELECT coalesce(max(number), 0) FROM promises", [], |row| row.get(0))?;
            transaction.execute("DELETE FROM promises WHERE number <= ?1", [newest - i64::from(MOST)])?;
            transaction.commit()?;
            Ok(())
        })
    }

    /// The ticket of an attempt whose lease is over.
    pub(super) fn find(&mut self, task: &TaskId, attempt: u32) -> Result<Option<Promise>, ReceiptsError> {
        self.work(|connection| {
            let find = "SELECT body FROM promises WHERE task = ?1 AND attempt = ?2";
            let body: Option<Vec<u8>> = connection
                .prepare_cached(find)?
                .query_row(params![task.0.as_slice(), attempt], |row| row.get(0))
                .optional()?;
            Ok(body.map(|body| serde_json::from_slice(&body)).transpose()?)
        })
    }

    /// Keeps the first receipt for a ticket that had none.
    pub(super) fn set_first(&mut self, promise: &Promise) -> Result<(), ReceiptsError> {
        self.work(|connection| {
            let Ticket { task, attempt, .. } = promise.ticket;
            let update = "UPDATE promises SET body = ?3 WHERE task = ?1 AND attempt = ?2";
            connection.execute(update, params![task.as_slice(), attempt, serde_json::to_vec(promise)?])?;
            Ok(())
        })
    }

    /// Keeps two receipts for one ticket. True where that is news.
    pub(super) fn insert_equivocation(&mut self, found: &Equivocation) -> Result<bool, ReceiptsError> {
        self.work(|connection| {
            let Ticket { task, attempt, deadline, .. } = found.ticket;
            let insert = "INSERT OR IGNORE INTO equivocations (task, attempt, deadline, body) VALUES (?1, ?2, ?3, ?4)";
            let body = serde_json::to_vec(found)?;
            Ok(connection.execute(insert, params![task.as_slice(), attempt, signed(deadline), body])? > 0)
        })
    }

    /// All pairs of receipts for one ticket.
    pub(super) fn equivocations(&mut self) -> Result<Vec<Equivocation>, ReceiptsError> {
        self.work(|connection| {
            let mut statement = connection.prepare_cached("SELECT body FROM equivocations ORDER BY deadline")?;
            let bodies = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            bodies.map(|body| Ok(serde_json::from_slice(&body?)?)).collect()
        })
    }

    /// Forgets what is about tickets with deadlines before this time, in Unix seconds: nothing of it can be proven any more.
    pub(super) fn forget(&mut self, before: u64) -> Result<(), ReceiptsError> {
        self.work(|connection| {
            connection.execute("DELETE FROM promises WHERE deadline < ?1", [signed(before)])?;
            connection.execute("DELETE FROM equivocations WHERE deadline < ?1", [signed(before)])?;
            Ok(())
        })
    }
}

/// SQLite's integers are signed.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
