//! Payment of miners (`settlement/*.sol`): escrow, thaw, batches, vouchers, tickets, and the stake that covers a deficit.

use alloy::primitives::{Address, B256, U256};

use super::{
    arithmetic::{add, low128, mul, narrow, sub},
    entry::Escrow,
    operation::Item,
    outcome::{Contracts, Outcome},
    state::Call,
};
use crate::{
    contract::Role,
    message::{Ticket, Voucher},
};

/// Stake taken per CAI that the escrow could not pay.
const DEFICIT_FACTOR: u64 = 5;
/// The miner's or the finder's part of a slash, in hundredths of a percent.
pub(super) const FINDER_BPS: u16 = 2_000;

impl Call<'_> {
    pub(super) fn deposit_escrow(&mut self, coordinator: Address, amount: U256, permit: Option<u64>) -> Outcome<()> {
        let settlement = self.economy.parameters.settlement;
        self.permit(settlement, amount, permit)?;
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

    /// `Settlement.settle`: what is new moves from escrow to the miners' credit.
    pub(super) fn settle_batch(&mut self, coordinator: Address, items: &[Item]) -> Outcome<()> {
        if self.caller != coordinator {
            self.owned_by_caller(coordinator)?;
        }
        let mut total = U256::ZERO;
        for item in items {
            let mut account = self.economy.tables.accounts.get((coordinator, item.miner));
            let cumulative: u128 = item.cumulative.to();
            if cumulative > account.settled {
                total = add(total, U256::from(cumulative - account.settled))?;
                account.settled = cumulative;
            }
            account.through = account.through.max(item.through);
            self.economy.tables.accounts.set((coordinator, item.miner), account);
        }
        if !total.is_zero() {
            let have = U256::from(self.economy.tables.escrows.get(coordinator).balance);
            if total > have {
                return Err(Contracts::EscrowShort { have, need: total }.into());
            }
            self.spend_escrow(coordinator, low128(total));
        }
        self.emit(Contracts::Settled { coordinator, total, count: U256::from(items.len()) });
        Ok(())
    }

    /// `Settlement.collect`: a miner's credit goes to the miner's owner.
    pub(super) fn collect_credit(&mut self, coordinator: Address, miner: Address) -> Outcome<()> {
        let mut account = self.economy.tables.accounts.get((coordinator, miner));
        let amount = U256::from(account.credit());
        if amount.is_zero() {
            return Err(Contracts::NothingOwed {}.into());
        }
        account.withdrawn = account.settled;
        self.economy.tables.accounts.set((coordinator, miner), account);
        let to = self.known(miner)?.0.owner;
        self.emit(Contracts::Collected { coordinator, miner, to, amount });
        self.pay(self.economy.parameters.settlement, to, amount)
    }

    pub(super) fn redeem(&mut self, voucher: &Voucher) -> Outcome<()> {
        if self.pay_voucher(voucher)?.is_zero() {
            let settled = self.economy.tables.accounts.get((voucher.coordinator, voucher.miner)).settled;
            let owed = sub(U256::from(voucher.cumulative), U256::from(settled))?;
            return Err(Contracts::NothingPaid { owed }.into());
        }
        Ok(())
    }

    pub(super) fn claim_ticket(&mut self, ticket: &Ticket, answers: B256) -> Outcome<()> {
        let digest = self.economy.domain().digest(ticket);
        if answers != digest {
            return Err(Contracts::WrongTicket { have: answers, need: digest }.into());
        }
        let pair = (ticket.coordinator, ticket.miner);
        let mut account = self.economy.tables.accounts.get(pair);
        if ticket.number <= account.through {
            let (number, through) = (U256::from(ticket.number), U256::from(account.through));
            return Err(Contracts::TicketSettled { number, through }.into());
        }
        let claimable_at = u128::from(ticket.deadline) + u128::from(self.economy.parameters.claim_delay);
        if u128::from(self.now.time) <= claimable_at {
            return Err(Contracts::TicketNotDue { claimableAt: U256::from(claimable_at + 1) }.into());
        }
        let claimed = self.economy.tables.claimed.get(digest);
        let owed = sub(U256::from(ticket.price), claimed)?;
        if owed.is_zero() {
            return Err(Contracts::NothingOwed {}.into());
        }
        let paid = self.pay_owed(pair, owed)?;
        if paid.is_zero() {
            return Err(Contracts::NothingPaid { owed }.into());
        }
        self.economy.tables.claimed.set(digest, add(claimed, paid)?);
        account.paid(paid)?;
        self.economy.tables.accounts.set(pair, account);
        let (coordinator, miner) = pair;
        self.emit(Contracts::TicketClaimed { coordinator, miner, ticket: digest, paid });
        Ok(())
    }

    /// Pays what a voucher still asks for, as far as possible, and moves the counters (`Settlement._redeem`).
    pub(super) fn pay_voucher(&mut self, voucher: &Voucher) -> Outcome<U256> {
        let pair = (voucher.coordinator, voucher.miner);
        let mut account = self.economy.tables.accounts.get(pair);
        if voucher.cumulative <= account.settled {
            return Err(Contracts::NothingOwed {}.into());
        }
        let owed = U256::from(voucher.cumulative - account.settled);
        let paid = self.pay_owed(pair, owed)?;
        account.paid(paid)?;
        if voucher.through > account.through {
            // The voucher still accounts for these tickets, so they cannot be claimed on top of the rest of it.
            account.through = voucher.through;
            if paid != owed {
                self.economy.tables.unpaid_through.set(pair, voucher.through);
            }
        }
        self.economy.tables.accounts.set(pair, account);
        self.emit(Contracts::VoucherRedeemed {
            coordinator: voucher.coordinator,
            miner: voucher.miner,
            paid,
            settled: U256::from(account.settled),
            through: U256::from(account.through),
        });
        Ok(paid)
    }

    /// Pays up to `owed` to the miner's owner: from escrow, then by a slash whose finder is that owner (`Settlement._pay`).
    fn pay_owed(&mut self, (coordinator, miner): (Address, Address), owed: U256) -> Outcome<U256> {
        let settlement = self.economy.parameters.settlement;
        let to = self.known(miner)?.0.owner;
        let mut paid = owed.min(U256::from(self.economy.tables.escrows.get(coordinator).balance));
        if !paid.is_zero() {
            self.spend_escrow(coordinator, low128(paid));
            self.pay(settlement, to, paid)?;
        }
        let deficit = owed - paid;
        // A miner that signs vouchers has no stake as a coordinator.
        if !deficit.is_zero() && self.economy.tables.nodes.get(coordinator).role == Some(Role::Coordinator) {
            let amount = mul(deficit, U256::from(DEFICIT_FACTOR))?;
            let (taken, reward) = self.slash(settlement, coordinator, amount, to, FINDER_BPS)?;
            paid = add(paid, reward)?;
            self.emit(Contracts::DeficitCharged { coordinator, miner, deficit, taken, reward });
        }
        Ok(paid)
    }

    /// Takes escrow that is there. What does not thaw pays first (`Settlement._spend`).
    fn spend_escrow(&mut self, coordinator: Address, amount: u128) {
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

    fn owned_by_caller(&self, coordinator: Address) -> Outcome<()> {
        if self.economy.tables.nodes.get(coordinator).owner != self.caller {
            return Err(Contracts::NotAllowed { coordinator, caller: self.caller }.into());
        }
        Ok(())
    }
}
