//! Tools in a chat: what the model may call, what it called, and what came of it.
//!
//! They travel as messages of their own, so that the commitment to the prompt covers them, an auditor has them, and they are paid
//! for as what they are: part of the prompt. Their contents are JSON as OpenAI has it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tools of one chat, as OpenAI has it.
pub const MAX_TOOLS: usize = 128;
/// What the models of Hermes' and Qwen's families write around a call.
const BEGIN: &str = "<tool_call>";
const END: &str = "</tool_call>";

/// A call that a model made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The tool's name.
    pub name: String,
    /// A JSON object.
    pub arguments: String,
}

/// What came of a call: the content of a message with [`ChatRole::Tool`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The identity of the call.
    pub tool_call_id: String,
    /// What the tool says to the model.
    pub content: String,
}

/// A call as [`super::speech`] finds it. Arguments that are cut off stay so, and then there is none to be found.
pub fn write_call(call: &Call) -> String {
    format!("{BEGIN}\n{{\"name\":{},\"arguments\":{}}}\n{END}", Value::from(call.name.as_str()), call.arguments)
}
