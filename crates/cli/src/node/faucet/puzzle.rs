//! Proof of work that makes farming expensive: challenges are issued without being stored, and accepted once.

use std::{collections::BTreeSet, sync::Mutex, sync::PoisonError};

use alloy::primitives::{Bytes, hex, keccak256};
use cuckoo_protocol::Address;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::host::clock::moment;

/// How long a challenge is valid, in seconds.
const LIFETIME: u64 = 300;
/// At most this many accepted challenges are remembered until they expire. Each has cost its sender the work.
const MAX_SPENT: usize = 100_000;
/// The service never asks for more zero bits than this.
pub const MAX_DIFFICULTY: u32 = 32;

const ID: usize = 16;
const EXPIRES: usize = 8;
const LENGTH: usize = ID + EXPIRES + 32;

/// A puzzle that the service asks a newcomer to solve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// An id, an expiry and the service's seal on both.
    pub challenge: Bytes,
    /// The number of zero bits with which the hash has to begin.
    pub difficulty: u32,
    /// The time at which it expires (RFC 3339).
    pub expires: String,
}

/// Why a solution is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PuzzleError {
    /// The challenge was not issued by this process.
    #[error("this is not a challenge of this service; ask for a new one")]
    Unknown,
    /// The challenge is too old.
    #[error("the challenge has expired; ask for a new one")]
    Expired,
    /// The hash begins with too few zero bits.
    #[error("the hash begins with {have} zero bits, and needs {need}")]
    TooEasy {
        /// The zero bits of the hash.
        have: u32,
        /// The zero bits that were asked for.
        need: u32,
    },
    /// The challenge was accepted before.
    #[error("the challenge was used before; ask for a new one")]
    Used,
    /// Too many challenges are remembered.
    #[error("too many challenges were used lately; try again in a moment")]
    Busy,
}

/// Issues challenges and accepts their solutions, each once.
#[derive(Debug)]
pub struct Puzzles {
    secret: [u8; 32],
    difficulty: u32,
    /// Ordered by expiry, so that the expired ones can be removed first.
    spent: Mutex<BTreeSet<(u64, [u8; ID])>>,
}

impl Puzzles {
    /// Starts with a secret that nobody else knows.
    pub fn new(secret: [u8; 32], difficulty: u32) -> Self {
        Self { secret, difficulty, spent: Mutex::default() }
    }

    /// Issues a new challenge. `id` has to be random; `now` is in Unix seconds.
    pub fn issue(&self, id: [u8; ID], now: u64) -> Challenge {
        let expires = now + LIFETIME;
        let mut challenge = [&id[..], &expires.to_be_bytes()].concat();
        challenge.extend_from_slice(&self.seal(&challenge));
        Challenge { challenge: challenge.into(), difficulty: self.difficulty, expires: moment(expires) }
    }

    /// Accepts a solution, or returns why it is not accepted.
    pub fn accept(&self, challenge: &Bytes, address: Address, nonce: u64, now: u64) -> Result<(), PuzzleError> {
        if challenge.len() != LENGTH {
            return Err(PuzzleError::Unknown);
        }
        let (signed, seal) = challenge.split_at(ID + EXPIRES);
        // The comparison gives no hint at how many bytes were right.
        let wrong = self.seal(signed).iter().zip(seal).fold(0, |wrong, (left, right)| wrong | (left ^ right));
        let id = signed.first_chunk::<ID>();
        let expires = signed.last_chunk::<EXPIRES>();
        let (0, Some(id), Some(expires)) = (wrong, id, expires) else { return Err(PuzzleError::Unknown) };
        let expires = u64::from_be_bytes(*expires);
        if now >= expires {
            return Err(PuzzleError::Expired);
        }
        let have = zero_bits(&prefix(challenge, address).chain_update(nonce.to_string()).finalize());
        if have < self.difficulty {
            return Err(PuzzleError::TooEasy { have, need: self.difficulty });
        }
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        while spent.first().is_some_and(|(expires, _)| *expires <= now) {
            spent.pop_first();
        }
        if spent.contains(&(expires, *id)) {
            return Err(PuzzleError::Used);
        }
        if spent.len() >= MAX_SPENT {
            return Err(PuzzleError::Busy);
        }
        spent.insert((expires, *id));
        Ok(())
    }

    fn seal(&self, signed: &[u8]) -> [u8; 32] {
        keccak256([&self.secret[..], signed].concat()).0
    }
}

fn prefix(challenge: &Bytes, address: Address) -> Sha256 {
    let address = hex::encode_prefixed(address);
    Sha256::new().chain_update(challenge.to_string()).chain_update(format!(":{address}:"))
}

fn zero_bits(hash: &[u8]) -> u32 {
    let zeros = hash.iter().take_while(|byte| **byte == 0).count();
    zeros as u32 * 8 + hash.get(zeros).map_or(0, |byte| byte.leading_zeros())
}

/// Searches for a nonce. `attempts` is called now and then with the number of attempts, and ends the search by returning false.
pub fn solve(challenge: &Challenge, address: Address, mut attempts: impl FnMut(u64) -> bool) -> Option<u64> {
    let prefix = prefix(&challenge.challenge, address);
    for nonce in 0.. {
        if zero_bits(&prefix.clone().chain_update(nonce.to_string()).finalize()) >= challenge.difficulty {
            return Some(nonce);
        }
        if nonce % (1 << 18) == 0 && !attempts(nonce) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;
    const ALICE: Address = Address::repeat_byte(0xaa);

    fn solved(puzzles: &Puzzles, id: u8) -> (Bytes, u64) {
        let challenge = puzzles.issue([id; ID], NOW);
        let nonce = solve(&challenge, ALICE, |_| true).expect("a nonce");
        (challenge.challenge, nonce)
    }

    #[test]
    fn a_solution_is_accepted_once_in_time_and_for_its_address() {
        let puzzles = Puzzles::new([1; 32], 10);
        let (challenge, nonce) = solved(&puzzles, 1);
        let other = Address::repeat_byte(0xbb);
        assert!(matches!(puzzles.accept(&challenge, other, nonce, NOW), Err(PuzzleError::TooEasy { need: 10, .. })));
        assert_eq!(puzzles.accept(&challenge, ALICE, nonce, NOW + LIFETIME), Err(PuzzleError::Expired));
        assert_eq!(puzzles.accept(&challenge, ALICE, nonce, NOW + LIFETIME - 1), Ok(()));
        assert_eq!(puzzles.accept(&challenge, ALICE, nonce, NOW + 1), Err(PuzzleError::Used));
    }

    #[test]
    fn a_challenge_of_somebody_else_is_unknown() {
        let puzzles = Puzzles::new([1; 32], 0);
        let (challenge, nonce) = solved(&puzzles, 1);
        assert_eq!(Puzzles::new([2; 32], 0).accept(&challenge, ALICE, nonce, NOW), Err(PuzzleError::Unknown));
        for index in 0..challenge.len() {
            let mut forged = challenge.to_vec();
            forged[index] ^= 1;
            assert_eq!(puzzles.accept(&forged.into(), ALICE, nonce, NOW), Err(PuzzleError::Unknown), "{index}");
        }
        assert_eq!(puzzles.accept(&Bytes::new(), ALICE, nonce, NOW), Err(PuzzleError::Unknown));
    }

    #[test]
    fn memory_is_bounded_and_frees_itself() {
        let puzzles = Puzzles::new([1; 32], 0);
        let accept = |id: u32, now: u64| {
            let mut bytes = [0; ID];
            bytes[..4].copy_from_slice(&id.to_be_bytes());
            puzzles.accept(&puzzles.issue(bytes, now).challenge, ALICE, 0, now)
        };
        for id in 0..MAX_SPENT as u32 {
            assert_eq!(accept(id, NOW), Ok(()));
        }
        assert_eq!(accept(u32::MAX, NOW), Err(PuzzleError::Busy));
        assert_eq!(accept(u32::MAX, NOW + LIFETIME), Ok(()));
        assert_eq!(puzzles.spent.lock().expect("not poisoned").len(), 1);
    }

    #[test]
    fn zero_bits_are_counted_from_the_first() {
        for (hash, bits) in [([0x80, 0], 0), ([0x01, 0xff], 7), ([0x00, 0x10], 11), ([0, 0], 16)] {
            assert_eq!(zero_bits(&hash), bits);
        }
        // As a shell computes it: printf '0x00:0xaaaa...:7' | sha256sum
        let text = format!("0x00:{}:7", hex::encode_prefixed(ALICE));
        let hash = prefix(&Bytes::from_static(&[0]), ALICE).chain_update("7").finalize();
        assert_eq!(hash, Sha256::digest(text));
    }
}
