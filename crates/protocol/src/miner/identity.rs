//! Who a miner is: its key, its models, its terms.

use alloy::primitives::{Address, B256};

use super::credit::Terms;
use crate::{message::Domain, task::Kind};

/// A model that a miner serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What it makes.
    pub kind: Kind,
    /// The hash of its manifest.
    pub manifest: B256,
    /// Tasks that it can run at once.
    pub slots: u32,
    /// It can examine outputs of this model, one at a time beside its tasks.
    pub examines: bool,
}

/// Who a miner is, and on which terms it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The node address.
    pub address: Address,
    /// The models, in order of their names.
    pub models: Vec<Model>,
    /// The terms on which it works for a coordinator.
    pub terms: Terms,
    /// Where signatures are valid.
    pub domain: Domain,
}
