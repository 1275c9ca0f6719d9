//! Tests of what miners see: sessions, leases, pauses, and the order of tasks.

use super::world::{World, identity, kinds, miner, result, snapshot, spec};
use crate::{
    assign::{Snapshot, log::Entry},
    coordinator::{Effect, Event, Funds, Identity, Input, Interest, LeaseId, Metric, Notice},
    status::{ConditionKind, RECENT},
    task::{self, Stage, State, TaskId},
    wire::{CloseCode, RefuseCode},
};

fn world() -> World {
    let mut world = World::new(identity());
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
    world
}

#[test]
fn tasks_that_come_back_keep_their_places() {
    let mut world = world();
    let session = world.connect(miner(1), 4);
    for number in 0..4 {
        world.submit(spec(number), Interest::Nothing).expect("is accepted");
    }
    for number in [1, 0, 2] {
        let (lease, reason) = (world.lease(spec(number).id), "no room".to_owned());
        world.step(Input::Refused { lease, code: RefuseCode::Busy, reason });
    }
    let queue = world.machine.draws.queue(crate::task::Kind::Text, "m");
    assert_eq!(queue, [0, 1, 2].map(|number| spec(number).id));
    // Without a slot nothing is drawn; with some, in order.
    let effects = world.slots(miner(1), session, 4);
    let offered: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Offer(offer) => Some((offer.lease.task, offer.lease.attempt)),
            _ => None,
        })
        .collect();
    assert_eq!(offered, [0, 1, 2].map(|number| (spec(number).id, 2)));
    assert_eq!(world.machine.task(&spec(0).id).map(|task| task.faults), Some(0));
    assert_eq!(world.audit_log().picks, 7);
}

#[test]
fn a_session_that_ends_loses_what_it_held_and_another_miner_gets_it() {
    let mut world = world();
    let session = world.connect(miner(1), 4);
    for number in 0..3 {
        world.submit(spec(number), Interest::Nothing).expect("is accepted");
    }
    let old = world.lease(spec(0).id);
    let other = world.connect(miner(2), 3);
    // Long enough for the other one to be a witness.
    world.now += 12_000;
    // A newer session of the same key takes the place of this one.
    let (_, effects) = world.step(Input::Connect { node: miner(1) });
    let code = CloseCode::Replaced;
    assert!(
        matches!(&effects[0], Effect::Close { session: closed, code: found, .. } if (*closed, *found) == (session, code))
    );
    let (_, effects) = world.step(Input::Heard { node: miner(2), session: other });
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Metric(Metric::Lost))).count(), 3);
    assert!(!kinds(&effects).contains(&"stop"), "nobody is there to be stopped: {effects:?}");
    let given: Vec<_> = world.offered[3..].iter().map(|lease| (lease.node, lease.task)).collect();
    assert_eq!(given, [0, 1, 2].map(|number| (miner(2), spec(number).id)));
    // Whatever the old session still says changes nothing.
    let lease = old;
    let late = world.finish(lease, result(&[1], -0.5));
    assert_eq!(late, [Effect::Notice(Notice::Late(lease))]);
    for input in [
        Input::Started { lease },
        Input::Progress { lease, tokens: 1 },
        Input::Broken { lease, reason: "late".into() },
        Input::Diverged { lease, reason: "late".into() },
        Input::Refused { lease, code: RefuseCode::Invalid, reason: "late".into() },
        Input::Drained { node: miner(1), session },
        Input::Disconnect { node: miner(1), session, reason: "late".into() },
    ] {
        assert_eq!(world.step(input).1, [], "{lease:?}");
    }
    let other = LeaseId { attempt: 1, ..world.lease(spec(0).id) };
    assert_eq!(kinds(&world.finish(other, result(&[1], -0.5))), Vec::<&str>::new());
    assert_eq!(world.audit_log().by_miner, [(miner(1), 3), (miner(2), 3)].into());
}

#[test]
fn a_lease_starts_once_and_by_its_first_token_at_the_latest() {
    let mut world = world();
    world.connect(miner(1), 1);
    let id = world.submit(spec(1), Interest::Stream).expect("is accepted");
    let lease = world.lease(id);
    assert_eq!(kinds(&world.step(Input::Progress { lease, tokens: 1 }).1), ["started"]);
    assert!(kinds(&world.step(Input::Started { lease }).1).is_empty());
    world.now = 9;
    world.step(Input::Progress { lease, tokens: 5 });
    let row = world.machine.view(0).recent.remove(0);
    assert_eq!((row.id, row.first_token_at, row.completion_tokens, row.miner), (id, Some(1), 5, Some(miner(1))));
    assert_eq!(world.machine.view(0).tasks.completion_tokens, 5, "tokens are counted as they come");
    world.finish(lease, result(&[1, 2], -0.5));
    let row = world.machine.view(0).recent.remove(0);
    assert_eq!((row.first_token_at, row.ended_at, row.completion_tokens), (Some(1), Some(9), 2));
    // An answer that comes whole has its first token with its last.
    let id = world.submit(spec(2), Interest::Answer).expect("is accepted");
    let lease = world.lease(id);
    world.now = 12;
    world.finish(lease, result(&[1], -0.5));
    let rows = world.machine.view(0).recent;
    let row = rows.iter().find(|row| row.id == id).expect("is known");
    assert_eq!((row.first_token_at, row.ended_at), (Some(12), Some(12)));
}

#[test]
fn who_sends_something_wrong_is_stopped_and_who_differs_ends_the_task() {
    let mut world = world();
    world.connect(miner(1), 9);
    world.connect(miner(2), 9);
    let id = world.submit(spec(1), Interest::Stream).expect("is accepted");
    let lease = world.lease(id);
    let (_, effects) = world.step(Input::Broken { lease, reason: "its receipt is wrong".into() });
    assert_eq!(kinds(&effects), ["lost", "stop", "released", "queued", "picked", "leased", "offer"][..]);
    let second = world.lease(id);
    assert_ne!(second.node, lease.node);
    let (_, effects) = world.step(Input::Diverged { lease: second, reason: "it said something else".into() });
    assert!(matches!(world.state(id), State::Failed { reason, .. } if reason == "it said something else"));
    assert!(effects.contains(&Effect::Stop { lease: second }));
    assert_eq!(world.machine.unfinished(true), 0);
}

#[test]
fn a_miner_that_keeps_losing_pauses_and_takes_part_again() {
    let mut world = world();
    let session = world.connect(miner(5), 1);
    world.connect(miner(1), 1);
    let mut paused = None;
    for number in 0..200 {
        world.now += 2_000;
        let Ok(id) = world.submit(crate::task::TaskSpec { deadline: world.now + 1, ..spec(number) }, Interest::Nothing)
        else {
            break;
        };
        let lease = world.lease(id);
        let input = match lease.node == miner(5) {
            true => Input::Broken { lease, reason: "it stalls".into() },
            false => Input::Cancel { task: id, delivered: 0 },
        };
        let (_, effects) = world.step(input);
        paused = effects.iter().find_map(|effect| match effect {
            Effect::Pause { session: told, pause } if *told == session => Some(pause.seconds),
            _ => None,
        });
        world.step(Input::Cancel { task: id, delivered: 0 });
        if paused.is_some() {
            break;
        }
    }
    assert_eq!(paused, Some(60));
    assert_eq!(world.machine.view(0).nodes[&miner(5)].models[0].free, 0);
    world.now += 59_000;
    assert!(kinds(&world.step(Input::Tick).1).iter().all(|kind| *kind == "record"));
    world.now += 1_000;
    let (_, effects) = world.step(Input::Tick);
    assert!(matches!(&effects[0], Effect::Pause { pause, .. } if pause.seconds == 0), "{effects:?}");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Log(Entry::Offered { miner: node, .. }) if *node == miner(5)))
    );
    world.audit_log();
}

#[test]
fn an_operator_lifts_a_pause_and_the_next_one_is_longer_all_the_same() {
    let mut world = world();
    let session = world.connect(miner(5), 1);
    let mut number = 1;
    let mut until_paused = |world: &mut World| loop {
        (world.now, number) = (world.now + 2_000, number + 1);
        let id = world.submit(spec(number), Interest::Nothing).expect("is accepted");
        let lease = world.lease(id);
        let (_, effects) = world.step(Input::Broken { lease, reason: "it stalls".into() });
        world.step(Input::Cancel { task: id, delivered: 0 });
        let told = effects.iter().find_map(|effect| match effect {
            Effect::Pause { session: told, pause } if *told == session => Some(pause.seconds),
            _ => None,
        });
        if let Some(seconds) = told {
            return seconds;
        }
    };
    assert_eq!(until_paused(&mut world), 60);
    assert!(world.machine.is_paused(&miner(5)));
    let waiting = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(*world.state(waiting), State::Queued);
    assert_eq!(world.step(Input::Lift { miner: miner(1) }).1, [], "nothing to lift");
    let (_, effects) = world.step(Input::Lift { miner: miner(5) });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Pause { pause, .. } if pause.seconds == 0)));
    assert!(!world.machine.is_paused(&miner(5)));
    world.step(Input::Broken { lease: world.lease(waiting), reason: "it stalls".into() });
    world.step(Input::Cancel { task: waiting, delivered: 0 });
    assert_eq!(until_paused(&mut world), 120);
    world.audit_log();
}

#[test]
fn stakes_that_are_in_force_already_change_nothing() {
    let mut world = world();
    world.connect(miner(1), 1);
    assert_eq!(world.step(Input::Snapshot(snapshot(1))).1, []);
    // Nobody has stakes: nothing is drawn.
    let nobody = Snapshot { epoch: 2, ..Snapshot::default() };
    let (_, effects) = world.step(Input::Snapshot(nobody.into()));
    assert_eq!(kinds(&effects), ["log", "log"]);
    let id = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(*world.state(id), State::Queued);
    let (_, effects) = world.step(Input::Snapshot(snapshot(3)));
    // With stakes it can be said which manifest the name stands for.
    assert_eq!(kinds(&effects), ["log", "log", "bound", "log", "picked", "leased", "offer"]);
    let expelled = vec![(miner(1), world.lease(id).session), (miner(2), 1)];
    let (_, effects) = world.step(Input::Expel { sessions: expelled, reason: "it is gone".into() });
    assert!(matches!(&effects[0], Effect::Close { code: CloseCode::Closed, .. }));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Record(Event::Task(task::Event::Lost { reason, .. })) if reason == "it is gone"))
    );
    assert!(world.machine.connected().is_empty());
    world.step(Input::Snapshot(snapshot(4)));
    assert_eq!(world.audit_log().verified, 1);
}

#[test]
fn a_deadline_ends_a_task_wherever_it_is() {
    let mut world = world();
    world.connect(miner(1), 1);
    let (held, waiting) = (spec(1), spec(2));
    world.submit(held.clone(), Interest::Answer).expect("is accepted");
    world.submit(waiting.clone(), Interest::Answer).expect("is accepted");
    world.step(Input::Started { lease: world.lease(held.id) });
    world.now = held.deadline - 1;
    assert_eq!(world.step(Input::Tick).1, []);
    world.now += 1;
    let (_, effects) = world.step(Input::Tick);
    for spec in [&held, &waiting] {
        assert_eq!(*world.state(spec.id), State::Expired);
    }
    assert_eq!(kinds(&effects).iter().filter(|kind| **kind == "ended").count(), 2);
    assert_eq!(world.machine.accounts().reserved(), 0);
}

#[test]
fn a_dashboard_sees_every_task_that_runs_however_many_wait() {
    let mut world = World::new(Identity { max_queue: 1_000, ..identity() });
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
    world.connect(miner(1), 9);
    for number in 0..400 {
        let mut spec = spec((number % 250) as u8);
        spec.id = TaskId(alloy::primitives::keccak256([number as u8, (number >> 8) as u8]));
        world.submit(spec, Interest::Answer).expect("is accepted");
    }
    let rows = world.machine.view(0).recent;
    let in_state = |wanted: Stage| rows.iter().filter(|row| row.state == wanted).count();
    assert_eq!((in_state(Stage::Leased), in_state(Stage::Queued)), (9, RECENT));
    // Those that have waited longest are the ones that are shown.
    assert_eq!(world.machine.view(7_000).tasks.queued, 391);
}

#[test]
fn a_dashboard_says_why_a_miner_gets_nothing_and_why_a_task_failed() {
    let mut world = world();
    let session = world.connect(miner(1), 4);
    world.connect(miner(2), 4);
    assert_eq!(world.machine.view(0).nodes[&miner(1)].condition, None);
    world.step(Input::Drained { node: miner(1), session });
    let condition = |world: &World| world.machine.view(0).nodes[&miner(1)].condition.clone();
    assert_eq!(condition(&world).map(|condition| condition.kind), Some(ConditionKind::Draining));
    // It has no slot at the moment, and may have one again.
    world.connect(miner(3), 0);
    for number in 0..7 {
        world.now += 2_000;
        let id = world.submit(spec(number), Interest::Answer).expect("is accepted");
        let lease = world.lease(id);
        world.step(Input::Broken { lease, reason: "engine worker ended".into() });
    }
    let view = world.machine.view(world.now);
    let paused = view.nodes[&miner(2)].condition.clone().expect("it pauses");
    assert_eq!((paused.kind, paused.until.is_some()), (ConditionKind::Paused, true));
    assert!(paused.why.raw().contains("loses too many tasks"), "{paused:?}");
    assert!(view.nodes[&miner(2)].quality.is_some_and(|quality| quality.success_ppm < 1_000_000));
    assert_eq!((view.recent[0].lost_by.clone(), view.tasks.lost > 0), (vec![miner(2)], true));
    // The task's end has its reason.
    let id = view.recent[0].id;
    world.step(Input::Cancel { task: id, delivered: 0 });
    world.now += 10_000_000;
    world.step(Input::Tick);
    let rows = world.machine.view(world.now).recent;
    let expired = rows.iter().find(|row| row.state == Stage::Expired).expect("one expired");
    assert!(expired.reason.as_ref().is_some_and(|reason| reason.raw().contains("deadline")), "{expired:?}");
}
