//! Examining claimed outputs: one prefill of prompt and output, whose raw logits are what an honest node had before it.

use std::sync::Arc;

use candle_core::{DType, IndexOp, Tensor};
use cuckoo_protocol::{
    audit::Examined,
    task::{
        Examine,
        sampler::{Position, examine_among},
    },
};
use mistralrs::{NormalRequest, Request, RequestMessage, Response, SamplingParams};
use tokio::sync::{mpsc, oneshot};

use super::{Detokeniser, Input, Mistral, SPARE_RESPONSES};
use crate::engine::{EngineError, GenerateRequest, stop::StopFilter};

/// Bytes of logits that one examination may take: a row of the whole vocabulary per token, 4 bytes each.
const MOST_LOGITS: usize = 4 << 30;

impl Mistral {
    /// See [`crate::Engine::examine`].
    pub(super) async fn examine_output(
        &self,
        request: &GenerateRequest,
        Examine { ids, .. }: &Examine,
    ) -> Result<Examined, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model.clone()));
        }
        if let Some(id) = ids.iter().find(|id| **id as usize >= self.vocabulary) {
            return Err(EngineError::Invalid(format!("the model has no token {id}")));
        }
        let input = Input::of(&request.messages, self.knows_tools)?;
        if input.images().is_some() {
            return Err(EngineError::Invalid("an answer about images cannot be examined, only made again".into()));
        }
        let mut tokens = self.tokenise(input).await?;
        let prompt_tokens = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        tokens.extend_from_slice(ids);
        if tokens.len() > self.served.context_length as usize || tokens.len() * self.vocabulary * 4 > MOST_LOGITS {
            return Err(EngineError::Invalid(format!("{} tokens are too many to examine at once", tokens.len())));
        }
        let (text, end) = self.read(request, ids)?;
        let first = prompt_tokens as usize;
        let logits = match ids.as_slice() {
            [] => vec![],
            _ => self.logits(tokens).await?,
        };
        // A row predicts the token after it.
        let rows = logits.iter().skip(first.saturating_sub(1));
        let mut grammar = self.grammar(&request.sampling.schema).await?;
        let positions = rows.zip(ids).enumerate().map(|(index, (row, &id))| -> Result<Position, EngineError> {
            let row: Vec<f32> = row.to_vec1().map_err(interrupted)?;
            // After a token that was not allowed nothing is: every later one is as wrong.
            let allowed = grammar.as_mut().map(|grammar| {
                let allowed =
                    grammar.allowed().map_or_else(|_| vec![f32::NEG_INFINITY; row.len()], |mask| mask.of(&row));
                let _ = grammar.take(id);
                allowed
            });
            let allowed = allowed.as_ref().unwrap_or(&row);
            examine_among(allowed, &row, &request.sampling, index as u64, id)
                .ok_or_else(|| EngineError::Invalid(format!("the model has no token {id}")))
        });
        let positions: Vec<_> = positions.collect::<Result<_, _>>()?;
        if positions.len() != ids.len() {
            return Err(EngineError::Interrupted("mistral.rs gave too few logits".into()));
        }
        Ok(Examined { prompt_tokens, places: None, positions, text, end, distances: vec![] })
    }

    /// The text of an output, and after how many tokens it ends by itself.
    fn read(&self, request: &GenerateRequest, ids: &[u32]) -> Result<(String, Option<u32>), EngineError> {
        let mut detokeniser = Detokeniser::new(Arc::clone(&self.tokenizer));
        let mut filter = StopFilter::new(&request.sampling.stop);
        let (mut text, mut end) = (String::new(), None);
        for (index, id) in ids.iter().enumerate() {
            let more = detokeniser.push(*id).map_err(EngineError::Invalid)?;
            text.push_str(&filter.push(&more));
            let ends = self.ends.must(*id) || (index + 1 == ids.len() && self.ends.may(*id));
            if end.is_none() && (ends || filter.is_stopped()) {
                end = Some(index as u32 + 1);
            }
        }
        if !filter.is_stopped() {
            text.push_str(&filter.push(&detokeniser.finish().map_err(EngineError::Invalid)?));
            if filter.is_stopped() {
                end.get_or_insert(ids.len() as u32);
            }
        }
        text.push_str(&filter.finish());
        Ok((text, end))
    }

    /// A row of logits for each token.
    async fn logits(&self, tokens: Vec<u32>) -> Result<Vec<Tensor>, EngineError> {
        let count = tokens.len();
        // It would end the engine to run beside anything else.
        let alone = Arc::clone(&self.running)
            .acquire_many_owned(self.served.slots)
            .await
            .map_err(|_| EngineError::Unavailable("the engine is closed".into()))?;
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
        // It would end the engine as well to go away before the answer. And after the answer mistral.rs decodes one token more,
        // whose failure would hit whatever runs beside it: only when the channel is closed is the sequence gone.
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
            let _ = done.send(response);
        });
        let response = received.await.map_err(|_| EngineError::Unavailable("the examination broke off".into()))?;
        match response {
            Some(Response::Raw { logits_chunks, .. }) => {
                let mut rows = Vec::with_capacity(count);
                for chunk in logits_chunks {
                    let chunk = chunk.to_dtype(DType::F32).map_err(interrupted)?;
                    let chunk = if chunk.rank() == 3 { chunk.squeeze(0).map_err(interrupted)? } else { chunk };
                    for row in 0..chunk.dim(0).map_err(interrupted)? {
                        rows.push(chunk.i(row).map_err(interrupted)?);
                    }
                }
                Ok(rows)
            }
            Some(Response::ValidationError(error)) => Err(EngineError::Invalid(error.to_string())),
            Some(Response::InternalError(error)) => Err(EngineError::Interrupted(error.to_string())),
            Some(Response::CompletionModelError(error, _) | Response::ModelError(error, _)) => {
                Err(EngineError::Interrupted(error))
            }
            Some(_) => Err(EngineError::Interrupted("an answer of the wrong kind".into())),
            None => Err(EngineError::Unavailable("the engine's thread has died".into())),
        }
    }
}

fn interrupted(error: candle_core::Error) -> EngineError {
    EngineError::Interrupted(error.to_string())
}
