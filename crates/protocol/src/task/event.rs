//! What can happen to a task, and what the coordinator has to do then.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{id::TaskId, outcome::Outcome, spec::TaskSpec};

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
