//! mistral.rs as an engine, behind the feature `mistralrs`.
//!
//! What mistralrs 0.8.1 does when left alone, and what is done about it here:
//! - Sequences decoded together on a CPU disturb each other: one at a time there, and the next one starts only when the last
//!   one's state is gone from the scheduler, also after a cancel. The logits processor holds that permit, and mistral.rs
//!   drops the processor together with the sequence.
//! - Dropping the receiver of a non-streaming or tokenising request ends the engine's thread in a panic: generation
//!   always streams, into a channel deep enough never to stall others, and tokenising runs in a task that nobody cancels.
//! - It has no seeds, token ids or usable log-probabilities: the processor makes all three, and leaves the sampler one
//!   choice.
//! - An absent temperature means 1, and its own length check ignores the prompt: both are always given.
//! - A last character that is incomplete, and a leading space, get lost in its text: the text is decoded here from the ids.
//! - Raw logits beside any other request end the engine's thread in a panic: see `examine`.
//! - An image that it cannot read ends the engine's thread in a panic: images are decoded and measured here first.

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::Instant,
};

use async_trait::async_trait;
use cuckoo_protocol::{
    audit::Examined,
    task::{ChatMessage, Examine, Finish, FinishReason, Kind, TokenAnswer, TokenQuestion},
};
use futures::StreamExt;
use mistralrs::{Model, NormalRequest, Request, RequestMessage, Response, SamplingParams, core::CustomLogitsProcessor};
use tokenizers::Tokenizer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::task::TaskTracker;

use super::{
    Engine, EngineError, GenerateRequest, Generated, MistralConfig, ServedModel, TokenChunk, TokenStream, guarded,
    language::{Controls, Detokeniser, Ends, hidden},
    stop::StopFilter,
};

mod at_once;
mod build;
mod describe;
mod echo;
mod examine;
mod grammar;
mod guard;
mod input;
mod load;
mod processor;
mod replay;
mod tell;
mod tokens;

use at_once::AtOnce;
use grammar::{Grammar, Grammars};
use input::{Input, Shown, Sight};
pub(super) use load::{check_memory, device_class};
use processor::{Chosen, Processor};
use tell::Teller;

/// What chat templates call the tools that a model may call.
const TOOLS: &str = "tools";

/// The engine, see the module.
pub struct Mistral {
    model: Arc<Model>,
    /// The engine thread's queue. Kept, because asking for it again would silently restart a thread that has died.
    requests: mpsc::Sender<Request>,
    served: ServedModel,
    tokenizer: Arc<Tokenizer>,
    teller: Teller,
    controls: Controls,
    /// Tokens that are not part of an answer's text.
    hidden: Arc<[u32]>,
    /// Requests that callers hold.
    admitted: Arc<Semaphore>,
    /// Sequences that mistral.rs holds; a cancelled one leaves a moment after its caller.
    running: Arc<Semaphore>,
    /// The place that a GPU keeps for examinations. On a CPU they take a slot.
    extra: Option<Arc<Semaphore>>,
    /// Bytes that the logits of one examination may take.
    examine_memory: usize,
    ends: Arc<Ends>,
    vocabulary: usize,
    grammars: Option<Grammars>,
    /// The chat template has a place for tools.
    knows_tools: bool,
    /// How the model takes images, if it does.
    sight: Option<Sight>,
    /// Work that must not be broken off.
    unbroken: TaskTracker,
}

impl std::fmt::Debug for Mistral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mistral").field("served", &self.served).finish_non_exhaustive()
    }
}

/// Loads a model of whatever kind its files are; takes seconds to minutes. Hashes its weights first, and fetches them when the
/// source is a hub name.
pub async fn start(config: MistralConfig) -> Result<Arc<dyn Engine>, EngineError> {
    match config.source.kind() {
        Kind::Text => Ok(Arc::new(Mistral::load(config).await?)),
        kind => Ok(Arc::new(AtOnce::load(config, kind).await?)),
    }
}

impl Mistral {
    async fn load(config: MistralConfig) -> Result<Self, EngineError> {
        let began = Instant::now();
        let loaded = tokio::task::spawn_blocking(move || load::load(&config, Kind::Text))
            .await
            .map_err(|error| EngineError::Start(format!("loading broke off: {error}")))??;
        let load::Loaded { model, served, tokenizer, ends, vocabulary, template, on_cpu, examine_memory } = loaded;
        let tokenizer = tokenizer.ok_or_else(|| EngineError::Start("the model has no tokeniser".into()))?;
        let config = model.config().map_err(|error| EngineError::Start(error.to_string()))?;
        let sight = Sight::of(config.category, &tokenizer);
        let requests = model.inner().get_sender(None).map_err(|error| EngineError::Start(error.to_string()))?;
        tracing::info!(model = served.manifest.name, seconds = began.elapsed().as_secs_f32(), "model loaded");
        let slots = || Arc::new(Semaphore::new(served.slots as usize));
        let grammars = Grammars::new(&tokenizer, ends.named(), vocabulary);
        let tokenizer = Arc::new(tokenizer);
        let teller = Teller::new(Arc::clone(&tokenizer), grammars.as_ref().map(Grammars::tokens));
        Ok(Self {
            controls: Controls::new(&tokenizer, &template),
            hidden: hidden(&tokenizer, &ends).into(),
            model: Arc::new(model),
            grammars,
            knows_tools: template.contains(TOOLS),
            sight,
            requests,
            admitted: slots(),
            running: slots(),
            extra: (!on_cpu).then(|| Arc::new(Semaphore::new(1))),
            examine_memory,
            served,
            tokenizer,
            teller,
            ends: Arc::new(ends),
            vocabulary,
            unbroken: TaskTracker::new(),
        })
    }

    /// What the answer to a request has to obey, if anything.
    async fn grammar(&self, schema: &str) -> Result<Option<Grammar>, EngineError> {
        if schema.is_empty() {
            return Ok(None);
        }
        let none = || EngineError::Invalid("this model cannot be held to a schema".into());
        self.grammars.as_ref().ok_or_else(none)?.start(schema).await.map(Some)
    }

    /// Refuses tokens that the model does not have.
    fn check_tokens(&self, what: &str, mut ids: impl Iterator<Item = u32>) -> Result<(), EngineError> {
        match ids.find(|id| *id as usize >= self.vocabulary) {
            None => Ok(()),
            Some(id) => {
                let last = self.vocabulary.saturating_sub(1);
                Err(EngineError::Invalid(format!("{what} has the token {id}, and the model's last one is {last}")))
            }
        }
    }

    /// What is asked, as tokens and, where there are images, as the messages that mistral.rs has to render itself to place them.
    async fn prompt(&self, messages: &[ChatMessage]) -> Result<Prompted, EngineError> {
        let input = match Input::of(messages, self.knows_tools)? {
            Input::Ids(ids) => {
                self.check_tokens("the prompt", ids.iter().copied())?;
                return Ok(Prompted {
                    tokens: ids.clone(),
                    message: RequestMessage::CompletionTokens(ids),
                    opening: "",
                });
            }
            Input::Between(before, behind) => {
                let tokens = self.controls.fill(&before, &behind)?;
                let message = RequestMessage::CompletionTokens(tokens.clone());
                return Ok(Prompted { tokens, message, opening: "" });
            }
            input => input,
        };
        let is_chat = matches!(input, Input::Chat { .. });
        let Some(urls) = input.images() else {
            let tokens = self.tokenise(input).await?;
            let opening = if is_chat { self.controls.opening(&tokens) } else { "" };
            return Ok(Prompted { message: RequestMessage::CompletionTokens(tokens.clone()), tokens, opening });
        };
        let none = || EngineError::Invalid("this model takes no images".into());
        let sight = self.sight.as_ref().ok_or_else(none)?;
        let Shown { input, blind, images } = sight.show(input, urls).await?;
        let blind = self.tokenise(blind).await?;
        let tokens = self.tokenise(input.clone()).await?;
        if tokens.len() < blind.len() + images.len() {
            return Err(EngineError::Invalid("this model's chat template has no place for images".into()));
        }
        let opening = self.controls.opening(&tokens);
        Ok(Prompted { tokens, message: input.into_request(images), opening })
    }
}

/// What is asked of the model.
struct Prompted {
    tokens: Vec<u32>,
    message: RequestMessage,
    /// What the prompt has begun of the answer.
    opening: &'static str,
}

/// A token's choice is followed by one response at most; this many more fit errors and the end.
const SPARE_RESPONSES: usize = 16;

#[async_trait]
impl Engine for Mistral {
    fn models(&self) -> Vec<ServedModel> {
        vec![self.served.clone()]
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model));
        }
        request.check(Kind::Text)?;
        if !self.is_ready() {
            return Err(EngineError::Unavailable("the engine's thread has died".into()));
        }
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        let Prompted { tokens: prompt, message, opening } = self.prompt(&request.messages).await?;
        let prompt_tokens = u32::try_from(prompt.len()).unwrap_or(u32::MAX);
        let limit = self.served.context_length;
        if prompt_tokens >= limit {
            return Err(EngineError::PromptTooLong { tokens: prompt_tokens, limit });
        }
        self.check_tokens("`logit_bias`", request.sampling.logit_bias.iter().map(|bias| bias.id))?;
        let max_tokens = request.sampling.max_tokens.min(limit - prompt_tokens);
        let sees = matches!(message, RequestMessage::MultimodalChat { .. });
        let echoed = if request.sampling.echo { self.echo(&request, &prompt, sees).await? } else { vec![] };
        let echoed = futures::stream::iter(echoed.into_iter().map(|piece| Ok(Generated::Tokens(piece))));
        if max_tokens == 0 {
            let finish = Finish { reason: FinishReason::Length, prompt_tokens, completion_tokens: 0, stop: None };
            return Ok(guarded(echoed.chain(futures::stream::iter([Ok(Generated::Finished(finish))]))));
        }
        let grammar = self.grammar(&request.sampling.schema).await?.map(Mutex::new);
        let closed = |_| EngineError::Unavailable("the engine is closed".into());
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(closed)?;

        let (choices_sender, choices) = mpsc::unbounded_channel();
        let (responses_sender, responses) = mpsc::channel(max_tokens as usize + SPARE_RESPONSES);
        let filter = StopFilter::new(&request.sampling.stop);
        let teller = request.sampling.top_logprobs.map(|_| self.teller.clone());
        let prompt_length = Arc::new(OnceLock::new());
        let processor = Processor::new(request.sampling, Arc::clone(&prompt_length), grammar, choices_sender, running);
        let processors: Vec<Arc<dyn CustomLogitsProcessor>> = vec![Arc::new(processor)];
        let request = NormalRequest {
            is_streaming: true,
            logits_processors: Some(processors),
            ..NormalRequest::new_simple(
                message,
                SamplingParams {
                    temperature: Some(0.0),
                    max_len: Some(max_tokens as usize),
                    ..SamplingParams::deterministic()
                },
                responses_sender,
                self.model.inner().next_request_id(),
                None,
                None,
            )
        };
        self.requests
            .send(Request::Normal(Box::new(request)))
            .await
            .map_err(|_| EngineError::Unavailable("the engine's thread has died".into()))?;
        let run = Generation {
            choices,
            responses,
            detokeniser: Detokeniser::new(Arc::clone(&self.tokenizer), Arc::clone(&self.hidden), opening),
            teller,
            filter,
            ends: Arc::clone(&self.ends),
            last: None,
            prompt_tokens,
            prompt_length,
            sees,
            context_length: limit,
            max_tokens,
            given: 0,
            reason: None,
            finish: None,
            _admitted: admitted,
        };
        Ok(guarded(echoed.chain(futures::stream::unfold(run, async |mut run| {
            let item = run.next().await;
            Some((item, run))
        }))))
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        self.examine_output(request, examine).await
    }

    async fn tell_tokens(&self, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        if model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(model.to_owned()));
        }
        self.answer(question).await
    }

    fn is_ready(&self) -> bool {
        !self.requests.is_closed()
    }
}

struct Generation {
    choices: mpsc::UnboundedReceiver<Chosen>,
    responses: mpsc::Receiver<Response>,
    detokeniser: Detokeniser,
    /// Says more about each token, where the request asks for it.
    teller: Option<Teller>,
    filter: StopFilter,
    ends: Arc<Ends>,
    last: Option<u32>,
    prompt_tokens: u32,
    /// What it is in the end, once the first token was chosen: an image takes many tokens.
    prompt_length: Arc<OnceLock<usize>>,
    sees: bool,
    context_length: u32,
    max_tokens: u32,
    given: u32,
    /// What mistral.rs gave as the reason for ending.
    reason: Option<FinishReason>,
    finish: Option<Finish>,
    _admitted: OwnedSemaphorePermit,
}

impl Generation {
    async fn next(&mut self) -> Result<Generated, EngineError> {
        loop {
            if let Some(finish) = self.finish {
                return Ok(Generated::Finished(finish));
            }
            let mut chunk = TokenChunk::default();
            tokio::select! {
                biased;
                Some(chosen) = self.choices.recv() => {
                    self.take(chosen, &mut chunk)?;
                    self.take_waiting(&mut chunk)?;
                }
                response = self.responses.recv() => {
                    self.note(response.as_ref())?;
                    // Every token was chosen before the response that tells of it.
                    self.take_waiting(&mut chunk)?;
                    if self.reason.is_some() || response.is_none() {
                        self.end(&mut chunk)?;
                    }
                }
            }
            if self.given >= self.max_tokens || self.filter.is_stopped() {
                self.end(&mut chunk)?;
            }
            if !chunk.ids.is_empty() || !chunk.text.is_empty() {
                return Ok(Generated::Tokens(chunk));
            }
        }
    }

    fn take_waiting(&mut self, chunk: &mut TokenChunk) -> Result<(), EngineError> {
        while let Ok(chosen) = self.choices.try_recv() {
            self.take(chosen, chunk)?;
        }
        Ok(())
    }

    /// Adds one token, unless the output has ended before it: what comes later than a stop text must not depend on timing.
    fn take(&mut self, Chosen { choice, top }: Chosen, chunk: &mut TokenChunk) -> Result<(), EngineError> {
        if self.filter.is_stopped() || self.given >= self.max_tokens {
            return Ok(());
        }
        if let (0, Some(length)) = (self.given, self.prompt_length.get()) {
            self.prompt_tokens = u32::try_from(*length).unwrap_or(u32::MAX);
            self.max_tokens = self.max_tokens.min(self.context_length.saturating_sub(self.prompt_tokens)).max(1);
        }
        let text = self.detokeniser.push(choice.id).map_err(EngineError::Interrupted)?;
        self.given += 1;
        self.last = Some(choice.id);
        chunk.ids.push(choice.id);
        chunk.log_probabilities.push(choice.log_probability);
        chunk.details.extend(self.teller.as_ref().map(|teller| teller.detail(choice.id, top)));
        let text = self.filter.push(&text);
        chunk.lengths.push(text.len() as u32);
        chunk.text.push_str(&text);
        Ok(())
    }

    fn note(&mut self, response: Option<&Response>) -> Result<(), EngineError> {
        let reason = match response {
            Some(Response::CompletionChunk(chunk)) => {
                chunk.choices.first().and_then(|choice| choice.finish_reason.as_deref())
            }
            Some(Response::Chunk(chunk)) => chunk.choices.first().and_then(|choice| choice.finish_reason.as_deref()),
            Some(Response::ValidationError(error)) => return Err(EngineError::Invalid(error.to_string())),
            Some(Response::InternalError(error)) => return Err(self.broken(error.to_string())),
            Some(Response::CompletionModelError(error, _) | Response::ModelError(error, _)) => {
                return Err(self.broken(error.clone()));
            }
            Some(_) => return Err(EngineError::Interrupted("an answer of the wrong kind".into())),
            None => return Ok(()),
        };
        self.reason = match reason {
            None => None,
            Some("stop") => Some(FinishReason::Stop),
            Some("length") => Some(FinishReason::Length),
            Some(other) => return Err(EngineError::Interrupted(format!("generation ended with `{other}`"))),
        };
        Ok(())
    }

    /// Before the first token it is the images that the model cannot take; another miner could not either.
    fn broken(&self, error: String) -> EngineError {
        match self.sees && self.given == 0 {
            true => EngineError::Invalid(format!("the model cannot take these images: {error}")),
            false => EngineError::Interrupted(error),
        }
    }

    /// Settles how it ended, and gives out the text held back.
    fn end(&mut self, chunk: &mut TokenChunk) -> Result<(), EngineError> {
        if self.finish.is_some() {
            return Ok(());
        }
        if !self.filter.is_stopped() {
            let rest = self.detokeniser.finish().map_err(EngineError::Interrupted)?;
            chunk.text.push_str(&self.filter.push(&rest));
        }
        let reason = match self.reason {
            _ if self.filter.is_stopped() => FinishReason::Stop,
            Some(reason) => reason,
            // The response that tells of a last token never comes where the character before it is incomplete.
            None if self.last.is_some_and(|id| self.ends.may(id)) => FinishReason::Stop,
            None if self.given >= self.max_tokens => FinishReason::Length,
            None => return Err(EngineError::Interrupted("the engine's thread dropped the request".into())),
        };
        chunk.text.push_str(&self.filter.finish());
        self.finish = Some(Finish {
            reason,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.given,
            stop: self.filter.stopped_by(),
        });
        Ok(())
    }
}
