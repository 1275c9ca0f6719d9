//! What an answer used, and what it cost.

use std::sync::Arc;

use cuckoo_protocol::{
    Cai,
    task::{Outcome, Task},
};
use serde::Serialize;

/// The tokens of a request: every prompt counts once, and every answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Usage {
    pub(super) prompt_tokens: u64,
    pub(super) completion_tokens: u64,
    pub(super) total_tokens: u64,
}

impl Usage {
    /// The usage of outcomes that come in groups of `n` to the same prompt.
    pub(super) fn new(outcomes: &[Arc<Outcome>], n: usize) -> Self {
        let prompt =
            |group: &[Arc<Outcome>]| group.iter().map(|outcome| u64::from(outcome.prompt_tokens)).max().unwrap_or(0);
        let prompt_tokens = outcomes.chunks(n.max(1)).map(prompt).sum();
        let completion_tokens = outcomes.iter().map(|outcome| u64::from(outcome.completion_tokens)).sum();
        Self { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    }
}

/// What the answer of a task cost.
pub(super) fn cost(task: &Task, outcome: &Outcome) -> Cai {
    Cai::from(task.spec.quote().owed(outcome.prompt_tokens, outcome.completion_tokens))
}
