//! Reading the messages of a chat: texts, images, calls of tools and their results.

use std::fmt;

use cuckoo_protocol::task::{
    ChatMessage, ChatRole,
    chat::{MAX_IMAGES, image_type},
};

use super::{
    super::error::ApiError,
    fields::{invalid, known_fields, missing},
    json::{Json, Object},
    tools,
};

/// A chat has at most this many messages.
const MAX_MESSAGES: usize = 1_000;

/// Reads `messages`.
pub(super) fn read(fields: &Object<'_>) -> Result<Vec<ChatMessage>, ApiError> {
    let messages = match fields.get("messages") {
        Some(Json::Array(messages)) => messages,
        Some(_) => return Err(invalid("messages", "`messages` is not an array")),
        None => return Err(missing("messages")),
    };
    if messages.is_empty() {
        return Err(invalid("messages", "`messages` is empty; a chat needs at least one message"));
    }
    if messages.len() > MAX_MESSAGES {
        return Err(invalid(
            "messages",
            format!("`messages` has {} entries; at most {MAX_MESSAGES} are accepted", messages.len()),
        ));
    }
    let mut read = vec![];
    for (index, message) in messages.iter().enumerate() {
        read_message(format_args!("messages[{index}]"), message, &mut read)?;
    }
    let images = read.iter().filter(|message| message.role == ChatRole::Image).count();
    if images > MAX_IMAGES {
        return Err(invalid("messages", format!("`messages` has {images} images; at most {MAX_IMAGES} are accepted")));
    }
    Ok(read)
}

/// Reads a message; one with calls becomes two.
fn read_message(at: fmt::Arguments<'_>, message: &Json<'_>, read: &mut Vec<ChatMessage>) -> Result<(), ApiError> {
    let param = |field: &str| format!("{at}.{field}");
    let role = match message.get("role").and_then(Json::as_str) {
        Some("system" | "developer") => ChatRole::System,
        Some("user") => ChatRole::User,
        Some("assistant") => ChatRole::Assistant,
        Some("tool") => ChatRole::Tool,
        _ => {
            let at = param("role");
            return Err(invalid(&at, format!("`{at}` must be one of: system, developer, user, assistant, tool")));
        }
    };
    let (called, answered): (&[_], &[_]) = match role {
        ChatRole::Assistant => (&[], &["tool_call_id"]),
        ChatRole::Tool => (&["tool_calls"], &[]),
        _ => (&["tool_calls"], &["tool_call_id"]),
    };
    for field in called.iter().chain(answered).chain(&["function_call", "audio"]) {
        if message.get(field).is_some_and(|value| !value.is_null()) {
            let param = param(field);
            return Err(ApiError::invalid("unsupported_parameter", format!("`{param}` is not supported"), param));
        }
    }
    let calls = if role == ChatRole::Assistant { tools::read_calls(at, message)? } else { None };
    let content = match message.get("content") {
        Some(Json::String(text)) => text.to_string(),
        Some(Json::Array(parts)) => read_parts(format_args!("{at}.content"), role, parts, read)?,
        None | Some(Json::Null) if calls.is_some() => String::new(),
        _ => {
            let at = param("content");
            return Err(invalid(&at, format!("`{at}` is neither a string nor an array of parts")));
        }
    };
    read.push(match role {
        ChatRole::Tool => tools::read_result(at, message, content)?,
        role => ChatMessage { role, content },
    });
    read.extend(calls);
    Ok(())
}

/// Returns the text behind the last image. What stands before goes into messages of its own.
fn read_parts(
    at: fmt::Arguments<'_>,
    role: ChatRole,
    parts: &[Json<'_>],
    read: &mut Vec<ChatMessage>,
) -> Result<String, ApiError> {
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        let at = format!("{at}[{index}]");
        match (part.get("type").and_then(Json::as_str), part.get("text"), part.get("image_url")) {
            (Some("text"), Some(Json::String(more)), _) => text.push_str(more),
            (Some("image_url"), _, Some(image)) if role == ChatRole::User => {
                let image = read_image(&format!("{at}.image_url"), image)?;
                if !text.is_empty() {
                    read.push(ChatMessage { role: ChatRole::Part, content: std::mem::take(&mut text) });
                }
                read.push(ChatMessage { role: ChatRole::Image, content: image });
            }
            (Some("image_url"), _, Some(_)) => {
                return Err(invalid(
                    &at,
                    format!("`{at}` is an image, which only a message of the role user may have"),
                ));
            }
            _ => {
                let message = format!("`{at}` is neither {{\"type\": \"text\", \"text\": ...}} nor an `image_url`");
                return Err(invalid(&at, message));
            }
        }
    }
    Ok(text)
}

/// Returns the base64 of an image's file.
fn read_image(at: &str, image: &Json<'_>) -> Result<String, ApiError> {
    let wrong = |message: &str| Err(invalid(at, format!("`{at}` {message}")));
    let (Some(image), Some(url)) = (image.as_object(), image.get("url").and_then(Json::as_str)) else {
        return wrong("has no `url` that is a string");
    };
    known_fields(at, image, &["url", "detail"])?;
    // The model decides how many tokens an image becomes.
    if image.get("detail").is_some_and(|detail| !detail.is_null() && detail.as_str() != Some("auto")) {
        return wrong("has a `detail` that is not auto: the model decides how closely it looks");
    }
    let Some((head, data)) = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) else {
        return wrong("is not a data URL with base64: a coordinator fetches nothing; hint: data:image/png;base64,...");
    };
    let Some(found) = image_type(data) else {
        return wrong("does not hold a PNG, JPEG, GIF or WebP image in base64");
    };
    if head != found {
        return wrong(&format!("holds {found}, but its data URL names another type"));
    }
    Ok(data.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PNG: &str = "iVBORw0KGgo=";

    fn read_body(body: Value) -> Result<Vec<ChatMessage>, ApiError> {
        let text = body.to_string();
        let body: Json<'_> = serde_json::from_str(&text).expect("JSON");
        read(body.as_object().expect("an object"))
    }

    fn shown(parts: Value) -> Result<Vec<ChatMessage>, ApiError> {
        read_body(json!({"messages": [{"role": "user", "content": parts}]}))
    }

    fn image(url: &str) -> Value {
        json!({"type": "image_url", "image_url": {"url": url}})
    }

    #[test]
    fn images_keep_their_places_between_texts() {
        let shows = image(&format!("data:image/png;base64,{PNG}"));
        let text = |text: &str| json!({"type": "text", "text": text});
        let read = |parts| shown(parts).expect("is valid").into_iter().map(|message| (message.role, message.content));
        let parts = json!([text("a"), text("b"), shows, shows, text("c")]);
        let expected = [
            (ChatRole::Part, "ab".to_owned()),
            (ChatRole::Image, PNG.to_owned()),
            (ChatRole::Image, PNG.to_owned()),
            (ChatRole::User, "c".to_owned()),
        ];
        assert!(read(parts).eq(expected));
        assert!(read(json!([shows])).eq([(ChatRole::Image, PNG.to_owned()), (ChatRole::User, String::new())]));
        let many = vec![shows; MAX_IMAGES + 1];
        assert!(shown(json!(many)).is_err());
        assert!(shown(json!(many[1..])).is_ok());
    }

    #[test]
    fn invalid_images_are_refused_with_their_places() {
        let good = format!("data:image/png;base64,{PNG}");
        for (wrong, place) in [
            (image("https://example.com/cat.png"), ".image_url"),
            (image("data:image/svg+xml;base64,PHN2Zy8+"), ".image_url"),
            (image(&format!("data:image/jpeg;base64,{PNG}")), ".image_url"),
            (image(&format!("{good}!")), ".image_url"),
            (json!({"type": "image_url", "image_url": {"url": good, "detail": "high"}}), ".image_url"),
            (json!({"type": "image_url", "image_url": {"url": good, "size": 1}}), ".image_url.size"),
            (json!({"type": "image_url", "image_url": {}}), ".image_url"),
            (json!({"type": "input_audio", "input_audio": {}}), ""),
            (json!("text"), ""),
        ] {
            let error = shown(json!([wrong])).expect_err("is refused");
            assert_eq!(error.param, Some(format!("messages[0].content[0]{place}")), "{wrong}");
        }
        let other = json!({"messages": [{"role": "system", "content": [image(&good)]}]});
        assert!(read_body(other).is_err());
    }
}
