//! The coordinator node: accepts tasks from applications, draws miners by stake, checks their receipts.
//!
//! Three listeners: the API for applications, the link for miners, and a loopback one for operators. Everything that is
//! decided is decided in [`core::Core`]; the other modules are the shell around it.

pub mod api_keys;
pub mod assignments;
mod audit_files;
mod config;
pub mod core;
mod follow_chain;
pub mod http;
pub mod journal;
mod link;
mod metrics;
pub mod prices;
mod run;
pub mod settlement;
mod shared;

pub use self::{
    config::{Config, StartError},
    run::run,
    shared::Shared,
};
