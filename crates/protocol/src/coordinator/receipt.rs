//! A miner's result, checked against the offer that it answers and the output that has arrived.

use std::sync::Arc;

use alloy::primitives::Bytes;

use super::{effect::Offer, output::Output};
use crate::{
    message::{Domain, Receipt, SignatureError},
    task::{FinishReason, Kind, Outcome, ReceiptRecord, audit_commitment, output_commitment},
    wire::{self, FrameError},
};

/// A result that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// What was delivered, with the evidence.
    pub outcome: Arc<Outcome>,
    /// The natural log-probabilities of its tokens, where the engine gives them.
    pub log_probabilities: Vec<f32>,
}

/// Why a result is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultError {
    /// The miner's fault, see [`super::Input::Broken`].
    #[error("{0}")]
    Broken(String),
    /// Readers were given something else, see [`super::Input::Diverged`].
    #[error("the task moved to another miner, which ended differently")]
    Diverged,
}

impl From<&str> for ResultError {
    fn from(reason: &str) -> Self {
        Self::Broken(reason.to_owned())
    }
}

impl From<String> for ResultError {
    fn from(reason: String) -> Self {
        Self::Broken(reason)
    }
}

impl From<FrameError> for ResultError {
    fn from(error: FrameError) -> Self {
        Self::Broken(format!("its result is malformed: {error}"))
    }
}

/// Checks a result against its offer, whose ticket has this signature, and against the output. `verify` says whether the miner has
/// signed the receipt: [`Domain::verify`], or what a link knows better.
pub fn check(
    domain: &Domain,
    offer: &Offer,
    ticket_signature: &Bytes,
    output: &Output,
    result: &wire::TaskResult,
    verify: impl FnOnce(&Receipt, &[u8]) -> Result<(), SignatureError>,
) -> Result<Finished, ResultError> {
    let spec = &offer.spec;
    let receipt = Receipt {
        ticket: domain.digest(&offer.ticket),
        outputCommitment: wire::b256(&result.output_commitment, "output_commitment")?,
        auditCommitment: wire::b256(&result.audit_commitment, "audit_commitment")?,
        promptTokens: result.prompt_tokens,
        completionTokens: result.completion_tokens,
        finishReason: u8::try_from(result.finish_reason).map_err(|_| "its finish reason is unknown")?,
    };
    let finish = FinishReason::from_u8(receipt.finishReason).ok_or("its finish reason is unknown")?;
    verify(&receipt, &result.signature).map_err(|error| format!("its receipt: {error}"))?;
    let tokens = output.token_ids.len();
    if receipt.outputCommitment != output_commitment(&spec.salt, &output.token_ids, &output.text) {
        return Err("its receipt commits to another output than it sent".into());
    }
    if receipt.auditCommitment != audit_commitment(&output.log_probabilities) {
        return Err("its receipt commits to other log-probabilities than it sent".into());
    }
    if !output.log_probabilities.is_empty() && output.log_probabilities.len() != tokens {
        return Err("its log-probabilities do not match its tokens".into());
    }
    let is_counted = tokens == 0 || receipt.completionTokens as usize == tokens;
    if !is_counted || receipt.completionTokens > spec.sampling.max_tokens {
        return Err(format!("its receipt claims {} tokens", receipt.completionTokens).into());
    }
    if receipt.completionTokens == 0 && !output.text.is_empty() && spec.kind() == Kind::Text {
        return Err("its receipt claims no tokens for some text".into());
    }
    spec.check_output(&output.text).map_err(|error| format!("its output: {error}"))?;
    if !output.text.starts_with(output.delivered()) {
        return Err(ResultError::Diverged);
    }
    let outcome = Outcome {
        text: output.text.clone(),
        // Some for every token, or none.
        scores: if output.scores.len() == tokens { output.scores.clone() } else { vec![] },
        finish,
        prompt_tokens: receipt.promptTokens,
        completion_tokens: receipt.completionTokens,
        receipt: ReceiptRecord {
            chain_id: domain.chain_id(),
            settlement: domain.contract(),
            ticket: offer.ticket.clone(),
            ticket_signature: ticket_signature.clone(),
            receipt,
            receipt_signature: Bytes::copy_from_slice(&result.signature),
            salt: spec.salt,
            token_ids: output.token_ids.clone(),
        },
    };
    Ok(Finished { outcome: Arc::new(outcome), log_probabilities: output.log_probabilities.clone() })
}
