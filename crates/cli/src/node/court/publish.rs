//! Hands in the evidence that a node has of a case, as the accused or as somebody who has kept the answers, where jurors look for it.

use std::{path::Path, sync::Arc};

use alloy::primitives::B256;
use cuckoo_protocol::evidence::Bundle;
use futures::{StreamExt, stream};

use super::{
    board::Board,
    work::{HandedIn, Outcome},
};
use crate::node::evidence;

/// Bundles that are on their way at once.
const AT_ONCE: usize = 4;

/// The bundles that a data directory has for these receipts, without what is damaged, and whether one could not be read now.
pub fn bundles(data: &Path, receipts: &[B256]) -> (Vec<Arc<Bundle>>, bool) {
    let mut failed = false;
    let read = |receipt: &B256| match evidence::read_receipt(data, receipt) {
        Ok(bytes) => Bundle::decode(&bytes?).ok().map(Arc::new),
        Err(error) => {
            tracing::warn!(%receipt, %error, "the evidence of a disputed answer cannot be read");
            failed = true;
            None
        }
    };
    let bundles = receipts.iter().filter_map(read).collect();
    (bundles, failed)
}

/// Hands these bundles in at every board that does not have them from this node yet. `failed` says that there may be more, later.
pub async fn hand_in(case: B256, bundles: &[Arc<Bundle>], boards: &[Board], done: &HandedIn, failed: bool) -> Outcome {
    let mut missing = vec![];
    for bundle in bundles {
        let at = |board: &&Board| !done.contains(&(bundle.record.hash(), board.coordinator()));
        missing.extend(boards.iter().filter(at).map(|board| (bundle.clone(), board.clone())));
    }
    let sent = missing.into_iter().map(move |(bundle, board)| async move {
        let result = board.hand_in(case, &bundle).await;
        (bundle.record.hash(), board.coordinator(), result)
    });
    let results: Vec<_> = stream::iter(sent).buffer_unordered(AT_ONCE).collect().await;
    // A coordinator may come later.
    let (mut handed_in, mut again) = (HandedIn::new(), failed || boards.is_empty() && !bundles.is_empty());
    for (receipt, coordinator, result) in results {
        match result {
            Ok(()) => drop(handed_in.insert((receipt, coordinator))),
            Err(error) => {
                tracing::debug!(%case, %receipt, %coordinator, %error, "a board does not take a bundle");
                again |= error.is_temporary();
            }
        }
    }
    Outcome::Published { handed_in, again }
}
