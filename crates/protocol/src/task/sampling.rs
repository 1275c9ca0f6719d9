//! How a model is to choose what it makes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A non-negative number in millionths, exact where a float would make two nodes disagree about a commitment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u32);

impl Micros {
    /// 1.0
    pub const ONE: Self = Self(1_000_000);

    /// The nearest millionth of `value`, or `None` when it is negative, not a number or past 4,294.
    pub fn from_f64(value: f64) -> Option<Self> {
        let scaled = (value * 1e6).round();
        (value.is_finite() && (0.0..=f64::from(u32::MAX)).contains(&scaled)).then_some(Self(scaled as u32))
    }

    /// The number as a float, for the sampler.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

/// A number in millionths, exact for the reason that [`Micros`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedMicros(pub i32);

impl SignedMicros {
    /// The nearest millionth of `value`, or `None` when it is not a number or past 2,147 in either direction.
    pub fn from_f64(value: f64) -> Option<Self> {
        let scaled = (value * 1e6).round();
        let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
        (value.is_finite() && range.contains(&scaled)).then_some(Self(scaled as i32))
    }

    /// The number as a float, for the sampler.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    const fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

/// What is added to a token's logit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bias {
    /// The token's id; one that the model does not have changes nothing.
    pub id: u32,
    /// Logits.
    pub logits: SignedMicros,
}

/// How the next token is chosen, by the rules of [`super::sampler`]. The text is a deterministic function of model, prompt and these
/// parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sampling {
    /// Upper bound of generated tokens.
    pub max_tokens: u32,
    /// The temperature; 0 takes the likeliest token.
    pub temperature: Micros,
    /// Nucleus: the smallest set of tokens whose probability reaches this; 1 is all.
    pub top_p: Micros,
    /// This many of the likeliest tokens are kept; 0 is all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub top_k: u32,
    /// Tokens are kept that are at least this many times as likely as the likeliest one; 0 is all.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub min_p: Micros,
    /// Logits that a token loses for each time that the answer has it.
    #[serde(default, skip_serializing_if = "SignedMicros::is_zero")]
    pub frequency_penalty: SignedMicros,
    /// Logits that a token loses once the answer has it.
    #[serde(default, skip_serializing_if = "SignedMicros::is_zero")]
    pub presence_penalty: SignedMicros,
    /// What a logit is divided by, or multiplied with where it is negative, once the prompt or the answer has its token. 1 changes
    /// nothing, and neither does 0, which no application can ask for.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub repetition_penalty: Micros,
    /// What is added to the logits of some tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logit_bias: Vec<Bias>,
    /// Seed of the noise.
    pub seed: u64,
    /// Generation ends before any of these texts.
    pub stop: Vec<String>,
    /// The size of an image; [`ImageSize::NONE`] for everything else.
    #[serde(default, skip_serializing_if = "ImageSize::is_none")]
    pub size: ImageSize,
    /// JSON Schema that the text obeys; empty: whatever the model says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema: String,
    /// With each token come its own bytes and this many of the likeliest tokens in its place; `None`: neither. No choice depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
    /// The prompt's tokens come as well, with their probabilities. No choice depends on it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub echo: bool,
}

const fn is_false(flag: &bool) -> bool {
    !*flag
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

const fn is_nothing(number: &Micros) -> bool {
    number.0 == 0
}

const fn one() -> Micros {
    Micros::ONE
}

fn is_one(number: &Micros) -> bool {
    *number == Micros::ONE
}

/// Takes the likeliest token, and generates none.
impl Default for Sampling {
    fn default() -> Self {
        Self {
            max_tokens: 0,
            temperature: Micros(0),
            top_p: Micros::ONE,
            top_k: 0,
            min_p: Micros(0),
            frequency_penalty: SignedMicros(0),
            presence_penalty: SignedMicros(0),
            repetition_penalty: Micros::ONE,
            logit_bias: vec![],
            seed: 0,
            stop: vec![],
            size: ImageSize::NONE,
            schema: String::new(),
            top_logprobs: None,
            echo: false,
        }
    }
}

/// Width and height of an image in pixels; both zero where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageSize {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl ImageSize {
    /// The size of everything that is not an image.
    pub const NONE: Self = Self { width: 0, height: 0 };

    const fn is_none(&self) -> bool {
        self.width == 0 && self.height == 0
    }
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}
