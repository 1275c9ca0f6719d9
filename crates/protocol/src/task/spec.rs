//! What an application asked for, as the coordinator accepted it.

use std::sync::Arc;

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::{
    chat::ChatMessage,
    commitment::prompt_commitment,
    examine::Examine,
    id::TaskId,
    kind::{Kind, OutputError},
    sampling::Sampling,
};
use crate::price::{Quote, Rate};

/// Milliseconds since the Unix epoch. Nothing here reads a clock: the time is an argument.
pub type Millis = u64;

/// What an application asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// The task's identity.
    pub id: TaskId,
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    pub sampling: Sampling,
    /// 32 random bytes that keep commitments to short prompts from being guessed.
    pub salt: B256,
    /// The application's own salt of the draw, or zero: never the coordinator's choice.
    #[serde(default)]
    pub pick_salt: B256,
    /// When it was accepted.
    pub accepted_at: Millis,
    /// When it expires if it has not ended.
    pub deadline: Millis,
    /// Id of the API key that it came with, if the coordinator asks for keys. Nobody else gets to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The application's `Idempotency-Key`, if it sent one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
    /// What its tokens cost, as published when it was accepted.
    #[serde(default, skip_serializing_if = "is_free")]
    pub rate: Rate,
    /// The application wants to know the probability of every token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scored: bool,
    /// Somebody reads the answer as it comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streamed: bool,
    /// Nothing is to be generated: this output is to be examined. Only the coordinator's own work has it, and no journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examine: Option<Arc<Examine>>,
}

fn is_free(rate: &Rate) -> bool {
    rate.is_free()
}

/// What makes a repeated request the same task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// Keccak-256 of the key.
    pub key: B256,
    /// Keccak-256 of the request's body.
    pub body: B256,
}

impl TaskSpec {
    /// What it may cost.
    pub fn quote(&self) -> Quote {
        match &self.examine {
            Some(examine) => self.rate.quote_examination(&self.messages, examine.ids.len()),
            None => self.rate.quote(&self.messages, self.sampling.max_tokens),
        }
    }

    /// Bytes of its messages and of the schema, which is nearly all that a task has.
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.content.len()).sum::<usize>() + self.sampling.schema.len()
    }

    /// What kind of work it is.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.messages).unwrap_or_default()
    }

    /// The pool of miners that can do it: those that offer this kind under the model's name. Models of different kinds may have the same name.
    pub fn pool(&self) -> String {
        pool(self.kind(), &self.model)
    }

    /// Bytes that its output may have at most.
    pub fn most_bytes(&self) -> usize {
        if let Some(examine) = &self.examine {
            return examine.most_bytes();
        }
        self.kind().most_bytes(self.messages.len(), &self.sampling)
    }

    /// Whether an output has the form of what was asked for. What it says is another question.
    pub fn check_output(&self, output: &str) -> Result<(), OutputError> {
        if self.examine.is_some() {
            return Ok(());
        }
        self.kind().check(self.messages.len(), self.sampling.size, output)
    }

    /// What its tickets have for the parameters: [`Sampling::hash`], or of an examination [`Examine::parameters`].
    pub fn parameters(&self) -> B256 {
        match &self.examine {
            Some(examine) => examine.parameters(&self.sampling),
            None => self.sampling.hash(),
        }
    }

    /// The commitment to the task's prompt, see [`prompt_commitment()`].
    pub fn prompt_commitment(&self) -> B256 {
        prompt_commitment(&self.salt, &self.messages)
    }
}

/// See [`TaskSpec::pool`]: a text model's name as it is, others with their kind before it.
pub fn pool(kind: Kind, model: &str) -> String {
    match kind {
        Kind::Text => model.to_owned(),
        kind => format!("{}:{model}", kind.as_str()),
    }
}
