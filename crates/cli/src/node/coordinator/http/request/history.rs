//! What a chat's history says of calls of tools, in the forms in which other servers and older clients write it.

use std::{collections::VecDeque, fmt};

use cuckoo_protocol::task::{
    ChatMessage, ChatRole,
    tools::{MAX_TOOLS, ToolResult},
};
use serde_json::json;

use super::{super::error::ApiError, fields::invalid, json::Json};

/// A call's id has at most this many bytes: some gateways keep what they must not forget in it.
const MAX_ID: usize = 4_096;
/// The name of a function that was called elsewhere has at most this many bytes.
const MAX_NAME: usize = 256;

/// The calls of a history, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Id and name of each call that has no result yet.
    open: VecDeque<(String, String)>,
    /// All calls so far, from which those without an id get one.
    count: usize,
}

/// A call in either form, before it has an id.
struct Called<'a> {
    id: Option<&'a Json<'a>>,
    function: &'a Json<'a>,
}

impl History {
    /// Reads the calls of an assistant's message, if it has any.
    pub(super) fn read_calls(
        &mut self,
        at: fmt::Arguments<'_>,
        message: &Json<'_>,
    ) -> Result<Option<ChatMessage>, ApiError> {
        let list = format!("{at}.tool_calls");
        let calls: Vec<(String, Called<'_>)> = match (message.get("tool_calls"), message.get("function_call")) {
            (Some(Json::Array(calls)), _) if !calls.is_empty() => {
                if calls.len() > MAX_TOOLS {
                    let message = format!("`{list}` has {} calls; at most {MAX_TOOLS} are accepted", calls.len());
                    return Err(invalid(&list, message));
                }
                let called = |(index, call)| split_call(format!("{list}[{index}]"), call);
                calls.iter().enumerate().map(called).collect::<Result<_, _>>()?
            }
            (None | Some(Json::Null | Json::Array(_)), None | Some(Json::Null)) => return Ok(None),
            (None | Some(Json::Null | Json::Array(_)), Some(function)) => {
                vec![(format!("{at}.function_call"), Called { id: None, function })]
            }
            _ => return Err(invalid(&list, format!("`{list}` is not an array of calls"))),
        };
        self.open.clear();
        let calls: Vec<_> = calls.iter().map(|(at, called)| self.read_call(at, called)).collect::<Result<_, _>>()?;
        Ok(Some(ChatMessage { role: ChatRole::Calls, content: json!(calls).to_string() }))
    }

    fn read_call(&mut self, at: &str, Called { id, function }: &Called<'_>) -> Result<serde_json::Value, ApiError> {
        let wrong = |what: &str| invalid(at, format!("`{at}` {what}"));
        let name = function.get("name").and_then(Json::as_str).filter(|name| (1..=MAX_NAME).contains(&name.len()));
        let name = name.ok_or_else(|| wrong(&format!("has no function with a `name` of 1 to {MAX_NAME} bytes")))?;
        let arguments = match function.get("arguments") {
            None | Some(Json::Null) => "{}".to_owned(),
            Some(Json::String(text)) if text.is_empty() => "{}".to_owned(),
            Some(Json::String(text)) => text.to_string(),
            Some(object @ Json::Object(_)) => object.to_string(),
            Some(_) => return Err(wrong("has `arguments` that are neither a string nor an object")),
        };
        let id = read_id(*id).map_err(wrong)?.unwrap_or_else(|| format!("call_{}", self.count));
        self.count += 1;
        self.open.push_back((id.clone(), name.to_owned()));
        Ok(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
    }

    /// Reads the result of a call. Nobody checks that there was such a call: only the model has a use for it. One that does not say
    /// what it belongs to belongs to the first call of its name that waits, or else to the first call that does.
    pub(super) fn read_result(
        &mut self,
        at: fmt::Arguments<'_>,
        message: &Json<'_>,
        content: String,
    ) -> Result<ChatMessage, ApiError> {
        let param = format!("{at}.tool_call_id");
        let id = read_id(message.get("tool_call_id")).map_err(|what| invalid(&param, format!("`{param}` {what}")))?;
        let name = message.get("name").and_then(Json::as_str);
        let place = match &id {
            Some(id) => self.open.iter().position(|(open, _)| open == id),
            None => {
                let named = self.open.iter().position(|(_, open)| Some(open.as_str()) == name);
                named.or_else(|| (!self.open.is_empty()).then_some(0))
            }
        };
        let waiting = place.and_then(|place| self.open.remove(place)).map(|(id, _)| id);
        let tool_call_id = id.or(waiting).unwrap_or_else(|| format!("call_{}", self.count));
        let result = json!(ToolResult { tool_call_id, content });
        Ok(ChatMessage { role: ChatRole::Tool, content: result.to_string() })
    }
}

/// An entry of `tool_calls`. Some servers leave out the type.
fn split_call<'a>(at: String, call: &'a Json<'a>) -> Result<(String, Called<'a>), ApiError> {
    let of_function = match call.get("type") {
        None | Some(Json::Null) => true,
        Some(kind) => kind.as_str() == Some("function"),
    };
    match call.get("function").filter(|_| of_function) {
        Some(function) => Ok((at, Called { id: call.get("id"), function })),
        None => {
            let message = format!("`{at}` is not a call of a function: {{\"type\": \"function\", \"function\": ...}}");
            Err(invalid(&at, message))
        }
    }
}

/// Reads a call's id: a text, or a number as some servers count their calls. `None` where there is none.
fn read_id(id: Option<&Json<'_>>) -> Result<Option<String>, &'static str> {
    match id {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(id)) if id.is_empty() => Ok(None),
        Some(Json::String(id)) if id.len() <= MAX_ID => Ok(Some(id.to_string())),
        Some(Json::String(_)) => Err("has an id of more than 4,096 bytes"),
        Some(Json::Number(id)) => Ok(Some(id.to_string())),
        Some(_) => Err("has an id that is not a string"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{super::messages, *};

    fn read(messages: Value) -> Result<Vec<(ChatRole, String)>, ApiError> {
        let text = json!({ "messages": messages }).to_string();
        let body: Json<'_> = serde_json::from_str(&text).expect("JSON");
        let read = messages::read(body.as_object().expect("an object"))?;
        Ok(read.into_iter().map(|message| (message.role, message.content)).collect())
    }

    /// The calls and results that a history comes to: id with name and arguments, or id with content.
    fn calls(messages: Value) -> Vec<(String, String)> {
        let read = read(messages).expect("is valid");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let entries = read.into_iter().flat_map(|(role, content)| -> Vec<(String, String)> {
            let value: Value = serde_json::from_str(&content).unwrap_or_default();
            let call = |call: &Value| {
                let function = &call["function"];
                (text(&call["id"]), text(&function["name"]) + &text(&function["arguments"]))
            };
            match role {
                ChatRole::Calls => value.as_array().expect("calls").iter().map(call).collect(),
                ChatRole::Tool => vec![(text(&value["tool_call_id"]), text(&value["content"]))],
                _ => vec![],
            }
        });
        entries.collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(id, said)| ((*id).to_owned(), (*said).to_owned())).collect()
    }

    #[test]
    fn calls_made_elsewhere_keep_their_ids_and_get_what_they_lack() {
        let long = format!("call_1__thought__{}", "s".repeat(2_000));
        let function = |arguments: Value| json!({"name": "a.b:0", "arguments": arguments});
        let history = json!([
            {"role": "assistant", "tool_calls": [
                {"id": long, "type": "function", "function": function(json!({"x": [1, "é"]}))},
                {"id": 7, "function": function(Value::Null)},
                {"id": "", "type": null, "function": {"name": "c"}},
            ]},
            {"role": "tool", "tool_call_id": 7, "content": "seven"},
            {"role": "tool", "content": null},
            {"role": "tool", "name": "c", "content": {"a": 1}},
        ]);
        let expected = pairs(&[
            (&long, r#"a.b:0{"x":[1,"é"]}"#),
            ("7", "a.b:0{}"),
            ("call_2", "c{}"),
            ("7", "seven"),
            (&long, ""),
            ("call_2", r#"{"a":1}"#),
        ]);
        assert_eq!(calls(history), expected);
    }

    #[test]
    fn the_older_form_of_calls_goes_on() {
        let history = json!([
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": null, "function_call": {"name": "time", "arguments": "{}"}},
            {"role": "function", "name": "time", "content": "noon"},
            {"role": "assistant", "content": "It is noon.", "tool_calls": [], "function_call": null},
        ]);
        assert_eq!(calls(history), pairs(&[("call_0", "time{}"), ("call_0", "noon")]));
        assert_eq!(calls(json!([{"role": "tool", "content": "alone"}])), pairs(&[("call_0", "alone")]));
    }

    #[test]
    fn what_is_no_call_is_refused_at_its_place() {
        let one = |call: Value| json!([{"role": "assistant", "tool_calls": [{"function": {"name": "a"}}, call]}]);
        for (messages, place) in [
            (one(json!(1)), "messages[0].tool_calls[1]"),
            (one(json!({"type": "custom", "custom": {}})), "messages[0].tool_calls[1]"),
            (one(json!({"function": {"name": ""}})), "messages[0].tool_calls[1]"),
            (one(json!({"function": {"name": "a", "arguments": [1]}})), "messages[0].tool_calls[1]"),
            (one(json!({"id": {}, "function": {"name": "a"}})), "messages[0].tool_calls[1]"),
            (one(json!({"id": "x".repeat(MAX_ID + 1), "function": {"name": "a"}})), "messages[0].tool_calls[1]"),
            (json!([{"role": "assistant", "tool_calls": {}}]), "messages[0].tool_calls"),
            (json!([{"role": "assistant", "tool_calls": vec![1; MAX_TOOLS + 1]}]), "messages[0].tool_calls"),
            (json!([{"role": "assistant", "function_call": "time"}]), "messages[0].function_call"),
            (json!([{"role": "tool", "tool_call_id": [], "content": "x"}]), "messages[0].tool_call_id"),
            (json!([{"role": "user", "content": "x", "tool_calls": [1]}]), "messages[0].tool_calls"),
        ] {
            assert_eq!(read(messages.clone()).expect_err("refused").param.as_deref(), Some(place), "{messages}");
        }
    }
}
