//! What a coordinator has prepaid, as both nodes and their owners read it.

use alloy::primitives::{Address, B256, U256};

use super::{ChainError, Client};
use crate::contract::Settlement;

impl Client {
    /// What a coordinator has prepaid that does not thaw, in base units as of a block.
    pub async fn prepaid(&self, coordinator: Address, block_hash: B256) -> Result<u128, ChainError> {
        let call = Settlement::escrowOfCall { coordinator };
        let escrow = self.read_at_block(self.network().settlement, &call, block_hash).await?;
        Ok(U256::from(escrow.balance - escrow.thawing).saturating_to())
    }
}
