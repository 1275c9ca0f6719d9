//! What a coordinator takes in: what applications, miners and the chain say, and what the time makes due.

use std::{collections::HashMap, sync::Arc};

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{
    receipt::Finished,
    sessions::{LeaseId, Session},
    submit_error::SubmitError,
};
use crate::{
    assign::Snapshot,
    audit::Examined,
    manifest::ModelManifest,
    task::{Kind, TaskId, TaskSpec},
    wire::{self, RefuseCode},
};

/// Who waits for a task that is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Nobody: its result is fetched later.
    Nothing,
    /// A connection waits for the whole answer. The last to leave cancels the task.
    Answer,
    /// The same, and its application sees the text as it comes, so that it is paid for even if the task is taken back.
    Stream,
}

/// A task as it is handed in, with what its tickets commit to. Hashing a long prompt takes longer than any decision, so that this is
/// done by the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    pub(super) spec: TaskSpec,
    pub(super) commitments: Commitments,
}

/// What a task's tickets commit to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Commitments {
    pub(super) prompt: B256,
    pub(super) parameters: B256,
}

impl Commitments {
    pub(super) fn of(spec: &TaskSpec) -> Self {
        Self { prompt: spec.prompt_commitment(), parameters: spec.parameters() }
    }
}

impl Submission {
    /// The task.
    pub const fn spec(&self) -> &TaskSpec {
        &self.spec
    }

    /// The answer has at most this many tokens, if it could have more.
    pub(super) fn shorten(&mut self, most: u32) {
        if self.spec.sampling.max_tokens > most {
            self.spec.sampling.max_tokens = most;
            self.commitments.parameters = self.spec.parameters();
        }
    }
}

impl From<TaskSpec> for Submission {
    fn from(spec: TaskSpec) -> Self {
        Self { commitments: Commitments::of(&spec), spec }
    }
}

/// What an application is ready to pay for one request, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Its own limit for this request.
    pub max_price: Option<u128>,
    /// What its key may spend in all.
    pub budget: Option<u128>,
    /// It belongs to a batch, which has a price of its own. A replica of an earlier version has none.
    #[serde(default)]
    pub batch: bool,
    /// The application has not said how many tokens an answer may have: it may have fewer than its task says, but not fewer than
    /// [`super::LEAST_TOKENS`].
    #[serde(default)]
    pub open: bool,
}

/// What a miner offers in one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// What the model makes.
    pub kind: Kind,
    /// The model's name.
    pub model: String,
    /// What exactly it serves under the name.
    pub manifest: Arc<ModelManifest>,
    /// The manifest's hash, [`ModelManifest::id`].
    pub id: B256,
    /// The class of the device that runs it, such as `cpu-f32`; empty where it is not known.
    pub class: String,
    /// Tokens that its context holds; 0 where the miner does not say.
    pub context: u32,
    /// It can examine others' answers.
    pub examines: bool,
    /// It can tell the model's tokens.
    pub tokenises: bool,
    /// Tasks that this coordinator may have with it at once.
    pub slots: u32,
    /// Tasks that it can run at once in all.
    pub capacity: u32,
}

/// What the chain says of the coordinator's money, as of one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funds {
    /// Escrow that does not thaw, in base units.
    pub escrow: u128,
    /// What was settled with each miner, ever, in base units.
    pub settled: HashMap<Address, u128>,
}

/// What happens to a coordinator. An input of a session or a lease that is over changes nothing.
#[derive(Clone, Debug)]
pub enum Input {
    /// The tasks of one request, which are accepted all or not at all. Answered with [`Answer::Submitted`].
    Submit {
        /// The tasks.
        tasks: Vec<Submission>,
        /// What their application is ready to pay.
        limits: Limits,
        /// Who waits for each of them.
        interest: Interest,
    },
    /// A connection of a replica waits for a task that was accepted earlier, by this process or by the one that led before.
    Return {
        /// The task.
        task: TaskId,
        /// Who waits for it.
        interest: Interest,
    },
    /// Somebody reads along without being waited for.
    Follow {
        /// The task that is read.
        task: TaskId,
    },
    /// An application has got the result of a task that has ended.
    Fetched {
        /// The task.
        task: TaskId,
    },
    /// A connection that waited is gone. The last one to leave cancels the task, unless it may come back with its idempotency key.
    Leave {
        /// The task that it waited for.
        task: TaskId,
        /// Tokens that the task has generated by now.
        delivered: u32,
    },
    /// Its application takes a task back. Answered with [`Answer::Cancelled`].
    Cancel {
        /// The task.
        task: TaskId,
        /// Tokens that it has generated by now.
        delivered: u32,
    },
    /// The operator ends a miner's pause before its time.
    Lift {
        /// The miner.
        miner: Address,
    },
    /// A miner has logged in. An older session of the same key ends. Answered with [`Answer::Connected`].
    Connect {
        /// The miner.
        node: Address,
    },
    /// A miner has answered when it was asked for a sign of life, see [`super::Effect::Ask`].
    Heard {
        /// The miner.
        node: Address,
        /// Its session.
        session: Session,
    },
    /// These leases have been offered to their miners by now. Their offers leave once what was recorded of them is durable.
    Given {
        /// The leases.
        leases: Vec<LeaseId>,
    },
    /// A session has ended: what it held is leased again once it is clear whose fault that is, see the module `blame`.
    Disconnect {
        /// The miner.
        node: Address,
        /// Its session.
        session: Session,
        /// The reason, which the lost tasks show.
        reason: String,
    },
    /// What a miner offers from now on. Replaces what it offered before.
    Slots {
        /// The miner.
        node: Address,
        /// Its session.
        session: Session,
        /// Its models. Of several offers in one pool the last one counts.
        offers: Vec<Offered>,
        /// Its devices.
        devices: Vec<wire::Device>,
    },
    /// A miner finishes what it has and takes nothing new.
    Drained {
        /// The miner.
        node: Address,
        /// Its session.
        session: Session,
    },
    /// The miner has accepted a lease.
    Started {
        /// The lease.
        lease: LeaseId,
    },
    /// The miner does not do it.
    Refused {
        /// The lease.
        lease: LeaseId,
        /// Whose fault it is.
        code: RefuseCode,
        /// The reason in words.
        reason: String,
    },
    /// A lease goes on: its first token, and later ones now and then. Implies that it has started.
    Progress {
        /// The lease.
        lease: LeaseId,
        /// Tokens so far.
        tokens: u32,
    },
    /// A lease has ended with a result that [`super::receipt::check`] has accepted.
    Finished {
        /// The lease.
        lease: LeaseId,
        /// The result.
        finished: Box<Finished>,
    },
    /// The miner sent something wrong or too much: the lease is lost.
    Broken {
        /// The lease.
        lease: LeaseId,
        /// What was wrong.
        reason: String,
    },
    /// Readers were given something else by an earlier attempt: the task has failed.
    Diverged {
        /// The lease.
        lease: LeaseId,
        /// The reason in words.
        reason: String,
    },
    /// All of a task's readers were too slow: it is taken back.
    Deserted {
        /// The task.
        task: TaskId,
        /// Tokens that it has generated by now.
        delivered: u32,
    },
    /// The stakes that are in force now.
    Snapshot(Arc<Snapshot>),
    /// What the chain says of the coordinator's money.
    Funds(Funds),
    /// What the coordinator's own auditor can examine from now on.
    Auditor {
        /// Manifests, each with the class of the auditor's device.
        capable: Vec<(B256, String)>,
        /// Answers that it can examine at once; 0 where there is no auditor.
        places: u32,
    },
    /// The coordinator's own auditor has examined an answer, see [`super::Effect::Examine`].
    Examined {
        /// The task whose answer it is.
        audit: TaskId,
        /// What the model says of it, or why there is no result.
        result: Result<Box<Examined>, String>,
    },
    /// Whose nodes the chain says they are, where that is another one than before: a node, and its owner. One that is gone has none.
    Owners(Vec<(Address, Option<Address>)>),
    /// An operator wants a case to be opened before the court.
    CaseOrdered {
        /// The court's id of the case.
        case: B256,
        /// Up to this attempt, from 1.
        attempt: u32,
    },
    /// A case is wanted no longer: it was decided, or cannot be opened.
    CaseClosed {
        /// The court's id of the case.
        case: B256,
        /// Why, in words.
        reason: String,
    },
    /// Sessions that end because their nodes may not have one any more.
    Expel {
        /// Miners with the sessions that they have.
        sessions: Vec<(Address, Session)>,
        /// The reason.
        reason: String,
    },
    /// Whether the disk is full. While it is, new tasks are refused.
    Disk {
        /// It is full.
        full: bool,
    },
    /// New tasks are refused from now on.
    Drain,
    /// Time has passed: at least every second, deadlines and pauses end by it.
    Tick,
    /// The statements that are due are to be made, see [`super::Effect::StatementsDue`].
    Statements,
}

/// What an input is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    Nothing,
    /// The ids of a request's tasks in its order, new ones or those that its idempotency keys stand for. Of these, some may have
    /// ended already: their end is not told again.
    Submitted(Result<Vec<TaskId>, SubmitError>),
    /// The number of a new session.
    Connected(Session),
    /// False where the task had ended already or is unknown.
    Cancelled(bool),
}
