//! The planner's steps as transactions: what each is called, whose it is, and where a test can end the process.

use cuckoo_protocol::{
    Untrusted,
    chain::{ChainError, RoundError},
    court::Step,
};

use super::transactions::Points;
use crate::node::failpoint;

/// Why a step was not taken. It is planned again as long as it has to be taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The seed of a draw cannot be recorded.
    #[error(transparent)]
    Round(RoundError),
}

impl From<RoundError> for StepError {
    fn from(error: RoundError) -> Self {
        match error {
            RoundError::Chain(error) => Self::Chain(error),
            error => Self::Round(error),
        }
    }
}

impl StepError {
    /// Whether another node may have taken the step just before.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Chain(ChainError::Reverts(_)) | Self::Round(RoundError::NotYet { .. }))
    }

    /// The account that cannot pay the fee, if that is the reason.
    pub const fn is_poverty(&self) -> bool {
        matches!(self, Self::Chain(ChainError::NoGas { .. }))
    }

    /// The reason on one line, as it may be shown.
    pub fn shown(&self) -> Untrusted {
        Untrusted::new(self.to_string())
    }
}

/// What a step's transaction is called in the outbox and in the log.
pub fn title(step: &Step) -> String {
    match step {
        Step::Reveal { case, .. } => format!("Reveal the vote on the dispute {case}"),
        Step::Commit { case, .. } => format!("Commit to a vote on the dispute {case}"),
        Step::RecordSeed { case, .. } => format!("Record the seed of the dispute {case}"),
        // Without those who are summoned: while it is on its way, some may come by themselves.
        Step::Summon { case, .. } => format!("Summon jurors of the dispute {case}"),
        Step::Resolve { case } => format!("Count the votes of the dispute {case}"),
        Step::SettleJuror { case, juror, .. } => format!("Pay or dock the juror {juror} of the dispute {case}"),
        Step::Withdraw { case } => format!("Get back the bond of the dispute {case}"),
        Step::Declare { manifests } => format!("Offer the node for juries; models: {}", manifests.len()),
        Step::Refresh { manifests } => format!("Renew the node's offer for juries; models: {}", manifests.len()),
        Step::Undeclare { manifests } => format!("Take the node out of juries; models: {}", manifests.len()),
        Step::Correct { node, .. } => format!("Record again what the juror {node} has"),
        Step::Abstain { case, .. } => format!("Vote without the evidence of the dispute {case}"),
        Step::Gather { case, .. } => format!("Judge the dispute {case}"),
        Step::Publish { case, .. } => format!("Hand in evidence of the dispute {case}"),
    }
}

/// Whether nobody but this node can take a step: if it is refused, something is wrong here.
pub const fn is_own(step: &Step) -> bool {
    !matches!(
        step,
        Step::RecordSeed { .. }
            | Step::Summon { .. }
            | Step::Resolve { .. }
            | Step::SettleJuror { .. }
            | Step::Correct { .. }
    )
}

/// Where a test can end the process around a step's transaction.
pub const fn points(step: &Step) -> Option<Points> {
    let [seed, seeded, summon, summoned, resolve, resolved, settle, settled, withdraw, withdrawn] =
        failpoint::STEP_POINTS;
    Some(match step {
        Step::Commit { .. } => (failpoint::COMMIT_BEFORE, failpoint::COMMIT_AFTER),
        Step::Reveal { .. } => (failpoint::REVEAL_BEFORE, failpoint::REVEAL_AFTER),
        Step::RecordSeed { .. } => (seed, seeded),
        Step::Summon { .. } => (summon, summoned),
        Step::Resolve { .. } => (resolve, resolved),
        Step::SettleJuror { .. } => (settle, settled),
        Step::Withdraw { .. } => (withdraw, withdrawn),
        _ => return None,
    })
}
