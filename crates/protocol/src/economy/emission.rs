//! The reserves that pay for the network, and their periods (`EmissionController.sol`).

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{SCALE, add128, low128, narrow, product},
    entry::{Halving, Reserve},
    outcome::{Contracts, Outcome},
    state::{Call, Economy, Permission},
};
use crate::contract::Role;

const DAY: u64 = 24 * 60 * 60;
const MIN_HALVING: u64 = 365 * DAY;
const MAX_HALVING: u64 = 3_650 * DAY;
/// The natural logarithm of 2, times 1e18.
const LN2: u128 = 693_147_180_559_945_309;

impl Economy {
    /// In how many seconds a reserve halves.
    pub fn halving(&self) -> u64 {
        self.tables.halving.get(()).0
    }

    /// One period's part of a reserve: `2y / (2 + y)` with `y = ln 2 * period / halving`.
    pub(super) fn period_part(&self, left: u128) -> U256 {
        let y = product(LN2, self.parameters.period.into()) / U256::from(self.halving());
        // Less than 2**128 * 2 * 2**60.
        U256::from(left) * U256::from(2) * y / (U256::from(2 * SCALE) + y)
    }
}

impl Call<'_> {
    pub(super) fn fund(&mut self, role: Role, amount: U256) -> Outcome<()> {
        self.fund_reserve(self.caller, self.economy.parameters.emission, role, amount)
    }

    /// `EmissionController.fund` of `controller`, called by `from`.
    fn fund_reserve(&mut self, from: Address, controller: Address, role: Role, amount: U256) -> Outcome<()> {
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        let mut reserve = self.economy.tables.reserves.get((controller, role));
        reserve.left = add128(reserve.left, narrow(amount, 96)?)?;
        self.economy.tables.reserves.set((controller, role), reserve);
        self.emit(Contracts::Funded { role: role as u8, from, amount });
        self.pull(from, controller, amount)
    }

    /// `EmissionController.migrate`: both reserves go to another controller of the same token and staking contract.
    pub(super) fn migrate(&mut self, successor: Address) -> Outcome<()> {
        let emission = self.economy.parameters.emission;
        self.restricted(self.caller, Permission::Governor)?;
        if successor == emission {
            return Err(Contracts::BadSuccessor { successor }.into());
        }
        for role in [Role::Miner, Role::Coordinator] {
            let reserve = self.economy.tables.reserves.get((emission, role));
            if reserve.left != 0 {
                let amount = U256::from(reserve.left);
                self.economy.tables.reserves.set((emission, role), Reserve { left: 0, ..reserve });
                self.emit(Contracts::Migrated { role: role as u8, successor, amount });
                self.approve(emission, successor, amount)?;
                self.fund_reserve(emission, successor, role, amount)?;
            }
        }
        Ok(())
    }

    pub(super) fn start_period(&mut self, role: Role) -> Outcome<()> {
        let controller = self.economy.parameters.emission;
        let mut reserve = self.economy.tables.reserves.get((controller, role));
        if self.now.time < reserve.next_period_at {
            return Err(Contracts::PeriodRunning { until: U256::from(reserve.next_period_at) }.into());
        }
        if self.economy.tables.streams.get(role).total == 0 {
            return Err(Contracts::NobodyEarns { role: role as u8 }.into());
        }
        let amount = self.economy.period_part(reserve.left);
        if amount.is_zero() {
            return Err(Contracts::ReserveEmpty { left: U256::from(reserve.left) }.into());
        }
        let (period, emission) = (self.economy.parameters.period, self.economy.parameters.emission);
        // A part of what is left.
        reserve.left -= low128(amount);
        reserve.next_period_at = self.now.time + period;
        self.economy.tables.reserves.set((controller, role), reserve);
        self.emit(Contracts::PeriodStarted {
            role: role as u8,
            amount,
            left: U256::from(reserve.left),
            nextPeriodAt: U256::from(reserve.next_period_at),
        });
        self.approve(emission, self.economy.parameters.staking, amount)?;
        self.notify_emission(emission, role, amount, period)
    }

    pub(super) fn set_halving(&mut self, seconds: u64) -> Outcome<()> {
        self.restricted(self.caller, Permission::Governor)?;
        if !(MIN_HALVING..=MAX_HALVING).contains(&seconds) {
            return Err(Contracts::BadHalving { have: seconds, min: MIN_HALVING, max: MAX_HALVING }.into());
        }
        self.economy.tables.halving.set((), Halving(seconds));
        self.emit(Contracts::HalvingSet { halving: seconds });
        Ok(())
    }
}
