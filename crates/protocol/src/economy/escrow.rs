//! What coordinators have prepaid (`settlement/Escrows.sol`).

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{add, low128, narrow},
    entry::Escrow,
    outcome::{Contracts, Outcome},
    state::{Call, Permission},
};
use crate::contract::Role;

impl Call<'_> {
    pub(super) fn deposit_escrow(&mut self, coordinator: Address, amount: U256, permit: Option<u64>) -> Outcome<()> {
        let settlement = self.economy.parameters.settlement;
        self.permit(settlement, amount, permit)?;
        self.check_open()?;
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        self.check_coordinator(coordinator)?;
        let mut escrow = self.economy.tables.escrows.get(coordinator);
        escrow.balance = narrow(add(U256::from(escrow.balance), amount)?, 96)?;
        self.economy.tables.escrows.set(coordinator, escrow);
        self.emit(Contracts::EscrowDeposited { coordinator, from: self.caller, amount });
        self.pull(self.caller, settlement, amount)
    }

    pub(super) fn start_thaw(&mut self, coordinator: Address, amount: U256) -> Outcome<()> {
        self.owned_by_caller(coordinator)?;
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        let mut escrow = self.economy.tables.escrows.get(coordinator);
        let have = U256::from(escrow.balance - escrow.thawing);
        if amount > have {
            return Err(Contracts::EscrowShort { have, need: amount }.into());
        }
        escrow.thawing += low128(amount);
        escrow.available_at = self.now.time + self.economy.parameters.thaw_period;
        self.economy.tables.escrows.set(coordinator, escrow);
        self.emit(Contracts::ThawStarted { coordinator, amount, availableAt: U256::from(escrow.available_at) });
        Ok(())
    }

    pub(super) fn withdraw_escrow(&mut self, coordinator: Address) -> Outcome<()> {
        self.owned_by_caller(coordinator)?;
        let Escrow { balance, thawing, available_at } = self.economy.tables.escrows.get(coordinator);
        if thawing == 0 {
            return Err(Contracts::NothingThawing {}.into());
        }
        if self.now.time < available_at {
            return Err(Contracts::StillThawing { availableAt: U256::from(available_at) }.into());
        }
        self.economy.tables.escrows.set(coordinator, Escrow { balance: balance - thawing, ..Escrow::default() });
        let amount = U256::from(thawing);
        self.emit(Contracts::EscrowWithdrawn { coordinator, to: self.caller, amount });
        self.pay(self.economy.parameters.settlement, self.caller, amount)
    }

    /// `Settlement.retire`: no deposits and no batches from now on.
    pub(super) fn retire(&mut self) -> Outcome<()> {
        self.restricted(self.caller, Permission::Governor)?;
        self.check_open()?;
        self.economy.tables.retired.set((), true);
        self.emit(Contracts::SettlementRetired {});
        Ok(())
    }

    pub(super) fn check_open(&self) -> Outcome<()> {
        if self.economy.tables.retired.get(()) {
            return Err(Contracts::IsRetired {}.into());
        }
        Ok(())
    }

    /// Takes escrow that is there. What does not thaw pays first (`Settlement._spend`).
    pub(super) fn spend_escrow(&mut self, coordinator: Address, amount: u128) {
        let mut escrow = self.economy.tables.escrows.get(coordinator);
        escrow.balance = escrow.balance.saturating_sub(amount);
        escrow.thawing = escrow.thawing.min(escrow.balance);
        self.economy.tables.escrows.set(coordinator, escrow);
    }

    pub(super) fn check_coordinator(&self, node: Address) -> Outcome<()> {
        if self.economy.tables.nodes.get(node).role != Some(Role::Coordinator) {
            return Err(Contracts::NotACoordinator { node }.into());
        }
        Ok(())
    }

    pub(super) fn owned_by_caller(&self, node: Address) -> Outcome<()> {
        if self.economy.tables.nodes.get(node).owner != self.caller {
            return Err(Contracts::NotAllowed { node, caller: self.caller }.into());
        }
        Ok(())
    }

    /// What a node's key has signed counts.
    pub(super) fn check_signs(&self, node: Address) -> Outcome<()> {
        if !self.economy.signs(node, self.now) {
            return Err(Contracts::KeyReplaced { node }.into());
        }
        Ok(())
    }
}
