//! Tests of whose fault it is that sessions end, and of miners that refuse what they offer to do or let it run out.

use super::world::{World, identity, miner, snapshot, spec};
use crate::{
    coordinator::{Answer, Effect, Funds, Input, Interest, Metric, Session, blame::MAX_UNBLAMED},
    task::{State, TaskId, TaskSpec},
    wire::RefuseCode,
};

fn world() -> World {
    let mut world = World::new(identity());
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
    world
}

/// Time passes, with ticks as a coordinator that is awake has them.
fn pass(world: &mut World, millis: u64) -> Vec<Effect> {
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

fn losses(effects: &[Effect]) -> usize {
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

#[test]
fn v4_who_lets_tasks_run_out_has_lost_them() {
    let mut world = world();
    let session = world.connect(miner(1), 1);
    let paused = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Pause { .. }));
    let run_out = |world: &mut World, number: u8, millis: u64| {
        let deadline = world.now + millis;
        world.submit(TaskSpec { deadline, ..spec(number) }, Interest::Nothing).expect("is accepted");
        pass(world, millis + 250)
    };
    // Nobody could do them in so little time.
    assert!((0..20).all(|number| !paused(&run_out(&mut world, number, 2_000))));
    assert!((20..40).any(|number| paused(&run_out(&mut world, number, 12_000))));
    assert!(world.machine.connected().contains(&(miner(1), session)));
}

#[test]
fn v4_who_leaves_again_and_again_is_written_down_once() {
    let mut world = world();
    let session = world.connect(miner(1), 1);
    world.step(Input::Drained { node: miner(1), session });
    assert!(world.step(Input::Drained { node: miner(1), session }).1.is_empty());
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
