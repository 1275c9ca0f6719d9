//! Tests of audits: who is compared, what is concluded from two and three executions, and what comes of it.

use std::sync::Arc;

use super::world::{Counter, World, identity, miner, result, snapshot, spec};
use crate::{
    coordinator::{
        AuditRecord, Effect, Funds, Identity, Input, Interest, LeaseId, Metric, Policy,
        audits::{
            AuditedRun, Audits, Case,
            case::{CLEAN, Verdict},
        },
    },
    task::TaskSpec,
    wire::CloseCode,
};

const TRUE: [u32; 6] = [1, 2, 3, 4, 5, 6];
const FALSE: [u32; 6] = [1, 2, 3, 4, 5, 7];

/// Who says these tokens with these probabilities.
fn run(number: u8, ids: &[u32], log_probability: f32) -> AuditedRun {
    let finished = result(ids, log_probability);
    AuditedRun {
        task: spec(number).id,
        miner: miner(number),
        spec: Arc::new(spec(number)),
        outcome: finished.outcome,
        log_probabilities: finished.log_probabilities,
    }
}

fn case(runs: Vec<AuditedRun>) -> Case {
    Case { spec: Arc::new(spec(1)), runs, repeats: 0 }
}

#[test]
fn who_stands_alone_against_two_that_agree_is_found_wherever_it_is() {
    for place in 0..3 {
        let mut runs = vec![run(1, &TRUE, -1.0), run(2, &TRUE, -1.0)];
        runs.insert(place, run(9, &TRUE, -3.0));
        assert!(matches!(case(runs).verdict(), Verdict::Alone(alone, found) if alone == place && found.gross));
    }
    // The same token at almost the same probability is no difference, and another one of almost the same is a tie.
    let tie = vec![run(1, &TRUE, -1.0), run(2, &FALSE, -1.001), run(3, &TRUE, -1.0)];
    assert_eq!(case(tie).verdict(), Verdict::Unclear);
}

#[test]
fn three_that_differ_and_two_that_lie_together_decide_nothing_against_the_truth_alone() {
    let all = vec![run(1, &TRUE, -1.0), run(2, &TRUE, -2.0), run(3, &TRUE, -3.0)];
    assert_eq!(case(all).verdict(), Verdict::Unclear);
    // Two that lie alike win: that is what drawing by stake is for.
    let together = vec![run(1, &TRUE, -1.0), run(2, &TRUE, -2.0), run(3, &TRUE, -2.0)];
    assert!(matches!(case(together).verdict(), Verdict::Alone(0, _)));
}

#[test]
fn new_miners_are_audited_always_and_old_ones_by_chance() {
    let (new, old, proven) = (miner(1), miner(2), miner(3));
    let record = |agreed| AuditRecord { done: 1_000, agreed, ..AuditRecord::default() };
    let records = [(old, record(0)), (proven, record(CLEAN))].into();
    let audits = Audits::new(Policy { first: 20, percent: 10 }, records);
    let mut entropy = Counter(0);
    assert!(audits.wants(&new, &mut entropy));
    let mut share = |miner| (0..10_000).filter(|_| audits.wants(&miner, &mut entropy)).count();
    assert!((800..1_200).contains(&share(old)), "{}", share(old));
    assert!((120..290).contains(&share(proven)), "{}", share(proven));
    assert!(!Audits::default().wants(&new, &mut entropy));
}

/// A world of three miners in which everything is audited.
fn world() -> World {
    let mut world = World::new(Identity { audits: Policy { first: 1_000, percent: 0 }, ..identity() });
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
    for number in 3..=5 {
        world.connect(miner(number), 9);
    }
    world
}

/// Has every lease that is out finished, one of the miners with another output. Returns all effects.
fn finish_all(world: &mut World, liar: u8) -> Vec<Effect> {
    let (mut effects, mut done) = (vec![], 0);
    while let Some(lease) = world.offered.get(done).copied() {
        done += 1;
        let LeaseId { node, .. } = lease;
        effects.extend(world.finish(lease, result(&TRUE, if node == miner(liar) { -3.0 } else { -1.0 })));
    }
    world.offered.clear();
    effects
}

#[test]
fn a_miner_that_lies_is_found_out_suspended_and_expelled_with_evidence() {
    let mut world = world();
    let mut effects = vec![];
    for number in 0..40 {
        if world.submit(TaskSpec { deadline: 50_000, ..spec(number) }, Interest::Nothing).is_err() {
            break;
        }
        effects.extend(finish_all(&mut world, 4));
        if world.machine.suspended(&miner(4), world.now).is_some() {
            break;
        }
    }
    let told = world.machine.suspended(&miner(4), world.now).expect("it is suspended");
    assert!(told.contains("stood alone 1 times") && told.contains("for 168 hours"), "{told}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { code: CloseCode::Suspended, .. })));
    assert!(effects.contains(&Effect::Metric(Metric::Suspended)) && effects.contains(&Effect::RecordsChanged));
    let names: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Evidence { name, .. } => Some(name.split_once('-').expect("a role").1),
            _ => None,
        })
        .collect();
    assert_eq!(names.len(), 3);
    assert!(names.contains(&"alone.json"), "{names:?}");
    let connected: Vec<_> = world.machine.connected().into_iter().map(|(node, _)| node).collect();
    assert_eq!(connected, [miner(3), miner(5)]);
    // Nothing is done again for those that are honest beyond what is audited, and all of it ends.
    assert_eq!((world.machine.unfinished(true), world.machine.accounts().reserved()), (0, 0));
    assert_eq!(world.machine.suspended(&miner(4), world.now + crate::coordinator::SUSPENSION + 1), None);
    world.step(Input::Snapshot(snapshot(2)));
    world.audit_log();
}

#[test]
fn honest_miners_agree_and_the_coordinators_own_tasks_belong_to_nobody() {
    let mut world = world();
    for number in 0..5 {
        world.submit(spec(number), Interest::Nothing).expect("is accepted");
        let effects = finish_all(&mut world, 0);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Evidence { .. })));
    }
    let records = world.machine.records();
    assert!(records.values().all(|record| record.alone == 0) && records.values().any(|record| record.agreed > 0));
    let audits: Vec<_> = world.machine.tasks().iter().filter(|task| task.spec.audit).collect();
    assert!(audits.len() >= 5, "{}", audits.len());
    assert!(
        audits.iter().all(|task| task.spec.caller.is_none() && !task.spec.streamed && task.spec.salt != spec(0).salt)
    );
}

#[test]
fn an_audit_that_nobody_does_ends_its_case() {
    let mut world = world();
    world.submit(spec(1), Interest::Nothing).expect("is accepted");
    let lease = world.lease(spec(1).id);
    world.finish(lease, result(&TRUE, -1.0));
    let audit = world.offered.last().expect("it is done again").task;
    assert_ne!(audit, spec(1).id);
    let (_, effects) = world.step(Input::Cancel { task: audit, delivered: 0 });
    assert!(effects.contains(&Effect::Metric(Metric::Audited("unclear"))), "{effects:?}");
    assert!(world.machine.audits.take_case(&audit).is_none());
}
