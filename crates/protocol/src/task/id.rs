//! A task's identity.

use std::{fmt, str::FromStr};

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

/// A task's identity: 32 random bytes, printed as 0x and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub B256);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskId({self})")
    }
}

/// A text that names no task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task id is 64 hex digits")]
pub struct TaskIdError;

impl FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        text.trim_start_matches("0x").parse().map(Self).map_err(|_| TaskIdError)
    }
}

/// The first hex digits of a task's id, 1 to 64 of them, with or without 0x: what people type of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstDigits {
    /// The digits, and zeros after them.
    word: B256,
    count: usize,
}

impl FirstDigits {
    /// How many they are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether a task's id begins so.
    pub fn begin(&self, TaskId(id): &TaskId) -> bool {
        let whole = self.count / 2;
        let is_half = self.count % 2 == 1;
        id[..whole] == self.word[..whole] && (!is_half || id[whole] >> 4 == self.word[whole] >> 4)
    }
}

impl FromStr for FirstDigits {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if !(1..=64).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(TaskIdError);
        }
        let word = format!("{digits:0<64}").parse().map_err(|_| TaskIdError)?;
        Ok(Self { word, count: digits.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_begins_with_each_number_of_its_digits_and_with_no_others() {
        let id = TaskId(alloy::primitives::keccak256("a task"));
        let text = format!("{:x}", id.0);
        for count in 1..=64 {
            let digits: FirstDigits = text[..count].to_uppercase().parse().expect("digits");
            assert_eq!(digits.count(), count);
            assert!(digits.begin(&id), "{count}");
            let last = if text.as_bytes()[count - 1] == b'0' { '1' } else { '0' };
            let other: FirstDigits = format!("0x{}{last}", &text[..count - 1]).parse().expect("digits");
            assert!(!other.begin(&id), "{count}");
        }
        for text in ["", "0x", "0xg1", "ä", &"0".repeat(65)] {
            assert_eq!(text.parse::<FirstDigits>(), Err(TaskIdError), "{text}");
        }
    }
}
