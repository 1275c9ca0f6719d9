//! What the coordinator's decisions cost: an epoch and a block with 100,000 nodes, and a task from its submission to its end.
//!
//! Only the machine's steps are timed: what edges prepare (hashing a prompt, checking a receipt) and what is done with the effects
//! (writing, signing, sending) happens elsewhere.

#![allow(missing_docs, clippy::print_stdout)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256, Bytes, keccak256};
use cuckoo_protocol::{
    TaskId,
    assign::{Snapshot, seed::Seeds},
    coordinator::{
        Answer, Checkpoint, Coordinator, Effect, Finished, Funds, Gate, Identity, Input, Interest, LeaseId, Limits,
        LogEnd, Offered, Policy, Prices, Submission,
    },
    entropy::Entropy,
    manifest::{ModelManifest, Proof},
    message::Domain,
    price::Rate,
    task::{ChatMessage, ChatRole, FinishReason, Kind, Micros, Outcome, ReceiptRecord, Sampling, TaskSpec},
};

/// Rounds per figure; the median is shown.
const ROUNDS: usize = 15;
/// Registered miners.
const NODES: usize = 100_000;
/// Tasks per figure; the median is shown.
const CYCLES: u64 = 30_000;
/// Models that every connected miner offers.
const MODELS: [&str; 5] = ["small", "medium", "large", "huge", "tiny"];

struct Counter(u64);

impl Entropy for Counter {
    fn word(&mut self) -> B256 {
        self.0 += 1;
        keccak256(self.0.to_be_bytes())
    }
}

struct World {
    machine: Coordinator,
    entropy: Counter,
    effects: Vec<Effect>,
    now: u64,
    tasks: u64,
}

fn address(index: usize) -> Address {
    Address::from_word(keccak256(index.to_be_bytes()))
}

fn manifest(name: &str) -> Arc<ModelManifest> {
    Arc::new(ModelManifest { name: name.to_owned(), proof: Proof::Seeded, ..ModelManifest::default() })
}

fn snapshot(nodes: usize, epoch: u64) -> Arc<Snapshot> {
    let mut miners: Vec<_> =
        (0..nodes).map(|index| (address(index), (20_000 + index as u128) * 10u128.pow(18))).collect();
    miners.sort_unstable();
    Arc::new(Snapshot { epoch, beacon: keccak256(epoch.to_be_bytes()), miners })
}

impl World {
    fn new(nodes: usize, connected: usize, slots: u32) -> Self {
        let identity = Identity {
            address: Address::repeat_byte(1),
            domain: Domain::new(1, Address::ZERO),
            staking: Address::ZERO,
            epoch_seconds: 3_600,
            seeds: Seeds::new(B256::repeat_byte(7)),
            max_queue: 100_000,
            prices: Prices::new(Default::default(), Rate::new(1_000, 4_000).expect("a rate")),
            checkpoint_after: 200_000,
            gate: Gate::default(),
            audits: Policy { first: 0, percent: 1 },
            uncalibrated: Default::default(),
            audit_seeds: Seeds::new(B256::repeat_byte(7)).audits(),
            calibrations: Default::default(),
            models: Default::default(),
            has_court: true,
        };
        let mut effects = vec![];
        let machine =
            Coordinator::recover(identity, Checkpoint::default(), vec![], LogEnd::default(), 1_000, &mut effects);
        let mut world = Self { machine: machine.expect("starts"), entropy: Counter(0), effects, now: 1_000, tasks: 0 };
        world.step(Input::Snapshot(snapshot(nodes, 1)));
        world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
        for index in 0..connected {
            let node = address(index * (nodes / connected));
            let Answer::Connected(session) = world.step(Input::Connect { node }) else { continue };
            let offer = |model: &&str| Offered {
                kind: Kind::Text,
                model: (*model).into(),
                id: manifest(model).id(),
                manifest: manifest(model),
                class: "cpu-f32".into(),
                context: 4_096,
                examines: false,
                tokenises: false,
                slots,
                capacity: slots,
            };
            let offers = MODELS.iter().map(offer).collect();
            world.step(Input::Slots { node, session, offers, devices: vec![] });
        }
        world.effects.clear();
        world
    }

    fn step(&mut self, input: Input) -> Answer {
        self.machine.step(input, self.now, &mut self.entropy, &mut self.effects)
    }

    /// A request whose prompt is hashed already.
    fn submission(&mut self) -> Submission {
        self.tasks += 1;
        self.now += 1;
        Submission::from(TaskSpec {
            id: TaskId(keccak256(self.tasks.to_le_bytes())),
            model: MODELS[self.tasks as usize % MODELS.len()].into(),
            messages: vec![ChatMessage { role: ChatRole::User, content: "What is the capital of France?".into() }],
            sampling: Sampling { max_tokens: 64, temperature: Micros::ONE, top_p: Micros::ONE, ..Sampling::default() },
            salt: B256::ZERO,
            pick_salt: B256::ZERO,
            accepted_at: self.now,
            deadline: self.now + 300_000,
            caller: Some("shop".into()),
            idempotency: None,
            rate: Rate::default(),
            scored: false,
            streamed: false,
            examine: None,
        })
    }

    /// The steps of one task, and the time that they take together.
    fn cycle(&mut self) -> Duration {
        let submission = self.submission();
        self.effects.clear();
        let started = Instant::now();
        self.step(Input::Submit { tasks: vec![submission], limits: Limits::default(), interest: Interest::Answer });
        let mut spent = started.elapsed();
        let lease = self.effects.iter().find_map(|effect| match effect {
            Effect::Offer(offer) => Some(offer.lease),
            _ => None,
        });
        let Some(lease) = lease else { panic!("no miner was drawn") };
        let finished = Box::new(finished());
        let started = Instant::now();
        self.step(Input::Progress { lease, tokens: 1 });
        self.step(Input::Finished { lease, finished });
        self.step(Input::Statements);
        spent += started.elapsed();
        self.end_audits(lease);
        spent
    }

    /// Ends what is audited, so that nothing piles up.
    fn end_audits(&mut self, done: LeaseId) {
        let leases: Vec<_> = self
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Offer(offer) if offer.lease != done => Some(offer.lease),
                _ => None,
            })
            .collect();
        for lease in leases {
            self.step(Input::Broken { lease, reason: "not measured".into() });
            self.step(Input::Cancel { task: lease.task, delivered: 0 });
        }
    }
}

fn finished() -> Finished {
    let token_ids: Vec<u32> = (0..16).collect();
    let outcome = Outcome {
        text: "Paris is the capital of France, and has been for long.".into(),
        finish: FinishReason::Stop,
        stop: None,
        prompt_tokens: 12,
        completion_tokens: 16,
        log_probabilities: vec![-0.5; 16],
        class: "cpu-f32".into(),
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
            token_ids,
        },
    };
    Finished { digest: outcome.receipt.hash(), outcome: Arc::new(outcome) }
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn main() {
    for connected in [24, 1_000] {
        let mut world = World::new(NODES, connected, 64);
        let time = |world: &mut World, snapshot: Arc<Snapshot>| {
            let started = Instant::now();
            world.step(Input::Snapshot(snapshot));
            let spent = started.elapsed();
            black_box(world.effects.drain(..)).count();
            spent
        };
        let epochs = (0..ROUNDS as u64).map(|round| time(&mut world, snapshot(NODES, 2 + round))).collect();
        let last = 1 + ROUNDS as u64;
        let blocks = (0..ROUNDS).map(|_| time(&mut world, snapshot(NODES, last))).collect();
        let started = Instant::now();
        black_box(world.machine.view(0));
        let view = started.elapsed();
        println!(
            "{NODES} nodes, {connected} of them connected with {} models: new epoch {:.1?}, a block that changes nothing {:.1?}, \
             view {view:.1?}",
            MODELS.len(),
            median(epochs),
            median(blocks)
        );
    }
    for (nodes, connected) in [(3, 3), (24, 24), (NODES, 24), (NODES, 1_000)] {
        let mut world = World::new(nodes, connected, 64);
        // Until as many have ended as are kept.
        for _ in 0..12_000 {
            black_box(world.cycle());
        }
        // Of single tasks, so that what else the machine does in between does not count.
        let spent = median((0..CYCLES).map(|_| world.cycle()).collect());
        println!("{nodes} nodes, {connected} of them connected: a task from its submission to its end {:.2?}", spent);
    }
}
