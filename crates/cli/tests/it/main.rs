//! The real binary against a real chain.

mod attacks;
mod books;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod economy;
mod faucet;
mod faults;
mod keys;
mod mirror;
mod network;
mod newcomer;
mod payments;
mod service;
mod serving;
mod shares;
mod transactions;
mod wallets;
