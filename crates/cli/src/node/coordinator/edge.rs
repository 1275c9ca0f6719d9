//! What a coordinator takes from applications: the operator's choices.

use std::time::Duration;

/// What applications may send, and from where.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The most bytes of a request's body.
    pub max_body: usize,
    /// The most tokens of an answer whose application does not say how many it may have.
    pub default_tokens: u32,
    /// The most requests of a batch.
    pub max_lines: usize,
    /// The most bytes that the files of a key have together.
    pub max_files: u64,
    /// How long a connection may be idle between two requests.
    pub keep_alive: Duration,
    /// The origins of web pages that may call, such as `https://ui.example`; `*` stands for all.
    pub origins: Vec<String>,
}
