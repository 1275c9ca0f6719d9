//! Where the machines' randomness comes from: they are given it, so that a run can be repeated.

use alloy::primitives::{B256, U256, U512};

/// A source of randomness. Equal sources make equal machines take equal decisions.
pub trait Entropy {
    /// 32 uniformly random bytes.
    fn word(&mut self) -> B256;

    /// True with this probability; never at 0 or below, always at 1 or above.
    fn chance(&mut self, share: f64) -> bool {
        // 53 bits: every value is exact as a float, and 1 is never reached.
        let bits = self.word().0[..8].iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte)) >> 11;
        (bits as f64) < share * (1u64 << 53) as f64
    }

    /// A number below `total`, each as likely as the others to within 2^-128. It is 0 where `total` is.
    fn below(&mut self, total: u128) -> u128 {
        let product: U512 = U256::from_be_bytes(self.word().0).widening_mul(U256::from(total));
        let scaled: U512 = product >> 256;
        scaled.to()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use alloy::primitives::keccak256;

    use super::*;

    /// Repeatable randomness: a counter, hashed.
    #[derive(Clone, Debug)]
    pub(crate) struct Counter(pub(crate) u64);

    impl Entropy for Counter {
        fn word(&mut self) -> B256 {
            self.0 += 1;
            keccak256(self.0.to_be_bytes())
        }
    }

    /// The same word again and again.
    struct Fixed(B256);

    impl Entropy for Fixed {
        fn word(&mut self) -> B256 {
            self.0
        }
    }

    #[test]
    fn chances_and_numbers_are_as_likely_as_they_say() {
        let mut entropy = Counter(0);
        let hits = (0..10_000).filter(|_| entropy.chance(0.25)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
        let mut counts = [0; 3];
        (0..9_000).for_each(|_| counts[entropy.below(3) as usize] += 1);
        assert!(counts.iter().all(|count| (2_800..3_200).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_ends_are_exact() {
        let (mut least, mut most) = (Fixed(B256::ZERO), Fixed(B256::repeat_byte(0xff)));
        assert!(!least.chance(0.0) && least.chance(1e-9));
        assert!(most.chance(1.0) && !most.chance(0.999_999));
        assert_eq!((least.below(7), most.below(7), most.below(0)), (0, 6, 0));
        assert_eq!(most.below(u128::MAX), u128::MAX - 1);
    }
}
