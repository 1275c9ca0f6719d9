//! Which cases the coordinator wants before the court, and for how long: one that is wanted is in the journal from the confirmation
//! until the court has decided, so that restarts and replicas want the same cases.

use alloy::primitives::{Address, B256};

use super::{
    book::{Book, Record, Standing},
    case::{Accusation, Exhibit},
    event::{AuditEvent, Due},
};
use crate::{
    audit::{Findings, Judgement, MOST_ANSWERS, Process, brief, judge},
    coordinator::{
        effect::{Metric, Notice},
        state::Coordinator,
        work::Work,
    },
    task::{State, TaskId},
};

/// Cases that are wanted at once. Beyond it a miner is suspended, and not accused.
const MOST: usize = 64;

/// Whether findings speak against the miner at all. Only these are kept: no others convince a jury.
pub(super) fn is_against(findings: &Findings) -> bool {
    let weighs = || {
        findings.null.as_ref().is_some_and(|null| {
            let mut process = Process::default();
            process.update(null, &findings.windows);
            process.value() > 1.0
        })
    };
    findings.unverified.is_none() && (findings.gross.is_some() || weighs())
}

/// Which of some answers to open a case over: a choice that jurors convict on. `None` where there is none.
fn choose(answers: &[Findings]) -> Option<Vec<usize>> {
    let chosen = brief(answers)?;
    let shown: Vec<_> = chosen.iter().map(|at| Some(answers[*at].clone())).collect();
    (judge(&shown, MOST_ANSWERS) == Judgement::Guilty).then_some(chosen)
}

impl Record {
    /// The answers under a manifest with findings by these auditors that speak against the miner, the first auditor's first.
    fn against(&self, manifest: B256, accusers: &[Address]) -> impl Iterator<Item = (TaskId, &Findings)> {
        let answers = self.answers.iter().filter(move |answer| answer.manifest == manifest);
        answers.filter_map(move |answer| {
            let of = |accuser: &Address| answer.for_jury.iter().find(|(auditor, _)| auditor == accuser);
            accusers.iter().find_map(of).map(|(_, findings)| (answer.task, findings))
        })
    }
}

impl Book {
    /// The cases that are wanted, in order of their ids.
    pub fn accusations(&self) -> impl Iterator<Item = &Accusation> {
        self.accusations.values()
    }

    /// A case that is wanted.
    pub fn accusation(&self, id: &B256) -> Option<&Accusation> {
        self.accusations.get(id)
    }

    /// Whether a case is wanted over the answer to a task.
    pub(in crate::coordinator) fn is_exhibit(&self, task: &TaskId) -> bool {
        let mut exhibits = self.accusations.values().flat_map(|accusation| &accusation.exhibits);
        exhibits.any(|exhibit| exhibit.task == *task)
    }

    /// Takes in what has happened to cases.
    pub(super) fn prosecute(&mut self, event: &AuditEvent) {
        match event {
            AuditEvent::Accused(accusation) => {
                self.miners.entry(accusation.miner).or_default().accused = true;
                self.accusations.entry(accusation.id).or_insert_with(|| (**accusation).clone());
            }
            AuditEvent::Ordered { case, attempt } => {
                if let Some(accusation) = self.accusations.get_mut(case) {
                    accusation.ordered = accusation.ordered.max(*attempt);
                }
            }
            AuditEvent::Closed { case, .. } => drop(self.accusations.remove(case)),
            _ => {}
        }
    }
}

impl Coordinator {
    /// Wants a case against a miner that is confirmed not to run a manifest, once in its suspension, where what these auditors have
    /// found convinces a jury. Returns whether there is one.
    pub(super) fn accuse(&mut self, miner: Address, manifest: B256, accusers: &[Address], work: &mut Work<'_>) -> bool {
        let Some(record) = self.audits.book.record(&miner) else { return false };
        let Standing::Confirmed { why, .. } = &record.standing else { return false };
        if record.accused || self.audits.book.accusations.len() >= MOST {
            return record.accused;
        }
        let exhibit = |task: &TaskId| match &self.tasks.get(task)?.state {
            State::Done { outcome, .. } => Some(Exhibit::new(&outcome.receipt)),
            _ => None,
        };
        // An answer that is not kept cannot be shown.
        let shown = record.against(manifest, accusers);
        let (exhibits, findings): (Vec<_>, Vec<_>) =
            shown.filter_map(|(task, findings)| Some((exhibit(&task)?, findings.clone()))).unzip();
        let Some(chosen) = choose(&findings) else { return false };
        let exhibits = chosen.into_iter().map(|at| exhibits[at].clone()).collect();
        let accusation = Accusation::new(miner, manifest, why.clone(), work.now, exhibits);
        let (case, answers) = (accusation.id, accusation.exhibits.len());
        work.count(Metric::Audited("accused"));
        work.notice(Notice::Accused { miner, case, answers });
        self.note(AuditEvent::Accused(Box::new(accusation)), work);
        true
    }

    /// What is known of a miner that was just confirmed does not convince a jury, which does not know how its answers were chosen: the
    /// coordinator's own auditor examines more of those that are kept.
    pub(super) fn seek(&mut self, confirmed: &Due, work: &mut Work<'_>) {
        if self.audits.can_examine(&confirmed.manifest) {
            self.go_back(confirmed, work);
        }
    }

    /// An operator wants a case to be opened, up to this attempt.
    pub(in crate::coordinator) fn order_case(&mut self, case: B256, attempt: u32, work: &mut Work<'_>) {
        if self.audits.book.accusation(&case).is_some_and(|accusation| accusation.ordered < attempt) {
            self.note(AuditEvent::Ordered { case, attempt }, work);
        }
    }

    /// A case is wanted no longer: it was decided, or cannot be opened.
    pub(in crate::coordinator) fn close_case(&mut self, case: B256, reason: String, work: &mut Work<'_>) {
        let Some(accusation) = self.audits.book.accusation(&case) else { return };
        let miner = accusation.miner;
        let tasks: Vec<_> = accusation.exhibits.iter().map(|exhibit| exhibit.task).collect();
        work.notice(Notice::CaseClosed { miner, case, reason: reason.clone() });
        self.note(AuditEvent::Closed { case, reason }, work);
        for task in tasks {
            self.leave_audit(&task, work);
        }
    }

    /// Where there is no court, nobody decides a case: the miner is suspended, and that is all.
    pub(super) fn close_without_court(&mut self, work: &mut Work<'_>) {
        if self.identity.has_court {
            return;
        }
        let cases: Vec<B256> = self.audits.book.accusations.keys().copied().collect();
        for case in cases {
            self.close_case(case, "this network has no court".into(), work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Null, Window};

    /// An answer of this many windows, each with this difference, where those of honest miners of its class are `mean`.
    fn pooled(windows: usize, difference: f32, mean: f32) -> Findings {
        let window = Window { flips: 0.0, shortfall: 0.0, difference };
        Findings {
            tokens: 32 * windows as u32,
            windows: vec![window; windows],
            null: Some(Null { flips: 0.01, shortfall: 0.01, difference: mean }),
            ..Findings::default()
        }
    }

    /// The same of a miner whose class is not calibrated.
    fn uncalibrated(windows: usize) -> Findings {
        Findings { tokens: 32 * windows as u32, ..Findings::default() }
    }

    #[test]
    fn a_case_is_over_answers_that_a_jury_convicts_on_by_the_class_of_the_device() {
        assert_eq!(choose(&[]), None);
        assert_eq!(choose(&[pooled(1, 1.0, 0.1)]), None, "one window weighs less than a choice among all answers");
        let gross = Findings::gross("false");
        assert_eq!(choose(&[pooled(2, 0.1, 0.1), gross.clone(), pooled(2, 0.1, 0.1)]), Some(vec![1]));
        assert_eq!(choose(&[uncalibrated(40), gross, uncalibrated(40)]), Some(vec![1]));
        let long = choose(&[pooled(9, 0.1, 0.1), pooled(40, 0.9, 0.2), pooled(9, 0.1, 0.1)]).expect("a case");
        assert_eq!(long, [1]);
        assert_eq!(choose(&vec![pooled(40, 0.9, 0.9); 40]), None, "honest miners of the class answer so");
        assert_eq!(choose(&vec![uncalibrated(40); 40]), None, "what honest miners of the class answer is not known");
        assert_eq!(choose(&vec![pooled(10, 0.1, 0.1); 40]), None, "as honest answers are");
        let many = choose(&vec![pooled(10, 1.0, 0.1); 40]).expect("a case");
        assert!((2..=32).contains(&many.len()), "{many:?}");
    }

    #[test]
    fn only_findings_that_speak_against_the_miner_are_kept() {
        let of = |windows, difference| pooled(windows, difference, 0.1);
        assert!(is_against(&Findings::gross("false")) && is_against(&of(1, 1.0)));
        assert!(!is_against(&of(4, 0.0)) && !is_against(&Findings::default()));
        assert!(!is_against(&Findings { unverified: Some("another".into()), ..of(4, 1.0) }));
    }
}
