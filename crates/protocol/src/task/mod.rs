//! A task and its life: a pure state machine, `apply(event) -> effects`.
//!
//! ```text
//! queued -> leased(attempt) -> running -> done | failed | expired | cancelled
//!    ^________________|___________|   refused (no fault) or lost (a fault)
//! ```
//!
//! Every transition is one [`Event`] in the coordinator's journal; replaying the journal rebuilds the state exactly.

pub mod chat;
mod commitment;
pub mod drawing;
mod event;
mod examine;
mod id;
pub mod kind;
mod outcome;
mod quote;
mod receipt;
pub mod sampler;
mod sampling;
mod spec;
pub mod speech;
mod state;
mod tasks;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
pub mod tools;

pub use chat::{ChatMessage, ChatRole};
pub use commitment::{audit_commitment, output_commitment, prompt_commitment};
pub use event::{Effect, Event, Fault, Pick, TransitionError};
pub use examine::Examine;
pub use id::{FirstDigits, TaskId, TaskIdError};
pub use kind::{Kind, OutputError};
pub use outcome::{Alternative, Finish, FinishReason, Outcome, PromptScores, Score, TokenDetail};
pub use receipt::{ReceiptError, ReceiptRecord};
pub use sampling::{
    Bias, ImageSize, MAX_BIAS, MAX_BIASES, MAX_GUIDANCE, MAX_PENALTY, MAX_TOP_LOGPROBS, Micros, REPETITION, Sampling,
    SignedMicros,
};
pub use spec::{Idempotency, Millis, TaskSpec, pool};
pub use state::{Stage, State};
pub use tasks::{MAX_FAULTS, Stopped, Task, Tasks};
pub use tokens::{MAX_TOKENISED, TokenAnswer, TokenQuestion, TokenRefusal};
