//! What holds for a miner whatever comes, and in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What comes next. Coordinators, leases and tasks are named by small numbers, so that they meet again; numbers of tickets are
/// counted from a few below the next one.
#[derive(Clone, Debug)]
enum Move {
    Welcome(bool, u64),
    LinkDown(bool, u64),
    Offer { coordinator: bool, session: u64, task: u8, number: u64, quiet: bool },
    Cancel { coordinator: bool, session: u64, task: u8 },
    Generated(usize),
    Failed(usize),
    Recorded(usize, bool),
    Acknowledged(bool, u64),
    Voucher { coordinator: bool, through: u64, paid: u128 },
    Cover(bool, u128),
    Capable(bool),
    Tick(u64),
    Leave(bool),
    Drain,
}

fn any_move() -> impl Strategy<Value = Move> {
    let session = 1..3u64;
    prop_oneof![
        2 => (any::<bool>(), session.clone()).prop_map(|(coordinator, session)| Move::Welcome(coordinator, session)),
        1 => (any::<bool>(), session.clone()).prop_map(|(coordinator, session)| Move::LinkDown(coordinator, session)),
        12 => (any::<bool>(), session.clone(), any::<u8>(), 0..6u64, any::<bool>()).prop_map(
            |(coordinator, session, task, number, quiet)| Move::Offer { coordinator, session, task, number, quiet }
        ),
        1 => (any::<bool>(), session, any::<u8>())
            .prop_map(|(coordinator, session, task)| Move::Cancel { coordinator, session, task }),
        10 => any::<usize>().prop_map(Move::Generated),
        1 => any::<usize>().prop_map(Move::Failed),
        10 => (any::<usize>(), prop::bool::weighted(0.9)).prop_map(|(lease, ok)| Move::Recorded(lease, ok)),
        1 => (any::<bool>(), 0..6u64).prop_map(|(coordinator, near)| Move::Acknowledged(coordinator, near)),
        1 => (any::<bool>(), 0..6u64, 0..2_000u128)
            .prop_map(|(coordinator, through, paid)| Move::Voucher { coordinator, through, paid }),
        1 => (any::<bool>(), 0..3_000u128).prop_map(|(coordinator, escrow)| Move::Cover(coordinator, escrow)),
        1 => prop::bool::weighted(0.8).prop_map(Move::Capable),
        1 => (0..3_000u64).prop_map(Move::Tick),
        1 => any::<bool>().prop_map(Move::Leave),
    ]
}

/// What a coordinator can do that means to pay nothing.
fn any_unpaid_move() -> impl Strategy<Value = Move> {
    let offer = |(task, number, quiet)| Move::Offer { coordinator: false, session: 1, task, number, quiet };
    prop_oneof![
        10 => (any::<u8>(), 0..6u64, any::<bool>()).prop_map(offer),
        10 => any::<usize>().prop_map(Move::Generated),
        10 => any::<usize>().prop_map(|lease| Move::Recorded(lease, true)),
        2 => (0..6u64).prop_map(|through| Move::Voucher { coordinator: false, through, paid: 0 }),
        1 => any::<u8>().prop_map(|task| Move::Cancel { coordinator: false, session: 1, task }),
        1 => any::<usize>().prop_map(Move::Failed),
        1 => Just(Move::Welcome(false, 1)),
        1 => Just(Move::Tick(100)),
    ]
}

/// A miner, and what its effects said.
struct Watched {
    bench: Bench,
    /// Engine runs, and receipts that are being signed.
    runs: BTreeMap<LeaseId, Arc<Order>>,
    signing: BTreeMap<LeaseId, Completed>,
    /// Results that were sent, by coordinator.
    results: BTreeMap<Address, usize>,
    /// How far numbers of tickets have come, and how far they go on with each.
    tickets: u64,
    step: u64,
    inputs: Vec<(Input, Millis)>,
    effects: Vec<Effect>,
}

fn nth<T: Clone>(map: &BTreeMap<LeaseId, T>, at: usize) -> Option<(LeaseId, T)> {
    let (lease, value) = map.iter().nth(at % map.len().max(1))?;
    Some((*lease, value.clone()))
}

const fn coordinator(second: bool) -> Address {
    if second { SECOND } else { FIRST }
}

impl Watched {
    fn new() -> Self {
        let (runs, signing, results) = Default::default();
        Self { bench: Bench::new(), runs, signing, results, tickets: 0, step: 1, inputs: vec![], effects: vec![] }
    }

    fn make(&mut self, next: &Move) -> Result<(), TestCaseError> {
        let link = |second: bool, session: u64| Link { coordinator: coordinator(second), session };
        let task = |task: u8| B256::left_padding_from(&[task]);
        let input = match *next {
            Move::Welcome(second, session) => {
                Input::Welcome { link: link(second, session), prices: [(String::new(), rate())].into() }
            }
            Move::LinkDown(second, session) => Input::LinkDown { link: link(second, session) },
            Move::Offer { coordinator: second, session, task: named, number, quiet } => {
                self.tickets += self.step;
                let number = self.number(number);
                let (mut order, request) = self.bench.order(coordinator(second), number, quiet);
                order.ticket.task = task(named);
                let (order, request) = (Box::new(order), Box::new(request));
                Input::Offered { link: link(second, session), order, request }
            }
            Move::Cancel { coordinator: second, session, task: named } => {
                Input::Cancel { link: link(second, session), task: TaskId(task(named)), attempt: 1 }
            }
            Move::Generated(at) => match nth(&self.runs, at) {
                Some((lease, order)) => Input::Generated { lease, completed: Box::new(completed(&order)) },
                None => return Ok(()),
            },
            Move::Failed(at) => match nth(&self.runs, at) {
                Some((lease, _)) => Input::Failed { lease, code: RefuseCode::Failed, reason: String::new() },
                None => return Ok(()),
            },
            Move::Recorded(at, ok) => match nth(&self.signing, at) {
                Some((lease, _)) => {
                    let signature = if ok { Ok(Bytes::new()) } else { Err(String::new()) };
                    Input::Recorded { lease, signature }
                }
                None => return Ok(()),
            },
            Move::Acknowledged(second, near) => {
                let (order, _) = self.bench.order(coordinator(second), self.number(near), true);
                Input::Acknowledged(Box::new(acknowledgement(coordinator(second), &order)))
            }
            Move::Voucher { coordinator: second, through, paid } => {
                let through = self.number(through);
                let voucher = Voucher { coordinator: coordinator(second), miner: MINER, cumulative: paid, through };
                Input::Voucher(Box::new(SignedVoucher { voucher, signature: Bytes::new() }))
            }
            Move::Cover(second, escrow) => {
                Input::Cover { coordinator: coordinator(second), cover: Cover { escrow, settled: 0 } }
            }
            Move::Capable(yes) => Input::Capable(yes.then(|| MODEL.to_owned()).into_iter().collect()),
            Move::Tick(passed) => {
                self.bench.now += passed;
                Input::Tick
            }
            Move::Leave(second) => Input::Leave { coordinator: coordinator(second) },
            Move::Drain => Input::Drain,
        };
        self.act(input)
    }

    /// A number near the newest one. Where numbers do not go on, all are the same.
    const fn number(&self, near: u64) -> u64 {
        if self.step > 0 { (self.tickets + near).saturating_sub(3) } else { 1 }
    }

    fn act(&mut self, input: Input) -> Result<(), TestCaseError> {
        self.inputs.push((input.clone(), self.bench.now));
        if let Input::Failed { lease, .. } = &input {
            self.runs.remove(lease);
        }
        let recorded = match &input {
            Input::Recorded { lease, signature } => self.signing.remove(lease).filter(|_| signature.is_ok()),
            _ => None,
        };
        let effects = self.bench.step(input);
        for effect in &effects {
            match effect {
                Effect::Start { lease, order, .. } => {
                    prop_assert!(self.runs.insert(*lease, order.clone()).is_none());
                }
                Effect::Stop { lease } => prop_assert!(self.runs.remove(lease).is_some(), "it was told to run"),
                Effect::Record { lease, completed } => {
                    prop_assert!(self.runs.remove(lease).is_some());
                    self.signing.insert(*lease, (**completed).clone());
                }
                Effect::Send { coordinator, body: Body::Result(result) } => {
                    let receipt = recorded.as_ref().map(|completed| completed.receipt.outputCommitment.to_vec());
                    prop_assert_eq!(receipt.as_ref(), Some(&result.output_commitment), "signed just now");
                    *self.results.entry(*coordinator).or_default() += 1;
                }
                _ => {}
            }
        }
        // A slot is taken by an engine's run, or by a receipt that is being signed and still wanted.
        let running = self.bench.miner.running() as usize;
        prop_assert!(running <= 3, "a slot is used twice");
        prop_assert!(self.runs.len() <= running && running <= self.runs.len() + self.signing.len());
        prop_assert_eq!(running as u64, self.bench.miner.board.counts().running);
        self.effects.extend(effects);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_slot_is_used_twice_and_the_same_inputs_have_the_same_effects(
        moves in prop::collection::vec(any_move(), 0..200),
    ) {
        let mut watched = Watched::new();
        for next in moves {
            watched.make(&next)?;
        }
        watched.make(&Move::Drain)?;
        // Whatever still runs comes to its end.
        while let Some((lease, _)) = nth(&watched.runs, 0) {
            watched.act(Input::Failed { lease, code: RefuseCode::Failed, reason: String::new() })?;
        }
        while !watched.signing.is_empty() {
            watched.make(&Move::Recorded(0, true))?;
        }
        prop_assert_eq!(watched.bench.miner.running(), 0);
        let mut again = Bench::new();
        let mut effects = vec![];
        for (input, now) in watched.inputs {
            again.miner.step(input, now, &mut again.dice, &mut effects);
        }
        prop_assert_eq!(&effects, &watched.effects);
        prop_assert_eq!(&again.miner, &watched.bench.miner);
    }

    #[test]
    fn a_coordinator_that_pays_nothing_gets_a_few_answers_at_most(
        moves in prop::collection::vec(any_unpaid_move(), 0..1_000), step in 0..=1u64,
    ) {
        let mut watched = Watched { step, ..Watched::new() };
        watched.make(&Move::Welcome(false, 1))?;
        for next in &moves {
            watched.make(next)?;
        }
        let Terms { max_unpaid, .. } = watched.bench.miner.identity.terms;
        // What it may deny, what may wait behind a ticket that runs, and what runs already when one of these is reached.
        let most = max_unpaid + max_unpaid * BEHIND + 2 * 3;
        prop_assert!(watched.results.values().all(|results| *results <= most), "{:?}", watched.results);
    }
}
