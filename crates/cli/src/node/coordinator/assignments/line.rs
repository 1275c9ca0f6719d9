//! A line of the assignment log, and how far the log reaches.

use alloy::primitives::B256;

/// How far a log reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of entries.
    pub entries: u64,
    /// The hash chain's head.
    pub hash: B256,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of the line, from 0.
    pub number: u64,
    /// Where it begins in the file, in bytes.
    pub place: u64,
    /// The text without the end of the line.
    pub text: String,
}

impl Line {
    /// Lines that follow each other, of which the first one has this number and place.
    pub fn numbered(
        number: u64,
        mut place: u64,
        texts: impl IntoIterator<Item = String>,
    ) -> impl Iterator<Item = Self> {
        (number..).zip(texts).map(move |(number, text)| {
            let line = Self { number, place, text };
            place = line.end();
            line
        })
    }

    /// Where the next one begins.
    pub(super) fn end(&self) -> u64 {
        self.place + self.text.len() as u64 + 1
    }
}
