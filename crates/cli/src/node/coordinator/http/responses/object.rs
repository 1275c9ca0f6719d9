//! A response as applications see it: its items, its usage, and what it says of its request.

use cuckoo_protocol::task::{ChatMessage, ChatRole, FinishReason, Outcome, Task, TaskId, speech::Part, tools::Call};
use serde_json::{Map, Value, json};

use super::{
    super::{
        calls::{Offered, Shown, read_parts},
        error::ApiError,
        logprobs::list_tokens,
        response::Proofs,
        single::call_id,
        usage::count_reasoning,
    },
    tools::{Kind, Toolbox, input_text, shell_action},
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
    model: String,
    /// In seconds since the Unix epoch.
    created: u64,
    /// What it says of its request.
    pub(super) echo: Map<String, Value>,
    /// What calls of the model are calls of.
    pub(super) tools: Toolbox,
}

/// The id of the response that a task answers.
pub(super) fn response_id(task: &TaskId) -> String {
    format!("{PREFIX}{:x}", task.0)
}

/// The id of the item with this number, which its kind begins.
pub(super) fn item_id(kind: &str, task: &TaskId, index: usize) -> String {
    format!("{kind}_{:.32}{index:02}", format!("{:x}", task.0))
}

/// An item of text: what the model thinks, or a message of it.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) is_thought: bool,
    pub(super) text: String,
    /// The tokens of a message, where they are asked for.
    pub(super) tokens: Vec<Value>,
}

impl Talk {
    /// An empty item for such a part.
    pub(super) const fn new(is_thought: bool) -> Self {
        Self { is_thought, text: String::new(), tokens: vec![] }
    }

    /// What a part of an answer adds to an item of its kind: none where it has no text.
    pub(super) fn of(shown: &Shown) -> Option<Self> {
        let (is_thought, text) = match &shown.part {
            Part::Thought(text) => (true, text),
            Part::Words(text) => (false, text),
        };
        let tokens = if is_thought { vec![] } else { list_tokens(&shown.raw, &shown.scores) };
        (!text.is_empty()).then(|| Self { is_thought, text: text.clone(), tokens })
    }

    /// Adds what comes after.
    pub(super) fn add(&mut self, more: Self) {
        self.text.push_str(&more.text);
        self.tokens.extend(more.tokens);
    }

    pub(super) fn id(&self, task: &TaskId, index: usize) -> String {
        item_id(if self.is_thought { "rs" } else { "msg" }, task, index)
    }

    /// The part that is the text.
    pub(super) fn part(&self) -> Value {
        match self.is_thought {
            true => json!({"type": "reasoning_text", "text": self.text}),
            false => json!({"type": "output_text", "text": self.text, "annotations": [], "logprobs": self.tokens}),
        }
    }

    /// The item with this number, which has no part while it is in progress.
    pub(super) fn item(&self, task: &TaskId, index: usize, status: Status) -> Value {
        let content = if status == Status::InProgress { json!([]) } else { json!([self.part()]) };
        let (id, status) = (self.id(task, index), status.as_str());
        match self.is_thought {
            // Nothing is summarised: the thoughts are there themselves.
            true => json!({"id": id, "type": "reasoning", "status": status, "summary": [], "content": content}),
            false => json!({"id": id, "type": "message", "status": status, "role": "assistant", "content": content}),
        }
    }
}

/// The items of an answer: what the model thought and said, and then its calls. An answer with nothing of it is an empty message.
fn output_items(head: &Head, shown: &[Shown], calls: &[Call], status: Status) -> Vec<Value> {
    let task = &head.task;
    let mut talks: Vec<_> = shown.iter().filter_map(Talk::of).collect();
    if talks.is_empty() && calls.is_empty() {
        talks.push(Talk::new(false));
    }
    let (said, last) = (talks.len(), talks.len().saturating_sub(1));
    // What was begun after it shows that an item is whole.
    let of = |index: usize| if index == last && calls.is_empty() { status } else { Status::Completed };
    let talks = talks.iter().enumerate().map(|(index, talk)| talk.item(task, index, of(index)));
    let calls = calls.iter().enumerate();
    let calls = calls.map(|(call, of)| head.call((said + call, call), Status::Completed, of));
    talks.chain(calls).collect()
}

/// The object of a response that has ended with a result.
pub(super) fn ended(head: &Head, task: &Task, outcome: &Outcome, offered: Option<&Offered>) -> Value {
    let (shown, calls) = read_parts(offered, &outcome.text, &outcome.scores);
    head.ended(task, outcome, &output_items(head, &shown, &calls, Status::of(outcome.finish)))
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
        Self::begin(task.spec.id, task.spec.model.clone(), task.spec.accepted_at / 1000, echo)
    }

    /// The head of the response to a task that was accepted at this time, in seconds since the Unix epoch.
    pub(super) fn begin(task: TaskId, model: String, created: u64, echo: Map<String, Value>) -> Self {
        let tools = Toolbox::of(echo.get("tools"));
        Self { task, model, created, echo, tools }
    }

    /// A call: the one with the number `call`, which is the item with the number `index`. It is empty while it is in progress.
    pub(super) fn call(&self, (index, call): (usize, usize), status: Status, of: &Call) -> Value {
        let tool = self.tools.find(&of.name);
        let arguments = if status == Status::InProgress { "" } else { of.arguments.as_str() };
        let mut item = json!({
            "id": self.call_item_id(index, tool.kind),
            "status": status.as_str(),
            "call_id": call_id(&self.task, call),
        });
        let kind = match tool.kind {
            Kind::Shell => {
                item["action"] = shell_action(arguments);
                "local_shell_call"
            }
            Kind::Custom => {
                (item["name"], item["input"]) = (json!(tool.name), json!(input_text(arguments)));
                "custom_tool_call"
            }
            Kind::Function => {
                (item["name"], item["arguments"]) = (json!(tool.name), json!(arguments));
                "function_call"
            }
        };
        item["type"] = json!(kind);
        if let Some(namespace) = tool.namespace {
            item["namespace"] = json!(namespace);
        }
        item
    }

    /// The id of a call that is the item with this number.
    pub(super) fn call_item_id(&self, index: usize, kind: Kind) -> String {
        let prefix = match kind {
            Kind::Function => "fc",
            Kind::Custom => "ctc",
            Kind::Shell => "lsc",
        };
        item_id(prefix, &self.task, index)
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
    pub(super) fn ended(&self, task: &Task, outcome: &Outcome, output: &[Value]) -> Value {
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
        object["cuckoo"] = json!(Proofs::of(task, outcome));
        object
    }

    /// The response without a result.
    pub(super) fn failed(&self, error: &ApiError, output: &[Value]) -> Value {
        let mut object = self.object(Status::Failed, output);
        object["error"] = json!({"code": error.code, "message": error.message});
        object
    }
}
