//! Nodes that nobody has paid for long earn nothing (`staking/Idleness.sol`).

use alloy::primitives::{Address, U256};

use super::{
    arithmetic::SCALE,
    entry::{Status, clock},
    outcome::{Contracts, Outcome},
    state::{Call, Permission},
};
use crate::contract::Role;

/// How long after its registration or its last payment a node counts as busy, in seconds.
const IDLE_AFTER: u64 = 7 * 24 * 60 * 60;
/// Most that marking an idle node pays, in wei of CAI.
const IDLE_TIP: u128 = SCALE;
/// A payment within this many seconds of the last one is not written down.
const PAYMENT_GAP: u64 = 60 * 60;

impl Call<'_> {
    /// `Staking.markIdle`.
    pub(super) fn mark_idle(&mut self, node: Address) -> Outcome<()> {
        self.exits_open()?;
        let (mut entry, role) = self.known(node)?;
        if entry.status != Status::Active {
            return Err(Contracts::NotActive { node }.into());
        }
        if entry.idle {
            return Err(Contracts::AlreadyIdle { node }.into());
        }
        let at = entry.registered_at.max(self.economy.tables.paid_at.get(entry.pool)) + IDLE_AFTER;
        if self.now.time <= at {
            return Err(Contracts::NotIdleYet { at: U256::from(at) }.into());
        }
        let key = (entry.pool, entry.owner);
        let acc_per_share = self.settle(node, &mut entry)?;
        let mut position = self.economy.tables.positions.get(key);
        position.accrue(acc_per_share)?;
        let tip = position.accrued.min(IDLE_TIP);
        position.accrued -= tip;
        self.economy.tables.positions.set(key, position);
        let weight = self.economy.tables.weights.get(entry.pool);
        self.change_total(role, weight, 0)?;
        entry.idle = true;
        self.economy.tables.nodes.set(node, entry);
        self.pay_from_stream(role, tip)?;
        let tip = U256::from(tip);
        self.emit(Contracts::NodeIdle { node, tip, by: self.caller });
        if tip.is_zero() {
            return Ok(());
        }
        self.pay(self.economy.parameters.staking, self.caller, tip)
    }

    /// `Staking.recordPayment`, called by `by`. Refuses before it writes anything.
    pub(super) fn record_payment(&mut self, by: Address, coordinator: Address, miner: Address) -> Outcome<()> {
        self.restricted(by, Permission::Payment)?;
        if self.economy.tables.nodes.get(coordinator).role != Some(Role::Coordinator) {
            return Err(Contracts::NotACoordinator { node: coordinator }.into());
        }
        if self.economy.tables.nodes.get(miner).role != Some(Role::Miner) {
            return Err(Contracts::NotAMiner { node: miner }.into());
        }
        self.busy(coordinator)?;
        self.busy(miner)
    }

    fn busy(&mut self, node: Address) -> Outcome<()> {
        let (node, mut entry, role) = self.resolved(node)?;
        let paid_at = self.economy.tables.paid_at.get(entry.pool);
        if self.now.time >= paid_at + PAYMENT_GAP {
            self.economy.tables.paid_at.set(entry.pool, clock(self.now.time));
        }
        if entry.idle {
            self.settle(node, &mut entry)?;
            entry.idle = false;
            self.economy.tables.nodes.set(node, entry);
            self.change_total(role, 0, self.economy.tables.weights.get(entry.pool))?;
            self.emit(Contracts::NodeBusy { node });
        }
        Ok(())
    }
}
