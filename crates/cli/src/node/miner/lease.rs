//! One lease from its offer to its signed receipt: check the ticket, generate, commit, sign.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::SignerSync,
};
use cuckoo_gpu::{EngineError, Finish, GenerateRequest, Generated};
use cuckoo_protocol::{
    Cai, TaskId,
    message::{Receipt, Ticket, signature_bytes},
    price::{Quote, Rate},
    task::{ChatMessage, Sampling, audit_commitment, output_commitment, prompt_commitment},
    wire::{self, Body, Frame, FrameError, RefuseCode},
};
use futures::StreamExt;
use tokio::{sync::mpsc, time};

use super::{
    shared::Shared,
    signed_record::{Claim, RecordError, SignedAnswer},
};
use crate::{host::clock, node::failpoint};

/// At most this many pieces of the engine's output are taken at once, so that an application still sees an answer grow.
const MAX_PIECES: usize = 8;
/// How long the pieces of an answer that nobody reads as it comes are gathered into one frame.
const GATHER: Duration = Duration::from_millis(250);
/// A frame is sent at this many pieces: a coordinator counts at most 1,024 of one frame.
const FULL_PIECES: u32 = 1_024 - MAX_PIECES as u32;
/// A frame is sent at this many bytes: frames have a limit.
const FULL_BYTES: usize = 1 << 20;

/// Why a lease ends without a result.
#[derive(Debug, thiserror::Error)]
enum LeaseError {
    #[error("the offer is malformed: {0}")]
    Malformed(#[from] FrameError),
    #[error("the ticket is not valid: {0}")]
    Ticket(String),
    #[error("all slots are taken")]
    Busy,
    #[error("the miner does not work for this coordinator: {0}")]
    Objection(String),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the deadline has passed")]
    Late,
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("the receipt cannot be signed")]
    Signing,
    /// There is nobody to report to.
    #[error("the link has ended")]
    Gone,
}

/// A taken slot; it is given back when this is dropped, however the lease ends.
struct Slot {
    shared: Arc<Shared>,
    model: String,
    coordinator: Address,
    task: TaskId,
    ticket: u64,
    done: bool,
}

impl Slot {
    fn take(shared: &Arc<Shared>, model: &str, ticket: &Ticket) -> Option<Self> {
        let Ticket { coordinator, number, price, .. } = *ticket;
        let task = TaskId(ticket.task);
        shared.slots().take(model, coordinator).then(|| {
            let miner = shared.signer.address();
            shared.change_board(|board| board.start(task, model, ticket.attempt, miner, clock::now()));
            shared.credits().begin(coordinator, number, price);
            Self { shared: shared.clone(), model: model.to_owned(), coordinator, task, ticket: number, done: false }
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.slots().give_back(&self.model, self.coordinator);
        self.shared.credits().end(self.coordinator, self.ticket);
        self.shared.end_task(&self.task, self.done);
    }
}

/// A frame that refuses a lease.
pub(super) fn refusal(lease: wire::Lease, code: RefuseCode, reason: &str) -> Vec<u8> {
    Frame::encode(wire::Refuse { lease: Some(lease), code: code.into(), reason: reason.to_owned() })
}

/// Runs one lease to its end and reports it.
pub(super) async fn run(shared: Arc<Shared>, coordinator: Address, offer: wire::Offer, frames: mpsc::Sender<Vec<u8>>) {
    let lease = wire::Lease { task: offer.task.clone(), attempt: offer.attempt };
    let Err(error) = attempt(&shared, coordinator, offer, &lease, &frames).await else { return };
    let code = match &error {
        LeaseError::Busy | LeaseError::Objection(_) => RefuseCode::Busy,
        LeaseError::Engine(error) if error.is_busy() => RefuseCode::Busy,
        LeaseError::Engine(error) if error.is_request_fault() => RefuseCode::Invalid,
        LeaseError::Gone => return,
        _ => RefuseCode::Failed,
    };
    tracing::warn!(%coordinator, %error, "a lease ended without a result");
    // If the link has ended, the coordinator knows already.
    let _ = frames.send(refusal(lease, code, &error.to_string())).await;
}

/// An offered task whose ticket is valid and whose price is the announced one.
struct Order {
    ticket: Ticket,
    signature: Bytes,
    quote: Quote,
    salt: B256,
    request: GenerateRequest,
}

impl Order {
    fn check(
        shared: &Shared,
        coordinator: Address,
        offer: wire::Offer,
        lease: &wire::Lease,
    ) -> Result<Self, LeaseError> {
        let (task, number) = lease.parse()?;
        let salt = wire::b256(&offer.salt, "salt")?;
        let messages = offer.messages.into_iter().map(ChatMessage::try_from).collect::<Result<Vec<_>, _>>()?;
        let sampling: Sampling = offer.sampling.ok_or(FrameError::Field("sampling"))?.into();
        let rate = wire::rate(&offer.rate_prompt, &offer.rate_completion)?;
        let ticket = Ticket {
            coordinator,
            miner: shared.signer.address(),
            task: task.0,
            attempt: number,
            number: offer.number,
            model: wire::b256(&offer.manifest, "manifest")?,
            promptCommitment: prompt_commitment(&salt, &messages),
            parameters: sampling.hash(),
            price: wire::amount(&offer.price, "price")?,
            promptRate: rate.prompt(),
            completionRate: rate.completion(),
            deadline: offer.deadline,
        };
        // Every field of the ticket was derived from the offered task, so the signature covers exactly that task.
        shared
            .domain
            .verify(&ticket, &offer.signature, coordinator)
            .map_err(|error| LeaseError::Ticket(error.to_string()))?;
        if shared.manifest(&offer.model) != Some(ticket.model) {
            return Err(LeaseError::Ticket("it is for a model that this miner does not offer".into()));
        }
        let quote = rate.quote(&messages, sampling.max_tokens);
        let announced = shared.credits().rate(&coordinator, &offer.model);
        check_terms(&ticket, (rate, announced), quote, clock::now_seconds())?;
        let request = GenerateRequest { model: offer.model, messages, sampling };
        Ok(Self { ticket, signature: offer.signature.into(), quote, salt, request })
    }
}

/// Refuses a ticket by which the contracts would pay less than the coordinator has announced, or nothing: at lower rates, up to
/// another price than they come to, or with a deadline that is over, so that the time for a claim ends before the work does.
fn check_terms(ticket: &Ticket, (rate, announced): (Rate, Rate), quote: Quote, now: u64) -> Result<(), LeaseError> {
    if !rate.covers(announced) {
        return Err(LeaseError::Ticket("its rates are below those that the coordinator announced".into()));
    }
    if ticket.price != quote.bound() {
        return Err(LeaseError::Ticket("its price is not what its rates and the task come to".into()));
    }
    if ticket.deadline <= now {
        return Err(LeaseError::Late);
    }
    Ok(())
}

async fn attempt(
    shared: &Arc<Shared>,
    coordinator: Address,
    offer: wire::Offer,
    lease: &wire::Lease,
    frames: &mpsc::Sender<Vec<u8>>,
) -> Result<(), LeaseError> {
    let quiet = offer.quiet;
    let Order { ticket, signature: ticket_signature, quote, salt, request } =
        Order::check(shared, coordinator, offer, lease)?;
    if let Some(objection) = shared.credits().objection(&coordinator, &request.model, ticket.price) {
        return Err(LeaseError::Objection(objection));
    }
    let left = ticket.deadline.saturating_sub(clock::now_seconds());
    let mut slot = Slot::take(shared, &request.model, &ticket).ok_or(LeaseError::Busy)?;
    send(frames, Body::Accept(lease.clone())).await?;
    let generating = generate(shared, request, TaskId(ticket.task), lease, quiet, frames);
    let output = time::timeout(Duration::from_secs(left), generating).await.map_err(|_| LeaseError::Late)??;
    let receipt = Receipt {
        ticket: shared.domain.digest(&ticket),
        outputCommitment: output_commitment(&salt, &output.ids, &output.text),
        auditCommitment: audit_commitment(&output.log_probabilities),
        promptTokens: output.finish.prompt_tokens,
        completionTokens: output.finish.completion_tokens,
        finishReason: output.finish.reason as u8,
    };
    let digest = shared.domain.digest(&receipt);
    let signature = signature_bytes(&shared.signer.sign_hash_sync(&digest).map_err(|_| LeaseError::Signing)?);
    let claim = Claim {
        owed: Cai::from(quote.owed(receipt.promptTokens, receipt.completionTokens)),
        ticket,
        ticket_signature,
        receipt: receipt.clone(),
        receipt_signature: signature.clone(),
    };
    // The signature does not leave before it is on disk.
    failpoint::point(failpoint::SIGN_BEFORE);
    if let Err(error) = shared.record.answer(SignedAnswer { digest, claim: claim.clone() }).await {
        // Coordinators learn that there are no slots now.
        shared.offer_again();
        return Err(error.into());
    }
    failpoint::point(failpoint::SIGN_AFTER);
    shared.credits().answered(&claim);
    let result = wire::TaskResult {
        lease: Some(lease.clone()),
        output_commitment: receipt.outputCommitment.to_vec(),
        audit_commitment: receipt.auditCommitment.to_vec(),
        prompt_tokens: receipt.promptTokens,
        completion_tokens: receipt.completionTokens,
        finish_reason: u32::from(receipt.finishReason),
        signature: signature.to_vec(),
    };
    send(frames, result.into()).await?;
    failpoint::point(failpoint::SENT);
    slot.done = true;
    Ok(())
}

async fn send(frames: &mpsc::Sender<Vec<u8>>, body: Body) -> Result<(), LeaseError> {
    frames.send(Frame::encode(body)).await.map_err(|_| LeaseError::Gone)
}

struct Output {
    text: String,
    ids: Vec<u32>,
    log_probabilities: Vec<f32>,
    finish: Finish,
}

async fn generate(
    shared: &Shared,
    request: GenerateRequest,
    task: TaskId,
    lease: &wire::Lease,
    quiet: bool,
    frames: &mpsc::Sender<Vec<u8>>,
) -> Result<Output, LeaseError> {
    // What the engine generated while the last frame was sent is sent as one frame.
    let mut stream = shared.engine.generate(request).await?.ready_chunks(MAX_PIECES);
    let (mut text, mut ids, mut log_probabilities) = (String::new(), vec![], vec![]);
    let mut chunk = wire::Chunk::default();
    let mut sent: Option<Instant> = None;
    while let Some(items) = stream.next().await {
        let mut end = None;
        for item in items {
            match item {
                Ok(Generated::Tokens(tokens)) => {
                    chunk.pieces += 1;
                    chunk.text.push_str(&tokens.text);
                    chunk.token_ids.extend(tokens.ids);
                    chunk.log_probabilities.extend(tokens.log_probabilities);
                    chunk.lengths.extend(tokens.lengths);
                }
                Ok(Generated::Finished(finish)) => end = Some(Ok(finish)),
                Err(error) => end = Some(Err(error)),
            }
        }
        let tokens = (ids.len() + chunk.token_ids.len()) as u32;
        shared.change_board(|board| board.progress(&task, tokens, clock::now()));
        let due = !quiet
            || end.is_some()
            || sent.is_none_or(|sent| sent.elapsed() >= GATHER)
            || chunk.pieces >= FULL_PIECES
            || chunk.text.len() >= FULL_BYTES;
        if chunk.pieces > 0 && due {
            text.push_str(&chunk.text);
            ids.extend_from_slice(&chunk.token_ids);
            log_probabilities.extend_from_slice(&chunk.log_probabilities);
            let chunk = wire::Chunk { lease: Some(lease.clone()), ..std::mem::take(&mut chunk) };
            send(frames, chunk.into()).await?;
            sent = Some(Instant::now());
        }
        if let Some(finish) = end {
            return Ok(Output { text, ids, log_probabilities, finish: finish? });
        }
    }
    Err(EngineError::Interrupted("the output ended without a reason to finish".into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_at_other_terms_than_were_announced_is_refused() {
        let rate = |completion| Rate::new(500, completion).expect("a rate");
        let check = |offered: Rate, price: u128, deadline: u64| {
            let quote = offered.quote(&[], 10);
            let ticket = Ticket { price: quote.bound() + price, deadline, ..Ticket::default() };
            check_terms(&ticket, (offered, rate(1_000)), quote, 100).map_err(|error| error.to_string())
        };
        assert_eq!(check(rate(1_000), 0, 101), Ok(()));
        // More than was announced is no harm.
        assert_eq!(check(rate(1_001), 0, 101), Ok(()));
        assert!(check(rate(999), 0, 101).is_err_and(|error| error.contains("below those")));
        assert!(check(rate(1_000), 1, 101).is_err_and(|error| error.contains("its price is not")));
        for over in [0, 99, 100] {
            assert!(check(rate(1_000), 0, over).is_err_and(|error| error.contains("deadline has passed")), "{over}");
        }
    }
}
