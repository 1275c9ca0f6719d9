//! Values on the command line that are more than a string.

use std::{fmt, str::FromStr};

use cuckoo_protocol::{Cai, amount::AmountError};

/// An amount, or all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Exactly this amount.
    Exact(Cai),
    /// All there is.
    Max,
}

impl Amount {
    /// The amount, given how much there is.
    pub fn of(self, available: Cai) -> Cai {
        match self {
            Self::Exact(amount) => amount,
            Self::Max => available,
        }
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        if ["max", "all"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            Ok(Self::Max)
        } else {
            text.parse().map(Self::Exact)
        }
    }
}

/// An amount as an argument, or `--all`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct AmountArgs {
    /// Amount in CAI, or max for all there is
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    amount: Option<Amount>,
    /// Take all there is; the same as max
    #[arg(long)]
    all: bool,
}

impl From<AmountArgs> for Amount {
    fn from(args: AmountArgs) -> Self {
        args.amount.unwrap_or(Self::Max)
    }
}

/// A part of something, in hundredths of a percent. As text it is `2.5` or `2.5%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u16);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || format!("`{text}` is not a percentage from 0 to 100 with at most two decimals, such as 2.5");
        let number = text.trim().trim_end_matches('%').trim_end();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
            return Err(malformed());
        }
        let whole: u16 = whole.parse().map_err(|_| malformed())?;
        let hundredths: u16 = format!("{fraction:0<2}").parse().map_err(|_| malformed())?;
        let bps = whole.checked_mul(100).and_then(|bps| bps.checked_add(hundredths));
        bps.filter(|bps| *bps <= 10_000).map(Self).ok_or_else(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        for (text, bps) in [("0", 0), ("2.5", 250), ("2.05%", 205), ("50", 5_000), ("100.00 %", 10_000)] {
            assert_eq!(text.parse(), Ok(Percent(bps)), "{text}");
        }
        for text in ["", "%", "-1", "2.505", "2.", ".5", "100.01", "700", "70000", "1e1", "2,5"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
        assert_eq!(Percent(205).to_string(), "2.05");
    }

    #[test]
    fn amounts_may_be_all_there_is() {
        for text in ["max", "all", "ALL"] {
            assert_eq!(text.parse::<Amount>().map(|amount| amount.of(Cai::from_whole(7))), Ok(Cai::from_whole(7)));
        }
        assert_eq!("5".parse::<Amount>().map(|amount| amount.of(Cai::from_whole(7))), Ok(Cai::from_whole(5)));
        assert!("-5".parse::<Amount>().is_err());
    }
}
