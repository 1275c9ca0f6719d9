//! What a finished task delivered, and the evidence of who did it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::receipt::ReceiptRecord;

/// Why generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FinishReason {
    /// The model ended its answer, or a stop text was reached.
    Stop = 1,
    /// `max_tokens` or the model's context was reached.
    Length = 2,
}

impl FinishReason {
    /// OpenAI's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
        }
    }

    /// The reason that has this number in frames and receipts.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::Stop),
            2 => Some(Self::Length),
            _ => None,
        }
    }
}

/// How a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finish {
    /// Why it ended.
    pub reason: FinishReason,
    /// Tokens of the rendered prompt.
    pub prompt_tokens: u32,
    /// Tokens generated, the one that ends the answer included; equals the number of ids where those are given. Of an image one,
    /// of vectors none.
    pub completion_tokens: u32,
    /// The number of the stop text that ended it, in the order of the request, where one did and the engine tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<u32>,
}

/// What a finished task delivered, with the proof of who did it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The generated text.
    pub text: String,
    /// Why it ended.
    pub finish: FinishReason,
    /// The number of the stop text that ended it, where one did and the miner tells. It is the miner's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<u32>,
    /// Tokens of the rendered prompt.
    pub prompt_tokens: u32,
    /// Tokens generated.
    pub completion_tokens: u32,
    /// The natural log-probability of each token, before temperature and top-p, where the engine gives them: what the receipt's audit
    /// commitment covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::packed")]
    pub log_probabilities: Vec<f32>,
    /// The class of the miner's device, which the audit commitment covers too; empty where the engine says none, and in answers of
    /// earlier releases.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// The tokens one by one, where the application asked for it and the engine knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
    /// The prompt's tokens, where the application asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptScores>,
    /// The evidence: ticket, receipt and both signatures.
    pub receipt: ReceiptRecord,
}

/// A result with a value that is not a number is refused, see [`crate::coordinator::check`].
impl Eq for Outcome {}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcome({} bytes, {} tokens, {:?})", self.text.len(), self.completion_tokens, self.finish)
    }
}

/// A token as an application sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Bytes of the text that it made certain: none where a character or a stop text was incomplete.
    pub length: u32,
    /// IEEE 754 single-precision bits of the natural logarithm of its probability, before all rules of sampling.
    pub bits: u32,
    /// More about it, where the miner tells.
    #[serde(default, skip_serializing_if = "TokenDetail::is_empty")]
    pub detail: TokenDetail,
}

impl Score {
    /// Natural logarithm of its probability.
    pub const fn log_probability(&self) -> f32 {
        f32::from_bits(self.bits)
    }
}

/// What a token is by itself, and what else was likely in its place. It is the miner's word: no receipt commits to it, and no audit looks
/// at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDetail {
    /// Its own bytes, which may be a part of a character.
    #[serde(default, with = "crate::packed::bytes")]
    pub bytes: Vec<u8>,
    /// The likeliest tokens in its place, likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<Alternative>,
}

impl TokenDetail {
    const fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.top.is_empty()
    }
}

/// One of the likeliest tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Its bytes.
    #[serde(with = "crate::packed::bytes")]
    pub bytes: Vec<u8>,
    /// IEEE 754 single-precision bits of the natural logarithm of its probability, as in [`Score::bits`].
    pub bits: u32,
}

impl Alternative {
    /// Natural logarithm of its probability.
    pub const fn log_probability(&self) -> f32 {
        f32::from_bits(self.bits)
    }
}

/// A prompt's tokens, or some of them in order, as an application sees them that asks for an echo. It is the miner's word, as a
/// [`TokenDetail`] is. `Debug` shows lengths only: prompts do not belong in logs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptScores {
    /// The text of the tokens.
    pub text: String,
    /// The tokens. The first one of a prompt has no probability, because nothing is before it, and 0 in its place.
    pub scores: Vec<Score>,
}

impl fmt::Debug for PromptScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PromptScores({} bytes, {} tokens)", self.text.len(), self.scores.len())
    }
}
