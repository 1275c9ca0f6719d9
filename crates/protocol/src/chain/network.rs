//! Where a network is: its chain, its RPC endpoints and its contracts, as a `network.json` describes them.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::DisplaySafeUrl;
use crate::message::Domain;

/// One network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// What people call it.
    pub name: String,
    /// EIP-155 chain id; an endpoint that answers with another one is refused.
    pub chain_id: u64,
    /// Endpoints in order of preference. One of them is picked when connecting and then kept.
    pub rpc_urls: Vec<DisplaySafeUrl>,
    /// The staking contract.
    pub staking: Address,
    /// The token.
    pub cai: Address,
    /// The faucet, on test networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faucet: Option<Address>,
    /// A block at or before the staking contract's first event.
    pub deployed_at: u64,
    /// Blocks of an epoch, as the staking contract has it.
    pub epoch_blocks: u64,
    /// Milliseconds between two blocks, as expected.
    pub block_time_ms: u64,
}

/// Why a description of a network is of no use.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Not JSON of the expected form.
    #[error("not a description of a network: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(&'static str),
}

impl Network {
    /// Reads and checks a description.
    pub fn from_json(text: &str) -> Result<Self, NetworkError> {
        let network: Self = serde_json::from_str(text)?;
        network.check()?;
        Ok(network)
    }

    /// The description as a file's content.
    pub fn to_json(&self) -> Result<String, NetworkError> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }

    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), NetworkError> {
        if self.epoch_blocks == 0 {
            return Err(NetworkError::Invalid("`epoch_blocks` is 0"));
        }
        if self.rpc_urls.is_empty() {
            return Err(NetworkError::Invalid("`rpc_urls` is empty"));
        }
        if self.rpc_urls.iter().any(|url| !matches!(url.expose().scheme(), "http" | "https")) {
            return Err(NetworkError::Invalid("`rpc_urls` has a URL that is neither http nor https"));
        }
        Ok(())
    }

    /// What the network's signatures are bound to.
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id, staking: self.staking }
    }

    /// The epoch that a block belongs to.
    pub fn epoch_of(&self, block: u64) -> u64 {
        block / self.epoch_blocks
    }
}
