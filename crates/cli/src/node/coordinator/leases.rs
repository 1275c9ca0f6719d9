//! The leases that the miner of one link has: what it generates for them, and what its frames mean for the decisions.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::primitives::{Address, Bytes};
use cuckoo_protocol::{
    coordinator::{Input, LeaseId, Offer, Offered, ResultError, Session, check},
    message::{Domain, Verifier},
    task::TaskId,
    wire::{self, FrameError, RefuseCode},
};

use super::{
    equivocation::Ears,
    message::Message,
    stream::{Pushed, Stream},
};
use crate::node::failpoint;

/// The decisions hear of a lease's progress at most this often, after its first token.
const PROGRESS: Duration = Duration::from_millis(250);

/// Results of old leases that are compared with the first ones in one session.
const MOST_LATE: u32 = 256;

/// Bytes that a text of a manifest may have.
const LONGEST: usize = 256;

/// The leases of one session.
#[derive(Debug)]
pub(super) struct Leases {
    node: Address,
    session: Session,
    domain: Domain,
    held: HashMap<(TaskId, u32), Held>,
    /// Remembers the last batch of receipts.
    verifier: Verifier,
    /// Where is told what may show that the miner signs two receipts for one ticket.
    ears: Ears,
    /// Results of old leases so far.
    late: u32,
}

/// One lease.
#[derive(Debug)]
struct Held {
    offer: Box<Offer>,
    signature: Bytes,
    stream: Arc<Stream>,
    /// When the decisions last heard of its progress.
    told_at: Option<Instant>,
}

impl Leases {
    pub(super) fn new(node: Address, session: Session, domain: Domain, ears: Ears) -> Self {
        Self { node, session, domain, held: HashMap::new(), verifier: Verifier::default(), ears, late: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Notes a lease that is about to be offered. Returns the frame that offers it.
    pub(super) fn add(&mut self, offer: Box<Offer>, signature: Bytes, stream: Arc<Stream>) -> wire::Offer {
        let frame = offer.frame(&signature);
        let held = Held { offer, signature, stream, told_at: None };
        self.held.insert((held.offer.lease.task, held.offer.lease.attempt), held);
        frame
    }

    /// Forgets a lease that is over.
    pub(super) fn remove(&mut self, lease: &LeaseId) {
        self.end(&(lease.task, lease.attempt));
    }

    /// The session is over, and all its leases are.
    pub(super) fn abandon(&mut self) {
        for (_, held) in self.held.drain() {
            self.ears.over(held.offer.ticket, held.signature, None);
        }
    }

    /// Ends a lease without a result. True if there was one.
    fn end(&mut self, key: &(TaskId, u32)) -> bool {
        let held = self.held.remove(key);
        let was_held = held.is_some();
        if let Some(held) = held {
            self.ears.over(held.offer.ticket, held.signature, None);
        }
        was_held
    }

    /// The miner has taken a lease.
    pub(super) fn accepted(&self, accepted: &wire::Lease, messages: &mut Vec<Message>) -> Result<(), FrameError> {
        let key = accepted.parse()?;
        if self.held.contains_key(&key) {
            messages.push(Message::Input(Input::Started { lease: self.lease(key) }));
        }
        Ok(())
    }

    /// The miner does not do it.
    pub(super) fn refused(&mut self, refuse: wire::Refuse, messages: &mut Vec<Message>) -> Result<(), FrameError> {
        let key = read_lease(refuse.lease)?;
        if self.end(&key) {
            let code = RefuseCode::try_from(refuse.code).unwrap_or(RefuseCode::Failed);
            let reason = cuckoo_protocol::sentence(&refuse.reason);
            messages.push(Message::Input(Input::Refused { lease: self.lease(key), code, reason }));
        }
        Ok(())
    }

    /// The miner has generated tokens. They go to those who read along at once.
    pub(super) fn chunk(&mut self, mut chunk: wire::Chunk, messages: &mut Vec<Message>) -> Result<(), FrameError> {
        let key = read_lease(chunk.lease.take())?;
        let lease = self.lease(key);
        let Some(held) = self.held.get_mut(&key) else { return Ok(()) };
        let input = match held.stream.push(lease.attempt, &held.offer.spec, chunk) {
            Pushed::Late => return Ok(()),
            Pushed::Added { tokens } => {
                if held.told_at.is_some_and(|told_at| told_at.elapsed() < PROGRESS) {
                    return Ok(());
                }
                held.told_at = Some(Instant::now());
                Input::Progress { lease, tokens }
            }
            Pushed::Deserted => {
                tracing::info!(task = %lease.task, "no application reads the answer any more; the task is taken back");
                Input::Deserted { task: lease.task, delivered: held.stream.tokens() }
            }
            Pushed::Broken(reason) => {
                self.end(&key);
                Input::Broken { lease, reason: reason.into() }
            }
            Pushed::Diverged(reason) => {
                self.end(&key);
                Input::Diverged { lease, reason: reason.into() }
            }
        };
        messages.push(Message::Input(input));
        Ok(())
    }

    /// The miner has ended a lease: its receipt is checked against what it has sent.
    pub(super) fn result(
        &mut self,
        mut result: wire::TaskResult,
        messages: &mut Vec<Message>,
    ) -> Result<(), FrameError> {
        let key = read_lease(result.lease.take())?;
        let lease = self.lease(key);
        let checked = self.held.remove(&key).and_then(|held| {
            failpoint::point(failpoint::RESULT_BEFORE);
            let Self { node, domain, verifier, .. } = self;
            let checked = held.stream.with_output(lease.attempt, |output| {
                check(domain, &held.offer, &held.signature, output, &result, |receipt, signature| {
                    verifier.verify(domain, receipt, signature, *node)
                })
            });
            // The receipt of an answer that an application gets is kept with the task.
            if held.offer.spec.examine.is_some() || !matches!(checked, Some(Ok(_))) {
                self.ears.over(held.offer.ticket, held.signature, Some(result.clone()));
            }
            checked
        });
        let input = match checked {
            Some(Ok(finished)) => Input::Finished { lease, finished: Box::new(finished) },
            Some(Err(ResultError::Broken(reason))) => Input::Broken { lease, reason },
            Some(Err(error @ ResultError::Diverged)) => Input::Diverged { lease, reason: error.to_string() },
            None => {
                let LeaseId { node, task, attempt, .. } = lease;
                tracing::debug!(%task, attempt, %node, "a late result of an old lease changes nothing");
                self.late = self.late.saturating_add(1);
                if self.late <= MOST_LATE {
                    self.ears.late(node, task, attempt, result);
                }
                return Ok(());
            }
        };
        if matches!(input, Input::Finished { .. }) {
            // What has come together with the result says nothing that the result does not say.
            messages.pop_if(|last| matches!(last, Message::Input(Input::Progress { lease: of, .. }) if *of == lease));
        }
        messages.push(Message::Input(input));
        Ok(())
    }

    /// What the miner offers from now on.
    pub(super) fn slots(&self, slots: wire::Slots, messages: &mut Vec<Message>) -> Result<(), FrameError> {
        let offered = |model: wire::ModelSlots| {
            let manifest = model.manifest()?;
            let texts = [&manifest.name, &manifest.weights, &manifest.quantisation, &manifest.engine, &model.class];
            if texts.iter().any(|text| text.len() > LONGEST) {
                return Err(FrameError::Field("preimage"));
            }
            Ok(Offered {
                kind: model.kind()?,
                id: wire::b256(&model.manifest, "manifest")?,
                manifest: Arc::new(manifest),
                model: model.name,
                class: model.class,
                context: model.context,
                examines: model.examines,
                tokenises: model.tokenises,
                slots: model.granted,
                capacity: model.capacity,
            })
        };
        let offers = slots.models.into_iter().map(offered).collect::<Result<_, FrameError>>()?;
        let (node, session, devices) = (self.node, self.session, slots.devices);
        messages.push(Message::Input(Input::Slots { node, session, offers, devices }));
        Ok(())
    }

    fn lease(&self, (task, attempt): (TaskId, u32)) -> LeaseId {
        LeaseId { node: self.node, session: self.session, task, attempt }
    }
}

fn read_lease(lease: Option<wire::Lease>) -> Result<(TaskId, u32), FrameError> {
    lease.ok_or(FrameError::Field("lease"))?.parse()
}

#[cfg(test)]
mod tests;
