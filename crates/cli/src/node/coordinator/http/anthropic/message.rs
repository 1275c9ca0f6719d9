//! Answers of `/v1/messages`, whole and as a stream.

use axum::response::sse::Event;
use cuckoo_protocol::task::{FinishReason, Outcome, TaskId, tools::Call};
use serde_json::{Value, json};

use super::{
    super::{
        response::data,
        single::{Step, Teller, call_id},
    },
    error,
};

/// The id of an answer.
fn message_id(task: &TaskId) -> String {
    format!("msg_{:x}", task.0)
}

/// Why an answer ended. A stop sequence ends it as the model does: which of them it was, nobody is told.
const fn stop_reason(calls: &[Call], outcome: &Outcome) -> &'static str {
    match outcome.finish {
        _ if !calls.is_empty() => "tool_use",
        FinishReason::Stop => "end_turn",
        FinishReason::Length => "max_tokens",
    }
}

fn usage(prompt: u32, completion: u32) -> Value {
    json!({
        "input_tokens": prompt,
        "output_tokens": completion,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    })
}

/// A call as a block. The arguments are a JSON object: what is none was not read as a call.
fn tool_use(task: &TaskId, number: usize, call: &Call) -> Value {
    let input: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
    json!({"type": "tool_use", "id": call_id(task, number), "name": call.name, "input": input})
}

/// An answer that is not streamed.
pub(super) fn whole(task: &TaskId, model: &str, (said, calls): (&str, &[Call]), outcome: &Outcome) -> Value {
    let text = (!said.is_empty()).then(|| json!({"type": "text", "text": said}));
    let calls_made = calls.iter().enumerate().map(|(number, call)| tool_use(task, number, call));
    let content: Vec<_> = text.into_iter().chain(calls_made).collect();
    json!({
        "id": message_id(task),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop_reason(calls, outcome),
        "stop_sequence": null,
        "usage": usage(outcome.prompt_tokens, outcome.completion_tokens),
    })
}

/// An answer that is streamed.
pub(super) struct Events {
    task: TaskId,
    model: String,
    /// The number of the next block.
    block: usize,
    /// The next block, which is a text, was begun.
    speaks: bool,
}

impl Events {
    pub(super) const fn new(task: TaskId, model: String) -> Self {
        Self { task, model, block: 0, speaks: false }
    }

    fn begin_block(&self, block: &Value) -> Event {
        event("content_block_start", &json!({"index": self.block, "content_block": block}))
    }

    fn delta(&self, delta: &Value) -> Event {
        event("content_block_delta", &json!({"index": self.block, "delta": delta}))
    }

    fn end_block(&mut self) -> Event {
        let event = event("content_block_stop", &json!({"index": self.block}));
        self.block += 1;
        event
    }

    fn say(&mut self, text: &str) -> Vec<Event> {
        if text.is_empty() {
            return vec![];
        }
        let begin = (!self.speaks).then(|| self.begin_block(&json!({"type": "text", "text": ""})));
        self.speaks = true;
        begin.into_iter().chain([self.delta(&json!({"type": "text_delta", "text": text}))]).collect()
    }

    fn end(&mut self, calls: &[Call], outcome: &Outcome) -> Vec<Event> {
        let mut events = vec![];
        if std::mem::take(&mut self.speaks) {
            events.push(self.end_block());
        }
        for (number, call) in calls.iter().enumerate() {
            let mut block = tool_use(&self.task, number, call);
            block["input"] = json!({});
            events.push(self.begin_block(&block));
            events.push(self.delta(&json!({"type": "input_json_delta", "partial_json": call.arguments})));
            events.push(self.end_block());
        }
        let delta = json!({"stop_reason": stop_reason(calls, outcome), "stop_sequence": null});
        let usage = usage(outcome.prompt_tokens, outcome.completion_tokens);
        let receipt = json!({"tasks": [self.task], "receipts": [outcome.receipt.hash()]});
        events.push(event("message_delta", &json!({"delta": delta, "usage": usage, "cuckoo": receipt})));
        events.push(event("message_stop", &json!({})));
        events
    }
}

impl Teller for Events {
    fn begin(&mut self) -> Vec<Event> {
        // The tokens of the prompt are known to the miner alone, which says them at the end.
        let message = json!({
            "id": message_id(&self.task),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(0, 0),
        });
        vec![event("message_start", &json!({ "message": message })), ping()]
    }

    fn tell(&mut self, step: Step) -> Vec<Event> {
        match step {
            Step::Said(text) => self.say(&text),
            Step::Ended(calls, outcome) => self.end(&calls, &outcome),
            Step::Failed(failed) => vec![Event::default().event("error").data(error::body(&failed).to_string())],
        }
    }
}

/// A sign of life.
pub(super) fn ping() -> Event {
    event("ping", &json!({}))
}

/// An event: the fields follow its type.
fn event(kind: &str, fields: &Value) -> Event {
    let mut object = json!({ "type": kind });
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields.clone());
    }
    data(&object).event(kind)
}
