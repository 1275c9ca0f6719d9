//! The work that the faucet's contract asks for: a number whose hash, together with the address and the day, begins with zeros.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use alloy::{primitives::keccak256, sol_types::SolValue};
use cuckoo_protocol::{
    Address, U256,
    chain::{ChainError, Client},
    contract::Faucet,
};
use tokio_util::sync::CancellationToken;

/// A solution is good on one day of the chain's time only.
const DAY: u64 = 24 * 3_600;
/// The search looks this often, in attempts, whether anybody still waits for it.
const LOOK: u64 = 1 << 14;

/// What one request has to solve.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    chain_id: u64,
    faucet: Address,
    to: Address,
    /// Days since the Unix epoch, by the chain's time.
    day: u64,
    bits: u32,
}

/// How far a search is. Dropping it ends the search.
#[derive(Debug)]
pub struct Search {
    attempts: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Search {
    /// Numbers that were tried so far.
    pub fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Relaxed)
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Work {
    /// Reads what the contract asks for a request for `to` at the newest block's time.
    pub async fn read(client: &Client, faucet: Address, to: Address) -> Result<Self, ChainError> {
        let bits = client.read(faucet, &Faucet::workBitsCall {}).await?;
        let day = client.head().await?.timestamp / DAY;
        Ok(Self { chain_id: client.network().chain_id, faucet, to, day, bits: bits.into() })
    }

    /// Attempts that a solution takes on average.
    pub fn expected(&self) -> u64 {
        1u64.checked_shl(self.bits).unwrap_or(u64::MAX)
    }

    /// True for a number that the contract accepts.
    fn accepts(&self, nonce: u64) -> bool {
        let words =
            (U256::from(self.chain_id), self.faucet, self.to, U256::from(self.day), U256::from(nonce)).abi_encode();
        U256::from_be_bytes(keccak256(words).0).leading_zeros() >= self.bits as usize
    }

    /// Starts the search on a thread of its own.
    pub fn search(self) -> (Search, impl Future<Output = Option<U256>>) {
        let search = Search { attempts: Arc::default(), stop: CancellationToken::new() };
        let (attempts, stop) = (search.attempts.clone(), search.stop.clone());
        let found = tokio::task::spawn_blocking(move || {
            for nonce in 0.. {
                if self.accepts(nonce) {
                    return Some(U256::from(nonce));
                }
                if nonce % LOOK == 0 {
                    attempts.store(nonce, Ordering::Relaxed);
                    if stop.is_cancelled() {
                        return None;
                    }
                }
            }
            None
        });
        (search, async move { found.await.ok().flatten() })
    }

    /// Searches until there is a solution.
    pub async fn solve(self) -> Option<U256> {
        let (_search, found) = self.search();
        found.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(bits: u32) -> Work {
        let (faucet, to) = (Address::repeat_byte(0xfa), Address::repeat_byte(0xaa));
        Work { chain_id: 31_337, faucet, to, day: 20_000, bits }
    }

    #[tokio::test]
    async fn a_solution_holds_for_its_address_and_day_only() {
        let work = work(10);
        let nonce = work.solve().await.expect("a number").to();
        assert!(work.accepts(nonce));
        assert!((0..nonce).all(|earlier| !work.accepts(earlier)), "the first one that fits");
        let others = [
            Work { day: work.day + 1, ..work },
            Work { to: work.faucet, ..work },
            Work { faucet: work.to, ..work },
            Work { chain_id: 1, ..work },
        ];
        assert!(others.iter().filter(|other| other.accepts(nonce)).count() <= 1, "one in a thousand fits by chance");
        assert_eq!(work.expected(), 1_024);
    }

    #[tokio::test]
    async fn nothing_is_asked_for_without_bits_and_a_dropped_search_ends() {
        assert_eq!(work(0).solve().await, Some(U256::ZERO));
        let (search, found) = work(63).search();
        drop(search);
        assert_eq!(found.await, None);
    }
}
