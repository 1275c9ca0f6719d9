//! What is sent for a request, and what its prompt is thought to cost.

use cuckoo_protocol::task::{
    ChatMessage, ChatRole, Sampling,
    chat::{Conversation, TYPICAL_IMAGE_TOKENS},
};

use crate::engine::api::{EngineError, GenerateRequest, Prompt};

/// OpenAI's own API takes no more; the others are cut here.
const MAX_STOPS: usize = 4;

/// Where a request goes, and what is sent there.
pub(super) fn call(request: &GenerateRequest) -> Result<(&'static str, serde_json::Value), EngineError> {
    let GenerateRequest {
        model,
        messages,
        sampling: Sampling { max_tokens, temperature, top_p, seed, stop, schema, .. },
    } = request;
    let mut body = serde_json::json!({
        "model": model,
        "stream": true,
        "stream_options": { "include_usage": true },
        "max_tokens": max_tokens,
        "temperature": temperature.to_f64(),
        "top_p": top_p.to_f64(),
        // Servers take a signed number.
        "seed": seed & (u64::MAX >> 1),
    });
    if !stop.is_empty() {
        body["stop"] = stop.iter().take(MAX_STOPS).cloned().collect();
    }
    if !schema.is_empty() {
        let schema: serde_json::Value = serde_json::from_str(schema)
            .map_err(|error| EngineError::Invalid(format!("the schema is not valid JSON: {error}")))?;
        let named = serde_json::json!({ "name": "answer", "strict": true, "schema": schema });
        body["response_format"] = serde_json::json!({ "type": "json_schema", "json_schema": named });
    }
    Ok(match Prompt::of(messages)? {
        Prompt::Alone(text) => {
            body["prompt"] = text.into();
            ("completions", body)
        }
        Prompt::Chat(Conversation { tools, messages, .. }) => {
            body["messages"] = messages.into_iter().map(serde_json::Value::Object).collect();
            if !tools.is_empty() {
                body["tools"] = tools.into();
            }
            ("chat/completions", body)
        }
    })
}

/// Tokens of a prompt where the server does not say: four bytes per token is what tokenizers make of most languages.
pub(super) fn estimate(messages: &[ChatMessage]) -> usize {
    let tokens = |message: &ChatMessage| match message.role {
        ChatRole::Image => TYPICAL_IMAGE_TOKENS as usize,
        _ => message.content.len() / 4,
    };
    messages.iter().map(|message| 4 + tokens(message)).sum()
}
