//! What a recomputable draw by stake costs, beside rand's `WeightedIndex`, in one run.
//!
//! Both draw among the same weights and take the same updates: after every draw the drawn miner becomes busy or free. The rival
//! draws from a random generator, so nobody could check it afterwards; it is here as a measure. Our draws begin with a Keccak-256
//! over what anyone can know, in a column of its own and in the ratio.

#![allow(missing_docs, clippy::print_stdout)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::assign::{Assigner, Snapshot, pick_seed};
use rand::{Rng, SeedableRng, distr::weighted::WeightedIndex, rngs::StdRng};

/// Rounds per figure; the median is shown.
const ROUNDS: usize = 5;

fn main() {
    println!(
        "{:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>12}  {:>7}",
        "miners", "seed", "draw", "update", "rand draw", "rand update", "ratio"
    );
    for miners in [1_000, 100_000, 1_000_000] {
        let mut random = StdRng::seed_from_u64(1);
        let weights: Vec<u128> =
            (0..miners).map(|_| random.random_range(20_000..2_000_000u128) * 10u128.pow(18)).collect();
        let address = |index: usize| Address::left_padding_from(&index.to_be_bytes());
        let snapshot = Snapshot {
            epoch: 1,
            beacon: B256::repeat_byte(1),
            miners: weights.iter().enumerate().map(|(index, weight)| (address(index), *weight)).collect(),
        };
        let mut assigner = Assigner::new(snapshot);
        (0..miners).for_each(|index| assigner.set_eligible(&address(index), true));
        let mut rival = WeightedIndex::new(&weights).expect("weights are positive");
        let updates = 20_000;
        let rival_updates = if miners > 10_000 { 20 } else { 2_000 };
        let seed = |number| pick_seed(&B256::ZERO, &B256::ZERO, &B256::ZERO, number, 1);
        let ours_seed = median(updates, |number| {
            black_box(seed(number));
        });
        let seeds: Vec<_> = (0..updates).map(seed).collect();
        let ours_draw = median(updates, |number| {
            black_box(assigner.draw(&seeds[number as usize], &[]));
        });
        let ours_update = median(updates, |number| {
            assigner.set_eligible(&address(number as usize * 7 % miners), number % 2 == 0);
        });
        let rival_draw = median(updates, |_| {
            black_box(random.sample(&rival));
        });
        let rival_update = median(rival_updates, |number| {
            let index = number as usize * 7 % miners;
            let weight = if number % 2 == 0 { &weights[index] } else { &1 };
            rival.update_weights(&[(index, weight)]).expect("the index exists");
        });
        let ratio = (rival_draw + rival_update).as_secs_f64() / (ours_seed + ours_draw + ours_update).as_secs_f64();
        println!(
            "{miners:>9}  {ours_seed:>9.0?}  {ours_draw:>9.0?}  {ours_update:>9.0?}  {rival_draw:>9.0?}  {rival_update:>12.1?}  {ratio:>6.1}x"
        );
    }
}

fn median(times: u64, mut work: impl FnMut(u64)) -> Duration {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            (0..times).for_each(&mut work);
            started.elapsed() / times as u32
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}
