//! Auditors in the simulation: the coordinator's own as a task beside it, miners that examine, and what has to come of a false answer.

use std::sync::Arc;

use cuckoo_protocol::{
    Address, B256, TaskId,
    audit::{Calibrations, Examined, Sample, Subject, calibrate},
    coordinator::{AuditEvent, Confirmed, Event, Input, Standing},
    manifest::{ModelManifest, Proof},
    task::{ChatMessage, Examine, FinishReason, Outcome, Sampling, State, Task, TaskSpec, sampler::Position},
};

use super::{
    engine::{Answer, PROMPT_TOKENS, word},
    peers::Peer,
    queue::MS,
    world::{Checked, Happening, World},
};

/// The class of all devices.
pub(crate) const CLASS: &str = "sim";

/// False tokens of one answer that show by themselves that it is false.
const SHOWING: usize = 3;

/// What everybody serves under a name.
pub(crate) fn manifest(name: &str) -> ModelManifest {
    ModelManifest {
        name: name.to_owned(),
        weights: "sha256:00".into(),
        quantisation: "none".into(),
        engine: "sim 1".into(),
        proof: Proof::Seeded,
        ..ModelManifest::default()
    }
}

/// How far honest answers are from what auditors compute: next to nothing.
pub(crate) fn calibrations() -> Arc<Calibrations> {
    let subject =
        Subject { family: manifest("m").family(), miner: CLASS.into(), auditor: CLASS.into(), ..Subject::default() };
    let sample = |number: u32| Sample { shortfall: 0.0, difference: (number % 5) as f32 * 1e-6 };
    let answers: Vec<Vec<Sample>> = (0..2_000).map(|_| (0..16).map(sample).collect()).collect();
    let mut calibrations = Calibrations::default();
    calibrations.insert(calibrate(subject, false, &answers));
    Arc::new(calibrations)
}

/// What the model says of an output.
pub(crate) fn examine(messages: &[ChatMessage], sampling: &Sampling, examine: &Examine) -> Examined {
    let truth = Answer::new(messages, sampling, 0);
    let position = |(place, id): (usize, &u32)| match truth.tokens.get(place) {
        Some(token) if token.id == *id => Position { log_probability: token.log_probability, shortfall: 0.0 },
        _ => Position { log_probability: -20.0, shortfall: 9.0 },
    };
    let end = (truth.reason == FinishReason::Stop).then_some(truth.tokens.len() as u32);
    Examined {
        prompt_tokens: PROMPT_TOKENS,
        places: None,
        positions: examine.ids.iter().enumerate().map(position).collect(),
        text: examine.ids.iter().map(|id| word(*id)).collect(),
        end,
        distances: vec![],
    }
}

/// Whether an answer is what every honest miner gives.
fn is_true(spec: &TaskSpec, outcome: &Outcome) -> bool {
    let truth = Answer::new(&spec.messages, &spec.sampling, 0);
    let ids: Vec<_> = truth.tokens.iter().map(|token| token.id).collect();
    outcome.text == truth.text() && outcome.receipt.token_ids == ids && outcome.finish == truth.reason
}

impl World {
    /// The coordinator's own auditor, if there is one, says what it can do.
    pub(crate) fn start_auditor(&mut self) {
        let places = self.plan.auditor;
        let capable = ["m", "n"].map(|name| (manifest(name).id(), CLASS.to_owned())).to_vec();
        if places > 0 {
            self.tell(Input::Auditor { capable, places });
        }
        // All that lie belong to one person, and everybody else to themselves.
        let liar = Address::repeat_byte(0xee);
        let owner = |peer: &Peer| if peer.temper.is_honest() { peer.address() } else { liar };
        let owners = self.peers.iter().map(|peer| (peer.address(), Some(owner(peer)))).collect();
        self.tell(Input::Owners(owners));
    }

    /// It begins to examine an answer.
    pub(crate) fn begin_examination(&mut self, audit: TaskId, spec: Arc<TaskSpec>) {
        let generation = self.gateway.generation;
        let pause = if self.random.odds(0.02) { self.random.below(40_000 * MS) } else { self.random.below(200 * MS) };
        self.queue.after(pause, Happening::Examined { generation, audit, spec });
    }

    /// It has examined an answer, or cannot.
    pub(crate) fn end_examination(&mut self, generation: u32, audit: TaskId, spec: &TaskSpec) -> Checked {
        if generation != self.gateway.generation {
            return Ok(());
        }
        let what = spec.examine.as_ref().ok_or("an auditor is given nothing to examine")?;
        let result = match self.random.odds(0.01) {
            true => Err("the engine failed".to_owned()),
            false => Ok(Box::new(examine(&spec.messages, &spec.sampling, what))),
        };
        self.census.examined += 1;
        self.tell(Input::Examined { audit, result });
        Ok(())
    }

    /// A miner was found to cheat: it must be one that does.
    pub(crate) fn check_confirmed(&mut self, confirmed: &Confirmed) -> Checked {
        self.census.evidence += 1;
        let Confirmed { miner, why, tasks, .. } = confirmed;
        match self.peers.iter().find(|peer| peer.address() == *miner) {
            None => return Err(format!("{miner}, which is nobody, is suspended: {why}")),
            Some(peer) if !peer.temper.falsifies() => {
                return Err(format!("the honest miner {miner} is suspended: {why}"));
            }
            // The numbers of all its answers are false, and no text has to be.
            Some(peer) if peer.temper.blurs > 0.0 => return Ok(()),
            Some(_) => {}
        }
        // What shows it are its own answers, and a false one is the first.
        let by = |task: &Arc<Task>| match &task.state {
            State::Done { miner, outcome } => Some((*miner, is_true(&task.spec, outcome))),
            _ => None,
        };
        match tasks.first().map(by) {
            Some(Some((by, false))) if by == *miner => {}
            first => return Err(format!("the first evidence against {miner} is no false answer of it: {first:?}")),
        }
        match tasks.iter().find(|task| by(task).is_none_or(|(by, _)| by != *miner)) {
            Some(task) => Err(format!("{} is evidence against {miner}, which did not answer it", task.spec.id)),
            None => Ok(()),
        }
    }

    /// At the end: whoever gave a false answer that the coordinator's own auditor could examine was found, where everything is examined.
    pub(crate) fn check_found(&self) -> Checked {
        if self.plan.auditor == 0 || self.plan.audits.first < u64::MAX / 2 {
            return Ok(());
        }
        let disk = &self.gateway.disk.replayed;
        for task in disk.tasks.iter() {
            let State::Done { miner, outcome } = &task.state else { continue };
            // The auditor has one model of each name.
            if outcome.receipt.ticket.model != manifest(&task.spec.model).id() {
                continue;
            }
            let is_found = disk.audits.record(miner).is_some_and(|record| record.is_confirmed());
            let is_owed = disk.audits.audit(&task.spec.id).is_some() || self.check.unverified.contains(&task.spec.id);
            // What has fewer tokens is weighed with other answers: one or two might be a fault of a memory.
            let shows = outcome.receipt.token_ids.len() >= SHOWING;
            if shows && !is_true(&task.spec, outcome) && !is_found && !is_owed {
                return Err(format!(
                    "{miner} gave a false answer to {}, which was examined, and was not found",
                    task.spec.id
                ));
            }
        }
        Ok(())
    }
}

impl super::check::Check {
    /// An event of audits was recorded, and is about to be applied.
    pub(crate) fn audited(&mut self, event: &AuditEvent) {
        let examination = |task: &TaskId| self.live.audits.audit(task).and_then(|audit| audit.assigned);
        match event {
            AuditEvent::Assigned { examination, auditor, .. } => {
                self.examinations.insert(*examination, *auditor);
                self.examined_by.insert(*examination, *auditor);
            }
            AuditEvent::Returned { task, .. } | AuditEvent::Examined { task, .. } => {
                if let Some(assigned) = examination(task) {
                    self.examinations.remove(&assigned.examination);
                }
            }
            AuditEvent::Dropped { task, .. } => drop(self.unverified.insert(*task)),
            _ => {}
        }
    }

    /// After a step: one false answer is enough where the coordinator's own auditor has found it, and no ticket waits for too long.
    pub(crate) fn check_audits(
        &self,
        machine: &cuckoo_protocol::coordinator::Coordinator,
        effects: &[cuckoo_protocol::coordinator::Effect],
        ticked: Option<u64>,
    ) -> Checked {
        use cuckoo_protocol::coordinator::{Effect, HOLD};
        let book = machine.audits();
        for effect in effects {
            let Effect::Record(Event::Audit(AuditEvent::Examined { task, auditor, findings, .. })) = effect else {
                continue;
            };
            let miner = machine.task(task).and_then(|task| task.state.miner()).unwrap_or(Address::ZERO);
            let is_found =
                book.record(&miner).is_some_and(|record| matches!(record.standing, Standing::Confirmed { .. }));
            if *auditor == machine.identity().address && findings.gross.is_some() && !is_found {
                return Err(format!("{miner} gave a false answer to {task}, and is not suspended"));
            }
        }
        let Some(now) = ticked else { return Ok(()) };
        match book.pending().find(|audit| audit.holds && audit.due.at + HOLD <= now) {
            Some(audit) => Err(format!("the ticket of {} is held for longer than it may be", audit.due.task)),
            None => Ok(()),
        }
    }
}

/// The seed of an epoch's coin is not the seed of its draws.
#[test]
fn audit_seeds_are_others_than_those_of_draws() {
    let mut seeds = cuckoo_protocol::assign::seed::Seeds::new(B256::repeat_byte(5));
    assert_ne!(seeds.audits().seed(3), seeds.seed(3));
}
