//! What was audited in an epoch, for the assignment log.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::assign::log::Reason;

/// What was audited in an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EpochBook {
    pub(super) epoch: u64,
    pub(super) miners: BTreeMap<Address, Share>,
}

/// What was audited of one miner in an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Share {
    /// Numbers of tickets, each with the share that was in force from it on, in millionths.
    pub(super) rates: Vec<(u64, u32)>,
    /// The largest number of a ticket that was answered: another share is in force for later ones only.
    pub(super) newest: u64,
    pub(super) audited: Vec<(B256, Reason)>,
}
