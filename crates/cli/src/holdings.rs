//! What an address has at stake: read from the contract, with the places found in its events.

use std::collections::{BTreeMap, BTreeSet};

use alloy::sol_types::SolEvent;
use cuckoo_protocol::{
    Address, Cai, Untrusted,
    amount::DECIMALS,
    chain::{Client, Mirror, Registry},
    contract::{Role, Staking},
};
use serde::Serialize;

use crate::{
    args::NodeReference,
    error::{Error, Result},
};

/// Everything an address has in the staking contract.
#[derive(Clone, Debug, Serialize)]
pub struct Holdings {
    /// Whose.
    pub owner: Address,
    /// Behind no node: can be voted with or withdrawn.
    pub free: Cai,
    /// Behind nodes.
    pub staked: Vec<Position>,
    /// On the way back.
    pub unbonding: Vec<Unbonding>,
    /// Decimals of the amounts.
    pub decimals: usize,
    /// Name of the unit.
    pub symbol: &'static str,
}

/// Stake behind one node.
#[derive(Clone, Debug, Serialize)]
pub struct Position {
    /// The node.
    pub node: Address,
    /// Its name.
    pub name: Untrusted,
    /// What it is.
    pub role: Option<Role>,
    /// True where the address owns the node.
    pub own: bool,
    /// How much.
    pub amount: Cai,
}

/// Stake on its way back from one node.
#[derive(Clone, Debug, Serialize)]
pub struct Unbonding {
    /// The node.
    pub node: Address,
    /// Its name.
    pub name: Untrusted,
    /// How much.
    pub amount: Cai,
    /// From when it can be released (RFC 3339).
    pub available_at: String,
    /// True from then on, by the newest block's time.
    pub available: bool,
}

/// Reads what an address has at stake.
pub async fn holdings(client: &Client, owner: Address) -> Result<Holdings> {
    let staking = client.network().staking;
    let free = client.read(staking, &Staking::freeStakeOfCall { staker: owner }).await?;
    let mut nodes = BTreeSet::new();
    for log in client.history(Staking::Voted::SIGNATURE_HASH, owner).await? {
        if let Ok(event) = Staking::Voted::decode_log_data(&log.inner.data) {
            nodes.insert(event.node);
        }
    }
    let registry = match nodes.is_empty() {
        true => Registry::default(),
        false => registry(client).await?,
    };
    let now = client.head().await?.timestamp;
    let (mut staked, mut unbonding) = (vec![], vec![]);
    for node in nodes {
        let entry = registry.node(&node);
        let name = entry.map(|entry| entry.name.clone()).unwrap_or_default();
        let amount = client.read(staking, &Staking::stakeOfCall { node, staker: owner }).await?;
        if !amount.is_zero() {
            staked.push(Position {
                node,
                name: name.clone(),
                role: entry.map(|entry| entry.role),
                own: entry.is_some_and(|entry| entry.owner == owner),
                amount: Cai::from_base_units(amount),
            });
        }
        for request in client.read(staking, &Staking::unbondingsCall { node, staker: owner }).await? {
            unbonding.push(Unbonding {
                node,
                name: name.clone(),
                amount: request.amount.into(),
                available_at: moment(request.availableAt),
                available: request.availableAt <= now,
            });
        }
    }
    let free = Cai::from_base_units(free);
    Ok(Holdings { owner, free, staked, unbonding, decimals: DECIMALS, symbol: "CAI" })
}

/// A moment of the chain, in RFC 3339.
pub fn moment(seconds: u64) -> String {
    // What lies beyond the calendar's end is shown as the last moment that it has.
    let seconds = seconds.min(253_402_300_799);
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).to_string()
}

/// Every node, as of the newest block.
pub async fn registry(client: &Client) -> Result<Registry> {
    let mut mirror = Mirror::new(client.clone());
    mirror.poll().await?;
    let registry = Registry::clone(&mirror.registry());
    crate::names::remember(client.network(), &registry);
    Ok(registry)
}

/// The address that a reference means. A name that several nodes have means none of them: anybody can take any name.
pub async fn node(client: &Client, reference: &NodeReference) -> Result<Address> {
    let name = match reference {
        NodeReference::Address(address) => return Ok(*address),
        NodeReference::Name(name) => name,
    };
    let registry = registry(client).await?;
    let mut found = BTreeMap::new();
    for node in registry.nodes.values().filter(|node| node.name.raw() == name) {
        found.insert(node.address, node.active);
    }
    let shown = Untrusted::new(name.as_str());
    match found.keys().collect::<Vec<_>>().as_slice() {
        [only] => Ok(**only),
        [] => {
            Err(Error::precondition(format_args!("no node is called `{shown}`"))
                .hint("the nodes: cuckoo vote leaderboard"))
        }
        several => {
            let list: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(Error::usage(format_args!("several nodes are called `{shown}`"))
                .hint(format_args!("name one by its address: {}", list.join(", "))))
        }
    }
}
