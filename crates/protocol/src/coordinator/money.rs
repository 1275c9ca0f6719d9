//! Money: what is owed and reserved, whether the escrow covers a task, and from when on miners hear what they are owed.

use std::collections::{BTreeMap, VecDeque};

use alloy::primitives::Address;

use super::{
    audits::WINDOW,
    input::{Funds, Limits},
    submit_error::SubmitError,
};
use crate::{
    Cai,
    ledger::{Accounts, Ended, Terms},
    task::{Millis, TaskSpec},
};

/// Milliseconds between two statements to a miner, where the coordinator audits.
const EVERY: Millis = 1_000;

/// What the chain says, with the part of what was owed then that it has seen already.
#[derive(Clone, Debug)]
struct CoveredFunds {
    funds: Funds,
    covered: u128,
    /// Whether the log has said that the escrow does not suffice.
    exhausted: bool,
}

/// What a miner will be told, where the coordinator audits: a ticket is in a voucher some time after its answer, so that an audit which
/// ends within that time cannot be told.
#[derive(Clone, Debug, Default)]
struct Ripening {
    told: Terms,
    /// What vouchers will say, ticket by ticket.
    steps: VecDeque<Terms>,
    /// When each ticket that is in no voucher was answered, or ended otherwise.
    ended: BTreeMap<u64, Millis>,
}

impl Ripening {
    /// Goes on to what may be told now; false where that is what was told before.
    fn ripen(&mut self, now: Millis) -> bool {
        let before = self.told;
        while let Some(step) = self.steps.front() {
            let ended = self.ended.get(&step.through).copied().unwrap_or(0);
            if ended.saturating_add(WINDOW) > now {
                break;
            }
            self.told = *step;
            self.steps.pop_front();
        }
        self.ended = self.ended.split_off(&(self.told.through + 1));
        self.told.cumulative != before.cumulative
    }
}

/// A coordinator's money.
#[derive(Clone, Debug, Default)]
pub(super) struct Money {
    pub(super) accounts: Accounts,
    funds: Option<CoveredFunds>,
    /// Where the coordinator audits: what miners will be told.
    ripening: Option<BTreeMap<Address, Ripening>>,
    /// When miners were told last.
    told_at: Millis,
}

impl Money {
    /// With the time of the start where the coordinator audits: what is owed then is told as if it had been earned at that time.
    pub(super) fn new(accounts: Accounts, audits_from: Option<Millis>) -> Self {
        let ripening = audits_from.map(|now| {
            let miners = accounts.iter().map(|(miner, terms, _)| {
                let (steps, ended) = ([terms].into(), [(terms.through, now)].into());
                (miner, Ripening { steps, ended, ..Ripening::default() })
            });
            miners.collect()
        });
        Self { accounts, ripening, ..Self::default() }
    }

    /// A ticket has ended. True where its miner is to hear it at once.
    pub(super) fn ended(&mut self, ended: &Ended, now: Millis) -> bool {
        let Some(ripening) = &mut self.ripening else { return true };
        let miner = ripening.entry(ended.miner).or_default();
        miner.ended.entry(ended.number).or_insert(now);
        miner.steps.extend(&ended.steps);
        false
    }

    /// The miners that are to hear what they are owed now, in order; once a second.
    pub(super) fn ripened(&mut self, now: Millis) -> Vec<Address> {
        // A clock that was put back does not keep miners waiting.
        let is_early = now >= self.told_at && now - self.told_at < EVERY;
        let Some(ripening) = self.ripening.as_mut().filter(|_| !is_early) else { return vec![] };
        self.told_at = now;
        let waiting = ripening.iter_mut().filter(|(_, miner)| !miner.steps.is_empty());
        waiting.filter_map(|(node, miner)| miner.ripen(now).then_some(*node)).collect()
    }

    /// What a voucher for a miner may say.
    pub(super) fn terms(&self, miner: &Address) -> Terms {
        match &self.ripening {
            Some(ripening) => ripening.get(miner).map(|miner| miner.told).unwrap_or_default(),
            None => self.accounts.terms(miner),
        }
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

    /// What may be reserved for tasks of a caller, in base units: what its budget leaves, and what the escrow has.
    pub(super) fn spendable(&self, caller: Option<&String>, budget: Option<u128>) -> u128 {
        let charged = caller.map_or(0, |caller| self.accounts.charged(caller));
        let left = budget.map_or(u128::MAX, |budget| budget.saturating_sub(charged));
        left.min(self.available())
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
}
