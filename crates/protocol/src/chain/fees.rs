//! What a transaction offers to pay for its gas.

use serde::{Deserialize, Serialize};

/// A price of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// The most that a unit of gas may cost.
    #[serde(with = "alloy::serde::quantity")]
    pub max_fee_per_gas: u128,
    /// The part for the block's builder.
    #[serde(with = "alloy::serde::quantity")]
    pub max_priority_fee_per_gas: u128,
}

impl Fees {
    /// Raised by an eighth, which is more than any node asks of a replacement, or to what is usual now; not above the cap.
    /// `None` where the cap leaves no room.
    pub(super) fn raised(self, usual: Self, cap: u128) -> Option<Self> {
        let eighth = |price: u128| price.saturating_add(price.div_ceil(8));
        let least = eighth(self.max_fee_per_gas);
        if least > cap {
            return None;
        }
        let max_fee_per_gas = least.max(usual.max_fee_per_gas).min(cap);
        let tip = eighth(self.max_priority_fee_per_gas).max(usual.max_priority_fee_per_gas);
        Some(Self { max_fee_per_gas, max_priority_fee_per_gas: tip.min(max_fee_per_gas) })
    }
}
