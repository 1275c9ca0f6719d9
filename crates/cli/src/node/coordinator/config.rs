//! Where and as whom a coordinator runs, and why one does not start.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use cuckoo_protocol::{
    chain::{ChainError, Network},
    task::TransitionError,
};
use metrics_exporter_prometheus::BuildError;

use super::{
    core::{audit::Policy, quality::Gate},
    journal::{JournalError, Server},
    prices::Prices,
};

/// Where and as whom a coordinator runs.
#[derive(Debug)]
pub struct Config {
    /// The network.
    pub network: Network,
    /// The node key.
    pub signer: PrivateKeySigner,
    /// For applications.
    pub listen: SocketAddr,
    /// For miners.
    pub link_listen: SocketAddr,
    /// For operators.
    pub admin_listen: SocketAddr,
    /// Journal and secret.
    pub data: PathBuf,
    /// The transactions that were sent from this machine.
    pub outbox: PathBuf,
    /// Where the journal is instead, for several coordinators with one key.
    pub journal: Option<Server>,
    /// Tasks that may wait.
    pub max_queue: usize,
    /// How long a task may take before it expires.
    pub task_timeout: Duration,
    /// What tokens cost.
    pub prices: Prices,
    /// How often to settle with miners on chain, if at all.
    pub settle_every: Option<Duration>,
    /// How many tasks are done a second time.
    pub audits: Policy,
    /// What is asked of miners.
    pub gate: Gate,
}

/// Why a coordinator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The counters.
    #[error("the counters for Prometheus cannot be set up")]
    Metrics(#[from] BuildError),
    /// The journal's events contradict each other.
    #[error("the journal does not replay: {0}")]
    Replay(#[from] TransitionError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The key belongs to no active coordinator.
    #[error("{node} is not registered as an active coordinator on {network}")]
    NotRegistered {
        /// The node key's address.
        node: Address,
        /// The network's name.
        network: String,
    },
    /// A file of the data directory.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
