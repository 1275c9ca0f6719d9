//! What can be read of an economy: the contracts' views, and the balance of an address over all of them.

use alloy::primitives::{Address, B256, U256};

use super::{
    arithmetic::add,
    entry::{Account, Commission, Escrow, NodeState, Pause, Request, Reserve, StreamState, Unbonding},
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
    /// What was settled with its miners and not collected.
    pub credit: Cai,
}

impl Balance {
    /// Everything together.
    pub fn total(&self) -> Cai {
        let unbonding: Cai = self.unbonding.iter().map(|unbonding| unbonding.amount).sum();
        [self.liquid, self.free, self.staked, unbonding, self.rewards, self.commission]
            .into_iter()
            .chain([self.escrow, self.thawing, self.credit])
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
        let (entry, pool) = (self.tables.nodes.get(node), self.pool(node));
        NodeState {
            owner: entry.owner,
            role: entry.role,
            status: entry.status,
            self_stake: Cai::from(pool.own_tokens()),
            weight: Cai::from(self.tables.weights.get(node).current),
            registered_at: entry.registered_at,
        }
    }

    /// Every node ever registered, by address.
    pub fn nodes(&self) -> impl Iterator<Item = Address> {
        self.tables.nodes.iter().map(|(node, _)| node)
    }

    /// The stake behind a node.
    pub fn pool(&self, node: Address) -> Pool {
        self.tables.pools.get(node)
    }

    /// What slashes have ever taken from a node.
    pub fn slashed(&self, node: Address) -> Cai {
        cai(self.tables.slashed.get(node))
    }

    /// Active shares of `staker` behind `node`.
    pub fn shares(&self, node: Address, staker: Address) -> u128 {
        self.tables.positions.get((node, staker)).shares
    }

    /// Active stake of `staker` behind `node`.
    pub fn stake(&self, node: Address, staker: Address) -> Cai {
        Cai::from(self.pool(node).to_tokens(self.shares(node, staker)))
    }

    /// Open unbonding requests of `staker` at `node`, oldest first.
    pub fn unbondings(&self, node: Address, staker: Address) -> Vec<Unbonding> {
        let pool = self.pool(node);
        let worth = |shares| Cai::from(pool.to_tokens(shares));
        let requests = self.tables.requests.get((node, staker));
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

    /// The sum of the weights of a role's nodes.
    pub fn total_weight(&self, role: Role) -> Cai {
        Cai::from(self.tables.streams.get(role).total.current)
    }

    /// The sum of the weights of a role's nodes when the current epoch began.
    pub fn total_weight_at_epoch_start(&self, role: Role, now: Now) -> Cai {
        Cai::from(self.tables.streams.get(role).total.at_start_of(self.epoch(now)))
    }

    /// A node's weight when the current epoch began.
    pub fn weight_at_epoch_start(&self, node: Address, now: Now) -> Cai {
        Cai::from(self.tables.weights.get(node).at_start_of(self.epoch(now)))
    }

    /// What is left for a role's stakers.
    pub fn reserve(&self, role: Role) -> Reserve {
        self.tables.reserves.get(role)
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
        for node in self.nodes() {
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
        balance.credit = accounts.map(|(_, account)| Cai::from(account.credit())).sum();
        Ok(balance)
    }

    /// Where the staking and the settlement contract's CAI belongs: free stake, pools and unpaid rewards; escrow and credit.
    /// Each contract holds at least that much.
    pub fn owed(&self) -> (Cai, Cai) {
        let free = self.tables.free.iter().map(|(_, amount)| cai(*amount));
        let pools = self.tables.pools.iter().map(|(_, pool)| Cai::from(pool.tokens));
        let unpaid = self.tables.streams.iter().map(|(_, stream)| Cai::from(stream.unpaid()));
        let escrows = self.tables.escrows.iter().map(|(_, escrow)| Cai::from(escrow.balance));
        let credits = self.tables.accounts.iter().map(|(_, account)| Cai::from(account.credit()));
        (free.chain(pools).chain(unpaid).sum(), escrows.chain(credits).sum())
    }

    /// Every address that ever held CAI, and how much it holds now; the sum is the supply.
    pub fn holders(&self) -> impl Iterator<Item = (Address, Cai)> {
        self.tables.liquid.iter().map(|(account, amount)| (account, cai(*amount)))
    }
}
