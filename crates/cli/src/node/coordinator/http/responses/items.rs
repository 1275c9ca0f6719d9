//! Reading the items of a request: each becomes a message of a chat, or a part of one.

use serde_json::{Map, Value, json};

use super::{
    super::{
        error::ApiError,
        translate::{Chat, only, shown, unsupported, wrong},
    },
    tools::{SHELL, join, shell_arguments, text_arguments},
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
    let mut images = Images::default();
    for (index, item) in items.iter().enumerate() {
        read_item(&format!("input[{index}]"), item, &mut images, chat)?;
    }
    images.show(chat);
    Ok(())
}

/// Images that tools have returned: they stand in a message of the user that follows all results, for results are texts.
#[derive(Default)]
struct Images {
    place: String,
    parts: Vec<Value>,
}

impl Images {
    fn show(&mut self, chat: &mut Chat) {
        if !self.parts.is_empty() {
            chat.say(&self.place, json!({"role": "user", "content": std::mem::take(&mut self.parts)}));
        }
    }
}

/// Adds the message that an item is.
fn read_item(at: &str, item: &Value, images: &mut Images, chat: &mut Chat) -> Result<(), ApiError> {
    let Some(fields) = item.as_object() else { return Err(wrong(at, "is not an object")) };
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let kind = fields.get("type").and_then(Value::as_str);
    if !kind.is_some_and(|kind| kind.ends_with("_output") || kind == "reasoning") {
        images.show(chat);
    }
    // A function that is in a namespace, by the name by which the model sees it.
    let seen = || match (field("name"), fields.get("namespace").and_then(Value::as_str)) {
        (Value::String(name), namespace) => join(namespace, &name).into(),
        (name, _) => name,
    };
    match kind {
        None if fields.contains_key("role") => read_message(at, fields, chat),
        Some("message") => read_message(at, fields, chat),
        Some("function_call") => {
            chat.call(at, &field("call_id"), &seen(), &field("arguments"));
            Ok(())
        }
        Some("custom_tool_call") => {
            chat.call(at, &field("call_id"), &seen(), &json!(text_arguments(&field("input"))));
            Ok(())
        }
        Some("local_shell_call") => {
            let arguments = shell_arguments(fields.get("action"));
            chat.call(at, &field("call_id"), &json!(SHELL), &json!(arguments));
            Ok(())
        }
        Some("function_call_output" | "custom_tool_call_output" | "local_shell_call_output") => {
            let output = read_output(&format!("{at}.output"), &field("output"), images)?;
            at.clone_into(&mut images.place);
            // A shell's output names its call in its own way.
            let id = fields.get("call_id").or_else(|| fields.get("id")).cloned().unwrap_or_default();
            chat.say(at, json!({"role": "tool", "tool_call_id": id, "content": output}));
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
        Some("input_image") if role == "user" => read_image(at, part),
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

/// An image as a chat has it.
fn read_image(at: &str, part: &Value) -> Result<Value, ApiError> {
    let Some(Value::String(url)) = part.get("image_url") else {
        return Err(wrong(format!("{at}.image_url"), "is not a data URL; hint: data:image/png;base64,..."));
    };
    let mut image = json!({ "url": url });
    if let Some(detail) = part.get("detail").filter(|detail| !detail.is_null()) {
        image["detail"] = detail.clone();
    }
    Ok(json!({"type": "image_url", "image_url": image}))
}

/// What a function has returned, as text; its images are added to the others.
fn read_output(at: &str, output: &Value, images: &mut Images) -> Result<String, ApiError> {
    let parts = match output {
        Value::String(text) => return Ok(text.clone()),
        Value::Array(parts) => parts,
        _ => return Err(wrong(at, "is neither a string nor an array of texts and images")),
    };
    let mut output = String::new();
    for (index, part) in parts.iter().enumerate() {
        let at = format!("{at}[{index}]");
        match (part.get("type").and_then(Value::as_str), part.get("text").and_then(Value::as_str)) {
            (Some("input_image"), _) => images.parts.push(read_image(&at, part)?),
            (Some(kind), Some(text)) if kind.ends_with("text") => output.push_str(text),
            _ => return Err(unsupported(at, "is neither a text nor an image, which a model can read")),
        }
    }
    Ok(output)
}
