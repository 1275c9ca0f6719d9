//! The real binary against a real chain.

mod attacks;
mod cast;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod faults;
mod golden;
mod hostile_rpc;
mod keys;
mod mirror;
mod network;
mod newcomer;
mod outbox;
mod proxy;
mod service;
mod serving;
mod setup;
mod shares;
mod transactions;
mod wallets;
