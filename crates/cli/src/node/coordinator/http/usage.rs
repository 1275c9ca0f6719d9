//! What an answer used, and what it cost.

use std::sync::Arc;

use cuckoo_protocol::{
    Cai,
    task::{Outcome, Task, speech::thought_length},
};
use serde::Serialize;

/// The tokens of a request: every prompt counts once, and every answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Usage {
    pub(super) prompt_tokens: u64,
    pub(super) completion_tokens: u64,
    pub(super) total_tokens: u64,
    /// Of chats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) completion_tokens_details: Option<Details>,
}

/// What generated tokens were.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Details {
    /// Those in which the model thought.
    pub(super) reasoning_tokens: u64,
}

impl Usage {
    /// The usage of outcomes that come in groups of `n` to the same prompt.
    pub(super) fn new(outcomes: &[Arc<Outcome>], n: usize) -> Self {
        let prompt =
            |group: &[Arc<Outcome>]| group.iter().map(|outcome| u64::from(outcome.prompt_tokens)).max().unwrap_or(0);
        let prompt_tokens = outcomes.chunks(n.max(1)).map(prompt).sum();
        let completion_tokens = outcomes.iter().map(|outcome| u64::from(outcome.completion_tokens)).sum();
        let total_tokens = prompt_tokens + completion_tokens;
        Self { prompt_tokens, completion_tokens, total_tokens, completion_tokens_details: None }
    }

    /// Adds how many of the tokens are thoughts.
    pub(super) fn with_reasoning(self, outcomes: &[Arc<Outcome>]) -> Self {
        let reasoning_tokens = outcomes.iter().map(|outcome| count_reasoning(outcome)).sum();
        Self { completion_tokens_details: Some(Details { reasoning_tokens }), ..self }
    }
}

/// Tokens of an answer's thought and of what marks it: counted where the answer has them one by one, or else the thought's share of
/// the text.
pub(super) fn count_reasoning(outcome: &Outcome) -> u64 {
    let text = outcome.text.as_str();
    let thought = thought_length(text);
    if thought == 0 {
        return 0;
    }
    if thought == text.len() {
        return outcome.completion_tokens.into();
    }
    let mut end = 0;
    let ends = outcome.scores.iter().map(|score| {
        end += score.length as usize;
        end
    });
    match outcome.scores.is_empty() {
        false => ends.filter(|end| *end <= thought).count() as u64,
        true => u64::from(outcome.completion_tokens) * thought as u64 / text.len() as u64,
    }
}

/// What the answer of a task cost.
pub(super) fn cost(task: &Task, outcome: &Outcome) -> Cai {
    Cai::from(task.spec.quote().owed(outcome.prompt_tokens, outcome.completion_tokens))
}
