//! Tests of what applications see: what is accepted, who waits, and what is paid for.

use super::world::{World, identity, kinds, manifest, miner, result, snapshot, spec};
use crate::{
    coordinator::{Answer, Effect, Funds, Input, Interest, Limits, MOST_RESULTS, Notice, Settled, SubmitError},
    task::{Idempotency, State, TaskId, TaskSpec},
};
use alloy::primitives::B256;

/// A world with one miner of four slots, and money.
fn world() -> World {
    let mut world = World::new(identity());
    world.step(Input::Snapshot(snapshot(1)));
    world.connect(miner(1), 4);
    world.step(Input::Funds(Funds { escrow: 1_000_000, ..Funds::default() }));
    world
}

#[test]
fn a_task_goes_from_its_request_to_its_end_in_two_steps_and_in_this_order() {
    let mut world = world();
    let input = Input::Submit { tasks: vec![spec(1).into()], limits: Limits::default(), interest: Interest::Answer };
    let (answer, effects) = world.step(input);
    assert_eq!(answer, Answer::Submitted(Ok(vec![spec(1).id])));
    assert_eq!(kinds(&effects), ["bound", "log", "accepted", "picked", "leased", "offer"]);
    let lease = world.lease(spec(1).id);
    let Some(Effect::Offer(offer)) = effects.last() else { panic!("an offer is last: {effects:?}") };
    assert_eq!(
        (offer.ticket.promptCommitment, offer.ticket.parameters),
        (spec(1).prompt_commitment(), spec(1).sampling.hash())
    );
    assert_eq!((offer.ticket.model, offer.ticket.deadline), (manifest("m", "true").id(), 1_000));
    world.step(Input::Statements);
    let effects = world.finish(lease, result(&[1, 2], -0.5));
    assert_eq!(kinds(&effects), ["due", "done", "released", "ended"]);
    let (_, effects) = world.step(Input::Statements);
    let [Effect::Statement(statement)] = &effects[..] else { panic!("{effects:?}") };
    let owed = offer.spec.quote().owed(3, 2);
    let State::Done { outcome, .. } = world.state(spec(1).id) else { panic!("it is done") };
    let (task, number, receipt) = (spec(1).id, offer.ticket.number, outcome.receipt.hash());
    assert_eq!(
        (statement.miner, statement.session, statement.settled.clone()),
        (miner(1), lease.session, vec![Settled { task, attempt: 1, number, receipt, owed }])
    );
    assert_eq!(statement.terms.map(|terms| (terms.cumulative, terms.through)), Some((owed, offer.ticket.number)));
    assert!(owed > 0 && world.step(Input::Statements).1.is_empty());
    assert_eq!(world.audit_log().picks, 1);
}

#[test]
fn v14_the_last_connection_that_leaves_and_does_not_come_back_cancels_and_what_was_seen_is_paid_for() {
    for (interest, paid) in [(Interest::Answer, 0), (Interest::Stream, 2)] {
        let mut world = world();
        let with_key =
            || TaskSpec { idempotency: Some(Idempotency { key: B256::repeat_byte(1), body: B256::ZERO }), ..spec(1) };
        let id = world.submit(with_key(), interest).expect("is accepted");
        assert_eq!(world.submit(with_key(), interest), Ok(id));
        let other = TaskSpec { idempotency: Some(Idempotency { key: B256::repeat_byte(1), body: id.0 }), ..spec(2) };
        assert_eq!(world.submit(other, interest), Err(SubmitError::IdempotencyConflict));
        world.step(Input::Leave { task: id, delivered: 2 });
        assert!(!world.state(id).is_terminal());
        // With its key somebody may come back for half a minute.
        world.step(Input::Leave { task: id, delivered: 2 });
        world.now += 20_000;
        world.step(Input::Tick);
        assert_eq!(world.submit(with_key(), interest), Ok(id));
        world.now += 20_000;
        world.step(Input::Tick);
        assert!(!world.state(id).is_terminal());
        world.step(Input::Leave { task: id, delivered: 2 });
        world.now += 30_000;
        let (_, effects) = world.step(Input::Tick);
        assert_eq!(*world.state(id), State::Cancelled);
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Stop { lease } if lease.task == id)));
        let owed = world.machine.task(&id).expect("it is kept").spec.quote().owed(0, paid);
        assert_eq!(world.machine.accounts().owed(), owed);
        assert_eq!(owed > 0, paid > 0);
        // The key stands for nothing any more.
        let next = TaskSpec { id: spec(3).id, ..with_key() };
        assert_eq!(world.submit(next, Interest::Nothing), Ok(spec(3).id));
        assert_eq!(world.step(Input::Cancel { task: spec(3).id, delivered: 0 }).0, Answer::Cancelled(true));
        // Nobody is there any more who could leave.
        assert!(world.step(Input::Leave { task: id, delivered: 2 }).1.is_empty());
        assert_eq!(world.step(Input::Cancel { task: id, delivered: 2 }).0, Answer::Cancelled(false));
    }
}

#[test]
fn a_task_that_nobody_waits_for_is_not_cancelled_by_who_reads_along() {
    let mut world = world();
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    world.step(Input::Follow { task: id });
    world.step(Input::Leave { task: id, delivered: 1 });
    assert!(!world.state(id).is_terminal());
    assert_eq!(world.step(Input::Deserted { task: id, delivered: 3 }).0, Answer::Nothing);
    let owed = world.machine.task(&id).expect("it is kept").spec.quote().owed(0, 3);
    assert_eq!((world.state(id).clone(), world.machine.accounts().owed()), (State::Cancelled, owed));
}

#[test]
fn what_cannot_be_paid_is_refused_and_the_operator_hears_once() {
    let mut world = world();
    let bound = world.machine.prices().rate("m").quote(&spec(1).messages, 6).bound();
    world.step(Input::Funds(Funds { escrow: bound * 2 - 1, ..Funds::default() }));
    let limited = |max_price, budget| Input::Submit {
        tasks: vec![spec(1).into()],
        limits: Limits { max_price, budget, ..Limits::default() },
        interest: Interest::Nothing,
    };
    let answer = |world: &mut World, input| match world.step(input) {
        (Answer::Submitted(answer), effects) => (answer, effects),
        other => panic!("{other:?}"),
    };
    assert!(matches!(answer(&mut world, limited(Some(bound - 1), None)).0, Err(SubmitError::PriceAboveCap { .. })));
    assert!(matches!(answer(&mut world, limited(None, Some(bound - 1))).0, Err(SubmitError::BudgetSpent { .. })));
    assert!(answer(&mut world, limited(Some(bound), Some(bound))).0.is_ok());
    // The first one has reserved more than half.
    let more = || Input::Submit { tasks: vec![spec(2).into()], limits: Limits::default(), interest: Interest::Nothing };
    let told = |effects: &[Effect]| effects.contains(&Effect::Notice(Notice::EscrowExhausted));
    let (refused, effects) = answer(&mut world, more());
    assert!(matches!(refused, Err(SubmitError::EscrowExhausted { .. })) && told(&effects));
    assert!(!told(&answer(&mut world, more()).1));
    // What costs nothing needs no escrow.
    assert!(world.submit(TaskSpec { model: "free".into(), ..spec(3) }, Interest::Nothing).is_ok());
    world.step(Input::Cancel { task: spec(1).id, delivered: 0 });
    assert!(answer(&mut world, more()).0.is_ok());
}

#[test]
fn a_request_is_refused_for_its_reason_and_leaves_nothing_behind() {
    let mut world = world();
    let before = world.machine.checkpoint();
    let unknown = TaskSpec { model: "x".into(), ..spec(1) };
    let known = vec!["free".to_owned(), "m".to_owned()];
    assert_eq!(world.submit(unknown, Interest::Nothing), Err(SubmitError::UnknownModel { model: "x".into(), known }));
    let many: Vec<_> = (1..=11).map(|number| spec(number).into()).collect();
    let (answer, effects) =
        world.step(Input::Submit { tasks: many, limits: Limits::default(), interest: Interest::Nothing });
    assert_eq!((answer, effects), (Answer::Submitted(Err(SubmitError::Overloaded { queued: 0 })), vec![]));
    world.step(Input::Disk { full: true });
    assert_eq!(world.submit(spec(1), Interest::Nothing), Err(SubmitError::DiskFull));
    world.step(Input::Disk { full: false });
    let mut empty = World::new(identity());
    assert_eq!(empty.submit(spec(1), Interest::Nothing), Err(SubmitError::NoMiners));
    assert_eq!(world.machine.checkpoint(), before);
    world.submit(spec(1), Interest::Nothing).expect("is accepted");
    // Ids are random: an equal one is a broken source.
    assert_eq!(world.submit(spec(1), Interest::Nothing), Err(SubmitError::RepeatedId));
    let before = world.machine.checkpoint();
    let (answer, _) = world.step(Input::Submit {
        tasks: [3, 3].map(|number| spec(number).into()).into(),
        limits: Limits::default(),
        interest: Interest::Nothing,
    });
    assert_eq!(answer, Answer::Submitted(Err(SubmitError::RepeatedId)));
    assert_eq!(world.machine.checkpoint(), before, "all are accepted or none");
    world.step(Input::Drain);
    assert_eq!(world.submit(spec(2), Interest::Nothing), Err(SubmitError::Draining));
    assert!(world.machine.is_draining() && world.machine.unfinished(true) == 1);
}

#[test]
fn v14_who_has_no_key_and_leaves_cancels_at_once() {
    let mut world = world();
    let id = world.submit(spec(1), Interest::Answer).expect("is accepted");
    world.step(Input::Leave { task: id, delivered: 0 });
    assert_eq!(*world.state(id), State::Cancelled);
}

#[test]
fn v2_a_key_is_known_for_longer_than_its_result_and_nothing_runs_twice() {
    let mut world = world();
    let with_key = |number: u8| {
        let idempotency = Some(Idempotency { key: B256::repeat_byte(number), body: B256::ZERO });
        TaskSpec { idempotency, ..spec(number) }
    };
    let id = world.submit(with_key(1), Interest::Answer).expect("is accepted");
    world.finish(world.lease(id), result(&[1], -0.5));
    assert!(world.machine.tasks.forget(&id).is_some());
    let again = || TaskSpec { id: spec(9).id, ..with_key(1) };
    assert_eq!(world.submit(again(), Interest::Answer), Err(SubmitError::ResultGone));
    // What is fetched later is counted until it is fetched.
    let id = world.submit(spec(2), Interest::Nothing).expect("is accepted");
    world.finish(world.lease(id), result(&[1], -0.5));
    let unread = |world: &mut World| !world.machine.readers.shelves.has_room(Some("shop"), world.now);
    for number in 0..MOST_RESULTS - 1 {
        let id = TaskId(B256::left_padding_from(&number.to_be_bytes()));
        world.machine.readers.shelves.keep(Some("shop"), id, 1, true, 1);
    }
    assert!(unread(&mut world));
    assert_eq!(world.submit(spec(3), Interest::Nothing), Err(SubmitError::Unfetched));
    assert!(world.submit(spec(4), Interest::Answer).is_ok(), "who waits for an answer gets it");
    world.step(Input::Fetched { task: id });
    world.submit(spec(3), Interest::Nothing).expect("is accepted");
}
