//! What coordinators owe this miner, and whether to work for them.
//!
//! A coordinator that does not pay loses the miner: it can take no more than a few tickets for nothing. The
//! [`super::signed_record`] has the vouchers and claims on disk.

use std::collections::{BTreeMap, HashMap};

use cuckoo_protocol::{
    Address, TaskId,
    message::{Domain, SignatureError, SignedVoucher, Voucher},
    price::Rate,
    wire::{self, FrameError},
};

use super::signed_record::Claim;

/// Tickets that may wait behind a ticket that runs, for each ticket that may be unpaid: no voucher covers them before that.
const BEHIND: usize = 16;

/// The terms on which the miner works for a coordinator.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// At most this many answered tickets of one coordinator may be without a voucher.
    pub max_unpaid: usize,
    /// The lowest rate for which the miner works.
    pub least: Rate,
}

/// An answered ticket that no voucher covers.
#[derive(Debug)]
struct Unpaid {
    task: TaskId,
    attempt: u32,
    /// The price of the answer by its receipt, in base units.
    owed: u128,
    /// The coordinator has accepted the answer.
    acknowledged: bool,
}

impl Unpaid {
    /// Starts unacknowledged: what was acknowledged is not kept when the miner ends.
    fn new(claim: &Claim) -> Self {
        let Claim { ticket, owed, .. } = claim;
        let owed = owed.base_units().saturating_to();
        Self { task: TaskId(ticket.task), attempt: ticket.attempt, owed, acknowledged: false }
    }
}

/// A coordinator's account on chain, in base units.
#[derive(Clone, Copy, Debug)]
pub struct Cover {
    /// Escrow that is not being withdrawn.
    pub escrow: u128,
    /// Everything that was ever settled with this miner.
    pub settled: u128,
}

/// The account of one coordinator.
#[derive(Debug, Default)]
struct Credit {
    /// Rates by model, the default under the empty name.
    prices: HashMap<String, Rate>,
    /// The sum of the newest voucher.
    cumulative: u128,
    /// The last ticket that the newest voucher covers.
    through: u64,
    unpaid: BTreeMap<u64, Unpaid>,
    /// The prices of the running tickets by number.
    running: BTreeMap<u64, u128>,
    /// Answers in a row that vouchers covered without paying for them.
    denied: usize,
    /// Its voucher was worth less than the answers that it acknowledged.
    underpaid: bool,
    cover: Option<Cover>,
    /// The objection that was logged last.
    objection: Option<String>,
}

impl Credit {
    fn rate(&self, model: &str) -> Rate {
        self.prices.get(model).or_else(|| self.prices.get("")).copied().unwrap_or_default()
    }

    /// Tickets that no voucher covers although one could: no ticket before them still runs.
    fn overdue(&self) -> usize {
        let oldest = self.running.keys().next().copied().unwrap_or(u64::MAX);
        self.unpaid.range(..oldest).count()
    }

    /// The debt beyond what is settled, if every running ticket came to its full price.
    fn exposure(&self, settled: u128) -> u128 {
        let vouchered = self.cumulative.saturating_sub(settled);
        let unpaid = self.unpaid.values().map(|unpaid| unpaid.owed).sum::<u128>();
        vouchered.saturating_add(unpaid).saturating_add(self.running.values().sum())
    }
}

/// Why a voucher is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VoucherError {
    /// The signature is not the coordinator's.
    #[error("the signature is not the coordinator's: {0}")]
    Signature(#[from] SignatureError),
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
    /// The frame is malformed.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// The accounts of all coordinators.
#[derive(Debug)]
pub struct Credits {
    terms: Terms,
    domain: Domain,
    miner: Address,
    by_coordinator: HashMap<Address, Credit>,
}

impl Credits {
    /// Starts with the vouchers and the uncovered claims of earlier processes.
    pub fn new(vouchers: &[SignedVoucher], claims: &[Claim], terms: Terms, domain: Domain, miner: Address) -> Self {
        let mut by_coordinator: HashMap<Address, Credit> = HashMap::new();
        for SignedVoucher { voucher, .. } in vouchers.iter().filter(|signed| signed.voucher.miner == miner) {
            let credit = by_coordinator.entry(voucher.coordinator).or_default();
            credit.cumulative = voucher.cumulative;
            credit.through = voucher.through;
        }
        for claim in claims.iter().filter(|claim| claim.ticket.miner == miner) {
            let credit = by_coordinator.entry(claim.ticket.coordinator).or_default();
            if claim.ticket.number > credit.through {
                credit.unpaid.insert(claim.ticket.number, Unpaid::new(claim));
            }
        }
        Self { terms, domain, miner, by_coordinator }
    }

    fn credit(&mut self, coordinator: Address) -> &mut Credit {
        self.by_coordinator.entry(coordinator).or_default()
    }

    /// Takes in the rates that a coordinator has just announced.
    pub fn set_prices(&mut self, coordinator: Address, prices: &[wire::Price]) -> Result<(), FrameError> {
        let prices = prices
            .iter()
            .map(|price| Ok((price.model.clone(), wire::rate(&price.prompt, &price.completion)?)))
            .collect::<Result<_, FrameError>>()?;
        self.credit(coordinator).prices = prices;
        Ok(())
    }

    /// The coordinators that pay for work.
    pub fn debtors(&self) -> Vec<Address> {
        let pays = |credit: &Credit| credit.cumulative > 0 || credit.prices.values().any(|rate| !rate.is_free());
        self.by_coordinator.iter().filter(|(_, credit)| pays(credit)).map(|(coordinator, _)| *coordinator).collect()
    }

    /// True while the account on chain of a coordinator that pays is not known yet.
    pub fn is_uncertain(&self) -> bool {
        self.debtors()
            .iter()
            .any(|coordinator| self.by_coordinator.get(coordinator).is_some_and(|credit| credit.cover.is_none()))
    }

    /// Takes in a coordinator's account on chain.
    pub fn set_cover(&mut self, coordinator: Address, cover: Cover) {
        self.credit(coordinator).cover = Some(cover);
    }

    /// The rate of a coordinator for a model, as announced at the login. A coordinator that announced nothing pays nothing.
    pub fn rate(&self, coordinator: &Address, model: &str) -> Rate {
        self.by_coordinator.get(coordinator).map_or_else(Rate::default, |credit| credit.rate(model))
    }

    /// Why the miner does not work for a coordinator on a ticket of this price, if there is a reason. A new reason is logged.
    pub fn objection(&mut self, coordinator: &Address, model: &str, price: u128) -> Option<String> {
        let terms = self.terms;
        let credit = self.credit(*coordinator);
        let rate = credit.rate(model);
        let overdue = credit.overdue();
        let behind = credit.unpaid.len();
        let objection = if !rate.covers(terms.least) {
            Some(format!("it pays less for {model} than this miner asks"))
        } else if rate.is_free() {
            None
        } else if credit.underpaid {
            Some("its voucher is worth less than the answers that it acknowledged".into())
        } else if credit.denied >= terms.max_unpaid {
            Some(format!("it has not paid {} answers in a row", credit.denied))
        } else if overdue >= terms.max_unpaid || behind >= terms.max_unpaid.saturating_mul(BEHIND) {
            Some(format!("{behind} answered tickets have no voucher"))
        } else if let Some(Cover { escrow, settled }) = credit.cover
            && escrow < credit.exposure(settled).saturating_add(price.max(1))
        {
            Some("its escrow does not cover what it would owe".into())
        } else {
            None
        };
        if credit.objection != objection {
            match &objection {
                Some(reason) => tracing::warn!(%coordinator, reason, "not working for this coordinator"),
                None => tracing::info!(%coordinator, "working for this coordinator again"),
            }
            credit.objection.clone_from(&objection);
        }
        objection
    }

    /// True while the miner does not work for a coordinator.
    pub fn objects_to(&self, coordinator: &Address) -> bool {
        self.by_coordinator.get(coordinator).is_some_and(|credit| credit.objection.is_some())
    }

    /// The coordinators for which the miner does not work at the moment, and why.
    pub fn objections(&self) -> Vec<(Address, String)> {
        let objection = |(coordinator, credit): (&Address, &Credit)| Some((*coordinator, credit.objection.clone()?));
        self.by_coordinator.iter().filter_map(objection).collect()
    }

    /// Notes that a ticket is being worked on.
    pub fn begin(&mut self, coordinator: Address, number: u64, price: u128) {
        self.credit(coordinator).running.insert(number, price);
    }

    /// Notes that a ticket is no longer being worked on.
    pub fn end(&mut self, coordinator: Address, number: u64) {
        self.credit(coordinator).running.remove(&number);
    }

    /// Notes that a ticket was answered, and that nothing was paid for it yet.
    pub fn answered(&mut self, claim: &Claim) {
        let ticket = &claim.ticket;
        let credit = self.credit(ticket.coordinator);
        // A voucher may already cover a lease that was taken back in the meantime.
        if ticket.price > 0 && ticket.number > credit.through {
            credit.unpaid.insert(ticket.number, Unpaid::new(claim));
        }
    }

    /// Notes that the coordinator has accepted an answer.
    pub fn acknowledged(&mut self, coordinator: Address, task: TaskId, attempt: u32) {
        let credit = self.credit(coordinator);
        if let Some(unpaid) = credit.unpaid.values_mut().find(|unpaid| unpaid.task == task && unpaid.attempt == attempt)
        {
            unpaid.acknowledged = true;
        }
    }

    /// Takes in a voucher. Returns it for the record, if it is new.
    pub fn voucher(
        &mut self,
        coordinator: Address,
        voucher: &wire::Voucher,
    ) -> Result<Option<SignedVoucher>, VoucherError> {
        let cumulative = wire::amount(&voucher.cumulative, "cumulative")?;
        let through = voucher.through;
        let signed = SignedVoucher {
            voucher: Voucher { coordinator, miner: self.miner, cumulative, through },
            signature: voucher.signature.clone().into(),
        };
        self.domain.verify(&signed.voucher, &signed.signature, coordinator)?;
        let credit = self.credit(coordinator);
        if (cumulative, through) == (credit.cumulative, credit.through) {
            return Ok(None);
        }
        if cumulative < credit.cumulative || through < credit.through {
            credit.underpaid = true;
            return Err(VoucherError::Less);
        }
        let covered = || credit.unpaid.range(..=through).map(|(_, unpaid)| unpaid);
        let acknowledged = covered().filter(|unpaid| unpaid.acknowledged).map(|unpaid| unpaid.owed).sum::<u128>();
        let owed = credit.cumulative.saturating_add(acknowledged);
        if cumulative < owed {
            credit.underpaid = true;
            return Err(VoucherError::Short { cumulative, owed });
        }
        let paid = cumulative - credit.cumulative >= covered().map(|unpaid| unpaid.owed).sum();
        credit.denied = if paid { 0 } else { credit.denied + covered().count() };
        credit.unpaid = credit.unpaid.split_off(&through.saturating_add(1));
        credit.cumulative = cumulative;
        credit.through = through;
        credit.underpaid = false;
        Ok(Some(signed))
    }
}

#[cfg(test)]
mod tests;
