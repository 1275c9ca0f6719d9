//! Runs a coordinator: opens what it keeps, starts its parts, and drains it at the end.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use alloy::{
    primitives::{B256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use arc_swap::ArcSwap;
use cuckoo_gpu::EngineSpec;
use cuckoo_protocol::{
    Address,
    assign::seed::Seeds,
    chain::{Client, Mirror, Network, Outbox, Registry, Sender, Setup},
    contract::Role,
    coordinator::{Coordinator as Machine, Event, Funds, Identity, Input, Prices},
    task::Millis,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
    time,
};
use tokio_util::sync::CancellationToken;

use super::{
    api_keys::{KeyFile, Keyring},
    auditor,
    batches::Batches,
    config::{Config, StartError},
    court::{Courtroom, Prosecutor},
    decisions::Decisions,
    doorway::Doorway,
    earlier_audits,
    equivocation::{Prover, Watch},
    follow_chain::follow_chain,
    front::{Front, Parts},
    gateway::Gateway,
    handle::Handle,
    http,
    journal::{History, Journal, JournalError, Leader, Opened, Payer, Server, Standby, Turn},
    metrics,
    replicas::{Addresses, Roster, Standing},
    settlement,
    shared::Shared,
};
use crate::{
    host::{clock, files},
    node::{
        chain_view::ChainView,
        chronicle::Chronicle,
        court::{Follower, Nodes},
        evidence, listener,
        operator::Operator,
        watchdog::Watchdog,
    },
};

/// How long running tasks may go on after the process is asked to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// Events after which a checkpoint takes their place in the journal: those of about 50,000 tasks.
const CHECKPOINT: u64 = 200_000;

/// Runs a coordinator until `cancel`, then drains it. `standby` is called if it has to wait for another one with the same key, and
/// `ready` once everything listens.
pub async fn run(
    config: Config,
    watchdog: Watchdog,
    cancel: CancellationToken,
    standby: impl FnOnce() + Send + 'static,
    ready: impl FnOnce(),
) -> Result<(), StartError> {
    let (api, link) = (config.listen, config.link_listen);
    files::private_directory(&config.data).map_err(in_file(&config.data))?;
    let operator = Operator::open(&config.data).map_err(in_file(&Operator::path(&config.data)))?;
    // The listeners outlive `cancel`: running streams are finished first.
    let (stop, mut parts) = (CancellationToken::new(), JoinSet::new());
    let (leader, led_by) = watch::channel(None);
    let standing = stand(&config, &operator, led_by, (&mut parts, &stop)).await?;
    let standby = Standby { stop: cancel.clone(), waits: standby, address: config.replica_listen, leader };
    let opening = Box::pin(Coordinator::open(config, operator.clone(), standby));
    let opened = match &standing {
        None => opening.await?,
        Some(standing) => follow(standing, opening, (&operator, &watchdog, &cancel)).await?,
    };
    let Some(coordinator) = opened else {
        stop.cancel();
        while parts.join_next().await.is_some() {}
        return Ok(());
    };
    let shared = coordinator.shared.clone();
    let Running { decisions, _evidence } = coordinator.start(watchdog, standing.as_ref(), (&mut parts, &stop)).await?;
    tracing::info!(node = %shared.address(), %api, %link, "the coordinator is ready");
    ready();
    tokio::select! {
        () = cancel.cancelled() => {}
        () = operator.asked_to_drain() => {}
        // None of the parts is meant to end: if one does, it has panicked, and half a coordinator is worse than none.
        ended = parts.join_next() => tracing::error!(?ended, "a part of the coordinator has ended; shutting down"),
    }
    drain(&shared, &operator, &cancel).await;
    stop.cancel();
    while parts.join_next().await.is_some() {}
    // What was decided becomes durable, and the journal is left to others.
    shared.handle.close();
    if tokio::task::block_in_place(|| decisions.join()).is_err() {
        tracing::error!("the thread that decides panicked");
    }
    tracing::info!("the coordinator has stopped");
    Ok(())
}

/// Opens the listeners of a replica that serves while another one leads, if this is to be one.
async fn stand(
    config: &Config,
    operator: &Operator,
    leader: watch::Receiver<Option<Leader>>,
    (parts, stop): (&mut JoinSet<()>, &CancellationToken),
) -> Result<Option<Standing>, StartError> {
    let Some(replicas) = config.replica_listen else { return Ok(None) };
    let keys = KeyFile::in_directory(&config.data);
    let keys_path = keys.path().to_owned();
    let keys = Keyring::open(keys).map_err(in_file(&keys_path))?;
    let front = |handle| front(config, handle, keys);
    let clients = [config.listen, config.link_listen, config.admin_listen];
    let secret = node_secret(&config.signer, b"cuckoo: the key of the connections between this coordinator's replicas");
    let secret = secret.map_err(in_file(&config.data))?;
    let addresses = Addresses { clients, replicas };
    Standing::start(addresses, &secret, front, operator, leader, (parts, stop)).await.map(Some)
}

/// What answering applications takes.
fn front(config: &Config, handle: Handle, keys: Keyring) -> Parts {
    Parts {
        handle,
        domain: config.network.domain(),
        task_timeout: config.task_timeout,
        keys,
        edge: Arc::new(config.edge.clone()),
        gateway: Gateway::default(),
    }
}

/// Serves as a replica that follows until this one leads. Returns `None` where it is to end before that.
async fn follow(
    standing: &Standing,
    opening: impl Future<Output = Result<Option<Coordinator>, StartError>>,
    (operator, watchdog, cancel): (&Operator, &Watchdog, &CancellationToken),
) -> Result<Option<Coordinator>, StartError> {
    let opened = tokio::select! {
        opened = opening => opened?,
        () = standing.show_life(watchdog) => None,
        () = operator.asked_to_drain() => {
            cancel.cancel();
            None
        }
    };
    if opened.is_none() {
        standing.finish(DRAIN).await;
    }
    Ok(opened)
}

/// A coordinator that has opened everything it keeps, before any of its parts runs.
struct Coordinator {
    shared: Arc<Shared>,
    decisions: Decisions,
    mirror: Mirror,
    sender: Sender,
    operator: Operator,
    auditor: Vec<EngineSpec>,
    /// Ends after the decisions, so that all that they hand in is written.
    evidence: evidence::Store,
    watch: Watch,
    settle_every: Option<Duration>,
    /// For applications, for miners and for operators.
    listen: [SocketAddr; 3],
}

impl Coordinator {
    /// Reads the chain and the data directory. Returns `None` if `cancel` came while another coordinator served.
    async fn open(
        config: Config,
        operator: Operator,
        standby: Standby<impl FnOnce() + Send + 'static>,
    ) -> Result<Option<Self>, StartError> {
        let address = config.signer.address();
        let mut mirror = connect(&config).await?;
        let settle_every = settlement::check_period(mirror.client(), config.settle_every).await?;
        let Some(Opened { mut journal, log, history }) = open_journal(&config, &mut mirror, standby).await? else {
            return Ok(None);
        };
        let registry = mirror.registry();
        let secret = read_secret(&config)?;
        tracing::info!(events = history.events.len(), tasks = history.checkpoint.tasks.len(), "the journal is open");
        let identity = identify(&config, secret);
        let client = mirror.client().with_signer(config.signer.clone());
        let sender = Sender::new(client, Outbox::new(config.outbox.clone()), settlement::PATIENCE);
        let keys = KeyFile::in_directory(&config.data);
        let keys_path = keys.path().to_owned();
        let keys = Keyring::open(keys).map_err(in_file(&keys_path))?;
        let now = clock::now();
        let mut effects = vec![];
        let History { checkpoint, mut events } = history;
        events.extend(take_over_audits(&config.data, &mut journal, now).await?);
        let machine = Machine::recover(identity, checkpoint, events, log.end(), now, &mut effects)?;
        let evidence = evidence::Store::start(&config.data, config.evidence_bytes)?;
        let creditors = machine.creditors();
        let funds =
            settlement::read_funds(mirror.client(), address, None, async || creditors, registry.block_hash).await?;
        warn_of_empty_escrow(funds.as_ref(), &config.prices, address);
        let decisions = Decisions::new(
            machine,
            effects,
            journal,
            config.signer.clone().into_secp256k1(),
            config.network.domain(),
            evidence.queue(),
        );
        let handle = Handle::new(decisions.mailbox(), decisions.pulse());
        handle.act(Input::Snapshot(mirror.miners()));
        handle.act(Input::Owners(mirror.registry().owners_since(&Registry::default())));
        if let Some(funds) = funds {
            handle.act(Input::Funds(funds));
        }
        let (ears, watch) = Watch::open(&config.data, config.network.domain())?;
        let open = |_| Courtroom::open(&config.data, config.network.domain(), config.evidence_bytes);
        let court = config.network.court.map(open).transpose()?;
        let front = Front::new(front(&config, handle, keys));
        let shared = Arc::new(Shared {
            front,
            log,
            ears,
            chain: ArcSwap::from_pointee(ChainView::of(&mirror)),
            cases: Arc::default(),
            network: config.network,
            address,
            prices: config.prices,
            started_at: now,
            batches: Batches::open(&config.data, config.edge.max_files).map_err(in_file(&config.data))?,
            metrics: metrics::install()?,
            doorway: Doorway::default(),
            roster: Roster::default(),
            chronicle: Chronicle::open(&config.data),
            data: config.data,
            client: mirror.client().clone(),
            court,
            means: config.court,
        });
        let (listen, auditor) = ([config.listen, config.link_listen, config.admin_listen], config.auditor);
        Ok(Some(Self { shared, decisions, mirror, sender, operator, auditor, evidence, watch, settle_every, listen }))
    }

    /// Starts the parts, which run until `stop`, and the thread that decides, which runs until [`Handle::close`].
    async fn start(
        self,
        watchdog: Watchdog,
        standing: Option<&Standing>,
        (parts, stop): (&mut JoinSet<()>, &CancellationToken),
    ) -> Result<Running, StartError> {
        let Self { shared, mut decisions, mirror, sender, operator, auditor, evidence, watch, settle_every, listen } =
            self;
        match standing {
            Some(standing) => drop(parts.spawn(standing.lead(&shared, &operator, stop))),
            None => listen_at(listen, &shared, &operator, (&mut *parts, stop)).await?,
        }
        if !auditor.is_empty() {
            let (sender, jobs) = mpsc::unbounded_channel();
            decisions.set_auditor(sender);
            parts.spawn(Box::pin(auditor::run(auditor, shared.handle.clone(), jobs, stop.clone())));
        }
        // What is asked of it waits until here.
        let decisions = decisions.start().map_err(StartError::Thread)?;
        parts.spawn(follow_chain(shared.clone(), mirror, watchdog.clone(), stop.clone()));
        Self::go_to_court(&shared, &sender, &evidence, parts, (&watchdog, stop));
        parts.spawn(show_life(shared.clone(), watchdog, stop.clone()));
        let (remembered, until) = (shared.clone(), stop.clone());
        parts.spawn(async move { remembered.chronicle.keep(|| remembered.status(), until).await });
        if let Some(court) = shared.network.court {
            let prover = Prover::new(&watch, sender.clone(), court, &shared.data);
            parts.spawn(prover.run(stop.clone()));
        }
        parts.spawn(watch.run(shared.handle.clone(), stop.clone()));
        // Where it is not wanted there is no such part: one that ends at once would end the coordinator.
        if let Some(every) = settle_every {
            let settlement = shared.network.settlement;
            let settling = settlement::settle_regularly(shared.clone(), sender, settlement, every, stop.clone());
            parts.spawn(Box::pin(settling));
        }
        parts.spawn(Box::pin(http::run_batches(shared.clone(), stop.clone())));
        let stop = stop.clone();
        parts.spawn(async move {
            let _ = stop.run_until_cancelled(shared.keys.follow()).await;
        });
        Ok(Running { decisions, _evidence: evidence })
    }
}

/// Opens the listeners for applications, for miners and for operators.
async fn listen_at(
    listen: [SocketAddr; 3],
    shared: &Arc<Shared>,
    operator: &Operator,
    (parts, stop): (&mut JoinSet<()>, &CancellationToken),
) -> Result<(), StartError> {
    let routers = [
        http::api(shared.clone()),
        http::link(shared.clone()),
        http::admin(shared.clone(), operator.clone()).merge(operator.router()),
    ];
    for (address, router) in listen.into_iter().zip(routers) {
        let listener = TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        parts.spawn(listener::serve_idle(listener, router, shared.edge.keep_alive, stop.clone()));
    }
    Ok(())
}

impl Coordinator {
    /// Starts what the court needs, on a network that has one.
    fn go_to_court(
        shared: &Arc<Shared>,
        sender: &Sender,
        evidence: &evidence::Store,
        parts: &mut JoinSet<()>,
        (watchdog, stop): (&Watchdog, &CancellationToken),
    ) {
        let Some(court) = &shared.court else { return };
        let nodes = shared.clone();
        let nodes: Nodes = Arc::new(move || nodes.chain.load_full());
        let Some(follower) = Follower::new(sender.clone(), shared.data.clone(), nodes, None) else { return };
        court.follow(follower.views());
        parts.spawn(follower.show(shared.cases.clone(), evidence.queue()));
        parts.spawn(Box::pin(follower.run(watchdog.clone(), stop.clone())));
        let prosecutor = Prosecutor::new(shared.clone(), sender.clone(), shared.means, evidence.queue());
        parts.spawn(Box::pin(prosecutor.run(stop.clone())));
    }
}

/// What the machine has to know of the coordinator when it starts.
fn identify(config: &Config, secret: B256) -> Identity {
    Identity {
        address: config.signer.address(),
        domain: config.network.domain(),
        staking: config.network.staking,
        epoch_seconds: config.network.epoch_seconds,
        audit_seeds: Seeds::new(secret).audits(),
        seeds: Seeds::new(secret),
        max_queue: config.max_queue,
        prices: config.prices.clone(),
        checkpoint_after: CHECKPOINT,
        gate: config.gate,
        audits: config.audits,
        uncalibrated: config.uncalibrated,
        calibrations: config.calibrations.clone(),
        models: config.models.clone(),
        has_court: config.network.court.is_some(),
    }
}

/// Says that nobody will work for prices that nothing pays.
fn warn_of_empty_escrow(funds: Option<&Funds>, prices: &Prices, coordinator: Address) {
    if funds.is_some_and(|funds| funds.escrow == 0) && !prices.are_free() {
        tracing::warn!(
            "the escrow is empty, so miners take no task that costs something; prepay: cuckoo escrow deposit {coordinator} AMOUNT"
        );
    }
}

/// The parts of a coordinator that runs.
struct Running {
    decisions: thread::JoinHandle<()>,
    _evidence: evidence::Store,
}

/// Puts the suspensions that an earlier version kept in a file into the journal. Returns the events.
async fn take_over_audits(data: &Path, journal: &mut Journal, now: Millis) -> Result<Vec<Event>, StartError> {
    let events = earlier_audits::suspensions(data, now).map_err(in_file(data))?;
    if !events.is_empty() {
        journal.append(Turn { at: now, events: events.clone(), ..Turn::default() }, vec![], true);
        journal.mark().synced().await;
    }
    earlier_audits::put_aside(data).map_err(in_file(data))?;
    Ok(events)
}

/// An error of the file at `path`.
fn in_file(path: &Path) -> impl FnOnce(io::Error) -> StartError {
    let path = path.to_owned();
    move |source| StartError::File { path, source }
}

/// Reads the chain for the first time, and checks that the node key is that of an active coordinator.
async fn connect(config: &Config) -> Result<Mirror, StartError> {
    let node = config.signer.address();
    let setup = Setup { events: Some(config.data.join("events")), ..Setup::default() };
    let mut mirror = Mirror::new(Client::connect_with(&config.network, &setup).await?);
    mirror.poll().await?;
    if !mirror.registry().node(&node).is_some_and(|node| node.active && node.role == Role::Coordinator) {
        return Err(StartError::NotRegistered { node, network: config.network.name.clone() });
    }
    Ok(mirror)
}

/// Opens the journal in its file, or joins the one on a server. Returns `None` if `cancel` came while another coordinator served.
async fn open_journal(
    config: &Config,
    mirror: &mut Mirror,
    standby: Standby<impl FnOnce() + Send + 'static>,
) -> Result<Option<Opened>, StartError> {
    let log = config.data.join("assignments.log");
    let Network { chain_id, settlement, .. } = config.network;
    let payer = Payer { chain_id, settlement, coordinator: config.signer.address() };
    let Some(server) = &config.journal else {
        return Ok(Some(Journal::open(&config.data.join("journal.db"), &log, &payer)?));
    };
    match join(server.clone(), log, payer, standby).await {
        Err(JournalError::Stopped) => Ok(None),
        joined => {
            let joined = joined?;
            // The chain has gone on in the meantime.
            mirror.poll().await?;
            Ok(Some(joined))
        }
    }
}

/// The secret from which seeds are derived: the one in the data directory, or one that all coordinators of a shared journal have.
fn read_secret(config: &Config) -> Result<B256, StartError> {
    let path = config.data.join("assignment.secret");
    if config.journal.is_some() && !path.exists() {
        return node_secret(&config.signer, b"cuckoo: the secret of this coordinator's seeds").map_err(in_file(&path));
    }
    Ok(B256::from(files::secret(&path).map_err(in_file(&path))?))
}

/// Takes no new tasks, and returns once those at hand have ended, or have had their time.
async fn drain(shared: &Shared, operator: &Operator, cancel: &CancellationToken) {
    shared.handle.act(Input::Drain);
    let finished = async {
        loop {
            // An operator wants everything done. After a stop, the tasks that wait are still in the journal at the next start.
            let waiting = operator.is_draining();
            if shared.handle.read_durable(move |machine| machine.unfinished(waiting)).await == 0 {
                break;
            }
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
}

/// Waits until this coordinator is the one that serves.
async fn join(
    server: Server,
    log: PathBuf,
    payer: Payer,
    standby: Standby<impl FnOnce() + Send + 'static>,
) -> Result<Opened, JournalError> {
    tracing::info!(journal = %server, "opening the journal, or waiting while another coordinator has it");
    let joined = tokio::task::spawn_blocking(move || Journal::join(&server, &log, &payer, standby)).await;
    joined.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

/// A secret that only a holder of the node key can compute. Signatures are deterministic (RFC 6979), and this one never leaves the
/// process.
fn node_secret(signer: &PrivateKeySigner, purpose: &[u8]) -> io::Result<B256> {
    let signature = signer.sign_message_sync(purpose).map_err(io::Error::other)?;
    Ok(keccak256(signature.as_bytes()))
}

/// Shows that the decisions go on, and where they stand.
async fn show_life(shared: Arc<Shared>, watchdog: Watchdog, stop: CancellationToken) {
    let mut interval = time::interval(Duration::from_millis(250));
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        if shared.handle.read(|machine| machine.connected_count() == 0 && machine.tasks().open() == 0).await {
            clock::settle();
        }
        let line = shared.line().await;
        watchdog.beat("tasks");
        watchdog.say(&line);
    }
}
