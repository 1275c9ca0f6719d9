//! Tests of tasks whose time runs out at their miners: whose fault that is.

use super::{
    doubts::{is_paused, losses, pass, world},
    world::{World, miner, result, spec},
};
use crate::{
    coordinator::{Effect, Input, Interest},
    task::{State, TaskSpec},
};

#[test]
fn v4_who_lets_tasks_run_out_has_lost_them() {
    let mut world = world();
    let session = world.connect(miner(1), 1);
    answer(&mut world, 50, 250);
    // Nobody could do them in so little time.
    assert!((0..20).all(|number| !is_paused(&run_out(&mut world, number, 2_000, None))));
    assert!((20..40).any(|number| is_paused(&run_out(&mut world, number, 12_000, None))));
    assert!(world.machine.connected().contains(&(miner(1), session)));
}

/// The miner takes a task with this much time, says its first tokens where there is a time for them, and nothing after that.
fn run_out(world: &mut World, number: u8, millis: u64, tokens_at: Option<u64>) -> Vec<Effect> {
    let (accepted_at, deadline) = (world.now, world.now + millis);
    let spec = TaskSpec { accepted_at, deadline, ..spec(number) };
    let id = world.submit(spec, Interest::Nothing).expect("is accepted");
    let lease = world.lease(id);
    world.step(Input::Started { lease });
    let mut effects = pass(world, tokens_at.unwrap_or(0));
    if tokens_at.is_some() {
        world.step(Input::Progress { lease, tokens: 1 });
        // The same token again is nothing new.
        effects.extend(pass(world, 250));
        world.step(Input::Progress { lease, tokens: 1 });
    }
    effects.extend(pass(world, deadline + 250 - world.now));
    assert_eq!(world.state(id), &State::Expired);
    effects
}

#[test]
fn v4_who_says_one_token_and_stops_has_lost_it() {
    let mut world = world();
    world.connect(miner(1), 1);
    // One whose words come until the end is only slow.
    assert_eq!((0..20).map(|number| losses(&run_out(&mut world, number, 30_000, Some(25_000)))).sum::<usize>(), 0);
    assert_eq!(losses(&run_out(&mut world, 20, 30_000, Some(250))), 1);
    assert!((21..40).any(|number| is_paused(&run_out(&mut world, number, 30_000, Some(250)))));
}

/// The miner answers ten tasks in this many milliseconds each, from a number on.
fn answer(world: &mut World, from: u8, wait: u64) {
    for number in from..from + 10 {
        let id =
            world.submit(TaskSpec { accepted_at: world.now, ..spec(number) }, Interest::Nothing).expect("is accepted");
        let lease = world.lease(id);
        world.step(Input::Started { lease });
        pass(world, wait);
        world.finish(lease, result(&[1], -0.5));
    }
}

#[test]
fn v4_who_is_given_less_time_than_answers_take_has_lost_nothing() {
    let mut world = world();
    world.connect(miner(1), 1);
    // Nobody knows yet how long an answer takes.
    assert_eq!((0..8).map(|number| losses(&run_out(&mut world, number, 9_000, None))).sum::<usize>(), 0);
    answer(&mut world, 10, 4_000);
    assert_eq!((20..28).map(|number| losses(&run_out(&mut world, number, 9_000, None))).sum::<usize>(), 0);
    assert_eq!(losses(&run_out(&mut world, 30, 13_000, None)), 1);
    // It may not take so long between two tokens.
    assert_eq!(losses(&run_out(&mut world, 31, 9_000, Some(250))), 1);
}

#[test]
fn v4_who_lets_short_tasks_run_out_has_lost_them() {
    let mut world = world();
    world.connect(miner(1), 1);
    answer(&mut world, 50, 250);
    assert_eq!(losses(&run_out(&mut world, 1, 9_000, None)), 1);
    assert_eq!(losses(&run_out(&mut world, 2, 9_000, Some(500))), 1);
    assert_eq!(losses(&run_out(&mut world, 3, 9_000, Some(6_000))), 0, "it was silent for less than half of the time");
    // One that waited for a miner until shortly before its end is nobody's fault.
    let first = world.submit(spec(4), Interest::Nothing).expect("is accepted");
    world.step(Input::Started { lease: world.lease(first) });
    let (accepted_at, deadline) = (world.now, world.now + 9_000);
    let waiting = TaskSpec { accepted_at, deadline, ..spec(5) };
    let waiting = world.submit(waiting, Interest::Nothing).expect("is accepted");
    pass(&mut world, 6_000);
    world.step(Input::Cancel { task: first, delivered: 0 });
    world.step(Input::Started { lease: world.lease(waiting) });
    assert_eq!((losses(&pass(&mut world, 3_250)), world.state(waiting)), (0, &State::Expired));
    assert!((6..40).any(|number| is_paused(&run_out(&mut world, number, 9_000, Some(250)))));
}

#[test]
fn v1_a_coordinator_that_slept_blames_nobody_for_what_has_run_out() {
    let mut world = world();
    world.connect(miner(1), 1);
    let deadline = world.now + 15_000;
    let id = world.submit(TaskSpec { deadline, ..spec(1) }, Interest::Nothing).expect("is accepted");
    world.step(Input::Started { lease: world.lease(id) });
    pass(&mut world, 1_000);
    world.now += 20_000;
    let (_, effects) = world.step(Input::Tick);
    assert_eq!((losses(&effects), world.state(id)), (0, &State::Expired));
}
