//! What coordinators owe this miner, and whether to work for them.
//!
//! A coordinator that does not pay loses the miner: it can take no more than a few tickets for nothing. The miner's record of
//! signatures has the vouchers and claims on disk.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256};

use super::order::{Claim, Completed};
use crate::{
    Cai,
    message::{Acknowledgement, Domain, SignedAcknowledgement, SignedVoucher, Voucher},
    price::Rate,
    status::{AccountRow, Money},
    task::Millis,
};

/// Tickets that may wait behind a ticket that runs, for each ticket that may be unpaid: no voucher covers them before that.
pub const BEHIND: usize = 16;

/// Answers that the coordinator has acknowledged are late without a voucher after this long, in milliseconds. What it owes for them
/// is in writing, and it may let them be examined before it pays.
const PATIENCE: Millis = 60_000;
/// One that has no voucher after this long is worth a word to the miner's operator: audits hold a ticket for half a minute.
const SLOW: Millis = 40_000;

/// The terms on which the miner works for a coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// At most this many answered tickets of one coordinator may be without an acknowledgement, or without a voucher a minute after it.
    pub max_unpaid: usize,
    /// The lowest rate for which the miner works.
    pub least: Rate,
}

/// A coordinator's account on chain, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Escrow that is not being withdrawn.
    pub escrow: u128,
    /// Everything that was ever settled with this miner.
    pub settled: u128,
}

/// Why the miner does not work for a coordinator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Its rate is below what the miner asks.
    #[error("it pays less for {0} than this miner asks")]
    Cheap(String),
    /// It pays less than it has to.
    #[error("its voucher is worth less than the answers that it acknowledged")]
    Underpaid,
    /// It says that it owes nothing, again and again.
    #[error("it has not paid {0} answers in a row")]
    Denied(usize),
    /// It leaves answers without a voucher.
    #[error("{0} answered tickets have no voucher")]
    Unpaid(usize),
    /// It cannot pay.
    #[error("its escrow does not cover what it would owe")]
    Uncovered,
}

/// Why an acknowledgement is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgementError {
    /// It is for another miner.
    #[error("it is for the miner {0}")]
    Foreign(Address),
    /// It is for another answer than the one that was given.
    #[error("it is for another receipt of the ticket {0}")]
    Receipt(u64),
    /// It says that less is owed than the answer costs.
    #[error("it is for {owed} base units, and the ticket {number} comes to {expected}")]
    Less {
        /// The ticket's number.
        number: u64,
        /// What it says is owed.
        owed: u128,
        /// What the answer costs.
        expected: u128,
    },
}

/// Why a voucher is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoucherError {
    /// It is for another miner.
    #[error("it is for the miner {0}")]
    Foreign(Address),
    /// The voucher is worth less than an earlier one.
    #[error("it takes back a part of an earlier voucher")]
    Less,
    /// The voucher is worth less than the acknowledged tickets that it covers.
    #[error("it is for {cumulative} base units, and the acknowledged tickets that it covers come to {owed}")]
    Short {
        /// The voucher's sum.
        cumulative: u128,
        /// The sum as counted by the miner.
        owed: u128,
    },
}

/// An answered ticket that no voucher covers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unpaid {
    /// The digest of the receipt.
    receipt: B256,
    /// The price of the answer by its receipt, in base units.
    owed: u128,
    /// When it was answered; `None` for an answer of an earlier process until the clock is heard.
    at: Option<Millis>,
}

/// The account of one coordinator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Credit {
    /// Rates by model, the default under the empty name.
    prices: BTreeMap<String, Rate>,
    /// The sum of the newest voucher.
    cumulative: u128,
    /// The last ticket that the newest voucher covers.
    through: u64,
    /// The largest number of a ticket that was taken.
    newest: u64,
    /// Answers by the numbers of their tickets that the coordinator has not acknowledged.
    unpaid: BTreeMap<u64, Unpaid>,
    /// Those that it has.
    acknowledged: BTreeMap<u64, Unpaid>,
    /// What both come to together.
    owed: u128,
    /// Too many acknowledged tickets have waited too long for a voucher, as of the last second.
    is_late: bool,
    /// One of them has waited for longer than an audit may take.
    is_slow: bool,
    /// The prices of the running tickets by number.
    running: BTreeMap<u64, u128>,
    /// What the running tickets come to together.
    promised: u128,
    /// Answers in a row that vouchers covered without paying for them.
    denied: usize,
    /// Its voucher was worth less than the answers that it acknowledged.
    underpaid: bool,
    cover: Option<Cover>,
    /// Why the miner did not work for it when that was last asked.
    objection: Option<Objection>,
}

impl Credit {
    fn rate(&self, model: &str) -> Rate {
        self.prices.get(model).or_else(|| self.prices.get("")).copied().unwrap_or_default()
    }

    /// True where at least this many tickets have no voucher although one could cover them: no ticket before them still runs.
    fn is_overdue(&self, most: usize) -> bool {
        let oldest = self.running.keys().next().copied().unwrap_or(u64::MAX);
        most == 0 || self.unpaid.range(..oldest).nth(most - 1).is_some()
    }

    /// Looks whether that many acknowledged tickets, which a voucher could cover, were answered long ago.
    fn tick(&mut self, most: usize, now: Millis) {
        // Only answers of earlier processes have no time.
        for unpaid in self.acknowledged.values_mut().filter(|unpaid| unpaid.at.is_none()) {
            unpaid.at = Some(now);
        }
        let oldest = self.running.keys().next().copied().unwrap_or(u64::MAX);
        let last = self.acknowledged.range(..oldest).nth(most.saturating_sub(1));
        let waited = |unpaid: &Unpaid, long: Millis| unpaid.at.is_some_and(|at| at.saturating_add(long) <= now);
        self.is_late = last.is_some_and(|(_, unpaid)| waited(unpaid, PATIENCE));
        self.is_slow = self.acknowledged.values().next().is_some_and(|unpaid| waited(unpaid, SLOW));
    }

    /// All answers without a voucher that one through this number covers.
    fn covered(&self, through: u64) -> impl Iterator<Item = &Unpaid> {
        self.unpaid.range(..=through).chain(self.acknowledged.range(..=through)).map(|(_, unpaid)| unpaid)
    }

    /// The debt beyond what is settled, if every running ticket came to its full price.
    fn exposure(&self, settled: u128) -> u128 {
        let vouchered = self.cumulative.saturating_sub(settled);
        vouchered.saturating_add(self.owed).saturating_add(self.promised)
    }

    fn add_unpaid(&mut self, number: u64, unpaid: Unpaid) {
        self.owed = self.owed.saturating_add(unpaid.owed);
        if let Some(before) = self.unpaid.insert(number, unpaid) {
            self.owed = self.owed.saturating_sub(before.owed);
        }
    }

    fn objection(&self, terms: &Terms, model: &str, price: u128) -> Option<Objection> {
        let rate = self.rate(model);
        if !rate.covers(terms.least) {
            return Some(Objection::Cheap(model.to_owned()));
        }
        if rate.is_free() {
            return None;
        }
        if self.underpaid {
            return Some(Objection::Underpaid);
        }
        if self.denied >= terms.max_unpaid {
            return Some(Objection::Denied(self.denied));
        }
        let behind = self.unpaid.len();
        if behind >= terms.max_unpaid.saturating_mul(BEHIND) || self.is_overdue(terms.max_unpaid) || self.is_late {
            return Some(Objection::Unpaid(behind + self.acknowledged.len()));
        }
        let Cover { escrow, settled } = self.cover?;
        (escrow < self.exposure(settled).saturating_add(price.max(1))).then_some(Objection::Uncovered)
    }
}

/// The accounts of all coordinators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credits {
    terms: Terms,
    miner: Address,
    domain: Domain,
    by_coordinator: BTreeMap<Address, Credit>,
}

impl Credits {
    /// Starts with the vouchers, the uncovered claims and their acknowledgements of earlier processes. Those of other keys do not
    /// count.
    pub fn new(
        vouchers: &[SignedVoucher],
        claims: &[Claim],
        acknowledgements: &[SignedAcknowledgement],
        miner: Address,
        domain: Domain,
        terms: Terms,
    ) -> Self {
        let mut by_coordinator: BTreeMap<Address, Credit> = BTreeMap::new();
        for SignedVoucher { voucher, .. } in vouchers.iter().filter(|signed| signed.voucher.miner == miner) {
            let credit = by_coordinator.entry(voucher.coordinator).or_default();
            credit.cumulative = voucher.cumulative;
            credit.through = voucher.through;
        }
        for Claim { ticket, receipt, owed, .. } in claims.iter().filter(|claim| claim.ticket.miner == miner) {
            let credit = by_coordinator.entry(ticket.coordinator).or_default();
            credit.newest = credit.newest.max(ticket.number);
            if ticket.number > credit.through {
                let receipt = domain.digest(receipt);
                let owed = owed.base_units().saturating_to();
                credit.add_unpaid(ticket.number, Unpaid { receipt, owed, at: None });
            }
        }
        let mut credits = Self { terms, miner, domain, by_coordinator };
        for SignedAcknowledgement { acknowledgement, .. } in acknowledgements {
            // One that does not fit is one of an earlier key, or of a claim that is paid.
            let _ = credits.acknowledged(acknowledgement);
        }
        credits
    }

    fn credit(&mut self, coordinator: Address) -> &mut Credit {
        self.by_coordinator.entry(coordinator).or_default()
    }

    /// Takes in the rates that a coordinator has just announced.
    pub fn set_prices(&mut self, coordinator: Address, prices: BTreeMap<String, Rate>) {
        self.credit(coordinator).prices = prices;
    }

    /// The coordinators that pay for work.
    pub fn debtors(&self) -> impl Iterator<Item = Address> {
        self.paying().map(|(coordinator, _)| *coordinator)
    }

    fn paying(&self) -> impl Iterator<Item = (&Address, &Credit)> {
        let pays = |credit: &Credit| credit.cumulative > 0 || credit.prices.values().any(|rate| !rate.is_free());
        self.by_coordinator.iter().filter(move |(_, credit)| pays(credit))
    }

    /// True while the account on chain of a coordinator that pays is not known yet.
    pub fn is_uncertain(&self) -> bool {
        self.paying().any(|(_, credit)| credit.cover.is_none())
    }

    /// Takes in a coordinator's account on chain.
    pub fn set_cover(&mut self, coordinator: Address, cover: Cover) {
        self.credit(coordinator).cover = Some(cover);
    }

    /// The rate of a coordinator for a model, as announced at the login. A coordinator that announced nothing pays nothing.
    pub fn rate(&self, coordinator: &Address, model: &str) -> Rate {
        self.by_coordinator.get(coordinator).map_or_else(Rate::default, |credit| credit.rate(model))
    }

    /// Why the miner does not work for a coordinator on a ticket of this price, if there is a reason.
    pub fn objection(&self, coordinator: &Address, model: &str, price: u128) -> Option<Objection> {
        match self.by_coordinator.get(coordinator) {
            Some(credit) => credit.objection(&self.terms, model, price),
            None => Credit::default().objection(&self.terms, model, price),
        }
    }

    /// Remembers whether the miner works for a coordinator. True where that is news.
    pub fn note_objection(&mut self, coordinator: Address, objection: Option<&Objection>) -> bool {
        let credit = self.credit(coordinator);
        let is_news = credit.objection.as_ref() != objection;
        if is_news {
            credit.objection = objection.cloned();
        }
        is_news
    }

    /// The coordinators for which the miner does not work at the moment, and why.
    pub fn objections(&self) -> impl Iterator<Item = (Address, &Objection)> {
        self.by_coordinator.iter().filter_map(|(coordinator, credit)| Some((*coordinator, credit.objection.as_ref()?)))
    }

    /// The accounts as dashboards show them.
    pub fn shown(&self) -> Money {
        let row = |(node, credit): (&Address, &Credit)| {
            let unpaid = || credit.unpaid.values().chain(credit.acknowledged.values());
            AccountRow {
                node: *node,
                total: Cai::from(credit.cumulative.saturating_add(credit.owed)),
                vouchered: Cai::from(credit.cumulative),
                settled: credit.cover.map(|cover| Cai::from(cover.settled)),
                escrow: credit.cover.map(|cover| Cai::from(cover.escrow)),
                unpaid: unpaid().count() as u64,
                unpaid_since: unpaid().filter_map(|unpaid| unpaid.at).min(),
                is_late: credit.is_late || credit.is_slow || credit.is_overdue(self.terms.max_unpaid),
            }
        };
        let mut accounts: Vec<_> = self.paying().map(row).collect();
        accounts.sort_unstable_by(|one, other| other.total.cmp(&one.total).then(one.node.cmp(&other.node)));
        let promised = self.by_coordinator.values().map(|credit| Cai::from(credit.promised)).sum();
        Money { total: accounts.iter().map(|row| row.total).sum(), escrow: None, reserved: promised, accounts }
    }

    /// True where a ticket has a larger number than all before it. One that does not might share a claim, or be covered by a voucher that
    /// is there already: nobody would ever pay it.
    pub fn is_fresh(&self, coordinator: &Address, number: u64) -> bool {
        self.by_coordinator.get(coordinator).is_none_or(|credit| number > credit.through.max(credit.newest))
    }

    /// Notes that a ticket is being worked on.
    pub fn begin(&mut self, coordinator: Address, number: u64, price: u128) {
        let credit = self.credit(coordinator);
        if let Some(before) = credit.running.insert(number, price) {
            credit.promised = credit.promised.saturating_sub(before);
        }
        credit.promised = credit.promised.saturating_add(price);
        credit.newest = credit.newest.max(number);
    }

    /// Notes that a ticket is not worked on any more.
    pub fn end(&mut self, coordinator: Address, number: u64) {
        let credit = self.credit(coordinator);
        if let Some(price) = credit.running.remove(&number) {
            credit.promised = credit.promised.saturating_sub(price);
        }
    }

    /// Notes that a ticket was answered, and that nothing was paid for it yet.
    pub fn answered(&mut self, completed: &Completed, now: Millis) {
        let Completed { ticket, receipt, owed, .. } = completed;
        let receipt = self.domain.digest(receipt);
        let credit = self.credit(ticket.coordinator);
        // A voucher may already cover a lease that was taken back in the meantime.
        if ticket.price > 0 && ticket.number > credit.through {
            let owed = owed.base_units().saturating_to();
            credit.add_unpaid(ticket.number, Unpaid { receipt, owed, at: Some(now) });
        }
    }

    /// Takes in a coordinator's signed word that it has accepted an answer, and what it owes for it. True where it is to be kept: the
    /// answer is not paid yet.
    pub fn acknowledged(&mut self, acknowledgement: &Acknowledgement) -> Result<bool, AcknowledgementError> {
        let Acknowledgement { coordinator, miner, number, receipt, owed } = *acknowledgement;
        if miner != self.miner {
            return Err(AcknowledgementError::Foreign(miner));
        }
        let credit = self.credit(coordinator);
        let Some(unpaid) = credit.unpaid.get(&number) else { return Ok(false) };
        if unpaid.receipt != receipt {
            return Err(AcknowledgementError::Receipt(number));
        }
        if owed < unpaid.owed {
            return Err(AcknowledgementError::Less { number, owed, expected: unpaid.owed });
        }
        let unpaid = credit.unpaid.remove(&number);
        credit.acknowledged.extend(unpaid.map(|unpaid| (number, unpaid)));
        Ok(true)
    }

    /// A second has passed.
    pub fn tick(&mut self, now: Millis) {
        let most = self.terms.max_unpaid;
        self.by_coordinator.values_mut().for_each(|credit| credit.tick(most, now));
    }

    /// The coordinators that let acknowledged tickets wait for longer than an audit may take: how many have no voucher, and what they
    /// come to in base units.
    pub fn slow(&self) -> impl Iterator<Item = (Address, usize, u128)> {
        self.by_coordinator.iter().filter(|(_, credit)| credit.is_slow).map(|(coordinator, credit)| {
            let owed = credit.acknowledged.values().fold(0, |sum: u128, unpaid| sum.saturating_add(unpaid.owed));
            (*coordinator, credit.acknowledged.len(), owed)
        })
    }

    /// Takes in a voucher that its coordinator has signed. True where it is new and is to be kept.
    pub fn voucher(&mut self, voucher: &Voucher) -> Result<bool, VoucherError> {
        let Voucher { coordinator, miner, cumulative, through } = *voucher;
        if miner != self.miner {
            return Err(VoucherError::Foreign(miner));
        }
        let credit = self.credit(coordinator);
        if (cumulative, through) == (credit.cumulative, credit.through) {
            return Ok(false);
        }
        if cumulative < credit.cumulative || through < credit.through {
            credit.underpaid = true;
            return Err(VoucherError::Less);
        }
        let sum = |sum: u128, unpaid: &Unpaid| sum.saturating_add(unpaid.owed);
        let owed = credit.acknowledged.range(..=through).map(|(_, unpaid)| unpaid).fold(credit.cumulative, sum);
        if cumulative < owed {
            credit.underpaid = true;
            return Err(VoucherError::Short { cumulative, owed });
        }
        let answers = credit.covered(through).fold(0, sum);
        if cumulative - credit.cumulative < answers {
            credit.denied += credit.covered(through).count();
        } else if answers > 0 {
            // A voucher that covers nothing is no payment.
            credit.denied = 0;
        }
        let next = through.saturating_add(1);
        credit.unpaid = credit.unpaid.split_off(&next);
        credit.acknowledged = credit.acknowledged.split_off(&next);
        credit.owed = credit.covered(u64::MAX).fold(0, sum);
        credit.is_late = false;
        credit.is_slow = false;
        credit.cumulative = cumulative;
        credit.through = through;
        credit.underpaid = false;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
