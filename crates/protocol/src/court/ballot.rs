//! Ballots: a vote with the salt that hides it until it is revealed, and what the court has written down of a juror.

use alloy::{
    primitives::{Address, B256, FixedBytes, U256, keccak256},
    sol_types::SolValue,
};
use serde::{Deserialize, Serialize};

use crate::audit::Judgement;

/// Bytes of a commitment that the court keeps.
pub const COMMITMENT_BYTES: usize = 30;

/// A juror's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vote {
    /// The answers are not from the model.
    Guilty,
    /// The answers are from the model.
    Innocent,
    /// The evidence could not be had, or it cannot be examined.
    Unavailable,
}

impl Vote {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Guilty, Self::Innocent, Self::Unavailable];

    /// The court's number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Guilty => 3,
            Self::Innocent => 4,
            Self::Unavailable => 5,
        }
    }

    /// The vote that has this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            3 => Some(Self::Guilty),
            4 => Some(Self::Innocent),
            5 => Some(Self::Unavailable),
            _ => None,
        }
    }

    /// One word for tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guilty => "guilty",
            Self::Innocent => "innocent",
            Self::Unavailable => "unavailable",
        }
    }
}

impl From<Judgement> for Vote {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Guilty => Self::Guilty,
            Judgement::Innocent => Self::Innocent,
            Judgement::Unavailable => Self::Unavailable,
        }
    }
}

/// A vote with its salt. Who knows the salt can read the vote out of the commitment, so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Ballot {
    /// The vote.
    pub vote: Vote,
    /// Random, and never used twice.
    pub salt: B256,
}

impl std::fmt::Debug for Ballot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ballot(..)")
    }
}

impl Ballot {
    /// What the court is given while votes are secret. It names case, draw and juror, so that nobody can copy another juror's.
    pub fn commitment(&self, case: B256, round: u64, juror: Address) -> B256 {
        keccak256((case, U256::from(round), juror, U256::from(self.vote.number()), self.salt).abi_encode())
    }

    /// Whether the commitment that the court keeps is that of this ballot.
    pub fn fits(&self, case: B256, round: u64, juror: Address, kept: &FixedBytes<COMMITMENT_BYTES>) -> bool {
        self.commitment(case, round, juror)[..COMMITMENT_BYTES] == kept[..]
    }
}

/// What the court has written down of a juror in one draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Nothing: its seats follow from the seed alone.
    Drawn,
    /// Its seats are written down, and it has to vote.
    Summoned,
    /// It has committed to a vote, and has not revealed it.
    Committed,
    /// It was paid or docked, or neither, and that is final.
    Settled,
    /// It has revealed this vote.
    #[serde(untagged)]
    Voted(Vote),
}

impl Part {
    /// From the court's number; an unknown number is that of a court of another release, and `None`.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Drawn),
            1 => Some(Self::Summoned),
            2 => Some(Self::Committed),
            3 => Some(Self::Voted(Vote::Guilty)),
            4 => Some(Self::Voted(Vote::Innocent)),
            5 => Some(Self::Voted(Vote::Unavailable)),
            6 => Some(Self::Settled),
            _ => None,
        }
    }

    /// One word for tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drawn => "drawn",
            Self::Summoned => "summoned",
            Self::Committed => "committed",
            Self::Voted(vote) => vote.as_str(),
            Self::Settled => "settled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_the_hash_of_five_words() {
        let (id, juror, salt) = (B256::repeat_byte(1), Address::repeat_byte(2), B256::repeat_byte(3));
        let words = [id, B256::left_padding_from(&[7]), juror.into_word(), B256::left_padding_from(&[3]), salt];
        let ballot = |vote| Ballot { vote, salt };
        let commitment = ballot(Vote::Guilty).commitment(id, 7, juror);
        assert_eq!(commitment, keccak256(words.concat()));
        let kept = FixedBytes::from_slice(&commitment[..COMMITMENT_BYTES]);
        assert!(ballot(Vote::Guilty).fits(id, 7, juror, &kept));
        for (vote, round, juror) in
            [(Vote::Innocent, 7, juror), (Vote::Guilty, 8, juror), (Vote::Guilty, 7, Address::ZERO)]
        {
            assert!(!ballot(vote).fits(id, round, juror, &kept));
        }
    }

    #[test]
    fn numbers_are_those_of_the_court_and_salts_are_not_shown() {
        for vote in Vote::ALL {
            assert_eq!(Vote::from_number(vote.number()), Some(vote));
            assert_eq!(Part::from_number(vote.number()), Some(Part::Voted(vote)));
        }
        let parts = (0..7).filter_map(Part::from_number).map(Part::as_str).collect::<Vec<_>>();
        assert_eq!(parts, ["drawn", "summoned", "committed", "guilty", "innocent", "unavailable", "settled"]);
        assert_eq!((Part::from_number(7), Vote::from_number(2)), (None, None));
        assert_eq!(serde_json::to_string(&Part::Voted(Vote::Guilty)).expect("JSON"), "\"guilty\"");
        let shown = format!("{:?}", Ballot { vote: Vote::Guilty, salt: B256::repeat_byte(0xab) });
        assert!(!shown.contains("ab") && !shown.contains("Guilty"), "{shown}");
    }
}
