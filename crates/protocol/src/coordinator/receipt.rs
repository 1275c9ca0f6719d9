//! A miner's result, checked against the offer that it answers and the output that has arrived.

use std::sync::Arc;

use alloy::primitives::{B256, Bytes};

use super::{effect::Offer, output::Output};
use crate::{
    manifest::Proof,
    message::{Domain, Receipt, SignatureError},
    task::{FinishReason, Kind, Outcome, ReceiptRecord, audit_commitment, output_commitment},
    wire::{self, FrameError},
};

/// A result that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// What was delivered, with the evidence.
    pub outcome: Arc<Outcome>,
    /// The digest of its receipt.
    pub digest: B256,
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

/// The receipt that a result is about, for the ticket with this digest. Whether the miner has signed it is not looked at.
pub fn read_receipt(ticket: B256, result: &wire::TaskResult) -> Result<Receipt, ResultError> {
    Ok(Receipt {
        ticket,
        outputCommitment: wire::b256(&result.output_commitment, "output_commitment")?,
        auditCommitment: wire::b256(&result.audit_commitment, "audit_commitment")?,
        promptTokens: result.prompt_tokens,
        completionTokens: result.completion_tokens,
        finishReason: u8::try_from(result.finish_reason).map_err(|_| "its finish reason is unknown")?,
    })
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
    let receipt = read_receipt(domain.digest(&offer.ticket), result)?;
    let finish = FinishReason::from_u8(receipt.finishReason).ok_or("its finish reason is unknown")?;
    verify(&receipt, &result.signature).map_err(|error| format!("its receipt: {error}"))?;
    let tokens = output.token_ids.len();
    if receipt.outputCommitment != output_commitment(&spec.salt, &output.token_ids, &output.text) {
        return Err("its receipt commits to another output than it sent".into());
    }
    if receipt.auditCommitment != audit_commitment(&offer.class, &output.log_probabilities) {
        return Err(
            "its receipt commits to other log-probabilities than it sent, or to another class of device than it offers"
                .into(),
        );
    }
    if !output.log_probabilities.is_empty() && output.log_probabilities.len() != tokens {
        return Err("its log-probabilities do not match its tokens".into());
    }
    let is_counted = tokens == 0 || receipt.completionTokens as usize == tokens;
    if !is_counted || receipt.completionTokens > spec.sampling.max_tokens {
        return Err(format!("its receipt claims {} tokens", receipt.completionTokens).into());
    }
    if !output.log_probabilities.iter().all(|value| value.is_finite() && *value <= 0.0) {
        return Err("a log-probability of it is not the logarithm of a probability".into());
    }
    if spec.kind() == Kind::Text && receipt.completionTokens > 0 && spec.examine.is_none() {
        let (ids, log_probabilities) = (tokens > 0, !output.log_probabilities.is_empty());
        if offer.proof != Proof::None && !(ids && log_probabilities) {
            return Err("it leaves out the token ids or the log-probabilities that its manifest promises".into());
        }
    }
    let says_nothing = receipt.completionTokens == 0 && !output.text.is_empty();
    if says_nothing && spec.kind() == Kind::Text && spec.examine.is_none() {
        return Err("its receipt claims no tokens for some text".into());
    }
    if spec.sampling.echo && spec.examine.is_none() && output.prompt.scores.len() != receipt.promptTokens as usize {
        return Err("it leaves out tokens of the prompt, which were asked for".into());
    }
    spec.check_output(&output.text).map_err(|error| format!("its output: {error}"))?;
    if !output.text.starts_with(output.delivered()) {
        return Err(ResultError::Diverged);
    }
    let stop = result.stop.checked_sub(1).filter(|stop| (*stop as usize) < spec.sampling.stop.len());
    let outcome = Outcome {
        text: output.text.clone(),
        stop: stop.filter(|_| finish == FinishReason::Stop),
        // Some for every token, or none.
        scores: if output.scores.len() == tokens { output.scores.clone() } else { vec![] },
        prompt: spec.sampling.echo.then(|| output.prompt.clone()),
        finish,
        prompt_tokens: receipt.promptTokens,
        completion_tokens: receipt.completionTokens,
        log_probabilities: output.log_probabilities.clone(),
        class: offer.class.clone(),
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
    let digest = domain.digest(&outcome.receipt.receipt);
    Ok(Finished { outcome: Arc::new(outcome), digest })
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::Address,
        signers::{SignerSync, local::PrivateKeySigner},
    };

    use super::*;
    use crate::{
        coordinator::{LeaseId, tests::world::spec},
        message::{Ticket, signature_bytes},
    };

    const CLASS: &str = "cuda-sm90-bf16";

    struct Delivered {
        domain: Domain,
        miner: PrivateKeySigner,
        offer: Offer,
        output: Output,
        receipt: Receipt,
    }

    /// Two tokens, as an honest miner delivers them.
    fn honest() -> Delivered {
        let domain = Domain::new(1, Address::repeat_byte(2));
        let miner = PrivateKeySigner::random();
        let spec = Arc::new(spec(1));
        let lease = LeaseId { node: miner.address(), session: 1, task: spec.id, attempt: 1 };
        let ticket = Ticket { miner: miner.address(), task: spec.id.0, attempt: 1, number: 7, ..Ticket::default() };
        let mut output = Output::default();
        output.restart(1);
        let chunk = wire::Chunk {
            text: "no".into(),
            token_ids: vec![7, 8],
            log_probabilities: vec![-0.5, -0.25],
            ..Default::default()
        };
        output.push(&spec, chunk).expect("is little");
        let receipt = Receipt {
            ticket: domain.digest(&ticket),
            outputCommitment: output_commitment(&spec.salt, &[7, 8], "no"),
            auditCommitment: audit_commitment(CLASS, &[-0.5, -0.25]),
            promptTokens: 3,
            completionTokens: 2,
            finishReason: FinishReason::Stop as u8,
        };
        let offer = Offer { lease, spec, ticket, proof: Proof::Seeded, class: CLASS.into() };
        Delivered { domain, miner, offer, output, receipt }
    }

    fn checked(result: &Delivered) -> Result<Finished, ResultError> {
        let Delivered { domain, miner, offer, output, receipt } = result;
        let signature = miner.sign_hash_sync(&domain.digest(receipt)).expect("signs");
        let frame = wire::TaskResult {
            output_commitment: receipt.outputCommitment.to_vec(),
            audit_commitment: receipt.auditCommitment.to_vec(),
            prompt_tokens: receipt.promptTokens,
            completion_tokens: receipt.completionTokens,
            finish_reason: receipt.finishReason.into(),
            signature: signature_bytes(&signature).to_vec(),
            ..wire::TaskResult::default()
        };
        check(domain, offer, &Bytes::from_static(b"ticket"), output, &frame, |receipt, signature| {
            domain.verify(receipt, signature, offer.lease.node)
        })
    }

    #[test]
    fn an_honest_result_becomes_an_outcome_with_its_evidence() {
        let result = honest();
        let Finished { outcome, digest } = checked(&result).expect("is honest");
        assert_eq!((outcome.text.as_str(), outcome.completion_tokens, outcome.prompt_tokens), ("no", 2, 3));
        assert_eq!((&outcome.receipt.receipt, &outcome.receipt.ticket), (&result.receipt, &result.offer.ticket));
        assert_eq!(outcome.class, CLASS);
        let said = (outcome.receipt.token_ids.clone(), outcome.log_probabilities.clone());
        assert_eq!((said, digest), ((vec![7, 8], vec![-0.5, -0.25]), outcome.receipt.hash()));
        assert_eq!(outcome.receipt.ticket_signature, Bytes::from_static(b"ticket"));
    }

    #[test]
    fn whatever_does_not_fit_is_refused_for_its_reason() {
        type Spoil = fn(&mut Delivered);
        let spoils: [(Spoil, &str); 13] = [
            (|result| result.receipt.ticket.0[0] ^= 1, "its receipt"),
            (|result| result.miner = PrivateKeySigner::random(), "its receipt"),
            (|result| result.receipt.finishReason = 9, "finish reason"),
            (|result| result.output.text.push('!'), "another output"),
            (|result| result.output.token_ids.push(9), "another output"),
            (|result| result.output.log_probabilities[0] = -0.75, "other log-probabilities"),
            (
                |result| result.receipt.auditCommitment = audit_commitment("cpu-f32", &[-0.5, -0.25]),
                "another class of device than it offers",
            ),
            (
                |result| result.receipt.auditCommitment = audit_commitment("", &[-0.5, -0.25]),
                "another class of device than it offers",
            ),
            (
                |result| {
                    result.output.log_probabilities[0] = 0.5;
                    result.receipt.auditCommitment = audit_commitment(CLASS, &[0.5, -0.25]);
                },
                "not the logarithm",
            ),
            (
                |result| {
                    result.output.log_probabilities.clear();
                    result.output.token_ids.clear();
                    result.receipt.auditCommitment = audit_commitment(CLASS, &[]);
                    result.receipt.outputCommitment = output_commitment(&result.offer.spec.salt, &[], "no");
                },
                "its manifest promises",
            ),
            (|result| result.receipt.completionTokens = 3, "claims 3 tokens"),
            (|result| result.receipt.completionTokens = 0, "claims 0 tokens"),
            (
                |result| {
                    result.output.log_probabilities.pop();
                    result.receipt.auditCommitment = audit_commitment(CLASS, &[-0.5]);
                },
                "do not match its tokens",
            ),
        ];
        for (spoil, reason) in spoils {
            let mut result = honest();
            spoil(&mut result);
            let refused = checked(&result).expect_err(reason);
            assert!(matches!(&refused, ResultError::Broken(found) if found.contains(reason)), "{reason}: {refused:?}");
        }
    }

    #[test]
    fn i5_an_answer_without_token_ids_is_refused_where_the_manifest_promises_them() {
        let without = |proof| {
            let mut result = honest();
            result.offer.proof = proof;
            result.output.log_probabilities.clear();
            result.output.token_ids.clear();
            result.receipt.auditCommitment = audit_commitment(CLASS, &[]);
            result.receipt.outputCommitment = output_commitment(&result.offer.spec.salt, &[], "no");
            checked(&result).is_ok()
        };
        assert_eq!([Proof::Seeded, Proof::Greedy, Proof::None].map(without), [false, false, true]);
    }

    #[test]
    fn what_readers_were_given_otherwise_by_another_miner_is_nobodys_fault() {
        let mut result = honest();
        let mut output = Output::default();
        output.restart(1);
        output.push(&result.offer.spec, wire::Chunk { text: "yes".into(), ..Default::default() }).expect("is little");
        output.fresh().expect("is new");
        output.restart(2);
        let chunk = wire::Chunk {
            text: "no".into(),
            token_ids: vec![7, 8],
            log_probabilities: vec![-0.5, -0.25],
            ..Default::default()
        };
        output.push(&result.offer.spec, chunk).expect("is little");
        result.output = output;
        assert_eq!(checked(&result), Err(ResultError::Diverged));
    }
}
