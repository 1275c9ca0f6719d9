//! The choice of a token: against the rules as they read, and against values that were worked out by hand.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{kept::find_excess, *};
use crate::task::sampling::{Bias, SignedMicros};

/// The rules as they read: everything is sorted, every noise is computed, and tokens are counted again.
mod plain {
    use super::*;

    /// What is before a choice: prompt and answer.
    pub(super) type Before<'a> = (&'a [u32], &'a [u32]);

    pub(super) fn adjust(logits: &[f32], sampling: &Sampling, (prompt, answer): Before<'_>) -> Vec<f32> {
        let mut logits = logits.to_vec();
        for bias in &sampling.logit_bias {
            let logit = &mut logits[bias.id as usize];
            *logit = (f64::from(*logit) + f64::from(bias.logits.0) / 1e6) as f32;
        }
        for (id, logit) in logits.iter_mut().enumerate() {
            let count = answer.iter().filter(|known| **known as usize == id).count();
            let mut value = f64::from(*logit);
            if count > 0 || prompt.contains(&(id as u32)) {
                let factor = f64::from(sampling.repetition_penalty.0) / 1e6;
                value = if value > 0.0 { value / factor } else { value * factor };
            }
            if count > 0 {
                let frequency = f64::from(sampling.frequency_penalty.0) / 1e6 * count as f64;
                value -= frequency + f64::from(sampling.presence_penalty.0) / 1e6;
            }
            *logit = value as f32;
        }
        logits
    }

    fn sorted(scaled: &[f64]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..scaled.len()).collect();
        order.sort_by(|&a, &b| scaled[b].total_cmp(&scaled[a]).then(a.cmp(&b)));
        order
    }

    fn top_k(scaled: &[f64], count: usize) -> Vec<usize> {
        let order = sorted(scaled);
        match count {
            // Probabilities are added up as they stand where nothing was left out before.
            0 => (0..scaled.len()).collect(),
            _ if count >= order.len() => (0..scaled.len()).collect(),
            _ => order[..count].to_vec(),
        }
    }

    fn nucleus(scaled: &[f64], among: &[usize], top_p: f64) -> Vec<usize> {
        let total = log_sum_exp(among.iter().map(|index| scaled[*index]));
        let mut order = sorted(scaled);
        let inside: HashSet<_> = among.iter().collect();
        order.retain(|index| inside.contains(index));
        let mut reached = 0.0;
        let short = order.iter().position(|&index| {
            reached += (scaled[index] - total).exp();
            reached >= top_p
        });
        order.truncate(short.map_or(scaled.len(), |place| place + 1));
        order
    }

    /// Tokens in order, and the probability of the first ones up to each.
    struct Ranked {
        order: Vec<usize>,
        reached: Vec<f64>,
        total: f64,
    }

    impl Ranked {
        fn of(scaled: &[f64], among: &[usize]) -> Self {
            let total = log_sum_exp(among.iter().map(|index| scaled[*index]));
            let inside: HashSet<_> = among.iter().collect();
            let order: Vec<usize> = sorted(scaled).into_iter().filter(|index| inside.contains(index)).collect();
            let mut sum = 0.0;
            let mut add = |index: &usize| {
                sum += (scaled[*index] - total).exp();
                sum
            };
            let reached = order.iter().map(&mut add).collect();
            Self { order, reached, total }
        }
    }

    fn least(scaled: &[f64], sampling: &Sampling) -> f64 {
        let most = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if sampling.min_p == Micros(0) { f64::NEG_INFINITY } else { most + sampling.min_p.to_f64().ln() }
    }

    fn noise(sampling: &Sampling, position: usize, index: usize) -> f64 {
        let bits = mix(mix(mix(sampling.seed) ^ position as u64) ^ index as u64);
        let uniform = ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        -(-uniform.ln()).ln()
    }

    fn scale(logits: &[f32], sampling: &Sampling) -> Vec<f64> {
        logits.iter().map(|&logit| f64::from(logit) / sampling.temperature.to_f64()).collect()
    }

    pub(super) fn choose(logits: &[f32], sampling: &Sampling, before: Before<'_>) -> usize {
        let scaled = scale(&adjust(logits, sampling, before), sampling);
        let mut candidates = top_k(&scaled, sampling.top_k as usize);
        if sampling.top_p < Micros::ONE {
            candidates = nucleus(&scaled, &candidates, sampling.top_p.to_f64());
        }
        candidates.retain(|index| scaled[*index] >= least(&scaled, sampling));
        let value = |&index: &usize| scaled[index] + noise(sampling, before.1.len(), index);
        let most = candidates.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        candidates.iter().copied().filter(|index| value(index) == most).min().expect("a candidate")
    }

    pub(super) fn shortfall(logits: &[f32], sampling: &Sampling, before: Before<'_>, claimed: usize) -> f32 {
        let adjusted = adjust(logits, sampling, before);
        if adjusted[claimed] == f32::NEG_INFINITY {
            return f32::INFINITY;
        }
        let scaled = scale(&adjusted, sampling);
        let value = |index: usize| scaled[index] + noise(sampling, before.1.len(), index);
        let few = top_k(&scaled, sampling.top_k as usize);
        let (mut last, mut outsider) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        if few.len() < scaled.len() {
            last = scaled[few[few.len() - 1]];
            outsider = scaled[sorted(&scaled)[few.len()]];
        }
        let least = least(&scaled, sampling);
        let mut lacks = 0f64.max(last - scaled[claimed]).max(least - scaled[claimed]);
        let by_mass = sampling.top_p < Micros::ONE;
        let top_p = sampling.top_p.to_f64();
        let kept = if by_mass { nucleus(&scaled, &few, top_p) } else { few.clone() };
        let ranked = Ranked::of(&scaled, &few);
        if by_mass && !kept.contains(&claimed) {
            let needs = |place: usize| {
                let before = if place == 0 { f64::NEG_INFINITY } else { find_excess(ranked.reached[place - 1], top_p) };
                (scaled[ranked.order[place]] - scaled[claimed]).max(before).max(1e-12)
            };
            lacks = lacks.max((0..few.len()).map(needs).fold(f64::INFINITY, f64::min));
        }
        for index in kept.into_iter().filter(|index| scaled[*index] >= least) {
            let mut margin = (scaled[index] - outsider).min(scaled[index] - least);
            if by_mass {
                let place = ranked.order.iter().position(|other| *other == index).expect("kept");
                let own = (scaled[index] - ranked.total).exp();
                let loses = |end: usize| {
                    let excess = find_excess(ranked.reached[end] - own, top_p);
                    (scaled[index] - scaled[ranked.order[end]]).max(-excess).max(0.0)
                };
                margin = margin.min((place.max(1)..few.len()).map(loses).fold(f64::INFINITY, f64::min));
            }
            lacks = lacks.max((value(index) - value(claimed)).min(margin));
        }
        let factor = match sampling.repetition_penalty {
            Micros(0) => 1.0,
            factor => factor.to_f64(),
        };
        (lacks * sampling.temperature.to_f64() / factor.max(1.0 / factor)) as f32
    }
}

/// Logits as models give them: peaked or flat, with equal ones, zeros of both signs, and tokens that are out of question.
fn logits() -> impl Strategy<Value = Vec<f32>> {
    let logit = prop_oneof![
        8 => -12f32..12.0,
        2 => prop::sample::select(vec![-3.0, 0.0, -0.0, 2.5, 11.0]),
        1 => Just(f32::NEG_INFINITY),
    ];
    let vocabulary = prop_oneof![prop::collection::vec(logit.clone(), 1..40), prop::collection::vec(logit, 100..1_500)];
    (vocabulary, 0.01f32..4.0, -5f32..5.0).prop_map(|(mut logits, width, one)| {
        logits.iter_mut().for_each(|logit| *logit *= width);
        logits[0] = one;
        logits
    })
}

/// Every parameter, with its neutral value among the others.
fn samplings() -> impl Strategy<Value = Sampling> {
    let penalty = || prop_oneof![Just(0), -2_000_000..=2_000_000].prop_map(SignedMicros);
    (
        1_000u32..3_000_000,
        prop_oneof![0u32..1_000_000, 990_000u32..=1_000_000, Just(1_000_000)],
        prop_oneof![Just(0u32), 1u32..10, 1u32..2_000],
        prop_oneof![Just(0u32), 0u32..=1_000_000],
        penalty(),
        penalty(),
        prop_oneof![Just(Micros::ONE), (500_000u32..=2_000_000).prop_map(Micros)],
        any::<u64>(),
    )
        .prop_map(|(temperature, top_p, top_k, min_p, frequency_penalty, presence_penalty, factor, seed)| {
            Sampling {
                temperature: Micros(temperature),
                top_p: Micros(top_p),
                top_k,
                min_p: Micros(min_p),
                frequency_penalty,
                presence_penalty,
                repetition_penalty: factor,
                seed,
                ..Sampling::default()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn choices_are_those_of_the_rules_as_they_read(
        logits in logits(),
        mut sampling in samplings(),
        tokens: ([prop::sample::Index; 5], Vec<prop::sample::Index>, [(prop::sample::Index, i32); 3]),
        claimed: prop::sample::Index,
        biased in 0..4usize,
    ) {
        let ids = |indices: &[prop::sample::Index]| -> Vec<u32> {
            indices.iter().map(|index| index.index(logits.len()) as u32).collect()
        };
        let (prompt, answer) = (ids(&tokens.0), ids(&tokens.1));
        let bias = |(index, logits_): &(prop::sample::Index, i32)| Bias {
            id: index.index(logits.len()) as u32,
            logits: SignedMicros(logits_ % 100_000_000),
        };
        sampling.logit_bias = tokens.2[..biased.min(3)].iter().map(bias).collect();
        let history = History::of(&sampling, &prompt, &answer);
        let before = (prompt.as_slice(), answer.as_slice());
        let chosen = choose(&logits, &sampling, &history).expect("a choice").id;
        prop_assert_eq!(chosen as usize, plain::choose(&logits, &sampling, before));
        for claimed in [claimed.index(logits.len()), chosen as usize] {
            let examined = examine(&logits, &sampling, &history, claimed as u32).expect("a token").shortfall;
            let expected = plain::shortfall(&logits, &sampling, before, claimed);
            prop_assert_eq!(examined.to_bits(), expected.to_bits());
        }
        prop_assert_eq!(examine(&logits, &sampling, &history, chosen).expect("a token").shortfall, 0.0);
    }

    #[test]
    fn a_choice_of_slightly_other_logits_lacks_little(
        logits in logits(), sampling in samplings(), seen in prop::collection::vec(0u32..40, 0..30), salt: u64,
    ) {
        let history = History::of(&sampling, &seen[..seen.len() / 2], &seen[seen.len() / 2..]);
        let moved: Vec<f32> =
            logits.iter().zip(0..).map(|(logit, index)| logit + (mix(salt ^ index) % 1_000) as f32 * 1e-6).collect();
        let chosen = choose(&moved, &sampling, &history).expect("a choice").id;
        let lacks = examine(&logits, &sampling, &history, chosen).expect("a token").shortfall;
        // What a repetition penalty makes of a difference is no shortfall.
        prop_assert!(lacks <= 2.5e-3, "{lacks}");
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

/// After this many tokens that nothing counts.
fn at(position: u64) -> History {
    let mut history = History::default();
    (0..position).for_each(|_| history.push(0));
    history
}

#[test]
fn what_is_not_allowed_is_not_chosen_and_probabilities_are_the_models_own() {
    let logits = [0.5, 3.0, 1.0, -2.0];
    let allowed = [0.5, f32::NEG_INFINITY, 1.0, -2.0];
    for (temperature, top_p) in [(0.0, 1.0), (1.0, 1.0), (1.5, 0.9)] {
        for seed in 0..200 {
            let sampling = sampling(temperature, top_p, seed);
            let choice = Softmax::of(&logits).choose_among(allowed.to_vec(), &sampling, &at(3)).expect("a token");
            assert_ne!(choice.id, 1);
            let whole = examine(&logits, &sampling, &at(3), choice.id).expect("a position");
            assert_eq!(choice.log_probability.to_bits(), whole.log_probability.to_bits());
            let fair = examine_among(allowed.to_vec(), &logits, &sampling, &at(3), choice.id).expect("a position");
            assert_eq!(fair.shortfall, 0.0, "{sampling:?}");
            let foul = examine_among(allowed.to_vec(), &logits, &sampling, &at(3), 1).expect("a position");
            assert_eq!(foul.shortfall, f32::INFINITY);
        }
    }
    assert_eq!(Softmax::of(&logits).choose_among(vec![f32::NEG_INFINITY; 4], &sampling(1.0, 1.0, 0), &at(0)), None);
}

#[test]
fn zero_temperature_takes_the_largest_and_the_lowest_of_equals() {
    let choice = choose(&[1.0, 3.0, 3.0, 2.0], &sampling(0.0, 1.0, 5), &at(0)).expect("a choice");
    assert_eq!(choice.id, 1);
    let expected = 3.0 - (1f64.exp() + 2.0 * 3f64.exp() + 2f64.exp()).ln();
    assert!((f64::from(choice.log_probability) - expected).abs() < 1e-6);
}

#[test]
fn frequencies_follow_the_probabilities() {
    let logits = [0.0, 1.0, 2.0];
    let mut counts = [0u32; 3];
    for position in 0..20_000 {
        counts[choose(&logits, &sampling(1.0, 1.0, 9), &at(position)).expect("a choice").id as usize] += 1;
    }
    for (count, expected) in counts.into_iter().zip([0.0900, 0.2447, 0.6652]) {
        assert!((f64::from(count) / 20_000.0 - expected).abs() < 0.015, "{counts:?}");
    }
}

#[test]
fn top_p_keeps_the_smallest_set_that_reaches_it() {
    let logits = [0.0, 1.0, 2.0];
    for position in 0..2_000 {
        assert_eq!(choose(&logits, &sampling(1.0, 0.6, 3), &at(position)).expect("a choice").id, 2);
        assert_ne!(choose(&logits, &sampling(1.0, 0.7, 3), &at(position)).expect("a choice").id, 0);
    }
}

#[test]
fn the_choice_is_a_function_of_seed_and_position() {
    let logits: Vec<f32> = (0..500).map(|index| (index as f32 * 0.37).sin()).collect();
    let ids = |seed| -> Vec<u32> {
        (0..50)
            .map(|position| choose(&logits, &sampling(1.0, 0.95, seed), &at(position)).expect("a choice").id)
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
            let choice = choose(&logits, &sampling, &at(position)).expect("a choice");
            let examined = examine(&logits, &sampling, &at(position), choice.id).expect("a token");
            assert_eq!((examined.shortfall, examined.log_probability), (0.0, choice.log_probability));
            let other = (choice.id + 1 + position as u32) % 500;
            assert!(examine(&logits, &sampling, &at(position), other).expect("a token").shortfall > 0.0);
            // A hair's breadth in the logits is a hair's breadth in the shortfall.
            let moved: Vec<f32> = logits.iter().zip(0..).map(|(logit, i)| logit + 1e-5 * (i as f32).cos()).collect();
            assert!(examine(&moved, &sampling, &at(position), choice.id).expect("a token").shortfall < 3e-5);
        }
    }
    assert_eq!(examine(&logits, &sampling(0.0, 1.0, 4), &at(0), 500), None);
    // The least likely token is out of reach of top-p, whatever the noise.
    let last = (0..500u32).min_by(|&a, &b| logits[a as usize].total_cmp(&logits[b as usize])).expect("a token");
    let examined = examine(&logits, &sampling(1.0, 0.5, 4), &at(0), last).expect("a token");
    assert!(examined.shortfall > 1.0, "{examined:?}");
}

#[test]
fn broken_logits_give_no_choice() {
    assert_eq!(choose(&[], &sampling(1.0, 1.0, 0), &at(0)), None);
    assert_eq!(choose(&[1.0, f32::NAN], &sampling(1.0, 1.0, 0), &at(0)), None);
    assert_eq!(choose(&[f32::NEG_INFINITY; 2], &sampling(1.0, 1.0, 0), &at(0)), None);
    assert_eq!(choose(&[f32::NEG_INFINITY, 0.0], &sampling(1.0, 1.0, 0), &at(0)).map(|choice| choice.id), Some(1));
}

fn plain_sampling() -> Sampling {
    sampling(0.0, 1.0, 0)
}

/// The logits after steps 1 to 3.
fn adjusted(logits: &[f32], sampling: &Sampling, prompt: &[u32], answer: &[u32]) -> Vec<f32> {
    History::of(sampling, prompt, answer).adjust(logits.into(), sampling).into_owned()
}

#[test]
fn penalties_are_those_of_their_definitions() {
    let logits = [2.0, -2.0, 1.0, 0.5];
    let micros = |value| SignedMicros::from_f64(value).expect("in range");
    // Of the prompt and the answer, and once however often.
    let repetition = Sampling { repetition_penalty: Micros(2_000_000), ..plain_sampling() };
    assert_eq!(adjusted(&logits, &repetition, &[0, 0], &[1, 1, 9]), [1.0, -4.0, 1.0, 0.5]);
    // Of the answer alone.
    let frequency = Sampling { frequency_penalty: micros(0.5), ..plain_sampling() };
    assert_eq!(adjusted(&logits, &frequency, &[0, 3], &[1, 2, 2]), [2.0, -2.5, 0.0, 0.5]);
    let presence = Sampling { presence_penalty: micros(-0.25), ..plain_sampling() };
    assert_eq!(adjusted(&logits, &presence, &[0, 3], &[1, 2, 2]), [2.0, -1.75, 1.25, 0.5]);
    let bias = |id, logits| Bias { id, logits: micros(logits) };
    let biased = Sampling { logit_bias: vec![bias(3, 1.5), bias(7, 100.0)], ..plain_sampling() };
    assert_eq!(adjusted(&logits, &biased, &[3], &[3]), [2.0, -2.0, 1.0, 2.0]);
    // In their order: the bias makes a negative logit positive, which is then divided, and then the others are taken.
    let all = Sampling {
        logit_bias: vec![bias(1, 6.0)],
        repetition_penalty: Micros(2_000_000),
        frequency_penalty: micros(0.25),
        presence_penalty: micros(0.5),
        ..plain_sampling()
    };
    assert_eq!(adjusted(&logits, &all, &[], &[1, 1]), [2.0, 1.0, 1.0, 0.5]);
    // What was already said is not said again, although it is likeliest.
    let chosen = |answer: &[u32]| choose(&logits, &all, &History::of(&all, &[], answer)).expect("a choice");
    assert_eq!([chosen(&[]).id, chosen(&[1]).id, chosen(&[1, 1]).id, chosen(&[1, 1, 0]).id], [1, 0, 0, 1]);
    // The probability that is told is the model's own.
    assert_eq!(chosen(&[]).log_probability, Softmax::of(&logits).log_probability(1).expect("a token"));
}

#[test]
fn an_answer_that_ignores_a_penalty_lacks_what_the_penalty_takes() {
    let logits = [3.0, 2.0, 0.0];
    let asked = Sampling { frequency_penalty: SignedMicros(1_500_000), ..plain_sampling() };
    let said = |answer: &[u32]| -> Vec<f32> {
        let position = |place: usize| {
            let history = History::of(&asked, &[], &answer[..place]);
            examine(&logits, &asked, &history, answer[place]).expect("a token").shortfall
        };
        (0..answer.len()).map(position).collect()
    };
    assert_eq!(said(&[0, 1, 0, 1]), [0.0; 4]);
    assert_eq!(said(&[0, 0, 0]), [0.0, 0.5, 2.0]);
    let forced = Sampling { logit_bias: vec![Bias { id: 2, logits: SignedMicros(100_000_000) }], ..plain_sampling() };
    let lacks = |id| examine(&logits, &forced, &at(0), id).expect("a token").shortfall;
    assert_eq!([lacks(0), lacks(1), lacks(2)], [97.0, 98.0, 0.0]);
}

#[test]
fn a_penalty_that_makes_much_of_a_hair_makes_no_shortfall_of_it() {
    // Two devices that differ by a thousandth, under a penalty that an honest coordinator passes on to nobody.
    for factor in [Micros(1), Micros(500_000), Micros(2_000_000), Micros(u32::MAX)] {
        let asked = Sampling { repetition_penalty: factor, ..plain_sampling() };
        for logits in [[8.0, 8.001], [-8.0, -8.001]] {
            let history = History::of(&asked, &[], &[0, 1]);
            for claimed in 0..2 {
                let shortfall = examine(&logits, &asked, &history, claimed).expect("a token").shortfall;
                assert!(shortfall <= 1.1e-3, "{factor:?} {logits:?}: {shortfall}");
            }
        }
    }
}

#[test]
fn top_k_and_min_p_keep_the_likely_ones() {
    let logits = [0.0, 1.0, 2.0, 3.0];
    let ids = |asked: &Sampling| -> Vec<u32> {
        let mut ids: Vec<u32> = (0..2_000).map(|place| choose(&logits, asked, &at(place)).expect("one").id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let asked = sampling(2.0, 1.0, 5);
    assert_eq!(ids(&asked), [0, 1, 2, 3]);
    assert_eq!(ids(&Sampling { top_k: 2, ..asked.clone() }), [2, 3]);
    assert_eq!(ids(&Sampling { top_k: 9, ..asked.clone() }), [0, 1, 2, 3]);
    // At temperature 2 a token one logit below is 0.61 times as likely, one two logits below 0.37 times.
    assert_eq!(ids(&Sampling { min_p: Micros(600_000), ..asked.clone() }), [2, 3]);
    assert_eq!(ids(&Sampling { min_p: Micros(360_000), ..asked.clone() }), [1, 2, 3]);
    assert_eq!(ids(&Sampling { min_p: Micros::ONE, ..asked.clone() }), [3]);
    // Of the two that are kept, the likelier one has a probability of 0.62.
    assert_eq!(ids(&Sampling { top_k: 2, top_p: Micros(600_000), ..asked.clone() }), [3]);
    // What is left out lacks what it takes to be kept, and no more is made of it.
    let lacks = |asked: Sampling, id| examine(&logits, &asked, &at(0), id).expect("a token").shortfall;
    assert!((lacks(Sampling { top_k: 1, ..asked.clone() }, 1) - 2.0).abs() < 1e-6);
    let limit = 3.0 + 2.0 * 0.6f32.ln();
    let least = lacks(Sampling { min_p: Micros(600_000), ..asked }, 0);
    assert!(least >= limit - 1e-4, "{least}");
}

#[test]
fn the_likeliest_tokens_come_in_their_order() {
    let logits = [1.0, 3.0, f32::NEG_INFINITY, 3.0, 2.0];
    let ids = |count| Softmax::of(&logits).likeliest(count).iter().map(|choice| choice.id).collect::<Vec<_>>();
    assert_eq!(ids(0), [0; 0]);
    assert_eq!(ids(3), [1, 3, 4]);
    assert_eq!(ids(9), [1, 3, 4, 0, 2]);
    for choice in Softmax::of(&logits).likeliest(5) {
        let expected = Softmax::of(&logits).log_probability(choice.id as usize).expect("a token");
        assert_eq!(choice.log_probability.to_bits(), expected.to_bits());
    }
}
