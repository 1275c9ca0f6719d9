//! Reading the items of a request: each becomes a message of a chat, or a part of one.

use serde_json::{Map, Value, json};

use super::super::{
    error::ApiError,
    translate::{Chat, only, shown, unsupported, wrong},
};

/// Reads `input`.
pub(super) fn read_input(input: Option<&Value>, chat: &mut Chat) -> Result<(), ApiError> {
    let items = match input {
        Some(Value::String(text)) => {
            chat.say("input", json!({"role": "user", "content": text}));
            return Ok(());
        }
        Some(Value::Array(items)) => items,
        Some(_) => return Err(wrong("input", "is neither a string nor an array of items")),
        None => return Err(ApiError::invalid("missing_parameter", "`input` is missing", "input")),
    };
    if items.iter().all(|item| item.get("type").is_some_and(|kind| kind == "reasoning")) {
        return Err(wrong("input", "has nothing that a model could answer"));
    }
    for (index, item) in items.iter().enumerate() {
        read_item(&format!("input[{index}]"), item, chat)?;
    }
    Ok(())
}

/// Adds the message that an item is.
fn read_item(at: &str, item: &Value, chat: &mut Chat) -> Result<(), ApiError> {
    let Some(fields) = item.as_object() else { return Err(wrong(at, "is not an object")) };
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    match fields.get("type").and_then(Value::as_str) {
        None if fields.contains_key("role") => read_message(at, fields, chat),
        Some("message") => read_message(at, fields, chat),
        Some("function_call") => {
            chat.call(at, &field("call_id"), &field("name"), &field("arguments"));
            Ok(())
        }
        Some("function_call_output") => {
            let output = read_output(&format!("{at}.output"), &field("output"))?;
            chat.say(at, json!({"role": "tool", "tool_call_id": field("call_id"), "content": output}));
            Ok(())
        }
        // A model thinks again in each turn: what it thought before is not part of the chat.
        Some("reasoning") => Ok(()),
        // Others were replaced by what they refer to.
        Some("item_reference") => Err(wrong(format!("{at}.id"), "is not a string")),
        Some(other) => {
            let other = shown(&json!(other));
            Err(unsupported(at, &format!("is of the type `{other}`, which is not supported")))
        }
        None => Err(wrong(at, "has neither a `type` nor a `role`")),
    }
}

fn read_message(at: &str, fields: &Map<String, Value>, chat: &mut Chat) -> Result<(), ApiError> {
    only(at, fields, &[&["type", "role", "content", "id", "status", "phase"]])?;
    let role = fields.get("role").and_then(Value::as_str).unwrap_or_default();
    if !["user", "assistant", "system", "developer"].contains(&role) {
        return Err(wrong(format!("{at}.role"), "must be one of: user, assistant, system, developer"));
    }
    let content = match fields.get("content") {
        Some(Value::Array(parts)) => {
            let read = |(index, part)| read_part(&format!("{at}.content[{index}]"), role, part);
            Value::Array(parts.iter().enumerate().map(read).collect::<Result<_, _>>()?)
        }
        Some(content) => content.clone(),
        None => Value::Null,
    };
    chat.say(at, json!({"role": role, "content": content}));
    Ok(())
}

/// A part of a message as a chat has it.
fn read_part(at: &str, role: &str, part: &Value) -> Result<Value, ApiError> {
    let field = |name: &str| part.get(name).cloned().unwrap_or_default();
    match part.get("type").and_then(Value::as_str) {
        Some("input_text" | "output_text" | "text") => Ok(json!({"type": "text", "text": field("text")})),
        Some("refusal") => Ok(json!({"type": "text", "text": field("refusal")})),
        Some("input_image") if role == "user" => match part.get("image_url") {
            Some(Value::String(url)) => {
                let mut image = json!({ "url": url });
                if let Some(detail) = part.get("detail").filter(|detail| !detail.is_null()) {
                    image["detail"] = detail.clone();
                }
                Ok(json!({"type": "image_url", "image_url": image}))
            }
            _ => Err(wrong(format!("{at}.image_url"), "is not a data URL; hint: data:image/png;base64,...")),
        },
        Some(other) => {
            let other = shown(&json!(other));
            Err(unsupported(
                at,
                &format!("is of the type `{other}`, which a message of the role {role} cannot have here"),
            ))
        }
        None => Err(wrong(at, "has no `type` that is a string")),
    }
}

/// What a function has returned, as text.
fn read_output(at: &str, output: &Value) -> Result<String, ApiError> {
    match output {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => {
            let text = |(index, part): (usize, &Value)| {
                let is_text = part.get("type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("text"));
                let text = part.get("text").and_then(Value::as_str).filter(|_| is_text).map(str::to_owned);
                text.ok_or_else(|| unsupported(format!("{at}[{index}]"), "is not a text, which a model can read"))
            };
            parts.iter().enumerate().map(text).collect()
        }
        _ => Err(wrong(at, "is neither a string nor an array of texts")),
    }
}
