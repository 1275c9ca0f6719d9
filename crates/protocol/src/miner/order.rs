//! What a coordinator orders: the check of an offer and of its ticket, and the receipt that answers it.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

use crate::{
    Cai,
    message::{
        Acknowledgement, Domain, Receipt, SignatureError, SignedAcknowledgement, SignedVoucher, Ticket, Verifier,
        Voucher,
    },
    price::{Quote, Rate},
    task::{ChatMessage, Examine, Finish, Sampling, TaskId, audit_commitment, output_commitment, prompt_commitment},
    wire::{self, Body, FrameError, RefuseCode},
};

/// An offered lease whose ticket its coordinator has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The ticket.
    pub ticket: Ticket,
    /// The coordinator's signature of it, alone or of a batch.
    pub signature: Bytes,
    /// The EIP-712 digest of the ticket.
    pub digest: B256,
    /// The ticket's rate.
    pub rate: Rate,
    /// What the task may cost at that rate.
    pub quote: Quote,
    /// Keeps commitments to short texts from being guessed.
    pub salt: B256,
    /// Nobody reads the answer as it comes.
    pub quiet: bool,
    /// The class of the device that does it, as the miner offers it: the receipt commits to it. Empty until the miner takes the order.
    pub class: String,
}

/// What is to be generated, or examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    pub sampling: Sampling,
    /// The output that is to be examined; `None`: the request is to be answered.
    pub examine: Option<Box<Examine>>,
}

/// Why an offer is not an order.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The frame has not the form that it should have.
    #[error("the offer is malformed: {0}")]
    Malformed(#[from] FrameError),
    /// The ticket is not the coordinator's.
    #[error("the ticket is not valid: {0}")]
    Signature(#[from] SignatureError),
}

/// Takes an offer apart and checks that the coordinator has signed a ticket for exactly this task. The verifier is the
/// coordinator's: all tickets of a batch cost one recovery of a key.
pub fn check(
    domain: &Domain,
    miner: Address,
    coordinator: Address,
    offer: wire::Offer,
    verifier: &mut Verifier,
) -> Result<(Order, Request), OrderError> {
    let (order, request) = read(domain, miner, coordinator, offer)?;
    verifier.verify(domain, &order.ticket, &order.signature, coordinator)?;
    Ok((order, request))
}

/// Takes an offer apart. Every field of the ticket is derived from the task; whether it is signed is not looked at.
pub fn read(
    domain: &Domain,
    miner: Address,
    coordinator: Address,
    offer: wire::Offer,
) -> Result<(Order, Request), FrameError> {
    let salt = wire::b256(&offer.salt, "salt")?;
    let messages = offer.messages.into_iter().map(ChatMessage::try_from).collect::<Result<Vec<_>, _>>()?;
    let sampling: Sampling = offer.sampling.ok_or(FrameError::Field("sampling"))?.into();
    if !sampling.is_within_bounds() {
        return Err(FrameError::Field("sampling"));
    }
    let examine = offer.examine.map(|examine| Box::new(Examine::from(examine)));
    let rate = wire::rate(&offer.rate_prompt, &offer.rate_completion)?;
    let ticket = Ticket {
        coordinator,
        miner,
        task: wire::b256(&offer.task, "task")?,
        attempt: offer.attempt,
        number: offer.number,
        model: wire::b256(&offer.manifest, "manifest")?,
        promptCommitment: prompt_commitment(&salt, &messages),
        parameters: examine.as_ref().map_or_else(|| sampling.hash(), |examine| examine.parameters(&sampling)),
        price: wire::amount(&offer.price, "price")?,
        promptRate: rate.prompt(),
        completionRate: rate.completion(),
        deadline: offer.deadline,
    };
    let order = Order {
        digest: domain.digest(&ticket),
        ticket,
        signature: offer.signature.into(),
        rate,
        quote: match &examine {
            None => rate.quote(&messages, sampling.max_tokens),
            Some(examine) => rate.quote_examination(&messages, examine.ids.len()),
        },
        salt,
        quiet: offer.quiet,
        class: String::new(),
    };
    Ok((order, Request { model: offer.model, messages, sampling, examine }))
}

/// Takes a voucher's frame apart and checks that the coordinator has signed it.
pub fn check_voucher(
    domain: &Domain,
    miner: Address,
    coordinator: Address,
    frame: wire::Voucher,
) -> Result<SignedVoucher, OrderError> {
    let cumulative = wire::amount(&frame.cumulative, "cumulative")?;
    let voucher = Voucher { coordinator, miner, cumulative, through: frame.through };
    domain.verify(&voucher, &frame.signature, coordinator)?;
    Ok(SignedVoucher { voucher, signature: frame.signature.into() })
}

/// Takes an acknowledgement's frame apart and checks that the coordinator has signed it. Whether it is for an answer of this miner is
/// not looked at. The verifier is the coordinator's: all of a batch cost one recovery of a key.
pub fn check_acknowledgement(
    domain: &Domain,
    miner: Address,
    coordinator: Address,
    frame: wire::Acknowledged,
    verifier: &mut Verifier,
) -> Result<SignedAcknowledgement, OrderError> {
    let acknowledgement = Acknowledgement {
        coordinator,
        miner,
        number: frame.number,
        receipt: wire::b256(&frame.receipt, "receipt")?,
        owed: wire::amount(&frame.owed, "owed")?,
    };
    verifier.verify(domain, &acknowledgement, &frame.signature, coordinator)?;
    Ok(SignedAcknowledgement { acknowledgement, signature: frame.signature.into() })
}

/// The rates that a coordinator announces, by model.
pub fn rates(prices: &[wire::Price]) -> Result<BTreeMap<String, Rate>, FrameError> {
    let rate = |price: &wire::Price| Ok((price.model.clone(), wire::rate(&price.prompt, &price.completion)?));
    prices.iter().map(rate).collect()
}

/// A frame that refuses a lease.
pub fn refusal(lease: wire::Lease, code: RefuseCode, reason: impl Into<String>) -> Body {
    wire::Refuse { lease: Some(lease), code: code.into(), reason: reason.into() }.into()
}

/// Everything that an engine has generated for a lease.
#[derive(Clone, Copy, Debug)]
pub struct Generation<'a> {
    /// The text.
    pub text: &'a str,
    /// Ids of the tokens; none where the engine gives none.
    pub ids: &'a [u32],
    /// Natural log-probabilities of the tokens; none where the engine gives none.
    pub log_probabilities: &'a [f32],
    /// How it ended.
    pub finish: Finish,
}

impl Order {
    /// The task.
    pub const fn task(&self) -> TaskId {
        TaskId(self.ticket.task)
    }

    /// The lease as frames name it.
    pub fn lease(&self) -> wire::Lease {
        wire::Lease::new(self.task(), self.ticket.attempt)
    }

    /// The receipt for what was generated.
    pub fn complete(&self, generation: Generation<'_>) -> Completed {
        let Generation { text, ids, log_probabilities, finish } = generation;
        let receipt = Receipt {
            ticket: self.digest,
            outputCommitment: output_commitment(&self.salt, ids, text),
            auditCommitment: audit_commitment(&self.class, log_probabilities),
            promptTokens: finish.prompt_tokens,
            completionTokens: finish.completion_tokens,
            finishReason: finish.reason as u8,
        };
        Completed {
            owed: Cai::from(self.quote.owed(receipt.promptTokens, receipt.completionTokens)),
            ticket: self.ticket.clone(),
            ticket_signature: self.signature.clone(),
            receipt,
            stop: finish.stop,
        }
    }
}

/// A ticket that is answered, with a receipt that is not signed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The coordinator's order.
    pub ticket: Ticket,
    /// The signature of the order.
    pub ticket_signature: Bytes,
    /// The miner's answer.
    pub receipt: Receipt,
    /// The price of the answer at the coordinator's rate.
    pub owed: Cai,
    /// The number of the stop text that ended the answer, where one did and the engine tells.
    pub stop: Option<u32>,
}

impl Completed {
    /// The claim that it is with the miner's signature of the receipt.
    pub fn signed(self, receipt_signature: Bytes) -> Claim {
        let Self { ticket, ticket_signature, receipt, owed, .. } = self;
        Claim { ticket, ticket_signature, receipt, receipt_signature, owed }
    }
}

/// An answered ticket: the miner's claim if the coordinator does not pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The coordinator's order.
    pub ticket: Ticket,
    /// The signature of the order.
    pub ticket_signature: Bytes,
    /// The miner's answer.
    pub receipt: Receipt,
    /// The signature of the answer.
    pub receipt_signature: Bytes,
    /// The price of the answer at the coordinator's rate.
    pub owed: Cai,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Bias, Micros, SignedMicros};

    #[test]
    fn what_no_application_can_ask_for_is_no_order() {
        let zero = vec![0; 32];
        let offer = |sampling: Sampling| wire::Offer {
            task: zero.clone(),
            manifest: zero.clone(),
            salt: zero.clone(),
            price: 0u128.to_be_bytes().to_vec(),
            sampling: Some((&sampling).into()),
            ..wire::Offer::default()
        };
        let domain = Domain::new(31_337, Address::repeat_byte(0xcc));
        let of = |sampling| read(&domain, Address::ZERO, Address::ZERO, offer(sampling)).map(|(_, request)| request);
        let good = Sampling { max_tokens: 9, repetition_penalty: Micros(500_000), ..Sampling::default() };
        assert_eq!(of(good.clone()).expect("an order").sampling, good);
        let bias = Bias { id: 1, logits: SignedMicros(i32::MAX) };
        for wrong in [
            Sampling { repetition_penalty: Micros(1), ..good.clone() },
            Sampling { presence_penalty: SignedMicros(i32::MIN), ..good.clone() },
            Sampling { logit_bias: vec![bias], ..good.clone() },
            Sampling { top_logprobs: Some(u8::MAX), ..good },
        ] {
            assert!(matches!(of(wrong), Err(FrameError::Field("sampling"))));
        }
    }
}
