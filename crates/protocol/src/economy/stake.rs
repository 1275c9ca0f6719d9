//! Free stake, votes and unbonding (`staking/{FreeStake, Votes}.sol`).

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{add, add128, narrow, sub128},
    entry::{Node, PoolId, Request, Status},
    outcome::{Contracts, Outcome},
    pool::Pool,
    state::Call,
};
use crate::{Cai, contract::Role};

/// Most open unbonding requests of one staker at one node.
const MAX_UNBONDINGS: usize = 32;
/// A node's weight is at most this many times its owner's active stake.
const LEVERAGE: u128 = 10;

/// What an own stake must exceed (`Staking.minimumStake`).
pub(super) fn minimum(role: Role) -> U256 {
    Cai::from_whole(role.minimum()).base_units()
}

impl Call<'_> {
    pub(super) fn deposit(&mut self, amount: U256, permit: Option<u64>) -> Outcome<()> {
        let staking = self.economy.parameters.staking;
        self.entries_open()?;
        self.permit(staking, amount, permit)?;
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        self.gain_free(narrow(amount, 96)?)?;
        self.emit(Contracts::Deposited { staker: self.caller, amount });
        self.pull(self.caller, staking, amount)
    }

    pub(super) fn withdraw(&mut self, amount: U256) -> Outcome<()> {
        self.exits_open()?;
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        self.spend_free(amount)?;
        self.emit(Contracts::Withdrawn { staker: self.caller, amount });
        self.pay(self.economy.parameters.staking, self.caller, amount)
    }

    pub(super) fn vote(&mut self, node: Address, amount: U256, max_commission: u16) -> Outcome<()> {
        self.entries_open()?;
        self.spend_free(amount)?;
        self.put_behind(node, amount, max_commission)
    }

    pub(super) fn deposit_and_vote(
        &mut self,
        node: Address,
        amount: U256,
        max_commission: u16,
        permit: Option<u64>,
    ) -> Outcome<()> {
        let staking = self.economy.parameters.staking;
        self.entries_open()?;
        self.permit(staking, amount, permit)?;
        self.emit(Contracts::Deposited { staker: self.caller, amount });
        narrow(amount, 96)?;
        self.put_behind(node, amount, max_commission)?;
        self.pull(self.caller, staking, amount)
    }

    pub(super) fn retract(&mut self, node: Address, amount: U256) -> Outcome<()> {
        self.exits_open()?;
        let (mut entry, role) = self.known(node)?;
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        let key = (entry.pool, self.caller);
        let mut requests = self.economy.tables.requests.get(key);
        if requests.len() >= MAX_UNBONDINGS {
            return Err(Contracts::TooManyUnbondings {}.into());
        }
        let mut pool = self.economy.tables.pools.get(entry.pool);
        let mut position = self.economy.tables.positions.get(key);
        let have = U256::from(pool.to_tokens(position.shares));
        if amount > have {
            return Err(Contracts::InsufficientStake { have, need: amount }.into());
        }
        // Who takes everything leaves no dust.
        let shares = if amount == have { position.shares } else { pool.to_shares_up(amount)? };
        let acc_per_share = self.settle(node, &mut entry)?;
        position.accrue(acc_per_share)?;
        position.shares = sub128(position.shares, shares)?;
        let own = entry.owner == self.caller;
        pool.unbond(shares, own)?;
        if own {
            position.own_unbonding = add128(position.own_unbonding, shares)?;
        }
        let available_at = self.now.time + self.economy.parameters.unbonding_period;
        requests.push(Request { shares, available_at });
        self.economy.tables.positions.set(key, position);
        self.economy.tables.requests.set(key, requests);
        let at = U256::from(available_at);
        self.emit(Contracts::Retracted { staker: self.caller, node, amount, availableAt: at });
        self.reweigh(node, entry, role, pool)
    }

    pub(super) fn release(&mut self, node: Address) -> Outcome<()> {
        self.exits_open()?;
        let (mut entry, role) = self.known(node)?;
        let shares = self.take_matured(entry.pool)?;
        if entry.owner == self.caller {
            let mut position = self.economy.tables.positions.get((entry.pool, self.caller));
            position.own_unbonding = sub128(position.own_unbonding, shares)?;
            self.economy.tables.positions.set((entry.pool, self.caller), position);
        }
        let mut pool = self.economy.tables.pools.get(entry.pool);
        let before = (pool.active_tokens(), pool.own_tokens());
        let amount = pool.leave(shares)?;
        self.economy.tables.pools.set(entry.pool, pool);
        self.gain_free(amount)?;
        self.emit(Contracts::Released { staker: self.caller, node, amount: U256::from(amount) });
        // Rounding can leave a wei to those who stay.
        if (pool.active_tokens(), pool.own_tokens()) != before {
            self.settle(node, &mut entry)?;
            self.reweigh(node, entry, role, pool)?;
        }
        Ok(())
    }

    pub(super) fn claim(&mut self, node: Address) -> Outcome<()> {
        self.exits_open()?;
        let (mut entry, _) = self.known(node)?;
        let (reward, commission) = self.collect(node, &mut entry)?;
        let amount = add(reward, commission)?;
        if amount.is_zero() {
            return Ok(());
        }
        self.emit(Contracts::RewardPaid { staker: self.caller, node, reward, commission });
        self.pay(self.economy.parameters.staking, self.caller, amount)
    }

    /// Stores a node's pool after any change, and settles its status and weight (`Votes._reweigh`).
    pub(super) fn reweigh(&mut self, node: Address, mut entry: Node, role: Role, pool: Pool) -> Outcome<()> {
        self.economy.tables.pools.set(entry.pool, pool);
        let own = pool.own_tokens();
        if !entry.status.gone() {
            entry.status = if U256::from(own) > minimum(role) { Status::Active } else { Status::Inactive };
        }
        self.economy.tables.nodes.set(node, entry);
        let weight = match entry.status {
            // Far below 2**128: a stake is a part of the supply.
            Status::Active => pool.active_tokens().min(own.saturating_mul(LEVERAGE)),
            _ => 0,
        };
        self.set_weight(&entry, role, weight)?;
        self.emit(Contracts::NodeWeightChanged { node, status: entry.status as u8, selfStake: own, weight });
        Ok(())
    }

    /// Puts `amount`, already accounted for, behind a node in the caller's name (`Staking._vote`).
    pub(super) fn put_behind(&mut self, node: Address, amount: U256, max_commission: u16) -> Outcome<()> {
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        let (mut entry, role) = self.known(node)?;
        let own = entry.owner == self.caller;
        if entry.status.gone() || (entry.status == Status::Inactive && !own) {
            return Err(Contracts::NotActive { node }.into());
        }
        let key = (entry.pool, self.caller);
        let mut pool = self.economy.tables.pools.get(entry.pool);
        let mut position = self.economy.tables.positions.get(key);
        let acc_per_share = self.settle(node, &mut entry)?;
        position.accrue(acc_per_share)?;
        let have = self.economy.highest_commission(&entry);
        if have > max_commission {
            return Err(Contracts::CommissionAbove { have, max: max_commission }.into());
        }
        position.shares = add128(position.shares, pool.join(amount, own)?)?;
        self.economy.tables.positions.set(key, position);
        self.emit(Contracts::Voted { staker: self.caller, node, amount });
        self.reweigh(node, entry, role, pool)
    }

    pub(super) fn gain_free(&mut self, amount: u128) -> Outcome<()> {
        let have = self.economy.tables.free.get(self.caller);
        self.economy.tables.free.set(self.caller, add(have, U256::from(amount))?);
        Ok(())
    }

    pub(super) fn spend_free(&mut self, amount: U256) -> Outcome<()> {
        let have = self.economy.tables.free.get(self.caller);
        let Some(left) = have.checked_sub(amount) else {
            return Err(Contracts::InsufficientFreeStake { have, need: amount }.into());
        };
        self.economy.tables.free.set(self.caller, left);
        Ok(())
    }

    /// Takes the caller's matured requests off the list and returns their shares (`Staking._takeMatured`).
    fn take_matured(&mut self, pool: PoolId) -> Outcome<u128> {
        let requests = self.economy.tables.requests.get((pool, self.caller));
        if requests.is_empty() {
            return Err(Contracts::NothingToRelease {}.into());
        }
        let (matured, kept): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|request| request.available_at <= self.now.time);
        if matured.is_empty() {
            let at = kept.iter().map(|request| request.available_at).min().unwrap_or_default();
            return Err(Contracts::StillUnbonding { at: U256::from(at) }.into());
        }
        self.economy.tables.requests.set((pool, self.caller), kept);
        matured.iter().try_fold(0, |sum, request| add128(sum, request.shares))
    }
}
