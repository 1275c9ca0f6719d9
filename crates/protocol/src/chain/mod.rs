//! The chain, as a client sees it: the only part of the workspace that knows an RPC node.
//!
//! Everything goes through [`Client`], which pins one endpoint, has checked its chain id and its contracts, and shows its URL
//! redacted. [`Mirror`] follows the registered nodes and their stakes; the [`Outbox`] sends transactions and
//! forgets none of them.

mod client;
mod comparison;
mod court;
mod development;
mod drand;
mod endpoint;
mod error;
mod event;
mod fees;
mod first_block;
mod header;
mod index;
mod logs;
mod mirror;
mod network;
mod outbox;
mod payout;
mod prepaid;
mod randomness;
mod ranges;
mod registry;
mod revert;
mod rpc;
mod sender;
mod setup;
mod signer;
mod transaction;
mod url;
mod width;

pub use client::Client;
pub use court::Court;
pub use development::{DEVELOPMENT_CHAIN_ID, development_signer};
pub use error::{Cause, ChainError};
pub use event::decode_event;
pub use fees::Fees;
pub use header::Header;
pub use index::Look;
pub use mirror::{Mirror, MirrorUpdate};
pub use network::{Network, NetworkError, RandomnessKind};
pub use outbox::{Attempt, Intent, Outbox, State, Terms, Turn};
pub use payout::{Announcement, equivocation_call, fault_call};
pub use randomness::RoundError;
pub use registry::{Change, Node, Registry};
pub use revert::Revert;
pub use sender::{SendError, Sender};
pub use setup::{Notice, Setup, Watcher};
pub use signer::Signer;
pub use transaction::{Call, Confirmed, Outcome, Prepared, Simulation};
pub use url::DisplaySafeUrl;
