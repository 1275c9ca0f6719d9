//! Addresses as people type them.

use alloy::primitives::Address;

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not `0x` and 40 hexadecimal digits.
    #[error("not an address: it has 0x and 40 hexadecimal digits")]
    Malformed,
    /// Its upper and lower case are not those of its checksum.
    #[error("its checksum is wrong: a character was mistyped")]
    Checksum,
}

/// Reads an address. One in mixed case carries a checksum (EIP-55), which must be right.
pub fn parse_address(text: &str) -> Result<Address, AddressError> {
    let address: Address = text.parse().map_err(|_| AddressError::Malformed)?;
    let digits = text.trim_start_matches("0x");
    let mixed = digits.contains(|c: char| c.is_ascii_uppercase()) && digits.contains(|c: char| c.is_ascii_lowercase());
    if mixed && address.to_checksum(None).trim_start_matches("0x") != digits {
        return Err(AddressError::Checksum);
    }
    Ok(address)
}

/// Whether somebody who types this means an address, right or not: such a text is never a name.
pub fn looks_like_address(text: &str) -> bool {
    let text = text.trim();
    let is_hexadecimal = |digits: &str| digits.chars().all(|c| c.is_ascii_hexdigit());
    text.starts_with("0x") || text.starts_with("0X") || (text.len() >= LONGEST_WORD && is_hexadecimal(text))
}

/// Hexadecimal digits that a word or a short number may have.
const LONGEST_WORD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_address_is_never_a_name() {
        for text in
            ["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb9226", "0x", " 0Xab", "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"]
        {
            assert!(looks_like_address(text), "{text}");
        }
        for text in ["miner-1", "deadbeef", "cafe", "x0x", ""] {
            assert!(!looks_like_address(text), "{text}");
        }
    }

    #[test]
    fn a_mistyped_address_is_noticed() {
        assert!(parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").is_ok());
        assert!(parse_address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266").is_ok());
        assert_eq!(parse_address("0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), Err(AddressError::Checksum));
        assert_eq!(parse_address("0xf39f"), Err(AddressError::Malformed));
    }
}
