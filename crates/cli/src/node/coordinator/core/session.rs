//! What miners say in their sessions: what they offer, and how the tasks that they hold go on and end.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy::primitives::{Address, Bytes};
use cuckoo_gpu::Finish;
use cuckoo_protocol::{
    assign::log::Entry,
    message::Receipt,
    task::{
        Event, Fault, FinishReason, Kind, Millis, Outcome, ReceiptRecord, Score, TaskId, audit_commitment,
        output_commitment,
    },
    wire::{self, CloseCode, Frame, RefuseCode},
};
use tokio::sync::mpsc;

use super::{
    pool::Pool,
    state::{Core, Miner, Offered},
};
use crate::node::failpoint;

/// Pieces of one chunk.
const MAX_PIECES: u32 = 1024;
/// Leases of one miner for one model.
const MAX_LEASES: u32 = 4096;

/// A chunk's tokens one by one; none if what it says of them does not fit its text, or is no logarithm of a probability.
fn scores(chunk: &wire::Chunk) -> Vec<Score> {
    let mut end = 0;
    let fits = chunk.lengths.len() == chunk.log_probabilities.len()
        && chunk.log_probabilities.iter().all(|value| value.is_finite())
        && chunk.lengths.iter().all(|length| {
            end += *length as usize;
            chunk.text.is_char_boundary(end)
        });
    if !fits {
        return vec![];
    }
    let score = |(length, value): (&u32, &f32)| Score { length: *length, bits: value.to_bits() };
    chunk.lengths.iter().zip(&chunk.log_probabilities).map(score).collect()
}

impl Miner {
    /// Lets its operator know why no tasks come.
    pub(super) fn tell_pause(&self, now: Millis) {
        if let Some(frames) = &self.frames {
            let _ = frames.send(Frame::encode(self.quality.pause(now)));
        }
    }
}

impl Core {
    /// Opens a session, and closes an older one of the same key. Returns the session's number.
    pub fn connect(&mut self, node: Address, frames: mpsc::UnboundedSender<Vec<u8>>, now: Millis) -> u64 {
        self.disconnect(node, None, "replaced by a newer session", now);
        self.sessions += 1;
        let session = self.sessions;
        let miner = self.miners.entry(node).or_default();
        miner.session = session;
        miner.frames = Some(frames);
        miner.draining = false;
        if miner.quality.is_paused() {
            miner.tell_pause(now);
        }
        self.identity.log.append(now, Entry::Joined { miner: node });
        self.owe(node, None);
        self.generation += 1;
        session
    }

    /// Closes a session: what it held is lost and leased again at once. With `Some(session)`, only if that is the current one.
    pub fn disconnect(&mut self, node: Address, session: Option<u64>, reason: &str, now: Millis) {
        let Some(miner) = self.miners.get_mut(&node) else { return };
        if miner.frames.is_none() || session.is_some_and(|session| session != miner.session) {
            return;
        }
        if let Some(frames) = miner.frames.take() {
            let code = if session.is_none() { CloseCode::Replaced } else { CloseCode::Closed };
            let _ = frames.send(Frame::encode(wire::Close::new(code, reason)));
        }
        let pools: Vec<_> = std::mem::take(&mut miner.offers).into_keys().collect();
        miner.devices.clear();
        self.identity.log.append(now, Entry::Left { miner: node });
        let mut held: Vec<_> = miner.held.iter().copied().collect();
        held.sort_unstable_by_key(|id| self.tasks.get(id).map(|task| task.sequence));
        for pool in pools {
            self.refresh(&node, &pool);
        }
        for task in held {
            let Some(attempt) = self.tasks.get(&task).map(|task| task.attempt) else { continue };
            self.apply_or_log(Event::Lost { task, attempt, reason: reason.to_owned() }, now);
        }
        self.generation += 1;
    }

    /// Closes the sessions of nodes that are not `active`.
    pub fn expel(&mut self, active: impl Fn(&Address) -> bool, now: Millis) {
        let gone: Vec<_> = self
            .miners
            .iter()
            .filter(|(node, miner)| miner.frames.is_some() && !active(node))
            .map(|(node, miner)| (*node, miner.session))
            .collect();
        for (node, session) in gone {
            self.disconnect(node, Some(session), "no longer registered as an active miner", now);
        }
    }

    /// Closes the session of a miner that has been suspended.
    pub(super) fn expel_one(&mut self, node: Address, reason: &str, now: Millis) {
        let Some(miner) = self.miners.get(&node) else { return };
        if let Some(frames) = &miner.frames {
            let _ = frames.send(Frame::encode(wire::Close::new(CloseCode::Suspended, reason)));
        }
        self.disconnect(node, Some(miner.session), reason, now);
    }

    /// What a miner offers from now on.
    pub fn slots(&mut self, node: Address, slots: wire::Slots, now: Millis) -> Result<(), wire::FrameError> {
        let mut offers = HashMap::new();
        let paused = self.miners.get(&node).is_some_and(|miner| miner.quality.is_paused());
        for model in slots.models {
            let (manifest, kind) = (wire::b256(&model.manifest, "manifest")?, model.kind()?);
            let slots = model.granted.min(MAX_LEASES);
            let usable = if paused { 0 } else { slots };
            let offered = Offered { manifest, slots, usable, capacity: model.capacity };
            offers.insert(Pool { kind, model: model.name }, offered);
        }
        let Some(miner) = self.miners.get_mut(&node) else { return Ok(()) };
        let mut changed: HashSet<Pool> = miner.offers.keys().chain(offers.keys()).cloned().collect();
        changed.retain(|pool| miner.offers.get(pool).map(|old| old.usable) != offers.get(pool).map(|new| new.usable));
        miner.devices = slots.devices;
        miner.offers = offers;
        if !changed.is_empty() {
            self.log_offer(node, now);
        }
        for pool in changed {
            self.refresh(&node, &pool);
            self.dispatch(&pool, now);
        }
        self.generation += 1;
        Ok(())
    }

    /// The miner finishes what it has and takes nothing new.
    pub fn drain_miner(&mut self, node: Address, now: Millis) {
        let Some(miner) = self.miners.get_mut(&node) else { return };
        miner.draining = true;
        self.identity.log.append(now, Entry::Draining { miner: node });
        let pools: Vec<_> = miner.offers.keys().cloned().collect();
        for pool in pools {
            self.refresh(&node, &pool);
        }
        self.generation += 1;
    }

    /// The miner has accepted a lease.
    pub fn accepted(&mut self, node: Address, task: TaskId, attempt: u32, now: Millis) {
        if self.holds(&node, &task, attempt) {
            self.apply_or_log(Event::Started { task, attempt }, now);
        }
    }

    /// The miner does not do it.
    pub fn refused(
        &mut self,
        node: Address,
        task: TaskId,
        attempt: u32,
        code: RefuseCode,
        reason: String,
        now: Millis,
    ) {
        if !self.holds(&node, &task, attempt) {
            return;
        }
        match code {
            RefuseCode::Busy => {
                // Offer it tasks again only when it says what slots it has.
                if let (Some(task), Some(miner)) = (self.tasks.get(&task), self.miners.get_mut(&node))
                    && let Some(offered) = miner.offers.get_mut(&Pool::of(&task.spec))
                {
                    offered.slots = 0;
                    offered.usable = 0;
                }
                self.log_offer(node, now);
                self.apply_or_log(Event::Refused { task, attempt, reason }, now);
            }
            RefuseCode::Invalid => self.apply_or_log(Event::Failed { task, fault: Fault::Request, reason }, now),
            RefuseCode::Failed => self.apply_or_log(Event::Lost { task, attempt, reason }, now),
        }
    }

    /// Generated tokens of a lease.
    pub fn chunk(&mut self, node: Address, task: TaskId, attempt: u32, chunk: wire::Chunk, now: Millis) {
        if !self.holds(&node, &task, attempt) {
            return;
        }
        let Some(spec) = self.tasks.get(&task).map(|task| &task.spec) else { return };
        let (limit, most_bytes, scored) = (spec.sampling.max_tokens, spec.most_bytes(), spec.scored);
        let Some(live) = self.live.get_mut(&task) else { return };
        live.pieces = live.pieces.saturating_add(chunk.pieces.clamp(1, MAX_PIECES));
        live.first_token_at.get_or_insert(now);
        live.text.push_str(&chunk.text);
        if scored {
            live.scores.extend(scores(&chunk));
        }
        live.token_ids.extend(chunk.token_ids);
        live.log_probabilities.extend(chunk.log_probabilities);
        let tokens = live.token_ids.len() as u32;
        let times = self.times.entry(task).or_default();
        times.first_token_at.get_or_insert(now);
        times.completion_tokens = tokens.max(live.pieces);
        let too_much = if tokens > limit {
            Some("it sent more tokens than were asked for")
        } else {
            (live.text.len() > most_bytes).then_some("it sent more than what was asked for can have")
        };
        if let Some(reason) = too_much {
            self.apply_or_log(Event::Lost { task, attempt, reason: reason.into() }, now);
        } else if live.readers.is_empty() {
            // No reader has seen anything yet, so a later attempt is free to say something else.
        } else if let Err(reason) = live.pass_on() {
            self.apply_or_log(Event::Failed { task, fault: Fault::Network, reason: reason.into() }, now);
        } else if live.is_deserted() {
            tracing::info!(%task, "no application reads the answer any more; the task is taken back");
            self.cancel(&task, now);
        }
        self.generation += 1;
    }

    /// The end of a lease: checks the receipt against what was delivered.
    pub fn result(&mut self, node: Address, task: TaskId, attempt: u32, result: wire::TaskResult, now: Millis) {
        if !self.holds(&node, &task, attempt) {
            tracing::debug!(%task, attempt, %node, "a late result of an old lease is ignored");
            return;
        }
        failpoint::point(failpoint::RESULT_BEFORE);
        match self.check(&node, &task, &result) {
            Ok(outcome) if self.live.get(&task).is_some_and(|live| !outcome.text.starts_with(&live.delivered)) => {
                let reason = "the task moved to another miner, which ended differently".into();
                self.apply_or_log(Event::Failed { task, fault: Fault::Network, reason }, now);
            }
            Ok(outcome) => {
                self.counts.completion_tokens += u64::from(outcome.completion_tokens);
                self.times.entry(task).or_default().completion_tokens = outcome.completion_tokens;
                let times = self.live.get(&task).map(|live| (live.leased_at, live.first_token_at));
                if let Some(miner) = self.miners.get_mut(&node) {
                    miner.done += 1;
                    let (leased, first) = times.unwrap_or((now, None));
                    miner.quality.done(leased, first, outcome.completion_tokens, now);
                }
                let (prompt_tokens, completion_tokens) = (outcome.prompt_tokens, outcome.completion_tokens);
                let run = self.run_of(task, node, Finish { reason: outcome.finish, prompt_tokens, completion_tokens });
                match self.apply(Event::Done { task, attempt, outcome: Arc::new(outcome) }, now) {
                    Ok(()) => {
                        failpoint::point(failpoint::RESULT_AFTER);
                        if let Some(run) = run {
                            self.audit(run, now);
                        }
                    }
                    Err(error) => tracing::warn!(%error, "a result does not apply"),
                }
            }
            Err(reason) => self.apply_or_log(Event::Lost { task, attempt, reason }, now),
        }
    }

    fn check(&self, node: &Address, task: &TaskId, result: &wire::TaskResult) -> Result<Outcome, String> {
        let form = |error: wire::FrameError| format!("its result is malformed: {error}");
        let live = self.live.get(task).ok_or("nothing is known of its output")?;
        let spec = &self.tasks.get(task).ok_or("the task is unknown")?.spec;
        let (ticket, ticket_signature) = live.ticket.clone().ok_or("it has no ticket")?;
        let domain = self.identity.domain;
        let receipt = Receipt {
            ticket: domain.digest(&ticket),
            outputCommitment: wire::b256(&result.output_commitment, "output_commitment").map_err(form)?,
            auditCommitment: wire::b256(&result.audit_commitment, "audit_commitment").map_err(form)?,
            promptTokens: result.prompt_tokens,
            completionTokens: result.completion_tokens,
            finishReason: u8::try_from(result.finish_reason).map_err(|_| "its finish reason is unknown")?,
        };
        let finish = FinishReason::from_u8(receipt.finishReason).ok_or("its finish reason is unknown")?;
        domain.verify(&receipt, &result.signature, *node).map_err(|error| format!("its receipt: {error}"))?;
        let tokens = live.token_ids.len();
        if receipt.outputCommitment != output_commitment(&spec.salt, &live.token_ids, &live.text) {
            return Err("its receipt commits to another output than it sent".into());
        }
        if receipt.auditCommitment != audit_commitment(&live.log_probabilities) {
            return Err("its receipt commits to other log-probabilities than it sent".into());
        }
        if !live.log_probabilities.is_empty() && live.log_probabilities.len() != tokens {
            return Err("its log-probabilities do not match its tokens".into());
        }
        let counted = if tokens > 0 { receipt.completionTokens as usize == tokens } else { true };
        if !counted || receipt.completionTokens > spec.sampling.max_tokens {
            return Err(format!("its receipt claims {} tokens", receipt.completionTokens));
        }
        if receipt.completionTokens == 0 && !live.text.is_empty() && spec.kind() == Kind::Text {
            return Err("its receipt claims no tokens for some text".into());
        }
        spec.check_output(&live.text).map_err(|error| format!("its output: {error}"))?;
        Ok(Outcome {
            text: live.text.clone(),
            // Some for every token, or none.
            scores: if live.scores.len() == tokens { live.scores.clone() } else { vec![] },
            finish,
            prompt_tokens: receipt.promptTokens,
            completion_tokens: receipt.completionTokens,
            receipt: ReceiptRecord {
                chain_id: domain.chain_id(),
                settlement: domain.contract(),
                ticket,
                ticket_signature,
                receipt,
                receipt_signature: Bytes::copy_from_slice(&result.signature),
                salt: spec.salt,
                token_ids: live.token_ids.clone(),
            },
        })
    }

    fn holds(&self, node: &Address, task: &TaskId, attempt: u32) -> bool {
        let current = self.tasks.get(task).is_some_and(|task| task.attempt == attempt);
        current && self.miners.get(node).is_some_and(|miner| miner.held.contains(task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_do_not_fit_their_text_are_not_shown() {
        let chunk = |lengths: &[u32]| wire::Chunk {
            text: "né!".into(),
            log_probabilities: vec![-0.5, -1.0],
            lengths: lengths.to_vec(),
            ..Default::default()
        };
        let shown = |lengths: &[u32]| scores(&chunk(lengths)).iter().map(|score| score.length).collect::<Vec<_>>();
        // Text behind the last token was held back until the end.
        assert_eq!(shown(&[1, 2]), [1, 2]);
        assert_eq!(shown(&[0, 4]), [0, 4]);
        for wrong in [&[][..], &[1], &[1, 1], &[1, 4], &[u32::MAX, u32::MAX], &[1, 2, 1]] {
            assert!(shown(wrong).is_empty(), "{wrong:?}");
        }
        // JSON cannot express an infinite number.
        let endless = wire::Chunk { log_probabilities: vec![-0.5, f32::NEG_INFINITY], ..chunk(&[1, 2]) };
        assert_eq!(scores(&endless), []);
    }
}
