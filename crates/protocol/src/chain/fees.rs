//! What a transaction offers to pay for its gas.

use alloy::{primitives::U128, rpc::types::FeeHistory};
use futures::try_join;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ChainError, Client};

/// A tip that every chain we know accepts, in wei, for when history has none.
const LEAST_TIP: u128 = 1_000_000;

/// A price of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// The most that a unit of gas may cost.
    #[serde(with = "alloy::serde::quantity")]
    pub max_fee_per_gas: u128,
    /// The part for the block's builder.
    #[serde(with = "alloy::serde::quantity")]
    pub max_priority_fee_per_gas: u128,
    /// One price, paid in full, as on chains without EIP-1559.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub legacy: bool,
}

/// The market for gas, as of the newest block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Market {
    /// The newest block.
    pub(super) head: u64,
    /// What the next block asks for a unit of gas at least, in wei; 0 on a chain without EIP-1559.
    pub(super) base_fee: u128,
    /// What a transaction offers now.
    pub(super) usual: Fees,
}

impl Fees {
    fn of(base_fee: u128, tip: u128) -> Self {
        let max_fee_per_gas = base_fee.saturating_mul(2).saturating_add(tip);
        Self { max_fee_per_gas, max_priority_fee_per_gas: tip, legacy: false }
    }

    /// Raised by an eighth, which is more than any node asks of a replacement, or to what is usual now; not above the cap.
    /// `None` where the cap leaves no room.
    pub(super) fn raised(self, usual: Self, cap: u128) -> Option<Self> {
        let eighth = |price: u128| price.saturating_add(price.div_ceil(8));
        let least = eighth(self.max_fee_per_gas);
        if least > cap {
            return None;
        }
        let legacy = self.legacy;
        let max_fee_per_gas = least.max(usual.max_fee_per_gas).min(cap);
        let tip = eighth(self.max_priority_fee_per_gas).max(usual.max_priority_fee_per_gas);
        let max_priority_fee_per_gas = if legacy { max_fee_per_gas } else { tip.min(max_fee_per_gas) };
        Some(Self { max_fee_per_gas, max_priority_fee_per_gas, legacy })
    }
}

/// The median of what blocks paid. Those without a transaction paid nothing, so that one large tip among them is no rule.
fn usual_tip(mut tips: Vec<u128>) -> u128 {
    tips.sort_unstable();
    tips.get(tips.len() / 2).copied().unwrap_or(LEAST_TIP).max(LEAST_TIP)
}

impl Client {
    /// Twice the next block's base fee, so that six full blocks in a row cannot price a transaction out, and a median tip. On a chain
    /// without EIP-1559, or where the user asks for it, the one price that the endpoint names.
    pub(super) async fn market(&self) -> Result<Market, ChainError> {
        if self.setup().legacy {
            return self.single_price().await;
        }
        let history = self.request::<FeeHistory>("eth_feeHistory", json!(["0xa", "latest", [50.0]])).await;
        let history = match history {
            Ok(history) => history,
            // Chains that do not know it, or answer it with nothing.
            Err(ChainError::Refused { .. } | ChainError::Malformed { .. }) if !self.has_base_fee().await? => {
                return self.single_price().await;
            }
            Err(ChainError::Refused { .. } | ChainError::Malformed { .. }) => return self.price_of_block().await,
            Err(error) => return Err(error),
        };
        let base_fee = history.next_block_base_fee().unwrap_or_default();
        if base_fee == 0 && !self.has_base_fee().await? {
            return self.single_price().await;
        }
        let tips = history.reward.iter().flatten().filter_map(|block| block.first().copied());
        let tip = usual_tip(tips.collect());
        // One more base fee than blocks.
        let head = (history.oldest_block + history.base_fee_per_gas.len() as u64).saturating_sub(2);
        Ok(Market { head, base_fee, usual: Fees::of(base_fee, tip) })
    }

    /// Whether the newest block has a base fee.
    async fn has_base_fee(&self) -> Result<bool, ChainError> {
        Ok(self.newest_block().await?.get("baseFeePerGas").is_some_and(|fee| !fee.is_null()))
    }

    /// The newest block, as the endpoint writes it.
    async fn newest_block(&self) -> Result<Value, ChainError> {
        self.request("eth_getBlockByNumber", json!(["latest", false])).await
    }

    async fn single_price(&self) -> Result<Market, ChainError> {
        let price = async { self.request::<U128>("eth_gasPrice", json!([])).await };
        let (head, price) = try_join!(self.head(), price)?;
        let price = price.to();
        let usual = Fees { max_fee_per_gas: price, max_priority_fee_per_gas: price, legacy: true };
        Ok(Market { head: head.number, base_fee: 0, usual })
    }

    /// Where blocks have a base fee and there is no history of it.
    async fn price_of_block(&self) -> Result<Market, ChainError> {
        let (head, block) = try_join!(self.head(), self.newest_block())?;
        let base_fee: U128 = serde_json::from_value(block["baseFeePerGas"].clone())
            .map_err(|error| self.malformed("eth_getBlockByNumber", format!("its base fee: {error}")))?;
        Ok(Market { head: head.number, base_fee: base_fee.to(), usual: Fees::of(base_fee.to(), LEAST_TIP) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_large_tip_in_idle_blocks_is_no_rule() {
        const GWEI: u128 = 1_000_000_000;
        assert_eq!(usual_tip(vec![0, 500 * GWEI, 0, 0]), LEAST_TIP);
        assert_eq!(usual_tip(vec![25 * GWEI, 30 * GWEI, 26 * GWEI]), 26 * GWEI);
        assert_eq!(usual_tip(vec![]), LEAST_TIP);
        assert_eq!(usual_tip(vec![0, 0, 0]), LEAST_TIP);
    }
}
