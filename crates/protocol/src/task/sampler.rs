//! The choice of a token: what is not allowed is left out, then temperature, then top-p, then Gumbel noise keyed by (seed, position, token id).
//!
//! The choice is a pure function of the logits and the request, so another node with the same weights repeats it exactly,
//! and requests that run together do not disturb each other's randomness.

use super::sampling::Sampling;

/// The version of these rules. Manifests name it: another version may choose other tokens.
pub const RULES: u32 = 1;

/// The largest value that [`gumbel`] can take, rounded up: -ln(-ln(1 - 2^-54)).
const MAX_NOISE: f64 = 37.5;

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
        if top_p >= 1.0 {
            noisiest(&scaled, 0..scaled.len(), sampling.seed, position)
        } else {
            noisiest(&scaled, nucleus(&scaled, top_p), sampling.seed, position)
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
        let value = |index: usize| scaled[index] + gumbel(sampling.seed, position, index as u64);
        let top_p = sampling.top_p.to_f64();
        let (best, inside) = if top_p >= 1.0 {
            (noisiest(&scaled, 0..scaled.len(), sampling.seed, position), true)
        } else {
            // Who is surely inside competes; who is perhaps inside may be right.
            let surely = nucleus(&scaled, top_p - BORDER);
            let inside = nucleus(&scaled, top_p + BORDER).contains(&claimed);
            (noisiest(&scaled, surely, sampling.seed, position), inside)
        };
        if inside { (value(best) - value(claimed)) * temperature } else { f64::INFINITY }
    };
    Some(Position { log_probability, shortfall: shortfall.max(0.0) as f32 })
}

fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    max + values.map(|value| (value - max).exp()).sum::<f64>().ln()
}

/// The smallest set of tokens, likeliest first and lower ids first among equals, whose probability reaches `top_p`.
fn nucleus(scaled: &[f64], top_p: f64) -> Vec<usize> {
    let total = log_sum_exp(scaled.iter().copied());
    let mut order: Vec<usize> = (0..scaled.len()).collect();
    order.sort_unstable_by(|&a, &b| scaled[b].total_cmp(&scaled[a]).then(a.cmp(&b)));
    let mut reached = 0.0;
    let mut count = 0;
    for &index in &order {
        reached += (scaled[index] - total).exp();
        count += 1;
        if reached >= top_p {
            break;
        }
    }
    order.truncate(count);
    order
}

/// The candidate with the largest sum of scaled logit and noise, the lowest of equals.
fn noisiest(scaled: &[f64], candidates: impl IntoIterator<Item = usize>, seed: u64, position: u64) -> usize {
    let mut best = (usize::MAX, f64::NEG_INFINITY);
    for index in candidates {
        // Most of a large vocabulary is too unlikely for any noise to lift it: no need to compute that noise.
        if scaled[index] + MAX_NOISE < best.1 {
            continue;
        }
        let value = scaled[index] + gumbel(seed, position, index as u64);
        if value > best.1 || (value == best.1 && index < best.0) {
            best = (index, value);
        }
    }
    best.0
}

/// Standard Gumbel noise, a function of its key alone.
pub fn gumbel(seed: u64, position: u64, token: u64) -> f64 {
    let bits = mix(mix(mix(seed) ^ position) ^ token);
    let uniform = ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    -(-uniform.ln()).ln()
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
    use super::*;
    use crate::task::sampling::Micros;

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
