//! The real binary against a real chain.

mod attacks;
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
mod service;
mod serving;
mod setup;
mod shares;
mod transactions;
mod wallets;
