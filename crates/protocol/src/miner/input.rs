//! What a miner is told: by coordinators, its engine, its record, the chain and the clock.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, Bytes};

use super::{
    credit::Cover,
    order::{Completed, Order, Request},
};
use crate::{
    message::{SignedAcknowledgement, SignedVoucher},
    price::Rate,
    task::TaskId,
    wire::{self, RefuseCode},
};

/// A session with a coordinator. A newer session takes the place of an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// The coordinator's node address.
    pub coordinator: Address,
    /// The session's number, which this miner gives: a newer session has a larger one.
    pub session: u64,
}

/// The number of a lease at this miner. It grows, and no two leases of one process have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseId(pub u64);

/// Something that has happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The miner is logged in at a coordinator, which pays these rates by model; the rate under the empty name is for every model
    /// that is not named.
    Welcome {
        /// The new session.
        link: Link,
        /// Rates by model.
        prices: BTreeMap<String, Rate>,
    },
    /// A session has ended: its leases are given up, and the coordinator leases the tasks again.
    LinkDown {
        /// The session.
        link: Link,
    },
    /// A coordinator has left or has moved to another address: no new leases, and the link may be closed after the last one.
    Leave {
        /// The coordinator.
        coordinator: Address,
    },
    /// Why a coordinator assigns nothing to this miner, in words for the miner's operator; `None` when it does again.
    Complaint {
        /// The coordinator.
        coordinator: Address,
        /// The reason.
        complaint: Option<String>,
    },
    /// Why a coordinator assigns no tasks for some of the miner's models, in words; empty when it does for all of them.
    Mismatches {
        /// The session that it came from.
        link: Link,
        /// A reason for each of these models.
        reasons: Vec<String>,
    },
    /// The active coordinators and their weights in draws. They replace those of before.
    Coordinators(Vec<(Address, u128)>),
    /// A coordinator offers a lease, whose ticket is signed by it: see [`super::order::check`].
    Offered {
        /// The session that it came from.
        link: Link,
        /// The ticket, and what belongs to it.
        order: Box<Order>,
        /// What to generate.
        request: Box<Request>,
    },
    /// A coordinator takes a lease back.
    Cancel {
        /// The session that it came from.
        link: Link,
        /// The task.
        task: TaskId,
        /// The attempt.
        attempt: u32,
    },
    /// The engine goes on: told with the first token, and then at most a few times a second.
    Progress {
        /// The lease.
        lease: LeaseId,
        /// Tokens so far.
        tokens: u32,
    },
    /// The engine has finished, and everything that it generated is on its way.
    Generated {
        /// The lease.
        lease: LeaseId,
        /// The receipt that is to be signed.
        completed: Box<Completed>,
    },
    /// The engine has not finished, and will not.
    Failed {
        /// The lease.
        lease: LeaseId,
        /// Whose fault it is.
        code: RefuseCode,
        /// The reason, for a person.
        reason: String,
    },
    /// A receipt is on disk and may leave, or it cannot be signed.
    Recorded {
        /// The lease.
        lease: LeaseId,
        /// The miner's signature of the receipt, or why there is none.
        signature: Result<Bytes, String>,
    },
    /// A coordinator has accepted an answer, and has signed that: see [`super::order::check_acknowledgement`].
    Acknowledged(Box<SignedAcknowledgement>),
    /// A voucher for this miner, signed by its coordinator: see [`super::order::check_voucher`].
    Voucher(Box<SignedVoucher>),
    /// A coordinator's account on chain.
    Cover {
        /// The coordinator.
        coordinator: Address,
        /// What is there.
        cover: Cover,
    },
    /// The models that can run now: their engine works, and results can be signed. They replace those of before.
    Capable(BTreeSet<String>),
    /// The devices as they are now.
    Devices(Vec<wire::Device>),
    /// A second has passed.
    Tick,
    /// The miner is to take nothing new, and to finish what it has.
    Drain,
}
