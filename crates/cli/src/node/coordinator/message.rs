//! What is asked of the decisions, and what they tell the links of miners.

use std::{fmt, sync::Arc};

use alloy::primitives::{Address, Bytes};
use cuckoo_protocol::{
    coordinator::{Coordinator, Input, Interest, LeaseId, Limits, Offer, Session, Submission, SubmitError, Words},
    task::{Task, TaskId, TokenQuestion},
    wire::{self, CloseCode},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    journal::Release,
    stream::{Reading, Stream},
    tokens::{Question, TokenReply},
};

/// Reads tasks: which, and how what was read leaves.
pub(super) type ReadTasks = dyn FnOnce(&Coordinator) -> (Vec<TaskId>, Release) + Send;

/// What is asked of the decisions.
pub(super) enum Message {
    /// Something has happened.
    Input(Input),
    /// Somebody asks for the tasks of one request, all or none.
    Submit {
        /// Who waits for them, see [`Message::Leave`].
        waiter: u64,
        tasks: Vec<Submission>,
        limits: Limits,
        reply: Reply,
    },
    /// A replica waits again for tasks that were accepted earlier, with what their readers were given by then.
    Resume { waiter: u64, tasks: Vec<(TaskId, Words)>, interest: Interest, reply: Reply },
    /// Somebody reads along. The reply comes once all that it says is durable; `None` for a task that is not known.
    Follow { task: TaskId, reply: oneshot::Sender<Option<Reading>> },
    /// Somebody does not wait for its tasks any more.
    Leave { waiter: u64 },
    /// Somebody asks a miner about the tokens of a model.
    AskTokens { model: String, question: TokenQuestion, reply: TokenReply },
    /// A task is taken back. The reply says whether it had not ended.
    Cancel { task: TaskId, reply: oneshot::Sender<bool> },
    /// A miner has logged in. What its link is to do goes to `commands`.
    Connect { node: Address, commands: Commands, reply: oneshot::Sender<Session> },
    /// Somebody reads the state.
    Read(Box<dyn FnOnce(&Coordinator) + Send>),
    /// Somebody reads these tasks, and what it has read leaves once that is durable; at once where it is.
    ReadTasks(Box<ReadTasks>),
    /// Somebody reads the state, and what it has read leaves once that is durable.
    ReadDurable(Box<dyn FnOnce(&Coordinator) -> Release + Send>),
    /// The end: nothing more is decided.
    Close,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Input(input) => return input.fmt(f),
            Self::Submit { .. } => "Submit",
            Self::Resume { .. } => "Resume",
            Self::Follow { .. } => "Follow",
            Self::Leave { .. } => "Leave",
            Self::Cancel { .. } => "Cancel",
            Self::AskTokens { .. } => "AskTokens",
            Self::Connect { .. } => "Connect",
            Self::Read(_) => "Read",
            Self::ReadTasks(_) => "ReadTasks",
            Self::ReadDurable(_) => "ReadDurable",
            Self::Close => "Close",
        };
        f.write_str(name)
    }
}

/// What somebody who asks for tasks waits for, and how it is told. An error comes at once, all else when it is durable.
#[derive(Debug)]
pub(super) enum Reply {
    /// That they are accepted.
    Accepted(oneshot::Sender<Result<Vec<TaskId>, SubmitError>>),
    /// That they are accepted, and then what they generate.
    Streams(oneshot::Sender<Result<Vec<(TaskId, Reading)>, SubmitError>>),
    /// Their ends: those of all in their order, or only that of the first one that ends without a result.
    Ended(oneshot::Sender<Result<Vec<Arc<Task>>, SubmitError>>),
}

/// The way to the link of a miner. All that a turn has for it is one item.
pub(super) type Commands = mpsc::UnboundedSender<Vec<Command>>;

/// What the link of a miner is to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Offer a lease. What the miner generates goes to the stream.
    Offer { offer: Box<Offer>, signature: Bytes, stream: Arc<Stream> },
    /// Stop a lease.
    Stop(LeaseId),
    /// Say that results count, and what is owed for them in all.
    Statement { acknowledged: Vec<wire::Acknowledged>, voucher: Option<wire::Voucher> },
    /// Say for which of its models the miner gets no tasks.
    Mismatches(wire::Mismatches),
    /// Say that no tasks come for a while, or that they come again.
    Pause(wire::Pause),
    /// Ask about tokens.
    AskTokens(Question),
    /// Ask for a sign of life, whose answer the decisions wait for.
    Ask,
    /// Answer the sign of life with this number.
    Pong(u64),
    /// End the session.
    Close(CloseCode, String),
}
