//! A coordinator that tells the truth pays what it owes, no more and no less, in whatever order it is asked, and is never punished.

use alloy::primitives::{Address, B256, aliases::U96};
use cuckoo_protocol::{
    Cai,
    economy::{Economy, Item, Now, Operation, Refusal},
    message::{Receipt, Ticket, Voucher},
};
use proptest::prelude::*;

use crate::world::{GENESIS, World};

const HOUR: u64 = 3_600;

/// What a miner or its coordinator does next about the tickets up to a number, or about one.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Redeem(usize),
    Settle(usize),
    Claim(usize),
    Collect,
}

/// A coordinator and a miner that has answered all of its tickets.
struct Dealings {
    coordinator: Address,
    miner: Address,
    /// The miner's and the coordinator's owner.
    owner: Address,
    /// What each ticket costs, in thousandths of CAI.
    costs: Vec<u32>,
    now: Now,
}

impl Dealings {
    fn cost(&self, ticket: usize) -> u128 {
        u128::from(self.costs[ticket - 1]) * 10u128.pow(15)
    }

    /// What is owed for the tickets up to a number.
    fn owed(&self, through: usize) -> u128 {
        (1..=through).map(|ticket| self.cost(ticket)).sum()
    }

    fn voucher(&self, through: usize) -> Voucher {
        let (coordinator, miner) = (self.coordinator, self.miner);
        Voucher { coordinator, miner, cumulative: self.owed(through), through: through as u64 }
    }

    fn claim(&self, economy: &Economy, number: usize) -> Operation {
        let ticket = Ticket {
            coordinator: self.coordinator,
            miner: self.miner,
            number: number as u64,
            price: self.cost(number) + 7,
            completionRate: self.cost(number),
            deadline: GENESIS.time - 4 * HOUR - 1,
            ..Ticket::default()
        };
        let digest = economy.domain().digest(&ticket);
        let receipt = Receipt { ticket: digest, completionTokens: 1_000, ..Receipt::default() };
        Operation::ClaimTicket { ticket: Box::new(ticket), receipt: Box::new(receipt) }
    }

    fn operation(&self, economy: &Economy, deed: Deed) -> Operation {
        let (coordinator, miner) = (self.coordinator, self.miner);
        match deed {
            Deed::Redeem(through) => Operation::Redeem { voucher: self.voucher(through) },
            Deed::Settle(through) => {
                let (cumulative, through) = (U96::from(self.owed(through)), through as u64);
                Operation::Settle { coordinator, items: vec![Item { miner, cumulative, through }] }
            }
            Deed::Claim(number) => self.claim(economy, number),
            Deed::Collect => Operation::Collect { coordinator, miner },
        }
    }

    /// What was paid or promised, for vouchers and batches and for claims.
    fn accounted(&self, economy: &Economy) -> u128 {
        let claimed = economy.claimed_up_to(self.coordinator, self.miner, u64::MAX);
        economy.account(self.coordinator, self.miner).settled + claimed
    }

    /// No voucher of the coordinator proves anything against it.
    fn innocent(&self, economy: &Economy) -> Result<(), String> {
        for through in 0..=self.costs.len() {
            let proof = Operation::ProveShortSettlement { voucher: self.voucher(through), salt: B256::ZERO };
            match economy.clone().apply(self.owner, &proof, self.now) {
                Err(Refusal::NotShort(_)) => {}
                other => return Err(format!("a voucher through {through}: {other:?}")),
            }
        }
        Ok(())
    }

    fn run(mut self, mut economy: Economy, deeds: &[Deed]) -> Result<(), String> {
        let all = self.costs.len();
        for deed in deeds.iter().chain(&[Deed::Settle(all), Deed::Redeem(all)]) {
            if matches!(deed, Deed::Collect) {
                self.now.time += 4 * HOUR;
            }
            let operation = self.operation(&economy, *deed);
            let outcome = economy.apply(self.owner, &operation, self.now);
            if self.accounted(&economy) > self.owed(all) {
                return Err(format!("{deed:?} paid too much: {outcome:?}"));
            }
            self.innocent(&economy).map_err(|proven| format!("after {deed:?}: {proven}"))?;
        }
        match self.accounted(&economy) {
            paid if paid == self.owed(all) => Ok(()),
            paid => Err(format!("{paid} of {} paid", self.owed(all))),
        }
    }
}

fn deed(tickets: usize) -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (1..=tickets).prop_map(Deed::Redeem),
        3 => (1..=tickets).prop_map(Deed::Settle),
        4 => (1..=tickets).prop_map(Deed::Claim),
        1 => Just(Deed::Collect),
    ]
}

fn dealings() -> impl Strategy<Value = (Vec<u32>, u64, Vec<Deed>)> {
    (1usize..8).prop_flat_map(|tickets| {
        let costs = proptest::collection::vec(1..2_000_000u32, tickets);
        (costs, 0..12_000u64, proptest::collection::vec(deed(tickets), 0..10))
    })
}

#[test]
fn an_honest_coordinator_pays_what_it_owes_in_every_order_and_is_never_punished() {
    let mut world = World::new(|_| {});
    world.furnish();
    let (coordinator, miner) = (world.coordinators()[0], world.miners()[0]);
    let owner = world.furnished.economy.node(miner).owner;
    assert_eq!(owner, world.furnished.economy.node(coordinator).owner);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&dealings(), |(costs, escrow, deeds)| {
        let (mut economy, now) = (world.furnished.economy.clone(), world.furnished.now);
        let deposit = Operation::DepositEscrow { coordinator, amount: Cai::from_whole(escrow.max(1)), permit: None };
        economy.apply(owner, &deposit, now).map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        Dealings { coordinator, miner, owner, costs, now }.run(economy, &deeds).map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
