//! The reasons why a source has no snapshot.

use cuckoo_protocol::status::SCHEMA_VERSION;

/// The reason why a source has no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The address cannot be asked.
    #[error("`{0}` is not an address like http://127.0.0.1:9100")]
    Address(String),
    /// There was no answer.
    #[error("no answer from {node}: {reason}")]
    Unreachable {
        /// The node's address.
        node: String,
        /// The innermost cause, in words.
        reason: String,
    },
    /// None of several nodes answers.
    #[error("no node answers at {tried}; name one with --connect URL, or watch your stake with --chain")]
    Nowhere {
        /// The addresses that were tried, in words.
        tried: String,
    },
    /// The answer was an HTTP error.
    #[error("{node} answered with HTTP status {status}")]
    Refused {
        /// The node's address.
        node: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer was not a snapshot.
    #[error("{node} sent something that is not a status document: {error}")]
    Malformed {
        /// The node's address.
        node: String,
        /// What is wrong with the answer.
        error: serde_json::Error,
    },
    /// The answer was too long.
    #[error("{node} sent a status document of more than {limit} bytes")]
    TooLarge {
        /// The node's address.
        node: String,
        /// The number of bytes that a snapshot may have.
        limit: usize,
    },
    /// The node is newer than this program.
    #[error(
        "{node} sends status version {version}, and this program reads versions up to {SCHEMA_VERSION}; update this program"
    )]
    Newer {
        /// The node's address.
        node: String,
        /// The version of its status document.
        version: u32,
    },
    /// What this process looks at itself cannot be seen.
    #[error("{0}")]
    Here(String),
    /// The node in this process has stopped, so trying again is pointless.
    #[error("the node has stopped")]
    Closed,
}
