//! Where and as whom a coordinator runs, and why one does not start.

use std::{collections::BTreeMap, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use cuckoo_gpu::EngineSpec;
use cuckoo_protocol::{
    audit::Calibrations,
    chain::{ChainError, Network},
    coordinator::{Gate, Policy, Prices, Uncalibrated, Wanted, prosecution::Means},
    task::TransitionError,
};
use metrics_exporter_prometheus::BuildError;

use super::{
    edge::Edge,
    equivocation::ReceiptsError,
    journal::{JournalError, Server},
    settlement::PeriodError,
};
use crate::node::evidence;

/// Where and as whom a coordinator runs.
#[derive(Debug)]
pub struct Config {
    /// The network.
    pub network: Network,
    /// The node key.
    pub signer: PrivateKeySigner,
    /// Where applications call.
    pub listen: SocketAddr,
    /// Where miners connect.
    pub link_listen: SocketAddr,
    /// Where operators call; on the loopback interface.
    pub admin_listen: SocketAddr,
    /// The data directory, with the journal and the secrets.
    pub data: PathBuf,
    /// The record of the transactions that were sent from this machine.
    pub outbox: PathBuf,
    /// The server that keeps the journal in place of the data directory, for several coordinators with one key.
    pub journal: Option<Server>,
    /// Where other replicas of this coordinator reach this one, if it is to serve while another one leads; needs `journal`.
    pub replica_listen: Option<SocketAddr>,
    /// What applications may send, and from where.
    pub edge: Edge,
    /// At most this many tasks wait.
    pub max_queue: usize,
    /// How long a task may take before it expires.
    pub task_timeout: Duration,
    /// What tokens cost.
    pub prices: Prices,
    /// How often to settle with miners on chain: zero for never, and nothing for what fits the network's delay of claims.
    pub settle_every: Option<Duration>,
    /// How much is audited.
    pub audits: Policy,
    /// What becomes of miners whose devices are of a class that nobody has measured.
    pub uncalibrated: Uncalibrated,
    /// Engines of the coordinator's own auditor, each in a process of its own; none: miners examine each other's answers.
    pub auditor: Vec<EngineSpec>,
    /// What names of models are to stand for, where the operator says so.
    pub models: BTreeMap<String, Wanted>,
    /// How far honest answers are from what auditors compute.
    pub calibrations: Arc<Calibrations>,
    /// Bytes of evidence to keep at most.
    pub evidence_bytes: u64,
    /// What may be spent on cases against miners that were confirmed to cheat.
    pub court: Means,
    /// What the quality gate asks of miners.
    pub gate: Gate,
}

/// Why a coordinator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The system has no thread for the decisions.
    #[error("the thread that decides cannot be started")]
    Thread(#[source] io::Error),
    /// The journal does not open.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The counters for Prometheus cannot be set up.
    #[error("the counters for Prometheus cannot be set up")]
    Metrics(#[from] BuildError),
    /// The journal's events contradict each other.
    #[error("the events in the journal contradict each other: {0}")]
    Replay(#[from] TransitionError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The key of connections between replicas cannot be made.
    #[error("the key of the connections between replicas cannot be made")]
    Replicas(#[source] rustls::Error),
    /// Evidence cannot be kept.
    #[error(transparent)]
    Evidence(#[from] evidence::StoreError),
    /// The receipts of old leases cannot be kept.
    #[error(transparent)]
    Receipts(#[from] ReceiptsError),
    /// Settlements are too rare for this network.
    #[error(transparent)]
    Period(PeriodError),
    /// The node key is not that of an active coordinator.
    #[error("{node} is not registered as an active coordinator on {network}")]
    NotRegistered {
        /// The node key's address.
        node: Address,
        /// The network's name.
        network: String,
    },
    /// A file of the data directory cannot be read or written.
    #[error("{path}")]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl From<PeriodError> for StartError {
    fn from(error: PeriodError) -> Self {
        match error {
            PeriodError::Chain(error) => Self::Chain(error),
            PeriodError::TooLong { .. } => Self::Period(error),
        }
    }
}
