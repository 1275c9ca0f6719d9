//! The coordinator node: accepts tasks from applications, draws miners by stake, checks their receipts.
//!
//! Three listeners: the API for applications, the link for miners, and a loopback one for operators. Everything that is
//! decided is decided in [`core::Core`]; this module is the shell around it.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use arc_swap::ArcSwap;
use cuckoo_protocol::{
    Untrusted,
    chain::{ChainError, Client, Mirror, Network, Outbox, Registry, Sender},
    contract::Role,
    message::Domain,
    status::{ChainInfo, NodeInfo, Snapshot},
    task::{Millis, TransitionError},
};
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use tokio::{net::TcpListener, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use crate::{
    host::{clock, files},
    node::{listener, operator::Operator, watchdog::Heart},
};

pub mod api_keys;
pub mod assignments;
pub mod core;
pub mod http;
pub mod journal;
mod link;
mod metrics;
pub mod prices;
pub mod settlement;

use self::{
    api_keys::{KeyFile, Keyring},
    core::{
        Core, Identity,
        audit::{Audits, Policy, Records},
        quality::Gate,
    },
    journal::{Journal, JournalError, Opened, Server},
    prices::Prices,
};

/// How long running tasks may go on after the process is told to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// Events after which a checkpoint takes their place in the journal: those of about 50,000 tasks.
const CHECKPOINT: u64 = 200_000;
/// What audits found, by miner, and the documents of whoever stood alone.
const AUDITS: &str = "audits.json";
const EVIDENCE: &str = "evidence";
/// How often they are written.
const KEEP_AUDITS: Duration = Duration::from_secs(2);
/// Stakes older than this are not drawn from: better no new assignment than one by stakes that may be gone.
const MAX_CHAIN_AGE: Duration = Duration::from_secs(30 * 60);

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

/// What operators are told while that is so.
const FULL: &str = "the disk is full: new tasks are refused until it has room";

/// The chain as it was seen last.
#[derive(Clone, Debug)]
struct ChainView {
    registry: Arc<Registry>,
    epoch: u64,
    problem: Option<String>,
}

/// What every part of the coordinator shares.
#[derive(Debug)]
pub struct Shared {
    core: Mutex<Core>,
    chain: ArcSwap<ChainView>,
    network: Network,
    address: Address,
    started_at: Millis,
    task_timeout: Duration,
    keys: Keyring,
    metrics: PrometheusHandle,
}

impl Shared {
    fn core(&self) -> MutexGuard<'_, Core> {
        // A panic while the lock was held is logged where it happened; the state is only ever changed by whole events.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self) -> Address {
        self.address
    }

    fn domain(&self) -> Domain {
        self.network.domain()
    }

    fn endpoint(&self) -> String {
        self.chain.load().registry.node(&self.address).map(|node| node.endpoint.raw().to_owned()).unwrap_or_default()
    }

    fn is_active_miner(&self, node: &Address) -> bool {
        self.chain.load().registry.node(node).is_some_and(|node| node.active && node.role == Role::Miner)
    }

    fn is_ready(&self) -> bool {
        let core = self.core();
        self.chain.load().problem.is_none() && !core.is_draining() && !core.is_full()
    }

    /// How it goes, in a line.
    fn line(&self) -> String {
        let core = self.core();
        let (running, all) = (core.unfinished(false), core.unfinished(true));
        if core.is_draining() {
            return format!("going away; tasks to finish: {all}");
        }
        if core.is_full() {
            return FULL.into();
        }
        let chain = if self.chain.load().problem.is_some() { "; the chain cannot be read" } else { "" };
        format!("tasks: {running} and {} that wait; miners: {}{chain}", all - running, core.connected())
    }

    fn status(&self) -> Snapshot {
        let chain = self.chain.load();
        let own = chain.registry.node(&self.address);
        let (draining, full) = {
            let core = self.core();
            (core.is_draining(), core.is_full())
        };
        let node = NodeInfo {
            role: Role::Coordinator,
            address: self.address,
            name: own.map_or_else(Untrusted::default, |node| node.name.clone()),
            version: env!("CARGO_PKG_VERSION").into(),
            started_at: self.started_at,
            draining,
            problem: full.then(|| FULL.to_owned()),
            complaints: vec![],
        };
        let info = ChainInfo {
            network: self.network.name.clone(),
            chain_id: self.network.chain_id,
            block: chain.registry.block,
            block_at: chain.registry.block_timestamp * 1000,
            epoch: chain.epoch,
            epoch_blocks: self.network.epoch_blocks,
            problem: chain.problem.clone(),
        };
        self.core().view(node, info, &chain.registry, clock::now())
    }

    /// Changes whenever the status does.
    fn generation(&self) -> (u64, u64) {
        (self.core().generation(), self.chain.load().registry.block)
    }
}

/// Runs a coordinator until `cancel`, then drains it. `standby` is called if it has to wait for another one with the same key, and
/// `ready` once everything listens.
pub async fn run(
    config: Config,
    heart: Heart,
    cancel: CancellationToken,
    standby: impl FnOnce() + Send + 'static,
    ready: impl FnOnce(),
) -> Result<(), StartError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| StartError::File { path, source }
    };
    fs::create_dir_all(&config.data).map_err(file(&config.data))?;
    let client = Client::connect(&config.network).await?;
    let address = config.signer.address();
    let mut mirror = Mirror::new(client);
    mirror.poll().await?;
    if !mirror.registry().node(&address).is_some_and(|node| node.active && node.role == Role::Coordinator) {
        return Err(StartError::NotRegistered { node: address, network: config.network.name });
    }
    let log_path = config.data.join("assignments.log");
    let Opened { journal, log, history } = match &config.journal {
        None => Journal::open(&config.data.join("journal.db"), &log_path)?,
        Some(server) => match join(server.clone(), log_path.clone(), cancel.clone(), standby).await {
            Err(StartError::Journal(JournalError::Stopped)) => return Ok(()),
            joined => {
                let joined = joined?;
                // The chain has gone on meanwhile.
                mirror.poll().await?;
                joined
            }
        },
    };
    let registry = mirror.registry();
    let secret_path = config.data.join("assignment.secret");
    let secret = match config.journal.is_some() && !secret_path.exists() {
        true => shared_secret(&config.signer).map_err(file(&secret_path))?,
        false => B256::from(files::secret(&secret_path).map_err(file(&secret_path))?),
    };
    tracing::info!(events = history.events.len(), tasks = history.checkpoint.tasks.len(), "the journal is open");
    let client = mirror.client().with_signer(config.signer.clone());
    let sender = Sender::new(client, Outbox::new(config.outbox), settlement::PATIENCE);
    let identity = Identity {
        signer: config.signer.into_secp256k1(),
        domain: config.network.domain(),
        secret,
        log,
        max_queue: config.max_queue,
        prices: config.prices,
        checkpoint_after: CHECKPOINT,
        gate: config.gate,
    };
    let operator = Operator::open(&config.data).map_err(file(&Operator::path(&config.data)))?;
    let keys = KeyFile::in_directory(&config.data);
    let keys_path = keys.path().to_owned();
    let now = clock::now();
    let mut core = Core::recover(identity, journal, history, now)?;
    core.set_snapshot(mirror.miners(), now);
    let records_path = config.data.join(AUDITS);
    core.set_audits(Audits::new(config.audits, records(&records_path).map_err(file(&records_path))?));
    let funds = settlement::funds(mirror.client(), address, None, || core.creditors(), registry.block_hash).await?;
    if let Some(funds) = funds {
        core.set_funds(funds);
    }
    let view = ChainView { epoch: mirror.miners().epoch, registry, problem: None };
    let shared = Arc::new(Shared {
        core: Mutex::new(core),
        chain: ArcSwap::from_pointee(view),
        network: config.network,
        address,
        started_at: now,
        task_timeout: config.task_timeout,
        keys: Keyring::open(keys).map_err(file(&keys_path))?,
        metrics: metrics::install()?,
    });
    let mut parts = JoinSet::new();
    // The listeners outlive `cancel`: running streams are finished first.
    let stop = CancellationToken::new();
    for (address, router) in [
        (config.listen, http::api(shared.clone())),
        (config.link_listen, http::link(shared.clone())),
        (config.admin_listen, http::admin(shared.clone()).merge(operator.router())),
    ] {
        let listener = TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        parts.spawn(listener::serve(listener, router, stop.clone()));
    }
    parts.spawn(follow_chain(shared.clone(), mirror, heart.clone(), stop.clone()));
    parts.spawn(expire(shared.clone(), heart, stop.clone()));
    parts.spawn(settlement::tell_miners(shared.clone(), stop.clone()));
    parts.spawn(keep_audits(shared.clone(), config.data.clone(), stop.clone()));
    // On a network without payments there is no such part: one that ends at once would end the coordinator.
    if let (Some(every), Some(settlement)) = (config.settle_every, shared.network.settlement) {
        let settling = settlement::settle_regularly(shared.clone(), sender, settlement, every, stop.clone());
        parts.spawn(Box::pin(settling));
    }
    parts.spawn({
        let (shared, stop) = (shared.clone(), stop.clone());
        async move {
            let _ = stop.run_until_cancelled(shared.keys.follow()).await;
        }
    });
    tracing::info!(node = %address, api = %config.listen, link = %config.link_listen, "the coordinator is ready");
    ready();
    tokio::select! {
        () = cancel.cancelled() => {}
        () = operator.asked_to_drain() => {}
        // None of the parts ends by itself: if one does, it has panicked, and half a coordinator is worse than none.
        ended = parts.join_next() => tracing::error!(?ended, "a part of the coordinator has ended; shutting down"),
    }
    shared.core().drain();
    let finished = async {
        // An operator wants everything done; whoever stops the process finds what waits in the journal again.
        while shared.core().unfinished(operator.is_draining()) > 0 {
            time::sleep(Duration::from_millis(50)).await;
        }
    };
    let stopped = async {
        if operator.is_draining() {
            cancel.cancelled().await;
        }
        time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = finished => {}
        () = stopped => tracing::warn!("some tasks did not end in time; they are taken up again at the next start"),
    }
    stop.cancel();
    while parts.join_next().await.is_some() {}
    let mark = shared.core().mark();
    mark.synced().await;
    tokio::task::block_in_place(|| shared.core().leave_journal());
    tracing::info!("the coordinator has stopped");
    Ok(())
}

/// Waits until this coordinator is the one that serves.
async fn join(
    server: Server,
    log: PathBuf,
    cancel: CancellationToken,
    standby: impl FnOnce() + Send + 'static,
) -> Result<Opened, StartError> {
    tracing::info!(journal = %server, "waiting for the journal, unless nobody else has it");
    let joined = tokio::task::spawn_blocking(move || Journal::join(&server, &log, &cancel, standby)).await;
    joined.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())).map_err(StartError::from)
}

/// The secret of coordinators that share a journal: whoever has the node key has it, and nobody else. Signatures are deterministic
/// (RFC 6979), and this one is shown to nobody.
fn shared_secret(signer: &PrivateKeySigner) -> io::Result<B256> {
    let signature =
        signer.sign_message_sync(b"cuckoo: the secret of this coordinator's seeds").map_err(io::Error::other)?;
    Ok(keccak256(signature.as_bytes()))
}

/// Ends tasks whose deadline has passed.
async fn expire(shared: Arc<Shared>, heart: Heart, stop: CancellationToken) {
    let mut interval = time::interval(Duration::from_millis(250));
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        shared.core().tick(clock::now());
        heart.beat("tasks");
        heart.say(&shared.line());
    }
}

/// What audits found before. A file that does not read is an error: it says who is suspended.
fn records(path: &Path) -> io::Result<Records> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Records::new()),
        Err(error) => Err(error),
    }
}

/// Writes down what audits find, and the documents that prove it.
async fn keep_audits(shared: Arc<Shared>, data: PathBuf, stop: CancellationToken) {
    let write = |records: Records, evidence: Vec<(String, serde_json::Value)>| -> io::Result<()> {
        let folder = data.join(EVIDENCE);
        if !evidence.is_empty() {
            fs::create_dir_all(&folder)?;
        }
        for (name, document) in evidence {
            files::replace(&folder.join(name), document.to_string().as_bytes())?;
        }
        files::replace(&data.join(AUDITS), &serde_json::to_vec_pretty(&records)?)
    };
    loop {
        let stopped = stop.run_until_cancelled(time::sleep(KEEP_AUDITS)).await.is_none();
        let changes = shared.core().audit_changes();
        if let Some((records, evidence)) = changes
            // Small files, once in a while.
            && let Err(error) = tokio::task::block_in_place(|| write(records, evidence))
        {
            tracing::error!(%error, "what audits found cannot be written down");
        }
        if stopped {
            return;
        }
    }
}

/// Follows registrations and stakes. While the chain cannot be read the last good stakes stay in force, for a while.
async fn follow_chain(shared: Arc<Shared>, mut mirror: Mirror, heart: Heart, stop: CancellationToken) {
    let mut good = time::Instant::now();
    let pause = Duration::from_millis(shared.network.block_time_ms.clamp(200, 12_000) / 2);
    while stop.run_until_cancelled(heart.during("chain", time::sleep(pause))).await.is_some() {
        let Some(update) = stop.run_until_cancelled(heart.during("chain", mirror.poll())).await else { break };
        match update {
            Ok(update) => {
                good = time::Instant::now();
                let block = update.registry.block_hash;
                let view = ChainView { registry: update.registry, epoch: update.miners.epoch, problem: None };
                shared.chain.store(Arc::new(view));
                let now = clock::now();
                {
                    let mut core = shared.core();
                    core.set_snapshot(update.miners, now);
                    core.expel(|node| shared.is_active_miner(node), now);
                }
                if update.new_block {
                    follow_money(&shared, mirror.client(), block).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the chain cannot be read; the last stakes stay in force");
                let view = ChainView { problem: Some(error.to_string()), ..(**shared.chain.load()).clone() };
                shared.chain.store(Arc::new(view));
                if good.elapsed() > MAX_CHAIN_AGE {
                    tracing::error!("the stakes are too old to draw from; no new task is assigned");
                    let epoch = shared.chain.load().epoch;
                    let nobody = cuckoo_protocol::assign::Snapshot { epoch, beacon: B256::ZERO, miners: vec![] };
                    shared.core().set_snapshot(Arc::new(nobody), clock::now());
                }
            }
        }
    }
}

/// Escrow and settlements as of a block. Where they cannot be read the last ones stay in force.
async fn follow_money(shared: &Shared, client: &Client, block: B256) {
    let known = shared.core().escrow();
    match settlement::funds(client, shared.address, known, || shared.core().creditors(), block).await {
        Ok(Some(funds)) => shared.core().set_funds(funds),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the escrow cannot be read"),
    }
}
