//! A machine with what tests need around it: a clock, a source of randomness, and what its effects have told so far.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use alloy::primitives::{Address, B256, Bytes, keccak256};

use crate::{
    assign::{
        Snapshot,
        log::{self, Record},
        seed::Seeds,
    },
    coordinator::{
        Answer, Checkpoint, Coordinator, Effect, Event, Finished, Gate, Identity, Input, Interest, LeaseId, Limits,
        LogEnd, Offer, Offered, Policy, Prices, Session, SubmitError,
    },
    entropy::Entropy,
    manifest::{ModelManifest, Proof},
    message::Domain,
    price::Rate,
    task::{
        self, ChatMessage, ChatRole, FinishReason, Kind, Micros, Millis, Outcome, ReceiptRecord, Sampling, State,
        TaskId, TaskSpec,
    },
};

/// A counter, hashed.
#[derive(Clone, Debug)]
pub(super) struct Counter(pub(super) u64);

impl Entropy for Counter {
    fn word(&mut self) -> B256 {
        self.0 += 1;
        keccak256(self.0.to_be_bytes())
    }
}

/// Seeds whose chains are made once for all tests: it takes long.
fn seeds() -> [Seeds; 2] {
    static SEEDS: OnceLock<[Seeds; 2]> = OnceLock::new();
    let made = || {
        let seeds = Seeds::new(B256::repeat_byte(7));
        [seeds.audits(), seeds].map(|mut seeds| {
            seeds.chain(0);
            seeds.chain(crate::assign::seed::SPAN);
            seeds
        })
    };
    SEEDS.get_or_init(made).clone()
}

pub(super) fn identity() -> Identity {
    let [audit_seeds, seeds] = seeds();
    Identity {
        address: Address::repeat_byte(0xc0),
        domain: Domain::new(1, Address::ZERO),
        staking: Address::ZERO,
        epoch_seconds: 10,
        seeds,
        max_queue: 10,
        prices: Prices::new([("free".to_owned(), Rate::default())].into(), Rate::new(700, 1_300).expect("a rate")),
        checkpoint_after: 1_000_000,
        gate: Gate::default(),
        audits: Policy::default(),
        uncalibrated: Default::default(),
        audit_seeds,
        calibrations: Default::default(),
        models: Default::default(),
        has_court: true,
    }
}

/// What a miner serves under a name; others with other weights.
pub(super) fn manifest(name: &str, weights: &str) -> Arc<ModelManifest> {
    let (name, weights) = (name.to_owned(), weights.to_owned());
    let (quantisation, engine) = ("none".to_owned(), "engine 1".to_owned());
    Arc::new(ModelManifest { name, weights, quantisation, engine, proof: Proof::Seeded, ..ModelManifest::default() })
}

/// An offer of a model by a miner that examines too.
pub(super) fn offered(model: &str, slots: u32) -> Offered {
    let manifest = manifest(model, "true");
    Offered {
        kind: Kind::Text,
        model: model.into(),
        id: manifest.id(),
        manifest,
        class: "cpu".into(),
        context: 4_096,
        examines: true,
        tokenises: true,
        slots,
        capacity: slots,
    }
}

pub(super) fn miner(number: u8) -> Address {
    Address::repeat_byte(number)
}

pub(super) fn snapshot(epoch: u64) -> Arc<Snapshot> {
    let miners = (1..=5).map(|number| (miner(number), u128::from(number) * 10u128.pow(18))).collect();
    Arc::new(Snapshot { epoch, beacon: B256::left_padding_from(&epoch.to_be_bytes()), miners })
}

pub(in crate::coordinator) fn spec(number: u8) -> TaskSpec {
    TaskSpec {
        id: TaskId(keccak256([number])),
        model: "m".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: "hello".into() }],
        sampling: Sampling {
            max_tokens: 6,
            temperature: Micros(0),
            top_p: Micros::ONE,
            seed: 1,
            ..Sampling::default()
        },
        salt: B256::repeat_byte(number),
        pick_salt: B256::ZERO,
        accepted_at: 0,
        deadline: 1_000_000,
        caller: Some("shop".into()),
        idempotency: None,
        rate: Rate::default(),
        scored: false,
        streamed: false,
        examine: None,
    }
}

/// What a miner delivers: these tokens, each with this log-probability.
pub(super) fn result(ids: &[u32], log_probability: f32) -> Finished {
    let completion_tokens = ids.len() as u32;
    let outcome = Outcome {
        text: format!("{ids:?}"),
        finish: FinishReason::Length,
        stop: None,
        prompt_tokens: 3,
        completion_tokens,
        log_probabilities: vec![log_probability; ids.len()],
        class: "cpu".into(),
        scores: vec![],
        prompt: None,
        receipt: ReceiptRecord {
            chain_id: 1,
            settlement: Address::ZERO,
            ticket: Default::default(),
            ticket_signature: Bytes::new(),
            receipt: Default::default(),
            receipt_signature: Bytes::new(),
            salt: B256::ZERO,
            token_ids: ids.to_vec(),
        },
    };
    Finished { outcome: Arc::new(outcome), digest: B256::ZERO }
}

/// A machine, and what it has said.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) machine: Coordinator,
    pub(super) entropy: Counter,
    pub(super) now: Millis,
    /// What the journal holds.
    pub(super) checkpoint: Checkpoint,
    pub(super) events: Vec<Event>,
    /// The assignment log.
    pub(super) log: Vec<Record>,
    /// Leases that miners were offered and that were not stopped, in order.
    pub(super) offered: Vec<LeaseId>,
    /// All that was ever offered, by task.
    pub(super) offers: HashMap<TaskId, Offer>,
    /// Whether statements are due.
    pub(super) due: bool,
    /// Nothing becomes durable, so that no offer leaves.
    pub(super) stalls: bool,
}

impl World {
    pub(super) fn new(identity: Identity) -> Self {
        Self::recovered(identity, Checkpoint::default(), vec![], vec![], 1)
    }

    /// A machine that starts from a journal and a log.
    pub(super) fn recovered(
        identity: Identity,
        checkpoint: Checkpoint,
        events: Vec<Event>,
        log: Vec<Record>,
        now: Millis,
    ) -> Self {
        let mut end = LogEnd::default();
        log.iter().for_each(|record| end.note(&record.entry));
        let (mut effects, history) = (vec![], (checkpoint.clone(), events.clone()));
        let machine = Coordinator::recover(identity, checkpoint, events, end, now, &mut effects);
        let mut world = Self {
            machine: machine.expect("recovers"),
            entropy: Counter(0),
            now,
            checkpoint: history.0,
            events: history.1,
            log,
            offered: vec![],
            offers: HashMap::new(),
            due: false,
            stalls: false,
        };
        world.hear(&effects);
        world
    }

    /// Ends the process, and starts another one a second later with what was recorded.
    pub(super) fn restart(&mut self) {
        let Self { machine, now, checkpoint, events, log, .. } = self.clone();
        let identity = machine.identity().clone();
        let (entropy, offers) = (self.entropy.clone(), std::mem::take(&mut self.offers));
        *self = Self::recovered(identity, checkpoint, events, log, now + 1_000);
        self.entropy = entropy;
        self.offers = offers;
    }

    fn hear(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Record(event) => self.events.push(event.clone()),
                Effect::Checkpoint(checkpoint) => {
                    self.checkpoint = (**checkpoint).clone();
                    self.events.clear();
                }
                Effect::Log(entry) => {
                    let number = self.log.len() as u64;
                    self.log.push(Record { number, at: self.now, entry: entry.clone() });
                }
                Effect::Offer(offer) => {
                    self.offered.push(offer.lease);
                    self.offers.insert(offer.lease.task, (**offer).clone());
                }
                Effect::Stop { lease } => self.offered.retain(|offered| offered != lease),
                Effect::StatementsDue => {
                    assert!(!self.due, "it was said already");
                    self.due = true;
                }
                _ => {}
            }
        }
    }

    /// One step; its answer and its effects.
    pub(super) fn step(&mut self, input: Input) -> (Answer, Vec<Effect>) {
        let mut effects = vec![];
        if matches!(input, Input::Statements) {
            self.due = false;
        }
        let answer = self.machine.step(input, self.now, &mut self.entropy, &mut effects);
        self.hear(&effects);
        self.give(&effects);
        (answer, effects)
    }

    /// What is to be offered leaves.
    fn give(&mut self, effects: &[Effect]) {
        let leases = effects.iter().filter_map(|effect| match effect {
            Effect::Offer(offer) => Some(offer.lease),
            _ => None,
        });
        let (leases, mut none) = (leases.collect::<Vec<_>>(), vec![]);
        if !leases.is_empty() && !self.stalls {
            self.machine.step(Input::Given { leases }, self.now, &mut self.entropy, &mut none);
            assert_eq!(none, [], "nothing follows from it");
        }
    }

    pub(super) fn submit(&mut self, spec: TaskSpec, interest: Interest) -> Result<TaskId, SubmitError> {
        let input = Input::Submit { tasks: vec![spec.into()], limits: Limits::default(), interest };
        match self.step(input).0 {
            Answer::Submitted(answer) => answer.map(|ids| ids[0]),
            other => panic!("{other:?}"),
        }
    }

    /// Connects a miner that offers slots for the models `m` and `free`.
    pub(super) fn connect(&mut self, node: Address, slots: u32) -> Session {
        let Answer::Connected(session) = self.step(Input::Connect { node }).0 else { panic!("it is a session") };
        self.slots(node, session, slots);
        session
    }

    pub(super) fn slots(&mut self, node: Address, session: Session, slots: u32) -> Vec<Effect> {
        let offers = vec![offered("m", slots), offered("free", slots)];
        self.step(Input::Slots { node, session, offers, devices: vec![] }).1
    }

    /// The newest lease of a task that a miner was offered.
    pub(super) fn lease(&self, task: TaskId) -> LeaseId {
        *self.offered.iter().rfind(|lease| lease.task == task).expect("it is leased")
    }

    /// A result whose receipt answers the ticket of a lease.
    pub(super) fn answering(&self, lease: LeaseId, finished: Finished) -> Finished {
        let Some(offer) = self.offers.get(&lease.task).filter(|offer| offer.lease == lease) else { return finished };
        let mut outcome = (*finished.outcome).clone();
        outcome.receipt.ticket = offer.ticket.clone();
        outcome.receipt.receipt.ticket = keccak256(offer.ticket.number.to_be_bytes());
        Finished { digest: outcome.receipt.hash(), outcome: Arc::new(outcome) }
    }

    /// A lease ends with this result.
    pub(super) fn finish(&mut self, lease: LeaseId, finished: Finished) -> Vec<Effect> {
        let finished = self.answering(lease, finished);
        self.step(Input::Finished { lease, finished: Box::new(finished) }).1
    }

    pub(super) fn state(&self, task: TaskId) -> &State {
        &self.machine.task(&task).expect("it is known").state
    }

    /// Replays the assignment log, and draws everything again.
    pub(super) fn audit_log(&self) -> log::Report {
        let mut head = B256::ZERO;
        let lines = self.log.iter().map(|record| {
            let (line, next) = log::line(&head, record).expect("is written");
            head = next;
            line
        });
        let lines: Vec<_> = lines.collect();
        log::audit(lines.iter().map(String::as_str)).unwrap_or_else(|finding| panic!("{finding}"))
    }

    /// What the journal leads to.
    pub(super) fn replayed(&self) -> Checkpoint {
        let mut replayed = self.checkpoint.clone();
        for event in &self.events {
            replayed.apply(event).expect("it was recorded");
        }
        replayed
    }
}

/// Words for effects, in their order, without those that only tell people.
pub(super) fn kinds(effects: &[Effect]) -> Vec<&'static str> {
    let kind = |effect: &Effect| {
        Some(match effect {
            Effect::Record(Event::Task(task::Event::Accepted { .. })) => "accepted",
            Effect::Record(Event::Task(task::Event::Leased { .. })) => "leased",
            Effect::Record(Event::Task(task::Event::Started { .. })) => "started",
            Effect::Record(Event::Task(task::Event::Done { .. })) => "done",
            Effect::Record(Event::Task(task::Event::Lost { .. })) => "lost",
            Effect::Record(Event::Task(_)) => "record",
            Effect::Record(Event::Audit(_)) => "audit",
            Effect::Record(Event::Bound(_)) => "bound",
            Effect::Log(log::Entry::Picked { .. }) => "picked",
            Effect::Log(log::Entry::Released { .. }) => "released",
            Effect::Log(_) => "log",
            Effect::Checkpoint(_) => "checkpoint",
            Effect::Offer(_) => "offer",
            Effect::Stop { .. } => "stop",
            Effect::Ask { .. } => "ask",
            Effect::Pause { .. } => "pause",
            Effect::Close { .. } => "close",
            Effect::Statement(_) => "statement",
            Effect::Queued(_) => "queued",
            Effect::Ended(_) => "ended",
            Effect::StatementsDue => "due",
            Effect::Examine { .. } => "examine",
            Effect::Unexamine(_) => "unexamine",
            Effect::Confirmed(_) => "confirmed",
            Effect::Mismatch { .. } => "mismatch",
            Effect::Metric(_) | Effect::Notice(_) => return None,
        })
    };
    effects.iter().filter_map(kind).collect()
}
