//! I7: whether a miner can tell which of its answers were audited, from everything that it sees until the epoch is over: what it is told and
//! when, the numbers of its tickets, and the lines of the assignment log, which everybody can read at once.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::Address;

use super::{
    audit_world::{TRUE, audited, connect, examinations, examine, number, outcome, own, with_money},
    world::{World, result},
};
use crate::{
    assign::log::{Entry, Reason},
    coordinator::{AuditEvent, Effect, Event, Input, Interest, LeaseId, Policy, Statement, WINDOW},
    task::{Millis, TaskId, sampler::mix},
};

/// Answers in which the share that is audited falls to its least, so that the time says nothing of it.
const WARM: usize = 1_500;
/// Answers of a run that count.
const COUNTED: usize = 5_500;

/// What is known of an answer.
#[derive(Default)]
struct Seen {
    node: Address,
    number: u64,
    at: Millis,
    is_audited: bool,
    /// What its miner was told, and when: that it was accepted, and that it is in a voucher.
    acknowledged: Option<(Millis, u128)>,
    vouchered: Option<(Millis, u128)>,
    /// Line of the log that says that it was answered.
    line: usize,
}

/// A world in which answers come and are examined at random times.
struct Course {
    world: World,
    state: u64,
    /// Who examines takes from the first to the second, in milliseconds.
    pace: (u64, u64),
    /// What happens when: answers, and examinations by miners or by the coordinator's own auditor.
    answers: BTreeMap<(Millis, TaskId), LeaseId>,
    by_miners: BTreeMap<(Millis, LeaseId), TaskId>,
    by_own: BTreeMap<(Millis, TaskId), ()>,
    running: BTreeSet<LeaseId>,
    statements_at: Option<Millis>,
    seen: BTreeMap<TaskId, Seen>,
    order: Vec<TaskId>,
    unpaid: Vec<TaskId>,
}

impl Course {
    fn new(places: u32, pace: (u64, u64)) -> Self {
        let mut world = World::new(audited(Policy { first: 0, percent: 100 }));
        world.now = 1_000_000;
        with_money(&mut world, 1);
        connect(&mut world, 1..=3);
        if places > 0 {
            own(&mut world, places);
        }
        Self {
            world,
            state: 7,
            pace,
            answers: BTreeMap::new(),
            by_miners: BTreeMap::new(),
            by_own: BTreeMap::new(),
            running: BTreeSet::new(),
            statements_at: None,
            seen: BTreeMap::new(),
            order: vec![],
            unpaid: vec![],
        }
    }

    fn random(&mut self, from: u64, to: u64) -> u64 {
        self.state = mix(self.state);
        from + self.state % (to - from)
    }

    fn hear(&mut self, effects: &[Effect]) {
        let now = self.world.now;
        for effect in effects {
            match effect {
                Effect::Record(Event::Audit(AuditEvent::Due(due))) if due.reason != Reason::Idle => {
                    self.seen.entry(due.task).or_default().is_audited = true;
                }
                Effect::Examine { audit, .. } => {
                    let at = now + self.random(self.pace.0, self.pace.1);
                    self.by_own.insert((at, *audit), ());
                }
                Effect::Statement(statement) => self.told(statement),
                _ => {}
            }
        }
        if self.world.due && self.statements_at.is_none() {
            self.statements_at = Some(now + self.random(1, 4));
        }
        for (lease, task) in examinations(&self.world) {
            if self.running.insert(lease) {
                let at = now + self.random(self.pace.0, self.pace.1);
                self.by_miners.insert((at, lease), task);
            }
        }
    }

    fn told(&mut self, statement: &Statement) {
        let now = self.world.now;
        for settled in &statement.settled {
            if let Some(seen) = self.seen.get_mut(&settled.task) {
                seen.acknowledged = Some((now, settled.owed));
            }
        }
        let Some(terms) = statement.terms else { return };
        let covered =
            |seen: &&mut Seen| seen.node == statement.miner && seen.number > 0 && seen.number <= terms.through;
        let seen = &mut self.seen;
        self.unpaid.retain(|task| {
            let Some(seen) = seen.get_mut(task).filter(covered) else { return true };
            seen.vouchered = Some((now, terms.cumulative));
            false
        });
    }

    /// The next thing that is due happens; returns whether it was before `until`.
    fn next(&mut self, until: Millis) -> bool {
        let answer = self.answers.first_key_value().map(|((at, _), _)| *at);
        let by_miner = self.by_miners.first_key_value().map(|((at, _), _)| *at);
        let own = self.by_own.first_key_value().map(|((at, _), ())| *at);
        let tick = (self.world.now / 100 + 1) * 100;
        let all = [answer, by_miner, own, self.statements_at, Some(tick)];
        let (which, at) = all
            .iter()
            .enumerate()
            .filter_map(|(which, at)| Some((which, (*at)?)))
            .min_by_key(|(_, at)| *at)
            .expect("a tick");
        if at >= until {
            self.world.now = until;
            return false;
        }
        self.world.now = at;
        let effects = match which {
            0 => {
                let ((_, task), lease) = self.answers.pop_first().expect("an answer");
                let ticket = &self.world.offers[&task].ticket;
                let seen = Seen { node: lease.node, number: ticket.number, at, ..Seen::default() };
                self.seen.insert(task, seen);
                self.order.push(task);
                self.unpaid.push(task);
                let effects = self.world.finish(lease, result(&TRUE, -1.0));
                self.seen.get_mut(&task).expect("it is known").line = self.world.log.len();
                effects
            }
            1 => {
                let ((_, lease), task) = self.by_miners.pop_first().expect("an examination");
                let examined = examine(&outcome(&self.world, task));
                super::audit_world::hand_in(&mut self.world, lease, &examined)
            }
            2 => {
                let ((_, audit), ()) = self.by_own.pop_first().expect("an examination");
                let result = Ok(Box::new(examine(&outcome(&self.world, audit))));
                self.world.step(Input::Examined { audit, result }).1
            }
            3 => {
                self.statements_at = None;
                self.world.step(Input::Statements).1
            }
            _ => self.world.step(Input::Tick).1,
        };
        self.hear(&effects);
        true
    }

    /// Tasks come and are answered, and what a miner sees of each is returned with whether it was audited.
    fn run(mut self) -> Vec<(Vec<f64>, bool)> {
        let mut from = 0;
        for value in 0..(WARM + COUNTED) as u32 {
            if value as usize == WARM {
                from = self.order.len();
            }
            let input = Input::Submit {
                tasks: vec![number(value).into()],
                limits: Default::default(),
                interest: Interest::Nothing,
            };
            let effects = self.world.step(input).1;
            self.hear(&effects);
            let task = number(value).id;
            let lease = self.world.lease(task);
            let at = self.world.now + self.random(20, 700);
            self.answers.insert((at, task), lease);
            let until = self.world.now + self.random(1, 160);
            while self.next(until) {}
            self.world.offered.clear();
        }
        let end = self.world.now + 60_000;
        while self.next(end) {}
        let lines = Lines::of(&self.world);
        self.order[from..].iter().map(|task| (self.features(task, &lines), self.seen[task].is_audited)).collect()
    }

    /// What its miner knows of an answer a minute later.
    fn features(&self, task: &TaskId, lines: &Lines) -> Vec<f64> {
        let seen = &self.seen[task];
        let (acknowledged, owed) = seen.acknowledged.expect("every answer is acknowledged");
        let (vouchered, _) = seen.vouchered.expect("every answer is paid for in the end");
        let next =
            |numbers: &BTreeSet<u64>| numbers.range(seen.number + 1..).next().map_or(0, |next| next - seen.number);
        let soon = lines.after(seen.line, 2_000);
        vec![
            (acknowledged - seen.at) as f64,
            owed as f64,
            (vouchered - seen.at) as f64,
            next(&lines.of[&seen.node]) as f64,
            next(&lines.all) as f64,
            lines.largest_step(seen.line, 8) as f64,
            soon as f64,
            lines.gap(seen.line) as f64,
            lines.step_at(seen.line) as f64,
        ]
    }
}

/// The assignment log, as anybody has it before the epoch is over.
struct Lines {
    at: Vec<Millis>,
    tickets: Vec<Option<u64>>,
    /// Draws in their order, each with its line and the number of its ticket, which the log says once the task is released.
    drawn: Vec<(usize, u64)>,
    of: BTreeMap<Address, BTreeSet<u64>>,
    all: BTreeSet<u64>,
}

impl Lines {
    fn of(world: &World) -> Self {
        let (of, all) = (BTreeMap::new(), BTreeSet::new());
        let mut lines = Self { at: vec![], tickets: vec![], drawn: vec![], of, all };
        let mut drawn: BTreeMap<TaskId, usize> = BTreeMap::new();
        for record in &world.log {
            lines.at.push(record.at);
            let ticket = match &record.entry {
                Entry::Picked { task, .. } => {
                    drawn.insert(*task, lines.at.len() - 1);
                    None
                }
                Entry::Released { task, miner, ticket, .. } => {
                    let line = drawn.remove(task).expect("it was drawn");
                    lines.drawn.extend(ticket.map(|ticket| (line, ticket)));
                    lines.of.entry(*miner).or_default().extend(*ticket);
                    *ticket
                }
                _ => None,
            };
            lines.all.extend(ticket);
            lines.tickets.push(ticket);
        }
        lines.drawn.sort_unstable();
        lines
    }

    /// Lines that are written `within` milliseconds after a line.
    fn after(&self, line: usize, within: Millis) -> usize {
        let at = self.at[line.min(self.at.len() - 1)];
        self.at[line.min(self.at.len())..].iter().take_while(|other| **other <= at + within).count()
    }

    /// Time until the next line.
    fn gap(&self, line: usize) -> Millis {
        let at = |line: usize| self.at[line.min(self.at.len() - 1)];
        at(line + 1) - at(line)
    }

    /// The step between the numbers of the last ticket before a line and of the first one after it.
    fn step_at(&self, line: usize) -> u64 {
        let next = self.drawn.partition_point(|(drawn, _)| *drawn < line);
        let (before, after) = (next.checked_sub(1).and_then(|before| self.drawn.get(before)), self.drawn.get(next));
        before.zip(after).map_or(0, |((_, before), (_, after))| after.saturating_sub(*before))
    }

    /// The largest step between numbers of tickets that are released soon after a line.
    fn largest_step(&self, line: usize, count: usize) -> u64 {
        let tickets = self.tickets[line.min(self.tickets.len())..].iter().flatten().take(count);
        let numbers: BTreeSet<_> = tickets.copied().collect();
        numbers.iter().zip(numbers.iter().skip(1)).map(|(one, next)| next - one).max().unwrap_or(0)
    }
}

/// Trains a logistic regression on one half and says of how many answers of the other half it is right, among equally many of each kind.
fn classified(answers: &[(Vec<f64>, bool)]) -> (usize, usize) {
    let (mut yes, mut no): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, is_audited)| *is_audited);
    let count = yes.len().min(no.len()) / 2 * 2;
    // Of what there is more, those that are spread over the run evenly.
    for kind in [&mut yes, &mut no] {
        *kind = (0..count).map(|at| kind[at * kind.len() / count]).collect();
    }
    let width = answers[0].0.len();
    let all = || yes.iter().chain(&no);
    let mean: Vec<f64> =
        (0..width).map(|place| all().map(|(seen, _)| seen[place]).sum::<f64>() / (2 * count) as f64).collect();
    let spread: Vec<f64> = (0..width)
        .map(|place| {
            let squares = all().map(|(seen, _)| (seen[place] - mean[place]).powi(2)).sum::<f64>();
            (squares / (2 * count) as f64).sqrt().max(1e-9)
        })
        .collect();
    // Each feature and its square, so that what is unusual in either direction counts.
    let read = |seen: &[f64]| -> Vec<f64> {
        let scaled = (0..width).map(|place| (seen[place] - mean[place]) / spread[place]);
        let scaled: Vec<f64> = scaled.map(|value| value.clamp(-4.0, 4.0)).collect();
        let squares: Vec<f64> = scaled.iter().map(|value| value * value - 1.0).collect();
        [vec![1.0], scaled, squares].concat()
    };
    let half = |even: usize| -> Vec<(Vec<f64>, bool)> {
        let of = |kind: &[&(Vec<f64>, bool)]| -> Vec<(Vec<f64>, bool)> {
            kind.iter().skip(even).step_by(2).map(|(seen, is_audited)| (read(seen), *is_audited)).collect()
        };
        [of(&yes), of(&no)].concat()
    };
    let (training, test) = (half(0), half(1));
    let mut weights = vec![0.0; 1 + 2 * width];
    let score = |weights: &[f64], seen: &[f64]| weights.iter().zip(seen).map(|(one, other)| one * other).sum::<f64>();
    for _ in 0..300 {
        let mut slope = vec![0.0; weights.len()];
        for (seen, is_audited) in &training {
            let error = f64::from(u8::from(*is_audited)) - 1.0 / (1.0 + (-score(&weights, seen)).exp());
            slope.iter_mut().zip(seen).for_each(|(slope, value)| *slope += error * value);
        }
        weights.iter_mut().zip(slope).for_each(|(weight, slope)| *weight += 0.3 * slope / training.len() as f64);
    }
    let right = test.iter().filter(|(seen, is_audited)| (score(&weights, seen) > 0.0) == *is_audited).count();
    (right, test.len())
}

/// How many standard deviations the right guesses are away from those of a coin.
fn deviations((right, count): (usize, usize)) -> f64 {
    (right as f64 - count as f64 / 2.0) / (count as f64 / 4.0).sqrt()
}

#[test]
fn i7_no_classifier_tells_an_audited_answer_from_another_one() {
    // 11,000 answers count, half of them where miners examine, and half where the coordinator does it itself.
    for places in [0, 2] {
        let answers = Course::new(places, (50, 500)).run();
        let found = classified(&answers);
        let audited = answers.iter().filter(|(_, is_audited)| *is_audited).count();
        assert!(answers.len() >= COUNTED && audited * 100 > answers.len() * 15, "{audited} of {}", answers.len());
        let waited = |wanted| {
            let of = answers.iter().filter(|(_, is_audited)| *is_audited == wanted).map(|(seen, _)| seen[2]);
            of.fold(0.0, f64::max)
        };
        assert!(waited(true) < 9_000.0, "who examines keeps up");
        // A coin is beyond 4 standard deviations in one of 16,000 tests.
        assert!(
            deviations(found) < 4.0,
            "{places} places: {found:?} of {audited} audited, {:.1}, {} {}",
            deviations(found),
            waited(true),
            waited(false)
        );
    }
    // It finds what there is to find: examinations that take longer than vouchers wait are seen afterwards.
    let late = classified(&Course::new(64, (WINDOW, 2 * WINDOW)).run());
    assert!(deviations(late) > 8.0, "{late:?}");
}
