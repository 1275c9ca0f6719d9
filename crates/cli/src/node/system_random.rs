//! The operating system's randomness for the nodes' machines, stretched by the thread's generator.

use alloy::primitives::B256;
use cuckoo_protocol::entropy::Entropy;

/// Randomness that nobody can foresee.
#[derive(Debug)]
pub struct SystemRandom;

impl Entropy for SystemRandom {
    fn word(&mut self) -> B256 {
        rand::random::<[u8; 32]>().into()
    }
}
