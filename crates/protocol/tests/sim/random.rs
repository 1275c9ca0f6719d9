//! The one source of chance in a run: everything that a seed decides comes from here, in the order of the events.

use alloy::primitives::B256;
use cuckoo_protocol::entropy::Entropy;
use rand::{Rng, SeedableRng, rngs::StdRng};

/// A seeded generator.
pub(crate) struct Random(StdRng);

impl Random {
    /// The generator of a run.
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A number below `end`, which is not zero.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high)
    }

    /// True with this probability.
    pub(crate) fn odds(&mut self, share: f64) -> bool {
        share > 0.0 && self.0.random_bool(share.min(1.0))
    }

    /// One of some values.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// 32 bytes.
    pub(crate) fn bytes(&mut self) -> B256 {
        B256::from(self.0.random::<[u8; 32]>())
    }
}

/// What a machine is given, and a copy of it, so that its inputs can be repeated.
pub(crate) struct Recorded<'a> {
    /// Where it comes from.
    pub(crate) random: &'a mut Random,
    /// What was given out.
    pub(crate) words: &'a mut Vec<B256>,
}

impl Entropy for Recorded<'_> {
    fn word(&mut self) -> B256 {
        let word = self.random.bytes();
        self.words.push(word);
        word
    }
}

/// What was given to a machine before, again.
pub(crate) struct Repeated<I>(pub I);

impl<I: Iterator<Item = B256>> Entropy for Repeated<I> {
    fn word(&mut self) -> B256 {
        self.0.next().expect("a repeated run asks for no more than the first one did")
    }
}
