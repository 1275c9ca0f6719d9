//! What a journal is given, and what it holds.

use std::fmt;

use alloy::primitives::Address;
use cuckoo_protocol::{
    assign::log,
    coordinator::{Checkpoint, Event},
    task::Millis,
};
use serde::{Deserialize, Serialize};

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

/// What one round of decisions came to. All of it becomes durable at once, or none of it.
#[derive(Debug, Default)]
pub struct Turn {
    /// When it was decided, as lines of the assignment log say.
    pub at: Millis,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What becomes lines of the assignment log, in order. They are in one turn with the events, so that the log knows of every
    /// lease in the journal.
    pub entries: Vec<log::Entry>,
    /// The state after the events, which takes the place of all of them.
    pub checkpoint: Option<Box<Checkpoint>>,
}

/// What runs once a turn is durable, on the journal's thread: it has to be short, and must not wait for anything.
pub type Release = Box<dyn FnOnce() + Send>;

/// What a journal holds.
#[derive(Debug, Default, PartialEq)]
pub struct History {
    /// The state that the removed events had led to.
    pub checkpoint: Checkpoint,
    /// What has happened since the checkpoint, in order.
    pub events: Vec<Event>,
}
