//! The state that all parts of a miner share.

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
    chain::{Network, Node, Registry},
    contract::Role,
    message::Domain,
    status::TaskRow,
    task::{Kind, Millis, Stage},
    wire::{self, FrameError},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    board::{Board, RECENT},
    credit::Purse,
    log_heads::Heads,
    signed_record::Store,
    slots::Grants,
};
use crate::host::clock;

#[derive(Clone, Debug)]
pub(super) struct ChainView {
    pub(super) registry: Arc<Registry>,
    pub(super) coordinators: Arc<cuckoo_protocol::assign::Snapshot>,
    pub(super) epoch: u64,
    pub(super) problem: Option<String>,
}

impl ChainView {
    pub(super) fn coordinator(&self, address: &Address) -> Option<&Node> {
        self.registry.node(address).filter(|node| node.role == Role::Coordinator && node.active)
    }

    /// What an active coordinator weighs in draws. One that registered in this epoch weighs what it weighs now until the next one.
    pub(super) fn weight(&self, coordinator: &Address) -> Option<u128> {
        let node = self.coordinator(coordinator)?;
        let in_force = self.coordinators.miners.iter().find(|(address, _)| address == coordinator);
        Some(in_force.map_or(node.weight, |(_, weight)| *weight))
    }
}

/// What every part of the miner shares.
pub(super) struct Shared {
    pub(super) network: Network,
    pub(super) domain: Domain,
    pub(super) signer: Secp256k1Signer,
    pub(super) engine: Arc<dyn Engine>,
    /// Manifest and kind by model.
    pub(super) models: HashMap<String, (B256, Kind)>,
    pub(super) grants: Mutex<Grants>,
    pub(super) store: Store,
    pub(super) heads: Mutex<Heads>,
    pub(super) purse: Mutex<Purse>,
    pub(super) chain: ArcSwap<ChainView>,
    pub(super) board: Mutex<Board>,
    pub(super) changed: watch::Sender<u64>,
    pub(super) started_at: Millis,
    pub(super) failure: OnceLock<String>,
    pub(super) stop: CancellationToken,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn grants(&self) -> MutexGuard<'_, Grants> {
        lock(&self.grants)
    }

    pub(super) fn purse(&self) -> MutexGuard<'_, Purse> {
        lock(&self.purse)
    }

    /// Keeps what a coordinator says about its assignment log; an old coordinator says nothing.
    pub(super) fn note_head(&self, coordinator: Address, ping: &wire::Ping) -> Result<(), FrameError> {
        if ping.log_head.is_empty() {
            return Ok(());
        }
        let head = wire::b256(&ping.log_head, "log_head")?;
        if let Err(error) = lock(&self.heads).note(coordinator, ping.log_entries, head) {
            tracing::warn!(%error, "the head of an assignment log cannot be kept");
        }
        Ok(())
    }

    pub(super) fn manifest(&self, model: &str) -> Option<B256> {
        self.models.get(model).map(|(manifest, _)| *manifest)
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn board(&self, change: impl FnOnce(&mut Board)) {
        let mut board = lock(&self.board);
        change(&mut board);
        board.generation += 1;
    }

    pub(super) fn connected(&self, coordinator: Address, connected: bool) {
        self.board(|board| {
            board.connected.insert(coordinator, connected);
        });
    }

    /// A coordinator gives it nothing for a while, and says why; or is a link again.
    pub(super) fn suspended(&self, coordinator: Address, reason: Option<String>) {
        self.board(|board| match reason {
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

    /// What a coordinator may have at the moment; nothing while the engine cannot work or nothing can be signed, or where it does
    /// not pay.
    pub(super) fn granted(&self, coordinator: &Address) -> Vec<(String, u32, u32)> {
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
    pub(super) fn reconsider(&self, coordinator: &Address) {
        if self.purse().complains(coordinator) {
            self.offer_again();
        }
    }

    /// Coordinators are told what they may have now.
    pub(super) fn offer_again(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn slots(&self, granted: Vec<(String, u32, u32)>, sequence: u64) -> wire::Slots {
        let model = |(name, granted, capacity): (String, u32, u32)| {
            let (manifest, kind) = self.models.get(&name).copied().unwrap_or_default();
            wire::ModelSlots { name, manifest: manifest.to_vec(), granted, capacity, kind: kind as u32 }
        };
        let devices = lock(&self.board).devices.clone();
        wire::Slots { models: granted.into_iter().map(model).collect(), devices, sequence }
    }

    pub(super) fn started(&self, task: TaskId, model: &str, attempt: u32) {
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

    pub(super) fn progressed(&self, task: &TaskId, tokens: u32) {
        self.board(|board| {
            if let Some(row) = board.running.get_mut(task) {
                row.first_token_at.get_or_insert_with(clock::now);
                row.completion_tokens = tokens;
            }
        });
    }

    pub(super) fn ended(&self, task: &TaskId, done: bool) {
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

    pub(super) fn is_ready(&self) -> bool {
        self.engine.is_ready() && !self.linked().is_empty()
    }

    /// The active coordinators that it is logged in at, with their weights.
    pub(super) fn linked(&self) -> Vec<(Address, u128)> {
        let chain = self.chain.load();
        let board = lock(&self.board);
        let connected = board.connected.iter().filter(|(_, connected)| **connected);
        connected.filter_map(|(address, _)| Some((*address, chain.weight(address)?))).collect()
    }

    /// Offers the free places anew, to coordinators drawn by their weight.
    pub(super) fn draw(&self) {
        let linked = self.linked();
        self.grants().draw(&linked, &mut rand::rng());
        self.offer_again();
        self.board(|_| {});
    }

    /// Free places by model, where it could take work.
    pub(super) fn free(&self) -> Vec<(String, u32, u32)> {
        let mut models = self.grants().free();
        for (model, free, _) in &mut models {
            if !self.can_run(model) {
                *free = 0;
            }
        }
        models
    }

    /// The engine works, and what it makes can be signed.
    pub(super) fn can_run(&self, model: &str) -> bool {
        self.store.trouble().is_none() && self.engine.is_ready_for(model)
    }

    /// How it goes, in a line.
    pub(super) fn line(&self) -> String {
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
    pub(super) fn problem(&self) -> Option<String> {
        let disk = self.store.trouble().map(|trouble| format!("nothing can be signed: {trouble}"));
        let of_model = |model: &String| Some(format!("{model}: {}", self.engine.trouble(model)?));
        let mut models: Vec<_> = self.models.keys().filter_map(of_model).collect();
        models.sort_unstable();
        let problems: Vec<_> = disk.into_iter().chain(models).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    }
}
