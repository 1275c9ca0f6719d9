//! Why tasks are not accepted.

use serde::{Deserialize, Serialize};

use super::{
    keys::MOST_KEYS,
    shelf::{MOST_BYTES, MOST_RESULTS},
};
use crate::{Cai, task::Kind};

/// Why a task is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SubmitError {
    /// No miner that is connected offers it.
    #[error("the model `{model}` does not exist or no miner offers it")]
    UnknownModel {
        /// The model that was asked for.
        model: String,
        /// The models that are offered.
        known: Vec<String>,
    },
    /// The model is offered for another kind of work.
    #[error("the model `{model}` makes {} and not {}", made.as_str(), wanted.as_str())]
    WrongKind {
        /// The model that was asked for.
        model: String,
        /// The kind of work that miners offer it for.
        made: Kind,
        /// The kind of work that was asked for.
        wanted: Kind,
    },
    /// No miner is connected.
    #[error("no miner is connected at the moment")]
    NoMiners,
    /// The queue is full.
    #[error("{queued} tasks are waiting already")]
    Overloaded {
        /// The number of tasks that wait.
        queued: usize,
    },
    /// The prompts of tasks that have not ended take all the memory that there is for them.
    #[error("the prompts of tasks that have not ended have {bytes} bytes, and with this one they would have too many")]
    Crowded {
        /// The bytes of all prompts.
        bytes: usize,
    },
    /// The key was used for another request.
    #[error("this Idempotency-Key was used with another request")]
    IdempotencyConflict,
    /// The key was used for the same request, and what came of it is not kept any more.
    #[error("the request with this Idempotency-Key was answered, and its result is not kept any more")]
    ResultGone,
    /// The caller leaves too many results unread.
    #[error(
        "this key has as many results to fetch as are kept for it ({MOST_RESULTS}, or {} MiB, for an hour); hint: fetch them", MOST_BYTES >> 20
    )]
    Unfetched,
    /// The caller uses too many keys.
    #[error("this key has used {MOST_KEYS} Idempotency-Keys within two hours, and no more are kept for it")]
    ManyKeys,
    /// It may cost more than the application allows.
    #[error("this may cost up to {price}, and the request allows {cap}")]
    PriceAboveCap {
        /// The most that it can cost.
        price: Cai,
        /// The limit that the application has set.
        cap: Cai,
    },
    /// It may cost more than is left for the caller's key.
    #[error("this may cost up to {price}, which is more than is left of this key's budget of {budget}")]
    BudgetSpent {
        /// The most that it can cost.
        price: Cai,
        /// The budget for all tasks of the key.
        budget: Cai,
    },
    /// The escrow does not cover it on top of what is owed and reserved.
    #[error("this may cost up to {price}, which the coordinator's escrow does not cover at the moment")]
    EscrowExhausted {
        /// The most that it can cost.
        price: Cai,
    },
    /// The disk is full, so the task could not be kept.
    #[error("the coordinator's disk is full")]
    DiskFull,
    /// The coordinator's source of randomness is broken: ids are 32 random bytes.
    #[error("the coordinator has given the id of another task again")]
    RepeatedId,
    /// None of the coordinator's replicas leads, or the one that does cannot be reached.
    #[error("no replica of the coordinator leads at the moment")]
    NoLeader,
    /// The coordinator is shutting down.
    #[error("the coordinator is shutting down")]
    Draining,
}
