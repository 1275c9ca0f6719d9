//! What nodes do before the court: the planner phase by phase, and many nodes that follow it against a model of the contracts, with kills,
//! outages, lost transactions, missed blocks and reorganisations.

mod model;
mod steps;
mod world;

use std::collections::BTreeSet;

use cuckoo_protocol::{
    B256,
    court::{Declaration, Part, State, Step, Vote, plan},
};
use model::{Docked, Model};
use proptest::prelude::*;
use world::{BLOCK_SECONDS, Faults, World};

/// Who is there for this many blocks in a row can examine, commit and reveal, though it is killed once, loses transactions twice and has its
/// last blocks taken back.
const ENOUGH: usize = 24;
/// The same for who needs to examine nothing.
const ENOUGH_TO_ABSTAIN: usize = 16;

fn faults() -> impl Strategy<Value = Faults> {
    let chance = |most: f64| prop_oneof![1 => Just(0.0), 2 => 0.0..most];
    (chance(0.02), chance(0.3), chance(0.04), chance(0.03), 0u64..40).prop_map(
        |(outage, lost, reorganised, killed, longest_outage)| Faults {
            outage,
            lost,
            reorganised,
            killed,
            longest_outage,
        },
    )
}

/// Every step of a plan is legal at its block, none conflicts with another, and none is one that the node must not take.
fn check_plans(world: &World) {
    for (index, node) in world.nodes.iter().enumerate() {
        let view = world.court.view(world.now, world.block, node.me.node);
        let steps = plan(&view, &node.me, &node.book);
        let mut voting = BTreeSet::new();
        let mut manifests = BTreeSet::new();
        let mut summoned = BTreeSet::new();
        for step in &steps {
            let mut court = world.court.clone();
            let taken = court.apply(world.now, &node.me, step, &node.book);
            assert!(taken.is_ok(), "node {index} at {}: {step:?}: {taken:?}", world.now);
            match step {
                Step::Reveal { case, round } | Step::Commit { case, round } => {
                    assert!(node.book.ballot(*case, *round).is_some(), "{step:?} without a ballot");
                    assert!(voting.insert((*case, *round)), "{steps:?}");
                    assert!(!world.court.cases[case].is_party(&node.me.owner), "a party votes: {step:?}");
                }
                Step::Gather { case, round, until } => {
                    assert!(*until > world.now && voting.insert((*case, *round)), "{steps:?}");
                    assert!(node.me.takes_part && !world.court.cases[case].is_party(&node.me.owner));
                }
                Step::Abstain { case, round } => {
                    assert!(voting.insert((*case, *round)), "{steps:?}");
                    let part = view.case(*case).and_then(|case| case.mine.clone()).map(|mine| mine.part);
                    assert_eq!(part, Some(Part::Summoned), "silence would have cost nothing");
                }
                Step::Summon { case, nodes } => {
                    assert!(!nodes.is_empty() && nodes.iter().all(|node| summoned.insert((*case, *node))), "{steps:?}");
                }
                Step::Declare { manifests: some }
                | Step::Refresh { manifests: some }
                | Step::Undeclare { manifests: some } => {
                    assert!(!some.is_empty() && some.iter().all(|manifest| manifests.insert(*manifest)), "{steps:?}");
                }
                _ => {}
            }
        }
        let distinct: BTreeSet<_> = steps.iter().collect();
        assert_eq!(distinct.len(), steps.len(), "{steps:?}");
    }
}

/// Whether an honest node could not help being docked: it was away, it became a party, or its operator wants no jury duty.
fn could_not_vote(world: &World, docked: &Docked) -> bool {
    let node = world.nodes.iter().find(|node| node.me.node == docked.node).expect("a node");
    let case = &world.court.cases[&docked.case];
    let seconds = world.court.rules.epoch_seconds;
    let start = case.draw_epoch(docked.round) * seconds;
    let end = start + seconds;
    let was_there = |from: u64, to: u64, enough: usize| {
        let mut row = 0;
        (from..to).step_by(BLOCK_SECONDS as usize).any(|time| {
            row = if node.was_online(time) { row + 1 } else { 0 };
            row >= enough
        })
    };
    let seeded = world.seeded.get(&start).copied().unwrap_or(u64::MAX);
    let commit = match world.evidence {
        true => was_there(seeded, end - seconds / 6, ENOUGH),
        // What could not be had may come until two thirds of the time.
        false => was_there(seeded.max(end - seconds / 3), end, ENOUGH_TO_ABSTAIN),
    };
    let reveal = was_there(end, end + seconds, ENOUGH_TO_ABSTAIN);
    !node.me.takes_part || case.is_party(&node.me.owner) || !commit || !reveal
}

/// Lets nodes follow cases until all are over, checking every plan on the way.
fn run(seed: u64, faults: Faults, evidence: bool, cheats: bool) -> World {
    let mut world = World::new(seed, faults, evidence, cheats);
    for _ in 0..world.blocks_of(8) {
        world.step();
        if world.block.is_multiple_of(11) {
            check_plans(&world);
        }
    }
    // Everybody is back, and nothing is lost any more.
    world.calm();
    for _ in 0..world.blocks_of(3) {
        world.step();
    }
    check_plans(&world);
    world
}

/// What has to hold in the end, whatever happened.
fn check_end(world: &World) {
    for (id, case) in &world.court.cases {
        assert!(!matches!(case.state, State::None | State::Open), "{id} is not closed");
        assert!(world.nodes.iter().all(|node| !case.owed.contains_key(&node.me.node)), "bonds wait");
    }
    for node in &world.nodes {
        let view = world.court.view(world.now, world.block, node.me.node);
        let rest: Vec<_> = plan(&view, &node.me, &node.book);
        let rest: Vec<_> = rest.into_iter().filter(|step| !matches!(step, Step::Refresh { .. })).collect();
        let epoch = world.now / world.court.rules.epoch_seconds;
        let counts = |declaration: &Declaration| declaration.epoch + world.court.rules.validity > epoch;
        assert_eq!(view.standing.declared.len(), usize::from(node.me.takes_part));
        assert!(view.standing.declared.values().all(counts), "records are too old");
        assert!(rest.is_empty(), "something is left to do: {rest:?}");
    }
    let inexcusable = docked_for_nothing(world);
    assert!(inexcusable.is_empty(), "{inexcusable:?}");
}

/// The honest jurors that were docked though they were there.
fn docked_for_nothing(world: &World) -> Vec<&Docked> {
    let dishonest = world.dishonest();
    // The contracts let a sixth of the seats decide where everybody else could not get the evidence.
    let are_few = |case: &B256| world.court.cases[case].dishonest_part(&dishonest) < 1.0 / 6.0;
    let is_wrong =
        |docked: &&Docked| !dishonest.contains(&docked.node) && are_few(&docked.case) && !could_not_vote(world, docked);
    world.court.docked.iter().filter(is_wrong).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn no_honest_juror_is_docked_that_was_there_and_every_case_is_closed(
        seed: u64, faults in faults(), evidence: bool, cheats: bool,
    ) {
        check_end(&run(seed, faults, evidence, cheats));
    }
}

#[test]
fn without_faults_every_case_ends_with_the_true_verdict_and_everybody_is_paid() {
    for seed in 0..4 {
        for cheats in [false, true] {
            let world = run(seed, Faults::default(), true, cheats);
            check_end(&world);
            let verdict = if cheats { State::Guilty } else { State::Innocent };
            assert!(world.court.cases.values().all(|case| case.state == verdict), "seed {seed}");
            assert!(world.court.paid > 0, "nobody was paid");
            // Twelve nodes did what one could have done: few transactions were for nothing.
            let Model { sent, wasted, .. } = &world.court;
            assert!(wasted * 10 <= *sent, "{wasted} of {sent} were for nothing");
        }
        let world = run(seed, Faults::default(), false, true);
        check_end(&world);
        assert!(world.court.cases.values().all(|case| case.state == State::Void), "nobody had the evidence");
        let unavailable = |case: &model::Filed| {
            case.ballots.values().all(|ballot| ballot.vote.is_none_or(|vote| vote == Vote::Unavailable))
        };
        assert!(world.court.cases.values().all(unavailable));
    }
}

#[test]
fn a_case_that_nobody_attends_is_closed_as_soon_as_somebody_is_back() {
    let mut world = World::new(1, Faults::default(), true, true);
    let blocks = world.blocks_of(7);
    world.nodes.iter_mut().for_each(|node| node.away_until = u64::MAX);
    (0..blocks).for_each(|_| world.step());
    assert!(world.court.cases.values().all(|case| case.state == State::Open));
    world.calm();
    (0..world.blocks_of(1)).for_each(|_| world.step());
    assert!(world.court.cases.values().all(|case| case.state == State::Void));
    assert!(world.court.docked.is_empty(), "nobody was summoned");
    check_end(&world);
}

#[test]
fn who_has_left_or_fallen_silent_is_written_down_again_once_by_one_of_the_others() {
    for seed in 0..4 {
        let mut world = World::new(seed, Faults::default(), true, false);
        let corrected =
            |world: &World, node: u8| world.court.corrected.iter().filter(|corrected| corrected.0[0] == node).count();
        (0..world.blocks_of(2)).for_each(|_| world.step());
        assert!(world.court.corrected.is_empty(), "everybody is there");
        let (left, silent) = (10, 11);
        for number in [left, silent] {
            world.nodes[usize::from(number) - 1].away_until = u64::MAX;
        }
        let left_node = world.nodes[usize::from(left) - 1].me.node;
        world.court.stakes.insert(left_node, 0);
        (0..world.blocks_of(3)).for_each(|_| world.step());
        assert_eq!((corrected(&world, left), corrected(&world, silent)), (1, 0), "what has left, and nothing else");
        (0..world.blocks_of(world.court.rules.validity)).for_each(|_| world.step());
        assert_eq!((corrected(&world, left), corrected(&world, silent)), (1, 1), "no epoch twice");
        assert_eq!(world.court.corrected.len(), 2, "{:?}", world.court.corrected);
    }
}

#[test]
fn a_node_that_does_not_reveal_is_noticed() {
    let mut world = World::new(5, Faults::default(), true, true);
    world.nodes.iter_mut().for_each(|node| node.mute = node.me.node.0[0] == 6);
    (0..world.blocks_of(9)).for_each(|_| world.step());
    let docked = docked_for_nothing(&world);
    assert!(!docked.is_empty() && docked.iter().all(|docked| docked.node.0[0] == 6), "{docked:?}");
}

#[test]
fn ids_tell_cases_apart() {
    let world = World::new(3, Faults::default(), true, true);
    let ids: BTreeSet<B256> = world.court.cases.keys().copied().collect();
    assert!(ids.len() >= 2 && ids.iter().all(|id| world.court.cases[id].id == *id));
}
