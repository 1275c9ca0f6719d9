//! What the contracts' tables hold: the type of each entry, with what it can compute from itself alone.

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{SCALE, add, add96, add128, low96, low128, narrow, product, sub128},
    outcome::Outcome,
};
use crate::{Cai, contract::Role};

/// Whether a node counts; the number is the contract's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Status {
    /// The node was never registered.
    #[default]
    None,
    /// Its own stake is above the minimum.
    Active,
    /// Its own stake is not above the minimum, until the owner stakes more.
    Inactive,
    /// Its owner has removed it for good.
    Removed,
    /// For good, because slashes took nearly all of the stake behind it.
    Tombstoned,
    /// Another key took its place.
    Rotated,
}

impl Status {
    pub(super) const fn gone(self) -> bool {
        matches!(self, Self::Removed | Self::Tombstoned)
    }
}

/// A registered node, or the zero of one. `role` is `None` exactly while `status` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) owner: Address,
    pub(super) role: Option<Role>,
    pub(super) status: Status,
    pub(super) registered_at: u64,
    pub(super) commission_bps: u16,
    pub(super) commission_pending: bool,
    pub(super) idle: bool,
    pub(super) pool: PoolId,
}

/// Number of a pool; it stays when the node's key is replaced. 0 is nobody's.
pub(super) type PoolId = u32;

/// The key that took a node's place, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Successor {
    /// Its key; zero if the key was never replaced.
    pub next: Address,
    /// In Unix seconds.
    pub rotated_at: u64,
}

/// An open unbonding request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) shares: u128,
    pub(super) available_at: u64,
}

/// A node and its stake (`Staking.nodeView`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// Who registered it.
    pub owner: Address,
    /// What it does; `None` for a key that was never registered.
    pub role: Option<Role>,
    /// Whether it counts.
    pub status: Status,
    /// The owner's active stake.
    pub self_stake: Cai,
    /// Own stake plus votes, at most ten times the own stake, if the node is active; else 0.
    pub weight: Cai,
    /// When it was registered, in Unix seconds.
    pub registered_at: u64,
    /// Whether it earns nothing because nobody has paid it, or been paid by it, for long.
    pub idle: bool,
    /// When it last took part in a payment, in Unix seconds; 0 if it never did.
    pub paid_at: u64,
}

/// Stake on its way out of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbonding {
    /// The node.
    pub node: Address,
    /// What the shares are worth now; a slash lowers it.
    pub amount: Cai,
    /// Shares of the node's pool.
    pub shares: u128,
    /// When it can be released, in Unix seconds.
    pub available_at: u64,
}

/// The rewards of one role on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) acc_per_weight: u128,
    pub(super) last: u64,
    pub(super) end: u64,
    /// The weights of the nodes that earn.
    pub(super) total: u128,
    pub(super) rate: u128,
    pub(super) unpaid: u128,
    pub(super) carry: u64,
}

impl Stream {
    /// The stream brought up to `time` (`Rewards._streamed`). While there is nobody to pay it stands still, and its end
    /// recedes.
    pub(super) fn at(mut self, time: u64) -> Outcome<Self> {
        let time = clock(time);
        if self.last == self.end || self.last == time {
            return Ok(self);
        }
        if self.total == 0 {
            (self.last, self.end) = (time, time + (self.end - self.last));
            return Ok(self);
        }
        let time = time.min(self.end);
        let earned = product(self.rate, (time - self.last).into()) * U256::from(SCALE);
        self.acc_per_weight = add96(self.acc_per_weight, low96(earned / U256::from(self.total)))?;
        self.last = time;
        Ok(self)
    }

    /// Notified and not claimed.
    pub(super) const fn unpaid(&self) -> u128 {
        self.unpaid
    }

    pub(super) fn remaining(&self) -> U256 {
        product(self.rate, (self.end - self.last).into()) + U256::from(self.carry)
    }
}

/// What a node has earned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeRewards {
    pub(super) acc_per_share: u128,
    pub(super) acc_paid: u128,
    pub(super) commission: u128,
    pub(super) next_at: u64,
    pub(super) next_bps: u16,
}

/// Active stake of one staker behind one node, and its rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) shares: u128,
    pub(super) acc_paid: u128,
    pub(super) accrued: u128,
    /// Shares of all open unbonding requests of the node's owner; 0 for everyone else.
    pub(super) own_unbonding: u128,
}

impl Position {
    pub(super) fn gain(&self, acc_per_share: u128) -> Outcome<U256> {
        Ok(product(self.shares, sub128(acc_per_share, self.acc_paid)?) / U256::from(SCALE))
    }

    /// Pays the position what its shares have earned; to be done before they change (`Rewards._accrue`).
    pub(super) fn accrue(&mut self, acc_per_share: u128) -> Outcome<()> {
        self.accrued = add128(self.accrued, low128(self.gain(acc_per_share)?))?;
        self.acc_paid = acc_per_share;
        Ok(())
    }
}

/// The stream of a role's rewards (`Rewards.streamOf`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamState {
    /// What is streamed per second.
    pub rate: Cai,
    /// Unix seconds; while the total weight is zero the end recedes.
    pub end: u64,
    /// What is not streamed yet.
    pub remaining: Cai,
    /// What is not claimed yet, streamed or not.
    pub unpaid: Cai,
}

/// A node's commission, in hundredths of a percent of its rewards (`Rewards.commissionOf`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commission {
    /// The commission in force.
    pub bps: u16,
    /// The announced commission, and when it takes effect.
    pub next: Option<(u16, u64)>,
}

/// A pause of the staking contract, in Unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// When the present one began; 0 if there is none.
    pub since: u64,
    /// When the next one may begin.
    pub next_at: u64,
}

/// What is left for the stakers of one role, in wei of CAI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserve {
    /// The amount that is left.
    pub left: u128,
    /// When the next period can begin, in Unix seconds; 0 before the first one.
    pub next_period_at: u64,
}

/// In how many seconds a reserve halves until the governor sets another time.
const DEFAULT_HALVING: u64 = 1_461 * 24 * 60 * 60;

/// Seconds in which a reserve halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Halving(pub(super) u64);

impl Default for Halving {
    fn default() -> Self {
        Self(DEFAULT_HALVING)
    }
}

/// What a coordinator has prepaid, in wei of CAI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Escrow {
    /// The whole escrow.
    pub balance: u128,
    /// The part that is on its way out; it still pays.
    pub thawing: u128,
    /// When that part can be withdrawn, in Unix seconds.
    pub available_at: u64,
}

/// Highest commission, in hundredths of a percent.
pub(super) const MAX_COMMISSION: u16 = 5_000;
/// Longest time over which an emission can be streamed, in seconds.
pub(super) const MAX_STREAM: u64 = 366 * 24 * 60 * 60;

/// When the clock of registrations and streams stops: early enough for the longest stream to end within 32 bits.
const LAST_TIME: u64 = u32::MAX as u64 - MAX_STREAM;

/// The time that registrations and streams go by, in Unix seconds (`NodeRegistry._clock`).
pub(super) fn clock(time: u64) -> u64 {
    time.min(LAST_TIME)
}

/// What one coordinator has settled with one miner, ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What was paid out or promised, in wei of CAI; it never falls.
    pub settled: u128,
    /// The part that was paid out or credited.
    pub withdrawn: u128,
    /// Tickets with numbers up to this one are accounted for; never falls.
    pub through: u64,
    /// Whether tickets of this pair were claimed.
    pub claimed: bool,
}

impl Account {
    /// What batches have settled and no payment has followed.
    pub const fn promised(&self) -> u128 {
        self.settled.saturating_sub(self.withdrawn)
    }

    /// Raises both counters by what was credited at once.
    pub(super) fn paid(&mut self, amount: U256) -> Outcome<()> {
        self.settled = narrow(add(U256::from(self.settled), amount)?, 96)?;
        self.withdrawn = narrow(add(U256::from(self.withdrawn), amount)?, 96)?;
        Ok(())
    }
}

/// What vouchers and claims have paid to a miner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Credit {
    /// In wei of CAI.
    pub(super) amount: u128,
    /// Who paid the last part of it.
    pub(super) coordinator: Address,
}

/// What a collection pays, noted in advance so that vouchers and claims come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// In wei of CAI.
    pub amount: u128,
    /// When it can be paid, in Unix seconds; 0 if nothing is noted.
    pub available_at: u64,
}

/// The last punishment of a coordinator for what it told one miner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Punishment {
    /// Evidence counts only if all of it is about tickets beyond this number.
    pub through: u64,
    /// Until this second nothing more is punished, in Unix seconds; 0 if nothing ever was.
    pub until: u64,
}
