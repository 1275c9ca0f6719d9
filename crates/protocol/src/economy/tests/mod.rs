//! Each rule of the contracts on an example that can be followed by hand. That the model has them all right, on every path, is
//! what `tests/economy` shows.

mod payments;
mod stake;

use alloy::primitives::{Address, B256, U256};

use super::{Description, Economy, Effect, Now, Operation, Parameters, Permission, Refusal, Registration};
use crate::{Cai, contract::Role};

const TREASURY: Address = Address::repeat_byte(1);
const STAKING: Address = Address::repeat_byte(2);
const EMISSION: Address = Address::repeat_byte(3);
const SETTLEMENT: Address = Address::repeat_byte(4);
const VOTER: Address = Address::repeat_byte(5);
const OWNER: Address = Address::repeat_byte(6);
const STRANGER: Address = Address::repeat_byte(7);
const MINER: Address = Address::repeat_byte(0x10);
const COORDINATOR: Address = Address::repeat_byte(0x20);
const NEW_KEY: Address = Address::repeat_byte(0x30);

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A miner with an own stake of 30,000 CAI, a coordinator with one of 3,000,000, both of the same owner; 70,000 and 1,000,000
/// CAI of votes.
struct Town {
    economy: Economy,
    now: Now,
}

fn cai(whole: u64) -> Cai {
    Cai::from_whole(whole)
}

fn description() -> Description {
    Description { name: "node".into(), introduction: String::new(), endpoint: "wss://node.example".into() }
}

impl Town {
    fn new() -> Self {
        let parameters = Parameters {
            chain_id: 31_337,
            staking: STAKING,
            emission: EMISSION,
            settlement: SETTLEMENT,
            epoch_seconds: 1_800,
            unbonding_period: 7 * DAY,
            period: 7 * DAY,
            dispute_window: 2 * DAY,
            thaw_period: 3 * DAY,
            claim_delay: 4 * HOUR,
            fault_bps: 1_000,
        };
        let mut economy = Economy::new(parameters, TREASURY, cai(1_000_000_000));
        for permission in [Permission::Governor, Permission::Slasher, Permission::Emission, Permission::Pauser] {
            economy.grant(permission, TREASURY);
        }
        economy.grant(Permission::Payment, TREASURY);
        let mut town = Self { economy, now: Now { time: 1_700_000_000 } };
        for person in [VOTER, OWNER] {
            town.done(TREASURY, Operation::Transfer { to: person, amount: cai(20_000_000) });
        }
        for person in [TREASURY, VOTER, OWNER] {
            for spender in [STAKING, EMISSION, SETTLEMENT] {
                town.done(person, Operation::Approve { spender, amount: Cai::from_base_units(U256::MAX) });
            }
            town.done(person, Operation::Deposit { amount: cai(10_000_000), permit: None });
        }
        town.register(MINER, Role::Miner, 30_000);
        town.register(COORDINATOR, Role::Coordinator, 3_000_000);
        town.vote(MINER, 70_000);
        town.vote(COORDINATOR, 1_000_000);
        town
    }

    fn apply(&mut self, caller: Address, operation: &Operation) -> Result<Vec<Effect>, Refusal> {
        self.economy.apply(caller, operation, self.now)
    }

    fn done(&mut self, caller: Address, operation: Operation) -> Vec<Effect> {
        self.apply(caller, &operation).unwrap_or_else(|refusal| panic!("{operation:?}: {refusal}"))
    }

    fn refused(&mut self, caller: Address, operation: Operation) -> &'static str {
        match self.apply(caller, &operation) {
            Ok(effects) => panic!("{operation:?}: {effects:?}"),
            Err(refusal) => refusal.name(),
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now.time += seconds;
    }

    fn register(&mut self, node: Address, role: Role, stake: u64) {
        let deadline = U256::from(self.now.time);
        let registration = Registration { node, role, self_stake: cai(stake), description: description(), deadline };
        self.done(OWNER, Operation::Register(Box::new(registration)));
    }

    fn vote(&mut self, node: Address, amount: u64) {
        self.done(VOTER, Operation::Vote { node, amount: cai(amount), max_commission: 5_000 });
    }

    fn slash(&mut self, node: Address, amount: u64, evidence: u8) -> Vec<Effect> {
        let evidence = vec![B256::repeat_byte(evidence)];
        self.done(TREASURY, Operation::Slash { node, amount: cai(amount), reward_bps: 2_000, evidence })
    }
}
