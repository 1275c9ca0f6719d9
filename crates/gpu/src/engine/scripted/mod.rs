//! A deterministic engine without a model, for tests and load: its output is a function of chat, seed and token limit.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::{
    audit::Examined,
    manifest::{ModelManifest, Proof},
    task::{Examine, Finish, FinishReason, Kind, Sampling, TokenAnswer, TokenQuestion, kind, sampler::RULES},
};
use futures::Stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use self::config::SLOW_PACE;
pub use self::config::{Misbehave, ScriptedConfig};
use self::script::{DIMENSIONS, Script, Token, count_prompt_tokens, picture};
use super::{
    api::{
        Engine, EngineError, GenerateRequest, Generated, ServedModel, TokenChunk, TokenStream, guarded, prompt_pieces,
        whole,
    },
    stop::StopFilter,
};

mod cheats;
mod config;
mod examine;
mod script;
#[cfg(test)]
mod tests;

/// The scripted engine, see the module.
#[derive(Debug)]
pub struct Scripted {
    config: ScriptedConfig,
    slots: Arc<Semaphore>,
}

impl Scripted {
    /// An engine that is ready at once.
    pub fn new(config: ScriptedConfig) -> Self {
        let slots = Arc::new(Semaphore::new(config.slots as usize));
        Self { config, slots }
    }
}

struct ScriptedRun {
    config: ScriptedConfig,
    tokens: std::vec::IntoIter<Token>,
    /// Where more is asked about each token: what says it.
    teller: Option<(Script, u8)>,
    /// The prompt's tokens, as far as they are still to be told.
    prompt: std::vec::IntoIter<TokenChunk>,
    filter: StopFilter,
    given: u32,
    prompt_tokens: u32,
    /// The reason that the script ends with, unless a stop text comes first.
    reason: FinishReason,
    started: Instant,
    ended: bool,
    _slot: OwnedSemaphorePermit,
}

#[async_trait]
impl Engine for Scripted {
    fn models(&self) -> Vec<ServedModel> {
        let manifest = ModelManifest {
            name: self.config.name.clone(),
            weights: "external:scripted".into(),
            quantisation: "none".into(),
            engine: concat!("scripted ", env!("CARGO_PKG_VERSION")).into(),
            rules: RULES,
            proof: if self.config.kind == Kind::Image { Proof::None } else { Proof::Seeded },
            deterministic: true,
            ..ModelManifest::default()
        };
        vec![ServedModel {
            manifest,
            kind: self.config.kind,
            slots: self.config.slots,
            context_length: self.config.context_length,
            token_ids: self.config.kind == Kind::Text,
            log_probabilities: self.config.kind == Kind::Text,
            class: if self.config.misbehave == Misbehave::OtherClass { "unmeasured" } else { "scripted" }.into(),
            examines: self.config.kind != Kind::Image,
            tokenises: self.config.kind == Kind::Text,
        }]
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        if request.model != self.config.name {
            return Err(EngineError::UnknownModel(request.model));
        }
        request.check(self.config.kind)?;
        let prompt_tokens = count_prompt_tokens(&request.messages);
        let limit = self.config.context_length;
        let room = limit.saturating_sub(prompt_tokens).min(request.sampling.max_tokens);
        // Texts to embed do not share a context.
        let longest = match self.config.kind {
            Kind::Embedding => request.messages.iter().map(std::slice::from_ref).map(count_prompt_tokens).max(),
            _ => Some(prompt_tokens),
        };
        if let Some(tokens) = longest.filter(|tokens| *tokens >= limit) {
            return Err(EngineError::PromptTooLong { tokens, limit });
        }
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        match self.config.kind {
            Kind::Text => {}
            Kind::Embedding => {
                let vectors = cheats::vectors(&request, &self.config);
                let output = kind::write_vectors(vectors.iter().map(<[f32; DIMENSIONS]>::as_slice));
                return Ok(whole(
                    &output,
                    Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: 0, stop: None },
                ));
            }
            Kind::Image => {
                request.check_plain_image()?;
                let output = kind::write_image(&picture(&request)?);
                let completion_tokens = request.sampling.max_tokens;
                let finish = Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens, stop: None };
                return Ok(whole(&output, finish));
            }
        }
        let mut tokens = cheats::tokens(&request, &self.config, room as usize);
        let reason = if tokens.len() > room as usize { FinishReason::Length } else { FinishReason::Stop };
        tokens.truncate(room as usize);
        if self.config.misbehave == Misbehave::WrongText
            && let Some(token) = tokens.iter_mut().rfind(|token| !token.text.is_empty())
        {
            token.text.push('!');
        }
        let Sampling { top_logprobs, echo, .. } = request.sampling;
        let script = |_| Script::of(&request, self.config.tokens);
        let prompt = echo.then_some(()).map(script).map(|script| script.prompt(&request.messages, top_logprobs));
        let run = ScriptedRun {
            teller: top_logprobs.map(|count| (script(()), count)),
            prompt: prompt.map(prompt_pieces).unwrap_or_default().into_iter(),
            config: self.config.clone(),
            tokens: tokens.into_iter(),
            filter: StopFilter::new(&request.sampling.stop),
            given: 0,
            prompt_tokens,
            reason,
            started: Instant::now(),
            ended: false,
            _slot: slot,
        };
        Ok(guarded(run.stream()))
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        if request.model != self.config.name {
            return Err(EngineError::UnknownModel(request.model.clone()));
        }
        request.check(self.config.kind)?;
        examine::examine(&self.config, request, examine).await
    }

    async fn tell_tokens(&self, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        if model != self.config.name {
            return Err(EngineError::UnknownModel(model.to_owned()));
        }
        Ok(script::tell_tokens(question))
    }

    fn is_ready(&self) -> bool {
        true
    }
}

impl ScriptedRun {
    fn stream(self) -> impl Stream<Item = Result<Generated, EngineError>> {
        futures::stream::unfold(self, async |mut run| run.next().await.map(|item| (item, run)))
    }

    async fn next(&mut self) -> Option<Result<Generated, EngineError>> {
        if let Some(piece) = self.prompt.next() {
            return Some(Ok(Generated::Tokens(piece)));
        }
        match self.config.misbehave {
            Misbehave::HangAfter(count) if self.given == count => std::future::pending().await,
            Misbehave::FailAfter(count) if self.given == count => {
                return Some(Err(EngineError::Interrupted("injected failure".into())));
            }
            Misbehave::EndAfter(count) if self.given == count => return None,
            _ => {}
        }
        let token = if self.filter.is_stopped() { None } else { self.tokens.next() };
        let Some(Token { text, id, log_probability }) = token else {
            return Some(Ok(self.end()));
        };
        self.given += 1;
        let pace = if self.config.misbehave == Misbehave::Slow { SLOW_PACE } else { self.config.tokens_per_second };
        if pace > 0 {
            // Due times and not pauses, so that the pace does not drift.
            let due = Duration::from_secs(1) * self.given / pace;
            tokio::time::sleep_until(self.started + due).await;
        }
        let place = self.given as usize - 1;
        let details = self.teller.iter().map(|(script, count)| script.detail(&text, place, *count)).collect();
        let text = self.filter.push(&text);
        if self.config.misbehave == Misbehave::NoIds {
            return Some(Ok(Generated::Tokens(TokenChunk { text, ..TokenChunk::default() })));
        }
        let lengths = vec![text.len() as u32];
        Some(Ok(Generated::Tokens(TokenChunk {
            text,
            ids: vec![id],
            log_probabilities: vec![log_probability],
            lengths,
            details,
            prompt: None,
        })))
    }

    fn end(&mut self) -> Generated {
        let held = self.filter.finish();
        if !held.is_empty() && !std::mem::replace(&mut self.ended, true) {
            return Generated::Tokens(TokenChunk { text: held, ..TokenChunk::default() });
        }
        let extra = u32::from(self.config.misbehave == Misbehave::WrongTokenCount);
        Generated::Finished(Finish {
            reason: if self.filter.is_stopped() { FinishReason::Stop } else { self.reason },
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.given + extra,
            stop: self.filter.stopped_by(),
        })
    }
}
