//! The registered nodes, as the staking contract's events tell: pure, and the last event of a node wins.

use alloy::{
    primitives::{Address, B256},
    rpc::types::Log,
    sol_types::SolEvent,
};
use imbl::{OrdMap, ordmap::DiffItem};

use super::{ChainError, decode_event};
use crate::{
    Cai, Untrusted,
    assign::Snapshot,
    contract::{Role, Staking},
};

/// A registered node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The node key's address.
    pub address: Address,
    /// Who registered it.
    pub owner: Address,
    /// What it is.
    pub role: Role,
    /// False while its own stake is at or below its role's minimum, and forever once it was removed.
    pub active: bool,
    /// What its owner calls it.
    pub name: Untrusted,
    /// What its owner says about it.
    pub introduction: Untrusted,
    /// Where it can be reached.
    pub endpoint: Untrusted,
    /// Its owner's stake behind it.
    pub self_stake: Cai,
    /// Own stake and votes in base units, as far as the contract counts them; 0 while it is not active.
    pub weight: u128,
}

/// The nodes as of the end of one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// The block's number.
    pub block: u64,
    /// Its hash.
    pub block_hash: B256,
    /// Its time, in seconds since the Unix epoch.
    pub block_timestamp: u64,
    /// The nodes by address, without keys that were replaced. Registries of consecutive blocks share what has not changed between them, so
    /// that a block costs what happens in it, however many nodes there are.
    pub nodes: OrdMap<Address, Node>,
}

/// One event of the staking contract that changes a node.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new node; its weight follows in the same transaction.
    Registered(Staking::NodeRegistered),
    /// New name, introduction and endpoint.
    Updated(Staking::NodeUpdated),
    /// New status, own stake and weight.
    Weighed(Staking::NodeWeightChanged),
}

/// The contract's number for an active node.
pub(super) const ACTIVE: u8 = 1;
/// The contract's number for a key that another one has replaced.
pub(super) const ROTATED: u8 = 5;

impl Change {
    /// The events to ask for.
    pub const TOPICS: [B256; 3] = [
        Staking::NodeRegistered::SIGNATURE_HASH,
        Staking::NodeUpdated::SIGNATURE_HASH,
        Staking::NodeWeightChanged::SIGNATURE_HASH,
    ];

    /// Reads an event; `None` for one of another kind.
    pub fn decode(log: &Log) -> Result<Option<Self>, ChainError> {
        Ok(match log.topics().first() {
            Some(topic) if *topic == Self::TOPICS[0] => Some(Self::Registered(decode_event(log)?)),
            Some(topic) if *topic == Self::TOPICS[1] => Some(Self::Updated(decode_event(log)?)),
            Some(topic) if *topic == Self::TOPICS[2] => Some(Self::Weighed(decode_event(log)?)),
            _ => None,
        })
    }
}

impl Registry {
    /// Applies one event. Events of nodes that were never registered cannot come from the contract and change nothing.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Registered(event) => {
                let Some(role) = Role::from_u8(event.role) else { return };
                let node = Node {
                    address: event.node,
                    owner: event.owner,
                    role,
                    active: false,
                    name: event.name.into(),
                    introduction: event.introduction.into(),
                    endpoint: event.endpoint.into(),
                    self_stake: Cai::ZERO,
                    weight: 0,
                };
                self.nodes.insert(event.node, node);
            }
            Change::Updated(event) => self.with_node(event.node, |node| {
                node.name = event.name.into();
                node.introduction = event.introduction.into();
                node.endpoint = event.endpoint.into();
            }),
            // The node goes on under its new key, which is registered before.
            Change::Weighed(event) if event.status == ROTATED => {
                self.nodes.remove(&event.node);
            }
            Change::Weighed(event) => self.with_node(event.node, |node| {
                node.active = event.status == ACTIVE;
                node.self_stake = event.selfStake.into();
                node.weight = event.weight;
            }),
        }
    }

    /// Applies events in their order; those of other kinds change nothing.
    pub(super) fn apply_all<'a>(&mut self, logs: impl IntoIterator<Item = &'a Log>) -> Result<(), ChainError> {
        for log in logs {
            if let Some(change) = Change::decode(log)? {
                self.apply(change);
            }
        }
        Ok(())
    }

    fn with_node(&mut self, address: Address, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(&address) {
            change(node);
        }
    }

    /// The nodes whose owner is another one than in `before`, with that owner; without one where the node is gone.
    pub fn owners_since(&self, before: &Self) -> Vec<(Address, Option<Address>)> {
        let changed = before.nodes.diff(&self.nodes).filter_map(|changed| match changed {
            DiffItem::Add(address, node) => Some((*address, Some(node.owner))),
            DiffItem::Update { old: (_, old), new: (address, new) } => {
                (old.owner != new.owner).then_some((*address, Some(new.owner)))
            }
            DiffItem::Remove(address, _) => Some((*address, None)),
        });
        changed.collect()
    }

    /// A node by its address.
    pub fn node(&self, address: &Address) -> Option<&Node> {
        self.nodes.get(address)
    }

    /// The nodes of a role, heaviest first and by address among equals.
    pub fn by_weight(&self, role: Role) -> Vec<&Node> {
        let mut nodes: Vec<_> = self.nodes.values().filter(|node| node.role == role).collect();
        nodes.sort_by(|left, right| right.weight.cmp(&left.weight).then(left.address.cmp(&right.address)));
        nodes
    }

    /// The weights of a role's active nodes, for the epoch that starts with the block whose hash is `beacon`.
    pub fn snapshot(&self, role: Role, epoch: u64, beacon: B256) -> Snapshot {
        let active = self.nodes.values().filter(|node| node.role == role && node.active && node.weight > 0);
        Snapshot { epoch, beacon, miners: active.map(|node| (node.address, node.weight)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(node: u8, role: Role) -> Change {
        Change::Registered(Staking::NodeRegistered {
            node: Address::with_last_byte(node),
            owner: Address::with_last_byte(node + 100),
            role: role as u8,
            name: format!("node-{node}"),
            introduction: "bold \u{1b}[1m words".into(),
            endpoint: String::new(),
        })
    }

    fn weighed(node: u8, status: u8, weight: u128) -> Change {
        let node = Address::with_last_byte(node);
        Change::Weighed(Staking::NodeWeightChanged { node, status, selfStake: weight, weight })
    }

    #[test]
    fn the_last_event_of_a_node_wins() {
        let mut registry = Registry::default();
        for change in [
            registered(1, Role::Miner),
            weighed(1, ACTIVE, 30),
            registered(2, Role::Miner),
            weighed(2, ACTIVE, 50),
            weighed(1, ACTIVE, 70),
            Change::Updated(Staking::NodeUpdated {
                node: Address::with_last_byte(2),
                name: "renamed".into(),
                introduction: String::new(),
                endpoint: "ws://somewhere".into(),
            }),
            registered(3, Role::Coordinator),
            weighed(3, ACTIVE, 90),
        ] {
            registry.apply(change);
        }
        let order: Vec<_> = registry.by_weight(Role::Miner).iter().map(|node| (node.name.raw(), node.weight)).collect();
        assert_eq!(order, [("node-1", 70), ("renamed", 50)]);
        let snapshot = registry.snapshot(Role::Miner, 4, B256::repeat_byte(9));
        assert_eq!(snapshot.miners, [(Address::with_last_byte(1), 70), (Address::with_last_byte(2), 50)]);
        registry.apply(weighed(1, 2, 0));
        assert_eq!(registry.snapshot(Role::Miner, 5, B256::ZERO).miners.len(), 1);
        assert_eq!(registry.snapshot(Role::Coordinator, 5, B256::ZERO).miners.len(), 1);
    }

    #[test]
    fn an_event_of_an_unknown_node_changes_nothing_and_a_copy_stays_as_it_was() {
        let mut registry = Registry::default();
        registry.apply(weighed(1, ACTIVE, 30));
        assert_eq!(registry, Registry::default());
        registry.apply(registered(1, Role::Miner));
        let before = registry.clone();
        registry.apply(weighed(1, ACTIVE, 30));
        assert_eq!(before.node(&Address::with_last_byte(1)).map(|node| node.weight), Some(0));
    }

    #[test]
    fn a_key_that_was_replaced_is_gone_and_the_new_one_has_its_weight() {
        let mut registry = Registry::default();
        for change in [
            registered(1, Role::Miner),
            weighed(1, ACTIVE, 30),
            registered(2, Role::Miner),
            weighed(1, ROTATED, 0),
            weighed(2, ACTIVE, 30),
        ] {
            registry.apply(change);
        }
        assert_eq!(registry.node(&Address::with_last_byte(1)), None);
        assert_eq!(registry.snapshot(Role::Miner, 1, B256::ZERO).miners, [(Address::with_last_byte(2), 30)]);
    }

    #[test]
    fn who_has_another_owner_than_before_is_told_and_nobody_else() {
        let owner = |node: u8| Address::with_last_byte(node + 100);
        let mut registry = Registry::default();
        (1..=60).for_each(|node| registry.apply(registered(node, Role::Miner)));
        let before = registry.clone();
        assert_eq!(before.owners_since(&Registry::default()).len(), 60);
        registry.apply(weighed(7, ACTIVE, 30));
        assert_eq!(registry.owners_since(&before), []);
        registry.apply(registered(61, Role::Miner));
        registry.apply(weighed(9, ROTATED, 0));
        let changed = [(Address::with_last_byte(9), None), (Address::with_last_byte(61), Some(owner(61)))];
        assert_eq!(registry.owners_since(&before), changed);
        // As it is where a reorganisation takes it back.
        let back = [(Address::with_last_byte(9), Some(owner(9))), (Address::with_last_byte(61), None)];
        assert_eq!(before.owners_since(&registry), back);
    }

    #[test]
    fn a_block_costs_what_happens_in_it_and_not_what_there_is() {
        let address = |number: u64| Address::from_word(alloy::primitives::keccak256(number.to_be_bytes()));
        let mut registry = Registry::default();
        let began = std::time::Instant::now();
        for number in 0..20_000 {
            let event = Staking::NodeRegistered {
                node: address(number),
                owner: address(number),
                role: Role::Miner as u8,
                name: format!("node-{number}"),
                introduction: "an introduction".into(),
                endpoint: "ws://somewhere".into(),
            };
            registry.apply(Change::Registered(event));
        }
        let all = began.elapsed();
        let (began, mut kept) = (std::time::Instant::now(), vec![]);
        for number in 0..64 {
            let before = registry.clone();
            let event = Staking::NodeWeightChanged { node: address(number), status: ACTIVE, selfStake: 7, weight: 7 };
            registry.apply(Change::Weighed(event));
            assert_eq!(registry.owners_since(&before), []);
            kept.push(before);
        }
        let blocks = began.elapsed();
        assert!(blocks < all, "{blocks:?} for 64 blocks, {all:?} for all nodes once");
        assert_eq!(kept[0].node(&address(0)).map(|node| node.weight), Some(0), "what was kept is as it was");
    }

    #[test]
    fn introductions_are_shown_harmlessly() {
        let mut registry = Registry::default();
        registry.apply(registered(1, Role::Miner));
        assert!(!format!("{registry:?}").contains('\u{1b}'));
    }
}
