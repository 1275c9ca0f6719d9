//! Why a journal does not open, and what goes wrong at a server.

use std::{io, path::PathBuf};

use alloy::primitives::Address;

use super::turn::Payer;
use crate::node::coordinator::assignments::AssignmentLogError;

/// Anything that can go wrong at a server.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Another coordinator has written to a server's journal.
#[derive(Debug, thiserror::Error)]
#[error("another coordinator with this key has taken over")]
pub(super) struct Lost;

/// Why a journal does not open.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite cannot open the file.
    #[error("the journal {path} cannot be opened")]
    Sqlite {
        /// The path of the file.
        path: PathBuf,
        /// SQLite's reason.
        source: Failure,
    },
    /// The server cannot be reached, or refuses.
    #[error("the journal {place} cannot be opened")]
    Server {
        /// The address of the server.
        place: String,
        /// What went wrong.
        source: Failure,
    },
    /// A record is not what was written.
    #[error("the journal {place} is damaged at record {record}: {reason}")]
    Damaged {
        /// The file or the address of the server.
        place: String,
        /// The number of the record, from 1.
        record: i64,
        /// What is wrong.
        reason: String,
    },
    /// What holds the records is not what was written.
    #[error("the journal {place} is damaged: {reason}")]
    Broken {
        /// The file or the address of the server.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A setting of the store would let it lose what it has confirmed.
    #[error("the journal {place} cannot promise durability: {setting} is {found}, not {expected}")]
    NotDurable {
        /// The file or the address of the server.
        place: String,
        /// The name of the setting.
        setting: &'static str,
        /// The value it has.
        found: String,
        /// The value it needs.
        expected: &'static str,
    },
    /// What it says is owed is owed by another key, or at another contract.
    #[error("the journal {place} is that of {found}, not of {expected}")]
    OtherPayer {
        /// The file or the address of the server.
        place: String,
        /// Who pays what it says is owed.
        found: Box<Payer>,
        /// Who opens it.
        expected: Box<Payer>,
    },
    /// It has events and does not say who pays what they say is owed.
    #[error("the journal {place} is of an earlier version and does not say which coordinator's it is")]
    NoPayer {
        /// The file or the address of the server.
        place: String,
    },
    /// The journal is new, and the assignment log beside it is that of another coordinator.
    #[error("the assignment log {path} is that of coordinator {coordinator} on chain {chain_id}, not of {expected}")]
    LogOfAnother {
        /// The path of the log on this machine.
        path: PathBuf,
        /// The coordinator whose draws are in it.
        coordinator: Address,
        /// EIP-155 chain id.
        chain_id: u64,
        /// Who opens it.
        expected: Box<Payer>,
    },
    /// The assignment log here and the one on the server are not the same.
    #[error("the assignment log {path} is not the one of the journal {place}")]
    OtherLog {
        /// The path of the log on this machine.
        path: PathBuf,
        /// The address of the server.
        place: String,
    },
    /// The assignment log here cannot be read or written, or is damaged.
    #[error(transparent)]
    Log(#[from] AssignmentLogError),
    /// The assignment log knows of draws that the journal has lost.
    #[error(
        "the journal {place} has lost its end: the assignment log {path} has {found} lines, and the journal knows of {known}"
    )]
    LostEnd {
        /// The file or the address of the server.
        place: String,
        /// The path of the log.
        path: PathBuf,
        /// Lines of the log.
        found: u64,
        /// Lines up to the journal's end.
        known: u64,
    },
    /// The system has no thread for it.
    #[error("the journal's thread cannot be started")]
    Thread(#[source] io::Error),
    /// The coordinator was stopped while another one served.
    #[error("stopped while another coordinator serves")]
    Stopped,
}
