//! Why a source has no snapshot.

use cuckoo_protocol::status::SCHEMA_VERSION;

/// Why a source has no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No address that can be asked.
    #[error("`{0}` is not an address like http://127.0.0.1:9100")]
    Address(String),
    /// No answer.
    #[error("no answer from {node}: {reason}")]
    Unreachable {
        /// Whom.
        node: String,
        /// The innermost cause.
        reason: String,
    },
    /// An answer that is an error.
    #[error("{node} answers {status}")]
    Refused {
        /// Who.
        node: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer that is no snapshot.
    #[error("{node} sends no status: {error}")]
    Malformed {
        /// Who.
        node: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// An answer without an end.
    #[error("{node} sends more than {limit} bytes")]
    TooLarge {
        /// Who.
        node: String,
        /// What a snapshot may have.
        limit: usize,
    },
    /// A node from the future.
    #[error("{node} speaks status version {version}, this program {SCHEMA_VERSION}; update it")]
    Newer {
        /// Who.
        node: String,
        /// What it speaks.
        version: u32,
    },
    /// The node in this process has stopped. There is nothing to try again.
    #[error("the node has stopped")]
    Closed,
}
