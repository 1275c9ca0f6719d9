//! What a log says of audits: whether the coin fell as it says, on every answer of every miner.

use std::collections::{BTreeMap, HashMap, HashSet};

use alloy::primitives::{Address, B256};

use serde::Serialize;

use super::entry::Reason;
use crate::audit::coin;

/// What a log says of audits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Answers that the coin of an epoch was thrown for.
    pub answers: u64,
    /// Those of them whose coin was thrown again, and fell as the log says.
    pub thrown: u64,
    /// Those of epochs whose audit seed is not revealed yet.
    pub unthrown: u64,
    /// What was audited of each miner, of the epochs that are over.
    #[serde(rename = "audits")]
    pub miners: BTreeMap<Address, Audited>,
}

/// What a log says of the audits of one miner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// Answers that could be examined.
    pub answers: u64,
    /// Answers that the coin took.
    pub taken: u64,
    /// Answers that were chosen for another reason.
    pub others: u64,
    /// The smallest share that the coin was to take, in millionths.
    pub least_ppm: u32,
    /// The largest share.
    pub most_ppm: u32,
}

/// The answers that the log has not said yet whether they were audited, by epoch and miner: numbers of tickets with receipts.
#[derive(Debug, Default)]
pub(super) struct Audits(BTreeMap<u64, HashMap<Address, Vec<(u64, B256)>>>);

/// The share in force for a ticket, in millionths: that of the last number up to the ticket's, or the first one.
pub fn share_of(rates: &[(u64, u32)], ticket: u64) -> Option<u32> {
    rates.iter().rev().find(|(from, _)| *from <= ticket).or(rates.first()).map(|(_, ppm)| *ppm)
}

impl Audits {
    /// A miner has given an answer that can be examined.
    pub(super) fn answered(&mut self, epoch: u64, miner: Address, ticket: u64, receipt: B256) {
        self.0.entry(epoch).or_default().entry(miner).or_default().push((ticket, receipt));
    }

    /// Takes in what was audited of a miner in an epoch. With the seed, every coin is thrown again.
    pub(super) fn check(
        &mut self,
        epoch: u64,
        miner: Address,
        rates: &[(u64, u32)],
        audited: &[(B256, Reason)],
        seed: Option<&B256>,
        report: &mut AuditReport,
    ) -> Result<(), String> {
        let answers = self.0.get_mut(&epoch).and_then(|miners| miners.remove(&miner)).unwrap_or_default();
        let by_coin =
            |(receipt, reason): &(B256, Reason)| matches!(reason, Reason::Coin | Reason::Probation).then_some(*receipt);
        let mut chosen: HashSet<B256> = audited.iter().filter_map(by_coin).collect();
        let all: HashSet<B256> = audited.iter().map(|(receipt, _)| *receipt).collect();
        let entry = report.miners.entry(miner).or_default();
        entry.others += (audited.len() - chosen.len()) as u64;
        for (ticket, receipt) in &answers {
            let ppm = share_of(rates, *ticket)
                .ok_or_else(|| format!("it does not say how much of {miner} was audited in epoch {epoch}"))?;
            entry.least_ppm = if entry.answers == 0 { ppm } else { entry.least_ppm.min(ppm) };
            entry.most_ppm = entry.most_ppm.max(ppm);
            entry.answers += 1;
            let is_chosen = chosen.remove(receipt);
            entry.taken += u64::from(is_chosen);
            let Some(seed) = seed else {
                report.unthrown += 1;
                continue;
            };
            report.thrown += 1;
            match (coin::chosen(seed, receipt, ppm), is_chosen) {
                (true, false) if !all.contains(receipt) => {
                    return Err(format!(
                        "the coin of epoch {epoch} fell on receipt {receipt} of {miner}, which was spared"
                    ));
                }
                (false, true) => {
                    return Err(format!(
                        "the coin of epoch {epoch} did not fall on receipt {receipt} of {miner}, which was picked on"
                    ));
                }
                _ => {}
            }
        }
        match chosen.iter().next() {
            Some(receipt) => {
                Err(format!("receipt {receipt} was audited in epoch {epoch}, and {miner} did not give it then"))
            }
            None => Ok(()),
        }
    }

    /// Whether nothing is left of an epoch whose seed is revealed, nor of earlier ones.
    pub(super) fn is_complete(&mut self, epoch: u64) -> Result<(), String> {
        let later = self.0.split_off(&(epoch + 1));
        let over = std::mem::replace(&mut self.0, later);
        match over.iter().find_map(|(epoch, miners)| Some((epoch, miners.keys().min()?))) {
            Some((epoch, miner)) => Err(format!("it does not say what was audited of {miner} in epoch {epoch}")),
            None => Ok(()),
        }
    }
}
