//! The head of a block.

use alloy::primitives::B256;
use serde::Deserialize;

/// A block, as far as anybody here needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Its number.
    #[serde(with = "alloy::serde::quantity")]
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the block before.
    pub parent_hash: B256,
    /// Seconds since the Unix epoch.
    #[serde(with = "alloy::serde::quantity")]
    pub timestamp: u64,
}
