//! The real binary against a real chain.

mod attacks;
mod audits;
mod books;
mod cast;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod disputes;
mod economy;
mod faucet;
mod faults;
mod golden;
mod hostile_clients;
mod hostile_rpc;
mod keys;
mod links;
mod mirror;
mod models;
mod money;
mod network;
mod newcomer;
mod operating;
mod outbox;
mod payments;
mod proxy;
mod replicas;
mod service;
mod serving;
mod setup;
mod shares;
#[cfg(feature = "mistralrs")]
mod soak;
mod tasks;
#[cfg(feature = "mistralrs")]
#[path = "../../../gpu/tests/tiny/mod.rs"]
mod tiny;
mod transactions;
mod wallets;
