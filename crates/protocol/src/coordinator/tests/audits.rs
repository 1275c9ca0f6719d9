//! Tests of audits: what is examined, by whom, what is concluded, and that money waits for it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use alloy::primitives::{Address, B256};

use super::world::{World, identity, manifest, miner, offered, result, snapshot, spec};
use crate::{
    assign::log::{self, Entry, Reason},
    audit::{Calibrations, Examined, Sample, Subject, calibrate},
    coordinator::{
        Effect, Funds, HOLD, Identity, Input, Interest, LeaseId, MAX_PENDING, Metric, Offered, Policy, SUSPENSION,
        Settled, Standing, Statement, WINDOW,
    },
    price::Rate,
    task::{FinishReason, Outcome, State, TaskId, TaskSpec, sampler::Position},
    wire::{CloseCode, RefuseCode},
};

pub(super) const TRUE: [u32; 6] = [1, 2, 3, 4, 5, 6];
pub(super) const FALSE: [u32; 6] = [1, 9, 9, 9, 9, 6];

/// What honest answers of the class `cpu` look like to an auditor of the same.
fn calibrations() -> Calibrations {
    let mut known = Calibrations::default();
    let subject = Subject {
        family: manifest("m", "true").family(),
        miner: "cpu".into(),
        auditor: "cpu".into(),
        ..Subject::default()
    };
    let sample = |number: u32| Sample { shortfall: 0.0, difference: (number % 7) as f32 * 1e-6 };
    let answers: Vec<Vec<Sample>> = (0..3_000).map(|_| (0..32).map(sample).collect()).collect();
    known.insert(calibrate(subject, false, &answers));
    known
}

pub(super) fn audited(policy: Policy) -> Identity {
    Identity { audits: policy, calibrations: Arc::new(calibrations()), max_queue: 10_000, ..identity() }
}

pub(super) const EVERYTHING: Policy = Policy { first: 1_000_000, percent: 5 };

/// The chain is read: an epoch's stakes, and an escrow that suffices.
pub(super) fn with_money(world: &mut World, epoch: u64) {
    world.step(Input::Snapshot(snapshot(epoch)));
    world.step(Input::Funds(Funds { escrow: u128::MAX, ..Funds::default() }));
}

/// Miners connect, with nine slots each.
pub(super) fn connect(world: &mut World, miners: impl IntoIterator<Item = u8>) {
    for number in miners {
        world.connect(miner(number), 9);
    }
}

/// A world of miners in which everything is audited.
pub(super) fn world(miners: &[u8]) -> World {
    let mut world = World::new(audited(EVERYTHING));
    with_money(&mut world, 1);
    connect(&mut world, miners.iter().copied());
    world
}

pub(super) fn own(world: &mut World, places: u32) -> Vec<Effect> {
    let capable = ["m", "free"].map(|name| (manifest(name, "true").id(), "cpu".to_owned())).to_vec();
    world.step(Input::Auditor { capable, places }).1
}

/// What the model says of an answer: that it would have said [`TRUE`], each token with a log-probability of -1.
pub(super) fn examine(outcome: &Outcome) -> Examined {
    let position = |(claimed, said): (&u32, &u32)| Position {
        log_probability: -1.0,
        shortfall: if claimed == said { 0.0 } else { 9.0 },
    };
    let claimed = &outcome.receipt.token_ids;
    Examined {
        prompt_tokens: 3,
        places: None,
        positions: claimed.iter().zip(&TRUE).map(position).collect(),
        text: format!("{claimed:?}"),
        end: None,
        distances: vec![],
    }
}

pub(super) fn outcome(world: &World, task: TaskId) -> Arc<Outcome> {
    match world.state(task) {
        State::Done { outcome, .. } => outcome.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn number(value: u32) -> TaskSpec {
    let id = TaskId(alloy::primitives::keccak256(value.to_be_bytes()));
    TaskSpec { id, deadline: u64::MAX / 2, ..spec(1) }
}

/// A task is asked and answered by whom it is drawn for.
pub(super) fn answer(
    world: &mut World,
    value: u32,
    ids: impl Fn(Address) -> ([u32; 6], f32),
) -> (LeaseId, Vec<Effect>) {
    let task = world.submit(number(value), Interest::Nothing).expect("is accepted");
    let lease = world.lease(task);
    let (ids, log_probability) = ids(lease.node);
    let effects = world.finish(lease, result(&ids, log_probability));
    (lease, effects)
}

pub(super) fn honest(_: Address) -> ([u32; 6], f32) {
    (TRUE, -1.0)
}

/// The answers that the coordinator's own auditor is to examine are examined. Returns all effects.
pub(super) fn examine_here(world: &mut World, effects: &[Effect]) -> Vec<Effect> {
    let asked = |effects: &[Effect]| -> Vec<TaskId> {
        let audit = |effect: &Effect| match effect {
            Effect::Examine { audit, .. } => Some(*audit),
            _ => None,
        };
        effects.iter().filter_map(audit).collect()
    };
    let (mut all, mut next) = (vec![], asked(effects));
    while let Some(audit) = next.pop() {
        let result = Ok(Box::new(examine(&outcome(world, audit))));
        let effects = world.step(Input::Examined { audit, result }).1;
        next.extend(asked(&effects));
        all.extend(effects);
    }
    all
}

/// What the examinations that miners have are of.
pub(super) fn examinations(world: &World) -> Vec<(LeaseId, TaskId)> {
    let mut found: Vec<_> = world
        .machine
        .audits()
        .pending()
        .filter_map(|audit| {
            let lease = world.offers.get(&audit.assigned?.examination)?.lease;
            Some((lease, audit.due.task))
        })
        .collect();
    found.sort_unstable();
    found
}

/// A miner hands in what it says of an answer.
pub(super) fn hand_in(world: &mut World, lease: LeaseId, examined: &Examined) -> Vec<Effect> {
    let mut finished = result(&[], 0.0);
    let outcome = Arc::make_mut(&mut finished.outcome);
    outcome.text = examined.encode();
    outcome.prompt_tokens = 9;
    outcome.finish = FinishReason::Stop;
    world.finish(lease, finished)
}

/// All examinations that miners have are handed in, until there are none; `says` is what one says of an answer.
pub(super) fn examine_all(world: &mut World, says: impl Fn(Address, &Outcome) -> Examined) -> Vec<Effect> {
    let mut all = vec![];
    while let Some((lease, task)) = examinations(world).first().copied() {
        let examined = says(lease.node, &outcome(world, task));
        all.extend(hand_in(world, lease, &examined));
    }
    all
}

pub(super) fn later(world: &mut World, passed: u64) -> Vec<Effect> {
    world.now += passed;
    world.step(Input::Tick).1
}

pub(super) fn statements(effects: &[Effect]) -> Vec<&Statement> {
    let statement = |effect| match effect {
        &Effect::Statement(ref statement) => Some(statement),
        _ => None,
    };
    effects.iter().filter_map(statement).collect()
}

pub(super) fn standing(world: &World, number: u8) -> Standing {
    world.machine.audits().record(&miner(number)).map(|record| record.standing.clone()).unwrap_or_default()
}

pub(super) fn is_confirmed(world: &World, number: u8) -> bool {
    matches!(standing(world, number), Standing::Confirmed { .. })
}

#[test]
fn an_honest_answer_is_examined_and_paid_and_its_miner_cannot_tell() {
    let mut told = vec![];
    for is_audited in [true, false] {
        let mut world = World::new(audited(if is_audited { EVERYTHING } else { Policy { first: 0, percent: 1 } }));
        with_money(&mut world, 1);
        world.connect(miner(1), 9);
        if is_audited {
            own(&mut world, 4);
        }
        let (lease, effects) = answer(&mut world, 1, honest);
        let owed = number(1).rate.is_free();
        assert!(owed);
        assert_eq!(world.machine.accounts().held().count(), usize::from(is_audited));
        let mut heard = statements(&world.step(Input::Statements).1).into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(heard.len(), 1);
        let [Settled { owed, number, .. }] = heard[0].settled[..] else { panic!("{heard:?}") };
        assert!(owed > 0 && heard[0].terms.is_none());
        // The verdict comes while the ticket waits for a voucher anyway.
        world.now += 2_000;
        let effects = examine_here(&mut world, &effects);
        assert_eq!(effects.contains(&Effect::Metric(Metric::Audited("clean"))), is_audited);
        assert!(statements(&effects).is_empty() && world.machine.accounts().held().next().is_none());
        assert_eq!(world.machine.accounts().terms(&lease.node).cumulative, owed);
        assert!(statements(&later(&mut world, WINDOW - 2_001)).is_empty());
        let effects = later(&mut world, 1_000);
        heard.extend(statements(&effects).into_iter().cloned());
        assert_eq!(heard[1].terms.map(|terms| (terms.through, terms.cumulative)), Some((number, owed)));
        told.push(
            heard
                .into_iter()
                .map(|heard| (heard.terms.map(|terms| terms.cumulative), heard.settled.len()))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(told[0], told[1]);
}

#[test]
fn i11_one_false_answer_is_confirmed_by_the_coordinators_own_auditor_and_costs_nothing() {
    let mut world = world(&[1]);
    own(&mut world, 1);
    let (honest_one, effects) = answer(&mut world, 1, honest);
    examine_here(&mut world, &effects);
    let paid = world.machine.accounts().owed();
    assert!(paid > 0);
    let (lease, effects) = answer(&mut world, 2, |_| (FALSE, -1.0));
    let (charged, reserved) = (world.machine.accounts().charged("shop"), world.machine.accounts().reserved());
    assert!(reserved > 0 && charged == paid + reserved);
    let effects = examine_here(&mut world, &effects);
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Confirmed(found) => Some(found),
        _ => None,
    });
    let found = found.expect("it is confirmed");
    assert_eq!((found.miner, found.id, found.tasks[0].spec.id), (miner(1), manifest("m", "true").id(), lease.task));
    assert!(found.manifest.is_some() && found.why.contains("1 of 2 answers are false"), "{}", found.why);
    let accounts = world.machine.accounts();
    assert_eq!((accounts.owed(), accounts.reserved(), accounts.charged("shop")), (paid, 0, paid));
    assert!(accounts.terms(&miner(1)).through > 0 && accounts.held().next().is_none());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { code: CloseCode::Suspended, .. })));
    let told = world.machine.suspended(&miner(1), world.now).expect("it is suspended");
    assert!(told.contains("for 168 hours"), "{told}");
    // A restart does not forget it.
    world.restart();
    assert!(world.machine.suspended(&miner(1), world.now).is_some() && honest_one.node == miner(1));
    world.now += SUSPENSION;
    assert_eq!(world.machine.suspended(&miner(1), world.now), None);
    world.connect(miner(1), 1);
    assert_eq!(standing(&world, 1), Standing::Good);
    world.step(Input::Snapshot(snapshot(2)));
    let report = world.audit_log();
    assert_eq!((report.answers, report.thrown, report.audits[&miner(1)].taken), (2, 2, 2));
}

#[test]
fn small_differences_are_pooled_and_the_past_is_looked_at_on_a_suspicion() {
    // The coin takes next to nothing, so that most answers are examined only because of the suspicion.
    let mut world = World::new(audited(Policy { first: 0, percent: 5 }));
    with_money(&mut world, 1);
    world.connect(miner(1), 9);
    // Another precision: the right words with other log-probabilities, 0.02 off.
    let (mut suspected, mut answers) = (None, 0);
    for value in 0..4_000 {
        let (_, effects) = answer(&mut world, value, |_| (TRUE, -1.02));
        let effects = if value == 60 { own(&mut world, 1) } else { effects };
        let effects = examine_here(&mut world, &effects);
        if effects.iter().any(|effect| matches!(effect, Effect::Metric(Metric::Audited("suspected")))) {
            suspected.get_or_insert(value);
        }
        answers = value;
        if is_confirmed(&world, 1) {
            break;
        }
    }
    assert!(is_confirmed(&world, 1), "suspected after {suspected:?} of {answers}");
    let Standing::Confirmed { why, .. } = standing(&world, 1) else { panic!("it is confirmed") };
    assert!(why.contains("weigh"), "{why}");
    assert_eq!(Some(answers), suspected, "all that is needed was kept");
}

#[test]
fn miners_audit_each_other_two_of_other_owners_confirm_and_one_alone_does_not() {
    let mut world = world(&[1, 2, 3, 4, 5]);
    let liar = |node| if node == miner(1) { (FALSE, -1.0) } else { (TRUE, -1.0) };
    let mut value = 0;
    while !is_confirmed(&world, 1) && value < 400 {
        answer(&mut world, value, liar);
        value += 1;
        for (lease, task) in examinations(&world) {
            let audited = outcome(&world, task).receipt.ticket.miner;
            assert_ne!(lease.node, audited, "nobody examines itself");
            let offer = &world.offers[&lease.task];
            let examine = offer.spec.examine.as_ref().expect("it is an examination");
            assert_eq!(examine.ids, outcome(&world, task).receipt.token_ids);
            assert_eq!(offer.ticket.parameters, examine.parameters(&offer.spec.sampling));
        }
        examine_all(&mut world, |_, outcome| examine(outcome));
    }
    assert!(is_confirmed(&world, 1));
    let record = world.machine.audits().record(&miner(1)).expect("it has one");
    let judges: BTreeSet<_> = record
        .evidence(manifest("m", "true").id())
        .map(|evidence| evidence.auditor)
        .filter(|auditor| !auditor.is_zero())
        .collect();
    assert!(judges.len() >= 2, "{judges:?}");
    for number in 2..=5 {
        assert_eq!(standing(&world, number), Standing::Good, "{number}");
    }
    // Examinations are paid for as work is.
    let made: u64 = world.machine.audits().miners().map(|(_, record)| record.made).sum();
    assert!(made > 0 && world.machine.audits().counts().examined == made);
    assert_eq!(world.replayed(), world.machine.checkpoint());
    later(&mut world, HOLD);
    assert_eq!(world.machine.accounts().reserved(), 0);
}

#[test]
fn i6_an_auditor_that_accuses_the_honest_is_contradicted_by_two_others_and_not_asked_again() {
    let mut world = world(&[2, 3, 4, 5]);
    // Miner 5 says of every answer that its model would have said something else.
    let says = |auditor: Address, outcome: &Outcome| {
        let mut examined = examine(outcome);
        if auditor == miner(5) {
            examined.positions.iter_mut().for_each(|position| position.shortfall = 20.0);
        }
        examined
    };
    for value in 0..60 {
        answer(&mut world, value, honest);
        examine_all(&mut world, says);
        later(&mut world, 10);
    }
    let record = world.machine.audits().record(&miner(5)).expect("it has one");
    assert!(record.contradicted);
    let made = record.made;
    for number in 2..=5 {
        assert_eq!(standing(&world, number), Standing::Good, "{number}");
    }
    assert_eq!(world.machine.audits().counts().confirmed, 0);
    for value in 60..80 {
        answer(&mut world, value, honest);
        examine_all(&mut world, says);
    }
    assert_eq!(world.machine.audits().record(&miner(5)).map(|record| record.made), Some(made));
}

#[test]
fn i6_nobody_examines_the_answers_of_its_owner() {
    let mut world = world(&[1, 2]);
    let owners: HashMap<_, _> = (1..=2).map(|number| (miner(number), Address::repeat_byte(0xaa))).collect();
    world.step(Input::Owners(Arc::new(owners)));
    answer(&mut world, 1, honest);
    assert_eq!(examinations(&world), []);
    world.connect(miner(3), 1);
    let found = examinations(&world);
    assert!(found.len() == 1 && found[0].0.node == miner(3), "{found:?}");
}

#[test]
fn a_ticket_is_held_for_thirty_seconds_at_most_and_its_audit_is_owed_on() {
    let mut world = world(&[1]);
    let (lease, _) = answer(&mut world, 1, honest);
    assert_eq!(world.machine.accounts().held().count(), 1);
    later(&mut world, HOLD - 1);
    assert_eq!(world.machine.accounts().held().count(), 1);
    later(&mut world, 1);
    assert_eq!(world.machine.accounts().held().count(), 0);
    let effects = later(&mut world, 1_000);
    assert!(statements(&effects).iter().any(|heard| heard.terms.is_some_and(|terms| terms.cumulative > 0)));
    assert_eq!((world.machine.accounts().held().count(), world.machine.audits().pending().count()), (0, 1));
    // Whoever comes later does it, even after a restart.
    world.restart();
    world.step(Input::Snapshot(snapshot(2)));
    let effects = own(&mut world, 1);
    assert!(matches!(&effects[..], [Effect::Examine { audit, .. }] if *audit == lease.task), "{effects:?}");
    examine_here(&mut world, &effects);
    assert_eq!(world.machine.audits().pending().count(), 0);
    assert_eq!(world.machine.audits().counts().cleared, 1);
}

#[test]
fn what_is_owed_is_bounded_and_what_is_owed_is_kept() {
    let mut world = world(&[1]);
    for value in 0..MAX_PENDING as u32 + 20 {
        answer(&mut world, value, honest);
    }
    let audits = world.machine.audits();
    assert_eq!((audits.pending().count(), audits.counts().dropped), (MAX_PENDING, 20));
    assert_eq!(audits.pending().next().map(|audit| audit.due.task), Some(number(20).id));
    assert_eq!(world.replayed(), world.machine.checkpoint());
    // More than are kept have ended since then.
    world.machine.identity.audits = Policy { first: 0, percent: 0 };
    later(&mut world, HOLD);
    for value in 10_000..21_000 {
        answer(&mut world, value, honest);
        world.offers.clear();
        world.events.clear();
    }
    let kept = |world: &World, value| world.machine.task(&number(value).id).is_some();
    let owed: Vec<u32> =
        (0..1_044).filter(|value| world.machine.audits().audit(&number(*value).id).is_some()).collect();
    assert!(!owed.is_empty() && owed.iter().all(|value| kept(&world, *value)), "{}", owed.len());
    assert!(!kept(&world, 0) && !kept(&world, 10_000));
}

#[test]
fn the_log_shows_that_nobody_was_spared_and_nobody_was_picked_on() {
    let mut world = World::new(audited(Policy { first: 60, percent: 20 }));
    with_money(&mut world, 1);
    connect(&mut world, 1..=3);
    for value in 0..300 {
        answer(&mut world, value, honest);
        examine_all(&mut world, |_, outcome| examine(outcome));
        if value == 150 {
            world.step(Input::Snapshot(snapshot(2)));
            world.restart();
            with_money(&mut world, 2);
            connect(&mut world, 1..=3);
        }
    }
    let pending = world.audit_log();
    assert_eq!((pending.answers, pending.thrown + pending.unthrown), (300, 151));
    world.step(Input::Snapshot(snapshot(3)));
    let report = world.audit_log();
    assert_eq!((report.answers, report.thrown, report.unthrown), (300, 300, 0));
    let taken: u64 = report.audits.values().map(|audited| audited.taken).sum();
    assert!((40..150).contains(&taken), "{taken}");
    assert!(report.audits.values().all(|audited| audited.most_ppm == 1_000_000 && audited.least_ppm < 200_000));
    // An entry that is changed, or left out, is found.
    type Change = fn(&mut Vec<(B256, Reason)>);
    let changes: [(Change, &str); 2] = [
        (|audited| audited.truncate(audited.len() - 1), "was spared"),
        (|audited| audited.push((B256::repeat_byte(1), Reason::Coin)), "did not give it then"),
    ];
    for (change, reason) in changes {
        let mut changed = world.clone();
        let entry = changed.log.iter_mut().rev().find_map(|record| match &mut record.entry {
            Entry::Audits { audited, .. } if !audited.is_empty() => Some(audited),
            _ => None,
        });
        change(entry.expect("something was audited"));
        let found = replayed_log(&changed).expect_err(reason);
        assert!(found.reason.contains(reason), "{found}");
    }
    let mut left_out = world.clone();
    left_out.log.retain(|record| !matches!(record.entry, Entry::Audits { .. }));
    left_out.log.iter_mut().enumerate().for_each(|(number, record)| record.number = number as u64);
    let found = replayed_log(&left_out).expect_err("it is left out");
    assert!(found.reason.contains("does not say what was audited"), "{found}");
}

fn replayed_log(world: &World) -> Result<log::Report, log::Finding> {
    let mut head = B256::ZERO;
    let lines: Vec<_> = world
        .log
        .iter()
        .map(|record| {
            let (line, next) = log::line(&head, record).expect("is written");
            head = next;
            line
        })
        .collect();
    log::audit(lines.iter().map(String::as_str))
}

#[test]
fn i12_a_restart_after_any_effect_of_an_audit_loses_nothing() {
    // A coordinator that is killed after so many events of the course, for every such number.
    for own_auditor in [true, false] {
        let mut reached = true;
        for kill in 1.. {
            if !std::mem::take(&mut reached) {
                assert!(kill > 8, "{kill}");
                break;
            }
            let mut world = world(&[1, 2, 3, 4]);
            let start = world.events.len();
            let mut value = 0;
            while !(1..=4).any(|number| is_confirmed(&world, number)) {
                assert!(value < 60);
                if own_auditor {
                    let effects = own(&mut world, 1);
                    examine_here(&mut world, &effects);
                }
                value += 1;
                let Ok(task) = world.submit(number(value), Interest::Nothing) else { break };
                let lease = world.lease(task);
                let effects = world.finish(lease, result(if lease.node == miner(4) { &FALSE } else { &TRUE }, -1.0));
                if own_auditor {
                    examine_here(&mut world, &effects);
                } else {
                    if let Some((lease, task)) = examinations(&world).first().copied() {
                        let examined = examine(&outcome(&world, task));
                        hand_in(&mut world, lease, &examined);
                    }
                }
                if !reached && world.events.len() >= start + kill {
                    reached = true;
                    let before = world.machine.audits().pending().filter(|audit| !audit.is_over).count();
                    world.restart();
                    assert_eq!(world.replayed(), world.machine.checkpoint());
                    let audits = world.machine.audits();
                    assert_eq!(audits.pending().filter(|audit| !audit.is_over).count(), before);
                    assert!(audits.pending().all(|audit| audit.assigned.is_none()));
                    with_money(&mut world, 1);
                    let good: Vec<_> = (1..=4).filter(|number| !is_confirmed(&world, *number)).collect();
                    connect(&mut world, good);
                }
            }
            assert!(is_confirmed(&world, 4), "killed after {kill}");
            assert!((1..4).all(|number| !is_confirmed(&world, number)), "killed after {kill}");
            if !own_auditor {
                examine_all(&mut world, |_, outcome| examine(outcome));
            }
            let written = serde_json::to_string(&world.machine.checkpoint().audits).expect("encodes");
            let read: crate::coordinator::Book = serde_json::from_str(&written).expect("decodes");
            assert_eq!(&read, world.machine.audits());
            if kill > 60 {
                break;
            }
        }
    }
}

#[test]
fn without_audits_nothing_is_held_any_more() {
    let mut world = world(&[1]);
    answer(&mut world, 1, honest);
    assert_eq!(world.machine.accounts().held().count(), 1);
    world.machine.identity.audits = Policy::default();
    world.restart();
    assert_eq!((world.machine.accounts().held().count(), world.machine.audits().pending().count()), (0, 0));
    assert_eq!(world.machine.audits().epoch(), None);
    with_money(&mut world, 2);
    world.connect(miner(1), 9);
    let (lease, effects) = answer(&mut world, 2, honest);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Log(Entry::Released { receipt: Some(_), .. }))));
    let (_, effects) = world.step(Input::Statements);
    assert!(statements(&effects)[0].terms.is_some_and(|terms| terms == world.machine.accounts().terms(&lease.node)));
}

#[test]
fn an_examiner_that_is_busy_gone_or_late_is_not_paid_and_somebody_else_does_it() {
    let mut world = world(&[1, 2, 3]);
    let (asked, _) = answer(&mut world, 1, honest);
    let [(lease, task)] = examinations(&world)[..] else { panic!("one examines") };
    assert_eq!(task, asked.task);
    world.step(Input::Refused { lease, code: RefuseCode::Busy, reason: "no place".into() });
    let [(second, _)] = examinations(&world)[..] else { panic!("another one examines") };
    assert_ne!(second.node, lease.node);
    world.step(Input::Disconnect { node: second.node, session: second.session, reason: "gone".into() });
    assert_eq!(examinations(&world), []);
    // A new offer says that there is a place again.
    world.slots(lease.node, lease.session, 9);
    let [(third, _)] = examinations(&world)[..] else { panic!("the first one examines") };
    assert_eq!(third.node, lease.node);
    let effects = later(&mut world, HOLD);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Stop { lease } if *lease == third)));
    assert_eq!(examinations(&world), []);
    assert_eq!((world.machine.accounts().reserved(), world.machine.accounts().held().count()), (0, 0));
    let owed: u128 = world.machine.accounts().iter().map(|(_, _, owed)| owed).sum();
    assert_eq!(owed, world.machine.accounts().owed());
    assert_eq!(world.machine.accounts().iter().filter(|(_, _, owed)| *owed > 0).count(), 1);
}

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
    // It is kept, whoever comes.
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
    let owners: HashMap<_, _> = (1..=2).map(|number| (miner(number), Address::repeat_byte(0xaa))).collect();
    world.step(Input::Owners(Arc::new(owners)));
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
