//! Reading the tools of a chat: what an application offers, and whether the model has to call it.

use cuckoo_protocol::{
    Untrusted,
    task::{ChatMessage, ChatRole, speech::Function, tools::MAX_TOOLS},
};
use serde_json::{Value, json};

use super::{
    super::{calls::Offered, error::ApiError},
    fields::{invalid, known_fields, read_boolean},
    json::{Json, Object},
    schema,
};

/// All tools of a request have at most this many bytes as JSON.
const MAX_BYTES: usize = 128 * 1024;
/// A tool's name has at most this many characters: a name of 64, behind that of its namespace with as many and what joins them.
const MAX_NAME: usize = 64 + 2 + 64;

/// What a request says about tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tools {
    /// The message that shows the tools to the model; `None` where it may not call any.
    pub(super) message: Option<ChatMessage>,
    pub(super) offered: Option<Offered>,
    /// The schemas of the calls, as the whole answer, that the model may make. Empty where it may not call any.
    pub(super) calls: Vec<schema::Call>,
    /// It has to call one.
    pub(super) forced: bool,
}

/// Reads `tools`, `tool_choice` and `parallel_tool_calls`.
pub(super) fn read(fields: &Object<'_>) -> Result<Tools, ApiError> {
    let parallel = read_boolean(fields, "parallel_tool_calls")?;
    // Without tools nothing can be called, whether one way or the other.
    let Some(all) = fields.get("tools").filter(|all| all.as_array().is_none_or(|tools| !tools.is_empty())) else {
        return match fields.get("tool_choice") {
            Some(choice) if !choice.means(r#""none""#) && !choice.means(r#""auto""#) => {
                Err(invalid("tool_choice", "`tool_choice` asks for a call, but `tools` has no function"))
            }
            _ => Ok(Tools::default()),
        };
    };
    let tools = match all.as_array() {
        Some(tools) if (1..=MAX_TOOLS).contains(&tools.len()) => tools,
        _ => return Err(invalid("tools", format!("`tools` is not an array of 1 to {MAX_TOOLS} tools"))),
    };
    let functions: Vec<Function> = tools.iter().enumerate().map(read_function).collect::<Result<_, _>>()?;
    let content = all.to_string();
    if content.len() > MAX_BYTES {
        let message = format!("`tools` has {} bytes; at most {MAX_BYTES} are accepted", content.len());
        return Err(invalid("tools", message));
    }
    let choice = fields.get("tool_choice");
    let (called, forced): (Vec<_>, _) = match choice.map(|choice| (choice, choice.as_str())) {
        Some((_, Some("none"))) => return Ok(Tools::default()),
        None | Some((_, Some("auto"))) => (functions.iter().collect(), false),
        Some((_, Some("required"))) => (functions.iter().collect(), true),
        Some((_, Some(_))) => return Err(wrong_choice()),
        Some((choice, None)) => {
            let name = chosen_name(choice)?;
            let function = functions.iter().find(|function| function.name == name);
            let unknown = || invalid("tool_choice", format!("`tools` has no function `{}`", Untrusted::from(name)));
            (vec![function.ok_or_else(unknown)?], true)
        }
    };
    let calls = called.into_iter().map(schema::Call::of).collect();
    let message = Some(ChatMessage { role: ChatRole::Tools, content });
    let offered = Some(Offered::new(functions, parallel == Some(false)));
    Ok(Tools { message, offered, calls, forced })
}

fn wrong_choice() -> ApiError {
    let message = "`tool_choice` must be one of: none, auto, required, \
                   {\"type\": \"function\", \"function\": {\"name\": ...}}";
    invalid("tool_choice", message)
}

/// The name of the function that the model has to call.
fn chosen_name<'a>(choice: &'a Json<'_>) -> Result<&'a str, ApiError> {
    let of_function = choice.get("type").and_then(Json::as_str) == Some("function");
    let name = choice.get("function").and_then(|function| function.get("name")?.as_str());
    name.filter(|_| of_function).ok_or_else(wrong_choice)
}

/// Reads a tool's name and the schema of its arguments.
fn read_function((index, tool): (usize, &Json<'_>)) -> Result<Function, ApiError> {
    let at = format!("tools[{index}]");
    let wrong = |message: &str| invalid(&at, format!("`{at}` {message}"));
    let tool = tool.as_object().ok_or_else(|| wrong("is not an object"))?;
    match tool.get("type") {
        Some(Json::String(kind)) if kind == "function" => {}
        Some(Json::String(kind)) => {
            let kind = Untrusted::from(kind.as_ref());
            return Err(wrong(&format!(
                "is a `{kind}`, which no miner runs: the application runs the tools itself; hint: offer it as a `function` of yours"
            )));
        }
        _ => return Err(wrong("needs the `type` function")),
    }
    known_fields(&at, tool, &["type", "function"])?;
    let Some(Json::Object(function)) = tool.get("function") else {
        return Err(wrong("needs a `function` that is an object"));
    };
    known_fields(&at, function, &["name", "description", "parameters", "strict"])?;
    let name = function.get("name").and_then(Json::as_str).filter(|name| is_name(name));
    let name = name.ok_or_else(|| wrong("needs a `name` of 1 to 130 letters, digits, `_` and `-`"))?;
    if function.get("description").is_some_and(|description| !description.is_string() && !description.is_null()) {
        return Err(wrong("has a `description` that is not a string"));
    }
    if function.get("strict").is_some_and(|strict| !strict.is_boolean() && !strict.is_null()) {
        return Err(wrong("has a `strict` that is neither true nor false"));
    }
    let parameters = match function.get("parameters") {
        None | Some(Json::Null) => Value::Null,
        Some(schema @ Json::Object(_)) => json!(schema),
        Some(_) => return Err(wrong("has `parameters` that are not an object")),
    };
    let strict = matches!(function.get("strict"), Some(Json::Bool(true)));
    Ok(Function { name: name.to_owned(), parameters, strict })
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: Value) -> Result<Tools, ApiError> {
        let text = body.to_string();
        let body: Json<'_> = serde_json::from_str(&text).expect("JSON");
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
        let Tools { message, offered, calls, forced } = of(json!({"tools": tools})).expect("is valid");
        assert_eq!(message.map(|message| (message.role, message.content)), Some((ChatRole::Tools, tools.to_string())));
        let all = tools.as_array().expect("an array");
        assert_eq!(offered, Some(Offered::of_tools(all, false)));
        assert_eq!((calls.len(), forced), (2, false));
        assert_eq!(of(json!({"tools": tools, "tool_choice": "none"})).expect("is valid"), Tools::default());
        let one = of(json!({"tools": tools, "parallel_tool_calls": false})).expect("is valid").offered;
        assert_eq!(one, Some(Offered::of_tools(all, true)));
    }

    #[test]
    fn a_model_can_be_made_to_call() {
        let tools = json!([tool("weather"), {"type": "function", "function": {"name": "time"}}]);
        let read = |choice: Value| of(json!({"tools": tools, "tool_choice": choice}));
        let count = |choice: Value| read(choice).map(|tools| (tools.calls.len(), tools.forced)).expect("is valid");
        assert_eq!(count(json!("auto")), (2, false));
        assert_eq!(count(json!("required")), (2, true));
        assert_eq!(count(json!({"type": "function", "function": {"name": "time"}})), (1, true));
        for wrong in [
            json!("maybe"),
            json!(1),
            json!({"type": "function", "function": {"name": "rm"}}),
            json!({"type": "allowed_tools"}),
        ] {
            assert_eq!(read(wrong).expect_err("refused").param.as_deref(), Some("tool_choice"));
        }
        let error = of(json!({"tools": [{"type": "web_search", "search_context_size": "low"}]})).expect_err("refused");
        assert!(error.message.contains("is a `web_search`, which no miner runs"), "{}", error.message);
    }

    #[test]
    fn without_a_tool_nothing_is_called_either_way() {
        for body in [json!({"tools": []}), json!({"tool_choice": "none"}), json!({"tool_choice": "auto", "tools": []})]
        {
            assert_eq!(of(body).expect("is valid"), Tools::default());
        }
        assert_eq!(of(json!({"parallel_tool_calls": false})).expect("is valid"), Tools::default());
    }

    #[test]
    fn invalid_tools_are_refused() {
        for (body, param) in [
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
            (json!({"tools": [], "tool_choice": "required"}), "tool_choice"),
            (json!({"parallel_tool_calls": "no"}), "parallel_tool_calls"),
            (json!({"tools": [tool("a")], "parallel_tool_calls": 1}), "parallel_tool_calls"),
        ] {
            assert_eq!(of(body.clone()).expect_err(&body.to_string()).param.as_deref(), Some(param));
        }
    }
}
