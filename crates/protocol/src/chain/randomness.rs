//! How a round of the network's randomness comes to the chain: fetched from drand's relays, or proven by the chain's own headers.

use alloy::{
    consensus::Header as BlockHeader,
    primitives::{Address, B256, Bytes},
    rlp::Encodable,
};
use serde_json::json;

use super::{Call, ChainError, Client, RandomnessKind, drand};
use crate::contract::{BlockRandomness, DrandRandomness};

/// Why a round cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The network's description names no source.
    #[error("the network's description names no source of randomness")]
    NoSource,
    /// The network's description names no relay.
    #[error("the network's description names no relay of drand's rounds")]
    NoRelay,
    /// Nobody knows the value yet.
    #[error("round {round} has no value yet")]
    NotYet {
        /// The round.
        round: u64,
        /// When it will have one, in seconds since the Unix epoch.
        at: u64,
    },
    /// No relay gave the round.
    #[error("no relay gave round {round}: {}", problems.join("; "))]
    Relays {
        /// The round.
        round: u64,
        /// What is wrong with each relay.
        problems: Vec<String>,
    },
    /// The headers of this chain are of another kind.
    #[error("the header of block {block} does not hash to the block's hash, so the contract cannot check it")]
    ForeignHeader {
        /// The block's number.
        block: u64,
    },
}

impl Client {
    /// The value of a round, once it is recorded.
    pub async fn seed_of(&self, round: u64) -> Result<Option<B256>, RoundError> {
        let (source, _) = self.source()?;
        let seed = self.read(source, &BlockRandomness::seedOfCall { round }).await?;
        Ok((!seed.is_zero()).then_some(seed))
    }

    /// The call that records a round whose value is known by now. Anybody may send it, and the value is the same whoever does.
    pub async fn record_round(&self, round: u64) -> Result<Call, RoundError> {
        match self.source()? {
            (source, RandomnessKind::Block) => self.prove_block(source, round).await,
            (source, RandomnessKind::Drand) => self.relay_round(source, round).await,
        }
    }

    fn source(&self) -> Result<(Address, RandomnessKind), RoundError> {
        let network = self.network();
        network.randomness.zip(network.randomness_kind).ok_or(RoundError::NoSource)
    }

    /// Asks one relay after another until the contract accepts what one says.
    async fn relay_round(&self, source: Address, round: u64) -> Result<Call, RoundError> {
        let genesis = self.read(source, &DrandRandomness::genesisCall {}).await?;
        let period = self.read(source, &DrandRandomness::periodCall {}).await?;
        let at = genesis.saturating_add(period.saturating_mul(round.saturating_sub(1)));
        if self.head().await?.timestamp < at {
            return Err(RoundError::NotYet { round, at });
        }
        let relays = &self.network().randomness_relays;
        if relays.is_empty() {
            return Err(RoundError::NoRelay);
        }
        let mut problems = vec![];
        for relay in relays {
            let problem = match drand::fetch(relay, round).await {
                Ok(signature) => {
                    let call = DrandRandomness::recordCall { round, signature };
                    match self.read(source, &call).await {
                        Ok(_) => return Ok(Call::new(source, &call)),
                        Err(ChainError::Reverts(revert)) => revert.words,
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(problem) => problem,
            };
            tracing::debug!(%relay, round, problem, "a relay gave no good round");
            problems.push(format!("{relay}: {problem}"));
        }
        Err(RoundError::Relays { round, problems })
    }

    /// Proves the first block at or after a time by its header and its parent's.
    async fn prove_block(&self, source: Address, time: u64) -> Result<Call, RoundError> {
        let head = self.head().await?;
        if head.timestamp < time {
            return Err(RoundError::NotYet { round: time, at: time });
        }
        let number = self.first_block_since(time, &head).await?.number;
        let parent = number.checked_sub(1).ok_or(RoundError::ForeignHeader { block: number })?;
        let call = BlockRandomness::recordCall {
            round: time,
            parentHeader: self.header_bytes(parent).await?,
            header: self.header_bytes(number).await?,
        };
        Ok(Call::new(source, &call))
    }

    /// A block's header as the chain hashes it.
    async fn header_bytes(&self, number: u64) -> Result<Bytes, RoundError> {
        let tag = format!("{number:#x}");
        let found: Option<alloy::rpc::types::Header> =
            self.request("eth_getBlockByNumber", json!([tag, false])).await?;
        let found = found.ok_or(ChainError::Reorganised)?;
        let header: &BlockHeader = &found.inner;
        if header.hash_slow() != found.hash {
            return Err(RoundError::ForeignHeader { block: number });
        }
        let mut bytes = vec![];
        header.encode(&mut bytes);
        Ok(bytes.into())
    }
}
