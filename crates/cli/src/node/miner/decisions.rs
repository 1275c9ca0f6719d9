//! The miner's machine and what carries out its decisions: frames are queued, the engine runs, receipts go to the record. Nothing
//! here waits, so that the effects of one step are done before the next one is taken.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy::primitives::Address;
use cuckoo_gpu::Engine;
use cuckoo_protocol::miner::{Effect, Effects, Input, LeaseId, Miner, Notice};
use tokio::{runtime::Handle, task::AbortHandle};
use tokio_util::task::TaskTracker;

use super::{
    generate::{self, Draft, Hears, Run},
    outbox::Outbox,
    signed_record::Queue,
};
use crate::{
    host::clock,
    node::{failpoint, system_random::SystemRandom},
};

/// The machine, and what its effects need.
pub(super) struct Decisions {
    pub(super) machine: Miner,
    engine: Arc<dyn Engine>,
    record: Arc<Queue>,
    /// Where the frames for each coordinator go.
    outboxes: BTreeMap<Address, Arc<Outbox>>,
    /// The engine's runs.
    runs: HashMap<LeaseId, AbortHandle>,
    /// What proves answers that the machine has not heard of yet.
    drafts: HashMap<LeaseId, Draft>,
    /// The same of those whose receipts are being signed.
    signing: HashMap<LeaseId, Draft>,
    tasks: TaskTracker,
    runtime: Handle,
    effects: Effects,
}

impl Decisions {
    /// The engine's tasks run on this runtime.
    pub(super) fn new(machine: Miner, engine: Arc<dyn Engine>, record: Arc<Queue>, runtime: Handle) -> Self {
        let (outboxes, runs, drafts, signing, effects) = Default::default();
        Self { machine, engine, record, outboxes, runs, drafts, signing, tasks: TaskTracker::new(), runtime, effects }
    }

    /// From now on the frames for a coordinator go here.
    pub(super) fn open(&mut self, coordinator: Address, outbox: Arc<Outbox>) {
        self.outboxes.insert(coordinator, outbox);
    }

    /// The machine is about to hear of an answer, which this proves once its receipt is signed.
    pub(super) fn answered(&mut self, lease: LeaseId, draft: Draft) {
        self.drafts.insert(lease, draft);
    }

    /// What proves an answer whose receipt is signed, or will not be.
    pub(super) fn signed(&mut self, lease: &LeaseId) -> Option<Draft> {
        self.signing.remove(lease)
    }

    /// Takes in what has happened, and does what follows. The engine's runs tell the hearer how they go on and end.
    pub(super) fn act(&mut self, hearer: &Arc<impl Hears>, inputs: impl IntoIterator<Item = Input>) {
        let mut effects = std::mem::take(&mut self.effects);
        let mut generated = vec![];
        for input in inputs {
            if let Input::Generated { lease, .. } | Input::Failed { lease, .. } = &input {
                self.runs.remove(lease);
                generated.push(*lease);
            }
            self.machine.step(input, clock::now(), &mut SystemRandom, &mut effects);
        }
        for effect in effects.drain(..) {
            self.perform(hearer, effect);
        }
        self.effects = effects;
        // An answer that nobody wants any more is not signed.
        generated.iter().for_each(|lease| drop(self.drafts.remove(lease)));
    }

    fn perform(&mut self, hearer: &Arc<impl Hears>, effect: Effect) {
        match effect {
            Effect::Send { coordinator, body } => {
                if let Some(outbox) = self.outboxes.get(&coordinator) {
                    outbox.push(body);
                }
            }
            Effect::Start { lease, order, request } => {
                let Some(outbox) = self.outboxes.get(&order.ticket.coordinator) else { return };
                let (hearer, engine, outbox) = (hearer.clone(), self.engine.clone(), outbox.clone());
                let run = generate::run(Run { hearer, engine, lease, order, outbox }, *request);
                let run = self.tasks.spawn_on(run, &self.runtime);
                self.runs.insert(lease, run.abort_handle());
            }
            Effect::Stop { lease } => {
                if let Some(run) = self.runs.remove(&lease) {
                    run.abort();
                }
            }
            Effect::Record { lease, completed } => {
                failpoint::point(failpoint::SIGN_BEFORE);
                if let Some(draft) = self.drafts.remove(&lease) {
                    self.signing.insert(lease, draft);
                }
                self.record.sign(lease, *completed);
            }
            Effect::Keep(voucher) => {
                failpoint::point(failpoint::KEEP);
                self.record.keep(*voucher);
            }
            Effect::KeepRefused(voucher) => self.record.suspect(*voucher),
            Effect::KeepAcknowledgement(acknowledgement) => self.record.note(*acknowledgement),
            Effect::Part { coordinator } => {
                if let Some(outbox) = self.outboxes.get(&coordinator) {
                    outbox.end();
                }
            }
            Effect::Notice(notice) => tell(&notice),
        }
    }

    /// Gives up all that the engine runs.
    pub(super) fn stop(&mut self) {
        self.runs.drain().for_each(|(_, run)| run.abort());
    }
}

fn tell(notice: &Notice) {
    match notice {
        Notice::Agrees { .. } => tracing::info!("{notice}"),
        Notice::Voucher { .. } | Notice::Acknowledgement { .. } => tracing::error!("{notice}"),
        Notice::Objects { .. } | Notice::NoResult { .. } => tracing::warn!("{notice}"),
    }
}
