//! The coordinator node: accepts tasks from applications, draws miners by stake, checks their receipts.
//!
//! Three listeners: the API for applications, the link for miners, and a loopback one for operators. Everything that is
//! decided is decided by [`cuckoo_protocol::coordinator::Coordinator`]; this is the shell around it. One thread (`decisions`) owns
//! that state and the journal. Edges (`http`, `link`) do what takes time, and ask it through a `handle`.

pub mod api_keys;
pub mod assignments;
mod auditor;
mod batches;
mod config;
pub mod court;
mod decisions;
mod doorway;
mod earlier_audits;
mod edge;
mod equivocation;
mod follow_chain;
mod front;
mod gateway;
mod handle;
pub mod http;
pub mod journal;
mod leases;
mod link;
mod mailbox;
mod message;
mod metrics;
pub mod models;
pub mod prices;
mod pulse;
mod replicas;
mod run;
pub mod settlement;
mod shared;
mod stream;
mod tokens;
mod turn;
mod waiters;

pub use self::{
    config::{Config, StartError},
    edge::Edge,
    run::run,
    shared::Shared,
};
#[cfg(test)]
pub(super) use self::{decisions::tests::identity, shared::snapshot_of};
