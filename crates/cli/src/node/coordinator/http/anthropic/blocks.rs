//! Reading the blocks of a message: texts, images, documents, calls and their results become messages of a chat.

use serde_json::{Value, json};

use super::super::{
    error::ApiError,
    translate::{Chat, only, shown, unsupported, wrong},
};

/// What stands between two texts of one message, which are blocks of their own.
const BETWEEN: &str = "\n\n";

/// A text, or the texts of blocks, as one.
pub(super) fn read_texts(at: &str, content: &Value) -> Result<String, ApiError> {
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(blocks) => {
            let text = |(index, block): (usize, &Value)| {
                let is_text = block.get("type").is_some_and(|kind| kind == "text");
                let text = block.get("text").and_then(Value::as_str).filter(|_| is_text).map(str::to_owned);
                text.ok_or_else(|| unsupported(format!("{at}[{index}]"), "is not a block of the type text"))
            };
            Ok(blocks.iter().enumerate().map(text).collect::<Result<Vec<_>, _>>()?.join(BETWEEN))
        }
        _ => Err(wrong(at, "is neither a string nor an array of blocks")),
    }
}

/// Adds the messages that a message is: results of tools are messages of their own, and so are calls.
pub(super) fn read_message(at: &str, message: &Value, chat: &mut Chat) -> Result<(), ApiError> {
    let fields = message.as_object().ok_or_else(|| wrong(at, "is not an object"))?;
    only(at, fields, &[&["role", "content"]])?;
    let role = match fields.get("role").and_then(Value::as_str) {
        Some(role @ ("user" | "assistant" | "system")) => role,
        _ => return Err(wrong(format!("{at}.role"), "must be one of: user, assistant")),
    };
    let place = format!("{at}.content");
    let blocks = match fields.get("content") {
        Some(Value::String(text)) => {
            chat.say(at, json!({"role": role, "content": text}));
            return Ok(());
        }
        Some(Value::Array(blocks)) => blocks,
        _ => return Err(wrong(place, "is neither a string nor an array of blocks")),
    };
    // Images that tools have returned stand in the user's message that follows the results.
    let (mut parts, mut returned) = (vec![], vec![]);
    for (index, block) in blocks.iter().enumerate() {
        let at = format!("{place}[{index}]");
        let field = |name: &str| block.get(name).cloned().unwrap_or_default();
        let kind = block.get("type").and_then(Value::as_str);
        if kind != Some("tool_result") {
            parts.append(&mut returned);
        }
        match (kind, role) {
            (Some("text"), _) => add_text(&at, block, &mut parts)?,
            (Some("image"), "user") => parts.push(read_image(&at, block)?),
            (Some("document"), "user") => parts.push(read_document(&at, block)?),
            (Some("tool_result"), "user") => {
                flush(role, &place, &mut parts, chat);
                let content = read_result(&format!("{at}.content"), block.get("content"), &mut returned)?;
                chat.say(&at, json!({"role": "tool", "tool_call_id": field("tool_use_id"), "content": content}));
            }
            (Some("tool_use"), "assistant") => {
                flush(role, &place, &mut parts, chat);
                let input = block.get("input").filter(|input| input.is_object());
                let input = input.ok_or_else(|| wrong(format!("{at}.input"), "is not an object"))?;
                chat.call(&at, &field("id"), &field("name"), &json!(input.to_string()));
            }
            // A model thinks again in each turn: what it thought before is not part of the chat.
            (Some("thinking" | "redacted_thinking"), "assistant") => {}
            (Some(other), _) => {
                let other = shown(&json!(other));
                let what = format!("is of the type `{other}`, which a message of the role {role} cannot have here");
                return Err(unsupported(at, &what));
            }
            (None, _) => return Err(wrong(at, "has no `type` that is a string")),
        }
    }
    let is_empty = blocks.is_empty();
    if is_empty {
        return Err(wrong(place, "is empty"));
    }
    parts.append(&mut returned);
    flush(role, &place, &mut parts, chat);
    Ok(())
}

/// What a tool has returned: its text, and its images, which are added to `images`.
fn read_result(at: &str, content: Option<&Value>, images: &mut Vec<Value>) -> Result<String, ApiError> {
    match content {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::Array(blocks)) => {
            let mut texts = vec![];
            for (index, block) in blocks.iter().enumerate() {
                let at = format!("{at}[{index}]");
                match block.get("type").and_then(Value::as_str) {
                    Some("image") => images.push(read_image(&at, block)?),
                    _ => texts.push(read_texts(&at, &json!([block])).map_err(|_| {
                        unsupported(&at, "is neither a block of the type text nor one of the type image")
                    })?),
                }
            }
            Ok(texts.join(BETWEEN))
        }
        Some(content) => read_texts(at, content),
    }
}

/// Adds what was said so far as a message.
fn flush(role: &str, place: &str, parts: &mut Vec<Value>, chat: &mut Chat) {
    if !parts.is_empty() {
        chat.say(place.trim_end_matches(".content"), json!({"role": role, "content": std::mem::take(parts)}));
    }
}

fn add_text(at: &str, block: &Value, parts: &mut Vec<Value>) -> Result<(), ApiError> {
    let Some(text) = block.get("text").and_then(Value::as_str) else {
        return Err(wrong(format!("{at}.text"), "is not a string"));
    };
    let last = parts.last().is_some_and(|part| part["type"] == "text");
    let text = if last { format!("{BETWEEN}{text}") } else { text.to_owned() };
    parts.push(json!({"type": "text", "text": text}));
    Ok(())
}

/// An image as a chat has it.
fn read_image(at: &str, block: &Value) -> Result<Value, ApiError> {
    let source = |name: &str| block.get("source").and_then(|source| source.get(name)?.as_str());
    match (source("type"), source("media_type"), source("data")) {
        (Some("base64"), Some(media), Some(data)) => {
            Ok(json!({"type": "image_url", "image_url": {"url": format!("data:{media};base64,{data}")}}))
        }
        _ => {
            let what = "must have the `type` base64, a `media_type` and `data`: a coordinator fetches nothing";
            Err(wrong(format!("{at}.source"), what))
        }
    }
}

/// A document that is a text.
fn read_document(at: &str, block: &Value) -> Result<Value, ApiError> {
    let source = |name: &str| block.get("source").and_then(|source| source.get(name)?.as_str());
    match (source("type"), source("data")) {
        (Some("text"), Some(data)) => Ok(json!({"type": "text", "text": data})),
        _ => Err(unsupported(format!("{at}.source"), "is not a plain text, which a model can read")),
    }
}
