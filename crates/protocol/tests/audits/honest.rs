//! Honest miners whose scores are as bad as the null hypothesis allows: the share that ever reaches a value is bounded by its
//! inverse, whatever they are dealt and however their scores depend on what has been.

use cuckoo_protocol::audit::{Null, Process, Window};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::setting;

/// Miners of a run, and answers of a life; `make audits` takes longer lives.
const MINERS: usize = 20_000;
const ANSWERS: usize = 24;
/// The values that are looked for.
const VALUES: [f64; 2] = [1e2, 1e3];

fn null(mean: f32) -> Null {
    Null { flips: mean, shortfall: mean, difference: mean }
}

/// Counts the lives that ever reach each value, looked at after every answer.
fn count(seed: u64, live: impl Fn(&mut StdRng, &mut dyn FnMut(f64)) + Sync) -> (usize, [usize; 2]) {
    let miners = setting("CUCKOO_TEST_MINERS", MINERS);
    let half = |number: usize| {
        let mut counts = [0; 2];
        for miner in (number..miners).step_by(2) {
            let mut random = StdRng::seed_from_u64(seed.wrapping_mul(1 << 32) + miner as u64);
            let mut highest = 0f64;
            live(&mut random, &mut |value| highest = highest.max(value));
            for (count, value) in counts.iter_mut().zip(VALUES) {
                *count += usize::from(highest >= value);
            }
        }
        counts
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        (half(0), other.join().expect("counts"))
    });
    (miners, [one[0] + other[0], one[1] + other[1]])
}

/// Ville's bound, and four standard deviations of the count.
fn assert_bounded(what: &str, (miners, counts): (usize, [usize; 2])) {
    println!("{what}: of {miners} honest miners {} ever reached 1e2 and {} ever reached 1e3", counts[0], counts[1]);
    for (count, value) in counts.into_iter().zip(VALUES) {
        let expected = miners as f64 / value;
        assert!(count as f64 <= expected + 4.0 * expected.sqrt(), "{what}: {count} of {miners} reached {value}");
    }
}

/// A score that is `size` as often as the mean allows, and else 0.
fn score(random: &mut StdRng, mean: f32, size: f32) -> f32 {
    if random.random::<f32>() < mean / size { size } else { 0.0 }
}

fn live(random: &mut StdRng, mean: f32, answers: usize, draw: impl Fn(&mut StdRng) -> f32, see: &mut dyn FnMut(f64)) {
    let mut process = Process::default();
    for _ in 0..answers {
        let count = random.random_range(1..=3);
        let windows: Vec<_> = (0..count)
            .map(|_| Window { flips: draw(random), shortfall: draw(random), difference: draw(random) })
            .collect();
        process.update(&null(mean), &windows);
        see(process.value());
    }
}

#[test]
fn honest_miners_at_the_worst_mean_are_seldom_suspected() {
    let answers = setting("CUCKOO_TEST_ANSWERS", ANSWERS);
    // All or nothing; about the mean; something in between.
    for (number, (mean, size)) in [(0.02, 1.0), (0.02, 0.04), (0.002, 0.1)].into_iter().enumerate() {
        let counted = count(number as u64, |random, see| {
            live(random, mean, answers, |random| score(random, mean, size), see);
        });
        assert_bounded(&format!("scores of {size} with mean {mean}"), counted);
    }
    // The bound is one that can be broken: with scores twice as bad it is.
    let (miners, counts) = count(9, |random, see| live(random, 0.02, answers, |random| score(random, 0.04, 1.0), see));
    assert!(counts[0] as f64 * VALUES[0] > 1.5 * miners as f64, "{counts:?} of {miners}");
}

#[test]
fn no_choice_of_scores_by_an_adversary_breaks_the_bound() {
    let answers = setting("CUCKOO_TEST_ANSWERS", ANSWERS) / 2;
    // It sees the process before each answer, and deals the score that gets it over the line with the highest probability: the
    // smallest that suffices, as often as the mean allows. Where none suffices it plays for the highest.
    let mean = 0.02f32;
    for goal in VALUES {
        let counted = count(20 + goal as u64, |random, see| {
            let mut process = Process::default();
            for _ in 0..answers {
                let window = |size| Window { flips: size, shortfall: size, difference: size };
                let suffices = |size: &f32| {
                    let mut next = process.clone();
                    next.update(&null(mean), &[window(*size)]);
                    next.value() >= goal
                };
                let size = [0.03, 0.06, 0.12, 0.25, 0.5].into_iter().find(suffices).unwrap_or(1.0);
                process.update(&null(mean), &[window(score(random, mean, size))]);
                see(process.value());
                if process.value() >= goal {
                    break;
                }
            }
        });
        assert_bounded(&format!("bold play for {goal}"), counted);
    }
}
