//! What a command that moves CAI reports: the amount, the node, and the transaction.

use cuckoo_protocol::{Address, Cai, amount::DECIMALS};
use serde::Serialize;

use crate::{account::session::Sent, terminal::Text};

/// What a transaction moved.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// The amount.
    pub amount: Cai,
    /// The node that it is about, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Address>,
    /// When it can be released or withdrawn (RFC 3339), where it has to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_at: Option<String>,
    /// Decimals of the amount.
    pub decimals: usize,
    /// The approval that has to come before the transaction, where neither was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Sent>,
    /// The transaction.
    pub transaction: Sent,
}

impl Moved {
    /// Makes the report of an amount, its node, and the transaction that moved it.
    pub fn new(amount: Cai, node: Option<Address>, transaction: Sent) -> Self {
        Self { amount, node, available_at: None, decimals: DECIMALS, approval: None, transaction }
    }

    /// The text for stdout: the hash, or what would be sent.
    pub fn text(&self) -> Text {
        Sent::texts(self.approval.iter().chain([&self.transaction]))
    }
}
