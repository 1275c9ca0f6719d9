//! Ids of 32 bytes as people type them: whole, or by their first digits, as git takes them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use cuckoo_protocol::B256;

use crate::terminal::{Error, Result};

/// Fewer digits than this could be those of another one tomorrow.
const LEAST_DIGITS: usize = 6;
/// The digits of a whole id.
const DIGITS: usize = 64;

/// The first digits of an id in hexadecimal, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPrefix(String);

/// A text that is not the beginning of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 64 hexadecimal digits, of which at least the first {LEAST_DIGITS} are given")]
pub struct IdPrefixError;

impl FromStr for IdPrefix {
    type Err = IdPrefixError;

    fn from_str(text: &str) -> Result<Self, IdPrefixError> {
        let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
        let valid =
            (LEAST_DIGITS..=DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then_some(Self(digits)).ok_or(IdPrefixError)
    }
}

impl fmt::Display for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", self.0)
    }
}

impl IdPrefix {
    /// The id, where all of its digits are given.
    pub fn whole(&self) -> Option<B256> {
        self.0.parse().ok().filter(|_| self.0.len() == DIGITS)
    }

    /// The only one of these ids that begins so; `what` names such a thing in errors, such as `transaction`.
    pub fn find(&self, what: &str, ids: impl IntoIterator<Item = B256>) -> Result<B256> {
        let found: BTreeSet<_> = ids.into_iter().filter(|id| format!("{id:x}").starts_with(&self.0)).collect();
        let list: Vec<_> = found.iter().map(ToString::to_string).collect();
        match list.as_slice() {
            [_] => found.into_iter().next().ok_or_else(|| Error::failure("an id was lost")),
            [] => Err(Error::precondition(format_args!("no {what} begins with {self}"))
                .hint(format_args!("give the whole id of the {what}"))),
            several => Err(Error::usage(format_args!("several {what}s begin with {self}"))
                .hint(format_args!("give more digits of the one that is meant: {}", several.join(", ")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_enough_where_only_one_id_has_them() {
        let ids = [B256::repeat_byte(0xab), B256::repeat_byte(0xac), B256::with_last_byte(1)];
        let prefix = |text: &str| text.parse::<IdPrefix>();
        assert_eq!(prefix("0xABABAB").expect("valid").find("task", ids).expect("one"), ids[0]);
        assert_eq!(prefix(&ids[1].to_string()).expect("valid").whole(), Some(ids[1]));
        assert_eq!(prefix("ababab").expect("valid").whole(), None);
        let twice = [B256::repeat_byte(0xab), {
            let mut other = B256::repeat_byte(0xab);
            other.0[31] = 0;
            other
        }];
        let ambiguous = prefix("ababab").expect("valid").find("task", twice).expect_err("refused");
        assert!(ambiguous.hints()[0].contains(&twice[0].to_string()), "{ambiguous:?}");
        assert!(prefix("cccccc").expect("valid").find("task", ids).is_err());
        for text in ["", "0x", "abcde", "abcdeg", &"a".repeat(65)] {
            assert_eq!(prefix(text), Err(IdPrefixError), "{text}");
        }
    }
}
