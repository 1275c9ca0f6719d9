//! The token: balances, allowances and permits (OpenZeppelin's ERC20 and ERC20Permit, as CAIToken is).

use alloy::primitives::{Address, U256};

use super::{
    outcome::{Contracts, Outcome},
    state::Call,
};

impl Call<'_> {
    pub(super) fn transfer(&mut self, to: Address, amount: U256) -> Outcome<()> {
        self.pay(self.caller, to, amount)
    }

    /// `ERC20._approve`, as the owner or by its permit.
    pub(super) fn approve(&mut self, owner: Address, spender: Address, amount: U256) -> Outcome<()> {
        if spender.is_zero() {
            return Err(Contracts::ERC20InvalidSpender { spender }.into());
        }
        self.economy.tables.allowances.set((owner, spender), amount);
        self.emit(Contracts::Approval { owner, spender, value: amount });
        Ok(())
    }

    /// `ERC20Permit.permit` of the caller, signed with its next nonce; one that is late changes nothing, because the contracts
    /// that take permits go on without it.
    pub(super) fn permit(&mut self, spender: Address, amount: U256, deadline: Option<u64>) -> Outcome<()> {
        match deadline {
            Some(deadline) if self.now.time <= deadline => {
                let used = self.economy.tables.permits.get(self.caller);
                self.economy.tables.permits.set(self.caller, used + 1);
                self.approve(self.caller, spender, amount)
            }
            _ => Ok(()),
        }
    }

    /// `ERC20.transferFrom`, called by `spender` for itself.
    pub(super) fn pull(&mut self, from: Address, spender: Address, amount: U256) -> Outcome<()> {
        let allowance = self.economy.tables.allowances.get((from, spender));
        if allowance < U256::MAX {
            let Some(left) = allowance.checked_sub(amount) else {
                return Err(Contracts::ERC20InsufficientAllowance { spender, allowance, needed: amount }.into());
            };
            self.economy.tables.allowances.set((from, spender), left);
        }
        self.pay(from, spender, amount)
    }

    /// `ERC20._transfer`.
    pub(super) fn pay(&mut self, from: Address, to: Address, amount: U256) -> Outcome<()> {
        if to.is_zero() {
            return Err(Contracts::ERC20InvalidReceiver { receiver: to }.into());
        }
        let liquid = &mut self.economy.tables.liquid;
        let balance = liquid.get(from);
        let Some(left) = balance.checked_sub(amount) else {
            return Err(Contracts::ERC20InsufficientBalance { sender: from, balance, needed: amount }.into());
        };
        liquid.set(from, left);
        // At most the supply, which fits.
        liquid.set(to, liquid.get(to).saturating_add(amount));
        self.emit(Contracts::Transfer { from, to, value: amount });
        Ok(())
    }
}
