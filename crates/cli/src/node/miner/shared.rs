//! What all parts of a miner share. The machine is behind a lock that is held for moments, never while something waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use alloy::{primitives::Address, signers::local::Secp256k1Signer};
use arc_swap::ArcSwap;
use cuckoo_gpu::Engine;
use cuckoo_protocol::{
    chain::Network,
    evidence::Bundle,
    harmless,
    manifest::ModelManifest,
    message::Domain,
    miner::{Completed, Identity, Input, LeaseId, Link, Miner, Model},
    task::{Millis, ReceiptRecord},
    wire::{self, FrameError},
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{
    config::Config,
    decisions::Decisions,
    generate::{Draft, Hears},
    log_heads::LogHeads,
    outbox::Outbox,
    signed_record::{Kept, Queue, Recorded},
};
use crate::{
    host::clock,
    node::{chain_view::ChainView, chronicle::Chronicle, court::Shown, evidence, failpoint},
};

pub(super) struct Shared {
    pub(super) network: Network,
    pub(super) domain: Domain,
    pub(super) signer: Secp256k1Signer,
    pub(super) engine: Arc<dyn Engine>,
    /// The models' names, in order.
    models: Vec<String>,
    pub(super) record: Arc<Queue>,
    pub(super) chain: ArcSwap<ChainView>,
    /// What dashboards show of the court.
    pub(super) cases: Arc<Shown>,
    /// Coordinators that have settled past what they acknowledged, each with what people are told of it.
    pub(super) voided: ArcSwap<Vec<(Address, String)>>,
    pub(super) started_at: Millis,
    /// What is remembered for dashboards.
    pub(super) chronicle: Chronicle,
    /// Why the miner has to end, if it has to.
    pub(super) failure: OnceLock<String>,
    pub(super) stop: CancellationToken,
    decisions: Mutex<Decisions>,
    manifests: HashMap<String, ModelManifest>,
    /// Where evidence is kept, if it is.
    evidence: Option<evidence::Queue>,
    log_heads: Mutex<LogHeads>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hears for Shared {
    fn hears(self: &Arc<Self>, input: Input) {
        if matches!(input, Input::Failed { .. }) {
            // Coordinators learn at once when no slots are left.
            self.look_at_models();
        }
        self.act([input]);
    }

    fn answered(self: &Arc<Self>, lease: LeaseId, draft: Draft) {
        if self.evidence.is_some() {
            lock(&self.decisions).answered(lease, draft);
        }
    }
}

impl Shared {
    /// `kept` is what earlier processes have kept; the engine's tasks run on `runtime`.
    pub(super) fn new(
        config: Config,
        kept: &Kept,
        evidence: Option<evidence::Queue>,
        chain: ChainView,
        runtime: Handle,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let model = |served: cuckoo_gpu::ServedModel| Model {
            class: served.class,
            context: served.context_length,
            examines: served.examines,
            tokenises: served.tokenises,
            ..Model::new(served.manifest, served.kind, served.slots)
        };
        let served = config.engine.models().into_iter();
        let manifests = served.map(|served| (served.manifest.name.clone(), served.manifest)).collect();
        let models = config.engine.models().into_iter().map(model).collect();
        let domain = config.network.domain();
        let identity = Identity { address: config.signer.address(), models, terms: config.terms, domain };
        let machine = Miner::new(identity, &kept.vouchers, &kept.claims, &kept.acknowledgements);
        let record: Arc<Queue> = Arc::default();
        let shared = Arc::new(Self {
            domain,
            network: config.network,
            signer: config.signer.into_secp256k1(),
            models: machine.models().iter().map(|model| model.name().to_owned()).collect(),
            chain: ArcSwap::default(),
            cases: Arc::default(),
            voided: ArcSwap::default(),
            started_at: clock::now(),
            chronicle: Chronicle::open(&config.data),
            failure: OnceLock::new(),
            stop,
            decisions: Mutex::new(Decisions::new(machine, config.engine.clone(), record.clone(), runtime)),
            record,
            manifests,
            evidence,
            log_heads: Mutex::new(LogHeads::new(config.data)),
            engine: config.engine,
        });
        shared.set_chain(chain);
        shared.look_at_models();
        shared
    }

    /// Takes in what has happened, and does what follows.
    pub(super) fn act(self: &Arc<Self>, inputs: impl IntoIterator<Item = Input>) {
        lock(&self.decisions).act(self, inputs);
    }

    /// Reads the machine.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Miner) -> T) -> T {
        read(&lock(&self.decisions).machine)
    }

    /// A session with a coordinator has begun, whose frames are sent from this outbox.
    pub(super) fn open(self: &Arc<Self>, link: Link, outbox: Arc<Outbox>, welcome: Input) {
        let mut decisions = lock(&self.decisions);
        decisions.open(link.coordinator, outbox);
        decisions.act(self, [welcome]);
    }

    /// Keeps what proves the answers whose receipts are signed now.
    fn keep_evidence(&self, outcomes: &[Recorded]) {
        let Some(evidence) = &self.evidence else { return };
        let mut decisions = lock(&self.decisions);
        let drafts: Vec<_> = outcomes.iter().map(|(lease, _)| decisions.signed(lease)).collect();
        drop(decisions);
        let signed = drafts.into_iter().zip(outcomes).filter_map(|(draft, (_, signature))| {
            let (draft, signature) = (draft?, signature.as_ref().ok()?);
            let manifest = self.manifests.get(&draft.request.model)?.clone();
            let Completed { ticket, ticket_signature, receipt, .. } = draft.completed;
            let record = ReceiptRecord {
                chain_id: self.domain.chain_id(),
                settlement: self.domain.contract(),
                ticket,
                ticket_signature,
                receipt,
                receipt_signature: signature.clone(),
                salt: draft.salt,
                token_ids: draft.token_ids,
            };
            let (messages, sampling) = (draft.request.messages, draft.request.sampling);
            let (text, log_probabilities, class) = (draft.text, draft.log_probabilities, draft.class);
            Some(Bundle { record, text, manifest, messages, sampling, log_probabilities, class })
        });
        signed.for_each(|bundle| evidence.add(evidence::Answer::Signed(Box::new(bundle))));
    }

    /// What came of receipts that were to be signed.
    pub(super) fn recorded(self: &Arc<Self>, outcomes: Vec<Recorded>) {
        failpoint::point(failpoint::SIGN_AFTER);
        self.keep_evidence(&outcomes);
        if self.record.problem().is_some() {
            // Coordinators learn that there are no slots now.
            self.look_at_models();
        }
        self.act(outcomes.into_iter().map(|(lease, signature)| Input::Recorded {
            lease,
            signature: signature.map_err(|error| error.to_string()),
        }));
    }

    /// Tells the machine which models can run: their engine works, and what they make can be signed.
    pub(super) fn look_at_models(self: &Arc<Self>) {
        let can_sign = self.record.problem().is_none();
        let capable = self.models.iter().filter(|model| can_sign && self.engine.is_ready_for(model)).cloned();
        self.act([Input::Capable(capable.collect())]);
    }

    /// Takes in the chain as it was last read.
    pub(super) fn set_chain(self: &Arc<Self>, chain: ChainView) {
        let before = self.chain.swap(Arc::new(chain));
        let chain = self.chain.load();
        let is_same =
            Arc::ptr_eq(&before.registry, &chain.registry) && Arc::ptr_eq(&before.coordinators, &chain.coordinators);
        if !is_same {
            self.act([Input::Coordinators(chain.coordinator_weights())]);
        }
    }

    /// Notes why a coordinator assigns nothing to this miner, or that it does again.
    pub(super) fn complain(self: &Arc<Self>, coordinator: Address, complaint: Option<String>) {
        self.act([Input::Complaint { coordinator, complaint }]);
    }

    /// Ends the miner with a reason.
    pub(super) fn fail(&self, reason: String) {
        // The first reason is the one that counts.
        let _ = self.failure.set(reason);
        self.stop.cancel();
    }

    /// Gives up all that the engine runs.
    pub(super) fn give_up(&self) {
        lock(&self.decisions).stop();
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

    pub(super) fn is_ready(&self) -> bool {
        self.engine.is_ready() && self.read(Miner::linked) > 0
    }

    /// True while it is in contact with no coordinator and works for none.
    pub(super) fn is_alone(&self) -> bool {
        self.read(|machine| machine.linked() == 0 && machine.running() == 0)
    }

    /// The miner's state in one line, for the service manager.
    pub(super) fn summary(&self) -> String {
        let (running, linked) = self.read(|machine| (machine.running(), machine.linked()));
        if self.stop.is_cancelled() {
            return format!("shutting down; tasks to finish: {running}");
        }
        match self.problem() {
            Some(problem) => harmless(&problem),
            None if linked == 0 => "no coordinator can be reached".into(),
            None => format!("tasks: {running}; coordinators: {linked}"),
        }
    }

    /// What keeps the miner from working for any coordinator.
    pub(super) fn problem(&self) -> Option<String> {
        let record = self.record.problem().map(|problem| format!("nothing can be signed: {problem}"));
        let of_model = |model: &String| Some(format!("{model}: {}", self.engine.trouble(model)?));
        let problems: Vec<_> = record.into_iter().chain(self.models.iter().filter_map(of_model)).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    }
}
