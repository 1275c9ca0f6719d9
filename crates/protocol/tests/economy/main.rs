//! The model of the contracts beside the contracts themselves, and the invariants that must hold of it.

mod call;
#[expect(clippy::too_many_arguments, reason = "an event has as many fields as the contract gives it")]
mod chain;
mod compare;
mod honest;
mod invariants;
mod trace;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Instant,
};

use alloy::primitives::{B256, IntoLogData};
use cuckoo_protocol::economy::{Economy, Effect, Operation, Parameters, Refusal};
use rand::{Rng, SeedableRng, rngs::StdRng};

use self::{
    compare::Run,
    trace::{Situation, Step, listed},
    world::{Scene, World},
};

/// Traces of a usual run; `make test` runs four times as many. `CUCKOO_TEST_ECONOMY_TRACES` sets another number,
/// `CUCKOO_TEST_ECONOMY_SEED` another first seed.
const TRACES: u64 = 1_000;

/// How often each operation succeeded, and how often each refusal occurred.
#[derive(Default)]
struct Census {
    done: BTreeMap<String, u64>,
    refused: BTreeMap<&'static str, u64>,
    /// Signatures of the events that were seen.
    events: BTreeSet<B256>,
}

impl Census {
    fn count(&mut self, operation: &Operation, outcome: Result<&Vec<Effect>, &Refusal>) {
        match outcome {
            Ok(effects) => {
                *self.done.entry(trace::name(operation)).or_default() += 1;
                self.events.extend(effects.iter().map(|effect| effect.to_log_data().topics()[0]));
            }
            Err(refusal) => *self.refused.entry(refusal.name()).or_default() += 1,
        }
    }

    fn add(&mut self, other: Self) {
        for (name, count) in other.done {
            *self.done.entry(name).or_default() += count;
        }
        self.events.extend(other.events);
        for (name, count) in other.refused {
            *self.refused.entry(name).or_default() += count;
        }
    }
}

/// Where the trace of a seed begins, and how long it is.
fn beginning(world: &World, seed: u64) -> (&Scene, StdRng, usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let scene = if random.random_ratio(1, 8) { &world.bare } else { &world.furnished };
    let length = random.random_range(20..=60);
    (scene, random, length)
}

/// Someone who retracts a wei at a time, until that is refused.
fn nagging(world: &World, economy: &Economy, step: Step) -> Step {
    let (caller, node) = (world.people[3], world.keys[0]);
    let staked = !economy.stake(node, caller).is_zero();
    let operation = Operation::Retract { node, amount: cuckoo_protocol::Cai::from(1u128) };
    if staked { Step { caller, operation, ..step } } else { step }
}

/// Runs the trace of a seed on both; the trace and the difference if there is one.
fn run(world: &World, seed: u64, census: &mut Census) -> Result<(), (Vec<Step>, String)> {
    let (scene, mut random, length) = beginning(world, seed);
    let nags = random.random_ratio(1, 100);
    let mut run = Run::new(scene);
    let mut steps: Vec<Step> = Vec::with_capacity(length);
    let mut now = scene.now;
    for _ in 0..length {
        let situation = Situation { world, economy: &run.economy, past: &steps, now };
        let mut step = trace::next(&situation, random.random());
        if nags && random.random_ratio(4, 5) {
            step = nagging(world, &run.economy, step);
        }
        now = step.now;
        let outcome = run.step(world, step.caller, &step.operation, step.now);
        steps.push(step.clone());
        match outcome {
            Ok(outcome) => census.count(&step.operation, outcome.as_ref()),
            Err(difference) => return Err((steps, difference)),
        }
    }
    run.check(world).map_err(|difference| (steps, difference))
}

/// The difference that a trace shows.
fn replay(world: &World, scene: &Scene, steps: &[Step]) -> Option<String> {
    let mut run = Run::new(scene);
    for Step { caller, operation, now } in steps {
        if let Err(difference) = run.step(world, *caller, operation, *now) {
            return Some(difference);
        }
    }
    run.check(world).err()
}

/// Leaves out what a difference does not need.
fn shrink(world: &World, scene: &Scene, mut steps: Vec<Step>) -> Vec<Step> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < steps.len() {
            let rest = [&steps[..from], steps.get(from + size..).unwrap_or_default()].concat();
            if replay(world, scene, &rest).is_some() {
                steps = rest;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    steps
}

/// The first seed whose trace shows a difference, in words; else the census.
fn campaign(world: &World, seeds: std::ops::Range<u64>) -> Result<Census, String> {
    let mut census = Census::default();
    for seed in seeds {
        if let Err((steps, difference)) = run(world, seed, &mut census) {
            let (scene, ..) = beginning(world, seed);
            let steps = shrink(world, scene, steps);
            let difference = replay(world, scene, &steps).unwrap_or(difference);
            let list = listed(&steps);
            return Err(format!("seed {seed}: {difference}\nafter the last of these {} steps:\n{list}", steps.len()));
        }
    }
    Ok(census)
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}

/// Splits the seeds over the machine's cores.
fn all_campaigns(world: &World, first: u64, traces: u64) -> Result<Census, String> {
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get() as u64).min(traces);
    let from = |thread: u64| first + traces * thread / threads;
    thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || campaign(world, from(thread)..from(thread + 1)))).collect();
        let mut all = Census::default();
        for thread in running {
            all.add(thread.join().expect("no panic")?);
        }
        Ok(all)
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "the census is for the person who runs this with --nocapture")]
fn model_and_contracts_agree_on_random_traces() {
    let (first, traces) = (setting("CUCKOO_TEST_ECONOMY_SEED", 0), setting("CUCKOO_TEST_ECONOMY_TRACES", TRACES));
    let mut world = World::new(|_| {});
    world.furnish();
    let began = Instant::now();
    let census = all_campaigns(&world, first, traces).unwrap_or_else(|difference| panic!("{difference}"));
    println!("{traces} traces from seed {first} in {:.1} s", began.elapsed().as_secs_f32());
    println!("done: {:#?}\nrefused: {:#?}", census.done, census.refused);

    if traces < TRACES {
        return;
    }
    // 38 operations, three of which with and without a permit.
    assert_eq!(census.done.len(), 41, "{:#?}", census.done);
    for (name, count) in &census.done {
        assert!(*count >= 40, "{name} succeeded {count} times only");
    }
    for signature in Effect::SELECTORS {
        assert!(census.events.contains(&B256::from(*signature)), "an event never occurred: {signature:?}");
    }
    // A pool is wiped only by a slash that also tombstones its node, which nobody can vote for.
    for name in Refusal::VARIANT_NAMES.iter().filter(|name| **name != "PoolWiped") {
        assert!(census.refused.contains_key(name), "{name} never occurred: {:#?}", census.refused);
    }
}

#[test]
fn a_model_that_is_slightly_wrong_is_found_out() {
    type Alteration = fn(&mut Parameters);
    let wrong: [(&str, Alteration); 6] = [
        ("unbonding_period", |parameters| parameters.unbonding_period += 1),
        ("thaw_period", |parameters| parameters.thaw_period += 1),
        ("claim_delay", |parameters| parameters.claim_delay -= 1),
        ("dispute_window", |parameters| parameters.dispute_window += 1),
        ("period", |parameters| parameters.period += 1),
        ("fault_bps", |parameters| parameters.fault_bps += 1),
    ];
    for (name, alter) in wrong {
        let mut world = World::new(alter);
        world.furnish();
        assert!(campaign(&world, 0..500).is_err(), "{name}");
    }
}
