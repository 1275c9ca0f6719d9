//! Money: CAI as an exact integer of base units, parsed and printed in one place.

use std::{fmt, iter::Sum, str::FromStr};

use alloy::primitives::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Decimals of the CAI token: one CAI is 10^18 base units (wei).
pub const DECIMALS: usize = 18;

/// An amount of CAI in base units. Never a float: it parses and prints exactly, or not at all.
///
/// Text: `100`, `100cai`, `0.5 CAI`, `1000000wei`. JSON: a decimal string of base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cai(U256);

impl Cai {
    /// The amount as a command takes it, without separators: `1234.5cai`.
    pub fn plain(self) -> String {
        self.to_string().replace([',', ' '], "").to_lowercase()
    }

    /// No CAI at all.
    pub const ZERO: Self = Self(U256::ZERO);

    /// An amount from base units (10^-18 CAI).
    pub const fn from_base_units(units: U256) -> Self {
        Self(units)
    }

    /// An amount from whole CAI.
    pub fn from_whole(cai: u64) -> Self {
        Self(U256::from(cai) * unit())
    }

    /// Base units (10^-18 CAI).
    pub const fn base_units(self) -> U256 {
        self.0
    }

    /// `self + other`, or `None` past 2^256.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other`, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// True for nothing at all.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

fn unit() -> U256 {
    U256::from(10u64).pow(U256::from(DECIMALS))
}

impl From<u128> for Cai {
    fn from(units: u128) -> Self {
        Self(U256::from(units))
    }
}

impl Sum for Cai {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(U256::ZERO, |sum, amount| sum.saturating_add(amount.0)))
    }
}

impl fmt::Display for Cai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = self.0.div_rem(unit());
        let digits = whole.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 24);
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if !fraction.is_zero() {
            let fraction = format!("{:0>width$}", fraction.to_string(), width = DECIMALS);
            grouped.push('.');
            grouped.push_str(fraction.trim_end_matches('0'));
        }
        grouped.push_str(" CAI");
        f.pad(&grouped)
    }
}

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is not digits with at most one decimal point.
    #[error("`{0}` is not an amount of CAI; write it like 100, 0.5cai or 1000000wei, without thousands separators")]
    Malformed(String),
    /// The amount is finer than one base unit.
    #[error("`{0}` is finer than CAI's 18 decimals")]
    TooFine(String),
    /// The amount is more than 2^256 base units.
    #[error("`{0}` is larger than any amount of CAI can be")]
    TooLarge(String),
}

impl FromStr for Cai {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let malformed = || AmountError::Malformed(text.to_owned());
        let too_large = || AmountError::TooLarge(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let (number, decimals) = match (lower.strip_suffix("cai"), lower.strip_suffix("wei")) {
            (Some(number), _) => (number.trim_end(), DECIMALS),
            (None, Some(number)) => (number.trim_end(), 0),
            (None, None) => (lower.as_str(), DECIMALS),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let dangling = number.contains('.') && fraction.is_empty();
        if number.is_empty() || dangling || !digits(whole) || !digits(fraction) {
            return Err(malformed());
        }
        let significant = fraction.trim_end_matches('0');
        if significant.len() > decimals {
            return Err(AmountError::TooFine(text.to_owned()));
        }
        let scale = |count: usize| U256::from(10u64).pow(U256::from(count));
        let whole = U256::from_str_radix(if whole.is_empty() { "0" } else { whole }, 10).map_err(|_| too_large())?;
        let mut units = whole.checked_mul(scale(decimals)).ok_or_else(too_large)?;
        if !significant.is_empty() {
            let fraction = U256::from_str_radix(significant, 10).map_err(|_| too_large())?;
            units = units.checked_add(fraction * scale(decimals - significant.len())).ok_or_else(too_large)?;
        }
        Ok(Self(units))
    }
}

impl Serialize for Cai {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Cai {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        U256::from_str_radix(&text, 10).map(Self).map_err(de::Error::custom)
    }
}

/// Base units as `u128` in JSON are decimal strings, like all amounts: readers of other languages would round a number.
pub(crate) mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_form_people_write() {
        let wei = |units: u128| Cai::from(units);
        for (text, expected) in [
            ("100", wei(100 * 10u128.pow(18))),
            ("100cai", wei(100 * 10u128.pow(18))),
            ("0.5 CAI", wei(5 * 10u128.pow(17))),
            ("1000000wei", wei(1_000_000)),
            ("0.000000000000000001", wei(1)),
            ("1.500", wei(15 * 10u128.pow(17))),
            (".5", wei(5 * 10u128.pow(17))),
        ] {
            assert_eq!(text.parse::<Cai>(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold_exactly() {
        for text in ["", ".", "1.", "..5", "-1", "+1", "1,5", "1,000", "1e18", "0x10", "1.5wei", "NaN", "one", "1.0.0"]
        {
            assert!(text.parse::<Cai>().is_err(), "{text}");
        }
        assert!(matches!("1.0000000000000000001".parse::<Cai>(), Err(AmountError::TooFine(_))));
        let huge = format!("{}", U256::MAX);
        assert!(matches!(huge.parse::<Cai>(), Err(AmountError::TooLarge(_))));
        assert_eq!(format!("{huge}wei").parse::<Cai>(), Ok(Cai(U256::MAX)));
    }

    #[test]
    fn prints_grouped_with_its_unit() {
        assert_eq!(Cai::from_whole(2_000_000).to_string(), "2,000,000 CAI");
        assert_eq!(Cai::from(1u128).to_string(), "0.000000000000000001 CAI");
        assert_eq!(Cai::ZERO.to_string(), "0 CAI");
        assert_eq!(serde_json::to_string(&Cai::from_whole(1)).ok().as_deref(), Some("\"1000000000000000000\""));
    }

    proptest! {
        #[test]
        fn text_and_json_round_trip(units: u128) {
            let amount = Cai::from(units);
            let text = amount.to_string().replace(',', "");
            prop_assert_eq!(text.parse::<Cai>(), Ok(amount));
            let json = serde_json::to_string(&amount).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<Cai>(&json).expect("parses"), amount);
        }
    }
}
