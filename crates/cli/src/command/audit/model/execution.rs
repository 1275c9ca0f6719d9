//! Ways to execute a task, honest or not, and what audits have to find of them.

use cuckoo_protocol::audit::{Claim, Findings};
use serde::Serialize;

/// A way in which a miner can execute a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Execution {
    Honest,
    AnotherModel,
    HalfOfTheLayers,
    Quantised8,
    Quantised8Laundered,
    Quantised4,
    Quantised4Laundered,
    OneInFive,
    OneInTwenty,
    Late,
    AnotherPrompt,
    AnotherSeed,
    AnotherTemperature,
    ForgedTie,
    Truncated,
    Padded,
    Spliced,
    Copied,
    Unproven,
}

/// What audits have to do with an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Never confirm it.
    Spare,
    /// Find it by one audit: nothing of it is right.
    Gross,
    /// Find it by one audit, where the model has a choice.
    AtOnce,
    /// Confirm it within the tokens that are pooled.
    Pooled,
    /// Nothing: how much it differs depends on the model.
    None,
}

impl Execution {
    /// The execution in words.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::AnotherModel => "another model, laundered",
            Self::HalfOfTheLayers => "half of the layers, laundered",
            Self::Quantised8 => "8 bits (q8_0)",
            Self::Quantised8Laundered => "8 bits, laundered",
            Self::Quantised4 => "4 bits (q4_0)",
            Self::Quantised4Laundered => "4 bits, laundered",
            Self::OneInFive => "1 in 5 with 4 bits, laundered",
            Self::OneInTwenty => "1 in 20 with 4 bits, laundered",
            Self::Late => "4 bits, laundered, after 10,000 honest tokens",
            Self::AnotherPrompt => "half of the prompt",
            Self::AnotherSeed => "another seed, laundered",
            Self::AnotherTemperature => "greedy, laundered",
            Self::ForgedTie => "five right tokens, then others",
            Self::Truncated => "half of the answer",
            Self::Padded => "half of the answer, padded",
            Self::Spliced => "half of another answer",
            Self::Copied => "another prompt's answer",
            Self::Unproven => "no log-probabilities",
        }
    }

    pub(super) const fn goal(self) -> Goal {
        match self {
            Self::Honest => Goal::Spare,
            Self::Quantised8 | Self::Quantised4 | Self::Quantised4Laundered => Goal::Pooled,
            Self::OneInFive | Self::OneInTwenty | Self::Late => Goal::Pooled,
            Self::Quantised8Laundered => Goal::None,
            Self::AnotherSeed | Self::AnotherTemperature => Goal::AtOnce,
            Self::AnotherModel | Self::HalfOfTheLayers | Self::AnotherPrompt => Goal::Gross,
            Self::ForgedTie | Self::Truncated | Self::Padded => Goal::Gross,
            Self::Spliced | Self::Copied | Self::Unproven => Goal::Gross,
        }
    }

    /// Whether what audits find depends on how sure the model is of its words.
    pub(super) const fn is_split(self) -> bool {
        matches!(self, Self::AnotherSeed | Self::AnotherTemperature)
    }

    /// Tokens that are pooled for this execution, where `tokens` are pooled for one that is always false.
    pub(super) const fn pool(self, tokens: u32) -> u32 {
        match self {
            Self::OneInFive => tokens.saturating_mul(5),
            Self::OneInTwenty => tokens.saturating_mul(20),
            Self::Late => tokens.saturating_add(HONEST_BEFORE),
            _ => tokens,
        }
    }
}

/// Honest tokens before somebody begins to cheat.
pub(super) const HONEST_BEFORE: u32 = 10_000;

/// One kind of execution: each answer with what its examination says.
pub(super) struct Case {
    pub(super) execution: Execution,
    pub(super) claims: Vec<(Claim, Findings)>,
    /// Whether the honest answer in the place of each was one of which the model was sure.
    pub(super) sure: Vec<bool>,
}
