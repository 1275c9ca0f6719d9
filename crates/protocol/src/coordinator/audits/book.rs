//! What is known of audits, from the journal's events alone: who has which record, and which answers are still to be examined.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{
    answer::Answer,
    case::Accusation,
    epoch::EpochBook,
    event::{AuditEvent, Counts, Due},
    pending::{Assigned, Audit},
    policy::{BACK, PANEL, SILENT},
};
use crate::{
    audit::{Findings, Process, WINDOW_TOKENS},
    task::{self, Millis, TaskId},
};

/// Auditors whose findings about a miner are kept apart.
const MOST_AUDITORS: usize = 64;

/// What is known of audits. It follows from the events of the journal, and is the same wherever they are applied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Book {
    /// By miner.
    pub(super) miners: BTreeMap<Address, Record>,
    /// Tokens that were generated under each manifest.
    pub(super) manifests: BTreeMap<B256, u64>,
    /// Audits that have not ended.
    pub(super) pending: BTreeMap<TaskId, Audit>,
    /// The same in the order in which they became due.
    #[serde(skip_serializing)]
    queue: BTreeMap<u64, TaskId>,
    next: u64,
    /// The epoch whose coin is in force, while the coordinator audits, and what was audited in it.
    pub(super) epoch: Option<EpochBook>,
    pub(super) counts: Counts,
    /// The cases that are wanted before the court.
    pub(super) accusations: BTreeMap<B256, Accusation>,
}

/// A book as it is written: whatever follows from the rest is left out.
#[derive(Deserialize)]
struct Written {
    miners: BTreeMap<Address, Record>,
    manifests: BTreeMap<B256, u64>,
    pending: BTreeMap<TaskId, Audit>,
    next: u64,
    epoch: Option<EpochBook>,
    counts: Counts,
    #[serde(default)]
    accusations: BTreeMap<B256, Accusation>,
}

impl From<Written> for Book {
    fn from(Written { miners, manifests, pending, next, epoch, counts, accusations }: Written) -> Self {
        let queue = pending.iter().map(|(task, audit)| (audit.place, *task)).collect();
        Self { miners, manifests, pending, queue, next, epoch, counts, accusations }
    }
}

/// Where a miner stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing speaks against it.
    #[default]
    Good,
    /// Something does: all of it is examined.
    Suspected {
        /// The manifest that it does not seem to run.
        manifest: B256,
        /// The task whose examination raised the suspicion.
        task: TaskId,
        /// Who examined it.
        accuser: Address,
        /// The other auditors, once they are drawn.
        judges: BTreeSet<Address>,
        /// What was found, in words.
        why: String,
        /// When, in milliseconds since the Unix epoch.
        at: Millis,
    },
    /// It does not run what it says.
    Confirmed {
        /// The manifest.
        manifest: B256,
        /// The task whose examination confirmed it.
        task: TaskId,
        /// What was found, in words.
        why: String,
        /// When, in milliseconds since the Unix epoch.
        at: Millis,
    },
}

/// What audits say of one miner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Tasks that it has done while the coordinator audited.
    pub done: u64,
    /// Tokens of these.
    pub tokens: u64,
    /// Audits in a row in which nothing was found.
    pub clean: u64,
    /// Examinations of its answers.
    pub examined: u64,
    /// Those that found nothing and could have found gross differences alone: the pair of devices is not calibrated.
    #[serde(default)]
    pub uncalibrated: u64,
    /// Examinations that it has made of others' answers.
    pub made: u64,
    /// Examinations in a row that it was given and did not make: after a few, nobody waits for what it may have to say.
    #[serde(default)]
    pub missed: u32,
    /// Two others have contradicted what it found in an examination: it is not asked again.
    pub contradicted: bool,
    /// A case against it was wanted since it was confirmed.
    #[serde(default)]
    pub accused: bool,
    /// Where it stands.
    pub standing: Standing,
    /// What each auditor's findings weigh, and under the zero address what all first findings weigh together.
    pub(super) evidence: Vec<Evidence>,
    /// Its newest answers that were examined.
    pub(super) answers: VecDeque<Answer>,
}

/// What one auditor's findings about a miner weigh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The manifest that the answers claim.
    pub manifest: B256,
    /// The auditor; the zero address for all of them together.
    pub auditor: Address,
    /// The e-process.
    pub process: Process,
    /// Answers that are false on their own.
    pub gross: u32,
    /// Answers that it examined.
    pub answers: u32,
    /// Why the first of those that are false on their own is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Record {
    /// True once the miner is suspected and neither acquitted nor confirmed.
    pub const fn is_suspected(&self) -> bool {
        matches!(self.standing, Standing::Suspected { .. })
    }

    /// True once a suspicion was confirmed.
    pub const fn is_confirmed(&self) -> bool {
        matches!(self.standing, Standing::Confirmed { .. })
    }

    /// Whether nobody waits for what it may have to say of others' answers.
    pub(super) const fn is_silent(&self) -> bool {
        self.missed >= SILENT
    }

    /// Whether one of its newest answers that were examined is that to a task.
    pub(in crate::coordinator) fn has_answer(&self, task: &TaskId) -> bool {
        self.answers.iter().any(|answer| answer.task == *task)
    }

    /// What all auditors' findings weigh, under every manifest.
    pub fn all_evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter()
    }

    /// What auditors' findings under a manifest weigh.
    pub fn evidence(&self, manifest: B256) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter().filter(move |evidence| evidence.manifest == manifest)
    }

    /// What the findings of one auditor weigh.
    pub(super) fn of(&self, manifest: B256, auditor: Address) -> Option<&Evidence> {
        self.evidence(manifest).find(|evidence| evidence.auditor == auditor)
    }

    fn weigh(&mut self, manifest: B256, auditor: Address, findings: &Findings) {
        let found = self.evidence.iter_mut().position(|known| (known.manifest, known.auditor) == (manifest, auditor));
        let place = found.unwrap_or_else(|| {
            self.make_room();
            let process = Process::default();
            self.evidence.push(Evidence { manifest, auditor, process, gross: 0, answers: 0, reason: None });
            self.evidence.len() - 1
        });
        let evidence = &mut self.evidence[place];
        evidence.answers += 1;
        evidence.gross += u32::from(findings.gross.is_some());
        if evidence.reason.is_none() {
            evidence.reason.clone_from(&findings.gross);
        }
        if let Some(null) = &findings.null {
            evidence.process.update(null, &findings.windows);
        }
    }

    /// Of many auditors, the one whose findings speak least against the miner is forgotten; what all of them weigh together stays.
    fn make_room(&mut self) {
        if self.evidence.len() < MOST_AUDITORS {
            return;
        }
        let weight = |evidence: &Evidence| (evidence.gross, evidence.process.value());
        let of_one = self.evidence.iter().enumerate().filter(|(_, evidence)| !evidence.auditor.is_zero());
        let least = of_one.min_by(|(_, one), (_, other)| {
            let (one, other) = (weight(one), weight(other));
            one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
        });
        if let Some(place) = least.map(|(place, _)| place) {
            self.evidence.remove(place);
        }
    }

    /// The tasks that show best that the miner does not run a manifest, at most `most`.
    pub(super) fn worst(&self, manifest: B256, most: usize) -> Vec<TaskId> {
        let mut answers: Vec<_> = self.answers.iter().filter(|answer| answer.manifest == manifest).collect();
        answers.sort_by(|one, other| other.is_gross().cmp(&one.is_gross()).then(other.score.total_cmp(&one.score)));
        answers.into_iter().take(most).map(|answer| answer.task).collect()
    }
}

impl Book {
    /// Miners with what audits say of them, in order.
    pub fn miners(&self) -> impl Iterator<Item = (&Address, &Record)> {
        self.miners.iter()
    }

    /// What audits say of a miner.
    pub fn record(&self, miner: &Address) -> Option<&Record> {
        self.miners.get(miner)
    }

    /// Audits that have not ended, in the order in which they became due.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = &Audit> {
        self.queue.values().filter_map(|task| self.pending.get(task))
    }

    /// The audit of a task's answer, while it has not ended.
    pub fn audit(&self, task: &TaskId) -> Option<&Audit> {
        self.pending.get(task)
    }

    /// Audits in figures.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The epoch whose coin is in force, while the coordinator audits.
    pub fn epoch(&self) -> Option<u64> {
        self.epoch.as_ref().map(|epoch| epoch.epoch)
    }

    /// Takes in what has happened to a task.
    pub(in crate::coordinator) fn apply_task(&mut self, event: &task::Event) {
        let task::Event::Done { outcome, .. } = event else { return };
        let Some(epoch) = &mut self.epoch else { return };
        // What has no tokens, such as an image, says as much of its miner as a window of them.
        let least = if outcome.receipt.token_ids.is_empty() { WINDOW_TOKENS as u64 } else { 1 };
        let (ticket, tokens) = (&outcome.receipt.ticket, u64::from(outcome.completion_tokens).max(least));
        let share = epoch.miners.entry(ticket.miner).or_default();
        share.newest = share.newest.max(ticket.number);
        let record = self.miners.entry(ticket.miner).or_default();
        record.done += 1;
        record.tokens = record.tokens.saturating_add(tokens);
        let known = self.manifests.entry(ticket.model).or_default();
        *known = known.saturating_add(tokens);
    }

    /// Takes in what has happened in audits.
    pub(in crate::coordinator) fn apply(&mut self, event: &AuditEvent) {
        match event {
            AuditEvent::Epoch { epoch } => self.epoch = Some(EpochBook { epoch: *epoch, miners: BTreeMap::new() }),
            AuditEvent::Off => {
                self.epoch = None;
                let tasks: Vec<_> = self.pending.keys().copied().collect();
                tasks.iter().for_each(|task| self.end(task));
            }
            AuditEvent::Rate { miner, from, ppm } => {
                if let Some(epoch) = &mut self.epoch {
                    epoch.miners.entry(*miner).or_default().rates.push((*from, *ppm));
                }
            }
            AuditEvent::Due(due) => self.begin(due),
            AuditEvent::Assigned { task, examination, auditor, number, at, .. } => {
                let Some(audit) = self.pending.get_mut(task) else { return };
                audit.assigned =
                    Some(Assigned { examination: *examination, auditor: *auditor, number: *number, at: *at });
                let miner = audit.due.miner;
                if let Some(Standing::Suspected { accuser, judges, .. }) =
                    self.miners.get_mut(&miner).map(|record| &mut record.standing)
                    && accuser != auditor
                {
                    judges.insert(*auditor);
                }
            }
            AuditEvent::Returned { task, auditor, again, missed, .. } => {
                if *missed {
                    let record = self.miners.entry(*auditor).or_default();
                    record.missed = record.missed.saturating_add(1);
                }
                let Some(audit) = self.pending.get_mut(task) else { return };
                audit.assigned = None;
                if !again {
                    audit.failed.push(*auditor);
                }
                if audit.is_over {
                    self.end(task);
                }
            }
            AuditEvent::Examined { task, auditor, findings, for_jury, .. } => {
                self.examined(task, *auditor, findings, for_jury.as_deref());
            }
            AuditEvent::Cleared { task } => {
                self.counts.cleared += 1;
                let miner = self.pending.get(task).filter(|audit| !audit.is_empty).map(|audit| audit.due.miner);
                let record = miner.and_then(|miner| self.miners.get_mut(&miner));
                if let Some(record) = record.filter(|record| record.standing == Standing::Good) {
                    record.clean += 1;
                }
                self.end(task);
            }
            AuditEvent::Overdue { task } => {
                self.counts.overdue += 1;
                if let Some(audit) = self.pending.get_mut(task) {
                    audit.holds = false;
                }
            }
            AuditEvent::Dropped { task, .. } => {
                self.counts.dropped += 1;
                self.end(task);
            }
            AuditEvent::Suspected { .. }
            | AuditEvent::Acquitted { .. }
            | AuditEvent::Lapsed { .. }
            | AuditEvent::Confirmed { .. } => self.judged(event),
            AuditEvent::Accused(_) | AuditEvent::Ordered { .. } | AuditEvent::Closed { .. } => self.prosecute(event),
            AuditEvent::Reinstated { miner } => {
                if let Some(record) = self.miners.get_mut(miner) {
                    let Record { made, missed, contradicted, .. } = *record;
                    *record = Record { made, missed, contradicted, ..Record::default() };
                }
            }
        }
    }

    fn begin(&mut self, due: &Due) {
        self.counts.due += 1;
        if let Some(epoch) = &mut self.epoch {
            epoch.miners.entry(due.miner).or_default().audited.push((due.receipt, due.reason));
        }
        let place = self.next;
        self.next += 1;
        let answers = self.miners.get(&due.miner).map(|record| &record.answers);
        let known = answers.and_then(|answers| answers.iter().find(|answer| answer.task == due.task));
        let audit = Audit {
            due: due.clone(),
            place,
            holds: due.holds,
            assigned: None,
            verdicts: known.map_or_else(Vec::new, |answer| answer.verdicts.clone()),
            failed: vec![],
            is_empty: false,
            is_over: false,
        };
        self.queue.insert(place, due.task);
        self.pending.insert(due.task, audit);
    }

    /// An audit is over; one that a miner is still examining stays until that has ended, so that its ticket ends too.
    fn end(&mut self, task: &TaskId) {
        let Some(audit) = self.pending.get_mut(task) else { return };
        if audit.assigned.is_some() {
            audit.holds = false;
            audit.is_over = true;
            return;
        }
        self.queue.remove(&audit.place);
        self.pending.remove(task);
    }

    fn examined(&mut self, task: &TaskId, auditor: Address, findings: &Findings, for_jury: Option<&Findings>) {
        let uncalibrated = u64::from(findings.could_be_gross_alone());
        self.counts.examined += 1;
        self.counts.uncalibrated += uncalibrated;
        let examiner = self.miners.entry(auditor).or_default();
        examiner.made += 1;
        examiner.missed = 0;
        let Some(audit) = self.pending.get_mut(task) else { return };
        let is_first = audit.verdicts.is_empty();
        audit.assigned = None;
        audit.verdicts.push((auditor, findings.gross.is_some()));
        audit.is_empty |= findings.tokens == 0;
        let (miner, manifest, is_over) = (audit.due.miner, audit.due.manifest, audit.is_over);
        let record = self.miners.entry(miner).or_default();
        record.examined += 1;
        record.uncalibrated += uncalibrated;
        record.weigh(manifest, auditor, findings);
        // Together they weigh each answer once: a second look at the same answer says nothing new of its miner.
        if is_first {
            record.weigh(manifest, Address::ZERO, findings);
        }
        let windows = findings.windows.iter();
        let score = windows.map(|window| window.flips + window.shortfall + window.difference).sum();
        let verdict = (auditor, findings.gross.is_some());
        let for_jury = for_jury.map(|found| (auditor, found.clone()));
        match record.answers.iter_mut().find(|answer| answer.task == *task) {
            Some(answer) => {
                answer.verdicts.push(verdict);
                answer.score = answer.score.max(score);
                answer.for_jury.extend(for_jury);
            }
            None => {
                let (verdicts, for_jury) = (vec![verdict], for_jury.into_iter().collect());
                record.answers.push_back(Answer { task: *task, manifest, score, verdicts, for_jury });
                if record.answers.len() > BACK {
                    record.answers.pop_front();
                }
            }
        }
        if is_over {
            self.end(task);
        }
    }

    fn judged(&mut self, event: &AuditEvent) {
        match event {
            AuditEvent::Suspected { miner, manifest, task, auditor, why, at } => {
                self.counts.suspected += 1;
                let record = self.miners.entry(*miner).or_default();
                record.clean = 0;
                record.standing = Standing::Suspected {
                    manifest: *manifest,
                    task: *task,
                    accuser: *auditor,
                    judges: BTreeSet::new(),
                    why: why.clone(),
                    at: *at,
                };
                for audit in self.pending.values_mut().filter(|audit| audit.due.miner == *miner) {
                    audit.due.wanted = PANEL;
                }
            }
            AuditEvent::Acquitted { miner, manifest, contradicted } => {
                self.counts.acquitted += 1;
                self.contradict(contradicted);
                let record = self.miners.entry(*miner).or_default();
                record.standing = Standing::Good;
                // What all say together begins again: it holds what those said who were wrong.
                record.evidence.retain(|evidence| {
                    evidence.manifest != *manifest
                        || !(evidence.auditor == Address::ZERO || contradicted.contains(&evidence.auditor))
                });
                record.answers.retain(|answer| answer.manifest != *manifest || !answer.is_gross());
                self.ask_fewer(miner);
            }
            AuditEvent::Lapsed { miner } => {
                self.counts.lapsed += 1;
                self.miners.entry(*miner).or_default().standing = Standing::Good;
                self.ask_fewer(miner);
            }
            AuditEvent::Confirmed { miner, manifest, task, why, contradicted, at } => {
                self.counts.confirmed += 1;
                self.contradict(contradicted);
                let record = self.miners.entry(*miner).or_default();
                record.clean = 0;
                record.standing = Standing::Confirmed { manifest: *manifest, task: *task, why: why.clone(), at: *at };
                let of = |audit: &&Audit| audit.due.miner == *miner;
                let tasks: Vec<_> = self.pending.values().filter(of).map(|audit| audit.due.task).collect();
                tasks.iter().for_each(|task| self.end(task));
            }
            _ => {}
        }
    }

    /// The answers of a miner that is not suspected any more need no panel.
    fn ask_fewer(&mut self, miner: &Address) {
        for audit in self.pending.values_mut().filter(|audit| audit.due.miner == *miner) {
            audit.due.wanted = audit.due.wanted.min(2);
        }
    }

    fn contradict(&mut self, auditors: &[Address]) {
        for auditor in auditors {
            self.miners.entry(*auditor).or_default().contradicted = true;
        }
    }
}
