//! The tokens before a choice, as far as the rules count them, and what they and the bias do to logits.

use std::{borrow::Cow, collections::HashMap};

use super::super::sampling::{Micros, Sampling, SignedMicros};

/// The tokens before a choice. It is a function of the prompt and of the answer so far, and holds nothing that no rule asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    position: u64,
    /// How often the answer has each of the tokens that are counted; 0 of one that the prompt alone has.
    counts: HashMap<u32, u32>,
    counts_answer: bool,
}

impl History {
    /// What is before the first token of an answer to this prompt.
    pub fn new(sampling: &Sampling, prompt: &[u32]) -> Self {
        let repetition = repetition_factor(sampling).is_some();
        let counts = if repetition { prompt.iter().map(|id| (*id, 0)).collect() } else { HashMap::new() };
        let none = SignedMicros(0);
        let counts_answer = repetition || sampling.frequency_penalty != none || sampling.presence_penalty != none;
        Self { position: 0, counts, counts_answer }
    }

    /// What is before the token after this answer.
    pub fn of(sampling: &Sampling, prompt: &[u32], answer: &[u32]) -> Self {
        let mut history = Self::new(sampling, prompt);
        answer.iter().for_each(|id| history.push(*id));
        history
    }

    /// Adds the answer's next token.
    pub fn push(&mut self, id: u32) {
        self.position += 1;
        if self.counts_answer {
            *self.counts.entry(id).or_default() += 1;
        }
    }

    /// The number of tokens of the answer so far, which is the position of the next one.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Adds the bias and takes the penalties, which are steps 1 to 3 of the rules. Nothing is copied where nothing changes.
    pub(super) fn adjust<'a>(&self, mut logits: Cow<'a, [f32]>, sampling: &Sampling) -> Cow<'a, [f32]> {
        if sampling.logit_bias.is_empty() && self.counts.is_empty() {
            return logits;
        }
        let values = logits.to_mut();
        for bias in &sampling.logit_bias {
            if let Some(logit) = values.get_mut(bias.id as usize) {
                *logit = (f64::from(*logit) + bias.logits.to_f64()) as f32;
            }
        }
        let factor = repetition_factor(sampling).unwrap_or(1.0);
        let (frequency, presence) = (sampling.frequency_penalty.to_f64(), sampling.presence_penalty.to_f64());
        // Each token stands alone, so that their order does not matter.
        for (id, count) in &self.counts {
            let Some(logit) = values.get_mut(*id as usize) else { continue };
            let value = f64::from(*logit);
            let value = if value > 0.0 { value / factor } else { value * factor };
            let taken = frequency * f64::from(*count) + if *count > 0 { presence } else { 0.0 };
            *logit = (value - taken) as f32;
        }
        logits
    }
}

/// What repeated tokens are divided by, if by anything.
pub(super) fn repetition_factor(sampling: &Sampling) -> Option<f64> {
    let factor = sampling.repetition_penalty;
    (factor != Micros(0) && factor != Micros::ONE).then(|| factor.to_f64())
}
