//! The leases that a miner has, by number and by what frames call them.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::{Address, B256};

use super::{
    input::LeaseId,
    order::{Completed, Order},
};
use crate::task::{Millis, TaskId};

/// A lease that the miner has taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lease {
    pub(super) order: Arc<Order>,
    pub(super) model: String,
    /// An output is examined. It takes no slot.
    pub(super) is_examination: bool,
    /// What is being signed; `None` while the engine runs.
    pub(super) completed: Option<Box<Completed>>,
}

impl Lease {
    pub(super) fn coordinator(&self) -> Address {
        self.order.ticket.coordinator
    }
}

/// How frames and people name a lease.
type Key = (Address, TaskId, u32);

fn key(order: &Order) -> Key {
    (order.ticket.coordinator, order.task(), order.ticket.attempt)
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Leases {
    last: LeaseId,
    leases: BTreeMap<LeaseId, Lease>,
    by_key: BTreeMap<Key, LeaseId>,
}

impl Leases {
    pub(super) fn add(&mut self, lease: Lease) -> LeaseId {
        self.last.0 += 1;
        self.by_key.insert(key(&lease.order), self.last);
        self.leases.insert(self.last, lease);
        self.last
    }

    pub(super) fn remove(&mut self, id: LeaseId) -> Option<Lease> {
        let lease = self.leases.remove(&id)?;
        self.by_key.remove(&key(&lease.order));
        Some(lease)
    }

    pub(super) fn get_mut(&mut self, id: LeaseId) -> Option<&mut Lease> {
        self.leases.get_mut(&id)
    }

    /// The lease of an order, which is there already if its offer comes twice.
    pub(super) fn find(&self, coordinator: Address, task: TaskId, attempt: u32) -> Option<LeaseId> {
        self.by_key.get(&(coordinator, task, attempt)).copied()
    }

    pub(super) fn of(&self, coordinator: Address) -> impl Iterator<Item = LeaseId> {
        let least = (coordinator, TaskId(B256::ZERO), 0);
        let most = (coordinator, TaskId(B256::repeat_byte(0xff)), u32::MAX);
        self.by_key.range(least..=most).map(|(_, id)| *id)
    }

    pub(super) fn is_busy(&self, coordinator: Address) -> bool {
        self.of(coordinator).next().is_some()
    }

    /// True while an output of a model is examined.
    pub(super) fn examines(&self, model: &str) -> bool {
        self.leases.values().any(|lease| lease.is_examination && lease.model == model)
    }

    /// Leases whose engine still runs at their deadline.
    pub(super) fn late(&self, now: Millis) -> Vec<LeaseId> {
        let is_late = |lease: &Lease| lease.completed.is_none() && lease.order.ticket.deadline <= now / 1_000;
        self.leases.iter().filter(|(_, lease)| is_late(lease)).map(|(id, _)| *id).collect()
    }
}
