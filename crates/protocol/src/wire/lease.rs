//! Frames of one attempt at a task, from the offer to the voucher.

use prost::Message;

use super::{
    field::{FrameError, b256},
    sampling::Sampling,
};
use crate::task::TaskId;

/// A lease: the ticket, and what to do.
#[derive(Clone, PartialEq, Message)]
pub struct Offer {
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub task: Vec<u8>,
    /// 1 for the first.
    #[prost(uint32, tag = "2")]
    pub attempt: u32,
    /// Name of the model.
    #[prost(string, tag = "3")]
    pub model: String,
    /// The manifest's hash, 32 bytes.
    #[prost(bytes = "vec", tag = "4")]
    pub manifest: Vec<u8>,
    /// The chat.
    #[prost(message, repeated, tag = "5")]
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    #[prost(message, optional, tag = "6")]
    pub sampling: Option<Sampling>,
    /// Salt of the commitments, 32 bytes.
    #[prost(bytes = "vec", tag = "7")]
    pub salt: Vec<u8>,
    /// Base units of CAI as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "8")]
    pub price: Vec<u8>,
    /// Seconds since the Unix epoch.
    #[prost(uint64, tag = "9")]
    pub deadline: u64,
    /// The coordinator's signature of the ticket: 65 bytes, and after them its path where it was signed in a batch.
    #[prost(bytes = "vec", tag = "10")]
    pub signature: Vec<u8>,
    /// The ticket's number: greater than that of any earlier ticket for this miner.
    #[prost(uint64, tag = "11")]
    pub number: u64,
    /// Of the price: base units of CAI per 1,000 prompt tokens, as 16 bytes, big endian. Missing: free.
    #[prost(bytes = "vec", tag = "12")]
    pub rate_prompt: Vec<u8>,
    /// Of the price: base units of CAI per 1,000 generated tokens, as 16 bytes, big endian. Missing: free.
    #[prost(bytes = "vec", tag = "13")]
    pub rate_completion: Vec<u8>,
    /// Nobody reads the answer as it comes: the lease needs no Accept, because its first chunk or its result says the same; what comes
    /// within moments may be sent with the result, and after that chunks are wanted now and then.
    #[prost(bool, tag = "14")]
    pub quiet: bool,
    /// Nothing is to be generated: this output is to be examined, and the answer is what the model says of it.
    #[prost(message, optional, tag = "15")]
    pub examine: Option<Examine>,
}

/// What is to be examined, see [`crate::task::Examine`].
#[derive(Clone, PartialEq, Message)]
pub struct Examine {
    /// Ids of the claimed tokens.
    #[prost(uint32, repeated, tag = "1")]
    pub token_ids: Vec<u32>,
    /// What the windows of a long output, and the steps of an image, are drawn by.
    #[prost(fixed64, tag = "2")]
    pub seed: u64,
    /// The claimed embedding or image.
    #[prost(string, tag = "3")]
    pub output: String,
}

/// One message of a chat.
#[derive(Clone, PartialEq, Message)]
pub struct ChatMessage {
    /// The name of the speaker's role, see [`crate::task::ChatRole`].
    #[prost(string, tag = "1")]
    pub role: String,
    /// What is said.
    #[prost(string, tag = "2")]
    pub content: String,
}

/// A task's attempt.
#[derive(Clone, PartialEq, Message)]
pub struct Lease {
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub task: Vec<u8>,
    /// 1 for the first.
    #[prost(uint32, tag = "2")]
    pub attempt: u32,
}

impl Lease {
    /// Names an attempt.
    pub fn new(task: TaskId, attempt: u32) -> Self {
        Self { task: task.0.to_vec(), attempt }
    }

    /// The attempt's task and number.
    pub fn parse(&self) -> Result<(TaskId, u32), FrameError> {
        Ok((TaskId(b256(&self.task, "task")?), self.attempt))
    }
}

/// The miner does not take the task, or cannot do it.
#[derive(Clone, PartialEq, Message)]
pub struct Refuse {
    /// The attempt that is refused.
    #[prost(message, optional, tag = "1")]
    pub lease: Option<Lease>,
    /// Whose fault it is, see [`RefuseCode`].
    #[prost(enumeration = "RefuseCode", tag = "2")]
    pub code: i32,
    /// The reason, for a person.
    #[prost(string, tag = "3")]
    pub reason: String,
}

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum RefuseCode {
    /// The miner's, or unknown.
    Failed = 0,
    /// Nobody's: all slots are taken, or the miner is draining.
    Busy = 1,
    /// The application's: no miner can do this, such as a prompt longer than the model's context.
    Invalid = 2,
}

/// Generated tokens, in order.
#[derive(Clone, PartialEq, Message)]
pub struct Chunk {
    /// The attempt that the tokens belong to.
    #[prost(message, optional, tag = "1")]
    pub lease: Option<Lease>,
    /// The text of the tokens.
    #[prost(string, tag = "2")]
    pub text: String,
    /// Their ids; empty when the engine gives none.
    #[prost(uint32, repeated, tag = "3")]
    pub token_ids: Vec<u32>,
    /// Their natural log-probabilities; empty when the engine gives none.
    #[prost(float, repeated, tag = "4")]
    pub log_probabilities: Vec<f32>,
    /// Pieces of the engine's output that it has, for engines that give no ids; 0 counts as one where there is no prompt.
    #[prost(uint32, tag = "5")]
    pub pieces: u32,
    /// Bytes of the text that each token made certain, in order; text after them was held back until the end.
    #[prost(uint32, repeated, tag = "6")]
    pub lengths: Vec<u32>,
    /// More about each token, where that was asked for.
    #[prost(message, repeated, tag = "7")]
    pub details: Vec<TokenDetail>,
    /// Tokens of the prompt, in order and before those of the answer, where they were asked for.
    #[prost(message, optional, tag = "8")]
    pub prompt: Option<PromptTokens>,
}

/// What a token is by itself, see [`crate::task::TokenDetail`].
#[derive(Clone, PartialEq, Message)]
pub struct TokenDetail {
    /// Its own bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub bytes: Vec<u8>,
    /// The likeliest tokens in its place.
    #[prost(message, repeated, tag = "2")]
    pub top: Vec<Alternative>,
}

/// One of the likeliest tokens.
#[derive(Clone, PartialEq, Message)]
pub struct Alternative {
    /// Its bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub bytes: Vec<u8>,
    /// The natural logarithm of its probability.
    #[prost(float, tag = "2")]
    pub log_probability: f32,
}

/// Some tokens of a prompt, see [`crate::task::PromptScores`].
#[derive(Clone, PartialEq, Message)]
pub struct PromptTokens {
    /// Their text.
    #[prost(string, tag = "1")]
    pub text: String,
    /// Their natural log-probabilities.
    #[prost(float, repeated, tag = "2")]
    pub log_probabilities: Vec<f32>,
    /// Bytes of the text that each of them made certain.
    #[prost(uint32, repeated, tag = "3")]
    pub lengths: Vec<u32>,
    /// More about each of them.
    #[prost(message, repeated, tag = "4")]
    pub details: Vec<TokenDetail>,
}

/// The end of an attempt, with its receipt.
#[derive(Clone, PartialEq, Message)]
pub struct TaskResult {
    /// The attempt that has ended.
    #[prost(message, optional, tag = "1")]
    pub lease: Option<Lease>,
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub output_commitment: Vec<u8>,
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub audit_commitment: Vec<u8>,
    /// Tokens of the rendered prompt.
    #[prost(uint32, tag = "4")]
    pub prompt_tokens: u32,
    /// Tokens generated.
    #[prost(uint32, tag = "5")]
    pub completion_tokens: u32,
    /// The number of the reason why generation ended, see [`crate::task::FinishReason`].
    #[prost(uint32, tag = "6")]
    pub finish_reason: u32,
    /// The miner's signature of the receipt: 65 bytes, and after them its path where it was signed in a batch.
    #[prost(bytes = "vec", tag = "7")]
    pub signature: Vec<u8>,
    /// One more than the number of the stop text that ended the answer; 0: none did, or the engine does not tell.
    #[prost(uint32, tag = "8")]
    pub stop: u32,
}

/// The coordinator has accepted a result, and owes this for it. It does not say whether the result was examined.
#[derive(Clone, PartialEq, Message)]
pub struct Acknowledged {
    /// The ticket's number.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// The digest of the receipt, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub receipt: Vec<u8>,
    /// Base units of CAI as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "3")]
    pub owed: Vec<u8>,
    /// The coordinator's signature of the [`crate::message::Acknowledgement`]: 65 bytes, and after them its path where it was signed in
    /// a batch.
    #[prost(bytes = "vec", tag = "4")]
    pub signature: Vec<u8>,
}

/// What the coordinator owes in all.
#[derive(Clone, PartialEq, Message)]
pub struct Voucher {
    /// Base units of CAI as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "1")]
    pub cumulative: Vec<u8>,
    /// 65 bytes, and after them the voucher's path where it was signed in a batch.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
    /// Tickets up to this number are accounted for.
    #[prost(uint64, tag = "3")]
    pub through: u64,
}
