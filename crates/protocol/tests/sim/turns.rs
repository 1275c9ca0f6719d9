//! What a turn of the coordinator does outside of its machine: frames that leave at once, a record for the journal, and what waits for that to
//! be durable.

use std::sync::Arc;

use alloy::{
    primitives::{B256, Bytes},
    signers::{SignerSync, local::Secp256k1Signer},
    sol_types::SolStruct,
};
use cuckoo_protocol::{
    assign::log::Entry,
    coordinator::{Effect, LeaseId, Offer, Output, Session, Settled, Statement, SubmitError},
    message::{Acknowledgement, Voucher, sign_batch},
    task::{Millis, Task, TaskId},
    wire::{self, Body},
};

use super::{
    apps::RequestId,
    disk::Turn,
    gateway::Held,
    lines::Side,
    links::ASKED,
    queue::MS,
    world::{Checked, Happening, World},
};

/// What waits until a turn is durable.
pub(crate) enum Release {
    /// A request's tasks were accepted, or not.
    Submitted(RequestId, Result<Vec<TaskId>, SubmitError>),
    /// A task has ended: everybody who waits hears it.
    Ended(Arc<Task>),
    /// It had ended before this request asked for it.
    EndedBefore(RequestId, Arc<Task>),
    /// A request that came through another replica hears again of its tasks.
    Returned(RequestId, Vec<TaskId>),
    /// A request to take a task back is answered.
    Cancelled(RequestId, TaskId, bool),
    /// A request to see a task is answered.
    Seen(RequestId, TaskId, Option<Arc<Task>>),
    /// A miner hears what it is owed.
    Statement(Statement),
    /// Miners are offered leases, or hear that these are over.
    Leases(Vec<Told>),
}

/// What a miner is told of a lease.
pub(crate) enum Told {
    Offer(Box<Offer>),
    Stop(LeaseId),
}

/// What one turn does outside of the machine.
#[derive(Default)]
pub(crate) struct Doing {
    pub(crate) turn: Option<Turn>,
    pub(crate) releases: Vec<Release>,
    leases: Vec<Told>,
    frames: Vec<(Session, Body)>,
    closing: Vec<(Session, wire::Close)>,
}

impl World {
    /// Sorts what a step wants done.
    pub(crate) fn sort(&mut self, effects: Vec<Effect>, now: Millis, doing: &mut Doing) -> Checked {
        let (generation, at) = (self.gateway.generation, self.queue.now());
        let (mut examinations, mut confirmed) = (vec![], vec![]);
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let turn =
            doing.turn.get_or_insert_with(|| Turn { at: now, events: vec![], entries: vec![], checkpoint: None });
        for effect in effects {
            match effect {
                Effect::Record(event) => {
                    self.check.recorded(&event, at)?;
                    turn.events.push(event);
                }
                Effect::Log(entry) => {
                    self.check.logged(&entry)?;
                    turn.entries.push(entry);
                }
                Effect::Checkpoint(checkpoint) => turn.checkpoint = Some(checkpoint),
                Effect::Offer(offer) => {
                    if self.check.is_full && offer.spec.examine.is_none() {
                        return Err(format!("task {} is offered while the disk is full", offer.lease.task));
                    }
                    let stream = process.streams.entry(offer.lease.task).or_default();
                    stream.lease = Some(offer.lease);
                    if self.plan.flaw.splices() {
                        stream.output = Output::default();
                    }
                    stream.output.restart(offer.lease.attempt);
                    doing.leases.push(Told::Offer(offer));
                }
                Effect::Stop { lease } => doing.leases.push(Told::Stop(lease)),
                Effect::Pause { session, pause } => doing.frames.push((session, pause.into())),
                Effect::Ask { session } => {
                    let number = ASKED;
                    doing.frames.push((session, Body::Ping(wire::Ping { number, ..wire::Ping::default() })));
                }
                Effect::Close { session, code, reason } => {
                    doing.closing.push((session, wire::Close::new(code, reason)));
                }
                Effect::Statement(statement) => doing.releases.push(Release::Statement(statement)),
                Effect::Queued(task) => {
                    if let Some(stream) = process.streams.get_mut(&task) {
                        stream.lease = None;
                    }
                }
                Effect::Ended(task) => {
                    if let Some(stream) = process.streams.get_mut(&task.spec.id) {
                        stream.lease = None;
                    }
                    doing.releases.push(Release::Ended(task));
                }
                Effect::StatementsDue => self.queue.after(2 * MS, Happening::Statements { generation }),
                Effect::Examine { audit, spec, .. } => examinations.push((audit, spec)),
                Effect::Confirmed(found) => confirmed.push(found),
                Effect::Unexamine(_) | Effect::Mismatch { .. } => {}
                Effect::Metric(_) | Effect::Notice(_) => {}
            }
        }
        for (audit, spec) in examinations {
            self.begin_examination(audit, spec);
        }
        confirmed.iter().try_for_each(|found| self.check_confirmed(found))
    }

    /// Sends what leaves at once, and gives the journal what has to be kept first.
    pub(crate) fn finish(&mut self, doing: Doing) -> Checked {
        let Doing { turn, mut releases, leases, frames, closing } = doing;
        let now = self.coordinator_clock();
        let mut turn = turn.unwrap_or(Turn { at: now, events: vec![], entries: vec![], checkpoint: None });
        for (session, body) in frames {
            self.send_session(session, body);
        }
        match leases {
            none if none.is_empty() => {}
            leases if self.plan.flaw.offers_early() => self.tell_leases(leases)?,
            leases => releases.insert(0, Release::Leases(leases)),
        }
        for (session, close) in closing {
            let Some(process) = &mut self.gateway.process else { return Ok(()) };
            if let Some(line) = process.sessions.remove(&session) {
                process.links.remove(&line);
                self.send(line, Side::Miner, close);
                self.close_line(line, Side::Coordinator);
            }
        }
        if turn.events.is_empty() && turn.entries.is_empty() && releases.is_empty() {
            return Ok(());
        }
        if self.plan.flaw.drops_draws() && self.random.odds(0.02) {
            turn.entries.retain(|entry| !matches!(entry, Entry::Picked { .. }));
        }
        let releases = if self.plan.flaw.tells_early() { self.release_all(releases)? } else { releases };
        let generation = self.gateway.generation;
        if !turn.events.is_empty() && std::mem::take(&mut self.doomed) {
            let soon = self.random.below(6 * MS);
            self.queue.after(soon, Happening::Kill { generation });
        }
        if self.gateway.disk.append(turn, releases) {
            // A turn that nobody waits for is synced a little later.
            let wait = if self.random.odds(0.5) { 0 } else { self.random.below(5 * MS) };
            self.queue.after(wait, Happening::Sync { generation });
        }
        Ok(())
    }

    fn release_all(&mut self, releases: Vec<Release>) -> Result<Vec<Release>, String> {
        for release in releases {
            self.release(release)?;
        }
        Ok(vec![])
    }

    fn send_session(&mut self, session: Session, body: Body) {
        let line = self.gateway.process.as_ref().and_then(|process| process.sessions.get(&session).copied());
        if let Some(line) = line {
            self.send(line, Side::Miner, body);
        }
    }

    /// Tells miners of leases. The tickets of a turn are signed all at once.
    fn tell_leases(&mut self, leases: Vec<Told>) -> Checked {
        let hash = |told: &Told| match told {
            Told::Offer(offer) => Some(offer.ticket.eip712_hash_struct()),
            Told::Stop(_) => None,
        };
        let hashes: Vec<B256> = leases.iter().filter_map(hash).collect();
        let mut signatures = self.sign(&self.gateway.signer, &hashes)?.into_iter();
        for told in leases {
            let LeaseId { session, task, attempt, .. } = match &told {
                Told::Offer(offer) => offer.lease,
                Told::Stop(lease) => *lease,
            };
            let signature = if matches!(told, Told::Offer(_)) { signatures.next() } else { None };
            let Some(process) = &mut self.gateway.process else { return Ok(()) };
            let Some(line) = process.sessions.get(&session).copied() else { continue };
            let Some(link) = process.links.get_mut(&line) else { continue };
            match (told, signature) {
                (Told::Offer(offer), Some(signature)) => {
                    self.check.offered(&offer)?;
                    let frame = offer.frame(&signature);
                    process.given.push(offer.lease);
                    link.leases.insert((task, attempt), Held { offer: *offer, signature });
                    self.send(line, Side::Miner, frame);
                }
                _ => {
                    link.leases.remove(&(task, attempt));
                    self.send(line, Side::Miner, Body::Cancel(wire::Lease::new(task, attempt)));
                }
            }
        }
        Ok(())
    }

    /// Signatures of messages of one key, made at once; or their likeness, where a run is to be fast.
    pub(crate) fn sign(&self, signer: &Secp256k1Signer, hashes: &[B256]) -> Result<Vec<Bytes>, String> {
        if hashes.is_empty() || !self.plan.signs {
            return Ok(hashes.iter().map(|hash| hash.0.to_vec().into()).collect());
        }
        let domain = &self.gateway.identity.domain;
        sign_batch(|digest| signer.sign_hash_sync(digest), domain, hashes).map_err(|error| error.to_string())
    }

    /// The journal's thread begins a sync.
    pub(crate) fn sync(&mut self, generation: u32) {
        if generation == self.gateway.generation && self.gateway.disk.begin() {
            let wait = if self.random.odds(0.02) { self.random.below(400 * MS) } else { self.random.below(8 * MS) };
            self.queue.after(wait, Happening::Synced { generation });
        }
    }

    /// A sync is over: what waited for it is told.
    pub(crate) fn synced(&mut self, generation: u32) -> Checked {
        if generation != self.gateway.generation {
            return Ok(());
        }
        for (turn, releases) in self.gateway.disk.end() {
            self.keep(turn)?;
            for release in releases {
                self.release(release)?;
            }
        }
        if self.gateway.disk.is_quiet() {
            self.check_quiet()?;
        }
        let retry = if self.gateway.disk.full { 200 * MS } else { 0 };
        self.queue.after(retry, Happening::Sync { generation });
        Ok(())
    }

    /// A turn is on the disk.
    pub(crate) fn keep(&mut self, turn: Turn) -> Checked {
        self.check.kept(&turn)?;
        self.gateway.disk.keep(turn)
    }

    fn release(&mut self, release: Release) -> Checked {
        match release {
            Release::Submitted(request, Ok(tasks)) => {
                self.check.promised(&self.gateway.disk.replayed, &tasks)?;
                self.accepted(request, &tasks)
            }
            Release::Submitted(request, Err(error)) => self.refused(request, &error),
            Release::Ended(task) => {
                let id = task.spec.id;
                let Some(process) = &mut self.gateway.process else { return Ok(()) };
                let Some(stream) = process.streams.remove(&id) else { return Ok(()) };
                for request in stream.waiting.iter().chain(stream.readers.difference(&stream.waiting)) {
                    self.check.told(&self.gateway.disk.replayed, &task)?;
                    self.ended(*request, &task)?;
                }
                Ok(())
            }
            Release::EndedBefore(request, task) => {
                self.check.told(&self.gateway.disk.replayed, &task)?;
                self.ended(request, &task)
            }
            Release::Returned(request, tasks) => self.returned(request, &tasks),
            Release::Cancelled(request, task, done) => self.cancelled(request, task, done),
            Release::Seen(request, task, seen) => {
                if let Some(seen) = seen.as_ref().filter(|seen| seen.state.is_terminal()) {
                    self.check.told(&self.gateway.disk.replayed, seen)?;
                }
                self.seen(request, task, seen)
            }
            Release::Statement(statement) => self.state(statement),
            Release::Leases(leases) => self.tell_leases(leases),
        }
    }

    /// Tells a miner what it is owed.
    fn state(&mut self, statement: Statement) -> Checked {
        let Statement { session, miner, terms, settled } = statement;
        if let Some(terms) = terms {
            self.check.books.tell(miner, terms)?;
        }
        for settled in settled {
            self.check.settled(&self.gateway.disk.replayed, miner, settled)?;
            let coordinator = self.gateway.identity.address;
            let Settled { number, receipt, owed, .. } = settled;
            let acknowledgement = Acknowledgement { coordinator, miner, number, receipt, owed };
            let signature = self.sign(&self.gateway.signer, &[acknowledgement.eip712_hash_struct()])?;
            let (receipt, owed, signature) = (receipt.to_vec(), owed.to_be_bytes().to_vec(), signature[0].to_vec());
            self.send_session(session, wire::Acknowledged { number, receipt, owed, signature }.into());
        }
        if let Some(terms) = terms {
            let coordinator = self.gateway.identity.address;
            let voucher = Voucher { coordinator, miner, cumulative: terms.cumulative, through: terms.through };
            let signature = self.sign(&self.gateway.signer, &[voucher.eip712_hash_struct()])?;
            let frame = wire::Voucher {
                cumulative: terms.cumulative.to_be_bytes().to_vec(),
                signature: signature[0].to_vec(),
                through: terms.through,
            };
            self.send_session(session, frame.into());
        }
        Ok(())
    }
}
