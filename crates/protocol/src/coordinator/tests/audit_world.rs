//! Worlds in which answers are examined: what is honest, what an auditor finds, and how time goes on.

use std::sync::Arc;

use alloy::primitives::Address;

use super::world::{World, identity, manifest, miner, result, snapshot, spec};
use crate::{
    audit::{Calibrations, Examined, Sample, Subject, calibrate},
    coordinator::{Effect, Funds, Identity, Input, Interest, LeaseId, Policy, Standing, Statement},
    task::{FinishReason, Millis, Outcome, State, TaskId, TaskSpec, sampler::Position},
};

pub(super) const TRUE: [u32; 6] = [1, 2, 3, 4, 5, 6];
pub(super) const FALSE: [u32; 6] = [1, 9, 9, 9, 9, 6];

/// What honest answers of the class `cpu` look like to an auditor of the same.
pub(super) fn calibrations() -> Calibrations {
    let mut known = Calibrations::default();
    let subject = Subject {
        family: manifest("m", "true").family(),
        miner: "cpu".into(),
        auditor: "cpu".into(),
        ..Subject::default()
    };
    let sample = |number: u32| Sample { shortfall: 0.0, difference: (number % 7) as f32 * 1e-6 };
    let answers: Vec<Vec<Sample>> = (0..3_000).map(|_| (0..32).map(sample).collect()).collect();
    known.insert(calibrate(subject, false, &answers));
    known
}

pub(super) fn audited(policy: Policy) -> Identity {
    Identity { audits: policy, calibrations: Arc::new(calibrations()), max_queue: 10_000, ..identity() }
}

pub(super) const EVERYTHING: Policy = Policy { first: 1_000_000, percent: 5 };

/// The chain is read: an epoch's stakes, and an escrow that suffices.
pub(super) fn with_money(world: &mut World, epoch: u64) {
    world.step(Input::Snapshot(snapshot(epoch)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
}

/// Miners connect, with nine slots each.
pub(super) fn connect(world: &mut World, miners: impl IntoIterator<Item = u8>) {
    for number in miners {
        world.connect(miner(number), 9);
    }
}

/// A world of miners in which everything is audited.
pub(super) fn world(miners: &[u8]) -> World {
    let mut world = World::new(audited(EVERYTHING));
    with_money(&mut world, 1);
    connect(&mut world, miners.iter().copied());
    world
}

pub(super) fn own(world: &mut World, places: u32) -> Vec<Effect> {
    let capable = ["m", "free"].map(|name| (manifest(name, "true").id(), "cpu".to_owned())).to_vec();
    world.step(Input::Auditor { capable, places }).1
}

/// What the model says of an answer: that it would have said [`TRUE`], each token with a log-probability of -1.
pub(super) fn examine(outcome: &Outcome) -> Examined {
    let position = |(claimed, said): (&u32, &u32)| Position {
        log_probability: -1.0,
        shortfall: if claimed == said { 0.0 } else { 9.0 },
    };
    let claimed = &outcome.receipt.token_ids;
    Examined {
        prompt_tokens: 3,
        places: None,
        positions: claimed.iter().zip(&TRUE).map(position).collect(),
        text: format!("{claimed:?}"),
        end: None,
        distances: vec![],
    }
}

/// Owners of nodes: each list is one owner's.
pub(super) fn owned(world: &mut World, owners: &[&[u8]]) {
    let of = |(at, nodes): (usize, &&[u8])| {
        let owner = Address::repeat_byte(0xa0 + at as u8);
        nodes.iter().map(move |node| (miner(*node), Some(owner))).collect::<Vec<_>>()
    };
    let owners = owners.iter().enumerate().flat_map(of).collect();
    world.step(Input::Owners(owners));
}

/// An auditor's numbers that say of an answer that it is false.
pub(super) fn accuse(outcome: &Outcome) -> Examined {
    let mut examined = examine(outcome);
    examined.positions.iter_mut().for_each(|position| position.shortfall = 20.0);
    examined
}

/// An auditor's numbers that say of an answer that it is right, whatever it is.
pub(super) fn acquit(outcome: &Outcome) -> Examined {
    let mut examined = examine(outcome);
    examined.positions.iter_mut().for_each(|position| position.shortfall = 0.0);
    examined
}

pub(super) fn outcome(world: &World, task: TaskId) -> Arc<Outcome> {
    match world.state(task) {
        State::Done { outcome, .. } => outcome.clone(),
        other => panic!("{other:?}"),
    }
}

/// No test comes to this time by itself: the deadline of its tasks.
pub(super) const LONG_AFTER: Millis = 1 << 40;

pub(super) fn number(value: u32) -> TaskSpec {
    let id = TaskId(alloy::primitives::keccak256(value.to_be_bytes()));
    TaskSpec { id, deadline: LONG_AFTER, ..spec(1) }
}

/// A task is asked and answered by whom it is drawn for.
pub(super) fn answer(
    world: &mut World,
    value: u32,
    ids: impl Fn(Address) -> ([u32; 6], f32),
) -> (LeaseId, Vec<Effect>) {
    let task = world.submit(number(value), Interest::Answer).expect("is accepted");
    let lease = world.lease(task);
    let (ids, log_probability) = ids(lease.node);
    let effects = world.finish(lease, result(&ids, log_probability));
    (lease, effects)
}

pub(super) fn honest(_: Address) -> ([u32; 6], f32) {
    (TRUE, -1.0)
}

/// The answers that the coordinator's own auditor is to examine are examined. Returns all effects.
pub(super) fn examine_here(world: &mut World, effects: &[Effect]) -> Vec<Effect> {
    let asked = |effects: &[Effect]| -> Vec<TaskId> {
        let audit = |effect: &Effect| match effect {
            Effect::Examine { audit, .. } => Some(*audit),
            _ => None,
        };
        effects.iter().filter_map(audit).collect()
    };
    let (mut all, mut next) = (vec![], asked(effects));
    while let Some(audit) = next.pop() {
        let result = Ok(Box::new(examine(&outcome(world, audit))));
        let effects = world.step(Input::Examined { audit, result }).1;
        next.extend(asked(&effects));
        all.extend(effects);
    }
    all
}

/// What the examinations that miners have are of.
pub(super) fn examinations(world: &World) -> Vec<(LeaseId, TaskId)> {
    let mut found: Vec<_> = world
        .machine
        .audits()
        .pending()
        .filter_map(|audit| {
            let lease = world.offers.get(&audit.assigned?.examination)?.lease;
            Some((lease, audit.due.task))
        })
        .collect();
    found.sort_unstable();
    found
}

/// A miner hands in what it says of an answer.
pub(super) fn hand_in(world: &mut World, lease: LeaseId, examined: &Examined) -> Vec<Effect> {
    let mut finished = result(&[], 0.0);
    let outcome = Arc::make_mut(&mut finished.outcome);
    outcome.text = examined.encode();
    outcome.prompt_tokens = 9;
    outcome.finish = FinishReason::Stop;
    world.finish(lease, finished)
}

/// All examinations that miners have are handed in, until there are none; `says` is what one says of an answer.
pub(super) fn examine_all(world: &mut World, says: impl Fn(Address, &Outcome) -> Examined) -> Vec<Effect> {
    let mut all = vec![];
    while let Some((lease, task)) = examinations(world).first().copied() {
        let examined = says(lease.node, &outcome(world, task));
        all.extend(hand_in(world, lease, &examined));
    }
    all
}

pub(super) fn later(world: &mut World, passed: u64) -> Vec<Effect> {
    world.now += passed;
    world.step(Input::Tick).1
}

pub(super) fn statements(effects: &[Effect]) -> Vec<&Statement> {
    let mut found = vec![];
    for effect in effects {
        if let Effect::Statement(statement) = effect {
            found.push(statement);
        }
    }
    found
}

pub(super) fn standing(world: &World, number: u8) -> Standing {
    world.machine.audits().record(&miner(number)).map(|record| record.standing.clone()).unwrap_or_default()
}

pub(super) fn is_confirmed(world: &World, number: u8) -> bool {
    matches!(standing(world, number), Standing::Confirmed { .. })
}
