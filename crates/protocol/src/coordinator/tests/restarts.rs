//! Tests of what a restart restores.

use super::world::{World, identity, kinds, miner, result, snapshot, spec};
use crate::{
    coordinator::{Effect, Funds, Identity, Input, Interest},
    task::{Idempotency, State, TaskSpec},
};
use alloy::primitives::B256;

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
    let again = TaskSpec { idempotency: Some(Idempotency { key: B256::repeat_byte(4), body: B256::ZERO }), ..spec(90) };
    assert_eq!(world.submit(again, Interest::Nothing), Ok(spec(4).id));
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
