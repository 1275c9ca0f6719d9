//! What can be done on chain for a miner now, and what has to wait: proofs of a coordinator's faults, vouchers to redeem, tickets to
//! claim, promises to collect, credit to pay out.
//!
//! [`plan`] is asked again after every transaction and as of a newer block: what has taken effect is not planned again, so that
//! restarts, reorganisations and lost transactions need nothing else. A claim never comes before the newest voucher of its
//! coordinator is redeemed.

mod books;
mod voided;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, mem,
};

use alloy::primitives::{Address, B256};

pub use self::{
    books::{Account, Books, Kept, Pair, Standing},
    voided::{Voided, voided},
};
use super::order::Claim;
use crate::{
    Cai,
    message::{
        Domain, SignedVoucher,
        proof::{Fault, provable_from},
    },
};

/// Something that can be done with one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Announce the proof of a coordinator's fault.
    Announce {
        /// The id of the evidence.
        evidence: B256,
        /// The fault.
        fault: Fault,
    },
    /// Prove it.
    Prove {
        /// The id of the evidence.
        evidence: B256,
        /// The fault.
        fault: Fault,
    },
    /// Redeem a voucher.
    Redeem {
        /// The voucher.
        signed: SignedVoucher,
        /// What it adds to what is paid or promised.
        owed: Cai,
    },
    /// Claim an answered ticket.
    Claim {
        /// The ticket and its answer.
        claim: Box<Claim>,
        /// What it owes and nobody has paid.
        owed: Cai,
    },
    /// Begin to collect what batches have promised, or have it paid.
    Collect {
        /// The coordinator and the miner.
        pair: Pair,
        /// What is promised in all.
        promised: Cai,
        /// The part that this transaction pays; nothing where it only begins.
        pays: Cai,
    },
    /// Pay the owner what vouchers and claims have credited.
    PayOut {
        /// The miner.
        miner: Address,
        /// Its credit.
        credit: Cai,
    },
}

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepId {
    /// [`Step::Announce`] of the evidence with this id.
    Announce(B256),
    /// [`Step::Prove`] of the evidence with this id.
    Prove(B256),
    /// [`Step::Redeem`].
    Redeem(Pair),
    /// [`Step::Claim`] of the ticket with this number.
    Claim(Pair, u64),
    /// [`Step::Collect`].
    Collect(Pair),
    /// [`Step::PayOut`].
    PayOut(Address),
}

impl Step {
    /// What it is about.
    pub fn id(&self) -> StepId {
        match self {
            Self::Announce { evidence, .. } => StepId::Announce(*evidence),
            Self::Prove { evidence, .. } => StepId::Prove(*evidence),
            Self::Redeem { signed, .. } => StepId::Redeem((signed.voucher.coordinator, signed.voucher.miner)),
            Self::Claim { claim, .. } => {
                StepId::Claim((claim.ticket.coordinator, claim.ticket.miner), claim.ticket.number)
            }
            Self::Collect { pair, .. } => StepId::Collect(*pair),
            Self::PayOut { miner, .. } => StepId::PayOut(*miner),
        }
    }
}

impl fmt::Display for Step {
    /// What the transaction does, as the outbox and a question to a person call it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Announce { .. } => f.write_str("Announce a proof, without saying which"),
            Self::Prove { fault: Fault::Contradiction(found), .. } => {
                write!(f, "Prove that {} signed two vouchers that contradict each other", found.a.voucher.coordinator)
            }
            Self::Prove { fault: Fault::ShortSettlement(signed), .. } => {
                write!(f, "Prove that {} settled less than its voucher says", signed.voucher.coordinator)
            }
            Self::Redeem { signed, owed } => {
                write!(f, "Redeem a voucher of {} for {owed}", signed.voucher.coordinator)
            }
            Self::Claim { claim, owed } => {
                write!(f, "Claim ticket {} of {} for {owed}", claim.ticket.number, claim.ticket.coordinator)
            }
            Self::Collect { pair: (coordinator, miner), promised, pays } if pays.is_zero() => {
                write!(f, "Begin to collect {promised} that {coordinator} settled with {miner}")
            }
            Self::Collect { pair: (coordinator, miner), pays, .. } => {
                write!(f, "Collect {pays} that {coordinator} settled with {miner}")
            }
            Self::PayOut { miner, credit } => write!(f, "Pay {credit} to the owner of {miner}"),
        }
    }
}

/// What has become of the steps so far: none is planned twice in one go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    done: BTreeSet<StepId>,
    refused: BTreeSet<StepId>,
}

impl Taken {
    /// Notes that a step was taken.
    pub fn note_done(&mut self, step: StepId) {
        self.done.insert(step);
    }

    /// Notes that the chain has refused a step. What depends on it is not planned either: no claim before its coordinator's voucher
    /// is redeemed, and none beyond one that was refused.
    pub fn note_refused(&mut self, step: StepId) {
        self.refused.insert(step);
    }

    /// False for a step that was taken or refused, and for one that depends on a refused one.
    pub fn allows(&self, step: &StepId) -> bool {
        !self.has(step) && !matches!(step, StepId::Claim(pair, _) if !self.lets_claim(*pair))
    }

    fn has(&self, step: &StepId) -> bool {
        self.done.contains(step) || self.refused.contains(step)
    }

    fn lets_claim(&self, pair: Pair) -> bool {
        let is_of_pair = |id: &StepId| match *id {
            StepId::Redeem(of) | StepId::Claim(of, _) => of == pair,
            _ => false,
        };
        !self.refused.iter().any(is_of_pair)
    }
}

/// Why something has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Answered tickets, of which the first can be claimed then unless a voucher covers them.
    Tickets(usize),
    /// What is being collected.
    Collection,
    /// The proof of a fault, which is announced or comes after an earlier punishment.
    Proof,
}

impl Reason {
    /// What waits, as programs read it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Tickets(_) => "tickets",
            Self::Collection => "collection",
            Self::Proof => "proof",
        }
    }
}

/// Something that has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The coordinator and the miner.
    pub pair: Pair,
    /// Why it waits.
    pub reason: Reason,
    /// What it is worth; of a proof, what the voucher is worth.
    pub amount: Cai,
    /// From when it can be done, in Unix seconds.
    pub from: u64,
}

/// What can be done now, and what has to wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What can be done, in this order; after each step a new plan is due.
    pub steps: Vec<Step>,
    /// What has to wait.
    pub waits: Vec<Wait>,
    /// What the steps bring to the owner in the end, before the burn.
    pub worth: Cai,
    /// A coordinator's escrow does not cover what it owes: who comes first is paid.
    pub is_urgent: bool,
    /// A miner that has something coming will be idle soon.
    pub is_idle_soon: bool,
}

impl Plan {
    /// The first steps that are of one kind: they can be taken one after another without a new plan.
    pub fn batch(self) -> impl Iterator<Item = Step> {
        let kind = self.steps.first().map(mem::discriminant);
        self.steps.into_iter().take_while(move |step| Some(mem::discriminant(step)) == kind)
    }

    /// Whether it is worth the fees to begin: at least this much would be paid, or there is a reason to hurry.
    pub fn is_due(&self, least: Cai) -> bool {
        !self.worth.is_zero() && (self.worth >= least || self.is_urgent || self.is_idle_soon)
    }

    /// True where a proof can be announced or made.
    pub fn has_proof(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Announce { .. } | Step::Prove { .. }))
    }
}

/// The faults that the kept signatures prove as of a block, at most one for each pair: a punishment excuses the others for a while.
/// Those that were punished are not among them.
pub fn faults(kept: &Kept, books: &Books) -> BTreeMap<Pair, Fault> {
    let mut found = BTreeMap::new();
    let short = kept.vouchers.iter().map(|signed| Fault::ShortSettlement(signed.clone()));
    // A short settlement comes first: its proof also pays.
    for fault in short.chain(kept.contradictions.iter().cloned().map(Fault::Contradiction)) {
        let voucher = fault.voucher();
        let pair = (voucher.coordinator, voucher.miner);
        let Some(account) = books.accounts.get(&pair) else { continue };
        let is_short = account.is_short || !matches!(fault, Fault::ShortSettlement(_));
        let is_punished = account.punished_until != 0 && voucher.through <= account.punished_through;
        if is_short && !is_punished {
            found.entry(pair).or_insert(fault);
        }
    }
    found
}

/// What can be done now with what is kept, and what has to wait.
pub fn plan(kept: &Kept, books: &Books, domain: &Domain, taken: &Taken) -> Plan {
    let mut planner = Planner { kept, books, domain, taken, withheld: BTreeSet::new(), plan: Plan::default() };
    planner.prove();
    planner.redeem();
    planner.claim();
    planner.collect();
    planner.pay_out();
    planner.plan
}

struct Planner<'a> {
    kept: &'a Kept,
    books: &'a Books,
    domain: &'a Domain,
    taken: &'a Taken,
    /// Pairs whose voucher pays by a proof, which it would spoil to redeem it first.
    withheld: BTreeSet<Pair>,
    plan: Plan,
}

impl Planner<'_> {
    fn prove(&mut self) {
        let time = self.books.time;
        for (pair, fault) in faults(self.kept, self.books) {
            let evidence = fault.id(self.domain);
            if [StepId::Announce(evidence), StepId::Prove(evidence)].iter().any(|id| self.taken.refused.contains(id)) {
                continue;
            }
            let account = self.books.accounts.get(&pair).copied().unwrap_or_default();
            let announced = self.books.announced.get(&evidence).and_then(|at| provable_from(*at, time));
            let excused = (account.punished_until >= time && account.punished_until != 0)
                .then(|| account.punished_until.saturating_add(1));
            let is_short = matches!(fault, Fault::ShortSettlement(_));
            if is_short && excused.is_none() {
                self.withheld.insert(pair);
            }
            let from = match (excused, announced) {
                // In the meantime the voucher is redeemed like any other.
                (Some(_), _) if is_short => continue,
                (Some(from), _) => from,
                (None, Some(from)) => from,
                (None, None) => {
                    self.add(Step::Announce { evidence, fault });
                    continue;
                }
            };
            if from <= time {
                self.add(Step::Prove { evidence, fault });
            } else {
                let amount = Cai::from(fault.voucher().cumulative);
                self.plan.waits.push(Wait { pair, reason: Reason::Proof, amount, from });
            }
        }
    }

    fn redeem(&mut self) {
        for signed in &self.kept.vouchers {
            let pair = (signed.voucher.coordinator, signed.voucher.miner);
            let Some(account) = self.books.accounts.get(&pair) else { continue };
            let paid = account.settled.saturating_add(account.claimed);
            let owed = signed.voucher.cumulative.saturating_sub(paid);
            if owed > 0 && !self.withheld.contains(&pair) && !self.taken.has(&StepId::Redeem(pair)) {
                self.owes(pair, owed);
                self.add(Step::Redeem { signed: signed.clone(), owed: Cai::from(owed) });
            }
        }
    }

    /// A pair's tickets are claimed in the order of their numbers: those behind one that has to wait wait with it, since it could not be
    /// claimed after them, unless they would expire first.
    fn claim(&mut self) {
        let Books { time, claim_delay, dispute_window, .. } = *self.books;
        let mut claims: Vec<_> = self.kept.claims.iter().collect();
        claims.sort_by_key(|claim| (claim.ticket.coordinator, claim.ticket.miner, claim.ticket.number));
        let mut waiting: BTreeMap<Pair, Wait> = BTreeMap::new();
        for claim in claims {
            let ticket = &claim.ticket;
            let pair = (ticket.coordinator, ticket.miner);
            let Some(account) = self.books.accounts.get(&pair) else { continue };
            let vouchered = self.kept.voucher(pair).map_or(0, |signed| signed.voucher.through);
            let paid = self.books.claimed.get(&claim.receipt.ticket).copied().unwrap_or_default();
            let owed = ticket.cost(&claim.receipt).saturating_sub(paid);
            let until = ticket.deadline.saturating_add(dispute_window);
            let is_accounted_for =
                ticket.number <= account.through.max(vouchered) || ticket.number < account.last_claim;
            if is_accounted_for || owed == 0 || time > until || self.taken.has(&StepId::Claim(pair, ticket.number)) {
                continue;
            }
            let from = ticket.deadline.saturating_add(claim_delay).saturating_add(1);
            let before = waiting.get(&pair).map(|wait| wait.from);
            let waits = time < from || before.is_some_and(|from| from <= until);
            if waits || self.withheld.contains(&pair) || !self.taken.lets_claim(pair) {
                let wait = Wait { pair, reason: Reason::Tickets(0), amount: Cai::ZERO, from };
                let wait = waiting.entry(pair).or_insert(wait);
                wait.amount = [wait.amount, Cai::from(owed)].into_iter().sum();
                if let Reason::Tickets(count) = &mut wait.reason {
                    *count += 1;
                }
            } else {
                self.owes(pair, owed);
                self.add(Step::Claim { claim: Box::new(claim.clone()), owed: Cai::from(owed) });
            }
        }
        self.plan.waits.extend(waiting.into_values());
    }

    fn collect(&mut self) {
        let Books { time, claim_delay, .. } = *self.books;
        for (&pair, account) in &self.books.accounts {
            let promised = account.promised();
            let is_begun = account.collecting > 0;
            if promised == 0 {
                continue;
            }
            if is_begun && time < account.collectable_from {
                let (amount, from) = (Cai::from(account.collecting), account.collectable_from);
                self.plan.waits.push(Wait { pair, reason: Reason::Collection, amount, from });
                continue;
            }
            if self.taken.has(&StepId::Collect(pair)) {
                continue;
            }
            let pays = match is_begun {
                true => account.collecting,
                false if claim_delay == 0 => promised,
                false => 0,
            };
            self.count(pair.1, promised);
            self.add(Step::Collect { pair, promised: Cai::from(promised), pays: Cai::from(pays) });
        }
    }

    fn pay_out(&mut self) {
        for (&miner, standing) in &self.books.miners {
            if standing.credit > 0 && !self.taken.has(&StepId::PayOut(miner)) {
                self.count(miner, standing.credit);
                self.add(Step::PayOut { miner, credit: Cai::from(standing.credit) });
            }
        }
    }

    fn add(&mut self, step: Step) {
        if !self.taken.has(&step.id()) {
            self.plan.steps.push(step);
        }
    }

    /// Counts what a coordinator owes on its own signature. It is paid from escrow first, so that others may be faster.
    fn owes(&mut self, pair: Pair, owed: u128) {
        self.plan.is_urgent |= self.books.accounts.get(&pair).is_some_and(|account| account.escrow < owed);
        self.count(pair.1, owed);
    }

    /// Counts what a step brings.
    fn count(&mut self, miner: Address, amount: u128) {
        self.plan.worth = [self.plan.worth, Cai::from(amount)].into_iter().sum();
        // Half of the time without a payment is over.
        let is_soon = |from: u64| self.books.time >= from.saturating_sub(self.books.idle_after / 2);
        let idle_from = self.books.miners.get(&miner).and_then(|standing| standing.idle_from);
        self.plan.is_idle_soon |= idle_from.is_some_and(is_soon);
    }
}

#[cfg(test)]
mod tests;
