//! Answers that are there all at once: vectors and images.

use std::time::Duration;

use cuckoo_protocol::task::{ChatMessage, Finish, FinishReason, kind};
use serde::{Deserialize, de::DeserializeOwned};

use super::{OpenAi, request::estimate, server::Failure};
use crate::engine::api::{EngineError, GenerateRequest, TokenStream, whole};

/// How long a server may work on vectors or an image before it says anything.
const WHOLE_PATIENCE: Duration = Duration::from_secs(300);
/// Bytes that are read of vectors or an image.
const MAX_ANSWER: usize = 64 << 20;

#[derive(Deserialize)]
struct Embeddings {
    data: Vec<Embedded>,
    usage: Option<PromptUsage>,
}

#[derive(Deserialize)]
struct Embedded {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct PromptUsage {
    /// What OpenAI's API calls it for images.
    #[serde(alias = "input_tokens")]
    prompt_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct Images {
    data: Vec<Image>,
    usage: Option<PromptUsage>,
}

#[derive(Deserialize)]
struct Image {
    b64_json: String,
}

/// How an output ends that is there all at once.
fn finish(usage: Option<PromptUsage>, messages: &[ChatMessage], completion_tokens: u32) -> Finish {
    let counted = usage.and_then(|usage| usage.prompt_tokens);
    let prompt_tokens = counted.unwrap_or_else(|| u32::try_from(estimate(messages)).unwrap_or(u32::MAX));
    Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens, stop: None }
}

impl OpenAi {
    /// The document that answers a request.
    async fn answer<T: DeserializeOwned>(&self, path: &str, body: &serde_json::Value) -> Result<T, EngineError> {
        let response = match self.post(path, body, self.server.idle.max(WHOLE_PATIENCE)).await {
            // That a text is too long some servers call a fault of their own.
            Err(Failure::Refused(refusal)) if refusal.is_overflow() => Err(EngineError::Invalid(refusal.reason)),
            other => other.map_err(EngineError::from),
        }?;
        let body = self.server.body(response, MAX_ANSWER).await;
        serde_json::from_slice(&body)
            .map_err(|error| EngineError::Interrupted(format!("the server's answer does not decode: {error}")))
    }

    pub(super) async fn embed(&self, request: &GenerateRequest) -> Result<TokenStream, EngineError> {
        let input: Vec<_> = request.messages.iter().map(|message| message.content.as_str()).collect();
        let body = serde_json::json!({ "model": request.model, "input": input, "encoding_format": "float" });
        let Embeddings { mut data, usage } = self.answer("embeddings", &body).await?;
        data.sort_unstable_by_key(|embedded| embedded.index);
        let output = kind::write_vectors(data.iter().map(|embedded| embedded.embedding.as_slice()));
        Ok(whole(&output, finish(usage, &request.messages, 0)))
    }

    pub(super) async fn draw(&self, request: &GenerateRequest) -> Result<TokenStream, EngineError> {
        request.check_plain_image()?;
        let prompt = request.messages.first().map(|message| message.content.as_str());
        let size = request.sampling.size.to_string();
        let body = serde_json::json!({
            "model": request.model,
            "prompt": prompt,
            "n": 1,
            "size": size,
            "response_format": "b64_json",
        });
        let Images { data, usage } = self.answer("images/generations", &body).await?;
        let image = data.first().ok_or_else(|| EngineError::Interrupted("the server sent no image".into()))?;
        Ok(whole(&image.b64_json, finish(usage, &request.messages, request.sampling.max_tokens)))
    }
}
