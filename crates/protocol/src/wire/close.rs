//! How a session ends: the last frame, and the codes that it can have.

use std::fmt;

use prost::Message;

/// The last frame of a session.
#[derive(Clone, PartialEq, Message)]
pub struct Close {
    /// A stable word, see [`CloseCode`]. A newer version may send one that this version does not know.
    #[prost(string, tag = "1")]
    pub code: String,
    /// The reason, for a person.
    #[prost(string, tag = "2")]
    pub message: String,
}

impl Close {
    /// Ends a session for a reason.
    pub fn new(code: CloseCode, message: impl Into<String>) -> Self {
        Self { code: code.as_str().to_owned(), message: message.into() }
    }
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// The login is not valid.
    BadLogin,
    /// The miner's clock differs too much from the coordinator's.
    Clock,
    /// The node is not registered as an active miner.
    NotRegistered,
    /// No protocol version is spoken by both sides.
    Version,
    /// The other side broke the protocol.
    Protocol,
    /// Nothing was heard of the other side for too long.
    Silent,
    /// The session has lasted as long as a session may.
    Expired,
    /// A newer session of the same node takes its place.
    Replaced,
    /// The coordinator gives this miner no work.
    Suspended,
    /// The session ended for another reason, which the message gives.
    Closed,
    /// The miner stops, and has nothing left to do.
    Drained,
}

impl CloseCode {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::BadLogin,
        Self::Clock,
        Self::NotRegistered,
        Self::Version,
        Self::Protocol,
        Self::Silent,
        Self::Expired,
        Self::Replaced,
        Self::Suspended,
        Self::Closed,
        Self::Drained,
    ];

    /// The word in frames.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadLogin => "bad_login",
            Self::Clock => "clock",
            Self::NotRegistered => "not_registered",
            Self::Version => "version",
            Self::Protocol => "protocol",
            Self::Silent => "silent",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
            Self::Drained => "drained",
        }
    }

    /// The code of a frame's word, or `None` for a word that this version does not know.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_travels_as_the_word_it_always_was() {
        let words = [
            "bad_login",
            "clock",
            "not_registered",
            "version",
            "protocol",
            "silent",
            "expired",
            "replaced",
            "suspended",
            "closed",
            "drained",
        ];
        assert_eq!(CloseCode::ALL.map(CloseCode::as_str), words);
        for code in CloseCode::ALL {
            assert_eq!(CloseCode::parse(&Close::new(code, "over").code), Some(code));
        }
        assert_eq!(CloseCode::parse("no such word"), None);
    }
}
