//! What one examination says of one answer: flaws that noise cannot explain, and the scores that are pooled over answers.

use serde::{Deserialize, Serialize};

use super::{
    calibration::{Calibration, Calibrations, Null},
    claim::Claim,
    examined::Examined,
    window::{Sample, Window, windows},
};
use crate::task::{FinishReason, ImageSize, Sampling};

/// Tokens of one answer that have to be far beyond any noise: one alone might be a fault of a memory.
const GROSS_TOKENS: usize = 3;
/// Beyond any noise is what exceeds the largest of honest answers this many times.
const GROSS_FACTOR: f32 = 8.0;
/// It also has to exceed this many logits.
const GROSS_LOGITS: f32 = 1.0;
/// The same where nothing is known of the noise.
const UNKNOWN_LOGITS: f32 = 4.0;
/// At least one of this many tokens also has to exceed it.
const UNKNOWN_SHARE: usize = 20;
/// Cosine distance that no arithmetic explains.
const GROSS_DISTANCE: f32 = 0.1;
/// What no arithmetic explains of a stretch of an image's steps, by the length of what the steps have changed, or of its pixels.
const UNKNOWN_IMAGE: f32 = 0.25;
/// The same where honest ones are known to be much closer.
const GROSS_IMAGE: f32 = 0.03;
/// What an examination measures of an image: a stretch of its steps, and its pixels.
const IMAGE_DISTANCES: usize = 2;

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

    /// Whether nothing was found where only gross differences could have been, because the noise between the two classes is not known.
    pub const fn could_be_gross_alone(&self) -> bool {
        self.null.is_none() && self.gross.is_none() && self.unverified.is_none()
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
        return Findings::unverified("the examination has values that are not numbers");
    }
    let calibration = calibrations.get(family, miner, auditor);
    if sampling.size != ImageSize::NONE {
        return image(calibration, sampling, claim, examined);
    }
    if !examined.distances.is_empty() {
        if !claim.ids.is_empty() || claim.finish.completion_tokens > 0 {
            return Findings::unverified("the examination is of vectors, and the answer has tokens");
        }
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
    // An answer without tokens, as those that only tell how likely a prompt is, has nothing else to compare.
    if claimed.is_empty() && !claim.ids.is_empty() {
        return Findings::unverified("no token was examined");
    }
    let samples: Vec<_> =
        examined.positions.iter().zip(claimed).map(|(position, claimed)| Sample::token(position, claimed)).collect();
    Findings {
        tokens: samples.len() as u32,
        windows: calibration.map_or_else(Vec::new, |calibration| windows(&calibration.limits(), &samples)),
        null: calibration.map(Calibration::null),
        gross: gross(calibration, &samples),
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
fn gross(calibration: Option<&Calibration>, samples: &[Sample]) -> Option<String> {
    let beyond = |largest: f32| (largest * GROSS_FACTOR).max(GROSS_LOGITS);
    let (shortfall, difference) = calibration.map_or((UNKNOWN_LOGITS, UNKNOWN_LOGITS), |calibration| {
        (beyond(calibration.shortfall.largest), beyond(calibration.difference.largest))
    });
    let count = |is: &dyn Fn(&Sample) -> bool| samples.iter().filter(|sample| is(sample)).count();
    let outside = count(&|sample| sample.shortfall == f32::INFINITY);
    if outside > 0 {
        return Some(format!("{outside} of {} tokens were not allowed", samples.len()));
    }
    let known = match calibration {
        Some(_) => GROSS_TOKENS,
        None => GROSS_TOKENS.max(samples.len().div_ceil(UNKNOWN_SHARE)),
    };
    let lacking = count(&|sample| sample.shortfall > shortfall);
    if lacking >= known {
        return Some(format!("{lacking} of {} tokens are not those that the model chooses", samples.len()));
    }
    let off = count(&|sample| sample.difference > difference);
    (off >= known).then(|| format!("{off} of {} log-probabilities are not the model's", samples.len()))
}

/// An image is paid by its size and its steps, and by nothing that the miner counts but the tokens of the prompt.
fn image(calibration: Option<&Calibration>, sampling: &Sampling, claim: &Claim, examined: &Examined) -> Findings {
    let (count, ids, log_probabilities) =
        (claim.finish.completion_tokens, claim.ids.len(), claim.log_probabilities.len());
    if count != sampling.size.tokens(sampling.steps) || ids > 0 || log_probabilities > 0 {
        return Findings::gross(Flaw::Counts { ids, log_probabilities, count }.to_string());
    }
    if examined.distances.len() != IMAGE_DISTANCES {
        return Findings::unverified("the examination is not of an image");
    }
    let gross = if calibration.is_some() { GROSS_IMAGE } else { UNKNOWN_IMAGE };
    distances(calibration, claim, examined, gross, "parts of the image")
}

/// Vectors have no structure that their form does not show.
fn vectors(calibration: Option<&Calibration>, claim: &Claim, examined: &Examined) -> Findings {
    distances(calibration, claim, examined, GROSS_DISTANCE, "vectors")
}

/// What distances say, of which one of `gross` shows alone that an output is false, wherever nothing rougher is honest.
fn distances(
    calibration: Option<&Calibration>,
    claim: &Claim,
    examined: &Examined,
    gross: f32,
    parts: &str,
) -> Findings {
    if examined.prompt_tokens != claim.finish.prompt_tokens {
        let flaw = Flaw::Prompt { expected: examined.prompt_tokens, claimed: claim.finish.prompt_tokens };
        return Findings::gross(flaw.to_string());
    }
    let samples: Vec<_> = examined.distances.iter().copied().map(Sample::vector).collect();
    let largest = calibration.map_or(0.0, |calibration| calibration.difference.largest);
    let limit = (largest * GROSS_FACTOR).max(gross);
    let far = samples.iter().filter(|sample| sample.difference > limit).count();
    let gross = (far > 0).then(|| format!("{far} of {} {parts} are not the model's", samples.len()));
    Findings {
        tokens: samples.len() as u32,
        windows: calibration.map_or_else(Vec::new, |calibration| windows(&calibration.limits(), &samples)),
        null: calibration.map(Calibration::null),
        gross,
        unverified: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::window::ScoreLimits;
    use crate::{
        audit::{Subject, calibrate},
        task::{Finish, Micros, sampler::Position},
    };

    fn sampling() -> Sampling {
        Sampling { max_tokens: 6, temperature: Micros::ONE, top_p: Micros::ONE, seed: 1, ..Sampling::default() }
    }

    fn claim(tokens: u32, reason: FinishReason) -> Claim {
        let finish = Finish { reason, prompt_tokens: 5, completion_tokens: tokens, stop: None };
        Claim {
            ids: (1..=tokens).collect(),
            log_probabilities: vec![-1.0; tokens as usize],
            text: "abc".into(),
            finish,
        }
    }

    fn examined(tokens: u32) -> Examined {
        let positions = vec![Position { log_probability: -1.0, shortfall: 0.0 }; tokens as usize];
        Examined { prompt_tokens: 5, positions, text: "abc".into(), ..Examined::default() }
    }

    fn assessed(sampling: &Sampling, claim: &Claim, examined: &Examined) -> Findings {
        assess(&Calibrations::default(), "f", "m", "a", sampling, claim, examined, 100)
    }

    /// What is known of a pair whose honest shortfalls are up to 0.5 logits.
    fn rough() -> Calibrations {
        let of = |text: &str| text.to_owned();
        let subject = Subject { family: of("f"), miner: of("m"), auditor: of("a"), ..Subject::default() };
        let sample = |at: usize| Sample { shortfall: if at == 7 { 0.5 } else { 0.0 }, difference: 0.01 };
        let mut known = Calibrations::default();
        known.insert(calibrate(subject, false, &vec![(0..64).map(sample).collect(); 100]));
        known
    }

    #[test]
    fn whatever_is_missing_or_does_not_fit_is_gross() {
        type Spoil = fn(&mut Claim);
        let good = claim(6, FinishReason::Length);
        let findings = assessed(&sampling(), &good, &examined(6));
        assert_eq!((findings.gross, findings.tokens, findings.unverified), (None, 6, None));
        let spoils: [(&str, Spoil); 9] = [
            ("do not fit", |claim| claim.log_probabilities.clear()),
            ("do not fit", |claim| claim.ids.truncate(2)),
            ("has none", |claim| claim.ids.clear()),
            ("more than were asked for", |claim| *claim = super::tests::claim(7, FinishReason::Length)),
            ("the prompt has 5 tokens and not 6", |claim| claim.finish.prompt_tokens = 6),
            ("not a number", |claim| claim.log_probabilities[1] = 0.1),
            ("not a number", |claim| claim.log_probabilities[1] = f32::NAN),
            ("another text", |claim| claim.text = "abd".into()),
            ("does not end", |claim| claim.finish.reason = FinishReason::Stop),
        ];
        for (reason, spoil) in spoils {
            let mut spoiled = good.clone();
            spoil(&mut spoiled);
            let gross = assessed(&sampling(), &spoiled, &examined(6)).gross;
            assert!(gross.as_ref().is_some_and(|gross| gross.contains(reason)), "{reason}: {gross:?}");
        }
    }

    #[test]
    fn an_answer_ends_where_the_model_ends_and_only_there() {
        let ends = |tokens, reason, end, context| {
            let examined = Examined { end, ..examined(tokens) };
            assess(&Calibrations::default(), "f", "m", "a", &sampling(), &claim(tokens, reason), &examined, context)
                .gross
                .is_none()
        };
        use FinishReason::{Length, Stop};
        assert!(ends(6, Length, None, 100) && ends(6, Length, Some(6), 100) && ends(6, Stop, Some(6), 100));
        assert!(!ends(6, Length, Some(3), 100) && !ends(6, Stop, Some(3), 100));
        // Cut, by either reason; where the context is full the answer has ended.
        assert!(!ends(3, Length, None, 100) && !ends(3, Stop, None, 100) && ends(3, Stop, Some(3), 100));
        assert!(ends(3, Length, None, 8) && !ends(3, Length, None, 9));
    }

    #[test]
    fn an_answer_without_tokens_is_examined_all_the_same() {
        let asked = Sampling { max_tokens: 0, ..sampling() };
        let (answer, found) = (claim(0, FinishReason::Length), examined(0));
        let findings = |claim: &Claim| assess(&rough(), "f", "m", "a", &asked, claim, &found, 100);
        let clean = findings(&answer);
        assert_eq!((clean.tokens, clean.gross, clean.unverified), (0, None, None));
        let mut longer = answer;
        longer.finish.prompt_tokens = 6;
        assert!(findings(&longer).gross.is_some_and(|gross| gross.contains("5 tokens and not 6")));
        // Of an answer that has tokens, some have to be looked at.
        let none = Examined { places: Some(vec![]), ..examined(0) };
        assert!(assessed(&sampling(), &claim(6, FinishReason::Length), &none).unverified.is_some());
    }

    #[test]
    fn three_tokens_far_beyond_the_noise_are_gross_and_two_are_not() {
        let known = rough();
        let with = |shortfalls: &[f32]| {
            let mut examined = examined(64);
            examined
                .positions
                .iter_mut()
                .zip(shortfalls)
                .for_each(|(position, shortfall)| position.shortfall = *shortfall);
            let sampling = Sampling { max_tokens: 64, ..sampling() };
            assess(&known, "f", "m", "a", &sampling, &claim(64, FinishReason::Length), &examined, 100).gross
        };
        // Eight times the largest honest one.
        assert_eq!(with(&[4.0; 9]), None);
        assert_eq!(with(&[4.1, 4.1]), None);
        assert!(with(&[4.1, 4.1, 4.1]).is_some());
        // A token that is not allowed is one that cannot be.
        assert!(with(&[f32::INFINITY]).is_some_and(|gross| gross.contains("1 of 64 tokens were not allowed")));
    }

    #[test]
    fn invented_log_probabilities_are_gross() {
        let known = rough();
        let sampling = Sampling { max_tokens: 64, ..sampling() };
        let mut invented = claim(64, FinishReason::Length);
        invented.log_probabilities[..2].fill(-2.5);
        let judged = |claim: &Claim| assess(&known, "f", "m", "a", &sampling, claim, &examined(64), 100);
        assert_eq!(judged(&invented).gross, None);
        invented.log_probabilities[2] = -0.0;
        assert_eq!(judged(&invented).gross, None);
        invented.log_probabilities[2] = -2.5;
        assert!(judged(&invented).gross.is_some());
        assert_eq!(judged(&invented).windows.len(), 2);
    }

    #[test]
    fn vectors_are_compared_by_their_distances() {
        let claim = Claim { ids: vec![], log_probabilities: vec![], ..claim(0, FinishReason::Stop) };
        let with = |distances: Vec<f32>| assessed(&sampling(), &claim, &Examined { distances, ..examined(0) });
        assert_eq!((with(vec![1e-6; 4]).gross, with(vec![1e-6; 4]).tokens), (None, 4));
        assert!(with(vec![1e-6, 0.3]).gross.is_some());
        assert!(with(vec![f32::NAN]).unverified.is_some());
        let windows = assess(
            &rough(),
            "f",
            "m",
            "a",
            &sampling(),
            &claim,
            &Examined { distances: vec![0.01; 40], ..examined(0) },
            100,
        )
        .windows;
        assert_eq!((windows.len(), windows[0].flips, windows[0].difference > 0.2), (2, 0.0, true));
    }

    #[test]
    fn an_image_is_compared_by_a_stretch_of_its_steps_and_by_its_pixels() {
        let size = ImageSize { width: 1_536, height: 1_536 };
        let asked = Sampling { max_tokens: 3, size, ..Sampling::default() };
        let honest = Claim { ids: vec![], log_probabilities: vec![], ..claim(3, FinishReason::Stop) };
        let found = |known: &Calibrations, claim: &Claim, distances: &[f32]| {
            let examined = Examined { distances: distances.to_vec(), ..examined(0) };
            assess(known, "f", "m", "a", &asked, claim, &examined, 77)
        };
        let none = Calibrations::default();
        let clean = found(&none, &honest, &[0.2, 0.2]);
        assert_eq!((clean.gross, clean.unverified, clean.tokens), (None, None, 2));
        assert!(found(&none, &honest, &[0.3, 0.0]).gross.is_some_and(|gross| gross.starts_with("1 of 2 parts")));
        let exact = calibrate(
            Subject { family: "f".into(), miner: "m".into(), auditor: "a".into(), ..Subject::default() },
            false,
            &vec![vec![Sample::vector(0.0); 2]; 100],
        );
        let mut known = Calibrations::default();
        known.insert(exact);
        let near = found(&known, &honest, &[0.02, 0.0]);
        assert!(near.gross.is_none() && near.windows[0].difference > 0.4, "{near:?}");
        assert!(found(&known, &honest, &[0.05, 0.0]).gross.is_some());
        assert!(found(&none, &honest, &[0.0]).unverified.is_some());
        let spoils: [fn(&mut Claim); 3] = [
            |claim| claim.finish.completion_tokens = 2,
            |claim| claim.ids = vec![1, 2, 3],
            |claim| claim.finish.prompt_tokens += 1,
        ];
        for spoil in spoils {
            let mut spoiled = honest.clone();
            spoil(&mut spoiled);
            assert!(found(&none, &spoiled, &[0.0, 0.0]).gross.is_some(), "{spoiled:?}");
        }
    }

    #[test]
    fn windows_are_means_of_at_most_32_tokens() {
        let limits = ScoreLimits { shortfall: 0.1, difference: 0.01 };
        let sample = |at: usize| Sample {
            shortfall: if at < 8 { 0.05 } else { 0.0 },
            difference: if at < 32 { 0.0 } else { 9.0 },
        };
        let samples: Vec<_> = (0..40).map(sample).collect();
        let expected = [
            Window { flips: 0.25, shortfall: 0.125, difference: 0.0 },
            Window { flips: 0.0, shortfall: 0.0, difference: 1.0 },
        ];
        assert_eq!(windows(&limits, &samples), expected);
        assert_eq!(windows(&limits, &[]), []);
        let worst = Sample { shortfall: f32::NAN, difference: f32::NAN };
        assert_eq!(windows(&limits, &[worst]), [Window { flips: 1.0, shortfall: 1.0, difference: 1.0 }]);
    }
}
