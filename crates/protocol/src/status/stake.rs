//! Stake as dashboards show it: what an address has in which state, and what nodes pay to those who have stake behind them.

use alloy::primitives::{Address, U256};
use serde::{Deserialize, Serialize};

use crate::{Cai, Untrusted, task::Millis};

/// Hundredths of a percent in the whole.
const BPS: u64 = 10_000;
/// Days of a year, for yields.
const YEAR: u64 = 365;

/// All CAI of an address, whatever its state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stake {
    /// The sum of everything but what was lost.
    pub total: Cai,
    /// The chain's own coin that pays for transactions, in wei.
    pub coin: U256,
    /// One row for each state and node.
    pub rows: Vec<HoldingRow>,
}

/// An amount in one state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldingRow {
    /// What tells it from every other row of its address.
    pub id: String,
    /// The state.
    pub state: HoldingState,
    /// The amount.
    pub amount: Cai,
    /// The node that it is behind or comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Address>,
    /// That node's name, or what the amount is about.
    pub name: Untrusted,
    /// When the state ends or ended, on the chain's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

/// The state of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldingState {
    /// Taken back from a node, and its unbonding period is over.
    Releasable,
    /// Escrow that can be withdrawn.
    Thawed,
    /// Earned by work, and can be paid out.
    Credit,
    /// What a closed dispute has left of a bond.
    BondFree,
    /// Rewards that are not claimed.
    Rewards,
    /// Taken back from a node, in its unbonding period.
    Unbonding,
    /// Escrow that leaves.
    Thawing,
    /// In the wallet.
    Liquid,
    /// In the staking contract, behind no node.
    Free,
    /// Behind a node of one's own.
    Own,
    /// Behind another's node.
    Vote,
    /// Prepaid for one's own coordinator.
    Escrow,
    /// Earned by work and settled, and not to be paid out yet.
    Settled,
    /// Posted for an open dispute.
    Bond,
    /// Taken by a slash or a charge.
    Lost,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl HoldingState {
    /// The state in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Releasable => "releasable",
            Self::Thawed => "thawed",
            Self::Credit => "credit",
            Self::BondFree => "bond to withdraw",
            Self::Rewards => "rewards",
            Self::Unbonding => "unbonding",
            Self::Thawing => "thawing",
            Self::Liquid => "liquid",
            Self::Free => "free",
            Self::Own => "own stake",
            Self::Vote => "vote",
            Self::Escrow => "escrow",
            Self::Settled => "settled",
            Self::Bond => "dispute bond",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }

    /// True where its owner can have it now.
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Releasable | Self::Thawed | Self::Credit | Self::BondFree)
    }
}

/// What a node pays to those who have stake behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pay {
    /// The owner's part of what the node earns, in hundredths of a percent.
    pub commission_bps: u16,
    /// The commission that follows, where one is announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_commission: Option<NextCommission>,
    /// What the node earns in a day before commission, at the present weights and rate.
    pub per_day: Cai,
    /// True where nobody has paid the node for long: until somebody does it earns nothing.
    #[serde(default)]
    pub idle: bool,
    /// Votes beyond ten times the node's own stake, which count for nothing and share in what it earns.
    #[serde(default)]
    pub beyond: Cai,
    /// The reader's own stake behind it.
    #[serde(default)]
    pub mine: Cai,
    /// What slashes have ever taken from everybody behind it.
    #[serde(default)]
    pub slashed: Cai,
    /// Disputes against it, in words.
    #[serde(default)]
    pub disputes: Untrusted,
}

/// A commission that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextCommission {
    /// In hundredths of a percent.
    pub bps: u16,
    /// When it takes effect, on the chain's clock.
    pub at: Millis,
}

impl Pay {
    /// What everybody with stake behind a node of this weight gets of it in a day together, after commission.
    pub fn to_stakers(&self) -> Cai {
        let kept = BPS.saturating_sub(self.commission_bps.into());
        Cai::from_base_units(self.per_day.base_units().saturating_mul(U256::from(kept)) / U256::from(BPS))
    }

    /// What an amount behind a node of this weight brings in a day, after commission.
    pub fn in_a_day(&self, weight: Cai, amount: Cai) -> Cai {
        let behind = weight.base_units().saturating_add(self.beyond.base_units());
        let share = self.to_stakers().base_units().saturating_mul(amount.base_units());
        Cai::from_base_units(share.checked_div(behind).unwrap_or_default())
    }

    /// What stake behind a node of this weight brings in a year, after commission, in millionths of the stake; none where nothing
    /// is behind it.
    pub fn yield_ppm(&self, weight: Cai) -> Option<u64> {
        let behind = weight.base_units().saturating_add(self.beyond.base_units());
        let year = self.to_stakers().base_units().saturating_mul(U256::from(YEAR * 1_000_000));
        year.checked_div(behind).map(|ppm| u64::try_from(ppm).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_pays_is_what_is_left_after_its_commission() {
        let pay = Pay { commission_bps: 2_500, per_day: Cai::from_whole(40), ..Pay::default() };
        assert_eq!(pay.to_stakers(), Cai::from_whole(30));
        let weight = Cai::from_whole(10_950);
        assert_eq!(pay.yield_ppm(weight), Some(1_000_000), "30 a day for 10,950 are as much again in a year");
        assert_eq!(pay.in_a_day(weight, Cai::from_whole(365)), Cai::from_whole(1));
        let beyond = Pay { beyond: weight, ..pay.clone() };
        assert_eq!(beyond.yield_ppm(weight), Some(500_000), "votes that do not count get their part");
        assert_eq!((pay.yield_ppm(Cai::ZERO), pay.in_a_day(Cai::ZERO, weight)), (None, Cai::ZERO));
        let greedy = Pay { commission_bps: 10_000, ..pay };
        assert_eq!(greedy.yield_ppm(weight), Some(0));
    }

    #[test]
    fn states_of_newer_programs_can_be_read() {
        let row = HoldingRow {
            id: "a".to_owned(),
            state: HoldingState::Unbonding,
            amount: Cai::from_whole(3),
            node: None,
            name: "sedge".into(),
            until: Some(9_000),
        };
        let mut written = serde_json::to_value(&row).expect("encodes");
        assert_eq!(serde_json::from_value::<HoldingRow>(written.clone()).expect("decodes"), row);
        written["state"] = "lent".into();
        let read: HoldingRow = serde_json::from_value(written).expect("decodes");
        assert_eq!(read.state, HoldingState::Unknown);
        assert!(!read.state.is_ready() && HoldingState::Thawed.is_ready());
    }
}
