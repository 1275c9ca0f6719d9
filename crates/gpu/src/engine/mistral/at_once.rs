//! Models whose output is there all at once: vectors and images.
//!
//! mistral.rs ends in a panic when nobody waits for such an answer any more, so each is waited for, also after its request was
//! cancelled; the slot is free only then. On a CPU one runs at a time, as everywhere in this engine.

use std::sync::Arc;

use async_trait::async_trait;
use cuckoo_protocol::{
    audit::Examined,
    task::{Examine, Finish, FinishReason, Kind, kind},
};
use mistralrs::{DiffusionGenerationParams, ImageGenerationResponseFormat, Model};
use tokenizers::Tokenizer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use super::load::Loaded;
use crate::engine::{
    MistralConfig,
    api::{Engine, EngineError, GenerateRequest, ServedModel, TokenStream, vector_distances, whole},
};

/// What mistral.rs writes before an image's base64.
const DATA_URL: &str = "data:image/png;base64,";

/// The engine, see the module.
pub(super) struct AtOnce {
    model: Arc<Model>,
    served: ServedModel,
    /// The tokeniser of a model that embeds.
    tokenizer: Option<Tokenizer>,
    slots: Arc<Semaphore>,
    /// The place that a GPU keeps for examinations. On a CPU they take a slot.
    extra: Option<Arc<Semaphore>>,
    /// Answers that must not be broken off.
    unbroken: TaskTracker,
}

impl std::fmt::Debug for AtOnce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtOnce").field("served", &self.served).finish_non_exhaustive()
    }
}

impl AtOnce {
    /// Loads a model that embeds or draws.
    pub(super) async fn load(config: MistralConfig, kind: Kind) -> Result<Self, EngineError> {
        let loaded = tokio::task::spawn_blocking(move || super::load::load(&config, kind))
            .await
            .map_err(|error| EngineError::Start(format!("loading broke off: {error}")))??;
        let Loaded { model, served, tokenizer, on_cpu, .. } = loaded;
        Ok(Self {
            model: Arc::new(model),
            slots: Arc::new(Semaphore::new(served.slots as usize)),
            extra: (!on_cpu).then(|| Arc::new(Semaphore::new(1))),
            served,
            tokenizer,
            unbroken: TaskTracker::new(),
        })
    }

    /// Tokens of a text, with those that the model's tokeniser adds.
    fn count(&self, text: &str) -> Result<u32, EngineError> {
        let Some(tokenizer) = &self.tokenizer else { return Ok(0) };
        let encoded = tokenizer.encode_fast(text, true).map_err(|error| EngineError::Invalid(error.to_string()))?;
        Ok(u32::try_from(encoded.len()).unwrap_or(u32::MAX))
    }

    /// The vectors of some texts, and the number of all their tokens.
    async fn embed(
        &self,
        request: GenerateRequest,
        slot: OwnedSemaphorePermit,
    ) -> Result<(Vec<Vec<f32>>, u32), EngineError> {
        let limit = self.served.context_length;
        let mut prompt_tokens = 0_u32;
        for message in &request.messages {
            match self.count(&message.content)? {
                0 => return Err(EngineError::Invalid("a text to embed has no tokens".into())),
                tokens if tokens > limit => return Err(EngineError::PromptTooLong { tokens, limit }),
                tokens => prompt_tokens = prompt_tokens.saturating_add(tokens),
            }
        }
        let (sender, receiver) = oneshot::channel();
        let model = Arc::clone(&self.model);
        self.unbroken.spawn(async move {
            let mut vectors = vec![];
            for message in request.messages {
                // One that nobody waits for any more ends after the text that is being read.
                if sender.is_closed() {
                    break;
                }
                vectors.push(model.generate_embedding(message.content).await);
            }
            drop(slot);
            let vectors: mistralrs::error::Result<Vec<_>> = vectors.into_iter().collect();
            let _ = sender.send(vectors);
        });
        let vectors = receiver.await.map_err(|_| EngineError::Interrupted("the engine's thread has died".into()))?;
        Ok((vectors.map_err(failed)?, prompt_tokens))
    }

    async fn draw(&self, request: GenerateRequest, slot: OwnedSemaphorePermit) -> Result<TokenStream, EngineError> {
        request.check_plain_image()?;
        let size = request.sampling.size;
        let tokens = request.sampling.max_tokens;
        let text = request.messages.into_iter().next().map(|message| message.content).unwrap_or_default();
        // What FLUX's own encoders make of it is unknown; four bytes per token is what tokenizers make of most languages.
        let prompt_tokens = u32::try_from(text.len().div_ceil(4)).unwrap_or(u32::MAX);
        let (sender, receiver) = oneshot::channel();
        let model = Arc::clone(&self.model);
        self.unbroken.spawn(async move {
            let format = ImageGenerationResponseFormat::B64Json;
            let parameters = DiffusionGenerationParams { width: size.width as usize, height: size.height as usize };
            let image = model.generate_image(text, format, parameters, None).await;
            drop(slot);
            let _ = sender.send(image);
        });
        let image = receiver.await.map_err(|_| EngineError::Interrupted("the engine's thread has died".into()))?;
        let image = image.map_err(failed)?.data.into_iter().next().and_then(|choice| choice.b64_json);
        let image = image.ok_or_else(|| EngineError::Interrupted("an answer without an image".into()))?;
        let finish = Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: tokens, stop: None };
        Ok(whole(image.strip_prefix(DATA_URL).unwrap_or(&image), finish))
    }
}

fn failed(error: mistralrs::error::Error) -> EngineError {
    EngineError::Interrupted(error.to_string())
}

#[async_trait]
impl Engine for AtOnce {
    fn models(&self) -> Vec<ServedModel> {
        vec![self.served.clone()]
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model));
        }
        request.check(self.served.kind)?;
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        match self.served.kind {
            Kind::Embedding => {
                let (vectors, prompt_tokens) = self.embed(request, slot).await?;
                let finish = Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: 0, stop: None };
                Ok(whole(&kind::write_vectors(vectors.iter().map(Vec::as_slice)), finish))
            }
            _ => self.draw(request, slot).await,
        }
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model.clone()));
        }
        request.check(self.served.kind)?;
        if self.served.kind != Kind::Embedding {
            return Err(EngineError::Invalid(
                "this model's images cannot be examined: the same seed gives another one elsewhere".into(),
            ));
        }
        let slots = Arc::clone(self.extra.as_ref().unwrap_or(&self.slots));
        let slot = slots.acquire_owned().await.map_err(|_| EngineError::Unavailable("the engine is closed".into()))?;
        let (vectors, prompt_tokens) = self.embed(request.clone(), slot).await?;
        let distances = vector_distances(&examine.output, &vectors)?;
        Ok(Examined { prompt_tokens, distances, ..Examined::default() })
    }

    fn is_ready(&self) -> bool {
        self.model.inner().get_sender(None).is_ok_and(|sender| !sender.is_closed())
    }
}
