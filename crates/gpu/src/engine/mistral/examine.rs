//! Examining claimed outputs: the logits that an honest node had before each token, by one prefill of prompt and output where the
//! logits of all tokens fit into memory, else by [replay](super::replay) of some windows.
//!
//! mistral.rs panics when a request for raw logits runs beside any other one. A prefill therefore takes all slots; where that would
//! mean to wait for answers on a GPU, the output is replayed in the place that is kept for examinations.

use std::{ops::Range, sync::Arc};

use candle_core::{DType, Tensor};
use cuckoo_protocol::{
    audit::{Examined, coin},
    task::{
        Examine, Kind, Sampling,
        sampler::{self, History, Position},
    },
};
use mistralrs::{NormalRequest, Request, RequestMessage, Response, SamplingParams};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::{Detokeniser, Grammar, Mistral, Prompted, SPARE_RESPONSES};
use crate::engine::{EngineError, GenerateRequest, language::read_answer};

/// What a token is that the model does not have, or that its schema forbids.
const IMPOSSIBLE: Position = Position { log_probability: f32::NEG_INFINITY, shortfall: f32::INFINITY };

/// Places of tokens, and what the model says of each.
type Found = Vec<(u32, Position)>;

impl Mistral {
    /// See [`crate::Engine::examine`].
    pub(super) async fn examine_output(
        &self,
        request: &GenerateRequest,
        examine: &Examine,
    ) -> Result<Examined, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model.clone()));
        }
        request.check(Kind::Text)?;
        let Prompted { tokens: prompt, message, opening } = self.prompt(&request.messages).await?;
        let tokens = u32::try_from(prompt.len() + examine.ids.len()).unwrap_or(u32::MAX);
        let limit = self.served.context_length;
        if tokens > limit {
            return Err(EngineError::PromptTooLong { tokens, limit });
        }
        let detokeniser = Detokeniser::new(Arc::clone(&self.tokenizer), Arc::clone(&self.hidden), opening);
        let (text, ends_after) = read_answer(detokeniser, &self.ends, &request.sampling.stop, &examine.ids)?;
        let mut prompt_tokens = u32::try_from(prompt.len()).unwrap_or(u32::MAX);
        // What comes after a token that the model does not have cannot be computed.
        let known = examine.ids.iter().take_while(|id| (**id as usize) < self.vocabulary).count();
        let ids: Arc<[u32]> = examine.ids[..known].into();
        // They are drawn among all tokens that are claimed, and computed as far as the model has these.
        let mut windows = coin::windows(examine.seed, u32::try_from(examine.ids.len()).unwrap_or(u32::MAX));
        let limit = u32::try_from(known).unwrap_or(u32::MAX);
        let end = windows.last().map_or(0, |window| window.end.min(limit));
        windows.retain(|window| window.start < limit);
        windows.iter_mut().for_each(|window| window.end = window.end.min(limit));
        let mut found = match message {
            RequestMessage::MultimodalChat { .. } => {
                let (length, found) = self.replay_from_start(request, message, &ids, end).await?;
                prompt_tokens = length.unwrap_or(prompt_tokens);
                found
            }
            _ => self.examine_tokens(request, &prompt, &ids, windows).await?,
        };
        found.extend((known..examine.ids.len()).map(|place| (place as u32, IMPOSSIBLE)));
        let all = found.len() == examine.ids.len();
        let (places, positions): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let places = (!all).then_some(places);
        Ok(Examined { prompt_tokens, places, positions, text, end: ends_after, distances: vec![] })
    }

    /// Examines an answer to a text.
    async fn examine_tokens(
        &self,
        request: &GenerateRequest,
        prompt: &[u32],
        ids: &Arc<[u32]>,
        windows: Vec<Range<u32>>,
    ) -> Result<Found, EngineError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let grammar = self.grammar(&request.sampling.schema).await?;
        let fits = (prompt.len() + ids.len()).saturating_mul(self.vocabulary * 4) <= self.examine_memory;
        if fits && let Some(alone) = self.alone().await? {
            match self.prefill(&request.sampling, prompt, ids, grammar, alone).await {
                // The memory that a GPU has left is not known beforehand.
                Err(EngineError::Interrupted(error)) if self.extra.is_some() && !self.requests.is_closed() => {
                    tracing::warn!(error, "the logits of an examination do not fit; its output is replayed");
                }
                positions => return Ok((0..).zip(positions?).collect()),
            }
        }
        let mut found = vec![];
        for window in windows {
            let Range { start, end } = window.clone();
            let mut grammar = self.grammar(&request.sampling.schema).await?;
            if let Some(grammar) = &mut grammar {
                // One that was not allowed shows at the next place that is examined.
                ids[..start as usize].iter().for_each(|id| drop(grammar.take(*id)));
            }
            let message = RequestMessage::CompletionTokens([prompt, &ids[..start as usize]].concat());
            let (_, positions) = self.replay(request, message, ids, window, grammar).await?;
            let complete = positions.len() == (end - start) as usize;
            found.extend((start..).zip(positions));
            // mistral.rs goes no further than a token that ends answers.
            if !complete {
                break;
            }
        }
        Ok(found)
    }

    /// Every slot, for a request for raw logits. `None` where other work has them and there is another way.
    async fn alone(&self) -> Result<Option<Alone>, EngineError> {
        let Some(extra) = &self.extra else { return self.wait_alone().await.map(Some) };
        let closed = |_| EngineError::Unavailable("the engine is closed".into());
        let extra = Arc::clone(extra).acquire_owned().await.map_err(closed)?;
        let slots = Arc::clone(&self.running).try_acquire_many_owned(self.served.slots).ok();
        Ok(slots.map(|slots| Alone { _slots: slots, _extra: Some(extra) }))
    }

    /// Every slot, once no other work has any.
    pub(super) async fn wait_alone(&self) -> Result<Alone, EngineError> {
        let closed = |_| EngineError::Unavailable("the engine is closed".into());
        // In this order, so that examinations go on while this waits for answers. One that has the place never waits for slots.
        let slots = Arc::clone(&self.running).acquire_many_owned(self.served.slots).await.map_err(closed)?;
        let extra = match &self.extra {
            Some(extra) => Some(Arc::clone(extra).acquire_owned().await.map_err(closed)?),
            None => None,
        };
        Ok(Alone { _slots: slots, _extra: extra })
    }

    /// What one prefill says of every token.
    async fn prefill(
        &self,
        sampling: &Sampling,
        prompt: &[u32],
        ids: &Arc<[u32]>,
        mut grammar: Option<Grammar>,
        alone: Alone,
    ) -> Result<Vec<Position>, EngineError> {
        let chunks = self.logits([prompt, ids].concat(), alone).await?;
        let (sampling, ids, first) = (sampling.clone(), Arc::clone(ids), prompt.len().saturating_sub(1));
        let prompt = prompt.to_vec();
        let judged = tokio::task::spawn_blocking(move || {
            let mut positions = Vec::with_capacity(ids.len());
            let mut history = History::new(&sampling, &prompt);
            // A row predicts the token after it.
            let mut row_number = 0;
            for chunk in chunks {
                let chunk = if chunk.rank() == 3 { chunk.squeeze(0).map_err(interrupted)? } else { chunk };
                for row in 0..chunk.dim(0).map_err(interrupted)? {
                    row_number += 1;
                    let place = positions.len();
                    if row_number <= first || place >= ids.len() {
                        continue;
                    }
                    let row = chunk.get(row).and_then(|row| row.to_dtype(DType::F32)?.to_vec1());
                    let row: Vec<f32> = row.map_err(interrupted)?;
                    positions.push(position(&row, &sampling, &mut history, ids[place], grammar.as_mut())?);
                }
            }
            match positions.len() == ids.len() {
                true => Ok(positions),
                false => Err(EngineError::Interrupted("mistral.rs gave too few logits".into())),
            }
        });
        judged.await.map_err(|error| EngineError::Interrupted(error.to_string()))?
    }

    /// A row of logits for each token, in pieces.
    pub(super) async fn logits(&self, tokens: Vec<u32>, alone: Alone) -> Result<Vec<Tensor>, EngineError> {
        let (sender, mut responses) = mpsc::channel(SPARE_RESPONSES);
        let request = NormalRequest {
            return_raw_logits: true,
            ..NormalRequest::new_simple(
                RequestMessage::CompletionTokens(tokens),
                SamplingParams { temperature: Some(0.0), max_len: Some(0), ..SamplingParams::deterministic() },
                sender,
                self.model.inner().next_request_id(),
                None,
                None,
            )
        };
        let requests = self.requests.clone();
        let (done, received) = oneshot::channel();
        // It would end the engine to go away before the answer. And after the answer mistral.rs decodes one token more, whose failure
        // would hit whatever runs beside it: only when the channel is closed is the sequence gone.
        self.unbroken.spawn(async move {
            let sent = requests.send(Request::Normal(Box::new(request))).await;
            let mut response = None;
            while sent.is_ok() {
                match responses.recv().await {
                    Some(next) => response = response.or(Some(next)),
                    None => break,
                }
            }
            drop(alone);
            // The caller may have left.
            let _ = done.send(response);
        });
        let response = received.await.map_err(|_| EngineError::Unavailable("the examination broke off".into()))?;
        match response {
            Some(Response::Raw { logits_chunks, .. }) => Ok(logits_chunks),
            Some(response) => Err(failure(&response).unwrap_or_else(wrong_kind)),
            None => Err(EngineError::Unavailable("the engine's thread has died".into())),
        }
    }
}

/// All slots, and the place that a GPU keeps for examinations.
pub(super) struct Alone {
    _slots: OwnedSemaphorePermit,
    _extra: Option<OwnedSemaphorePermit>,
}

/// What the logits say of the token that was claimed after `history`, to which it is added.
pub(super) fn position(
    logits: &[f32],
    sampling: &Sampling,
    history: &mut History,
    id: u32,
    grammar: Option<&mut Grammar>,
) -> Result<Position, EngineError> {
    let found = match grammar {
        None => sampler::examine(logits, sampling, history, id),
        Some(grammar) => {
            // After a token that was not allowed nothing is: every later one is as wrong.
            let allowed = grammar.allowed().ok().map(|allowed| allowed.of(logits));
            let _ = grammar.take(id);
            match allowed {
                Some(allowed) => sampler::examine_among(allowed, logits, sampling, history, id),
                None => Some(IMPOSSIBLE),
            }
        }
    };
    history.push(id);
    found.ok_or_else(|| EngineError::Interrupted("the model gave no usable logits".into()))
}

/// The error that a response tells of.
pub(super) fn failure(response: &Response) -> Option<EngineError> {
    match response {
        Response::ValidationError(error) => Some(EngineError::Invalid(error.to_string())),
        Response::InternalError(error) => Some(EngineError::Interrupted(error.to_string())),
        Response::CompletionModelError(error, _) | Response::ModelError(error, _) => {
            Some(EngineError::Interrupted(error.clone()))
        }
        _ => None,
    }
}

fn wrong_kind() -> EngineError {
    EngineError::Interrupted("an answer of the wrong kind".into())
}

pub(super) fn interrupted(error: candle_core::Error) -> EngineError {
    EngineError::Interrupted(error.to_string())
}
