//! One run of the engine: what it generates goes over the link, and what it comes to goes to the machine.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::primitives::B256;
use cuckoo_gpu::{Engine, EngineError, Finish, GenerateRequest, Generated};
use cuckoo_protocol::{
    miner::{
        Input, LeaseId, Order, Request,
        order::{Completed, Generation},
    },
    task::{Examine, FinishReason, TokenDetail},
    wire::{self, Body, RefuseCode},
};
use futures::{FutureExt, StreamExt};
use tokio::time;

use super::outbox::Outbox;

/// At most this many pieces of the engine's output are taken at once, so that an application still sees an answer grow.
const MAX_PIECES: usize = 8;
/// The same of an answer that nobody reads as it comes.
const MAX_QUIET_PIECES: usize = 128;
/// A quiet lease says nothing for this long: what is done by then goes with the result.
const QUIET: Duration = Duration::from_millis(20);
/// How long the pieces of an answer that nobody reads as it comes are gathered into one frame after that, and how often the
/// machine hears of progress.
const GATHER: Duration = Duration::from_millis(250);
/// A frame is sent at this many pieces: a coordinator counts at most 1,024 of one frame.
const FULL_PIECES: u32 = 1_024 - MAX_QUIET_PIECES as u32;
/// A frame is sent at this many bytes: frames have a limit.
const FULL_BYTES: usize = 1 << 20;

/// Who hears how runs go on and end.
pub(super) trait Hears: Send + Sync + 'static {
    /// A run goes on, or has ended.
    fn hears(self: &Arc<Self>, input: Input);

    /// A run has an answer, which is heard of next: what proves it, but for the signature of its receipt.
    fn answered(self: &Arc<Self>, lease: LeaseId, draft: Draft);
}

/// What proves an answer, once its receipt is signed.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) request: GenerateRequest,
    pub(super) salt: B256,
    pub(super) text: String,
    pub(super) token_ids: Vec<u32>,
    pub(super) log_probabilities: Vec<f32>,
    pub(super) class: String,
    pub(super) completed: Completed,
}

/// One run.
pub(super) struct Run<H> {
    pub(super) hearer: Arc<H>,
    pub(super) engine: Arc<dyn Engine>,
    pub(super) lease: LeaseId,
    pub(super) order: Arc<Order>,
    /// Where frames with what is generated go.
    pub(super) outbox: Arc<Outbox>,
}

/// Runs the engine for a lease and reports how that ended.
pub(super) async fn run<H: Hears>(run: Run<H>, request: Request) {
    let (hearer, lease) = (run.hearer.clone(), run.lease);
    // A lease has an end even where the engine's code has a defect.
    let ended = AssertUnwindSafe(run.work(request)).catch_unwind().await;
    let ended = ended.unwrap_or_else(|_| Err(EngineError::Interrupted("its code panicked".into())));
    let input = match ended {
        Ok(completed) => Input::Generated { lease, completed: Box::new(completed) },
        Err(error) => Input::Failed { lease, code: code(&error), reason: error.to_string() },
    };
    hearer.hears(input);
}

const fn code(error: &EngineError) -> RefuseCode {
    if error.is_busy() {
        RefuseCode::Busy
    } else if error.is_request_fault() {
        RefuseCode::Invalid
    } else {
        RefuseCode::Failed
    }
}

/// Everything that was generated.
#[derive(Default)]
struct Output {
    text: String,
    ids: Vec<u32>,
    log_probabilities: Vec<f32>,
    /// What was not sent yet.
    chunk: wire::Chunk,
    /// Bytes that the details in it have, roughly.
    told: usize,
    sent_at: Option<Instant>,
}

impl<H: Hears> Run<H> {
    async fn work(self, Request { model, messages, sampling, examine }: Request) -> Result<Completed, EngineError> {
        let request = GenerateRequest { model, messages, sampling };
        match examine {
            None => self.generate(request).await,
            Some(examine) => self.examine(&request, &examine).await,
        }
    }

    /// Has the engine say what it thinks of an output. Its numbers are the text of the answer, so that the receipt commits to them.
    async fn examine(self, request: &GenerateRequest, examine: &Examine) -> Result<Completed, EngineError> {
        self.outbox.push(Body::Accept(self.order.lease()));
        let examined = self.engine.examine(request, examine).await?;
        let text = examined.encode();
        let lease = Some(self.order.lease());
        self.outbox.push_later(wire::Chunk { lease, text: text.clone(), pieces: 1, ..wire::Chunk::default() }.into());
        let ids = u32::try_from(examine.ids.len()).unwrap_or(u32::MAX);
        let prompt_tokens = examined.prompt_tokens.saturating_add(ids);
        let finish = Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: 0, stop: None };
        Ok(self.order.complete(Generation { text: &text, ids: &[], log_probabilities: &[], finish }))
    }

    async fn generate(self, request: GenerateRequest) -> Result<Completed, EngineError> {
        let quiet = self.order.quiet;
        let mut silence = pin!(time::sleep(QUIET));
        let mut silent = quiet;
        let mut starting = self.engine.generate(request.clone());
        let stream = loop {
            tokio::select! {
                biased;
                stream = &mut starting => break stream?,
                () = &mut silence, if silent => {
                    silent = false;
                    self.outbox.push(Body::Accept(self.order.lease()));
                }
            }
        };
        let mut stream = stream.ready_chunks(if quiet { MAX_QUIET_PIECES } else { MAX_PIECES });
        let mut output = Output::default();
        loop {
            let items = tokio::select! {
                biased;
                items = stream.next() => items,
                () = &mut silence, if silent => {
                    silent = false;
                    if output.has_nothing() {
                        self.outbox.push(Body::Accept(self.order.lease()));
                    } else {
                        self.send(&mut output).await;
                    }
                    continue;
                }
            };
            let Some(items) = items else {
                return Err(EngineError::Interrupted("the output ended without a reason to finish".into()));
            };
            if let Some(finish) = output.take(items) {
                return Ok(self.complete(request, output, finish?));
            }
            if !quiet || output.is_due(silent) {
                self.send(&mut output).await;
            }
        }
    }

    /// Sends what has gathered.
    async fn send(&self, output: &mut Output) {
        if output.has_nothing() {
            return;
        }
        let now = Instant::now();
        let chunk = output.next_chunk(self.order.lease());
        // The end says how many tokens there are in all; until then it is told now and then.
        if output.sent_at.is_none_or(|at| now.duration_since(at) >= GATHER) {
            output.sent_at = Some(now);
            let tokens = output.ids.len() as u32;
            self.hearer.hears(Input::Progress { lease: self.lease, tokens });
        }
        self.outbox.push(chunk.into());
        self.outbox.room().await;
    }

    /// The end: what was not sent yet goes with the result.
    fn complete(&self, request: GenerateRequest, mut output: Output, finish: Finish) -> Completed {
        if !output.has_nothing() {
            let chunk = output.next_chunk(self.order.lease()).into();
            if self.order.quiet {
                self.outbox.push_later(chunk);
            } else {
                self.outbox.push(chunk);
            }
        }
        let Output { text, ids, log_probabilities, .. } = output;
        let generation = Generation { text: &text, ids: &ids, log_probabilities: &log_probabilities, finish };
        let completed = self.order.complete(generation);
        let (salt, token_ids) = (self.order.salt, ids);
        let (class, answer) = (self.order.class.clone(), completed.clone());
        let draft = Draft { request, salt, text, token_ids, log_probabilities, class, completed: answer };
        self.hearer.answered(self.lease, draft);
        completed
    }
}

impl Output {
    /// Takes in items of the engine. Returns how it ended, where it did.
    fn take(&mut self, items: Vec<Result<Generated, EngineError>>) -> Option<Result<Finish, EngineError>> {
        let mut end = None;
        for item in items {
            match item {
                Ok(Generated::Tokens(tokens)) => {
                    // A prompt is no part of what is generated.
                    self.chunk.pieces += u32::from(tokens.prompt.is_none());
                    self.chunk.text.push_str(&tokens.text);
                    self.chunk.token_ids.extend(tokens.ids);
                    self.chunk.log_probabilities.extend(tokens.log_probabilities);
                    self.chunk.lengths.extend(tokens.lengths);
                    self.told += tokens.details.iter().map(weight).sum::<usize>();
                    self.chunk.details.extend(tokens.details.into_iter().map(wire::TokenDetail::from));
                    if let Some(prompt) = tokens.prompt {
                        self.told += prompt.text.len();
                        self.told += prompt.scores.iter().map(|score| weight(&score.detail)).sum::<usize>();
                        self.chunk.prompt.get_or_insert_default().extend(prompt);
                    }
                }
                Ok(Generated::Finished(finish)) => end = Some(Ok(finish)),
                Err(error) => end = Some(Err(error)),
            }
        }
        end
    }

    /// Whether there is nothing to send.
    const fn has_nothing(&self) -> bool {
        self.chunk.pieces == 0 && self.chunk.prompt.is_none()
    }

    /// Whether a frame of an answer that nobody reads as it comes is to be sent now.
    fn is_due(&self, silent: bool) -> bool {
        let waited = self.sent_at.is_none_or(|at| at.elapsed() >= GATHER);
        (waited && !silent) || self.chunk.pieces >= FULL_PIECES || self.chunk.text.len() + self.told >= FULL_BYTES
    }

    fn next_chunk(&mut self, lease: wire::Lease) -> wire::Chunk {
        self.told = 0;
        self.text.push_str(&self.chunk.text);
        self.ids.extend_from_slice(&self.chunk.token_ids);
        self.log_probabilities.extend_from_slice(&self.chunk.log_probabilities);
        wire::Chunk { lease: Some(lease), ..std::mem::take(&mut self.chunk) }
    }
}

/// Bytes that a token's details have in a frame, at most about.
fn weight(detail: &TokenDetail) -> usize {
    /// What a number costs, with its tags and lengths.
    const EACH: usize = 12;
    EACH + detail.bytes.len() + detail.top.iter().map(|other| EACH + other.bytes.len()).sum::<usize>()
}

#[cfg(test)]
mod tests;
