//! The tokens of a prompt with their probabilities, for requests that ask for an echo.

use std::sync::Arc;

use candle_core::{DType, Tensor};
use cuckoo_protocol::task::{
    PromptScores, Score,
    sampler::{Choice, Softmax},
};

use super::{Detokeniser, Mistral, examine::interrupted};
use crate::engine::{EngineError, GenerateRequest, TokenChunk, api::prompt_pieces};

impl Mistral {
    /// The tokens of a prompt in pieces, for a request that asks for an echo.
    pub(super) async fn echo(
        &self,
        request: &GenerateRequest,
        prompt: &[u32],
        sees: bool,
    ) -> Result<Vec<TokenChunk>, EngineError> {
        if sees {
            return Err(EngineError::Invalid("a prompt with images has no echo".into()));
        }
        self.score_prompt(prompt, request.sampling.top_logprobs).await.map(prompt_pieces)
    }

    /// The tokens of a prompt with their probabilities, by one prefill that runs alone.
    async fn score_prompt(&self, prompt: &[u32], top_logprobs: Option<u8>) -> Result<PromptScores, EngineError> {
        let most = self.examine_memory / (self.vocabulary * size_of::<f32>()).max(1);
        if prompt.len() > most {
            let message = format!("the prompt has {} tokens; with an echo at most {most} are taken here", prompt.len());
            return Err(EngineError::Invalid(message));
        }
        let alone = self.wait_alone().await?;
        let chunks = self.logits(prompt.to_vec(), alone).await?;
        let (prompt, teller) = (prompt.to_vec(), self.teller.clone());
        let mut detokeniser = Detokeniser::new(Arc::clone(&self.tokenizer), Arc::clone(&self.hidden), "");
        let scored = tokio::task::spawn_blocking(move || -> Result<PromptScores, EngineError> {
            let mut scores = PromptScores::default();
            let mut add = |id: u32, value: f32, top: Vec<Choice>| -> Result<(), EngineError> {
                let text = detokeniser.push(id).map_err(EngineError::Interrupted)?;
                scores.text.push_str(&text);
                let detail = top_logprobs.map(|_| teller.detail(id, top)).unwrap_or_default();
                scores.scores.push(Score { length: text.len() as u32, bits: value.to_bits(), detail });
                Ok(())
            };
            // A row predicts the token after it, and nothing the first one.
            let mut ids = prompt.into_iter();
            ids.next().into_iter().try_for_each(|first| add(first, 0.0, vec![]))?;
            for row in rows(chunks)? {
                let Some(id) = ids.next() else { break };
                let row: Vec<f32> = row.to_dtype(DType::F32).and_then(|row| row.to_vec1()).map_err(interrupted)?;
                let unusable = || EngineError::Interrupted("the model gave no usable logits".into());
                let softmax = Softmax::of(&row);
                let value = softmax.log_probability(id as usize).filter(|value| value.is_finite());
                let count = top_logprobs.unwrap_or_default().into();
                add(id, value.ok_or_else(unusable)?, softmax.likeliest(count))?;
            }
            if ids.next().is_some() {
                return Err(EngineError::Interrupted("mistral.rs gave too few logits".into()));
            }
            // What is incomplete at the end belongs to the last token.
            let rest = detokeniser.finish().map_err(EngineError::Interrupted)?;
            scores.text.push_str(&rest);
            scores.scores.last_mut().into_iter().for_each(|last| last.length += rest.len() as u32);
            Ok(scores)
        });
        scored.await.map_err(|error| EngineError::Interrupted(error.to_string()))?
    }
}

/// The rows of logits that come in pieces.
fn rows(chunks: Vec<Tensor>) -> Result<Vec<Tensor>, EngineError> {
    let mut rows = vec![];
    for chunk in chunks {
        let chunk = if chunk.rank() == 3 { chunk.squeeze(0).map_err(interrupted)? } else { chunk };
        for row in 0..chunk.dim(0).map_err(interrupted)? {
            rows.push(chunk.get(row).map_err(interrupted)?);
        }
    }
    Ok(rows)
}
