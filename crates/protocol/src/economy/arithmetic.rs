//! Solidity's checked arithmetic and OpenZeppelin's SafeCast: what does not fit is a refusal, with the same data.

use alloy::primitives::U256;

use super::outcome::{Contracts, Outcome, Refusal};

/// The scale of the reward accumulators (`Rewards.SCALE`).
pub(super) const SCALE: u128 = 1_000_000_000_000_000_000;
/// A whole in hundredths of a percent.
pub(super) const BPS: u128 = 10_000;

const MASK_96: u128 = (1 << 96) - 1;

fn panic(code: u64) -> Refusal {
    Contracts::Panic { code: U256::from(code) }.into()
}

/// `a + b` of two uint256.
pub(super) fn add(a: U256, b: U256) -> Outcome<U256> {
    a.checked_add(b).ok_or_else(|| panic(0x11))
}

/// `a - b` of two uint256.
pub(super) fn sub(a: U256, b: U256) -> Outcome<U256> {
    a.checked_sub(b).ok_or_else(|| panic(0x11))
}

/// `a * b` of two uint256.
pub(super) fn mul(a: U256, b: U256) -> Outcome<U256> {
    a.checked_mul(b).ok_or_else(|| panic(0x11))
}

/// `a / b` of two uint256, rounded down.
pub(super) fn div(a: U256, b: U256) -> Outcome<U256> {
    a.checked_div(b).ok_or_else(|| panic(0x12))
}

/// `a + b` of two uint128.
pub(super) fn add128(a: u128, b: u128) -> Outcome<u128> {
    a.checked_add(b).ok_or_else(|| panic(0x11))
}

/// `a + b` of two uint96.
pub(super) fn add96(a: u128, b: u128) -> Outcome<u128> {
    a.checked_add(b).filter(|sum| *sum <= MASK_96).ok_or_else(|| panic(0x11))
}

/// `a - b` of two uint128.
pub(super) fn sub128(a: u128, b: u128) -> Outcome<u128> {
    a.checked_sub(b).ok_or_else(|| panic(0x11))
}

/// The product of two uint128; it always fits a uint256.
pub(super) fn product(a: u128, b: u128) -> U256 {
    U256::from(a) * U256::from(b)
}

/// `SafeCast.toUint96` and `SafeCast.toUint128`.
pub(super) fn narrow(value: U256, bits: u8) -> Outcome<u128> {
    match u128::try_from(value) {
        Ok(narrow) if narrow.checked_shr(bits.into()).unwrap_or(0) == 0 => Ok(narrow),
        _ => Err(Contracts::SafeCastOverflowedUintDowncast { bits, value }.into()),
    }
}

/// `uint128(value)`: the lowest bits.
pub(super) fn low128(value: U256) -> u128 {
    let [low, high, ..] = *value.as_limbs();
    u128::from(low) | u128::from(high) << 64
}

/// `uint96(value)`: the lowest bits.
pub(super) fn low96(value: U256) -> u128 {
    low128(value) & MASK_96
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_exact_to_the_bit() {
        let top = U256::from(1u128 << 95) << 1;
        assert_eq!(narrow(top - U256::ONE, 96), Ok(MASK_96));
        assert_eq!(narrow(top, 96).map_err(|refusal| refusal.name()), Err("SafeCastOverflowedUintDowncast"));
        assert_eq!(narrow(U256::from(u128::MAX), 128), Ok(u128::MAX));
        assert!(narrow(U256::from(u128::MAX) + U256::ONE, 128).is_err());
        assert_eq!(low128(U256::MAX), u128::MAX);
        assert_eq!(low128((U256::from(7) << 128) + U256::from(u128::MAX - 1)), u128::MAX - 1);
        assert_eq!(low96(U256::MAX), MASK_96);
        assert_eq!(add96(MASK_96 - 1, 1), Ok(MASK_96));
        assert!(add96(MASK_96, 1).is_err());
    }

    #[test]
    fn overflow_and_division_by_zero_are_the_compilers_panics() {
        let code = |outcome: Outcome<U256>| match outcome {
            Err(Refusal::Panic(panic)) => panic.code,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(code(add(U256::MAX, U256::ONE)), U256::from(0x11));
        assert_eq!(code(sub(U256::ZERO, U256::ONE)), U256::from(0x11));
        assert_eq!(code(mul(U256::MAX, U256::from(2))), U256::from(0x11));
        assert_eq!(code(div(U256::ONE, U256::ZERO)), U256::from(0x12));
    }
}
