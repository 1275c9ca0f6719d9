//! The miner node: offers its places to coordinators, weighted by their stake, and runs what they lease to it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    convert::Infallible,
    fs, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256},
    signers::local::{PrivateKeySigner, Secp256k1Signer},
};
use arc_swap::ArcSwap;
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use cuckoo_gpu::{Engine, EngineError, device};
use cuckoo_protocol::{
    Cai, TaskId, U256, Untrusted,
    chain::{ChainError, Client, Mirror, Network, Node, Registry},
    contract::{Role, Settlement},
    message::Domain,
    status::{ChainInfo, DeviceRow, ModelRow, NodeInfo, NodeRow, SCHEMA_VERSION, Snapshot, TaskCounts, TaskRow},
    task::{Kind, Millis, Stage},
    wire::{self, FrameError},
};
use futures::{Stream, stream};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use crate::{
    host::clock,
    node::{
        listener,
        operator::Operator,
        watchdog::{self, Heart},
    },
};

pub mod credit;
mod lease;
mod links;
mod log_heads;
pub mod signed_record;
pub mod slots;

use self::{
    credit::{Cover, Purse},
    log_heads::Heads,
    signed_record::{Store, StoreError},
    slots::Grants,
};

/// How long running tasks may go on after the miner is told to stop.
const DRAIN: Duration = Duration::from_secs(60);
/// How often free places are offered anew; also at once when a coordinator is connected.
const DRAW: Duration = Duration::from_secs(1);
/// How often the chain is looked at.
const FOLLOW: Duration = Duration::from_secs(1);
/// Tasks shown on the dashboard at most.
const RECENT: usize = 200;

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
    pub terms: credit::Terms,
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

#[derive(Clone, Debug)]
struct ChainView {
    registry: Arc<Registry>,
    coordinators: Arc<cuckoo_protocol::assign::Snapshot>,
    epoch: u64,
    problem: Option<String>,
}

impl ChainView {
    fn coordinator(&self, address: &Address) -> Option<&Node> {
        self.registry.node(address).filter(|node| node.role == Role::Coordinator && node.active)
    }

    /// What an active coordinator weighs in draws. One that registered in this epoch weighs what it weighs now until the next one.
    fn weight(&self, coordinator: &Address) -> Option<u128> {
        let node = self.coordinator(coordinator)?;
        let in_force = self.coordinators.miners.iter().find(|(address, _)| address == coordinator);
        Some(in_force.map_or(node.weight, |(_, weight)| *weight))
    }
}

#[derive(Debug, Default)]
struct Board {
    running: BTreeMap<TaskId, TaskRow>,
    recent: VecDeque<TaskRow>,
    counts: TaskCounts,
    connected: HashMap<Address, bool>,
    /// What coordinators say that give it nothing any more.
    suspended: HashMap<Address, String>,
    devices: Vec<wire::Device>,
    generation: u64,
}

/// What every part of the miner shares.
pub struct Shared {
    network: Network,
    domain: Domain,
    signer: Secp256k1Signer,
    engine: Arc<dyn Engine>,
    /// Manifest and kind by model.
    models: HashMap<String, (B256, Kind)>,
    grants: Mutex<Grants>,
    store: Store,
    heads: Mutex<Heads>,
    purse: Mutex<Purse>,
    chain: ArcSwap<ChainView>,
    board: Mutex<Board>,
    changed: watch::Sender<u64>,
    started_at: Millis,
    failure: OnceLock<String>,
    stop: CancellationToken,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        lock(&self.grants)
    }

    fn purse(&self) -> MutexGuard<'_, Purse> {
        lock(&self.purse)
    }

    /// Keeps what a coordinator says about its assignment log; an old coordinator says nothing.
    fn note_head(&self, coordinator: Address, ping: &wire::Ping) -> Result<(), FrameError> {
        if ping.log_head.is_empty() {
            return Ok(());
        }
        let head = wire::b256(&ping.log_head, "log_head")?;
        if let Err(error) = lock(&self.heads).note(coordinator, ping.log_entries, head) {
            tracing::warn!(%error, "the head of an assignment log cannot be kept");
        }
        Ok(())
    }

    fn manifest(&self, model: &str) -> Option<B256> {
        self.models.get(model).map(|(manifest, _)| *manifest)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn board(&self, change: impl FnOnce(&mut Board)) {
        let mut board = lock(&self.board);
        change(&mut board);
        board.generation += 1;
    }

    fn connected(&self, coordinator: Address, connected: bool) {
        self.board(|board| {
            board.connected.insert(coordinator, connected);
        });
    }

    /// A coordinator gives it nothing for a while, and says why; or is a link again.
    fn suspended(&self, coordinator: Address, reason: Option<String>) {
        self.board(|board| match reason {
            Some(reason) => drop(board.suspended.insert(coordinator, reason)),
            None => drop(board.suspended.remove(&coordinator)),
        });
    }

    /// Ends the miner with a reason.
    fn fail(&self, reason: String) {
        // The first reason is the one that counts.
        let _ = self.failure.set(reason);
        self.stop.cancel();
    }

    /// What a coordinator may have at the moment; nothing while the engine cannot work or nothing can be signed, or where it does
    /// not pay.
    fn granted(&self, coordinator: &Address) -> Vec<(String, u32, u32)> {
        let mut granted = self.grants().granted(coordinator);
        let mut purse = self.purse();
        for (model, granted, _) in &mut granted {
            if !self.can_run(model) || purse.objection(coordinator, model, 0).is_some() {
                *granted = 0;
            }
        }
        granted
    }

    /// Offers places at once to a coordinator that had none because it had not paid.
    fn reconsider(&self, coordinator: &Address) {
        if self.purse().complains(coordinator) {
            self.offer_again();
        }
    }

    /// Coordinators are told what they may have now.
    fn offer_again(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn slots(&self, granted: Vec<(String, u32, u32)>, sequence: u64) -> wire::Slots {
        let model = |(name, granted, capacity): (String, u32, u32)| {
            let (manifest, kind) = self.models.get(&name).copied().unwrap_or_default();
            wire::ModelSlots { name, manifest: manifest.to_vec(), granted, capacity, kind: kind as u32 }
        };
        let devices = lock(&self.board).devices.clone();
        wire::Slots { models: granted.into_iter().map(model).collect(), devices, sequence }
    }

    fn started(&self, task: TaskId, model: &str, attempt: u32) {
        let row = TaskRow {
            id: task,
            model: model.into(),
            state: Stage::Running,
            attempt,
            miner: Some(self.signer.address()),
            accepted_at: clock::now(),
            first_token_at: None,
            ended_at: None,
            completion_tokens: 0,
        };
        self.board(|board| {
            board.running.insert(task, row);
        });
    }

    fn progressed(&self, task: &TaskId, tokens: u32) {
        self.board(|board| {
            if let Some(row) = board.running.get_mut(task) {
                row.first_token_at.get_or_insert_with(clock::now);
                row.completion_tokens = tokens;
            }
        });
    }

    fn ended(&self, task: &TaskId, done: bool) {
        self.board(|board| {
            let Some(mut row) = board.running.remove(task) else { return };
            row.ended_at = Some(clock::now());
            row.state = if done { Stage::Done } else { Stage::Failed };
            board.counts.completion_tokens += u64::from(row.completion_tokens);
            *(if done { &mut board.counts.done } else { &mut board.counts.failed }) += 1;
            board.recent.push_front(row);
            board.recent.truncate(RECENT);
        });
        self.offer_again();
    }

    fn is_ready(&self) -> bool {
        self.engine.is_ready() && !self.linked().is_empty()
    }

    /// The active coordinators that it is logged in at, with their weights.
    fn linked(&self) -> Vec<(Address, u128)> {
        let chain = self.chain.load();
        let board = lock(&self.board);
        let connected = board.connected.iter().filter(|(_, connected)| **connected);
        connected.filter_map(|(address, _)| Some((*address, chain.weight(address)?))).collect()
    }

    /// Offers the free places anew, to coordinators drawn by their weight.
    fn draw(&self) {
        let linked = self.linked();
        self.grants().draw(&linked, &mut rand::rng());
        self.offer_again();
        self.board(|_| {});
    }

    fn status(&self) -> Snapshot {
        let chain = self.chain.load();
        let own = self.signer.address();
        let complaint = |(coordinator, reason): (Address, String)| {
            let name = chain.registry.node(&coordinator).map_or_else(Untrusted::default, |node| node.name.clone());
            Untrusted::new(format!("{name} ({coordinator}): {reason}"))
        };
        let unpaid = self.purse().complaints();
        let board = lock(&self.board);
        let suspended = board.suspended.iter().map(|(coordinator, reason)| (*coordinator, reason.clone()));
        let complaints = unpaid.into_iter().chain(suspended).map(complaint).collect();
        let running = board.running.len() as u32;
        let total: u128 = chain
            .registry
            .nodes
            .values()
            .filter(|node| node.role == Role::Miner && node.active)
            .map(|node| node.weight)
            .sum();
        let row = |node: &Node| {
            let mine = node.address == own;
            let model = |(name, free, capacity): (String, u32, u32)| {
                let kind = self.models.get(&name).map_or(Kind::Text, |(_, kind)| *kind);
                ModelRow { name: name.into(), kind, free, capacity }
            };
            let share = if node.role == Role::Miner && node.active { node.weight * 1_000_000 } else { 0 };
            NodeRow {
                address: node.address,
                owner: node.owner,
                name: node.name.clone(),
                role: node.role,
                active: node.active,
                self_stake: node.self_stake,
                weight: Cai::from(node.weight),
                share_ppm: share.checked_div(total).unwrap_or(0) as u32,
                live: mine || board.connected.get(&node.address).copied().unwrap_or(false),
                running: if mine { running } else { 0 },
                done: if mine { board.counts.done } else { 0 },
                lost: if mine { board.counts.failed } else { 0 },
                models: if mine { self.free().into_iter().map(model).collect() } else { vec![] },
                devices: if mine { board.devices.iter().cloned().map(DeviceRow::from).collect() } else { vec![] },
            }
        };
        let mut nodes: Vec<_> = chain.registry.nodes.values().map(row).collect();
        nodes.sort_unstable_by(|first, second| {
            second.weight.cmp(&first.weight).then(first.address.cmp(&second.address))
        });
        Snapshot {
            schema_version: SCHEMA_VERSION,
            generation: board.generation,
            taken_at: clock::now(),
            node: NodeInfo {
                role: Role::Miner,
                address: own,
                name: chain.registry.node(&own).map_or_else(Untrusted::default, |node| node.name.clone()),
                version: env!("CARGO_PKG_VERSION").into(),
                started_at: self.started_at,
                draining: self.stop.is_cancelled(),
                problem: self.problem(),
                complaints,
            },
            chain: ChainInfo {
                network: self.network.name.clone(),
                chain_id: self.network.chain_id,
                block: chain.registry.block,
                block_at: chain.registry.block_timestamp * 1000,
                epoch: chain.epoch,
                epoch_blocks: self.network.epoch_blocks,
                problem: chain.problem.clone(),
            },
            nodes,
            tasks: TaskCounts { running: u64::from(running), ..board.counts },
            recent: board.running.values().chain(&board.recent).take(RECENT).cloned().collect(),
        }
    }

    /// Free places by model, where it could take work.
    fn free(&self) -> Vec<(String, u32, u32)> {
        let mut models = self.grants().free();
        for (model, free, _) in &mut models {
            if !self.can_run(model) {
                *free = 0;
            }
        }
        models
    }

    /// The engine works, and what it makes can be signed.
    fn can_run(&self, model: &str) -> bool {
        self.store.trouble().is_none() && self.engine.is_ready_for(model)
    }

    /// How it goes, in a line.
    fn line(&self) -> String {
        let (running, linked) = (self.grants().running(), self.linked().len());
        if self.stop.is_cancelled() {
            return format!("going away; tasks to finish: {running}");
        }
        match self.problem() {
            Some(problem) => Untrusted::new(problem).to_string(),
            None if linked == 0 => "no coordinator can be reached".into(),
            None => format!("tasks: {running}; coordinators: {linked}"),
        }
    }

    /// What keeps it from work, whoever asks for it.
    fn problem(&self) -> Option<String> {
        let disk = self.store.trouble().map(|trouble| format!("nothing can be signed: {trouble}"));
        let of_model = |model: &String| Some(format!("{model}: {}", self.engine.trouble(model)?));
        let mut models: Vec<_> = self.models.keys().filter_map(of_model).collect();
        models.sort_unstable();
        let problems: Vec<_> = disk.into_iter().chain(models).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    }
}

/// Runs a miner until `cancel`, then lets it finish what it has. `ready` is called once, when it is logged in somewhere.
pub async fn run(
    config: Config,
    heart: Heart,
    cancel: CancellationToken,
    ready: impl FnOnce(),
) -> Result<(), MinerError> {
    let data = |source| MinerError::Data { path: config.data.clone(), source };
    fs::create_dir_all(&config.data).map_err(data)?;
    let mut store = Store::open(&config.data)?;
    let (vouchers, claims) = store.take_kept();
    let operator = Operator::open(&config.data).map_err(data)?;
    let (domain, own) = (config.network.domain(), config.signer.address());
    let purse = Purse::new(&vouchers, &claims, config.terms, domain, own);
    let mut mirror = Mirror::new(Client::connect(&config.network).await?);
    mirror.poll().await?;
    let registry = mirror.registry();
    if !registry.node(&own).is_some_and(|node| node.active && node.role == Role::Miner) {
        return Err(MinerError::NotRegistered { node: own, network: config.network.name });
    }
    let models = config.engine.models();
    let view = ChainView { coordinators: mirror.coordinators(), epoch: mirror.miners().epoch, registry, problem: None };
    let stop = cancel.child_token();
    let shared = Arc::new(Shared {
        domain,
        network: config.network,
        signer: config.signer.into_secp256k1(),
        engine: config.engine,
        models: models.iter().map(|model| (model.manifest.name.clone(), (model.manifest.id(), model.kind))).collect(),
        grants: Mutex::new(Grants::new(models.into_iter().map(|model| (model.manifest.name, model.slots)))),
        store,
        heads: Mutex::new(Heads::new(config.data.clone())),
        purse: Mutex::new(purse),
        chain: ArcSwap::from_pointee(view),
        board: Mutex::default(),
        changed: watch::channel(0).0,
        started_at: clock::now(),
        failure: OnceLock::new(),
        stop: stop.clone(),
    });
    let address = config.admin_listen;
    let listener = TcpListener::bind(address).await.map_err(|source| MinerError::Listen { address, source })?;
    let router = Router::new()
        .route("/liveness", get(async || StatusCode::OK))
        .route("/readiness", get(readiness))
        .route("/status", get(async |State(shared): State<Arc<Shared>>| Json(shared.status())))
        .route("/status/events", get(events))
        .with_state(shared.clone())
        .merge(operator.router());
    let done = CancellationToken::new();
    let mut parts = JoinSet::new();
    parts.spawn(listener::serve(listener, router, done.clone()));
    parts.spawn(watch_devices(shared.clone(), heart.clone(), done.clone()));
    parts.spawn(offer(shared.clone(), heart.clone(), done.clone()));
    let mut links = JoinSet::new();
    tracing::info!(node = %own, admin = %address, "the miner has started");
    tokio::select! {
        () = lead(&shared, &mut mirror, &mut links, &heart, ready) => {}
        () = operator.asked_to_drain() => stop.cancel(),
    }
    let drained = async { while links.join_next().await.is_some() {} };
    let given_up = async {
        // An operator waits for every task; whoever stops the process does not.
        if operator.is_draining() {
            cancel.cancelled().await;
        }
        time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = heart.during("chain", drained) => {}
        () = given_up => tracing::warn!("some tasks did not end in time; they are given up"),
    }
    done.cancel();
    while parts.join_next().await.is_some() {}
    match shared.failure.get() {
        Some(reason) => Err(MinerError::Stopped(reason.clone())),
        None => Ok(()),
    }
}

/// Offers the free places again and again. Apart from the chain: while that hangs there is still work.
async fn offer(shared: Arc<Shared>, heart: Heart, done: CancellationToken) {
    let mut interval = time::interval(DRAW);
    while done.run_until_cancelled(interval.tick()).await.is_some() {
        heart.beat("offers");
        shared.draw();
        heart.say(&shared.line());
    }
}

/// Follows the chain and keeps a link to every active coordinator, until told to stop.
async fn lead(shared: &Arc<Shared>, mirror: &mut Mirror, links: &mut JoinSet<()>, heart: &Heart, ready: impl FnOnce()) {
    let mut open: HashMap<Address, (String, CancellationToken)> = HashMap::new();
    let mut interval = time::interval(FOLLOW);
    let mut ready = Some(ready);
    while shared.stop.run_until_cancelled(interval.tick()).await.is_some() {
        match shared.stop.run_until_cancelled(heart.during("chain", mirror.poll())).await {
            None => break,
            Some(Ok(update)) => {
                let (epoch, block) = (update.miners.epoch, update.registry.block_hash);
                let view =
                    ChainView { registry: update.registry, coordinators: update.coordinators, epoch, problem: None };
                shared.chain.store(Arc::new(view));
                if update.new_block || shared.purse().is_uncertain() {
                    follow_money(shared, mirror.client(), block).await;
                }
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "the chain cannot be read; the last stakes stay in force");
                let view = ChainView { problem: Some(error.to_string()), ..(**shared.chain.load()).clone() };
                shared.chain.store(Arc::new(view));
            }
        }
        let chain = shared.chain.load_full();
        open.retain(|address, (endpoint, stop)| {
            let keep = chain.coordinator(address).is_some_and(|node| node.endpoint.raw() == endpoint);
            if !keep {
                stop.cancel();
            }
            keep
        });
        for node in chain.registry.nodes.values() {
            if chain.coordinator(&node.address).is_some() && !open.contains_key(&node.address) {
                let endpoint = node.endpoint.raw().to_owned();
                let stop = shared.stop.child_token();
                links.spawn(links::keep(shared.clone(), node.address, endpoint.clone(), stop.clone()));
                open.insert(node.address, (endpoint, stop));
            }
        }
        if shared.is_ready()
            && let Some(ready) = ready.take()
        {
            ready();
        }
        if ready.is_some() {
            // Loaded models wait for the first coordinator; a restart would only load them again.
            watchdog::still_starting();
        }
    }
}

/// Escrow of the coordinators that pay, and what they have settled. Where it cannot be read the last state stays in force.
async fn follow_money(shared: &Shared, client: &Client, block: B256) {
    let miner = shared.signer.address();
    let debtors = shared.purse().debtors();
    for coordinator in debtors {
        let cover = async {
            // Where nothing can be prepaid, nothing covers anything.
            let Some((settlement, escrow)) = client.prepaid(coordinator, block).await? else {
                return Ok(Cover { escrow: 0, settled: 0 });
            };
            let account = Settlement::accountOfCall { coordinator, miner };
            let account = client.read_at_block(settlement, &account, block).await?;
            Ok::<_, ChainError>(Cover { escrow, settled: U256::from(account.settled).saturating_to() })
        };
        match shared.stop.run_until_cancelled(cover).await {
            Some(Ok(cover)) => shared.purse().set_cover(coordinator, cover),
            Some(Err(error)) => tracing::warn!(%coordinator, %error, "the escrow cannot be read"),
            None => return,
        }
    }
}

async fn watch_devices(shared: Arc<Shared>, heart: Heart, done: CancellationToken) {
    let mut probe = Some(device::detect());
    let mut interval = time::interval(Duration::from_secs(2));
    while done.run_until_cancelled(interval.tick()).await.is_some() {
        heart.beat("devices");
        let Some(mut taken) = probe.take() else { return };
        // Drivers can take their time.
        let sampled = tokio::task::spawn_blocking(move || {
            let devices = taken.sample();
            (taken, devices)
        });
        let Ok((given_back, devices)) = sampled.await else {
            tracing::error!("the devices cannot be read any more");
            return;
        };
        probe = Some(given_back);
        shared.board(|board| board.devices = devices.into_iter().map(Into::into).collect());
    }
}

async fn readiness(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no coordinator is connected, or the engine is not ready\n")
    }
}

/// A snapshot now, and one after every change.
async fn events(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let snapshots = stream::unfold((shared, None), |(shared, seen)| async move {
        let mut snapshot = shared.status();
        while seen == Some(snapshot.generation) {
            time::sleep(Duration::from_millis(500)).await;
            snapshot = shared.status();
        }
        let event = Event::default().json_data(&snapshot).unwrap_or_else(|error| {
            tracing::error!(%error, "the status cannot be written");
            Event::default().comment("the status cannot be written")
        });
        Some((Ok(event), (shared, Some(snapshot.generation))))
    });
    Sse::new(snapshots).keep_alive(KeepAlive::default())
}
