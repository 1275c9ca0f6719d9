//! Two executions of one request by different nodes: can both be honest?
//!
//! The sampler makes an output a function of model, request and seed, so that two honest nodes say the same, token by token, up to
//! the noise of their sums: a token may differ only where two of them were almost equally good, and from there on nothing can be
//! compared. Both nodes committed to their log-probabilities before they could know of each other, and up to the first different
//! token these have to be almost equal as well: another model's, or a quantised one's, are not.

use super::claim::Claim;
use crate::task::{Micros, Sampling, sampler::gumbel};

/// Mean difference of log-probabilities that two honest nodes can have. On a CPU honest ones differ by less than 5e-6, and a model
/// with 8 bits by 0.02 (`cuckoo audit model` measures both); the noise between kinds of GPUs is not measured yet.
const MEAN: f64 = 0.01;
/// Logits by which the choices of two honest nodes can differ where they differ.
const TIE: f64 = 0.1;
/// A difference that is this many times the limit cannot be noise.
const GROSS: f64 = 10.0;
/// Tokens that two executions have to share for their probabilities to say anything.
const LEAST: usize = 4;

/// What a pair of executions says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    /// Both executions can be honest.
    Agree {
        /// Tokens that were compared.
        tokens: usize,
    },
    /// At least one of the executions is false.
    Differ(Difference),
    /// There is too little to compare.
    Unclear,
}

/// How two executions differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// What they differ in.
    pub kind: DifferenceKind,
    /// True where the difference is far beyond any noise.
    pub gross: bool,
}

/// What two executions differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Counts, the text of the same tokens, or the end.
    Structure,
    /// A token where neither noise nor a tie explains it.
    Token,
    /// The log-probabilities of the same tokens.
    Probabilities,
}

impl DifferenceKind {
    /// The difference in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "counts, texts or ends do not fit",
            Self::Token => "they chose different tokens",
            Self::Probabilities => "they have different probabilities for the same tokens",
        }
    }
}

/// Compares two executions of a request with the same seed.
pub fn compare_runs(sampling: &Sampling, one: &Claim, other: &Claim) -> Comparison {
    let differ = |kind, gross| Comparison::Differ(Difference { kind, gross });
    let structure = differ(DifferenceKind::Structure, true);
    if one.ids.is_empty() && other.ids.is_empty() {
        return Comparison::Unclear;
    }
    // The same manifest makes the same promises.
    if [one, other].iter().any(|claim| claim.ids.len() != claim.log_probabilities.len() || claim.ids.is_empty())
        || one.finish.prompt_tokens != other.finish.prompt_tokens
    {
        return structure;
    }
    let common = one.ids.iter().zip(&other.ids).take_while(|(one, other)| one == other).count();
    let pairs = || one.log_probabilities.iter().zip(&other.log_probabilities).take(common);
    let sum: f64 = pairs().map(|(one, other)| f64::from((one - other).abs())).sum();
    let mean = sum / common.max(1) as f64;
    if !is_within(mean, MEAN) {
        return differ(DifferenceKind::Probabilities, !is_within(mean, MEAN * GROSS) && common >= LEAST);
    }
    let (Some(first), Some(second)) = (choice(sampling, one, common), choice(sampling, other, common)) else {
        // One is the beginning of the other, or both are the same.
        let same = one.ids.len() == other.ids.len() && one.text == other.text && one.finish == other.finish;
        return if same { Comparison::Agree { tokens: common } } else { structure };
    };
    let gap = (first - second).abs();
    if !is_within(gap, TIE) {
        // At the border of top-p a token may be inside for one node and outside for the other.
        let border = sampling.top_p < Micros::ONE && sampling.temperature.0 > 0;
        return differ(DifferenceKind::Token, !is_within(gap, TIE * GROSS) && !border);
    }
    if common < LEAST { Comparison::Unclear } else { Comparison::Agree { tokens: common } }
}

/// Whether a value is within a limit; one that is not a number is not.
fn is_within(value: f64, limit: f64) -> bool {
    value <= limit
}

/// How good a token was when it was chosen, in logits, against the others of the same place: the sampler's own measure.
fn choice(sampling: &Sampling, claim: &Claim, place: usize) -> Option<f64> {
    let (id, log_probability) = (*claim.ids.get(place)?, f64::from(*claim.log_probabilities.get(place)?));
    let temperature = sampling.temperature.to_f64();
    let noise = if temperature > 0.0 { gumbel(sampling.seed, place as u64, id.into()) * temperature } else { 0.0 };
    Some(log_probability + noise)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::task::{
        Finish, FinishReason,
        sampler::{choose, mix},
    };

    /// Logits of a made-up model, a function of the tokens before.
    fn logits(before: &[u32], noise: f32, salt: u64) -> Vec<f32> {
        let mut state = before.iter().fold(7, |state, id| mix(state ^ u64::from(*id)));
        let mut jitter = salt;
        (0..40)
            .map(|_| {
                state = mix(state);
                jitter = mix(jitter ^ state);
                let unit = |bits: u64| (bits >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
                unit(state) * 8.0 + unit(jitter) * noise
            })
            .collect()
    }

    fn execute(sampling: &Sampling, noise: f32, salt: u64) -> Claim {
        let (mut ids, mut log_probabilities) = (vec![], vec![]);
        while ids.len() < sampling.max_tokens as usize {
            let choice = choose(&logits(&ids, noise, salt), sampling, ids.len() as u64).expect("a token");
            ids.push(choice.id);
            log_probabilities.push(choice.log_probability);
        }
        let text = ids.iter().map(|id| format!("{id} ")).collect();
        let count = ids.len() as u32;
        let finish = Finish { reason: FinishReason::Length, prompt_tokens: 5, completion_tokens: count };
        Claim { ids, log_probabilities, text, finish }
    }

    fn sampling(temperature: u32, top_p: u32, seed: u64) -> Sampling {
        Sampling { max_tokens: 48, temperature: Micros(temperature), top_p: Micros(top_p), seed, ..Sampling::default() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn noise_of_honest_nodes_is_no_difference(
            temperature in prop_oneof![Just(0), 100_000..2_000_000u32], seed: u64, salts: (u64, u64),
        ) {
            let sampling = sampling(temperature, 1_000_000, seed);
            let (one, other) = (execute(&sampling, 0.01, salts.0), execute(&sampling, 0.01, salts.1));
            let found = compare_runs(&sampling, &one, &other);
            prop_assert!(!matches!(found, Comparison::Differ(_)), "{:?}", found);
        }
    }

    #[test]
    fn false_executions_are_found() {
        let (mut models, mut seeds, mut cases) = (0, 0, 0);
        for seed in 0..300 {
            let asked = sampling(300_000 + 5_000 * seed as u32, 1_000_000, seed);
            let honest = execute(&asked, 0.0, 0);
            let found = |claim: &Claim| matches!(compare_runs(&asked, &honest, claim), Comparison::Differ(_));
            models += u32::from(found(&execute(&asked, 4.0, seed)));
            let mut cut = honest.clone();
            cut.ids.truncate(30);
            cut.log_probabilities.truncate(30);
            assert!(found(&cut), "cut");
            let mut said = honest.clone();
            said.text.push('!');
            assert!(found(&said), "another text");
            let mut unproven = honest.clone();
            unproven.log_probabilities.clear();
            assert!(found(&unproven), "no probabilities");
            let mut invented = honest.clone();
            invented.log_probabilities.fill(f32::NAN);
            assert!(found(&invented), "no numbers");
            cases += 1;
            seeds += u32::from(found(&execute(&Sampling { seed: seed ^ 1, ..asked.clone() }, 0.0, 0)));
        }
        // What was chosen first instead can have been almost as good, and from there on nothing can be compared.
        assert!(models * 10 > cases * 9, "{models} of {cases}");
        assert!(seeds * 10 > cases * 8, "{seeds} of {cases}");
    }

    #[test]
    fn greedy_where_it_was_to_be_warm_is_gross() {
        let asked = sampling(1_000_000, 1_000_000, 3);
        let greedy = execute(&Sampling { temperature: Micros(0), ..asked.clone() }, 0.0, 0);
        let found = compare_runs(&asked, &execute(&asked, 0.0, 0), &greedy);
        assert!(matches!(found, Comparison::Differ(Difference { kind: DifferenceKind::Token, .. })), "{found:?}");
        let honest = execute(&asked, 0.0, 0);
        assert_eq!(compare_runs(&asked, &honest, &honest), Comparison::Agree { tokens: 48 });
    }
}
