//! What coordinators owe this miner, and whether to work for them.
//!
//! A coordinator that does not pay loses the miner: what it can take for nothing is a few tickets. What is said here is kept by
//! the [`super::signed_record`].

use std::collections::{BTreeMap, HashMap};

use cuckoo_protocol::{
    Address, TaskId,
    message::{Domain, SignatureError, SignedVoucher, Voucher},
    price::Rate,
    wire::{self, FrameError},
};

use super::signed_record::Claim;

/// Tickets that wait behind one that still runs, for each that may be unpaid: no voucher can cover them before it has ended.
const BEHIND: usize = 16;

/// When to work.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Answered tickets of one coordinator without a voucher, at most.
    pub max_unpaid: usize,
    /// The least that is worth it.
    pub least: Rate,
}

#[derive(Debug)]
struct Unpaid {
    task: TaskId,
    attempt: u32,
    /// What the receipt comes to, in base units.
    owed: u128,
    /// The coordinator has said that it counts.
    acknowledged: bool,
}

impl Unpaid {
    /// Whether it was acknowledged is forgotten when the miner ends.
    fn new(claim: &Claim) -> Self {
        let Claim { ticket, owed, .. } = claim;
        let owed = owed.base_units().saturating_to();
        Self { task: TaskId(ticket.task), attempt: ticket.attempt, owed, acknowledged: false }
    }
}

/// What the chain says of a coordinator, in base units.
#[derive(Clone, Copy, Debug)]
pub struct Cover {
    /// Escrow that does not thaw.
    pub escrow: u128,
    /// Settled with this miner, ever.
    pub settled: u128,
}

#[derive(Debug, Default)]
struct Credit {
    /// By model, the default under the empty name.
    prices: HashMap<String, Rate>,
    cumulative: u128,
    through: u64,
    unpaid: BTreeMap<u64, Unpaid>,
    /// Price by number, of what runs.
    running: BTreeMap<u64, u128>,
    /// Answers in a row that the coordinator has accounted for without acknowledging them.
    denied: usize,
    /// It has signed less than it acknowledged.
    underpaid: bool,
    cover: Option<Cover>,
    /// What was said last of it.
    complaint: Option<String>,
}

impl Credit {
    fn rate(&self, model: &str) -> Rate {
        self.prices.get(model).or_else(|| self.prices.get("")).copied().unwrap_or_default()
    }

    /// Not covered by a voucher although it could be: nothing before it still runs.
    fn overdue(&self) -> usize {
        let oldest = self.running.keys().next().copied().unwrap_or(u64::MAX);
        self.unpaid.range(..oldest).count()
    }

    /// What it would owe if everything that runs came to its price, beyond what is settled.
    fn exposure(&self, settled: u128) -> u128 {
        let vouchered = self.cumulative.saturating_sub(settled);
        let unpaid = self.unpaid.values().map(|unpaid| unpaid.owed).sum::<u128>();
        vouchered.saturating_add(unpaid).saturating_add(self.running.values().sum())
    }
}

/// Why a voucher is not taken.
#[derive(Debug, thiserror::Error)]
pub enum VoucherError {
    /// Not the coordinator's.
    #[error("it is not the coordinator's: {0}")]
    Signature(#[from] SignatureError),
    /// Less than an earlier one says.
    #[error("it takes back a part of an earlier one")]
    Less,
    /// Less than the acknowledged tickets that it covers come to.
    #[error("it says {cumulative} base units, and the acknowledged tickets that it covers come to {owed}")]
    Short {
        /// As it says.
        cumulative: u128,
        /// As counted here.
        owed: u128,
    },
    /// Not even a voucher.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// See the module.
#[derive(Debug)]
pub struct Purse {
    terms: Terms,
    domain: Domain,
    miner: Address,
    credits: HashMap<Address, Credit>,
}

impl Purse {
    /// With what an earlier process has kept.
    pub fn new(vouchers: &[SignedVoucher], claims: &[Claim], terms: Terms, domain: Domain, miner: Address) -> Self {
        let mut credits: HashMap<Address, Credit> = HashMap::new();
        for SignedVoucher { voucher, .. } in vouchers {
            let credit = credits.entry(voucher.coordinator).or_default();
            (credit.cumulative, credit.through) = (voucher.cumulative, voucher.through);
        }
        for claim in claims {
            let credit = credits.entry(claim.ticket.coordinator).or_default();
            if claim.ticket.number > credit.through {
                credit.unpaid.insert(claim.ticket.number, Unpaid::new(claim));
            }
        }
        Self { terms, domain, miner, credits }
    }

    fn credit(&mut self, coordinator: Address) -> &mut Credit {
        self.credits.entry(coordinator).or_default()
    }

    /// What a coordinator pays, as it has just said.
    pub fn set_prices(&mut self, coordinator: Address, prices: &[wire::Price]) -> Result<(), FrameError> {
        let prices = prices
            .iter()
            .map(|price| Ok((price.model.clone(), wire::rate(&price.prompt, &price.completion)?)))
            .collect::<Result<_, FrameError>>()?;
        self.credit(coordinator).prices = prices;
        Ok(())
    }

    /// Coordinators that pay for something.
    pub fn debtors(&self) -> Vec<Address> {
        let pays = |credit: &Credit| credit.cumulative > 0 || credit.prices.values().any(|rate| !rate.is_free());
        self.credits.iter().filter(|(_, credit)| pays(credit)).map(|(coordinator, _)| *coordinator).collect()
    }

    /// True where the chain was not asked yet of somebody that pays.
    pub fn is_uncertain(&self) -> bool {
        self.debtors()
            .iter()
            .any(|coordinator| self.credits.get(coordinator).is_some_and(|credit| credit.cover.is_none()))
    }

    /// What the chain says of a coordinator.
    pub fn set_cover(&mut self, coordinator: Address, cover: Cover) {
        self.credit(coordinator).cover = Some(cover);
    }

    /// What a coordinator pays for a model, as it said at the login. One that said nothing pays nothing.
    pub fn rate(&self, coordinator: &Address, model: &str) -> Rate {
        self.credits.get(coordinator).map_or_else(Rate::default, |credit| credit.rate(model))
    }

    /// Why not to work for a coordinator at the moment, for a ticket of this price, if there is a reason; it is logged when it is
    /// new.
    pub fn objection(&mut self, coordinator: &Address, model: &str, price: u128) -> Option<String> {
        let terms = self.terms;
        let credit = self.credit(*coordinator);
        let rate = credit.rate(model);
        let overdue = credit.overdue();
        let behind = credit.unpaid.len();
        let objection = if !rate.covers(terms.least) {
            Some(format!("it pays less for {model} than this miner works for"))
        } else if rate.is_free() {
            None
        } else if credit.underpaid {
            Some("its voucher says less than it acknowledged".into())
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
        if credit.complaint != objection {
            match &objection {
                Some(reason) => tracing::warn!(%coordinator, reason, "not working for this coordinator"),
                None => tracing::info!(%coordinator, "working for this coordinator again"),
            }
            credit.complaint.clone_from(&objection);
        }
        objection
    }

    /// True while it does not work for a coordinator.
    pub fn complains(&self, coordinator: &Address) -> bool {
        self.credits.get(coordinator).is_some_and(|credit| credit.complaint.is_some())
    }

    /// For whom it does not work at the moment, and why.
    pub fn complaints(&self) -> Vec<(Address, String)> {
        let complaint = |(coordinator, credit): (&Address, &Credit)| Some((*coordinator, credit.complaint.clone()?));
        self.credits.iter().filter_map(complaint).collect()
    }

    /// A ticket is being worked on.
    pub fn begin(&mut self, coordinator: Address, number: u64, price: u128) {
        self.credit(coordinator).running.insert(number, price);
    }

    /// It is not any more.
    pub fn end(&mut self, coordinator: Address, number: u64) {
        self.credit(coordinator).running.remove(&number);
    }

    /// A ticket is answered, and nothing is paid for it yet.
    pub fn answered(&mut self, claim: &Claim) {
        let ticket = &claim.ticket;
        let credit = self.credit(ticket.coordinator);
        // A lease that was taken back meanwhile may be accounted for already.
        if ticket.price > 0 && ticket.number > credit.through {
            credit.unpaid.insert(ticket.number, Unpaid::new(claim));
        }
    }

    /// The coordinator says that an answer counts.
    pub fn acknowledged(&mut self, coordinator: Address, task: TaskId, attempt: u32) {
        let credit = self.credit(coordinator);
        if let Some(unpaid) = credit.unpaid.values_mut().find(|unpaid| unpaid.task == task && unpaid.attempt == attempt)
        {
            unpaid.acknowledged = true;
        }
    }

    /// Takes a voucher in. Returns what is to be kept, if it says something new.
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
        (credit.cumulative, credit.through, credit.underpaid) = (cumulative, through, false);
        Ok(Some(signed))
    }
}

#[cfg(test)]
mod tests;
