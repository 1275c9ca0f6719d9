//! The stream of a response: events with numbers, each item begun, filled and ended.

use axum::response::sse::Event;
use cuckoo_protocol::task::{Outcome, Task, tools::Call};
use serde_json::{Value, json};

use super::{
    super::{
        error::ApiError,
        single::{Step, Teller},
    },
    object::{Head, Status, Talk},
    tools::{Kind, input_text},
};

/// A response that is streamed.
pub(super) struct Events {
    head: Head,
    /// The number of the next event.
    number: u64,
    /// What the model thinks or says at the moment.
    open: Option<Talk>,
    /// The items that have ended.
    output: Vec<Value>,
}

impl Events {
    pub(super) const fn new(head: Head) -> Self {
        Self { head, number: 0, open: None, output: vec![] }
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

    /// An event about the text of an item.
    fn text_event(&mut self, talk: &Talk, kind: &str, name: &str, value: Value) -> Event {
        let index = self.output.len();
        let item = talk.id(&self.head.task, index);
        let mut data = json!({"item_id": item, "output_index": index, "content_index": 0});
        data[name] = value;
        if name == "part" {
            return self.event(&format!("response.content_part.{kind}"), data);
        }
        if talk.is_thought {
            return self.event(&format!("response.reasoning_text.{kind}"), data);
        }
        data["logprobs"] = json!(talk.tokens);
        self.event(&format!("response.output_text.{kind}"), data)
    }

    fn begin_item(&mut self, is_thought: bool) -> Vec<Event> {
        let talk = Talk::new(is_thought);
        let index = self.output.len();
        let item = talk.item(&self.head.task, index, Status::InProgress);
        let added = self.event("response.output_item.added", json!({"output_index": index, "item": item}));
        let part = self.text_event(&talk, "added", "part", talk.part());
        self.open = Some(talk);
        vec![added, part]
    }

    /// More of what the model thinks or says.
    fn talk(&mut self, more: Talk) -> Vec<Event> {
        let is_other = self.open.as_ref().is_none_or(|open| open.is_thought != more.is_thought);
        let mut events = if is_other { self.end_talk(Status::Completed) } else { vec![] };
        if is_other {
            events.extend(self.begin_item(more.is_thought));
        }
        events.push(self.text_event(&more, "delta", "delta", json!(more.text)));
        if let Some(open) = &mut self.open {
            open.add(more);
        }
        events
    }

    /// What the model thinks or says at the moment is whole.
    fn end_talk(&mut self, status: Status) -> Vec<Event> {
        let Some(talk) = self.open.take() else { return vec![] };
        let text = self.text_event(&talk, "done", "text", json!(talk.text));
        let part = self.text_event(&talk, "done", "part", talk.part());
        let item = talk.item(&self.head.task, self.output.len(), status);
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
        let tool = self.head.tools.find(&call.name);
        let item = self.head.call((index, number), Status::InProgress, call);
        let mut events = vec![self.event("response.output_item.added", json!({"output_index": index, "item": item}))];
        let (kind, name, text) = match tool.kind {
            Kind::Function => ("function_call_arguments", "arguments", call.arguments.clone()),
            Kind::Custom => ("custom_tool_call_input", "input", input_text(&call.arguments)),
            Kind::Shell => ("", "", String::new()),
        };
        if !kind.is_empty() {
            let id = self.head.call_item_id(index, tool.kind);
            let at = json!({"item_id": id, "output_index": index});
            let (mut delta, mut done) = (at.clone(), at);
            delta["delta"] = json!(text);
            done[name] = json!(text);
            if tool.kind == Kind::Function {
                done["name"] = json!(tool.name);
            }
            events.push(self.event(&format!("response.{kind}.delta"), delta));
            events.push(self.event(&format!("response.{kind}.done"), done));
        }
        let item = self.head.call((index, number), Status::Completed, call);
        events.push(self.end_item(item));
        events
    }

    fn end(&mut self, calls: &[Call], task: &Task, outcome: &Outcome) -> Vec<Event> {
        let is_empty = self.open.is_none() && self.output.is_empty() && calls.is_empty();
        let mut events = if is_empty { self.begin_item(false) } else { vec![] };
        let status = Status::of(outcome.finish);
        events.extend(self.end_talk(if calls.is_empty() { status } else { Status::Completed }));
        for (number, call) in calls.iter().enumerate() {
            events.extend(self.call(number, call));
        }
        let response = self.head.ended(task, outcome, &self.output);
        let kind = if status == Status::Incomplete { "response.incomplete" } else { "response.completed" };
        events.push(self.event(kind, json!({ "response": response })));
        events
    }

    fn fail(&mut self, error: &ApiError) -> Vec<Event> {
        let mut events = self.end_talk(Status::Incomplete);
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
            Step::Shown(shown) => Talk::of(&shown).map(|more| self.talk(more)).unwrap_or_default(),
            Step::Ended(calls, task, outcome) => self.end(&calls, &task, &outcome),
            Step::Failed(error) => self.fail(&error),
        }
    }
}
