//! What people are told of audits.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use super::{book::Record, policy::ALL};
use crate::{coordinator::state::Coordinator, task::Millis};

/// What audits say of one miner, as tables show it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow<'a> {
    /// The miner.
    pub miner: Address,
    /// What audits say of it.
    pub record: &'a Record,
    /// The share of its answers that is examined, in millionths.
    pub ppm: u32,
    /// Audits of its answers that have not ended.
    pub pending: usize,
    /// What its tickets that wait for an audit will owe, in base units.
    pub held: u128,
}

impl Coordinator {
    /// What is known of audits.
    pub fn audits(&self) -> &super::Book {
        &self.audits.book
    }

    /// What audits say of each miner, in order.
    pub fn audit_rows(&self, now: Millis) -> Vec<AuditRow<'_>> {
        let policy = self.identity.audits;
        let mut pending: BTreeMap<Address, usize> = BTreeMap::new();
        self.audits.book.pending().for_each(|audit| *pending.entry(audit.due.miner).or_default() += 1);
        // The coordinator's own auditor has a record as well, but is not a miner.
        let miners = self.audits.book.miners().filter(|(miner, _)| **miner != self.identity.address);
        let rows = miners.map(|(miner, record)| AuditRow {
            miner: *miner,
            record,
            ppm: match record.is_suspected() || record.tokens < policy.first || self.audits.is_convicts(miner, now) {
                true => ALL,
                false => policy.ppm(record.clean),
            },
            pending: pending.get(miner).copied().unwrap_or(0),
            held: self.accounts().held_of(miner),
        });
        rows.collect()
    }

    /// Why a miner is suspended, if it is.
    pub fn suspended(&self, miner: &Address, now: Millis) -> Option<String> {
        self.audits.suspended(miner, now)
    }
}
