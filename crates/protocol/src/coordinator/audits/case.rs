//! A case that the coordinator wants before the court: a miner that was confirmed to cheat, and the receipts that show it best.

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    sol_types::SolValue,
};
use serde::{Deserialize, Serialize};

use crate::{
    message::{Receipt, Ticket},
    task::{Millis, ReceiptRecord, TaskId},
};

/// A receipt of a case, as the court takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// The task that was answered.
    pub task: TaskId,
    /// The digest of the receipt.
    pub digest: B256,
    /// The ticket.
    pub ticket: Ticket,
    /// The coordinator's signature of the ticket.
    pub ticket_signature: Bytes,
    /// The receipt.
    pub receipt: Receipt,
    /// The miner's signature of the receipt.
    pub receipt_signature: Bytes,
}

impl Exhibit {
    pub(super) fn new(record: &ReceiptRecord) -> Self {
        Self {
            task: TaskId(record.ticket.task),
            digest: record.hash(),
            ticket: record.ticket.clone(),
            ticket_signature: record.ticket_signature.clone(),
            receipt: record.receipt.clone(),
            receipt_signature: record.receipt_signature.clone(),
        }
    }
}

/// A case that the coordinator wants before the court.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accusation {
    /// The court's id of the case, which follows from its receipts.
    pub id: B256,
    /// The miner that is accused.
    pub miner: Address,
    /// The manifest that it does not run.
    pub manifest: B256,
    /// What was found, in words.
    pub why: String,
    /// When it was confirmed, in milliseconds since the Unix epoch.
    pub at: Millis,
    /// The receipts, ascending by their digests.
    pub exhibits: Vec<Exhibit>,
    /// Up to this attempt an operator has ordered that the case be opened; 0 for none.
    #[serde(default)]
    pub ordered: u32,
}

impl Accusation {
    pub(super) fn new(miner: Address, manifest: B256, why: String, at: Millis, mut exhibits: Vec<Exhibit>) -> Self {
        exhibits.sort_unstable_by_key(|exhibit| exhibit.digest);
        exhibits.dedup_by_key(|exhibit| exhibit.digest);
        let digests: Vec<_> = exhibits.iter().map(|exhibit| exhibit.digest).collect();
        Self { id: keccak256(digests.abi_encode()), miner, manifest, why, at, exhibits, ordered: 0 }
    }

    /// The last second in which it can be opened, where a receipt can be disputed for `window` seconds after its ticket's deadline.
    pub fn last(&self, window: u64) -> u64 {
        let deadlines = self.exhibits.iter().map(|exhibit| exhibit.ticket.deadline.saturating_add(window));
        deadlines.min().unwrap_or(0)
    }
}
