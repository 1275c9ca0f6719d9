//! The planner, phase by phase.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::FixedBytes;
use cuckoo_protocol::{
    Address, B256,
    court::{
        Ballot, Book, COMMITMENT_BYTES, Case, Declaration, Draw, Juror, KEEPERS, LOOKED_AT, MOST_CORRECTED, Me,
        Outcome, Part, Phase, Record, Rules, Settlement, Standing, State, Step, Tally, Unsettled, View, Vote,
        declarations, keeper, keeps, lapses, looked_at, plan, summons,
    },
};

/// Seconds of an epoch; the first draw's begins at 1,000.
const EPOCH: u64 = 100;
const START: u64 = 1_000;
const CASE: B256 = B256::repeat_byte(1);
const NODE: Address = Address::repeat_byte(2);
const OWNER: Address = Address::repeat_byte(3);

fn me() -> Me {
    Me { node: NODE, owner: OWNER, examines: None, takes_part: true }
}

fn juror(node: Address, part: Part) -> Juror {
    Juror { node, seats: 3, part, commitment: FixedBytes::ZERO }
}

/// A case in a phase, with nobody but this node to follow it.
fn case(phase: Phase) -> Case {
    let draw = Draw {
        round: 1,
        epoch: START / EPOCH,
        phase,
        until: Some(START + EPOCH),
        tally: Tally::default(),
        outcome: Outcome::Pending,
        source_round: 77,
        seed_at: START + 5,
        reward: 0,
    };
    Case {
        id: CASE,
        state: if phase == Phase::Closed { State::Guilty } else { State::Open },
        accused: Address::repeat_byte(9),
        challengers: vec![],
        parties: BTreeSet::from([Address::repeat_byte(8)]),
        opened: 9,
        bond: 10,
        dock: 1,
        manifest: B256::ZERO,
        records: 7,
        receipts: vec![],
        tickets: vec![],
        evidence: vec![],
        draw,
        jurors: vec![],
        mine: None,
        panel: BTreeSet::from([NODE]),
        absent: vec![],
        unsettled: vec![],
        owed: 0,
    }
}

fn view(now: u64, cases: Vec<Case>) -> View {
    let rules = Rules { epoch_seconds: EPOCH, seats: 31, validity: 8, window: 0 };
    View { block: 1, block_hash: B256::ZERO, now, rules, standing: Standing::default(), records: vec![], cases }
}

/// A book in which everything is published.
fn book() -> Book {
    let mut book = Book::default();
    book.note_published(CASE, 1);
    book
}

fn with_ballot(vote: Vote) -> (Book, Ballot) {
    let ballot = Ballot { vote, salt: B256::repeat_byte(5) };
    let mut book = book();
    book.write(CASE, 1, ballot.clone());
    (book, ballot)
}

fn planned(now: u64, case: Case, book: &Book) -> Vec<Step> {
    plan(&view(now, vec![case]), &me(), book)
}

#[test]
fn a_seed_is_recorded_once_it_has_a_value_and_once_for_all_cases() {
    assert_eq!(planned(START + 4, case(Phase::Seed), &book()), []);
    let record = Step::RecordSeed { case: CASE, source_round: 77 };
    assert_eq!(planned(START + 5, case(Phase::Seed), &book()), std::slice::from_ref(&record));
    let other = Case { id: B256::repeat_byte(7), ..case(Phase::Seed) };
    let mut book = book();
    book.note_published(other.id, 1);
    assert_eq!(plan(&view(START + 9, vec![case(Phase::Seed), other]), &me(), &book), [record]);
}

#[test]
fn who_holds_seats_gathers_the_evidence_then_commits_and_reveals_what_is_written() {
    let drawn = || Case { mine: Some(juror(NODE, Part::Drawn)), ..case(Phase::Committing) };
    let gather = Step::Gather { case: CASE, round: 1, until: START + EPOCH };
    assert_eq!(planned(START + 9, drawn(), &book()), [gather]);
    assert_eq!(planned(START + 9, case(Phase::Committing), &book()), [], "without a seat there is nothing to judge");
    let (kept, ballot) = with_ballot(Vote::Guilty);
    assert_eq!(planned(START + 9, drawn(), &kept), [Step::Commit { case: CASE, round: 1 }]);
    let committed = |phase, commitment| {
        let mine = Juror { commitment, ..juror(NODE, Part::Committed) };
        Case { mine: Some(mine), ..case(phase) }
    };
    let commitment = FixedBytes::from_slice(&ballot.commitment(CASE, 1, NODE)[..COMMITMENT_BYTES]);
    assert_eq!(planned(START + 9, committed(Phase::Committing, commitment), &kept), []);
    let reveal = Step::Reveal { case: CASE, round: 1 };
    assert_eq!(planned(START + 101, committed(Phase::Revealing, commitment), &kept), [reveal]);
    assert_eq!(planned(START + 101, committed(Phase::Revealing, FixedBytes::ZERO), &kept), [], "another one's");
    assert_eq!(planned(START + 101, committed(Phase::Revealing, commitment), &book()), [], "nothing is on disk");
    // The first ballot stays: its commitment may be on its way.
    let mut kept = kept;
    let second = Ballot { vote: Vote::Innocent, salt: B256::repeat_byte(6) };
    assert_eq!(kept.write(CASE, 1, second).vote, Vote::Guilty);
}

#[test]
fn who_was_summoned_abstains_where_there_is_no_evidence_and_others_stay_silent() {
    let with = |part| Case { mine: Some(juror(NODE, part)), ..case(Phase::Committing) };
    let abstain = [Step::Abstain { case: CASE, round: 1 }];
    let gathers = |steps: &[Step]| matches!(steps, [Step::Gather { .. }]);
    let mut in_vain = book();
    in_vain.note_missing(CASE, 1);
    // While it is looked for again, nothing is known to be missing.
    let mut again = in_vain.clone();
    again.note_looking(CASE, 1);
    for (now, seen, expected) in
        [(66, &in_vain, false), (67, &in_vain, true), (67, &again, false), (67, &book(), false), (84, &book(), true)]
    {
        let steps = planned(START + now, with(Part::Summoned), seen);
        assert!(if expected { steps == abstain } else { gathers(&steps) }, "{now}: {steps:?}");
        // Who was not summoned can still find the evidence, and loses nothing if it does not.
        assert!(gathers(&planned(START + now, with(Part::Drawn), seen)), "{now}");
    }
    let (kept, _) = with_ballot(Vote::Unavailable);
    assert_eq!(planned(START + 70, with(Part::Drawn), &kept), []);
    assert_eq!(planned(START + 70, with(Part::Summoned), &kept), [Step::Commit { case: CASE, round: 1 }]);
    // Who wants no jury duty does not work for it, but does not pay for silence either.
    let retired = Me { takes_part: false, ..me() };
    assert_eq!(plan(&view(START + 9, vec![with(Part::Summoned)]), &retired, &book()), abstain);
    assert_eq!(plan(&view(START + 9, vec![with(Part::Drawn)]), &retired, &book()), []);
}

#[test]
fn parties_do_not_judge() {
    let (kept, ballot) = with_ballot(Vote::Guilty);
    let commitment = FixedBytes::from_slice(&ballot.commitment(CASE, 1, NODE)[..COMMITMENT_BYTES]);
    for (phase, part, book) in [
        (Phase::Committing, Part::Drawn, &book()),
        (Phase::Committing, Part::Summoned, &kept),
        (Phase::Revealing, Part::Committed, &kept),
    ] {
        let mine = Juror { commitment, ..juror(NODE, part) };
        let mut case = Case { mine: Some(mine), ..case(phase) };
        assert_ne!(planned(START + 70, case.clone(), book), []);
        case.parties.insert(OWNER);
        assert_eq!(planned(START + 70, case, book), []);
    }
}

#[test]
fn nodes_take_turns_and_nobody_waits_beyond_three_quarters_of_the_time() {
    let nodes: Vec<Address> = (10..40).map(Address::repeat_byte).collect();
    let absent = vec![juror(Address::repeat_byte(99), Part::Drawn)];
    let case = Case { panel: nodes.iter().copied().collect(), absent, ..case(Phase::Committing) };
    let acting = |now: u64| {
        let view = view(now, vec![case.clone()]);
        let of = |node: &Address| Me { node: *node, ..me() };
        let acts = nodes.iter().filter(|node| summons(&view, &case, &of(node)));
        let acts: Vec<_> = acts.copied().collect();
        for node in &acts {
            let step = Step::Summon { case: CASE, nodes: vec![Address::repeat_byte(99)] };
            assert_eq!(plan(&view, &of(node), &book()), [step]);
        }
        acts
    };
    // A thirty-second part of the epoch a turn, from the time of the seed on.
    assert_eq!([4, 5, 7, 8, 11].map(|after| acting(START + after).len()), [0, 1, 1, 2, 3]);
    assert!(acting(START + 8).starts_with(&acting(START + 5)) || acting(START + 8).ends_with(&acting(START + 5)));
    assert_eq!([37, 38, 49, 50].map(|after| acting(START + after).len()), [11, 30, 30, 0], "the first half alone");
    // Each kind of step and each case has another order.
    let first = |id: B256| {
        let case = Case { id, ..case.clone() };
        let view = view(START + 5, vec![case.clone()]);
        nodes.iter().position(|node| summons(&view, &case, &Me { node: *node, ..me() }))
    };
    let firsts: BTreeSet<_> = (1..20).map(|id| first(B256::repeat_byte(id))).collect();
    assert!(firsts.len() > 5, "{firsts:?}");
    // Who is not of the panel comes after all of it.
    let view = view(START + 37, vec![case.clone()]);
    assert!(!summons(&view, &case, &Me { node: Address::repeat_byte(200), ..me() }));
}

#[test]
fn what_a_closed_case_owes_is_fetched_by_whom_it_is_owed_and_docks_by_one_after_another() {
    let unsettled = |node, due| Unsettled { round: 1, node, seats: 2, due };
    let other = Address::repeat_byte(11);
    let closed = Case {
        owed: 5,
        panel: BTreeSet::from([NODE, other]),
        unsettled: vec![
            unsettled(NODE, Settlement::Paid),
            unsettled(other, Settlement::Paid),
            unsettled(Address::repeat_byte(12), Settlement::Docked),
        ],
        ..case(Phase::Closed)
    };
    let settle = |juror| Step::SettleJuror { case: CASE, round: 1, juror };
    let mine = [settle(NODE), Step::Withdraw { case: CASE }];
    let all = [settle(NODE), settle(Address::repeat_byte(12)), Step::Withdraw { case: CASE }];
    let plans: Vec<_> = (0..6).map(|second| planned(START + 600 + second, closed.clone(), &book())).collect();
    assert!(plans.iter().all(|steps| steps == &mine || steps == &all), "{plans:?}");
    let turns = plans.iter().filter(|steps| *steps == &all).count();
    assert_eq!(turns, 3, "every other turn of three seconds is this node's");
    let counting = Case { draw: Draw { until: None, ..case(Phase::Counting).draw }, ..case(Phase::Counting) };
    assert_eq!(planned(START + 200, counting, &book()), [Step::Resolve { case: CASE }]);
}

#[test]
fn evidence_is_published_while_somebody_can_use_it_and_the_nearest_deadline_comes_first() {
    for (phase, expected) in [
        (Phase::Drawing, true),
        (Phase::Seed, true),
        (Phase::Committing, true),
        (Phase::Revealing, false),
        (Phase::Counting, false),
        (Phase::Closed, false),
    ] {
        let steps = planned(START, case(phase), &Book::default());
        assert_eq!(steps.contains(&Step::Publish { case: CASE, attempt: 1 }), expected, "{phase:?}");
    }
    let again = Case { draw: Draw { round: 3, ..case(Phase::Drawing).draw }, ..case(Phase::Drawing) };
    assert_eq!(planned(START, again, &book()), [Step::Publish { case: CASE, attempt: 2 }], "it was opened again");
    let busy = Case {
        mine: Some(juror(NODE, Part::Summoned)),
        absent: vec![juror(Address::repeat_byte(99), Part::Drawn)],
        owed: 1,
        ..case(Phase::Committing)
    };
    let (mut kept, ballot) = with_ballot(Vote::Innocent);
    kept.write(CASE, 2, ballot);
    let steps = planned(START + 20, busy, &kept);
    let nodes = vec![Address::repeat_byte(99)];
    let expected =
        [Step::Summon { case: CASE, nodes }, Step::Commit { case: CASE, round: 1 }, Step::Withdraw { case: CASE }];
    assert_eq!(steps, expected);
}

#[test]
fn a_node_stands_behind_what_it_examines_and_nothing_else() {
    let of = B256::repeat_byte;
    let declared = |epoch, stake| Declaration { epoch, stake };
    let known = BTreeMap::from([(of(1), declared(10, 100)), (of(2), declared(6, 100)), (of(3), declared(9, 80))]);
    let mut view = view(START, vec![]);
    view.standing = Standing { stake: 100, declared: known };
    let me = |examines: Option<&[u8]>, takes_part| {
        let examines = examines.map(|manifests| manifests.iter().map(|manifest| of(*manifest)).collect());
        Me { examines, takes_part, ..me() }
    };
    let steps = declarations(&view, &me(Some(&[1, 2, 3, 4]), true));
    let refresh = Step::Refresh { manifests: vec![of(2), of(3)] };
    assert_eq!(steps, [Step::Declare { manifests: vec![of(4)] }, refresh], "one record is old, one is of less stake");
    assert_eq!(declarations(&view, &me(None, true)), [], "what it examines is not known yet");
    assert_eq!(declarations(&view, &me(Some(&[1]), true)), [Step::Undeclare { manifests: vec![of(2), of(3)] }]);
    let all = Step::Undeclare { manifests: vec![of(1), of(2), of(3)] };
    assert_eq!(declarations(&view, &me(Some(&[1]), false)), [all]);
    view.standing.stake = 0;
    assert_eq!(declarations(&view, &me(Some(&[1, 2, 3, 4]), true)), [], "it is not an active miner");
    // A tenth more or less is another stake, but not within the epoch.
    for (stake, at, expected) in [(109, 9, 0), (110, 9, 1), (91, 9, 0), (90, 9, 1), (500, 10, 0)] {
        view.standing = Standing { stake, declared: BTreeMap::from([(of(1), declared(at, 100))]) };
        assert_eq!(declarations(&view, &me(Some(&[1]), true)).len(), expected, "{stake}");
    }
}

#[test]
fn records_of_others_are_written_down_again_where_they_stand_no_longer_and_only_then() {
    let now = START / EPOCH;
    let record = |stake, epoch, recorded| Record {
        node: Address::repeat_byte(5),
        manifest: B256::repeat_byte(1),
        stake,
        declaration: Declaration { epoch, stake: recorded },
    };
    let mut view = view(START, vec![]);
    for (record, expected) in [
        (record(100, now, 100), false),
        (record(500, now - 7, 100), false),
        (record(0, now, 100), true),
        (record(0, now - 9, 0), false),
        (record(0, 0, 0), false),
        (record(91, now - 1, 100), false),
        (record(90, now - 1, 100), true),
        (record(90, now, 100), false),
        (record(100, now - 7, 100), false),
        (record(100, now - 8, 100), true),
        (record(u128::MAX, now, u128::MAX), false),
    ] {
        assert_eq!(lapses(&view, &record), expected, "{record:?}");
        view.records = vec![record];
        let correct = Step::Correct { node: record.node, manifests: vec![record.manifest] };
        assert_eq!(plan(&view, &me(), &book()).contains(&correct), expected, "{record:?}");
    }
    // A transaction a node, and a few of them; the rest waits for the next ones.
    let of = |node: u8, manifest: u8| Record {
        node: Address::repeat_byte(node),
        manifest: B256::repeat_byte(manifest),
        ..record(0, now, 100)
    };
    view.records = (0..40).flat_map(|node| (1..=20).map(move |manifest| of(node, manifest))).collect();
    let steps = plan(&view, &me(), &book());
    let manifests = steps.iter().map(|step| match step {
        Step::Correct { manifests, .. } => manifests.len(),
        other => panic!("{other:?}"),
    });
    assert_eq!(manifests.collect::<Vec<_>>(), [16; MOST_CORRECTED]);
}

#[test]
fn a_few_nodes_keep_the_records_of_an_epoch_one_after_another_and_all_have_turns() {
    let standing: BTreeSet<Address> = (1..=20).map(Address::repeat_byte).collect();
    let mut turns = BTreeMap::new();
    for epoch in 0..200 {
        let mut places: Vec<_> = standing.iter().filter_map(|node| keeper(epoch, *node, &standing)).collect();
        places.sort_unstable();
        assert_eq!(places, (0..KEEPERS).collect::<Vec<_>>(), "nobody has another one's place");
        let first = standing.iter().find(|node| keeper(epoch, **node, &standing) == Some(0));
        *turns.entry(*first.expect("a keeper")).or_insert(0) += 1;
        assert_eq!(keeper(epoch, Address::repeat_byte(99), &standing), None, "a node whose records do not count");
    }
    assert!(turns.len() == 20 && turns.values().all(|turns| *turns < 30), "{turns:?}");
    assert_eq!(keeper(7, NODE, &BTreeSet::from([NODE])), Some(0), "who is alone is the first one");
    let turns = [(0, None), (24, None), (25, Some(0)), (49, Some(0)), (50, Some(1)), (74, Some(1)), (75, Some(2))];
    for (second, expected) in turns.into_iter().chain([(99, Some(2)), (100, None)]) {
        let view = view(START + second, vec![]);
        let on_turn: Vec<u64> = (0..=KEEPERS).filter(|place| keeps(&view, *place)).collect();
        assert_eq!(on_turn, expected.into_iter().collect::<Vec<_>>(), "{second}");
    }
    // Of many records each is looked at again and again.
    let all: Vec<usize> = (0..3 * LOOKED_AT + 1).collect();
    let seen: Vec<usize> = (40..44).flat_map(|epoch| looked_at(&all, epoch).to_vec()).collect();
    assert_eq!(seen, all);
    assert_eq!((looked_at(&all[..5], 7), looked_at(&all[..0], 7)), (&all[..5], &all[..0]));
}
