//! `/tokenize` and `/detokenize`, as vLLM has them, and how many tokens the requests of other APIs have. A miner that offers the model says so
//! by its own tokeniser and chat template; nothing is generated, kept or paid.

use std::sync::Arc;

use axum::{Extension, Json, body::Bytes, extract::State, http::StatusCode};
use cuckoo_protocol::task::{
    ChatMessage, ChatRole, MAX_TOKENISED, TokenAnswer, TokenQuestion, TokenRefusal, chat::TYPICAL_IMAGE_TOKENS,
};
use serde_json::{Map, Value, json};

use super::{
    anthropic,
    error::ApiError,
    neutral,
    request::{self, Request, check_neutral_values},
    responses,
    translate::{Chat, only, wrong},
};
use crate::node::coordinator::{Shared, api_keys::Caller, tokens::TokenError};

/// Parameters of `/tokenize`.
const TOKENIZE: [&str; 7] =
    ["model", "prompt", "messages", "tools", "add_special_tokens", "add_generation_prompt", "return_token_strs"];
/// Parameters of `/detokenize`.
const DETOKENIZE: [&str; 2] = ["model", "tokens"];

/// The names of all parameters, of a question about a text or a chat and of one about tokens.
#[cfg(test)]
pub(super) fn parameters() -> [Vec<&'static str>; 2] {
    let neutral = neutral::of_tokens().map(|neutral| neutral.name);
    [TOKENIZE.into_iter().chain(neutral).collect(), DETOKENIZE.to_vec()]
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let message = error.to_string();
        match error {
            TokenError::NoModel(error) => error.into(),
            TokenError::Unable(_) => {
                let hint = "hint: miners with mistral.rs do, and those before a vLLM";
                let message = format!("{message}; {hint}");
                Self::new(StatusCode::NOT_IMPLEMENTED, "invalid_request_error", "tokens_not_told", message)
            }
            TokenError::Refused(TokenRefusal::Invalid(_)) => {
                let error = Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_value", message);
                Self { param: None, ..error }
            }
            TokenError::Refused(TokenRefusal::Busy(_)) => Self {
                retry_after: Some(1),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "overloaded", message)
            },
            TokenError::Silent => Self::new(StatusCode::GATEWAY_TIMEOUT, "api_error", "deadline_exceeded", message),
        }
    }
}

pub(super) async fn tokenize(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let (model, question) = read_question(&body)?;
    let with_texts = matches!(question, TokenQuestion::Of { with_texts: true, .. });
    let (TokenAnswer { ids, texts, .. }, context) = ask(&shared, model, question).await?;
    let texts = with_texts.then_some(texts);
    Ok(Json(json!({"count": ids.len(), "max_model_len": context, "tokens": ids, "token_strs": texts})))
}

pub(super) async fn detokenize(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let (model, question) = read_ids(&body)?;
    let (answer, _) = ask(&shared, model, question).await?;
    Ok(Json(json!({"prompt": answer.text})))
}

/// Reads the body of a question what tokens say: the model and the question.
pub(super) fn read_ids(body: &[u8]) -> Result<(String, TokenQuestion), ApiError> {
    let fields = request::parse(body)?;
    only("", &fields, &[&DETOKENIZE])?;
    let ids = match fields.get("tokens") {
        Some(Value::Array(ids)) => ids.iter().map(read_id).collect(),
        Some(_) => None,
        None => return Err(ApiError::invalid("missing_parameter", "`tokens` is missing", "tokens")),
    };
    let ids: Vec<u32> = ids.ok_or_else(|| wrong("tokens", "is not an array of the ids of tokens"))?;
    Ok((read_model(&fields)?, TokenQuestion::Text(ids)))
}

/// `/v1/messages/count_tokens`
pub(super) async fn count_messages(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request = anthropic::read_counted(&body)?;
    Ok(Json(json!({"input_tokens": count(&shared, request).await?})))
}

/// `/v1/responses/input_tokens`
pub(super) async fn count_input(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let (request, _) = responses::prepare(&shared, &caller, &body).await?;
    Ok(Json(json!({"object": "response.input_tokens", "input_tokens": count(&shared, request).await?})))
}

async fn count(shared: &Shared, request: Request) -> Result<usize, ApiError> {
    let Request { model, prompts, .. } = request;
    // How many tokens an image becomes, only the engine knows that looks at it: each counts as a typical one.
    let (images, texts): (Vec<_>, Vec<_>) =
        prompts.into_iter().flatten().partition(|message| message.role == ChatRole::Image);
    let (answer, _) = ask(shared, model, of_messages(texts, true, false)).await?;
    Ok(answer.ids.len() + images.len() * TYPICAL_IMAGE_TOKENS as usize)
}

/// As a prompt of these messages begins and ends.
const fn of_messages(messages: Vec<ChatMessage>, add_generation_prompt: bool, with_texts: bool) -> TokenQuestion {
    TokenQuestion::Of { messages, add_special_tokens: true, add_generation_prompt, with_texts }
}

async fn ask(shared: &Shared, model: String, question: TokenQuestion) -> Result<(TokenAnswer, u32), ApiError> {
    if question.size() > MAX_TOKENISED {
        let message = format!("the request has more than {MAX_TOKENISED} bytes or tokens to be told about");
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", "prompt_too_large", message));
    }
    Ok(shared.handle.ask_tokens(model, question).await?)
}

fn read_model(fields: &Map<String, Value>) -> Result<String, ApiError> {
    match fields.get("model") {
        Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
        Some(_) => Err(wrong("model", "is not the name of a model")),
        None => Err(ApiError::invalid("missing_parameter", "`model` is missing", "model")),
    }
}

/// An id, which JSON may also write as 1.0.
fn read_id(value: &Value) -> Option<u32> {
    let written = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number));
    written.map(|number| number as u32)
}

/// The messages of a chat, with the tools that go with it.
fn read_chat(model: &str, fields: &Map<String, Value>, messages: &[Value]) -> Result<Vec<ChatMessage>, ApiError> {
    let mut chat = Chat::new(&[]);
    chat.set("model", model);
    chat.set("tools", fields.get("tools").cloned().unwrap_or_default());
    for (index, message) in messages.iter().enumerate() {
        chat.say(format!("messages[{index}]"), message.clone());
    }
    Ok(chat.read(0)?.prompts.concat())
}

fn read_flag(fields: &Map<String, Value>, name: &str, default: bool) -> Result<bool, ApiError> {
    match fields.get(name) {
        None => Ok(default),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(wrong(name, "is neither true nor false")),
    }
}

/// Reads a request of `/tokenize`, which is about a text or about a chat.
pub(super) fn read_question(body: &[u8]) -> Result<(String, TokenQuestion), ApiError> {
    let fields = request::parse(body)?;
    let neutral: Vec<_> = neutral::of_tokens().map(|neutral| neutral.name).collect();
    only("", &fields, &[&TOKENIZE, &neutral])?;
    check_neutral_values(&fields, neutral::of_tokens())?;
    let model = read_model(&fields)?;
    let with_texts = read_flag(&fields, "return_token_strs", false)?;
    let add_generation_prompt = read_flag(&fields, "add_generation_prompt", true)?;
    match (fields.get("prompt"), fields.get("messages")) {
        (Some(Value::String(text)), None) => {
            // Tools are no part of a text, but have to be tools.
            read_chat(&model, &fields, &[json!({"role": "user", "content": "-"})])?;
            let messages = vec![ChatMessage { role: ChatRole::Prompt, content: text.clone() }];
            let add_special_tokens = read_flag(&fields, "add_special_tokens", true)?;
            Ok((model, TokenQuestion::Of { messages, add_special_tokens, add_generation_prompt, with_texts }))
        }
        (Some(_), None) => Err(wrong("prompt", "is not a string")),
        (None, Some(Value::Array(all))) => {
            if read_flag(&fields, "add_special_tokens", false)? {
                return Err(wrong("add_special_tokens", "must be false for a chat: its template writes them"));
            }
            let messages = read_chat(&model, &fields, all)?;
            Ok((model, of_messages(messages, add_generation_prompt, with_texts)))
        }
        (None, Some(_)) => Err(wrong("messages", "is not an array")),
        (Some(_), Some(_)) => Err(wrong("messages", "and `prompt` do not go together")),
        (None, None) => Err(ApiError::invalid("missing_parameter", "`prompt` or `messages` is missing", "prompt")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Value) -> Result<TokenQuestion, ApiError> {
        read_question(body.to_string().as_bytes()).map(|(_, question)| question)
    }

    #[test]
    fn a_text_or_a_chat_is_asked_about() {
        let text = ChatMessage { role: ChatRole::Prompt, content: "hi".into() };
        let asked = read(&json!({"model": "m", "prompt": "hi", "add_special_tokens": false})).expect("is valid");
        let expected = TokenQuestion::Of {
            messages: vec![text],
            add_special_tokens: false,
            add_generation_prompt: true,
            with_texts: false,
        };
        assert_eq!(asked, expected);
        let chat = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "add_generation_prompt": false,
            "tools": [{"type": "function", "function": {"name": "a"}}], "return_token_strs": true, "continue_final_message": false});
        let TokenQuestion::Of { messages, add_generation_prompt, with_texts, .. } = read(&chat).expect("is valid")
        else {
            panic!("another question")
        };
        assert_eq!(messages.iter().map(|message| message.role.as_str()).collect::<Vec<_>>(), ["tools", "user"]);
        assert!(!add_generation_prompt && with_texts);
    }

    #[test]
    fn what_cannot_be_asked_is_refused_by_name() {
        let message = json!([{"role": "user", "content": "hi"}]);
        for (body, param) in [
            (json!({"prompt": "hi"}), "model"),
            (json!({"model": "m"}), "prompt"),
            (json!({"model": "m", "prompt": ["hi"]}), "prompt"),
            (json!({"model": "m", "prompt": "hi", "messages": message}), "messages"),
            (json!({"model": "m", "messages": [{"role": "user", "content": 3}]}), "messages[0].content"),
            (json!({"model": "m", "messages": message, "add_special_tokens": true}), "add_special_tokens"),
            (json!({"model": "m", "messages": message, "continue_final_message": true}), "continue_final_message"),
            (json!({"model": "m", "prompt": "hi", "return_token_strs": 1}), "return_token_strs"),
            (json!({"model": "m", "content": "hi"}), "content"),
            (json!({"model": "m", "prompt": "hi", "tools": [{"type": "function"}]}), "tools[0]"),
        ] {
            assert_eq!(read(&body).expect_err(&body.to_string()).param.as_deref(), Some(param), "{body}");
        }
    }
}
