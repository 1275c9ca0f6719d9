//! What happens in audits, as the journal has it: with the events of the tasks, it is all that an audit is.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::case::Accusation;
use crate::{
    amount::decimal,
    assign::log::Reason,
    audit::Findings,
    task::{Millis, TaskId},
};

/// An answer that is to be examined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The task that was answered.
    pub task: TaskId,
    /// The attempt that answered it.
    pub attempt: u32,
    /// The miner that answered.
    pub miner: Address,
    /// The number of its ticket.
    pub number: u64,
    /// The digest of its receipt.
    pub receipt: B256,
    /// The manifest that it answered by.
    pub manifest: B256,
    /// The class of device that the miner says it has.
    pub class: String,
    /// Tokens that its model's context holds, as it says.
    pub context: u32,
    /// Why it is examined.
    pub reason: Reason,
    /// The ticket is paid only when the audit has ended.
    pub holds: bool,
    /// The number of auditors that are to examine it where the coordinator's own cannot.
    pub wanted: u32,
    /// When the answer came, in milliseconds since the Unix epoch.
    pub at: Millis,
}

/// Audits in figures, since the journal began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Answers that became due.
    pub due: u64,
    /// Examinations with a result.
    pub examined: u64,
    /// Those that found nothing and could have found gross differences alone: the pair of devices is not calibrated.
    #[serde(default)]
    pub uncalibrated: u64,
    /// Audits that found nothing that matters.
    pub cleared: u64,
    /// Tickets that were paid before their audit had ended.
    pub overdue: u64,
    /// Audits that were given up.
    pub dropped: u64,
    /// Suspicions.
    pub suspected: u64,
    /// Suspicions that were not confirmed.
    pub acquitted: u64,
    /// Suspicions that were confirmed.
    pub confirmed: u64,
    /// Suspicions that nobody confirmed or contradicted in the time that there is for it.
    #[serde(default)]
    pub lapsed: u64,
}

/// What can happen in audits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditEvent {
    /// The coordinator audits, and the coin of this epoch is in force. What was audited in the one before is in the assignment log.
    Epoch {
        /// The epoch.
        epoch: u64,
    },
    /// The coordinator audits no longer: what was due is left, and what was held is paid.
    Off,
    /// From a ticket on, another share of a miner's answers is examined.
    Rate {
        /// The miner.
        miner: Address,
        /// The number of the ticket.
        from: u64,
        /// The share in millionths.
        ppm: u32,
    },
    /// An answer is to be examined. Of a new answer it comes before the task is done.
    Due(Box<Due>),
    /// A miner was drawn to examine an answer, and given a ticket for it.
    Assigned {
        /// The task whose answer is examined.
        task: TaskId,
        /// The examination, which has an id as tasks have.
        examination: TaskId,
        /// The miner that examines.
        auditor: Address,
        /// The number of its ticket.
        number: u64,
        /// What the examination may cost, in base units.
        #[serde(with = "decimal")]
        bound: u128,
        /// When it was given.
        at: Millis,
    },
    /// An examination has no result. Nothing is owed for it.
    Returned {
        /// The task whose answer was to be examined.
        task: TaskId,
        /// Who was to examine it; the coordinator's address for its own auditor.
        auditor: Address,
        /// Why there is no result.
        reason: String,
        /// The auditor may be asked again for this answer: it was busy, or gone.
        again: bool,
        /// It is the auditor's doing: it refused, was late, or left.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        missed: bool,
    },
    /// An answer was examined.
    Examined {
        /// The task whose answer was examined.
        task: TaskId,
        /// Who examined it; the coordinator's address for its own auditor.
        auditor: Address,
        /// The class of the auditor's device.
        class: String,
        /// What was found.
        findings: Findings,
        /// The same as jurors find it with a device as the auditor's, by the class that the miner has signed, where it speaks against the
        /// miner.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_jury: Option<Box<Findings>>,
        /// What is owed for the examination, in base units.
        #[serde(with = "decimal")]
        owed: u128,
    },
    /// An audit has ended without a finding that matters: its ticket is paid.
    Cleared {
        /// The task.
        task: TaskId,
    },
    /// A ticket was held as long as it may be: it is paid, and the audit is still owed.
    Overdue {
        /// The task.
        task: TaskId,
    },
    /// An audit is given up: the answer stays unverified, and its ticket is paid.
    Dropped {
        /// The task.
        task: TaskId,
        /// Why it is given up.
        reason: String,
    },
    /// A miner is suspected: everything that it answers is examined and held, by three auditors where the coordinator's own cannot.
    Suspected {
        /// The miner.
        miner: Address,
        /// The manifest that it does not seem to run.
        manifest: B256,
        /// The task whose examination raised the suspicion.
        task: TaskId,
        /// Who examined it.
        auditor: Address,
        /// What was found, in words.
        why: String,
        /// When it was suspected.
        at: Millis,
    },
    /// A suspicion was not confirmed: what is held of the miner is paid.
    Acquitted {
        /// The miner.
        miner: Address,
        /// The manifest.
        manifest: B256,
        /// Auditors that found against the miner what two others contradict: they are not asked again.
        contradicted: Vec<Address>,
    },
    /// A suspicion has lasted as long as it may, and nobody has confirmed or contradicted it: what is held of the miner is paid. What was
    /// found stays, and counts if more is found.
    Lapsed {
        /// The miner.
        miner: Address,
    },
    /// A miner does not run what it says: its open tickets end at 0, and it is suspended.
    Confirmed {
        /// The miner.
        miner: Address,
        /// The manifest.
        manifest: B256,
        /// The task whose examination confirmed it.
        task: TaskId,
        /// What was found, in words.
        why: String,
        /// Auditors that found nothing where two others did: they are not asked again.
        contradicted: Vec<Address>,
        /// When it was confirmed.
        at: Millis,
    },
    /// A case against a miner that was confirmed is wanted before the court.
    Accused(Box<Accusation>),
    /// An operator wants a case to be opened.
    Ordered {
        /// The court's id of the case.
        case: B256,
        /// Up to this attempt, from 1: a case that was void can be opened again.
        attempt: u32,
    },
    /// A case is wanted no longer: it was decided, or cannot be opened.
    Closed {
        /// The court's id of the case.
        case: B256,
        /// Why, in words.
        reason: String,
    },
    /// A suspension is over: the miner begins as a new one.
    Reinstated {
        /// The miner.
        miner: Address,
    },
}

impl AuditEvent {
    /// The task that it is about, if it is about one.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Due(due) => Some(due.task),
            Self::Assigned { task, .. }
            | Self::Returned { task, .. }
            | Self::Examined { task, .. }
            | Self::Cleared { task }
            | Self::Overdue { task }
            | Self::Dropped { task, .. }
            | Self::Suspected { task, .. }
            | Self::Confirmed { task, .. } => Some(*task),
            Self::Epoch { .. }
            | Self::Off
            | Self::Rate { .. }
            | Self::Acquitted { .. }
            | Self::Lapsed { .. }
            | Self::Accused(_)
            | Self::Ordered { .. }
            | Self::Closed { .. }
            | Self::Reinstated { .. } => None,
        }
    }
}
