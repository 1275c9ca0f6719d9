//! Random runs: equal inputs have equal effects, the journal leads to the same state, the log can be drawn again, and nothing is
//! lost in between.

use alloy::primitives::B256;
use proptest::prelude::*;

use super::world::{World, identity, manifest, miner, offered, result, snapshot, spec};
use crate::{
    coordinator::{
        Answer, Effect, Funds, Gate, Identity, Input, Interest, LeaseId, Limits, Offered, Policy, SubmitError,
    },
    task::{Idempotency, State, TaskId, TaskSpec},
    wire::RefuseCode,
};

/// Something that happens; places count among what there is at that moment.
#[derive(Clone, Debug)]
enum Happening {
    Submit(u8, u8),
    Connect(u8),
    Disconnect(u8),
    Heard(u8),
    Slots(u8, u32),
    Drained(u8),
    Started(usize),
    Refused(usize, u8),
    Progress(usize, u32),
    Finished(usize, bool),
    Broken(usize),
    Diverged(usize),
    Taken(u8, u8),
    Snapshot(u64),
    Funds(u128),
    Expel(u8),
    Disk(bool),
    Statements,
    Tick(u64),
    Restart,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let (node, place) = (1u8..6, 0usize..8);
    prop_oneof![
        8 => (0u8..60, any::<u8>()).prop_map(|(number, form)| Submit(number, form)),
        3 => node.clone().prop_map(Connect),
        1 => node.clone().prop_map(Disconnect),
        2 => node.clone().prop_map(Heard),
        4 => (node.clone(), 0u32..4).prop_map(|(node, slots)| Slots(node, slots)),
        1 => node.clone().prop_map(Drained),
        3 => place.clone().prop_map(Started),
        2 => (place.clone(), 0u8..3).prop_map(|(place, code)| Refused(place, code)),
        3 => (place.clone(), 0u32..6).prop_map(|(place, tokens)| Progress(place, tokens)),
        8 => (place.clone(), any::<bool>()).prop_map(|(place, lies)| Finished(place, lies)),
        2 => place.clone().prop_map(Broken),
        1 => place.prop_map(Diverged),
        3 => (0u8..60, 0u8..4).prop_map(|(number, how)| Taken(number, how)),
        2 => (1u64..4).prop_map(Snapshot),
        2 => (0u128..400_000).prop_map(Funds),
        1 => node.prop_map(Expel),
        1 => any::<bool>().prop_map(Disk),
        3 => Just(Statements),
        2 => (1u64..120_000).prop_map(Tick),
        1 => Just(Restart),
    ]
}

/// The input that a happening is in this world; `None` where there is nothing that it could happen to.
fn input(world: &World, happening: &Happening) -> Option<Input> {
    let session = |number: u8| {
        let connected = world.machine.connected();
        connected.into_iter().find(|(node, _)| *node == miner(number)).map_or((miner(number), 1), |found| found)
    };
    let lease = |place: usize| world.offered.iter().rev().nth(place).copied();
    let reason = || "a reason".to_owned();
    Some(match *happening {
        Happening::Submit(number, form) => {
            let model = if form % 4 == 0 { "free" } else { "m" };
            let idempotency = (form % 8 == 1)
                .then_some(Idempotency { key: B256::repeat_byte(number % 4), body: B256::repeat_byte(form % 2) });
            let deadline = world.now + 90_000;
            let first = TaskSpec { model: model.into(), idempotency, deadline, ..spec(number) };
            let second = TaskSpec { idempotency: None, ..TaskSpec { id: spec(number + 100).id, ..first.clone() } };
            let tasks = if form % 16 == 2 { vec![first.into(), second.into()] } else { vec![first.into()] };
            let interest = [Interest::Nothing, Interest::Answer, Interest::Stream][usize::from(form / 16 % 3)];
            Input::Submit { tasks, limits: Limits::default(), interest }
        }
        Happening::Connect(number) => Input::Connect { node: miner(number) },
        Happening::Disconnect(number) => {
            let (node, session) = session(number);
            Input::Disconnect { node, session, reason: reason() }
        }
        Happening::Heard(number) => {
            let (node, session) = session(number);
            Input::Heard { node, session }
        }
        Happening::Slots(number, slots) => {
            let (node, session) = session(number);
            let models = [("m", slots), ("free", slots.saturating_sub(1))];
            let offer = |(model, slots): (&str, u32)| {
                let manifest = manifest(model, if number == 5 { "others" } else { "true" });
                Offered { id: manifest.id(), manifest, ..offered(model, slots) }
            };
            let offers = models.into_iter().take(1 + slots as usize % 2).map(offer).collect();
            Input::Slots { node, session, offers, devices: vec![] }
        }
        Happening::Drained(number) => {
            let (node, session) = session(number);
            Input::Drained { node, session }
        }
        Happening::Started(place) => Input::Started { lease: lease(place)? },
        Happening::Refused(place, code) => {
            let code = [RefuseCode::Busy, RefuseCode::Failed, RefuseCode::Invalid][usize::from(code)];
            Input::Refused { lease: lease(place)?, code, reason: reason() }
        }
        Happening::Progress(place, tokens) => Input::Progress { lease: lease(place)?, tokens },
        Happening::Finished(place, lies) => {
            let ids = [1, 2, 3, 4, 5, 6];
            let finished = result(&ids, if lies { -4.0 } else { -1.0 });
            let lease = lease(place)?;
            Input::Finished { lease, finished: Box::new(world.answering(lease, finished)) }
        }
        Happening::Broken(place) => Input::Broken { lease: lease(place)?, reason: reason() },
        Happening::Diverged(place) => Input::Diverged { lease: lease(place)?, reason: reason() },
        Happening::Taken(number, how) => {
            let (task, delivered) = (spec(number).id, 2);
            match how {
                0 => Input::Cancel { task, delivered },
                1 => Input::Deserted { task, delivered },
                2 => Input::Follow { task },
                _ => Input::Leave { task, delivered },
            }
        }
        Happening::Snapshot(by) => Input::Snapshot(snapshot(world.machine.draws.snapshot().epoch + by / 2)),
        Happening::Funds(escrow) => Input::Funds(Funds { escrow, ..Funds::default() }),
        Happening::Expel(number) => Input::Expel { sessions: vec![session(number)], reason: reason() },
        Happening::Disk(full) => Input::Disk { full },
        Happening::Statements => Input::Statements,
        Happening::Tick(_) => Input::Tick,
        Happening::Restart => return None,
    })
}

fn begin() -> World {
    let gate = Gate { max_first_token: Some(std::time::Duration::from_secs(60)), min_tokens_per_second: Some(0.001) };
    let audits = Policy { first: 2, percent: 30 };
    let mut world = World::new(Identity { checkpoint_after: 25, max_queue: 8, gate, audits, ..identity() });
    world.step(Input::Snapshot(snapshot(1)));
    world.step(Input::Funds(Funds { escrow: 100_000, ..Funds::default() }));
    for number in 1..4 {
        world.connect(miner(number), 2);
    }
    world
}

/// What has to hold after every step.
fn check(world: &World) -> Result<(), TestCaseError> {
    let machine = &world.machine;
    prop_assert_eq!(world.replayed(), machine.checkpoint());
    let mut held: Vec<TaskId> = machine.sessions.iter().flat_map(|(_, miner)| miner.held.keys().copied()).collect();
    held.sort_unstable();
    let (mut leased, mut queued) = (vec![], 0);
    for task in machine.tasks().iter() {
        match &task.state {
            State::Queued => queued += 1,
            State::Leased { miner } | State::Running { miner } => {
                leased.push(task.spec.id);
                let held = machine.sessions.get(miner).and_then(|miner| miner.held.get(&task.spec.id));
                prop_assert_eq!(held.map(|held| held.attempt), Some(task.attempt));
            }
            _ => {}
        }
        prop_assert_eq!(machine.readers.get(&task.spec.id).is_some(), !task.state.is_terminal());
    }
    prop_assert_eq!(&held, &leased);
    prop_assert_eq!((machine.draws.queued(), machine.sessions.held()), (queued, held.len()));
    prop_assert_eq!((machine.unfinished(true), machine.tasks().open()), (queued + held.len(), queued + held.len()));
    for (_, miner) in machine.sessions.iter() {
        // What it held is in doubt for a moment.
        prop_assert!(miner.session.is_some() || miner.offers.is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_run_repeats_its_effects_and_the_journal_and_the_log_tell_all_of_it(
        happenings in prop::collection::vec(happening(), 1..160),
    ) {
        let mut world = begin();
        let mut again = world.clone();
        let mut ended = std::collections::BTreeSet::new();
        for happening in &happenings {
            if let Happening::Tick(passed) = happening {
                world.now += passed;
                again.now += passed;
            }
            let Some(input) = input(&world, happening) else {
                if matches!(happening, Happening::Restart) {
                    let epoch = world.machine.draws.snapshot().epoch;
                    for world in [&mut world, &mut again] {
                        world.restart();
                        world.step(Input::Snapshot(snapshot(epoch)));
                    }
                    check(&world)?;
                }
                continue;
            };
            let (answer, effects) = world.step(input.clone());
            let (repeated, same) = again.step(input);
            prop_assert_eq!(&answer, &repeated);
            prop_assert_eq!(&effects, &same);
            prop_assert!(!matches!(answer, Answer::Submitted(Err(SubmitError::IdempotencyConflict))) || effects.is_empty());
            for effect in &effects {
                match effect {
                    Effect::Ended(task) => prop_assert!(ended.insert(task.spec.id), "{} ended twice", task.spec.id),
                    Effect::Offer(offer) => {
                        let LeaseId { node, session, .. } = offer.lease;
                        // An audit may have closed it since, in the same step.
                        let closed = |effect: &Effect| matches!(effect, Effect::Close { session: of, .. } if *of == session);
                        let is_open = world.machine.connected().contains(&(node, session));
                        prop_assert!(is_open || effects.iter().any(closed), "an offer to a session that is over");
                    }
                    _ => {}
                }
            }
            check(&world)?;
        }
        // What is left ends in time, and the log proves every draw.
        world.now += 1_000_000;
        world.step(Input::Tick);
        check(&world)?;
        prop_assert_eq!(world.machine.accounts().held().count(), 0);
        // Audits that are owed are still tried.
        let reason = "the end".to_owned();
        world.step(Input::Expel { sessions: world.machine.connected(), reason });
        check(&world)?;
        prop_assert_eq!((world.machine.unfinished(true), world.machine.accounts().reserved()), (0, 0));
        world.step(Input::Snapshot(snapshot(1_000)));
        let report = world.audit_log();
        prop_assert_eq!(report.picks, report.verified);
    }
}
