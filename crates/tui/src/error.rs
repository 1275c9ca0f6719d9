//! The reasons why there is no dashboard.

use std::io;

use crate::recording::RecordingError;

/// The reason why there is no dashboard.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// A stream that the dashboard needs is a pipe, a file or closed instead of a terminal.
    #[error("the dashboard needs a terminal, and {stream} is not one")]
    NotATerminal {
        /// The stream's name: `standard input` or `standard output`.
        stream: &'static str,
    },
    /// Reading from the terminal, writing to it or setting it up failed.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
    /// The terminal cannot place text.
    #[error("the dashboard needs a terminal that can place text, and TERM is `dumb`")]
    Dumb,
    /// The recording that is played is damaged.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Another task of this process panicked, which gave the terminal back so that its message can be read.
    #[error("the dashboard closed because a task of this program panicked")]
    Panicked,
}

impl TuiError {
    /// What a person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotATerminal { .. } | Self::Dumb => {
                "use `cuckoo tui --once` for one frame as plain text, or `cuckoo tui --json` for the snapshots as JSON"
            }
            Self::Recording(error) => error.hint(),
            Self::Terminal(_) => "try another terminal, or `cuckoo tui --once`",
            Self::Panicked => "the panic's message is above; please report it",
        }
    }
}
