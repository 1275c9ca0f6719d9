//! What can be read of an economy: the contracts' views, and the balance of an address over all of them.

use alloy::primitives::{Address, B256, U256};

use super::{
    arithmetic::add,
    entry::{
        Account, Collection, Commission, Escrow, NodeState, Pause, PoolId, Punishment, Request, Reserve, Status,
        StreamState, Unbonding,
    },
    outcome::Refusal,
    pool::Pool,
    state::{BURN, Economy, Now},
};
use crate::{Cai, contract::Role};

/// All that belongs to one address, by state. Rounded down where a share of a pool is worth a fraction of a wei.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// CAI in its own hands.
    pub liquid: Cai,
    /// Stake that is behind no node.
    pub free: Cai,
    /// Active stake behind nodes.
    pub staked: Cai,
    /// Stake on its way out of nodes, by node and age. It is still slashable.
    pub unbonding: Vec<Unbonding>,
    /// What its stake has earned and not claimed.
    pub rewards: Cai,
    /// What its nodes have earned as commission and not claimed.
    pub commission: Cai,
    /// What its coordinators have prepaid and what is not on its way out.
    pub escrow: Cai,
    /// Escrow on its way out; it still pays.
    pub thawing: Cai,
    /// What batches have promised its miners and no collection has paid.
    pub promised: Cai,
    /// What vouchers and claims have credited to its miners; it can be paid out at any time, less the part that is burned.
    pub credit: Cai,
}

impl Balance {
    /// Everything together.
    pub fn total(&self) -> Cai {
        let unbonding: Cai = self.unbonding.iter().map(|unbonding| unbonding.amount).sum();
        [self.liquid, self.free, self.staked, unbonding, self.rewards, self.commission]
            .into_iter()
            .chain([self.escrow, self.thawing, self.promised, self.credit])
            .sum()
    }
}

fn cai(units: U256) -> Cai {
    Cai::from_base_units(units)
}

impl Economy {
    /// What the token contract says an address has.
    pub fn liquid(&self, account: Address) -> Cai {
        cai(self.tables.liquid.get(account))
    }

    /// What `spender` may take from `owner`.
    pub fn allowance(&self, owner: Address, spender: Address) -> Cai {
        cai(self.tables.allowances.get((owner, spender)))
    }

    /// The nonce of an address's next permit.
    pub fn permit_nonce(&self, owner: Address) -> u64 {
        self.tables.permits.get(owner)
    }

    /// What was slashed from all nodes together and not paid to a finder.
    pub fn burned(&self) -> Cai {
        self.liquid(BURN)
    }

    /// The pause of staking, with `since` 0 where there is none.
    pub fn paused(&self) -> Pause {
        self.tables.pause.get(())
    }

    /// Stake of an address behind no node.
    pub fn free_stake(&self, staker: Address) -> Cai {
        cai(self.tables.free.get(staker))
    }

    /// A node and its stake.
    pub fn node(&self, node: Address) -> NodeState {
        let (entry, pool, id) = (self.tables.nodes.get(node), self.pool(node), self.pool_id(node));
        NodeState {
            owner: entry.owner,
            role: entry.role,
            status: entry.status,
            self_stake: Cai::from(pool.own_tokens()),
            weight: Cai::from(self.tables.weights.get(id)),
            registered_at: entry.registered_at,
            idle: entry.idle,
            paid_at: self.tables.paid_at.get(id),
        }
    }

    /// Every node ever registered, by address.
    pub fn nodes(&self) -> impl Iterator<Item = Address> {
        self.tables.nodes.iter().map(|(node, _)| node)
    }

    /// The pool behind a node's present key; nobody's for any other address.
    fn pool_id(&self, node: Address) -> PoolId {
        let entry = self.tables.nodes.get(node);
        if entry.status == Status::Rotated { 0 } else { entry.pool }
    }

    /// The stake behind a node; none for a key that was replaced.
    pub fn pool(&self, node: Address) -> Pool {
        self.tables.pools.get(self.pool_id(node))
    }

    /// What a slash of a node can take; a key that was replaced stands for its successor.
    pub fn slashable(&self, node: Address) -> Cai {
        Cai::from(self.pool(self.heir(node)).tokens)
    }

    /// What a charge of a node can take.
    pub fn own_stake(&self, node: Address) -> Cai {
        let heir = self.heir(node);
        let (entry, pool) = (self.tables.nodes.get(heir), self.pool(heir));
        // Shares of one pool: their sum fits.
        Cai::from(pool.to_tokens(self.owners_shares(&entry, &pool).unwrap_or_default()))
    }

    /// Active stake behind an active node that adds nothing to its weight, because it is more than ten times the own stake.
    pub fn votes_beyond(&self, node: Address) -> Cai {
        match self.tables.nodes.get(node).status {
            Status::Active => {
                Cai::from(self.pool(node).active_tokens().saturating_sub(self.tables.weights.get(self.pool_id(node))))
            }
            _ => Cai::ZERO,
        }
    }

    /// What slashes and charges have ever taken from a node.
    pub fn slashed(&self, node: Address) -> Cai {
        cai(self.tables.slashed.get(self.pool_id(node)))
    }

    /// Active shares of `staker` behind `node`.
    pub fn shares(&self, node: Address, staker: Address) -> u128 {
        self.tables.positions.get((self.pool_id(node), staker)).shares
    }

    /// Active stake of `staker` behind `node`.
    pub fn stake(&self, node: Address, staker: Address) -> Cai {
        Cai::from(self.pool(node).to_tokens(self.shares(node, staker)))
    }

    /// Open unbonding requests of `staker` at `node`, oldest first.
    pub fn unbondings(&self, node: Address, staker: Address) -> Vec<Unbonding> {
        let pool = self.pool(node);
        let worth = |shares| Cai::from(pool.to_tokens(shares));
        let requests = self.tables.requests.get((self.pool_id(node), staker));
        let unbonding = |request: Request| Unbonding {
            node,
            amount: worth(request.shares),
            shares: request.shares,
            available_at: request.available_at,
        };
        requests.into_iter().map(unbonding).collect()
    }

    /// What a claim of `staker` at `node` would pay now, and how much of that is commission.
    pub fn pending(&self, node: Address, staker: Address, now: Now) -> Result<(Cai, Cai), Refusal> {
        let (reward, commission) = self.collectable(node, staker, now)?;
        Ok((cai(add(reward, commission)?), cai(commission)))
    }

    /// A node's commission.
    pub fn commission(&self, node: Address, now: Now) -> Commission {
        self.commission_state(node, now)
    }

    /// The stream of a role's rewards.
    pub fn stream(&self, role: Role, now: Now) -> Result<StreamState, Refusal> {
        self.stream_state(role, now)
    }

    /// The sum of the weights of a role's nodes that earn.
    pub fn total_weight(&self, role: Role) -> Cai {
        Cai::from(self.tables.streams.get(role).total)
    }

    /// What is left for a role's stakers.
    pub fn reserve(&self, role: Role) -> Reserve {
        self.reserve_of(self.parameters.emission, role)
    }

    /// The same at any controller: this network's, or one that its reserves moved to.
    pub fn reserve_of(&self, controller: Address, role: Role) -> Reserve {
        self.tables.reserves.get((controller, role))
    }

    /// What a role's next period would stream if it began now.
    pub fn next_period_amount(&self, role: Role) -> Cai {
        cai(self.period_part(self.reserve(role).left))
    }

    /// A coordinator's escrow.
    pub fn escrow(&self, coordinator: Address) -> Escrow {
        self.tables.escrows.get(coordinator)
    }

    /// What is settled between a coordinator and a miner.
    pub fn account(&self, coordinator: Address, miner: Address) -> Account {
        self.tables.accounts.get((coordinator, miner))
    }

    /// What a coordinator's batches have promised and nothing has paid yet.
    pub fn promised(&self, coordinator: Address) -> Cai {
        cai(self.tables.promised.get(coordinator))
    }

    /// What is credited to a miner and can be paid out at once.
    pub fn credit(&self, miner: Address) -> Cai {
        Cai::from(self.tables.credits.get(miner).amount)
    }

    /// What the next collection pays, and from when on.
    pub fn collection(&self, coordinator: Address, miner: Address) -> Collection {
        self.tables.collections.get((coordinator, miner))
    }

    /// The last number whose ticket of this pair was claimed, and what claims were paid in all.
    pub fn claims(&self, coordinator: Address, miner: Address) -> (u64, Cai) {
        let claims = self.tables.claims.get((coordinator, miner));
        claims.last().map_or((0, Cai::ZERO), |(number, sum)| (*number, Cai::from(*sum)))
    }

    /// The last punishment of a coordinator for its dealings with a miner.
    pub fn punishment(&self, coordinator: Address, miner: Address) -> Punishment {
        self.tables.punished.get((coordinator, miner))
    }

    /// When a proof was announced, in Unix seconds; 0 if it never was.
    pub fn announced_at(&self, commitment: B256) -> u64 {
        self.tables.announced.get(commitment)
    }

    /// Whether an offence was punished.
    pub fn is_spent(&self, evidence: B256) -> bool {
        self.tables.spent.get(evidence)
    }

    /// Whether the settlement contract takes no more deposits and batches.
    pub fn retired(&self) -> bool {
        self.tables.retired.get(())
    }

    /// What was paid for a ticket, known by its digest, when it was claimed.
    pub fn claimed(&self, ticket: B256) -> Cai {
        cai(self.tables.claimed.get(ticket))
    }

    /// What a coordinator's fault costs, in hundredths of a percent of its stake.
    pub fn fault_bps(&self) -> u16 {
        self.tables.fault_bps.get(())
    }

    /// All that belongs to an address: its own, what it has staked, and what its nodes have prepaid and earned.
    pub fn balance(&self, account: Address, now: Now) -> Result<Balance, Refusal> {
        let mut balance =
            Balance { liquid: self.liquid(account), free: self.free_stake(account), ..Balance::default() };
        let owns = |node| self.tables.nodes.get(node).owner == account;
        let mut staked = Vec::new();
        let (mut rewards, mut commission) = (Vec::new(), Vec::new());
        for node in self.nodes().filter(|node| self.tables.nodes.get(*node).status != Status::Rotated) {
            let (all, part) = self.pending(node, account, now)?;
            staked.push(self.stake(node, account));
            rewards.extend(all.checked_sub(part));
            commission.push(part);
            balance.unbonding.extend(self.unbondings(node, account));
        }
        balance.staked = staked.into_iter().sum();
        balance.rewards = rewards.into_iter().sum();
        balance.commission = commission.into_iter().sum();
        let escrows = || self.tables.escrows.iter().filter(|(coordinator, _)| owns(*coordinator));
        balance.escrow = escrows().map(|(_, escrow)| Cai::from(escrow.balance - escrow.thawing)).sum();
        balance.thawing = escrows().map(|(_, escrow)| Cai::from(escrow.thawing)).sum();
        let accounts = self.tables.accounts.iter().filter(|((_, miner), _)| owns(*miner));
        balance.promised = accounts.map(|(_, account)| Cai::from(account.promised())).sum();
        let credits = self.tables.credits.iter().filter(|(miner, _)| owns(*miner));
        balance.credit = credits.map(|(_, credit)| Cai::from(credit.amount)).sum();
        Ok(balance)
    }

    /// Where the staking and the settlement contract's CAI belongs: free stake, pools and unpaid rewards; escrow, promises and
    /// credit. Each contract holds at least that much.
    pub fn owed(&self) -> (Cai, Cai) {
        let free = self.tables.free.iter().map(|(_, amount)| cai(*amount));
        let pools = self.tables.pools.iter().map(|(_, pool)| Cai::from(pool.tokens));
        let unpaid = self.tables.streams.iter().map(|(_, stream)| Cai::from(stream.unpaid()));
        let escrows = self.tables.escrows.iter().map(|(_, escrow)| Cai::from(escrow.balance));
        let promised = self.tables.promised.iter().map(|(_, amount)| cai(*amount));
        let credits = self.tables.credits.iter().map(|(_, credit)| Cai::from(credit.amount));
        (free.chain(pools).chain(unpaid).sum(), escrows.chain(promised).chain(credits).sum())
    }

    /// Every address that ever held CAI, and how much it holds now; the sum is the supply.
    pub fn holders(&self) -> impl Iterator<Item = (Address, Cai)> {
        self.tables.liquid.iter().map(|(account, amount)| (account, cai(*amount)))
    }
}
