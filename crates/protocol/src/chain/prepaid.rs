//! What a coordinator has prepaid, as both nodes and their owners read it.

use alloy::primitives::{Address, B256, U256};

use super::{ChainError, Client};
use crate::contract::Settlement;

impl Client {
    /// The settlement contract, and what a coordinator has prepaid that does not thaw, in base units as of a block. `None` on
    /// networks without such a contract.
    pub async fn prepaid(&self, coordinator: Address, block_hash: B256) -> Result<Option<(Address, u128)>, ChainError> {
        let Some(settlement) = self.network().settlement else { return Ok(None) };
        let escrow = self.read_at_block(settlement, &Settlement::escrowOfCall { coordinator }, block_hash).await?;
        Ok(Some((settlement, U256::from(escrow.balance - escrow.thawing).saturating_to())))
    }
}
