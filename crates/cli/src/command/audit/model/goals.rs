//! What audits have to reach, by kind of execution and by length of answer, and whether what was measured does.

use serde::Serialize;

use super::{
    cost::Cost,
    execution::{Execution, Goal},
    pool::Detection,
};

/// Percentage of the grossly false answers that one audit each has to find.
const GROSS: usize = 99;
/// Percentage of the answers with another seed or temperature that one audit each has to find.
const AT_ONCE: usize = 95;
/// Percentage of the miners whose false answers together have to be enough.
const POOLED: usize = 95;
/// An examination may cost this percentage of its answer, in time.
const COST: f64 = 10.0;
/// Tokens of an answer from which on that holds: of a shorter one the prompt is most of the work.
const LONG: u32 = 300;

/// A goal, and what was reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Judged {
    /// What the goal is about.
    pub(super) what: String,
    /// What has to be reached, in words.
    pub(super) goal: String,
    /// What was measured.
    pub(super) found: String,
    /// Whether it was reached.
    pub(super) is_met: bool,
}

/// Judges an execution; `None` where audits have no goal, or nothing was measured.
pub(super) fn of_execution(detection: &Detection) -> Option<Judged> {
    let &Detection { execution, audits, at_once, miners, pool, confirmed, sure, .. } = detection;
    if audits == 0 {
        return None;
    }
    let (goal, found, is_met) = match execution.goal() {
        Goal::None => return None,
        // A model that is sure of its words says the same with any seed.
        Goal::AtOnce if sure == Some(true) => return None,
        Goal::Spare => {
            let found = format!("{at_once} of {audits} audits, {confirmed} of {miners} miners");
            ("none found".to_owned(), found, at_once + confirmed == 0)
        }
        Goal::Gross => share(GROSS, at_once, audits, "by one audit"),
        Goal::AtOnce => share(AT_ONCE, at_once, audits, "by one audit"),
        Goal::Pooled => share(POOLED, confirmed, miners, &format!("within {pool} tokens")),
    };
    Some(Judged { what: detection.what.clone(), goal, found, is_met })
}

/// Judges the cost of an examination; `None` where the answer is too short.
pub(super) fn of_cost(cost: &Cost) -> Option<Judged> {
    let percent = 100.0 * cost.ratio();
    (cost.tokens >= LONG).then(|| Judged {
        what: format!("cost of examining {} tokens", cost.tokens),
        goal: format!("at most {COST} % of the answer"),
        found: format!("{percent:.2} %"),
        // A ratio that is not a number fails.
        is_met: percent <= COST,
    })
}

fn share(least: usize, found: usize, all: usize, how: &str) -> (String, String, bool) {
    // Rounded down, so that what is shown as reached is.
    let tenths = found * 1_000 / all.max(1);
    (format!(">= {least} % {how}"), format!("{}.{} %", tenths / 10, tenths % 10), all > 0 && found * 100 >= all * least)
}

/// The highest e-value of any honest miner.
pub(super) fn highest_honest(detections: &[Detection]) -> f64 {
    let honest = detections.iter().filter(|row| row.execution == Execution::Honest);
    honest.map(|row| row.highest).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(execution: Execution, at_once: usize, audits: usize, confirmed: usize, miners: usize) -> Detection {
        Detection {
            execution,
            what: execution.what().into(),
            sure: None,
            audits,
            at_once,
            miners,
            pool: 1_000,
            suspected: confirmed,
            confirmed,
            pooled: 0,
            tokens: None,
            highest: 1.0,
            reasons: Default::default(),
        }
    }

    fn is_met(execution: Execution, at_once: usize, audits: usize, confirmed: usize, miners: usize) -> bool {
        of_execution(&measured(execution, at_once, audits, confirmed, miners)).expect("a goal").is_met
    }

    #[test]
    fn gross_cheats_have_to_be_found_by_ninety_nine_of_a_hundred_audits() {
        let gross = [
            Execution::AnotherModel,
            Execution::HalfOfTheLayers,
            Execution::AnotherPrompt,
            Execution::ForgedTie,
            Execution::Truncated,
            Execution::Padded,
            Execution::Spliced,
            Execution::Copied,
            Execution::Unproven,
        ];
        for execution in gross {
            // However many miners are confirmed by all answers together.
            assert!(is_met(execution, 99, 100, 0, 20) && !is_met(execution, 989, 1_000, 20, 20), "{execution:?}");
            assert!(is_met(execution, 16, 16, 0, 0) && !is_met(execution, 15, 16, 20, 20), "{execution:?}");
        }
        let row = of_execution(&measured(Execution::Padded, 989, 1_000, 20, 20)).expect("a goal");
        assert_eq!((&*row.goal, &*row.found), (">= 99 % by one audit", "98.9 %"));
    }

    #[test]
    fn coarser_weights_have_to_be_confirmed_within_the_tokens_that_are_pooled() {
        for execution in [Execution::Quantised4, Execution::Quantised4Laundered, Execution::OneInTwenty] {
            assert!(is_met(execution, 0, 100, 19, 20) && !is_met(execution, 100, 100, 18, 20), "{execution:?}");
            assert!(!is_met(execution, 100, 100, 0, 0), "no miners are no success");
        }
        let row = of_execution(&measured(Execution::Quantised4, 0, 100, 18, 20)).expect("a goal");
        assert_eq!((&*row.goal, &*row.found), (">= 95 % within 1000 tokens", "90.0 %"));
        // How much that differs is up to the model.
        assert_eq!(of_execution(&measured(Execution::Quantised8Laundered, 0, 100, 0, 20)), None);
        assert_eq!(of_execution(&measured(Execution::Padded, 0, 0, 0, 0)), None, "nothing was measured");
    }

    #[test]
    fn another_seed_has_to_be_found_where_the_model_has_a_choice() {
        let seed = |at_once, sure| {
            let row = Detection { sure: Some(sure), ..measured(Execution::AnotherSeed, at_once, 100, 0, 20) };
            of_execution(&row).map(|row| row.is_met)
        };
        assert_eq!([seed(95, false), seed(94, false), seed(0, true)], [Some(true), Some(false), None]);
    }

    #[test]
    fn the_honest_are_never_found() {
        assert!(is_met(Execution::Honest, 0, 10_000, 0, 20));
        assert!(!is_met(Execution::Honest, 1, 10_000, 0, 20) && !is_met(Execution::Honest, 0, 10_000, 1, 20));
    }

    #[test]
    fn an_examination_costs_a_tenth_of_a_long_answer_at_most() {
        let of = |tokens, examination| of_cost(&Cost { tokens, generation: 10.0, examination }).map(|row| row.is_met);
        assert_eq!([of(256, 9.0), of(299, 9.0)], [None, None], "the prompt is most of it");
        assert_eq!([of(300, 1.0), of(300, 1.01), of(2_048, 0.3)], [Some(true), Some(false), Some(true)]);
        assert_eq!(of(512, f64::NAN), Some(false));
    }
}
