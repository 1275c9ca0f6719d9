//! Reading a request of `/v1/messages`: its blocks become the messages of a chat.

use serde_json::{Map, Value, json};

use super::{
    super::{
        error::ApiError,
        neutral,
        request::{self, Request, check_neutral_values},
        translate::{Chat, only, shown, unsupported, wrong},
    },
    blocks::{read_message, read_texts},
};

/// Parameters that go to the chat as they are.
const SHARED: [&str; 8] = ["model", "max_tokens", "temperature", "top_p", "top_k", "stream", "seed", "timeout_seconds"];
/// Parameters that are read here.
const OWN: [&str; 8] =
    ["messages", "system", "tools", "tool_choice", "stop_sequences", "output_config", "thinking", "context_management"];
/// The names of a chat's parameters in this API.
const NAMES: [(&str, &str); 3] =
    [("stop", "stop_sequences"), ("response_format", "output_config.format"), ("parallel_tool_calls", "tool_choice")];

/// The names of all parameters.
pub(in super::super) fn parameters() -> impl Iterator<Item = &'static str> {
    SHARED.into_iter().chain(OWN).chain(neutral::of_messages().map(|neutral| neutral.name))
}

/// What an answer shows of what the model thought. It thinks as long as it was trained to, whatever a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thoughts {
    /// Nothing.
    Hidden,
    /// That it has thought.
    Omitted,
    /// All.
    Shown,
}

/// A request as it was read.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) thoughts: Thoughts,
}

/// Reads the body of a request. `seed` is used when the request has none.
pub(super) fn read(body: &[u8], seed: u64) -> Result<Asked, ApiError> {
    let fields = request::parse(body)?;
    if !fields.contains_key("max_tokens") {
        return Err(ApiError::invalid("missing_parameter", "`max_tokens` is missing", "max_tokens"));
    }
    read_fields(fields, seed)
}

/// Reads the body of a request whose tokens are counted: it says nothing of its answer.
pub(in super::super) fn read_counted(body: &[u8]) -> Result<Request, ApiError> {
    read_fields(request::parse(body)?, 0).map(|asked| asked.request)
}

fn read_fields(fields: Map<String, Value>, seed: u64) -> Result<Asked, ApiError> {
    only("", &fields, &[&parameters().collect::<Vec<_>>()])?;
    check_neutral_values(&fields, neutral::of_messages())?;
    check_edits(fields.get("context_management"))?;
    let thoughts = read_thoughts(fields.get("thinking"))?;
    let mut chat = Chat::new(&NAMES);
    for name in SHARED {
        chat.set(name, fields.get(name).cloned().unwrap_or_default());
    }
    match fields.get("stop_sequences") {
        Some(Value::Array(stops)) if stops.is_empty() => {}
        Some(stops @ Value::Array(_)) => chat.set("stop", stops.clone()),
        Some(_) => return Err(wrong("stop_sequences", "is not an array of strings")),
        None => {}
    }
    read_format(&fields, &mut chat)?;
    read_tools(&fields, &mut chat)?;
    match fields.get("system") {
        None => {}
        Some(Value::Array(blocks)) if blocks.is_empty() => {}
        Some(system) => {
            let text = read_texts("system", system)?;
            chat.say("system", json!({"role": "system", "content": text}));
        }
    }
    let messages = match fields.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => messages,
        Some(Value::Array(_)) => return Err(wrong("messages", "is empty; a chat needs at least one message")),
        Some(_) => return Err(wrong("messages", "is not an array")),
        None => return Err(ApiError::invalid("missing_parameter", "`messages` is missing", "messages")),
    };
    for (index, message) in messages.iter().enumerate() {
        read_message(&format!("messages[{index}]"), message, &mut chat)?;
    }
    if messages.last().is_some_and(|last| last.get("role").is_some_and(|role| role == "assistant")) {
        let at = format!("messages[{}]", messages.len() - 1);
        return Err(unsupported(at, "is of the role assistant: an answer cannot be begun for the model"));
    }
    Ok(Asked { request: chat.read(seed)?, thoughts })
}

fn read_thoughts(thinking: Option<&Value>) -> Result<Thoughts, ApiError> {
    let thinking = match thinking {
        None => return Ok(Thoughts::Hidden),
        Some(Value::Object(thinking)) => thinking,
        Some(_) => return Err(wrong("thinking", "is not an object")),
    };
    let omitted = match thinking.get("display") {
        None | Some(Value::Null) => false,
        Some(Value::String(display)) if ["summarized", "omitted"].contains(&display.as_str()) => display == "omitted",
        Some(_) => return Err(wrong("thinking.display", "must be one of: summarized, omitted")),
    };
    let budget = thinking.get("budget_tokens").filter(|budget| !budget.is_null());
    if budget.is_some_and(|budget| budget.as_f64().is_none_or(|budget| budget.fract() != 0.0)) {
        return Err(wrong("thinking.budget_tokens", "is not a whole number"));
    }
    match thinking.get("type").and_then(Value::as_str) {
        Some("disabled") => Ok(Thoughts::Hidden),
        Some("enabled" | "adaptive") if omitted => Ok(Thoughts::Omitted),
        Some("enabled" | "adaptive") => Ok(Thoughts::Shown),
        _ => Err(wrong("thinking.type", "must be one of: enabled, adaptive, disabled")),
    }
}

/// What a model thought before is left out of a chat in any case; other parts are left out by nobody.
fn check_edits(management: Option<&Value>) -> Result<(), ApiError> {
    const NAME: &str = "context_management";
    let management = match management {
        None => return Ok(()),
        Some(Value::Object(management)) => management,
        Some(_) => return Err(wrong(NAME, "is not an object")),
    };
    only(NAME, management, &[&["edits"]])?;
    let edits = match management.get("edits") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(edits)) => edits,
        Some(_) => return Err(wrong(format!("{NAME}.edits"), "is not an array")),
    };
    match edits.iter().position(|edit| edit.get("type").is_none_or(|kind| kind != "clear_thinking_20251015")) {
        None => Ok(()),
        Some(index) => {
            let what = "must have the `type` clear_thinking_20251015; hint: leave older messages out yourself";
            Err(unsupported(format!("{NAME}.edits[{index}]"), what))
        }
    }
}

/// Reads the schema that an answer follows.
fn read_format(fields: &Map<String, Value>, chat: &mut Chat) -> Result<(), ApiError> {
    let output = match fields.get("output_config") {
        None => return Ok(()),
        Some(Value::Object(output)) => output,
        Some(_) => return Err(wrong("output_config", "is not an object")),
    };
    only("output_config", output, &[&["effort", "format"]])?;
    match output.get("format") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(format)) if format.get("type").is_some_and(|kind| kind == "json_schema") => {
            only("output_config.format", format, &[&["type", "schema"]])?;
            let named = json!({"name": "answer", "schema": format.get("schema")});
            chat.set("response_format", json!({"type": "json_schema", "json_schema": named}));
            Ok(())
        }
        Some(_) => Err(wrong("output_config.format", "must have the `type` json_schema and a `schema`")),
    }
}

/// Reads `tools` and `tool_choice`.
fn read_tools(fields: &Map<String, Value>, chat: &mut Chat) -> Result<(), ApiError> {
    let tools: Vec<_> = match fields.get("tools") {
        None => vec![],
        Some(Value::Array(tools)) => {
            let read = |(index, tool)| read_tool(&format!("tools[{index}]"), tool);
            tools.iter().enumerate().map(read).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(wrong("tools", "is not an array")),
    };
    let choice = match fields.get("tool_choice") {
        None => None,
        Some(Value::Object(choice)) => Some(choice),
        Some(_) => return Err(wrong("tool_choice", "is not an object")),
    };
    let named = match choice.map(|choice| choice.get("type").and_then(Value::as_str)) {
        None | Some(Some("auto")) => json!("auto"),
        Some(Some("none")) => json!("none"),
        Some(Some("any")) => json!("required"),
        Some(Some("tool")) => {
            json!({"type": "function", "function": {"name": choice.and_then(|choice| choice.get("name"))}})
        }
        Some(_) => return Err(wrong("tool_choice", "must have a `type` that is one of: auto, any, tool, none")),
    };
    let disabled = match choice.and_then(|choice| choice.get("disable_parallel_tool_use")) {
        None | Some(Value::Null) => None,
        Some(Value::Bool(disabled)) => Some(*disabled),
        Some(_) => return Err(wrong("tool_choice.disable_parallel_tool_use", "is neither true nor false")),
    };
    if tools.is_empty() {
        // Nothing can be called, unless something has to be.
        let is_forced = named.is_object() || named == "required";
        return if is_forced { Err(wrong("tool_choice", "asks for a tool, and `tools` has none")) } else { Ok(()) };
    }
    chat.set("tools", tools);
    chat.set("tool_choice", named);
    if let Some(disabled) = disabled {
        chat.set("parallel_tool_calls", !disabled);
    }
    Ok(())
}

/// A tool as a chat has it.
fn read_tool(at: &str, tool: &Value) -> Result<Value, ApiError> {
    let tool = tool.as_object().ok_or_else(|| wrong(at, "is not an object"))?;
    match tool.get("type").filter(|kind| !kind.is_null()) {
        None => {}
        Some(kind) if kind == "custom" => {}
        Some(other) => {
            let other = shown(other);
            let hint = "hint: only tools with an `input_schema`, which the application runs itself, are called";
            return Err(unsupported(at, &format!("is the tool `{other}`, which this network does not have; {hint}")));
        }
    }
    let mut function = Map::new();
    for (name, own) in
        [("name", "name"), ("description", "description"), ("input_schema", "parameters"), ("strict", "strict")]
    {
        if let Some(value) = tool.get(name).filter(|value| !value.is_null()) {
            function.insert(own.into(), value.clone());
        }
    }
    Ok(json!({"type": "function", "function": function}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &str = "iVBORw0KGgo=";

    fn read_value(body: &Value) -> Result<Request, ApiError> {
        read(body.to_string().as_bytes(), 3).map(|asked| asked.request)
    }

    fn with(field: &str, value: Value) -> Value {
        let mut body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
        body[field] = value;
        body
    }

    #[test]
    fn blocks_become_the_messages_of_a_chat() {
        let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}});
        let body = json!({
            "model": "m",
            "max_tokens": 9,
            "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "be kind"}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "What time"}, {"type": "text", "text": "is it?"}, image]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": ""},
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "a", "name": "time", "input": {}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "noon"}]},
                    {"type": "text", "text": "So?"},
                ]},
            ],
            "tools": [{"name": "time", "description": "what time it is", "input_schema": {"type": "object"}}],
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
            "stop_sequences": ["x"],
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "metadata": {"user_id": "u"},
        });
        let request = read_value(&body).expect("is valid");
        let messages = &request.prompts[0];
        let roles: Vec<_> = messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["tools", "system", "part", "image", "user", "assistant", "calls", "tool", "user"]);
        assert_eq!(messages[1].content, "be brief\n\nbe kind");
        assert_eq!(messages[2].content, "What time\n\nis it?");
        assert_eq!(request.sampling.stop, ["x"]);
        assert!(request.offered.is_some());
    }

    #[test]
    fn images_that_tools_return_are_shown_after_all_results() {
        let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}});
        let text = |text: &str| json!({"type": "text", "text": text});
        let result = |id: &str, content: Value| json!({"type": "tool_result", "tool_use_id": id, "content": content});
        let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "look", "input": {}});
        let body = with(
            "messages",
            json!([
                {"role": "user", "content": "Look."},
                {"role": "assistant", "content": [call("a"), call("b")]},
                {"role": "user", "content": [
                    result("a", json!([text("a nest"), image])), result("b", json!([image])), text("So?"),
                ]},
            ]),
        );
        let request = read_value(&body).expect("is valid");
        let roles: Vec<_> = request.prompts[0].iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "calls", "tool", "tool", "image", "image", "user"]);
        assert!(request.prompts[0][3].content.contains("a nest"));
    }

    #[test]
    fn thoughts_are_shown_where_they_are_asked_for() {
        for (thinking, expected) in [
            (Value::Null, Thoughts::Hidden),
            (json!({"type": "disabled"}), Thoughts::Hidden),
            (json!({"type": "enabled", "budget_tokens": 1024}), Thoughts::Shown),
            (json!({"type": "adaptive"}), Thoughts::Shown),
            (json!({"type": "adaptive", "display": "omitted"}), Thoughts::Omitted),
        ] {
            let body = with("thinking", thinking.clone()).to_string();
            assert_eq!(read(body.as_bytes(), 0).expect("is valid").thoughts, expected, "{thinking}");
        }
        for (thinking, param) in [
            (json!("on"), "thinking"),
            (json!({}), "thinking.type"),
            (json!({"type": "enabled", "display": 1}), "thinking.display"),
        ] {
            let body = with("thinking", thinking).to_string();
            assert_eq!(read(body.as_bytes(), 0).expect_err("is refused").param.as_deref(), Some(param));
        }
    }

    #[test]
    fn edits_of_what_is_left_out_anyway_are_neutral() {
        let clear = json!({"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]});
        for value in [json!({}), json!({"edits": []}), clear] {
            let read = read_value(&with("context_management", value.clone()));
            assert!(read.is_ok(), "{value}: {read:?}");
        }
    }

    #[test]
    fn a_choice_of_tools_is_a_chats() {
        let mut body = with("tools", json!([{"name": "a", "input_schema": {"type": "object"}}]));
        for (choice, forced) in [
            (json!({"type": "auto"}), false),
            (json!({"type": "none"}), false),
            (json!({"type": "any"}), true),
            (json!({"type": "tool", "name": "a"}), true),
        ] {
            body["tool_choice"] = choice.clone();
            let request = read_value(&body).expect("is valid");
            assert_eq!(!request.sampling.schema.is_empty(), forced, "{choice}");
        }
    }

    #[test]
    fn what_is_not_done_is_refused_by_the_name_that_was_used() {
        let says = |content: Value| json!([{"role": "user", "content": content}]);
        for (field, value, param) in [
            ("max_tokens", Value::Null, "max_tokens"),
            ("max_tokens", json!(0), "max_tokens"),
            ("messages", json!([]), "messages"),
            ("messages", says(json!([])), "messages[0].content"),
            ("messages", says(json!([{"type": "video"}])), "messages[0].content[0]"),
            (
                "messages",
                says(json!([{"type": "image", "source": {"type": "url", "url": "https://x"}}])),
                "messages[0].content[0].source",
            ),
            ("messages", json!([{"role": "assistant", "content": "I"}]), "messages[0]"),
            ("messages", json!([{"role": "tool", "content": "I"}]), "messages[0].role"),
            ("tools", json!([{"type": "web_search_20250305", "name": "web_search"}]), "tools[0]"),
            ("tool_choice", json!({"type": "any"}), "tool_choice"),
            ("stop_sequences", json!("x"), "stop_sequences"),
            ("stop_sequences", json!([1]), "stop_sequences"),
            ("mcp_servers", json!([{"name": "x"}]), "mcp_servers"),
            (
                "context_management",
                json!({"edits": [{"type": "clear_tool_uses_20250919"}]}),
                "context_management.edits[0]",
            ),
            ("service_tier", json!("priority"), "service_tier"),
            ("input", json!("x"), "input"),
        ] {
            let error = read_value(&with(field, value.clone())).expect_err(&format!("{field}: {value}"));
            assert_eq!(
                (error.status.as_u16(), error.param.as_deref()),
                (400, Some(param)),
                "{field}: {value} {error:?}"
            );
        }
    }
}
