//! Tests of how long answers may get whose applications have not said it.

use super::world::{World, identity, miner, offered, result, snapshot, spec};
use crate::{
    coordinator::{Answer, Funds, Input, Interest, LEAST_TOKENS, Limits, Offered, SubmitError},
    task::{Millis, Sampling, TaskSpec},
};

/// The time until the deadline of tasks here.
const PATIENCE: Millis = 1_000_000;

/// A world with one miner whose context has 32,768 tokens, and this escrow.
fn world(escrow: u128) -> World {
    let mut world = World::new(identity());
    world.step(Input::Snapshot(snapshot(1)));
    let session = world.connect(miner(1), 9);
    let offers = ["m", "free"].map(|model| Offered { context: 32_768, ..offered(model, 9) }).into();
    world.step(Input::Slots { node: miner(1), session, offers, devices: vec![] });
    world.step(Input::Funds(Funds { escrow, ..Funds::default() }));
    world
}

/// A task whose application has said nothing of its length, as it is handed in.
fn long(number: u8, model: &str) -> TaskSpec {
    let sampling = Sampling { max_tokens: 131_072, ..spec(number).sampling };
    TaskSpec { model: model.into(), sampling, ..spec(number) }
}

/// The tokens that each of these may have; they are one request.
fn asked(world: &mut World, specs: &[TaskSpec], limits: Limits) -> Result<Vec<u32>, SubmitError> {
    let deadline = |spec: &TaskSpec| TaskSpec { deadline: world.now + spec.deadline, ..spec.clone() };
    let tasks = specs.iter().map(|spec| deadline(spec).into()).collect();
    let answer = world.step(Input::Submit { tasks, limits, interest: Interest::Nothing }).0;
    let Answer::Submitted(ids) = answer else { panic!("{answer:?}") };
    let tokens = |id| {
        let given = &world.machine.task(&id).expect("is known").spec;
        // Its ticket commits to what it may have now.
        assert!(world.offers.get(&id).is_none_or(|offer| offer.ticket.parameters == given.sampling.hash()));
        given.sampling.max_tokens
    };
    ids.map(|ids| ids.into_iter().map(tokens).collect())
}

fn open() -> Limits {
    Limits { open: true, ..Limits::default() }
}

/// Shows that the miner makes 100 tokens per second.
fn show_pace(world: &mut World) {
    let id = world.submit(TaskSpec { model: "free".into(), ..spec(200) }, Interest::Nothing).expect("is accepted");
    let lease = world.lease(id);
    world.step(Input::Progress { lease, tokens: 1 });
    world.now += 1_000;
    world.finish(lease, result(&[7; 101], -0.5));
}

#[test]
fn an_answer_without_a_limit_fits_the_context_and_the_time() {
    let mut world = world(0);
    assert_eq!(asked(&mut world, &[long(1, "free")], open()), Ok(vec![4_096]), "nobody knows the miner's pace");
    show_pace(&mut world);
    assert_eq!(asked(&mut world, &[long(2, "free")], open()), Ok(vec![32_768]));
    let urgent = TaskSpec { deadline: PATIENCE / 5, ..long(3, "free") };
    assert_eq!(asked(&mut world, &[urgent], open()), Ok(vec![10_000]));
    let hopeless = TaskSpec { deadline: 1_000, ..long(4, "free") };
    assert_eq!(asked(&mut world, &[hopeless], open()), Ok(vec![LEAST_TOKENS]));
    // Who says how long it may be, or wants less than there is room for, has that.
    assert_eq!(asked(&mut world, &[long(5, "free")], Limits::default()), Ok(vec![131_072]));
    assert_eq!(asked(&mut world, &[TaskSpec { model: "free".into(), ..spec(6) }], open()), Ok(vec![6]));
}

#[test]
fn an_answer_without_a_limit_is_no_longer_than_what_can_be_paid() {
    // 549 tokens of the prompt come to 385 units, and 1,000 tokens of the answer to 1,300.
    let mut rich = world(100_385);
    show_pace(&mut rich);
    let mut other = rich.clone();
    assert_eq!(asked(&mut rich, &[long(1, "m")], open()), Ok(vec![19_230]), "a quarter of the escrow");
    let of_two = asked(&mut other, &[long(1, "m"), long(2, "m")], open()).expect("is accepted");
    assert!(of_two.iter().all(|tokens| (9_500..9_615).contains(tokens)), "{of_two:?}");
    let capped = Limits { max_price: Some(10_385), ..open() };
    assert_eq!(asked(&mut rich, &[long(3, "m")], capped), Ok(vec![7_692]));
    let thrifty = TaskSpec { caller: Some("other".into()), ..long(4, "m") };
    let budget = Limits { budget: Some(40_385), ..open() };
    assert_eq!(asked(&mut rich, std::slice::from_ref(&thrifty), budget), Ok(vec![7_692]), "a quarter of the budget");
    let again = asked(&mut rich, &[TaskSpec { id: spec(5).id, ..thrifty }], budget).expect("fits");
    assert!(again[0] < 7_692 && again[0] > LEAST_TOKENS, "{again:?}");

    let mut poor = world(385 + 666);
    show_pace(&mut poor);
    assert_eq!(asked(&mut poor, &[long(1, "m")], open()), Ok(vec![LEAST_TOKENS]));
    let refused = asked(&mut poor, &[long(2, "m")], open());
    assert!(matches!(refused, Err(SubmitError::EscrowExhausted { .. })), "{refused:?}");
}
