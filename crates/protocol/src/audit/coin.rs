//! The coin: which receipts are audited, by whom, and where, as functions of a seed that anybody can repeat once it is revealed.

use std::ops::Range;

use alloy::primitives::{Address, B256, keccak256};

use crate::{assign, task::sampler::mix};

/// Steps of a window that is examined by replay.
pub const WINDOW: u32 = 64;
/// Windows of an answer that is examined by replay.
pub const WINDOWS: u32 = 4;
/// The share that is everything, in millionths.
pub const ALL: u32 = 1_000_000;

/// Whether the coin of an epoch's audit seed falls on a receipt, of which it takes `ppm` in a million.
pub fn chosen(seed: &B256, receipt: &B256, ppm: u32) -> bool {
    // The product's upper half is uniform below a million.
    let part = (u128::from(number(seed, receipt)) * u128::from(ALL)) >> 64;
    part < u128::from(ppm)
}

/// The number that seed and receipt give: the first 64 bits of the Keccak-256 over both.
pub fn number(seed: &B256, receipt: &B256) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash(&[seed.as_slice(), receipt.as_slice()])[..8]);
    u64::from_be_bytes(first)
}

/// Who audits a receipt in this round, drawn by weight; `None` where nobody has any. The order of the candidates does not matter.
pub fn draw(seed: &B256, receipt: &B256, round: u32, candidates: &[(Address, u128)]) -> Option<Address> {
    let mut candidates = candidates.to_vec();
    candidates.sort_unstable();
    let total = candidates.iter().fold(0, |total: u128, (_, weight)| total.saturating_add(*weight));
    let mut target = assign::draw(&hash(&[seed.as_slice(), receipt.as_slice(), &round.to_be_bytes()]), total)?;
    for (address, weight) in candidates {
        match target.checked_sub(weight) {
            Some(rest) => target = rest,
            None => return Some(address),
        }
    }
    None
}

/// The places of an output of `tokens` tokens that are examined by replay: at most [`WINDOWS`] different stretches of [`WINDOW`]
/// tokens, ascending; of a short output all.
pub fn windows(seed: u64, tokens: u32) -> Vec<Range<u32>> {
    let mut stretches: Vec<u32> = (0..tokens.div_ceil(WINDOW)).collect();
    let mut state = seed;
    for at in 0..stretches.len().min(WINDOWS as usize) {
        state = mix(state);
        let rest = (stretches.len() - at) as u64;
        stretches.swap(at, at + (state % rest) as usize);
    }
    stretches.truncate(WINDOWS as usize);
    stretches.sort_unstable();
    stretches.into_iter().map(|stretch| stretch * WINDOW..(stretch + 1).saturating_mul(WINDOW).min(tokens)).collect()
}

fn hash(parts: &[&[u8]]) -> B256 {
    keccak256(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> B256 {
        keccak256(number.to_be_bytes())
    }

    #[test]
    fn the_coin_falls_as_often_as_it_should() {
        let seed = word(0);
        let count = |ppm| (0..40_000).filter(|number| chosen(&seed, &word(*number), ppm)).count();
        assert_eq!((count(0), count(ALL)), (0, 40_000));
        for (ppm, expected) in [(10_000, 400.0f64), (50_000, 2_000.0), (500_000, 20_000.0)] {
            assert!((count(ppm) as f64 - expected).abs() < 5.0 * expected.sqrt(), "{ppm}");
        }
        // A higher rate takes all that a lower one took.
        assert!((0..1_000).all(|number| !chosen(&seed, &word(number), 10_000) || chosen(&seed, &word(number), 20_000)));
        let differs =
            (0..1_000).any(|number| chosen(&seed, &word(number), 500_000) != chosen(&word(1), &word(number), 500_000));
        assert!(differs);
    }

    #[test]
    fn auditors_are_drawn_by_weight_whatever_their_order() {
        let of = |byte| Address::repeat_byte(byte);
        let mut candidates = vec![(of(3), 300), (of(1), 100), (of(2), 0)];
        let mut counts = [0; 4];
        for number in 0..4_000 {
            let drawn = draw(&word(number), &word(7), 1, &candidates).expect("somebody");
            candidates.reverse();
            assert_eq!(draw(&word(number), &word(7), 1, &candidates), Some(drawn));
            counts[usize::from(drawn[0])] += 1;
        }
        assert_eq!(counts[2], 0);
        assert!((2_850..3_150).contains(&counts[3]), "{counts:?}");
        assert_eq!(draw(&word(0), &word(7), 1, &[(of(2), 0)]), None);
        assert_eq!(draw(&word(0), &word(7), 1, &[]), None);
        let rounds = (0..20).map(|round| draw(&word(0), &word(7), round, &candidates)).collect::<Vec<_>>();
        assert!(rounds.iter().any(|drawn| *drawn != rounds[0]));
    }

    #[test]
    fn windows_are_different_stretches_and_of_a_short_output_all() {
        assert_eq!(windows(5, 0), []);
        assert_eq!(windows(5, 100), [0..64, 64..100]);
        let mut seen = [0; 40];
        for seed in 0..2_000 {
            let windows = windows(seed, 2_500);
            assert_eq!(windows.len(), 4);
            assert!(windows.is_sorted_by(|one, next| one.end <= next.start));
            assert!(windows.iter().all(|window| window.start % 64 == 0 && window.end <= 2_500));
            windows.iter().for_each(|window| seen[(window.start / 64) as usize] += 1);
        }
        assert!(seen.iter().all(|count| (130..280).contains(count)), "{seen:?}");
        assert!(windows(1, u32::MAX).iter().all(|window| window.end > window.start));
    }
}
