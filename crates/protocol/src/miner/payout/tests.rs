//! The plan, carried out against the executable model of the contracts.

use alloy::primitives::{Address, B256, Bytes, U256};
use proptest::prelude::*;

use super::*;
use crate::{
    contract::Role,
    economy::{Description, Economy, Item, Now, Operation, Parameters, Permission, Registration},
    message::{
        Receipt, Ticket, Voucher,
        proof::{ANNOUNCE_DELAY, ANNOUNCE_EXPIRY, Contradiction},
    },
};

const TREASURY: Address = Address::repeat_byte(1);
const STAKING: Address = Address::repeat_byte(2);
const SETTLEMENT: Address = Address::repeat_byte(4);
/// Owns the miner.
const OWNER: Address = Address::repeat_byte(6);
/// Owns the coordinators.
const OPERATOR: Address = Address::repeat_byte(7);
const MINER: Address = Address::repeat_byte(0x10);
const COORDINATORS: [Address; 2] = [Address::repeat_byte(0x20), Address::repeat_byte(0x21)];
const HUB: Address = COORDINATORS[0];
const PAIR: Pair = (HUB, MINER);
const SALT: B256 = B256::ZERO;
const CLAIM_DELAY: u64 = 3_600;
const WINDOW: u64 = 2 * 86_400;
const START: u64 = 1_700_000_000;

/// The contracts, and what a miner keeps.
struct World {
    economy: Economy,
    now: Now,
    kept: Kept,
}

fn cai(whole: u64) -> Cai {
    Cai::from_whole(whole)
}

fn wei(amount: Cai) -> u128 {
    amount.base_units().to()
}

impl World {
    fn new(escrow: u64) -> Self {
        let parameters = Parameters {
            chain_id: 31_337,
            staking: STAKING,
            emission: Address::repeat_byte(3),
            settlement: SETTLEMENT,
            epoch_seconds: 1_800,
            unbonding_period: 7 * 86_400,
            period: 7 * 86_400,
            dispute_window: WINDOW,
            thaw_period: 3 * 86_400,
            claim_delay: CLAIM_DELAY,
            fault_bps: 1_000,
        };
        let mut economy = Economy::new(parameters, TREASURY, cai(1_000_000_000));
        economy.grant(Permission::Slasher, SETTLEMENT);
        economy.grant(Permission::Payment, SETTLEMENT);
        let mut world = Self { economy, now: Now { time: START }, kept: Kept::default() };
        for (owner, role, node) in [
            (OWNER, Role::Miner, MINER),
            (OPERATOR, Role::Coordinator, COORDINATORS[0]),
            (OPERATOR, Role::Coordinator, COORDINATORS[1]),
        ] {
            let stake = cai(role.minimum() + 1);
            world.done(TREASURY, Operation::Transfer { to: owner, amount: stake });
            world.done(owner, Operation::Approve { spender: STAKING, amount: stake });
            world.done(owner, Operation::Deposit { amount: stake, permit: None });
            let description =
                Description { name: "node".into(), introduction: String::new(), endpoint: "wss://n".into() };
            let deadline = U256::from(world.now.time);
            let registration = Registration { node, role, self_stake: stake, description, deadline };
            world.done(owner, Operation::Register(Box::new(registration)));
        }
        for coordinator in COORDINATORS {
            if escrow > 0 {
                world.done(TREASURY, Operation::Approve { spender: SETTLEMENT, amount: cai(escrow) });
                world.done(TREASURY, Operation::DepositEscrow { coordinator, amount: cai(escrow), permit: None });
            }
        }
        world
    }

    fn done(&mut self, caller: Address, operation: Operation) {
        let done = self.economy.apply(caller, &operation, self.now);
        done.unwrap_or_else(|refusal| panic!("{operation:?}: {refusal}"));
    }

    fn settle(&mut self, coordinator: Address, cumulative: u128, through: u64) -> bool {
        let items = vec![Item { miner: MINER, cumulative: U256::from(cumulative).to(), through }];
        self.economy.apply(coordinator, &Operation::Settle { coordinator, items }, self.now).is_ok()
    }

    /// The coordinator's newest voucher, which covers what is kept up to its number.
    fn vouch(&mut self, coordinator: Address, cumulative: u128, through: u64) {
        let voucher = Voucher { coordinator, miner: MINER, cumulative, through };
        self.kept.vouchers.retain(|signed| signed.voucher.coordinator != coordinator);
        self.kept.vouchers.push(SignedVoucher { voucher, signature: Bytes::new() });
        self.kept.claims.retain(|claim| claim.ticket.coordinator != coordinator || claim.ticket.number > through);
    }

    fn answer(&mut self, coordinator: Address, number: u64, price: u128, deadline: u64) {
        let ticket = Ticket {
            coordinator,
            miner: MINER,
            number,
            price,
            completionRate: price * 1_000,
            deadline,
            ..Ticket::default()
        };
        let receipt =
            Receipt { ticket: self.economy.domain().digest(&ticket), completionTokens: 1, ..Receipt::default() };
        let [ticket_signature, receipt_signature] = [Bytes::new(), Bytes::new()];
        self.kept.claims.push(Claim { ticket, ticket_signature, receipt, receipt_signature, owed: Cai::from(price) });
    }

    fn books(&self) -> Books {
        let (economy, kept) = (&self.economy, &self.kept);
        let account = |coordinator: Address| {
            let pair = (coordinator, MINER);
            let account = economy.account(coordinator, MINER);
            let voucher = kept.voucher(pair).map(|signed| signed.voucher.clone());
            let covered = voucher.as_ref().map_or(0, |voucher| voucher.through);
            // What the contract says to a proof that nobody has announced.
            let is_short = voucher.is_some_and(|voucher| {
                let proof = Operation::ProveShortSettlement { voucher, salt: B256::repeat_byte(9) };
                let refused = economy.clone().apply(MINER, &proof, self.now).expect_err("it is not announced");
                refused.name() == "NotAnnounced"
            });
            let (collection, escrow) = (economy.collection(coordinator, MINER), economy.escrow(coordinator));
            let punished = economy.punishment(coordinator, MINER);
            let account = Account {
                settled: account.settled,
                withdrawn: account.withdrawn,
                through: account.through,
                claimed: economy.claimed_up_to(coordinator, MINER, covered),
                last_claim: economy.claims(coordinator, MINER).0,
                collecting: collection.amount,
                collectable_from: collection.available_at,
                escrow: escrow.balance - escrow.thawing,
                is_short,
                punished_through: punished.through,
                punished_until: punished.until,
            };
            (pair, account)
        };
        let claimed = kept.claims.iter().map(|claim| claim.receipt.ticket);
        let mut books = Books {
            time: self.now.time,
            claim_delay: CLAIM_DELAY,
            dispute_window: WINDOW,
            idle_after: 7 * 86_400,
            accounts: COORDINATORS.into_iter().map(account).collect(),
            miners: [(MINER, Standing { credit: wei(economy.credit(MINER)), idle_from: Some(START + 7 * 86_400) })]
                .into(),
            claimed: claimed.map(|digest| (digest, wei(economy.claimed(digest)))).collect(),
            announced: BTreeMap::new(),
        };
        let ids = faults(kept, &books).into_values().map(|fault| fault.id(&economy.domain())).collect::<Vec<_>>();
        let at = |id| economy.announced_at(Economy::commitment(MINER, id, SALT));
        books.announced = ids.into_iter().map(|id| (id, at(id))).collect();
        books
    }

    fn plan(&self, taken: &Taken) -> Plan {
        plan(&self.kept, &self.books(), &self.economy.domain(), taken)
    }

    /// Does what can be done now. Returns the steps that were taken, and the names of refusals.
    fn turn(&mut self) -> (Vec<StepId>, Vec<&'static str>) {
        let (mut taken, mut done, mut refused) = (Taken::default(), vec![], vec![]);
        loop {
            let batch: Vec<_> = self.plan(&taken).batch().collect();
            if batch.is_empty() {
                break;
            }
            for step in batch {
                let id = step.id();
                if !taken.allows(&id) {
                    continue;
                }
                match self.economy.apply(MINER, &operation(step), self.now) {
                    Ok(_) => {
                        taken.note_done(id);
                        done.push(id);
                    }
                    Err(refusal) => {
                        taken.note_refused(id);
                        refused.push(refusal.name());
                    }
                }
            }
            assert!(done.len() + refused.len() < 1_000, "a turn without an end");
        }
        (done, refused)
    }

    fn paid(&self) -> u128 {
        wei(self.economy.liquid(OWNER))
    }
}

fn operation(step: Step) -> Operation {
    let announce = |evidence| Operation::Announce { commitment: Economy::commitment(MINER, evidence, SALT) };
    match step {
        Step::Announce { evidence, .. } => announce(evidence),
        Step::Prove { fault: Fault::Contradiction(Contradiction { a, b }), .. } => {
            Operation::ProveContradiction { a: a.voucher, b: b.voucher, salt: SALT }
        }
        Step::Prove { fault: Fault::ShortSettlement(signed), .. } => {
            Operation::ProveShortSettlement { voucher: signed.voucher, salt: SALT }
        }
        Step::Redeem { signed, .. } => Operation::Redeem { voucher: signed.voucher },
        Step::Claim { claim, .. } => {
            Operation::ClaimTicket { ticket: Box::new(claim.ticket), receipt: Box::new(claim.receipt) }
        }
        Step::Collect { pair: (coordinator, miner), .. } => Operation::Collect { coordinator, miner },
        Step::PayOut { miner, .. } => Operation::PayOut { miner },
    }
}

fn after_burn(amount: u128) -> u128 {
    amount - amount / 50
}

#[test]
fn a_voucher_is_redeemed_before_tickets_are_claimed_and_everything_is_paid_at_once() {
    let mut world = World::new(100);
    world.vouch(HUB, 500, 7);
    world.answer(HUB, 9, 30, START - CLAIM_DELAY - 1);
    world.answer(HUB, 8, 20, START - CLAIM_DELAY - 1);
    world.answer(HUB, 12, 50, START + 60);
    let plan = world.plan(&Taken::default());
    assert_eq!((plan.worth, plan.is_urgent), (Cai::from(550), false));
    assert!(plan.is_due(Cai::from(550)) && !plan.is_due(Cai::from(551)));
    let from = START + 60 + CLAIM_DELAY + 1;
    assert_eq!(plan.waits, [Wait { pair: PAIR, reason: Reason::Tickets(1), amount: Cai::from(50), from }]);
    let (steps, refused) = world.turn();
    let claims = [StepId::Claim(PAIR, 8), StepId::Claim(PAIR, 9)];
    assert_eq!(steps, [StepId::Redeem(PAIR), claims[0], claims[1], StepId::PayOut(MINER)]);
    assert_eq!((refused, world.paid()), (vec![], after_burn(550)));
    assert_eq!(world.turn(), (vec![], vec![]), "nothing twice");
    assert!(!world.plan(&Taken::default()).is_due(Cai::ZERO), "nothing is worth no fee");
    world.now.time = from;
    assert_eq!(world.turn().0, [StepId::Claim(PAIR, 12), StepId::PayOut(MINER)]);
    assert_eq!(world.paid(), after_burn(550) + after_burn(50));
}

#[test]
fn after_a_refused_redemption_nothing_of_that_coordinator_is_claimed() {
    let mut world = World::new(100);
    for coordinator in COORDINATORS {
        world.vouch(coordinator, 500, 7);
        world.answer(coordinator, 8, 20, START - CLAIM_DELAY - 1);
    }
    let mut taken = Taken::default();
    taken.note_refused(StepId::Redeem(PAIR));
    let steps: Vec<_> = world.plan(&taken).steps.iter().map(Step::id).collect();
    let other = (COORDINATORS[1], MINER);
    assert_eq!(steps, [StepId::Redeem(other), StepId::Claim(other, 8)]);
}

#[test]
fn tickets_wait_for_those_before_them_unless_they_would_expire() {
    let mut world = World::new(100);
    world.answer(HUB, 8, 20, START + 600);
    world.answer(HUB, 9, 30, START - CLAIM_DELAY - 1);
    assert_eq!(world.turn().0, [], "number 8 could not be claimed after number 9");
    // Number 8 cannot be claimed before number 9 expires.
    world.kept.claims[0].ticket.deadline = START + 2 * WINDOW;
    assert_eq!(world.turn().0, [StepId::Claim(PAIR, 9), StepId::PayOut(MINER)]);
    world.now.time = START + 3 * WINDOW;
    assert_eq!(world.plan(&Taken::default()), Plan::default(), "all of it is over");
}

#[test]
fn what_batches_promise_is_begun_then_paid_together_with_the_credit() {
    let mut world = World::new(100);
    assert!(world.settle(HUB, 400, 5));
    assert_eq!(world.turn().0, [StepId::Collect(PAIR)]);
    let mut taken = Taken::default();
    taken.note_done(StepId::Collect(PAIR));
    let plan = world.plan(&taken);
    let from = START + CLAIM_DELAY;
    assert_eq!(plan.waits, [Wait { pair: PAIR, reason: Reason::Collection, amount: Cai::from(400), from }]);
    assert!(world.settle(HUB, 1_000, 6));
    world.now.time = from;
    world.vouch(HUB, 1_700, 7);
    assert_eq!(world.turn().0, [StepId::Redeem(PAIR), StepId::Collect(PAIR)]);
    assert_eq!(world.paid(), after_burn(1_100), "the rest has begun");
    world.now.time += CLAIM_DELAY;
    assert_eq!(world.turn().0, [StepId::Collect(PAIR)]);
    assert_eq!(world.paid(), after_burn(1_100) + after_burn(600));
}

#[test]
fn a_coordinator_that_cannot_pay_is_hurried_and_pays_out_of_its_stake() {
    let mut world = World::new(0);
    world.vouch(HUB, 500, 7);
    let plan = world.plan(&Taken::default());
    assert!(plan.is_urgent && plan.is_due(cai(1_000)));
    let before = world.economy.slashable(HUB);
    assert_eq!(world.turn().0, [StepId::Redeem(PAIR), StepId::PayOut(MINER)]);
    assert_eq!(world.paid(), after_burn(500));
    assert_eq!(wei(before) - wei(world.economy.slashable(HUB)), 2_500);
}

#[test]
fn a_miner_that_would_be_idle_is_paid_however_little_it_is() {
    let mut world = World::new(100);
    world.vouch(HUB, 1, 7);
    let mut is_due_at = |time| {
        world.now.time = time;
        world.plan(&Taken::default()).is_due(cai(10))
    };
    assert!(!is_due_at(START + 3 * 86_400));
    assert!(is_due_at(START + 4 * 86_400));
}

#[test]
fn a_short_settlement_is_proven_before_the_voucher_is_redeemed() {
    let mut world = World::new(100);
    world.vouch(HUB, 500, 7);
    assert!(world.settle(HUB, 300, 7));
    let before = world.economy.slashable(HUB);
    let evidence = Fault::ShortSettlement(world.kept.vouchers[0].clone()).id(&world.economy.domain());
    assert!(world.plan(&Taken::default()).has_proof());
    assert_eq!(world.turn().0, [StepId::Announce(evidence), StepId::Collect(PAIR)]);
    let wait = world.plan(&Taken::default()).waits[0];
    assert_eq!((wait.reason, wait.from), (Reason::Proof, START + 60));
    world.now.time = START + 59;
    assert_eq!(world.turn().0, []);
    world.now.time = START + 60;
    assert_eq!(world.turn(), (vec![StepId::Prove(evidence), StepId::PayOut(MINER)], vec![]));
    assert_eq!(world.paid(), after_burn(200));
    assert!(wei(before) - wei(world.economy.slashable(HUB)) >= wei(before) / 10 - 1, "a tenth of its stake");
    world.now.time += 3 * WINDOW;
    assert!(!world.plan(&Taken::default()).has_proof(), "it is punished once");
}

#[test]
fn a_proof_that_is_refused_holds_no_voucher_back() {
    let mut world = World::new(100);
    world.vouch(HUB, 500, 7);
    assert!(world.settle(HUB, 300, 7));
    let evidence = Fault::ShortSettlement(world.kept.vouchers[0].clone()).id(&world.economy.domain());
    let mut taken = Taken::default();
    taken.note_refused(StepId::Prove(evidence));
    let steps: Vec<_> = world.plan(&taken).steps.iter().map(Step::id).collect();
    assert_eq!(steps, [StepId::Redeem(PAIR), StepId::Collect(PAIR)]);
}

#[test]
fn vouchers_that_contradict_each_other_are_announced_and_proven_once() {
    let mut world = World::new(100);
    world.vouch(HUB, 500, 7);
    let kept = world.kept.vouchers[0].clone();
    let later = Voucher { cumulative: 400, through: 8, ..kept.voucher.clone() };
    let later = SignedVoucher { voucher: later, signature: Bytes::new() };
    world.kept.contradictions.extend(Contradiction::between(&later, &kept));
    let evidence = Fault::Contradiction(world.kept.contradictions[0].clone()).id(&world.economy.domain());
    assert_eq!(world.turn().0, [StepId::Announce(evidence), StepId::Redeem(PAIR), StepId::PayOut(MINER)]);
    // An announcement that has expired counts for nothing, and is made again.
    world.now.time = START + ANNOUNCE_EXPIRY + 1;
    assert_eq!(world.turn().0, [StepId::Announce(evidence)]);
    world.now.time += ANNOUNCE_DELAY;
    let before = world.paid();
    assert_eq!(world.turn(), (vec![StepId::Prove(evidence)], vec![]));
    assert_eq!(world.turn(), (vec![], vec![]));
    assert_eq!(world.paid(), before, "the reward is the finder's");
    world.now.time += 2 * WINDOW;
    assert_eq!(world.turn(), (vec![], vec![]), "what was punished is not proven again");
}

/// What may happen between two turns.
#[derive(Clone, Debug)]
enum Happens {
    /// Answers, worth this much each.
    Answers(usize, u8, u16),
    /// The coordinator vouches for all its answers.
    Vouches(usize),
    /// It settles what its vouchers say.
    Settles(usize),
    /// Time passes, in seconds.
    Passes(u32),
    /// The miner does what it can.
    Turn,
    /// It is killed after this many steps of that.
    Killed(u8),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0..2usize, 1..4u8, 1..1_000u16).prop_map(|(which, count, price)| Happens::Answers(which, count, price)),
        (0..2usize).prop_map(Happens::Vouches),
        (0..2usize).prop_map(Happens::Settles),
        (1..7_200u32).prop_map(Happens::Passes),
        Just(Happens::Turn),
        (0..4u8).prop_map(Happens::Killed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: no step is refused, and in the end the owner has been paid every answer once.
    #[test]
    fn every_answer_is_paid_once(events in proptest::collection::vec(happens(), 1..40)) {
        let mut world = World::new(100);
        // Of each coordinator: the number of its last ticket, and what all of them come to.
        let mut owed = [(0u64, 0u128); 2];
        for event in events {
            match event {
                Happens::Answers(which, count, price) => for _ in 0..count {
                    owed[which].0 += 1;
                    owed[which].1 += u128::from(price);
                    let deadline = world.now.time + 60;
                    world.answer(COORDINATORS[which], owed[which].0, price.into(), deadline);
                },
                Happens::Vouches(which) if owed[which].0 > 0 => {
                    world.vouch(COORDINATORS[which], owed[which].1, owed[which].0);
                }
                Happens::Settles(which) => {
                    let signed = world.kept.voucher((COORDINATORS[which], MINER));
                    if let Some(Voucher { cumulative, through, .. }) = signed.map(|signed| signed.voucher.clone()) {
                        prop_assert!(world.settle(COORDINATORS[which], cumulative, through));
                    }
                }
                Happens::Passes(seconds) => world.now.time += u64::from(seconds),
                Happens::Killed(after) => {
                    let mut taken = Taken::default();
                    for _ in 0..after {
                        let Some(step) = world.plan(&taken).steps.into_iter().next() else { break };
                        taken.note_done(step.id());
                        world.done(MINER, operation(step));
                    }
                }
                Happens::Turn => prop_assert_eq!(world.turn().1, Vec::<&str>::new()),
                Happens::Vouches(_) => {}
            }
        }
        for _ in 0..3 {
            world.now.time += CLAIM_DELAY + 61;
            prop_assert_eq!(world.turn().1, Vec::<&str>::new());
        }
        let all: u128 = owed.iter().map(|(_, sum)| sum).sum();
        // The burn of each payment is rounded down.
        let (least, most) = (all - all.div_ceil(50), all - (all / 50).saturating_sub(64));
        prop_assert!((least..=most).contains(&world.paid()), "{} of {all}", world.paid());
        prop_assert!(world.plan(&Taken::default()).steps.is_empty());
    }
}
