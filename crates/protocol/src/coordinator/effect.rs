//! What a coordinator wants done: what is to be recorded, sent, shown and counted.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes};

use super::{
    bindings::Mismatch,
    event::Event,
    identity::Checkpoint,
    sessions::{LeaseId, Session},
};
use crate::{
    assign::log::Entry,
    ledger::Terms,
    manifest::{ModelManifest, Proof},
    message::Ticket,
    task::{Millis, Task, TaskId, TaskSpec, TransitionError},
    wire::{self, CloseCode},
};

/// A lease that is to be offered to its miner, with a ticket that is to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The attempt, and who gets it.
    pub lease: LeaseId,
    /// What is asked.
    pub spec: Arc<TaskSpec>,
    /// The promise.
    pub ticket: Ticket,
    /// How much of the output has to be provable.
    pub proof: Proof,
    /// The class of its device, as the miner offers it: the receipt has to commit to the same.
    pub class: String,
}

impl Offer {
    /// The frame that makes the offer, with the signature of its ticket.
    pub fn frame(&self, signature: &Bytes) -> wire::Offer {
        let Self { lease, spec, ticket, .. } = self;
        wire::Offer {
            task: lease.task.0.to_vec(),
            attempt: lease.attempt,
            model: spec.model.clone(),
            manifest: ticket.model.to_vec(),
            messages: spec.messages.iter().map(Into::into).collect(),
            sampling: Some((&spec.sampling).into()),
            salt: spec.salt.to_vec(),
            price: ticket.price.to_be_bytes().to_vec(),
            deadline: ticket.deadline,
            signature: signature.to_vec(),
            number: ticket.number,
            quiet: !spec.streamed,
            rate_prompt: ticket.promptRate.to_be_bytes().to_vec(),
            rate_completion: ticket.completionRate.to_be_bytes().to_vec(),
            examine: spec.examine.as_deref().map(Into::into),
        }
    }
}

/// A result that was accepted, and what is owed for it: what a coordinator acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The task; of an examination the examination's id.
    pub task: TaskId,
    /// The attempt.
    pub attempt: u32,
    /// The number of its ticket.
    pub number: u64,
    /// The digest of the receipt.
    pub receipt: B256,
    /// What is owed for it unless an audit finds it false, in base units.
    pub owed: u128,
}

/// Somebody does not run what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed {
    /// The miner.
    pub miner: Address,
    /// The manifest's hash.
    pub id: B256,
    /// The manifest, where it is known.
    pub manifest: Option<Arc<ModelManifest>>,
    /// What was found, in words.
    pub why: String,
    /// The tasks whose answers show it best, the worst first.
    pub tasks: Vec<Arc<Task>>,
}

/// What a miner is to be told about what it is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The miner's session.
    pub session: Session,
    /// The miner.
    pub miner: Address,
    /// What its voucher says; `None` where there is nothing new, or nothing is owed yet.
    pub terms: Option<Terms>,
    /// Results that count.
    pub settled: Vec<Settled>,
}

/// What is to be done, in order.
pub type Effects = Vec<Effect>;

/// Something that is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// An event for the journal.
    Record(Event),
    /// An entry of the assignment log, to be durable with or before the events that are recorded after it.
    Log(Entry),
    /// The state that all events so far have led to. It is the last effect of its step that is to be recorded: the turn ends with it.
    Checkpoint(Box<Checkpoint>),
    /// A miner is to be offered a task, once everything recorded so far is durable: a crash that took the attempt back would let its number
    /// be given again, to another miner. The ticket is not signed yet. [`super::Input::Given`] says that it has left.
    Offer(Box<Offer>),
    /// A miner's attempt is over. It hears so after its offer.
    Stop {
        /// The attempt.
        lease: LeaseId,
    },
    /// A miner is to hear that it takes no part in draws for a while, or does again.
    Pause {
        /// Its session.
        session: Session,
        /// What it hears.
        pause: wire::Pause,
    },
    /// A miner is to give a sign of life: [`super::Input::Heard`] is the answer.
    Ask {
        /// Its session.
        session: Session,
    },
    /// A session is over.
    Close {
        /// The session.
        session: Session,
        /// Why, for programs.
        code: CloseCode,
        /// Why, for people.
        reason: String,
    },
    /// A miner is to hear what it is owed, once everything recorded so far is durable: what a crash could take back would contradict a
    /// later statement.
    Statement(Statement),
    /// The task waits again: what an earlier attempt generated is void, see [`super::Output::restart`].
    Queued(TaskId),
    /// The task has ended: those who wait are to hear it, once it is durable.
    Ended(Arc<Task>),
    /// Something is due: [`super::Input::Statements`] is wanted soon. It is not said again before that.
    StatementsDue,
    /// The coordinator's own auditor is to examine an answer: [`super::Input::Examined`] is the answer.
    Examine {
        /// The task whose answer it is.
        audit: TaskId,
        /// The manifest that it claims.
        manifest: B256,
        /// The request, with the output in [`TaskSpec::examine`].
        spec: Arc<TaskSpec>,
    },
    /// An audit that the coordinator's own auditor was given is over: there is no need to go on.
    Unexamine(TaskId),
    /// A miner does not run what it says. Once it is durable, everybody may know.
    Confirmed(Box<Confirmed>),
    /// A miner is to hear for which of its models it gets no tasks. An empty list: for none of them.
    Mismatch {
        /// Its session.
        session: Session,
        /// The models, with the reasons.
        mismatches: Vec<Mismatch>,
    },
    /// Something is to be counted.
    Metric(Metric),
    /// Something is to be told to the operator.
    Notice(Notice),
}

/// Something that is counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// A miner was given a task.
    Leased,
    /// A miner lost a task.
    Lost,
    /// An audit came to an end, with this result.
    Audited(&'static str),
    /// A miner is suspended.
    Suspended,
    /// A task has ended.
    Ended {
        /// The task.
        task: Arc<Task>,
        /// When its first token arrived.
        first_token_at: Option<Millis>,
    },
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Only to those who look for a defect.
    Debug,
    /// It belongs to the ordinary course.
    Info,
    /// The operator should know it.
    Warn,
    /// Something is broken.
    Error,
}

/// What an operator's log says.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Notice {
    /// An attempt or a task has no result.
    #[error("a lease or a task ended without a result: task {task}: {reason}")]
    WithoutResult {
        /// The task.
        task: TaskId,
        /// The reason.
        reason: String,
    },
    /// An event does not follow from the state.
    #[error("an event does not apply: {0}")]
    NotApplied(TransitionError),
    /// Ids are 32 random bytes: a second equal one is a broken random source, not a busy day.
    #[error("a task id repeats: {0}")]
    RepeatedId(TaskId),
    /// A result came too late.
    #[error("a late result of attempt {} of task {} by {} is ignored", .0.attempt, .0.task, .0.node)]
    Late(LeaseId),
    /// The escrow does not suffice.
    #[error(
        "the escrow does not cover more tasks; they are refused (prepay more: cuckoo escrow deposit; or settle what is owed: \
         cuckoo coordinator settle)"
    )]
    EscrowExhausted,
    /// The quality gate has closed.
    #[error("miner {miner} takes no part in draws for {seconds} s: {reason}")]
    Paused {
        /// The miner.
        miner: Address,
        /// What it does badly.
        reason: String,
        /// The length of the pause.
        seconds: u64,
    },
    /// The operator has ended a pause before its time.
    #[error("the pause of miner {miner} was lifted by an operator")]
    Lifted {
        /// The miner.
        miner: Address,
    },
    /// The chain has gone back, or is not the one that the assignment log was written by.
    #[error(
        "the chain is in epoch {epoch}, and draws were made in epoch {newest} already: the stakes before are kept, and a coordinator \
         that has just started draws nobody until the chain is there (a new chain needs a new --data)"
    )]
    ChainBehind {
        /// The chain's epoch.
        epoch: u64,
        /// The newest epoch in which draws were made.
        newest: u64,
    },
    /// There is no escrow for an audit.
    #[error("the escrow does not cover an examination of task {0}; it is left for later")]
    AuditLeftOut(TaskId),
    /// A name stands for a manifest from now on.
    #[error(
        "the model `{model}` stands for the manifest {manifest} from now on (cuckoo coordinator run --models decides otherwise)"
    )]
    Bound {
        /// The model's name.
        model: String,
        /// The manifest.
        manifest: B256,
    },
    /// A miner is suspected.
    #[error("miner {miner} is suspected, and all of it is examined: task {task}: {why}")]
    Suspected {
        /// The miner.
        miner: Address,
        /// The task whose examination raised the suspicion.
        task: TaskId,
        /// What was found.
        why: String,
    },
    /// A suspicion was not confirmed.
    #[error("miner {miner} is not suspected any more: two auditors, or the coordinator's own, found nothing")]
    Acquitted {
        /// The miner.
        miner: Address,
    },
    /// A suspicion has lasted as long as it may.
    #[error(
        "miner {miner} is not suspected any more: within an hour nobody has confirmed or contradicted what was found"
    )]
    Lapsed {
        /// The miner.
        miner: Address,
    },
    /// A suspicion was confirmed.
    #[error("miner {miner} does not run what it says, and is suspended: task {task}: {why}")]
    Confirmed {
        /// The miner.
        miner: Address,
        /// The task whose examination confirmed it.
        task: TaskId,
        /// What was found.
        why: String,
    },
    /// A case is wanted before the court.
    #[error("a case against miner {miner} over {answers} of its answers is wanted before the court: {case}")]
    Accused {
        /// The miner.
        miner: Address,
        /// The court's id of the case.
        case: B256,
        /// The number of answers.
        answers: usize,
    },
    /// A case is wanted no longer.
    #[error("the case {case} against miner {miner} is closed: {reason}")]
    CaseClosed {
        /// The miner.
        miner: Address,
        /// The court's id of the case.
        case: B256,
        /// The reason.
        reason: String,
    },
    /// An examination has no result.
    #[error("{auditor} has not examined the answer to task {task}: {reason}")]
    NotExamined {
        /// Who was to examine it.
        auditor: Address,
        /// The task.
        task: TaskId,
        /// Why there is no result.
        reason: String,
    },
}

impl Notice {
    /// How much it matters.
    pub const fn level(&self) -> Level {
        match self {
            Self::Late(_) | Self::AuditLeftOut(_) => Level::Debug,
            Self::WithoutResult { .. }
            | Self::Bound { .. }
            | Self::Acquitted { .. }
            | Self::NotExamined { .. }
            | Self::Lifted { .. } => Level::Info,
            Self::NotApplied(_)
            | Self::EscrowExhausted
            | Self::ChainBehind { .. }
            | Self::Paused { .. }
            | Self::Suspected { .. }
            | Self::Lapsed { .. }
            | Self::Confirmed { .. }
            | Self::Accused { .. }
            | Self::CaseClosed { .. } => Level::Warn,
            Self::RepeatedId(_) => Level::Error,
        }
    }
}
