//! Values on the command line that are more than a string.

use std::{convert::Infallible, str::FromStr};

use cuckoo_protocol::{Address, Cai, amount::AmountError};

/// An amount, or all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// This much.
    Exact(Cai),
    /// Whatever there is.
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
        if text.eq_ignore_ascii_case("max") { Ok(Self::Max) } else { text.parse().map(Self::Exact) }
    }
}

/// An address. One in mixed case carries a checksum (EIP-55), which must be right.
pub fn address(text: &str) -> Result<Address, String> {
    let address =
        Address::from_str(text).map_err(|_| "not an address: it has 0x and 40 hexadecimal digits".to_owned())?;
    let digits = text.trim_start_matches("0x");
    let mixed = digits.contains(|c: char| c.is_ascii_uppercase()) && digits.contains(|c: char| c.is_ascii_lowercase());
    if mixed && address.to_checksum(None).trim_start_matches("0x") != digits {
        return Err("its checksum is wrong: a character was mistyped".into());
    }
    Ok(address)
}

/// A node by its address, or by its name where only one node has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeReference {
    /// Its address.
    Address(Address),
    /// Its name.
    Name(String),
}

impl FromStr for NodeReference {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(address(text).map_or_else(|_| Self::Name(text.to_owned()), Self::Address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_address_is_noticed() {
        assert!(address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").is_ok());
        assert!(address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266").is_ok());
        assert!(address("0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266").is_err());
        assert!(address("0xf39f").is_err());
    }

    #[test]
    fn amounts_may_be_all_there_is() {
        assert_eq!("max".parse::<Amount>().map(|amount| amount.of(Cai::from_whole(7))), Ok(Cai::from_whole(7)));
        assert_eq!("5".parse::<Amount>().map(|amount| amount.of(Cai::from_whole(7))), Ok(Cai::from_whole(5)));
        assert!("-5".parse::<Amount>().is_err());
    }
}
