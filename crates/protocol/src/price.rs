//! What a task costs: a rate per 1,000 tokens, and from it the bound that a ticket promises and the sum that is owed in the end.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Cai, task::ChatMessage};

/// Tokens that a rate is for.
const PER: u128 = 1_000;
/// Prompt tokens that a chat template adds to a chat at most: its own instructions and what begins the answer. The default
/// system prompts of the templates that mistral.rs carries stay below a third of that.
const TEMPLATE_TOKENS: u64 = 512;
/// Prompt tokens that a chat template adds to one message at most: its role and what separates it from the next one.
const MESSAGE_TOKENS: u64 = 32;
/// The largest rate, in base units: a billion CAI per 1,000 tokens. With it no sum below overflows.
const MAX_RATE: u128 = 1_000_000_000 * 10u128.pow(18);

/// Base units of CAI per 1,000 tokens. The default is nothing: free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// For tokens of the rendered prompt.
    #[serde(with = "decimal")]
    prompt: u128,
    /// For generated tokens.
    #[serde(with = "decimal")]
    completion: u128,
}

/// An amount that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is at most 1,000,000,000 CAI per 1,000 tokens")]
pub struct RateError;

impl Rate {
    /// From base units per 1,000 tokens.
    pub fn new(prompt: u128, completion: u128) -> Result<Self, RateError> {
        if prompt.max(completion) > MAX_RATE {
            return Err(RateError);
        }
        Ok(Self { prompt, completion })
    }

    /// From amounts per 1,000 tokens.
    pub fn from_amounts(prompt: Cai, completion: Cai) -> Result<Self, RateError> {
        let units = |amount: Cai| u128::try_from(amount.base_units()).map_err(|_| RateError);
        Self::new(units(prompt)?, units(completion)?)
    }

    /// Base units per 1,000 tokens of the prompt.
    pub const fn prompt(self) -> u128 {
        self.prompt
    }

    /// Base units per 1,000 generated tokens.
    pub const fn completion(self) -> u128 {
        self.completion
    }

    /// True where nothing costs anything.
    pub const fn is_free(self) -> bool {
        self.prompt == 0 && self.completion == 0
    }

    /// True where both parts are at least those of `least`.
    pub const fn covers(self, least: Self) -> bool {
        self.prompt >= least.prompt && self.completion >= least.completion
    }

    /// What so many tokens cost, in base units, rounded up.
    pub fn cost(self, prompt_tokens: u32, completion_tokens: u32) -> u128 {
        self.of(u64::from(prompt_tokens), completion_tokens)
    }

    /// The most that a task can cost, in base units: what its ticket promises.
    pub fn bound(self, messages: &[ChatMessage], max_tokens: u32) -> u128 {
        self.of(prompt_bound(messages), max_tokens)
    }

    fn of(self, prompt_tokens: u64, completion_tokens: u32) -> u128 {
        // At most 10^27 * 2^64 for the prompt, whose bytes are limited far below that: 2^90 * 2^33 fits.
        let prompt = self.prompt.saturating_mul(u128::from(prompt_tokens));
        prompt.saturating_add(self.completion.saturating_mul(u128::from(completion_tokens))).div_ceil(PER)
    }
}

/// The most tokens that a chat can have once its template has rendered it: every token of a byte-level vocabulary stands for at
/// least one byte of the text, apart from what the template adds.
pub fn prompt_bound(messages: &[ChatMessage]) -> u64 {
    messages.iter().map(|message| message.content.len() as u64 + MESSAGE_TOKENS).sum::<u64>() + TEMPLATE_TOKENS
}

/// Amounts in JSON are decimal strings: readers of other languages would round a number.
mod decimal {
    use super::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::task::ChatRole;

    fn chat(text: &str) -> Vec<ChatMessage> {
        vec![ChatMessage { role: ChatRole::User, content: text.into() }]
    }

    #[test]
    fn a_part_of_a_base_unit_is_rounded_up_once() {
        let rate = Rate::new(1, 1).expect("a rate");
        assert_eq!((rate.cost(0, 0), rate.cost(1, 0), rate.cost(500, 500), rate.cost(500, 501)), (0, 1, 1, 2));
        let rate = Rate::from_amounts("0.5".parse().expect("CAI"), "2cai".parse().expect("CAI")).expect("a rate");
        assert_eq!(rate.cost(1_000, 250), 10u128.pow(18));
        assert!(Rate::default().is_free() && Rate::default().cost(u32::MAX, u32::MAX) == 0);
        assert_eq!(Rate::new(0, MAX_RATE + 1), Err(RateError));
    }

    proptest! {
        #[test]
        fn no_answer_within_the_limits_costs_more_than_its_bound(
            prompt in 0..=MAX_RATE, completion in 0..=MAX_RATE, text in ".{0,200}", max: u32, part in 0..=1_000u64,
        ) {
            let rate = Rate::new(prompt, completion).expect("a rate");
            let messages = chat(&text);
            let tokens = u32::try_from(prompt_bound(&messages)).expect("short");
            let generated = (u64::from(max) * part / 1_000) as u32;
            prop_assert!(rate.cost(tokens, generated) <= rate.bound(&messages, max));
            let json = serde_json::to_string(&rate).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<Rate>(&json).expect("parses"), rate);
        }
    }
}
