//! The real binary against a real chain.

mod cast;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod faults;
mod golden;
mod keys;
mod mirror;
mod network;
mod newcomer;
mod script;
mod service;
mod serving;
mod setup;
mod shares;
mod transactions;
