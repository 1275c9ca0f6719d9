//! Tests of what a restart restores.

use super::{
    audit_world::{FALSE, TRUE, answer, examine, examine_all, standing, world as audited_world},
    world::{World, identity, kinds, miner, result, snapshot, spec},
};
use crate::{
    coordinator::{AuditEvent, Book, Effect, Funds, Identity, Input, Interest, MOST_RESULTS, Standing},
    task::{Idempotency, State, TaskId, TaskSpec},
};
use alloy::primitives::{B256, keccak256};

fn world(checkpoint_after: u64) -> World {
    let mut world = World::new(Identity { checkpoint_after, max_queue: 100, ..identity() });
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
    world
}

#[test]
fn a_coordinator_starts_from_its_checkpoint_as_from_all_its_events() {
    let mut world = world(10);
    let session = world.connect(miner(1), 0);
    for number in 0..20 {
        let idempotency = Some(Idempotency { key: B256::repeat_byte(number), body: B256::ZERO });
        world.submit(TaskSpec { idempotency, ..spec(number) }, Interest::Nothing).expect("is accepted");
        if number % 3 > 0 {
            world.step(Input::Cancel { task: spec(number).id, delivered: 0 });
        }
    }
    assert!(world.events.len() < 10, "{} of 33 events are kept", world.events.len());
    let before = world.clone();
    assert_eq!(world.replayed(), world.machine.checkpoint());
    world.restart();
    assert_eq!(world.machine.checkpoint(), before.machine.checkpoint());
    assert!(world.machine.accounts().reserved() > 0);
    let queue = |world: &World| world.machine.draws.queue(crate::task::Kind::Text, "m");
    assert_eq!((queue(&world), world.machine.unfinished(true)), (queue(&before), 7));
    let ended = |world: &World| {
        let mut ended: Vec<_> = world.machine.readers.ended().map(|ended| ended.task).collect();
        ended.sort_unstable();
        ended
    };
    assert_eq!((ended(&world), ended(&world).len()), (ended(&before), 13));
    // The keys stand for the same tasks.
    assert!(world.connect(miner(1), 0) > session);
    let again = TaskSpec { idempotency: Some(Idempotency { key: B256::repeat_byte(3), body: B256::ZERO }), ..spec(90) };
    assert_eq!(world.submit(again, Interest::Nothing), Ok(spec(3).id));
}

#[test]
fn leases_of_an_earlier_process_are_taken_back_and_no_number_is_given_twice() {
    let mut world = world(1_000);
    world.connect(miner(1), 4);
    let (first, second) = (spec(1).id, spec(2).id);
    world.submit(spec(1), Interest::Answer).expect("is accepted");
    world.submit(spec(2), Interest::Answer).expect("is accepted");
    let lease = world.lease(first);
    world.finish(lease, result(&[1], -0.5));
    let number = world.machine.accounts().last_ticket();
    world.restart();
    assert_eq!(*world.state(second), State::Queued);
    assert!(matches!(world.state(first), State::Done { .. }));
    assert_eq!(world.replayed(), world.machine.checkpoint());
    // Money and stakes are read again.
    world.step(Input::Snapshot(snapshot(2)));
    world.connect(miner(1), 1);
    let again = world.lease(second);
    assert_eq!((again.attempt, again.session > lease.session), (2, true));
    assert!(world.machine.accounts().last_ticket() > number);
    world.finish(again, result(&[1], -0.5));
    assert!(matches!(world.state(second), State::Done { .. }));
    world.step(Input::Snapshot(snapshot(3)));
    assert_eq!(world.audit_log().verified, 3);
}

#[test]
fn v2_a_restart_forgets_nothing_that_is_to_be_fetched() {
    let mut world = world(1_000);
    world.connect(miner(1), 4);
    let mut number = 0u32;
    let mut done = |world: &mut World, interest: Interest| {
        number += 1;
        let id = TaskId(keccak256(number.to_be_bytes()));
        let (accepted_at, deadline) = (world.now, world.now + 60_000);
        world.submit(TaskSpec { id, accepted_at, deadline, ..spec(1) }, interest).expect("is accepted");
        world.finish(world.lease(id), result(&[1], -0.5));
        id
    };
    let unread: Vec<_> = (0..10).map(|_| done(&mut world, Interest::Nothing)).collect();
    for _ in 0..2 {
        world.restart();
        world.step(Input::Snapshot(snapshot(1)));
        world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
        world.connect(miner(1), 4);
    }
    let knows = |world: &World, id: &TaskId| world.machine.task(id).is_some();
    let newer: Vec<_> = (0..MOST_RESULTS + 5).map(|_| done(&mut world, Interest::Answer)).collect();
    assert!(unread.iter().all(|id| knows(&world, id)), "what nobody has fetched is there");
    assert_eq!(newer.iter().filter(|id| !knows(&world, id)).count(), 5, "what was delivered makes room");
    // What was fetched makes room as well.
    world.step(Input::Fetched { task: unread[0] });
    done(&mut world, Interest::Answer);
    assert_eq!(newer.iter().filter(|id| !knows(&world, id)).count(), 7);
}

#[test]
fn a_checkpoint_is_the_last_that_its_step_records_and_says_what_it_led_to() {
    let mut world = world(4);
    world.connect(miner(1), 4);
    for number in 0..9 {
        let input =
            Input::Submit { tasks: vec![spec(number).into()], limits: Default::default(), interest: Interest::Answer };
        let (_, effects) = world.step(input);
        let kinds = kinds(&effects);
        if let Some(place) = kinds.iter().position(|kind| *kind == "checkpoint") {
            assert_eq!(place, kinds.len() - 1);
        }
        for effect in effects {
            if let Effect::Checkpoint(checkpoint) = effect {
                assert_eq!(*checkpoint, world.machine.checkpoint());
            }
        }
        assert_eq!(world.replayed(), world.machine.checkpoint());
    }
    assert!(world.events.len() < 4);
}

#[test]
fn what_an_earlier_version_wrote_of_audits_is_read() {
    let mut world = audited_world(&[1, 2, 3]);
    for value in 0..30 {
        answer(&mut world, value, |node| if node == miner(1) { (FALSE, -1.0) } else { (TRUE, -1.0) });
        if value % 2 == 0 {
            examine_all(&mut world, |_, outcome| examine(outcome));
        }
    }
    let book = world.machine.audits();
    assert!(book.pending().next().is_some() && standing(&world, 1) != Standing::Good);
    let mut old = serde_json::to_value(book).expect("writes");
    // It wrote the order of what is pending as well, and knew neither reasons nor who had missed examinations.
    assert_eq!(old.get("queue"), None);
    old["queue"] = serde_json::json!({"7": B256::ZERO});
    old["counts"].as_object_mut().expect("counts").remove("lapsed").expect("it is new");
    for record in old["miners"].as_object_mut().expect("miners").values_mut() {
        record.as_object_mut().expect("a record").remove("missed").expect("it is new");
        for evidence in record["evidence"].as_array_mut().expect("a list") {
            evidence.as_object_mut().expect("evidence").remove("reason");
            evidence["process"]["windows"] = 3.into();
        }
    }
    let read: Book = serde_json::from_value(old).expect("reads");
    let due = |book: &Book| book.pending().map(|audit| audit.due.task).collect::<Vec<_>>();
    assert_eq!(due(&read), due(book));
    let weights = |book: &Book| {
        let record = book.record(&miner(1)).expect("it has one");
        record.all_evidence().map(|evidence| (evidence.gross, evidence.process.value())).collect::<Vec<_>>()
    };
    assert_eq!(weights(&read), weights(book));
    let event = r#"{"returned":{"task":"0x0101010101010101010101010101010101010101010101010101010101010101",
        "auditor":"0x0202020202020202020202020202020202020202","reason":"busy","again":true}}"#;
    let event: AuditEvent = serde_json::from_str(event).expect("reads");
    assert!(matches!(event, AuditEvent::Returned { again: true, missed: false, .. }));
}
