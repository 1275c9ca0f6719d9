//! The coordinator's state in one place: tasks, miners' sessions, queues and draws.
//!
//! Every method is synchronous and short; the one lock around a [`Core`] is never held across an await. Events go to the
//! journal in the order in which they are applied.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::Arc,
};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::local::Secp256k1Signer,
};
use cuckoo_protocol::{
    Cai,
    assign::{Assigner, Snapshot, log::Entry, seed::SeedChain},
    ledger::Accounts,
    message::{Domain, Ticket},
    task::{Effect, Event, Idempotency, Kind, Millis, Score, State, Task, TaskId, TaskSpec, Tasks, TransitionError},
    wire::{self, Frame},
};
use tokio::sync::{Notify, mpsc};

use super::{
    assignments::{AssignmentLog, Head},
    journal::{Checkpoint, History, Journal, Mark},
    metrics,
    prices::Prices,
};

mod assignment;
pub mod audit;
mod money;
pub mod quality;
mod session;
mod view;

pub use money::{Funds, Limits, Statements};

/// Ended tasks that stay readable.
const KEEP_ENDED: usize = 10_000;
/// And bytes of their prompts and outputs, which with images are what counts.
const KEEP_BYTES: usize = 256 << 20;
/// Of the newest ones even more, so that whoever waits can read what it waited for.
const KEEP_NEWEST: usize = 64;
/// Text waiting for one slow reader, in messages, before it is cut off.
pub(super) const READER_BACKLOG: usize = 1024;

/// What a waiting application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// More text, and the tokens that it came with where the task is scored.
    Text(Box<(String, Vec<Score>)>),
    /// The task is terminal.
    Ended,
}

/// Why a task is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// No miner that is connected offers it.
    #[error("the model `{model}` does not exist or no miner offers it")]
    UnknownModel {
        /// What was asked for.
        model: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It makes something else.
    #[error("the model `{model}` makes {made} and not {wanted}")]
    WrongKind {
        /// What was asked for.
        model: String,
        /// What miners offer it for.
        made: &'static str,
        /// What it was asked for.
        wanted: &'static str,
    },
    /// Nobody is connected at all.
    #[error("no miner is connected at the moment")]
    NoMiners,
    /// The queue is full.
    #[error("{queued} tasks are waiting already")]
    Overloaded {
        /// How many.
        queued: usize,
    },
    /// The key was used for another request.
    #[error("this Idempotency-Key was used with another request")]
    IdempotencyConflict,
    /// It may cost more than the application allows.
    #[error("this may cost up to {price}, and the request allows {cap}")]
    PriceAboveCap {
        /// The most that it can cost.
        price: Cai,
        /// As the application says.
        cap: Cai,
    },
    /// It may cost more than is left for the caller's key.
    #[error("this may cost up to {price}, which is more than is left of this key's budget of {budget}")]
    BudgetSpent {
        /// The most that it can cost.
        price: Cai,
        /// For all tasks of the key.
        budget: Cai,
    },
    /// The escrow does not cover it on top of what is owed and reserved.
    #[error("this may cost up to {price}, which the coordinator's escrow does not cover at the moment")]
    EscrowExhausted {
        /// The most that it can cost.
        price: Cai,
    },
    /// What it takes responsibility for could not be kept.
    #[error("the coordinator's disk is full")]
    NoRoom,
    /// It is going away.
    #[error("the coordinator is shutting down")]
    Draining,
}

/// Tasks that were accepted, or found by their idempotency keys.
#[derive(Debug)]
pub struct Submitted {
    /// Which, in the order of what was asked.
    pub ids: Vec<TaskId>,
    /// Wait for this before telling anybody.
    pub mark: Mark,
}

/// What stays the same while the coordinator runs.
#[derive(Debug)]
pub struct Identity {
    /// The node key.
    pub signer: Secp256k1Signer,
    /// What its signatures are bound to.
    pub domain: Domain,
    /// The secret from which every epoch's seed is derived.
    pub secret: B256,
    /// Where everything goes that a draw depends on.
    pub log: AssignmentLog,
    /// Tasks that may wait.
    pub max_queue: usize,
    /// What tokens cost.
    pub prices: Prices,
    /// Events after which what they have come to takes their place in the journal.
    pub checkpoint_after: u64,
    /// What is asked of miners.
    pub gate: quality::Gate,
}

#[derive(Debug)]
struct Offered {
    name: String,
    kind: Kind,
    manifest: B256,
    /// As the miner says.
    places: u32,
    /// The same, or none while it pauses: what draws go by.
    granted: u32,
    capacity: u32,
}

/// A miner's session and record.
#[derive(Debug, Default)]
struct Miner {
    session: u64,
    frames: Option<mpsc::UnboundedSender<Vec<u8>>>,
    /// By pool, see [`TaskSpec::pool`]; so is everything else here that is by model.
    models: HashMap<String, Offered>,
    devices: Vec<wire::Device>,
    held: HashSet<TaskId>,
    held_by_model: HashMap<String, u32>,
    draining: bool,
    done: u64,
    lost: u64,
    quality: quality::Quality,
}

/// The output of a running attempt, and who waits for it.
#[derive(Debug, Default)]
struct Live {
    attempt: u32,
    ticket: Option<(Ticket, Bytes)>,
    text: String,
    token_ids: Vec<u32>,
    log_probabilities: Vec<f32>,
    /// Of a task that is scored.
    scores: Vec<Score>,
    /// Scores that readers have been given, by any attempt.
    told: usize,
    pieces: u32,
    /// Bytes of text that readers have been given, by any attempt.
    delivered: String,
    readers: Vec<mpsc::Sender<Update>>,
    /// Those who are told of the end alone: they have seen nothing that a later attempt would have to repeat.
    awaiting: Vec<mpsc::Sender<Update>>,
    waiters: u32,
    /// An application sees the text as it comes.
    seen: bool,
    leased_at: Millis,
    first_token_at: Option<Millis>,
}

/// Facts about a task for the dashboard that its state machine does not need.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) first_token_at: Option<Millis>,
    pub(super) ended_at: Option<Millis>,
    pub(super) completion_tokens: u32,
}

/// See the module.
#[derive(Debug)]
pub struct Core {
    identity: Identity,
    journal: Journal,
    tasks: Tasks,
    snapshot: Arc<Snapshot>,
    seeds: Option<SeedChain>,
    /// The coordinator's seed of the epoch in force.
    seed: B256,
    assigners: HashMap<String, Assigner>,
    /// By model, in the order of acceptance: a task that comes back keeps its place.
    queues: BTreeMap<String, BTreeMap<u64, TaskId>>,
    miners: HashMap<Address, Miner>,
    /// Boxed, as tasks are.
    live: HashMap<TaskId, Box<Live>>,
    ended: VecDeque<TaskId>,
    /// See [`KEEP_BYTES`].
    ended_bytes: usize,
    times: HashMap<TaskId, Times>,
    idempotency: HashMap<B256, (B256, TaskId)>,
    sessions: u64,
    tickets: u64,
    accounts: Accounts,
    coffer: Option<money::Coffer>,
    due: BTreeMap<Address, Vec<wire::Lease>>,
    /// Told when something becomes due.
    dues: Arc<Notify>,
    counts: cuckoo_protocol::status::TaskCounts,
    audits: audit::Audits,
    draining: bool,
    generation: u64,
}

impl Core {
    /// Rebuilds the state from the journal. Leases of an earlier process are taken back.
    pub fn recover(
        identity: Identity,
        journal: Journal,
        history: History,
        now: Millis,
    ) -> Result<Self, TransitionError> {
        let Checkpoint { mut tasks, mut accounts } = history.checkpoint;
        let mut before: Vec<_> = tasks.iter().filter(|task| task.state.is_terminal()).collect();
        before.sort_unstable_by_key(|task| task.sequence);
        let mut ended: VecDeque<_> = before.into_iter().map(|task| task.spec.id).collect();
        for event in history.events {
            accounts.apply(&event);
            for effect in tasks.apply(event)? {
                if let Effect::Ended(id) = effect {
                    accounts.close(&id);
                    ended.push_back(id);
                }
            }
        }
        tasks.skip_to(identity.log.next_sequence());
        let idempotency = tasks
            .iter()
            .filter_map(|task| {
                task.spec.idempotency.map(|idempotency| (idempotency.key, (idempotency.body, task.spec.id)))
            })
            .collect();
        let mut core = Self {
            identity,
            journal,
            tasks,
            snapshot: Arc::default(),
            seeds: None,
            seed: B256::ZERO,
            assigners: HashMap::new(),
            queues: BTreeMap::new(),
            miners: HashMap::new(),
            live: HashMap::new(),
            ended_bytes: 0,
            ended,
            times: HashMap::new(),
            idempotency,
            // Both grow across restarts, so that no number is ever given twice.
            sessions: now << 16,
            tickets: (now << 16).max(accounts.last_ticket()),
            accounts,
            coffer: None,
            due: BTreeMap::new(),
            dues: Arc::default(),
            counts: Default::default(),
            audits: audit::Audits::default(),
            draining: false,
            generation: 0,
        };
        core.log_start(now);
        let waiting: Vec<_> =
            core.tasks.iter().filter(|task| task.state == State::Queued).map(|task| task.spec.id).collect();
        for id in waiting {
            core.enqueue(id);
        }
        for event in core.tasks.orphaned("the coordinator restarted") {
            core.apply(event, now)?;
        }
        core.ended_bytes = core.ended.iter().filter_map(|id| core.tasks.get(id)).map(Task::bytes).sum();
        core.forget();
        Ok(core)
    }

    /// From now on, audits are made and counted.
    pub fn set_audits(&mut self, audits: audit::Audits) {
        self.audits = audits;
    }

    /// Grows with every change that a dashboard could show.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// A task.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(id)
    }

    /// At most `limit` of the tasks that `wanted` wants, newest first.
    pub fn newest(&self, wanted: impl Fn(&Task) -> bool, limit: usize) -> impl Iterator<Item = &Task> {
        let mut found: Vec<_> = self.tasks.iter().filter(|task| wanted(task)).collect();
        found.sort_unstable_by_key(|task| std::cmp::Reverse(task.sequence));
        found.into_iter().take(limit)
    }

    /// What tokens cost.
    pub fn prices(&self) -> &Prices {
        &self.identity.prices
    }

    /// Leaves the journal to others. Nothing may be changed any more.
    pub fn leave_journal(&mut self) {
        self.journal.close();
    }

    /// Everything journalled so far.
    pub fn mark(&self) -> Mark {
        self.journal.mark()
    }

    /// How far the assignment log reaches.
    pub fn log_head(&self) -> Head {
        self.identity.log.head()
    }

    /// Where the assignment log is.
    pub fn log_path(&self) -> PathBuf {
        self.identity.log.path().to_owned()
    }

    /// The models that connected miners offer, in order.
    pub fn models(&self) -> Vec<(String, Kind)> {
        let offered = self.miners.values().flat_map(|miner| miner.models.values());
        let mut models: Vec<_> = offered.map(|offered| (offered.name.clone(), offered.kind)).collect();
        models.sort_unstable();
        models.dedup();
        models
    }

    /// Refuses new tasks from now on.
    pub fn drain(&mut self) {
        self.draining = true;
        self.generation += 1;
    }

    /// True once new tasks are refused.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// True while a disk has no room for more.
    pub fn is_full(&self) -> bool {
        self.journal.is_full()
    }

    /// True while a miner holds tasks.
    pub fn is_busy(&self, node: &Address) -> bool {
        self.miners.get(node).is_some_and(|miner| !miner.held.is_empty())
    }

    /// True while a miner is connected.
    pub fn has_miners(&self) -> bool {
        self.miners.values().any(|miner| miner.frames.is_some())
    }

    /// Tasks that are leased or running, and with `waiting` also those in queues.
    pub fn unfinished(&self, waiting: bool) -> usize {
        let held: usize = self.miners.values().map(|miner| miner.held.len()).sum();
        let queued: usize = self.queues.values().map(BTreeMap::len).sum();
        held + if waiting { queued } else { 0 }
    }

    /// Takes responsibility for the tasks of one request, for all or for none. They survive this process once the returned mark
    /// is synced.
    pub fn submit(&mut self, specs: Vec<TaskSpec>, limits: Limits, now: Millis) -> Result<Submitted, SubmitError> {
        let (mut ids, mut fresh) = (vec![], vec![]);
        for mut spec in specs {
            if let Some(id) = self.known(&spec)? {
                ids.push(id);
                continue;
            }
            spec.rate = self.identity.prices.rate(&spec.model);
            ids.push(spec.id);
            fresh.push(spec);
        }
        self.acceptable(&fresh, limits)?;
        for spec in fresh {
            if let Some(Idempotency { key, body }) = spec.idempotency {
                self.idempotency.insert(key, (body, spec.id));
            }
            let accepted = Event::Accepted { sequence: self.tasks.next_sequence(), spec: Box::new(spec) };
            if let Err(error) = self.apply(accepted, now) {
                // Ids are 32 random bytes: a second equal one is a broken random source, not a busy day.
                tracing::error!(%error, "a task id repeats");
                return Err(SubmitError::Draining);
            }
        }
        Ok(Submitted { ids, mark: self.journal.mark() })
    }

    /// The task of an earlier request with the same idempotency key.
    fn known(&self, spec: &TaskSpec) -> Result<Option<TaskId>, SubmitError> {
        let Some(Idempotency { key, body }) = spec.idempotency else { return Ok(None) };
        match self.idempotency.get(&key) {
            Some((known, _)) if *known != body => Err(SubmitError::IdempotencyConflict),
            found => Ok(found.map(|(_, id)| *id)),
        }
    }

    fn acceptable(&mut self, specs: &[TaskSpec], limits: Limits) -> Result<(), SubmitError> {
        let Some(spec) = specs.first() else { return Ok(()) };
        if self.draining {
            return Err(SubmitError::Draining);
        }
        if self.is_full() {
            return Err(SubmitError::NoRoom);
        }
        let pool = spec.pool();
        if !self.miners.values().any(|miner| miner.models.contains_key(&pool)) {
            let (model, known) = (spec.model.clone(), self.models());
            return Err(match known.iter().find(|(name, _)| *name == model) {
                Some((_, made)) => SubmitError::WrongKind { model, made: made.as_str(), wanted: spec.kind().as_str() },
                None if known.is_empty() => SubmitError::NoMiners,
                None => SubmitError::UnknownModel { model, known: known.into_iter().map(|(name, _)| name).collect() },
            });
        }
        let queued = self.queues.values().map(BTreeMap::len).sum::<usize>();
        if queued + specs.len() > self.identity.max_queue {
            return Err(SubmitError::Overloaded { queued });
        }
        self.affordable(specs, limits)
    }

    /// Follows a task: the text so far, then more, then [`Update::Ended`].
    pub fn follow(&mut self, id: &TaskId) -> Option<mpsc::Receiver<Update>> {
        let task = self.tasks.get(id)?;
        let (sender, receiver) = mpsc::channel(READER_BACKLOG);
        if let State::Done { outcome, .. } = &task.state {
            // A fresh channel has room for two.
            let _ = sender.try_send(Update::Text(Box::new((outcome.text.clone(), outcome.scores.clone()))));
        }
        if task.state.is_terminal() {
            let _ = sender.try_send(Update::Ended);
            return Some(receiver);
        }
        let live = self.live.entry(*id).or_default();
        if live.delivered.len() < live.text.len() && live.text.starts_with(&live.delivered) {
            live.delivered = live.text.clone();
            live.told = live.scores.len();
        }
        if !live.delivered.is_empty() {
            let told = live.scores.get(..live.told).unwrap_or_default().to_vec();
            let _ = sender.try_send(Update::Text(Box::new((live.delivered.clone(), told))));
        }
        live.readers.push(sender);
        Some(receiver)
    }

    /// Only the end of a task: [`Update::Ended`].
    pub fn end_of(&mut self, id: &TaskId) -> Option<mpsc::Receiver<Update>> {
        let task = self.tasks.get(id)?;
        let (sender, receiver) = mpsc::channel(1);
        if task.state.is_terminal() {
            let _ = sender.try_send(Update::Ended);
        } else {
            self.live.entry(*id).or_default().awaiting.push(sender);
        }
        Some(receiver)
    }

    /// Somebody sees the text as it comes, so that what has come is paid for even if the task is taken back.
    pub fn show(&mut self, id: &TaskId) {
        if let Some(live) = self.live.get_mut(id) {
            live.seen = true;
        }
    }

    /// One more, or one less, who would take the task back by leaving.
    pub fn wait(&mut self, id: &TaskId) {
        self.live.entry(*id).or_default().waiters += 1;
    }

    /// See [`Core::wait`]. The last one to leave cancels the task.
    pub fn leave(&mut self, id: &TaskId, now: Millis) {
        let Some(live) = self.live.get_mut(id) else { return };
        live.waiters = live.waiters.saturating_sub(1);
        if live.waiters == 0 {
            self.cancel(id, now);
        }
    }

    /// Takes a task back. Returns false when it has ended already or is unknown.
    pub fn cancel(&mut self, id: &TaskId, now: Millis) -> bool {
        let live = self.live.get(id).filter(|live| live.seen);
        // What was delivered by an earlier attempt is repeated by this one before it goes on.
        let delivered = live.map_or(0, |live| (live.token_ids.len() as u32).max(live.pieces));
        self.apply(Event::Cancelled { task: *id, delivered }, now).is_ok()
    }

    /// Ends tasks whose deadline has passed, and pauses.
    pub fn tick(&mut self, now: Millis) {
        self.resume(now);
        for event in self.tasks.overdue(now) {
            self.apply_or_log(event, now);
        }
    }

    fn apply_or_log(&mut self, event: Event, now: Millis) {
        if let Err(error) = self.apply(event, now) {
            tracing::warn!(%error, "an event does not apply");
        }
    }

    fn apply(&mut self, event: Event, now: Millis) -> Result<(), TransitionError> {
        let id = event.task();
        let before = self.tasks.get(&id).and_then(|task| Some((task.state.miner()?, task.attempt)));
        let lost = matches!(event, Event::Lost { .. });
        let effects = self.tasks.apply(event.clone())?;
        if let Event::Lost { reason, .. } | Event::Failed { reason, .. } | Event::Refused { reason, .. } = &event {
            tracing::info!(task = %id, reason, "a lease or a task ended without a result");
        }
        if let Some(miner) = self.accounts.apply(&event) {
            self.owe(miner, None);
        }
        if effects.contains(&Effect::Ended(id)) {
            self.accounts.close(&id);
        }
        self.journal.append(event);
        if self.journal.since_checkpoint() >= self.identity.checkpoint_after {
            self.journal.checkpoint(Checkpoint { tasks: self.tasks.clone(), accounts: self.accounts.clone() });
        }
        self.generation += 1;
        let after = self.tasks.get(&id).and_then(|task| task.state.miner());
        let terminal = self.tasks.get(&id).is_some_and(|task| task.state.is_terminal());
        let mut freed = None;
        if let Some((holder, _)) = before
            && (terminal || after.is_none())
        {
            freed = self.release(&holder, &id, lost, now);
        }
        let mut ready = vec![];
        for effect in effects {
            match effect {
                Effect::Enqueue(id) => {
                    if let Some(model) = self.enqueue(id) {
                        ready.push(model);
                    }
                }
                Effect::Stop { task, attempt, miner } => {
                    if let Some(frames) = self.miners.get(&miner).and_then(|miner| miner.frames.as_ref()) {
                        let _ = frames.send(Frame::encode(wire::Body::Cancel(wire::Lease::new(task, attempt))));
                    }
                }
                Effect::Ended(id) => self.end(&id, now),
            }
        }
        ready.extend(freed);
        ready.dedup();
        for model in ready {
            self.dispatch(&model, now);
        }
        Ok(())
    }

    fn release(&mut self, holder: &Address, id: &TaskId, lost: bool, now: Millis) -> Option<String> {
        let model = self.tasks.get(id)?.spec.pool();
        let miner = self.miners.get_mut(holder)?;
        if miner.held.remove(id) {
            if let Some(held) = miner.held_by_model.get_mut(&model) {
                *held = held.saturating_sub(1);
            }
            miner.lost += u64::from(lost);
            if lost {
                metrics::lost();
                miner.quality.lost(now);
            }
            self.identity.log.append(now, Entry::Released { task: *id, miner: *holder, lost });
        }
        self.refresh(holder, &model);
        self.judge(*holder, now);
        Some(model)
    }

    fn enqueue(&mut self, id: TaskId) -> Option<String> {
        let task = self.tasks.get(&id)?;
        let model = task.spec.pool();
        self.queues.entry(model.clone()).or_default().insert(task.sequence, id);
        if let Some(live) = self.live.get_mut(&id) {
            live.restart();
        }
        Some(model)
    }

    fn end(&mut self, id: &TaskId, now: Millis) {
        let Some(task) = self.tasks.get(id) else { return };
        match &task.state {
            State::Done { .. } => self.counts.done += 1,
            State::Cancelled => self.counts.cancelled += 1,
            _ => self.counts.failed += 1,
        }
        metrics::ended(task, self.times.get(id).and_then(|times| times.first_token_at), now);
        if let Some(queue) = self.queues.get_mut(&task.spec.pool()) {
            queue.remove(&task.sequence);
        }
        self.times.entry(*id).or_default().ended_at = Some(now);
        if let Some(mut live) = self.live.remove(id) {
            if matches!(task.state, State::Done { .. })
                && let Err(reason) = live.pass_on()
            {
                tracing::warn!(task = %id, reason, "the last words did not reach everybody");
            }
            for reader in live.readers.into_iter().chain(live.awaiting) {
                let _ = reader.try_send(Update::Ended);
            }
        }
        self.audit_ended(id, now);
        self.ended_bytes += self.tasks.get(id).map_or(0, Task::bytes);
        self.ended.push_back(*id);
        self.forget();
    }

    fn forget(&mut self) {
        while self.ended.len() > KEEP_ENDED || (self.ended_bytes > KEEP_BYTES && self.ended.len() > KEEP_NEWEST) {
            let Some(id) = self.ended.pop_front() else { break };
            self.times.remove(&id);
            let Some(task) = self.tasks.forget(&id) else { continue };
            self.ended_bytes = self.ended_bytes.saturating_sub(task.bytes());
            if let Some(idempotency) = task.spec.idempotency {
                self.idempotency.remove(&idempotency.key);
            }
        }
    }
}

impl Live {
    /// Forgets the output of an attempt that is over, but not what readers were given.
    fn restart(&mut self) {
        self.text.clear();
        self.token_ids.clear();
        self.log_probabilities.clear();
        self.scores.clear();
        self.pieces = 0;
        self.first_token_at = None;
        self.ticket = None;
    }

    /// Gives the readers what is new. A later attempt must repeat what they were given before it goes on.
    fn pass_on(&mut self) -> Result<(), &'static str> {
        let common = self.delivered.len().min(self.text.len());
        if self.text.as_bytes()[..common] != self.delivered.as_bytes()[..common] {
            return Err("the task moved to another miner, which continued differently");
        }
        if self.text.len() < self.delivered.len()
            || (self.text.len() == self.delivered.len() && self.scores.len() <= self.told)
        {
            return Ok(());
        }
        let fresh = self.text[self.delivered.len()..].to_owned();
        self.delivered.push_str(&fresh);
        // Tokens of a later attempt may end elsewhere than the text that was given.
        let before: usize = self.scores.iter().take(self.told).map(|score| score.length as usize).sum();
        let is_aligned = before + fresh.len() == self.delivered.len();
        let scores = self.scores.get(self.told..).filter(|_| is_aligned).unwrap_or_default().to_vec();
        self.told = self.told.max(self.scores.len());
        // A reader that is gone or too slow is dropped; its channel ends without `Update::Ended`.
        let words = Box::new((fresh, scores));
        self.readers.retain(|reader| reader.try_send(Update::Text(words.clone())).is_ok());
        Ok(())
    }

    /// True once everybody who waits on a connection was too slow to be given any more.
    fn is_deserted(&self) -> bool {
        self.waiters > 0 && self.readers.is_empty() && self.awaiting.is_empty()
    }
}

#[cfg(test)]
pub(in crate::node) mod tests;
