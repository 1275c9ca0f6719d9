//! How a miner is configured, and why it does not start or ends.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use cuckoo_gpu::{Engine, EngineError};
use cuckoo_protocol::{
    Cai,
    audit::Calibrations,
    chain::{ChainError, Network},
    miner::Terms,
};
use metrics_exporter_prometheus::BuildError;

use super::signed_record::RecordError;
use crate::node::{court::BallotsError, evidence};

/// Where a miner runs, with which key and on which terms.
pub struct Config {
    /// The network.
    pub network: Network,
    /// The node key.
    pub signer: PrivateKeySigner,
    /// The directory of the record of signatures.
    pub data: PathBuf,
    /// The address of the operators' listener.
    pub admin_listen: SocketAddr,
    /// The engine that runs the models; it is ready.
    pub engine: Arc<dyn Engine>,
    /// The terms on which the miner works for a coordinator.
    pub terms: Terms,
    /// Bytes of evidence to keep at most.
    pub evidence_bytes: u64,
    /// At least this much of what coordinators owe is paid out at once; zero for never.
    pub payout_above: Cai,
    /// The directory of transactions that were sent.
    pub outbox: PathBuf,
    /// The miner's part in juries.
    pub jury: Jury,
}

/// A miner's part in juries.
#[derive(Clone, Debug)]
pub struct Jury {
    /// False: it offers itself for none, and takes back an earlier offer.
    pub takes_part: bool,
    /// How far honest answers are from what jurors compute.
    pub calibrations: Arc<Calibrations>,
}

/// Why a miner does not start, or ends on its own.
#[derive(Debug, thiserror::Error)]
pub enum MinerError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The engine does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Votes cannot be written down.
    #[error(transparent)]
    Ballots(#[from] BallotsError),
    /// Evidence cannot be kept.
    #[error(transparent)]
    Evidence(#[from] evidence::StoreError),
    /// The record of signatures cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The key belongs to no active miner.
    #[error("{node} is not registered as an active miner on {network}")]
    NotRegistered {
        /// The node key's address.
        node: Address,
        /// The network's name.
        network: String,
    },
    /// No coordinator takes an offer of these models.
    #[error("no coordinator takes an offer that has {0}")]
    Names(String),
    /// The operators' listener cannot be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address of the listener.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory {path}")]
    Data {
        /// The data directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The counters for Prometheus cannot be set up.
    #[error("the counters for Prometheus cannot be set up")]
    Metrics(#[from] BuildError),
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// Going on would do harm.
    #[error("{0}")]
    Stopped(String),
}
