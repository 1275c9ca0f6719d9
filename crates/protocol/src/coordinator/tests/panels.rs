//! Tests of the panels that decide on a suspect: who is waited for and for how long, whose silence counts for nothing, and that every
//! suspicion ends.

use alloy::primitives::Address;

use super::{
    audit_world::{
        EVERYTHING, FALSE, accuse, answer, audited, connect, examinations, examine, examine_all, hand_in, honest,
        is_confirmed, later, outcome, own, standing, with_money, world,
    },
    world::{World, miner},
};
use crate::{
    coordinator::{Effect, GRACE, HOLD, Input, LONGEST_SUSPICION, Policy, Standing},
    task::Outcome,
    wire::RefuseCode,
};

/// Node 1 answers falsely.
fn cheat(node: Address) -> ([u32; 6], f32) {
    if node == miner(1) { (FALSE, -1.0) } else { honest(node) }
}

/// How an auditor keeps from examining anything.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Silence {
    Refuses,
    IsBusy,
    Never,
    Leaves,
    Nonsense,
}

/// All examinations are handed in, except those of the silent.
fn examine_but(world: &mut World, silent: &[u8], how: Silence) {
    loop {
        let found = examinations(world);
        let is_silent = |node: &Address| silent.iter().any(|number| miner(*number) == *node);
        let next = found.into_iter().find(|(lease, _)| how != Silence::Never || !is_silent(&lease.node));
        let Some((lease, task)) = next else { break };
        let node = lease.node;
        if !is_silent(&node) {
            let examined = examine(&outcome(world, task));
            hand_in(world, lease, &examined);
            continue;
        }
        let refuse = |world: &mut World, code| {
            world.step(Input::Refused { lease, code, reason: "no".into() });
        };
        match how {
            Silence::Refuses => refuse(world, RefuseCode::Failed),
            Silence::IsBusy => refuse(world, RefuseCode::Busy),
            Silence::Leaves => {
                world.step(Input::Disconnect { node, session: lease.session, reason: "gone".into() });
            }
            Silence::Nonsense => {
                let mut short = examine(&outcome(world, task));
                short.positions.pop();
                hand_in(world, lease, &short);
            }
            Silence::Never => {}
        }
    }
    // Those who were busy, or have left, come back as if nothing had been.
    if matches!(how, Silence::IsBusy | Silence::Leaves) {
        connect(world, silent.iter().copied());
    }
}

#[test]
fn i13_an_accomplice_that_examines_nothing_saves_nobody() {
    use Silence::{IsBusy, Leaves, Never, Nonsense, Refuses};
    for how in [Refuses, IsBusy, Never, Leaves, Nonsense] {
        let mut world = world(&[1, 2, 3, 4]);
        let mut suspected = None;
        for value in 0..300 {
            answer(&mut world, value, cheat);
            examine_but(&mut world, &[4], how);
            later(&mut world, 5_000);
            if standing(&world, 1) != Standing::Good {
                suspected.get_or_insert(world.now);
            }
            if is_confirmed(&world, 1) {
                break;
            }
        }
        assert!(is_confirmed(&world, 1), "{how:?}: {:?}", standing(&world, 1));
        assert!(world.now <= suspected.expect("it was suspected") + GRACE + 10_000, "{how:?}");
        assert!((2..=4).all(|number| !is_confirmed(&world, number)), "{how:?}");
    }
}

#[test]
fn i13_who_examines_nothing_takes_no_seat_from_those_who_do() {
    for run in 0..8u64 {
        let mut world = World::new(audited(EVERYTHING));
        world.entropy.0 = run << 32;
        with_money(&mut world, 1);
        connect(&mut world, 1..=5);
        for value in 0..300 {
            answer(&mut world, run as u32 * 1_000 + value, cheat);
            examine_but(&mut world, &[4, 5], Silence::Refuses);
            later(&mut world, 5_000);
            if is_confirmed(&world, 1) {
                break;
            }
        }
        assert!(is_confirmed(&world, 1), "run {run}: {:?}", standing(&world, 1));
    }
}

#[test]
fn whose_engine_failed_a_few_times_is_heard_again_once_it_works() {
    let mut world = world(&[1, 2]);
    for value in 0..20 {
        answer(&mut world, value, honest);
        examine_but(&mut world, &[2], Silence::Refuses);
    }
    let missed = |world: &World| world.machine.audits().record(&miner(2)).map(|record| record.missed);
    assert!(missed(&world) >= Some(3), "{:?}", missed(&world));
    // A restart of the coordinator is nobody's fault.
    let before = missed(&world);
    answer(&mut world, 20, honest);
    world.restart();
    assert_eq!(missed(&world), before);
    with_money(&mut world, 1);
    connect(&mut world, [1, 2]);
    // It is asked, since there is nobody else.
    for value in 21..30 {
        answer(&mut world, value, honest);
    }
    examine_all(&mut world, |_, outcome| examine(outcome));
    assert_eq!(missed(&world), Some(0));
}

#[test]
fn i13_two_accusers_do_not_convict_while_the_others_are_away_for_a_moment() {
    // 4 and 5 work together against 1, and 2 and 3 are not there when they begin.
    let mut world = world(&[1, 4, 5]);
    let is_theirs = |auditor: Address| auditor == miner(4) || auditor == miner(5);
    let says = move |auditor: Address, outcome: &Outcome| match outcome.receipt.ticket.miner == miner(1) {
        true if is_theirs(auditor) => accuse(outcome),
        _ => examine(outcome),
    };
    let accusers = |world: &World| {
        let record = world.machine.audits().record(&miner(1));
        record.map_or(0, |record| {
            record.all_evidence().filter(|evidence| is_theirs(evidence.auditor) && evidence.gross > 0).count()
        })
    };
    let mut value = 0;
    while accusers(&world) < 2 {
        assert!(value < 100);
        answer(&mut world, value, honest);
        examine_all(&mut world, says);
        value += 1;
    }
    assert!(matches!(standing(&world, 1), Standing::Suspected { .. }), "{:?}", standing(&world, 1));
    later(&mut world, 60_000);
    assert!(!is_confirmed(&world, 1));
    connect(&mut world, [2, 3]);
    for _ in 0..40 {
        answer(&mut world, value, honest);
        examine_all(&mut world, says);
        later(&mut world, 10);
        value += 1;
    }
    assert_eq!(standing(&world, 1), Standing::Good);
    let book = world.machine.audits();
    assert!([4, 5].iter().all(|number| book.record(&miner(*number)).is_some_and(|record| record.contradicted)));
    later(&mut world, GRACE);
    assert_eq!(world.machine.audits().counts().confirmed, 0);
}

#[test]
fn i13_two_that_agree_are_enough_once_the_time_for_others_is_over() {
    let mut world = world(&[1, 2, 3]);
    let accused_by = |world: &World| {
        let record = world.machine.audits().record(&miner(1));
        record.map_or(0, |record| {
            let of_one = record.all_evidence().filter(|evidence| !evidence.auditor.is_zero());
            of_one.filter(|evidence| evidence.gross > 0).count()
        })
    };
    let mut value = 0;
    while accused_by(&world) < 2 {
        assert!(value < 100);
        answer(&mut world, value, cheat);
        examine_all(&mut world, |_, outcome| examine(outcome));
        value += 1;
    }
    let suspected = world.now;
    later(&mut world, GRACE - 1);
    assert!(!is_confirmed(&world, 1), "others may still come");
    // Nothing is answered or examined any more: the time alone decides, also after a restart.
    world.restart();
    assert!(world.now >= suspected + GRACE);
    later(&mut world, 0);
    assert!(is_confirmed(&world, 1), "{:?}", standing(&world, 1));
    assert_eq!(world.replayed(), world.machine.checkpoint());
    assert_eq!(world.machine.accounts().held().count(), 0);
}

#[test]
fn i13_a_suspicion_that_one_auditor_alone_has_ends_and_nobody_is_blamed() {
    let mut world = world(&[1, 5]);
    let says = |_: Address, outcome: &Outcome| match outcome.receipt.ticket.miner == miner(1) {
        true => accuse(outcome),
        false => examine(outcome),
    };
    let mut value = 0;
    while standing(&world, 1) == Standing::Good {
        assert!(value < 100);
        answer(&mut world, value, honest);
        examine_all(&mut world, says);
        value += 1;
    }
    later(&mut world, LONGEST_SUSPICION - 1);
    assert!(matches!(standing(&world, 1), Standing::Suspected { .. }));
    later(&mut world, 1);
    assert_eq!(standing(&world, 1), Standing::Good);
    let book = world.machine.audits();
    assert!(book.record(&miner(5)).is_some_and(|record| !record.contradicted));
    assert_eq!((book.counts().lapsed, book.counts().acquitted, book.counts().confirmed), (1, 0, 0));
    assert_eq!(world.machine.accounts().held().count(), 0);
    assert_eq!(world.replayed(), world.machine.checkpoint());
    // What was found is not forgotten: with one more that says the same, it is enough.
    own(&mut world, 0);
    connect(&mut world, [3]);
    let says = |_: Address, outcome: &Outcome| match outcome.receipt.ticket.miner == miner(1) {
        true => accuse(outcome),
        false => examine(outcome),
    };
    for _ in 0..300 {
        answer(&mut world, value, honest);
        examine_all(&mut world, says);
        later(&mut world, 5_000);
        value += 1;
    }
    assert!(is_confirmed(&world, 1), "{:?}", standing(&world, 1));
}

#[test]
fn i13_what_was_found_of_a_suspect_is_kept_until_the_suspicion_has_ended() {
    let mut world = world(&[1, 2, 3]);
    let mut answers = vec![];
    while standing(&world, 1) == Standing::Good
        || world.machine.audits().pending().next().is_some()
        || answers.len() < 3
    {
        assert!(answers.len() < 100);
        let (lease, _) = answer(&mut world, answers.len() as u32, cheat);
        answers.push((lease.node, lease.task));
        examine_all(&mut world, |_, outcome| examine(outcome));
        later(&mut world, HOLD);
    }
    let is_kept = |world: &World, node: u8| {
        answers.iter().any(|(by, task)| *by == miner(node) && world.machine.task(task).is_some())
    };
    // It leaves, and many others are asked in its place.
    let session = world.machine.connected().into_iter().find(|(node, _)| *node == miner(1)).expect("it is there").1;
    world.step(Input::Disconnect { node: miner(1), session, reason: "gone".into() });
    world.machine.identity.audits = Policy { first: 0, percent: 0 };
    for value in 0..10_200 {
        answer(&mut world, 1_000_000 + value, honest);
        world.offers.clear();
        world.events.clear();
    }
    assert!(is_kept(&world, 1) && !is_kept(&world, 2) && !is_kept(&world, 3));
    let effects = later(&mut world, GRACE);
    let shown = effects.iter().find_map(|effect| match effect {
        Effect::Confirmed(confirmed) => Some(confirmed.tasks.iter().map(|task| task.spec.id).collect::<Vec<_>>()),
        _ => None,
    });
    let shown = shown.expect("it is confirmed");
    assert!(!shown.is_empty() && shown.iter().all(|task| answers.contains(&(miner(1), *task))), "{shown:?}");
    let cases: Vec<_> = world.machine.audits().accusations().collect();
    assert_eq!(cases.iter().map(|case| case.miner).collect::<Vec<_>>(), [miner(1)]);
    // What no case needs goes as everything else does.
    let case = cases[0].id;
    world.step(Input::CaseClosed { case, reason: "guilty".into() });
    for value in 0..10_200 {
        answer(&mut world, 2_000_000 + value, honest);
        world.offers.clear();
        world.events.clear();
    }
    assert!(!is_kept(&world, 1));
}
