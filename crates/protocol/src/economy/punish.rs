//! Stake that is taken: slashes from everyone behind a node, charges from its owner (`staking/Slashing.sol`).

use alloy::primitives::{Address, B256, U256};

use super::{
    arithmetic::{BPS, add, low128, sub128},
    entry::{Node, PoolId, Position, Status},
    outcome::{Contracts, Outcome},
    pool::Pool,
    state::{BURN, Call, Permission},
};

/// Largest part of what is taken that can be paid as a reward, in hundredths of a percent.
const MAX_REWARD_BPS: u16 = 2_000;

fn check_reward(have: u16) -> Outcome<()> {
    if have > MAX_REWARD_BPS {
        return Err(Contracts::RewardTooHigh { have, max: MAX_REWARD_BPS }.into());
    }
    Ok(())
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
        for id in evidence {
            if self.economy.tables.spent.get(*id) {
                return Err(Contracts::EvidenceSpent { evidence: *id }.into());
            }
            self.economy.tables.spent.set(*id, true);
            self.emit(Contracts::EvidenceUsed { evidence: *id, node });
        }
        let mut pool = self.economy.tables.pools.get(entry.pool);
        self.settle(node, &mut entry)?;
        let before = pool.owners_tokens();
        let taken = U256::from(pool.lose(amount));
        if taken.is_zero() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        let owner_loss = U256::from(sub128(before, pool.owners_tokens())?);
        self.economy.tables.pools.set(entry.pool, pool);
        self.took(&entry, taken)?;
        if pool.spent() {
            entry.status = Status::Tombstoned;
        }
        let reward = owner_loss * U256::from(reward_bps) / U256::from(BPS);
        self.emit(Contracts::Slashed { node, taken, ownerLoss: owner_loss, reward, left: U256::from(pool.tokens) });
        self.reweigh(node, entry, role, pool);
        self.pay_taken(by, taken, reward)?;
        Ok((taken, reward))
    }

    /// `Staking.charge`, called by `by`; returns what was taken from the owner's stake and the caller's part of it.
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
        let key = (entry.pool, entry.owner);
        let acc_per_share = self.settle(node, &mut entry)?;
        let mut position = self.economy.tables.positions.get(key);
        position.accrue(acc_per_share)?;
        let from_active = self.charge_active(&mut pool, &mut position, amount)?;
        let from_unbonding = self.charge_unbonding(&mut pool, key, amount - from_active)?;
        self.economy.tables.positions.set(key, position);
        self.economy.tables.pools.set(entry.pool, pool);
        let taken = add(from_active, from_unbonding)?;
        if taken.is_zero() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        self.took(&entry, taken)?;
        let reward = taken * U256::from(reward_bps) / U256::from(BPS);
        self.emit(Contracts::Charged { node, fromActive: from_active, fromUnbonding: from_unbonding, reward });
        self.reweigh(node, entry, role, pool);
        self.pay_taken(by, taken, reward)?;
        Ok((taken, reward))
    }

    /// Takes up to `amount` of the owner's active stake.
    fn charge_active(&mut self, pool: &mut Pool, position: &mut Position, amount: U256) -> Outcome<U256> {
        let have = pool.to_tokens(position.shares);
        let tokens = low128(amount.min(U256::from(have)));
        if tokens == 0 {
            return Ok(U256::ZERO);
        }
        let shares = if tokens == have { position.shares } else { pool.to_shares_up(U256::from(tokens))? };
        position.shares = sub128(position.shares, shares)?;
        pool.unbond(shares, true)?;
        pool.forfeit(shares, tokens)?;
        Ok(U256::from(tokens))
    }

    /// Takes up to `amount` of the owner's stake on its way out, the newest request first.
    fn charge_unbonding(&mut self, pool: &mut Pool, key: (PoolId, Address), amount: U256) -> Outcome<U256> {
        let mut requests = self.economy.tables.requests.get(key);
        let mut left = amount;
        while let Some(request) = requests.last_mut() {
            if left.is_zero() {
                break;
            }
            let have = pool.to_tokens(request.shares);
            let tokens = low128(left.min(U256::from(have)));
            let shares = if tokens == have { request.shares } else { pool.to_shares_up(U256::from(tokens))? };
            pool.forfeit(shares, tokens)?;
            left -= U256::from(tokens);
            request.shares = sub128(request.shares, shares)?;
            if request.shares == 0 {
                requests.pop();
            }
        }
        self.economy.tables.requests.set(key, requests);
        Ok(amount - left)
    }

    fn took(&mut self, entry: &Node, taken: U256) -> Outcome<()> {
        let before = self.economy.tables.slashed.get(entry.pool);
        self.economy.tables.slashed.set(entry.pool, add(before, taken)?);
        Ok(())
    }

    fn pay_taken(&mut self, by: Address, taken: U256, reward: U256) -> Outcome<()> {
        let staking = self.economy.parameters.staking;
        if !reward.is_zero() {
            self.pay(staking, by, reward)?;
        }
        self.pay(staking, BURN, taken - reward)
    }
}
