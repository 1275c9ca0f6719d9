//! What a journal holds, and what waits to be written to it.

use std::{fmt, sync::mpsc};

use alloy::primitives::Address;
use cuckoo_protocol::{
    assign::log,
    ledger::Accounts,
    task::{Event, Millis, Tasks},
};
use serde::{Deserialize, Serialize};

use crate::node::coordinator::assignments::Line;

/// Who pays what a journal says is owed, and where. Its sums are compared with what that contract has settled for that key, so that
/// they mean nothing for any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The settlement contract.
    pub settlement: Address,
    /// The coordinator's node key.
    pub coordinator: Address,
}

impl fmt::Display for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain_id, settlement, coordinator } = self;
        write!(f, "coordinator {coordinator} at the settlement contract {settlement} of chain {chain_id}")
    }
}

/// The state that all events so far have led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tasks that are not forgotten.
    pub tasks: Tasks,
    /// What is owed to miners, and what is reserved.
    pub accounts: Accounts,
}

/// What a journal holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The state that the removed events had led to.
    pub checkpoint: Checkpoint,
    /// What has happened since the checkpoint, in order.
    pub events: Vec<Event>,
}

/// What is waiting to be written.
#[derive(Debug)]
pub(super) enum Queued {
    Entry(JournalEntry),
    /// An entry that becomes a line of the assignment log.
    Record(Millis, log::Entry),
    /// The end of the queue.
    End,
}

/// What is written.
#[derive(Debug)]
pub(super) enum JournalEntry {
    Event(Event),
    /// A state, and who pays what is owed in it.
    Checkpoint(Box<Checkpoint>, Payer),
    /// A line of the assignment log.
    Line(Line),
}

/// Lines in a batch, in order.
pub(super) fn lines_of(batch: &[JournalEntry]) -> impl Iterator<Item = &Line> {
    batch.iter().filter_map(|entry| match entry {
        JournalEntry::Line(line) => Some(line),
        _ => None,
    })
}

/// Where entries of the assignment log are queued, in one order with events.
#[derive(Clone, Debug)]
pub struct Records(pub(super) mpsc::Sender<Queued>);

impl Records {
    /// Queues an entry. Events that are appended after it are durable after it.
    pub fn append(&self, at: Millis, entry: log::Entry) {
        // The receiver lives as long as its thread, which aborts the process if it cannot go on.
        let _ = self.0.send(Queued::Record(at, entry));
    }
}
