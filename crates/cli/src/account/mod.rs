//! What a key has on chain and what it does there.

pub mod address_reference;
pub mod commission;
pub mod earlier_keys;
pub mod escrow;
pub mod idleness;
pub mod losses;
pub mod node_name;
pub mod node_reference;
pub mod permit;
pub mod session;
pub mod signer;
pub mod stake;
pub mod standing;
