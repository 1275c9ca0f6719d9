//! Why a journal does not open, and what goes wrong at a server.

use std::path::PathBuf;

use crate::node::coordinator::assignments::AssignmentLogError;

/// Whatever went wrong at a server.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Somebody else has written to a server's journal.
#[derive(Debug, thiserror::Error)]
#[error("another coordinator with this key has taken over")]
pub(super) struct Lost;

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
