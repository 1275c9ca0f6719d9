//! What is kept of the chain's events, and which: the index, and what a look at the chain has found.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use alloy::{
    primitives::{Address, B256},
    rpc::types::Log,
    sol_types::SolEvent,
};
use serde_json::json;
use tokio::time::Instant;

use super::store::{Block, Forgotten, Known, Store};
use crate::{
    chain::{ChainError, Header, Network, decode_event},
    contract::{
        DisputeCourt::{
            DisputeJoined, DisputeOpened, DisputeResolved, EquivocationProven, EvidenceAdded, JurorSettled,
            JurorSummoned, VoteCommitted, VoteRevealed,
        },
        JurorRegistry::ManifestDeclared,
        Settlement::{DeficitCharged, FaultProven},
        Staking::{Charged, NodeRegistered, NodeRotated, NodeUpdated, NodeWeightChanged, Released, Slashed, Voted},
    },
};

/// Reads an event, to find out whether it can be read.
pub(super) type Check = fn(&Log) -> Result<(), ChainError>;

/// The events that are kept, of whichever contract emits them.
pub(super) const KINDS: [(B256, Check); 20] = [
    (NodeRegistered::SIGNATURE_HASH, check::<NodeRegistered>),
    (NodeUpdated::SIGNATURE_HASH, check::<NodeUpdated>),
    (NodeWeightChanged::SIGNATURE_HASH, check::<NodeWeightChanged>),
    (NodeRotated::SIGNATURE_HASH, check::<NodeRotated>),
    (Voted::SIGNATURE_HASH, check::<Voted>),
    (DisputeOpened::SIGNATURE_HASH, check::<DisputeOpened>),
    (DisputeJoined::SIGNATURE_HASH, check::<DisputeJoined>),
    (EvidenceAdded::SIGNATURE_HASH, check::<EvidenceAdded>),
    (JurorSummoned::SIGNATURE_HASH, check::<JurorSummoned>),
    (VoteCommitted::SIGNATURE_HASH, check::<VoteCommitted>),
    (VoteRevealed::SIGNATURE_HASH, check::<VoteRevealed>),
    (DisputeResolved::SIGNATURE_HASH, check::<DisputeResolved>),
    (EquivocationProven::SIGNATURE_HASH, check::<EquivocationProven>),
    (JurorSettled::SIGNATURE_HASH, check::<JurorSettled>),
    (ManifestDeclared::SIGNATURE_HASH, check::<ManifestDeclared>),
    (DeficitCharged::SIGNATURE_HASH, check::<DeficitCharged>),
    (FaultProven::SIGNATURE_HASH, check::<FaultProven>),
    (Charged::SIGNATURE_HASH, check::<Charged>),
    (Released::SIGNATURE_HASH, check::<Released>),
    (Slashed::SIGNATURE_HASH, check::<Slashed>),
];

fn check<E: SolEvent>(log: &Log) -> Result<(), ChainError> {
    decode_event::<E>(log).map(drop)
}

/// The index of one network.
#[derive(Debug)]
pub(in crate::chain) struct Index {
    pub(super) store: Store,
    /// What the newest look has found.
    pub(super) seen: Mutex<Option<Arc<Seen>>>,
}

/// What one look has found.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) known: Known,
    pub(super) head: Header,
    /// The first block of `tip`.
    pub(super) from: u64,
    /// Events of the blocks after the anchor, in order.
    pub(super) tip: Vec<Log>,
    /// They were asked for before the newest block was known.
    pub(super) guessed: bool,
}

/// What is asked for before anything is known but what the index says.
#[derive(Debug)]
pub(in crate::chain) struct Glance {
    pub(super) at: Instant,
    pub(super) known: Known,
    pub(in crate::chain) head: Result<Header, ChainError>,
    pub(super) checked: Result<Option<Header>, ChainError>,
    pub(super) anchor: Result<Option<Header>, ChainError>,
    pub(super) logs: Option<Result<Vec<Log>, ChainError>>,
}

/// Why a look begins again.
pub(super) enum Again {
    /// The index has changed under it.
    Forgotten,
    Chain(ChainError),
}

impl From<Forgotten> for Again {
    fn from(Forgotten: Forgotten) -> Self {
        Self::Forgotten
    }
}

impl From<ChainError> for Again {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl Index {
    /// The index of a network, in a directory or in memory.
    pub(in crate::chain) fn open(directory: Option<&Path>, network: &Network) -> Self {
        let Network { chain_id, staking, court, deployed_at, cai, settlement, .. } = network;
        let path = directory.map(|directory| directory.join(format!("{chain_id}-{}.db", alloy::hex::encode(staking))));
        let kinds: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
        let subject = json!([chain_id, staking, court, deployed_at, cai, settlement, kinds]).to_string();
        Self { store: Store::open(path, subject), seen: Mutex::default() }
    }

    pub(super) fn set_seen(&self, seen: Option<Arc<Seen>>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    pub(super) fn seen(&self) -> Option<Arc<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget(&self) {
        self.store.forget();
        self.set_seen(None);
    }

    /// Blocks that the endpoint is known to answer at once, and the generation of the file that says so.
    pub(in crate::chain) fn width(&self) -> (i64, u64) {
        let known = self.store.known();
        (known.generation, known.width)
    }

    /// Remembers how many blocks the endpoint answers at once. A file that was replaced meanwhile begins empty.
    pub(in crate::chain) fn set_width(&self, generation: i64, width: u64) {
        let _ = self.store.set_width(generation, width);
    }

    /// Where the contracts were found to be the described ones, if they were.
    pub(in crate::chain) fn is_checked(&self, glance: &Glance) -> bool {
        let header = glance.checked.as_ref().ok().copied().flatten();
        glance.known.checked.is_some_and(|block| header.is_some_and(|header| header.hash == block.hash))
    }

    /// Whether the contracts were ever checked.
    pub(in crate::chain) fn knows_contracts(&self) -> bool {
        self.store.known().checked.is_some()
    }

    /// Writes down that the contracts are the described ones, as of the newest block of a glance; returns the glance with that.
    pub(in crate::chain) fn set_checked(&self, mut glance: Glance, jurors: Option<Address>) -> Glance {
        if let Ok(head) = glance.head {
            let block = Block { number: head.number, hash: head.hash };
            let before = glance.known;
            // Otherwise they are checked again.
            let _ = self.store.set_checked(before.generation, block, jurors);
            glance.known = self.store.known();
            glance.checked = Ok(Some(head));
            if glance.known.generation != before.generation {
                (glance.anchor, glance.logs) = (Ok(None), None);
            }
        }
        glance
    }
}
