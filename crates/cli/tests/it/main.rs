//! The real binary against a real chain.

mod books;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod economy;
mod faucet;
mod faults;
mod mirror;
mod network;
mod newcomer;
mod payments;
mod serving;
mod shares;
mod transactions;
