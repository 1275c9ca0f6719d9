//! The real binary against a real chain.

mod attacks;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod faults;
mod keys;
mod mirror;
mod network;
mod newcomer;
mod service;
mod serving;
mod shares;
mod transactions;
mod wallets;
