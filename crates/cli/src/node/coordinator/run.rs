//! Runs a coordinator: opens what it keeps, starts its parts, and drains it at the end.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::{
    primitives::{B256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use arc_swap::ArcSwap;
use cuckoo_protocol::{
    chain::{Client, Mirror, Outbox, Sender},
    contract::Role,
};
use tokio::{net::TcpListener, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::{
    api_keys::{KeyFile, Keyring},
    audit_files::{self, keep_audits},
    config::{Config, StartError},
    core::{Core, Identity, audit::Audits},
    follow_chain::follow_chain,
    http,
    journal::{Journal, JournalError, Opened, Server},
    metrics, settlement,
    shared::{ChainView, Shared},
};
use crate::{
    host::{clock, files},
    node::{listener, operator::Operator, watchdog::Heart},
};

/// How long running tasks may go on after the process is told to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// Events after which a checkpoint takes their place in the journal: those of about 50,000 tasks.
const CHECKPOINT: u64 = 200_000;

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
    let records_path = config.data.join(audit_files::AUDITS);
    core.set_audits(Audits::new(config.audits, audit_files::read_records(&records_path).map_err(file(&records_path))?));
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
