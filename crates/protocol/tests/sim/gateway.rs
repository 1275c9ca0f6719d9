//! The coordinator as a process around its machine: a mailbox, turns, a journal that is synced later, and what waits for the sync.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::{SignerSync, local::Secp256k1Signer},
    sol_types::SolStruct,
};
use cuckoo_protocol::{
    assign::log::Entry,
    coordinator::{
        Answer, Coordinator, Effect, Identity, Input, Interest, LeaseId, Offer, Output, Records, Session, Statement,
        SubmitError,
    },
    message::{Voucher, sign_batch},
    task::{Millis, Task, TaskId},
    wire::{self, Body},
};

use super::{
    apps::RequestId,
    disk::{Disk, Turn},
    lines::{LineId, Side},
    queue::{MS, SECOND},
    random::Recorded,
    trace::Trace,
    world::{Checked, Happening, World},
};

/// Inputs of one turn at most.
const TURN: usize = 256;

/// What waits until a turn is durable.
pub(crate) enum Release {
    /// A request's tasks were accepted, or not.
    Submitted(RequestId, Result<Vec<TaskId>, SubmitError>),
    /// A task has ended: everybody who waits hears it.
    Ended(Arc<Task>),
    /// It had ended before this request asked for it.
    EndedBefore(RequestId, Arc<Task>),
    /// A request to take a task back is answered.
    Cancelled(RequestId, TaskId, bool),
    /// A request to see a task is answered.
    Seen(RequestId, TaskId, Option<Arc<Task>>),
    /// A miner hears what it is owed.
    Statement(Statement),
}

/// Who waits for the answer to an input.
pub(crate) enum Reply {
    /// Nobody.
    Nobody,
    /// A request that hands tasks in.
    Submit(RequestId),
    /// A request that takes one back.
    Cancel(RequestId, TaskId),
    /// A miner that logs in.
    Login(LineId),
}

/// What lies in the mailbox.
pub(crate) enum Message {
    /// Something for the machine.
    Input(Input, Reply),
    /// A look at a task.
    See(RequestId, TaskId),
}

/// A lease as the link knows it.
#[derive(Clone)]
pub(crate) struct Held {
    /// What was offered.
    pub(crate) offer: Offer,
    /// The signature of its ticket.
    pub(crate) signature: Bytes,
}

/// A miner's session as the coordinator's link sees it.
#[derive(Default)]
pub(crate) struct Link {
    /// The miner.
    pub(crate) node: Address,
    /// The session, once it is open.
    pub(crate) session: Option<Session>,
    /// The leases that were offered and are not over.
    pub(crate) leases: BTreeMap<(TaskId, u32), Held>,
    /// The newest sequence number of the miner's slots.
    pub(crate) slots: u64,
}

/// The output of a task, and who reads it.
#[derive(Default)]
pub(crate) struct Stream {
    /// What has arrived.
    pub(crate) output: Output,
    /// The lease that it arrives by.
    pub(crate) lease: Option<LeaseId>,
    /// Those who see it as it comes.
    pub(crate) readers: BTreeSet<RequestId>,
    /// Those who wait for the end.
    pub(crate) waiting: BTreeSet<RequestId>,
    /// When the machine heard of progress.
    pub(crate) progress: u64,
}

/// What dies with the process.
pub(crate) struct Process {
    /// What decides.
    pub(crate) machine: Coordinator,
    mailbox: VecDeque<Message>,
    is_woken: bool,
    /// The links of miners that are logged in, or about to be.
    pub(crate) links: BTreeMap<LineId, Link>,
    /// The line of each session.
    pub(crate) sessions: HashMap<Session, LineId>,
    /// The outputs that somebody reads or waits for, or that a miner makes.
    pub(crate) streams: HashMap<TaskId, Stream>,
    /// What the machine was told and did, for repeating it.
    pub(crate) trace: Trace,
}

/// The coordinator, dead or alive.
pub(crate) struct Gateway {
    /// The node key.
    pub(crate) signer: Secp256k1Signer,
    /// What stays the same.
    pub(crate) identity: Identity,
    /// What survives.
    pub(crate) disk: Disk<Release>,
    /// The file of audit records.
    pub(crate) records: Records,
    /// The process, if there is one.
    pub(crate) process: Option<Process>,
    /// Which process it is: what was meant for an earlier one is void.
    pub(crate) generation: u32,
    /// Milliseconds by which its clock is wrong.
    pub(crate) skew: i64,
}

/// What one turn does outside of the machine.
#[derive(Default)]
struct Doing {
    turn: Option<Turn>,
    releases: Vec<Release>,
    offers: Vec<Offer>,
    frames: Vec<(Session, Body)>,
    closing: Vec<(Session, wire::Close)>,
}

impl World {
    /// The coordinator's clock, in milliseconds since the Unix epoch.
    pub(crate) fn coordinator_clock(&self) -> Millis {
        self.wall(self.gateway.skew)
    }

    /// Starts a process from what is on the disk.
    pub(crate) fn start_coordinator(&mut self) -> Checked {
        if self.gateway.process.is_some() {
            return Ok(());
        }
        let now = self.coordinator_clock();
        let gateway = &mut self.gateway;
        let disk = &gateway.disk;
        let mut effects = vec![];
        let machine = Coordinator::recover(
            gateway.identity.clone(),
            disk.checkpoint.clone(),
            disk.events.clone(),
            disk.next_sequence,
            gateway.records.clone(),
            now,
            &mut effects,
        )
        .map_err(|error| format!("the journal cannot be read: {error}"))?;
        let trace = Trace::new(self.plan.repeats, &machine);
        gateway.process = Some(Process {
            machine,
            mailbox: VecDeque::new(),
            is_woken: false,
            links: BTreeMap::new(),
            sessions: HashMap::new(),
            streams: HashMap::new(),
            trace,
        });
        self.check.start(&self.gateway.disk.replayed);
        let mut doing = Doing::default();
        self.sort(effects, now, &mut doing)?;
        self.finish(doing)?;
        let generation = self.gateway.generation;
        self.queue.after(250 * MS, Happening::Tick { generation });
        self.follow_chain()?;
        if self.gateway.disk.full {
            self.tell(Input::Disk { full: true });
        }
        Ok(())
    }

    /// The process is killed. Its disk keeps what had been synced, and perhaps some of what was being synced.
    pub(crate) fn kill_coordinator(&mut self) -> Checked {
        let Some(process) = self.gateway.process.take() else { return Ok(()) };
        self.check.repeat(process)?;
        self.gateway.generation += 1;
        let (turns, torn) = self.gateway.disk.crash(&mut self.random);
        self.census.kills += 1;
        self.census.torn += u64::from(torn.lost > 0);
        self.census.lost_events += torn.lost as u64;
        self.census.unheard += torn.unheard as u64;
        for turn in turns {
            self.keep(turn)?;
        }
        for line in 0..self.lines.len() {
            self.close_line(line, Side::Coordinator);
        }
        self.lose_requests();
        self.check.stop();
        let pause = self.random.between(200 * MS, 3 * SECOND);
        self.queue.after(pause, Happening::Start);
        Ok(())
    }

    /// Puts something into the mailbox.
    pub(crate) fn post(&mut self, message: Message) {
        let generation = self.gateway.generation;
        let Some(process) = &mut self.gateway.process else { return };
        process.mailbox.push_back(message);
        if !std::mem::replace(&mut process.is_woken, true) {
            let busy = if self.random.odds(0.1) { self.random.below(20 * MS) } else { self.random.below(MS) };
            self.queue.after(busy, Happening::Turn { generation });
        }
    }

    /// Tells the machine something that nobody waits for.
    pub(crate) fn tell(&mut self, input: Input) {
        self.post(Message::Input(input, Reply::Nobody));
    }

    /// One turn of the loop.
    pub(crate) fn turn(&mut self, generation: u32) -> Checked {
        if generation != self.gateway.generation {
            return Ok(());
        }
        let now = self.coordinator_clock();
        let mut doing = Doing::default();
        for _ in 0..TURN {
            let Some(process) = &mut self.gateway.process else { return Ok(()) };
            let Some(message) = process.mailbox.pop_front() else {
                process.is_woken = false;
                break;
            };
            match message {
                Message::See(request, task) => {
                    let seen = process.machine.task(&task).cloned();
                    doing.releases.push(Release::Seen(request, task, seen));
                }
                Message::Input(input, reply) => self.input(input, reply, now, &mut doing)?,
            }
            if doing.turn.as_ref().is_some_and(|turn| turn.checkpoint.is_some()) {
                break;
            }
        }
        if self.gateway.process.as_ref().is_some_and(|process| process.is_woken) {
            self.queue.after(10, Happening::Turn { generation });
        }
        self.finish(doing)?;
        self.check_queues()
    }

    fn input(&mut self, input: Input, reply: Reply, now: Millis, doing: &mut Doing) -> Checked {
        let interest = match &input {
            Input::Submit { interest, .. } => *interest,
            _ => Interest::Nothing,
        };
        let (answer, effects) = self.step(input, now)?;
        match (answer, reply) {
            (Answer::Submitted(result), Reply::Submit(request)) => {
                let ended = self.expect_end(request, interest, result.as_deref().unwrap_or_default());
                doing.releases.push(Release::Submitted(request, result));
                doing.releases.extend(ended);
            }
            (Answer::Cancelled(done), Reply::Cancel(request, task)) => {
                doing.releases.push(Release::Cancelled(request, task, done));
            }
            (Answer::Connected(session), Reply::Login(line)) => self.welcome(line, session),
            (Answer::Nothing, Reply::Nobody) | (_, Reply::Nobody) => {}
            (answer, _) => return Err(format!("an input is answered with {answer:?}")),
        }
        self.sort(effects, now, doing)
    }

    /// One step of the machine.
    fn step(&mut self, input: Input, now: Millis) -> Result<(Answer, Vec<Effect>), String> {
        let Some(process) = &mut self.gateway.process else { return Ok((Answer::Nothing, vec![])) };
        let mut effects = vec![];
        let before = self.check.before(&process.machine, &input, now);
        let mut words = vec![];
        let mut entropy = Recorded { random: &mut self.random, words: &mut words };
        let kept = process.trace.is_on().then(|| input.clone());
        let answer = process.machine.step(input, now, &mut entropy, &mut effects);
        self.census.steps += 1;
        self.check.after(before, &answer, &effects, &words, &process.machine)?;
        if let Some(kept) = kept {
            process.trace.note(kept, now, words, &effects);
        }
        Ok((answer, effects))
    }

    /// Those who wait for tasks; what has ended before they came is told to them too.
    fn expect_end(&mut self, request: RequestId, interest: Interest, tasks: &[TaskId]) -> Vec<Release> {
        let Some(process) = &mut self.gateway.process else { return vec![] };
        let mut ended = vec![];
        for task in tasks.iter().filter(|_| interest != Interest::Nothing) {
            match process.machine.task(task) {
                Some(task) if task.state.is_terminal() => ended.push(Release::EndedBefore(request, task.clone())),
                _ => drop(process.streams.entry(*task).or_default().waiting.insert(request)),
            }
        }
        ended
    }

    /// Sorts what a step wants done.
    fn sort(&mut self, effects: Vec<Effect>, now: Millis, doing: &mut Doing) -> Checked {
        let generation = self.gateway.generation;
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let turn =
            doing.turn.get_or_insert_with(|| Turn { at: now, events: vec![], entries: vec![], checkpoint: None });
        for effect in effects {
            match effect {
                Effect::Record(event) => {
                    self.check.recorded(&event)?;
                    turn.events.push(event);
                }
                Effect::Log(entry) => {
                    self.check.logged(&entry)?;
                    turn.entries.push(entry);
                }
                Effect::Checkpoint(checkpoint) => turn.checkpoint = Some(checkpoint),
                Effect::Offer(offer) => {
                    let stream = process.streams.entry(offer.lease.task).or_default();
                    stream.lease = Some(offer.lease);
                    if self.plan.flaw.splices() {
                        stream.output = Output::default();
                    }
                    stream.output.restart(offer.lease.attempt);
                    doing.offers.push(*offer);
                }
                Effect::Stop { lease } => {
                    doing.offers.retain(|offer| offer.lease != lease);
                    let cancel = wire::Lease::new(lease.task, lease.attempt);
                    doing.frames.push((lease.session, Body::Cancel(cancel)));
                    let link = process.sessions.get(&lease.session).and_then(|line| process.links.get_mut(line));
                    if let Some(link) = link {
                        link.leases.remove(&(lease.task, lease.attempt));
                    }
                }
                Effect::Pause { session, pause } => doing.frames.push((session, pause.into())),
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
                Effect::RecordsChanged => self.gateway.records.clone_from(process.machine.records()),
                Effect::Evidence { .. } => self.census.evidence += 1,
                Effect::Metric(_) | Effect::Notice(_) => {}
            }
        }
        Ok(())
    }

    /// Sends what leaves at once, and gives the journal what has to be kept first.
    fn finish(&mut self, doing: Doing) -> Checked {
        let Doing { turn, releases, offers, frames, closing } = doing;
        let now = self.coordinator_clock();
        let mut turn = turn.unwrap_or(Turn { at: now, events: vec![], entries: vec![], checkpoint: None });
        for (session, body) in frames {
            self.send_session(session, body);
        }
        self.send_offers(offers)?;
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

    /// Signs the tickets of a turn, all at once, and sends them.
    fn send_offers(&mut self, offers: Vec<Offer>) -> Checked {
        let hashes: Vec<B256> = offers.iter().map(|offer| offer.ticket.eip712_hash_struct()).collect();
        let signatures = self.sign(&self.gateway.signer, &hashes)?;
        for (offer, signature) in offers.into_iter().zip(signatures) {
            // It may be over already: its session has ended in the same turn.
            if self.check.is_over(&offer.lease) {
                continue;
            }
            self.check.offered(&offer)?;
            let frame = offer_frame(&offer, &signature);
            let LeaseId { session, task, attempt, .. } = offer.lease;
            let Some(process) = &mut self.gateway.process else { return Ok(()) };
            let Some(line) = process.sessions.get(&session).copied() else { continue };
            if let Some(link) = process.links.get_mut(&line) {
                link.leases.insert((task, attempt), Held { offer, signature });
                self.send(line, Side::Miner, frame);
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
    fn keep(&mut self, turn: Turn) -> Checked {
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
            Release::Cancelled(request, task, done) => self.cancelled(request, task, done),
            Release::Seen(request, task, seen) => {
                if let Some(seen) = seen.as_ref().filter(|seen| seen.state.is_terminal()) {
                    self.check.told(&self.gateway.disk.replayed, seen)?;
                }
                self.seen(request, task, seen)
            }
            Release::Statement(statement) => self.state(statement),
        }
    }

    /// Tells a miner what it is owed.
    fn state(&mut self, statement: Statement) -> Checked {
        let Statement { session, miner, terms, settled } = statement;
        if let Some(terms) = terms {
            self.check.books.tell(miner, terms)?;
        }
        for (task, attempt) in settled {
            self.check.settled(&self.gateway.disk.replayed, miner, task, attempt)?;
            self.send_session(session, Body::Settled(wire::Lease::new(task, attempt)));
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

/// An offer as a miner receives it.
fn offer_frame(offer: &Offer, signature: &Bytes) -> wire::Offer {
    let Offer { lease, spec, ticket } = offer;
    wire::Offer {
        task: lease.task.0.to_vec(),
        attempt: lease.attempt,
        model: spec.model.clone(),
        manifest: ticket.model.to_vec(),
        messages: spec.messages.iter().map(Into::into).collect(),
        sampling: Some((&spec.sampling).into()),
        salt: spec.salt.to_vec(),
        price: ticket.price.to_be_bytes().to_vec(),
        deadline: ticket.deadline,
        signature: signature.to_vec(),
        number: ticket.number,
        quiet: !spec.streamed,
        rate_prompt: ticket.promptRate.to_be_bytes().to_vec(),
        rate_completion: ticket.completionRate.to_be_bytes().to_vec(),
    }
}
