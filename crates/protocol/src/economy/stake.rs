//! Free stake, nodes, votes, unbonding and slashes (`Staking.sol`, `staking/*.sol`).

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::{BPS, add, add128, narrow, sub128},
    entry::{Node, Request, Status},
    operation::{Description, Registration},
    outcome::{Contracts, Outcome},
    pool::Pool,
    reward::MAX_COMMISSION,
    state::{BURN, Call, Permission},
};
use crate::{Cai, contract::Role};

/// Most open unbonding requests of one staker at one node.
const MAX_UNBONDINGS: usize = 32;
/// Largest part of a slash that its finder can get, in hundredths of a percent.
const MAX_FINDER_BPS: u16 = 2_000;
/// How long a first commission takes effect at once, in seconds after the registration.
const INITIAL_COMMISSION_WINDOW: u64 = 60 * 60;
const MAX_NAME: usize = 64;
const MAX_INTRODUCTION: usize = 512;
const MAX_ENDPOINT: usize = 256;

/// What an own stake must exceed (`Staking.minimumStake`).
fn minimum(role: Role) -> U256 {
    Cai::from_whole(role.minimum()).base_units()
}

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

impl Call<'_> {
    pub(super) fn known(&self, node: Address) -> Outcome<(Node, Role)> {
        let entry = self.economy.tables.nodes.get(node);
        match entry.role {
            Some(role) => Ok((entry, role)),
            None => Err(Contracts::UnknownNode { node }.into()),
        }
    }

    fn owned(&self, node: Address) -> Outcome<(Node, Role)> {
        let (entry, role) = self.known(node)?;
        if entry.owner != self.caller {
            return Err(Contracts::NotNodeOwner { node, caller: self.caller }.into());
        }
        Ok((entry, role))
    }

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

    pub(super) fn register(&mut self, registration: &Registration) -> Outcome<()> {
        let Registration { node, role, self_stake, ref description, deadline } = *registration;
        self.entries_open()?;
        if node == self.caller {
            return Err(Contracts::NodeIsOwner {}.into());
        }
        if self.economy.tables.nodes.get(node).status != Status::None {
            return Err(Contracts::NodeTaken { node }.into());
        }
        if U256::from(self.now.time) > deadline {
            return Err(Contracts::Expired { deadline }.into());
        }
        check_description(role, description)?;
        let entry = Node {
            owner: self.caller,
            role: Some(role),
            status: Status::Active,
            registered_at: self.now.time,
            ..Node::default()
        };
        self.economy.tables.nodes.set(node, entry);
        let Description { name, introduction, endpoint } = description.clone();
        self.emit(Contracts::NodeRegistered {
            node,
            owner: self.caller,
            role: role as u8,
            name,
            introduction,
            endpoint,
        });
        let (have, need) = (self_stake.base_units(), minimum(role));
        if have <= need {
            return Err(Contracts::BelowMinimum { have, need }.into());
        }
        self.spend_free(have)?;
        self.put_behind(node, have)
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
        self.reweigh(node, entry, role, self.economy.tables.pools.get(node));
        Ok(())
    }

    pub(super) fn announce_commission(&mut self, node: Address, bps: u16) -> Outcome<()> {
        let (mut entry, _) = self.owned(node)?;
        if entry.status.gone() {
            return Err(Contracts::NotActive { node }.into());
        }
        if bps > MAX_COMMISSION {
            return Err(Contracts::CommissionTooHigh { have: bps, max: MAX_COMMISSION }.into());
        }
        let pool = self.economy.tables.pools.get(node);
        self.settle(node, &mut entry)?;
        let initial =
            self.now.time <= entry.registered_at + INITIAL_COMMISSION_WINDOW && pool.shares == pool.own_shares;
        let wait = if initial { 0 } else { self.economy.parameters.unbonding_period };
        self.set_commission(node, entry, bps, self.now.time + wait);
        Ok(())
    }

    pub(super) fn vote(&mut self, node: Address, amount: U256) -> Outcome<()> {
        self.entries_open()?;
        self.spend_free(amount)?;
        self.put_behind(node, amount)
    }

    pub(super) fn deposit_and_vote(&mut self, node: Address, amount: U256, permit: Option<u64>) -> Outcome<()> {
        let staking = self.economy.parameters.staking;
        self.entries_open()?;
        self.permit(staking, amount, permit)?;
        self.emit(Contracts::Deposited { staker: self.caller, amount });
        narrow(amount, 96)?;
        self.put_behind(node, amount)?;
        self.pull(self.caller, staking, amount)
    }

    pub(super) fn retract(&mut self, node: Address, amount: U256) -> Outcome<()> {
        self.exits_open()?;
        let (mut entry, role) = self.known(node)?;
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        let key = (node, self.caller);
        let mut requests = self.economy.tables.requests.get(key);
        if requests.len() >= MAX_UNBONDINGS {
            return Err(Contracts::TooManyUnbondings {}.into());
        }
        let mut pool = self.economy.tables.pools.get(node);
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
        pool.unbond(shares, entry.owner == self.caller)?;
        let available_at = self.now.time + self.economy.parameters.unbonding_period;
        requests.push(Request { shares, available_at });
        self.economy.tables.positions.set(key, position);
        self.economy.tables.pools.set(node, pool);
        self.economy.tables.requests.set(key, requests);
        let at = U256::from(available_at);
        self.emit(Contracts::Retracted { staker: self.caller, node, amount, availableAt: at });
        self.reweigh(node, entry, role, pool);
        Ok(())
    }

    pub(super) fn release(&mut self, node: Address) -> Outcome<()> {
        self.exits_open()?;
        let shares = self.take_matured(node)?;
        let mut pool = self.economy.tables.pools.get(node);
        let before = (pool.active_tokens(), pool.own_tokens());
        let amount = pool.leave(shares)?;
        self.economy.tables.pools.set(node, pool);
        self.gain_free(amount)?;
        self.emit(Contracts::Released { staker: self.caller, node, amount: U256::from(amount) });
        // Rounding can leave a wei to those who stay.
        if (pool.active_tokens(), pool.own_tokens()) != before {
            let (mut entry, role) = self.known(node)?;
            self.settle(node, &mut entry)?;
            self.reweigh(node, entry, role, pool);
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

    /// `Staking.slash`, called by `by`; returns what was taken and the finder's part of it.
    pub(super) fn slash(
        &mut self,
        by: Address,
        node: Address,
        amount: U256,
        finder: Address,
        finder_bps: u16,
    ) -> Outcome<(U256, U256)> {
        self.restricted(by, Permission::Slasher)?;
        if finder_bps > MAX_FINDER_BPS {
            return Err(Contracts::FinderShareTooHigh { have: finder_bps, max: MAX_FINDER_BPS }.into());
        }
        let (mut entry, role) = self.known(node)?;
        let mut pool = self.economy.tables.pools.get(node);
        self.settle(node, &mut entry)?;
        let taken = U256::from(pool.lose(amount));
        if taken.is_zero() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        self.economy.tables.pools.set(node, pool);
        self.economy.tables.slashed.set(node, add(self.economy.tables.slashed.get(node), taken)?);
        if pool.spent() {
            entry.status = Status::Tombstoned;
        }
        let reward = match finder.is_zero() {
            true => U256::ZERO,
            false => taken * U256::from(finder_bps) / U256::from(BPS),
        };
        self.emit(Contracts::Slashed { node, taken, finder, reward, left: U256::from(pool.tokens) });
        self.reweigh(node, entry, role, pool);

        let staking = self.economy.parameters.staking;
        if !reward.is_zero() {
            self.pay(staking, finder, reward)?;
        }
        self.pay(staking, BURN, taken - reward)?;
        Ok((taken, reward))
    }

    /// Settles a node's status and weight after any change of its pool (`Staking._reweigh`).
    fn reweigh(&mut self, node: Address, mut entry: Node, role: Role, pool: Pool) {
        let own = pool.own_tokens();
        if !entry.status.gone() {
            entry.status = if U256::from(own) > minimum(role) { Status::Active } else { Status::Inactive };
        }
        self.economy.tables.nodes.set(node, entry);
        let weight = if entry.status == Status::Active { pool.active_tokens() } else { 0 };
        self.set_weight(node, role, weight);
        self.emit(Contracts::NodeWeightChanged { node, status: entry.status as u8, selfStake: own, weight });
    }

    /// Puts `amount`, already accounted for, behind a node in the caller's name (`Staking._vote`).
    fn put_behind(&mut self, node: Address, amount: U256) -> Outcome<()> {
        if amount.is_zero() {
            return Err(Contracts::ZeroAmount {}.into());
        }
        let (mut entry, role) = self.known(node)?;
        let own = entry.owner == self.caller;
        if entry.status.gone() || (entry.status == Status::Inactive && !own) {
            return Err(Contracts::NotActive { node }.into());
        }
        let mut pool = self.economy.tables.pools.get(node);
        let mut position = self.economy.tables.positions.get((node, self.caller));
        let acc_per_share = self.settle(node, &mut entry)?;
        position.accrue(acc_per_share)?;
        position.shares = add128(position.shares, pool.join(amount, own)?)?;
        self.economy.tables.positions.set((node, self.caller), position);
        self.economy.tables.pools.set(node, pool);
        self.emit(Contracts::Voted { staker: self.caller, node, amount });
        self.reweigh(node, entry, role, pool);
        Ok(())
    }

    fn gain_free(&mut self, amount: u128) -> Outcome<()> {
        let have = self.economy.tables.free.get(self.caller);
        self.economy.tables.free.set(self.caller, add(have, U256::from(amount))?);
        Ok(())
    }

    fn spend_free(&mut self, amount: U256) -> Outcome<()> {
        let have = self.economy.tables.free.get(self.caller);
        let Some(left) = have.checked_sub(amount) else {
            return Err(Contracts::InsufficientFreeStake { have, need: amount }.into());
        };
        self.economy.tables.free.set(self.caller, left);
        Ok(())
    }

    /// Takes the caller's matured requests off the list and returns their shares (`Staking._takeMatured`).
    fn take_matured(&mut self, node: Address) -> Outcome<u128> {
        let requests = self.economy.tables.requests.get((node, self.caller));
        if requests.is_empty() {
            return Err(Contracts::NothingToRelease {}.into());
        }
        let (matured, kept): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|request| request.available_at <= self.now.time);
        if matured.is_empty() {
            let at = kept.iter().map(|request| request.available_at).min().unwrap_or_default();
            return Err(Contracts::StillUnbonding { at: U256::from(at) }.into());
        }
        self.economy.tables.requests.set((node, self.caller), kept);
        matured.iter().try_fold(0, |sum, request| add128(sum, request.shares))
    }
}
