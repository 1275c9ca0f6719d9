//! Tests of audits: what is examined, by whom, what is concluded, and that money waits for it.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256};

use super::world::{World, manifest, miner, result, snapshot};
use crate::{
    assign::log::{self, Entry, Reason},
    coordinator::{Effect, HOLD, Input, Interest, MAX_PENDING, Metric, Policy, SUSPENSION, Settled, Standing, WINDOW},
    task::Outcome,
    wire::{CloseCode, RefuseCode},
};

use super::audit_world::*;

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
    assert!(found.manifest.is_some());
    let reason = "1 of 2 answers are false, the first one because 4 of 6 tokens are not those that the model chooses";
    assert!(found.why.contains(reason), "{}", found.why);
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
    let audits = &report.audits;
    assert_eq!((audits.answers, audits.thrown, audits.miners[&miner(1)].taken), (2, 2, 2));
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
    let owners = (1..=2).map(|number| (miner(number), Some(Address::repeat_byte(0xaa)))).collect();
    world.step(Input::Owners(owners));
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
    // The next one who comes does it, even after a restart.
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
    assert_eq!((pending.audits.answers, pending.audits.thrown + pending.audits.unthrown), (300, 151));
    world.step(Input::Snapshot(snapshot(3)));
    let report = world.audit_log();
    let audits = &report.audits;
    assert_eq!((audits.answers, audits.thrown, audits.unthrown), (300, 300, 0));
    let taken: u64 = audits.miners.values().map(|audited| audited.taken).sum();
    assert!((40..150).contains(&taken), "{taken}");
    assert!(audits.miners.values().all(|audited| audited.most_ppm == 1_000_000 && audited.least_ppm < 200_000));
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
    // A coordinator that is killed after each event of the course.
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
                let Ok(task) = world.submit(number(value), Interest::Answer) else { break };
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
