//! Reading texts that are to be continued.

use cuckoo_protocol::task::{ChatMessage, ChatRole};

use super::{
    super::{error::ApiError, shape::Shape},
    Request,
    fields::{invalid, missing, parse_body, read_boolean, read_integer},
    generation::{self, MAX_TOKENS},
    json::{Json, Object},
};

/// The most tokens of an answer when the application does not say how many, as OpenAI has it.
const DEFAULT_MAX_TOKENS: u64 = 16;
/// A request has at most this many texts.
const MAX_PROMPTS: usize = 8;

/// Reads the body of texts that are to be continued. `seed` is used when the request has none.
pub(in super::super) fn read(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = parse_body(body, Shape::Text)?;
    let max_tokens = read_integer(&fields, "max_tokens", 1, MAX_TOKENS)?.unwrap_or(DEFAULT_MAX_TOKENS);
    if read_boolean(&fields, "echo")? == Some(true) {
        return Err(invalid("echo", "`echo` must be false: an answer does not repeat its prompt"));
    }
    let request = generation::read(&fields, Shape::Text, max_tokens, seed)?;
    if read_integer(&fields, "logprobs", 0, 5)?.is_some_and(|top| top > 0) {
        return Err(invalid("logprobs", "`logprobs` must be 0: only the chosen token's probability is known"));
    }
    let logprobs = fields.contains("logprobs");
    Ok(Request { prompts: read_prompts(&fields)?, logprobs, ..request })
}

fn read_prompts(fields: &Object<'_>) -> Result<Vec<Vec<ChatMessage>>, ApiError> {
    let alone = |content: &str| vec![ChatMessage { role: ChatRole::Prompt, content: content.to_owned() }];
    match fields.get("prompt") {
        None => Err(missing("prompt")),
        Some(Json::String(text)) => Ok(vec![alone(text)]),
        Some(Json::Array(texts)) if texts.len() > MAX_PROMPTS => {
            Err(invalid("prompt", format!("`prompt` has {} texts; at most {MAX_PROMPTS} are accepted", texts.len())))
        }
        Some(Json::Array(texts)) if !texts.is_empty() && texts.iter().all(Json::is_string) => {
            Ok(texts.iter().filter_map(Json::as_str).map(alone).collect())
        }
        Some(_) => {
            let message = "`prompt` is neither a string nor an array of strings; token ids are not accepted";
            Err(invalid("prompt", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn texts_are_continued_one_by_one() {
        let read_body = |body: Value| read(body.to_string().as_bytes(), 3);
        let request = read_body(json!({"model": "m", "prompt": ["a", ""], "n": 2, "logprobs": 0})).expect("is valid");
        assert!(request.logprobs && request.shape == Shape::Text);
        let contents: Vec<_> =
            request.prompts.iter().map(|prompt| (prompt[0].role, prompt[0].content.as_str())).collect();
        assert_eq!(contents, [(ChatRole::Prompt, "a"), (ChatRole::Prompt, "")]);
        for (field, value) in [
            ("prompt", json!([1, 2])),
            ("prompt", json!([])),
            ("prompt", json!(vec!["a"; 9])),
            ("echo", json!(true)),
            ("logprobs", json!(1)),
            ("messages", json!([])),
            ("best_of", json!(3)),
        ] {
            let mut body = json!({"model": "m", "prompt": "a", "n": 2});
            body[field] = value;
            let error = read_body(body).expect_err(field);
            assert_eq!((error.status.as_u16(), error.param.as_deref()), (400, Some(field)));
        }
    }
}
