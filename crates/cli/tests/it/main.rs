//! The real binary against a real chain.

mod chain;
mod cli;
mod devnet;
mod mirror;
mod newcomer;
mod transactions;
