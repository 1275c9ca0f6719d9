//! Tests of a miner's decisions, frame by frame.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes};

use super::*;
use crate::{
    entropy::tests::Counter,
    manifest::ModelManifest,
    message::{Acknowledgement, Domain, SignedAcknowledgement, SignedVoucher, Ticket, Voucher},
    price::Rate,
    task::{Examine, Finish, FinishReason, Kind, Millis, Sampling, TaskId},
    wire::{self, Body, RefuseCode},
};

mod any_order;

const MINER: Address = Address::repeat_byte(9);
const FIRST: Address = Address::repeat_byte(1);
const SECOND: Address = Address::repeat_byte(2);
const MODEL: &str = "m";
const START: Millis = 1_800_000_000_000;
/// Seconds until a ticket's deadline.
const PATIENCE: u64 = 60;

fn manifest() -> ModelManifest {
    ModelManifest { name: MODEL.into(), ..ModelManifest::default() }
}

fn domain() -> Domain {
    Domain::new(1, Address::ZERO)
}

fn rate() -> Rate {
    Rate::new(0, 1_000).expect("a rate")
}

/// A miner with three slots, which stops after two unpaid tickets.
struct Bench {
    miner: Miner,
    now: Millis,
    dice: Counter,
}

impl Bench {
    fn new() -> Self {
        let identity = Identity {
            address: MINER,
            models: vec![Model { examines: true, ..Model::new(manifest(), Kind::Text, 3) }],
            terms: Terms { max_unpaid: 2, least: Rate::default() },
            domain: domain(),
        };
        let mut bench = Self { miner: Miner::new(identity, &[], &[], &[]), now: START, dice: Counter(0) };
        bench.step(Input::Coordinators(vec![(FIRST, 1), (SECOND, 1)]));
        bench.step(Input::Capable([MODEL.to_owned()].into()));
        bench
    }

    fn step(&mut self, input: Input) -> Effects {
        let mut effects = vec![];
        self.miner.step(input, self.now, &mut self.dice, &mut effects);
        effects
    }

    fn welcome(&mut self, coordinator: Address, session: u64, rate: Rate) -> Effects {
        let link = Link { coordinator, session };
        self.step(Input::Welcome { link, prices: [(String::new(), rate)].into() })
    }

    fn offer(&mut self, coordinator: Address, number: u64, quiet: bool) -> Effects {
        let (order, request) = self.order(coordinator, number, quiet);
        let link = Link { coordinator, session: 1 };
        self.step(Input::Offered { link, order: Box::new(order), request: Box::new(request) })
    }

    fn order(&self, coordinator: Address, number: u64, quiet: bool) -> (Order, Request) {
        let sampling = Sampling { max_tokens: 10, ..Sampling::default() };
        let quote = rate().quote(&[], sampling.max_tokens);
        let ticket = Ticket {
            coordinator,
            miner: MINER,
            task: B256::left_padding_from(&number.to_be_bytes()),
            attempt: 1,
            number,
            model: manifest().id(),
            price: quote.bound(),
            promptRate: rate().prompt(),
            completionRate: rate().completion(),
            deadline: self.now / 1_000 + PATIENCE,
            ..Ticket::default()
        };
        let (signature, digest, salt) = Default::default();
        let request = Request { model: MODEL.into(), messages: vec![], sampling, examine: None };
        (Order { ticket, signature, digest, rate: rate(), quote, salt, quiet, class: String::new() }, request)
    }

    /// A lease is done: generated, signed and sent.
    fn finish(&mut self, (lease, order): &Started) -> Effects {
        let completed = Box::new(completed(order));
        let effects = self.step(Input::Generated { lease: *lease, completed: completed.clone() });
        assert!(matches!(&effects[..], [Effect::Record { completed: kept, .. }] if *kept == completed), "{effects:?}");
        self.step(Input::Recorded { lease: *lease, signature: Ok(Bytes::from_static(&[1])) })
    }

    /// The slots that a report grants.
    fn slots(effects: &[Effect]) -> Vec<(Address, u32)> {
        let granted = |effect: &Effect| match effect {
            Effect::Send { coordinator, body: Body::Slots(slots) } => Some((*coordinator, slots.models[0].granted)),
            _ => None,
        };
        effects.iter().filter_map(granted).collect()
    }
}

type Started = (LeaseId, Arc<Order>);

fn completed(order: &Order) -> Completed {
    let finish = Finish { reason: FinishReason::Stop, prompt_tokens: 1, completion_tokens: 10, stop: None };
    order.complete(order::Generation { text: "", ids: &[], log_probabilities: &[], finish })
}

/// What a coordinator says of an answer.
fn acknowledgement(coordinator: Address, order: &Order) -> SignedAcknowledgement {
    let completed = completed(order);
    let acknowledgement = Acknowledgement {
        coordinator,
        miner: MINER,
        number: order.ticket.number,
        receipt: domain().digest(&completed.receipt),
        owed: completed.owed.base_units().saturating_to(),
    };
    SignedAcknowledgement { acknowledgement, signature: Bytes::new() }
}

fn started(effects: &[Effect]) -> Option<Started> {
    effects.iter().find_map(|effect| match effect {
        Effect::Start { lease, order, .. } => Some((*lease, order.clone())),
        _ => None,
    })
}

fn refused(effects: &[Effect]) -> Option<(RefuseCode, &str)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send { body: Body::Refuse(refuse), .. } => Some((refuse.code(), refuse.reason.as_str())),
        _ => None,
    })
}

fn sent(effects: &[Effect], wanted: fn(&Body) -> bool) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Send { body, .. } if wanted(body)))
}

fn is_result(body: &Body) -> bool {
    matches!(body, Body::Result(_))
}

#[test]
fn a_lease_goes_from_its_offer_to_its_receipt() {
    let mut bench = Bench::new();
    assert_eq!(Bench::slots(&bench.welcome(FIRST, 1, Rate::default())), [(FIRST, 3)]);
    let loud = bench.offer(FIRST, 1, false);
    assert!(sent(&loud, |body| matches!(body, Body::Accept(_))));
    let quiet = bench.offer(FIRST, 2, true);
    assert!(
        matches!(&quiet[..], [Effect::Start { .. }]),
        "nothing is said before there is something to say: {quiet:?}"
    );
    let lease = started(&quiet).expect("runs");
    bench.step(Input::Progress { lease: lease.0, tokens: 1 });
    assert_eq!(bench.miner.view().counts.completion_tokens, 1, "tokens are counted as they come");
    let effects = bench.finish(&lease);
    let [Effect::Send { coordinator: FIRST, body: Body::Result(result) }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((result.signature.as_slice(), result.completion_tokens), (&[1][..], 10));
    assert_eq!(result.lease, Some(lease.1.lease()));
    let counts = bench.miner.view().counts;
    assert_eq!((counts.running, counts.done, counts.completion_tokens), (1, 1, 10));
    assert_eq!(bench.miner.running(), 1);
    assert!(bench.step(Input::Recorded { lease: lease.0, signature: Ok(Bytes::new()) }).is_empty(), "once");
}

#[test]
fn what_cannot_be_run_or_signed_is_refused() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, Rate::default());
    let leases: Vec<_> = (1..=3).map(|number| started(&bench.offer(FIRST, number, true)).expect("runs")).collect();
    assert_eq!(refused(&bench.offer(FIRST, 4, true)), Some((RefuseCode::Busy, "all slots are taken")));
    let fails = Input::Failed { lease: leases[0].0, code: RefuseCode::Invalid, reason: "too long".into() };
    assert_eq!(refused(&bench.step(fails)), Some((RefuseCode::Invalid, "too long")));
    let completed = Box::new(completed(&leases[1].1));
    bench.step(Input::Generated { lease: leases[1].0, completed });
    let unsigned = Input::Recorded { lease: leases[1].0, signature: Err("the disk is full".into()) };
    assert_eq!(refused(&bench.step(unsigned)), Some((RefuseCode::Failed, "the disk is full")));
    assert_eq!(bench.miner.running(), 1);
    // Nothing is granted while nothing can be signed.
    assert_eq!(Bench::slots(&bench.step(Input::Capable([].into()))), [(FIRST, 0)]);
    assert_eq!(bench.miner.view().models[0].free, 0);
    bench.now += PATIENCE * 1_000;
    let late = bench.step(Input::Tick);
    assert!(matches!(late[0], Effect::Stop { lease } if lease == leases[2].0), "{late:?}");
    assert_eq!(refused(&late), Some((RefuseCode::Failed, "the deadline has passed")));
    assert_eq!((bench.miner.running(), bench.miner.view().counts.failed), (0, 3));
}

#[test]
fn one_examination_at_a_time_has_a_place_beside_the_slots() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, rate());
    let leases: Vec<_> = (1..=3).map(|number| started(&bench.offer(FIRST, number, true)).expect("runs")).collect();
    let link = Link { coordinator: FIRST, session: 1 };
    let offer = |bench: &mut Bench, number, model: &str| {
        let (mut order, mut request) = bench.order(FIRST, number, true);
        request.examine = Some(Box::new(Examine { ids: vec![1; 10], ..Examine::default() }));
        request.model = model.into();
        order.quote = rate().quote_examination(&[], 10);
        order.ticket.price = order.quote.bound();
        bench.step(Input::Offered { link, order: Box::new(order), request: Box::new(request) })
    };
    let first = started(&offer(&mut bench, 4, MODEL)).expect("runs although all slots are taken");
    assert_eq!(refused(&offer(&mut bench, 5, MODEL)), Some((RefuseCode::Busy, "the place for examinations is taken")));
    assert_eq!(bench.miner.running(), 3, "it takes no slot");
    let effects = bench.finish(&first);
    assert!(sent(&effects, is_result) && bench.miner.running() == 3);
    assert!(started(&offer(&mut bench, 6, MODEL)).is_some());
    leases.iter().for_each(|lease| drop(bench.finish(lease)));
    assert_eq!(bench.miner.running(), 0);
    bench.miner.identity.models[0].examines = false;
    let refusal = offer(&mut bench, 7, MODEL);
    assert_eq!(refused(&refusal), Some((RefuseCode::Failed, "this miner's engine cannot examine outputs")));
}

#[test]
fn a_ticket_for_another_model_or_with_an_old_number_is_refused() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, rate());
    let (mut order, request) = bench.order(FIRST, 1, true);
    order.ticket.model = B256::ZERO;
    let link = Link { coordinator: FIRST, session: 1 };
    let (order, request) = (Box::new(order), Box::new(request));
    let effects = bench.step(Input::Offered { link, order, request });
    assert!(refused(&effects).is_some_and(|(_, reason)| reason.contains("a model that this miner does not offer")));
    let lease = started(&bench.offer(FIRST, 5, true)).expect("runs");
    assert!(bench.offer(FIRST, 5, true).is_empty(), "the same frame twice");
    bench.finish(&lease);
    let (mut order, request) = bench.order(FIRST, 5, true);
    order.ticket.task = B256::repeat_byte(0xaa);
    let effects = bench.step(Input::Offered { link, order: Box::new(order), request: Box::new(request) });
    assert!(refused(&effects).is_some_and(|(_, reason)| reason.contains("its number is not larger")));
}

#[test]
fn a_ticket_that_pays_nothing_has_a_number_of_its_own_as_well() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, Rate::default());
    let lease = started(&bench.offer(FIRST, 5, true)).expect("runs");
    bench.finish(&lease);
    let free = |bench: &mut Bench, number| {
        let (mut order, request) = bench.order(FIRST, number, true);
        order.rate = Rate::default();
        order.quote = order.rate.quote(&[], request.sampling.max_tokens);
        (order.ticket.price, order.ticket.promptRate, order.ticket.completionRate) = Default::default();
        order.ticket.task = B256::repeat_byte(number as u8);
        let link = Link { coordinator: FIRST, session: 1 };
        bench.step(Input::Offered { link, order: Box::new(order), request: Box::new(request) })
    };
    let effects = free(&mut bench, 5);
    assert!(refused(&effects).is_some_and(|(_, reason)| reason.contains("its number is not larger")), "{effects:?}");
    assert!(started(&free(&mut bench, 6)).is_some());
}

#[test]
fn a_session_that_ends_takes_its_leases_along() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, Rate::default());
    let runs = started(&bench.offer(FIRST, 1, true)).expect("runs");
    let signs = started(&bench.offer(FIRST, 2, true)).expect("runs");
    bench.step(Input::Generated { lease: signs.0, completed: Box::new(completed(&signs.1)) });
    let effects = bench.welcome(FIRST, 2, Rate::default());
    assert!(matches!(effects[0], Effect::Stop { lease } if lease == runs.0), "{effects:?}");
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Stop { .. })).count(), 1);
    assert_eq!((bench.miner.running(), Bench::slots(&effects)), (0, vec![(FIRST, 3)]));
    assert!(bench.step(Input::Recorded { lease: signs.0, signature: Ok(Bytes::new()) }).is_empty(), "too late");
    // The end of the session before, and its frames, come late.
    bench.step(Input::LinkDown { link: Link { coordinator: FIRST, session: 1 } });
    assert!(bench.miner.view().connected.contains(&FIRST));
    assert!(bench.offer(FIRST, 3, true).is_empty());
    bench.step(Input::LinkDown { link: Link { coordinator: FIRST, session: 2 } });
    assert!(!bench.miner.view().connected.contains(&FIRST));
}

#[test]
fn a_coordinator_that_does_not_pay_is_stopped_until_it_does() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, rate());
    for number in [1, 2] {
        let lease = started(&bench.offer(FIRST, number, true)).expect("runs");
        let effects = bench.finish(&lease);
        assert_eq!(Bench::slots(&effects), if number == 2 { vec![(FIRST, 0)] } else { vec![] });
    }
    let reason = bench.miner.view().complaints[0].1.clone();
    assert_eq!(reason, "2 answered tickets have no voucher");
    let refusal = bench.offer(FIRST, 3, true);
    assert!(refused(&refusal).is_some_and(|(code, text)| code == RefuseCode::Busy && text.contains(&reason)));
    let acknowledged = acknowledgement(FIRST, &bench.order(FIRST, 2, true).0);
    let kept = bench.step(Input::Acknowledged(Box::new(acknowledged.clone())));
    assert_eq!(kept[0], Effect::KeepAcknowledgement(Box::new(acknowledged)));
    let voucher = |cumulative| Voucher { coordinator: FIRST, miner: MINER, cumulative, through: 2 };
    let signed = |cumulative| Box::new(SignedVoucher { voucher: voucher(cumulative), signature: Bytes::new() });
    let effects = bench.step(Input::Voucher(signed(9)));
    assert!(matches!(effects[0], Effect::Notice(Notice::Voucher { coordinator: FIRST, .. })), "{effects:?}");
    let effects = bench.step(Input::Voucher(signed(20)));
    assert!(matches!(&effects[0], Effect::Keep(kept) if *kept == signed(20)));
    assert_eq!(effects[1], Effect::Notice(Notice::Agrees { coordinator: FIRST }));
    assert_eq!((Bench::slots(&effects), bench.miner.view().complaints), (vec![(FIRST, 3)], vec![]));
    let less = bench.step(Input::Voucher(signed(19)));
    assert_eq!(less[0], Effect::KeepRefused(signed(19)), "it takes something back: {less:?}");
    bench.step(Input::Voucher(Box::new(SignedVoucher {
        voucher: Voucher { through: 3, ..voucher(20) },
        ..*signed(20)
    })));
    let cover = Cover { escrow: 19, settled: 20 };
    bench.step(Input::Cover { coordinator: FIRST, cover });
    assert!(started(&bench.offer(FIRST, 4, true)).is_some());
    assert!(refused(&bench.offer(FIRST, 5, true)).is_some_and(|(_, reason)| reason.contains("escrow")));
}

#[test]
fn slots_are_reported_when_they_change_and_every_few_seconds() {
    let mut bench = Bench::new();
    bench.step(Input::Devices(vec![wire::Device { name: "a GPU".into(), ..wire::Device::default() }]));
    let first = bench.welcome(FIRST, 1, Rate::default());
    let Some(Effect::Send { body: Body::Slots(slots), .. }) = first.first() else { panic!("{first:?}") };
    assert_eq!((slots.sequence, slots.devices.len(), slots.models[0].capacity), (1, 1, 3));
    let reports: Vec<_> = (0..6).map(|_| Bench::slots(&bench.step(Input::Tick)).len()).collect();
    assert_eq!(reports, [0, 0, 1, 0, 0, 1]);
    let granted = Bench::slots(&bench.welcome(SECOND, 1, Rate::default()));
    assert!(granted.iter().map(|(_, slots)| slots).sum::<u32>() <= 3, "{granted:?}");
}

#[test]
fn a_miner_that_drains_finishes_what_it_has() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, Rate::default());
    bench.welcome(SECOND, 1, Rate::default());
    let lease = started(&bench.offer(FIRST, 1, true)).expect("runs");
    let parts = |effects: &[Effect]| {
        let part = |effect: &Effect| match effect {
            Effect::Part { coordinator } => Some(*coordinator),
            _ => None,
        };
        effects.iter().filter_map(part).collect::<Vec<_>>()
    };
    let effects = bench.step(Input::Drain);
    assert!(sent(&effects, |body| matches!(body, Body::Drain(_))) && parts(&effects) == [SECOND]);
    assert_eq!(refused(&bench.offer(FIRST, 2, true)), Some((RefuseCode::Busy, "the miner is shutting down")));
    assert_eq!(bench.step(Input::Drain), []);
    let effects = bench.finish(&lease);
    assert!(sent(&effects, is_result) && parts(&effects) == [FIRST], "{effects:?}");
    assert!(matches!(effects.last(), Some(Effect::Part { .. })), "after the result");
    assert_eq!(parts(&bench.welcome(FIRST, 2, Rate::default())), [FIRST], "it came too late");
}

#[test]
fn a_coordinator_that_leaves_is_let_go_alone() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, Rate::default());
    bench.welcome(SECOND, 1, Rate::default());
    let effects = bench.step(Input::Leave { coordinator: FIRST });
    assert!(matches!(&effects[..2], [Effect::Send { coordinator: FIRST, .. }, Effect::Part { coordinator: FIRST }]));
    assert!(started(&bench.offer(SECOND, 1, true)).is_some());
    bench.step(Input::Complaint { coordinator: SECOND, complaint: Some("it rests".into()) });
    assert_eq!(bench.miner.view().complaints, [(SECOND, "it rests".to_owned())]);
    bench.step(Input::Complaint { coordinator: SECOND, complaint: None });
    assert_eq!(bench.miner.view().complaints, []);
    let mismatches = |session, reasons: &[&str]| {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Input::Mismatches { link: Link { coordinator: SECOND, session }, reasons }
    };
    bench.step(mismatches(1, &["another manifest"]));
    bench.step(mismatches(9, &[]));
    assert_eq!(bench.miner.view().complaints, [(SECOND, "another manifest".to_owned())], "of its session");
    bench.step(mismatches(1, &[]));
    assert_eq!(bench.miner.view().complaints, []);
}

#[test]
fn what_a_coordinator_takes_back_is_no_failure() {
    let mut bench = Bench::new();
    bench.welcome(FIRST, 1, Rate::default());
    let lease = started(&bench.offer(FIRST, 1, true)).expect("runs");
    bench.step(Input::Progress { lease: lease.0, tokens: 3 });
    let (link, task) = (Link { coordinator: FIRST, session: 1 }, lease.1.task());
    bench.step(Input::Cancel { link, task, attempt: lease.1.ticket.attempt });
    let view = bench.miner.view();
    assert_eq!((view.counts.cancelled, view.counts.failed, view.counts.completion_tokens), (1, 0, 3));
    let row = &view.recent[0];
    assert_eq!((row.state, row.coordinator), (crate::task::Stage::Cancelled, Some(FIRST)));
    assert!(row.reason.as_ref().is_some_and(|reason| reason.raw().contains("took it back")), "{row:?}");
}
