//! Reading the messages of a chat: texts, images, calls of tools and their results.

use std::fmt;

use cuckoo_protocol::task::{
    ChatMessage, ChatRole,
    chat::{MAX_IMAGES, image_type},
};

use super::{
    super::error::ApiError,
    fields::{invalid, known_fields, missing},
    history::History,
    json::{Json, Object},
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
    let (mut read, mut history) = (vec![], History::default());
    for (index, message) in messages.iter().enumerate() {
        read_message(format_args!("messages[{index}]"), message, &mut history, &mut read)?;
    }
    let images = read.iter().filter(|message| message.role == ChatRole::Image).count();
    if images > MAX_IMAGES {
        return Err(invalid("messages", format!("`messages` has {images} images; at most {MAX_IMAGES} are accepted")));
    }
    Ok(read)
}

/// Reads a message; one with calls becomes two.
fn read_message(
    at: fmt::Arguments<'_>,
    message: &Json<'_>,
    history: &mut History,
    read: &mut Vec<ChatMessage>,
) -> Result<(), ApiError> {
    let role = match message.get("role").and_then(Json::as_str) {
        Some("system" | "developer") => ChatRole::System,
        Some("user") => ChatRole::User,
        Some("assistant") => ChatRole::Assistant,
        Some("tool" | "function") => ChatRole::Tool,
        _ => {
            let at = format!("{at}.role");
            let message = format!("`{at}` must be one of: system, developer, user, assistant, tool, function");
            return Err(invalid(&at, message));
        }
    };
    refuse_misplaced(at, role, message)?;
    let calls = if role == ChatRole::Assistant { history.read_calls(at, message)? } else { None };
    let content = read_content(at, role, message, read)?;
    read.push(match role {
        ChatRole::Tool => history.read_result(at, message, content)?,
        role => ChatMessage { role, content },
    });
    read.extend(calls);
    Ok(())
}

/// Refuses fields that mean nothing in a message of this role.
fn refuse_misplaced(at: fmt::Arguments<'_>, role: ChatRole, message: &Json<'_>) -> Result<(), ApiError> {
    let misplaced: &[_] = match role {
        ChatRole::Assistant => &["tool_call_id", "audio"],
        ChatRole::Tool => &["tool_calls", "function_call", "audio"],
        _ => &["tool_calls", "tool_call_id", "function_call", "audio"],
    };
    let is_there = |field: &&&str| message.get(field).is_some_and(|value| !value.means("null") && !value.means("[]"));
    match misplaced.iter().find(is_there) {
        None => Ok(()),
        Some(field) => {
            let param = format!("{at}.{field}");
            let message = format!("`{param}` is not supported in a message of this role");
            Err(ApiError::invalid("unsupported_parameter", message, param))
        }
    }
}

/// Reads what a message says. Only models and tools may say nothing at all.
fn read_content(
    at: fmt::Arguments<'_>,
    role: ChatRole,
    message: &Json<'_>,
    read: &mut Vec<ChatMessage>,
) -> Result<String, ApiError> {
    let content = match message.get("content") {
        Some(Json::String(text)) => text.to_string(),
        Some(Json::Array(parts)) => read_parts(format_args!("{at}.content"), role, parts, read)?,
        None | Some(Json::Null) if matches!(role, ChatRole::Assistant | ChatRole::Tool) => String::new(),
        // What tools return is often an object, and some clients leave it one.
        Some(object @ Json::Object(_)) if role == ChatRole::Tool => object.to_string(),
        _ => {
            let at = format!("{at}.content");
            return Err(invalid(&at, format!("`{at}` is neither a string nor an array of parts")));
        }
    };
    match message.get("refusal").and_then(Json::as_str) {
        Some(refusal) if role == ChatRole::Assistant && content.is_empty() => Ok(refusal.to_owned()),
        _ => Ok(content),
    }
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
        let said = |field: &str| part.get(field).and_then(Json::as_str);
        match (said("type"), part.get("image_url")) {
            (None, _) if part.is_string() => text.push_str(part.as_str().unwrap_or_default()),
            (Some("text" | "input_text" | "output_text"), _) if said("text").is_some() => {
                text.push_str(said("text").unwrap_or_default());
            }
            (Some("refusal"), _) if role == ChatRole::Assistant && said("refusal").is_some() => {
                text.push_str(said("refusal").unwrap_or_default());
            }
            // A model is not shown what it thought in earlier turns.
            (Some("thinking" | "redacted_thinking" | "reasoning"), _) if role == ChatRole::Assistant => {}
            (Some("image_url" | "input_image"), Some(image)) if role == ChatRole::User => {
                let image = read_image(&format!("{at}.image_url"), image)?;
                if !text.is_empty() {
                    read.push(ChatMessage { role: ChatRole::Part, content: std::mem::take(&mut text) });
                }
                read.push(ChatMessage { role: ChatRole::Image, content: image });
            }
            (Some("image_url" | "input_image"), Some(_)) => {
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
    let url = match image {
        Json::Object(fields) => {
            known_fields(at, fields, &["url", "detail"])?;
            // The model decides how closely it looks, and how many tokens an image becomes.
            let known = |detail: &Json<'_>| matches!(detail.as_str(), Some("auto" | "low" | "high" | "original"));
            if fields.get("detail").is_some_and(|detail| !detail.is_null() && !known(detail)) {
                return wrong("has a `detail` other than auto, low, high or original");
            }
            fields.get("url").and_then(Json::as_str)
        }
        image => image.as_str(),
    };
    let Some(url) = url else { return wrong("has no `url` that is a string") };
    let Some(data) = data_of_url(url) else {
        return wrong("is not a data URL with base64: a coordinator fetches nothing; hint: data:image/png;base64,...");
    };
    // The file itself says what it is. What the URL says is often wrong.
    match image_type(&data) {
        Some(_) => Ok(data),
        None => wrong("does not hold a PNG, JPEG, GIF or WebP image in base64"),
    }
}

/// What a data URL (RFC 2397) has as base64, in the alphabet and with the padding that miners read. Applications also send the
/// alphabet of URLs, line ends, escapes of URLs and no padding.
fn data_of_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once(':')?;
    let (head, data) = rest.split_once(',')?;
    let last = head.rsplit(';').next()?.trim();
    if !scheme.eq_ignore_ascii_case("data") || !last.eq_ignore_ascii_case("base64") {
        return None;
    }
    const ESCAPES: [(&str, &str); 8] =
        [("%2B", "+"), ("%2b", "+"), ("%2F", "/"), ("%2f", "/"), ("%3D", "="), ("%3d", "="), ("%0A", ""), ("%0D", "")];
    let unescaped =
        data.contains('%').then(|| ESCAPES.iter().fold(data.to_owned(), |data, (from, to)| data.replace(from, to)));
    let letters = unescaped.as_deref().unwrap_or(data).chars().filter(|letter| !letter.is_ascii_whitespace());
    let mut base64: String = letters
        .map(|letter| match letter {
            '-' => '+',
            '_' => '/',
            letter => letter,
        })
        .collect();
    base64.truncate(base64.trim_end_matches('=').len());
    base64.extend(std::iter::repeat_n('=', base64.len().wrapping_neg() % 4));
    Some(base64)
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
    fn an_image_is_what_its_bytes_say_however_its_url_is_written() {
        let read = |url: &str| shown(json!([image(url)])).map(|messages| messages[0].content.clone());
        for url in [
            format!("data:image/png;base64,{PNG}"),
            format!("Data:IMAGE/JPEG;BASE64,{PNG}"),
            format!(" data:;base64,{PNG}\n"),
            format!("data:application/octet-stream;name=a.png;base64, {}", PNG.trim_end_matches('=')),
            format!("data:image/png;base64,{}%3D", PNG.trim_end_matches('=')),
            format!("data:image/png;base64,{}\n{}", &PNG[..4], &PNG[4..]),
        ] {
            assert_eq!(read(&url).expect(&url), PNG, "{url}");
        }
        let jpeg = "/9j/+/8=";
        for data in ["/9j/+/8=", "_9j_-_8", "%2F9j%2f%2B/8%3D"] {
            assert_eq!(read(&format!("data:image/png;base64,{data}")).expect(data), jpeg);
        }
        let part = json!([{"type": "image_url", "image_url": format!("data:image/png;base64,{PNG}")}]);
        assert_eq!(shown(part).expect("is valid")[0].content, PNG);
    }

    #[test]
    fn what_other_servers_wrote_is_read_and_what_nobody_said_is_refused_at_its_place() {
        let content = |message: Value| read_body(json!({"messages": [message]})).map(|read| read[0].content.clone());
        for (message, said) in [
            (json!({"role": "assistant"}), ""),
            (json!({"role": "assistant", "content": null, "refusal": "No."}), "No."),
            (json!({"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}), "No."),
            (
                json!({"role": "assistant", "content": [{"type": "thinking", "thinking": "?"}, {"type": "output_text", "text": "a"}]}),
                "a",
            ),
            (json!({"role": "user", "content": ["a", {"type": "input_text", "text": "b"}], "tool_calls": []}), "ab"),
            (json!({"role": "user", "content": []}), ""),
            (json!({"role": "system", "content": "", "tool_calls": null, "audio": null}), ""),
        ] {
            assert_eq!(content(message.clone()).expect("is valid"), said, "{message}");
        }
        for (message, place) in [
            (json!({"role": "user"}), "messages[0].content"),
            (json!({"role": "user", "content": null}), "messages[0].content"),
            (json!({"role": "assistant", "content": 1}), "messages[0].content"),
            (json!({"role": "assistant", "content": "", "audio": {"id": "a"}}), "messages[0].audio"),
            (json!({"role": "user", "content": [{"type": "refusal", "refusal": "No."}]}), "messages[0].content[0]"),
            (json!({"role": "model", "content": "x"}), "messages[0].role"),
            (json!("x"), "messages[0].role"),
        ] {
            assert_eq!(content(message.clone()).expect_err("refused").param.as_deref(), Some(place), "{message}");
        }
    }

    #[test]
    fn invalid_images_are_refused_with_their_places() {
        let good = format!("data:image/png;base64,{PNG}");
        for (wrong, place) in [
            (image("https://example.com/cat.png"), ".image_url"),
            (image("data:image/svg+xml;base64,PHN2Zy8+"), ".image_url"),
            (image(&format!("{good}!")), ".image_url"),
            (json!({"type": "image_url", "image_url": {"url": good, "detail": "great"}}), ".image_url"),
            (json!({"type": "image_url", "image_url": {"url": good, "size": 1}}), ".image_url.size"),
            (json!({"type": "image_url", "image_url": {}}), ".image_url"),
            (json!({"type": "input_audio", "input_audio": {}}), ""),
            (json!({"type": "text"}), ""),
            (json!(1), ""),
        ] {
            let error = shown(json!([wrong])).expect_err("is refused");
            assert_eq!(error.param, Some(format!("messages[0].content[0]{place}")), "{wrong}");
        }
        let other = json!({"messages": [{"role": "system", "content": [image(&good)]}]});
        assert!(read_body(other).is_err());
    }
}
