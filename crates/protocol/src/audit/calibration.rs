//! Calibrations: how far honest answers are from what an auditor computes, measured for one kind of miner and one kind of auditor.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use super::window::{Sample, ScoreLimits, Window, windows};

/// What an honest miner's scores are on average at most, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Null {
    /// Share of the tokens that the sampler would not have taken.
    pub flips: f32,
    /// Logits that they lacked, over the calibration's limit.
    pub shortfall: f32,
    /// Difference of the log-probabilities, or distance of the vectors, over the calibration's limit.
    pub difference: f32,
}

/// Of whom and with what something is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Engine and quantisation of the manifests (see [`crate::manifest::ModelManifest::family`]).
    pub family: String,
    /// Class of the miner's device.
    pub miner: String,
    /// Class of the auditor's device.
    pub auditor: String,
    /// The models that are measured.
    pub models: Vec<String>,
    /// The command that measures.
    pub command: String,
    /// The version of this software that measures.
    pub version: String,
}

impl Subject {
    /// What calibrations are known by: a calibration is for a family, and for one class of miners and one of auditors.
    fn key(&self) -> [String; 3] {
        [&self.family, &self.miner, &self.auditor].map(Clone::clone)
    }
}

/// The calibration of a pair of classes for one family of manifests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What was measured.
    #[serde(flatten)]
    pub subject: Subject,
    /// Honest answers that were examined.
    pub answers: u64,
    /// Their tokens, or vectors.
    pub tokens: u64,
    /// Their windows.
    pub windows: u64,
    /// Shares of flips.
    pub flips: Spread,
    /// Logits that tokens lacked to be taken.
    pub shortfall: Noise,
    /// Differences of log-probabilities, or cosine distances.
    pub difference: Noise,
}

/// Mean and variance of a score over the windows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The variance of a sample.
    pub variance: f64,
}

/// A measure of tokens, and the score that is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// From here on a token's score is 1.
    pub limit: f32,
    /// The median.
    pub median: f32,
    /// What 99% of the tokens do not exceed.
    pub p99: f32,
    /// What 99.9% of the tokens do not exceed.
    pub p999: f32,
    /// The largest that is finite.
    pub largest: f32,
    /// Mean of the windows' scores.
    pub mean: f64,
    /// Variance of the windows' scores.
    pub variance: f64,
}

/// A calibration's bounds hold with this probability.
const CONFIDENCE: f64 = 0.999;
/// Honest means are taken to be at most this many times their bound: prompts of strangers are not those of a calibration.
const MARGIN: f64 = 1.5;
/// Limits are this many times what 99% of honest tokens do not exceed.
const LIMIT: f32 = 4.0;
/// Limits are never below this: some thousand roundings of a single-precision logit of size 10. A calibration is for all models of
/// a family, and a large one sums more than those that were measured.
const FLOOR: f32 = 1e-3;
/// The same for cosine distances.
const DISTANCE_FLOOR: f32 = 1e-5;
/// For the same reason honest differences are taken to be at least this part of the limit on average. The weights' next coarser form
/// (8 bits) is several times as far away as the limit.
const LEAST_DIFFERENCE: f32 = 0.1;
/// A calibration by fewer windows bounds nothing.
const LEAST_WINDOWS: u64 = 2;

impl Calibration {
    /// What honest scores are on average at most.
    pub fn null(&self) -> Null {
        let bound = |mean, variance| (bound(mean, variance, self.windows) * MARGIN).clamp(0.0, 1.0) as f32;
        Null {
            flips: bound(self.flips.mean, self.flips.variance),
            shortfall: bound(self.shortfall.mean, self.shortfall.variance),
            difference: bound(self.difference.mean, self.difference.variance).max(LEAST_DIFFERENCE),
        }
    }
}

/// Upper bound of the mean of independent values from 0 to 1 (Maurer and Pontil 2009, theorem 4).
fn bound(mean: f64, variance: f64, count: u64) -> f64 {
    if count < LEAST_WINDOWS || !(mean.is_finite() && variance.is_finite()) {
        return 1.0;
    }
    let (count, log) = (count as f64, (2.0 / (1.0 - CONFIDENCE)).ln());
    mean.max(0.0) + (2.0 * variance.max(0.0) * log / count).sqrt() + 7.0 * log / (3.0 * (count - 1.0))
}

/// Makes a calibration of honest answers, of which each is the samples of its tokens in order.
pub fn calibrate(subject: Subject, vectors: bool, answers: &[Vec<Sample>]) -> Calibration {
    let tokens = || answers.iter().flatten();
    let differences = sorted(tokens().map(|sample| sample.difference));
    let shortfalls = sorted(tokens().map(|sample| sample.shortfall));
    // Where logits are off by as much as log-probabilities are, a token that was as good can lack about that.
    let limit = (quantile(&differences, 0.99) * LIMIT).max(if vectors { DISTANCE_FLOOR } else { FLOOR });
    let limits = ScoreLimits { shortfall: limit, difference: limit };
    let windows: Vec<Window> = answers.iter().flat_map(|answer| windows(&limits, answer)).collect();
    let spread = |score: fn(&Window) -> f32| spread(windows.iter().map(|window| f64::from(score(window))));
    let noise = |values: &[f32], Spread { mean, variance }| Noise {
        limit,
        median: quantile(values, 0.5),
        p99: quantile(values, 0.99),
        p999: quantile(values, 0.999),
        largest: values.iter().rev().find(|value| value.is_finite()).copied().unwrap_or(0.0),
        mean,
        variance,
    };
    Calibration {
        subject,
        answers: answers.len() as u64,
        tokens: differences.len() as u64,
        windows: windows.len() as u64,
        flips: spread(|window| window.flips),
        shortfall: noise(&shortfalls, spread(|window| window.shortfall)),
        difference: noise(&differences, spread(|window| window.difference)),
    }
}

fn sorted(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}

/// The value that a share of the sorted ones does not exceed; the largest finite one where that is infinite.
fn quantile(sorted: &[f32], share: f64) -> f32 {
    let rank = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1));
    let below = sorted.get(..rank).unwrap_or_default();
    below.iter().rev().find(|value| value.is_finite()).copied().unwrap_or(0.0)
}

fn spread(values: impl Iterator<Item = f64> + Clone) -> Spread {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count.max(1.0);
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    Spread { mean, variance: squares / (count - 1.0).max(1.0) }
}

/// Mean and variance of two samples together.
fn pool([one, two]: [f64; 2], [first, second]: [Spread; 2]) -> Spread {
    let count = one + two;
    let apart = first.mean - second.mean;
    let squares = (one - 1.0) * first.variance + (two - 1.0) * second.variance + one * two / count * apart * apart;
    Spread { mean: (one * first.mean + two * second.mean) / count, variance: squares / (count - 1.0).max(1.0) }
}

/// The calibrations that are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibrations(BTreeMap<[String; 3], Calibration>);

/// Why a calibration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a calibration: {0}")]
pub struct CalibrationError(String);

/// What `cuckoo audit calibrate` measured on the machines of this project.
const BUILT_IN: [&str; 3] = [
    include_str!("../../calibration/candle-none-cpu-f32-cpu-f32.toml"),
    include_str!("../../calibration/mistralrs-none-cpu-f32-cpu-f32.toml"),
    include_str!("../../calibration/scripted.toml"),
];

impl Calibrations {
    /// Those that come with the software.
    pub fn built_in() -> Self {
        static KNOWN: LazyLock<Calibrations> = LazyLock::new(|| {
            let mut known = Calibrations::default();
            for text in BUILT_IN {
                // A test reads each of them.
                let _ = known.add(text);
            }
            known
        });
        KNOWN.clone()
    }

    /// Adds one, as `cuckoo audit calibrate` writes it, in the place of an earlier one for the same.
    pub fn add(&mut self, toml: &str) -> Result<(), CalibrationError> {
        let calibration: Calibration = toml::from_str(toml).map_err(|error| CalibrationError(error.to_string()))?;
        let numbers = [calibration.flips.mean, calibration.shortfall.mean, calibration.difference.mean];
        let limits = [calibration.shortfall.limit, calibration.difference.limit];
        let sizes = [calibration.shortfall.largest, calibration.difference.largest];
        let good = numbers.iter().all(|mean| (0.0..=1.0).contains(mean))
            && limits.iter().all(|limit| limit.is_finite() && *limit > 0.0)
            && sizes.iter().all(|largest| largest.is_finite() && *largest >= 0.0)
            && calibration.windows >= LEAST_WINDOWS;
        if !good {
            return Err(CalibrationError("its numbers are none, or out of their ranges".into()));
        }
        self.insert(calibration);
        Ok(())
    }

    /// Adds one that was just measured.
    pub fn insert(&mut self, calibration: Calibration) {
        self.0.insert(calibration.subject.key(), calibration);
    }

    /// The calibration of a pair of classes. Two engines of the same class differ in the same way whichever of them audits, but
    /// those of different classes have a file for each way. Of a device whose class is not said nothing is known.
    pub fn get(&self, family: &str, miner: &str, auditor: &str) -> Option<&Calibration> {
        if miner.is_empty() || auditor.is_empty() {
            return None;
        }
        self.0.get(&[family.to_owned(), miner.to_owned(), auditor.to_owned()])
    }

    /// Whether anything is known of honest answers from devices of a class, examined by any other.
    pub fn has(&self, family: &str, miner: &str) -> bool {
        let is_it = |[of, class, _]: &[String; 3]| of == family && class == miner;
        !miner.is_empty() && self.0.keys().any(is_it)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Calibration> {
        self.0.values()
    }
}

impl Calibration {
    /// The file that [`Calibrations::add`] reads.
    pub fn to_toml(&self) -> Result<String, CalibrationError> {
        toml::to_string(self).map_err(|error| CalibrationError(error.to_string()))
    }

    /// Both measurements together, which have to be of the same family and classes, with the same limits. Of the quantiles the larger
    /// ones count.
    pub fn pool(&self, other: &Self) -> Result<Self, CalibrationError> {
        if self.subject.key() != other.subject.key() || self.limits() != other.limits() {
            return Err(CalibrationError("it has another family, other classes or other limits".into()));
        }
        let counts = [self.windows as f64, other.windows as f64];
        let noise = |one: &Noise, other: &Noise| {
            let spread = |noise: &Noise| Spread { mean: noise.mean, variance: noise.variance };
            let Spread { mean, variance } = pool(counts, [spread(one), spread(other)]);
            Noise {
                limit: one.limit,
                median: one.median.max(other.median),
                p99: one.p99.max(other.p99),
                p999: one.p999.max(other.p999),
                largest: one.largest.max(other.largest),
                mean,
                variance,
            }
        };
        let models = [self.subject.models.clone(), other.subject.models.clone()].concat();
        Ok(Self {
            subject: Subject { models, ..self.subject.clone() },
            answers: self.answers + other.answers,
            tokens: self.tokens + other.tokens,
            windows: self.windows + other.windows,
            flips: pool(counts, [self.flips, other.flips]),
            shortfall: noise(&self.shortfall, &other.shortfall),
            difference: noise(&self.difference, &other.difference),
        })
    }

    pub(super) const fn limits(&self) -> ScoreLimits {
        ScoreLimits { shortfall: self.shortfall.limit, difference: self.difference.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        let of = |text: &str| text.to_owned();
        Subject {
            family: of("e 1, none"),
            miner: of("m"),
            auditor: of("a"),
            models: vec![of("x")],
            ..Subject::default()
        }
    }

    fn answers(count: usize, difference: f32) -> Vec<Vec<Sample>> {
        let sample = |at: usize| Sample { shortfall: 0.0, difference: difference * (at % 7) as f32 / 7.0 };
        (0..count).map(|_| (0..64).map(sample).collect()).collect()
    }

    #[test]
    fn what_comes_with_the_software_is_read_and_bounds_something() {
        let mut known = Calibrations::default();
        for text in BUILT_IN {
            known.add(text).expect("a calibration");
        }
        assert_eq!((&known, known.iter().count()), (&Calibrations::built_in(), BUILT_IN.len()));
        for calibration in known.iter() {
            let Null { flips, shortfall, difference } = calibration.null();
            assert!(flips < 0.05 && shortfall < 0.05 && difference < 0.3, "{:?}", calibration.null());
        }
    }

    #[test]
    fn a_calibration_is_read_as_it_was_written_and_never_where_it_makes_no_sense() {
        let calibration = calibrate(subject(), false, &answers(100, 1e-5));
        let toml = calibration.to_toml().expect("writes");
        let mut known = Calibrations::default();
        known.add(&toml).expect("reads");
        assert_eq!(known.get("e 1, none", "m", "a"), Some(&calibration));
        // Each way is measured apart.
        assert_eq!(known.get("e 1, none", "a", "m"), None);
        let has = [("e 1, none", "m"), ("e 1, none", "a"), ("e 2, none", "m"), ("e 1, none", "")];
        assert_eq!(has.map(|(family, miner)| known.has(family, miner)), [true, false, false, false]);
        for (part, other) in [
            ("windows = 200", "windows = 1"),
            ("limit = ", "limit = -"),
            ("largest = ", "largest = nan #"),
            ("mean = 0.0", "mean = 2.0"),
            ("family", "families"),
            ("answers = 100\n", ""),
        ] {
            let spoiled = toml.replacen(part, other, 1);
            assert!(spoiled != toml && Calibrations::default().add(&spoiled).is_err(), "{spoiled}");
        }
    }

    #[test]
    fn two_measurements_together_are_as_one() {
        let (one, two) = (answers(50, 1e-5), answers(200, 2e-5));
        let pooled = calibrate(subject(), false, &one).pool(&calibrate(subject(), false, &two)).expect("pools");
        let whole = calibrate(subject(), false, &[one, two].concat());
        assert_eq!((pooled.answers, pooled.tokens, pooled.windows), (whole.answers, whole.tokens, whole.windows));
        let (pooled, whole) = (pooled.difference, whole.difference);
        assert!((pooled.mean - whole.mean).abs() < 1e-12 && (pooled.variance / whole.variance - 1.0).abs() < 1e-9);
        assert_eq!((pooled.largest, pooled.limit), (whole.largest, whole.limit));
        let rough = calibrate(subject(), false, &answers(50, 1e-2));
        assert!(rough.pool(&calibrate(subject(), false, &answers(50, 1e-5))).is_err());
        let other = calibrate(Subject { miner: "b".into(), ..subject() }, false, &answers(50, 1e-2));
        assert!(rough.pool(&other).is_err());
    }

    #[test]
    fn more_answers_bound_more_and_noise_widens_the_limit() {
        let nulls: Vec<_> =
            [10, 100, 1_000].map(|count| calibrate(subject(), false, &answers(count, 1e-5)).null()).into();
        assert!(nulls.windows(2).all(|pair| pair[1].flips < pair[0].flips && pair[1].difference < pair[0].difference));
        // The bound is above the mean of what was measured, and with few windows far above.
        let calibration = calibrate(subject(), false, &answers(1_000, 1e-5));
        assert!(f64::from(calibration.null().difference) > calibration.difference.mean * MARGIN);
        assert_eq!(calibration.difference.limit, FLOOR);
        assert!(nulls[0].flips > 0.5, "{nulls:?}");
        let rough = calibrate(subject(), false, &answers(1_000, 1e-2));
        assert!((rough.difference.limit / (4.0 * rough.difference.p99) - 1.0).abs() < 1e-6);
        assert!(f64::from(rough.null().difference) > rough.difference.mean);
        let none = calibrate(subject(), false, &[]);
        assert_eq!(none.null(), Null { flips: 1.0, shortfall: 1.0, difference: 1.0 });
        assert!(Calibrations::default().add(&none.to_toml().expect("writes")).is_err());
    }
}
