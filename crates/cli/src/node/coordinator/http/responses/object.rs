//! A response as applications see it: its items, its usage, and what it says of its request.

use cuckoo_protocol::task::{ChatMessage, ChatRole, FinishReason, Outcome, Task, TaskId, tools::Call};
use serde_json::{Map, Value, json};

use super::super::{
    calls::Offered,
    error::ApiError,
    single::{call_id, read_parts},
    usage::{cost, count_reasoning},
};

/// What begins the id of a response; the digits of its task's id follow.
pub(super) const PREFIX: &str = "resp_";

/// How far a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Completed,
    Incomplete,
    Failed,
}

impl Status {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }

    pub(super) const fn of(finish: FinishReason) -> Self {
        match finish {
            FinishReason::Stop => Self::Completed,
            FinishReason::Length => Self::Incomplete,
        }
    }
}

/// What all objects of one response have in common.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) task: TaskId,
    pub(super) model: String,
    /// In seconds since the Unix epoch.
    pub(super) created: u64,
    /// What it says of its request.
    pub(super) echo: Map<String, Value>,
}

/// The id of the response that a task answers.
pub(super) fn response_id(task: &TaskId) -> String {
    format!("{PREFIX}{:x}", task.0)
}

/// The id of the item with this number, which its kind begins.
pub(super) fn item_id(kind: &str, task: &TaskId, index: usize) -> String {
    format!("{kind}_{:.32}{index:02}", format!("{:x}", task.0))
}

/// A message of the model.
pub(super) fn message(task: &TaskId, index: usize, status: Status, text: Option<&str>) -> Value {
    let content: Vec<_> = text.into_iter().map(text_part).collect();
    let id = item_id("msg", task, index);
    json!({"id": id, "type": "message", "status": status.as_str(), "role": "assistant", "content": content})
}

/// The part of a message that is its text.
pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

/// A call of a function: the one with the number `call`, which is the item with the number `index`.
pub(super) fn function_call(task: &TaskId, (index, call): (usize, usize), status: Status, of: &Call) -> Value {
    let arguments = if status == Status::InProgress { "" } else { of.arguments.as_str() };
    json!({
        "id": item_id("fc", task, index),
        "type": "function_call",
        "status": status.as_str(),
        "call_id": call_id(task, call),
        "name": of.name,
        "arguments": arguments,
    })
}

/// The items of an answer: what the model said, if it said anything or called nothing, and then its calls.
pub(super) fn output_items(task: &TaskId, said: &str, calls: &[Call], status: Status) -> Vec<Value> {
    let speaks = !said.is_empty() || calls.is_empty();
    let message = speaks.then(|| message(task, 0, status, Some(said)));
    let first = usize::from(speaks);
    let calls = calls.iter().enumerate();
    let calls = calls.map(|(call, of)| function_call(task, (first + call, call), Status::Completed, of));
    message.into_iter().chain(calls).collect()
}

/// The object of a response that has ended with a result.
pub(super) fn ended(head: &Head, task: &Task, outcome: &Outcome, offered: Option<&Offered>) -> Value {
    let (said, calls) = read_parts(offered, outcome);
    head.ended(Some(task), outcome, &output_items(&head.task, &said, &calls, Status::of(outcome.finish)))
}

/// The functions that an answer to these messages could call.
pub(super) fn offered(messages: &[ChatMessage], echo: &Map<String, Value>) -> Option<Offered> {
    let tools = messages.first().filter(|message| message.role == ChatRole::Tools)?;
    let tools: Vec<Value> = serde_json::from_str(&tools.content).ok()?;
    let single = echo.get("parallel_tool_calls").is_some_and(|parallel| *parallel == json!(false));
    Some(Offered::of_tools(&tools, single))
}

impl Head {
    /// The head of the response to a task. `echo` is what it says of its request.
    pub(super) fn new(task: &Task, echo: Map<String, Value>) -> Self {
        Self { task: task.spec.id, model: task.spec.model.clone(), created: task.spec.accepted_at / 1000, echo }
    }

    /// The response before its end, or as it failed.
    pub(super) fn object(&self, status: Status, output: &[Value]) -> Value {
        let mut object = json!({
            "id": response_id(&self.task),
            "object": "response",
            "created_at": self.created,
            "status": status.as_str(),
            "background": false,
            "error": null,
            "incomplete_details": null,
            "model": self.model,
            "output": output,
            "usage": null,
        });
        if let Some(fields) = object.as_object_mut() {
            fields.extend(self.echo.clone());
        }
        object
    }

    /// The response at its end.
    pub(super) fn ended(&self, task: Option<&Task>, outcome: &Outcome, output: &[Value]) -> Value {
        let status = Status::of(outcome.finish);
        let mut object = self.object(status, output);
        if status == Status::Incomplete {
            object["incomplete_details"] = json!({"reason": "max_output_tokens"});
        }
        let (input, output) = (u64::from(outcome.prompt_tokens), u64::from(outcome.completion_tokens));
        object["usage"] = json!({
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": count_reasoning(outcome)},
            "total_tokens": input + output,
        });
        object["cuckoo"] = json!({"tasks": [self.task], "receipts": [outcome.receipt.hash()]});
        if let Some(task) = task {
            object["cuckoo"]["cost"] = json!(cost(task, outcome));
        }
        object
    }

    /// The response without a result.
    pub(super) fn failed(&self, error: &ApiError, output: &[Value]) -> Value {
        let mut object = self.object(Status::Failed, output);
        object["error"] = json!({"code": error.code, "message": error.message});
        object
    }
}
