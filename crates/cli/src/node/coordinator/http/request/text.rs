//! Reading texts that are to be continued.

use cuckoo_protocol::task::{ChatMessage, ChatRole, MAX_TOP_LOGPROBS, Sampling};
use serde_json::json;

use super::{
    super::{error::ApiError, shape::Shape},
    Request,
    fields::{invalid, missing, parse_body, read_boolean, read_integer, whole_number},
    generation::{self, MAX_TOKENS, check_alternatives},
    json::{Json, Object},
    parse,
};

/// The most tokens of an answer when the application does not say how many, as OpenAI has it.
const DEFAULT_MAX_TOKENS: u64 = 16;
/// The most answers of which OpenAI sends the best.
const MAX_BEST_OF: u64 = 20;
/// A request has at most this many answers, to all its prompts together.
const MAX_ANSWERS: u64 = 64;
/// A request has at most this many prompts.
const MAX_PROMPTS: usize = 16;

/// Reads the body of texts that are to be continued. `seed` is used when the request has none.
pub(in super::super) fn read(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    read_fields(&parse_body(body, Shape::Text)?, Some(DEFAULT_MAX_TOKENS), seed)
}

/// Reads texts that are to be continued. `default` is how many tokens an answer may have where the application does not say it.
fn read_fields(fields: &Object<'_>, default: Option<u64>, seed: u64) -> Result<Request, ApiError> {
    let echo = read_boolean(fields, "echo")?.unwrap_or(false);
    let top_logprobs = read_integer(fields, "logprobs", 0, MAX_TOP_LOGPROBS.into())?.map(|top| top as u8);
    let mut prompts = read_prompts(fields)?;
    add_suffix(fields, &mut prompts, echo)?;
    // Only the miner knows the tokens of a text, and the text of tokens.
    let ids = prompts.iter().flatten().any(|message| message.role == ChatRole::Ids);
    let asked = echo && (top_logprobs.is_some() || ids);
    // Who wants to know how likely a text is needs no answer. Without that there is nothing to ask a miner for.
    let least = u64::from(!asked);
    let given = read_integer(fields, "max_tokens", least, MAX_TOKENS)?.or(default);
    let request = generation::read(fields, Shape::Text, given, seed)?;
    let n = u64::from(request.n);
    if read_integer(fields, "best_of", 1, MAX_BEST_OF)?.is_some_and(|best_of| best_of != n) {
        return Err(invalid("best_of", "`best_of` must be equal to `n`: every answer that is made is sent"));
    }
    if asked && request.stream {
        return Err(invalid("echo", "`echo` with `logprobs` or with token ids cannot be streamed"));
    }
    let answers = prompts.len() as u64 * n;
    if answers > MAX_ANSWERS {
        let message = format!(
            "{} prompts with {n} answers each are too many; at most {MAX_ANSWERS} answers are made",
            prompts.len()
        );
        return Err(invalid("n", message));
    }
    check_alternatives("logprobs", top_logprobs, request.sampling.max_tokens.into(), answers)?;
    let sampling = Sampling { top_logprobs, echo: asked, ..request.sampling };
    Ok(Request { prompts, sampling, logprobs: top_logprobs.is_some(), echo, ..request })
}

/// Adds what stands behind the place that is to be filled. Nothing behind it is as if it was not said.
fn add_suffix(fields: &Object<'_>, prompts: &mut [Vec<ChatMessage>], echo: bool) -> Result<(), ApiError> {
    let suffix = match fields.get("suffix") {
        None => return Ok(()),
        Some(Json::String(suffix)) if suffix.is_empty() => return Ok(()),
        Some(Json::String(suffix)) => suffix.to_string(),
        Some(_) => return Err(invalid("suffix", "`suffix` is not a string")),
    };
    if echo {
        return Err(invalid("echo", "`echo` and `suffix` do not go together"));
    }
    for prompt in prompts {
        if prompt.iter().any(|message| message.role == ChatRole::Ids) {
            return Err(invalid("suffix", "`suffix` goes with a `prompt` that is a text, and not with token ids"));
        }
        prompt.push(ChatMessage { role: ChatRole::Suffix, content: suffix.clone() });
    }
    Ok(())
}

/// Reads the body of `/v1/fim/completions`, as Mistral has it, whose answer has the form of a chat's.
pub(in super::super) fn read_fim(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let mut fields = parse(body)?;
    if let Some(own) = fields.shift_remove("random_seed") {
        fields.insert("seed".into(), own);
    }
    if let Some(other) = ["logprobs", "echo"].into_iter().find(|name| fields.contains_key(*name)) {
        let message = format!("`{other}` is not supported here; hint: /v1/completions has it");
        return Err(ApiError::invalid("unsupported_parameter", message, other));
    }
    let body = serde_json::Value::Object(fields).to_string();
    let request = read_fields(&parse_body(body.as_bytes(), Shape::Text)?, None, seed)?;
    Ok(Request { shape: Shape::Chat, ..request })
}

fn read_prompts(fields: &Object<'_>) -> Result<Vec<Vec<ChatMessage>>, ApiError> {
    let wrong = || {
        let message = "`prompt` is neither a string, nor an array of strings, nor an array of token ids, nor an array of such arrays";
        invalid("prompt", message)
    };
    let alone = |role, content| vec![ChatMessage { role, content }];
    match fields.get("prompt") {
        None => Err(missing("prompt")),
        Some(Json::String(text)) => Ok(vec![alone(ChatRole::Prompt, text.to_string())]),
        Some(Json::Array(items)) if items.first().is_some_and(|first| first.as_number().is_some()) => {
            Ok(vec![alone(ChatRole::Ids, read_ids(items).ok_or_else(wrong)?)])
        }
        Some(Json::Array(prompts)) if prompts.len() > MAX_PROMPTS => {
            let message = format!("`prompt` has {} prompts; at most {MAX_PROMPTS} are accepted", prompts.len());
            Err(invalid("prompt", message))
        }
        Some(Json::Array(prompts)) if !prompts.is_empty() => {
            let prompt = |prompt: &Json<'_>| match prompt {
                Json::String(text) => Some(alone(ChatRole::Prompt, text.to_string())),
                Json::Array(ids) => Some(alone(ChatRole::Ids, read_ids(ids)?)),
                _ => None,
            };
            prompts.iter().map(prompt).collect::<Option<_>>().ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

/// Token ids in the form in which they travel; `None` where one of them is none.
fn read_ids(items: &[Json<'_>]) -> Option<String> {
    let id = |item: &Json<'_>| u32::try_from(whole_number(item)?).ok();
    let ids: Vec<u32> = items.iter().map(id).collect::<Option<_>>()?;
    (!ids.is_empty()).then(|| json!(ids).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn texts_have_openai_s_length_and_what_stands_between_two_texts_has_what_there_is_room_for() {
        let body = json!({"model": "m", "prompt": "a"}).to_string();
        let of = |request: Request| (request.open, request.sampling.max_tokens);
        assert_eq!(of(read(body.as_bytes(), 0).expect("is valid")), (false, 16));
        assert_eq!(of(read_fim(body.as_bytes(), 0).expect("is valid")), (true, 131_072));
    }

    #[test]
    fn texts_are_continued_one_by_one() {
        let read_body = |body: Value| read(body.to_string().as_bytes(), 3);
        let request = read_body(json!({"model": "m", "prompt": ["a", ""], "n": 2, "logprobs": 0})).expect("is valid");
        assert!(request.logprobs && request.shape == Shape::Text);
        let contents: Vec<_> =
            request.prompts.iter().map(|prompt| (prompt[0].role, prompt[0].content.as_str())).collect();
        assert_eq!(contents, [(ChatRole::Prompt, "a"), (ChatRole::Prompt, "")]);
        for (field, value) in [
            ("prompt", json!([])),
            ("prompt", json!([[1.0, 2.5]])),
            ("prompt", json!([1, "a"])),
            ("prompt", json!([1, -2])),
            ("prompt", json!([1.5])),
            ("prompt", json!([1u64 << 32])),
            ("prompt", json!([[]])),
            ("prompt", json!([["a"]])),
            ("prompt", json!([[[1]]])),
            ("prompt", json!(vec!["a"; 17])),
            ("echo", json!(1)),
            ("logprobs", json!(21)),
            ("logprobs", json!(true)),
            ("max_tokens", json!(0)),
            ("messages", json!([])),
            ("best_of", json!(3)),
        ] {
            let mut body = json!({"model": "m", "prompt": "a", "n": 2});
            body[field] = value;
            let error = read_body(body).expect_err(field);
            assert_eq!((error.status.as_u16(), error.param.as_deref()), (400, Some(field)));
        }
    }

    #[test]
    fn prompts_may_be_token_ids_and_come_back() {
        let read_body = |body: Value| read(body.to_string().as_bytes(), 3);
        let request = read_body(json!({"model": "m", "prompt": [1, 2, 3]})).expect("is valid");
        assert_eq!(request.prompts, [[ChatMessage { role: ChatRole::Ids, content: "[1,2,3]".into() }]]);
        let body = json!({
            "model": "m", "prompt": [[7], [8, 4_294_967_295u64]], "echo": true, "max_tokens": 0, "logprobs": 1,
        });
        let request = read_body(body).expect("is valid");
        let contents: Vec<_> = request.prompts.iter().map(|prompt| prompt[0].content.as_str()).collect();
        assert_eq!(contents, ["[7]", "[8,4294967295]"]);
        let Sampling { max_tokens, top_logprobs, echo, .. } = request.sampling;
        assert_eq!((max_tokens, top_logprobs, echo, request.echo, request.logprobs), (0, Some(1), true, true, true));
        // A text is known here, and its miner is not asked for it.
        let body = json!({"model": "m", "prompt": "a", "echo": true, "stream": true});
        let request = read_body(body.clone()).expect("is valid");
        assert!(request.echo && !request.sampling.echo);
        // Nor is a miner asked for nothing.
        let nothing = read_body(json!({"model": "m", "prompt": "a", "echo": true, "max_tokens": 0}));
        assert_eq!(nothing.expect_err("no answer and no probabilities").param.as_deref(), Some("max_tokens"));
        assert!(read_body(json!({"model": "m", "prompt": [1], "echo": true, "max_tokens": 0})).is_ok());
        let many = json!({"model": "m", "prompt": ["a", "b"], "n": 2, "logprobs": 20, "max_tokens": 12_501});
        assert_eq!(read_body(many).expect_err("too many").param.as_deref(), Some("logprobs"));
        for (field, value) in [("logprobs", json!(0)), ("prompt", json!([1]))] {
            let mut body = body.clone();
            body[field] = value;
            assert_eq!(read_body(body).expect_err(field).param.as_deref(), Some("echo"));
        }
    }

    #[test]
    fn a_place_between_two_texts_is_filled() {
        let read_body = |body: Value| read(body.to_string().as_bytes(), 3);
        let request = read_body(json!({"model": "m", "prompt": ["a", "b"], "suffix": "z"})).expect("is valid");
        let roles = request.prompts.iter().map(|prompt| prompt.iter().map(|message| message.role).collect::<Vec<_>>());
        assert!(roles.into_iter().all(|roles| roles == [ChatRole::Prompt, ChatRole::Suffix]));
        let plain = read_body(json!({"model": "m", "prompt": "a"})).expect("is valid");
        assert_eq!(
            read_body(json!({"model": "m", "prompt": "a", "suffix": ""})).expect("is valid").prompts,
            plain.prompts
        );
        for (body, param) in [
            (json!({"model": "m", "prompt": "a", "suffix": 3}), "suffix"),
            (json!({"model": "m", "prompt": [1, 2], "suffix": "z"}), "suffix"),
            (json!({"model": "m", "prompt": "a", "suffix": "z", "echo": true}), "echo"),
        ] {
            assert_eq!(read_body(body).expect_err("is refused").param.as_deref(), Some(param));
        }
        let body = json!({"model": "m", "prompt": "a", "suffix": "z", "random_seed": 7}).to_string();
        let request = read_fim(body.as_bytes(), 3).expect("is valid");
        assert_eq!((request.shape, request.sampling.seed, request.prompts[0].len()), (Shape::Chat, 7, 2));
    }
}
