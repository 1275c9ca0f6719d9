//! Tools in OpenAI's API: what an application offers, what it says of earlier calls, and which answers are calls.

use cuckoo_protocol::{
    Untrusted,
    task::{
        ChatMessage, ChatRole, Score,
        tools::{Call, MAX_TOOLS, ToolResult, clear_of_calls, read_calls},
    },
};
use serde_json::{Map, Value, json};

use super::{super::error::ApiError, boolean, invalid, known_fields};

/// Bytes of all tools of a request.
const MAX_BYTES: usize = 128 * 1024;
/// Letters of a tool's name and of a call's id.
const MAX_NAME: usize = 64;

/// What an application lets the model call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Offered {
    names: Vec<String>,
    /// Calls after the first are left out.
    single: bool,
}

impl Offered {
    /// What the model said and then called; `None` where it called nothing.
    pub(in super::super) fn read<'a>(&self, text: &'a str) -> Option<(&'a str, Vec<Call>)> {
        let (said, mut calls) = read_calls(text, &self.names)?;
        if self.single {
            calls.truncate(1);
        }
        Some((said, calls))
    }
}

/// What a request says about tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tools {
    /// For the model; none where it may call none.
    pub(super) message: Option<ChatMessage>,
    pub(super) offered: Option<Offered>,
    /// What the answer has to be where the model has to call one.
    pub(super) schema: Option<String>,
}

/// Reads `tools`, `tool_choice` and `parallel_tool_calls`.
pub(super) fn read(fields: &Map<String, Value>) -> Result<Tools, ApiError> {
    let parallel = boolean(fields, "parallel_tool_calls")?;
    let Some(tools) = fields.get("tools") else {
        return match ["tool_choice", "parallel_tool_calls"].into_iter().find(|name| fields.contains_key(*name)) {
            Some(name) => Err(invalid(name, format!("`{name}` is only for requests with `tools`"))),
            None => Ok(Tools::default()),
        };
    };
    let tools = match tools.as_array() {
        Some(tools) if (1..=MAX_TOOLS).contains(&tools.len()) => tools,
        _ => return Err(invalid("tools", format!("`tools` is not an array of 1 to {MAX_TOOLS} tools"))),
    };
    let functions: Vec<_> = tools.iter().enumerate().map(function).collect::<Result<_, _>>()?;
    let names: Vec<String> = functions.iter().map(|(name, _)| (*name).to_owned()).collect();
    let content = Value::from(tools.clone()).to_string();
    if content.len() > MAX_BYTES {
        let message = format!("`tools` has {} bytes; at most {MAX_BYTES} are accepted", content.len());
        return Err(invalid("tools", message));
    }
    let forced = match fields.get("tool_choice") {
        None => vec![],
        Some(choice) => match choice.as_str() {
            Some("none") => return Ok(Tools::default()),
            Some("auto") => vec![],
            Some("required") => functions,
            Some(_) => return Err(not_a_choice()),
            None => {
                let name = chosen(choice)?;
                let function = functions.into_iter().find(|(own, _)| *own == name);
                vec![function.ok_or_else(|| {
                    invalid("tool_choice", format!("`tools` has no function `{}`", Untrusted::from(name)))
                })?]
            }
        },
    };
    let schema = (!forced.is_empty()).then(|| call_of_one(&forced));
    let message = Some(ChatMessage { role: ChatRole::Tools, content });
    let offered = Some(Offered { names, single: parallel == Some(false) });
    Ok(Tools { message, offered, schema })
}

fn not_a_choice() -> ApiError {
    let message =
        "`tool_choice` is none of none, auto, required and {\"type\": \"function\", \"function\": {\"name\": ...}}";
    invalid("tool_choice", message)
}

fn chosen(choice: &Value) -> Result<&str, ApiError> {
    let of_function = choice.get("type").is_some_and(|kind| kind == "function");
    let name = choice.pointer("/function/name").and_then(Value::as_str);
    name.filter(|_| of_function).ok_or_else(not_a_choice)
}

/// A tool's name, and the schema of its arguments.
fn function((index, tool): (usize, &Value)) -> Result<(&str, Option<&Value>), ApiError> {
    let at = format!("tools[{index}]");
    let wrong = |message: &str| invalid(&at, format!("`{at}` {message}"));
    let tool = tool.as_object().ok_or_else(|| wrong("is not an object"))?;
    known_fields(&at, tool, &["type", "function"])?;
    let (Some(Value::String(kind)), Some(Value::Object(function))) = (tool.get("type"), tool.get("function")) else {
        return Err(wrong("has no `type` and `function`"));
    };
    if kind != "function" {
        return Err(wrong("is not of the type function"));
    }
    known_fields(&at, function, &["name", "description", "parameters", "strict"])?;
    let name = function.get("name").and_then(Value::as_str).filter(|name| is_name(name));
    let name = name.ok_or_else(|| wrong("has no `name` of 1 to 64 letters, digits, `_` and `-`"))?;
    if function.get("description").is_some_and(|description| !description.is_string() && !description.is_null()) {
        return Err(wrong("has a `description` that is no text"));
    }
    if function.get("strict").is_some_and(|strict| !strict.is_boolean() && !strict.is_null()) {
        return Err(wrong("has a `strict` that is neither true nor false"));
    }
    match function.get("parameters") {
        None | Some(Value::Null) => Ok((name, None)),
        Some(schema @ Value::Object(_)) => Ok((name, Some(schema))),
        Some(_) => Err(wrong("has `parameters` that are no JSON Schema")),
    }
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The schema of a call of one of these.
fn call_of_one(functions: &[(&str, Option<&Value>)]) -> String {
    let call = |(name, parameters): &(&str, Option<&Value>)| {
        json!({
            "type": "object",
            "properties": {"name": {"const": name}, "arguments": parameters.unwrap_or(&json!({"type": "object"}))},
            "required": ["name", "arguments"],
            "additionalProperties": false,
        })
    };
    // At the top there has to be an object.
    json!({"anyOf": functions.iter().map(call).collect::<Vec<_>>()}).to_string()
}

/// Reads the calls of an assistant's message, if it has some.
pub(super) fn calls_of(at: &str, message: &Value) -> Result<Option<ChatMessage>, ApiError> {
    let at = format!("{at}.tool_calls");
    let calls = match message.get("tool_calls") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(calls)) if (1..=MAX_TOOLS).contains(&calls.len()) => calls,
        Some(_) => return Err(invalid(&at, format!("`{at}` is not an array of 1 to {MAX_TOOLS} calls"))),
    };
    let call = |call: &Value| {
        let text = |pointer: &str| call.pointer(pointer).and_then(Value::as_str);
        let id = text("/id").filter(|id| is_id(id));
        let name = text("/function/name").filter(|name| is_name(name));
        match (id, text("/type"), name, text("/function/arguments")) {
            (Some(id), Some("function"), Some(name), Some(arguments)) => {
                Ok(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
            }
            _ => Err(invalid(&at, format!("`{at}` holds something else than calls of functions"))),
        }
    };
    let calls: Vec<_> = calls.iter().map(call).collect::<Result<_, _>>()?;
    Ok(Some(ChatMessage { role: ChatRole::Calls, content: Value::from(calls).to_string() }))
}

/// What a tool says to a call. Whether there was one, only the model cares.
pub(super) fn result_of(at: &str, message: &Value, content: String) -> Result<ChatMessage, ApiError> {
    let at = format!("{at}.tool_call_id");
    let id = message.get("tool_call_id").and_then(Value::as_str).filter(|id| is_id(id));
    let id = id.ok_or_else(|| invalid(&at, format!("`{at}` is not the id of a call")))?;
    let result = json!(ToolResult { tool_call_id: id.to_owned(), content });
    Ok(ChatMessage { role: ChatRole::Tool, content: result.to_string() })
}

fn is_id(id: &str) -> bool {
    (1..=MAX_NAME).contains(&id.chars().count())
}

/// A streamed answer that may become a call: what may belong to one is held back until the end.
#[derive(Debug, Default)]
pub(in super::super) struct Held {
    text: String,
    /// Bytes of it that belong to no call.
    clear: usize,
    /// Bytes of it that were told.
    told: usize,
    pieces: Vec<(String, Vec<Score>)>,
}

impl Held {
    /// Takes another piece, and gives what can be told by now.
    pub(in super::super) fn push(&mut self, text: String, scores: Vec<Score>) -> Option<(String, Vec<Score>)> {
        self.text.push_str(&text);
        self.pieces.push((text, scores));
        self.clear = clear_of_calls(&self.text, self.clear);
        let mut end = self.told;
        let whole = self.pieces.iter().take_while(|(piece, _)| {
            end += piece.len();
            end <= self.clear
        });
        let count = whole.count();
        self.tell(count)
    }

    /// What is left of an answer that is no call.
    pub(in super::super) fn rest(&mut self) -> Option<(String, Vec<Score>)> {
        self.tell(self.pieces.len())
    }

    /// What is left of what was `said` before a call.
    pub(in super::super) fn rest_of<'a>(&self, said: &'a str) -> Option<&'a str> {
        said.get(self.told..).filter(|rest| !rest.is_empty())
    }

    fn tell(&mut self, count: usize) -> Option<(String, Vec<Score>)> {
        let (texts, scores): (Vec<_>, Vec<_>) = self.pieces.drain(..count).unzip();
        let (text, scores) = (texts.concat(), scores.concat());
        self.told += text.len();
        (!text.is_empty() || !scores.is_empty()).then_some((text, scores))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: Value) -> Result<Tools, ApiError> {
        read(body.as_object().expect("an object"))
    }

    fn tool(name: &str) -> Value {
        let parameters = json!({"type": "object", "properties": {"z": {}, "a": {}}});
        json!({"type": "function", "function": {"name": name, "description": "what it does", "parameters": parameters}})
    }

    #[test]
    fn what_is_offered_goes_to_the_model_as_it_is() {
        assert_eq!(of(json!({})).expect("is valid"), Tools::default());
        let tools = json!([tool("weather"), tool("time")]);
        let Tools { message, offered, schema } = of(json!({"tools": tools})).expect("is valid");
        assert_eq!(message.map(|message| (message.role, message.content)), Some((ChatRole::Tools, tools.to_string())));
        let offered = offered.expect("some");
        assert_eq!((offered.names.as_slice(), offered.single), (&["weather".to_owned(), "time".to_owned()][..], false));
        assert_eq!(schema, None);
        assert_eq!(of(json!({"tools": tools, "tool_choice": "none"})).expect("is valid"), Tools::default());
        let one = of(json!({"tools": tools, "parallel_tool_calls": false})).expect("is valid").offered.expect("some");
        let both = r#"[{"name": "time", "arguments": {}}, {"name": "weather", "arguments": {}}]"#;
        assert_eq!(
            (one.read(both).map(|(_, calls)| calls.len()), offered.read(both).map(|(_, calls)| calls.len())),
            (Some(1), Some(2))
        );
    }

    #[test]
    fn a_model_that_has_to_call_is_held_to_a_schema() {
        let tools = json!([tool("weather"), {"type": "function", "function": {"name": "time"}}]);
        let schema = |choice: Value| of(json!({"tools": tools, "tool_choice": choice})).map(|tools| tools.schema);
        let any: Value = serde_json::from_str(&schema(json!("required")).expect("valid").expect("one")).expect("JSON");
        assert_eq!(any["anyOf"].as_array().map(Vec::len), Some(2));
        let named = schema(json!({"type": "function", "function": {"name": "time"}})).expect("valid").expect("one");
        assert_eq!(
            named,
            r#"{"anyOf":[{"type":"object","properties":{"name":{"const":"time"},"arguments":{"type":"object"}},"required":["name","arguments"],"additionalProperties":false}]}"#
        );
        for wrong in [
            json!("maybe"),
            json!(1),
            json!({"type": "function", "function": {"name": "rm"}}),
            json!({"type": "allowed_tools"}),
        ] {
            assert_eq!(schema(wrong).expect_err("refused").param.as_deref(), Some("tool_choice"));
        }
    }

    #[test]
    fn what_is_no_tool_is_refused() {
        for (body, param) in [
            (json!({"tools": []}), "tools"),
            (json!({"tools": {}}), "tools"),
            (json!({"tools": (0..129).map(|number| tool(&number.to_string())).collect::<Vec<_>>()}), "tools"),
            (
                json!({"tools": [{"type": "function", "function": {"name": "a", "description": "x".repeat(MAX_BYTES)}}]}),
                "tools",
            ),
            (json!({"tools": [1]}), "tools[0]"),
            (json!({"tools": [tool("a"), {"type": "web_search"}]}), "tools[1]"),
            (json!({"tools": [tool("a b")]}), "tools[0]"),
            (json!({"tools": [{"type": "function", "function": {"name": "a", "parameters": []}}]}), "tools[0]"),
            (json!({"tools": [{"type": "function", "function": {"name": "a", "code": ""}}]}), "tools[0].code"),
            (json!({"tool_choice": "auto"}), "tool_choice"),
            (json!({"parallel_tool_calls": true}), "parallel_tool_calls"),
            (json!({"tools": [tool("a")], "parallel_tool_calls": 1}), "parallel_tool_calls"),
        ] {
            assert_eq!(of(body.clone()).expect_err(&body.to_string()).param.as_deref(), Some(param));
        }
    }

    #[test]
    fn a_stream_shows_nothing_of_a_call_and_everything_else() {
        let stream = |pieces: &[&str]| {
            let mut held = Held::default();
            let mut told = vec![];
            for piece in pieces {
                told.extend(held.push((*piece).to_owned(), vec![]).map(|(text, _)| text));
            }
            (told, held)
        };
        let (told, mut held) = stream(&["I ", "look <", "b>here</b>"]);
        assert_eq!((told.concat(), held.rest()), ("I look <b>here</b>".to_owned(), None));
        let (told, held) = stream(&["I ", "look.<tool", "_call>{", "}"]);
        assert_eq!((told.concat().as_str(), held.rest_of("I look.")), ("I ", Some("look.")));
        let (told, mut held) = stream(&["{\"a\"", ": 1}"]);
        assert_eq!((told, held.rest().map(|(text, _)| text)), (vec![], Some("{\"a\": 1}".to_owned())));
    }
}
