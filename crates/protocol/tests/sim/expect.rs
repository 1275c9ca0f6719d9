//! What a step of the machine may do, by what is known of the input beforehand.

use std::collections::HashMap;

use cuckoo_protocol::{
    Address, B256, TaskId,
    coordinator::{Answer, Coordinator, Effect, Event, Input, Interest, Limits},
    task::{self, Millis, State},
};

use super::{check::Check, world::Checked};

/// What a step is checked against.
#[derive(Default)]
pub(crate) struct Before {
    /// The input is of a lease or a session that is over: it must change nothing.
    is_over: bool,
    connects: Option<Address>,
    submits: Option<Submits>,
    leaves: Option<Leaves>,
    ticks: bool,
    /// The miner is not paused afterwards.
    lifts: Option<Address>,
    /// The case is ordered up to this attempt afterwards, or is gone.
    case: Option<(B256, Option<u32>)>,
    now: Millis,
}

struct Submits {
    count: usize,
    limits: Limits,
    interest: Interest,
}

/// A task that somebody takes back, or leaves as the last one.
struct Leaves {
    task: TaskId,
    delivered: u32,
    /// It has to be cancelled, or must not be; `None` where it may have ended.
    cancels: Option<bool>,
}

fn no(is: bool) -> &'static str {
    if is { "" } else { "not " }
}

impl Check {
    /// Looks at an input before the machine does.
    pub(crate) fn before(&mut self, machine: &Coordinator, input: &Input, now: Millis) -> Before {
        let mut before = Before { now, ..Before::default() };
        match input {
            Input::Started { lease }
            | Input::Refused { lease, .. }
            | Input::Progress { lease, .. }
            | Input::Finished { lease, .. }
            | Input::Broken { lease, .. }
            | Input::Diverged { lease, .. } => {
                before.is_over = self.is_over(lease);
            }
            Input::Slots { node, session, .. } | Input::Drained { node, session } => {
                before.is_over = self.is_gone(*node, *session);
            }
            Input::Disconnect { node, session, .. } => {
                before.is_over = self.is_gone(*node, *session);
                if !before.is_over {
                    self.left.insert(*node, now);
                }
            }
            Input::Tick => before.ticks = true,
            Input::Connect { node } => {
                // It may be connected again and leave again before a tick.
                self.left.remove(node);
                before.connects = Some(*node);
            }
            Input::Funds(funds) => {
                let owed: HashMap<_, _> = machine.accounts().iter().map(|(miner, _, owed)| (miner, owed)).collect();
                let covered =
                    |(miner, settled): (&Address, &u128)| (*settled).min(owed.get(miner).copied().unwrap_or(0));
                self.funds = (funds.escrow, funds.settled.iter().map(covered).sum());
            }
            Input::Submit { tasks, limits, interest } => {
                before.submits = Some(Submits { count: tasks.len(), limits: *limits, interest: *interest });
            }
            Input::Return { task, interest } if self.is_open(task) && *interest != Interest::Nothing => {
                *self.waiters.entry(*task).or_default() += 1;
                if *interest == Interest::Stream {
                    self.seen.insert(*task);
                }
            }
            Input::Lift { miner } => before.lifts = Some(*miner),
            Input::CaseOrdered { case, attempt } => before.case = Some((*case, Some(*attempt))),
            Input::CaseClosed { case, .. } => before.case = Some((*case, None)),
            Input::Follow { task } if self.is_open(task) => drop(self.seen.insert(*task)),
            Input::Leave { task, delivered } => {
                let waiters = self.waiters.get_mut(task).filter(|waiters| **waiters > 0);
                let is_last = waiters.is_some_and(|waiters| {
                    *waiters -= 1;
                    *waiters == 0
                });
                // Who has an idempotency key may come back.
                let has_key = self.live.tasks.get(task).is_some_and(|task| task.spec.idempotency.is_some());
                let cancels = self.is_open(task).then_some(is_last && !has_key);
                before.leaves = Some(Leaves { task: *task, delivered: *delivered, cancels });
            }
            Input::Cancel { task, delivered } | Input::Deserted { task, delivered } => {
                let cancels = self.is_open(task).then_some(true);
                before.leaves = Some(Leaves { task: *task, delivered: *delivered, cancels });
            }
            _ => {}
        }
        before
    }

    fn is_open(&self, task: &TaskId) -> bool {
        self.live.tasks.get(task).is_some_and(|task| !task.state.is_terminal())
    }

    /// Whoever leaves last, or takes back, cancels, and pays for what was seen.
    fn check_leaves(&self, leaves: &Leaves, effects: &[Effect]) -> Checked {
        let Leaves { task, delivered, cancels } = leaves;
        let cancelled = effects.iter().find_map(|effect| match effect {
            Effect::Record(Event::Task(task::Event::Cancelled { task: cancelled, delivered })) if cancelled == task => {
                Some(*delivered)
            }
            _ => None,
        });
        if cancelled.is_some() != cancels.unwrap_or(false) {
            return Err(format!("{task} is {}to be cancelled, and is: {cancelled:?}", no(cancels.unwrap_or(false))));
        }
        let paid = if self.seen.contains(task) { *delivered } else { 0 };
        match cancelled {
            Some(found) if found != paid => Err(format!("{found} tokens of {task} are paid for, and {paid} were seen")),
            _ => Ok(()),
        }
    }

    /// Looks at what the machine made of an input.
    pub(crate) fn after(
        &mut self,
        before: Before,
        answer: &Answer,
        effects: &[Effect],
        machine: &Coordinator,
    ) -> Checked {
        if before.is_over {
            let idle = |effect: &Effect| matches!(effect, Effect::Notice(_) | Effect::Metric(_));
            if let Some(effect) = effects.iter().find(|effect| !idle(effect)) {
                return Err(format!("an input of a lease or a session that is over has an effect: {effect:?}"));
            }
        }
        if let (Some(node), Answer::Connected(session)) = (before.connects, answer) {
            let miner = self.miners.entry(node).or_default();
            if *session <= miner.session {
                return Err(format!("session {session} of {node} comes after {}", miner.session));
            }
            miner.session = *session;
        }
        if before.ticks {
            self.check_gone(machine, before.now)?;
        }
        if let (Some(submits), Answer::Submitted(Ok(tasks))) = (before.submits, answer) {
            self.check_submitted(&submits, tasks, effects, machine)?;
            for task in tasks.iter().filter(|task| machine.task(task).is_some_and(|task| !task.state.is_terminal())) {
                *self.waiters.entry(*task).or_default() += u32::from(submits.interest != Interest::Nothing);
                if submits.interest == Interest::Stream {
                    self.seen.insert(*task);
                }
            }
        }
        if let Some(miner) = before.lifts.filter(|miner| machine.is_paused(miner)) {
            return Err(format!("the pause of {miner} was lifted, and goes on"));
        }
        if let Some((case, ordered)) = before.case
            && let Some(accusation) = machine.audits().accusation(&case)
            && ordered.is_none_or(|attempt| accusation.ordered < attempt)
        {
            return Err(format!("the case {case} is to be as was ordered ({ordered:?}), and is {accusation:?}"));
        }
        if let Some(leaves) = &before.leaves {
            self.check_leaves(leaves, effects)?;
        }
        self.check_audits(machine, effects, before.ticks.then_some(before.now))?;
        // The clock may have jumped since the last tick.
        let late = if before.ticks { machine.tasks().overdue(before.now) } else { vec![] };
        late.first().map_or(Ok(()), |event| Err(format!("task {} is open after its deadline", event.task())))
    }

    /// What a session held that has ended is given back soon.
    fn check_gone(&mut self, machine: &Coordinator, now: Millis) -> Checked {
        let connected: HashMap<_, _> = machine.connected().into_iter().collect();
        self.left.retain(|node, at| !connected.contains_key(node) && *at <= now);
        for task in machine.tasks().iter() {
            let (State::Leased { miner } | State::Running { miner }) = task.state else { continue };
            if self.left.get(&miner).is_some_and(|at| at + 4_000 <= now) {
                return Err(format!("{miner} has left and still holds {}", task.spec.id));
            }
        }
        Ok(())
    }

    fn check_submitted(
        &self,
        submits: &Submits,
        tasks: &[TaskId],
        effects: &[Effect],
        machine: &Coordinator,
    ) -> Checked {
        if tasks.len() != submits.count {
            return Err(format!("{} tasks were accepted for {}", tasks.len(), submits.count));
        }
        let fresh: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record(Event::Task(task::Event::Accepted { spec, .. })) => Some(spec),
                _ => None,
            })
            .collect();
        let bound: u128 = fresh.iter().map(|spec| spec.quote().bound()).sum();
        if bound == 0 {
            return Ok(());
        }
        if let Some(cap) = submits.limits.max_price.filter(|cap| bound > *cap) {
            return Err(format!("tasks for up to {bound} were accepted with a limit of {cap}"));
        }
        let caller = fresh.first().and_then(|spec| spec.caller.as_deref());
        if let (Some(budget), Some(caller)) = (submits.limits.budget, caller) {
            let charged = machine.accounts().charged(caller);
            if charged > budget {
                return Err(format!("{caller} is charged {charged} with a budget of {budget}"));
            }
        }
        let (escrow, covered) = self.funds;
        let (owed, reserved) = (machine.accounts().owed(), machine.accounts().reserved());
        if owed.saturating_sub(covered) + reserved > escrow {
            return Err(format!("an escrow of {escrow} is to cover {owed} - {covered} and {reserved}"));
        }
        Ok(())
    }
}
