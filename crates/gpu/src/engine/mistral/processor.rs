//! The logits processor: chooses each token, reports it, and leaves mistral.rs's sampler no other choice.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::{DType, Device, Result, Tensor};
use cuckoo_protocol::task::{
    Sampling,
    sampler::{Choice, choose, choose_among},
};
use mistralrs::CustomLogitsProcessor;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::grammar::Grammar;

/// One request's processor. It lives exactly as long as the request's sequence.
pub(super) struct Processor {
    sampling: Sampling,
    /// Tokens before the first choice.
    prompt_length: Arc<OnceLock<usize>>,
    /// The grammar of an answer that obeys a schema.
    grammar: Option<Mutex<Grammar>>,
    choices: mpsc::UnboundedSender<Choice>,
    _running: OwnedSemaphorePermit,
}

impl Processor {
    pub(super) const fn new(
        sampling: Sampling,
        prompt_length: Arc<OnceLock<usize>>,
        grammar: Option<Mutex<Grammar>>,
        choices: mpsc::UnboundedSender<Choice>,
        running: OwnedSemaphorePermit,
    ) -> Self {
        Self { sampling, prompt_length, grammar, choices, _running: running }
    }

    fn choose(&self, logits: &[f32], position: u64) -> std::result::Result<Choice, String> {
        let unusable = || "the model gave no usable logits".to_owned();
        let Some(grammar) = &self.grammar else {
            return choose(logits, &self.sampling, position).ok_or_else(unusable);
        };
        let mut grammar = grammar.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = grammar.allowed()?.of(logits);
        let choice = choose_among(&allowed, logits, &self.sampling, position).ok_or_else(unusable)?;
        grammar.take(choice.id)?;
        Ok(choice)
    }
}

impl CustomLogitsProcessor for Processor {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> Result<Tensor> {
        let values: Vec<f32> = logits.to_dtype(DType::F32)?.to_vec1()?;
        let position = context.len().saturating_sub(*self.prompt_length.get_or_init(|| context.len())) as u64;
        let choice = self.choose(&values, position).map_err(candle_core::Error::Msg)?;
        // A caller that has left is noticed by mistral.rs itself, at the response that follows.
        let _ = self.choices.send(choice);
        let mut only = vec![0f32; values.len()];
        if let Some(chosen) = only.get_mut(choice.id as usize) {
            *chosen = 1.0;
        }
        let length = only.len();
        Tensor::from_vec(only, length, &Device::Cpu)
    }
}
