//! When tasks end by themselves, counted by a clock that is right: none before its deadline, and none long after it, whatever wall clocks
//! show. Only a process that starts takes a wall clock as it is.

use std::collections::{BTreeSet, HashMap};

use cuckoo_protocol::{
    TaskId,
    task::{Event, Millis, Task, TaskSpec},
};

use super::{
    queue::{MS, Micros, SECOND},
    world::Checked,
};

/// By this part of the time that passes the coordinator's clock may be off, since it approaches the wall clock.
const SLEW: u64 = cuckoo_protocol::steady::SLEW as u64;
/// Between the moment of a decision and that of a task's acceptance.
const SLACK: Micros = 100 * MS;
/// A task ends at most so long after its deadline.
const LATEST: Micros = 30 * SECOND;

/// A task that has not ended.
struct Open {
    accepted: Micros,
    patience: Micros,
    /// By how much processes that started since have found the clock ahead of the one before, and behind it, in all.
    forward: Micros,
    backward: Micros,
}

impl Open {
    fn new(spec: &TaskSpec, now: Micros) -> Self {
        let patience = spec.deadline.saturating_sub(spec.accepted_at) * MS;
        Self { accepted: now, patience, forward: 0, backward: 0 }
    }

    /// It expires no earlier than this.
    fn earliest(&self) -> Micros {
        let (least, off) = (self.patience - self.patience / SLEW, self.forward + SLACK);
        self.accepted + least.saturating_sub(off)
    }

    /// It has ended by then.
    fn latest(&self) -> Micros {
        self.accepted + self.patience + self.patience / (SLEW - 1) + self.backward + LATEST
    }
}

/// The tasks that have not ended.
#[derive(Default)]
pub(crate) struct Deadlines {
    open: HashMap<TaskId, Open>,
    /// By the time by which they have to.
    ends: BTreeSet<(Micros, TaskId)>,
    /// What the last process's clock showed when it died, and when that was.
    died: Option<(Millis, Micros)>,
}

impl Deadlines {
    /// Something happened to a task, which is like this by now.
    pub(crate) fn note(&mut self, event: &Event, task: &Task, now: Micros) -> Checked {
        let id = task.spec.id;
        if let Event::Accepted { spec, .. } = event {
            let open = Open::new(spec, now);
            self.ends.insert((open.latest(), id));
            self.open.insert(id, open);
        }
        if !task.state.is_terminal() {
            return Ok(());
        }
        let Some(open) = self.open.remove(&id) else { return Ok(()) };
        self.ends.remove(&(open.latest(), id));
        match event {
            Event::Expired { .. } if now < open.earliest() => {
                let (early, patience) = ((open.earliest() - now) / MS, open.patience / MS);
                Err(format!("{id} with a deadline of {patience} ms expires {early} ms too early"))
            }
            _ => Ok(()),
        }
    }

    /// Time has passed for a process that runs.
    pub(crate) fn tick(&self, now: Micros) -> Checked {
        match self.ends.first() {
            Some((end, id)) if *end < now => Err(format!("{id} is still open long after its deadline")),
            _ => Ok(()),
        }
    }

    /// The process has died, at this time by its clock.
    pub(crate) fn stop(&mut self, clock: Millis, now: Micros) {
        self.died = Some((clock, now));
    }

    /// Another one starts, at this time by its clock, with the tasks that are on the disk.
    pub(crate) fn start(&mut self, clock: Millis, now: Micros, is_open: impl Fn(&TaskId) -> bool) {
        let Some((before, died)) = self.died else { return };
        let expected = before + (now - died) / MS;
        let (forward, backward) = (clock.saturating_sub(expected) * MS, expected.saturating_sub(clock) * MS);
        self.open.retain(|id, _| is_open(id));
        for open in self.open.values_mut() {
            open.forward += forward;
            open.backward += backward;
        }
        self.ends = self.open.iter().map(|(id, open)| (open.latest(), *id)).collect();
    }
}
