//! By whom answers are examined: the coordinator's own auditor where it can, else miners of the manifest that are drawn by stake.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use alloy::primitives::{Address, B256};

use super::{
    book::Standing,
    event::AuditEvent,
    pending::Audit,
    policy::{EXAMINATION, HOLD, PANEL, Uncalibrated},
};
use crate::{
    audit::{Examined, coin},
    coordinator::{
        draws::PoolId,
        effect::{Effect, Notice, Offer},
        input::{Commitments, Limits},
        sessions::{Examining, LeaseId, Slots},
        state::Coordinator,
        submit_error::SubmitError,
        work::{Next, Work},
    },
    entropy::Entropy,
    manifest::Proof,
    message::Ticket,
    task::{Examine, Outcome, State, Task, TaskId, TaskSpec},
};

/// Who is to examine an answer.
enum Examiner {
    Own,
    Miner(Address, PoolId),
}

/// The output of a task as it is to be examined.
fn to_examine(task: &Task, seed: u64) -> Option<Examine> {
    let State::Done { outcome, .. } = &task.state else { return None };
    let Outcome { text, receipt, .. } = &**outcome;
    Some(Examine::new(task.spec.kind(), &receipt.token_ids, text, seed))
}

impl Coordinator {
    /// Somebody may be found for answers that are to be examined, once what is at hand is done.
    pub(in crate::coordinator) fn look_for_auditors(&mut self, work: &mut Work<'_>) {
        if !std::mem::replace(&mut self.audits.is_ready, true) {
            work.follow(Next::Examine);
        }
    }

    /// What the coordinator's own auditor can do from now on. What it was doing is given to it again.
    pub(in crate::coordinator) fn set_auditor(
        &mut self,
        capable: Vec<(B256, String)>,
        places: u32,
        work: &mut Work<'_>,
    ) {
        self.audits.capable = capable.into_iter().collect();
        self.audits.places = places as usize;
        self.audits.running.clear();
        // Whose device is measured depends on who examines.
        if self.identity.uncalibrated == Uncalibrated::Refuse {
            self.settle_all_offers(work);
        }
        self.look_for_auditors(work);
    }

    /// Whose nodes the chain says they are.
    pub(in crate::coordinator) fn set_owners(&mut self, owners: Vec<(Address, Option<Address>)>, work: &mut Work<'_>) {
        self.audits.set_owners(owners);
        self.look_for_auditors(work);
    }

    /// Gives answers that are to be examined to those who can; those that hold a ticket first.
    pub(in crate::coordinator) fn examine(&mut self, entropy: &mut impl Entropy, work: &mut Work<'_>) {
        self.audits.is_ready = false;
        if self.draining {
            return;
        }
        let waits = |audit: &&Audit| {
            let is_taken = audit.assigned.is_some() || self.audits.running.contains_key(&audit.due.task);
            !is_taken && !audit.is_over && !self.is_examined(audit)
        };
        let waiting: Vec<(bool, TaskId)> =
            self.audits.book.pending().filter(waits).map(|audit| (audit.holds, audit.due.task)).collect();
        // Pools and manifests for which nobody was found, so that nobody is looked for again.
        let mut empty: HashSet<(PoolId, B256)> = HashSet::new();
        for wanted in [true, false] {
            for (_, task) in waiting.iter().filter(|(holds, _)| *holds == wanted) {
                match self.examiner(task, &mut empty) {
                    Some(Examiner::Own) => self.examine_here(task, work),
                    Some(Examiner::Miner(auditor, pool)) => self.commission(task, auditor, pool, entropy, work),
                    None => {}
                }
            }
        }
    }

    /// Who examines an answer next.
    fn examiner(&self, task: &TaskId, empty: &mut HashSet<(PoolId, B256)>) -> Option<Examiner> {
        let audit = self.audits.book.audit(task)?;
        let spec = &self.tasks.get(task)?.spec;
        if self.audits.can_examine(&audit.due.manifest) && !audit.failed.contains(&self.identity.address) {
            return (self.audits.running.len() < self.audits.places).then_some(Examiner::Own);
        }
        let pool = self.draws.find(spec.kind(), &spec.model)?;
        if empty.contains(&(pool, audit.due.manifest)) {
            return None;
        }
        let free: Vec<_> = self.free_auditors(pool, &audit.due.manifest).collect();
        if free.is_empty() {
            empty.insert((pool, audit.due.manifest));
            return None;
        }
        self.panel(audit, free).map(|auditor| Examiner::Miner(auditor, pool))
    }

    /// Whether an offer's miner can examine what claims a manifest, also where its name stands for another one by now.
    fn can_examine(&self, pool: PoolId, slots: &Slots, manifest: &B256) -> bool {
        let promise = &slots.promise;
        promise.examines && promise.id == *manifest && (slots.fits || self.bound(pool) != Some(*manifest))
    }

    /// Miners that can examine what claims a manifest, and do not examine anything of the pool at the moment.
    fn free_auditors(&self, pool: PoolId, manifest: &B256) -> impl Iterator<Item = (Address, u128)> {
        self.sessions.iter().filter_map(move |(node, miner)| {
            let slots = miner.offers.get(&pool)?;
            let is_free = miner.session.is_some() && !miner.draining && !miner.is_out() && !slots.is_busy;
            let can = self.can_examine(pool, slots, manifest);
            let is_busy = miner.examining.values().any(|examining| examining.pool == pool);
            (is_free && can && !is_busy && self.audits.is_trusted(node)).then(|| (*node, self.draws.weight(node)))
        })
    }

    /// Whether a miner that can examine an answer of `miner` is connected and makes the examinations that it is given, of an owner
    /// that is not among these.
    pub(super) fn is_other_auditor(&self, miner: &Address, manifest: &B256, known: &BTreeSet<Address>) -> bool {
        let owner = self.audits.owner(miner);
        self.sessions.iter().any(|(node, session)| {
            let can = || session.offers.iter().any(|(pool, slots)| self.can_examine(*pool, slots, manifest));
            let its = self.audits.owner(node);
            let is_new = its != owner && !known.contains(&its);
            session.session.is_some() && is_new && self.audits.has_say(node) && can()
        })
    }

    /// Which of the miners that are free examines an answer. Those that have not made what they were given are asked last.
    fn panel(&self, audit: &Audit, free: Vec<(Address, u128)>) -> Option<Address> {
        let (heard, silent): (Vec<_>, Vec<_>) = free.into_iter().partition(|(node, _)| self.audits.has_say(node));
        self.seat(audit, heard).or_else(|| self.seat(audit, silent))
    }

    /// Which of these examines an answer: none of the answer's owner, none that has examined it or could not, and one of each owner. A
    /// suspect's answers go to the same two beside who raised the suspicion, while these are here and examine.
    fn seat(&self, audit: &Audit, mut free: Vec<(Address, u128)>) -> Option<Address> {
        let owner = |node: &Address| self.audits.owner(node);
        let miner = owner(&audit.due.miner);
        let before: Vec<_> = audit.verdicts.iter().map(|(auditor, _)| *auditor).collect();
        let taken: HashSet<_> = before.iter().map(owner).collect();
        free.retain(|(node, _)| owner(node) != miner && !taken.contains(&owner(node)) && !audit.failed.contains(node));
        let record = self.audits.book.record(&audit.due.miner);
        if let Some(Standing::Suspected { accuser, judges, .. }) = record.map(|record| &record.standing) {
            let is_known = |node: &Address| node == accuser || judges.contains(node);
            if let Some((node, _)) = free.iter().find(|(node, _)| is_known(node)) {
                return Some(*node);
            }
            let is_here = |node: &&Address| {
                self.sessions.get(node).is_some_and(|miner| miner.session.is_some()) && self.audits.has_say(node)
            };
            let is_split = record.is_some_and(|record| self.is_split(record, audit.due.manifest));
            if judges.iter().chain([accuser]).filter(is_here).count() >= PANEL as usize + usize::from(is_split) {
                return None;
            }
            let known: HashSet<_> = judges.iter().chain([accuser]).map(owner).collect();
            free.retain(|(node, _)| !known.contains(&owner(node)));
        }
        let round = (audit.verdicts.len() + audit.failed.len()) as u32;
        coin::draw(&self.audits.seed, &audit.due.receipt, round, &free)
    }

    /// What an auditor is given for an answer.
    fn examination(&self, task: &TaskId) -> Option<TaskSpec> {
        let (audit, task) = (self.audits.book.audit(task)?, self.tasks.get(task)?);
        let examine = to_examine(task, coin::number(&self.audits.seed, &audit.due.receipt))?;
        Some(TaskSpec { examine: Some(Arc::new(examine)), caller: None, idempotency: None, ..(*task.spec).clone() })
    }

    /// The coordinator's own auditor examines an answer.
    fn examine_here(&mut self, task: &TaskId, work: &mut Work<'_>) {
        let (Some(spec), Some(audit)) = (self.examination(task), self.audits.book.audit(task)) else { return };
        let manifest = audit.due.manifest;
        let seed = spec.examine.as_ref().map_or(0, |examine| examine.seed);
        self.audits.running.insert(*task, seed);
        work.effect(Effect::Examine { audit: *task, manifest, spec: Arc::new(spec) });
    }

    /// A miner examines an answer: it is given a ticket for that, as for a task.
    fn commission(
        &mut self,
        task: &TaskId,
        auditor: Address,
        pool: PoolId,
        entropy: &mut impl Entropy,
        work: &mut Work<'_>,
    ) {
        let Some(spec) = self.examination(task) else { return };
        let Some(miner) = self.sessions.get(&auditor) else { return };
        let (Some(session), Some(slots)) = (miner.session, miner.offers.get(&pool)) else { return };
        let promise = slots.promise.clone();
        let spec = TaskSpec {
            id: TaskId(entropy.word()),
            salt: entropy.word(),
            pick_salt: B256::ZERO,
            accepted_at: work.now,
            deadline: work.now + EXAMINATION,
            rate: self.identity.prices.rate(&spec.model),
            scored: false,
            streamed: false,
            ..spec
        };
        if let Err(error) = self.money.affordable(std::iter::once(&spec), Limits::default()) {
            if let SubmitError::EscrowExhausted { .. } = error {
                self.tell_exhausted(work);
            }
            return work.notice(Notice::AuditLeftOut(*task));
        }
        self.tickets += 1;
        let (number, examination, bound) = (self.tickets, spec.id, spec.quote().bound());
        let assigned = AuditEvent::Assigned { task: *task, examination, auditor, number, bound, at: work.now };
        self.note(assigned, work);
        let commitments = Commitments::of(&spec);
        let ticket = Ticket {
            coordinator: self.identity.address,
            miner: auditor,
            task: examination.0,
            attempt: 1,
            number,
            model: promise.id,
            promptCommitment: commitments.prompt,
            parameters: commitments.parameters,
            price: bound,
            promptRate: spec.rate.prompt(),
            completionRate: spec.rate.completion(),
            deadline: spec.deadline.div_ceil(1000),
        };
        let (spec, class) = (Arc::new(spec), promise.class.clone());
        let examining = Examining { session, pool, task: *task, spec: spec.clone(), promise };
        if let Some(miner) = self.sessions.get_mut(&auditor) {
            miner.examining.insert(examination, examining);
        }
        let lease = LeaseId { node: auditor, session, task: examination, attempt: 1 };
        work.effect(Effect::Offer(Box::new(Offer { lease, spec, ticket, proof: Proof::None, class })));
    }

    /// Tickets that were held long enough, and examinations that take too long.
    pub(in crate::coordinator) fn tick_audits(&mut self, work: &mut Work<'_>) {
        let now = work.now;
        let overdue: Vec<_> = self
            .audits
            .book
            .pending()
            .filter(|audit| audit.holds && audit.due.at.saturating_add(HOLD) <= now)
            .map(|audit| audit.due.task)
            .collect();
        for task in overdue {
            self.note(AuditEvent::Overdue { task }, work);
            self.close_if_examined(&task, work);
        }
        let late: Vec<_> = self
            .audits
            .book
            .pending()
            .filter_map(|audit| audit.assigned)
            .filter(|assigned| assigned.at.saturating_add(EXAMINATION) <= now)
            .collect();
        for assigned in late {
            let Some(miner) = self.sessions.get(&assigned.auditor) else { continue };
            let Some(examining) = miner.examining.get(&assigned.examination) else { continue };
            let (node, session, task) = (assigned.auditor, examining.session, assigned.examination);
            work.effect(Effect::Stop { lease: LeaseId { node, session, task, attempt: 1 } });
            self.return_examination(&node, &task, "it took too long", false, work);
        }
        self.settle_audits(work);
        self.close_without_court(work);
        if !self.audits.book.pending.is_empty() {
            self.look_for_auditors(work);
        }
    }

    /// What a miner examines ends with no result.
    pub(in crate::coordinator) fn return_examination(
        &mut self,
        auditor: &Address,
        examination: &TaskId,
        reason: &str,
        again: bool,
        work: &mut Work<'_>,
    ) {
        let Some(examining) = self.sessions.get_mut(auditor).and_then(|miner| miner.examining.remove(examination))
        else {
            return;
        };
        self.not_examined(examining.task, *auditor, reason, again, work);
    }

    /// There is no result of an examination, which is the doing of a miner that was to make it.
    pub(super) fn not_examined(
        &mut self,
        task: TaskId,
        auditor: Address,
        reason: &str,
        again: bool,
        work: &mut Work<'_>,
    ) {
        let (reason, missed) = (reason.to_owned(), auditor != self.identity.address);
        work.notice(Notice::NotExamined { auditor, task, reason: reason.clone() });
        self.note(AuditEvent::Returned { task, auditor, reason, again, missed }, work);
        self.look_for_auditors(work);
    }

    /// The coordinator's own auditor has examined an answer, or cannot.
    pub(in crate::coordinator) fn examined_here(
        &mut self,
        task: TaskId,
        result: Result<Box<Examined>, String>,
        work: &mut Work<'_>,
    ) {
        let Some(seed) = self.audits.running.remove(&task) else { return };
        let Some(audit) = self.audits.book.audit(&task) else { return self.look_for_auditors(work) };
        let class = self.audits.capable.get(&audit.due.manifest).cloned().unwrap_or_default();
        let own = self.identity.address;
        match result {
            Ok(examined) => {
                self.take_result(task, own, class, (&examined, seed), 0, work);
            }
            Err(reason) => self.not_examined(task, own, &reason, false, work),
        }
    }
}
