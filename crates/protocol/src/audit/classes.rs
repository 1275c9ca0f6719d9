//! Answers of a miner whose device nobody has signed for, as a juror has them: assessed as those of each class that is known, so that
//! an honest miner of none of them is found guilty.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    assessment::{Findings, assess},
    calibration::Calibrations,
    claim::Claim,
    examined::Examined,
    judge::{Judgement, judge},
};
use crate::task::Sampling;

/// What was found of one answer, by the class that its miner's device may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassFindings(pub BTreeMap<String, Findings>);

impl ClassFindings {
    /// The same whatever the class, for answers that need no examination.
    pub fn of_any(findings: Findings) -> Self {
        Self(BTreeMap::from([(UNKNOWN.to_owned(), findings)]))
    }
}

/// Stands for a class that no calibration knows.
const UNKNOWN: &str = "unknown";

impl Calibrations {
    /// The classes of devices that are known for a family of manifests.
    pub fn classes(&self, family: &str) -> BTreeSet<String> {
        let of_family = self.iter().map(|calibration| &calibration.subject).filter(|subject| subject.family == family);
        of_family.flat_map(|subject| [subject.miner.clone(), subject.auditor.clone()]).collect()
    }
}

/// Compares a claim with what the model says of it, as [`assess`] does, for each class that is known for the family. A class whose noise
/// against the juror's own class `auditor` is not known is assessed as [`assess`] does without a calibration. `context` is that of the
/// juror's own model: miners are only given what fits in theirs.
pub fn assess_by_class(
    calibrations: &Calibrations,
    family: &str,
    auditor: &str,
    sampling: &Sampling,
    claim: &Claim,
    examined: &Examined,
    context: u32,
) -> ClassFindings {
    let mut classes = calibrations.classes(family);
    if classes.is_empty() {
        classes.insert(UNKNOWN.to_owned());
    }
    let found = |class: String| {
        let findings = assess(calibrations, family, &class, auditor, sampling, claim, examined, context);
        (class, findings)
    };
    ClassFindings(classes.into_iter().map(found).collect())
}

/// How a juror votes that does not know the class of the accused's device: guilty where [`judge`] says so for every class, innocent where
/// it does for one. `answers` has an entry for each receipt of a case, `None` where its answer could not be had or examined;
/// `chosen_among` is how many answers of the accused the receipts were chosen among, see [`judge`].
pub fn judge_by_class(answers: &[Option<ClassFindings>], chosen_among: u64) -> Judgement {
    let classes: BTreeSet<&String> = answers.iter().flatten().flat_map(|found| found.0.keys()).collect();
    let of_class = |class: &String| {
        let of = |found: &ClassFindings| {
            // An answer that is false whatever the class stands under one name alone.
            found.0.get(class).or_else(|| found.0.get(UNKNOWN)).cloned()
        };
        let findings: Vec<_> = answers.iter().map(|answer| answer.as_ref().and_then(of)).collect();
        judge(&findings, chosen_among)
    };
    let known: Vec<_> = classes.iter().filter(|class| classes.len() == 1 || class.as_str() != UNKNOWN).collect();
    let judgements: BTreeSet<_> = known.into_iter().map(|class| of_class(class)).collect();
    if judgements.contains(&Judgement::Innocent) {
        return Judgement::Innocent;
    }
    match judgements.len() {
        1 if judgements.contains(&Judgement::Guilty) => Judgement::Guilty,
        _ => Judgement::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{MOST_ANSWERS, Sample, Subject, calibrate},
        task::{Finish, FinishReason, Micros, sampler::Position},
    };

    const TOKENS: u32 = 320;

    fn known(pairs: &[(&str, &str, f32)]) -> Calibrations {
        let mut known = Calibrations::default();
        for (miner, auditor, noise) in pairs {
            let of = |text: &str| text.to_owned();
            let subject = Subject { family: of("f"), miner: of(miner), auditor: of(auditor), ..Subject::default() };
            let sample = |at: u32| Sample { shortfall: 0.0, difference: noise * (at % 7) as f32 / 7.0 };
            known.insert(calibrate(subject, false, &vec![(0..TOKENS).map(sample).collect(); 1_000]));
        }
        known
    }

    /// An answer whose log-probabilities are this far from those that a juror of the class `a` computes.
    fn answer(calibrations: &Calibrations, off: f32) -> Option<ClassFindings> {
        let sampling = Sampling {
            max_tokens: TOKENS,
            temperature: Micros::ONE,
            top_p: Micros::ONE,
            seed: 1,
            ..Sampling::default()
        };
        let finish = Finish { reason: FinishReason::Length, prompt_tokens: 5, completion_tokens: TOKENS, stop: None };
        let claim = Claim {
            ids: (0..TOKENS).collect(),
            log_probabilities: vec![-1.0 - off; TOKENS as usize],
            text: "abc".into(),
            finish,
        };
        let position = Position { log_probability: -1.0, shortfall: 0.0 };
        let positions = vec![position; TOKENS as usize];
        let examined = Examined { prompt_tokens: 5, positions, text: "abc".into(), ..Examined::default() };
        Some(assess_by_class(calibrations, "f", "a", &sampling, &claim, &examined, 4_096))
    }

    fn verdict(calibrations: &Calibrations, off: f32) -> Judgement {
        judge_by_class(&vec![answer(calibrations, off); 8], MOST_ANSWERS)
    }

    #[test]
    fn an_honest_miner_of_any_known_class_is_never_found_guilty() {
        use Judgement::{Guilty, Innocent, Unavailable};
        let fine = known(&[("a", "a", 1e-4)]);
        assert_eq!([0.0, 1e-4, 0.1].map(|off| verdict(&fine, off)), [Innocent, Innocent, Guilty]);
        // A second class is noisier: what one of its miners does every day convicts nobody.
        let coarse = known(&[("a", "a", 1e-4), ("b", "a", 0.1)]);
        assert_eq!([0.0, 0.1, 0.9].map(|off| verdict(&coarse, off)), [Innocent, Innocent, Guilty]);
        // A class whose noise against the juror's is not known can be any miner's; what no noise explains is false all the same.
        let gap = known(&[("a", "a", 1e-4), ("a", "b", 1e-4)]);
        assert_eq!([1e-4, 0.1, 9.0].map(|off| verdict(&gap, off)), [Innocent, Unavailable, Guilty]);
        let nothing = Calibrations::default();
        assert_eq!([0.0, 0.1, 9.0].map(|off| verdict(&nothing, off)), [Unavailable, Unavailable, Guilty]);
    }

    #[test]
    fn what_is_missing_acquits_nobody_and_convicts_nobody() {
        let fine = known(&[("a", "a", 1e-4)]);
        let judged = |answers: &[Option<ClassFindings>]| judge_by_class(answers, MOST_ANSWERS);
        assert_eq!(judged(&[]), Judgement::Unavailable);
        assert_eq!(judged(&[None, None]), Judgement::Unavailable);
        assert_eq!(judged(&[answer(&fine, 0.0), None]), Judgement::Unavailable);
        let false_whatever = Some(ClassFindings::of_any(Findings::gross("its bundle opens nothing")));
        assert_eq!(judged(&[answer(&fine, 0.0), false_whatever.clone()]), Judgement::Guilty);
        assert_eq!(judged(&[None, false_whatever]), Judgement::Guilty);
        let unverified = Some(ClassFindings::of_any(Findings::unverified("it is too long to examine")));
        assert_eq!(judged(&[answer(&fine, 0.0), unverified]), Judgement::Unavailable);
    }
}
