//! One lease: check the ticket, generate, commit, sign.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{primitives::Address, signers::SignerSync};
use cuckoo_gpu::{EngineError, Finish, GenerateRequest, Generated};
use cuckoo_protocol::{
    Cai, TaskId,
    message::{Receipt, Ticket, signature_bytes},
    task::{ChatMessage, Sampling, audit_commitment, output_commitment, prompt_commitment},
    wire::{self, Body, Frame, FrameError, RefuseCode},
};
use futures::StreamExt;
use tokio::{sync::mpsc, time};

use super::{
    shared::Shared,
    signed_record::{Answer, Claim, StoreError},
};
use crate::{host::clock, node::failpoint};

/// Pieces of the engine's output that are taken at once, so that an application still sees an answer grow.
const MAX_PIECES: usize = 8;
/// How often something is sent of an answer that nobody reads as it comes, and of how many pieces at most; a coordinator counts no
/// more of one frame.
const NOW_AND_THEN: Duration = Duration::from_millis(250);
const MANY_PIECES: u32 = 1_024 - MAX_PIECES as u32;
/// And of how many bytes: a frame has a limit.
const MANY_BYTES: usize = 1 << 20;

/// Why a lease ends without a result.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("the offer is malformed: {0}")]
    Malformed(#[from] FrameError),
    #[error("the ticket is not valid: {0}")]
    Ticket(String),
    #[error("all places are taken")]
    Busy,
    #[error("the miner does not work for this: {0}")]
    Objection(String),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the deadline has passed")]
    Late,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the receipt cannot be signed")]
    Signing,
    /// Nobody is there to be told.
    #[error("the link has ended")]
    Gone,
}

/// A taken place; it is given back when this is dropped, however the lease ends.
struct Place {
    shared: Arc<Shared>,
    model: String,
    coordinator: Address,
    task: TaskId,
    ticket: u64,
    done: bool,
}

impl Place {
    fn take(shared: &Arc<Shared>, model: &str, ticket: &Ticket) -> Option<Self> {
        let Ticket { coordinator, number, price, .. } = *ticket;
        let task = TaskId(ticket.task);
        shared.grants().take(model, coordinator).then(|| {
            shared.started(task, model, ticket.attempt);
            shared.purse().begin(coordinator, number, price);
            Self { shared: shared.clone(), model: model.to_owned(), coordinator, task, ticket: number, done: false }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.grants().give_back(&self.model, self.coordinator);
        self.shared.purse().end(self.coordinator, self.ticket);
        self.shared.ended(&self.task, self.done);
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
        RunError::Busy | RunError::Objection(_) => RefuseCode::Busy,
        RunError::Engine(error) if error.is_busy() => RefuseCode::Busy,
        RunError::Engine(error) if error.is_request_fault() => RefuseCode::Invalid,
        RunError::Gone => return,
        _ => RefuseCode::Failed,
    };
    tracing::warn!(%coordinator, %error, "a lease ended without a result");
    // If the link has ended, the coordinator knows already.
    let _ = frames.send(refusal(lease, code, &error.to_string())).await;
}

async fn attempt(
    shared: &Arc<Shared>,
    coordinator: Address,
    offer: wire::Offer,
    lease: &wire::Lease,
    frames: &mpsc::Sender<Vec<u8>>,
) -> Result<(), RunError> {
    let (task, number) = lease.parse()?;
    let salt = wire::b256(&offer.salt, "salt")?;
    let messages = offer.messages.into_iter().map(ChatMessage::try_from).collect::<Result<Vec<_>, _>>()?;
    let sampling: Sampling = offer.sampling.ok_or(FrameError::Field("sampling"))?.into();
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
        deadline: offer.deadline,
    };
    // Every field of the ticket was derived from what is to be done, so the signature covers exactly that.
    shared
        .domain
        .verify(&ticket, &offer.signature, coordinator)
        .map_err(|error| RunError::Ticket(error.to_string()))?;
    if shared.manifest(&offer.model) != Some(ticket.model) {
        return Err(RunError::Ticket("it is for another model than this miner offers".into()));
    }
    let rate = wire::rate(&offer.rate_prompt, &offer.rate_completion)?;
    let quote = rate.quote(&messages, sampling.max_tokens);
    if ticket.price != quote.bound() || rate != shared.purse().rate(&coordinator, &offer.model) {
        return Err(RunError::Ticket("its price is not what the coordinator said that it pays".into()));
    }
    if let Some(objection) = shared.purse().objection(&coordinator, &offer.model, ticket.price) {
        return Err(RunError::Objection(objection));
    }
    let left = offer.deadline.checked_sub(clock::now_seconds()).filter(|left| *left > 0).ok_or(RunError::Late)?;
    let mut place = Place::take(shared, &offer.model, &ticket).ok_or(RunError::Busy)?;
    send(frames, Body::Accept(lease.clone())).await?;
    let request = GenerateRequest { model: offer.model, messages, sampling };
    let generating = generate(shared, request, task, lease, offer.quiet, frames);
    let output = time::timeout(Duration::from_secs(left), generating).await.map_err(|_| RunError::Late)??;
    let receipt = Receipt {
        ticket: shared.domain.digest(&ticket),
        outputCommitment: output_commitment(&salt, &output.ids, &output.text),
        auditCommitment: audit_commitment(&output.log_probabilities),
        promptTokens: output.finish.prompt_tokens,
        completionTokens: output.finish.completion_tokens,
        finishReason: output.finish.reason as u8,
    };
    let digest = shared.domain.digest(&receipt);
    let signature = signature_bytes(&shared.signer.sign_hash_sync(&digest).map_err(|_| RunError::Signing)?);
    let claim = Claim {
        owed: Cai::from(quote.owed(receipt.promptTokens, receipt.completionTokens)),
        ticket,
        ticket_signature: offer.signature.into(),
        receipt: receipt.clone(),
        receipt_signature: signature.clone(),
    };
    // The signature does not leave before it is on disk.
    failpoint::point(failpoint::SIGN_BEFORE);
    if let Err(error) = shared.store.answer(Answer { digest, claim: claim.clone() }).await {
        // Coordinators are told that there are no places.
        shared.offer_again();
        return Err(error.into());
    }
    failpoint::point(failpoint::SIGN_AFTER);
    shared.purse().answered(&claim);
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
    place.done = true;
    Ok(())
}

async fn send(frames: &mpsc::Sender<Vec<u8>>, body: Body) -> Result<(), RunError> {
    frames.send(Frame::encode(body)).await.map_err(|_| RunError::Gone)
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
) -> Result<Output, RunError> {
    // What the engine has made while the last frame went out goes out as one.
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
        shared.progressed(&task, (ids.len() + chunk.token_ids.len()) as u32);
        let due = !quiet
            || end.is_some()
            || sent.is_none_or(|sent| sent.elapsed() >= NOW_AND_THEN)
            || chunk.pieces >= MANY_PIECES
            || chunk.text.len() >= MANY_BYTES;
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
    Err(EngineError::Interrupted("the output ended without a finish".into()).into())
}
