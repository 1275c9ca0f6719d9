//! What the court's events tell of its cases: who opened, joined and documented them, and what verdicts have taken.

use std::collections::BTreeMap;

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai,
    chain::{Client, decode_event},
    contract::DisputeCourt::{DisputeJoined, DisputeOpened, DisputeResolved, EvidenceAdded},
};
use serde::Serialize;

use crate::terminal::Result;

/// A reference to evidence, and who has published it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Published {
    /// Keccak-256 of a bundle, or the root of the hashes of several.
    pub(super) hash: B256,
    pub(super) by: Address,
}

/// What the court's events tell of its cases.
#[derive(Default)]
pub(super) struct History {
    /// The cases, in the order in which they were opened first.
    pub(super) order: Vec<B256>,
    /// The newest opening of each, and the number of its block.
    pub(super) opened: BTreeMap<B256, (DisputeOpened, Option<u64>)>,
    pub(super) evidence: BTreeMap<B256, Vec<Published>>,
    pub(super) taken: BTreeMap<B256, Cai>,
}

/// Reads the history of one case or of all, up to a block.
pub(super) async fn read_history(client: &Client, court: Address, only: Option<B256>, last: u64) -> Result<History> {
    let kinds = [
        DisputeOpened::SIGNATURE_HASH,
        DisputeJoined::SIGNATURE_HASH,
        EvidenceAdded::SIGNATURE_HASH,
        DisputeResolved::SIGNATURE_HASH,
    ];
    let filter = Filter::new().address(court).event_signature(kinds.to_vec());
    let filter = if let Some(id) = only { filter.topic1(id) } else { filter };
    let mut history = History::default();
    for log in client.history_until(filter, last).await? {
        let published = match log.topic0() {
            Some(&DisputeOpened::SIGNATURE_HASH) => {
                let event: DisputeOpened = decode_event(&log)?;
                let (id, by, hash) = (event.id, event.challenger, event.bundles);
                if history.opened.insert(id, (event, log.block_number)).is_none() {
                    history.order.push(id);
                }
                (id, by, hash)
            }
            Some(&DisputeJoined::SIGNATURE_HASH) => {
                let event: DisputeJoined = decode_event(&log)?;
                (event.id, event.challenger, event.bundles)
            }
            Some(&EvidenceAdded::SIGNATURE_HASH) => {
                let event: EvidenceAdded = decode_event(&log)?;
                (event.id, event.from, event.bundles)
            }
            _ => {
                let event: DisputeResolved = decode_event(&log)?;
                let taken = history.taken.entry(event.id).or_default();
                *taken = [*taken, Cai::from_base_units(event.taken)].into_iter().sum();
                continue;
            }
        };
        let (id, by, hash) = published;
        if !hash.is_zero() {
            history.evidence.entry(id).or_default().push(Published { hash, by });
        }
    }
    Ok(history)
}
