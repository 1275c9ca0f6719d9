//! Money as dashboards show it: exact amounts, and who owes what to whom.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::Cai;

/// A node's money.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// Everything that was ever owed for work: to a miner by its coordinators, or by a coordinator to its miners.
    pub total: Cai,
    /// A coordinator's escrow as it was read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<Cai>,
    /// What tasks that have not ended may cost at most.
    #[serde(default)]
    pub reserved: Cai,
    /// One row for each node with which there is an account, the largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountRow>,
}

/// The account with one other node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The other node.
    pub node: Address,
    /// Everything that was ever owed.
    pub total: Cai,
    /// The part that its newest voucher covers.
    pub vouchered: Cai,
    /// The part that was settled on chain, as far as a miner knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Cai>,
    /// What a coordinator has in escrow, as its miner read it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<Cai>,
    /// Answers without a voucher.
    #[serde(default)]
    pub unpaid: u64,
    /// Since when the oldest of them waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaid_since: Option<u64>,
    /// True once a voucher is late.
    #[serde(default)]
    pub is_late: bool,
}

impl AccountRow {
    /// What is owed and in no voucher.
    pub fn at_risk(&self) -> Cai {
        self.total.checked_sub(self.vouchered).unwrap_or_default()
    }
}

impl Money {
    /// What is owed and in no voucher, all accounts together.
    pub fn at_risk(&self) -> Cai {
        self.accounts.iter().map(AccountRow::at_risk).sum()
    }

    /// What vouchers cover, all accounts together.
    pub fn vouchered(&self) -> Cai {
        self.accounts.iter().map(|account| account.vouchered).sum()
    }
}
