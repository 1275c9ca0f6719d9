//! Answers of `/v1/messages`, whole and as a stream.

use axum::response::sse::Event;
use cuckoo_protocol::task::{FinishReason, Outcome, Task, TaskId, speech::Part, tools::Call};
use serde_json::{Value, json};

use super::{
    super::{
        calls::Shown,
        response::{Proofs, data},
        single::{Step, Teller, call_id},
    },
    error,
    request::Thoughts,
};

/// The id of an answer.
fn message_id(task: &TaskId) -> String {
    format!("msg_{:x}", task.0)
}

/// What an answer looks like, by its request.
pub(super) struct Form {
    pub(super) model: String,
    /// The texts that end it.
    pub(super) stops: Vec<String>,
    pub(super) thoughts: Thoughts,
}

impl Form {
    /// Why an answer ended: the reason, and the stop text that it was.
    fn ending(&self, calls: &[Call], outcome: &Outcome) -> Value {
        let stop = outcome.stop.and_then(|index| self.stops.get(index as usize));
        let reason = match outcome.finish {
            _ if !calls.is_empty() => "tool_use",
            FinishReason::Stop if stop.is_some() => "stop_sequence",
            FinishReason::Stop => "end_turn",
            FinishReason::Length => "max_tokens",
        };
        json!({"stop_reason": reason, "stop_sequence": stop.filter(|_| reason == "stop_sequence")})
    }

    /// An answer that is not streamed.
    pub(super) fn whole(&self, ended: &Task, (shown, calls): (&[Shown], &[Call]), outcome: &Outcome) -> Value {
        let task = &ended.spec.id;
        let said = shown.iter().filter_map(|shown| match &shown.part {
            Part::Words(text) if text.is_empty() => None,
            Part::Words(text) => Some(json!({"type": "text", "text": text})),
            Part::Thought(text) => {
                let text = if self.thoughts == Thoughts::Shown { text } else { "" };
                let block = json!({"type": "thinking", "thinking": text, "signature": message_id(task)});
                (self.thoughts != Thoughts::Hidden).then_some(block)
            }
        });
        let calls_made = calls.iter().enumerate().map(|(number, call)| tool_use(task, number, call));
        let content: Vec<_> = said.chain(calls_made).collect();
        let mut message = json!({
            "id": message_id(task),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "usage": usage(outcome.prompt_tokens, outcome.completion_tokens),
            "cuckoo": Proofs::of(ended, outcome),
        });
        if let (Some(message), Value::Object(ending)) = (message.as_object_mut(), self.ending(calls, outcome)) {
            message.extend(ending);
        }
        message
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

/// A block that is begun, and not ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Thinking,
    Text,
}

/// An answer that is streamed.
pub(super) struct Events {
    task: TaskId,
    form: Form,
    /// The number of the next block.
    block: usize,
    /// What the next block is, where it was begun.
    open: Option<Open>,
}

impl Events {
    pub(super) const fn new(task: TaskId, form: Form) -> Self {
        Self { task, form, block: 0, open: None }
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

    /// Ends the block that is open, unless it is the one that is wanted.
    fn turn_to(&mut self, wanted: Option<Open>) -> Vec<Event> {
        let mut events = vec![];
        if self.open == wanted {
            return events;
        }
        match self.open {
            Some(Open::Thinking) => {
                let signature = json!({"type": "signature_delta", "signature": message_id(&self.task)});
                events.extend([self.delta(&signature), self.end_block()]);
            }
            Some(Open::Text) => events.push(self.end_block()),
            None => {}
        }
        match wanted {
            Some(Open::Thinking) => {
                events.push(self.begin_block(&json!({"type": "thinking", "thinking": "", "signature": ""})));
            }
            Some(Open::Text) => events.push(self.begin_block(&json!({"type": "text", "text": ""}))),
            None => {}
        }
        self.open = wanted;
        events
    }

    fn show(&mut self, part: &Part) -> Vec<Event> {
        match part {
            Part::Words(text) if text.is_empty() => vec![],
            Part::Words(text) => {
                let mut events = self.turn_to(Some(Open::Text));
                events.push(self.delta(&json!({"type": "text_delta", "text": text})));
                events
            }
            Part::Thought(_) if self.form.thoughts == Thoughts::Hidden => vec![],
            Part::Thought(text) => {
                let mut events = self.turn_to(Some(Open::Thinking));
                if self.form.thoughts == Thoughts::Shown {
                    events.push(self.delta(&json!({"type": "thinking_delta", "thinking": text})));
                }
                events
            }
        }
    }

    fn end(&mut self, calls: &[Call], task: &Task, outcome: &Outcome) -> Vec<Event> {
        let mut events = self.turn_to(None);
        for (number, call) in calls.iter().enumerate() {
            let mut block = tool_use(&self.task, number, call);
            block["input"] = json!({});
            events.push(self.begin_block(&block));
            events.push(self.delta(&json!({"type": "input_json_delta", "partial_json": call.arguments})));
            events.push(self.end_block());
        }
        let delta = self.form.ending(calls, outcome);
        let usage = usage(outcome.prompt_tokens, outcome.completion_tokens);
        let proofs = Proofs::of(task, outcome);
        events.push(event("message_delta", &json!({"delta": delta, "usage": usage, "cuckoo": proofs})));
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
            "model": self.form.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(0, 0),
        });
        vec![event("message_start", &json!({ "message": message })), ping()]
    }

    fn tell(&mut self, step: Step) -> Vec<Event> {
        match step {
            Step::Shown(shown) => self.show(&shown.part),
            Step::Ended(calls, task, outcome) => self.end(&calls, &task, &outcome),
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
