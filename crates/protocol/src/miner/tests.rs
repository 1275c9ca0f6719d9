//! Tests of a miner's decisions, frame by frame.

use alloy::primitives::{B256, keccak256};

use crate::entropy::Entropy;

/// Repeatable randomness: a counter, hashed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Entropy for Dice {
    fn word(&mut self) -> B256 {
        self.0 += 1;
        keccak256(self.0.to_be_bytes())
    }
}
