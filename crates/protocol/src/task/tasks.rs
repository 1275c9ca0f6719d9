//! All tasks of a coordinator, and what each event makes of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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
    pub spec: Arc<TaskSpec>,
    /// Where it stands.
    pub state: State,
    /// The newest attempt; 0 before the first lease.
    pub attempt: u32,
    /// Attempts that miners lost by their own fault.
    pub faults: u32,
    /// Miners that lost or rejected it: they are not asked again.
    pub lost_by: Vec<Address>,
    /// Miners that said that no miner can do it, with their reasons: they are not asked again either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_by: Vec<(Address, String)>,
    /// The newest draw.
    pub pick: Option<Pick>,
    /// Where it was when it ended without an answer, if a miner had it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

/// The work of a miner that a task's end has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// The miner.
    pub miner: Address,
    /// Tokens that the application had received and pays for: only one that takes the task back does.
    pub delivered: u32,
}

/// All tasks of a coordinator. A clone shares them until either side changes one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    tasks: BTreeMap<TaskId, Arc<Task>>,
    /// The tasks that have not ended, by deadline.
    deadlines: BTreeSet<(Millis, TaskId)>,
    /// Bytes of their prompts.
    open_bytes: usize,
    next_sequence: u64,
}

impl Tasks {
    /// The tasks as they were written down.
    pub fn restore(tasks: impl IntoIterator<Item = Task>, next_sequence: u64) -> Self {
        let tasks: BTreeMap<_, _> = tasks.into_iter().map(|task| (task.spec.id, Arc::new(task))).collect();
        let open = tasks.values().filter(|task| !task.state.is_terminal());
        let open_bytes = open.clone().map(|task| task.spec.bytes()).sum();
        let deadlines = open.map(|task| (task.spec.deadline, task.spec.id)).collect();
        Self { tasks, deadlines, open_bytes, next_sequence }
    }

    /// The task with this id.
    pub fn get(&self, id: &TaskId) -> Option<&Arc<Task>> {
        self.tasks.get(id)
    }

    /// All tasks, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.tasks.values()
    }

    /// The number of tasks.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// True before the first task.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The number of tasks that have not ended.
    pub fn open(&self) -> usize {
        self.deadlines.len()
    }

    /// Bytes of the prompts of the tasks that have not ended.
    pub fn open_bytes(&self) -> usize {
        self.open_bytes
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
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Effect>, TransitionError> {
        let id = event.task();
        if let Event::Accepted { sequence, spec } = event {
            if self.tasks.contains_key(&id) {
                return Err(TransitionError::Duplicate(id));
            }
            self.next_sequence = self.next_sequence.max(sequence + 1);
            self.deadlines.insert((spec.deadline, id));
            self.open_bytes += spec.bytes();
            let task = Task {
                sequence: *sequence,
                spec: spec.clone(),
                state: State::Queued,
                attempt: 0,
                faults: 0,
                lost_by: vec![],
                rejected_by: vec![],
                pick: None,
                stopped: None,
            };
            self.tasks.insert(id, Arc::new(task));
            return Ok(vec![Effect::Enqueue(id)]);
        }
        let task = self.tasks.get_mut(&id).ok_or(TransitionError::Unknown(id))?;
        let state = task.check(event)?;
        let task = Arc::make_mut(task);
        let effects = task.enter(state, event);
        if task.state.is_terminal() {
            self.deadlines.remove(&(task.spec.deadline, id));
            self.open_bytes -= task.spec.bytes();
        }
        Ok(effects)
    }

    /// The events that bring every task with a passed deadline to its end, in order of deadline.
    pub fn overdue(&self, now: Millis) -> Vec<Event> {
        let late = self.deadlines.iter().take_while(|(deadline, _)| *deadline <= now);
        late.map(|(_, task)| Event::Expired { task: *task }).collect()
    }

    /// The events that take back every lease, after a restart: the leases died with the process that gave them.
    pub fn orphaned(&self, reason: &str) -> Vec<Event> {
        let leased = |task: &&Arc<Task>| matches!(task.state, State::Leased { .. } | State::Running { .. });
        let refuse =
            |task: &Arc<Task>| Event::Refused { task: task.spec.id, attempt: task.attempt, reason: reason.to_owned() };
        self.iter().filter(leased).map(refuse).collect()
    }

    /// Forgets a task that has ended.
    pub fn forget(&mut self, id: &TaskId) -> Option<Arc<Task>> {
        self.tasks.get(id)?.state.is_terminal().then(|| self.tasks.remove(id))?
    }
}

impl Task {
    /// Bytes of its prompt and, once it is done, of its output.
    pub fn bytes(&self) -> usize {
        let prompt = self.spec.bytes();
        let output = match &self.state {
            State::Done { outcome, .. } => {
                outcome.text.len()
                    + (outcome.receipt.token_ids.len() + outcome.log_probabilities.len()) * size_of::<u32>()
            }
            _ => 0,
        };
        prompt + output
    }

    /// Tokens of the prompt and of the answer that its application pays for.
    pub fn usage(&self) -> (u32, u32) {
        match (&self.state, &self.stopped) {
            (State::Done { outcome, .. }, _) => (outcome.prompt_tokens, outcome.completion_tokens),
            (_, Some(stopped)) => (0, stopped.delivered),
            _ => (0, 0),
        }
    }

    /// What its application is charged, in base units of CAI; nothing before its end. [`crate::ledger::Accounts`] comes to the same from
    /// the events.
    pub fn cost(&self) -> u128 {
        let (prompt, completion) = self.usage();
        match &self.state {
            State::Done { .. } => self.spec.quote().owed(prompt, completion),
            State::Cancelled if self.stopped.is_some() => self.spec.quote().owed(prompt, completion),
            _ => 0,
        }
    }

    /// The miner that has it, or had it last.
    pub fn miner(&self) -> Option<Address> {
        let last = self.stopped.map(|stopped| stopped.miner).or_else(|| self.lost_by.last().copied());
        self.state.miner().or_else(|| last.filter(|_| self.state.is_terminal()))
    }

    /// The state that an event leads to, if it applies.
    fn check(&self, event: &Event) -> Result<State, TransitionError> {
        let id = self.spec.id;
        let illegal = |event: &'static str| TransitionError::Illegal { task: id, state: self.state.name(), event };
        let stale = |attempt| TransitionError::Stale { task: id, attempt, current: self.attempt };
        let held = |attempt: u32, event: &'static str| match self.state {
            _ if attempt != self.attempt => Err(stale(attempt)),
            State::Leased { miner } | State::Running { miner } => Ok(miner),
            _ => Err(illegal(event)),
        };
        let open =
            |state: State, event: &'static str| if self.state.is_terminal() { Err(illegal(event)) } else { Ok(state) };
        match event {
            Event::Accepted { .. } => Err(TransitionError::Duplicate(id)),
            Event::Leased { .. } if self.state != State::Queued => Err(illegal("leased")),
            Event::Leased { attempt, .. } if *attempt != self.attempt + 1 => Err(stale(*attempt)),
            Event::Leased { miner, .. } => Ok(State::Leased { miner: *miner }),
            Event::Started { attempt, .. } => Ok(State::Running { miner: held(*attempt, "started")? }),
            Event::Refused { attempt, .. } => held(*attempt, "refused").map(|_| State::Queued),
            Event::Rejected { attempt, .. } => held(*attempt, "rejected").map(|_| State::Queued),
            Event::Lost { attempt, reason, .. } => {
                held(*attempt, "lost")?;
                let faults = self.faults + 1;
                if faults < MAX_FAULTS {
                    return Ok(State::Queued);
                }
                let reason = format!("{faults} miners lost it, the last one: {reason}");
                Ok(State::Failed { fault: Fault::Network, reason })
            }
            Event::Done { attempt, outcome, .. } => {
                Ok(State::Done { miner: held(*attempt, "done")?, outcome: outcome.clone() })
            }
            Event::Failed { fault, reason, .. } => {
                open(State::Failed { fault: *fault, reason: reason.clone() }, "failed")
            }
            Event::Expired { .. } => open(State::Expired, "expired"),
            Event::Cancelled { .. } => open(State::Cancelled, "cancelled"),
        }
    }

    /// Goes on to the state that an event leads to.
    fn enter(&mut self, state: State, event: &Event) -> Vec<Effect> {
        let task = self.spec.id;
        let holder = self.state.miner();
        self.state = state;
        match event {
            Event::Leased { attempt, pick, .. } => {
                self.attempt = *attempt;
                self.pick = Some(**pick);
            }
            Event::Lost { .. } => {
                self.faults += 1;
                self.lost_by.extend(holder);
            }
            Event::Cancelled { delivered, .. } => {
                self.stopped = holder.map(|miner| Stopped { miner, delivered: *delivered });
            }
            Event::Expired { .. } | Event::Failed { .. } => {
                self.stopped = holder.map(|miner| Stopped { miner, delivered: 0 });
            }
            Event::Rejected { reason, .. } => {
                self.rejected_by.extend(holder.map(|miner| (miner, reason.clone())));
                self.lost_by.extend(holder);
            }
            _ => {}
        }
        let next = match &self.state {
            State::Leased { .. } | State::Running { .. } => return vec![],
            State::Queued => Effect::Enqueue(task),
            _ => Effect::Ended(task),
        };
        // A miner that refused it or has done it has stopped already.
        let over = matches!(event, Event::Done { .. } | Event::Refused { .. } | Event::Rejected { .. });
        let stop = holder.filter(|_| !over).map(|miner| Effect::Stop { task, attempt: self.attempt, miner });
        stop.into_iter().chain([next]).collect()
    }
}
