//! A miner from its start to its end: it follows the chain, keeps a link to every coordinator and offers its slots.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use alloy::primitives::{Address, B256};
use cuckoo_gpu::device;
use cuckoo_protocol::{
    Cai, U256,
    chain::{ChainError, Client, Mirror, Network, Outbox, Sender, Setup},
    contract::{MAX_TICKET, Role, Settlement, Staking},
    court::Book,
    miner::{Cover, Input},
    wire,
};
use tokio::{net::TcpListener, runtime::Handle, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::{
    admin,
    config::{Config, MinerError},
    links, metrics,
    payout::Payouts,
    shared::Shared,
    signed_record::{self, SignedRecord},
    worker::Worker,
};
use crate::{
    host::{clock, files},
    node::{
        chain_view::ChainView,
        court::{Duty, Examiner, Follower},
        evidence, listener,
        operator::Operator,
        watchdog::{self, Watchdog},
    },
};

/// How long running tasks may go on after the miner was told to stop.
const DRAIN: Duration = Duration::from_secs(60);
/// How often the machine learns that a second has passed: it draws for free slots, and looks at deadlines.
const TICK: Duration = Duration::from_secs(1);
/// How often the chain is looked at.
const FOLLOW: Duration = Duration::from_secs(1);
/// The contract's number for an active node.
const ACTIVE: u8 = 1;
/// How long a transaction may take to be in a block before that is said.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often the devices are sampled.
const SAMPLE: Duration = Duration::from_secs(2);

/// Checks that a node key is that of an active miner, before models are loaded for it.
pub async fn check_registered(network: &Network, node: Address) -> Result<(), MinerError> {
    let client = Client::connect(network).await?;
    let view = client.read(network.staking, &Staking::nodeViewCall { node }).await?;
    match (view.status, Role::from_u8(view.role)) {
        (ACTIVE, Some(Role::Miner)) => Ok(()),
        _ => Err(MinerError::NotRegistered { node, network: network.name.clone() }),
    }
}

/// Runs a miner until `cancel`, then lets it finish its tasks. `ready` is called once, when it is logged in at a coordinator.
pub async fn run(
    config: Config,
    watchdog: Watchdog,
    cancel: CancellationToken,
    ready: impl FnOnce(),
) -> Result<(), MinerError> {
    let models = names(&config)?;
    let data_error = |path| move |source| MinerError::Data { path, source };
    files::private_directory(&config.data).map_err(data_error(config.data.clone()))?;
    let (store, kept) = signed_record::open(&config.data)?;
    let evidence = evidence::Store::start(&config.data, config.evidence_bytes)?;
    let operator = Operator::open(&config.data).map_err(data_error(config.data.clone()))?;
    let setup = Setup { events: Some(config.data.join("events")), ..Setup::default() };
    let mut mirror = Mirror::new(Client::connect_with(&config.network, &setup).await?);
    mirror.poll().await?;
    let chain = ChainView::of(&mirror);
    let node = config.signer.address();
    if chain.active(Role::Miner, &node).is_none() {
        return Err(MinerError::NotRegistered { node, network: config.network.name });
    }
    let weight = chain.registry.node(&node).map_or(Cai::ZERO, |row| row.weight.into());
    let slots: u32 = config.engine.models().iter().map(|model| model.slots).sum();
    let address = config.admin_listen;
    let client = mirror.client().with_signer(config.signer.clone());
    let sender = Sender::new(client, Outbox::new(config.outbox.clone()), PATIENCE);
    let (data, payout_above) = (config.data.clone(), config.payout_above);
    let court = Court::open(&config, sender.clone())?;
    let worker = Worker::start().map_err(MinerError::Thread)?;
    let stop = cancel.child_token();
    let shared = Shared::new(config, &kept, Some(evidence.queue()), chain, worker.handle().clone(), stop.clone());
    let (key, report) = ((shared.signer.clone(), shared.domain), shared.clone());
    let record = SignedRecord::start(store, shared.record.clone(), key, move |outcomes| report.recorded(outcomes))
        .map_err(MinerError::Thread)?;
    let listener = TcpListener::bind(address).await.map_err(|source| MinerError::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| MinerError::Listen { address, source })?;
    let router = admin::router(shared.clone(), metrics::install()?).merge(operator.router());
    let done = CancellationToken::new();
    let mut parts = JoinSet::new();
    parts.spawn(listener::serve(listener, router, done.clone()));
    parts.spawn(sample_devices(shared.clone(), watchdog.clone(), done.clone()));
    parts.spawn(tick(shared.clone(), watchdog.clone(), done.clone()));
    parts.spawn(admin::remember(shared.clone(), done.clone()));
    parts.spawn(Payouts::new(shared.clone(), sender, data, payout_above).run(done.clone()));
    if let Some(court) = court.follow(&shared) {
        parts.spawn(court.show(shared.cases.clone(), evidence.queue()));
        parts.spawn(court.run(watchdog.clone(), done.clone()));
    }
    let mut links = Links { tasks: JoinSet::new(), runtime: worker.handle().clone() };
    tracing::info!(%node, admin = %address, models = models.join(", "), slots, %weight, "the miner has started");
    tokio::select! {
        () = follow_chain(&shared, &mut mirror, &mut links, &watchdog, ready) => {}
        () = operator.asked_to_drain() => stop.cancel(),
    }
    shared.act([Input::Drain]);
    let drained = async { while links.tasks.join_next().await.is_some() {} };
    let time_is_up = async {
        // An operator's drain waits for every task; a signal to the process does not.
        if operator.is_draining() {
            cancel.cancelled().await;
        }
        time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = watchdog.during("chain", drained) => {}
        () = time_is_up => tracing::warn!("some tasks did not end in time; they are given up"),
    }
    shared.give_up();
    // What was signed is on disk before the process ends, and then what proves it.
    drop(record);
    drop(evidence);
    done.cancel();
    while parts.join_next().await.is_some() {}
    match shared.failure.get() {
        Some(reason) => Err(MinerError::Stopped(reason.clone())),
        None => Ok(()),
    }
}

/// The names of its models. Coordinators that do not take them would end each session, and be tried again and again.
fn names(config: &Config) -> Result<Vec<String>, MinerError> {
    let names: Vec<_> = config.engine.models().into_iter().map(|model| model.manifest.name).collect();
    match wire::objection_to_names(names.iter().map(String::as_str)) {
        Some(objection) => Err(MinerError::Names(objection)),
        None => Ok(names),
    }
}

/// The miner's part before the court, before the parts of the miner run.
struct Court {
    sender: Sender,
    data: PathBuf,
    duty: Option<(Duty, Book)>,
}

impl Court {
    fn open(config: &Config, sender: Sender) -> Result<Self, MinerError> {
        let Config { jury, data, .. } = config;
        let duty = sender.client().network().court.map(|court| {
            let examiner = Examiner::new(config.engine.clone(), jury.calibrations.clone());
            Duty::open(data, court, config.signer.address(), examiner, jury.takes_part)
        });
        Ok(Self { sender, data: data.clone(), duty: duty.transpose()? })
    }

    /// The part that follows the court; `None` on a network without one.
    fn follow(self, shared: &Arc<Shared>) -> Option<Follower> {
        let shared = shared.clone();
        Follower::new(self.sender, self.data, Arc::new(move || shared.chain.load_full()), self.duty)
    }
}

/// Lets the machine know that time passes. It runs apart from the chain: there is work even while the chain hangs.
async fn tick(shared: Arc<Shared>, watchdog: Watchdog, done: CancellationToken) {
    let mut interval = time::interval(TICK);
    while done.run_until_cancelled(interval.tick()).await.is_some() {
        watchdog.beat("offers");
        shared.look_at_models();
        shared.act([Input::Tick]);
        if shared.is_alone() {
            clock::settle();
        }
        watchdog.say(&shared.summary());
    }
}

/// The links to coordinators, and the runtime that they are on.
struct Links {
    tasks: JoinSet<()>,
    runtime: Handle,
}

/// Follows the chain and keeps a link to every active coordinator, until the miner is told to stop.
async fn follow_chain(
    shared: &Arc<Shared>,
    mirror: &mut Mirror,
    links: &mut Links,
    watchdog: &Watchdog,
    ready: impl FnOnce(),
) {
    let mut open: HashMap<Address, (String, CancellationToken)> = HashMap::new();
    let mut interval = time::interval(FOLLOW);
    let mut ready = Some(ready);
    while shared.stop.run_until_cancelled(interval.tick()).await.is_some() {
        match shared.stop.run_until_cancelled(watchdog.during("chain", Box::pin(mirror.poll()))).await {
            None => break,
            Some(Ok(update)) => {
                let block = update.registry.block_hash;
                shared.set_chain(ChainView::of(mirror));
                if update.new_block || shared.read(|machine| machine.credits().is_uncertain()) {
                    follow_escrow(shared, mirror.client(), block).await;
                }
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "the chain cannot be read; the last stakes stay in force");
                let chain = shared.chain.load().unreadable(&error);
                shared.chain.store(Arc::new(chain));
            }
        }
        keep_links(shared, &mut open, links);
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

/// Closes the links to coordinators that have left or moved, and opens those that are missing.
fn keep_links(shared: &Arc<Shared>, open: &mut HashMap<Address, (String, CancellationToken)>, links: &mut Links) {
    let chain = shared.chain.load();
    open.retain(|address, (endpoint, stop)| {
        let keep = chain.active(Role::Coordinator, address).is_some_and(|node| node.endpoint.raw() == endpoint);
        if !keep {
            stop.cancel();
        }
        keep
    });
    for node in chain.registry.nodes.values() {
        if chain.active(Role::Coordinator, &node.address).is_some() && !open.contains_key(&node.address) {
            let endpoint = node.endpoint.raw().to_owned();
            let stop = shared.stop.child_token();
            let link = links::keep(shared.clone(), node.address, endpoint.clone(), stop.clone());
            links.tasks.spawn_on(link, &links.runtime);
            open.insert(node.address, (endpoint, stop));
        }
    }
}

/// Reads the escrow of the coordinators that pay, and what they have settled. Where it cannot be read the last state stays in
/// force.
async fn follow_escrow(shared: &Arc<Shared>, client: &Client, block: B256) {
    let miner = shared.signer.address();
    let debtors: Vec<_> = shared.read(|machine| machine.credits().debtors().collect());
    for coordinator in debtors {
        let cover = async {
            let escrow = client.prepaid(coordinator, block).await?;
            let account = Settlement::accountOfCall { coordinator, miner };
            let settlement = client.network().settlement;
            let account = client.read_at_block(settlement, &account, block).await?;
            let claimed = Settlement::claimedUpToCall { coordinator, miner, number: MAX_TICKET };
            let settled = U256::from(account.settled) + client.read_at_block(settlement, &claimed, block).await?;
            Ok::<_, ChainError>(Cover { escrow, settled: settled.saturating_to() })
        };
        match shared.stop.run_until_cancelled(cover).await {
            Some(Ok(cover)) => shared.act([Input::Cover { coordinator, cover }]),
            Some(Err(error)) => tracing::warn!(%coordinator, %error, "the escrow of a coordinator cannot be read"),
            None => return,
        }
    }
}

async fn sample_devices(shared: Arc<Shared>, watchdog: Watchdog, done: CancellationToken) {
    let mut probe = Some(device::detect());
    let mut interval = time::interval(SAMPLE);
    while done.run_until_cancelled(interval.tick()).await.is_some() {
        watchdog.beat("devices");
        let Some(mut taken) = probe.take() else { return };
        // Drivers can take their time.
        let sampled = tokio::task::spawn_blocking(move || {
            let devices = taken.sample();
            (taken, devices)
        });
        let Ok((returned, devices)) = sampled.await else {
            tracing::error!("the devices can no longer be read");
            return;
        };
        probe = Some(returned);
        shared.act([Input::Devices(devices.into_iter().map(Into::into).collect())]);
    }
}
