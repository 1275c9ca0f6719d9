//! What one examination says of one answer: flaws that noise cannot explain, and the scores that are pooled over answers.

use serde::{Deserialize, Serialize};

use super::{
    calibration::{Calibration, Calibrations, Null, Sample, ScoreLimits},
    claim::Claim,
    examined::Examined,
};
use crate::task::{FinishReason, Micros, Sampling};

/// Tokens of a window.
pub const WINDOW_TOKENS: usize = 32;
/// Tokens of one answer that have to be far beyond any noise: one alone might be a fault of a memory.
const GROSS_TOKENS: usize = 3;
/// Of tokens at the border of top-p, where a hair decides whether a token is inside, at least one in this many.
const BORDER_SHARE: usize = 100;
/// Beyond any noise is what exceeds the largest of honest answers this many times.
const GROSS_FACTOR: f32 = 8.0;
/// It also has to exceed this many logits.
const GROSS_LOGITS: f32 = 1.0;
/// The same where nothing is known of the noise.
const UNKNOWN_LOGITS: f32 = 4.0;
/// And of the tokens, one in this many.
const UNKNOWN_SHARE: usize = 20;
/// Cosine distance that no arithmetic explains.
const GROSS_DISTANCE: f32 = 0.1;

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

/// What an examination says of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// Tokens, or vectors, that were compared.
    pub tokens: u32,
    /// Their scores; none where the pair of classes is not calibrated.
    pub windows: Vec<Window>,
    /// What honest scores are on average at most; `None` where the pair of classes is not calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<Null>,
    /// Why this answer alone is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<String>,
    /// Why the examination says nothing of the answer: it is not one of this answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
}

impl Findings {
    /// Whether honest noise between the two classes is known, so that scores can be pooled.
    pub const fn is_calibrated(&self) -> bool {
        self.null.is_some()
    }

    /// An answer that is false for a reason that noise cannot explain.
    pub fn gross(reason: impl Into<String>) -> Self {
        Self { gross: Some(reason.into()), ..Self::default() }
    }

    /// An examination that says nothing.
    pub fn unverified(reason: impl Into<String>) -> Self {
        Self { unverified: Some(reason.into()), ..Self::default() }
    }
}

/// Why a claim's structure is false. Whatever is missing is false as well.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum Flaw {
    #[error("{ids} tokens, {log_probabilities} log-probabilities and a count of {count} do not fit")]
    Counts { ids: usize, log_probabilities: usize, count: u32 },
    #[error("{0} tokens are more than were asked for")]
    TooLong(u32),
    #[error("the prompt has {expected} tokens and not {claimed}")]
    Prompt { expected: u32, claimed: u32 },
    #[error("a log-probability is not a number up to 0")]
    NoLogarithm,
    #[error("the tokens stand for another text")]
    Text,
    #[error("it does not end where the model ends")]
    Ending,
    #[error("it claims tokens and has none")]
    NoTokens,
}

/// Compares a claim with what the model says of it. `family` is that of the manifest, the classes are those of the devices of miner
/// and auditor, `context` is the model's context length in tokens as the miner announced it.
#[allow(clippy::too_many_arguments)]
pub fn assess(
    calibrations: &Calibrations,
    family: &str,
    miner: &str,
    auditor: &str,
    sampling: &Sampling,
    claim: &Claim,
    examined: &Examined,
    context: u32,
) -> Findings {
    if !examined.is_possible() {
        return Findings::unverified("the examination has numbers that are none");
    }
    let calibration = calibrations.get(family, miner, auditor);
    if !examined.distances.is_empty() {
        return vectors(calibration, claim, examined);
    }
    if let Err(flaw) = check(sampling, claim, examined, context) {
        return Findings::gross(flaw.to_string());
    }
    let claimed = |place: u32| claim.log_probabilities.get(place as usize).copied();
    let all = 0..claim.ids.len() as u32;
    let places = match &examined.places {
        Some(places) => places.iter().copied().map(claimed).collect::<Option<Vec<_>>>(),
        None => all.map(claimed).collect(),
    };
    let Some(claimed) = places.filter(|places| places.len() == examined.positions.len()) else {
        return Findings::unverified("the examination is of another number of tokens");
    };
    if claimed.is_empty() {
        return Findings::unverified("no token was examined");
    }
    let samples: Vec<_> =
        examined.positions.iter().zip(claimed).map(|(position, claimed)| Sample::token(position, claimed)).collect();
    Findings {
        tokens: samples.len() as u32,
        windows: calibration.map_or_else(Vec::new, |calibration| windows(&calibration.limits(), &samples)),
        null: calibration.map(Calibration::null),
        gross: gross(calibration, sampling, &samples),
        unverified: None,
    }
}

/// The structure: what has to be equal, whatever the device.
fn check(sampling: &Sampling, claim: &Claim, examined: &Examined, context: u32) -> Result<(), Flaw> {
    let (ids, count) = (claim.ids.len(), claim.finish.completion_tokens);
    if ids == 0 && count > 0 {
        return Err(Flaw::NoTokens);
    }
    if ids != count as usize || claim.log_probabilities.len() != ids {
        return Err(Flaw::Counts { ids, log_probabilities: claim.log_probabilities.len(), count });
    }
    if count > sampling.max_tokens {
        return Err(Flaw::TooLong(count));
    }
    if examined.prompt_tokens != claim.finish.prompt_tokens {
        return Err(Flaw::Prompt { expected: examined.prompt_tokens, claimed: claim.finish.prompt_tokens });
    }
    // Written so that what is not a number is a flaw.
    if !claim.log_probabilities.iter().all(|value| value.is_finite() && *value <= 0.0) {
        return Err(Flaw::NoLogarithm);
    }
    if claim.text != examined.text {
        return Err(Flaw::Text);
    }
    let full = count == sampling.max_tokens || examined.prompt_tokens.saturating_add(count) >= context;
    let fits = match claim.finish.reason {
        FinishReason::Stop => examined.end == Some(count),
        // A token that ends the answer can be the last one that there is room for.
        FinishReason::Length => full && examined.end.is_none_or(|end| end == count),
    };
    if fits { Ok(()) } else { Err(Flaw::Ending) }
}

/// Why the tokens of one answer alone show that it is false.
fn gross(calibration: Option<&Calibration>, sampling: &Sampling, samples: &[Sample]) -> Option<String> {
    let beyond = |largest: f32| (largest * GROSS_FACTOR).max(GROSS_LOGITS);
    let (shortfall, difference) = calibration.map_or((UNKNOWN_LOGITS, UNKNOWN_LOGITS), |calibration| {
        (beyond(calibration.shortfall.largest), beyond(calibration.difference.largest))
    });
    let count = |is: &dyn Fn(&Sample) -> bool| samples.iter().filter(|sample| is(sample)).count();
    let outside = count(&|sample| sample.shortfall == f32::INFINITY);
    if outside > 0 && sampling.top_p >= Micros::ONE {
        return Some(format!("{outside} of {} tokens were not allowed", samples.len()));
    }
    let least = |share: usize| GROSS_TOKENS.max(samples.len().div_ceil(share));
    let (known, border) = match calibration {
        Some(_) => (GROSS_TOKENS, least(BORDER_SHARE)),
        None => (least(UNKNOWN_SHARE), least(UNKNOWN_SHARE)),
    };
    // Who lacks too much while being inside of top-p is not at its border.
    let lacking = count(&|sample| sample.shortfall.is_finite() && sample.shortfall > shortfall);
    if lacking >= known || lacking + outside >= border {
        let lacking = lacking + outside;
        return Some(format!("{lacking} of {} tokens are not those that the model chooses", samples.len()));
    }
    let off = count(&|sample| sample.difference > difference);
    (off >= known).then(|| format!("{off} of {} log-probabilities are not the model's", samples.len()))
}

/// Vectors have no structure that their form does not show.
fn vectors(calibration: Option<&Calibration>, claim: &Claim, examined: &Examined) -> Findings {
    if examined.prompt_tokens != claim.finish.prompt_tokens {
        let flaw = Flaw::Prompt { expected: examined.prompt_tokens, claimed: claim.finish.prompt_tokens };
        return Findings::gross(flaw.to_string());
    }
    let samples: Vec<_> = examined.distances.iter().copied().map(Sample::vector).collect();
    let largest = calibration.map_or(0.0, |calibration| calibration.difference.largest);
    let limit = (largest * GROSS_FACTOR).max(GROSS_DISTANCE);
    let far = samples.iter().filter(|sample| sample.difference > limit).count();
    let gross = (far > 0).then(|| format!("{far} of {} vectors are not the model's", samples.len()));
    Findings {
        tokens: samples.len() as u32,
        windows: calibration.map_or_else(Vec::new, |calibration| windows(&calibration.limits(), &samples)),
        null: calibration.map(Calibration::null),
        gross,
        unverified: None,
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
