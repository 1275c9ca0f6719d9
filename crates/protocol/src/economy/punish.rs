//! Stake that is taken: slashes from everyone behind a node, charges from its owner (`staking/Slashing.sol`).

use alloy::primitives::{Address, B256, U256};

use super::{
    arithmetic::{BPS, add, add128, sub, sub128},
    entry::{Node, Status},
    outcome::{Contracts, Outcome},
    pool::Pool,
    state::{BURN, Call, Economy, Permission},
};

/// Largest part of what is taken that can be paid as a reward, in hundredths of a percent.
const MAX_REWARD_BPS: u16 = 2_000;

fn check_reward(have: u16) -> Outcome<()> {
    if have > MAX_REWARD_BPS {
        return Err(Contracts::RewardTooHigh { have, max: MAX_REWARD_BPS }.into());
    }
    Ok(())
}

impl Economy {
    /// The owner's shares, active and unbonding (`Slashing._ownShares`).
    pub(super) fn owners_shares(&self, entry: &Node, pool: &Pool) -> Outcome<u128> {
        add128(pool.own_shares, self.tables.positions.get((entry.pool, entry.owner)).own_unbonding)
    }
}

impl Call<'_> {
    /// `Staking.slash`, called by `by`; returns what was taken and the caller's part of it.
    pub(super) fn slash(
        &mut self,
        by: Address,
        node: Address,
        amount: U256,
        reward_bps: u16,
        evidence: &[B256],
    ) -> Outcome<(U256, U256)> {
        self.restricted(by, Permission::Slasher)?;
        check_reward(reward_bps)?;
        let (node, mut entry, role) = self.resolved(node)?;
        self.spend_evidence(node, evidence)?;
        let mut pool = self.economy.tables.pools.get(entry.pool);
        self.settle(node, &mut entry)?;
        let taken = U256::from(pool.lose(amount));
        if taken.is_zero() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        if pool.spent() {
            entry.status = Status::Tombstoned;
        }
        let owner_loss = pool.part_of(taken, self.economy.owners_shares(&entry, &pool)?)?;
        let reward = owner_loss * U256::from(reward_bps) / U256::from(BPS);
        self.emit(Contracts::Slashed { node, taken, ownerLoss: owner_loss, reward, left: U256::from(pool.tokens) });
        self.reweigh(node, entry, role, pool)?;
        self.pay_taken(by, &entry, taken, reward)?;
        Ok((taken, reward))
    }

    fn spend_evidence(&mut self, node: Address, evidence: &[B256]) -> Outcome<()> {
        if evidence.is_empty() {
            return Err(Contracts::NoEvidence {}.into());
        }
        for id in evidence {
            if self.economy.tables.spent.get(*id) {
                return Err(Contracts::EvidenceSpent { evidence: *id }.into());
            }
            self.economy.tables.spent.set(*id, true);
            self.emit(Contracts::EvidenceUsed { evidence: *id, node });
        }
        Ok(())
    }

    /// `Staking.charge`, called by `by`; returns what was taken from the owner's stake and the caller's part of it.
    /// Refuses before it writes anything.
    pub(super) fn charge(
        &mut self,
        by: Address,
        node: Address,
        amount: U256,
        reward_bps: u16,
    ) -> Outcome<(U256, U256)> {
        self.restricted(by, Permission::Slasher)?;
        check_reward(reward_bps)?;
        let (node, mut entry, role) = self.resolved(node)?;
        let mut pool = self.economy.tables.pools.get(entry.pool);
        let mut shares = self.economy.owners_shares(&entry, &pool)?;
        let have = U256::from(pool.to_tokens(shares));
        if amount < have {
            if amount.is_zero() {
                return Ok((U256::ZERO, U256::ZERO));
            }
            shares = pool.to_shares_up(amount)?;
        }
        if have.is_zero() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        let acc_per_share = self.settle(node, &mut entry)?;
        let mut position = self.economy.tables.positions.get((entry.pool, entry.owner));
        position.accrue(acc_per_share)?;
        let active = shares.min(pool.own_shares);
        let from_active = U256::from(pool.to_tokens(active));
        pool.unbond(active, true)?;
        position.shares = sub128(position.shares, active)?;
        position.own_unbonding = sub128(position.own_unbonding, shares - active)?;
        self.economy.tables.positions.set((entry.pool, entry.owner), position);
        self.take_newest(&entry, shares - active);
        let taken = U256::from(pool.leave(shares)?);
        let reward = taken * U256::from(reward_bps) / U256::from(BPS);
        let from_unbonding = sub(taken, from_active)?;
        self.emit(Contracts::Charged { node, fromActive: from_active, fromUnbonding: from_unbonding, reward });
        self.reweigh(node, entry, role, pool)?;
        self.pay_taken(by, &entry, taken, reward)?;
        Ok((taken, reward))
    }

    /// Takes shares out of the owner's requests, of which it has enough, from the newest to the oldest.
    fn take_newest(&mut self, entry: &Node, mut shares: u128) {
        let mut requests = self.economy.tables.requests.get((entry.pool, entry.owner));
        while shares != 0
            && let Some(mut newest) = requests.pop()
        {
            if newest.shares > shares {
                newest.shares -= shares;
                requests.push(newest);
                break;
            }
            shares -= newest.shares;
        }
        self.economy.tables.requests.set((entry.pool, entry.owner), requests);
    }

    /// Pays the reward to `by` and burns the rest (`Slashing._payOut`).
    fn pay_taken(&mut self, by: Address, entry: &Node, taken: U256, reward: U256) -> Outcome<()> {
        let before = self.economy.tables.slashed.get(entry.pool);
        self.economy.tables.slashed.set(entry.pool, add(before, taken)?);
        let staking = self.economy.parameters.staking;
        if !reward.is_zero() {
            self.pay(staking, by, reward)?;
        }
        self.pay(staking, BURN, taken - reward)
    }
}
