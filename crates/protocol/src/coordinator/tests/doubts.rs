//! Tests of whose fault it is that sessions end, and of miners that refuse what they offer to do.

use alloy::primitives::keccak256;

use super::world::{World, identity, miner, result, snapshot, spec};
use crate::{
    coordinator::{Answer, Effect, Funds, Input, Interest, LeaseId, Metric, Session, blame::MAX_UNBLAMED},
    task::{State, TaskId, TaskSpec},
    wire::RefuseCode,
};

pub(super) fn world() -> World {
    let mut world = World::new(identity());
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
    world
}

/// Time passes, with ticks as a coordinator that is awake has them.
pub(super) fn pass(world: &mut World, millis: u64) -> Vec<Effect> {
    let mut all = vec![];
    for _ in 0..millis / 250 {
        world.now += 250;
        all.extend(world.step(Input::Tick).1);
    }
    all
}

fn disconnect(world: &mut World, number: u8, session: Session) -> Vec<Effect> {
    world.step(Input::Disconnect { node: miner(number), session, reason: "its connection ended".into() }).1
}

fn heard(world: &mut World, number: u8, session: Session) -> Vec<Effect> {
    world.step(Input::Heard { node: miner(number), session }).1
}

pub(super) fn losses(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Metric(Metric::Lost))).count()
}

fn holder(world: &World, id: TaskId) -> Option<u8> {
    let miner = world.machine.task(&id)?.state.miner()?;
    Some(miner[0])
}

/// So long after its login a miner is a witness.
const LONG_SINCE: u64 = 12_000;

/// Three miners with a task each, which have been there for long.
fn busy() -> (World, Vec<(u8, Session, TaskId)>) {
    let mut world = world();
    pass(&mut world, 1_000);
    let sessions: Vec<_> = (1..=3).map(|number| (number, world.connect(miner(number), 1))).collect();
    pass(&mut world, LONG_SINCE);
    let ids: Vec<_> =
        (1..=3).map(|number| world.submit(spec(number), Interest::Nothing).expect("is accepted")).collect();
    let of = |number: u8| *ids.iter().find(|id| holder(&world, **id) == Some(number)).expect("each has one");
    let busy = sessions.iter().map(|(number, session)| (*number, *session, of(*number))).collect();
    (world, busy)
}

#[test]
fn v1_who_dies_alone_is_at_fault_once_the_others_have_answered() {
    let (mut world, busy) = busy();
    let (_, dead, id) = busy[0];
    let asked = disconnect(&mut world, 1, dead);
    let of = asked.iter().filter_map(|effect| match effect {
        Effect::Ask { session } => Some(*session),
        _ => None,
    });
    let of: Vec<_> = of.collect();
    assert_eq!((of, losses(&asked)), (vec![busy[1].1, busy[2].1], 0));
    assert_eq!(losses(&heard(&mut world, 2, busy[1].1)), 0);
    // Everybody is there: nobody has to wait for the time to pass.
    assert_eq!(losses(&heard(&mut world, 3, busy[2].1)), 1);
    assert_eq!((world.state(id), world.machine.task(&id).map(|task| task.faults)), (&State::Queued, Some(1)));
    assert_eq!(world.audit_log().picks, 3);
}

#[test]
fn v1_links_that_end_together_are_nobodys_fault_however_often() {
    let (mut world, mut busy) = busy();
    for round in 0..MAX_UNBLAMED {
        // Each end is noticed in its own time.
        let mut effects = vec![];
        for (number, session, _) in &busy {
            effects.extend(disconnect(&mut world, *number, *session));
            effects.extend(pass(&mut world, 500));
        }
        effects.extend(pass(&mut world, 1_000));
        assert_eq!(losses(&effects), 0, "round {round}");
        for (_, _, id) in &busy {
            assert_eq!((world.state(*id), world.machine.task(id).map(|task| task.faults)), (&State::Queued, Some(0)));
        }
        for (number, session, _) in &mut busy {
            *session = world.connect(miner(*number), 1);
        }
        assert!(busy.iter().all(|(_, _, id)| holder(&world, *id).is_some()), "they are given out again");
        pass(&mut world, 3_000);
    }
    // What ends its sessions again and again may be the reason for that.
    let mut effects = vec![];
    for (number, session, _) in &busy {
        effects.extend(disconnect(&mut world, *number, *session));
    }
    assert_eq!(losses(&effects), 3);
    world.audit_log();
}

#[test]
fn v1_who_has_logged_in_since_is_no_witness() {
    let (mut world, busy) = busy();
    disconnect(&mut world, 1, busy[0].1);
    pass(&mut world, 500);
    // These are back already, or new, when the end of the last one is noticed.
    let newer: Vec<_> = [1, 4, 5].map(|number| (number, world.connect(miner(number), 0))).into();
    let mut effects = disconnect(&mut world, 2, busy[1].1);
    effects.extend(disconnect(&mut world, 3, busy[2].1));
    for (number, session) in newer {
        effects.extend(heard(&mut world, number, session));
    }
    effects.extend(pass(&mut world, 2_000));
    assert_eq!(losses(&effects), 0);
    assert!(busy.iter().all(|(_, _, id)| world.state(*id) == &State::Queued));
}

#[test]
fn v1_who_was_back_before_the_first_end_was_noticed_is_no_witness() {
    let mut world = world();
    pass(&mut world, 1_000);
    let second = world.connect(miner(2), 1);
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    world.step(Input::Started { lease: world.lease(id) });
    world.connect(miner(1), 1);
    pass(&mut world, LONG_SINCE);
    // Both links break. One miner is back at once; of the other one nothing is heard for as long as that takes to be noticed.
    pass(&mut world, 500);
    let first = world.connect(miner(1), 1);
    pass(&mut world, 9_750);
    let mut effects = disconnect(&mut world, 2, second);
    effects.extend(pass(&mut world, 500));
    effects.extend(heard(&mut world, 1, first));
    effects.extend(pass(&mut world, 2_000));
    assert_eq!((losses(&effects), world.machine.task(&id).map(|task| task.faults)), (0, Some(0)));
}

#[test]
fn v1_what_was_lost_goes_to_nobody_who_is_silent() {
    let mut world = world();
    pass(&mut world, 1_000);
    let first = world.connect(miner(1), 1);
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(holder(&world, id), Some(1));
    let (second, third) = (world.connect(miner(2), 1), world.connect(miner(3), 1));
    pass(&mut world, LONG_SINCE);
    disconnect(&mut world, 1, first);
    heard(&mut world, 2, second);
    assert_eq!(holder(&world, id), Some(1), "the other one may still answer");
    pass(&mut world, 1_500);
    assert_eq!(holder(&world, id), Some(2));
    let other = world.submit(spec(2), Interest::Nothing).expect("is accepted");
    assert_eq!(world.state(other), &State::Queued, "a silent miner takes no part");
    heard(&mut world, 3, third);
    assert_eq!(holder(&world, other), Some(3));
    assert_eq!(world.audit_log().picks, 3, "the log shows why it was left out");
}

#[test]
fn v1_a_lone_miner_gets_its_task_again() {
    let mut world = world();
    pass(&mut world, 1_000);
    let session = world.connect(miner(1), 1);
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(losses(&disconnect(&mut world, 1, session)), 0);
    assert_eq!(world.state(id), &State::Queued);
    world.connect(miner(1), 1);
    assert_eq!((holder(&world, id), world.machine.task(&id).map(|task| task.attempt)), (Some(1), Some(2)));
}

#[test]
fn v1_a_coordinator_that_slept_blames_nobody() {
    let (mut world, busy) = busy();
    world.now += 12_000;
    world.step(Input::Tick);
    let mut effects = disconnect(&mut world, 1, busy[0].1);
    effects.extend(heard(&mut world, 2, busy[1].1));
    effects.extend(heard(&mut world, 3, busy[2].1));
    assert_eq!((losses(&effects), world.state(busy[0].2)), (0, &State::Queued));
    // Awake again for long enough, it does.
    pass(&mut world, 13_000);
    let Answer::Connected(session) = world.step(Input::Connect { node: miner(1) }).0 else { panic!("it connects") };
    world.slots(miner(1), session, 1);
    let mut effects = disconnect(&mut world, 1, session);
    effects.extend(heard(&mut world, 2, busy[1].1));
    effects.extend(heard(&mut world, 3, busy[2].1));
    assert_eq!(losses(&effects), 1);
}

#[test]
fn v4_who_offers_slots_and_refuses_whatever_comes_pauses() {
    let mut world = world();
    let session = world.connect(miner(1), 1);
    let id = world.submit(TaskSpec { deadline: 1_000_000_000, ..spec(1) }, Interest::Nothing).expect("is accepted");
    for _ in 0..100 {
        world.now += 1_000;
        world.slots(miner(1), session, 1);
        if holder(&world, id).is_some() {
            let (lease, reason) = (world.lease(id), "no".to_owned());
            world.step(Input::Refused { lease, code: RefuseCode::Busy, reason });
        }
    }
    let attempts = world.machine.task(&id).map(|task| task.attempt);
    assert!(attempts.is_some_and(|attempts| attempts < 20), "{attempts:?}");
}

pub(super) fn is_paused(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Pause { pause, .. } if pause.seconds > 0))
}

/// Honest miners answer at once, and this one gives signs of life and nothing else. How many tasks it was given.
fn with_black_hole(world: &mut World, hole: (u8, Session), effects: Vec<Effect>) -> usize {
    let (mut taken, mut effects) = (0, std::collections::VecDeque::from(effects));
    while let Some(effect) = effects.pop_front() {
        match effect {
            Effect::Offer(offer) if offer.lease.node == miner(hole.0) => taken += 1,
            Effect::Offer(offer) => effects.extend(world.finish(offer.lease, result(&[1], -0.5))),
            Effect::Ask { session } if session == hole.1 => effects.extend(heard(world, hole.0, session)),
            _ => {}
        }
    }
    taken
}

#[test]
fn v4_a_black_hole_with_a_fifth_of_the_stake_gets_few_tasks_after_its_first_minute() {
    let mut world = world();
    pass(&mut world, 1_000);
    let hole = (3, world.connect(miner(3), 16));
    for number in [1, 2, 4, 5] {
        world.connect(miner(number), 16);
    }
    let (mut ids, mut first, mut later) = (vec![], 0, 0);
    // Ten tasks a second for ten minutes.
    for number in 0..6_000u32 {
        world.now += 100;
        let (id, deadline) = (TaskId(keccak256(number.to_be_bytes())), world.now + 60_000);
        let spec = TaskSpec { id, deadline, accepted_at: world.now, ..spec(1) };
        let tasks = vec![spec.into()];
        let (_, mut effects) =
            world.step(Input::Submit { tasks, limits: Default::default(), interest: Interest::Nothing });
        effects.extend(world.step(Input::Tick).1);
        let taken = with_black_hole(&mut world, hole, effects);
        *(if number < 600 { &mut first } else { &mut later }) += taken;
        ids.push(id);
    }
    assert!(first >= 10 && later <= 54, "{first} in the first minute, and {later} of 5,400 after it");
    for _ in 0..40 {
        world.now += 250;
        let (_, effects) = world.step(Input::Tick);
        with_black_hole(&mut world, hole, effects);
    }
    let done = ids.iter().filter(|id| matches!(world.state(**id), State::Done { .. })).count();
    assert_eq!(done, ids.len(), "another miner does what it has kept to itself");
    world.audit_log();
}

#[test]
fn v4_what_is_kept_without_a_word_is_lost_after_five_seconds_and_what_was_begun_is_not() {
    let mut world = world();
    pass(&mut world, 1_000);
    let sessions = [1, 2].map(|number| (number, world.connect(miner(number), 1)));
    let ids = [1, 2].map(|number| world.submit(spec(number), Interest::Nothing).expect("is accepted"));
    let of = |world: &World, number| *ids.iter().find(|id| holder(world, **id) == Some(number)).expect("each has one");
    let (silent, begun) = (of(&world, 1), of(&world, 2));
    // A quiet answer may take its time once the miner has said that it has begun.
    pass(&mut world, 1_000);
    world.step(Input::Started { lease: world.lease(begun) });
    let effects = pass(&mut world, 1_000);
    let asked: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::Ask { .. })).collect();
    assert_eq!(asked, [&Effect::Ask { session: sessions[0].1 }]);
    heard(&mut world, 1, sessions[0].1);
    assert_eq!(losses(&pass(&mut world, 2_750)), 0);
    assert_eq!(losses(&pass(&mut world, 250)), 1);
    assert_eq!((world.state(silent), world.machine.task(&silent).map(|task| task.faults)), (&State::Queued, Some(1)));
    assert_eq!((losses(&pass(&mut world, 60_000)), holder(&world, begun)), (0, Some(2)));
}

#[test]
fn v1_what_has_not_reached_its_miner_is_not_lost_by_it() {
    let mut world = world();
    pass(&mut world, 1_000);
    let sessions = [1, 2].map(|number| (number, world.connect(miner(number), 2)));
    let ids: Vec<_> =
        (1..=4).map(|number| world.submit(spec(number), Interest::Nothing).expect("is accepted")).collect();
    let of = |world: &World, number| {
        let mine = ids.iter().copied().filter(|id| holder(world, *id) == Some(number));
        mine.map(|id| world.lease(id)).collect::<Vec<LeaseId>>()
    };
    let (first, second) = (of(&world, 1), of(&world, 2));
    // Both lines stall. The one whose line goes on says at once what it has got.
    assert_eq!(losses(&pass(&mut world, 9_000)), 0);
    world.step(Input::Started { lease: first[0] });
    heard(&mut world, 1, sessions[0].1);
    pass(&mut world, 500);
    world.step(Input::Started { lease: first[1] });
    assert_eq!(losses(&disconnect(&mut world, 2, sessions[1].1)), 0);
    assert_eq!(losses(&pass(&mut world, 1_000)), 0, "it is not known yet whose fault the end of the other one is");
    // While a sign of life is owed nothing new is given out.
    assert!(world.machine.task(&second[0].task).is_some_and(|task| task.faults == 0));
    assert_eq!(losses(&pass(&mut world, 60_000)), 0);
    assert_eq!(of(&world, 1), first);
}

#[test]
fn v4_who_gives_no_sign_of_life_when_it_is_asked_gets_nothing_until_it_does_and_has_lost_what_it_had() {
    let mut world = world();
    pass(&mut world, 1_000);
    let session = world.connect(miner(1), 2);
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(losses(&pass(&mut world, 3_500)), 0);
    let other = world.submit(spec(2), Interest::Nothing).expect("is accepted");
    assert_eq!((holder(&world, id), holder(&world, other)), (Some(1), None));
    world.connect(miner(2), 2);
    assert_eq!(losses(&pass(&mut world, 12_000)), 1);
    assert_eq!(world.machine.task(&id).map(|task| task.lost_by.clone()), Some(vec![miner(1)]));
    world.step(Input::Expel {
        sessions: world.machine.connected().into_iter().skip(1).collect(),
        reason: "gone".into(),
    });
    let third = world.submit(spec(3), Interest::Nothing).expect("is accepted");
    assert_eq!(holder(&world, third), None);
    heard(&mut world, 1, session);
    assert_eq!(holder(&world, third), Some(1));
    world.audit_log();
}

#[test]
fn v4_who_leaves_again_and_again_is_written_down_once() {
    let mut world = world();
    let session = world.connect(miner(1), 1);
    world.step(Input::Drained { node: miner(1), session });
    assert!(world.step(Input::Drained { node: miner(1), session }).1.is_empty());
}

#[test]
fn v6_what_has_not_left_yet_is_not_lost_by_its_miner() {
    let mut world = world();
    pass(&mut world, 1_000);
    let session = world.connect(miner(1), 2);
    world.stalls = true;
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    let short = TaskSpec { deadline: world.now + 20_000, ..spec(2) };
    let short = world.submit(short, Interest::Nothing).expect("is accepted");
    let lease = world.lease(id);
    // Its disk takes half a minute, and nobody hears of the tasks in that time.
    let effects = pass(&mut world, 30_000);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Ask { .. })));
    assert_eq!((losses(&effects), world.state(short), holder(&world, id)), (0, &State::Expired, Some(1)));
    world.stalls = false;
    world.step(Input::Given { leases: vec![lease, LeaseId { attempt: 2, ..lease }] });
    let effects = pass(&mut world, 2_000);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask { .. })));
    heard(&mut world, 1, session);
    assert_eq!((losses(&pass(&mut world, 2_750)), losses(&pass(&mut world, 250))), (0, 1));
}

#[test]
fn v6_nothing_is_given_out_while_the_disk_is_full() {
    let mut world = world();
    world.connect(miner(1), 2);
    let first = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    world.step(Input::Disk { full: true });
    let lease = world.lease(first);
    world.connect(miner(2), 2);
    world.step(Input::Refused { lease, code: RefuseCode::Failed, reason: "no".into() });
    assert_eq!(world.state(first), &State::Queued);
    world.step(Input::Disk { full: false });
    assert_eq!(holder(&world, first), Some(2));
    world.audit_log();
}

#[test]
fn v23_a_lone_miner_gets_back_what_its_engine_broke_off_after_a_rest() {
    let mut world = world();
    world.connect(miner(1), 2);
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    let mut lost = 0;
    for rest in [1_000, 4_000, 16_000] {
        let lease = world.lease(id);
        lost += losses(&world.step(Input::Broken { lease, reason: "its engine died".into() }).1);
        pass(&mut world, rest - 250);
        assert_eq!(world.state(id), &State::Queued, "it rests for {rest} ms");
        pass(&mut world, 250);
        assert_eq!(holder(&world, id), Some(1), "it has rested for {rest} ms");
    }
    let lease = world.lease(id);
    let (code, reason) = (RefuseCode::Failed, "no memory".to_owned());
    lost += losses(&world.step(Input::Refused { lease, code, reason }).1);
    let State::Failed { reason, .. } = world.state(id) else { panic!("{:?}", world.state(id)) };
    assert_eq!((lost, reason.as_str()), (4, "its only miner lost it 4 times, the last time: no memory"));
    // Others are not held up by what rests, and each draw can be repeated from what was published.
    let first = world.submit(spec(2), Interest::Nothing).expect("is accepted");
    let lease = world.lease(first);
    world.step(Input::Broken { lease, reason: "again".into() });
    let second = world.submit(spec(3), Interest::Nothing).expect("is accepted");
    assert_eq!((holder(&world, first), holder(&world, second)), (None, Some(1)));
    assert_eq!(world.audit_log().picks, 6);
}

#[test]
fn v23_what_another_miner_can_be_given_goes_to_it_at_once() {
    let mut world = world();
    let leaving = world.connect(miner(1), 1);
    world.connect(miner(2), 1);
    let ids = [1, 2].map(|number| world.submit(spec(number), Interest::Nothing).expect("is accepted"));
    let id = *ids.iter().find(|id| holder(&world, **id) == Some(2)).expect("each has one");
    let lease = world.lease(id);
    world.step(Input::Broken { lease, reason: "its engine died".into() });
    assert_eq!(world.machine.task(&id).map(|task| task.lost_by.clone()), Some(vec![miner(2)]));
    // A miner that takes no more work is nobody to wait for.
    world.step(Input::Drained { node: miner(1), session: leaving });
    let other = world.submit(spec(3), Interest::Nothing).expect("is accepted");
    let lease = world.lease(other);
    world.step(Input::Broken { lease, reason: "its engine died".into() });
    pass(&mut world, 1_000);
    assert_eq!(holder(&world, other), Some(2));
}
