//! Why there is no dashboard.

use std::io;

/// Why there is no dashboard.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// A stream that the dashboard needs is a pipe, a file or closed.
    #[error("the dashboard needs a terminal, and {stream} is none")]
    NotATerminal {
        /// Which: `standard input` or `standard output`.
        stream: &'static str,
    },
    /// The terminal refused to be read, written or set up.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
    /// Another task of this process panicked, which gave the terminal back so that its message can be read.
    #[error("the dashboard closed because a task of this program panicked")]
    Panicked,
}

impl TuiError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotATerminal { .. } => {
                "use `cuckoo tui --once` for one frame as plain text, or `cuckoo tui --json` for the snapshots"
            }
            Self::Terminal(_) => "try another terminal, or `cuckoo tui --once`",
            Self::Panicked => "the message of the panic is above; please report it",
        }
    }
}
