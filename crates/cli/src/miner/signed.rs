//! What this node key has signed: one digest per attempt of a task, on disk before the signature leaves.
//!
//! Two different results signed for one attempt are proof of a cheat. So the file is locked for one process, and a second,
//! different digest is refused.

use std::path::{Path, PathBuf};

use alloy::primitives::B256;
use cuckoo_protocol::TaskId;
use rusqlite::{Connection, OptionalExtension, params};

/// Why a digest may not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignedError {
    /// The file cannot be used; most often another process has it.
    #[error("the record of signatures {path} cannot be used; does another miner run with this key?")]
    Sqlite {
        /// Where.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// Another digest was signed for this attempt.
    #[error("another result was signed for attempt {attempt} of task {task}")]
    Conflict {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
    },
}

/// The record of one node key's signatures.
#[derive(Debug)]
pub struct Signed {
    connection: Connection,
    path: PathBuf,
}

impl Signed {
    /// Opens or creates the record and keeps it from every other process.
    pub fn open(path: &Path) -> Result<Self, SignedError> {
        let open = || {
            let connection = Connection::open(path)?;
            for (setting, value) in [("locking_mode", "EXCLUSIVE"), ("journal_mode", "WAL"), ("synchronous", "FULL")] {
                connection.pragma_update(None, setting, value)?;
            }
            connection.execute_batch(
                "CREATE TABLE IF NOT EXISTS signed (task BLOB NOT NULL, attempt INTEGER NOT NULL, digest BLOB NOT NULL,
                 PRIMARY KEY (task, attempt)) STRICT, WITHOUT ROWID",
            )?;
            Ok(connection)
        };
        let connection = open().map_err(|source| SignedError::Sqlite { path: path.to_owned(), source })?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Returns when the digest is on disk and may be signed. The same digest again is no conflict.
    pub fn record(&mut self, task: TaskId, attempt: u32, digest: B256) -> Result<(), SignedError> {
        let sqlite = |source| SignedError::Sqlite { path: self.path.clone(), source };
        let transaction = self.connection.transaction().map_err(sqlite)?;
        let known: Option<Vec<u8>> = transaction
            .query_row(
                "SELECT digest FROM signed WHERE task = ?1 AND attempt = ?2",
                params![task.0.as_slice(), attempt],
                |row| row.get(0),
            )
            .optional()
            .map_err(sqlite)?;
        match known {
            Some(known) if known == digest.as_slice() => Ok(()),
            Some(_) => Err(SignedError::Conflict { task, attempt }),
            None => transaction
                .execute(
                    "INSERT INTO signed (task, attempt, digest) VALUES (?1, ?2, ?3)",
                    params![task.0.as_slice(), attempt, digest.as_slice()],
                )
                .and_then(|_| transaction.commit())
                .map_err(sqlite),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_different_digest_is_refused_also_by_the_next_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signed.db");
        let task = TaskId(B256::repeat_byte(1));
        {
            let mut signed = Signed::open(&path).expect("opens");
            signed.record(task, 1, B256::repeat_byte(2)).expect("the first signature ever");
            signed.record(task, 2, B256::repeat_byte(3)).expect("another attempt");
            assert!(matches!(Signed::open(&path), Err(SignedError::Sqlite { .. })), "two processes at once");
        }
        let mut signed = Signed::open(&path).expect("opens again");
        signed.record(task, 1, B256::repeat_byte(2)).expect("the same digest");
        assert!(matches!(signed.record(task, 1, B256::repeat_byte(9)), Err(SignedError::Conflict { attempt: 1, .. })));
    }
}
