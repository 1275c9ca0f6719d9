//! The state that all parts of a miner share, behind locks that are held for moments.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use alloy::{
    primitives::{Address, B256},
    signers::local::Secp256k1Signer,
};
use arc_swap::ArcSwap;
use cuckoo_gpu::Engine;
use cuckoo_protocol::{
    TaskId, Untrusted,
    chain::Network,
    message::Domain,
    task::{Kind, Millis},
    wire::{self, FrameError},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    board::Board,
    config::Config,
    credit::Credits,
    log_heads::LogHeads,
    signed_record::SignedRecord,
    slots::{ModelSlots, Slots},
};
use crate::{host::clock, node::chain_view::ChainView};

pub(super) struct Shared {
    pub(super) network: Network,
    pub(super) domain: Domain,
    pub(super) signer: Secp256k1Signer,
    pub(super) engine: Arc<dyn Engine>,
    /// Manifest and kind by model.
    pub(super) models: HashMap<String, (B256, Kind)>,
    pub(super) record: SignedRecord,
    pub(super) chain: ArcSwap<ChainView>,
    pub(super) started_at: Millis,
    /// Why the miner has to end, if it has to.
    pub(super) failure: OnceLock<String>,
    pub(super) stop: CancellationToken,
    slots: Mutex<Slots>,
    log_heads: Mutex<LogHeads>,
    credits: Mutex<Credits>,
    board: Mutex<Board>,
    offers: watch::Sender<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(config: Config, mut record: SignedRecord, chain: ChainView, stop: CancellationToken) -> Self {
        let (domain, miner) = (config.network.domain(), config.signer.address());
        let (vouchers, claims) = record.take_kept();
        let credits = Credits::new(&vouchers, &claims, config.terms, domain, miner);
        let served = config.engine.models();
        let models =
            served.iter().map(|model| (model.manifest.name.clone(), (model.manifest.id(), model.kind))).collect();
        let slots = Slots::new(served.into_iter().map(|model| (model.manifest.name, model.slots)));
        Self {
            network: config.network,
            domain,
            signer: config.signer.into_secp256k1(),
            engine: config.engine,
            models,
            record,
            chain: ArcSwap::from_pointee(chain),
            started_at: clock::now(),
            failure: OnceLock::new(),
            stop,
            slots: Mutex::new(slots),
            log_heads: Mutex::new(LogHeads::new(config.data)),
            credits: Mutex::new(credits),
            board: Mutex::default(),
            offers: watch::Sender::new(0),
        }
    }

    pub(super) fn slots(&self) -> MutexGuard<'_, Slots> {
        lock(&self.slots)
    }

    pub(super) fn credits(&self) -> MutexGuard<'_, Credits> {
        lock(&self.credits)
    }

    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }

    pub(super) fn change_board(&self, change: impl FnOnce(&mut Board)) {
        let mut board = self.board();
        change(&mut board);
        board.generation += 1;
    }

    pub(super) fn generation(&self) -> u64 {
        self.board().generation
    }

    /// Keeps what a coordinator says about its assignment log; an old coordinator says nothing.
    pub(super) fn note_log_head(&self, coordinator: Address, ping: &wire::Ping) -> Result<(), FrameError> {
        if ping.log_head.is_empty() {
            return Ok(());
        }
        let head = wire::b256(&ping.log_head, "log_head")?;
        if let Err(error) = lock(&self.log_heads).note(coordinator, ping.log_entries, head) {
            tracing::warn!(%coordinator, %error, "the head of an assignment log cannot be written down");
        }
        Ok(())
    }

    pub(super) fn manifest(&self, model: &str) -> Option<B256> {
        self.models.get(model).map(|(manifest, _)| *manifest)
    }

    /// Changes whenever coordinators may have other slots than before.
    pub(super) fn offers(&self) -> watch::Receiver<u64> {
        self.offers.subscribe()
    }

    pub(super) fn set_connected(&self, coordinator: Address, connected: bool) {
        self.change_board(|board| {
            board.connected.insert(coordinator, connected);
        });
    }

    /// Notes why a coordinator assigns nothing to this miner, or that it does again.
    pub(super) fn set_suspended(&self, coordinator: Address, reason: Option<String>) {
        self.change_board(|board| match reason {
            Some(reason) => drop(board.suspended.insert(coordinator, reason)),
            None => drop(board.suspended.remove(&coordinator)),
        });
    }

    /// Ends the miner with a reason.
    pub(super) fn fail(&self, reason: String) {
        // The first reason is the one that counts.
        let _ = self.failure.set(reason);
        self.stop.cancel();
    }

    /// The leases that a coordinator may have at once. There are none while the engine cannot work or nothing can be signed,
    /// and none for a coordinator that does not pay.
    pub(super) fn slots_of(&self, coordinator: &Address) -> Vec<ModelSlots> {
        let mut models = self.slots().of(coordinator);
        let mut credits = self.credits();
        for ModelSlots { model, slots, .. } in &mut models {
            if !self.can_run(model) || credits.objection(coordinator, model, 0).is_some() {
                *slots = 0;
            }
        }
        models
    }

    /// The free slots of each model that could take work.
    pub(super) fn free_slots(&self) -> Vec<ModelSlots> {
        let mut models = self.slots().free();
        for ModelSlots { model, slots, .. } in &mut models {
            if !self.can_run(model) {
                *slots = 0;
            }
        }
        models
    }

    /// Offers slots at once to a coordinator that had none because it had not paid.
    pub(super) fn reconsider(&self, coordinator: &Address) {
        if self.credits().objects_to(coordinator) {
            self.offer_again();
        }
    }

    /// Has every link tell its coordinator which slots it has now.
    pub(super) fn offer_again(&self) {
        self.offers.send_modify(|count| *count += 1);
    }

    pub(super) fn slots_frame(&self, models: Vec<ModelSlots>, sequence: u64) -> wire::Slots {
        let model = |ModelSlots { model, slots, total }: ModelSlots| {
            let (manifest, kind) = self.models.get(&model).copied().unwrap_or_default();
            let manifest = manifest.to_vec();
            wire::ModelSlots { name: model, manifest, granted: slots, capacity: total, kind: kind as u32 }
        };
        let devices = self.board().devices.clone();
        wire::Slots { models: models.into_iter().map(model).collect(), devices, sequence }
    }

    pub(super) fn end_task(&self, task: &TaskId, done: bool) {
        self.change_board(|board| board.end(task, done, clock::now()));
        self.offer_again();
    }

    pub(super) fn is_ready(&self) -> bool {
        self.engine.is_ready() && !self.linked().is_empty()
    }

    /// The active coordinators at which the miner is logged in, with their weights.
    fn linked(&self) -> Vec<(Address, u128)> {
        let chain = self.chain.load();
        let board = self.board();
        let connected = board.connected.iter().filter(|(_, connected)| **connected);
        connected.filter_map(|(address, _)| Some((*address, chain.coordinator_weight(address)?))).collect()
    }

    /// Draws by weight which coordinators are offered the free slots.
    pub(super) fn draw(&self) {
        let linked = self.linked();
        self.slots().draw(&linked, &mut rand::rng());
        self.offer_again();
        self.change_board(|_| {});
    }

    /// True while the engine works and its results can be signed.
    fn can_run(&self, model: &str) -> bool {
        self.record.problem().is_none() && self.engine.is_ready_for(model)
    }

    /// The miner's state in one line, for the service manager.
    pub(super) fn summary(&self) -> String {
        let (running, linked) = (self.slots().running(), self.linked().len());
        if self.stop.is_cancelled() {
            return format!("shutting down; tasks to finish: {running}");
        }
        match self.problem() {
            Some(problem) => Untrusted::new(problem).to_string(),
            None if linked == 0 => "no coordinator can be reached".into(),
            None => format!("tasks: {running}; coordinators: {linked}"),
        }
    }

    /// What keeps the miner from working for any coordinator.
    pub(super) fn problem(&self) -> Option<String> {
        let record = self.record.problem().map(|problem| format!("nothing can be signed: {problem}"));
        let of_model = |model: &String| Some(format!("{model}: {}", self.engine.trouble(model)?));
        let mut models: Vec<_> = self.models.keys().filter_map(of_model).collect();
        models.sort_unstable();
        let problems: Vec<_> = record.into_iter().chain(models).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    }
}
