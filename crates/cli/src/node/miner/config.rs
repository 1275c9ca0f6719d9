//! How a miner is configured, and why it does not start or ends.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use cuckoo_gpu::{Engine, EngineError};
use cuckoo_protocol::chain::{ChainError, Network};

use super::{credit::Terms, signed_record::StoreError};

/// Where and as whom a miner runs.
pub struct Config {
    /// The network.
    pub network: Network,
    /// The node key.
    pub signer: PrivateKeySigner,
    /// The record of signatures.
    pub data: PathBuf,
    /// For operators.
    pub admin_listen: SocketAddr,
    /// What runs the models; it is ready.
    pub engine: Arc<dyn Engine>,
    /// For whom to work.
    pub terms: Terms,
}

/// Why a miner does not start, or ends by itself.
#[derive(Debug, thiserror::Error)]
pub enum MinerError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The record of signatures.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key belongs to no active miner.
    #[error("{node} is not registered as an active miner on {network}")]
    NotRegistered {
        /// The node key's address.
        node: Address,
        /// The network's name.
        network: String,
    },
    /// The admin address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The data directory.
    #[error("{path}")]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Going on would do harm.
    #[error("{0}")]
    Stopped(String),
}
