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
    /// Where the court's juries get their seeds from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub randomness: Option<Address>,
    /// What that contract is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub randomness_kind: Option<RandomnessKind>,
    /// Where drand's rounds are fetched from: URLs that end with the hash of drand's chain, in order of preference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub randomness_relays: Vec<DisplaySafeUrl>,
    /// A block explorer with pages at `address/` and `tx/`, as Etherscan's and Blockscout's have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explorer: Option<DisplaySafeUrl>,
    /// Length of an epoch in seconds, as the staking contract has it.
    pub epoch_seconds: u64,
    /// Milliseconds between two blocks, as expected.
    pub block_time_ms: u64,
}

/// A source of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RandomnessKind {
    /// Rounds of drand, whose signatures the contract checks.
    Drand,
    /// Hashes of the chain's own blocks: for chains that nobody but their users makes blocks on.
    Block,
}

impl RandomnessKind {
    /// The word in descriptions.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drand => "drand",
            Self::Block => "block",
        }
    }
}

/// Why a description of a network is of no use.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The description is not JSON of the expected form.
    #[error("not a description of a network: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The description is of contracts that this release does not know.
    #[error("this network counts its epochs in blocks (`epoch_blocks`), as the contracts of earlier releases did")]
    Outdated,
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(&'static str),
}

impl Network {
    /// Reads and checks a description.
    pub fn from_json(text: &str) -> Result<Self, NetworkError> {
        let fields: serde_json::Value = serde_json::from_str(text)?;
        if fields.get("epoch_blocks").is_some() {
            return Err(NetworkError::Outdated);
        }
        let network: Self = serde_json::from_value(fields)?;
        network.check()?;
        Ok(network)
    }

    /// The description as a file's content.
    pub fn to_json(&self) -> Result<String, NetworkError> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }

    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), NetworkError> {
        if self.epoch_seconds == 0 {
            return Err(NetworkError::Invalid("`epoch_seconds` is 0"));
        }
        if self.randomness.is_some() != self.randomness_kind.is_some() {
            return Err(NetworkError::Invalid("`randomness` and `randomness_kind` are given together or not at all"));
        }
        let of_the_web =
            |urls: &[DisplaySafeUrl]| urls.iter().all(|url| matches!(url.expose().scheme(), "http" | "https"));
        if !of_the_web(&self.rpc_urls) {
            return Err(NetworkError::Invalid("`rpc_urls` has a URL that is neither http nor https"));
        }
        if !of_the_web(&self.randomness_relays) {
            return Err(NetworkError::Invalid("`randomness_relays` has a URL that is neither http nor https"));
        }
        if !of_the_web(self.explorer.as_slice()) {
            return Err(NetworkError::Invalid("`explorer` is a URL that is neither http nor https"));
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
            randomness: None,
            randomness_kind: None,
            randomness_relays: vec![],
            explorer: None,
            epoch_seconds: 1,
            block_time_ms: 200,
        }
    }

    /// What the signatures of nodes are bound to: everything but [`crate::message::Register`].
    pub fn domain(&self) -> Domain {
        Domain::new(self.chain_id, self.settlement)
    }

    /// What a [`crate::message::Register`] is bound to: the contract that is never replaced.
    pub fn registration_domain(&self) -> Domain {
        Domain::new(self.chain_id, self.staking)
    }

    /// The epoch that a time belongs to, in seconds since the Unix epoch; that of a block is that of its timestamp.
    pub fn epoch_of(&self, time: u64) -> u64 {
        time / self.epoch_seconds
    }

    /// When an epoch begins, in seconds since the Unix epoch.
    pub fn start_of(&self, epoch: u64) -> u64 {
        epoch.saturating_mul(self.epoch_seconds)
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
        assert_eq!((network.name.as_str(), network.chain_id, network.epoch_seconds), ("local", 31_337, 10));
        assert_eq!(
            network.randomness.zip(network.randomness_kind),
            Some((Address::repeat_byte(8), RandomnessKind::Block))
        );
        let contracts = [network.emission, network.court, network.faucet, network.authority];
        assert_eq!(network.settlement, Address::repeat_byte(4));
        assert_eq!(contracts, [3, 5, 6, 7].map(|byte| Some(Address::repeat_byte(byte))));
        assert_eq!(Network::from_json(&network.to_json().expect("JSON")).expect("a description"), network);
    }

    #[test]
    fn older_descriptions_still_read_and_unknown_fields_do_not() {
        let mut old: serde_json::Value = serde_json::from_str(DEPLOYED).expect("JSON");
        let fields = old.as_object_mut().expect("an object");
        for newer in ["emission", "court", "authority", "randomness", "randomness_kind"] {
            fields.remove(newer);
        }
        let network = Network::from_json(&old.to_string()).expect("a description");
        assert_eq!((network.emission, network.authority), (None, None));
        old["stacking"] = "0x00".into();
        assert!(matches!(Network::from_json(&old.to_string()), Err(NetworkError::Malformed(_))));
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        let refusal = |field: &str, value: serde_json::Value| {
            let mut description: serde_json::Value = serde_json::from_str(DEPLOYED).expect("JSON");
            description[field] = value;
            Network::from_json(&description.to_string()).expect_err("refused").to_string()
        };
        for (field, value, words) in [
            ("epoch_blocks", 10.into(), "counts its epochs in blocks"),
            ("epoch_seconds", 0.into(), "`epoch_seconds` is 0"),
            ("randomness", serde_json::Value::Null, "together or not at all"),
            ("randomness_kind", "dice".into(), "not a description of a network"),
            ("rpc_urls", serde_json::json!(["ftp://there"]), "neither http nor https"),
            ("randomness_relays", serde_json::json!(["ftp://there"]), "neither http nor https"),
        ] {
            assert!(refusal(field, value).contains(words), "{field}");
        }
    }
}
