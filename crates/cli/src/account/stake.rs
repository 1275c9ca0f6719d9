//! What an address has at stake: read from the contract as of one block, for the nodes that its events name.

use std::collections::BTreeSet;

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, Cai, Untrusted,
    amount::DECIMALS,
    chain::{Client, Registry, decode_event},
    contract::{Role, Staking},
};
use futures::try_join;
use serde::Serialize;

use super::earlier_keys::read_earlier_keys;
use crate::{host::clock::moment, terminal::Result};

/// Everything an address has in the staking contract.
#[derive(Clone, Debug, Serialize)]
pub struct Holdings {
    /// The address.
    pub owner: Address,
    /// Free stake, which is behind no node: it can be voted with or withdrawn.
    pub free: Cai,
    /// Stake behind nodes.
    pub staked: Vec<Position>,
    /// Stake that was taken back and is unbonding.
    pub unbonding: Vec<Unbonding>,
    /// Rewards that are not claimed yet.
    pub rewards: Vec<Reward>,
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
    /// The node's role, where the node is known.
    pub role: Option<Role>,
    /// True where the address owns the node.
    pub own: bool,
    /// The amount.
    pub amount: Cai,
}

/// Stake that was taken back from one node and is unbonding.
#[derive(Clone, Debug, Serialize)]
pub struct Unbonding {
    /// The node.
    pub node: Address,
    /// Its name.
    pub name: Untrusted,
    /// The amount.
    pub amount: Cai,
    /// When it can be released (RFC 3339).
    pub available_at: String,
    /// The same in seconds since the Unix epoch.
    #[serde(skip)]
    pub at: u64,
    /// True once it can be released, by the newest block's time.
    pub available: bool,
}

/// Rewards behind one node.
#[derive(Clone, Debug, Serialize)]
pub struct Reward {
    /// The node.
    pub node: Address,
    /// Its name.
    pub name: Untrusted,
    /// True where the address owns the node: its commission is then part of the amount.
    pub own: bool,
    /// What a claim would pay.
    pub amount: Cai,
}

impl Holdings {
    /// The sum of everything here.
    pub fn total(&self) -> Cai {
        let staked = self.staked.iter().map(|position| position.amount);
        let unbonding = self.unbonding.iter().map(|unbonding| unbonding.amount);
        let rewards = self.rewards.iter().map(|reward| reward.amount);
        std::iter::once(self.free).chain(staked).chain(unbonding).chain(rewards).sum()
    }
}

/// Reads what an address has at stake, as of the registry's block.
pub async fn read_holdings(client: &Client, owner: Address, registry: &Registry) -> Result<Holdings> {
    let staking = client.network().staking;
    let block = registry.block_hash;
    // Votes stay behind a node whose key was replaced.
    let current = read_earlier_keys(client, registry).await?;
    let mut nodes = BTreeSet::new();
    let filter = Filter::new().address(staking).event_signature(Staking::Voted::SIGNATURE_HASH);
    for log in client.history_until(filter.topic1(owner.into_word()), registry.block).await? {
        let node = decode_event::<Staking::Voted>(&log)?.node;
        nodes.insert(current.get(&node).copied().unwrap_or(node));
    }
    let of = |node: &Address| (*node, owner);
    let stakes = nodes.iter().map(of).map(|(node, staker)| Staking::stakeOfCall { node, staker });
    let requests = nodes.iter().map(of).map(|(node, staker)| Staking::unbondingsCall { node, staker });
    let earned = nodes.iter().map(of).map(|(node, staker)| Staking::pendingRewardsCall { node, staker });
    let free = Staking::freeStakeOfCall { staker: owner };
    let (free, stakes, requests, earned) = try_join!(
        client.read_at_block(staking, &free, block),
        client.read_all_at_block(staking, stakes, block),
        client.read_all_at_block(staking, requests, block),
        client.read_all_at_block(staking, earned, block),
    )?;

    let (mut staked, mut unbonding, mut rewards) = (vec![], vec![], vec![]);
    for (((node, stake), requests), earned) in nodes.into_iter().zip(stakes).zip(requests).zip(earned) {
        let entry = registry.node(&node);
        let name = entry.map(|entry| entry.name.clone()).unwrap_or_default();
        let own = entry.is_some_and(|entry| entry.owner == owner);
        let role = entry.map(|entry| entry.role);
        if !stake.is_zero() {
            staked.push(Position { node, name: name.clone(), role, own, amount: Cai::from_base_units(stake) });
        }
        if !earned.is_zero() {
            rewards.push(Reward { node, name: name.clone(), own, amount: Cai::from_base_units(earned) });
        }
        unbonding.extend(requests.into_iter().map(|request| Unbonding {
            node,
            name: name.clone(),
            amount: request.amount.into(),
            available_at: moment(request.availableAt),
            at: request.availableAt,
            available: request.availableAt <= registry.block_timestamp,
        }));
    }
    let free = Cai::from_base_units(free);
    Ok(Holdings { owner, free, staked, unbonding, rewards, decimals: DECIMALS, symbol: "CAI" })
}
