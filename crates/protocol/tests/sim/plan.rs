//! What a seed decides before anything happens: who takes part, on which terms, and how much goes wrong.

use std::sync::OnceLock;

use cuckoo_protocol::{
    B256,
    assign::seed::{SPAN, Seeds},
    coordinator::{Gate, Policy},
    price::Rate,
};

use super::{
    flaw::Flaw,
    peers::Temper,
    queue::{MS, SECOND},
    random::Random,
};

/// How often things go wrong, each against the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Menu {
    /// The time between two faults, in microseconds; twice that at most.
    pub(crate) pace: u64,
    /// Weights: kill the coordinator, kill a miner, break a connection, move the coordinator's clock, move a miner's clock, fill the
    /// coordinator's disk, fill a miner's, log in twice, let an old input come again, break
    /// all connections at once.
    pub(crate) weights: [u64; 10],
}

/// What a seed decides before anything happens.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) tasks: usize,
    /// A rule that is broken on purpose.
    pub(crate) flaw: Flaw,
    /// Signatures are made and checked; without, their places hold digests.
    pub(crate) signs: bool,
    /// Every input of every process is repeated when it ends.
    pub(crate) repeats: bool,
    /// The run crosses the end of a span of seeds.
    pub(crate) crosses: bool,
    pub(crate) tempers: Vec<Temper>,
    pub(crate) models: usize,
    /// The most slots of a miner for one model.
    pub(crate) slots: u64,
    pub(crate) rate: Rate,
    /// What a task may cost at most, about.
    pub(crate) bound: u128,
    pub(crate) escrow: u128,
    pub(crate) max_unpaid: usize,
    pub(crate) max_queue: usize,
    pub(crate) checkpoint_after: u64,
    pub(crate) gate: Gate,
    pub(crate) audits: Policy,
    /// Answers that the coordinator's own auditor examines at once; 0 where there is none.
    pub(crate) auditor: u32,
    /// Miners examine each other's answers.
    pub(crate) examines: bool,
    /// The time between two requests, in microseconds; twice that at most.
    pub(crate) pace: u64,
    pub(crate) reorganisations: f64,
    /// The part of inputs that come again later.
    pub(crate) echoes: f64,
    pub(crate) menu: Menu,
    pub(crate) seeds: Seeds,
    pub(crate) audit_seeds: Seeds,
}

/// The seeds of all runs, those of audits first: they are the same, because it takes half a million hashes to make them.
fn seeds() -> [Seeds; 2] {
    static SEEDS: OnceLock<[Seeds; 2]> = OnceLock::new();
    let make = || {
        let seeds = Seeds::new(B256::repeat_byte(5));
        [seeds.audits(), seeds].map(|mut seeds| {
            for span in 343..=345 {
                seeds.chain(span * SPAN);
            }
            seeds
        })
    };
    SEEDS.get_or_init(make).clone()
}

impl Plan {
    /// The plan of a seed, for about this many tasks.
    pub(crate) fn new(seed: u64, tasks: usize, flaw: Flaw) -> Self {
        // Another generator than the one of the run, so that a plan can be extended and the run stays.
        let mut random = Random::new(seed ^ 0x5eed);
        let [audit_seeds, seeds] = seeds();
        let rate = match random.below(4) {
            0 => Rate::default(),
            1 => Rate::new(0, u128::from(random.below(3_000))).expect("a rate"),
            _ => {
                let (prompt, completion) = (random.below(10_000), random.below(1_000_000_000));
                Rate::new(prompt.into(), completion.into()).expect("a rate")
            }
        };
        let bound = (rate.prompt() * 556 + rate.completion() * 16).div_ceil(1_000);
        let honest = random.between(1, 7);
        let hostile = if random.odds(0.4) { random.between(1, 2) } else { 0 };
        let wild = random.odds(0.3);
        let tempers = (0..honest + hostile).map(|number| Temper {
            lies: if number >= honest && random.odds(0.7) { random.one(&[0.05, 0.5, 1.0]) } else { 0.0 },
            blurs: if number >= honest && random.odds(0.3) { 0.05 } else { 0.0 },
            tampers: if number >= honest { random.one(&[0.01, 0.1, 0.4]) } else { 0.0 },
            stalls: if wild { 0.02 } else { 0.001 },
            fails: if wild { random.one(&[0.05, 0.05, 0.6]) } else { 0.005 },
            slowness: random.one(&[10, 50, 200, 1_000]),
        });
        let tempers: Vec<_> = tempers.collect();
        let weights = [
            random.between(4, 10),
            random.between(2, 8),
            random.between(2, 8),
            random.below(2),
            random.below(2),
            random.below(2),
            random.below(2),
            random.below(2),
            random.between(1, 8),
            random.below(3),
        ];
        let menu = Menu { pace: random.between(SECOND, 4 * SECOND), weights };
        Self {
            seed,
            tasks,
            flaw,
            signs: seed.is_multiple_of(16),
            repeats: seed % 8 == 1,
            crosses: seed % 64 == 2,
            tempers,
            models: random.between(1, 2) as usize,
            slots: random.one(&[1, 2, 6, 20]),
            rate,
            bound,
            escrow: bound.max(1) * random.one(&[50, 1_000, 5_000]),
            max_unpaid: random.between(1, 20) as usize,
            max_queue: random.one(&[10, 100, 1_000]),
            checkpoint_after: random.one(&[20, 200, 2_000, 100_000]),
            gate: Gate {
                max_first_token: random.odds(0.1).then(|| std::time::Duration::from_millis(500)),
                min_tokens_per_second: random.odds(0.1).then_some(5.0),
            },
            audits: if random.odds(0.5) {
                Policy { first: random.one(&[0, 100, u64::MAX, u64::MAX]), percent: random.one(&[0, 5, 100]) }
            } else {
                Policy::default()
            },
            auditor: random.one(&[0, 1, 4]),
            examines: random.odds(0.7),
            pace: random.between(10 * MS, 150 * MS),
            reorganisations: random.one(&[0.0, 0.02, 0.2]),
            echoes: random.one(&[0.0, 0.05]),
            menu,
            seeds,
            audit_seeds,
        }
    }
}
