//! The choice of a token: what is not allowed is left out, then temperature, then top-p, then Gumbel noise keyed by (seed, position, token id).
//!
//! The choice is a pure function of the logits and the request, so another node with the same weights repeats it exactly,
//! and requests that run together do not disturb each other's randomness.

use super::sampling::Sampling;

/// The version of these rules. Manifests name it: another version may choose other tokens.
pub const RULES: u32 = 1;

/// What rounding may add to a noise beyond its bound.
const SLACK: f64 = 1e-9;

/// A chosen token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Its id.
    pub id: u32,
    /// Natural logarithm of its probability under the plain softmax of the logits.
    pub log_probability: f32,
}

/// Chooses the token at `position` (0 is the first generated one); `None` when there are no logits, or one of them is not a number.
pub fn choose(logits: &[f32], sampling: &Sampling, position: u64) -> Option<Choice> {
    let id = choice(logits, sampling, position)?;
    Some(Choice { id: id as u32, log_probability: find_log_probability(logits, id)? })
}

/// The same among some tokens: all others have the logit of minus infinity in `allowed`.
pub fn choose_among(allowed: &[f32], logits: &[f32], sampling: &Sampling, position: u64) -> Option<Choice> {
    let id = choice(allowed, sampling, position)?;
    Some(Choice { id: id as u32, log_probability: find_log_probability(logits, id)? })
}

/// Natural logarithm of a token's probability under the plain softmax of the logits.
fn find_log_probability(logits: &[f32], id: usize) -> Option<f32> {
    let value = f64::from(*logits.get(id)?) - log_sum_exp(logits.iter().map(|&logit| f64::from(logit)));
    // Rounding must not make a certain token more than certain.
    Some((value as f32).min(0.0))
}

fn choice(logits: &[f32], sampling: &Sampling, position: u64) -> Option<usize> {
    let best = greedy(logits)?;
    let temperature = sampling.temperature.to_f64();
    Some(if temperature <= 0.0 {
        best
    } else {
        let scaled: Vec<f64> = logits.iter().map(|&logit| f64::from(logit) / temperature).collect();
        let top_p = sampling.top_p.to_f64();
        let noise = Noise::new(sampling.seed, position);
        if top_p >= 1.0 {
            noise.loudest(&scaled, best, 0..scaled.len())
        } else {
            let nucleus = nuclei(&scaled, top_p, top_p).order;
            noise.loudest(&scaled, nucleus[0], nucleus)
        }
    })
}

/// Index of the largest logit, the lowest of equals.
fn greedy(logits: &[f32]) -> Option<usize> {
    let mut best = None::<(usize, f32)>;
    for (index, &logit) in logits.iter().enumerate() {
        if logit.is_nan() {
            return None;
        }
        if best.is_none_or(|(_, value)| logit > value) {
            best = Some((index, logit));
        }
    }
    best.filter(|(_, value)| value.is_finite()).map(|(index, _)| index)
}

/// What a model says of a token that somebody claims to have chosen with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Natural logarithm of the token's probability under the plain softmax of the logits.
    pub log_probability: f32,
    /// Logits that the token lacks to be the one that [`choose`] takes: 0 where it is that one, infinite where top-p leaves
    /// it out, or a schema. The same computation in another order leaves a difference about as large as that of the logits themselves.
    pub shortfall: f32,
}

/// Probability mass around the border of top-p in which a token may be inside for one node and outside for another.
const BORDER: f64 = 1e-3;

/// Examines the token that was claimed at `position`; `None` when the logits are unusable or have no such token.
pub fn examine(logits: &[f32], sampling: &Sampling, position: u64, claimed: u32) -> Option<Position> {
    examine_among(logits, logits, sampling, position, claimed)
}

/// The same where some tokens only were allowed, as in [`choose_among`].
pub fn examine_among(
    allowed: &[f32],
    logits: &[f32],
    sampling: &Sampling,
    position: u64,
    claimed: u32,
) -> Option<Position> {
    let claimed = claimed as usize;
    let log_probability = find_log_probability(logits, claimed)?;
    let logits = allowed;
    let logit = f64::from(*logits.get(claimed)?);
    if logit == f64::NEG_INFINITY {
        return Some(Position { log_probability, shortfall: f32::INFINITY });
    }
    let best = greedy(logits)?;
    let temperature = sampling.temperature.to_f64();
    let shortfall = if temperature <= 0.0 {
        f64::from(logits[best]) - logit
    } else {
        let scaled: Vec<f64> = logits.iter().map(|&logit| f64::from(logit) / temperature).collect();
        let noise = Noise::new(sampling.seed, position);
        let value = |index: usize| scaled[index] + noise.of(index);
        let top_p = sampling.top_p.to_f64();
        let (taken, inside) = if top_p >= 1.0 {
            (noise.loudest(&scaled, best, 0..scaled.len()), true)
        } else {
            // Who is surely inside competes; who is perhaps inside may be right.
            let Nuclei { order, inner } = nuclei(&scaled, top_p - BORDER, top_p + BORDER);
            (noise.loudest(&scaled, order[0], order[..inner].iter().copied()), order.contains(&claimed))
        };
        if inside { (value(taken) - value(claimed)) * temperature } else { f64::INFINITY }
    };
    Some(Position { log_probability, shortfall: shortfall.max(0.0) as f32 })
}

fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    max + values.map(|value| (value - max).exp()).sum::<f64>().ln()
}

/// Sets of tokens, at least one each, likeliest first and lower ids first among equals.
struct Nuclei {
    /// The smallest set whose probability reaches the larger of two limits.
    order: Vec<usize>,
    /// How many of them reach the smaller limit.
    inner: usize,
}

/// The tokens that are put in order first. Mostly they are enough, and the rest of a large vocabulary is never sorted.
const FIRST: usize = 128;

/// The sets for two limits, `less` not above `more`, among at least one token.
fn nuclei(scaled: &[f64], less: f64, more: f64) -> Nuclei {
    let total = log_sum_exp(scaled.iter().copied());
    let by_likelihood = |a: &usize, b: &usize| scaled[*b].total_cmp(&scaled[*a]).then(a.cmp(b));
    let mut order: Vec<usize> = (0..scaled.len()).collect();
    let mut reached = 0.0;
    let mut inner = None;
    let (mut sorted, mut more_to_sort) = (0, FIRST);
    while sorted < order.len() {
        let end = sorted.saturating_add(more_to_sort).min(order.len());
        if end < order.len() {
            order[sorted..].select_nth_unstable_by(end - sorted - 1, by_likelihood);
        }
        order[sorted..end].sort_unstable_by(by_likelihood);
        for place in sorted..end {
            reached += (scaled[order[place]] - total).exp();
            if reached >= less {
                inner.get_or_insert(place + 1);
            }
            if reached >= more {
                order.truncate(place + 1);
                return Nuclei { inner: inner.unwrap_or(order.len()), order };
            }
        }
        sorted = end;
        more_to_sort *= 4;
    }
    Nuclei { inner: inner.unwrap_or(order.len()), order }
}

/// The noise of one position: a number for each token.
struct Noise(u64);

impl Noise {
    const fn new(seed: u64, position: u64) -> Self {
        Self(mix(mix(seed) ^ position))
    }

    /// 53 random bits of a token, from which its noise is made.
    const fn bits(&self, token: usize) -> u64 {
        mix(self.0 ^ token as u64) >> 11
    }

    fn of(&self, token: usize) -> f64 {
        let uniform = (self.bits(token) as f64 + 0.5) / (1u64 << 53) as f64;
        -(-uniform.ln()).ln()
    }

    /// What the noise of a token does not exceed. It costs no logarithm: with `u` the uniform number, -ln(-ln u) is at most
    /// -ln(1 - u), and the ones that `u` begins with say how small 1 - u is at least.
    fn bound(&self, token: usize) -> f64 {
        let ones = (self.bits(token) << 11).leading_ones().min(53);
        f64::from(ones + 1) * std::f64::consts::LN_2 + SLACK
    }

    /// The candidate with the largest sum of scaled logit and noise, the lowest of equals. `likely` is a candidate whose sum is
    /// probably among the large ones.
    fn loudest(&self, scaled: &[f64], likely: usize, candidates: impl IntoIterator<Item = usize>) -> usize {
        let mut best = (likely, scaled[likely] + self.of(likely));
        for index in candidates {
            // Most of a large vocabulary is too unlikely for its noise to lift it: no need to compute that noise.
            if scaled[index] + self.bound(index) < best.1 {
                continue;
            }
            let value = scaled[index] + self.of(index);
            if value > best.1 || (value == best.1 && index < best.0) {
                best = (index, value);
            }
        }
        best.0
    }
}

/// Standard Gumbel noise, a function of its key alone.
pub fn gumbel(seed: u64, position: u64, token: u64) -> f64 {
    Noise::new(seed, position).of(token as usize)
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
pub const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::task::sampling::Micros;

    /// The rules as they read: everything is sorted, and every noise is computed.
    mod plain {
        use super::*;

        fn nucleus(scaled: &[f64], top_p: f64) -> Vec<usize> {
            let total = log_sum_exp(scaled.iter().copied());
            let mut order: Vec<usize> = (0..scaled.len()).collect();
            order.sort_by(|&a, &b| scaled[b].total_cmp(&scaled[a]).then(a.cmp(&b)));
            let mut reached = 0.0;
            let short = order.iter().position(|&index| {
                reached += (scaled[index] - total).exp();
                reached >= top_p
            });
            order.truncate(short.map_or(scaled.len(), |place| place + 1));
            order
        }

        fn noise(sampling: &Sampling, position: u64, index: usize) -> f64 {
            let bits = mix(mix(mix(sampling.seed) ^ position) ^ index as u64);
            let uniform = ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
            -(-uniform.ln()).ln()
        }

        fn loudest(scaled: &[f64], candidates: &[usize], sampling: &Sampling, position: u64) -> usize {
            let value = |&index: &usize| scaled[index] + noise(sampling, position, index);
            let most = candidates.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
            candidates.iter().copied().filter(|index| value(index) == most).min().expect("a candidate")
        }

        pub(super) fn choose(logits: &[f32], sampling: &Sampling, position: u64) -> usize {
            let scaled: Vec<_> = logits.iter().map(|&logit| f64::from(logit) / sampling.temperature.to_f64()).collect();
            let all: Vec<_> = (0..scaled.len()).collect();
            let top_p = sampling.top_p.to_f64();
            let candidates = if top_p >= 1.0 { all } else { nucleus(&scaled, top_p) };
            loudest(&scaled, &candidates, sampling, position)
        }

        pub(super) fn shortfall(logits: &[f32], sampling: &Sampling, position: u64, claimed: usize) -> f32 {
            let temperature = sampling.temperature.to_f64();
            let scaled: Vec<_> = logits.iter().map(|&logit| f64::from(logit) / temperature).collect();
            let value = |index: usize| scaled[index] + noise(sampling, position, index);
            let (top_p, all) = (sampling.top_p.to_f64(), (0..scaled.len()).collect::<Vec<_>>());
            let (surely, perhaps) = match top_p >= 1.0 {
                true => (all.clone(), all),
                false => (nucleus(&scaled, top_p - BORDER), nucleus(&scaled, top_p + BORDER)),
            };
            if logits[claimed] == f32::NEG_INFINITY || !perhaps.contains(&claimed) {
                return f32::INFINITY;
            }
            let best = loudest(&scaled, &surely, sampling, position);
            ((value(best) - value(claimed)) * temperature).max(0.0) as f32
        }
    }

    /// Logits as models give them: peaked or flat, with equal ones, zeros of both signs, and tokens that are out of question.
    fn logits() -> impl Strategy<Value = Vec<f32>> {
        let logit = prop_oneof![
            8 => -12f32..12.0,
            2 => prop::sample::select(vec![-3.0, 0.0, -0.0, 2.5, 11.0]),
            1 => Just(f32::NEG_INFINITY),
        ];
        let vocabulary =
            prop_oneof![prop::collection::vec(logit.clone(), 1..40), prop::collection::vec(logit, 100..1_500)];
        (vocabulary, 0.01f32..4.0, -5f32..5.0).prop_map(|(mut logits, width, one)| {
            logits.iter_mut().for_each(|logit| *logit *= width);
            logits[0] = one;
            logits
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn choices_are_those_of_sorting_everything(
            logits in logits(),
            temperature in 1_000u32..3_000_000,
            top_p in prop_oneof![0u32..1_000_000, 990_000u32..=1_000_000, Just(1_000_000)],
            seed: u64,
            position in 0u64..5_000,
            claimed: prop::sample::Index,
        ) {
            let sampling =
                Sampling { temperature: Micros(temperature), top_p: Micros(top_p), seed, ..Sampling::default() };
            let chosen = choose(&logits, &sampling, position).expect("a choice").id;
            prop_assert_eq!(chosen as usize, plain::choose(&logits, &sampling, position));
            for claimed in [claimed.index(logits.len()), chosen as usize] {
                let examined = examine(&logits, &sampling, position, claimed as u32).expect("a token").shortfall;
                let expected = plain::shortfall(&logits, &sampling, position, claimed);
                prop_assert_eq!(examined.to_bits(), expected.to_bits());
            }
        }

        #[test]
        fn no_noise_exceeds_its_bound(seed: u64, position: u64, token in 0usize..1_000_000) {
            let noise = Noise::new(seed, position);
            prop_assert!(noise.of(token) <= noise.bound(token));
        }
    }

    fn sampling(temperature: f64, top_p: f64, seed: u64) -> Sampling {
        let micros = |value| Micros::from_f64(value).expect("in range");
        Sampling { max_tokens: 1, temperature: micros(temperature), top_p: micros(top_p), seed, ..Sampling::default() }
    }

    #[test]
    fn what_is_not_allowed_is_not_chosen_and_probabilities_are_the_models_own() {
        let logits = [0.5, 3.0, 1.0, -2.0];
        let allowed = [0.5, f32::NEG_INFINITY, 1.0, -2.0];
        for (temperature, top_p) in [(0.0, 1.0), (1.0, 1.0), (1.5, 0.9)] {
            for seed in 0..200 {
                let sampling = sampling(temperature, top_p, seed);
                let choice = choose_among(&allowed, &logits, &sampling, 3).expect("a token");
                assert_ne!(choice.id, 1);
                let whole = examine(&logits, &sampling, 3, choice.id).expect("a position");
                assert_eq!(choice.log_probability.to_bits(), whole.log_probability.to_bits());
                let fair = examine_among(&allowed, &logits, &sampling, 3, choice.id).expect("a position");
                assert_eq!(fair.shortfall, 0.0, "{sampling:?}");
                let foul = examine_among(&allowed, &logits, &sampling, 3, 1).expect("a position");
                assert_eq!(foul.shortfall, f32::INFINITY);
            }
        }
        assert_eq!(choose_among(&[f32::NEG_INFINITY; 4], &logits, &sampling(1.0, 1.0, 0), 0), None);
    }

    #[test]
    fn zero_temperature_takes_the_largest_and_the_lowest_of_equals() {
        let choice = choose(&[1.0, 3.0, 3.0, 2.0], &sampling(0.0, 1.0, 5), 0).expect("a choice");
        assert_eq!(choice.id, 1);
        let expected = 3.0 - (1f64.exp() + 2.0 * 3f64.exp() + 2f64.exp()).ln();
        assert!((f64::from(choice.log_probability) - expected).abs() < 1e-6);
    }

    #[test]
    fn frequencies_follow_the_probabilities() {
        let logits = [0.0, 1.0, 2.0];
        let mut counts = [0u32; 3];
        for position in 0..20_000 {
            counts[choose(&logits, &sampling(1.0, 1.0, 9), position).expect("a choice").id as usize] += 1;
        }
        for (count, expected) in counts.into_iter().zip([0.0900, 0.2447, 0.6652]) {
            assert!((f64::from(count) / 20_000.0 - expected).abs() < 0.015, "{counts:?}");
        }
    }

    #[test]
    fn top_p_keeps_the_smallest_set_that_reaches_it() {
        let logits = [0.0, 1.0, 2.0];
        for position in 0..2_000 {
            assert_eq!(choose(&logits, &sampling(1.0, 0.6, 3), position).expect("a choice").id, 2);
            assert_ne!(choose(&logits, &sampling(1.0, 0.7, 3), position).expect("a choice").id, 0);
        }
    }

    #[test]
    fn the_choice_is_a_function_of_seed_and_position() {
        let logits: Vec<f32> = (0..500).map(|index| (index as f32 * 0.37).sin()).collect();
        let ids = |seed| -> Vec<u32> {
            (0..50)
                .map(|position| choose(&logits, &sampling(1.0, 0.95, seed), position).expect("a choice").id)
                .collect()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        assert!(ids(1).windows(2).any(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn what_was_chosen_lacks_nothing_and_anything_else_does() {
        let logits: Vec<f32> = (0..500).map(|index| (index as f32 * 0.37).sin() * 3.0).collect();
        for sampling in [sampling(0.0, 1.0, 4), sampling(0.8, 1.0, 4), sampling(1.3, 0.9, 4)] {
            for position in 0..50 {
                let choice = choose(&logits, &sampling, position).expect("a choice");
                let examined = examine(&logits, &sampling, position, choice.id).expect("a token");
                assert_eq!((examined.shortfall, examined.log_probability), (0.0, choice.log_probability));
                let other = (choice.id + 1 + position as u32) % 500;
                assert!(examine(&logits, &sampling, position, other).expect("a token").shortfall > 0.0);
                // A hair's breadth in the logits is a hair's breadth in the shortfall.
                let moved: Vec<f32> =
                    logits.iter().zip(0..).map(|(logit, i)| logit + 1e-5 * (i as f32).cos()).collect();
                assert!(examine(&moved, &sampling, position, choice.id).expect("a token").shortfall < 3e-5);
            }
        }
        assert_eq!(examine(&logits, &sampling(0.0, 1.0, 4), 0, 500), None);
        // The least likely token is out of reach of top-p, whatever the noise.
        let last = (0..500u32).min_by(|&a, &b| logits[a as usize].total_cmp(&logits[b as usize])).expect("a token");
        let examined = examine(&logits, &sampling(1.0, 0.5, 4), 0, last).expect("a token");
        assert_eq!(examined.shortfall, f32::INFINITY);
    }

    #[test]
    fn broken_logits_give_no_choice() {
        assert_eq!(choose(&[], &sampling(1.0, 1.0, 0), 0), None);
        assert_eq!(choose(&[1.0, f32::NAN], &sampling(1.0, 1.0, 0), 0), None);
        assert_eq!(choose(&[f32::NEG_INFINITY; 2], &sampling(1.0, 1.0, 0), 0), None);
        assert_eq!(choose(&[f32::NEG_INFINITY, 0.0], &sampling(1.0, 1.0, 0), 0).map(|choice| choice.id), Some(1));
    }
}
