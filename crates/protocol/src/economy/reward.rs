//! Weights of nodes and the rewards they earn (`Rewards.sol`): role to node to position, each an accumulator of what one wei of
//! weight or one share has earned since ever, times 1e18.

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{BPS, SCALE, add, add96, add128, div, low96, low128, narrow, product, sub128},
    entry::{Commission, Node, NodeRewards, Position, StreamState, clock},
    outcome::{Contracts, Outcome},
    state::{Call, Economy, Now, Permission},
};
use crate::{Cai, contract::Role};

/// Highest commission, in hundredths of a percent.
pub(super) const MAX_COMMISSION: u16 = 5_000;
/// Longest time over which an emission can be streamed, in seconds.
pub(super) const MAX_STREAM: u64 = 366 * 24 * 60 * 60;

impl Economy {
    /// Number of the current epoch.
    pub fn epoch(&self, now: Now) -> u64 {
        now.time.checked_div(self.parameters.epoch_seconds).unwrap_or_default()
    }

    pub(super) fn stream_state(&self, role: Role, now: Now) -> Outcome<StreamState> {
        let stream = self.tables.streams.get(role).at(now.time)?;
        Ok(StreamState {
            rate: Cai::from(stream.rate),
            end: stream.end,
            remaining: Cai::from_base_units(stream.remaining()),
            unpaid: Cai::from(stream.unpaid),
        })
    }

    pub(super) fn commission_state(&self, node: Address, now: Now) -> Commission {
        let entry = self.tables.nodes.get(node);
        let rewards = self.tables.rewards.get(entry.pool);
        match entry.commission_pending {
            true if now.time >= rewards.next_at => Commission { bps: rewards.next_bps, next: None },
            true => Commission { bps: entry.commission_bps, next: Some((rewards.next_bps, rewards.next_at)) },
            false => Commission { bps: entry.commission_bps, next: None },
        }
    }

    /// The commission in force or, if that is higher, the announced one.
    pub(super) fn highest_commission(&self, entry: &Node) -> u16 {
        match entry.commission_pending {
            true => entry.commission_bps.max(self.tables.rewards.get(entry.pool).next_bps),
            false => entry.commission_bps,
        }
    }

    /// A node's accumulator and the commission that its owner gets on top of what it has, as of now (`Rewards._earned`).
    fn earned(&self, entry: &Node, acc_per_weight: u128, now: Now) -> Outcome<(u128, u128)> {
        let rewards = self.tables.rewards.get(entry.pool);
        let weight = if entry.idle { 0 } else { self.tables.weights.get(entry.pool) };
        let earned = product(weight, sub128(acc_per_weight, rewards.acc_paid)?) / U256::from(SCALE);
        if earned.is_zero() {
            return Ok((rewards.acc_per_share, 0));
        }
        let mut bps = entry.commission_bps;
        if entry.commission_pending && now.time >= rewards.next_at {
            // The lower one: the owner can have a higher one counted by a claim.
            bps = bps.min(rewards.next_bps);
        }
        let commission = earned * U256::from(bps) / U256::from(BPS);
        let active = U256::from(self.tables.pools.get(entry.pool).active_shares);
        let per_share = div((earned - commission) * U256::from(SCALE), active)?;
        Ok((add96(rewards.acc_per_share, low96(per_share))?, low128(commission)))
    }

    /// What a claim of `staker` would pay now: its stake's part, and the commission if it owns the node.
    pub(super) fn collectable(&self, node: Address, staker: Address, now: Now) -> Outcome<(U256, U256)> {
        let entry = self.tables.nodes.get(node);
        let Some(role) = entry.role else { return Ok((U256::ZERO, U256::ZERO)) };
        let stream = self.tables.streams.get(role).at(now.time)?;
        let (acc_per_share, commission) = self.earned(&entry, stream.acc_per_weight, now)?;
        let position = self.tables.positions.get((entry.pool, staker));
        let reward = add(U256::from(position.accrued), position.gain(acc_per_share)?)?;
        let commission = match entry.owner == staker {
            true => add(U256::from(self.tables.rewards.get(entry.pool).commission), U256::from(commission))?,
            false => U256::ZERO,
        };
        Ok((reward, commission))
    }
}

impl Call<'_> {
    /// Brings a stream up to now and returns its accumulator (`Rewards._advance`).
    fn advance(&mut self, role: Role) -> Outcome<u128> {
        let stream = self.economy.tables.streams.get(role).at(self.now.time)?;
        self.economy.tables.streams.set(role, stream);
        Ok(stream.acc_per_weight)
    }

    /// Adds `amount` to a role's stream and spreads all that is left over `duration` (`Rewards._notify`).
    fn notify(&mut self, role: Role, amount: u128, duration: u64) -> Outcome<()> {
        if duration == 0 || duration > MAX_STREAM {
            return Err(Contracts::BadDuration { have: duration, max: MAX_STREAM }.into());
        }
        self.advance(role)?;
        let mut stream = self.economy.tables.streams.get(role);
        let (rate, carry) = add(stream.remaining(), U256::from(amount))?.div_rem(U256::from(duration));
        stream.rate = narrow(rate, 96)?;
        // Less than the duration, which is far below 2**32.
        stream.carry = carry.saturating_to();
        stream.unpaid = add128(stream.unpaid, amount)?;
        let time = clock(self.now.time);
        (stream.last, stream.end) = (time, time + duration);
        self.economy.tables.streams.set(role, stream);
        self.emit(Contracts::EmissionNotified {
            role: role as u8,
            amount: U256::from(amount),
            rate,
            end: U256::from(stream.end),
        });
        Ok(())
    }

    /// `Staking.notifyEmission`, called by `from`.
    pub(super) fn notify_emission(&mut self, from: Address, role: Role, amount: U256, duration: u64) -> Outcome<()> {
        self.restricted(from, Permission::Emission)?;
        self.notify(role, narrow(amount, 96)?, duration)?;
        self.pull(from, self.economy.parameters.staking, amount)
    }

    /// Pays a node what its weight has earned, and returns its accumulator; to be done before any change of its weight, its
    /// active shares or a position (`Rewards._settle`).
    pub(super) fn settle(&mut self, node: Address, entry: &mut Node) -> Outcome<u128> {
        let Some(role) = entry.role else { return Ok(0) };
        let acc_per_weight = self.advance(role)?;
        let (acc_per_share, commission) = self.economy.earned(entry, acc_per_weight, self.now)?;
        let mut rewards = self.economy.tables.rewards.get(entry.pool);
        (rewards.acc_per_share, rewards.acc_paid) = (acc_per_share, acc_per_weight);
        rewards.commission = add128(rewards.commission, commission)?;
        self.economy.tables.rewards.set(entry.pool, rewards);
        if entry.commission_pending && self.now.time >= rewards.next_at {
            (entry.commission_bps, entry.commission_pending) = (rewards.next_bps, false);
            self.economy.tables.nodes.set(node, *entry);
        }
        Ok(acc_per_share)
    }

    /// Takes all that the caller has earned behind a node: rewards and commission (`Rewards._collect`).
    pub(super) fn collect(&mut self, node: Address, entry: &mut Node) -> Outcome<(U256, U256)> {
        let (reward, commission) = self.economy.collectable(node, self.caller, self.now)?;
        let Some(role) = entry.role else { return Ok((reward, commission)) };
        let acc_per_share = if entry.owner == self.caller {
            let acc_per_share = self.settle(node, entry)?;
            let rewards = self.economy.tables.rewards.get(entry.pool);
            self.economy.tables.rewards.set(entry.pool, NodeRewards { commission: 0, ..rewards });
            acc_per_share
        } else {
            // What is not stored now is stored later, and never less.
            let stream = self.economy.tables.streams.get(role).at(self.now.time)?;
            self.economy.earned(entry, stream.acc_per_weight, self.now)?.0
        };
        let position = self.economy.tables.positions.get((entry.pool, self.caller));
        let position = Position { accrued: 0, acc_paid: acc_per_share, ..position };
        self.economy.tables.positions.set((entry.pool, self.caller), position);
        self.pay_from_stream(role, narrow(add(reward, commission)?, 128)?)?;
        Ok((reward, commission))
    }

    /// Takes an amount, which leaves the contract, out of a role's unpaid rewards (`Rewards._payFrom`).
    pub(super) fn pay_from_stream(&mut self, role: Role, amount: u128) -> Outcome<()> {
        let mut stream = self.economy.tables.streams.get(role);
        stream.unpaid = sub128(stream.unpaid, amount)?;
        self.economy.tables.streams.set(role, stream);
        Ok(())
    }

    /// Records a commission that takes effect at `effective_at`, or at once if that is now (`Rewards._setCommission`).
    pub(super) fn set_commission(&mut self, node: Address, mut entry: Node, bps: u16, effective_at: u64) {
        entry.commission_pending = effective_at > self.now.time;
        if entry.commission_pending {
            let mut rewards = self.economy.tables.rewards.get(entry.pool);
            (rewards.next_at, rewards.next_bps) = (effective_at, bps);
            self.economy.tables.rewards.set(entry.pool, rewards);
        } else {
            entry.commission_bps = bps;
        }
        self.economy.tables.nodes.set(node, entry);
        self.emit(Contracts::CommissionAnnounced { node, bps, effectiveAt: U256::from(effective_at) });
    }

    /// Sets a node's weight and its part of the role's total; the node must be settled (`Rewards._setWeight`).
    pub(super) fn set_weight(&mut self, entry: &Node, role: Role, weight: u128) -> Outcome<()> {
        let old = self.economy.tables.weights.get(entry.pool);
        if weight == old {
            return Ok(());
        }
        // More than 96 bits are more than the supply: such a stake is refused further on, by the token.
        let weight = low96(U256::from(weight));
        self.economy.tables.weights.set(entry.pool, weight);
        if entry.idle {
            return Ok(());
        }
        self.change_total(role, old, weight)
    }

    /// Replaces one node's part of the sum of the weights that earn (`Rewards._addToTotal`).
    pub(super) fn change_total(&mut self, role: Role, old: u128, new: u128) -> Outcome<()> {
        let mut stream = self.economy.tables.streams.get(role);
        stream.total = add96(sub128(stream.total, old)?, new)?;
        self.economy.tables.streams.set(role, stream);
        Ok(())
    }
}
