//! Tests of what coordinators owe a miner.

use alloy::primitives::{B256, Bytes};

use super::*;
use crate::{
    Cai,
    message::{Receipt, Ticket},
};

const MINER: Address = Address::repeat_byte(9);
const COORDINATOR: Address = Address::repeat_byte(5);
const MODEL: &str = "m";

/// A coordinator and a miner, with the vouchers and claims that the record would keep.
struct Bench {
    vouchers: Vec<SignedVoucher>,
    claims: Vec<Claim>,
    acknowledgements: Vec<SignedAcknowledgement>,
    credits: Credits,
    now: Millis,
}

fn voucher(through: u64, cumulative: u128) -> Voucher {
    Voucher { coordinator: COORDINATOR, miner: MINER, cumulative, through }
}

fn credits(vouchers: &[SignedVoucher], claims: &[Claim], kept: &[SignedAcknowledgement], miner: Address) -> Credits {
    let terms = Terms { max_unpaid: 3, least: Rate::new(0, 500).expect("a rate") };
    Credits::new(vouchers, claims, kept, miner, Domain::new(1, Address::ZERO), terms)
}

impl Bench {
    /// A coordinator that pays 1,000 base units per 1,000 tokens, and a miner that stops after three unpaid tickets.
    fn new() -> Self {
        let credits = credits(&[], &[], &[], MINER);
        let (vouchers, claims, acknowledgements) = Default::default();
        let mut bench = Self { vouchers, claims, acknowledgements, credits, now: 1_000 };
        bench.prices(1_000);
        bench
    }

    fn prices(&mut self, completion: u128) {
        let rate = Rate::new(0, completion).expect("a rate");
        self.credits.set_prices(COORDINATOR, [(String::new(), rate)].into());
    }

    /// The miner starts again, with a key.
    fn reopen(&mut self, miner: Address) {
        self.credits = credits(&self.vouchers, &self.claims, &self.acknowledgements, miner);
        self.prices(1_000);
    }

    /// A ticket is answered with `owed` tokens.
    fn answer(&mut self, number: u64, owed: u128) {
        let task = B256::left_padding_from(&number.to_be_bytes());
        let (coordinator, miner) = (COORDINATOR, MINER);
        let ticket = Ticket { coordinator, miner, task, number, attempt: 1, price: 10_000, ..Ticket::default() };
        self.credits.begin(COORDINATOR, number, ticket.price);
        let receipt = Receipt { promptTokens: number as u32, ..Receipt::default() };
        let completed =
            Completed { ticket, ticket_signature: Bytes::new(), receipt, owed: Cai::from(owed), stop: None };
        self.credits.answered(&completed, self.now);
        self.claims.push(completed.signed(Bytes::new()));
        self.credits.end(COORDINATOR, number);
    }

    fn acknowledge(&mut self, number: u64, owed: u128) -> Result<bool, AcknowledgementError> {
        let receipt = Receipt { promptTokens: number as u32, ..Receipt::default() };
        let receipt = Domain::new(1, Address::ZERO).digest(&receipt);
        let acknowledgement = Acknowledgement { coordinator: COORDINATOR, miner: MINER, number, receipt, owed };
        let is_new = self.credits.acknowledged(&acknowledgement)?;
        if is_new {
            self.acknowledgements.push(SignedAcknowledgement { acknowledgement, signature: Bytes::new() });
        }
        Ok(is_new)
    }

    fn pass(&mut self, seconds: u64) {
        self.now += 1_000 * seconds;
        self.credits.tick(self.now);
    }

    fn voucher(&mut self, through: u64, cumulative: u128) -> Result<bool, VoucherError> {
        let voucher = voucher(through, cumulative);
        let is_new = self.credits.voucher(&voucher)?;
        if is_new {
            self.vouchers = vec![SignedVoucher { voucher, signature: Bytes::new() }];
            self.claims.retain(|claim| claim.ticket.number > through);
        }
        Ok(is_new)
    }

    fn objection(&self) -> Option<Objection> {
        self.credits.objection(&COORDINATOR, MODEL, 0)
    }
}

#[test]
fn a_few_unpaid_tickets_are_the_most_that_can_be_lost() {
    let mut bench = Bench::new();
    for number in 1..=2 {
        bench.answer(number, 10);
        assert_eq!(bench.objection(), None);
    }
    bench.answer(3, 10);
    assert_eq!(bench.objection(), Some(Objection::Unpaid(3)));
    bench.reopen(MINER);
    assert!(bench.objection().is_some(), "not even a restart makes it forget");
    assert_eq!(bench.voucher(3, 30), Ok(true));
    assert_eq!((bench.objection(), bench.claims.len()), (None, 0));
    bench.reopen(MINER);
    bench.answer(2, 10);
    bench.answer(3, 10);
    bench.answer(1, 10);
    assert_eq!(bench.objection(), None, "accounted for already");
    assert_eq!(bench.voucher(4, 29), Err(VoucherError::Less), "what was kept counts");
}

#[test]
fn tickets_behind_one_that_still_runs_are_not_late() {
    let mut bench = Bench::new();
    bench.credits.begin(COORDINATOR, 1, 10_000);
    for number in 2..=40 {
        bench.answer(number, 1);
    }
    assert_eq!(bench.objection(), None, "no voucher can cover them yet");
    for number in 41..=49 {
        bench.answer(number, 1);
    }
    assert!(bench.objection().is_some(), "but not forever");
    bench.credits.end(COORDINATOR, 1);
    assert_eq!(bench.voucher(49, 48), Ok(true));
    assert_eq!(bench.objection(), None);
}

#[test]
fn a_voucher_that_is_worth_less_than_it_should_be_is_not_taken() {
    let mut bench = Bench::new();
    assert_eq!(bench.voucher(1, 100), Ok(true), "what was cancelled is paid as well");
    assert_eq!(bench.voucher(1, 100), Ok(false), "the same again");
    bench.answer(2, 50);
    assert_eq!(bench.acknowledge(2, 50), Ok(true));
    assert_eq!(bench.voucher(2, 149), Err(VoucherError::Short { cumulative: 149, owed: 150 }));
    assert_eq!(bench.objection(), Some(Objection::Underpaid));
    assert_eq!(bench.claims.len(), 1, "it can still be claimed");
    assert_eq!(bench.voucher(2, 150), Ok(true), "corrected");
    assert_eq!(bench.objection(), None);
    assert_eq!(bench.voucher(3, 149), Err(VoucherError::Less));
    assert_eq!(bench.voucher(1, 160), Err(VoucherError::Less));
    let foreign = Voucher { miner: COORDINATOR, ..voucher(9, 999) };
    assert_eq!(bench.credits.voucher(&foreign), Err(VoucherError::Foreign(COORDINATOR)));
}

#[test]
fn a_coordinator_that_denies_answer_after_answer_gets_no_more() {
    let mut bench = Bench::new();
    for number in [1, 3, 5] {
        assert_eq!(bench.objection(), None, "{number}");
        bench.answer(number, 10);
        assert_eq!(bench.voucher(number, 1), Ok(true), "a lost lease may owe nothing");
        assert_eq!(bench.voucher(number + 1, 1), Ok(true), "what covers nothing pays nothing");
    }
    assert_eq!(bench.objection(), Some(Objection::Denied(3)));
    bench.answer(7, 10);
    assert_eq!(bench.voucher(7, 11), Ok(true));
    assert_eq!(bench.objection(), None, "it pays");
}

#[test]
fn what_is_acknowledged_may_be_paid_later_but_not_for_long() {
    let mut bench = Bench::new();
    for number in 1..=9 {
        bench.answer(number, 10);
        assert_eq!(bench.acknowledge(number, 10), Ok(true));
    }
    assert_eq!(bench.acknowledge(9, 10), Ok(false), "the same again");
    bench.pass(39);
    assert_eq!((bench.objection(), bench.credits.slow().count()), (None, 0), "an audit may take as long");
    bench.pass(20);
    assert_eq!((bench.objection(), bench.credits.slow().count()), (None, 1));
    bench.reopen(MINER);
    bench.pass(30);
    assert_eq!(bench.objection(), None, "an earlier process has not said when it was");
    bench.pass(60);
    assert_eq!(bench.objection(), Some(Objection::Unpaid(9)));
    assert_eq!(bench.credits.slow().collect::<Vec<_>>(), [(COORDINATOR, 9, 90)]);
    assert_eq!(bench.voucher(8, 79), Err(VoucherError::Short { cumulative: 79, owed: 80 }), "what it said is kept");
    assert_eq!(bench.voucher(8, 80), Ok(true));
    bench.pass(1);
    assert_eq!(bench.objection(), None, "one is less than three");
}

#[test]
fn an_acknowledgement_is_for_this_answer_and_for_what_it_costs() {
    let mut bench = Bench::new();
    bench.answer(1, 10);
    assert_eq!(bench.acknowledge(1, 9), Err(AcknowledgementError::Less { number: 1, owed: 9, expected: 10 }));
    assert_eq!(bench.acknowledge(2, 10), Ok(false), "nothing was answered");
    let other = |miner, receipt| Acknowledgement { coordinator: COORDINATOR, miner, number: 1, receipt, owed: 10 };
    let mut hear = |miner, receipt| bench.credits.acknowledged(&other(miner, receipt));
    assert_eq!(hear(MINER, B256::ZERO), Err(AcknowledgementError::Receipt(1)));
    assert_eq!(hear(COORDINATOR, B256::ZERO), Err(AcknowledgementError::Foreign(COORDINATOR)));
    assert_eq!(bench.acknowledge(1, 10), Ok(true));
}

#[test]
fn work_has_to_be_paid_enough_and_covered() {
    let mut bench = Bench::new();
    bench.prices(499);
    assert_eq!(bench.objection(), Some(Objection::Cheap(MODEL.into())));
    bench.prices(500);
    assert_eq!(bench.objection(), None);
    assert_eq!(bench.credits.rate(&COORDINATOR, MODEL), Rate::new(0, 500).expect("a rate"));
    assert!(bench.credits.rate(&Address::ZERO, MODEL).is_free(), "a coordinator that announces nothing pays nothing");
    assert!(bench.credits.is_uncertain());
    assert_eq!(bench.credits.debtors().collect::<Vec<_>>(), [COORDINATOR]);
    bench.credits.set_cover(COORDINATOR, Cover { escrow: 10_100, settled: 0 });
    assert_eq!(bench.voucher(1, 100), Ok(true));
    assert_eq!(bench.objection(), None);
    assert_eq!(bench.credits.objection(&COORDINATOR, MODEL, 10_000), None);
    assert_eq!(bench.credits.objection(&COORDINATOR, MODEL, 10_001), Some(Objection::Uncovered));
    bench.credits.begin(COORDINATOR, 2, 10_000);
    assert_eq!(bench.objection(), Some(Objection::Uncovered));
    bench.credits.set_cover(COORDINATOR, Cover { escrow: 10_100, settled: 100 });
    assert_eq!((bench.objection(), bench.credits.is_uncertain()), (None, false));
}

#[test]
fn what_is_told_is_news_once() {
    let mut bench = Bench::new();
    let objection = Objection::Uncovered;
    assert!(!bench.credits.note_objection(COORDINATOR, None));
    assert!(bench.credits.note_objection(COORDINATOR, Some(&objection)));
    assert!(!bench.credits.note_objection(COORDINATOR, Some(&objection)));
    assert_eq!(bench.credits.objections().collect::<Vec<_>>(), [(COORDINATOR, &objection)]);
    assert!(bench.credits.note_objection(COORDINATOR, None));
    assert_eq!(bench.credits.objections().count(), 0);
}

#[test]
fn v3_numbers_of_tickets_grow_so_that_each_is_good_for_one_claim() {
    let mut bench = Bench::new();
    bench.answer(5, 10);
    bench.credits.begin(COORDINATOR, 7, 10);
    let fresh =
        |bench: &Bench| (3..=8).filter(|number| bench.credits.is_fresh(&COORDINATOR, *number)).collect::<Vec<_>>();
    assert_eq!(fresh(&bench), [8]);
    bench.credits.end(COORDINATOR, 7);
    assert_eq!(fresh(&bench), [8], "also where the one before was not answered");
    assert_eq!(bench.voucher(5, 10), Ok(true));
    assert_eq!(fresh(&bench), [8]);
    assert_eq!(bench.voucher(7, 10), Ok(true));
    bench.reopen(MINER);
    assert_eq!(fresh(&bench), [8], "what a voucher covers is paid or owes nothing");
    // Nothing is worked for beyond a voucher that covers whatever may come.
    assert_eq!(bench.voucher(u64::MAX, 11), Ok(true));
    assert!(fresh(&bench).is_empty() && !bench.credits.is_fresh(&COORDINATOR, u64::MAX));
    assert!(bench.credits.is_fresh(&Address::ZERO, 1));
}

#[test]
fn what_an_earlier_key_was_owed_is_not_counted_for_the_next_one() {
    let mut bench = Bench::new();
    bench.answer(1, 50);
    assert_eq!(bench.voucher(1, 50), Ok(true));
    (2..=4).for_each(|number| bench.answer(number, 10));
    bench.reopen(MINER);
    assert!(bench.objection().is_some(), "three are unpaid");
    let next = Address::repeat_byte(10);
    bench.reopen(next);
    assert_eq!(bench.objection(), None);
    let voucher = Voucher { miner: next, ..voucher(1, 10) };
    assert_eq!(bench.credits.voucher(&voucher), Ok(true), "not less than before");
}
