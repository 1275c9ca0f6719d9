//! The scores of an answer: what is measured of each token, and the means over the tokens that follow each other.

use serde::{Deserialize, Serialize};

use crate::task::sampler::Position;

/// One measured token: what the auditor says of it, and the log-probability that its miner committed to. Of a vector the distance
/// alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Logits that the token lacked.
    pub shortfall: f32,
    /// Difference of the log-probabilities, or the cosine distance.
    pub difference: f32,
}

impl Sample {
    /// Of a token.
    pub fn token(position: &Position, claimed: f32) -> Self {
        Self { shortfall: position.shortfall, difference: (position.log_probability - claimed).abs() }
    }

    /// Of a vector.
    pub const fn vector(distance: f32) -> Self {
        Self { shortfall: 0.0, difference: distance }
    }
}

/// The limits from which on a token's scores are 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ScoreLimits {
    pub(super) shortfall: f32,
    pub(super) difference: f32,
}

/// Tokens of a window.
pub const WINDOW_TOKENS: usize = 32;
/// Means of the scores over at most [`WINDOW_TOKENS`] tokens that follow each other, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 3]", into = "[f32; 3]")]
pub struct Window {
    /// Share of the tokens that the sampler would not have taken.
    pub flips: f32,
    /// Logits that they lack, over the calibration's limit.
    pub shortfall: f32,
    /// Difference of the log-probabilities, or distance of the vectors, over the calibration's limit.
    pub difference: f32,
}

impl From<[f32; 3]> for Window {
    fn from([flips, shortfall, difference]: [f32; 3]) -> Self {
        Self { flips, shortfall, difference }
    }
}

impl From<Window> for [f32; 3] {
    fn from(window: Window) -> Self {
        [window.flips, window.shortfall, window.difference]
    }
}

/// The scores of tokens that follow each other, in windows of which the last may be shorter.
pub(super) fn windows(limits: &ScoreLimits, samples: &[Sample]) -> Vec<Window> {
    let score =
        |value: f32, limit: f32| if value.is_nan() { 1.0 } else { (f64::from(value) / f64::from(limit)).min(1.0) };
    let mean = |samples: &[Sample], score: &dyn Fn(&Sample) -> f64| {
        (samples.iter().map(score).sum::<f64>() / samples.len() as f64) as f32
    };
    let window = |samples: &[Sample]| Window {
        flips: mean(samples, &|sample| if sample.shortfall <= 0.0 { 0.0 } else { 1.0 }),
        shortfall: mean(samples, &|sample| score(sample.shortfall, limits.shortfall)),
        difference: mean(samples, &|sample| score(sample.difference, limits.difference)),
    };
    samples.chunks(WINDOW_TOKENS).map(window).collect()
}
