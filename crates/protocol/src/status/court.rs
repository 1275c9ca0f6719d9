//! Disputes as dashboards show them.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::publisher::Publisher;
use crate::{Cai, court::Phase, task::Millis};

/// A dispute before the court.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Its id.
    pub id: B256,
    /// The miner that is accused.
    pub accused: Address,
    /// The publishing node's part in it.
    pub part: CasePart,
    /// What it waits for, or how it ended.
    pub stage: CaseStage,
    /// When the stage ends; none where it waits for somebody, and of one that is closed.
    pub until: Option<Millis>,
    /// What a verdict took from everybody with stake behind the accused.
    #[serde(default)]
    pub taken: Cai,
}

/// A node's part in a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CasePart {
    /// It is the accused.
    Accused,
    /// It is a challenger.
    Challenger,
    /// It has seats in the present draw, or has voted.
    Juror,
    /// None, or one that this version does not know.
    #[serde(other)]
    Observer,
}

impl CasePart {
    /// True of a node that has a part.
    pub const fn is_any(self) -> bool {
        !matches!(self, Self::Observer)
    }

    /// The part in words, as the publisher's reader sees it; none of a node that has no part.
    pub const fn words(self, publisher: Publisher) -> Option<&'static str> {
        let is_staker = matches!(publisher, Publisher::Staker);
        match self {
            Self::Accused if is_staker => Some("a node of yours is accused"),
            Self::Challenger if is_staker => Some("you are a challenger"),
            Self::Juror if is_staker => Some("a node of yours is a juror"),
            Self::Accused => Some("this node is accused"),
            Self::Challenger => Some("this node is a challenger"),
            Self::Juror => Some("this node is a juror"),
            Self::Observer => None,
        }
    }
}

/// What a dispute waits for, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStage {
    /// The epoch of the draw has not come.
    Drawing,
    /// Jurors commit to votes.
    Committing,
    /// Jurors reveal their votes.
    Revealing,
    /// The votes can be counted.
    Counting,
    /// The jury found the accused guilty.
    Guilty,
    /// The jury found the accused innocent.
    Innocent,
    /// There was no verdict.
    Void,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl From<Phase> for CaseStage {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Drawing => Self::Drawing,
            Phase::Seed | Phase::Committing => Self::Committing,
            Phase::Revealing => Self::Revealing,
            Phase::Counting | Phase::Closed => Self::Counting,
        }
    }
}

impl CaseStage {
    /// True once the case is closed.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Guilty | Self::Innocent | Self::Void)
    }

    /// The stage in words that follow the name of the accused.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Drawing => "its jury is not drawn yet",
            Self::Committing => "its jurors commit to votes",
            Self::Revealing => "its jurors reveal their votes",
            Self::Counting => "its votes can be counted",
            Self::Guilty => "guilty",
            Self::Innocent => "innocent",
            Self::Void => "no verdict",
            Self::Unknown => "of a stage that this version does not know",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_newer_nodes_can_be_read() {
        let case = CaseRow {
            id: B256::repeat_byte(1),
            accused: Address::repeat_byte(2),
            part: CasePart::Juror,
            stage: CaseStage::Revealing,
            until: Some(9_000),
            taken: Cai::ZERO,
        };
        let mut written = serde_json::to_value(&case).expect("encodes");
        assert_eq!((&written["part"], &written["stage"]), (&"juror".into(), &"revealing".into()));
        assert_eq!(serde_json::from_value::<CaseRow>(written.clone()).expect("decodes"), case);
        written["part"] = "witness".into();
        written["stage"] = "appealed".into();
        let read: CaseRow = serde_json::from_value(written).expect("decodes");
        assert_eq!((read.part, read.stage), (CasePart::Observer, CaseStage::Unknown));
        assert!(!read.stage.is_closed() && CaseStage::Void.is_closed());
    }
}
