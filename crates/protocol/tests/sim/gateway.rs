//! The coordinator as a process around its machine: a mailbox, turns, a journal that is synced later, and what waits for the sync.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use alloy::{
    primitives::{Address, Bytes},
    signers::local::Secp256k1Signer,
};
use cuckoo_protocol::{
    coordinator::{Answer, Coordinator, Effect, Identity, Input, Interest, LeaseId, Offer, Output, Session},
    steady::Steady,
    task::{Millis, TaskId},
};

use super::{
    apps::RequestId,
    disk::Disk,
    kinds,
    lines::{LineId, Side},
    queue::{MS, SECOND},
    random::Recorded,
    trace::Trace,
    turns::{Doing, Release},
    world::{Checked, Happening, World},
};

/// Inputs of one turn at most.
const TURN: usize = 256;

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
    /// A request that came through another replica waits again.
    Return(RequestId),
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
    clock: Cell<Steady>,
    mailbox: VecDeque<Message>,
    is_woken: bool,
    /// The links of miners that are logged in, or about to be.
    pub(crate) links: BTreeMap<LineId, Link>,
    /// The line of each session.
    pub(crate) sessions: HashMap<Session, LineId>,
    /// The outputs that somebody reads or waits for, or that a miner makes.
    pub(crate) streams: HashMap<TaskId, Stream>,
    /// Leases whose offers have left since the last tick.
    pub(crate) given: Vec<LeaseId>,
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
    /// The process, if there is one.
    pub(crate) process: Option<Process>,
    /// Which process it is: what was meant for an earlier one is void.
    pub(crate) generation: u32,
    /// Milliseconds by which its wall clock is off.
    pub(crate) skew: i64,
    /// By how much more it is for a while: somebody has set it, and finds that out.
    pub(crate) wrong: i64,
}

impl World {
    /// The coordinator's clock, in milliseconds since the Unix epoch.
    pub(crate) fn coordinator_clock(&self) -> Millis {
        let wall = self.wall(self.gateway.skew + self.gateway.wrong);
        self.gateway.process.as_ref().map_or(wall, |process| self.steady(&process.clock, wall))
    }

    /// The time of a process whose wall clock shows `wall`.
    pub(crate) fn steady(&self, clock: &Cell<Steady>, wall: Millis) -> Millis {
        let mut steady = clock.get();
        let at = Duration::from_micros(self.queue.now());
        let time = steady.advance(Duration::from_millis(wall), at);
        clock.set(steady);
        time.as_millis() as Millis
    }

    /// The clock of a process that starts now.
    pub(crate) fn new_clock(&self, wall: Millis) -> Cell<Steady> {
        Cell::new(Steady::new(Duration::from_millis(wall), Duration::from_micros(self.queue.now())))
    }

    /// Starts a process from what is on the disk.
    pub(crate) fn start_coordinator(&mut self) -> Checked {
        if self.gateway.process.is_some() {
            return Ok(());
        }
        // A machine that starts asks for the time: what a process accepts while it is an hour ahead stays open for an hour at the next one.
        self.gateway.wrong = 0;
        let now = self.coordinator_clock();
        let clock = self.new_clock(now);
        let gateway = &mut self.gateway;
        let disk = &gateway.disk;
        let mut effects = vec![];
        let machine = Coordinator::recover(
            gateway.identity.clone(),
            disk.checkpoint.clone(),
            disk.events.clone(),
            disk.end,
            now,
            &mut effects,
        )
        .map_err(|error| format!("the journal cannot be read: {error}"))?;
        let trace = Trace::new(self.plan.repeats, &machine);
        gateway.process = Some(Process {
            machine,
            clock,
            mailbox: VecDeque::new(),
            is_woken: false,
            links: BTreeMap::new(),
            sessions: HashMap::new(),
            streams: HashMap::new(),
            given: vec![],
            trace,
        });
        self.check.start(&self.gateway.disk.replayed, now, self.queue.now());
        let mut doing = Doing::default();
        self.sort(effects, now, &mut doing)?;
        self.finish(doing)?;
        let generation = self.gateway.generation;
        self.queue.after(250 * MS, Happening::Tick { generation });
        self.start_auditor();
        self.follow_chain()?;
        self.call_back();
        if self.gateway.disk.full {
            self.tell(Input::Disk { full: true });
        }
        Ok(())
    }

    /// The process is killed. Its disk keeps what had been synced, and perhaps some of what was being synced.
    pub(crate) fn kill_coordinator(&mut self) -> Checked {
        let clock = self.coordinator_clock();
        let Some(process) = self.gateway.process.take() else { return Ok(()) };
        self.check.deadlines.stop(clock, self.queue.now());
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
                Message::Return(request) => self.come_back(request, now, &mut doing)?,
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

    pub(crate) fn input(&mut self, input: Input, reply: Reply, now: Millis, doing: &mut Doing) -> Checked {
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
        *self.census.inputs.entry(kinds::input(&input)).or_default() += 1;
        if let Input::Disk { full } = &input {
            self.check.is_full = *full;
        }
        let mut words = vec![];
        let mut entropy = Recorded { random: &mut self.random, words: &mut words };
        let kept = process.trace.is_on().then(|| input.clone());
        let answer = process.machine.step(input, now, &mut entropy, &mut effects);
        self.census.steps += 1;
        self.census.count(&effects);
        self.check.after(before, &answer, &effects, &process.machine)?;
        if let Some(kept) = kept {
            process.trace.note(kept, now, words, &effects);
        }
        Ok((answer, effects))
    }

    /// Those who wait for tasks; what has ended before they came is told to them too.
    pub(crate) fn expect_end(&mut self, request: RequestId, interest: Interest, tasks: &[TaskId]) -> Vec<Release> {
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
}
