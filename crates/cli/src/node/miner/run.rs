//! A miner from its start to its end: it follows the chain, keeps a link to every coordinator and offers its slots.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use alloy::primitives::{Address, B256};
use arc_swap::ArcSwap;
use cuckoo_gpu::device;
use cuckoo_protocol::{
    U256,
    chain::{ChainError, Client, Mirror},
    contract::{Role, Settlement},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::{
    admin,
    config::{Config, MinerError},
    credit::{Cover, Purse},
    links,
    log_heads::Heads,
    shared::{ChainView, Shared},
    signed_record::Store,
    slots::Grants,
};
use crate::{
    host::clock,
    node::{
        listener,
        operator::Operator,
        watchdog::{self, Watchdog},
    },
};

/// How long running tasks may go on after the miner is told to stop.
const DRAIN: Duration = Duration::from_secs(60);
/// How often free places are offered anew; also at once when a coordinator is connected.
const DRAW: Duration = Duration::from_secs(1);
/// How often the chain is looked at.
const FOLLOW: Duration = Duration::from_secs(1);

/// Runs a miner until `cancel`, then lets it finish what it has. `ready` is called once, when it is logged in somewhere.
pub async fn run(
    config: Config,
    watchdog: Watchdog,
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
    let router = admin::router(shared.clone()).merge(operator.router());
    let done = CancellationToken::new();
    let mut parts = JoinSet::new();
    parts.spawn(listener::serve(listener, router, done.clone()));
    parts.spawn(watch_devices(shared.clone(), watchdog.clone(), done.clone()));
    parts.spawn(offer(shared.clone(), watchdog.clone(), done.clone()));
    let mut links = JoinSet::new();
    tracing::info!(node = %own, admin = %address, "the miner has started");
    tokio::select! {
        () = lead(&shared, &mut mirror, &mut links, &watchdog, ready) => {}
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
        () = watchdog.during("chain", drained) => {}
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
async fn offer(shared: Arc<Shared>, watchdog: Watchdog, done: CancellationToken) {
    let mut interval = time::interval(DRAW);
    while done.run_until_cancelled(interval.tick()).await.is_some() {
        watchdog.beat("offers");
        shared.draw();
        watchdog.say(&shared.line());
    }
}

/// Follows the chain and keeps a link to every active coordinator, until told to stop.
async fn lead(
    shared: &Arc<Shared>,
    mirror: &mut Mirror,
    links: &mut JoinSet<()>,
    watchdog: &Watchdog,
    ready: impl FnOnce(),
) {
    let mut open: HashMap<Address, (String, CancellationToken)> = HashMap::new();
    let mut interval = time::interval(FOLLOW);
    let mut ready = Some(ready);
    while shared.stop.run_until_cancelled(interval.tick()).await.is_some() {
        match shared.stop.run_until_cancelled(watchdog.during("chain", mirror.poll())).await {
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

async fn watch_devices(shared: Arc<Shared>, watchdog: Watchdog, done: CancellationToken) {
    let mut probe = Some(device::detect());
    let mut interval = time::interval(Duration::from_secs(2));
    while done.run_until_cancelled(interval.tick()).await.is_some() {
        watchdog.beat("devices");
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
