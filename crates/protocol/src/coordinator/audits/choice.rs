//! Which answers are examined: the epoch's coin, the rate that it falls by, and what goes into the assignment log when the epoch is over.

use alloy::primitives::{Address, B256, keccak256};

use super::{
    epoch::{EpochBook, Share},
    event::{AuditEvent, Due},
    policy::{ALL, BACK, MAX_PENDING, PANEL},
};
use crate::{
    assign::log::{Entry, Reason, share_of},
    audit::coin,
    coordinator::{
        effect::Metric,
        receipt::Finished,
        sessions::{LeaseId, Promise},
        state::Coordinator,
        work::Work,
    },
    manifest::Proof,
    task::{Kind, Micros, Millis, State, Task, TaskId, TaskSpec},
};

/// By how much the numbers of two tickets differ at most, where the coordinator audits.
const STEPS: u64 = 4_096;
/// The share of the answers that a second auditor examines where the coordinator's own cannot, in millionths.
const AGAIN: u32 = 100_000;

/// Whether answers of a model prove enough to be examined, some of them at least.
pub(in crate::coordinator) const fn can_be_audited(kind: Kind, proof: Proof) -> bool {
    match (kind, proof) {
        (_, Proof::None) | (Kind::Embedding | Kind::Image, Proof::Greedy) => false,
        (Kind::Text, Proof::Greedy) | (Kind::Text | Kind::Embedding | Kind::Image, Proof::Seeded) => true,
    }
}

/// Whether an answer proves enough to be examined.
fn is_auditable(spec: &TaskSpec, proof: Proof) -> bool {
    can_be_audited(spec.kind(), proof) && (proof == Proof::Seeded || spec.sampling.temperature == Micros(0))
}

impl Coordinator {
    /// Decides whether a new answer is examined, before its task is done.
    pub(in crate::coordinator) fn choose(
        &mut self,
        lease: &LeaseId,
        promise: &Promise,
        finished: &Finished,
        work: &mut Work<'_>,
    ) {
        let Some(task) = self.tasks.get(&lease.task) else { return };
        if self.audits.book.epoch.is_none() || !is_auditable(&task.spec, promise.manifest.proof) {
            return;
        }
        let (number, receipt) = (finished.outcome.receipt.ticket.number, finished.digest);
        work.receipt = Some((number, receipt));
        let (ppm, reason) = self.share(&lease.node, &promise.id, work.now);
        let ppm = self.rate(&lease.node, number, ppm, work);
        let seed = self.audits.seed;
        let reason = match coin::chosen(&seed, &receipt, ppm) {
            true => reason,
            // Tickets from before the suspicion have the share that was in force then.
            false if reason == Reason::Suspected => reason,
            false if self.audits.is_idle(&promise.id) => Reason::Idle,
            false => return,
        };
        let wanted = match reason {
            Reason::Suspected => PANEL,
            _ => 1 + u32::from(coin::chosen(&seed, &keccak256(receipt), AGAIN)),
        };
        let due = Due {
            task: lease.task,
            attempt: lease.attempt,
            miner: lease.node,
            number,
            receipt,
            manifest: promise.id,
            class: promise.class.clone(),
            context: promise.context,
            reason,
            holds: reason != Reason::Idle,
            wanted,
            at: work.now,
        };
        self.make_due(due, work);
    }

    /// By how much the number of a task's ticket is larger than the one before. The steps differ, and nobody can tell them before the
    /// epoch is over: the log shows the numbers of tickets for tasks, and a ticket for an examination between them must leave no gap.
    pub(in crate::coordinator) fn ticket_step(&self, task: &TaskId) -> u64 {
        match self.audits.book.epoch {
            Some(_) => 1 + coin::number(&self.audits.seed, &task.0) % STEPS,
            None => 1,
        }
    }

    /// The share that is in force for a ticket, where `ppm` is that of new ones. It goes by the number of the ticket, so that the log
    /// need not say in which order tickets were answered.
    fn rate(&mut self, miner: &Address, number: u64, ppm: u32, work: &mut Work<'_>) -> u32 {
        let known = self.audits.book.epoch.as_ref().and_then(|epoch| epoch.miners.get(miner));
        let (rates, newest) = known.map_or((&[][..], 0), |share| (&share.rates, share.newest));
        match rates.last() {
            Some((_, known)) if *known == ppm || newest >= number => share_of(rates, number).unwrap_or(ppm),
            _ => {
                self.note(AuditEvent::Rate { miner: *miner, from: number, ppm }, work);
                ppm
            }
        }
    }

    /// The share of a miner's answers that is examined by now, in millionths, and what an answer that the coin takes is examined for.
    fn share(&self, miner: &Address, manifest: &B256, now: Millis) -> (u32, Reason) {
        let (policy, book) = (self.identity.audits, &self.audits.book);
        let record = book.record(miner);
        let (tokens, clean) = record.map_or((0, 0), |record| (record.tokens, record.clean));
        let of_manifest = book.manifests.get(manifest).copied().unwrap_or(0);
        match record {
            Some(record) if record.is_suspected() => (ALL, Reason::Suspected),
            _ if self.audits.is_convicts(miner, now) => (ALL, Reason::Probation),
            _ if tokens.min(of_manifest) < policy.first => (ALL, Reason::Probation),
            _ => (policy.ppm(clean), Reason::Coin),
        }
    }

    /// An answer is to be examined. Where too many are, the oldest one that holds no ticket is given up, or else the oldest.
    pub(super) fn make_due(&mut self, due: Due, work: &mut Work<'_>) {
        if self.audits.book.pending.len() >= MAX_PENDING {
            let free = || self.audits.book.pending().filter(|audit| audit.assigned.is_none());
            let oldest = free().find(|audit| !audit.holds).or_else(|| free().next()).map(|audit| audit.due.task);
            if let Some(task) = oldest {
                self.give_up(task, "too many audits are owed", work);
            }
        }
        self.note(AuditEvent::Due(Box::new(due)), work);
        self.look_for_auditors(work);
    }

    /// An audit is given up.
    pub(super) fn give_up(&mut self, task: TaskId, reason: &str, work: &mut Work<'_>) {
        work.count(Metric::Audited("unverified"));
        self.note(AuditEvent::Dropped { task, reason: reason.to_owned() }, work);
    }

    /// Has a suspect's newest answers examined that are still kept.
    pub(super) fn go_back(&mut self, suspicious: &Due, work: &mut Work<'_>) {
        let (miner, manifest) = (suspicious.miner, suspicious.manifest);
        let own = self.identity.address;
        let has_own = |task: &TaskId| {
            let record = self.audits.book.record(&miner);
            let answer = record.and_then(|record| record.answers.iter().find(|answer| answer.task == *task));
            answer.is_some_and(|answer| answer.verdicts.iter().any(|(auditor, _)| *auditor == own))
        };
        let proof = self.manifest(&manifest).map_or(Proof::None, |manifest| manifest.proof);
        let mut kept: Vec<(u64, Due)> = self
            .tasks
            .iter()
            .filter(|task| self.audits.book.audit(&task.spec.id).is_none() && !has_own(&task.spec.id))
            .filter_map(|task| Some((task.sequence, self.due_again(task, suspicious, proof, work.now)?)))
            .collect();
        kept.sort_unstable_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
        kept.truncate(BACK);
        for (_, due) in kept.into_iter().rev() {
            self.make_due(due, work);
        }
    }

    /// An earlier answer of a suspect: by the class of its device that its receipt commits to, and else as one of the same device as the
    /// suspicious one.
    fn due_again(&self, task: &Task, suspicious: &Due, proof: Proof, at: Millis) -> Option<Due> {
        let State::Done { miner: by, outcome } = &task.state else { return None };
        let ticket = &outcome.receipt.ticket;
        if *by != suspicious.miner || ticket.model != suspicious.manifest || !is_auditable(&task.spec, proof) {
            return None;
        }
        let class = if outcome.class.is_empty() { &suspicious.class } else { &outcome.class };
        Some(Due {
            task: task.spec.id,
            class: class.clone(),
            attempt: task.attempt,
            number: ticket.number,
            receipt: outcome.receipt.hash(),
            reason: Reason::Suspected,
            holds: false,
            wanted: PANEL,
            at,
            ..suspicious.clone()
        })
    }

    /// What was audited in the epoch goes into the assignment log.
    pub(in crate::coordinator) fn log_audits(&self, work: &mut Work<'_>) {
        let Some(EpochBook { epoch, miners }) = &self.audits.book.epoch else { return };
        for (miner, Share { rates, audited, .. }) in miners {
            if rates.is_empty() && audited.is_empty() {
                continue;
            }
            let (rates, audited) = (rates.clone(), audited.clone());
            work.log(Entry::Audits { epoch: *epoch, miner: *miner, rates, audited });
        }
    }

    /// An epoch begins: what was audited in the one before goes into the assignment log, and its seed is revealed.
    pub(in crate::coordinator) fn audit_epoch(&mut self, epoch: u64, work: &mut Work<'_>) {
        if !self.identity.audits.is_on() {
            return;
        }
        if let Some(over) = self.audits.book.epoch().filter(|over| *over != epoch) {
            self.log_audits(work);
            work.log(Entry::AuditRevealed { epoch: over, seed: self.identity.audit_seeds.seed(over) });
        }
        self.audits.seed = self.identity.audit_seeds.seed(epoch);
        if self.audits.book.epoch() != Some(epoch) {
            self.note(AuditEvent::Epoch { epoch }, work);
        }
    }
}
