//! All tasks of a coordinator, and what each event makes of them.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::{
    event::{Effect, Event, Fault, Pick, TransitionError},
    id::TaskId,
    spec::{Millis, TaskSpec},
    state::State,
};

/// A task that this many miners have lost by their own fault has failed. Refusals do not count: they are nobody's fault.
pub const MAX_FAULTS: u32 = 2;

/// One task with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number at this coordinator.
    pub sequence: u64,
    /// What was asked.
    pub spec: TaskSpec,
    /// Where it stands.
    pub state: State,
    /// The newest attempt; 0 before the first lease.
    pub attempt: u32,
    /// Attempts that miners lost by their own fault.
    pub faults: u32,
    /// Miners that lost it: they are not asked again.
    pub lost_by: Vec<Address>,
    /// The newest draw.
    pub pick: Option<Pick>,
}

/// All tasks of a coordinator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// The tasks are boxed, because a map allocates half as many entries again as it holds.
    tasks: BTreeMap<TaskId, Box<Task>>,
    next_sequence: u64,
}

impl Tasks {
    /// The tasks as they were written down.
    pub fn restore(tasks: impl IntoIterator<Item = Task>, next_sequence: u64) -> Self {
        Self { tasks: tasks.into_iter().map(|task| (task.spec.id, Box::new(task))).collect(), next_sequence }
    }

    /// The task with this id.
    pub fn get(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(id).map(Box::as_ref)
    }

    /// All tasks, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().map(Box::as_ref)
    }

    /// The number of tasks.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// True before the first task.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The number that the next accepted task gets.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// No task that is accepted from now on gets a smaller number.
    pub fn skip_to(&mut self, sequence: u64) {
        self.next_sequence = self.next_sequence.max(sequence);
    }

    /// Applies one event. An event that does not apply changes nothing.
    pub fn apply(&mut self, event: Event) -> Result<Vec<Effect>, TransitionError> {
        if let Event::Accepted { sequence, spec } = event {
            let id = spec.id;
            if self.tasks.contains_key(&id) {
                return Err(TransitionError::Duplicate(id));
            }
            self.next_sequence = self.next_sequence.max(sequence + 1);
            let task = Task {
                sequence,
                spec: *spec,
                state: State::Queued,
                attempt: 0,
                faults: 0,
                lost_by: vec![],
                pick: None,
            };
            self.tasks.insert(id, Box::new(task));
            return Ok(vec![Effect::Enqueue(id)]);
        }
        let id = event.task();
        self.tasks.get_mut(&id).ok_or(TransitionError::Unknown(id))?.apply(event)
    }

    /// The events that bring every task with a passed deadline to its end.
    pub fn overdue(&self, now: Millis) -> Vec<Event> {
        let late = |task: &&Task| !task.state.is_terminal() && task.spec.deadline <= now;
        self.iter().filter(late).map(|task| Event::Expired { task: task.spec.id }).collect()
    }

    /// The events that take back every lease, after a restart: the leases died with the process that gave them.
    pub fn orphaned(&self, reason: &str) -> Vec<Event> {
        let leased = |task: &&Task| matches!(task.state, State::Leased { .. } | State::Running { .. });
        let refuse =
            |task: &Task| Event::Refused { task: task.spec.id, attempt: task.attempt, reason: reason.to_owned() };
        self.iter().filter(leased).map(refuse).collect()
    }

    /// Forgets a task that has ended.
    pub fn forget(&mut self, id: &TaskId) -> Option<Task> {
        self.tasks.get(id)?.state.is_terminal().then(|| self.tasks.remove(id))?.map(|task| *task)
    }
}

impl Task {
    /// Bytes of its prompt and, once it is done, of its output.
    pub fn bytes(&self) -> usize {
        let prompt: usize = self.spec.messages.iter().map(|message| message.content.len()).sum();
        let output = match &self.state {
            State::Done { outcome, .. } => outcome.text.len() + outcome.receipt.token_ids.len() * size_of::<u32>(),
            _ => 0,
        };
        prompt + output
    }

    fn apply(&mut self, event: Event) -> Result<Vec<Effect>, TransitionError> {
        let id = self.spec.id;
        let holder = match self.state {
            State::Leased { miner } | State::Running { miner } => Some(miner),
            _ => None,
        };
        let illegal =
            |state: &State, event: &'static str| TransitionError::Illegal { task: id, state: state.name(), event };
        let held = |task: &Self, attempt: u32, event: &'static str| match holder {
            _ if attempt != task.attempt => Err(TransitionError::Stale { task: id, attempt, current: task.attempt }),
            Some(miner) => Ok(miner),
            None => Err(illegal(&task.state, event)),
        };
        match event {
            Event::Accepted { .. } => Err(TransitionError::Duplicate(id)),
            Event::Leased { attempt, miner, pick, .. } => {
                if self.state != State::Queued {
                    return Err(illegal(&self.state, "leased"));
                }
                if attempt != self.attempt + 1 {
                    return Err(TransitionError::Stale { task: id, attempt, current: self.attempt });
                }
                self.attempt = attempt;
                self.pick = Some(*pick);
                self.state = State::Leased { miner };
                Ok(vec![])
            }
            Event::Started { attempt, .. } => {
                let miner = held(self, attempt, "started")?;
                self.state = State::Running { miner };
                Ok(vec![])
            }
            Event::Refused { attempt, .. } => {
                held(self, attempt, "refused")?;
                self.state = State::Queued;
                Ok(vec![Effect::Enqueue(id)])
            }
            Event::Lost { attempt, reason, .. } => {
                let miner = held(self, attempt, "lost")?;
                self.faults += 1;
                self.lost_by.push(miner);
                let stop = Effect::Stop { task: id, attempt, miner };
                if self.faults >= MAX_FAULTS {
                    self.state = State::Failed {
                        fault: Fault::Network,
                        reason: format!("{} miners lost it, the last one: {reason}", self.faults),
                    };
                    return Ok(vec![stop, Effect::Ended(id)]);
                }
                self.state = State::Queued;
                Ok(vec![stop, Effect::Enqueue(id)])
            }
            Event::Done { attempt, outcome, .. } => {
                let miner = held(self, attempt, "done")?;
                self.state = State::Done { miner, outcome };
                Ok(vec![Effect::Ended(id)])
            }
            Event::Failed { fault, reason, .. } => self.end(State::Failed { fault, reason }, "failed"),
            Event::Expired { .. } => self.end(State::Expired, "expired"),
            Event::Cancelled { .. } => self.end(State::Cancelled, "cancelled"),
        }
    }

    fn end(&mut self, state: State, event: &'static str) -> Result<Vec<Effect>, TransitionError> {
        let id = self.spec.id;
        if self.state.is_terminal() {
            return Err(TransitionError::Illegal { task: id, state: self.state.name(), event });
        }
        let holder = self.state.miner().map(|miner| Effect::Stop { task: id, attempt: self.attempt, miner });
        self.state = state;
        Ok(holder.into_iter().chain([Effect::Ended(id)]).collect())
    }
}
