//! What a task costs: a rate per 1,000 tokens, and from it the bound that a ticket promises and the sum that is owed in the end.

use serde::{Deserialize, Serialize};

use crate::{Cai, amount::decimal};

/// Tokens that a rate is for.
const PER: u128 = 1_000;
/// The largest rate, in base units: a billion CAI per 1,000 tokens. With it a ticket for any chat that is accepted stays below 2^128.
const MAX_RATE: u128 = 1_000_000_000 * 10u128.pow(18);

/// Base units of CAI per 1,000 tokens. The default is nothing: free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// The price of tokens of the rendered prompt.
    #[serde(with = "decimal")]
    prompt: u128,
    /// The price of generated tokens. An image counts as one token.
    #[serde(with = "decimal")]
    completion: u128,
}

/// An amount that cannot be a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is at most 1,000,000,000 CAI per 1,000 tokens")]
pub struct RateError;

impl Rate {
    /// A rate from base units per 1,000 tokens.
    pub fn new(prompt: u128, completion: u128) -> Result<Self, RateError> {
        if prompt.max(completion) > MAX_RATE {
            return Err(RateError);
        }
        Ok(Self { prompt, completion })
    }

    /// A rate from amounts per 1,000 tokens.
    pub fn from_amounts(prompt: Cai, completion: Cai) -> Result<Self, RateError> {
        let units = |amount: Cai| u128::try_from(amount.base_units()).map_err(|_| RateError);
        Self::new(units(prompt)?, units(completion)?)
    }

    /// The price of one image as an amount per 1,000 of what is generated.
    pub fn per_image(image: Cai) -> Result<Cai, RateError> {
        let units = u128::try_from(image.base_units()).map_err(|_| RateError)?;
        units.checked_mul(PER).map(Cai::from).ok_or(RateError)
    }

    /// Base units per 1,000 tokens of the prompt.
    pub const fn prompt(self) -> u128 {
        self.prompt
    }

    /// Base units per 1,000 generated tokens.
    pub const fn completion(self) -> u128 {
        self.completion
    }

    /// Base units for one image, rounded up.
    pub const fn image(self) -> u128 {
        self.completion.div_ceil(PER)
    }

    /// True where nothing costs anything.
    pub const fn is_free(self) -> bool {
        self.prompt == 0 && self.completion == 0
    }

    /// This many percent of it, each part rounded up.
    pub fn percent(self, percent: u8) -> Self {
        let part = |units: u128| units.saturating_mul(percent.into()).div_ceil(100);
        Self { prompt: part(self.prompt), completion: part(self.completion) }
    }

    /// True where both parts are at least those of `least`.
    pub const fn covers(self, least: Self) -> bool {
        self.prompt >= least.prompt && self.completion >= least.completion
    }

    /// The most generated tokens that cost no more than this many base units.
    pub(crate) fn completion_tokens(self, units: u128) -> u32 {
        let tokens = units.saturating_mul(PER).checked_div(self.completion);
        tokens.map_or(u32::MAX, |tokens| u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// The cost of this many tokens in base units, rounded up. It saturates at 2^128, which no ticket and no escrow reaches.
    fn cost(self, prompt_tokens: u64, completion_tokens: u32) -> u128 {
        let prompt = self.prompt.saturating_mul(u128::from(prompt_tokens));
        prompt.saturating_add(self.completion.saturating_mul(u128::from(completion_tokens))).div_ceil(PER)
    }
}

/// What one task may cost: a rate, and the tokens that are paid for at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    rate: Rate,
    prompt_tokens: u64,
    completion_tokens: u32,
}

impl Quote {
    /// A quote at this rate, for at most this many tokens of the prompt and of the output.
    pub const fn new(rate: Rate, prompt_tokens: u64, completion_tokens: u32) -> Self {
        Self { rate, prompt_tokens, completion_tokens }
    }

    /// Tokens of the prompt that are paid for at most.
    pub const fn prompt_tokens(self) -> u64 {
        self.prompt_tokens
    }

    /// The most that it can cost, in base units: what its ticket promises.
    pub fn bound(self) -> u128 {
        self.rate.cost(self.prompt_tokens, self.completion_tokens)
    }

    /// The cost of this many of its tokens, in base units. Tokens beyond what the prompt can have, or what was asked for, cost
    /// nothing: nobody recounts the prompt. For all others it is what the contracts pay, [`crate::message::Ticket::cost`].
    pub fn owed(self, prompt_tokens: u32, completion_tokens: u32) -> u128 {
        let prompt_tokens = u64::from(prompt_tokens).min(self.prompt_tokens);
        self.rate.cost(prompt_tokens, completion_tokens.min(self.completion_tokens))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::{Receipt, Ticket};

    #[test]
    fn a_part_of_a_base_unit_is_rounded_up_once() {
        let rate = Rate::new(1, 1).expect("a rate");
        assert_eq!((rate.cost(0, 0), rate.cost(1, 0), rate.cost(500, 500), rate.cost(500, 501)), (0, 1, 1, 2));
        let rate = Rate::from_amounts("0.5".parse().expect("CAI"), "2cai".parse().expect("CAI")).expect("a rate");
        assert_eq!(rate.cost(1_000, 250), 10u128.pow(18));
        assert_eq!(Rate::new(101, 3).expect("a rate").percent(50), Rate::new(51, 2).expect("a rate"));
        assert!(Rate::default().is_free() && Rate::default().cost(u64::MAX, u32::MAX) == 0);
        assert_eq!(Rate::new(0, MAX_RATE + 1), Err(RateError));
    }

    #[test]
    fn tokens_that_cannot_be_are_not_paid_for() {
        let prompt = 549;
        let quote = Quote::new(Rate::new(1_000, 1_000).expect("a rate"), prompt, 10);
        assert_eq!((quote.bound(), quote.owed(40, 3)), (u128::from(prompt) + 10, 43));
        // Not even what the answer leaves of the bound.
        assert_eq!(quote.owed(u32::MAX, 0), u128::from(prompt));
        assert_eq!(quote.owed(u32::MAX, u32::MAX), quote.bound());
    }

    proptest! {
        #[test]
        fn no_answer_costs_more_than_its_bound(
            prompt in 0..=MAX_RATE, completion in 0..=MAX_RATE, most: (u64, u32), claimed: (u32, u32),
        ) {
            let rate = Rate::new(prompt, completion).expect("a rate");
            let quote = Quote::new(rate, most.0, most.1);
            prop_assert!(quote.owed(claimed.0, claimed.1) <= quote.bound());
            // The contracts pay the same by the ticket, and more only for tokens that the task cannot have.
            let ticket = Ticket { price: quote.bound(), promptRate: prompt, completionRate: completion, ..Ticket::default() };
            let by_contract = |prompt, completion| {
                ticket.cost(&Receipt { promptTokens: prompt, completionTokens: completion, ..Receipt::default() })
            };
            prop_assert!(quote.owed(claimed.0, claimed.1) <= by_contract(claimed.0, claimed.1));
            let possible = (u64::from(claimed.0).min(most.0) as u32, claimed.1.min(most.1));
            prop_assert_eq!(quote.owed(possible.0, possible.1), by_contract(possible.0, possible.1));
            let json = serde_json::to_string(&rate).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<Rate>(&json).expect("parses"), rate);
        }
    }
}
