//! Tasks as dashboards show them. There are no prompts and no completions: they do not belong on a screen that others may see.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::{
    Cai, Untrusted,
    task::{Fault, Millis, Stage, TaskId},
};

/// Tasks in figures, since the node started unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// Tasks that wait now.
    pub queued: u64,
    /// Tasks that are leased or running now.
    pub running: u64,
    /// Tasks that were delivered.
    pub done: u64,
    /// Tasks that failed or expired.
    pub failed: u64,
    /// Tasks that applications took back.
    pub cancelled: u64,
    /// Tokens that were generated, those of tasks that still run and of attempts that were lost included.
    pub completion_tokens: u64,
    /// Attempts that miners have lost.
    #[serde(default)]
    pub lost: u64,
    /// How long the oldest task that waits has waited, in milliseconds.
    #[serde(default)]
    pub oldest_wait_ms: u64,
}

/// One task. No prompts and no completions: they do not belong on a screen that others may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRow {
    /// The task's identity.
    pub id: TaskId,
    /// The model's name.
    pub model: Untrusted,
    /// Where the task stands.
    pub state: Stage,
    /// The number of the newest attempt.
    pub attempt: u32,
    /// The miner that holds or has done it.
    pub miner: Option<Address>,
    /// When it was accepted.
    pub accepted_at: Millis,
    /// When the first token arrived.
    pub first_token_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Tokens generated so far.
    pub completion_tokens: u32,
    /// Why it ended without a result, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Untrusted>,
    /// Whose fault that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// The miners that have lost or rejected it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost_by: Vec<Address>,
    /// The coordinator that it comes from, at a miner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<Address>,
    /// When its newest attempt was leased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leased_at: Option<Millis>,
    /// When it expires if it has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Millis>,
    /// The most tokens that it may generate; 0 where that is not known.
    #[serde(default)]
    pub max_tokens: u32,
    /// Tokens of its prompt, once they are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u32>,
    /// What it costs, or may cost at most while it has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cai>,
    /// The id of the API key that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

impl TaskRow {
    /// A task that nothing else is known about yet.
    pub fn new(id: TaskId, model: &str, state: Stage, accepted_at: Millis) -> Self {
        Self {
            id,
            model: model.into(),
            state,
            attempt: 0,
            miner: None,
            accepted_at,
            first_token_at: None,
            ended_at: None,
            completion_tokens: 0,
            reason: None,
            fault: None,
            lost_by: vec![],
            coordinator: None,
            leased_at: None,
            deadline: None,
            max_tokens: 0,
            prompt_tokens: None,
            cost: None,
            client: None,
        }
    }
}
