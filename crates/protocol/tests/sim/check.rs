//! What must hold of a coordinator, checked at every step from what it records, logs, offers and tells.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cuckoo_protocol::{
    Address, B256, TaskId,
    assign::log::{self, Entry, Record},
    coordinator::{Checkpoint, Coordinator, Event, LeaseId, Offer, Session, Settled},
    task::{self, Millis, State, Task},
};

use super::{
    books::Books, deadlines::Deadlines, disk::Turn, gateway::Process, queue::Micros, random::Random, world::Checked,
};

/// A miner by the assignment log.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) joined: bool,
    draining: bool,
    pub(crate) offered: BTreeMap<String, u32>,
    held: BTreeMap<TaskId, String>,
    pub(crate) session: Session,
}

impl Seen {
    fn is_free(&self, pool: &str) -> bool {
        let held = self.held.values().filter(|held| *held == pool).count();
        self.joined && !self.draining && held < self.offered.get(pool).copied().unwrap_or(0) as usize
    }
}

/// How the reasons begin for which sessions end.
const LINK_ENDS: [&str; 3] = ["its connection ended", "nothing was heard", "replaced by a newer session"];

/// A task that waits.
struct Waiting {
    pool: String,
    lost_by: Vec<Address>,
}

/// All checks, and what they have to remember.
#[derive(Default)]
pub(crate) struct Check {
    /// The accounts, counted a second time.
    pub(crate) books: Books,
    /// The state by everything that the running process has recorded.
    pub(crate) live: Checkpoint,
    pub(crate) miners: BTreeMap<Address, Seen>,
    /// When those left that are away.
    pub(crate) left: BTreeMap<Address, Millis>,
    waiting: BTreeMap<TaskId, Waiting>,
    holders: BTreeMap<TaskId, (Address, u32)>,
    /// Connections that wait for a task.
    pub(crate) waiters: HashMap<TaskId, u32>,
    /// Tasks whose text somebody sees as it comes.
    pub(crate) seen: BTreeSet<TaskId>,
    weights: HashMap<Address, u128>,
    /// Escrow and settlements as the machine was told.
    pub(crate) funds: (u128, u128),
    promised: BTreeSet<TaskId>,
    told: HashMap<TaskId, State>,
    /// The largest ticket that each miner was ever offered.
    numbers: HashMap<Address, u64>,
    /// The attempts that were ever offered, by any process.
    attempts: HashSet<(TaskId, u32)>,
    signed: HashMap<(Address, TaskId, u32), B256>,
    settled: BTreeSet<(TaskId, u32)>,
    /// Examinations that miners have, and all that they ever had.
    pub(crate) examinations: BTreeMap<TaskId, Address>,
    pub(crate) examined_by: HashMap<TaskId, Address>,
    /// Tasks whose audit was given up.
    pub(crate) unverified: BTreeSet<TaskId>,
    /// None of these, whose connections were broken together, is blamed for a session that ends after the first of these times, until
    /// the second one.
    pub(crate) blameless: (Millis, Micros, BTreeSet<Address>),
    /// The machine knows that the disk is full: nobody is drawn.
    pub(crate) is_full: bool,
    /// When tasks have to end.
    pub(crate) deadlines: Deadlines,
    /// Leases on the disk.
    pub(crate) leases: u64,
    /// Events on the disk.
    pub(crate) events: u64,
    compared: u64,
}

impl Check {
    /// A process has started from what is on the disk, at this time by its clock.
    pub(crate) fn start(&mut self, replayed: &Checkpoint, clock: Millis, now: Micros) {
        self.live = replayed.clone();
        let is_open = |id: &TaskId| replayed.tasks.get(id).is_some_and(|task| !task.state.is_terminal());
        self.deadlines.start(clock, now, is_open);
        for task in self.live.tasks.iter() {
            if task.state == State::Queued {
                self.waiting.insert(task.spec.id, Waiting { pool: task.spec.pool(), lost_by: task.lost_by.clone() });
            }
        }
    }

    /// The process has died.
    pub(crate) fn stop(&mut self) {
        self.miners.clear();
        self.left.clear();
        self.waiting.clear();
        self.holders.clear();
        self.examinations.clear();
        self.waiters.clear();
        self.seen.clear();
        self.weights.clear();
        self.settled.clear();
        self.is_full = false;
        self.funds = (0, 0);
    }

    /// A lease that is held.
    pub(crate) fn held(&self, random: &mut Random) -> Option<LeaseId> {
        let index = random.below(self.holders.len().max(1) as u64) as usize;
        let (task, (node, attempt)) = self.holders.iter().nth(index)?;
        let session = self.miners.get(node)?.session;
        Some(LeaseId { node: *node, session, task: *task, attempt: *attempt })
    }

    /// True where a lease is not in the hands of its miner's current session.
    pub(crate) fn is_over(&self, lease: &LeaseId) -> bool {
        let is_held = self.holders.get(&lease.task) == Some(&(lease.node, lease.attempt));
        let is_examined = self.examinations.get(&lease.task) == Some(&lease.node) && lease.attempt == 1;
        !(is_held || is_examined) || self.is_gone(lease.node, lease.session)
    }

    pub(crate) fn is_gone(&self, node: Address, session: Session) -> bool {
        !self.miners.get(&node).is_some_and(|miner| miner.joined && miner.session == session)
    }

    /// An event was recorded.
    pub(crate) fn recorded(&mut self, event: &Event, now: Micros) -> Checked {
        let (from, until, broken) = &self.blameless;
        if let Event::Task(task::Event::Lost { task, reason, .. }) = event
            && now < *until
            && let Some((node, _)) = self.holders.get(task)
            && broken.contains(node)
            && self.left.get(node).is_some_and(|at| at >= from)
            && LINK_ENDS.iter().any(|end| reason.starts_with(end))
        {
            return Err(format!("{task} counts as lost when all connections were broken at once: {reason}"));
        }
        if let Event::Audit(event) = event {
            self.audited(event);
        }
        self.live.apply(event).map_err(|error| format!("{event:?} does not follow: {error}"))?;
        let Event::Task(event) = event else { return Ok(()) };
        let id = event.task();
        let Some(task) = self.live.tasks.get(&id) else { return Err(format!("{id} is unknown")) };
        self.deadlines.note(event, task, now)?;
        match &task.state {
            State::Queued => {
                self.holders.remove(&id);
                self.waiting.insert(id, Waiting { pool: task.spec.pool(), lost_by: task.lost_by.clone() });
            }
            State::Leased { miner } | State::Running { miner } => {
                self.waiting.remove(&id);
                self.holders.insert(id, (*miner, task.attempt));
            }
            _ => {
                self.waiting.remove(&id);
                self.holders.remove(&id);
            }
        }
        Ok(())
    }

    /// An entry was logged.
    pub(crate) fn logged(&mut self, entry: &Entry) -> Checked {
        match entry {
            Entry::Started { .. } => self.miners.clear(),
            Entry::Committed { .. } | Entry::Revealed { .. } => {}
            Entry::AuditCommitted { .. } | Entry::Audits { .. } | Entry::AuditRevealed { .. } => {}
            Entry::Epoch { miners, .. } => {
                self.weights = miners.miners().iter().copied().collect();
            }
            Entry::Joined { miner } => {
                let miner = self.miners.entry(*miner).or_default();
                (miner.joined, miner.draining) = (true, false);
                miner.offered.clear();
            }
            Entry::Left { miner } => {
                let miner = self.miners.entry(*miner).or_default();
                miner.joined = false;
                miner.offered.clear();
            }
            Entry::Offered { miner, models } => {
                self.miners.entry(*miner).or_default().offered = models.iter().cloned().collect();
            }
            Entry::Draining { miner } => self.miners.entry(*miner).or_default().draining = true,
            Entry::Picked { task, miner, model, .. } => {
                let weight = self.weights.get(miner).copied().unwrap_or(0);
                let seen = self.miners.entry(*miner).or_default();
                if !seen.is_free(model) || weight == 0 {
                    return Err(format!("task {task} goes to {miner}, which has no free slot or no weight"));
                }
                seen.held.insert(*task, model.clone());
            }
            Entry::Released { task, miner, .. } => {
                let seen = self.miners.entry(*miner).or_default();
                if seen.held.remove(task).is_none() {
                    return Err(format!("{miner} gives {task} back, which it does not hold"));
                }
            }
        }
        Ok(())
    }

    /// After a turn nobody waits for whom somebody has room, but for what rests.
    pub(crate) fn nobody_starves(&self, is_resting: impl Fn(&TaskId) -> bool) -> Checked {
        if self.is_full {
            return Ok(());
        }
        let mut rooms: BTreeMap<&str, Vec<Address>> = BTreeMap::new();
        for (id, waiting) in self.waiting.iter().filter(|(id, _)| !is_resting(id)) {
            let rooms = rooms.entry(&waiting.pool).or_insert_with(|| {
                let has_weight = |miner: &Address| self.weights.get(miner).is_some_and(|weight| *weight > 0);
                let free = self.miners.iter().filter(|(miner, seen)| has_weight(miner) && seen.is_free(&waiting.pool));
                free.map(|(miner, _)| *miner).collect()
            });
            if let Some(miner) = rooms.iter().find(|miner| !waiting.lost_by.contains(miner)) {
                return Err(format!("task {id} waits although {miner} has a free slot"));
            }
        }
        Ok(())
    }

    /// A ticket is about to leave.
    pub(crate) fn offered(&mut self, offer: &Offer) -> Checked {
        let ticket = &offer.ticket;
        let last = self.numbers.entry(ticket.miner).or_default();
        if ticket.number <= *last {
            return Err(format!("{} is offered ticket {} after {last}", ticket.miner, ticket.number));
        }
        *last = ticket.number;
        if !self.attempts.insert((offer.lease.task, offer.lease.attempt)) {
            return Err(format!("attempt {} of {} is offered twice", offer.lease.attempt, offer.lease.task));
        }
        let spec = &offer.spec;
        let right = ticket.task == spec.id.0
            && ticket.attempt == offer.lease.attempt
            && ticket.miner == offer.lease.node
            && ticket.promptCommitment == spec.prompt_commitment()
            && ticket.parameters == spec.parameters()
            && ticket.price == spec.quote().bound();
        if right { Ok(()) } else { Err(format!("the ticket {ticket:?} is not for {spec:?}")) }
    }

    /// A turn is on the disk.
    pub(crate) fn kept(&mut self, turn: &Turn) -> Checked {
        let mut leased = vec![];
        for event in &turn.events {
            self.books.apply(event)?;
            self.events += 1;
            if let Event::Task(task::Event::Leased { task, attempt, miner, .. }) = event {
                leased.push((*task, *attempt, *miner));
            }
        }
        self.leases += leased.len() as u64;
        let picked = turn.entries.iter().filter_map(|entry| match entry {
            Entry::Picked { task, attempt, miner, .. } => Some((*task, *attempt, *miner)),
            _ => None,
        });
        let picked: Vec<_> = picked.collect();
        if picked == leased {
            Ok(())
        } else {
            Err(format!("the log has the draws {picked:?} for the leases {leased:?}"))
        }
    }

    /// Applications are told that these tasks are accepted.
    pub(crate) fn promised(&mut self, disk: &Checkpoint, tasks: &[TaskId]) -> Checked {
        for task in tasks {
            if disk.tasks.get(task).is_none() {
                return Err(format!("task {task} is promised before it is on the disk"));
            }
            self.promised.insert(*task);
        }
        Ok(())
    }

    /// An application is told how its task ended.
    pub(crate) fn told(&mut self, disk: &Checkpoint, task: &Task) -> Checked {
        let id = task.spec.id;
        if disk.tasks.get(&id).map(|kept| &kept.state) != Some(&task.state) {
            return Err(format!("the end of {id} is told before it is on the disk"));
        }
        match self.told.get(&id) {
            Some(told) if *told != task.state => Err(format!("{id} was told to be {told:?}, and now {:?}", task.state)),
            Some(_) => Ok(()),
            None => {
                self.told.insert(id, task.state.clone());
                Ok(())
            }
        }
    }

    /// A miner is told that its answer counts.
    pub(crate) fn settled(&mut self, disk: &Checkpoint, miner: Address, settled: Settled) -> Checked {
        let Settled { task, attempt, number, receipt, owed } = settled;
        if !self.settled.insert((task, attempt)) {
            return Err(format!("{miner} is told twice that attempt {attempt} of {task} counts"));
        }
        if self.examined_by.get(&task) == Some(&miner) {
            return Ok(());
        }
        match disk.tasks.get(&task) {
            Some(kept)
                if kept.attempt == attempt
                    && matches!(&kept.state, State::Done { miner: by, outcome } if *by == miner
                        && outcome.receipt.hash() == receipt
                        && outcome.receipt.ticket.number == number
                        && kept.spec.quote().owed(outcome.prompt_tokens, outcome.completion_tokens) == owed) =>
            {
                Ok(())
            }
            kept => Err(format!("{miner} is told that attempt {attempt} of {task} counts, and it is {kept:?}")),
        }
    }

    /// The signature of an honest miner leaves.
    pub(crate) fn signed(&mut self, miner: Address, task: TaskId, attempt: u32, digest: B256) -> Checked {
        match self.signed.insert((miner, task, attempt), digest) {
            Some(before) if before != digest => {
                Err(format!("{miner} signs {digest} for attempt {attempt} of {task}, and signed {before} before"))
            }
            _ => Ok(()),
        }
    }

    /// Compares the machine with what it has recorded; all tasks only now and then.
    pub(crate) fn compare(&mut self, machine: &Coordinator, everything: bool) -> Checked {
        self.compared += 1;
        if *machine.accounts() != self.live.accounts {
            return Err("the machine's accounts are not what its events come to".into());
        }
        if self.compared.is_multiple_of(64) && machine.checkpoint().keys != self.live.keys {
            return Err("the machine's idempotency keys are not what its events come to".into());
        }
        if *machine.audits() != self.live.audits || *machine.bindings() != self.live.bindings {
            return Err("the machine's audits are not what its events come to".into());
        }
        if everything || self.compared.is_multiple_of(64) {
            let same = machine.tasks().iter().all(|task| self.live.tasks.get(&task.spec.id) == Some(task));
            if !same || machine.tasks().len() != self.live.tasks.len() {
                return Err("the machine's tasks are not what its events come to".into());
            }
            self.books.compare(machine.accounts())?;
        }
        Ok(())
    }

    /// Repeats what a process was told, and compares what it did.
    pub(crate) fn repeat(&mut self, process: Process) -> Checked {
        process.trace.repeat(&process.machine)
    }

    /// The last checks of a run, in which everything has come to its end.
    pub(crate) fn finish(&self, disk: &Checkpoint, records: &[Record], end: Micros) -> Checked {
        for id in &self.promised {
            match disk.tasks.get(id) {
                Some(task) if task.state.is_terminal() => {}
                task => return Err(format!("{id} was promised, and at the end it is {task:?} ({end} us)")),
            }
        }
        if disk.accounts.reserved() != self.books.examinations() || !self.books.is_settled() {
            return Err(format!("{} tasks and {} remain reserved", self.books.open(), disk.accounts.reserved()));
        }
        self.books.compare(&disk.accounts)?;
        let mut head = B256::ZERO;
        let mut lines = Vec::with_capacity(records.len());
        for record in records {
            let (line, next) = log::line(&head, record).map_err(|error| error.to_string())?;
            lines.push(line);
            head = next;
        }
        let report = log::audit(lines.iter().map(String::as_str)).map_err(|finding| format!("the log: {finding}"))?;
        let audits = &report.audits;
        if audits.answers > 0 && audits.thrown == 0 && audits.miners.values().any(|audited| audited.answers > 0) {
            return Err("answers of epochs that are over were audited without a coin".into());
        }
        if report.picks != self.leases {
            return Err(format!("{} draws are in the log, and {} leases in the journal", report.picks, self.leases));
        }
        Ok(())
    }
}
