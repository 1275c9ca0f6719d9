//! What a node wrote to its log, as dashboards show it.

use serde::{Deserialize, Serialize};

use crate::{Untrusted, task::Millis};

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// What tells it from every other line of its process; it grows.
    pub id: String,
    /// When it was written.
    pub at: Millis,
    /// How much it matters.
    pub level: LogLevel,
    /// The part of the program that wrote it.
    pub target: String,
    /// What it says, with its fields.
    pub words: Untrusted,
}

/// How much a line of a log matters, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something may be wrong.
    Warn,
    /// It is good to know.
    Info,
    /// It helps to find the cause of something.
    Debug,
    /// The same, step by step, or something that this version does not know.
    #[serde(other)]
    Trace,
}

impl LogLevel {
    /// The word that people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
