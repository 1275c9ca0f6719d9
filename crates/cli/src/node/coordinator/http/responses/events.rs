//! The stream of a response: events with numbers, each item begun, filled and ended.

use axum::response::sse::Event;
use cuckoo_protocol::task::{Outcome, tools::Call};
use serde_json::{Value, json};

use super::{
    super::{
        error::ApiError,
        single::{Step, Teller},
    },
    object::{Head, Status, function_call, item_id, message, text_part},
};

/// A response that is streamed.
pub(super) struct Events {
    head: Head,
    /// The number of the next event.
    number: u64,
    /// What the model has said so far; `None` before it says anything.
    said: Option<String>,
    /// The items that have ended.
    output: Vec<Value>,
}

impl Events {
    pub(super) fn new(head: Head) -> Self {
        Self { head, number: 0, said: None, output: vec![] }
    }

    /// The next event. The fields of `data` follow its type and its number.
    fn event(&mut self, kind: &str, data: Value) -> Event {
        let mut fields = json!({"type": kind, "sequence_number": self.number});
        self.number += 1;
        if let (Some(fields), Value::Object(data)) = (fields.as_object_mut(), data) {
            fields.extend(data);
        }
        Event::default().event(kind).data(fields.to_string())
    }

    /// An event about the text of the message that is being said.
    fn text_event(&mut self, kind: &str, name: &str, value: Value) -> Event {
        let (item, index) = (item_id("msg", &self.head.task, 0), self.output.len());
        let mut data = json!({"item_id": item, "output_index": index, "content_index": 0});
        data[name] = value;
        if name != "part" {
            data["logprobs"] = json!([]);
        }
        self.event(kind, data)
    }

    /// More of what the model says.
    fn say(&mut self, text: &str) -> Vec<Event> {
        let mut events = vec![];
        if self.said.is_none() {
            let item = message(&self.head.task, 0, Status::InProgress, None);
            events.push(self.event("response.output_item.added", json!({"output_index": 0, "item": item})));
            events.push(self.text_event("response.content_part.added", "part", text_part("")));
        }
        self.said.get_or_insert_default().push_str(text);
        if !text.is_empty() {
            events.push(self.text_event("response.output_text.delta", "delta", json!(text)));
        }
        events
    }

    /// The message is whole.
    fn end_message(&mut self, status: Status) -> Vec<Event> {
        let Some(said) = self.said.take() else { return vec![] };
        let text = self.text_event("response.output_text.done", "text", json!(said));
        let part = self.text_event("response.content_part.done", "part", text_part(&said));
        let item = message(&self.head.task, 0, status, Some(&said));
        vec![text, part, self.end_item(item)]
    }

    fn end_item(&mut self, item: Value) -> Event {
        let index = self.output.len();
        self.output.push(item.clone());
        self.event("response.output_item.done", json!({"output_index": index, "item": item}))
    }

    /// A call, which is known only once it is whole.
    fn call(&mut self, number: usize, call: &Call) -> Vec<Event> {
        let index = self.output.len();
        let task = self.head.task;
        let item = function_call(&task, (index, number), Status::InProgress, call);
        let id = item_id("fc", &task, index);
        let at = |name: &str, value: Value| {
            let mut data = json!({"item_id": id, "output_index": index});
            data[name] = value;
            data
        };
        let added = self.event("response.output_item.added", json!({"output_index": index, "item": item}));
        let delta = at("delta", json!(call.arguments));
        let delta = self.event("response.function_call_arguments.delta", delta);
        let mut done = at("arguments", json!(call.arguments));
        done["name"] = json!(call.name);
        let done = self.event("response.function_call_arguments.done", done);
        let item = function_call(&task, (index, number), Status::Completed, call);
        vec![added, delta, done, self.end_item(item)]
    }

    fn end(&mut self, calls: &[Call], outcome: &Outcome) -> Vec<Event> {
        let mut events = if self.said.is_none() && calls.is_empty() { self.say("") } else { vec![] };
        let status = Status::of(outcome.finish);
        events.extend(self.end_message(status));
        for (number, call) in calls.iter().enumerate() {
            events.extend(self.call(number, call));
        }
        let response = self.head.ended(None, outcome, &self.output);
        let kind = if status == Status::Incomplete { "response.incomplete" } else { "response.completed" };
        events.push(self.event(kind, json!({ "response": response })));
        events
    }

    fn fail(&mut self, error: &ApiError) -> Vec<Event> {
        let mut events = self.end_message(Status::Incomplete);
        let response = self.head.failed(error, &self.output);
        events.push(self.event("response.failed", json!({ "response": response })));
        events
    }
}

impl Teller for Events {
    fn begin(&mut self) -> Vec<Event> {
        let response = json!({"response": self.head.object(Status::InProgress, &[])});
        ["response.created", "response.in_progress"].map(|kind| self.event(kind, response.clone())).into()
    }

    fn tell(&mut self, step: Step) -> Vec<Event> {
        match step {
            Step::Said(text) => self.say(&text),
            Step::Ended(calls, outcome) => self.end(&calls, &outcome),
            Step::Failed(error) => self.fail(&error),
        }
    }
}
