//! A claim against what the model itself says of it.

use serde::Serialize;

use super::{claim::Claim, examined::Examined};
use crate::task::{FinishReason, Sampling};

/// How far a claim is from what the model says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Distance {
    /// Largest number of logits that a token lacks to be the one the sampler takes.
    pub shortfall: f32,
    /// Largest difference of a log-probability.
    pub largest: f32,
    /// Mean difference of the log-probabilities.
    pub mean: f32,
}

/// Why a claim is false. Whatever is missing is false as well.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// Ids, log-probabilities and count are not equally many.
    #[error("{ids} tokens, {log_probabilities} log-probabilities and a count of {count} do not fit")]
    Counts {
        /// The number of ids.
        ids: usize,
        /// The number of log-probabilities.
        log_probabilities: usize,
        /// The number of tokens that the finish claims.
        count: u32,
    },
    /// It is longer than what was asked for.
    #[error("{0} tokens are more than were asked for")]
    TooLong(u32),
    /// The prompt has another number of tokens.
    #[error("the prompt has {expected} tokens and not {claimed}")]
    Prompt {
        /// The number that the model's template renders.
        expected: u32,
        /// The number that was claimed.
        claimed: u32,
    },
    /// The model cannot have written it.
    #[error("it cannot be examined: {0}")]
    Impossible(String),
    /// A log-probability is not the logarithm of a probability.
    #[error("a log-probability is not a number up to 0")]
    NoLogarithm,
    /// The tokens stand for another text.
    #[error("the tokens stand for another text")]
    Text,
    /// It ends where the model does not, or goes on after the model has ended.
    #[error("it does not end where the model ends")]
    Ending,
    /// The sampler takes another token.
    #[error("a token lacks {0} logits to be chosen")]
    Token(f32),
    /// The model has other probabilities.
    #[error("the log-probabilities are {mean} off in the mean, and {largest} at most")]
    Probabilities {
        /// The mean difference.
        mean: f32,
        /// The largest difference.
        largest: f32,
    },
}

impl Flaw {
    /// One word for statistics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Counts { .. } | Self::TooLong(_) | Self::Prompt { .. } | Self::Impossible(_) | Self::NoLogarithm => {
                "structure"
            }
            Self::Text => "text",
            Self::Ending => "ending",
            Self::Token(_) => "token",
            Self::Probabilities { .. } => "probabilities",
        }
    }
}

/// How far an honest claim can be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Limits(pub Distance);

/// Limits are this many times the largest distance of an honest execution. Measured noise lies orders of magnitude below
/// the distance of a quantised model, so that a generous factor costs no detection.
const MARGIN: f32 = 8.0;
/// Limits are never below this: a few hundred roundings of a single-precision logit of size 10.
const FLOOR: f32 = 1e-4;

impl Limits {
    /// The limits that honest executions of one model on one kind of device set.
    pub fn calibrated(honest: &[Distance]) -> Self {
        let limit = |part: fn(&Distance) -> f32| (honest.iter().map(part).fold(0.0, f32::max) * MARGIN).max(FLOOR);
        Self(Distance {
            shortfall: limit(|distance| distance.shortfall),
            largest: limit(|distance| distance.largest),
            mean: limit(|distance| distance.mean),
        })
    }

    /// Whether a claim can be honest.
    pub fn judge(&self, distance: &Distance) -> Result<(), Flaw> {
        // Written so that a distance that is not a number is a flaw.
        if distance.shortfall <= self.0.shortfall {
            match distance.largest <= self.0.largest && distance.mean <= self.0.mean {
                true => Ok(()),
                false => Err(Flaw::Probabilities { mean: distance.mean, largest: distance.largest }),
            }
        } else {
            Err(Flaw::Token(distance.shortfall))
        }
    }
}

/// Compares a claim with what the model says of it. `context` is the model's context length in tokens.
pub fn compare(sampling: &Sampling, claim: &Claim, examined: &Examined, context: u32) -> Result<Distance, Flaw> {
    let (ids, count) = (claim.ids.len(), claim.finish.completion_tokens);
    if ids != count as usize || claim.log_probabilities.len() != ids || examined.positions.len() != ids {
        return Err(Flaw::Counts { ids, log_probabilities: claim.log_probabilities.len(), count });
    }
    if count > sampling.max_tokens {
        return Err(Flaw::TooLong(count));
    }
    if examined.prompt_tokens != claim.finish.prompt_tokens {
        return Err(Flaw::Prompt { expected: examined.prompt_tokens, claimed: claim.finish.prompt_tokens });
    }
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
    if !fits {
        return Err(Flaw::Ending);
    }
    let mut distance = Distance::default();
    let mut sum = 0.0;
    for (position, claimed) in examined.positions.iter().zip(&claim.log_probabilities) {
        let difference = (position.log_probability - claimed).abs();
        distance.shortfall = distance.shortfall.max(position.shortfall);
        distance.largest = distance.largest.max(difference);
        sum += f64::from(difference);
    }
    distance.mean = (sum / ids.max(1) as f64) as f32;
    Ok(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Finish, Micros, sampler::Position};

    fn sampling() -> Sampling {
        Sampling { max_tokens: 3, temperature: Micros::ONE, top_p: Micros::ONE, seed: 1, ..Sampling::default() }
    }

    fn finish(reason: FinishReason, completion_tokens: u32) -> Finish {
        Finish { reason, prompt_tokens: 5, completion_tokens }
    }

    fn claim() -> Claim {
        let finish = finish(FinishReason::Length, 3);
        Claim { ids: vec![1, 2, 3], log_probabilities: vec![-1.0, -2.0, -3.0], text: "abc".into(), finish }
    }

    fn examined() -> Examined {
        let position = |log_probability| Position { log_probability, shortfall: 0.0 };
        let positions = [-1.0, -2.0, -3.25].map(position).to_vec();
        Examined { prompt_tokens: 5, positions, text: "abc".into(), ..Examined::default() }
    }

    fn compared(claim: &Claim, examined: &Examined) -> Result<Distance, &'static str> {
        compare(&sampling(), claim, examined, 100).map_err(|flaw| flaw.kind())
    }

    #[test]
    fn a_distance_is_measured_where_everything_fits() {
        let expected = Distance { shortfall: 0.0, largest: 0.25, mean: 0.25 / 3.0 };
        assert_eq!(compared(&claim(), &examined()), Ok(expected));
        let limits = |distance| Limits::calibrated(&[Distance::default(), distance]);
        assert!(limits(expected).judge(&expected).is_ok());
        let tight = limits(Distance::default());
        assert_eq!(tight.judge(&expected).map_err(|flaw| flaw.kind()), Err("probabilities"));
        let other = Distance { shortfall: 0.1, ..Distance::default() };
        assert_eq!(tight.judge(&other).map_err(|flaw| flaw.kind()), Err("token"));
        let nothing = Distance { mean: f32::NAN, ..Distance::default() };
        assert!(limits(expected).judge(&nothing).is_err());
    }

    #[test]
    fn whatever_is_missing_or_does_not_fit_is_a_flaw() {
        type Spoil = fn(&mut Claim);
        let claims: [(&str, Spoil); 7] = [
            ("structure", |claim| claim.log_probabilities.clear()),
            ("structure", |claim| claim.ids.truncate(2)),
            ("structure", |claim| claim.finish.prompt_tokens = 6),
            ("structure", |claim| claim.log_probabilities[1] = 0.1),
            ("structure", |claim| claim.log_probabilities[1] = f32::NAN),
            ("text", |claim| claim.text = "abd".into()),
            ("ending", |claim| claim.finish.reason = FinishReason::Stop),
        ];
        for (kind, spoil) in claims {
            let mut claim = claim();
            spoil(&mut claim);
            assert_eq!(compared(&claim, &examined()), Err(kind), "{claim:?}");
        }
        // A cut answer, by either reason, and one that goes on after its end.
        for reason in [FinishReason::Stop, FinishReason::Length] {
            let claim =
                Claim { ids: vec![1], log_probabilities: vec![-1.0], text: "a".into(), finish: finish(reason, 1) };
            let mut examined = Examined { text: "a".into(), ..examined() };
            examined.positions.truncate(1);
            assert_eq!(compared(&claim, &examined), Err("ending"));
            examined.end = Some(1);
            assert_eq!(compared(&claim, &examined).is_ok(), reason == FinishReason::Stop);
        }
        assert_eq!(compared(&claim(), &Examined { end: Some(2), ..examined() }), Err("ending"));
        let long = Sampling { max_tokens: 2, ..sampling() };
        assert_eq!(compare(&long, &claim(), &examined(), 100), Err(Flaw::TooLong(3)));
    }
}
