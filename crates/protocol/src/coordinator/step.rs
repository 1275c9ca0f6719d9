//! One step: an input is taken in, and then everything that follows from it.

use super::{
    effect::{Effect, Effects, Notice},
    input::{Answer, Input},
    state::Coordinator,
    work::{Next, Work},
};
use crate::{
    entropy::Entropy,
    task::{Event, Millis},
};

impl Coordinator {
    /// Takes in what has happened at `now`, and appends what is to be done, in order.
    pub fn step(&mut self, input: Input, now: Millis, entropy: &mut impl Entropy, effects: &mut Effects) -> Answer {
        let mut work = Work::new(now, effects, std::mem::take(&mut self.next));
        let answer = self.take_in(input, &mut work);
        while let Some(next) = work.next.pop_front() {
            match next {
                Next::Apply(event) => self.apply_or_tell(event, &mut work),
                Next::Dispatch(pool) => self.dispatch(pool, &mut work),
                Next::Examine => self.examine(entropy, &mut work),
                Next::Return { auditor, examination, reason } => {
                    self.return_examination(&auditor, &examination, &reason, true, &mut work);
                }
            }
        }
        self.finish(work);
        answer
    }

    fn take_in(&mut self, input: Input, work: &mut Work<'_>) -> Answer {
        match input {
            Input::Submit { tasks, limits, interest } => {
                return Answer::Submitted(self.submit(tasks, limits, interest, work));
            }
            Input::Cancel { task, delivered } => return Answer::Cancelled(self.cancel(task, delivered, work)),
            Input::Connect { node } => return Answer::Connected(self.connect(node, work)),
            Input::Return { task, interest } => self.wait_for(&task, interest),
            Input::Lift { miner } => self.lift(&miner, work),
            Input::Follow { task } => self.follow(&task),
            Input::Fetched { task } => self.readers.shelves.read(&task),
            Input::Leave { task, delivered } => self.leave(task, delivered, work),
            Input::Deserted { task, delivered } => drop(self.cancel(task, delivered, work)),
            Input::Heard { node, session } => self.heard(node, session, work),
            Input::Given { leases } => self.given(&leases, work.now),
            Input::Disconnect { node, session, reason } => self.disconnect(node, session, &reason, None, work),
            Input::Slots { node, session, offers, devices } => self.slots(node, session, offers, devices, work),
            Input::Drained { node, session } => self.drain_miner(node, session, work),
            Input::Started { lease } => self.started(lease, work),
            Input::Refused { lease, code, reason } => self.refused(lease, code, reason, work),
            Input::Progress { lease, tokens } => self.progress(lease, tokens, work),
            Input::Finished { lease, finished } => self.finished(lease, *finished, work),
            Input::Broken { lease, reason } => self.broken(lease, reason, work),
            Input::Diverged { lease, reason } => self.diverged(lease, reason, work),
            Input::Snapshot(snapshot) => self.set_snapshot(snapshot, work),
            Input::Funds(funds) => self.generation += u64::from(self.money.set_funds(funds)),
            Input::Auditor { capable, places } => self.set_auditor(capable, places, work),
            Input::Examined { audit, result } => self.examined_here(audit, result, work),
            Input::Owners(owners) => self.set_owners(owners, work),
            Input::CaseOrdered { case, attempt } => self.order_case(case, attempt, work),
            Input::CaseClosed { case, reason } => self.close_case(case, reason, work),
            Input::Expel { sessions, reason } => self.expel(sessions, &reason, work),
            Input::Disk { full } => {
                self.generation += u64::from(self.disk_full != full);
                self.disk_full = full;
                if !full {
                    // Nobody was drawn in the meantime.
                    for pool in self.draws.asked_for() {
                        self.ready(pool, work);
                    }
                }
            }
            Input::Drain => {
                self.generation += 1;
                self.draining = true;
            }
            Input::Tick => self.tick(work),
            Input::Statements => self.tell_statements(work),
        }
        Answer::Nothing
    }

    /// Deadlines and pauses that are over.
    fn tick(&mut self, work: &mut Work<'_>) {
        self.tick_doubt(work);
        self.tick_silence(work);
        self.cancel_abandoned(work);
        self.resume(work);
        self.end_rests(work);
        for event in self.tasks.overdue(work.now) {
            self.apply_or_tell(event, work);
        }
        self.tick_audits(work);
        self.tell_terms(work);
    }

    /// Says what a step's effects add up to.
    pub(super) fn finish(&mut self, work: Work<'_>) {
        if self.since_checkpoint >= self.identity.checkpoint_after {
            self.since_checkpoint = 0;
            work.effects.push(Effect::Checkpoint(Box::new(self.checkpoint())));
        }
        self.next = work.next;
    }

    /// Applies an event; one that does not apply is told to the operator.
    pub(super) fn apply_or_tell(&mut self, event: Event, work: &mut Work<'_>) {
        if let Err(error) = self.apply(event, work) {
            work.notice(Notice::NotApplied(error));
        }
    }
}
