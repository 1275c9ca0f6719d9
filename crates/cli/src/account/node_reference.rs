//! Nodes as people name them: by address, or by a name that only one node has.

use std::{collections::BTreeMap, fmt, str::FromStr};

use cuckoo_protocol::{
    Address, AddressError, Untrusted,
    chain::{Client, Registry},
    looks_like_address, parse_address,
};
use futures::join;

use crate::{
    host::known_nodes,
    terminal::{Class, Error, Result, quoted},
};

/// A node by its address, or by its name where only one node has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeReference {
    /// Its address.
    Address(Address),
    /// Its name.
    Name(String),
}

impl FromStr for NodeReference {
    type Err = AddressError;

    /// A mistyped address is never taken for a name: anybody could have registered it.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        match parse_address(text) {
            Ok(address) => Ok(Self::Address(address)),
            Err(error) if looks_like_address(text) => Err(error),
            Err(_) => Ok(Self::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for NodeReference {
    /// As a shell takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Name(name) => f.write_str(&quoted(name)),
        }
    }
}

/// Reads every node, as of the newest block.
pub async fn read_registry(client: &Client) -> Result<Registry> {
    let registry = client.registry().await?;
    known_nodes::remember(client.network(), &registry);
    Ok(Registry::clone(&registry))
}

/// Reads something as of the newest block, with the nodes as of that block: at the same time as the chain confirms them, and again in
/// the rare case that it has others. Another endpoint is asked where one fails.
pub async fn at_newest_block<T>(client: &Client, read: impl AsyncFn(&Client, &Registry) -> Result<T>) -> Result<T> {
    let found = at_newest_block_of(client, &read).await;
    match &found {
        Err(error) if error.class() == Class::Unavailable => match Box::pin(client.another()).await {
            Some(other) => at_newest_block_of(&other, &read).await,
            None => found,
        },
        _ => found,
    }
}

async fn at_newest_block_of<T>(client: &Client, read: &impl AsyncFn(&Client, &Registry) -> Result<T>) -> Result<T> {
    let look = client.look().await?;
    let (confirmed, found) = join!(look.confirm(), read(client, look.registry()));
    if confirmed? {
        known_nodes::remember(client.network(), look.registry());
        return found;
    }
    let registry = read_registry(client).await?;
    read(client, &registry).await
}

/// Finds the address that a reference means. A name that several nodes have means none of them: anybody can take any name.
pub async fn find_node(client: &Client, reference: &NodeReference) -> Result<Address> {
    let name = match reference {
        NodeReference::Address(address) => return Ok(*address),
        NodeReference::Name(name) => name,
    };
    let registry = read_registry(client).await?;
    let mut found = BTreeMap::new();
    for node in registry.nodes.values().filter(|node| node.name.raw() == name) {
        found.insert(node.address, node.active);
    }
    let shown = Untrusted::new(name.as_str());
    match found.keys().collect::<Vec<_>>().as_slice() {
        [only] => Ok(**only),
        [] => Err(Error::precondition(format_args!("no node is called `{shown}`"))
            .hint("list the nodes: cuckoo vote leaderboard")),
        several => {
            let list: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(Error::usage(format_args!("several nodes are called `{shown}`"))
                .hint(format_args!("give the address of the one that is meant: {}", list.join(", "))))
        }
    }
}
