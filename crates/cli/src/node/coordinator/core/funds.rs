//! What the chain says of a coordinator's money, and what an application is ready to pay.

use std::collections::HashMap;

use alloy::primitives::Address;

/// What the chain says of the coordinator's money, as of one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funds {
    /// Escrow that does not thaw, in base units.
    pub escrow: u128,
    /// What was settled with each miner, ever, in base units.
    pub settled: HashMap<Address, u128>,
}

/// The funds, with the part of what was owed then that the chain has seen already.
#[derive(Debug)]
pub(super) struct CoveredFunds {
    pub(super) funds: Funds,
    pub(super) covered: u128,
    /// Whether the log has said that the escrow does not suffice.
    pub(super) exhausted: bool,
}

/// What an application is ready to pay for one request, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Its own limit for this request.
    pub max_price: Option<u128>,
    /// What its key may spend in all.
    pub budget: Option<u128>,
}
