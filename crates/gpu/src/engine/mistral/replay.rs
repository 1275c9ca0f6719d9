//! Replaying claimed tokens: an ordinary run in which the logits processor forces each of them, and notes what the model says of it.
//!
//! To mistral.rs it is a request like any other: it runs beside others, and one that nobody waits for any more is dropped.

use std::{
    ops::Range,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use candle_core::{DType, Device, Result as CandleResult, Tensor};
use cuckoo_protocol::task::{
    Sampling,
    sampler::{History, Position},
};
use mistralrs::{CustomLogitsProcessor, NormalRequest, Request, RequestMessage, SamplingParams};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{
    Grammar, Mistral, SPARE_RESPONSES,
    examine::{failure, position},
};
use crate::engine::{EngineError, GenerateRequest};

/// The processor of one replay. It lives exactly as long as the request's sequence.
struct Replay {
    sampling: Sampling,
    /// All claimed tokens.
    ids: Arc<[u32]>,
    /// Those that are forced.
    window: Range<u32>,
    /// Tokens before the first forced one.
    prompt_length: Arc<OnceLock<usize>>,
    grammar: Option<Mutex<Grammar>>,
    /// What is before the next token, once one was forced.
    history: Mutex<Option<History>>,
    positions: mpsc::UnboundedSender<Position>,
    _place: OwnedSemaphorePermit,
}

impl CustomLogitsProcessor for Replay {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> CandleResult<Tensor> {
        let values: Vec<f32> = logits.to_dtype(DType::F32)?.to_vec1()?;
        let step = context.len().saturating_sub(*self.prompt_length.get_or_init(|| context.len()));
        let place = self.window.start as usize + step;
        let id = self.ids.get(place).copied();
        let id = id.ok_or_else(|| candle_core::Error::Msg("a replay has come to its end".into()))?;
        let mut grammar = self.grammar.as_ref().map(|grammar| grammar.lock().unwrap_or_else(PoisonError::into_inner));
        let mut kept = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let history = match kept.take().filter(|history| history.position() == place as u64) {
            Some(history) => kept.insert(history),
            // The tokens before the window stand behind the prompt, as if they were a part of it.
            None => kept.insert(History::of(
                &self.sampling,
                &context[..context.len().saturating_sub(place)],
                self.ids.get(..place).unwrap_or_default(),
            )),
        };
        let position = position(&values, &self.sampling, history, id, grammar.as_deref_mut())
            .map_err(|error| candle_core::Error::Msg(error.to_string()))?;
        // A caller that has left is noticed by mistral.rs itself, at the response that follows.
        let _ = self.positions.send(position);
        let mut only = vec![0f32; values.len()];
        if let Some(forced) = only.get_mut(id as usize) {
            *forced = 1.0;
        }
        let length = only.len();
        Tensor::from_vec(only, length, &Device::Cpu)
    }
}

impl Mistral {
    /// Forces the tokens of a window on the model, which has read those before it. Returns the tokens that it has read, where it got
    /// that far, and what it says of the forced ones; fewer where one of them ends the answer.
    pub(super) async fn replay(
        &self,
        request: &GenerateRequest,
        message: RequestMessage,
        ids: &Arc<[u32]>,
        window: Range<u32>,
        grammar: Option<Grammar>,
    ) -> Result<(Option<u32>, Vec<Position>), EngineError> {
        let count = window.len();
        let closed = |_| EngineError::Unavailable("the engine is closed".into());
        let place = Arc::clone(self.extra.as_ref().unwrap_or(&self.running)).acquire_owned().await.map_err(closed)?;
        let (positions_sender, mut positions) = mpsc::unbounded_channel();
        let (responses_sender, mut responses) = mpsc::channel(count + SPARE_RESPONSES);
        let prompt_length = Arc::new(OnceLock::new());
        let processor: Arc<dyn CustomLogitsProcessor> = Arc::new(Replay {
            sampling: request.sampling.clone(),
            ids: Arc::clone(ids),
            window,
            prompt_length: Arc::clone(&prompt_length),
            grammar: grammar.map(Mutex::new),
            history: Mutex::new(None),
            positions: positions_sender,
            _place: place,
        });
        let run = NormalRequest {
            is_streaming: true,
            logits_processors: Some(vec![processor]),
            ..NormalRequest::new_simple(
                message,
                SamplingParams { temperature: Some(0.0), max_len: Some(count), ..SamplingParams::deterministic() },
                responses_sender,
                self.model.inner().next_request_id(),
                None,
                None,
            )
        };
        let sent = self.requests.send(Request::Normal(Box::new(run))).await;
        sent.map_err(|_| EngineError::Unavailable("the engine's thread has died".into()))?;
        let mut found = Vec::with_capacity(count);
        while found.len() < count {
            tokio::select! {
                biased;
                Some(position) = positions.recv() => found.push(position),
                response = responses.recv() => match response.as_ref().map(failure) {
                    Some(None) => {}
                    Some(Some(error)) => return Err(error),
                    None => break,
                },
            }
        }
        // Every token was forced before the end that the responses tell of.
        while let Ok(position) = positions.try_recv() {
            found.push(position);
        }
        if found.is_empty() && count > 0 {
            return Err(EngineError::Interrupted("the engine's thread dropped the examination".into()));
        }
        let read = prompt_length.get().map(|length| u32::try_from(*length).unwrap_or(u32::MAX));
        Ok((read, found))
    }

    /// Replays an answer about images, which stand in messages that mistral.rs has to render itself, so that no prefill can go on
    /// from the middle of the answer. It goes on to `end`, which is that of the last of the windows, and everything before is examined
    /// as well.
    pub(super) async fn replay_from_start(
        &self,
        request: &GenerateRequest,
        message: RequestMessage,
        ids: &Arc<[u32]>,
        end: u32,
    ) -> Result<(Option<u32>, Vec<(u32, Position)>), EngineError> {
        if end == 0 {
            return Ok((None, vec![]));
        }
        let grammar = self.grammar(&request.sampling.schema).await?;
        let (read, positions) = self.replay(request, message, ids, 0..end, grammar).await?;
        Ok((read, (0..).zip(positions).collect()))
    }
}
