//! What is concluded from what auditors found: who is suspected, who is acquitted, and who does not run what it says.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256};

use super::{
    book::{Evidence, Record, Standing},
    event::AuditEvent,
    pending::Audit,
    policy::{GRACE, LONGEST_SUSPICION, PANEL},
};
use crate::{
    audit::{CONFIRMED, MOST_RECEIPTS, SUSPECTED},
    coordinator::{
        effect::{Confirmed, Effect, Metric, Notice},
        state::Coordinator,
        work::Work,
    },
    task::{Millis, TaskId},
    wire::CloseCode,
};

/// Auditors that have to agree where the coordinator's own cannot say it.
const AGREE: usize = 2;

impl Evidence {
    /// It says that the miner does not run what it says.
    fn is_guilty(&self) -> bool {
        self.gross > 0 || self.process.value() >= CONFIRMED
    }

    /// It raises a suspicion.
    fn is_suspicious(&self) -> bool {
        self.gross > 0 || self.process.value() >= SUSPECTED
    }

    /// It says nothing against the miner that matters.
    fn is_clear(&self) -> bool {
        self.answers > 0 && !self.is_suspicious()
    }

    /// What it says, in words.
    fn text(&self) -> String {
        let Self { answers, gross, process, reason, .. } = self;
        match (gross, reason) {
            (0, _) => format!("{answers} answers weigh {:.1e} to 1 against it", process.value()),
            (_, Some(reason)) => format!("{gross} of {answers} answers are false, the first one because {reason}"),
            (_, None) => format!("{gross} of {answers} answers are false"),
        }
    }
}

impl Coordinator {
    /// An auditor has examined an answer: what follows.
    pub(super) fn conclude(&mut self, task: TaskId, auditor: Address, work: &mut Work<'_>) {
        let Some(audit) = self.audits.book.audit(&task) else { return };
        let due = audit.due.clone();
        let (miner, manifest) = (due.miner, due.manifest);
        let Some(record) = self.audits.book.record(&miner) else { return };
        if record.is_confirmed() {
            self.pursue(miner, manifest, work);
            return self.close_if_examined(&task, work);
        }
        if !record.is_suspected()
            && let Some(why) = suspicion(record, manifest, auditor)
        {
            work.count(Metric::Audited("suspected"));
            work.notice(Notice::Suspected { miner, task, why: why.clone() });
            self.note(AuditEvent::Suspected { miner, manifest, task, auditor, why, at: work.now }, work);
            if !self.is_guilty(&miner, manifest, work.now) {
                self.go_back(&due, work);
            }
        }
        match self.convict(miner, manifest, task, work) {
            Some(is_wanted) => {
                if !is_wanted {
                    self.seek(&due, work);
                }
            }
            None => {
                self.acquit_if_clear(miner, work);
                self.close_if_examined(&task, work);
            }
        }
    }

    /// Confirms a miner that is guilty by now, and brings it before the court. Returns whether a case is wanted; `None` where the
    /// miner is not guilty.
    fn convict(&mut self, miner: Address, manifest: B256, task: TaskId, work: &mut Work<'_>) -> Option<bool> {
        if !self.is_guilty(&miner, manifest, work.now) {
            return None;
        }
        self.confirm(miner, manifest, task, work);
        Some(self.pursue(miner, manifest, work))
    }

    /// Ends an audit that nothing more comes to, unless its ticket waits for a suspicion to end.
    pub(super) fn close_if_examined(&mut self, task: &TaskId, work: &mut Work<'_>) {
        let Some(audit) = self.audits.book.audit(task) else { return };
        let is_suspected = self.audits.book.record(&audit.due.miner).is_some_and(Record::is_suspected);
        if self.is_examined(audit) && !audit.is_over && !(audit.holds && is_suspected) {
            work.count(Metric::Audited("clean"));
            self.note(AuditEvent::Cleared { task: *task }, work);
        }
    }

    /// Those that say that a miner does not run a manifest: one of each owner, and only the coordinator's own auditor if it says so.
    fn accusers(&self, record: &Record, manifest: B256) -> Vec<Address> {
        let own = self.identity.address;
        let guilty = |evidence: &&Evidence| evidence.auditor != Address::ZERO && evidence.is_guilty();
        let found: Vec<_> = record.evidence(manifest).filter(guilty).map(|evidence| evidence.auditor).collect();
        if found.contains(&own) {
            return vec![own];
        }
        let mut owners = BTreeSet::new();
        found
            .into_iter()
            .filter(|auditor| self.audits.is_trusted(auditor) && owners.insert(self.audits.owner(auditor)))
            .collect()
    }

    /// Owners of auditors of a suspect's panel that found nothing which matters.
    fn defenders(&self, record: &Record, manifest: B256) -> BTreeSet<Address> {
        let Standing::Suspected { accuser, judges, .. } = &record.standing else { return BTreeSet::new() };
        let panel = judges.iter().chain([accuser]).filter_map(|auditor| record.of(manifest, *auditor));
        panel.filter(|evidence| evidence.is_clear()).map(|evidence| self.audits.owner(&evidence.auditor)).collect()
    }

    /// Whether two auditors of a suspect's panel accuse it and one does not: one more is asked.
    pub(super) fn is_split(&self, record: &Record, manifest: B256) -> bool {
        record.is_suspected()
            && self.accusers(record, manifest).len() >= AGREE
            && !self.defenders(record, manifest).is_empty()
    }

    /// Whether an audit has the examinations that it needs, or all that can be had while nobody else is here: two of a suspect's
    /// answer, one of any other.
    pub(super) fn is_examined(&self, audit: &Audit) -> bool {
        let own = &self.identity.address;
        let record = self.audits.book.record(&audit.due.miner);
        let is_split = record.is_some_and(|record| self.is_split(record, audit.due.manifest));
        if audit.is_examined(own, if is_split { PANEL + 1 } else { 0 }) {
            return true;
        }
        let least = if record.is_some_and(Record::is_suspected) { AGREE } else { 1 };
        audit.verdicts.len() >= least && !self.can_go_on(audit)
    }

    /// Ends what need not wait any longer, since time has passed, or an auditor has left, is trusted no more or examines nothing.
    pub(super) fn settle_audits(&mut self, work: &mut Work<'_>) {
        let suspects = self.audits.book.miners().filter(|(_, record)| record.is_suspected());
        for miner in suspects.map(|(miner, _)| *miner).collect::<Vec<_>>() {
            self.settle_suspicion(miner, work);
        }
        let seen = |audit: &&Audit| !audit.verdicts.is_empty() && audit.assigned.is_none();
        for task in self.audits.book.pending().filter(seen).map(|audit| audit.due.task).collect::<Vec<_>>() {
            self.close_if_examined(&task, work);
        }
    }

    /// Ends a suspicion that has come to a verdict by now, or has lasted as long as it may.
    fn settle_suspicion(&mut self, miner: Address, work: &mut Work<'_>) {
        let standing = self.audits.book.record(&miner).map(|record| &record.standing);
        let Some(Standing::Suspected { manifest, task, at, .. }) = standing else { return };
        let (manifest, task, at) = (*manifest, *task, *at);
        if self.convict(miner, manifest, task, work).is_some() {
            return;
        }
        self.acquit_if_clear(miner, work);
        let is_suspected = self.audits.book.record(&miner).is_some_and(Record::is_suspected);
        if is_suspected && at.saturating_add(LONGEST_SUSPICION) <= work.now {
            work.count(Metric::Audited("lapsed"));
            work.notice(Notice::Lapsed { miner });
            self.note(AuditEvent::Lapsed { miner }, work);
            self.close_examined(&miner, work);
            self.let_go(self.examined_answers(&miner), work);
        }
    }

    /// The coordinator's own auditor alone says it, or more than two thirds of a panel: of three auditors all, of four three. Two that
    /// agree are enough only when there was time for a third one to come: who is connected at one moment, or refuses to examine, decides
    /// nothing.
    fn is_guilty(&self, miner: &Address, manifest: B256, now: Millis) -> bool {
        let Some(record) = self.audits.book.record(miner) else { return false };
        let accusers = self.accusers(record, manifest);
        if accusers.contains(&self.identity.address) {
            return true;
        }
        let defenders = self.defenders(record, manifest);
        let mut spoken: BTreeSet<_> = accusers.iter().map(|auditor| self.audits.owner(auditor)).collect();
        spoken.extend(&defenders);
        let is_over = match &record.standing {
            Standing::Suspected { at, .. } => at.saturating_add(GRACE) <= now,
            _ => false,
        };
        accusers.len() >= AGREE && accusers.len() > 2 * defenders.len() && (is_over || spoken.len() >= PANEL as usize)
    }

    /// A miner does not run what it says.
    fn confirm(&mut self, miner: Address, manifest: B256, task: TaskId, work: &mut Work<'_>) {
        let Some(record) = self.audits.book.record(&miner) else { return };
        let accusers = self.accusers(record, manifest);
        let told = accusers.iter().filter_map(|auditor| Some((*auditor, record.of(manifest, *auditor)?)));
        let who = |auditor: Address| match auditor == self.identity.address {
            true => "the coordinator's own auditor".to_owned(),
            false => auditor.to_string(),
        };
        let texts: Vec<_> =
            told.map(|(auditor, evidence)| format!("{} (examined by {})", evidence.text(), who(auditor))).collect();
        let why = texts.join("; ");
        // Who examined an answer that is false and found nothing was not looking.
        let false_ones =
            record.answers.iter().filter(|answer| answer.manifest == manifest && answer.is_false(&accusers));
        let blind = false_ones.flat_map(|answer| answer.verdicts.iter().filter(|(_, gross)| !gross));
        let contradicted: BTreeSet<_> =
            blind.map(|(auditor, _)| *auditor).filter(|auditor| !accusers.contains(auditor)).collect();
        let worst = record.worst(manifest, MOST_RECEIPTS);
        let tasks = worst.iter().filter_map(|task| self.tasks.get(task).cloned()).collect();
        let contradicted = contradicted.into_iter().collect();
        work.count(Metric::Audited("confirmed"));
        work.count(Metric::Suspended);
        work.notice(Notice::Confirmed { miner, task, why: why.clone() });
        let event = AuditEvent::Confirmed { miner, manifest, task, why: why.clone(), contradicted, at: work.now };
        let due: Vec<_> =
            self.audits.book.pending().filter(|audit| audit.due.miner == miner).map(|audit| audit.due.task).collect();
        self.note(event, work);
        for task in due {
            self.leave_audit(&task, work);
        }
        let known = self.manifest(&manifest).cloned();
        work.effect(Effect::Confirmed(Box::new(Confirmed { miner, id: manifest, manifest: known, why, tasks })));
        let session = self.sessions.get(&miner).and_then(|miner| miner.session);
        if let (Some(session), Some(reason)) = (session, self.suspended(&miner, work.now)) {
            self.disconnect(miner, session, &reason, Some(CloseCode::Suspended), work);
        }
        self.look_for_auditors(work);
    }

    /// A case is wanted against a miner that is confirmed, once what is known convinces a jury. Returns whether there is one.
    fn pursue(&mut self, miner: Address, manifest: B256, work: &mut Work<'_>) -> bool {
        let Some(record) = self.audits.book.record(&miner) else { return false };
        let accusers = self.accusers(record, manifest);
        let is_wanted = self.accuse(miner, manifest, &accusers, work);
        self.let_go(self.examined_answers(&miner), work);
        is_wanted
    }

    /// A miner's newest answers that were examined: while it is suspected they are kept, so that they can be shown.
    fn examined_answers(&self, miner: &Address) -> Vec<TaskId> {
        let record = self.audits.book.record(miner);
        record.map_or_else(Vec::new, |record| record.answers.iter().map(|answer| answer.task).collect())
    }

    /// Answers need not be kept for a suspicion any more.
    fn let_go(&mut self, answers: Vec<TaskId>, work: &mut Work<'_>) {
        answers.iter().for_each(|task| self.leave_audit(task, work));
    }

    /// A miner whose suspension is over begins as a new one.
    pub(in crate::coordinator) fn reinstate(&mut self, miner: &Address, work: &mut Work<'_>) {
        let is_confirmed = self.audits.book.record(miner).is_some_and(Record::is_confirmed);
        if is_confirmed && self.suspended(miner, work.now).is_none() {
            self.note(AuditEvent::Reinstated { miner: *miner }, work);
        }
    }

    /// Whether somebody examines an answer, or is there who can.
    fn can_go_on(&self, audit: &Audit) -> bool {
        let due = &audit.due;
        let has_own = self.audits.can_examine(&due.manifest) && !audit.failed.contains(&self.identity.address);
        let known = audit.verdicts.iter().map(|(auditor, _)| auditor).chain(&audit.failed);
        let known = known.map(|auditor| self.audits.owner(auditor)).collect();
        let is_found = || has_own || self.is_other_auditor(&due.miner, &due.manifest, &known);
        !audit.is_over && (audit.assigned.is_some() || is_found())
    }

    /// Ends a suspicion that the coordinator's own auditor, or two others, do not share after they have examined what was due when it was
    /// raised.
    ///
    /// Where a part `q` of the auditors' stake belongs to accomplices, both judges are theirs with a probability of `q * q` (0.09 for 0.3)
    /// at each suspicion, so an operator that wants more runs an auditor of its own. A third judge would make it `q * q * q` only where
    /// one is connected, and every honest miner that one auditor accuses would stay suspected until it comes.
    fn acquit_if_clear(&mut self, miner: Address, work: &mut Work<'_>) {
        let own = self.identity.address;
        let Some(record) = self.audits.book.record(&miner) else { return };
        let Standing::Suspected { manifest, at, .. } = &record.standing else { return };
        let manifest = *manifest;
        let is_left = self.audits.book.pending().any(|audit| {
            audit.due.miner == miner && audit.due.at <= *at && !self.is_examined(audit) && self.can_go_on(audit)
        });
        let is_acquitted = match record.of(manifest, own) {
            Some(evidence) => evidence.is_clear(),
            None => self.defenders(record, manifest).len() >= AGREE,
        };
        if is_left || !is_acquitted {
            return;
        }
        let wrong = |evidence: &&Evidence| evidence.auditor != Address::ZERO && evidence.is_suspicious();
        let contradicted: Vec<_> = record.evidence(manifest).filter(wrong).map(|evidence| evidence.auditor).collect();
        work.count(Metric::Audited("acquitted"));
        work.notice(Notice::Acquitted { miner });
        let answers = self.examined_answers(&miner);
        self.note(AuditEvent::Acquitted { miner, manifest, contradicted }, work);
        self.close_examined(&miner, work);
        self.let_go(answers, work);
    }

    /// Ends the audits of a miner's answers that waited for a suspicion to end.
    fn close_examined(&mut self, miner: &Address, work: &mut Work<'_>) {
        let due: Vec<_> =
            self.audits.book.pending().filter(|audit| audit.due.miner == *miner).map(|audit| audit.due.task).collect();
        for task in due {
            self.close_if_examined(&task, work);
        }
    }
}

/// What raises a suspicion after an auditor has examined one more answer, in words.
fn suspicion(record: &Record, manifest: B256, auditor: Address) -> Option<String> {
    let evidence = [auditor, Address::ZERO].into_iter().filter_map(|auditor| record.of(manifest, auditor));
    evidence.filter(|evidence| evidence.is_suspicious()).map(Evidence::text).next()
}
