//! The logits processor: chooses each token, reports it, and leaves mistral.rs's sampler no other choice.

use candle_core::{DType, Device, Result, Tensor};
use cuckoo_protocol::task::Sampling;
use mistralrs::CustomLogitsProcessor;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::engine::sampler::{Choice, choose};

/// One request's processor. It lives exactly as long as the request's sequence.
pub(super) struct Processor {
    sampling: Sampling,
    prompt_length: usize,
    choices: mpsc::UnboundedSender<Choice>,
    _running: OwnedSemaphorePermit,
}

impl Processor {
    pub(super) const fn new(
        sampling: Sampling,
        prompt_length: usize,
        choices: mpsc::UnboundedSender<Choice>,
        running: OwnedSemaphorePermit,
    ) -> Self {
        Self { sampling, prompt_length, choices, _running: running }
    }
}

impl CustomLogitsProcessor for Processor {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> Result<Tensor> {
        let values: Vec<f32> = logits.to_dtype(DType::F32)?.to_vec1()?;
        let position = context.len().saturating_sub(self.prompt_length) as u64;
        let Some(choice) = choose(&values, &self.sampling, position) else {
            candle_core::bail!("the model gave no usable logits");
        };
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
