//! The rules of the cuckoo network.
//!
//! Everything here is pure: time and randomness are arguments, and nothing opens a socket or a file. Only [`chain`], behind
//! the feature `client`, talks to an RPC node.

pub mod address;
pub mod amount;
pub mod assign;
pub mod audit;
#[cfg(feature = "client")]
pub mod chain;
pub mod contract;
pub mod coordinator;
pub mod court;
pub mod digits;
pub mod economy;
pub mod entropy;
pub mod evidence;
pub mod http;
pub mod ledger;
pub mod manifest;
pub mod message;
pub mod miner;
mod packed;
pub mod price;
pub mod sse;
pub mod status;
pub mod steady;
pub mod task;
pub mod text;
pub mod wire;

pub use address::{AddressError, looks_like_address, parse_address};
pub use alloy::primitives::{Address, B256, U256};
pub use amount::Cai;
pub use task::TaskId;
pub use text::{Untrusted, described, harmless, sentence};
