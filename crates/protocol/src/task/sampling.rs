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

/// How the next token is chosen: what the schema forbids is left out, then temperature, then top-p, then Gumbel noise keyed by
/// (seed, position, token id). The text is a deterministic function of model, prompt and these parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sampling {
    /// Upper bound of generated tokens.
    pub max_tokens: u32,
    /// The temperature; 0 takes the likeliest token.
    pub temperature: Micros,
    /// Nucleus: the smallest set of tokens whose probability reaches this; 1 is all.
    pub top_p: Micros,
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
}

/// Takes the likeliest token, and generates none.
impl Default for Sampling {
    fn default() -> Self {
        Self {
            max_tokens: 0,
            temperature: Micros(0),
            top_p: Micros::ONE,
            seed: 0,
            stop: vec![],
            size: ImageSize::NONE,
            schema: String::new(),
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
