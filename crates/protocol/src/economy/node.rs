//! Nodes: their registration, their keys, their commission and whether they are paid (`staking/NodeRegistry.sol`).

use alloy::primitives::{Address, U256};

use super::{
    entry::{Node, PoolId, Status, Successor, clock},
    operation::{Description, Registration, Rotation},
    outcome::{Contracts, Outcome},
    reward::MAX_COMMISSION,
    stake::minimum,
    state::{Call, Economy, Now},
};
use crate::contract::Role;

/// How long a first commission takes effect at once, in seconds after the registration.
const INITIAL_COMMISSION_WINDOW: u64 = 60 * 60;
const MAX_NAME: usize = 64;
const MAX_INTRODUCTION: usize = 512;
const MAX_ENDPOINT: usize = 256;

fn check_description(role: Role, description: &Description) -> Outcome<()> {
    let length = |text: &str| U256::from(text.len());
    let Description { name, introduction, endpoint } = description;
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(Contracts::BadNameLength { length: length(name) }.into());
    }
    if introduction.len() > MAX_INTRODUCTION {
        return Err(Contracts::BadIntroductionLength { length: length(introduction) }.into());
    }
    if endpoint.len() > MAX_ENDPOINT || (endpoint.is_empty() && role == Role::Coordinator) {
        return Err(Contracts::BadEndpointLength { length: length(endpoint) }.into());
    }
    Ok(())
}

impl Economy {
    /// The key that took a node's place, if one did.
    pub fn successor(&self, node: Address) -> Successor {
        self.tables.successors.get(node)
    }

    /// The key that stands for a node today: its own, or the last of its successors.
    pub(super) fn heir(&self, mut node: Address) -> Address {
        while self.tables.nodes.get(node).status == Status::Rotated {
            node = self.successor(node).next;
        }
        node
    }

    /// Whether what a node's key signed counts (`Staking.signs`).
    pub fn signs(&self, node: Address, now: Now) -> bool {
        match self.tables.nodes.get(node).status {
            Status::None => false,
            Status::Rotated => now.time <= self.successor(node).rotated_at + self.parameters.unbonding_period,
            _ => true,
        }
    }
}

impl Call<'_> {
    /// A registered node, under its present key.
    pub(super) fn known(&self, node: Address) -> Outcome<(Node, Role)> {
        let entry = self.economy.tables.nodes.get(node);
        match entry.role {
            Some(_) if entry.status == Status::Rotated => {
                Err(Contracts::NodeRotatedTo { next: self.economy.heir(node) }.into())
            }
            Some(role) => Ok((entry, role)),
            None => Err(Contracts::UnknownNode { node }.into()),
        }
    }

    /// A registered node, by its present key or one before it.
    pub(super) fn resolved(&self, node: Address) -> Outcome<(Address, Node, Role)> {
        let heir = self.economy.heir(node);
        let (entry, role) = self.known(heir)?;
        Ok((heir, entry, role))
    }

    pub(super) fn owned(&self, node: Address) -> Outcome<(Node, Role)> {
        let (entry, role) = self.known(node)?;
        if entry.owner != self.caller {
            return Err(Contracts::NotNodeOwner { node, caller: self.caller }.into());
        }
        Ok((entry, role))
    }

    /// A new key with a name: not registered before, not the caller's own.
    fn check_new(&self, node: Address, role: Role, description: &Description, deadline: U256) -> Outcome<()> {
        if node == self.caller {
            return Err(Contracts::NodeIsOwner {}.into());
        }
        if self.economy.tables.nodes.get(node).status != Status::None {
            return Err(Contracts::NodeTaken { node }.into());
        }
        if U256::from(self.now.time) > deadline {
            return Err(Contracts::Expired { deadline }.into());
        }
        check_description(role, description)
    }

    fn registered(&mut self, node: Address, entry: Node, role: Role, description: &Description) {
        self.economy.tables.nodes.set(node, entry);
        let Description { name, introduction, endpoint } = description.clone();
        let (owner, role) = (entry.owner, role as u8);
        self.emit(Contracts::NodeRegistered { node, owner, role, name, introduction, endpoint });
    }

    fn new_pool(&mut self) -> PoolId {
        let pool = self.economy.tables.pool_count.get(()) + 1;
        self.economy.tables.pool_count.set((), pool);
        pool
    }

    pub(super) fn register(&mut self, registration: &Registration) -> Outcome<()> {
        let Registration { node, role, self_stake, ref description, deadline } = *registration;
        self.entries_open()?;
        self.check_new(node, role, description, deadline)?;
        let entry = Node {
            owner: self.caller,
            role: Some(role),
            status: Status::Active,
            registered_at: clock(self.now.time),
            pool: self.new_pool(),
            ..Node::default()
        };
        self.registered(node, entry, role, description);
        let (have, need) = (self_stake.base_units(), minimum(role));
        if have <= need {
            return Err(Contracts::BelowMinimum { have, need }.into());
        }
        self.spend_free(have)?;
        self.put_behind(node, have, 0)
    }

    /// `Staking.rotate`: another key takes the node's place, with all that belongs to it.
    pub(super) fn rotate(&mut self, rotation: &Rotation) -> Outcome<()> {
        let Rotation { node, new_key, ref description, deadline } = *rotation;
        let (entry, role) = self.owned(node)?;
        self.check_new(new_key, role, description, deadline)?;
        self.registered(new_key, entry, role, description);
        let Node { owner, role, registered_at, pool, .. } = entry;
        let old = Node { owner, role, registered_at, pool, status: Status::Rotated, ..Node::default() };
        self.economy.tables.nodes.set(node, old);
        self.economy.tables.successors.set(node, Successor { next: new_key, rotated_at: self.now.time });
        let until = self.now.time + self.economy.parameters.unbonding_period;
        self.emit(Contracts::NodeRotated { oldKey: node, newKey: new_key, signsUntil: U256::from(until) });
        self.emit(Contracts::NodeWeightChanged { node, status: Status::Rotated as u8, selfStake: 0, weight: 0 });
        let (own, weight) = (self.economy.pool(new_key).own_tokens(), self.economy.tables.weights.get(entry.pool));
        self.emit(Contracts::NodeWeightChanged { node: new_key, status: entry.status as u8, selfStake: own, weight });
        Ok(())
    }

    pub(super) fn update(&mut self, node: Address, description: &Description) -> Outcome<()> {
        let (entry, role) = self.owned(node)?;
        if entry.status.gone() {
            return Err(Contracts::NotActive { node }.into());
        }
        check_description(role, description)?;
        let Description { name, introduction, endpoint } = description.clone();
        self.emit(Contracts::NodeUpdated { node, name, introduction, endpoint });
        Ok(())
    }

    pub(super) fn deregister(&mut self, node: Address) -> Outcome<()> {
        let (mut entry, role) = self.owned(node)?;
        if entry.status.gone() {
            return Err(Contracts::NotActive { node }.into());
        }
        self.settle(node, &mut entry)?;
        entry.status = Status::Removed;
        self.reweigh(node, entry, role, self.economy.tables.pools.get(entry.pool))
    }

    pub(super) fn announce_commission(&mut self, node: Address, bps: u16) -> Outcome<()> {
        let (mut entry, _) = self.owned(node)?;
        if entry.status.gone() {
            return Err(Contracts::NotActive { node }.into());
        }
        if bps > MAX_COMMISSION {
            return Err(Contracts::CommissionTooHigh { have: bps, max: MAX_COMMISSION }.into());
        }
        let pool = self.economy.tables.pools.get(entry.pool);
        self.settle(node, &mut entry)?;
        let initial =
            self.now.time <= entry.registered_at + INITIAL_COMMISSION_WINDOW && pool.shares == pool.own_shares;
        let wait = if initial { 0 } else { self.economy.parameters.unbonding_period };
        self.set_commission(node, entry, bps, self.now.time + wait);
        Ok(())
    }
}
