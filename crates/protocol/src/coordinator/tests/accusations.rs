//! Cases that are wanted before the court: over what, until when, and that restarts and replicas want the same.

use std::sync::Arc;

use alloy::{primitives::keccak256, sol_types::SolValue};

use super::{
    audit_world::{
        FALSE, LONG_AFTER, TRUE, answer, examine_here, honest, is_confirmed, number, outcome, own, with_money, world,
    },
    world::{World, manifest, miner, offered, result},
};
use crate::{
    coordinator::{
        Accusation, AuditEvent, Checkpoint, Effect, Event, Input, Interest, KEPT_RESULTS, Level, Notice, Offered,
        SUSPENSION, Standing,
    },
    task::TaskId,
};

fn wanted(world: &World) -> Vec<Accusation> {
    world.machine.audits().accusations().cloned().collect()
}

/// A miner gives an honest answer, and then false ones until it is found. Returns the tasks of all of them.
fn convicted() -> (World, Vec<TaskId>) {
    let mut world = world(&[1]);
    own(&mut world, 1);
    let mut tasks = vec![];
    for value in 1..4 {
        let says = |_| if value == 1 { (TRUE, -1.0) } else { (FALSE, -1.0) };
        let (lease, effects) = answer(&mut world, value, says);
        tasks.push(lease.task);
        examine_here(&mut world, &effects);
        if is_confirmed(&world, 1) {
            return (world, tasks);
        }
    }
    panic!("it is not found");
}

/// Makes the machine forget all that it need not keep: this many tasks end after those at hand.
fn bury(world: &mut World) {
    world.connect(miner(2), 9);
    for value in 0..10_200 {
        let (_, effects) = answer(world, 1_000_000 + value, honest);
        examine_here(world, &effects);
        // The journal is not what is looked at here.
        world.events.clear();
        world.checkpoint = world.machine.checkpoint();
    }
}

#[test]
fn a_confirmed_cheat_is_accused_once_over_what_convinces_a_jury() {
    let (mut world, tasks) = convicted();
    let [accusation] = &wanted(&world)[..] else { panic!("{:?}", wanted(&world)) };
    assert_eq!((accusation.miner, accusation.manifest), (miner(1), manifest("m", "true").id()));
    let shown: Vec<_> = accusation.exhibits.iter().map(|exhibit| exhibit.task).collect();
    assert_eq!(shown, tasks[1..], "the answer that is false, and no other");
    let receipt = &outcome(&world, tasks[1]).receipt;
    assert_eq!(accusation.exhibits[0].digest, receipt.hash());
    assert_eq!(accusation.id, keccak256(vec![receipt.hash()].abi_encode()));
    assert_eq!(accusation.last(30), receipt.ticket.deadline + 30);
    assert!(accusation.why.contains("are false"), "{}", accusation.why);
    // Wherever the journal is read it leads to the same case, and examinations that end late add none.
    let checkpoint: Checkpoint = world.replayed();
    assert_eq!(checkpoint.audits.accusations().collect::<Vec<_>>(), [accusation]);
    assert_eq!(checkpoint, world.machine.checkpoint());
    world.restart();
    own(&mut world, 1);
    assert_eq!(wanted(&world), std::slice::from_ref(accusation));
}

#[test]
fn i28_small_differences_are_for_a_jury_only_where_the_miner_has_signed_its_class() {
    let found = |class: &str| {
        let mut world = world(&[1]);
        own(&mut world, 1);
        let task = world.submit(number(1), Interest::Nothing).expect("is accepted");
        let lease = world.lease(task);
        let mut finished = result(&TRUE, -1.02);
        Arc::make_mut(&mut finished.outcome).class = class.into();
        let effects = world.finish(lease, finished);
        examine_here(&mut world, &effects);
        let examined = world.events.iter().find_map(|event| match event {
            Event::Audit(AuditEvent::Examined { findings, for_jury, .. }) => Some((findings, for_jury)),
            _ => None,
        });
        let (findings, for_jury) = examined.expect("it is examined");
        assert!(findings.is_calibrated() && findings.gross.is_none());
        for_jury.is_some()
    };
    // The coordinator knows the class from the miner's offer as well, and jurors from its signature alone.
    assert_eq!(["cpu", ""].map(found), [true, false]);
}

#[test]
fn examinations_that_can_find_gross_differences_alone_are_counted() {
    let mut world = world(&[1]);
    let session = world.connect(miner(1), 0);
    let offer = Offered { class: "cuda-sm90-bf16".into(), ..offered("m", 9) };
    world.step(Input::Slots { node: miner(1), session, offers: vec![offer], devices: vec![] });
    own(&mut world, 1);
    let counted = |world: &World| {
        let (counts, record) = (world.machine.audits().counts(), world.machine.audits().record(&miner(1)));
        (counts.examined, counts.uncalibrated, record.map(|record| record.uncalibrated))
    };
    for value in 1..4 {
        let (_, effects) = answer(&mut world, value, |_| (TRUE, -1.05));
        examine_here(&mut world, &effects);
    }
    assert_eq!(counted(&world), (3, 3, Some(3)));
    assert!(world.machine.audits().record(&miner(1)).is_some_and(|record| record.standing == Standing::Good));
    // One that is grossly false is decided.
    let (_, effects) = answer(&mut world, 4, |_| (FALSE, -1.0));
    examine_here(&mut world, &effects);
    assert!(is_confirmed(&world, 1));
    assert_eq!(counted(&world).1, 3);
}

#[test]
fn orders_and_ends_of_cases_are_kept_and_a_closed_one_is_not_wanted_again() {
    let (mut world, _) = convicted();
    let case = wanted(&world)[0].id;
    for (attempt, ordered) in [(1, 1), (1, 1), (0, 1), (3, 3), (2, 3)] {
        world.step(Input::CaseOrdered { case, attempt });
        assert_eq!(wanted(&world)[0].ordered, ordered);
    }
    let orders = world.events.iter().filter(|event| matches!(event, Event::Audit(AuditEvent::Ordered { .. })));
    assert_eq!(orders.count(), 2, "what changes nothing is not recorded");
    world.restart();
    assert_eq!(wanted(&world)[0].ordered, 3);
    let end = Input::CaseClosed { case, reason: "guilty".into() };
    let told = world.step(end.clone()).1;
    assert!(told.iter().any(|effect| matches!(effect, Effect::Notice(notice) if notice.level() == Level::Warn)));
    assert!(wanted(&world).is_empty());
    assert!(world.step(end).1.is_empty(), "it is closed once");
    assert!(world.step(Input::CaseOrdered { case, attempt: 9 }).1.is_empty());
    world.restart();
    assert!(wanted(&world).is_empty());
    // In the same suspension there is no other case; after it the miner begins as a new one.
    assert!(world.machine.audits().record(&miner(1)).is_some_and(|record| record.accused));
    world.now += SUSPENSION;
    world.connect(miner(1), 1);
    assert!(world.machine.audits().record(&miner(1)).is_some_and(|record| !record.accused));
}

#[test]
fn on_a_network_without_a_court_no_case_stays_wanted() {
    let (mut world, _) = convicted();
    let case = wanted(&world)[0].id;
    // The journal is that of a network which had one.
    world.machine.identity.has_court = false;
    world.restart();
    let (_, effects) = world.step(Input::Tick);
    let reason = |effect: &Effect| match effect {
        Effect::Notice(Notice::CaseClosed { case: of, reason, .. }) if *of == case => Some(reason.clone()),
        _ => None,
    };
    assert_eq!(effects.iter().filter_map(reason).collect::<Vec<_>>(), ["this network has no court"]);
    assert!(wanted(&world).is_empty() && world.replayed().audits.accusations().next().is_none());
    assert!(is_confirmed(&world, 1), "the miner is suspended all the same");
}

#[test]
fn answers_that_the_court_is_shown_are_kept_until_it_has_decided() {
    let (mut world, tasks) = convicted();
    let case = wanted(&world)[0].id;
    bury(&mut world);
    let is_kept = |world: &World, at: usize| world.machine.task(&tasks[at]).is_some();
    assert!(!is_kept(&world, 0) && is_kept(&world, 1));
    world.restart();
    assert!(is_kept(&world, 1));
    with_money(&mut world, 1);
    world.step(Input::CaseClosed { case, reason: "guilty".into() });
    // Nobody comes for it any more.
    world.now = LONG_AFTER + KEPT_RESULTS;
    world.restart();
    assert!(!is_kept(&world, 1), "it is as old as the others that are gone");
}

#[test]
fn what_a_jury_would_not_convict_on_is_not_brought_before_it() {
    // Another precision: short answers, each a little off. Over all of them together that is certain, but a jury sees 32 at most, and
    // does not know how they were chosen.
    let mut world = world(&[1]);
    own(&mut world, 1);
    for value in 0..200 {
        let (_, effects) = answer(&mut world, value, |_| (TRUE, -1.02));
        let effects = examine_here(&mut world, &effects);
        let is_told = |effect: &Effect| matches!(effect, Effect::Notice(Notice::Accused { .. }));
        assert!(!effects.iter().any(is_told));
        if is_confirmed(&world, 1) {
            break;
        }
    }
    assert!(is_confirmed(&world, 1) && wanted(&world).is_empty());
    assert_eq!(world.machine.audits().pending().count(), 0, "what was looked at for a case has ended");
    assert_eq!(world.machine.accounts().held().count(), 0);
}
