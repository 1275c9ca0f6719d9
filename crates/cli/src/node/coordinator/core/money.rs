//! Money: what a task may cost, whether the escrow covers it, and the statements that miners get about what they are owed.

use std::{collections::BTreeMap, sync::Arc};

use alloy::{primitives::Address, signers::SignerSync};
use cuckoo_protocol::{
    Cai,
    ledger::Terms,
    message::{Voucher, signature_bytes},
    task::TaskSpec,
    wire::{self, Frame},
};
use tokio::sync::Notify;

use super::{
    funds::{CoveredFunds, Funds, Limits},
    state::Core,
    submit::SubmitError,
};
use crate::node::{coordinator::journal::Mark, failpoint};

/// What the coordinator has to tell miners, and the mark that has to be durable first.
#[derive(Debug)]
pub struct Statements {
    miners: BTreeMap<Address, (Terms, Vec<wire::Lease>)>,
    mark: Mark,
}

impl Core {
    /// Refuses what cannot be paid. All are one caller's.
    pub(super) fn affordable(&mut self, specs: &[TaskSpec], limits: Limits) -> Result<(), SubmitError> {
        let bound = specs.iter().map(|spec| spec.quote().bound()).fold(0, u128::saturating_add);
        if specs.iter().all(|spec| spec.rate.is_free()) {
            return Ok(());
        }
        if let Some(cap) = limits.max_price.filter(|cap| bound > *cap) {
            return Err(SubmitError::PriceAboveCap { price: Cai::from(bound), cap: Cai::from(cap) });
        }
        if let (Some(budget), Some(caller)) = (limits.budget, specs.first().and_then(|spec| spec.caller.as_ref()))
            && self.accounts.charged(caller).saturating_add(bound) > budget
        {
            return Err(SubmitError::BudgetSpent { price: Cai::from(bound), budget: Cai::from(budget) });
        }
        if bound > self.available() {
            // Once for what the chain said last, and not for every application that asks.
            if let Some(funds) = self.funds.as_mut().filter(|funds| !funds.exhausted) {
                funds.exhausted = true;
                let hint = "prepay more: cuckoo escrow deposit; or settle what is owed: cuckoo coordinator settle";
                tracing::warn!(hint, "the escrow does not cover more tasks; they are refused");
            }
            return Err(SubmitError::EscrowExhausted { price: Cai::from(bound) });
        }
        Ok(())
    }

    /// Escrow that nothing is reserved from and that is not owed already, in base units.
    fn available(&self) -> u128 {
        let Some(CoveredFunds { funds, covered, .. }) = &self.funds else { return 0 };
        // What is owed only grows, so that what was covered when the chain was read is covered still.
        let unsettled = self.accounts.owed().saturating_sub(*covered);
        funds.escrow.saturating_sub(unsettled).saturating_sub(self.accounts.reserved())
    }

    /// The escrow as it was read last, in base units.
    pub fn escrow(&self) -> Option<u128> {
        self.funds.as_ref().map(|covered| covered.funds.escrow)
    }

    /// Takes in what the chain says.
    pub fn set_funds(&mut self, funds: Funds) {
        if self.funds.as_ref().is_some_and(|covered| covered.funds == funds) {
            return;
        }
        let covered =
            |(miner, _, owed): (Address, Terms, u128)| funds.settled.get(&miner).copied().unwrap_or(0).min(owed);
        let covered = self.accounts.iter().map(covered).sum();
        self.funds = Some(CoveredFunds { funds, covered, exhausted: false });
        self.generation += 1;
    }

    /// Miners with which there is something to settle, or was.
    pub fn creditors(&self) -> Vec<Address> {
        self.accounts.iter().map(|(miner, _, _)| miner).collect()
    }

    /// What can be settled with whom, and what is owed in all; to be believed once the mark is synced.
    pub fn accounts(&self) -> (Vec<(Address, Terms, u128)>, Mark) {
        (self.accounts.iter().collect(), self.journal.mark())
    }

    /// Makes a statement due: what a miner is owed, and that this lease, if any, counts.
    pub(super) fn owe(&mut self, miner: Address, settled: Option<wire::Lease>) {
        self.due.entry(miner).or_default().extend(settled);
        self.dues.notify_one();
    }

    /// Notified when there is something for [`Core::statements`].
    pub fn dues(&self) -> Arc<Notify> {
        self.dues.clone()
    }

    /// The statements that are due, if any.
    pub fn statements(&mut self) -> Option<Statements> {
        if self.due.is_empty() {
            return None;
        }
        let miners = std::mem::take(&mut self.due).into_iter();
        let miners = miners.map(|(miner, settled)| (miner, (self.accounts.terms(&miner), settled))).collect();
        Some(Statements { miners, mark: self.journal.mark() })
    }

    /// Signs and sends statements. What they say has to be durable: see [`Statements::durable`].
    pub fn tell(&self, statements: Statements) {
        failpoint::point(failpoint::VOUCHER);
        let identity = &self.identity;
        for (miner, (terms, settled)) in statements.miners {
            let Some(frames) = self.miners.get(&miner).and_then(|miner| miner.frames.as_ref()) else { continue };
            for lease in settled {
                let _ = frames.send(Frame::encode(wire::Body::Settled(lease)));
            }
            if terms.cumulative == 0 {
                continue;
            }
            let voucher = Voucher {
                coordinator: identity.signer.address(),
                miner,
                cumulative: terms.cumulative,
                through: terms.through,
            };
            match identity.signer.sign_hash_sync(&identity.domain.digest(&voucher)) {
                Ok(signature) => {
                    let frame = wire::Voucher {
                        cumulative: terms.cumulative.to_be_bytes().to_vec(),
                        signature: signature_bytes(&signature).to_vec(),
                        through: terms.through,
                    };
                    let _ = frames.send(Frame::encode(frame));
                }
                Err(error) => tracing::error!(%miner, %error, "a voucher cannot be signed"),
            }
        }
    }
}

impl Statements {
    /// Returns once all of it is on disk. A voucher that a crash could take back would contradict a later one.
    pub async fn durable(self) -> Self {
        self.mark.clone().synced().await;
        self
    }
}
