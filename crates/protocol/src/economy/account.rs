//! Accounts between coordinators and miners (`settlement/Accounts.sol`), and how miners' owners are paid
//! (`settlement/Payouts.sol`): batches promise, vouchers and claims credit, collections and pay-outs pay.

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{BPS, add, add96, low96, low128, mul, narrow, sub},
    entry::{Account, Collection, Credit},
    operation::Item,
    outcome::{Contracts, Outcome},
    state::{BURN, Call, Economy},
    tables::Pair,
};
use crate::contract::Role;

/// Largest number of a ticket that can be settled or claimed.
const MAX_NUMBER: u64 = u64::MAX >> 1;
/// The part of every payment that is burned, in hundredths of a percent.
const BURN_BPS: u128 = 200;
/// Stake taken per CAI that escrow and promises could not pay.
const DEFICIT_FACTOR: u64 = 5;
/// The settlement's part of a charge and of a slash, in hundredths of a percent.
pub(super) const REWARD_BPS: u16 = 2_000;

/// What a coordinator owes is taken from both of these, then from its owner's stake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// Of a voucher or a claim.
    Escrow,
    /// Of a collection.
    Promised,
}

pub(super) fn check_number(number: u64) -> Outcome<()> {
    if number > MAX_NUMBER {
        return Err(Contracts::NumberTooLarge { number: U256::from(number) }.into());
    }
    Ok(())
}

impl Economy {
    /// What claims were paid for a pair's tickets with numbers up to this one, in wei of CAI.
    pub fn claimed_up_to(&self, coordinator: Address, miner: Address, number: u64) -> u128 {
        let claims = self.tables.claims.get((coordinator, miner));
        claims.iter().rev().find(|(key, _)| *key <= number).map_or(0, |(_, sum)| *sum)
    }

    /// What a statement that `cumulative` is owed up to `through` adds to what is paid or promised (`Accounts._owed`).
    pub(super) fn owed_beyond(&self, pair: Pair, account: &Account, cumulative: u128, through: u64) -> U256 {
        let claimed = if account.claimed { self.claimed_up_to(pair.0, pair.1, through) } else { 0 };
        U256::from(cumulative).saturating_sub(U256::from(account.settled) + U256::from(claimed))
    }
}

impl Call<'_> {
    /// `Settlement.settle`: what is new moves from escrow to what is promised.
    pub(super) fn settle_batch(&mut self, coordinator: Address, items: &[Item]) -> Outcome<()> {
        if self.caller == coordinator {
            self.check_signs(coordinator)?;
        } else {
            self.owned_by_caller(coordinator)?;
        }
        let mut total = U256::ZERO;
        for item in items {
            check_number(item.through)?;
            let pair = (coordinator, item.miner);
            let mut account = self.economy.tables.accounts.get(pair);
            let new = self.economy.owed_beyond(pair, &account, item.cumulative.to(), item.through);
            total = add(total, new)?;
            account.settled = add96(account.settled, low128(new))?;
            account.through = account.through.max(item.through);
            self.economy.tables.accounts.set(pair, account);
        }
        if !total.is_zero() {
            self.check_open()?;
            let have = U256::from(self.economy.tables.escrows.get(coordinator).balance);
            if total > have {
                return Err(Contracts::EscrowShort { have, need: total }.into());
            }
            self.spend_escrow(coordinator, low128(total));
            let promised = self.economy.tables.promised.get(coordinator);
            self.economy.tables.promised.set(coordinator, add(promised, total)?);
        }
        self.emit(Contracts::Settled { coordinator, total, lines: Item::lines(items) });
        Ok(())
    }

    /// `Settlement.collect`: starts the payment of what batches have promised, or makes the one that was started.
    pub(super) fn collect_promise(&mut self, coordinator: Address, miner: Address) -> Outcome<()> {
        let pair = (coordinator, miner);
        let to = self.payee_of(miner)?;
        let mut account = self.economy.tables.accounts.get(pair);
        let mut collection = self.economy.tables.collections.get(pair);
        if collection.amount == 0 {
            if account.promised() == 0 {
                return Err(Contracts::NothingOwed {}.into());
            }
            collection = self.start_collection(pair, account.promised())?;
            if self.economy.parameters.claim_delay != 0 {
                return Ok(());
            }
        }
        if self.now.time < collection.available_at {
            return Err(Contracts::CollectNotDue { availableAt: U256::from(collection.available_at) }.into());
        }
        let amount = self.take(pair, U256::from(collection.amount), First::Promised)?;
        if amount.is_zero() {
            return Err(Contracts::NothingPaid { owed: U256::from(collection.amount) }.into());
        }
        account.withdrawn = add96(account.withdrawn, low96(amount))?;
        self.economy.tables.accounts.set(pair, account);
        self.emit(Contracts::Collected { coordinator, miner, amount });
        match account.promised() {
            0 => self.economy.tables.collections.set(pair, Collection::default()),
            rest => drop(self.start_collection(pair, rest)?),
        }
        let credit = U256::from(self.economy.tables.credits.get(miner).amount);
        self.pay_owner((coordinator, miner), to, add(amount, credit)?)
    }

    /// `Settlement.payOut`: pays what vouchers and claims have credited.
    pub(super) fn pay_out(&mut self, miner: Address) -> Outcome<()> {
        let to = self.payee_of(miner)?;
        let Credit { amount, coordinator } = self.economy.tables.credits.get(miner);
        if amount == 0 {
            return Err(Contracts::NothingOwed {}.into());
        }
        self.pay_owner((coordinator, miner), to, U256::from(amount))
    }

    /// Takes up to `owed` from a coordinator and credits the miner with it (`Payouts._pay`).
    pub(super) fn pay_miner(&mut self, pair: Pair, owed: U256) -> Outcome<U256> {
        let paid = self.take(pair, owed, First::Escrow)?;
        let (coordinator, miner) = pair;
        if paid.is_zero() {
            return Ok(paid);
        }
        let before = self.economy.tables.credits.get(miner);
        let amount = narrow(add(U256::from(before.amount), paid)?, 96)?;
        self.economy.tables.credits.set(miner, Credit { amount, coordinator });
        if before.amount != 0 && before.coordinator != coordinator {
            let _refused = self.record_payment(self.economy.parameters.settlement, before.coordinator, miner).err();
        }
        Ok(paid)
    }

    /// Takes up to `owed` from what a coordinator has prepaid and promised, then from its owner's stake (`Payouts._take`).
    fn take(&mut self, pair: Pair, owed: U256, first: First) -> Outcome<U256> {
        let coordinator = pair.0;
        let mut left = owed;
        if first == First::Promised {
            left -= self.take_promised(coordinator, left);
        }
        let escrow = left.min(U256::from(self.economy.tables.escrows.get(coordinator).balance));
        self.spend_escrow(coordinator, low128(escrow));
        left -= escrow;
        if first == First::Escrow {
            left -= self.take_promised(coordinator, left);
        }
        add(owed - left, self.charge_deficit(pair, left)?)
    }

    fn take_promised(&mut self, coordinator: Address, amount: U256) -> U256 {
        let have = self.economy.tables.promised.get(coordinator);
        let taken = amount.min(have);
        self.economy.tables.promised.set(coordinator, have - taken);
        taken
    }

    /// Pays a deficit out of the stake of the coordinator's owner, as far as it goes (`Payouts._charge`).
    fn charge_deficit(&mut self, (coordinator, miner): Pair, deficit: U256) -> Outcome<U256> {
        // A miner that signs vouchers has no stake as a coordinator.
        if deficit.is_zero() || self.economy.tables.nodes.get(coordinator).role != Some(Role::Coordinator) {
            return Ok(U256::ZERO);
        }
        let amount = mul(deficit, U256::from(DEFICIT_FACTOR))?;
        // A charge that is refused has done nothing, and pays nothing.
        let charged = self.charge(self.economy.parameters.settlement, coordinator, amount, REWARD_BPS);
        let (taken, reward) = charged.unwrap_or_default();
        if taken.is_zero() {
            return Ok(U256::ZERO);
        }
        self.emit(Contracts::DeficitCharged { coordinator, miner, deficit, taken, reward });
        Ok(reward)
    }

    fn start_collection(&mut self, pair: Pair, amount: u128) -> Outcome<Collection> {
        let available_at = self.now.time + self.economy.parameters.claim_delay;
        let collection = Collection { amount: narrow(U256::from(amount), 96)?, available_at };
        self.economy.tables.collections.set(pair, collection);
        let ((coordinator, miner), at) = (pair, U256::from(available_at));
        self.emit(Contracts::CollectStarted { coordinator, miner, amount: U256::from(amount), availableAt: at });
        Ok(collection)
    }

    /// Pays `amount`, all of the miner's credit included, to the miner's owner, less what is burned, and reports it
    /// (`Payouts._payOut`).
    fn pay_owner(&mut self, (coordinator, miner): Pair, to: Address, amount: U256) -> Outcome<()> {
        let burned = mul(amount, U256::from(BURN_BPS))? / U256::from(BPS);
        let paid = sub(amount, burned)?;
        if self.economy.tables.credits.get(miner).amount != 0 {
            self.economy.tables.credits.set(miner, Credit::default());
        }
        self.emit(Contracts::PaidOut { miner, to, amount: paid, burned });
        let settlement = self.economy.parameters.settlement;
        // A report that is refused has done nothing, and changes nothing for the payment.
        let _refused = self.record_payment(settlement, coordinator, miner).err();
        self.pay(settlement, to, paid)?;
        if !burned.is_zero() {
            self.pay(settlement, BURN, burned)?;
        }
        Ok(())
    }

    /// Owner of a miner, whatever its status (`Payouts._payeeOf`).
    fn payee_of(&self, miner: Address) -> Outcome<Address> {
        let entry = self.economy.tables.nodes.get(miner);
        if entry.role != Some(Role::Miner) {
            return Err(Contracts::NotAMiner { node: miner }.into());
        }
        Ok(entry.owner)
    }
}
