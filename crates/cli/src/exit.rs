//! Exit codes: one per class of outcome, decided here and nowhere else.

use serde::Serialize;

/// What a command came to, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Done; also when the reader of the output has gone.
    Ok,
    /// Any cause without a class of its own.
    Failure,
    /// Wrong usage, or a question that nobody is there to answer.
    Usage,
    /// The chain says no before anything is sent.
    Precondition,
    /// No key, a wrong password, or a person who said no.
    Auth,
    /// Something is not there or does not answer, after retries.
    Unavailable,
    /// A transaction is in a block and changed nothing.
    Reverted,
    /// A transaction was sent and is in no block yet; its hash is on stdout.
    Unconfirmed,
    /// A check found errors.
    CheckFailed,
    /// A bad configuration: starting again changes nothing.
    Config,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl Class {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Precondition => 3,
            Self::Auth => 4,
            Self::Unavailable => 5,
            Self::Reverted => 6,
            Self::Unconfirmed => 7,
            Self::CheckFailed => 8,
            Self::Config => 78,
            Self::Interrupted => 130,
        }
    }
}

impl From<Class> for std::process::ExitCode {
    fn from(class: Class) -> Self {
        Self::from(class.code())
    }
}
