//! Reading a request of `/v1/responses`: its items become the messages of a chat.

use serde_json::{Map, Value, json};

use super::{
    super::{
        error::ApiError,
        neutral,
        request::{Request, check_neutral_values, parse},
        translate::{Chat, only, wrong},
    },
    items::read_input,
    tools,
};

/// The metadata of a response has at most this many entries, names of this many characters and values of this many, as OpenAI has it.
const MAX_METADATA: (usize, usize, usize) = (16, 64, 512);
/// Instructions and other texts that are only given back have at most this many bytes.
const MAX_ECHO: usize = 1024 * 1024;

/// Parameters that go to the chat as they are.
const SHARED: [&str; 6] = ["model", "temperature", "top_p", "stream", "seed", "timeout_seconds"];
/// Parameters that are read here.
const OWN: [&str; 11] = [
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "text",
    "max_output_tokens",
    "store",
    "previous_response_id",
    "include",
    "top_logprobs",
];
/// What `include` has where the tokens of an answer are asked for.
const LOGPROBS: &str = "message.output_text.logprobs";
/// The names of a chat's parameters in this API.
const NAMES: [(&str, &str); 3] =
    [("messages", "input"), ("max_completion_tokens", "max_output_tokens"), ("response_format", "text.format")];

/// A request as it was read.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Request,
    /// Response that this one goes on from.
    pub(super) previous: Option<String>,
    /// The response can be fetched later.
    pub(super) store: bool,
    /// What a response says of its request, see [`super::object::Kept`].
    pub(super) echo: Map<String, Value>,
}

/// The names of all parameters.
pub(in super::super) fn parameters() -> impl Iterator<Item = &'static str> {
    SHARED.into_iter().chain(OWN).chain(neutral::of_responses().map(|neutral| neutral.name))
}

/// Reads the body of a request alone, without the response that it may go on from.
pub(in super::super) fn read_body(body: &[u8]) -> Result<Request, ApiError> {
    read(parse(body)?, 0).map(|asked| asked.request)
}

/// Reads the fields of a request. `seed` is used when the request has none.
pub(super) fn read(fields: Map<String, Value>, seed: u64) -> Result<Asked, ApiError> {
    only("", &fields, &[&parameters().collect::<Vec<_>>()])?;
    check_neutral_values(&fields, neutral::of_responses())?;
    let mut chat = Chat::new(&NAMES);
    for name in SHARED {
        chat.set(name, fields.get(name).cloned().unwrap_or_default());
    }
    chat.set("max_completion_tokens", fields.get("max_output_tokens").cloned().unwrap_or_default());
    let text = read_text(fields.get("text"))?;
    chat.set("response_format", text.clone());
    read_logprobs(&fields, &mut chat)?;
    let tools = tools::read(&fields, &mut chat)?;
    match fields.get("instructions") {
        None => {}
        Some(Value::String(text)) if text.len() <= MAX_ECHO => {
            chat.say("instructions", json!({"role": "system", "content": text}));
        }
        Some(_) => return Err(wrong("instructions", &format!("is not a string of at most {MAX_ECHO} bytes"))),
    }
    read_input(fields.get("input"), &mut chat)?;
    let previous = read_string(&fields, "previous_response_id")?;
    let store = match fields.get("store") {
        None => true,
        Some(Value::Bool(store)) => *store,
        Some(_) => return Err(wrong("store", "is neither true nor false")),
    };
    let echo = echo(&fields, tools)?;
    Ok(Asked { request: chat.read(seed)?, previous, store, echo })
}

fn read_string(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(name, "is not a string")),
    }
}

/// Reads `include`: whether the tokens of the answer are asked for. Nothing else that can be included applies to what models do here.
fn read_include(fields: &Map<String, Value>) -> Result<bool, ApiError> {
    let included = match fields.get("include") {
        None => return Ok(false),
        Some(Value::Array(included)) if included.iter().all(Value::is_string) => included,
        Some(_) => return Err(wrong("include", "is not an array of strings")),
    };
    Ok(included.iter().any(|name| name == LOGPROBS))
}

/// Asks for the tokens of the answer where the request does, with as many of the likeliest ones as it says.
fn read_logprobs(fields: &Map<String, Value>, chat: &mut Chat) -> Result<(), ApiError> {
    let top = fields.get("top_logprobs").cloned().unwrap_or_default();
    if read_include(fields)? {
        chat.set("logprobs", true);
    } else if top.as_f64().is_some_and(|top| top > 0.0) {
        return Err(wrong("top_logprobs", &format!("is accepted only where `include` has \"{LOGPROBS}\"")));
    }
    chat.set("top_logprobs", top);
    Ok(())
}

/// Reads `text`; returns the format as a chat has it, null where there is none.
fn read_text(text: Option<&Value>) -> Result<Value, ApiError> {
    let text = match text {
        None => return Ok(Value::Null),
        Some(Value::Object(text)) => text,
        Some(_) => return Err(wrong("text", "is not an object")),
    };
    only("text", text, &[&["format", "verbosity"]])?;
    match text.get("verbosity") {
        None | Some(Value::Null) => {}
        Some(Value::String(verbosity)) if ["low", "medium", "high"].contains(&verbosity.as_str()) => {}
        Some(_) => return Err(wrong("text.verbosity", "must be one of: low, medium, high")),
    }
    let format = match text.get("format") {
        None | Some(Value::Null) => return Ok(Value::Null),
        Some(Value::Object(format)) => format,
        Some(_) => return Err(wrong("text.format", "is not an object")),
    };
    if format.get("type").is_some_and(|kind| kind == "json_schema") {
        let mut schema = format.clone();
        schema.shift_remove("type");
        return Ok(json!({"type": "json_schema", "json_schema": schema}));
    }
    Ok(Value::Object(format.clone()))
}

/// What a response says of its request.
fn echo(fields: &Map<String, Value>, tools: Value) -> Result<Map<String, Value>, ApiError> {
    let (entries, name, value) = MAX_METADATA;
    let metadata = match fields.get("metadata") {
        None => Map::new(),
        Some(Value::Object(metadata)) => metadata.clone(),
        Some(_) => return Err(wrong("metadata", "is not an object")),
    };
    let fits = |(key, text): (&String, &Value)| {
        key.chars().count() <= name && text.as_str().is_some_and(|text| text.chars().count() <= value)
    };
    if metadata.len() > entries || !metadata.iter().all(fits) {
        let most = format!("has at most {entries} entries, names of {name} and strings of {value} characters");
        return Err(wrong("metadata", &most));
    }
    let or = |name: &str, default: Value| fields.get(name).cloned().unwrap_or(default);
    let text = or("text", json!({}));
    let format = text.get("format").filter(|format| !format.is_null()).cloned();
    let verbosity = text.get("verbosity").filter(|verbosity| !verbosity.is_null()).cloned();
    let reasoning = or("reasoning", json!({}));
    let echo = json!({
        "instructions": or("instructions", Value::Null),
        "max_output_tokens": or("max_output_tokens", Value::Null),
        "max_tool_calls": or("max_tool_calls", Value::Null),
        "metadata": metadata,
        "parallel_tool_calls": or("parallel_tool_calls", json!(true)),
        "previous_response_id": or("previous_response_id", Value::Null),
        "prompt_cache_key": or("prompt_cache_key", Value::Null),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "safety_identifier": or("safety_identifier", Value::Null),
        "service_tier": "default",
        "store": or("store", json!(true)),
        "temperature": or("temperature", json!(1.0)),
        "text": {
            "format": format.unwrap_or_else(|| json!({"type": "text"})),
            "verbosity": verbosity.unwrap_or_else(|| json!("medium")),
        },
        "tool_choice": or("tool_choice", json!("auto")),
        // Those that the model is not shown are left out.
        "tools": tools,
        "top_logprobs": or("top_logprobs", json!(0)),
        "top_p": or("top_p", json!(1.0)),
        "truncation": "disabled",
        "user": or("user", Value::Null),
    });
    match echo {
        Value::Object(echo) => Ok(echo),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::ChatRole;

    use super::*;

    fn read_value(body: &Value) -> Result<Asked, ApiError> {
        read(parse(body.to_string().as_bytes())?, 3)
    }

    fn with(field: &str, value: Value) -> Value {
        let mut body = json!({"model": "m", "input": "hi"});
        body[field] = value;
        body
    }

    fn roles(asked: &Asked) -> Vec<&'static str> {
        asked.request.prompts[0].iter().map(|message| message.role.as_str()).collect()
    }

    #[test]
    fn items_become_the_messages_of_a_chat() {
        let body = json!({
            "model": "m",
            "instructions": "be brief",
            "input": [
                {"role": "user", "content": "What time is it?"},
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                 "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
                {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "time", "arguments": "{}", "status": "completed"},
                {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "noon"}]},
            ],
            "tools": [{"type": "function", "name": "time", "parameters": {"type": "object"}, "strict": true, "description": null}],
            "max_output_tokens": 9,
            "stream": true,
        });
        let asked = read_value(&body).expect("is valid");
        assert_eq!(roles(&asked), ["tools", "system", "user", "assistant", "calls", "tool"]);
        let messages = &asked.request.prompts[0];
        assert_eq!(messages[3].content, "I look.");
        assert!(messages[5].content.contains("noon"), "{}", messages[5].content);
        assert!(asked.request.stream && asked.request.offered.is_some() && asked.store);
        assert_eq!((asked.request.sampling.max_tokens, asked.request.open), (9, false));
        assert_eq!(asked.echo["tools"], body["tools"]);
    }

    #[test]
    fn a_text_is_a_message_and_formats_are_schemas() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
        let format = json!({"type": "json_schema", "name": "x", "strict": true, "schema": schema});
        let asked = read_value(&with("text", json!({"format": format, "verbosity": "low"}))).expect("is valid");
        assert_eq!(roles(&asked), ["user"]);
        assert_eq!(asked.request.sampling.schema, schema.to_string());
        assert!(asked.request.open);
        assert_eq!(asked.echo["text"]["format"], format);
    }

    #[test]
    fn what_changes_nothing_is_accepted() {
        for (field, value) in [
            ("reasoning", json!({"effort": "high", "summary": "auto"})),
            ("truncation", json!("disabled")),
            ("max_tool_calls", json!(3)),
            ("top_logprobs", json!(0)),
            ("user", json!("u")),
            ("background", json!(false)),
            ("include", json!(["reasoning.encrypted_content"])),
            ("tools", json!([])),
            ("tool_choice", json!("auto")),
            ("parallel_tool_calls", Value::Null),
            ("parallel_tool_calls", json!(true)),
            ("prompt_cache_key", json!("a")),
            ("client_metadata", json!({"session": "a"})),
            ("service_tier", json!("auto")),
            ("store", json!(false)),
            ("metadata", json!({"a": "b"})),
            ("previous_response_id", Value::Null),
            ("stream_options", json!({"include_obfuscation": false})),
            ("text", json!({"format": {"type": "text"}})),
        ] {
            let read = read_value(&with(field, value));
            assert!(read.is_ok(), "{field}: {read:?}");
        }
    }

    #[test]
    fn a_choice_of_tools_is_a_chats() {
        let tool = |name: &str| json!({"type": "function", "name": name});
        let mut body = with("tools", json!([tool("a"), tool("b")]));
        body["tool_choice"] = json!({"type": "allowed_tools", "mode": "required", "tools": [tool("b")]});
        let asked = read_value(&body).expect("is valid");
        let shown = asked.request.prompts[0].iter().find(|message| message.role == ChatRole::Tools).expect("tools");
        assert!(!shown.content.contains(r#""a""#) && asked.request.sampling.schema.contains(r#""b""#));
        body["tool_choice"] = tool("a");
        assert!(read_value(&body).expect("is valid").request.sampling.schema.contains(r#""a""#));
    }

    #[test]
    fn what_is_not_done_is_refused_by_the_name_that_was_used() {
        let message = |content: Value| json!([{"role": "user", "content": content}]);
        for (field, value, param) in [
            ("input", json!(3), "input"),
            ("input", json!([]), "input"),
            ("input", json!([{"type": "reasoning", "summary": []}]), "input"),
            ("input", Value::Null, "input"),
            ("input", json!([3]), "input[0]"),
            ("input", json!([{"type": "computer_call"}]), "input[0]"),
            ("input", json!([{"role": "tool", "content": "x"}]), "input[0].role"),
            ("input", message(json!(3)), "input[0].content"),
            ("input", message(json!([{"type": "input_file", "file_id": "a"}])), "input[0].content[0]"),
            ("input", message(json!([{"type": "input_image", "file_id": "a"}])), "input[0].content[0].image_url"),
            (
                "input",
                message(json!([{"type": "input_image", "image_url": "https://x"}])),
                "input[0].content[0].image_url",
            ),
            (
                "input",
                json!([{"type": "function_call", "call_id": "a", "name": "", "arguments": "{}"}]),
                "input[0].tool_calls[0]",
            ),
            ("tools", json!([{"type": "web_search"}]), "tools[0]"),
            ("tool_choice", json!({"type": "function", "name": "a"}), "tool_choice"),
            ("max_output_tokens", json!(0), "max_output_tokens"),
            ("parallel_tool_calls", json!(3), "parallel_tool_calls"),
            ("temperature", json!(3), "temperature"),
            ("text", json!({"format": {"type": "xml"}}), "text.format"),
            ("truncation", json!("auto"), "truncation"),
            ("background", json!(true), "background"),
            ("conversation", json!("conv_1"), "conversation"),
            ("metadata", json!({"a": 1}), "metadata"),
            ("include", json!([1]), "include"),
            ("top_logprobs", json!(3), "top_logprobs"),
            ("top_logprobs", json!(21), "top_logprobs"),
            ("max_tool_calls", json!(0), "max_tool_calls"),
            ("messages", json!([]), "messages"),
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
