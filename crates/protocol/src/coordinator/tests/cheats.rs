//! Cheats against audits, each by its number in the list of cheats, and what else an attacker may try against who audits.

use alloy::primitives::{Address, B256};

use super::{
    audit_world::{
        EVERYTHING, FALSE, TRUE, accuse, acquit, answer, audited, connect, examinations, examine, examine_all,
        examine_here, hand_in, honest, is_confirmed, later, number, outcome, own, owned, standing, statements,
        with_money, world,
    },
    world::{World, miner, offered, result},
};
use crate::{
    audit::{Examined, Findings},
    coordinator::{AuditEvent, Book, Due, Effect, GRACE, HOLD, Input, Interest, Offered, Policy, SUSPENSION, Standing},
    task::{Outcome, TaskId},
    wire::RefuseCode,
};

#[test]
fn i6_nodes_of_one_owner_neither_strike_an_honest_newcomer_nor_save_each_other() {
    let mut world = world(&[1, 2, 3, 4, 5]);
    owned(&mut world, &[&[4, 5]]);
    // 4 cheats; 5 says that 4 is right, and both say that everybody else is false.
    let says = |auditor: Address, outcome: &Outcome| match outcome.receipt.ticket.miner {
        of if auditor != miner(4) && auditor != miner(5) => {
            assert_ne!(auditor, of);
            examine(outcome)
        }
        of if of == miner(4) || of == miner(5) => acquit(outcome),
        _ => accuse(outcome),
    };
    for value in 0..300 {
        answer(&mut world, value, |node| if node == miner(4) { (FALSE, -1.0) } else { (TRUE, -1.0) });
        examine_all(&mut world, says);
        later(&mut world, 10);
    }
    for number in [1, 2, 3] {
        assert!(!is_confirmed(&world, number), "{number}: {:?}", standing(&world, number));
    }
    assert!(is_confirmed(&world, 4), "{:?}", standing(&world, 4));
}

#[test]
fn i6_two_of_five_that_work_together_do_not_have_an_honest_newcomer_suspended() {
    let mut struck = 0;
    for run in 0..20u32 {
        let mut world = World::new(audited(EVERYTHING));
        world.entropy.0 = u64::from(run) << 32;
        with_money(&mut world, 1);
        connect(&mut world, 1..=5);
        // Each has an owner of its own: nothing shows that 4 and 5 work together.
        let says = |auditor: Address, outcome: &Outcome| match auditor == miner(4) || auditor == miner(5) {
            true if outcome.receipt.ticket.miner == miner(1) => accuse(outcome),
            _ => examine(outcome),
        };
        for value in 0..60 {
            answer(&mut world, run * 1_000 + value, honest);
            examine_all(&mut world, says);
            later(&mut world, 10);
        }
        struck += u32::from(is_confirmed(&world, 1));
    }
    assert_eq!(struck, 0, "of 20");
}

#[test]
fn i6_whom_a_cheat_accused_is_acquitted_when_the_cheat_is_gone() {
    for run in 0..10u32 {
        let mut world = World::new(audited(EVERYTHING));
        world.entropy.0 = u64::from(run) << 32;
        with_money(&mut world, 1);
        connect(&mut world, 2..=5);
        // It answers falsely, and says the same of everybody.
        let says = |auditor: Address, outcome: &Outcome| match auditor == miner(5) {
            true => accuse(outcome),
            false => examine(outcome),
        };
        let answers = |node: Address| if node == miner(5) { (FALSE, -1.0) } else { honest(node) };
        for value in 0..40 {
            answer(&mut world, run * 1_000 + value, answers);
            examine_all(&mut world, says);
            later(&mut world, 10);
        }
        assert!(is_confirmed(&world, 5), "run {run}");
        // Nobody answers anything more, and nobody is left who could be asked besides these three.
        examine_all(&mut world, says);
        later(&mut world, 1_000);
        for number in 2..=4 {
            assert_eq!(standing(&world, number), Standing::Good, "run {run}, miner {number}");
        }
        assert_eq!(world.machine.accounts().held().count(), 0, "run {run}");
    }
}

#[test]
fn i8_a_flood_of_refusals_stops_the_miner_and_no_task() {
    let mut world = World::new(audited(Policy::default()));
    with_money(&mut world, 1);
    connect(&mut world, [1, 2, 5]);
    let (mut refusals, mut last) = (0, 0);
    for value in 0..60 {
        let task = world.submit(number(value), Interest::Nothing).expect("is accepted");
        let mut lease = world.lease(task);
        while lease.node == miner(5) {
            refusals += 1;
            last = value;
            world.step(Input::Refused { lease, code: RefuseCode::Invalid, reason: "no".into() });
            lease = world.lease(task);
        }
        world.finish(lease, result(&TRUE, -1.0));
        later(&mut world, 2_000);
        assert!(matches!(world.state(task), crate::task::State::Done { .. }));
    }
    // It has most of the stake, and gets nothing more after a few.
    assert!(refusals <= 12, "{refusals} refusals, the last of task {last}");
}

#[test]
fn i9_the_only_miner_is_examined_by_the_coordinator() {
    let mut world = world(&[1]);
    own(&mut world, 1);
    for value in 0..20 {
        let (_, effects) = answer(&mut world, value, honest);
        examine_here(&mut world, &effects);
    }
    assert_eq!(world.machine.accounts().held().count(), 0);
    let (_, effects) = answer(&mut world, 20, |_| (FALSE, -1.0));
    examine_here(&mut world, &effects);
    assert!(is_confirmed(&world, 1));
}

#[test]
fn i9_without_anybody_who_can_examine_the_answer_is_owed_and_the_next_one_who_comes_does_it() {
    let mut world = world(&[1]);
    let (lease, _) = answer(&mut world, 1, |_| (FALSE, -1.0));
    later(&mut world, HOLD);
    assert!(!is_confirmed(&world, 1) && world.machine.audits().pending().count() == 1);
    let effects = own(&mut world, 1);
    examine_here(&mut world, &effects);
    assert!(is_confirmed(&world, 1), "{}", lease.task);
}

#[test]
fn i12_who_leaves_after_its_answer_was_taken_is_found_all_the_same() {
    let mut world = world(&[1, 2]);
    let mut value = 0;
    let (cheat, session) = loop {
        let (lease, _) = answer(&mut world, value, |_| (FALSE, -1.0));
        value += 1;
        if lease.node == miner(1) {
            break (lease, lease.session);
        }
    };
    world.step(Input::Disconnect { node: miner(1), session, reason: "gone".into() });
    assert!(world.machine.audits().audit(&cheat.task).is_some());
    let effects = own(&mut world, 1);
    examine_here(&mut world, &effects);
    assert!(is_confirmed(&world, 1));
    assert!(world.machine.suspended(&miner(1), world.now).is_some());
}

#[test]
fn i12_who_leaves_is_judged_for_its_earlier_answers_by_the_class_that_it_had() {
    // Another precision in all answers: only many together show it, and the miner is gone when the suspicion arises.
    let mut world = World::new(audited(Policy { first: 0, percent: 5 }));
    with_money(&mut world, 1);
    let session = world.connect(miner(1), 9);
    let mut last = vec![];
    for value in 0..64 {
        last.extend(answer(&mut world, value, |_| (TRUE, -1.02)).1);
    }
    world.step(Input::Disconnect { node: miner(1), session, reason: "gone".into() });
    // Whatever the coin chose is examined now. If that is not enough, answers that the miner gave under another class follow.
    let effects = own(&mut world, 1);
    examine_here(&mut world, &effects);
    for value in 64..2_000 {
        if world.machine.audits().counts().suspected > 0 {
            break;
        }
        let session = world.connect(miner(1), 9);
        let (_, effects) = answer(&mut world, value, |_| (TRUE, -1.02));
        world.step(Input::Disconnect { node: miner(1), session, reason: "gone".into() });
        examine_here(&mut world, &effects);
    }
    assert!(is_confirmed(&world, 1), "{:?}", standing(&world, 1));
}

#[test]
fn i12_an_owner_whose_node_was_found_is_examined_in_full_under_a_new_key() {
    let mut world = World::new(audited(Policy { first: 0, percent: 5 }));
    with_money(&mut world, 1);
    connect(&mut world, [1, 3]);
    owned(&mut world, &[&[1, 2], &[3]]);
    let effects = own(&mut world, 1);
    examine_here(&mut world, &effects);
    let mut value = 0;
    while !is_confirmed(&world, 1) {
        let (_, effects) =
            answer(&mut world, value, |node| if node == miner(1) { (FALSE, -1.0) } else { (TRUE, -1.0) });
        examine_here(&mut world, &effects);
        value += 1;
    }
    world.connect(miner(2), 9);
    let share = |world: &World, number: u8| {
        let rows = world.machine.audit_rows(world.now);
        rows.iter().find(|row| row.miner == miner(number)).map(|row| row.ppm)
    };
    for _ in 0..20 {
        let (_, effects) = answer(&mut world, value, honest);
        examine_here(&mut world, &effects);
        value += 1;
    }
    assert_eq!(share(&world, 2), Some(1_000_000));
    assert!(share(&world, 3).is_some_and(|ppm| ppm <= 50_000), "{:?}", share(&world, 3));
    world.now += SUSPENSION + 1;
    assert!(share(&world, 2).is_some_and(|ppm| ppm <= 50_000));
}

#[test]
fn i14_an_accomplice_that_examines_the_right_tokens_alone_has_examined_nothing() {
    let mut world = world(&[1, 2]);
    let (cheat, auditor) = loop {
        let value = world.entropy.0 as u32;
        answer(&mut world, value, |node| if node == miner(1) { (FALSE, -1.0) } else { (TRUE, -1.0) });
        let found = examinations(&world).into_iter().find(|(lease, _)| lease.node == miner(2));
        match found {
            Some((lease, task)) => break (task, lease),
            None => drop(examine_all(&mut world, |_, outcome| examine(outcome))),
        }
    };
    // The first token and the last one of a false answer are as the model says them.
    let whole = examine(&outcome(&world, cheat));
    let positions = [0, 5].map(|place| whole.positions[place as usize]).to_vec();
    let chosen = Examined { places: Some(vec![0, 5]), positions, ..whole.clone() };
    hand_in(&mut world, auditor, &chosen);
    let audit = world.machine.audits().audit(&cheat).expect("nothing is decided");
    assert_eq!((&audit.verdicts[..], &audit.failed[..]), (&[][..], &[miner(2)][..]));
    assert_eq!(world.machine.audits().record(&miner(2)).map(|record| record.missed), Some(1));
    // Another one sees what it is.
    let effects = own(&mut world, 1);
    examine_here(&mut world, &effects);
    assert!(is_confirmed(&world, 1));
}

#[test]
fn an_examination_that_is_none_is_accepted_for_nothing() {
    let mut world = world(&[1, 2]);
    let (lease, _) = answer(&mut world, 1, honest);
    let [(examination, task)] = examinations(&world)[..] else { panic!("one examines") };
    assert_eq!(task, lease.task);
    world.step(Input::Statements);
    // It says something of a token less than there are.
    let mut short = examine(&outcome(&world, task));
    short.positions.pop();
    hand_in(&mut world, examination, &short);
    let told = world.step(Input::Statements).1;
    let promised: u128 = statements(&told)
        .iter()
        .filter(|heard| heard.miner == examination.node)
        .flat_map(|heard| heard.settled.iter().map(|settled| settled.owed))
        .sum();
    let owed: u128 =
        world.machine.accounts().iter().filter(|(node, ..)| *node == examination.node).map(|(.., owed)| owed).sum();
    assert_eq!((promised, owed), (0, 0), "what is signed as owed is owed");
}

#[test]
fn who_changes_its_manifest_after_an_answer_is_examined_by_the_one_that_it_answered_by() {
    let mut world = world(&[1]);
    let (_, _) = answer(&mut world, 1, |_| (FALSE, -1.0));
    let session = world.connect(miner(1), 0);
    let other = super::world::manifest("m", "others");
    let offer = Offered { id: other.id(), manifest: other, class: "unknown".into(), ..offered("m", 9) };
    world.step(Input::Slots { node: miner(1), session, offers: vec![offer], devices: vec![] });
    let effects = own(&mut world, 1);
    examine_here(&mut world, &effects);
    assert!(is_confirmed(&world, 1));
}

#[test]
fn an_auditor_that_has_no_numbers_is_not_waited_for() {
    // Whatever an answer does to those that examine it, its ticket ends, and other answers are examined.
    let mut world = world(&[1]);
    own(&mut world, 1);
    let task = world.submit(number(1), Interest::Nothing).expect("is accepted");
    let lease = world.lease(task);
    let effects = world.finish(lease, result(&TRUE, -1.0));
    let [audit] = asked(&effects)[..] else { panic!("it is examined") };
    world.step(Input::Examined { audit, result: Err("it took longer than 120 s".into()) });
    let (_, effects) = answer(&mut world, 2, |_| (TRUE, -1.0));
    examine_here(&mut world, &effects);
    assert_eq!(world.machine.audits().counts().cleared, 1);
    later(&mut world, HOLD);
    assert_eq!((world.machine.accounts().held().count(), world.machine.audits().pending().count()), (0, 1));
    assert_eq!(standing(&world, 1), Standing::Good);
}

fn asked(effects: &[Effect]) -> Vec<TaskId> {
    let audit = |effect: &Effect| match effect {
        Effect::Examine { audit, .. } => Some(*audit),
        _ => None,
    };
    effects.iter().filter_map(audit).collect()
}

#[test]
fn what_many_auditors_find_of_a_miner_takes_bounded_room() {
    let mut book = Book::default();
    book.apply(&AuditEvent::Epoch { epoch: 1 });
    let of = |value: u32| TaskId(alloy::primitives::keccak256(value.to_be_bytes()));
    for value in 0..400u32 {
        let due = Due {
            task: of(value),
            attempt: 1,
            miner: miner(1),
            number: value.into(),
            receipt: of(value).0,
            manifest: super::world::manifest("m", "true").id(),
            class: "cpu".into(),
            context: 10,
            reason: crate::assign::log::Reason::Coin,
            holds: false,
            wanted: 1,
            at: 1,
        };
        book.apply(&AuditEvent::Due(Box::new(due)));
        let auditor = Address::left_padding_from(&(value + 1).to_be_bytes());
        let gross = (value == 3).then(|| "false".to_owned());
        let findings = Findings { tokens: 9, gross, ..Findings::default() };
        let class = "cpu".to_owned();
        book.apply(&AuditEvent::Examined { task: of(value), auditor, class, findings, for_jury: None, owed: 0 });
        book.apply(&AuditEvent::Cleared { task: of(value) });
    }
    let record = book.record(&miner(1)).expect("it has one");
    let kept: Vec<_> = record.all_evidence().collect();
    assert!(kept.len() <= 64, "{}", kept.len());
    assert_eq!(kept.iter().map(|evidence| evidence.gross).sum::<u32>(), 2, "what speaks against it is kept");
    assert_eq!(kept.iter().find(|evidence| evidence.auditor.is_zero()).map(|evidence| evidence.answers), Some(400));
    assert!(serde_json::to_string(&book).expect("encodes").len() < 200_000);
}

#[test]
fn an_answer_without_tokens_is_examined_and_makes_no_record_cleaner() {
    let mut book = Book::default();
    book.apply(&AuditEvent::Epoch { epoch: 1 });
    for value in 0..4u8 {
        let task = TaskId(B256::repeat_byte(value));
        let due = Due {
            task,
            attempt: 1,
            miner: miner(1),
            number: value.into(),
            receipt: task.0,
            manifest: super::world::manifest("m", "true").id(),
            class: "cpu".into(),
            context: 10,
            reason: crate::assign::log::Reason::Coin,
            holds: false,
            wanted: 1,
            at: 1,
        };
        book.apply(&AuditEvent::Due(Box::new(due)));
        let findings = Findings { tokens: if value == 3 { 9 } else { 0 }, ..Findings::default() };
        let class = "cpu".to_owned();
        let examined = AuditEvent::Examined { task, auditor: miner(2), class, findings, for_jury: None, owed: 0 };
        book.apply(&examined);
        book.apply(&AuditEvent::Cleared { task });
    }
    let record = |number| book.record(&miner(number)).expect("it has one");
    assert_eq!((record(1).examined, record(1).clean), (4, 1));
    assert_eq!((record(2).made, record(2).missed), (4, 0));
}

#[test]
fn one_that_accuses_everybody_keeps_nobody_from_examining_it() {
    let mut world = world(&[1, 2, 3]);
    let says = |auditor: Address, outcome: &Outcome| match auditor == miner(3) {
        true => accuse(outcome),
        false => examine(outcome),
    };
    for value in 0..60 {
        answer(&mut world, value, |node| if node == miner(3) { (FALSE, -1.0) } else { (TRUE, -1.0) });
        examine_all(&mut world, says);
        later(&mut world, 10);
    }
    // There are only two owners besides it, and time for a third one.
    later(&mut world, GRACE);
    assert!(is_confirmed(&world, 3), "{:?}", standing(&world, 3));
    assert!(!is_confirmed(&world, 1) && !is_confirmed(&world, 2));
}
