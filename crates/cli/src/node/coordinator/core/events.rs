//! How events change the state: applied, journalled, and followed by what comes of them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    assign::log::Entry,
    task::{Effect, Event, Millis, State, TaskId, TransitionError},
    wire::{self, Frame},
};

use super::{
    audit::Audits,
    live::Update,
    pool::Pool,
    state::{Core, Identity},
};
use crate::node::coordinator::{
    journal::{Checkpoint, History, Journal},
    metrics,
};

/// Ended tasks that stay readable.
const KEEP_ENDED: usize = 10_000;
/// Bytes of their prompts and outputs at most. With images this is the limit that counts.
const KEEP_BYTES: usize = 256 << 20;
/// At least this many of the newest stay, whatever they weigh, so that a waiting application can read its result.
const KEEP_NEWEST: usize = 64;

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
            for effect in tasks.apply(&event)? {
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
            queues: HashMap::new(),
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
            funds: None,
            due: BTreeMap::new(),
            dues: Arc::default(),
            counts: Default::default(),
            audits: Audits::default(),
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
        core.ended_bytes = core.ended.iter().filter_map(|id| core.tasks.get(id)).map(|task| task.bytes()).sum();
        core.forget();
        Ok(core)
    }

    /// Ends tasks whose deadline has passed, and pauses that are over.
    pub fn tick(&mut self, now: Millis) {
        self.resume(now);
        for event in self.tasks.overdue(now) {
            self.apply_or_log(event, now);
        }
    }

    pub(super) fn apply_or_log(&mut self, event: Event, now: Millis) {
        if let Err(error) = self.apply(event, now) {
            tracing::warn!(%error, "an event does not apply");
        }
    }

    pub(super) fn apply(&mut self, event: Event, now: Millis) -> Result<(), TransitionError> {
        let id = event.task();
        let before = self.tasks.get(&id).and_then(|task| Some((task.state.miner()?, task.attempt)));
        let lost = matches!(event, Event::Lost { .. });
        let effects = self.tasks.apply(&event)?;
        if let Event::Lost { reason, .. } | Event::Failed { reason, .. } | Event::Refused { reason, .. } = &event {
            tracing::info!(task = %id, reason, "a lease or a task ended without a result");
        }
        let settled = match &event {
            Event::Done { attempt, .. } => before.map(|(miner, _)| (miner, wire::Lease::new(id, *attempt))),
            _ => None,
        };
        match (self.accounts.apply(&event), settled) {
            // A result counts even where nothing is owed for it.
            (_, Some((miner, lease))) => self.owe(miner, Some(lease)),
            (Some(miner), None) => self.owe(miner, None),
            (None, None) => {}
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
                    if let Some(pool) = self.enqueue(id) {
                        ready.push(pool);
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
        for pool in ready {
            self.dispatch(&pool, now);
        }
        Ok(())
    }

    pub(super) fn release(&mut self, holder: &Address, id: &TaskId, lost: bool, now: Millis) -> Option<Pool> {
        let pool = Pool::of(&self.tasks.get(id)?.spec);
        let miner = self.miners.get_mut(holder)?;
        if miner.held.remove(id) {
            if let Some(held) = miner.held_by_pool.get_mut(&pool) {
                *held = held.saturating_sub(1);
            }
            miner.lost += u64::from(lost);
            if lost {
                metrics::lost();
                miner.quality.lost(now);
            }
            self.identity.log.append(now, Entry::Released { task: *id, miner: *holder, lost });
        }
        self.refresh(holder, &pool);
        self.judge(*holder, now);
        Some(pool)
    }

    pub(super) fn enqueue(&mut self, id: TaskId) -> Option<Pool> {
        let task = self.tasks.get(&id)?;
        let pool = Pool::of(&task.spec);
        self.queues.entry(pool.clone()).or_default().insert(task.sequence, id);
        if let Some(live) = self.live.get_mut(&id) {
            live.restart();
        }
        Some(pool)
    }

    pub(super) fn end(&mut self, id: &TaskId, now: Millis) {
        let Some(task) = self.tasks.get(id) else { return };
        match &task.state {
            State::Done { .. } => self.counts.done += 1,
            State::Cancelled => self.counts.cancelled += 1,
            _ => self.counts.failed += 1,
        }
        metrics::ended(task, self.times.get(id).and_then(|times| times.first_token_at), now);
        if let Some(queue) = self.queues.get_mut(&Pool::of(&task.spec)) {
            queue.remove(&task.sequence);
        }
        self.times.entry(*id).or_default().ended_at = Some(now);
        if let Some(mut live) = self.live.remove(id) {
            if matches!(task.state, State::Done { .. })
                && let Err(reason) = live.pass_on()
            {
                tracing::warn!(task = %id, reason, "the end of the output did not reach every reader");
            }
            for reader in live.readers.into_iter().chain(live.awaiting) {
                let _ = reader.try_send(Update::Ended);
            }
        }
        self.audit_ended(id, now);
        self.ended_bytes += self.tasks.get(id).map_or(0, |task| task.bytes());
        self.ended.push_back(*id);
        self.forget();
    }

    pub(super) fn forget(&mut self) {
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
