//! How a coordinator starts: from the state of its journal.

use std::collections::{BTreeMap, VecDeque};

use super::{
    audits::{AuditEvent, Audits},
    doubt::Doubt,
    draws::Draws,
    effect::Effects,
    event::Event,
    identity::{Checkpoint, Identity, LogEnd},
    input::Commitments,
    money::Money,
    readers::{Ended, Live, Readers},
    sessions::Sessions,
    shelf::KEPT_RESULTS,
    state::Coordinator,
    unanswered::Unanswered,
    work::Work,
};
use crate::{
    assign::log::{Entry, Rule},
    status::TaskCounts,
    task::{Effect, Millis, State, TaskId, TransitionError},
};

/// Session and ticket numbers grow across restarts. They begin here.
const fn first_number(now: Millis) -> u64 {
    now << 16
}

impl Coordinator {
    /// Rebuilds the state from the journal, a checkpoint and the events since then, and from the end of the assignment log. Leases of an earlier process are taken back, also those of examinations.
    pub fn recover(
        identity: Identity,
        mut checkpoint: Checkpoint,
        events: Vec<Event>,
        log: LogEnd,
        now: Millis,
        effects: &mut Effects,
    ) -> Result<Self, TransitionError> {
        let mut before: Vec<_> = checkpoint.tasks.iter().filter(|task| task.state.is_terminal()).collect();
        before.sort_unstable_by_key(|task| task.sequence);
        let mut ended: Vec<_> = before.into_iter().map(|task| task.spec.id).collect();
        for event in &events {
            for effect in checkpoint.apply(event)? {
                if let Effect::Ended(id) = effect {
                    ended.push(id);
                }
            }
        }
        let Checkpoint { mut tasks, accounts, audits, bindings, keys } = checkpoint;
        tasks.skip_to(log.next_sequence);
        let picked = tasks.iter().filter_map(|task| task.pick).map(|pick| pick.epoch);
        let least_epoch = picked.max().unwrap_or(0).max(log.epoch);
        let tickets = first_number(now).max(accounts.last_ticket());
        let money = Money::new(accounts, identity.audits.is_on().then_some(now));
        let mut machine = Self {
            identity,
            tasks,
            draws: Draws::default(),
            sessions: Sessions::new(first_number(now)),
            doubt: Doubt::default(),
            unanswered: Unanswered::default(),
            money,
            due: BTreeMap::new(),
            audits: Audits::new(audits),
            bindings,
            readers: Readers::default(),
            keys,
            bound: None,
            least_epoch,
            is_behind: false,
            tickets,
            counts: TaskCounts::default(),
            since_checkpoint: events.len() as u64,
            draining: false,
            disk_full: false,
            generation: 0,
            next: VecDeque::new(),
        };
        let mut work = Work::new(now, effects, VecDeque::new());
        machine.log_start(&mut work);
        machine.index();
        for event in machine.tasks.orphaned("the coordinator restarted") {
            machine.apply(event, &mut work)?;
        }
        machine.take_up_audits(&mut work);
        machine.shelve(ended, now);
        machine.finish(work);
        Ok(machine)
    }

    /// Takes over results of an earlier process. Who has had them is not known, nor when they came, but that this was before their
    /// deadlines: a caller that may still come for one finds it.
    fn shelve(&mut self, ended: Vec<TaskId>, now: Millis) {
        let mut kept = vec![];
        for id in ended {
            let Some(task) = self.tasks.get(&id).cloned() else { continue };
            self.readers.note(Ended { task: id, first_token_at: None, ended_at: None, completion_tokens: 0 });
            let at = task.spec.deadline.min(now);
            if task.state == State::Cancelled || at.saturating_add(KEPT_RESULTS) <= now {
                let caller = task.spec.caller.as_deref();
                self.readers.shelves.keep(caller, id, task.bytes(), false, now);
                self.forget(caller, now);
            } else {
                kept.push((at, task));
            }
        }
        kept.sort_by_key(|(at, _)| *at);
        for (at, task) in kept {
            self.readers.shelves.keep_earlier(task.spec.caller.as_deref(), task.spec.id, task.bytes(), at);
        }
    }

    /// What miners examined for an earlier process has no result. Where nothing is audited any more, nothing is held.
    fn take_up_audits(&mut self, work: &mut Work<'_>) {
        if !self.identity.audits.is_on() && self.audits.book.epoch().is_some() {
            self.log_audits(work);
            self.note(AuditEvent::Off, work);
        }
        if let Some(epoch) = self.audits.book.epoch() {
            self.audits.seed = self.identity.audit_seeds.seed(epoch);
        }
        let assigned = self.audits.book.pending().filter_map(|audit| Some((audit.due.task, audit.assigned?.auditor)));
        for (task, auditor) in assigned.collect::<Vec<_>>() {
            let reason = "the coordinator restarted".to_owned();
            self.note(AuditEvent::Returned { task, auditor, reason, again: true, missed: false }, work);
        }
    }

    /// Finds again what follows from the tasks alone: open tasks, queues.
    fn index(&mut self) {
        for task in self.tasks.iter() {
            let (id, spec) = (task.spec.id, &task.spec);
            if task.state.is_terminal() {
                continue;
            }
            let pool = self.draws.intern(spec.kind(), &spec.model);
            self.draws.open(pool);
            self.readers.open(id, Live::new(pool, Commitments::of(spec)));
            if task.state == State::Queued {
                self.draws.enqueue(pool, task.sequence, id);
            }
        }
    }

    fn log_start(&self, work: &mut Work<'_>) {
        let open = self.tasks.iter().filter(|task| !task.state.is_terminal() && !task.lost_by.is_empty());
        work.log(Entry::Started {
            coordinator: self.identity.address,
            chain_id: self.identity.domain.chain_id(),
            staking: self.identity.staking,
            rule: Some(Rule::Time { seconds: self.identity.epoch_seconds }),
            lost: open.map(|task| (task.spec.id, task.lost_by.clone())).collect(),
        });
    }
}
