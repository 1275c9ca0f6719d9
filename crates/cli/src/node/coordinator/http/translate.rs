//! Requests of other APIs as chats: the body that is put together of one is read like any other chat, and what is wrong with it is
//! told by the names that its sender has used.

use cuckoo_protocol::Untrusted;
use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    request::{self, Request},
};

/// A chat that is being put together.
#[derive(Debug, Default)]
pub(super) struct Chat {
    /// What is sent beside the messages.
    fields: Map<String, Value>,
    messages: Vec<Value>,
    /// Where each message comes from, such as `input[2]`.
    places: Vec<String>,
    /// Where each tool comes from, where they do not stand as they do in the chat.
    tool_places: Vec<String>,
    /// The names of parameters in the chat, and those that their sender has for them.
    names: Vec<(&'static str, &'static str)>,
}

impl Chat {
    /// An empty one. `names` has the parameters that are named otherwise in a chat, first as the chat has it.
    pub(super) fn new(names: &[(&'static str, &'static str)]) -> Self {
        Self { names: names.to_vec(), ..Self::default() }
    }

    /// Sets a parameter, unless it is null.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.fields.insert(name.to_owned(), value);
        }
    }

    /// Sets the tools, each with the place that it comes from.
    pub(super) fn set_tools(&mut self, tools: impl IntoIterator<Item = (String, Value)>) {
        let (places, tools): (_, Vec<_>) = tools.into_iter().unzip();
        self.tool_places = places;
        self.set("tools", tools);
    }

    /// A parameter that was set.
    #[cfg(test)]
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Adds a message that comes from `place`.
    pub(super) fn say(&mut self, place: impl Into<String>, message: Value) {
        self.messages.push(message);
        self.places.push(place.into());
    }

    /// Adds a call of a function, to what the model said right before it if that was the last message.
    pub(super) fn call(&mut self, place: impl Into<String>, id: &Value, name: &Value, arguments: &Value) {
        let call = json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
        let last = self.messages.last_mut().and_then(Value::as_object_mut);
        match last.filter(|last| last.get("role").is_some_and(|role| role == "assistant")) {
            Some(last) => match last.get_mut("tool_calls").and_then(Value::as_array_mut) {
                Some(calls) => calls.push(call),
                None => drop(last.insert("tool_calls".into(), json!([call]))),
            },
            None => self.say(place, json!({"role": "assistant", "content": null, "tool_calls": [call]})),
        }
    }

    /// Reads it as a chat. `seed` is used when the request has none.
    pub(super) fn read(mut self, seed: u64) -> Result<Request, ApiError> {
        self.fields.insert("messages".into(), Value::Array(std::mem::take(&mut self.messages)));
        let body = Value::Object(std::mem::take(&mut self.fields)).to_string();
        request::chat::read(body.as_bytes(), seed).map_err(|error| self.rename(error))
    }

    /// An error by the names that the sender has used.
    fn rename(&self, error: ApiError) -> ApiError {
        let Some(param) = &error.param else { return error };
        let Some(own) = self.own_name(param) else { return error };
        let message = error.message.replace(&format!("`{param}`"), &format!("`{own}`"));
        ApiError { message, param: Some(own), ..error }
    }

    fn own_name(&self, param: &str) -> Option<String> {
        for (list, places) in [("messages", &self.places), ("tools", &self.tool_places)] {
            let Some(rest) = param.strip_prefix(list) else { continue };
            let place = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let Some((index, rest)) = place else { return self.renamed(list).map(str::to_owned) };
            return Some(format!("{}{rest}", places.get(index.parse::<usize>().ok()?)?));
        }
        let end = param.find(['.', '[']).unwrap_or(param.len());
        let (name, rest) = param.split_at(end);
        self.renamed(name).map(|own| format!("{own}{rest}"))
    }

    fn renamed(&self, name: &str) -> Option<&'static str> {
        self.names.iter().find(|(known, _)| *known == name).map(|(_, own)| *own)
    }
}

/// The error of a value that is not accepted.
pub(super) fn wrong(param: impl Into<String>, what: &str) -> ApiError {
    let param = param.into();
    ApiError::invalid("invalid_value", format!("`{param}` {what}"), param)
}

/// The error of something that is known and not done here.
pub(super) fn unsupported(param: impl Into<String>, what: &str) -> ApiError {
    let param = param.into();
    ApiError::invalid("unsupported_parameter", format!("`{param}` {what}"), param)
}

/// Refuses a field that is not among the known ones. `at` is where the object stands; empty for the body itself.
pub(super) fn only(at: &str, fields: &Map<String, Value>, known: &[&[&str]]) -> Result<(), ApiError> {
    match fields.keys().find(|name| !known.iter().any(|names| names.contains(&name.as_str()))) {
        None => Ok(()),
        Some(unknown) => {
            let dot = if at.is_empty() { "" } else { "." };
            Err(unsupported(format!("{at}{dot}{}", Untrusted::new(unknown)), "is not supported"))
        }
    }
}

/// A value's text for an error.
pub(super) fn shown(value: &Value) -> String {
    Untrusted::new(value.as_str().map_or_else(|| value.to_string(), str::to_owned)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_by_the_senders_names() {
        let mut chat = Chat::new(&[("messages", "input"), ("max_completion_tokens", "max_output_tokens")]);
        chat.set("model", "m");
        chat.say("instructions", json!({"role": "system", "content": "be brief"}));
        chat.say("input[0]", json!({"role": "user", "content": 3}));
        let error = chat.read(0).expect_err("is refused");
        assert_eq!(error.param.as_deref(), Some("input[0].content"));
        assert!(error.message.starts_with("`input[0].content` "), "{}", error.message);

        let mut chat = Chat::new(&[("messages", "input"), ("max_completion_tokens", "max_output_tokens")]);
        chat.set("model", "m");
        chat.set("max_completion_tokens", 0);
        chat.say("input", json!({"role": "user", "content": "hi"}));
        let error = chat.read(0).expect_err("is refused");
        assert_eq!(error.param.as_deref(), Some("max_output_tokens"));
        assert!(error.message.starts_with("`max_output_tokens` "), "{}", error.message);

        let mut empty = Chat::new(&[("messages", "input")]);
        empty.set("model", "m");
        assert_eq!(empty.read(0).expect_err("is refused").param.as_deref(), Some("input"));
    }

    #[test]
    fn calls_belong_to_what_the_model_said_before_them() {
        let mut chat = Chat::new(&[]);
        let call = |chat: &mut Chat, id: &str| chat.call("input[1]", &json!(id), &json!("time"), &json!("{}"));
        call(&mut chat, "a");
        call(&mut chat, "b");
        chat.say("input[2]", json!({"role": "tool", "tool_call_id": "a", "content": "noon"}));
        chat.say("input[3]", json!({"role": "assistant", "content": "It is noon."}));
        call(&mut chat, "c");
        let counts = chat.messages.iter().map(|message| message["tool_calls"].as_array().map_or(0, Vec::len));
        assert_eq!(counts.collect::<Vec<_>>(), [2, 0, 1]);
    }
}
