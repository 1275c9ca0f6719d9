//! One run: all nodes, what connects them, and the faults that a seed decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alloy::{
    primitives::{Address, keccak256},
    signers::local::Secp256k1Signer,
};
use cuckoo_protocol::{
    assign::seed::SPAN,
    coordinator::{self, Funds, Input, LeaseId},
    manifest::ModelManifest,
    message::Domain,
    miner,
    task::{Kind, Millis, TaskId, TaskSpec},
    wire::{self, Body},
};

use super::{
    apps::{Apps, RequestId},
    auditor::{CLASS, calibrations, manifest},
    census::Census,
    chain::{Chain, EPOCH_SECONDS},
    check::Check,
    disk::Disk,
    gateway::Gateway,
    lines::{Line, LineId, Side},
    peers::Peer,
    plan::Plan,
    queue::{MS, Micros, Queue, SECOND},
    random::Random,
};

/// Whether all is well, or what is not.
pub(crate) type Checked = Result<(), String>;

/// What can happen.
#[derive(Debug)]
pub(crate) enum Happening {
    Start,
    Turn { generation: u32 },
    Tick { generation: u32 },
    Statements { generation: u32 },
    Sync { generation: u32 },
    Synced { generation: u32 },
    Block,
    Knock { line: LineId },
    Frame { line: LineId, to: Side, body: Box<Body> },
    Hangup { line: LineId, side: Side },
    Silence { line: LineId, side: Side },
    Ping { line: LineId },
    StartMiner { peer: usize },
    Dial { peer: usize, generation: u32 },
    MinerTick { peer: usize, generation: u32 },
    LinkDown { peer: usize, generation: u32, link: miner::Link },
    Examined { generation: u32, audit: TaskId, spec: Arc<TaskSpec> },
    Engine { peer: usize, generation: u32, lease: miner::LeaseId },
    Recorded { peer: usize, generation: u32 },
    Arrive,
    Submit { request: RequestId },
    Leave { request: RequestId },
    Look { request: RequestId, task: TaskId },
    Follow { task: TaskId },
    Cancel { request: RequestId, task: TaskId },
    Return { generation: u32, request: RequestId },
    Stutter { line: LineId, offer: Box<wire::Offer> },
    SetRight { peer: Option<usize> },
    Fault,
    Space { peer: Option<usize> },
    Kill { generation: u32 },
}

/// Everything there is in a run.
pub(crate) struct World {
    /// What the seed has decided beforehand.
    pub(crate) plan: Plan,
    /// What it decides as things happen.
    pub(crate) random: Random,
    /// What is going to happen.
    pub(crate) queue: Queue<Happening>,
    /// The chain.
    pub(crate) chain: Chain,
    /// The coordinator.
    pub(crate) gateway: Gateway,
    /// The miners.
    pub(crate) peers: Vec<Peer>,
    /// All connections that there ever were.
    pub(crate) lines: Vec<Line>,
    /// The applications.
    pub(crate) apps: Apps,
    /// What must hold.
    pub(crate) check: Check,
    /// What was counted.
    pub(crate) census: Census,
    /// Leases of which something may be said again.
    pub(crate) echoes: Vec<LeaseId>,
    /// The last blocks are not known to the coordinator.
    blind: bool,
    /// The coordinator is killed while something that it promised is on its way to the disk.
    pub(crate) doomed: bool,
    /// Sessions that had no connection at the last tick.
    gone: Vec<(Address, coordinator::Session)>,
    base: Millis,
}

fn key(seed: u64, number: u64) -> Secp256k1Signer {
    let secret = keccak256([seed.to_be_bytes(), number.to_be_bytes()].concat());
    Secp256k1Signer::from_bytes(&secret).expect("a hash is a key")
}

impl World {
    /// The world of a seed.
    pub(crate) fn new(plan: Plan) -> Self {
        let mut random = Random::new(plan.seed);
        let span = SPAN * EPOCH_SECONDS;
        // Early in a span, so that a log is audited quickly, or at its end.
        let base = (343 * span + if plan.crosses { span - 30 } else { 100 }) * 1_000;
        let signer = key(plan.seed, 0);
        let identity = coordinator::Identity {
            address: signer.address(),
            domain: Domain::new(31_337, Address::repeat_byte(0xcc)),
            staking: Address::repeat_byte(0xdd),
            epoch_seconds: EPOCH_SECONDS,
            seeds: plan.seeds.clone(),
            max_queue: plan.max_queue,
            prices: coordinator::Prices::new(BTreeMap::new(), plan.rate),
            checkpoint_after: plan.checkpoint_after,
            gate: plan.gate,
            audits: plan.audits,
            uncalibrated: Default::default(),
            audit_seeds: plan.audit_seeds.clone(),
            calibrations: calibrations(),
            models: BTreeMap::new(),
            has_court: true,
        };
        let peers: Vec<_> = (0..plan.tempers.len())
            .map(|number| {
                let signer = key(plan.seed, 1 + number as u64);
                let models = ["m", "n"].iter().take(if number % 2 == 0 { plan.models } else { 1 });
                let models = models.map(|name| {
                    let slots = random.between(1, plan.slots) as u32;
                    let (class, examines) = (CLASS.to_owned(), plan.examines);
                    // Some say that the model is another one.
                    let is_other = !plan.tempers[number].is_honest() && random.odds(0.2);
                    let weights = if is_other { "sha256:01" } else { "sha256:00" };
                    let manifest = ModelManifest { weights: weights.into(), ..manifest(name) };
                    miner::Model { class, context: 4_096, examines, ..miner::Model::new(manifest, Kind::Text, slots) }
                });
                let terms = miner::Terms { max_unpaid: plan.max_unpaid, least: Default::default() };
                let (address, models, domain) = (signer.address(), models.collect(), identity.domain);
                let miner = miner::Identity { address, models, terms, domain };
                Peer::new(signer, miner, plan.tempers[number])
            })
            .collect();
        let stakes = peers.iter().map(|peer| (peer.address(), u128::from(random.between(1, 1_000_000)))).collect();
        let chain = Chain::new(base / 1_000, stakes, plan.escrow, &mut random);
        let gateway =
            Gateway { signer, identity, disk: Disk::default(), process: None, generation: 0, skew: 0, wrong: 0 };
        let apps = Apps::new(plan.tasks);
        Self {
            plan,
            random,
            queue: Queue::default(),
            chain,
            gateway,
            peers,
            lines: vec![],
            apps,
            check: Check::default(),
            census: Census::default(),
            echoes: vec![],
            blind: false,
            doomed: false,
            gone: vec![],
            base,
        }
    }

    /// A clock that is wrong by this much, in milliseconds since the Unix epoch.
    pub(crate) fn wall(&self, skew: i64) -> Millis {
        (self.base + self.queue.now() / MS).saturating_add_signed(skew)
    }

    /// Lets everything happen, until all tasks have come to an end. What is wrong, and when, is the error.
    pub(crate) fn run(mut self) -> Result<Census, (Micros, String)> {
        self.queue.after(0, Happening::Start);
        for peer in 0..self.peers.len() {
            let after = self.random.below(2 * SECOND);
            self.queue.after(after, Happening::StartMiner { peer });
        }
        self.queue.after(SECOND, Happening::Block);
        self.queue.after(3 * SECOND, Happening::Arrive);
        self.queue.after(3 * SECOND, Happening::Fault);
        let (mut calm, mut ended): (Option<Micros>, Option<Micros>) = (None, None);
        while let Some(happening) = self.queue.next() {
            let now = self.queue.now();
            self.census.happenings += 1;
            if let Err(reason) = self.happen(happening) {
                return Err((now, reason));
            }
            // When the last task has been handed in, faults end, and some time later everything has to have ended.
            if self.apps.left == 0 && calm.is_none() {
                calm = Some(now);
                self.mend();
            }
            let calm = calm.map_or(0, |calm| now - calm);
            // A ticket may be held for thirty seconds after its task has ended, and told some time later.
            if calm > 80 * SECOND && self.has_ended() {
                // What was decided last is still to be told: where there are audits, some seconds later.
                if now > *ended.get_or_insert(now) + 9 * SECOND {
                    break;
                }
            } else {
                ended = None;
            }
            if calm > 320 * SECOND {
                break;
            }
        }
        let now = self.queue.now();
        self.end().map_err(|reason| (now, reason))?;
        self.census.virtual_time = now;
        self.census.events = self.check.events;
        self.census.leases = self.check.leases;
        Ok(self.census)
    }

    /// True when nothing is open and everything is on the disk.
    fn has_ended(&self) -> bool {
        self.check.books.is_settled() && self.gateway.disk.is_quiet() && self.gateway.process.is_some()
    }

    fn happen(&mut self, happening: Happening) -> Checked {
        match happening {
            Happening::Start => self.start_coordinator(),
            Happening::Turn { generation } => self.turn(generation),
            Happening::Tick { generation } => {
                if generation == self.gateway.generation && self.gateway.process.is_some() {
                    self.check_sessions()?;
                    self.check.deadlines.tick(self.queue.now())?;
                    self.tell_given();
                    self.tell(Input::Tick);
                    self.queue.after(250 * MS, Happening::Tick { generation });
                }
                Ok(())
            }
            Happening::Statements { generation } => {
                if generation == self.gateway.generation {
                    self.tell(Input::Statements);
                }
                Ok(())
            }
            Happening::Sync { generation } => {
                self.sync(generation);
                Ok(())
            }
            Happening::Synced { generation } => self.synced(generation),
            Happening::Block => self.block(),
            Happening::Knock { line } => self.answer_knock(line),
            Happening::Frame { line, to, body } => self.frame(line, to, *body),
            Happening::Hangup { line, side } => self.hangup(line, side),
            Happening::Silence { line, side } => self.silence(line, side),
            Happening::Ping { line } => self.ping(line),
            Happening::StartMiner { peer } => self.start_miner(peer),
            Happening::Dial { peer, generation } => {
                self.dial(peer, generation);
                Ok(())
            }
            Happening::MinerTick { peer, generation } => self.miner_tick(peer, generation),
            Happening::LinkDown { peer, generation, link } if self.peers[peer].generation == generation => {
                self.miner_step(peer, miner::Input::LinkDown { link })
            }
            Happening::LinkDown { .. } => Ok(()),
            Happening::Engine { peer, generation, lease } => self.engine(peer, generation, lease),
            Happening::Recorded { peer, generation } => self.recorded(peer, generation),
            Happening::Examined { generation, audit, spec } => self.end_examination(generation, audit, &spec),
            Happening::Follow { task } => self.follow(task),
            Happening::Stutter { line, offer } => self.stutter(line, *offer),
            Happening::Fault => self.fault(),
            Happening::Kill { generation } if generation == self.gateway.generation => self.kill_coordinator(),
            Happening::Kill { .. } => Ok(()),
            application => {
                self.application(application);
                Ok(())
            }
        }
    }

    fn application(&mut self, happening: Happening) {
        match happening {
            Happening::Arrive => self.arrive(),
            Happening::Submit { request } => self.submit(request),
            Happening::Leave { request } => self.leave(request),
            Happening::Look { request, task } => self.look(request, task),
            Happening::Cancel { request, task } => self.cancel(request, task),
            Happening::Return { generation, request } => self.return_to(generation, request),
            Happening::SetRight { peer: Some(peer) } => self.peers[peer].wrong = 0,
            Happening::SetRight { peer: None } => self.gateway.wrong = 0,
            Happening::Space { peer: Some(peer) } => {
                self.peers[peer].record.full = false;
                self.capable(peer);
            }
            Happening::Space { peer: None } => {
                self.gateway.disk.full = false;
                self.tell(Input::Disk { full: false });
            }
            other => unreachable!("{other:?} is nothing of an application"),
        }
    }

    /// A new block is mined, and perhaps the coordinator sees it.
    fn block(&mut self) -> Checked {
        let time = self.wall(0) / 1_000;
        let reorganised = self.random.odds(self.plan.reorganisations) && self.chain.reorganise(&mut self.random);
        self.census.reorganisations += u64::from(reorganised);
        // After a reorganisation the newest block may be an older one for a while.
        if !reorganised || self.random.odds(0.7) {
            self.chain.mine(time, &mut self.random);
        }
        if self.random.odds(0.02) {
            let peer = self.random.below(self.peers.len() as u64) as usize;
            let weight = u128::from(self.random.below(1_000_000));
            let is_active = weight > 200_000;
            self.chain.stake(self.peers[peer].address(), if is_active { weight } else { 0 });
            self.chain.register(self.peers[peer].address(), is_active || self.random.odds(0.5));
        }
        if self.random.odds(0.2) {
            let replayed = &self.gateway.disk.replayed.accounts;
            let mut terms: Vec<_> = replayed.iter().map(|(miner, terms, _)| (miner, terms)).collect();
            terms.sort_unstable_by_key(|(miner, _)| *miner);
            self.chain.settle(terms);
        }
        if self.chain.head().escrow < self.plan.escrow / 2 {
            self.chain.deposit(self.plan.escrow);
        }
        self.operate();
        if self.random.odds(0.02) {
            self.blind = !self.blind;
        }
        self.queue.after(SECOND, Happening::Block);
        if self.blind { Ok(()) } else { self.follow_chain() }
    }

    /// Says whose offers have left by now.
    fn tell_given(&mut self) {
        let Some(process) = &mut self.gateway.process else { return };
        let leases = std::mem::take(&mut process.given);
        if !leases.is_empty() {
            self.tell(Input::Given { leases });
        }
    }

    /// The coordinator reads the chain.
    pub(crate) fn follow_chain(&mut self) -> Checked {
        let head = self.chain.head().clone();
        let Some(process) = &self.gateway.process else { return Ok(()) };
        let connected = process.machine.connected();
        let gone: Vec<_> = connected.into_iter().filter(|(node, _)| !head.active.contains(node)).collect();
        self.tell(Input::Snapshot(head.snapshot));
        if !gone.is_empty() {
            self.census.expelled += gone.len() as u64;
            self.tell(Input::Expel { sessions: gone, reason: "not registered".into() });
        }
        let settled = head.settled.into_iter().collect();
        self.tell(Input::Funds(Funds { escrow: head.escrow, settled }));
        Ok(())
    }

    /// After a turn: nobody waits for whom there is room.
    pub(crate) fn check_queues(&mut self) -> Checked {
        let Some(process) = &self.gateway.process else { return Ok(()) };
        self.check.nobody_starves(|task| process.machine.is_resting(task))
    }

    /// A miner that is gone is noticed: its link has ended, and the machine has heard of it.
    fn check_sessions(&mut self) -> Checked {
        let Some(process) = &self.gateway.process else { return Ok(()) };
        let mut gone = process.machine.connected();
        gone.retain(|(_, session)| !process.sessions.contains_key(session));
        if let Some((node, session)) = gone.iter().find(|session| self.gone.contains(session)) {
            return Err(format!("session {session} of {node} has no connection and has not ended"));
        }
        self.gone = gone;
        Ok(())
    }

    /// Everything recorded is durable: the machine is what its events come to.
    pub(crate) fn check_quiet(&mut self) -> Checked {
        match &self.gateway.process {
            Some(process) => self.check.compare(&process.machine, false),
            None => Ok(()),
        }
    }

    /// Which models a miner can run now.
    pub(crate) fn capable(&mut self, peer: usize) {
        let full = self.peers[peer].record.full;
        let Some(machine) = &self.peers[peer].machine else { return };
        let models: BTreeSet<_> =
            machine.models().iter().filter(|_| !full).map(|model| model.name().to_owned()).collect();
        // A miner that is told what it can run has no reason to fail.
        let _ = self.miner_step(peer, miner::Input::Capable(models));
    }
}
