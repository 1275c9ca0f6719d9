//! What stays the same while a coordinator runs, and what it starts from.

use std::{collections::BTreeMap, fmt, sync::Arc};

use alloy::primitives::Address;

use super::{
    audits::{self, Book, Policy, Uncalibrated},
    bindings::{Bindings, Wanted},
    event::Event,
    keys::Keys,
    prices::Prices,
    quality::Gate,
};
use crate::{
    assign::{log::Entry, seed::Seeds},
    audit::Calibrations,
    ledger::Accounts,
    message::Domain,
    task::{self, Effect, Tasks, TransitionError},
};

/// What stays the same while the coordinator runs.
#[derive(Clone)]
pub struct Identity {
    /// The node key's address.
    pub address: Address,
    /// What its signatures are bound to.
    pub domain: Domain,
    /// The contract whose stakes count in draws.
    pub staking: Address,
    /// Length of its epochs.
    pub epoch_seconds: u64,
    /// The seeds of all epochs, and the secret that they are derived from.
    pub seeds: Seeds,
    /// At most this many tasks wait.
    pub max_queue: usize,
    /// What tokens cost.
    pub prices: Prices,
    /// After this many events a checkpoint takes their place in the journal.
    pub checkpoint_after: u64,
    /// What the quality gate asks of miners.
    pub gate: Gate,
    /// How much is audited.
    pub audits: Policy,
    /// What becomes of miners whose devices are of a class that nobody has measured.
    pub uncalibrated: Uncalibrated,
    /// The seeds of the coin that decides what is audited, [`Seeds::audits`].
    pub audit_seeds: Seeds,
    /// How far honest answers are from what auditors compute.
    pub calibrations: Arc<Calibrations>,
    /// What names of models are to stand for, where the operator says so.
    pub models: BTreeMap<String, Wanted>,
    /// Whether the network has a court.
    pub has_court: bool,
}

/// Without the secret.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, {:?})", self.address, self.domain)
    }
}

/// Where the assignment log ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogEnd {
    /// Larger than the number of every task that was drawn.
    pub next_sequence: u64,
    /// The newest epoch whose stakes were in force.
    pub epoch: u64,
}

impl LogEnd {
    /// Takes in one more entry.
    pub fn note(&mut self, entry: &Entry) {
        match entry {
            Entry::Picked { sequence, .. } => self.next_sequence = self.next_sequence.max(sequence + 1),
            Entry::Epoch { epoch, .. } => self.epoch = self.epoch.max(*epoch),
            _ => {}
        }
    }
}

/// The state that all events so far have led to. A clone shares the tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// The tasks that are not forgotten.
    pub tasks: Tasks,
    /// What is owed to miners, and what is reserved.
    pub accounts: Accounts,
    /// What is known of audits.
    pub audits: Book,
    /// What names of models stand for.
    pub bindings: Bindings,
    /// What idempotency keys stand for.
    pub keys: Keys,
}

impl Checkpoint {
    /// Takes in one more event. Returns what follows from it. One that does not apply changes nothing.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Effect>, TransitionError> {
        let event = match event {
            Event::Audit(event) => {
                audits::apply(&mut self.audits, &mut self.accounts, event);
                return Ok(vec![]);
            }
            Event::Bound(bound) => {
                self.bindings.apply(bound);
                return Ok(vec![]);
            }
            Event::Task(event) => event,
        };
        let effects = self.tasks.apply(event)?;
        if let task::Event::Accepted { spec, .. } = event {
            self.keys.note(spec);
        }
        self.accounts.apply(event);
        self.audits.apply_task(event);
        for effect in &effects {
            if let Effect::Ended(id) = effect {
                self.accounts.close(id);
            }
        }
        Ok(effects)
    }
}
