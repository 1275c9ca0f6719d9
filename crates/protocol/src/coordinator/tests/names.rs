//! Tests of what the names of models stand for, and of requests that a miner says nobody can do.

use std::{collections::BTreeSet, sync::Arc};

use alloy::primitives::Address;

use super::world::{World, identity, manifest, miner, offered, result, snapshot, spec};
use crate::{
    audit::Findings,
    coordinator::{
        Answer, AuditEvent, Effect, Event, Identity, Input, Interest, Offered, Policy, Standing, Uncalibrated,
    },
    manifest::{ModelManifest, Proof},
    price::Rate,
    task::{State, TaskSpec},
    wire::RefuseCode,
};

use super::audit_world::*;

#[test]
fn i3_a_name_stands_for_what_the_most_stake_is_behind_and_others_hear_it() {
    let others = |number: u8| {
        let manifest = manifest("m", "others");
        Offered { id: manifest.id(), manifest, slots: u32::from(number), ..offered("m", 9) }
    };
    let mut world = World::new(identity());
    with_money(&mut world, 1);
    let session = world.connect(miner(5), 1);
    world.step(Input::Slots { node: miner(5), session, offers: vec![others(9)], devices: vec![] });
    connect(&mut world, 1..=3);
    // Five of eleven have the other weights.
    let input = Input::Submit { tasks: vec![spec(1).into()], limits: Default::default(), interest: Interest::Nothing };
    let (_, effects) = world.step(input);
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Mismatch { session, mismatches } => Some((*session, mismatches.clone())),
        _ => None,
    });
    let (to, told) = told.expect("it is told");
    assert_eq!((to, told[0].bound, told[0].offered), (session, manifest("m", "true").id(), others(1).id));
    assert!(told[0].reason.contains("other weights"), "{}", told[0].reason);
    assert_ne!(world.lease(spec(1).id).node, miner(5));
    // It is kept, also where another one has more stake.
    world.restart();
    world.step(Input::Snapshot(snapshot(2)));
    let session = world.connect(miner(5), 0);
    world.step(Input::Slots { node: miner(5), session, offers: vec![others(9)], devices: vec![] });
    assert!(world.submit(spec(2), Interest::Nothing).is_err(), "nobody offers what the name stands for");
    assert_eq!(world.machine.bindings().iter().map(|(name, _)| name).collect::<Vec<_>>(), ["m"]);
    world.connect(miner(1), 9);
    assert_eq!(world.lease(spec(1).id).node, miner(1));
    world.step(Input::Snapshot(snapshot(3)));
    world.audit_log();
}

#[test]
fn what_the_operator_says_a_name_stands_for_counts_and_so_does_the_context_that_it_needs() {
    let wanted = manifest("m", "others");
    let models = [("m".to_owned(), crate::coordinator::Wanted { manifest: wanted.id(), context: Some(8_000) })].into();
    let mut world = World::new(Identity { models, ..identity() });
    with_money(&mut world, 1);
    world.connect(miner(5), 9);
    assert!(world.submit(spec(1), Interest::Nothing).is_err());
    for (number, context) in [(1, 4_000), (2, 8_000)] {
        let session = world.connect(miner(number), 0);
        let offer = Offered { id: wanted.id(), manifest: wanted.clone(), context, ..offered("m", 9) };
        let (_, effects) =
            world.step(Input::Slots { node: miner(number), session, offers: vec![offer], devices: vec![] });
        let short = effects.iter().any(|effect| {
            matches!(effect, Effect::Mismatch { mismatches, .. } if mismatches.iter().any(|found| found.reason.contains("8000 tokens")))
        });
        assert_eq!(short, context < 8_000, "{effects:?}");
    }
    world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(world.lease(spec(1).id).node, miner(2));
}

#[test]
fn i29_a_device_that_nobody_has_measured_is_refused_where_the_operator_says_so_and_hears_why() {
    let of_class = |class: &str| Offered { class: class.into(), ..offered("m", 9) };
    let told = |effects: &[Effect]| {
        let mismatches = effects.iter().find_map(|effect| match effect {
            Effect::Mismatch { mismatches, .. } => Some(mismatches.clone()),
            _ => None,
        });
        mismatches.map(|mismatches| mismatches.into_iter().map(|mismatch| mismatch.reason).collect::<Vec<_>>())
    };
    let world = |identity: Identity| {
        let mut world = World::new(identity);
        with_money(&mut world, 1);
        let session = world.connect(miner(5), 0);
        let offers = vec![of_class("cuda-sm90-bf16")];
        let (_, effects) = world.step(Input::Slots { node: miner(5), session, offers, devices: vec![] });
        (world, told(&effects))
    };
    let refusing = || Identity { uncalibrated: Uncalibrated::Refuse, ..audited(EVERYTHING) };
    // It has the most stake, and decides nothing.
    let (mut refused, reasons) = world(refusing());
    let reasons = reasons.expect("it is told");
    assert!(reasons.len() == 1 && reasons[0].contains("no calibration for devices of the class `cuda-sm90-bf16`"));
    assert!(refused.submit(spec(1), Interest::Nothing).is_err() && refused.machine.models().is_empty());
    let shown = vec![(miner(5), "m".to_owned(), "cuda-sm90-bf16".to_owned())];
    assert_eq!(refused.machine.unmeasured(), shown);
    connect(&mut refused, 1..=1);
    for number in 1..=3 {
        let task = refused.submit(spec(number), Interest::Nothing).expect("is accepted");
        assert_eq!(refused.lease(task).node, miner(1));
    }
    // By default it gets tasks, and so it does where nothing is audited, or its answers prove nothing.
    for identity in [audited(EVERYTHING), Identity { audits: Policy::default(), ..refusing() }] {
        let (mut world, reasons) = world(identity);
        assert_eq!(reasons, None);
        let task = world.submit(spec(1), Interest::Nothing).expect("is accepted");
        assert!(world.lease(task).node == miner(5) && world.machine.unmeasured().is_empty());
    }
    let unproven = ModelManifest { proof: Proof::None, ..(*manifest("m", "true")).clone() };
    let (mut world, _) = world(refusing());
    let session = world.connect(miner(4), 0);
    let offer = Offered { id: unproven.id(), manifest: Arc::new(unproven), ..of_class("") };
    world.step(Input::Slots { node: miner(4), session, offers: vec![offer], devices: vec![] });
    let task = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    assert_eq!(world.lease(task).node, miner(4));
}

#[test]
fn i29_whose_device_is_measured_depends_on_who_examines() {
    let mut world = World::new(Identity { uncalibrated: Uncalibrated::Refuse, ..audited(EVERYTHING) });
    with_money(&mut world, 1);
    connect(&mut world, 1..=1);
    let auditor =
        |class: &str| Input::Auditor { capable: vec![(manifest("m", "true").id(), class.to_owned())], places: 1 };
    let is_told = |effects: &[Effect], wanted: usize| {
        effects.iter().any(|effect| matches!(effect, Effect::Mismatch { mismatches, .. } if mismatches.len() == wanted))
    };
    let (_, effects) = world.step(auditor("cuda-sm90-bf16"));
    assert!(is_told(&effects, 1) && world.machine.unmeasured().len() == 1);
    assert!(world.submit(spec(1), Interest::Nothing).is_err());
    let (_, effects) = world.step(auditor("cpu"));
    assert!(is_told(&effects, 0) && world.machine.unmeasured().is_empty());
    let task = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    // It is asked for what it has, and gets nothing new, once it is not measured any more.
    world.step(auditor("cuda-sm90-bf16"));
    let lease = world.lease(task);
    world.finish(lease, result(&TRUE, -1.0));
    assert!(matches!(world.state(task), State::Done { .. }));
    world.step(Input::Snapshot(snapshot(2)));
    world.audit_log();
}

#[test]
fn i8_one_miner_alone_does_not_make_a_request_invalid_and_is_counted_where_another_does_it() {
    let reject = |world: &mut World, task| {
        let lease = world.lease(task);
        world.step(Input::Refused { lease, code: RefuseCode::Invalid, reason: "too long".into() });
        lease.node
    };
    let mut world = World::new(identity());
    with_money(&mut world, 1);
    connect(&mut world, 1..=2);
    let first = world.submit(spec(1), Interest::Nothing).expect("is accepted");
    let liar = reject(&mut world, first);
    let lease = world.lease(first);
    assert_ne!(lease.node, liar);
    world.finish(lease, result(&TRUE, -1.0));
    let lost = |world: &World, node: Address| world.machine.sessions.get(&node).map(|miner| miner.lost);
    assert_eq!((lost(&world, liar), lost(&world, lease.node)), (Some(1), Some(0)));
    // Two that agree are believed.
    let second = world.submit(spec(2), Interest::Nothing).expect("is accepted");
    let one = reject(&mut world, second);
    assert_ne!(reject(&mut world, second), one);
    assert!(matches!(world.state(second), State::Failed { reason, .. } if reason == "too long"));
    // So is one that is alone, and two of one owner are one.
    let owners = (1..=2).map(|number| (miner(number), Some(Address::repeat_byte(0xaa)))).collect();
    world.step(Input::Owners(owners));
    world.connect(miner(3), 9);
    let third = world.submit(TaskSpec { rate: Rate::default(), ..spec(3) }, Interest::Nothing).expect("is accepted");
    let mut asked = vec![];
    while !world.state(third).is_terminal() {
        asked.push(reject(&mut world, third));
    }
    let owners: BTreeSet<_> = asked.iter().map(|node| *node == miner(3)).collect();
    assert_eq!(owners.len(), 2, "{asked:?}");
    world.step(Input::Snapshot(snapshot(2)));
    world.audit_log();
}

#[test]
fn who_cannot_tell_how_likely_a_prompt_is_has_lost_nothing_where_another_can() {
    let mut world = World::new(identity());
    with_money(&mut world, 1);
    connect(&mut world, 1..=2);
    let mut asked = spec(1);
    asked.sampling.echo = true;
    let task = world.submit(asked, Interest::Nothing).expect("is accepted");
    let lease = world.lease(task);
    world.step(Input::Refused { lease, code: RefuseCode::Invalid, reason: "no echo here".into() });
    let next = world.lease(task);
    assert_ne!(next.node, lease.node);
    world.finish(next, result(&TRUE, -1.0));
    assert!(world.state(task).is_terminal());
    let lost = |node: Address| world.machine.sessions.get(&node).map(|miner| miner.lost);
    assert_eq!((lost(lease.node), lost(next.node)), (Some(0), Some(0)));
}

#[test]
fn i15_what_was_answered_before_a_name_stood_for_something_else_is_examined_by_what_it_stood_for() {
    // Another precision: only what is known of the family's noise shows it, and only many answers together.
    let mut world = World::new(audited(Policy { first: 0, percent: 100 }));
    with_money(&mut world, 1);
    world.connect(miner(1), 9);
    let session = world.connect(miner(2), 9);
    let before = world.submit(number(0), Interest::Nothing).expect("is accepted");
    let lease = world.lease(before);
    world.finish(lease, result(&TRUE, if lease.node == miner(1) { -1.02 } else { -1.0 }));
    let mut theirs = vec![];
    for value in 1..120 {
        let (lease, _) = answer(&mut world, value, |node| (TRUE, if node == miner(1) { -1.02 } else { -1.0 }));
        theirs.extend((lease.node == miner(1)).then_some(lease.task));
    }
    assert!(theirs.len() > 20, "{}", theirs.len());
    // Nothing is examined before the operator has the name stand for something else.
    let held: Vec<_> = examinations(&world);
    assert!(!held.is_empty());
    let other = manifest("m", "others");
    let wanted = crate::coordinator::Wanted { manifest: other.id(), context: None };
    world.machine.identity.models = [("m".to_owned(), wanted)].into();
    world.restart();
    with_money(&mut world, 2);
    let offer = |weights: &str| {
        let manifest = manifest("m", weights);
        Offered { id: manifest.id(), manifest, ..offered("m", 9) }
    };
    let Answer::Connected(third) = world.step(Input::Connect { node: miner(3) }).0 else { panic!("it is a session") };
    world.step(Input::Slots { node: miner(3), session: third, offers: vec![offer("others")], devices: vec![] });
    world.submit(spec(9), Interest::Nothing).expect("is accepted");
    assert_eq!(world.machine.bindings().iter().map(|(_, bound)| bound.manifest.id()).collect::<Vec<_>>(), [other.id()]);
    let known = manifest("m", "true");
    assert_eq!(world.machine.manifest(&known.id()), Some(&known));
    // A miner that still has what the name stood for before is asked, and what it says counts.
    assert!(world.machine.connected().iter().all(|(_, known)| *known != session));
    world.connect(miner(2), 9);
    let asked = examinations(&world);
    assert!(!asked.is_empty() && asked.iter().all(|(lease, _)| lease.node == miner(2)), "{asked:?}");
    let mut findings = vec![];
    while let Some((lease, task)) = examinations(&world).first().copied() {
        let examined = examine(&outcome(&world, task));
        findings.extend(hand_in(&mut world, lease, &examined).into_iter().filter_map(|effect| match effect {
            Effect::Record(Event::Audit(AuditEvent::Examined { findings, .. })) => Some(findings),
            _ => None,
        }));
    }
    assert!(findings.len() > 20 && findings.iter().all(Findings::is_calibrated), "{}", findings.len());
    assert!(matches!(standing(&world, 1), Standing::Suspected { .. }), "{:?}", standing(&world, 1));
    // The evidence names what was answered by.
    let effects = own(&mut world, 1);
    let effects = [effects.clone(), examine_here(&mut world, &effects)].concat();
    let confirmed = effects.iter().find_map(|effect| match effect {
        Effect::Confirmed(confirmed) => Some(confirmed.manifest.clone()),
        _ => None,
    });
    assert_eq!(confirmed, Some(Some(known)));
}
