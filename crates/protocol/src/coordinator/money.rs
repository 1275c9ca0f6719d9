//! Money: what is owed and reserved, whether the escrow covers a task, and what miners are to hear about what they are owed.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use super::{
    input::{Funds, Limits},
    submit_error::SubmitError,
};
use crate::{
    Cai,
    ledger::Accounts,
    task::{TaskId, TaskSpec},
};

/// What the chain says, with the part of what was owed then that it has seen already.
#[derive(Clone, Debug)]
struct CoveredFunds {
    funds: Funds,
    covered: u128,
    /// Whether the log has said that the escrow does not suffice.
    exhausted: bool,
}

/// A coordinator's money.
#[derive(Clone, Debug, Default)]
pub(super) struct Money {
    pub(super) accounts: Accounts,
    funds: Option<CoveredFunds>,
    /// Miners that are to hear what they are owed, with the results that count.
    due: BTreeMap<Address, Vec<(TaskId, u32)>>,
}

impl Money {
    pub(super) fn new(accounts: Accounts) -> Self {
        Self { accounts, ..Self::default() }
    }

    /// Refuses what cannot be paid. All are one caller's.
    pub(super) fn affordable<'a>(
        &self,
        specs: impl Iterator<Item = &'a TaskSpec> + Clone,
        limits: Limits,
    ) -> Result<(), SubmitError> {
        if specs.clone().all(|spec| spec.rate.is_free()) {
            return Ok(());
        }
        let caller = specs.clone().next().and_then(|spec| spec.caller.as_ref());
        let bound = specs.map(|spec| spec.quote().bound()).fold(0, u128::saturating_add);
        let price = Cai::from(bound);
        if let Some(cap) = limits.max_price.filter(|cap| bound > *cap) {
            return Err(SubmitError::PriceAboveCap { price, cap: Cai::from(cap) });
        }
        if let (Some(budget), Some(caller)) = (limits.budget, caller)
            && self.accounts.charged(caller).saturating_add(bound) > budget
        {
            return Err(SubmitError::BudgetSpent { price, budget: Cai::from(budget) });
        }
        if bound > self.available() { Err(SubmitError::EscrowExhausted { price }) } else { Ok(()) }
    }

    /// Escrow that nothing is reserved from and that is not owed already, in base units.
    fn available(&self) -> u128 {
        let Some(CoveredFunds { funds, covered, .. }) = &self.funds else { return 0 };
        // What is owed only grows, so that what was covered when the chain was read is covered still.
        let unsettled = self.accounts.owed().saturating_sub(*covered);
        funds.escrow.saturating_sub(unsettled).saturating_sub(self.accounts.reserved())
    }

    /// True the first time after the chain was read: the operator hears once, and not for every application that asks.
    pub(super) fn note_exhausted(&mut self) -> bool {
        self.funds.as_mut().is_some_and(|funds| !std::mem::replace(&mut funds.exhausted, true))
    }

    /// The escrow as it was read last, in base units.
    pub(super) fn escrow(&self) -> Option<u128> {
        self.funds.as_ref().map(|covered| covered.funds.escrow)
    }

    /// Takes in what the chain says; false where it says what it said before.
    pub(super) fn set_funds(&mut self, funds: Funds) -> bool {
        if self.funds.as_ref().is_some_and(|covered| covered.funds == funds) {
            return false;
        }
        let settled = |miner| funds.settled.get(&miner).copied().unwrap_or(0);
        let covered = self.accounts.iter().map(|(miner, _, owed)| settled(miner).min(owed)).sum();
        self.funds = Some(CoveredFunds { funds, covered, exhausted: false });
        true
    }

    /// Makes a statement due: what a miner is owed, and that this result, if any, counts. True where none was due before.
    pub(super) fn owe(&mut self, miner: Address, settled: Option<(TaskId, u32)>) -> bool {
        let first = self.due.is_empty();
        self.due.entry(miner).or_default().extend(settled);
        first
    }

    /// What is due, in order of miner.
    pub(super) fn take_due(&mut self) -> BTreeMap<Address, Vec<(TaskId, u32)>> {
        std::mem::take(&mut self.due)
    }
}
