//! The names of a network's nodes as of the last time that a command read them from the chain, for a shell that completes them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use cuckoo_protocol::{
    Address,
    chain::{Network, Registry},
};
use serde::{Deserialize, Serialize};

use crate::host::{env, files};

/// Most nodes that are kept.
const MOST: usize = 1_000;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    address: Address,
    name: String,
    role: String,
}

fn file(network: &Network) -> Option<PathBuf> {
    let name = format!("{}-{}.json", network.chain_id, network.staking.to_string().to_lowercase());
    Some(env::cache_directory()?.join("nodes").join(name))
}

/// Keeps the names for [`nodes`]. Nothing depends on it, so an error is only logged.
pub fn remember(network: &Network, registry: &Registry) {
    let Some(path) = file(network) else { return };
    let nodes = registry.nodes.values().take(MOST);
    let nodes: Vec<_> = nodes
        .map(|node| Remembered {
            address: node.address,
            name: node.name.raw().to_owned(),
            role: node.role.as_str().to_owned(),
        })
        .collect();
    if read(&path).is_some_and(|known| known == nodes) {
        return;
    }
    let written =
        serde_json::to_vec(&nodes).map_err(std::io::Error::from).and_then(|text| files::replace(&path, &text));
    if let Err(error) = written {
        tracing::debug!(%error, "the nodes' names are not kept for completion");
    }
}

fn read(path: &PathBuf) -> Option<Vec<Remembered>> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// The names that are known, by address.
pub fn names(network: &Network) -> BTreeMap<Address, String> {
    let nodes = file(network).and_then(|path| read(&path)).unwrap_or_default();
    nodes.into_iter().map(|node| (node.address, node.name)).collect()
}

/// Names to complete, each with a description: a node's name where it means one node and needs no quotes, and else its address.
pub fn nodes(network: &Network) -> Vec<(String, String)> {
    let nodes = file(network).and_then(|path| read(&path)).unwrap_or_default();
    let plain = |name: &str| {
        !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let means_one = |name: &str| nodes.iter().filter(|node| node.name == name).count() == 1;
    let complete = |node: &Remembered| match plain(&node.name) && !node.name.starts_with('-') && means_one(&node.name) {
        true => (node.name.clone(), format!("{} {}", node.role, node.address)),
        false => (node.address.to_string(), node.role.clone()),
    };
    nodes.iter().map(complete).collect()
}
