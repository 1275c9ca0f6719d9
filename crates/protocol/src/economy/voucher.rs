//! Payment against signatures (`settlement/Vouchers.sol`): vouchers, and tickets that were never accounted for.

use alloy::primitives::{B256, U256};

use super::{
    account::check_number,
    arithmetic::{add, add128, low128},
    entry::Account,
    outcome::{Contracts, Outcome},
    state::Call,
    tables::Pair,
};
use crate::message::{Receipt, Ticket, Voucher};

/// A ticket's rates are for this many tokens.
const RATE_TOKENS: u64 = 1_000;

/// What an answer costs: its tokens at the ticket's rates, rounded up, and at most the ticket's price (`Messages.cost`).
fn cost(ticket: &Ticket, receipt: &Receipt) -> U256 {
    let of = |tokens: u32, rate: u128| U256::from(tokens) * U256::from(rate);
    let exact = of(receipt.promptTokens, ticket.promptRate) + of(receipt.completionTokens, ticket.completionRate);
    exact.div_ceil(U256::from(RATE_TOKENS)).min(U256::from(ticket.price))
}

impl Call<'_> {
    pub(super) fn redeem(&mut self, voucher: &Voucher) -> Outcome<()> {
        self.check_signs(voucher.coordinator)?;
        let (owed, paid) = self.pay_voucher(voucher)?;
        if paid.is_zero() {
            return Err(Contracts::NothingPaid { owed }.into());
        }
        Ok(())
    }

    /// Pays what a voucher still asks for, as far as possible, and moves the counters; returns what it asked for and what was
    /// paid (`Vouchers._redeem`).
    pub(super) fn pay_voucher(&mut self, voucher: &Voucher) -> Outcome<(U256, U256)> {
        let Voucher { coordinator, miner, cumulative, through } = *voucher;
        let pair = (coordinator, miner);
        check_number(through)?;
        let mut account = self.economy.tables.accounts.get(pair);
        let owed = self.economy.owed_beyond(pair, &account, cumulative, through);
        if owed.is_zero() {
            return Err(Contracts::NothingOwed {}.into());
        }
        let paid = self.pay_miner(pair, owed)?;
        account.paid(paid)?;
        if through > account.through {
            // The voucher still accounts for these tickets, so they cannot be claimed on top of the rest of it.
            account.through = through;
            if paid != owed {
                self.economy.tables.unpaid_through.set(pair, through);
            }
        }
        self.economy.tables.accounts.set(pair, account);
        self.emit(Contracts::VoucherRedeemed {
            coordinator,
            miner,
            cumulative: U256::from(cumulative),
            through: U256::from(through),
            paid,
        });
        Ok((owed, paid))
    }

    pub(super) fn claim_ticket(&mut self, ticket: &Ticket, receipt: &Receipt) -> Outcome<()> {
        let (coordinator, miner) = (ticket.coordinator, ticket.miner);
        let (pair, number) = ((coordinator, miner), U256::from(ticket.number));
        let digest = self.check_claim(ticket, receipt)?;
        let account = self.economy.tables.accounts.get(pair);
        if ticket.number <= account.through {
            return Err(Contracts::TicketSettled { number, through: U256::from(account.through) }.into());
        }
        check_number(ticket.number)?;
        let (last, _) = self.economy.claims(coordinator, miner);
        if ticket.number < last {
            return Err(Contracts::ClaimOrder { number, last: U256::from(last) }.into());
        }
        let (cost, before) = (cost(ticket, receipt), self.economy.tables.claimed.get(digest));
        // Another receipt for the same ticket may cost less.
        if cost <= before {
            return Err(Contracts::NothingOwed {}.into());
        }
        let owed = cost - before;
        let paid = self.pay_miner(pair, owed)?;
        if paid.is_zero() {
            return Err(Contracts::NothingPaid { owed }.into());
        }
        self.economy.tables.claimed.set(digest, add(before, paid)?);
        self.note_claim(pair, ticket.number, low128(paid))?;
        self.economy.tables.accounts.set(pair, Account { claimed: true, ..account });
        self.emit(Contracts::TicketClaimed { coordinator, miner, ticket: digest, number, paid });
        Ok(())
    }

    /// The miner may claim this ticket now; returns its digest (`Vouchers._checkClaim`).
    fn check_claim(&self, ticket: &Ticket, receipt: &Receipt) -> Outcome<B256> {
        let digest = self.economy.domain().digest(ticket);
        if receipt.ticket != digest {
            return Err(Contracts::WrongTicket { have: receipt.ticket, need: digest }.into());
        }
        self.check_signs(ticket.coordinator)?;
        self.check_signs(ticket.miner)?;
        if self.caller != ticket.miner {
            self.owned_by_caller(ticket.miner)?;
        }
        let parameters = &self.economy.parameters;
        let (now, deadline) = (u128::from(self.now.time), u128::from(ticket.deadline));
        let from = deadline + u128::from(parameters.claim_delay);
        if now <= from {
            return Err(Contracts::TicketNotDue { claimableAt: U256::from(from + 1) }.into());
        }
        let until = deadline + u128::from(parameters.dispute_window);
        if now > until {
            return Err(Contracts::TicketExpired { claimableUntil: U256::from(until) }.into());
        }
        Ok(digest)
    }

    /// Adds to the sum of the claims up to a number, which is at least the last one (`Accounts._addClaim`).
    fn note_claim(&mut self, pair: Pair, number: u64, paid: u128) -> Outcome<()> {
        let mut claims = self.economy.tables.claims.get(pair);
        let sum = add128(claims.last().map_or(0, |(_, sum)| *sum), paid)?;
        match claims.last_mut() {
            Some(last) if last.0 == number => last.1 = sum,
            _ => claims.push((number, sum)),
        }
        self.economy.tables.claims.set(pair, claims);
        Ok(())
    }
}
