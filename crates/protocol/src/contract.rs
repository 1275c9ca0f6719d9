//! The contracts: node roles, and (with the feature `client`) bindings read from the committed artifacts.

#[cfg(feature = "client")]
pub use bindings::{CAIToken, Faucet, Staking};

#[cfg(feature = "client")]
#[allow(missing_docs, unreachable_pub, clippy::all)]
mod bindings {
    alloy::sol!(
        #[sol(rpc)]
        #[derive(Debug)]
        CAIToken,
        "../../contracts/artifacts/CAIToken.json"
    );
    alloy::sol!(
        #[sol(rpc)]
        #[derive(Debug)]
        Faucet,
        "../../contracts/artifacts/Faucet.json"
    );
    alloy::sol!(
        #[sol(rpc)]
        #[derive(Debug)]
        Staking,
        "../../contracts/artifacts/Staking.json"
    );
}

/// What a node is registered as; the number is the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Role {
    /// Runs tasks.
    Miner = 1,
    /// Sends tasks.
    Coordinator = 2,
}

impl Role {
    /// The word people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Miner => "miner",
            Self::Coordinator => "coordinator",
        }
    }

    /// The own stake that a node must exceed, in whole CAI. The contract's constants are the authority; the tests compare.
    pub const fn minimum(self) -> u64 {
        match self {
            Self::Miner => 20_000,
            Self::Coordinator => 2_000_000,
        }
    }

    /// From the contract's number.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::Miner),
            2 => Some(Self::Coordinator),
            _ => None,
        }
    }
}
