//! The thread that decides: it owns the coordinator's state and its journal, and nobody else changes either.
//!
//! It works in turns. A turn takes in what has come while the one before ran, decides each of it, and hands over all that follows at
//! once: one record for the journal, one signature, and one item for each link. Nothing gathers by a timer: under load turns are
//! long, and at leisure each has one input.

use std::{
    collections::{HashMap, VecDeque},
    io, mem,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use alloy::signers::local::Secp256k1Signer;
use cuckoo_protocol::{
    coordinator::{
        Answer, Coordinator, Effect, Effects, Event, Input, Interest, LeaseId, Level, Limits, Notice, Session,
        Submission, SubmitError, Words,
    },
    message::Domain,
    task::{Millis, State, Task, TaskId, TokenQuestion},
    wire,
};

use super::{
    auditor::{Job, Jobs},
    journal::{self, Journal},
    mailbox::Mailbox,
    message::{Command, Commands, Message, Reply},
    metrics,
    pulse::Pulse,
    stream::{Reading, Stream},
    tokens::{Question, TokenError, TokenReply},
    turn::Turn,
    waiters::Waiters,
};
use crate::{
    host::clock,
    node::{evidence, failpoint, system_random::SystemRandom},
};

/// Inputs of a turn at most.
const MAX_INPUTS: usize = 256;
/// How often deadlines and pauses are looked at.
const TICK: Duration = Duration::from_millis(250);
/// Miners get at most one voucher in this time: one signature for everything that they have done since the last. A miner stops at
/// some number of answers without a voucher, so that this also bounds what one miner can do in a second.
const STATEMENTS: Duration = Duration::from_millis(2);

/// What the thread owns.
pub(super) struct Decisions {
    machine: Coordinator,
    journal: Journal,
    signer: Secp256k1Signer,
    domain: Domain,
    mailbox: Arc<Mailbox<Message>>,
    pulse: Arc<Pulse>,
    /// The coordinator's own auditor.
    auditor: Option<Jobs>,
    /// Where what proves answers is kept.
    evidence: evidence::Queue,
    links: HashMap<Session, Commands>,
    streams: HashMap<TaskId, Arc<Stream>>,
    waiters: Waiters,
    turn: Turn,
    /// The turns that have changed tasks and are not durable yet.
    changed: HashMap<TaskId, u64>,
    effects: Effects,
    next_tick: Instant,
    told_at: Option<Instant>,
    statements_due: bool,
    /// The leases of turns that were not durable at the last tick: their offers leave with these.
    given: VecDeque<(u64, Vec<LeaseId>)>,
    /// Questions about tokens so far.
    questions: usize,
}

impl Decisions {
    /// A state, with the effects of its recovery, and the journal that it goes on in.
    pub(super) fn new(
        machine: Coordinator,
        effects: Effects,
        journal: Journal,
        signer: Secp256k1Signer,
        domain: Domain,
        evidence: evidence::Queue,
    ) -> Self {
        let pulse = Arc::new(Pulse::of(&journal));
        Self {
            machine,
            journal,
            signer,
            domain,
            mailbox: Arc::default(),
            pulse,
            auditor: None,
            evidence,
            links: HashMap::new(),
            streams: HashMap::new(),
            waiters: Waiters::default(),
            turn: Turn::default(),
            changed: HashMap::new(),
            effects,
            next_tick: Instant::now(),
            told_at: None,
            statements_due: false,
            given: VecDeque::new(),
            questions: 0,
        }
    }

    /// What is asked of it.
    pub(super) fn mailbox(&self) -> Arc<Mailbox<Message>> {
        self.mailbox.clone()
    }

    /// Its figures.
    pub(super) fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }

    /// From now on there is an auditor, which takes jobs here.
    pub(super) fn set_auditor(&mut self, auditor: Jobs) {
        self.auditor = Some(auditor);
    }

    /// Decides, on a thread of its own, until [`Message::Close`]; then the journal is closed. If it panics the process ends at once:
    /// what is durable is whole, and the next start goes on from it.
    pub(super) fn start(self) -> io::Result<thread::JoinHandle<()>> {
        thread::Builder::new().name("decisions".into()).spawn(move || {
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run())).is_err() {
                tracing::error!("the thread that decides has panicked; the process ends at once");
                std::process::abort();
            }
        })
    }

    fn run(mut self) {
        let mut messages = vec![];
        let mut is_open = true;
        while is_open {
            self.mailbox.take(&mut messages, self.wake_at());
            // The two buffers go back and forth.
            let mut waiting = messages.drain(..);
            is_open = self.turn(&mut waiting);
            while is_open && waiting.len() > 0 {
                is_open = self.turn(&mut waiting);
            }
        }
        self.mailbox.close();
        self.journal.close();
    }

    /// When there is something to do even if nothing comes.
    fn wake_at(&self) -> Instant {
        match self.told_at {
            _ if !self.statements_due => self.next_tick,
            Some(told_at) => self.next_tick.min(told_at + STATEMENTS),
            None => Instant::now(),
        }
    }

    /// One turn, of the first messages that wait. Returns false after the last one of all.
    fn turn(&mut self, messages: &mut impl Iterator<Item = Message>) -> bool {
        let began = Instant::now();
        let now = clock::now();
        self.turn.record.at = now;
        self.carry_out();
        self.pass_time(began, now);
        let mut inputs = 0;
        let mut is_open = true;
        while is_open && inputs < MAX_INPUTS {
            let Some(message) = messages.next() else { break };
            inputs += 1;
            is_open = self.take(message, now);
        }
        self.finish(now);
        self.pulse.beat(self.machine.generation(), &self.journal, inputs, began.elapsed());
        is_open
    }

    /// What the time makes due.
    fn pass_time(&mut self, began: Instant, now: Millis) {
        let synced = self.journal.synced();
        self.changed.retain(|_, turn| *turn > synced);
        let full = self.journal.is_full();
        if self.pulse.set_full(full) {
            self.act(Input::Disk { full }, now);
        }
        if began >= self.next_tick {
            self.next_tick = began + TICK;
            let mut leases = vec![];
            while let Some((_, given)) = self.given.pop_front_if(|(turn, _)| *turn <= synced) {
                leases.extend(given);
            }
            if !leases.is_empty() {
                self.act(Input::Given { leases }, now);
            }
            self.act(Input::Tick, now);
        }
        if self.statements_due && self.told_at.is_none_or(|told_at| began >= told_at + STATEMENTS) {
            self.statements_due = false;
            self.told_at = Some(began);
            self.act(Input::Statements, now);
        }
    }

    fn take(&mut self, message: Message, now: Millis) -> bool {
        match message {
            Message::Input(input) => self.hear(input, now),
            Message::Submit { waiter, tasks, limits, reply } => self.submit(waiter, tasks, limits, reply, now),
            Message::Resume { waiter, tasks, interest, reply } => self.resume(waiter, tasks, interest, reply, now),
            Message::Follow { task, reply } => {
                self.machine.step(Input::Follow { task }, now, &mut SystemRandom, &mut self.effects);
                let reading = self.read_along(task);
                self.turn.release(Box::new(move || drop(reply.send(reading))));
            }
            Message::Leave { waiter } => {
                for task in self.waiters.leave(waiter) {
                    self.act(Input::Leave { task, delivered: self.tokens(&task) }, now);
                }
            }
            Message::Cancel { task, reply } => {
                let cancelled = self.act(Input::Cancel { task, delivered: self.tokens(&task) }, now);
                let was_open = cancelled == Answer::Cancelled(true);
                self.turn.release(Box::new(move || {
                    let _ = reply.send(was_open);
                }));
            }
            Message::AskTokens { model, question, reply } => self.ask_tokens(model, question, reply),
            Message::Connect { node, commands, reply } => {
                let answer = self.machine.step(Input::Connect { node }, now, &mut SystemRandom, &mut self.effects);
                if let Answer::Connected(session) = answer {
                    self.links.insert(session, commands);
                    let _ = reply.send(session);
                }
            }
            Message::Read(read) => read(&self.machine),
            Message::ReadTasks(read) => {
                let (tasks, release) = read(&self.machine);
                let synced = self.journal.synced();
                if tasks.iter().all(|task| self.changed.get(task).is_none_or(|turn| *turn <= synced)) {
                    release();
                } else {
                    self.turn.release(release);
                }
            }
            Message::ReadDurable(read) => {
                let release = read(&self.machine);
                self.turn.release(release);
            }
            Message::Close => return false,
        }
        self.carry_out();
        true
    }

    /// Asks one of the miners that can tell a model's tokens, one after the other.
    fn ask_tokens(&mut self, model: String, asked: TokenQuestion, reply: TokenReply) {
        // Who has asked may be gone.
        match self.machine.tokenisers(&model) {
            Err(error) => drop(reply.send(Err(error.into()))),
            Ok(miners) if miners.is_empty() => drop(reply.send(Err(TokenError::Unable(model)))),
            Ok(miners) => {
                self.questions = self.questions.wrapping_add(1);
                let (session, context) = miners[self.questions % miners.len()];
                self.turn.tell(session, Command::AskTokens(Question { model, asked, context, reply }));
            }
        }
    }

    /// Takes in what has happened.
    fn hear(&mut self, input: Input, now: Millis) {
        match &input {
            // A link that is gone is told nothing.
            Input::Disconnect { session, .. } => drop(self.links.remove(session)),
            // Those who wait for the end alone are not slow, and nobody waits for those who only follow.
            Input::Deserted { task, .. } if !self.waiters.all_read(task) => return,
            Input::Finished { .. } => self.turn.has_result = true,
            _ => {}
        }
        self.act(input, now);
    }

    fn submit(&mut self, waiter: u64, tasks: Vec<Submission>, limits: Limits, reply: Reply, now: Millis) {
        let interest = match &reply {
            Reply::Accepted(_) => Interest::Nothing,
            Reply::Streams(_) => Interest::Stream,
            Reply::Ended(_) => Interest::Answer,
        };
        let input = Input::Submit { tasks, limits, interest };
        let answer = self.machine.step(input, now, &mut SystemRandom, &mut self.effects);
        let Answer::Submitted(submitted) = answer else { return };
        let ids = match submitted {
            Ok(ids) => ids,
            Err(error) => return refuse(reply, error),
        };
        self.answer(waiter, ids, reply);
    }

    /// Lets a replica wait for tasks that were accepted earlier. Attempts repeat what their readers were given before they go on.
    fn resume(&mut self, waiter: u64, tasks: Vec<(TaskId, Words)>, interest: Interest, reply: Reply, now: Millis) {
        if tasks.iter().any(|(id, _)| self.machine.task(id).is_none()) {
            return refuse(reply, SubmitError::ResultGone);
        }
        for (task, Words(text, scores)) in &tasks {
            self.machine.step(Input::Return { task: *task, interest }, now, &mut SystemRandom, &mut self.effects);
            if self.ended(task).is_none() {
                self.streams.entry(*task).or_default().resume(text, scores.len());
            }
        }
        self.answer(waiter, tasks.into_iter().map(|(id, _)| id).collect(), reply);
    }

    /// Answers a request whose tasks are accepted.
    fn answer(&mut self, waiter: u64, ids: Vec<TaskId>, reply: Reply) {
        match reply {
            Reply::Accepted(reply) => self.turn.release(Box::new(move || drop(reply.send(Ok(ids))))),
            Reply::Streams(reply) => {
                let readings = ids.iter().filter_map(|id| Some((*id, self.read_along(*id)?))).collect();
                let waited = ids.into_iter().map(|id| (id, self.ended(&id))).collect();
                self.waiters.join(waiter, waited, None);
                self.turn.release(Box::new(move || drop(reply.send(Ok(readings)))));
            }
            Reply::Ended(reply) => {
                let waited = ids.into_iter().map(|id| (id, self.ended(&id))).collect();
                if let Some(release) = self.waiters.join(waiter, waited, Some(reply)) {
                    self.turn.release(release);
                }
            }
        }
    }

    /// A task that has ended.
    fn ended(&self, id: &TaskId) -> Option<Arc<Task>> {
        self.machine.task(id).filter(|task| task.state.is_terminal()).cloned()
    }

    fn read_along(&mut self, id: TaskId) -> Option<Reading> {
        let task = self.machine.task(&id)?;
        if task.state.is_terminal() {
            return Some(Reading::of_ended(task.clone()));
        }
        Some(Reading::of(self.streams.entry(id).or_default().clone()))
    }

    /// Tokens that a task has generated by now.
    fn tokens(&self, id: &TaskId) -> u32 {
        self.streams.get(id).map_or(0, |stream| stream.tokens())
    }

    fn act(&mut self, input: Input, now: Millis) -> Answer {
        let answer = self.machine.step(input, now, &mut SystemRandom, &mut self.effects);
        self.carry_out();
        answer
    }

    /// Notes what the last step has decided.
    fn carry_out(&mut self) {
        let mut effects = mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Record(event) => self.record(event),
                Effect::Log(entry) => self.turn.record.entries.push(entry),
                Effect::Checkpoint(checkpoint) => self.turn.record.checkpoint = Some(checkpoint),
                Effect::Offer(offer) => {
                    // Nobody reads along with an examination.
                    let stream = match offer.spec.examine {
                        Some(_) => Arc::default(),
                        None => self.streams.entry(offer.lease.task).or_default().clone(),
                    };
                    stream.begin(offer.lease.attempt);
                    self.turn.offer(offer, stream);
                }
                Effect::Stop { lease } => self.turn.stop(lease),
                Effect::Pause { session, pause } => self.turn.tell(session, Command::Pause(pause)),
                Effect::Ask { session } => self.turn.tell(session, Command::Ask),
                Effect::Close { session, code, reason } => self.turn.tell(session, Command::Close(code, reason)),
                Effect::Statement(statement) => self.turn.state(statement),
                Effect::Queued(id) => {
                    if let Some(stream) = self.streams.get(&id) {
                        stream.interrupt();
                    }
                }
                Effect::Ended(task) => self.end(task),
                Effect::StatementsDue => self.statements_due = true,
                Effect::Examine { audit, manifest, spec } => self.audit(Job::Examine { audit, manifest, spec }),
                Effect::Unexamine(audit) => self.audit(Job::Stop(audit)),
                Effect::Confirmed(confirmed) => self.evidence.keep(confirmed.tasks.iter().map(|task| task.spec.id)),
                Effect::Mismatch { session, mismatches } => {
                    let models = mismatches.into_iter().map(|mismatch| wire::Mismatch {
                        model: mismatch.model,
                        bound: mismatch.bound.to_vec(),
                        reason: mismatch.reason,
                    });
                    self.turn.tell(session, Command::Mismatches(wire::Mismatches { models: models.collect() }));
                }
                Effect::Metric(metric) => metrics::count(&metric, self.turn.record.at),
                Effect::Notice(notice) => print(&notice),
            }
        }
        // The buffer is used again.
        self.effects = effects;
    }

    fn audit(&self, job: Job) {
        if let Some(auditor) = &self.auditor {
            // It ends with the process.
            let _ = auditor.send(job);
        }
    }

    fn record(&mut self, event: Event) {
        // A checkpoint is the state after all events of its record: what follows it begins another one.
        if self.turn.record.checkpoint.is_some() {
            let at = self.turn.record.at;
            let record = mem::replace(&mut self.turn.record, journal::Turn { at, ..journal::Turn::default() });
            self.journal.append(record, vec![], false);
        }
        if let Some(event) = event.as_task() {
            self.changed.insert(event.task(), self.journal.next());
        }
        self.turn.record.events.push(event);
    }

    fn end(&mut self, task: Arc<Task>) {
        if let State::Done { outcome, .. } = &task.state
            && let Some(manifest) = self.machine.manifest(&outcome.receipt.ticket.model)
        {
            let (spec, outcome, manifest) = (task.spec.clone(), outcome.clone(), manifest.clone());
            self.evidence.add(evidence::Answer::Accepted { spec, outcome, manifest });
        }
        for release in self.waiters.ended(&task) {
            self.turn.release(release);
        }
        if let Some(stream) = self.streams.remove(&task.spec.id)
            && stream.has_readers()
        {
            self.turn.release(Box::new(move || stream.end(task)));
        }
    }

    /// Signs and records what the turn has come to, and sends what need not be durable before.
    fn finish(&mut self, now: Millis) {
        while let Some((leases, reason)) = self.turn.sign(&self.signer, &self.domain, &self.links) {
            tracing::error!(reason, "leases end before they begin");
            for lease in leases {
                self.act(Input::Diverged { lease, reason: reason.clone() }, now);
            }
        }
        let given = self.turn.give(&self.links);
        if !given.is_empty() {
            self.given.push_back((self.journal.next(), given));
        }
        let Turn { record, releases, is_urgent, has_result, .. } = &mut self.turn;
        let (record, releases) = (mem::take(record), mem::take(releases));
        let is_empty = record.events.is_empty() && record.entries.is_empty() && record.checkpoint.is_none();
        if !is_empty || !releases.is_empty() {
            self.journal.append(record, releases, mem::take(is_urgent));
        }
        if mem::take(has_result) {
            failpoint::point(failpoint::RESULT_AFTER);
        }
        self.turn.send(&mut self.links);
    }
}

fn print(notice: &Notice) {
    match notice.level() {
        Level::Debug => tracing::debug!("{notice}"),
        Level::Info => tracing::info!("{notice}"),
        Level::Warn => tracing::warn!("{notice}"),
        Level::Error => tracing::error!("{notice}"),
    }
}

/// Says why tasks are not accepted. Nothing has to be durable for that.
fn refuse(reply: Reply, error: SubmitError) {
    // The connection may be gone.
    match reply {
        Reply::Accepted(reply) => drop(reply.send(Err(error))),
        Reply::Streams(reply) => drop(reply.send(Err(error))),
        Reply::Ended(reply) => drop(reply.send(Err(error))),
    }
}

#[cfg(test)]
pub(super) mod tests;
