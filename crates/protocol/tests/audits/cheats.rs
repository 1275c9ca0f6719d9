//! False answers of a made-up model: which one examination finds, and after how many tokens the others are.

use std::sync::LazyLock;

use cuckoo_protocol::{
    audit::{
        CONFIRMED, Calibration, Calibrations, Claim, Findings, Judgement, MOST_ANSWERS, Process, SUSPECTED, Subject,
        assess, judge,
    },
    task::{FinishReason, Micros, Sampling, sampler::gumbel},
};

use crate::model::{
    Arithmetic, CONTEXT, END, FOUR_BITS, HONEST, OTHER_MODEL, STRANGER, calibrations, examined, execute, go_on, judged,
    laundered, said, sampling, second_choice,
};

static CALIBRATIONS: LazyLock<Calibrations> = LazyLock::new(calibrations);
/// Answers of each kind.
const ANSWERS: u64 = 200;

type Cheat = fn(u64, &Sampling) -> Claim;

fn honest(prompt: u64, asked: &Sampling) -> Claim {
    execute(prompt, asked, HONEST)
}

fn four_bits(prompt: u64, asked: &Sampling) -> Claim {
    execute(prompt, asked, FOUR_BITS)
}

fn four_bits_laundered(prompt: u64, asked: &Sampling) -> Claim {
    laundered(prompt, asked, four_bits(prompt, asked))
}

/// The right model for five tokens, then a forged tie in the claimed log-probabilities, then anything.
fn forged_tie(prompt: u64, asked: &Sampling) -> Claim {
    let right = honest(prompt, asked);
    let mut ids = right.ids[..5].to_vec();
    let mut log_probabilities = right.log_probabilities[..5].to_vec();
    ids.push((right.ids[5] + 1) % END);
    log_probabilities.push(right.log_probabilities[5]);
    while ids.len() < asked.max_tokens as usize {
        ids.push((ids.len() as u32 * 7) % END);
        log_probabilities.push(-1.0);
    }
    said(ids, log_probabilities)
}

/// The second-best first token, and then whatever another model says, with the right model's numbers.
fn second_best(prompt: u64, asked: &Sampling) -> Claim {
    let ids = go_on(prompt, asked, &[second_choice(prompt, asked)], OTHER_MODEL);
    laundered(prompt, asked, said(ids, vec![]))
}

/// The second-best first token, and then what the right model says after it.
fn second_best_alone(prompt: u64, asked: &Sampling) -> Claim {
    let ids = go_on(prompt, asked, &[second_choice(prompt, asked)], HONEST);
    laundered(prompt, asked, said(ids, vec![]))
}

fn with_another_seed_laundered(prompt: u64, asked: &Sampling) -> Claim {
    laundered(prompt, asked, execute(prompt, &Sampling { seed: !asked.seed, ..asked.clone() }, HONEST))
}

fn with_seed(prompt: u64, asked: &Sampling) -> Claim {
    execute(prompt, &Sampling { seed: asked.seed + 77_777, ..asked.clone() }, HONEST)
}

fn greedy(prompt: u64, asked: &Sampling) -> Claim {
    laundered(prompt, asked, execute(prompt, &Sampling { temperature: Micros(0), ..asked.clone() }, HONEST))
}

fn cut(prompt: u64, asked: &Sampling, reason: FinishReason) -> Claim {
    let Claim { mut ids, mut log_probabilities, .. } = honest(prompt, asked);
    let half = ids.len() / 2;
    ids.truncate(half);
    log_probabilities.truncate(half);
    let mut claim = said(ids, log_probabilities);
    claim.finish.reason = reason;
    claim
}

/// Half of it, and then what another prompt's answer says.
fn spliced(prompt: u64, asked: &Sampling) -> Claim {
    let (one, other) = (honest(prompt, asked), honest(prompt + 1, asked));
    let half = one.ids.len() / 2;
    let ids = [&one.ids[..half], &other.ids[half..]].concat();
    laundered(prompt, asked, said(ids, vec![]))
}

/// The right answer, and then a word over and over.
fn padded(prompt: u64, asked: &Sampling) -> Claim {
    let mut ids = execute(prompt, &Sampling { max_tokens: asked.max_tokens / 2, ..asked.clone() }, HONEST).ids;
    ids.resize(asked.max_tokens as usize, 3);
    laundered(prompt, asked, said(ids, vec![]))
}

#[test]
fn i1_i2_one_examination_finds_whatever_is_grossly_false() {
    let cheats: [(&str, Cheat, u64); 15] = [
        ("another model", |prompt, asked| execute(prompt, asked, OTHER_MODEL), 99),
        ("another model, laundered", |prompt, asked| laundered(prompt, asked, execute(prompt, asked, OTHER_MODEL)), 99),
        ("a forged tie", forged_tie, 99),
        ("the second-best first token, then another model, laundered", second_best, 99),
        ("another seed from the first token on, laundered", with_another_seed_laundered, 99),
        ("another seed", with_seed, 99),
        ("greedy, laundered", greedy, 95),
        ("cut, as if it ended", |prompt, asked| cut(prompt, asked, FinishReason::Stop), 100),
        ("cut, as if it were full", |prompt, asked| cut(prompt, asked, FinishReason::Length), 100),
        ("spliced", spliced, 99),
        ("padded", padded, 99),
        ("from a cache of other prompts", |prompt, asked| laundered(prompt, asked, honest(prompt + 1, asked)), 99),
        ("another text", |prompt, asked| Claim { text: "hello".into(), ..honest(prompt, asked) }, 100),
        ("no log-probabilities", |prompt, asked| Claim { log_probabilities: vec![], ..honest(prompt, asked) }, 100),
        ("no tokens", |prompt, asked| Claim { ids: vec![], log_probabilities: vec![], ..honest(prompt, asked) }, 100),
    ];
    for (what, cheat, percent) in cheats {
        let found = (0..ANSWERS).filter(|number| {
            let asked = sampling(*number, 64);
            judged(&CALIBRATIONS, *number, &asked, &cheat(*number, &asked)).gross.is_some()
        });
        let found = found.count() as u64;
        println!("{what}: {found} of {ANSWERS} found by one examination");
        assert!(found * 100 >= ANSWERS * percent, "{what}: {found} of {ANSWERS}");
    }
}

#[test]
fn honest_answers_are_never_gross_and_do_not_add_up() {
    let mut process = Process::default();
    let mut highest = 0f64;
    for number in 0..1_000 {
        let mut asked = sampling(number, 8 + (number % 90) as u32);
        asked.temperature = Micros([0, 100_000, 800_000, 2_000_000][number as usize % 4]);
        asked.top_p = [Micros::ONE, Micros(900_000)][number as usize % 2];
        let findings = judged(&CALIBRATIONS, number, &asked, &honest(number, &asked));
        assert_eq!((findings.gross.clone(), findings.unverified.clone()), (None, None), "{number}");
        process.update(&findings.null.expect("a calibrated pair"), &findings.windows);
        highest = highest.max(process.value());
    }
    assert!(highest < 10.0, "{highest}");
}

/// Tokens until the process reaches each of the two values, of a miner that cheats in some of its answers from some token on.
fn tokens(miner: u64, is_false: impl Fn(u64, u32) -> bool, cheat: Cheat, most: u32) -> [Option<u32>; 2] {
    let mut process = Process::default();
    let mut found = [None; 2];
    let mut sum = 0;
    for number in 0.. {
        let prompt = miner * 1_000_000 + number;
        let asked = sampling(prompt, 64);
        let claim = if is_false(number, sum) { cheat(prompt, &asked) } else { honest(prompt, &asked) };
        let findings = judged(&CALIBRATIONS, prompt, &asked, &claim);
        sum += findings.tokens;
        process.update(&findings.null.expect("a calibrated pair"), &findings.windows);
        for (found, value) in found.iter_mut().zip([SUSPECTED, CONFIRMED]) {
            if process.value() >= value {
                found.get_or_insert(sum);
            }
        }
        if found[1].is_some() || sum >= most {
            break;
        }
    }
    found
}

#[test]
fn i10_a_cheap_model_is_confirmed_within_a_thousand_tokens_laundered_or_not() {
    for (what, cheat) in [("four bits", four_bits as Cheat), ("four bits, laundered", four_bits_laundered)] {
        let found: Vec<_> = (0..40).map(|miner| tokens(miner, |_, _| true, cheat, 1_000)).collect();
        let confirmed = found.iter().filter(|found| found[1].is_some()).count();
        let slowest = found.iter().filter_map(|found| found[1]).max();
        println!("{what}: {confirmed} of 40 confirmed within 1,000 tokens, the last after {slowest:?}");
        assert!(confirmed * 100 >= 40 * 95, "{what}: {found:?}");
    }
}

#[test]
fn who_cheats_now_and_then_or_late_is_confirmed_as_well() {
    type When = fn(u64, u32) -> bool;
    let cases: [(&str, When, u32); 4] = [
        ("one answer in five", |number, _| number % 5 == 3, 3_000),
        ("one answer in twenty", |number, _| number % 20 == 7, 20_000),
        ("all after 10,000 honest tokens", |_, tokens| tokens >= 10_000, 11_500),
        ("one in five after 10,000 honest tokens", |number, tokens| tokens >= 10_000 && number % 5 == 0, 16_000),
    ];
    for (what, when, most) in cases {
        let found: Vec<_> = (0..8).map(|miner| tokens(miner, when, four_bits_laundered, most)).collect();
        println!("{what}: {found:?}");
        assert!(found.iter().all(|found| found[1].is_some()), "{what}: {found:?}");
    }
}

#[test]
fn where_noise_is_not_known_only_the_gross_counts() {
    let known = Calibrations::default();
    let unknown = |prompt, asked: &Sampling, claim: &Claim| judged(&known, prompt, asked, claim);
    let mut gross = 0;
    for number in 0..ANSWERS {
        let asked = sampling(number, 64);
        for claim in [honest(number, &asked), four_bits(number, &asked)] {
            let findings = unknown(number, &asked, &claim);
            assert_eq!((findings.gross, findings.windows.len(), findings.null), (None, 0, None));
            assert_eq!((findings.tokens, findings.unverified), (64, None));
        }
        gross += u64::from(unknown(number, &asked, &execute(number, &asked, STRANGER)).gross.is_some());
        assert!(unknown(number, &asked, &cut(number, &asked, FinishReason::Stop)).gross.is_some());
    }
    assert!(gross * 100 >= ANSWERS * 95, "{gross} of {ANSWERS}");
}

#[test]
fn an_examination_that_is_none_speaks_neither_for_nor_against() {
    let asked = sampling(3, 64);
    let claim = honest(3, &asked);
    let good = examined(3, &asked, &claim.ids);
    let judged = |examined| assess(&CALIBRATIONS, "made up", "one", "one", &asked, &claim, &examined, CONTEXT);
    assert_eq!(judged(good.clone()).windows.len(), 2);
    let mut short = good.clone();
    short.positions.pop();
    let mut broken = good.clone();
    broken.positions[9].shortfall = f32::NAN;
    let places = |places: Vec<u32>| {
        let positions = good.positions[..places.len()].to_vec();
        cuckoo_protocol::audit::Examined { places: Some(places), positions, ..good.clone() }
    };
    for examined in [short, broken, places(vec![]), places(vec![63, 64])] {
        let findings = judged(examined);
        assert!(matches!(findings, Findings { tokens: 0, gross: None, unverified: Some(_), .. }), "{findings:?}");
    }
    let findings = judged(places((0..40).collect()));
    assert_eq!((findings.tokens, findings.windows.len(), findings.gross), (40, 2, None));
}

#[test]
fn noise_of_another_arithmetic_is_no_fault_under_its_own_calibration_only() {
    let rough = Arithmetic { noise: 2e-3, salt: 8 };
    let mut process = Process::default();
    for number in 0..20 {
        let asked = sampling(number, 64);
        let findings = judged(&CALIBRATIONS, number, &asked, &execute(number, &asked, rough));
        assert_eq!(findings.gross, None);
        process.update(&findings.null.expect("a calibrated pair"), &findings.windows);
    }
    assert!(process.value() >= CONFIRMED, "{}", process.value());
}

/// How a juror of the class that is calibrated votes on an answer of 500 tokens by a device of this class, with log-probabilities that are
/// this far off.
fn vote(class: &str, off: f32) -> Judgement {
    let asked = sampling(7, 500);
    let mut claim = honest(7, &asked);
    claim.log_probabilities.iter_mut().for_each(|value| *value -= off);
    let examined = examined(7, &asked, &claim.ids);
    let findings = assess(&CALIBRATIONS, "made up", class, "one", &asked, &claim, &examined, CONTEXT);
    judge(&[Some(findings)], MOST_ANSWERS)
}

#[test]
fn i28_small_differences_convict_nobody_whose_class_is_not_calibrated_or_not_signed() {
    use Judgement::{Guilty, Innocent, Unavailable};
    for class in ["cuda-sm90-bf16", ""] {
        assert_eq!([0.0, 0.05, 9.0].map(|off| vote(class, off)), [Unavailable, Unavailable, Guilty], "{class}");
    }
    assert_eq!([0.0, 0.05, 9.0].map(|off| vote("one", off)), [Innocent, Guilty, Guilty]);
    // Not even where somebody measures a class that has no name.
    let mut known = calibrations();
    let named = known.get("made up", "one", "one").expect("a calibration").clone();
    known.insert(Calibration { subject: Subject { miner: String::new(), ..named.subject.clone() }, ..named });
    assert_eq!((known.get("made up", "", "one"), known.iter().count()), (None, 2));
}

/// What earlier rules said of two executions: they were compared up to the first different token, and that one was excused by what each
/// side claimed of its own.
fn agreed_before(asked: &Sampling, one: &Claim, other: &Claim) -> bool {
    let common = one.ids.iter().zip(&other.ids).take_while(|(one, other)| one == other).count();
    let good = |claim: &Claim| {
        let (id, value) = (claim.ids[common], claim.log_probabilities[common]);
        f64::from(value) + gumbel(asked.seed, common as u64, id.into()) * asked.temperature.to_f64()
    };
    let pairs = one.log_probabilities.iter().zip(&other.log_probabilities).take(common);
    let mean = pairs.map(|(one, other)| f64::from((one - other).abs())).sum::<f64>() / common.max(1) as f64;
    mean <= 0.01 && common >= 4 && (good(one) - good(other)).abs() <= 0.1
}

#[test]
fn i1_a_forged_tie_won_by_comparing_executions_and_loses_by_examining() {
    let (mut won, mut tried) = (0, 0);
    for number in 0..ANSWERS {
        let asked = sampling(number, 64);
        let right = honest(number, &asked);
        let mut claim = forged_tie(number, &asked);
        // The log-probability that makes the sixth token as good as the right one.
        let noise = |id: u32| gumbel(asked.seed, 5, id.into()) * asked.temperature.to_f64();
        let forged = f64::from(right.log_probabilities[5]) + noise(right.ids[5]) - noise(claim.ids[5]);
        if forged > 0.0 {
            continue;
        }
        claim.log_probabilities[5] = forged as f32;
        tried += 1;
        won += u64::from(agreed_before(&asked, &claim, &right));
        assert!(judged(&CALIBRATIONS, number, &asked, &claim).gross.is_some(), "{number}");
    }
    assert!(tried * 2 > ANSWERS / 2 && won == tried, "{won} of {tried}");
}

#[test]
fn i2_the_second_best_first_token_was_never_followed_up_and_what_comes_after_it_is_found_by_one_examination() {
    let mut found = 0;
    for number in 0..ANSWERS {
        let asked = sampling(number, 64);
        let (right, claim) = (honest(number, &asked), second_best(number, &asked));
        // Earlier rules compared nothing behind the first token that differed, and there was none before it.
        assert_ne!(right.ids[0], claim.ids[0]);
        // It is the token that comes next after the right one, so that a hair seems to have decided.
        let good =
            |id: u32, value: f32| f64::from(value) + gumbel(asked.seed, 0, id.into()) * asked.temperature.to_f64();
        let lacks = good(right.ids[0], right.log_probabilities[0]) - good(claim.ids[0], claim.log_probabilities[0]);
        let examined = examined(number, &asked, &claim.ids).positions[0].shortfall;
        assert!(lacks > 0.0 && (lacks - f64::from(examined)).abs() < 0.01, "{number}: {lacks} and {examined}");
        found += u64::from(judged(&CALIBRATIONS, number, &asked, &claim).gross.is_some());
    }
    assert!(found * 100 >= ANSWERS * 99, "{found} of {ANSWERS}");
}

#[test]
fn i2_who_changes_the_first_token_alone_is_confirmed_by_its_answers_together() {
    let found: Vec<_> = (0..8).map(|miner| tokens(miner, |_, _| true, second_best_alone, 4_000)).collect();
    println!("the second-best first token alone: {found:?}");
    assert!(found.iter().all(|found| found[1].is_some()), "{found:?}");
    let at_once = (0..ANSWERS).filter(|number| {
        let asked = sampling(*number, 64);
        judged(&CALIBRATIONS, *number, &asked, &second_best_alone(*number, &asked)).gross.is_some()
    });
    assert_eq!(at_once.count(), 0, "one token is not enough for one answer");
}
