//! Keys that nodes had before they were replaced: what they are owed and what they have prepaid stays under them.

use std::collections::BTreeMap;

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address,
    chain::{Client, Registry, decode_event},
    contract::Staking::NodeRotated,
};

use crate::terminal::Result;

/// Reads every key that was replaced, with the key that its node has now, as of the registry's block.
pub async fn read_earlier_keys(client: &Client, registry: &Registry) -> Result<BTreeMap<Address, Address>> {
    let filter = Filter::new().address(client.network().staking).event_signature(NodeRotated::SIGNATURE_HASH);
    let mut current: BTreeMap<Address, Address> = BTreeMap::new();
    for log in client.history_until(filter, registry.block).await? {
        let NodeRotated { oldKey: old, newKey: new, .. } = decode_event(&log)?;
        for key in current.values_mut().filter(|key| **key == old) {
            *key = new;
        }
        current.insert(old, new);
    }
    Ok(current)
}

/// The same nodes, and with them every key that was replaced, as an inactive node of its own.
pub async fn with_earlier_keys(client: &Client, mut registry: Registry) -> Result<Registry> {
    let earlier = read_earlier_keys(client, &registry).await?;
    let nodes = &mut registry.nodes;
    for (old, new) in earlier {
        if let Some(mut node) = nodes.get(&new).cloned() {
            node.address = old;
            node.active = false;
            node.weight = 0;
            nodes.insert(old, node);
        }
    }
    Ok(registry)
}
