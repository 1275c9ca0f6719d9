//! Tests of what coordinators owe a miner.

use alloy::signers::{SignerSync, local::PrivateKeySigner};
use cuckoo_protocol::{
    B256, Cai,
    message::{Receipt, Ticket, signature_bytes},
};

use super::*;

const MINER: Address = Address::repeat_byte(9);
const MODEL: &str = "m";

/// A coordinator and a miner, with the vouchers and claims that the record would keep.
struct Bench {
    vouchers: Vec<SignedVoucher>,
    claims: Vec<Claim>,
    coordinator: PrivateKeySigner,
    credits: Credits,
}

fn domain() -> Domain {
    Domain::new(31_337, Address::repeat_byte(1))
}

impl Bench {
    /// A coordinator that pays 1,000 base units per 1,000 tokens, and a miner that stops after three unpaid tickets.
    fn new() -> Self {
        let terms = Terms { max_unpaid: 3, least: Rate::new(0, 500).expect("a rate") };
        let credits = Credits::new(&[], &[], terms, domain(), MINER);
        let mut bench = Self { vouchers: vec![], claims: vec![], coordinator: PrivateKeySigner::random(), credits };
        bench.prices(1_000);
        bench
    }

    fn prices(&mut self, completion: u128) {
        let (prompt, completion) = (0u128.to_be_bytes().to_vec(), completion.to_be_bytes().to_vec());
        let price = wire::Price { model: String::new(), prompt, completion };
        let coordinator = self.coordinator.address();
        self.credits.set_prices(coordinator, &[price]).expect("prices");
    }

    /// The miner starts again.
    fn reopen(&mut self) {
        self.credits = Credits::new(&self.vouchers, &self.claims, self.credits.terms, domain(), MINER);
        self.prices(1_000);
    }

    /// A ticket is answered with `owed` tokens.
    fn answer(&mut self, number: u64, owed: u128) {
        let coordinator = self.coordinator.address();
        let task = B256::left_padding_from(&number.to_be_bytes());
        let ticket = Ticket { coordinator, miner: MINER, task, number, attempt: 1, price: 10_000, ..Ticket::default() };
        self.credits.begin(coordinator, number, ticket.price);
        let claim = Claim {
            ticket,
            ticket_signature: Default::default(),
            receipt: Receipt::default(),
            receipt_signature: Default::default(),
            owed: Cai::from(owed),
        };
        self.credits.answered(&claim);
        self.claims.push(claim);
        self.credits.end(coordinator, number);
    }

    fn acknowledge(&mut self, number: u64) {
        let task = TaskId(B256::left_padding_from(&number.to_be_bytes()));
        self.credits.acknowledged(self.coordinator.address(), task, 1);
    }

    fn voucher(&mut self, through: u64, cumulative: u128) -> Result<(), VoucherError> {
        let coordinator = self.coordinator.address();
        let voucher = Voucher { coordinator, miner: MINER, cumulative, through };
        let signature = self.coordinator.sign_hash_sync(&domain().digest(&voucher)).expect("signs");
        let frame = wire::Voucher {
            cumulative: cumulative.to_be_bytes().to_vec(),
            signature: signature_bytes(&signature).to_vec(),
            through,
        };
        if let Some(signed) = self.credits.voucher(coordinator, &frame)? {
            self.vouchers = vec![signed];
            self.claims.retain(|claim| claim.ticket.number > through);
        }
        Ok(())
    }

    fn objection(&mut self) -> Option<String> {
        self.credits.objection(&self.coordinator.address(), MODEL, 0)
    }

    fn claims(&self) -> usize {
        self.claims.len()
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
    assert_eq!(bench.objection().as_deref(), Some("3 answered tickets have no voucher"));
    bench.reopen();
    assert!(bench.objection().is_some(), "not even a restart makes it forget");
    bench.voucher(3, 30).expect("taken");
    assert_eq!((bench.objection(), bench.claims()), (None, 0));
    let kept = bench.vouchers[0].voucher.clone();
    assert_eq!((kept.cumulative, kept.through), (30, 3));
    bench.reopen();
    bench.answer(2, 10);
    bench.answer(3, 10);
    bench.answer(1, 10);
    assert_eq!(bench.objection(), None, "accounted for already");
    assert!(matches!(bench.voucher(4, 29), Err(VoucherError::Less)), "what was kept counts");
}

#[test]
fn tickets_behind_one_that_still_runs_are_not_late() {
    let mut bench = Bench::new();
    let coordinator = bench.coordinator.address();
    bench.credits.begin(coordinator, 1, 10_000);
    for number in 2..=40 {
        bench.answer(number, 1);
    }
    assert_eq!(bench.objection(), None, "no voucher can cover them yet");
    for number in 41..=49 {
        bench.answer(number, 1);
    }
    assert!(bench.objection().is_some(), "but not forever");
    bench.credits.end(coordinator, 1);
    bench.voucher(49, 48).expect("taken");
    assert_eq!(bench.objection(), None);
}

#[test]
fn a_voucher_that_is_worth_less_than_it_should_be_is_not_taken() {
    let mut bench = Bench::new();
    bench.voucher(1, 100).expect("what was cancelled is paid as well");
    bench.voucher(1, 100).expect("once more the same");
    bench.answer(2, 50);
    bench.acknowledge(2);
    assert!(matches!(bench.voucher(2, 149), Err(VoucherError::Short { cumulative: 149, owed: 150 })));
    assert_eq!(bench.objection().as_deref(), Some("its voucher is worth less than the answers that it acknowledged"));
    assert_eq!(bench.claims(), 1, "it can still be claimed");
    bench.voucher(2, 150).expect("corrected");
    assert_eq!(bench.objection(), None);
    assert!(matches!(bench.voucher(3, 149), Err(VoucherError::Less)));
    assert!(matches!(bench.voucher(1, 160), Err(VoucherError::Less)));

    let honest = std::mem::replace(&mut bench.coordinator, PrivateKeySigner::random());
    let forged = Voucher { coordinator: honest.address(), miner: MINER, cumulative: 999, through: 9 };
    let signature = bench.coordinator.sign_hash_sync(&domain().digest(&forged)).expect("signs");
    let frame = wire::Voucher {
        cumulative: 999u128.to_be_bytes().to_vec(),
        signature: signature_bytes(&signature).to_vec(),
        through: 9,
    };
    assert!(matches!(bench.credits.voucher(honest.address(), &frame), Err(VoucherError::Signature(_))));
}

#[test]
fn a_coordinator_that_denies_answer_after_answer_gets_no_more() {
    let mut bench = Bench::new();
    for number in 1..=3 {
        assert_eq!(bench.objection(), None, "{number}");
        bench.answer(number, 10);
        bench.voucher(number, 1).expect("a lost lease may owe nothing");
    }
    assert_eq!(bench.objection().as_deref(), Some("it has not paid 3 answers in a row"));
}

#[test]
fn work_has_to_be_paid_enough_and_covered() {
    let mut bench = Bench::new();
    bench.prices(499);
    assert!(bench.objection().is_some_and(|reason| reason.contains("pays less")));
    bench.prices(500);
    assert_eq!(bench.objection(), None);
    let announced = bench.credits.rate(&bench.coordinator.address(), MODEL);
    assert_eq!(announced, Rate::new(0, 500).expect("a rate"));
    assert!(bench.credits.rate(&Address::ZERO, MODEL).is_free(), "a coordinator that announces nothing pays nothing");
    let coordinator = bench.coordinator.address();
    assert!(bench.credits.is_uncertain());
    bench.credits.set_cover(coordinator, Cover { escrow: 10_100, settled: 0 });
    bench.voucher(1, 100).expect("taken");
    assert_eq!(bench.objection(), None);
    assert_eq!(bench.credits.objection(&coordinator, MODEL, 10_000), None);
    assert!(bench.credits.objection(&coordinator, MODEL, 10_001).is_some(), "not even the next one");
    bench.credits.begin(coordinator, 2, 10_000);
    assert!(bench.objection().is_some_and(|reason| reason.contains("does not cover")));
    bench.credits.set_cover(coordinator, Cover { escrow: 10_100, settled: 100 });
    assert_eq!((bench.objection(), bench.credits.is_uncertain()), (None, false));
    assert_eq!(bench.credits.objections(), []);
}

#[test]
fn what_an_earlier_key_was_owed_is_not_counted_for_the_next_one() {
    let mut bench = Bench::new();
    bench.answer(1, 50);
    bench.voucher(1, 50).expect("taken");
    (2..=4).for_each(|number| bench.answer(number, 10));
    bench.reopen();
    assert!(bench.objection().is_some(), "three are unpaid");
    let next = Address::repeat_byte(10);
    bench.credits = Credits::new(&bench.vouchers, &bench.claims, bench.credits.terms, domain(), next);
    bench.prices(1_000);
    assert_eq!(bench.objection(), None);
    let voucher = Voucher { coordinator: bench.coordinator.address(), miner: next, cumulative: 10, through: 1 };
    let signature = bench.coordinator.sign_hash_sync(&domain().digest(&voucher)).expect("signs");
    let frame = wire::Voucher {
        cumulative: voucher.cumulative.to_be_bytes().to_vec(),
        signature: signature_bytes(&signature).to_vec(),
        through: 1,
    };
    let taken = bench.credits.voucher(voucher.coordinator, &frame).expect("not less than before");
    assert_eq!(taken.map(|signed| signed.voucher), Some(voucher));
}
