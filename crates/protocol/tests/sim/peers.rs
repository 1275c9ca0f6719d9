//! Miners as processes around their machines: links, engine runs, and the record of what was signed, whose end a crash can take.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::local::Secp256k1Signer,
};
use cuckoo_protocol::{
    message::{Acknowledgement, SignedAcknowledgement, SignedVoucher, Ticket, Verifier, Voucher},
    miner::{Cover, Effect, Identity, Input, LeaseId, Link, Miner, Notice, order},
    steady::Steady,
    task::{Millis, TaskId},
    wire::{self, Body, CloseCode},
};

use super::{
    lines::{LineId, Side},
    miners::{self, Ledger},
    queue::{MS, SECOND},
    random::Recorded,
    record::{Record, Write},
    runs::Run,
    world::{Checked, Happening, World},
};

/// How a miner behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Temper {
    /// The part of its answers that are false.
    pub(crate) lies: f64,
    /// How far the log-probabilities of all its answers are from what the model says: another precision.
    pub(crate) blurs: f32,
    /// The part of its frames that it changes, doubles, holds back or makes up.
    pub(crate) tampers: f64,
    /// The part of its runs that stall.
    pub(crate) stalls: f64,
    /// The part of its runs that fail.
    pub(crate) fails: f64,
    /// Milliseconds that a step of its engine takes at most.
    pub(crate) slowness: u64,
}

impl Temper {
    /// True for a miner that follows the rules, even where its engine does not work.
    pub(crate) fn is_honest(&self) -> bool {
        !self.falsifies() && self.tampers == 0.0
    }

    /// True for a miner some of whose answers are not those of the model.
    pub(crate) fn falsifies(&self) -> bool {
        self.lies > 0.0 || self.blurs > 0.0
    }
}

/// One miner, dead or alive.
pub(crate) struct Peer {
    pub(crate) signer: Secp256k1Signer,
    pub(crate) identity: Identity,
    /// How it behaves.
    pub(crate) temper: Temper,
    /// Its record of signatures.
    pub(crate) record: Record,
    /// What its process has to hold to.
    pub(crate) ledger: Ledger,
    /// The process, if there is one.
    pub(crate) machine: Option<Miner>,
    /// Which process it is.
    pub(crate) generation: u32,
    line: Option<LineId>,
    link: Option<Link>,
    pub(crate) runs: BTreeMap<LeaseId, Run>,
    /// Attempts that any of its processes has begun.
    pub(crate) begun: BTreeSet<(TaskId, u32)>,
    /// Frames of other times, for those who send them again.
    old: Vec<Body>,
    /// The digest of the receipt that is about to leave.
    pub(crate) leaving: Option<B256>,
    /// Milliseconds by which its wall clock is off.
    pub(crate) skew: i64,
    /// By how much more it is for a while.
    pub(crate) wrong: i64,
    /// The process's clock, from its first look at it on.
    pub(crate) clock: Option<Cell<Steady>>,
}

impl Peer {
    /// A miner that has not started yet.
    pub(crate) fn new(signer: Secp256k1Signer, identity: Identity, temper: Temper) -> Self {
        Self {
            signer,
            identity,
            temper,
            record: Record::default(),
            ledger: Ledger::default(),
            machine: None,
            generation: 0,
            line: None,
            link: None,
            runs: BTreeMap::new(),
            begun: BTreeSet::new(),
            old: vec![],
            leaving: None,
            skew: 0,
            wrong: 0,
            clock: None,
        }
    }

    /// Its node address.
    pub(crate) const fn address(&self) -> Address {
        self.identity.address
    }

    /// The connection that it has.
    pub(crate) const fn line(&self) -> Option<LineId> {
        self.line
    }

    /// What it has answered without a voucher, by ticket, in base units.
    pub(crate) fn unpaid(&self) -> impl Iterator<Item = (&Ticket, u128)> {
        self.record.claims.values().map(|claim| (&claim.ticket, claim.owed.base_units().saturating_to()))
    }
}

impl World {
    /// Starts a miner from its record.
    pub(crate) fn start_miner(&mut self, at: usize) -> Checked {
        let peer = &mut self.peers[at];
        if peer.machine.is_some() {
            return Ok(());
        }
        peer.wrong = 0;
        let vouchers: Vec<_> = peer.record.voucher.iter().cloned().collect();
        let claims: Vec<_> = peer.record.claims.values().cloned().collect();
        let acknowledged = miners::acknowledgements(&peer.record);
        peer.machine = Some(Miner::new(peer.identity.clone(), &vouchers, &claims, &acknowledged));
        peer.ledger = Ledger::new(&peer.record, peer.identity.terms.max_unpaid);
        let generation = peer.generation;
        let models = peer.identity.models.iter().map(|model| model.name().to_owned()).collect();
        self.miner_step(at, Input::Coordinators(vec![(self.gateway.identity.address, 1)]))?;
        self.miner_step(at, Input::Capable(models))?;
        self.cover(at)?;
        self.queue.after(SECOND, Happening::MinerTick { peer: at, generation });
        self.queue.after(0, Happening::Dial { peer: at, generation });
        Ok(())
    }

    /// A miner is killed. Its record keeps what had been synced, and perhaps some of what was being synced.
    pub(crate) fn kill_miner(&mut self, at: usize) {
        let peer = &mut self.peers[at];
        if peer.machine.take().is_none() {
            return;
        }
        peer.generation += 1;
        peer.clock = None;
        peer.runs.clear();
        let record = &mut peer.record;
        let syncing = std::mem::take(&mut record.syncing);
        let written = if syncing == 0 { 0 } else { self.random.between(0, syncing as u64) as usize };
        let mut pending = std::mem::take(&mut record.pending);
        pending.truncate(written);
        for write in pending {
            // Nobody signs what it did not see on its disk.
            let domain = &self.gateway.identity.domain;
            record.keep(write, |completed| (domain.digest(&completed.receipt), Bytes::new()));
        }
        self.census.miner_kills += 1;
        self.hang_up(at);
        let pause = self.random.between(100 * MS, 5 * SECOND);
        self.queue.after(pause, Happening::StartMiner { peer: at });
    }

    fn hang_up(&mut self, at: usize) {
        self.peers[at].link = None;
        if let Some(line) = self.peers[at].line.take() {
            self.close_line(line, Side::Miner);
        }
    }

    /// A miner tries to reach the coordinator.
    pub(crate) fn dial(&mut self, at: usize, generation: u32) {
        let peer = &self.peers[at];
        if peer.generation != generation || peer.machine.is_none() || peer.line.is_some() {
            return;
        }
        let line = self.open_line(at);
        self.peers[at].line = Some(line);
        self.knock(line);
    }

    /// Its connection is over; it tries again.
    pub(crate) fn lose_coordinator(&mut self, line: LineId) {
        let at = self.lines[line].peer;
        let peer = &mut self.peers[at];
        if peer.line != Some(line) {
            return;
        }
        peer.line = None;
        let generation = peer.generation;
        let pause = self.random.between(100 * MS, 3 * SECOND);
        self.queue.after(pause, Happening::Dial { peer: at, generation });
        if let Some(link) = self.peers[at].link.take() {
            self.queue.after(0, Happening::LinkDown { peer: at, generation, link });
        }
    }

    /// A second has passed for a miner.
    pub(crate) fn miner_tick(&mut self, at: usize, generation: u32) -> Checked {
        if self.peers[at].generation != generation || self.peers[at].machine.is_none() {
            return Ok(());
        }
        self.queue.after(SECOND, Happening::MinerTick { peer: at, generation });
        self.cover(at)?;
        self.miner_step(at, Input::Tick)
    }

    fn cover(&mut self, at: usize) -> Checked {
        let head = self.chain.head();
        let settled = head.settled.get(&self.peers[at].address()).copied().unwrap_or(0);
        let cover = Cover { escrow: head.escrow, settled };
        self.miner_step(at, Input::Cover { coordinator: self.gateway.identity.address, cover })
    }

    /// The machine of a miner takes something in.
    pub(crate) fn miner_step(&mut self, at: usize, input: Input) -> Checked {
        let now = self.miner_clock(at);
        let Peer { machine: Some(machine), ledger, .. } = &mut self.peers[at] else { return Ok(()) };
        let mut effects = vec![];
        let mut words = vec![];
        let mut entropy = Recorded { random: &mut self.random, words: &mut words };
        let is_idle = ledger.told(&input);
        machine.step(input, now, &mut entropy, &mut effects);
        effects.iter().try_for_each(|effect| ledger.does(effect))?;
        ledger.check(machine, self.gateway.identity.address, is_idle)?;
        self.census.steps += 1;
        for effect in effects {
            self.miner_effect(at, effect)?;
        }
        Ok(())
    }

    /// A miner's clock, in milliseconds since the Unix epoch.
    fn miner_clock(&mut self, at: usize) -> Millis {
        let wall = self.wall(self.peers[at].skew + self.peers[at].wrong);
        let clock = self.peers[at].clock.take().unwrap_or_else(|| self.new_clock(wall));
        let now = self.steady(&clock, wall);
        self.peers[at].clock = Some(clock);
        now
    }

    fn miner_effect(&mut self, at: usize, effect: Effect) -> Checked {
        match effect {
            Effect::Send { body, .. } => return self.utter(at, body),
            Effect::Start { lease, order, request } => self.run_engine(at, lease, order, &request),
            Effect::Stop { lease } => drop(self.peers[at].runs.remove(&lease)),
            Effect::Record { lease, completed } => self.write(at, Write::Answer(lease, completed)),
            Effect::Keep(voucher) => self.write(at, Write::Voucher(voucher)),
            Effect::KeepAcknowledgement(signed) => self.write(at, Write::Acknowledgement(signed)),
            Effect::KeepRefused(_) => {}
            Effect::Part { .. } => {
                if let Some(line) = self.peers[at].line {
                    self.close_line(line, Side::Miner);
                    self.lose_coordinator(line);
                }
            }
            Effect::Notice(Notice::Voucher { error, .. }) => {
                let miner = self.peers[at].address();
                return Err(format!("{miner} does not accept a voucher of an honest coordinator: {error}"));
            }
            Effect::Notice(Notice::Acknowledgement { error, .. }) => {
                let miner = self.peers[at].address();
                return Err(format!("{miner} does not accept an acknowledgement of an honest coordinator: {error}"));
            }
            Effect::Notice(_) => {}
        }
        Ok(())
    }

    /// Says something, or what a miner without scruples makes of it.
    pub(crate) fn utter(&mut self, at: usize, body: Body) -> Checked {
        let peer = &mut self.peers[at];
        if let Body::Result(result) = &body
            && let Some(digest) = peer.leaving.take()
            && peer.temper.is_honest()
        {
            let (task, attempt) =
                result.lease.clone().unwrap_or_default().parse().map_err(|error| error.to_string())?;
            self.check.signed(peer.identity.address, task, attempt, digest)?;
        }
        let Some(line) = peer.line else { return Ok(()) };
        let tampers = peer.temper.tampers;
        if !self.random.odds(tampers) {
            if tampers > 0.0 && self.random.odds(0.2) {
                self.peers[at].old.push(body.clone());
            }
            self.send(line, Side::Coordinator, body);
            return Ok(());
        }
        self.census.tampered += 1;
        for body in self.tamper(at, body) {
            self.send(line, Side::Coordinator, body);
        }
        Ok(())
    }

    /// What becomes of a frame.
    fn tamper(&mut self, at: usize, body: Body) -> Vec<Body> {
        let old = &self.peers[at].old;
        let choice = self.random.below(8);
        match (choice, body) {
            // Again and again.
            (0, body) => vec![body; self.random.between(2, 10) as usize],
            // Not at all.
            (1, _) => vec![],
            // Something of another time, before or instead.
            (2, body) if !old.is_empty() => {
                let index = self.random.below(old.len() as u64) as usize;
                vec![old[index].clone(), body]
            }
            (3, Body::Result(mut result)) => {
                match self.random.below(5) {
                    0 => result.completion_tokens += 1,
                    1 => result.prompt_tokens = u32::MAX,
                    2 => result.output_commitment = vec![7; 32],
                    3 => result.signature = vec![1; 65],
                    _ => result.finish_reason = 9,
                }
                vec![result.into()]
            }
            (3, Body::Chunk(mut chunk)) => {
                let copies = self.random.between(2, 40) as usize;
                chunk.token_ids = chunk.token_ids.repeat(copies);
                chunk.text = chunk.text.repeat(copies);
                vec![chunk.into()]
            }
            // Of the attempt before or after.
            (4, Body::Result(mut result)) => {
                if let Some(lease) = &mut result.lease {
                    lease.attempt = lease.attempt.wrapping_add(1).max(1);
                }
                vec![result.into()]
            }
            (4, Body::Accept(mut lease)) => {
                lease.attempt += 1;
                vec![lease.into_body()]
            }
            (5, Body::Slots(mut slots)) => {
                for model in &mut slots.models {
                    model.granted = self.random.one(&[0, 1, 50, u32::MAX]);
                }
                vec![slots.into()]
            }
            (6, body) => vec![body, wire::Drain {}.into()],
            (7, body) => vec![body, wire::Ping::default().into(), Body::Offer(Box::default())],
            (_, body) => vec![body],
        }
    }

    /// A frame from the coordinator.
    pub(crate) fn hear_coordinator(&mut self, line: LineId, body: Body) -> Checked {
        let at = self.lines[line].peer;
        if self.peers[at].line != Some(line) {
            return Ok(());
        }
        let coordinator = self.gateway.identity.address;
        let parse = |lease: wire::Lease| lease.parse().map_err(|error| error.to_string());
        match body {
            Body::Welcome(welcome) => {
                let link = Link { coordinator, session: welcome.session };
                self.peers[at].link = Some(link);
                let prices = order::rates(&welcome.prices).map_err(|error| error.to_string())?;
                self.miner_step(at, Input::Welcome { link, prices })
            }
            Body::Close(close) => {
                self.close_line(line, Side::Miner);
                self.lose_coordinator(line);
                if CloseCode::parse(&close.code) == Some(CloseCode::Replaced) {
                    // A newer process has its key: this one stops.
                    self.kill_miner(at);
                }
                Ok(())
            }
            Body::Ping(ping) => {
                self.send(line, Side::Coordinator, Body::Pong(ping));
                Ok(())
            }
            Body::Pong(_) => Ok(()),
            body => {
                let Some(link) = self.peers[at].link else { return Ok(()) };
                let input = match body {
                    Body::Offer(offer) => {
                        if self.random.odds(0.04) {
                            let after = self.random.below(10 * SECOND);
                            self.queue.after(after, Happening::Stutter { line, offer: offer.clone() });
                        }
                        return self.take_offer(at, link, *offer);
                    }
                    Body::Cancel(lease) => {
                        let (task, attempt) = parse(lease)?;
                        Input::Cancel { link, task, attempt }
                    }
                    Body::Acknowledged(frame) => Input::Acknowledged(Box::new(self.read_acknowledgement(at, frame)?)),
                    Body::Voucher(voucher) => Input::Voucher(Box::new(self.read_voucher(at, voucher)?)),
                    Body::Pause(pause) => {
                        let complaint = (pause.seconds > 0).then_some(pause.reason);
                        Input::Complaint { coordinator, complaint }
                    }
                    _ => return Err("a coordinator sends a frame that is not its own".into()),
                };
                self.miner_step(at, input)
            }
        }
    }

    fn read_voucher(&self, at: usize, frame: wire::Voucher) -> Result<SignedVoucher, String> {
        let (coordinator, miner) = (self.gateway.identity.address, self.peers[at].address());
        if self.plan.signs {
            let domain = &self.gateway.identity.domain;
            return order::check_voucher(domain, miner, coordinator, frame).map_err(|error| error.to_string());
        }
        let cumulative = wire::amount(&frame.cumulative, "cumulative").map_err(|error| error.to_string())?;
        let voucher = Voucher { coordinator, miner, cumulative, through: frame.through };
        Ok(SignedVoucher { voucher, signature: frame.signature.into() })
    }

    fn read_acknowledgement(&self, at: usize, frame: wire::Acknowledged) -> Result<SignedAcknowledgement, String> {
        let (coordinator, miner) = (self.gateway.identity.address, self.peers[at].address());
        let malformed = |error: wire::FrameError| error.to_string();
        let acknowledgement = Acknowledgement {
            coordinator,
            miner,
            number: frame.number,
            receipt: wire::b256(&frame.receipt, "receipt").map_err(malformed)?,
            owed: wire::amount(&frame.owed, "owed").map_err(malformed)?,
        };
        if self.plan.signs {
            let domain = &self.gateway.identity.domain;
            domain.verify(&acknowledgement, &frame.signature, coordinator).map_err(|error| error.to_string())?;
        }
        Ok(SignedAcknowledgement { acknowledgement, signature: frame.signature.into() })
    }

    /// A coordinator stutters: an offer comes again that its miner has begun to work for, and one that pays nothing to a later process as
    /// well, of which no claim tells that it was answered.
    pub(crate) fn stutter(&mut self, line: LineId, offer: wire::Offer) -> Checked {
        let at = self.lines[line].peer;
        let Peer { line: Some(current), link: Some(link), ledger, begun, .. } = &self.peers[at] else {
            return Ok(());
        };
        let task = wire::b256(&offer.task, "task").map_err(|error| error.to_string())?;
        let (link, key) = (*link, (TaskId(task), offer.attempt));
        let is_free = offer.price.iter().all(|byte| *byte == 0) && begun.contains(&key);
        if is_free || (*current == line && ledger.has_begun(&key)) {
            self.census.stutters += 1;
            return self.take_offer(at, link, offer);
        }
        Ok(())
    }

    fn take_offer(&mut self, at: usize, link: Link, offer: wire::Offer) -> Checked {
        let miner = self.peers[at].address();
        let (coordinator, domain) = (link.coordinator, &self.gateway.identity.domain);
        let (order, request) = if self.plan.signs {
            order::check(domain, miner, coordinator, offer, &mut Verifier::default())
                .map_err(|error| error.to_string())?
        } else {
            order::read(domain, miner, coordinator, offer).map_err(|error| error.to_string())?
        };
        self.miner_step(at, Input::Offered { link, order: Box::new(order), request: Box::new(request) })
    }
}

/// An accepted lease as a frame; there is no conversion, because several frames have this content.
trait IntoBody {
    fn into_body(self) -> Body;
}

impl IntoBody for wire::Lease {
    fn into_body(self) -> Body {
        Body::Accept(self)
    }
}
