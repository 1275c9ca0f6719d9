//! How a model is to choose what it makes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::drawing::MOST_STEPS;

/// A request has at most this many tokens with a bias: as many as servers with a bound take.
pub const MAX_BIASES: usize = 1_024;
/// Logits that may be added to a token's or taken from it, as OpenAI has it.
pub const MAX_BIAS: f64 = 100.0;
/// Logits that a frequency or presence penalty may take or add, as OpenAI has it.
pub const MAX_PENALTY: f64 = 2.0;
/// A repetition penalty lies between these: beyond them it multiplies the noise of a device's arithmetic with the logits, and audits
/// could not tell it from another model.
pub const REPETITION: (f64, f64) = (0.5, 2.0);
/// How strongly an image follows its description at most.
pub const MAX_GUIDANCE: Micros = Micros(30_000_000);
/// The most of the likeliest tokens that come with each token, as OpenAI has it for chats.
pub const MAX_TOP_LOGPROBS: u8 = 20;

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
    #[serde(default = "one", skip_serializing_if = "is_one", deserialize_with = "read_factor")]
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
    /// Steps in which an image is made; 0: as many as the model's own. Nothing for everything else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps: u32,
    /// How strongly an image follows its description; `None`: as the model's own. 1 is without guidance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<Micros>,
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

/// Of the two forms of what changes nothing one alone is written, so that what has one hash has one form in bytes.
fn read_factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Micros, D::Error> {
    let factor = Micros::deserialize(deserializer)?;
    Ok(if factor == Micros(0) { Micros::ONE } else { factor })
}

impl Sampling {
    /// Whether it is what an application can ask for, as far as audits depend on it. What lies outside is nobody's request: no miner
    /// answers it, and no juror finds a miner guilty over it.
    pub fn is_within_bounds(&self) -> bool {
        let within = |value: SignedMicros, most: f64| value.to_f64().abs() <= most;
        let factor = self.repetition_penalty;
        let is_harmless = factor == Micros(0) || (REPETITION.0..=REPETITION.1).contains(&factor.to_f64());
        is_harmless
            && within(self.frequency_penalty, MAX_PENALTY)
            && within(self.presence_penalty, MAX_PENALTY)
            && self.logit_bias.len() <= MAX_BIASES
            && self.logit_bias.iter().all(|bias| within(bias.logits, MAX_BIAS))
            && self.min_p <= Micros::ONE
            && self.top_logprobs.is_none_or(|top| top <= MAX_TOP_LOGPROBS)
            && self.steps <= MOST_STEPS
            && self.guidance.is_none_or(|guidance| guidance <= MAX_GUIDANCE)
    }
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
            steps: 0,
            guidance: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_application_can_ask_for_is_out_of_bounds() {
        let bias = |logits| Bias { id: 7, logits: SignedMicros(logits) };
        let good = Sampling {
            frequency_penalty: SignedMicros(-2_000_000),
            presence_penalty: SignedMicros(2_000_000),
            logit_bias: vec![bias(-100_000_000); MAX_BIASES],
            min_p: Micros::ONE,
            top_logprobs: Some(MAX_TOP_LOGPROBS),
            ..Sampling::default()
        };
        for factor in [0, 500_000, 1_000_000, 2_000_000] {
            assert!(Sampling { repetition_penalty: Micros(factor), ..good.clone() }.is_within_bounds(), "{factor}");
        }
        for wrong in [
            Sampling { repetition_penalty: Micros(1), ..good.clone() },
            Sampling { repetition_penalty: Micros(499_999), ..good.clone() },
            Sampling { repetition_penalty: Micros(2_000_001), ..good.clone() },
            Sampling { frequency_penalty: SignedMicros(-2_000_001), ..good.clone() },
            Sampling { presence_penalty: SignedMicros(2_000_001), ..good.clone() },
            Sampling { logit_bias: vec![bias(100_000_001)], ..good.clone() },
            Sampling { logit_bias: vec![bias(i32::MIN)], ..good.clone() },
            Sampling { logit_bias: vec![bias(1); MAX_BIASES + 1], ..good.clone() },
            Sampling { min_p: Micros(1_000_001), ..good.clone() },
            Sampling { top_logprobs: Some(MAX_TOP_LOGPROBS + 1), ..good.clone() },
            Sampling { steps: MOST_STEPS + 1, ..good.clone() },
            Sampling { guidance: Some(Micros(MAX_GUIDANCE.0 + 1)), ..good.clone() },
        ] {
            assert!(!wrong.is_within_bounds(), "{wrong:?}");
        }
    }

    #[test]
    fn a_factor_of_nothing_is_read_as_the_one_that_changes_nothing() {
        let plain = serde_json::to_value(Sampling::default()).expect("is JSON");
        let mut zero = plain.clone();
        zero["repetition_penalty"] = 0.into();
        let read: Sampling = serde_json::from_value(zero).expect("is valid");
        assert_eq!((serde_json::to_value(&read).expect("is JSON"), read), (plain, Sampling::default()));
    }
}
