//! Where a network is: its chain, its RPC endpoints and its contracts, as a `network.json` describes them.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::DisplaySafeUrl;
use crate::message::Domain;

/// The description of one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// What people call it.
    pub name: String,
    /// EIP-155 chain id; an endpoint that answers with another one is refused.
    pub chain_id: u64,
    /// Endpoints in order of preference. One of them is picked when connecting and then kept. None where everybody brings
    /// their own.
    pub rpc_urls: Vec<DisplaySafeUrl>,
    /// The staking contract.
    pub staking: Address,
    /// The token.
    pub cai: Address,
    /// The faucet, on test networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faucet: Option<Address>,
    /// Escrow and the payment of miners.
    pub settlement: Address,
    /// Evidence and juries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub court: Option<Address>,
    /// The reserves that pay rewards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emission: Option<Address>,
    /// The AccessManager of the contracts, which says who may do what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Address>,
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
    /// The description is not JSON of the expected form.
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
        if self.rpc_urls.iter().any(|url| !matches!(url.expose().scheme(), "http" | "https")) {
            return Err(NetworkError::Invalid("`rpc_urls` has a URL that is neither http nor https"));
        }
        Ok(())
    }

    /// A network without contracts yet, for reaching its chain.
    pub fn undeployed(name: &str, chain_id: u64, rpc: DisplaySafeUrl) -> Self {
        Self {
            name: name.to_owned(),
            chain_id,
            rpc_urls: vec![rpc],
            staking: Address::ZERO,
            cai: Address::ZERO,
            faucet: None,
            settlement: Address::ZERO,
            court: None,
            emission: None,
            authority: None,
            deployed_at: 0,
            epoch_blocks: 1,
            block_time_ms: 200,
        }
    }

    /// What the signatures of nodes are bound to: everything but [`crate::message::Register`].
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id, contract: self.settlement }
    }

    /// What a [`crate::message::Register`] is bound to: the contract that is never replaced.
    pub fn registration_domain(&self) -> Domain {
        Domain { chain_id: self.chain_id, contract: self.staking }
    }

    /// The epoch that a block belongs to.
    pub fn epoch_of(&self, block: u64) -> u64 {
        block / self.epoch_blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contracts' tests hold the deploy script's output against the same file.
    const DEPLOYED: &str = include_str!("../../../../contracts/test/vectors/network.json");

    #[test]
    fn what_the_deploy_script_writes_is_a_description() {
        let network = Network::from_json(DEPLOYED).expect("a description");
        assert_eq!((network.name.as_str(), network.chain_id, network.epoch_blocks), ("local", 31_337, 10));
        let contracts = [network.emission, network.court, network.faucet, network.authority];
        assert_eq!(network.settlement, Address::repeat_byte(4));
        assert_eq!(contracts, [3, 5, 6, 7].map(|byte| Some(Address::repeat_byte(byte))));
        assert_eq!(Network::from_json(&network.to_json().expect("JSON")).expect("a description"), network);
    }

    #[test]
    fn older_descriptions_still_read_and_unknown_fields_do_not() {
        let mut old: serde_json::Value = serde_json::from_str(DEPLOYED).expect("JSON");
        let fields = old.as_object_mut().expect("an object");
        for newer in ["emission", "court", "authority"] {
            fields.remove(newer);
        }
        let network = Network::from_json(&old.to_string()).expect("a description");
        assert_eq!((network.emission, network.authority), (None, None));
        old["stacking"] = "0x00".into();
        assert!(matches!(Network::from_json(&old.to_string()), Err(NetworkError::Malformed(_))));
    }
}
