//! What a key has on chain and what it does there.

pub mod commission;
pub mod escrow;
pub mod node_reference;
pub mod permit;
pub mod session;
pub mod signer;
pub mod stake;
