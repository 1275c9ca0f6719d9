//! The proof that a transaction can never be in a block: another one of its key is there with its nonce.

use alloy::{network::TransactionResponse, primitives::B256, rpc::types::Block};
use serde_json::json;

use super::intent::Intent;
use crate::chain::Client;

/// The transaction of the same key that is in a block with the intent's nonce and is none of the intent's own. `None` where no such
/// one can be seen: an endpoint that has not kept the states of old blocks cannot say.
pub(super) async fn overtaker(client: &Client, intent: &Intent, head: u64) -> Option<B256> {
    let used_by = async |block: u64| {
        let count = client.nonce_of(intent.from, &format!("{block:#x}")).await.ok()?;
        Some(count > intent.nonce)
    };
    // The first block after which the nonce is used is in (before, after].
    let (mut before, mut after) = (head, head);
    for distance in (0..u64::BITS).map(|bit| 1 << bit) {
        before = head.saturating_sub(distance);
        match used_by(before).await? {
            true if before > 0 => after = before,
            true => return None,
            false => break,
        }
    }
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        match used_by(middle).await? {
            true => after = middle,
            false => before = middle,
        }
    }
    let block = client.request::<Option<Block>>("eth_getBlockByNumber", json!([format!("{after:#x}"), true])).await;
    let block = block.ok()??;
    let transactions = block.transactions.as_transactions()?.iter();
    let mut of_nonce = transactions.filter(|transaction| {
        transaction.from() == intent.from && alloy::consensus::Transaction::nonce(*transaction) == intent.nonce
    });
    let hash = of_nonce.next()?.tx_hash();
    (!intent.has(hash)).then(|| {
        tracing::warn!(%hash, nonce = intent.nonce, "another transaction of the key has used the nonce");
        hash
    })
}
