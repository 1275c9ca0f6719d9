//! The logits processor: chooses each token, reports it, and leaves mistral.rs's sampler no other choice.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::{DType, Device, Result, Tensor};
use cuckoo_protocol::task::{
    Sampling,
    sampler::{Choice, History, Softmax},
};
use mistralrs::CustomLogitsProcessor;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::grammar::Grammar;

/// A token, and the likeliest ones in its place where the request asks for them.
pub(super) struct Chosen {
    pub(super) choice: Choice,
    pub(super) top: Vec<Choice>,
}

/// One request's processor. It lives exactly as long as the request's sequence.
pub(super) struct Processor {
    sampling: Sampling,
    /// Tokens before the first choice.
    prompt_length: Arc<OnceLock<usize>>,
    /// The grammar of an answer that obeys a schema.
    grammar: Option<Mutex<Grammar>>,
    /// What is before the next choice, once there was one.
    history: Mutex<Option<History>>,
    choices: mpsc::UnboundedSender<Chosen>,
    _running: OwnedSemaphorePermit,
}

impl Processor {
    pub(super) const fn new(
        sampling: Sampling,
        prompt_length: Arc<OnceLock<usize>>,
        grammar: Option<Mutex<Grammar>>,
        choices: mpsc::UnboundedSender<Chosen>,
        running: OwnedSemaphorePermit,
    ) -> Self {
        Self { sampling, prompt_length, grammar, history: Mutex::new(None), choices, _running: running }
    }

    fn choose(&self, logits: &[f32], softmax: &Softmax<'_>, context: &[u32]) -> std::result::Result<Choice, String> {
        let prompt_length = *self.prompt_length.get_or_init(|| context.len());
        let (prompt, answer) = context.split_at(prompt_length.min(context.len()));
        let mut kept = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let history = match kept.take().filter(|history| history.position() == answer.len() as u64) {
            Some(history) => kept.insert(history),
            None => kept.insert(History::of(&self.sampling, prompt, answer)),
        };
        let unusable = || "the model gave no usable logits".to_owned();
        let choice = match &self.grammar {
            None => softmax.choose(&self.sampling, history).ok_or_else(unusable)?,
            Some(grammar) => {
                let mut grammar = grammar.lock().unwrap_or_else(PoisonError::into_inner);
                let allowed = grammar.allowed()?.of(logits);
                let choice = softmax.choose_among(allowed, &self.sampling, history).ok_or_else(unusable)?;
                grammar.take(choice.id)?;
                choice
            }
        };
        history.push(choice.id);
        Ok(choice)
    }
}

impl CustomLogitsProcessor for Processor {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> Result<Tensor> {
        let values: Vec<f32> = logits.to_dtype(DType::F32)?.to_vec1()?;
        let softmax = Softmax::of(&values);
        let choice = self.choose(&values, &softmax, context).map_err(candle_core::Error::Msg)?;
        // A caller that has left is noticed by mistral.rs itself, at the response that follows.
        let top = self.sampling.top_logprobs.map_or_else(Vec::new, |count| softmax.likeliest(count.into()));
        let _ = self.choices.send(Chosen { choice, top });
        let mut only = vec![0f32; values.len()];
        if let Some(chosen) = only.get_mut(choice.id as usize) {
            *chosen = 1.0;
        }
        let length = only.len();
        Tensor::from_vec(only, length, &Device::Cpu)
    }
}
