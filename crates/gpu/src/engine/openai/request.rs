//! What is sent for a request, and what its prompt is thought to cost.

use cuckoo_protocol::task::{
    Bias, ChatMessage, ChatRole, Micros, Sampling,
    chat::{Conversation, TYPICAL_IMAGE_TOKENS},
};

use crate::engine::api::{EngineError, GenerateRequest, Prompt};

/// OpenAI's own API takes no more; the others are cut here.
const MAX_STOPS: usize = 4;

/// Where a request goes, and what is sent there.
pub(super) fn call(request: &GenerateRequest) -> Result<(&'static str, serde_json::Value), EngineError> {
    let GenerateRequest { model, messages, sampling } = request;
    let Sampling { max_tokens, temperature, top_p, seed, stop, schema, .. } = sampling;
    let mut body = serde_json::json!({
        "model": model,
        "stream": true,
        "stream_options": { "include_usage": true },
        "max_tokens": max_tokens,
        "temperature": temperature.to_f64(),
        "top_p": top_p.to_f64(),
        // Servers take the low half of a number, and some of them all its bits for a number of their own.
        "seed": (seed ^ (seed >> 32)) & u64::from(u32::MAX >> 1),
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
    add_rules(&mut body, sampling);
    if sampling.echo {
        let hint = "this model's server does not tell the tokens of a prompt; hint: a model served by mistral.rs does";
        return Err(EngineError::Invalid(hint.into()));
    }
    if sampling.top_logprobs.is_some() {
        let hint = "this model's server does not tell `logprobs`; hint: models whose `proof` is not `none` have them";
        return Err(EngineError::Invalid(hint.into()));
    }
    Ok(match Prompt::of(messages)? {
        Prompt::Alone(text) => {
            body["prompt"] = text.into();
            ("completions", body)
        }
        Prompt::Between(before, behind) => {
            (body["prompt"], body["suffix"]) = (before.into(), behind.into());
            ("completions", body)
        }
        Prompt::Ids(ids) => {
            body["prompt"] = ids.into();
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

/// Adds what a request asks for beyond temperature and top-p. Not every server knows all of it, and one that does not may refuse what is
/// neutral.
fn add_rules(body: &mut serde_json::Value, sampling: &Sampling) {
    let Sampling { top_k, min_p, frequency_penalty, presence_penalty, repetition_penalty, logit_bias, .. } = sampling;
    if *top_k > 0 {
        body["top_k"] = (*top_k).into();
    }
    if min_p.0 > 0 {
        body["min_p"] = min_p.to_f64().into();
    }
    for (name, penalty) in [("frequency_penalty", frequency_penalty), ("presence_penalty", presence_penalty)] {
        if penalty.0 != 0 {
            body[name] = penalty.to_f64().into();
        }
    }
    if *repetition_penalty != Micros::ONE {
        body["repetition_penalty"] = repetition_penalty.to_f64().into();
    }
    if !logit_bias.is_empty() {
        let entry = |bias: &Bias| (bias.id.to_string(), bias.logits.to_f64().into());
        body["logit_bias"] = serde_json::Value::Object(logit_bias.iter().map(entry).collect());
    }
}

/// Tokens of a prompt where the server does not say: four bytes per token is what tokenizers make of most languages.
pub(super) fn estimate(messages: &[ChatMessage]) -> usize {
    let tokens = |message: &ChatMessage| match message.role {
        ChatRole::Image => TYPICAL_IMAGE_TOKENS as usize,
        _ => message.content.len() / 4,
    };
    messages.iter().map(|message| 4 + tokens(message)).sum()
}
