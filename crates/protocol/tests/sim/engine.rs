//! Models as miners run them here: an answer is a function of the request, and of the lie where there is one.

use cuckoo_protocol::task::{ChatMessage, FinishReason, Sampling, sampler::mix};

/// Tokens of every rendered prompt.
pub(crate) const PROMPT_TOKENS: u32 = 11;
/// What tokens look like. Some are more than a byte long, some are beginnings of others.
const WORDS: [&str; 12] = ["a", "ab", " of", " the", "é", "ß ", "\n", "to", "ton", "0", " 12", "…"];

/// A generated token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Token {
    /// Its number.
    pub(crate) id: u32,
    /// Its text.
    pub(crate) text: &'static str,
    /// The natural logarithm of its probability.
    pub(crate) log_probability: f32,
}

/// The text of a token.
pub(crate) fn word(id: u32) -> &'static str {
    let place = (id as usize).checked_sub(100);
    place.and_then(|place| WORDS.get(place)).copied().unwrap_or_default()
}

/// What a model makes of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The tokens.
    pub(crate) tokens: Vec<Token>,
    /// Why it ended.
    pub(crate) reason: FinishReason,
}

impl Answer {
    /// The answer that every honest miner gives; with a lie other than zero, one of many that are not it.
    pub(crate) fn new(messages: &[ChatMessage], sampling: &Sampling, lie: u64) -> Self {
        let text = messages.iter().flat_map(|message| message.content.bytes());
        let mut state = text.fold(mix(sampling.seed), |state, byte| mix(state ^ u64::from(byte)));
        let length = 1 + mix(state ^ 1) % u64::from(sampling.max_tokens.max(1));
        let tokens = (0..length).map(|_| {
            state = mix(state ^ lie);
            let word = (state >> 8) as usize % WORDS.len();
            let log_probability = -((state % 800) as f32) / 100.0 - 0.25;
            Token { id: 100 + word as u32, text: WORDS[word], log_probability }
        });
        let tokens: Vec<_> = tokens.collect();
        let is_full = tokens.len() as u32 == sampling.max_tokens;
        Self { tokens, reason: if is_full { FinishReason::Length } else { FinishReason::Stop } }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        self.tokens.iter().map(|token| token.text).collect()
    }
}
