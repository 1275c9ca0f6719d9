//! A task and its life: a pure state machine, `apply(event) -> effects`.
//!
//! ```text
//! queued -> leased(attempt) -> running -> done | failed | expired | cancelled
//!    ^________________|___________|   refused (no fault) or lost (a fault)
//! ```
//!
//! Every transition is one [`Event`] in the coordinator's journal; replaying the journal rebuilds the state exactly.

use std::{collections::BTreeMap, fmt, str::FromStr};

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::price::{Quote, Rate};

pub mod chat;
mod commitment;
pub mod kind;
mod outcome;
pub mod sampler;
mod sampling;
pub mod tools;

pub use chat::{ChatMessage, ChatRole};
pub use commitment::{audit_commitment, output_commitment, prompt_commitment};
pub use kind::{Kind, OutputError};
pub use outcome::{Finish, FinishReason, Outcome, ReceiptRecord, Score};
pub use sampling::{ImageSize, Micros, Sampling};

/// Milliseconds since the Unix epoch. The core never reads a clock; it is told.
pub type Millis = u64;

/// Attempts after which a task that miners keep refusing or losing is failed.
pub const MAX_FAULTS: u32 = 2;

/// A task's identity: 32 random bytes, printed as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub B256);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskId({self})")
    }
}

/// A text that names no task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task id is 64 hex digits")]
pub struct TaskIdError;

impl FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        text.trim_start_matches("0x").parse().map(Self).map_err(|_| TaskIdError)
    }
}

/// What an application asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// Identity.
    pub id: TaskId,
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    pub sampling: Sampling,
    /// 32 random bytes that keep commitments to short prompts from being guessed.
    pub salt: B256,
    /// The application's own salt of the draw, or zero: never the coordinator's choice.
    #[serde(default)]
    pub pick_salt: B256,
    /// When it was accepted.
    pub accepted_at: Millis,
    /// When it expires if it has not ended.
    pub deadline: Millis,
    /// Id of the API key that it came with, if the coordinator asks for keys. Nobody else gets to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The application's `Idempotency-Key`, if it sent one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
    /// What its tokens cost, as published when it was accepted.
    #[serde(default, skip_serializing_if = "is_free")]
    pub rate: Rate,
    /// The application wants to know the probability of every token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scored: bool,
    /// Somebody reads the answer as it comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streamed: bool,
    /// The coordinator's own: another task done again, to be compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub audit: bool,
}

fn is_free(rate: &Rate) -> bool {
    rate.is_free()
}

/// What makes a repeated request the same task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// Keccak-256 of the key.
    pub key: B256,
    /// Keccak-256 of the request's body.
    pub body: B256,
}

impl TaskSpec {
    /// What it may cost.
    pub fn quote(&self) -> Quote {
        self.rate.quote(&self.messages, self.sampling.max_tokens)
    }

    /// What kind of work it is.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.messages).unwrap_or_default()
    }

    /// Who can do it: miners that offer this under the model's name. Models of different kinds may have the same name.
    pub fn pool(&self) -> String {
        pool(self.kind(), &self.model)
    }

    /// Bytes that its output may have at most.
    pub fn most_bytes(&self) -> usize {
        self.kind().most_bytes(self.messages.len(), self.sampling.max_tokens, self.sampling.size)
    }

    /// Whether an output has the form of what was asked for. What it says is another question.
    pub fn check_output(&self, output: &str) -> Result<(), OutputError> {
        self.kind().check(self.messages.len(), self.sampling.size, output)
    }

    /// See [`prompt_commitment()`].
    pub fn prompt_commitment(&self) -> B256 {
        prompt_commitment(&self.salt, &self.messages)
    }
}

/// See [`TaskSpec::pool`]: a text model's name as it is, others with their kind before it.
pub fn pool(kind: Kind, model: &str) -> String {
    match kind {
        Kind::Text => model.to_owned(),
        kind => format!("{}:{model}", kind.as_str()),
    }
}

/// How a miner was chosen: everything needed to draw again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// Epoch of the stake snapshot.
    pub epoch: u64,
    /// The task's number at this coordinator.
    pub sequence: u64,
    /// Seed of the draw, see [`crate::assign::pick_seed`].
    pub seed: B256,
    /// The number drawn below `total`, in base units.
    pub drawn: String,
    /// The drawn miner's weight, in base units.
    pub weight: String,
    /// Sum of the eligible miners' weights, in base units.
    pub total: String,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The request's: no miner could do it.
    Request,
    /// The network's.
    Network,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for a miner.
    Queued,
    /// A ticket is out.
    Leased {
        /// The miner that holds it.
        miner: Address,
    },
    /// The miner has accepted and is generating.
    Running {
        /// The miner that holds it.
        miner: Address,
    },
    /// Delivered, with a receipt.
    Done {
        /// The miner that did it.
        miner: Address,
        /// What it delivered.
        outcome: Box<Outcome>,
    },
    /// Ended without a result.
    Failed {
        /// Whose fault.
        fault: Fault,
        /// Why, in words.
        reason: String,
    },
    /// Its deadline passed.
    Expired,
    /// The application took it back.
    Cancelled,
}

impl State {
    /// True when nothing can change any more.
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. } | Self::Expired | Self::Cancelled)
    }

    /// One word for tables and JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased { .. } => "leased",
            Self::Running { .. } => "running",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The miner that holds or has done the task.
    pub const fn miner(&self) -> Option<Address> {
        match self {
            Self::Leased { miner } | Self::Running { miner } | Self::Done { miner, .. } => Some(*miner),
            _ => None,
        }
    }
}

/// What can happen to a task. `attempt` fences: an event of an older attempt than the current one is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The coordinator took responsibility for it.
    Accepted {
        /// The task's number at this coordinator.
        sequence: u64,
        /// What was asked.
        spec: Box<TaskSpec>,
    },
    /// A miner was drawn.
    Leased {
        /// Which task.
        task: TaskId,
        /// 1 for the first.
        attempt: u32,
        /// Who.
        miner: Address,
        /// How it was drawn.
        pick: Box<Pick>,
        /// Number of the ticket; 0 in journals from before there were prices.
        #[serde(default)]
        ticket: u64,
    },
    /// The miner accepted the ticket.
    Started {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
    },
    /// The miner had no room, or the coordinator restarted: nobody's fault.
    Refused {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// The miner died, failed or delivered something wrong.
    Lost {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// Delivered and checked.
    Done {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
        /// What.
        outcome: Box<Outcome>,
    },
    /// It cannot be done.
    Failed {
        /// Which task.
        task: TaskId,
        /// Whose fault.
        fault: Fault,
        /// Why.
        reason: String,
    },
    /// Its deadline passed.
    Expired {
        /// Which task.
        task: TaskId,
    },
    /// The application took it back.
    Cancelled {
        /// Which task.
        task: TaskId,
        /// Generated tokens that it had been given by then.
        #[serde(default)]
        delivered: u32,
    },
}

impl Event {
    /// The task it is about.
    pub fn task(&self) -> TaskId {
        match self {
            Self::Accepted { spec, .. } => spec.id,
            Self::Leased { task, .. }
            | Self::Started { task, .. }
            | Self::Refused { task, .. }
            | Self::Lost { task, .. }
            | Self::Done { task, .. }
            | Self::Failed { task, .. }
            | Self::Expired { task }
            | Self::Cancelled { task, .. } => *task,
        }
    }
}

/// What the shell has to do after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Draw a miner for it.
    Enqueue(TaskId),
    /// Tell this miner to stop: its attempt is over.
    Stop {
        /// Which task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
        /// Whom.
        miner: Address,
    },
    /// Tell whoever waits that it has ended.
    Ended(TaskId),
}

/// Why an event does not apply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// No such task.
    #[error("task {0} is unknown")]
    Unknown(TaskId),
    /// It was accepted already.
    #[error("task {0} was accepted already")]
    Duplicate(TaskId),
    /// The event belongs to another attempt than the current one.
    #[error("attempt {attempt} of task {task} is over; the current one is {current}")]
    Stale {
        /// Which task.
        task: TaskId,
        /// The event's attempt.
        attempt: u32,
        /// The task's attempt.
        current: u32,
    },
    /// The event does not follow from the state.
    #[error("task {task} is {state}, so it cannot be {event}")]
    Illegal {
        /// Which task.
        task: TaskId,
        /// Where it stands.
        state: &'static str,
        /// What was to happen.
        event: &'static str,
    },
}

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
    /// Boxed, for a map has room for half as many more.
    tasks: BTreeMap<TaskId, Box<Task>>,
    next_sequence: u64,
}

impl Tasks {
    /// As they were written down.
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

    /// How many there are.
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

#[cfg(test)]
pub(crate) mod tests;
