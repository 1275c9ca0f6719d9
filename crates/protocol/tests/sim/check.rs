//! What must hold of a coordinator, checked at every step from what it records, logs, offers and tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cuckoo_protocol::{
    Address, B256, TaskId,
    assign::log::{self, Entry, Record},
    coordinator::{
        Answer, Coordinator, Effect, Finished, Input, Interest, LeaseId, Limits, Notice, Offer, Policy, Session,
    },
    entropy::Entropy,
    task::{Event, Millis, State, Task},
};

use super::{
    books::Books,
    disk::{Replayed, Turn},
    gateway::Process,
    queue::Micros,
    random::Repeated,
    world::Checked,
};

/// A miner by the assignment log.
#[derive(Default)]
struct Seen {
    joined: bool,
    draining: bool,
    offered: BTreeMap<String, u32>,
    held: BTreeMap<TaskId, String>,
    session: Session,
}

impl Seen {
    fn is_free(&self, pool: &str) -> bool {
        let held = self.held.values().filter(|held| *held == pool).count();
        self.joined && !self.draining && held < self.offered.get(pool).copied().unwrap_or(0) as usize
    }
}

/// A task that waits.
struct Waiting {
    pool: String,
    lost_by: Vec<Address>,
}

/// What a step is checked against.
#[derive(Default)]
pub(crate) struct Before {
    /// The input is of a lease or a session that is over: it must change nothing.
    is_over: bool,
    /// A session that ends with it.
    ends: Option<Address>,
    connects: Option<Address>,
    submits: Option<Submits>,
    leaves: Option<Leaves>,
    audited: Option<Audited>,
    ticks: bool,
    now: Millis,
}

struct Submits {
    count: usize,
    limits: Limits,
    interest: Interest,
}

/// A task that somebody takes back, or leaves as the last one.
struct Leaves {
    task: TaskId,
    delivered: u32,
    /// It has to be cancelled, or must not be; `None` where it may have ended.
    cancels: Option<bool>,
}

/// A result that may be audited.
struct Audited {
    /// Results of its miner before, and audits in a row that agreed with it.
    record: (u64, u64),
    pool: String,
    policy: Policy,
}

fn no(is: bool) -> &'static str {
    if is { "" } else { "not " }
}

/// All checks, and what they have to remember.
#[derive(Default)]
pub(crate) struct Check {
    /// The accounts, counted a second time.
    pub(crate) books: Books,
    /// The state by everything that the running process has recorded.
    live: Replayed,
    miners: BTreeMap<Address, Seen>,
    waiting: BTreeMap<TaskId, Waiting>,
    holders: HashMap<TaskId, (Address, u32)>,
    /// Connections that wait for a task.
    waiters: HashMap<TaskId, u32>,
    /// Tasks whose text somebody sees as it comes.
    seen: BTreeSet<TaskId>,
    weights: HashMap<Address, u128>,
    /// Escrow and settlements as the machine was told.
    funds: (u128, u128),
    promised: BTreeSet<TaskId>,
    told: HashMap<TaskId, State>,
    /// The largest ticket that each miner was ever offered.
    numbers: HashMap<Address, u64>,
    signed: HashMap<(Address, TaskId, u32), B256>,
    settled: BTreeSet<(TaskId, u32)>,
    /// Leases on the disk.
    pub(crate) leases: u64,
    /// Events on the disk.
    pub(crate) events: u64,
    compared: u64,
}

impl Check {
    /// A process has started from what is on the disk.
    pub(crate) fn start(&mut self, replayed: &Replayed) {
        self.live = replayed.clone();
        for task in self.live.tasks.iter() {
            if task.state == State::Queued {
                self.waiting.insert(task.spec.id, Waiting { pool: task.spec.pool(), lost_by: task.lost_by.clone() });
            }
        }
    }

    /// The process has died.
    pub(crate) fn stop(&mut self) {
        self.miners.clear();
        self.waiting.clear();
        self.holders.clear();
        self.waiters.clear();
        self.seen.clear();
        self.weights.clear();
        self.settled.clear();
        self.funds = (0, 0);
    }

    /// True where a lease is not in the hands of its miner's current session.
    pub(crate) fn is_over(&self, lease: &LeaseId) -> bool {
        self.holders.get(&lease.task) != Some(&(lease.node, lease.attempt)) || self.is_gone(lease.node, lease.session)
    }

    fn is_gone(&self, node: Address, session: Session) -> bool {
        !self.miners.get(&node).is_some_and(|miner| miner.joined && miner.session == session)
    }

    /// Looks at an input before the machine does.
    pub(crate) fn before(&mut self, machine: &Coordinator, input: &Input, now: Millis) -> Before {
        let mut before = Before { now, ..Before::default() };
        match input {
            Input::Started { lease }
            | Input::Refused { lease, .. }
            | Input::Progress { lease, .. }
            | Input::Finished { lease, .. }
            | Input::Broken { lease, .. }
            | Input::Diverged { lease, .. } => {
                before.is_over = self.is_over(lease);
                if let (Input::Finished { finished, .. }, false) = (input, before.is_over) {
                    before.audited = self.may_audit(machine, lease, finished);
                }
            }
            Input::Slots { node, session, .. } | Input::Drained { node, session } => {
                before.is_over = self.is_gone(*node, *session);
            }
            Input::Disconnect { node, session, .. } => {
                before.is_over = self.is_gone(*node, *session);
                before.ends = (!before.is_over).then_some(*node);
            }
            Input::Tick => before.ticks = true,
            Input::Connect { node } => before.connects = Some(*node),
            Input::Funds(funds) => {
                let owed: HashMap<_, _> = machine.accounts().iter().map(|(miner, _, owed)| (miner, owed)).collect();
                let covered =
                    |(miner, settled): (&Address, &u128)| (*settled).min(owed.get(miner).copied().unwrap_or(0));
                self.funds = (funds.escrow, funds.settled.iter().map(covered).sum());
            }
            Input::Submit { tasks, limits, interest } => {
                before.submits = Some(Submits { count: tasks.len(), limits: *limits, interest: *interest });
            }
            Input::Follow { task } if self.is_open(task) => drop(self.seen.insert(*task)),
            Input::Leave { task, delivered } => {
                let waiters = self.waiters.get_mut(task).filter(|waiters| **waiters > 0);
                let is_last = waiters.is_some_and(|waiters| {
                    *waiters -= 1;
                    *waiters == 0
                });
                let cancels = self.is_open(task).then_some(is_last);
                before.leaves = Some(Leaves { task: *task, delivered: *delivered, cancels });
            }
            Input::Cancel { task, delivered } | Input::Deserted { task, delivered } => {
                let cancels = self.is_open(task).then_some(true);
                before.leaves = Some(Leaves { task: *task, delivered: *delivered, cancels });
            }
            _ => {}
        }
        before
    }

    fn is_open(&self, task: &TaskId) -> bool {
        self.live.tasks.get(task).is_some_and(|task| !task.state.is_terminal())
    }

    fn may_audit(&self, machine: &Coordinator, lease: &LeaseId, finished: &Finished) -> Option<Audited> {
        let spec = &self.live.tasks.get(&lease.task)?.spec;
        let policy = machine.identity().audits;
        let is_on = policy.first > 0 || policy.percent > 0;
        let may = is_on && !spec.audit && !machine.is_draining() && !finished.outcome.receipt.token_ids.is_empty();
        let record = machine.records().get(&lease.node);
        let record = record.map_or((0, 0), |record| (record.done, record.agreed));
        may.then(|| Audited { record, pool: spec.pool(), policy })
    }

    /// A result is audited where its turn, or chance, says so, and two miners could do it.
    fn check_audit(&self, audited: &Audited, words: &[B256], effects: &[Effect]) -> Checked {
        let Audited { record: (done, agreed), pool, policy } = audited;
        let share = f64::from(policy.percent) / if *agreed >= 100 { 500.0 } else { 100.0 };
        let is_drawn = done + 1 <= policy.first || Repeated(words.iter().copied()).chance(share);
        let offering = self.miners.values().filter(|miner| miner.joined && miner.offered.contains_key(pool)).count();
        let is_made =
            effects.iter().any(|effect| matches!(effect, Effect::Record(Event::Accepted { spec, .. }) if spec.audit));
        let is_left_out = effects.iter().any(|effect| matches!(effect, Effect::Notice(Notice::AuditLeftOut(_))));
        let is_due = is_drawn && offering >= 2;
        if is_due == (is_made || is_left_out) {
            return Ok(());
        }
        Err(format!("an audit is {}drawn with {offering} miners, and is {}made", no(is_drawn), no(is_made)))
    }

    /// Whoever leaves last, or takes back, cancels, and pays for what was seen.
    fn check_leaves(&self, leaves: &Leaves, effects: &[Effect]) -> Checked {
        let Leaves { task, delivered, cancels } = leaves;
        let cancelled = effects.iter().find_map(|effect| match effect {
            Effect::Record(Event::Cancelled { task: cancelled, delivered }) if cancelled == task => Some(*delivered),
            _ => None,
        });
        if cancelled.is_some() != cancels.unwrap_or(false) {
            return Err(format!("{task} is {}to be cancelled, and is: {cancelled:?}", no(cancels.unwrap_or(false))));
        }
        let paid = if self.seen.contains(task) { *delivered } else { 0 };
        match cancelled {
            Some(found) if found != paid => Err(format!("{found} tokens of {task} are paid for, and {paid} were seen")),
            _ => Ok(()),
        }
    }

    /// Looks at what the machine made of an input.
    pub(crate) fn after(
        &mut self,
        before: Before,
        answer: &Answer,
        effects: &[Effect],
        words: &[B256],
        machine: &Coordinator,
    ) -> Checked {
        if before.is_over {
            let idle = |effect: &Effect| matches!(effect, Effect::Notice(_) | Effect::Metric(_));
            if let Some(effect) = effects.iter().find(|effect| !idle(effect)) {
                return Err(format!("an input of a lease or a session that is over has an effect: {effect:?}"));
            }
        }
        if let (Some(node), Answer::Connected(session)) = (before.connects, answer) {
            let miner = self.miners.entry(node).or_default();
            if *session <= miner.session {
                return Err(format!("session {session} of {node} comes after {}", miner.session));
            }
            miner.session = *session;
        }
        if let Some(node) = before.ends {
            // The effects are looked at one by one afterwards; the state is what it is now.
            let holds = machine
                .tasks()
                .iter()
                .find(|task| matches!(task.state, State::Leased { miner } | State::Running { miner } if miner == node));
            if let Some(task) = holds {
                return Err(format!("{node} has left and still holds {}", task.spec.id));
            }
        }
        if let (Some(submits), Answer::Submitted(Ok(tasks))) = (before.submits, answer) {
            self.check_submitted(&submits, tasks, effects, machine)?;
            for task in tasks.iter().filter(|task| machine.task(task).is_some_and(|task| !task.state.is_terminal())) {
                *self.waiters.entry(*task).or_default() += u32::from(submits.interest != Interest::Nothing);
                if submits.interest == Interest::Stream {
                    self.seen.insert(*task);
                }
            }
        }
        if let Some(leaves) = &before.leaves {
            self.check_leaves(leaves, effects)?;
        }
        if let Some(audited) = &before.audited {
            self.check_audit(audited, words, effects)?;
        }
        // The clock may have jumped since the last tick.
        let late = if before.ticks { machine.tasks().overdue(before.now) } else { vec![] };
        late.first().map_or(Ok(()), |event| Err(format!("task {} is open after its deadline", event.task())))
    }

    fn check_submitted(
        &self,
        submits: &Submits,
        tasks: &[TaskId],
        effects: &[Effect],
        machine: &Coordinator,
    ) -> Checked {
        if tasks.len() != submits.count {
            return Err(format!("{} tasks were accepted for {}", tasks.len(), submits.count));
        }
        let fresh: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record(Event::Accepted { spec, .. }) if !spec.audit => Some(spec),
                _ => None,
            })
            .collect();
        let bound: u128 = fresh.iter().map(|spec| spec.quote().bound()).sum();
        if bound == 0 {
            return Ok(());
        }
        if let Some(cap) = submits.limits.max_price.filter(|cap| bound > *cap) {
            return Err(format!("tasks for up to {bound} were accepted with a limit of {cap}"));
        }
        let caller = fresh.first().and_then(|spec| spec.caller.as_deref());
        if let (Some(budget), Some(caller)) = (submits.limits.budget, caller) {
            let charged = machine.accounts().charged(caller);
            if charged > budget {
                return Err(format!("{caller} is charged {charged} with a budget of {budget}"));
            }
        }
        let (escrow, covered) = self.funds;
        let (owed, reserved) = (machine.accounts().owed(), machine.accounts().reserved());
        if owed.saturating_sub(covered) + reserved > escrow {
            return Err(format!("an escrow of {escrow} is to cover {owed} - {covered} and {reserved}"));
        }
        Ok(())
    }

    /// An event was recorded.
    pub(crate) fn recorded(&mut self, event: &Event) -> Checked {
        self.live.apply(event)?;
        let id = event.task();
        let Some(task) = self.live.tasks.get(&id) else { return Err(format!("{id} is unknown")) };
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

    /// After a turn nobody waits for whom somebody has room.
    pub(crate) fn nobody_starves(&self) -> Checked {
        let mut rooms: BTreeMap<&str, Vec<Address>> = BTreeMap::new();
        for (id, waiting) in &self.waiting {
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
        let spec = &offer.spec;
        let right = ticket.task == spec.id.0
            && ticket.attempt == offer.lease.attempt
            && ticket.miner == offer.lease.node
            && ticket.promptCommitment == spec.prompt_commitment()
            && ticket.parameters == spec.sampling.hash()
            && ticket.price == spec.quote().bound();
        if right { Ok(()) } else { Err(format!("the ticket {ticket:?} is not for {spec:?}")) }
    }

    /// A turn is on the disk.
    pub(crate) fn kept(&mut self, turn: &Turn) -> Checked {
        let mut leased = vec![];
        for event in &turn.events {
            self.books.apply(event)?;
            self.events += 1;
            if let Event::Leased { task, attempt, miner, .. } = event {
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
    pub(crate) fn promised(&mut self, disk: &Replayed, tasks: &[TaskId]) -> Checked {
        for task in tasks {
            if disk.tasks.get(task).is_none() {
                return Err(format!("task {task} is promised before it is on the disk"));
            }
            self.promised.insert(*task);
        }
        Ok(())
    }

    /// An application is told how its task ended.
    pub(crate) fn told(&mut self, disk: &Replayed, task: &Task) -> Checked {
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
    pub(crate) fn settled(&mut self, disk: &Replayed, miner: Address, task: TaskId, attempt: u32) -> Checked {
        if !self.settled.insert((task, attempt)) {
            return Err(format!("{miner} is told twice that attempt {attempt} of {task} counts"));
        }
        match disk.tasks.get(&task) {
            Some(kept)
                if kept.attempt == attempt && matches!(kept.state, State::Done { miner: by, .. } if by == miner) =>
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
    pub(crate) fn finish(&self, disk: &Replayed, records: &[Record], end: Micros) -> Checked {
        for id in &self.promised {
            match disk.tasks.get(id) {
                Some(task) if task.state.is_terminal() => {}
                task => return Err(format!("{id} was promised, and at the end it is {task:?} ({end} us)")),
            }
        }
        if disk.accounts.reserved() != 0 || self.books.open() != 0 {
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
        if report.picks != self.leases {
            return Err(format!("{} draws are in the log, and {} leases in the journal", report.picks, self.leases));
        }
        Ok(())
    }
}
