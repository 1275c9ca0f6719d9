//! What can happen to a task, and what the coordinator has to do then.

use std::sync::Arc;

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{id::TaskId, outcome::Outcome, spec::TaskSpec};
use crate::amount::decimal;

/// How a miner was chosen: everything needed to draw again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// Epoch of the stake snapshot.
    pub epoch: u64,
    /// The task's number at this coordinator.
    pub sequence: u64,
    /// Seed of the draw, see [`crate::assign::pick_seed`].
    pub seed: B256,
    /// The number drawn below `total`, in base units.
    #[serde(with = "decimal")]
    pub drawn: u128,
    /// The drawn miner's weight, in base units.
    #[serde(with = "decimal")]
    pub weight: u128,
    /// Sum of the eligible miners' weights, in base units.
    #[serde(with = "decimal")]
    pub total: u128,
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
        /// What the application asked for.
        spec: Arc<TaskSpec>,
    },
    /// A miner was drawn.
    Leased {
        /// The task that was leased.
        task: TaskId,
        /// The number of the attempt, 1 for the first.
        attempt: u32,
        /// The miner that was drawn.
        miner: Address,
        /// How the miner was drawn.
        pick: Box<Pick>,
        /// Number of the ticket; 0 in journals from before there were prices.
        #[serde(default)]
        ticket: u64,
    },
    /// The miner accepted the ticket.
    Started {
        /// The task that was started.
        task: TaskId,
        /// The attempt that was started.
        attempt: u32,
    },
    /// All slots of the miner were taken, or the coordinator restarted: this is nobody's fault.
    Refused {
        /// The task that was refused.
        task: TaskId,
        /// The attempt that was refused.
        attempt: u32,
        /// Why the miner refused it.
        reason: String,
    },
    /// The miner says that no miner can do it. Another one is asked, unless the coordinator takes its word.
    Rejected {
        /// The task that was rejected.
        task: TaskId,
        /// The attempt that was rejected.
        attempt: u32,
        /// Why no miner can do it, in the miner's words.
        reason: String,
    },
    /// The miner died, failed or delivered something wrong.
    Lost {
        /// The task that was lost.
        task: TaskId,
        /// The attempt that was lost.
        attempt: u32,
        /// Why it was lost.
        reason: String,
    },
    /// The output was delivered and checked.
    Done {
        /// The task that was done.
        task: TaskId,
        /// The attempt that was done.
        attempt: u32,
        /// What the miner delivered.
        outcome: Arc<Outcome>,
    },
    /// It cannot be done.
    Failed {
        /// The task that failed.
        task: TaskId,
        /// Whose fault it is.
        fault: Fault,
        /// Why it failed, in words.
        reason: String,
    },
    /// Its deadline passed.
    Expired {
        /// The task that expired.
        task: TaskId,
    },
    /// The application took it back.
    Cancelled {
        /// The task that was cancelled.
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
            | Self::Rejected { task, .. }
            | Self::Lost { task, .. }
            | Self::Done { task, .. }
            | Self::Failed { task, .. }
            | Self::Expired { task }
            | Self::Cancelled { task, .. } => *task,
        }
    }
}

/// What the coordinator has to do after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Draw a miner for it.
    Enqueue(TaskId),
    /// Tell this miner to stop: its attempt is over.
    Stop {
        /// The task whose attempt is over.
        task: TaskId,
        /// The attempt that is over.
        attempt: u32,
        /// The miner that has to stop.
        miner: Address,
    },
    /// Tell everyone who waits for the task that it has ended.
    Ended(TaskId),
}

/// Why an event does not apply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// There is no task with this identity.
    #[error("task {0} is unknown")]
    Unknown(TaskId),
    /// It was accepted already.
    #[error("task {0} was accepted already")]
    Duplicate(TaskId),
    /// The event belongs to another attempt than the current one.
    #[error("attempt {attempt} of task {task} is over; the current one is {current}")]
    Stale {
        /// The task that the event is about.
        task: TaskId,
        /// The event's attempt.
        attempt: u32,
        /// The task's attempt.
        current: u32,
    },
    /// The event does not follow from the state.
    #[error("task {task} is {state}, so it cannot be {event}")]
    Illegal {
        /// The task that the event is about.
        task: TaskId,
        /// Where it stands.
        state: &'static str,
        /// What was to happen.
        event: &'static str,
    },
}
