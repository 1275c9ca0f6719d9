//! The records of other jurors, looked at once in an epoch where it is this node's turn to keep them true.

use std::collections::BTreeSet;

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};

use super::{
    super::{ChainError, decode_event},
    read::Reader,
};
use crate::{
    contract::JurorRegistry::ManifestDeclared,
    court::{Record, View, keeper, keeps, lapses, looked_at},
};

/// A node's part in the upkeep of an epoch.
#[derive(Clone, Debug)]
pub(super) struct Upkeep {
    epoch: u64,
    /// Its place among those that have a turn, if it has one.
    place: Option<u64>,
    /// The records that it has found lapsed, and that are to be written down again; `None` before it has looked.
    lapsed: Option<Vec<(Address, B256)>>,
}

impl Upkeep {
    /// The part of the reader's node, which is one of those `standing` or has none.
    pub(super) fn new(reader: &Reader<'_>, standing: &BTreeSet<Address>) -> Self {
        let epoch = reader.clock.epoch();
        Self { epoch, place: keeper(epoch, reader.me.node, standing), lapsed: None }
    }

    /// Whether it is of the epoch that the reader reads in.
    pub(super) fn is_of(&self, reader: &Reader<'_>) -> bool {
        self.epoch == reader.clock.epoch()
    }

    /// The records that stand no longer as of a block, where it is this node's turn. All that were ever declared are looked at once, and
    /// those found lapsed then again at each block until they are true. What cannot be read is left to the keepers of the next epoch:
    /// nothing else that the node does before the court has to wait for it.
    pub(super) async fn records(&mut self, reader: &Reader<'_>, view: &View) -> Vec<Record> {
        if !self.place.is_some_and(|place| keeps(view, place)) {
            return vec![];
        }
        let read = async {
            let pairs = match self.lapsed.take() {
                Some(lapsed) => lapsed,
                None => looked_at(&declared(reader, view).await?, self.epoch).to_vec(),
            };
            reader.records(&pairs).await
        };
        let mut records = read.await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the records of other jurors cannot be read in this epoch");
            vec![]
        });
        records.retain(|record| lapses(view, record));
        self.lapsed = Some(records.iter().map(|record| (record.node, record.manifest)).collect());
        records
    }
}

/// All pairs of a node and a manifest that it has ever declared, in the same order at every node.
async fn declared(reader: &Reader<'_>, view: &View) -> Result<Vec<(Address, B256)>, ChainError> {
    let filter = Filter::new().address(reader.deployment.registry).event_signature(ManifestDeclared::SIGNATURE_HASH);
    let mut pairs = BTreeSet::new();
    for log in reader.client.history_until(filter, view.block).await? {
        let ManifestDeclared { node, manifest } = decode_event(&log)?;
        pairs.insert((node, manifest));
    }
    Ok(pairs.into_iter().collect())
}
