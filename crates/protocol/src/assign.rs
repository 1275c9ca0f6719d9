//! Assignment by stake: who gets a task, drawn so that anyone can draw again.
//!
//! The probability of a miner is its weight over the total weight of the eligible miners, in integers. Weights are linear in
//! stake, so splitting a stake over many miners gains nothing.

use std::sync::Arc;

use alloy::primitives::{Address, B256, keccak256};

pub mod log;
pub mod seed;

/// The weights of one epoch and the randomness that was fixed for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The epoch: the time of a block over the seconds of an epoch.
    pub epoch: u64,
    /// Hash of the epoch's first block, which nobody knew when the stakes were placed.
    pub beacon: B256,
    /// Active miners with their weight (own stake + votes as far as they count, in base units), in order of address.
    pub miners: Vec<(Address, u128)>,
}

/// The seed of one draw: Keccak-256 over beacon, coordinator's seed (see [`seed`]), application's salt, task number and attempt.
/// The salt is the application's or zero: one of the coordinator's choice would let it choose the miner.
pub fn pick_seed(beacon: &B256, coordinator_seed: &B256, salt: &B256, sequence: u64, attempt: u32) -> B256 {
    let mut bytes = [0; 108];
    bytes[..32].copy_from_slice(beacon.as_slice());
    bytes[32..64].copy_from_slice(coordinator_seed.as_slice());
    bytes[64..96].copy_from_slice(salt.as_slice());
    bytes[96..104].copy_from_slice(&sequence.to_be_bytes());
    bytes[104..].copy_from_slice(&attempt.to_be_bytes());
    keccak256(bytes)
}

/// A number below `total`, uniform for a uniform seed: the seed's first 128 bits modulo `total`. A seed whose bits fall into the
/// last, incomplete multiple of `total` is replaced by its Keccak-256, and so on. `None` when `total` is zero.
pub fn draw(seed: &B256, total: u128) -> Option<u128> {
    if total == 0 {
        return None;
    }
    let mut seed = *seed;
    loop {
        let mut high = [0; 16];
        high.copy_from_slice(&seed[..16]);
        let value = u128::from_be_bytes(high);
        // 2^128 mod total values at the top would favour small results; far below them nothing has to be divided.
        if value <= u128::MAX - total || value <= u128::MAX - (u128::MAX % total + 1) % total {
            return Some(value % total);
        }
        seed = keccak256(seed);
    }
}

/// Children of a node: what is walked over in one is four cache lines long.
const WIDTH: usize = 16;

/// Integer weights under a tree of their sums, with O(log n) update and search. A Fenwick tree (Fenwick 1994) does the same in
/// one array, but takes three times the steps, each of which waits for memory.
#[derive(Clone, Debug, Default)]
pub struct SumTree {
    /// The root's level first; the last one holds the weights. Node `i` of a level has the sums of the nodes from `i * WIDTH` on of
    /// the next. What is past the end is zero.
    levels: Vec<Vec<[u128; WIDTH]>>,
    len: usize,
    total: u128,
}

impl SumTree {
    /// Weights that are all zero. Memory is touched only where they are set.
    pub fn zeros(len: usize) -> Self {
        let mut levels = vec![];
        let mut nodes = len;
        loop {
            nodes = nodes.div_ceil(WIDTH);
            levels.push(vec![[0; WIDTH]; nodes]);
            if nodes <= 1 {
                break;
            }
        }
        levels.reverse();
        Self { levels, len, total: 0 }
    }

    /// The weight at `index`.
    pub fn weight(&self, index: usize) -> u128 {
        self.levels.last().and_then(|weights| weights.get(index / WIDTH)).map_or(0, |node| node[index % WIDTH])
    }

    /// The sum of all weights.
    pub const fn total(&self) -> u128 {
        self.total
    }

    /// Sets the weight at `index`, which must exist. The sum of all weights must stay below 2^128; CAI's supply is below 2^90 base
    /// units.
    pub fn set(&mut self, index: usize, weight: u128) {
        assert!(index < self.len, "weight {index} of {}", self.len);
        let old = self.weight(index);
        self.total = self.total - old + weight;
        let mut index = index;
        for level in self.levels.iter_mut().rev() {
            let sum = &mut level[index / WIDTH][index % WIDTH];
            // Subtract first: the sum includes `old`.
            *sum = *sum - old + weight;
            index /= WIDTH;
        }
    }

    /// The index whose range of the prefix sums holds `target`, or `None` at or past the total.
    pub fn find(&self, mut target: u128) -> Option<usize> {
        if target >= self.total {
            return None;
        }
        let mut index = 0;
        for level in &self.levels {
            let node = &level[index];
            let mut child = 0;
            // The node's sum is above `target`, so that one of its children's is too.
            while child < WIDTH - 1 && node[child] <= target {
                target -= node[child];
                child += 1;
            }
            index = index * WIDTH + child;
        }
        Some(index)
    }
}

/// One draw's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The miner that was drawn.
    pub miner: Address,
    /// The number that was drawn, below `total`.
    pub value: u128,
    /// The drawn miner's weight.
    pub weight: u128,
    /// The eligible weight.
    pub total: u128,
}

/// The miners of an epoch, of which some are eligible at the moment.
#[derive(Clone, Debug)]
pub struct Assigner {
    /// In order of address.
    snapshot: Arc<Snapshot>,
    tree: SumTree,
}

impl Assigner {
    /// Nobody is eligible until [`Assigner::set_eligible`] says so.
    pub fn new(snapshot: impl Into<Arc<Snapshot>>) -> Self {
        let mut snapshot = snapshot.into();
        if !snapshot.miners.is_sorted_by_key(|(miner, _)| *miner) {
            Arc::make_mut(&mut snapshot).miners.sort_unstable_by_key(|(miner, _)| *miner);
        }
        let tree = SumTree::zeros(snapshot.miners.len());
        Self { snapshot, tree }
    }

    fn index(&self, miner: &Address) -> Option<usize> {
        self.snapshot.miners.binary_search_by_key(miner, |(miner, _)| *miner).ok()
    }

    /// The epoch's weights.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The weight of a miner in this epoch; zero when it is not in the snapshot.
    pub fn weight(&self, miner: &Address) -> u128 {
        self.index(miner).map_or(0, |index| self.snapshot.miners[index].1)
    }

    /// Lets a miner take part in draws or not. O(log n). A miner outside the snapshot never takes part.
    pub fn set_eligible(&mut self, miner: &Address, eligible: bool) {
        let Some(index) = self.index(miner) else { return };
        let weight = if eligible { self.snapshot.miners[index].1 } else { 0 };
        if self.tree.weight(index) != weight {
            self.tree.set(index, weight);
        }
    }

    /// Sum of the eligible weights.
    pub const fn eligible(&self) -> u128 {
        self.tree.total()
    }

    /// Draws among the eligible miners without those in `excluded`. O((1 + excluded) log n).
    pub fn draw(&mut self, seed: &B256, excluded: &[Address]) -> Option<Drawn> {
        self.without(excluded, |assigner| {
            let total = assigner.tree.total();
            let value = draw(seed, total)?;
            let (miner, weight) = assigner.snapshot.miners[assigner.tree.find(value)?];
            Some(Drawn { miner, value, weight, total })
        })
    }

    /// Sum of the eligible weights without those in `excluded`.
    pub fn total(&mut self, excluded: &[Address]) -> u128 {
        self.without(excluded, |assigner| assigner.tree.total())
    }

    /// The eligible miner, not in `excluded`, within whose weight a drawn number falls.
    pub fn at(&mut self, value: u128, excluded: &[Address]) -> Option<Address> {
        self.without(excluded, |assigner| Some(assigner.snapshot.miners[assigner.tree.find(value)?].0))
    }

    fn without<T>(&mut self, excluded: &[Address], look: impl FnOnce(&Self) -> T) -> T {
        let mut removed = vec![];
        for miner in excluded {
            if let Some(index) = self.index(miner) {
                let weight = self.tree.weight(index);
                if weight > 0 {
                    self.tree.set(index, 0);
                    removed.push((index, weight));
                }
            }
        }
        let seen = look(self);
        for (index, weight) in removed {
            self.tree.set(index, weight);
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seed(number: u64) -> B256 {
        pick_seed(&B256::ZERO, &B256::ZERO, &B256::ZERO, number, 1)
    }

    fn assigner(weights: &[u128]) -> Assigner {
        let miners = weights.iter().enumerate().map(|(i, w)| (Address::with_last_byte(i as u8 + 1), *w)).collect();
        let mut assigner = Assigner::new(Snapshot { epoch: 0, beacon: B256::ZERO, miners });
        for i in 0..weights.len() {
            assigner.set_eligible(&Address::with_last_byte(i as u8 + 1), true);
        }
        assigner
    }

    fn shares(assigner: &mut Assigner, draws: u64, excluded: &[Address]) -> Vec<u64> {
        let mut counts = vec![0; assigner.snapshot().miners.len()];
        for number in 0..draws {
            let drawn = assigner.draw(&seed(number), excluded).expect("somebody is eligible");
            counts[assigner.index(&drawn.miner).expect("known")] += 1;
        }
        counts
    }

    /// Pearson's statistic of observed counts against shares proportional to `weights`.
    fn chi_square(counts: &[u64], weights: &[u128]) -> f64 {
        let draws: u64 = counts.iter().sum();
        let total: u128 = weights.iter().sum();
        let term = |(count, weight): (&u64, &u128)| {
            let expected = draws as f64 * (*weight as f64 / total as f64);
            (*count as f64 - expected).powi(2) / expected
        };
        counts.iter().zip(weights).map(term).sum()
    }

    #[test]
    fn shares_follow_the_stake() {
        let weights = [50, 30, 20].map(|share: u128| share * 2_000 * 10u128.pow(18));
        let counts = shares(&mut assigner(&weights), 30_000, &[]);
        // 13.8 is the 0.999 quantile of chi-square with two degrees of freedom.
        assert!(chi_square(&counts, &weights) < 13.8, "{counts:?}");
    }

    #[test]
    fn splitting_a_stake_gains_nothing() {
        let whole = shares(&mut assigner(&[100, 300]), 40_000, &[])[0];
        let mut split = vec![1u128; 100];
        split.push(300);
        let parts: u64 = shares(&mut assigner(&split), 40_000, &[])[..100].iter().sum();
        let difference = (whole as f64 - parts as f64).abs() / 40_000.0;
        assert!(difference < 0.01, "{whole} {parts}");
    }

    #[test]
    fn excluded_and_ineligible_miners_are_never_drawn() {
        let mut three = assigner(&[5, 3, 2]);
        let counts = shares(&mut three, 1_000, &[Address::with_last_byte(1)]);
        assert_eq!(counts[0], 0);
        three.set_eligible(&Address::with_last_byte(2), false);
        three.set_eligible(&Address::with_last_byte(99), true);
        let counts = shares(&mut three, 1_000, &[Address::with_last_byte(1)]);
        assert_eq!(counts, [0, 0, 1_000]);
        three.set_eligible(&Address::with_last_byte(3), false);
        assert_eq!(three.draw(&seed(0), &[Address::with_last_byte(1)]), None);
    }

    #[test]
    fn a_draw_is_recomputable_from_its_inputs() {
        let mut first = assigner(&[7, 11, 13]);
        let mut second = assigner(&[7, 11, 13]);
        for number in 0..100 {
            assert_eq!(first.draw(&seed(number), &[]), second.draw(&seed(number), &[]));
        }
    }

    proptest! {
        #[test]
        fn the_tree_agrees_with_a_walk(
            weights in proptest::collection::vec(0u128..1_000, 1..600),
            updates in proptest::collection::vec((0usize..600, 0u128..1_000), 0..40),
        ) {
            let mut plain = weights.clone();
            let mut tree = SumTree::zeros(weights.len());
            weights.iter().enumerate().for_each(|(index, weight)| tree.set(index, *weight));
            for (index, weight) in updates {
                let index = index % plain.len();
                plain[index] = weight;
                tree.set(index, weight);
            }
            let total: u128 = plain.iter().sum();
            prop_assert_eq!(tree.total(), total);
            let mut walked = 0;
            for (index, weight) in plain.iter().enumerate() {
                if *weight > 0 {
                    prop_assert_eq!(tree.find(walked), Some(index));
                    prop_assert_eq!(tree.find(walked + weight - 1), Some(index));
                }
                walked += weight;
            }
            prop_assert_eq!(tree.find(total), None);
        }

        #[test]
        fn a_drawn_number_is_below_the_total(bytes: [u8; 32], total in 1u128..) {
            prop_assert!(draw(&B256::from(bytes), total).expect("total is positive") < total);
        }

        #[test]
        fn the_incomplete_multiple_is_never_used(low in 0u128..1_000, total in 1u128..) {
            let seed = |value: u128| {
                let mut bytes = [7; 32];
                bytes[..16].copy_from_slice(&value.to_be_bytes());
                B256::from(bytes)
            };
            // Of the 2^128 values, this many at the top have no whole multiple of the total any more.
            let excess = (u128::MAX % total + 1) % total;
            let last = u128::MAX - excess;
            prop_assert_eq!(draw(&seed(last), total), Some(total - 1));
            prop_assert_eq!(draw(&seed(last - low % total), total), Some(total - 1 - low % total));
            if excess > 0 {
                let top = seed(u128::MAX - low % excess);
                prop_assert_eq!(draw(&top, total), draw(&keccak256(top), total));
            }
        }
    }
}
