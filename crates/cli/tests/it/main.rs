//! The real binary against a real chain.

mod attacks;
mod books;
mod cast;
mod chain;
mod cli;
mod dependencies;
mod devnet;
mod economy;
mod faucet;
mod faults;
mod golden;
mod hostile_rpc;
mod keys;
mod mirror;
mod network;
mod newcomer;
mod outbox;
mod payments;
mod proxy;
mod service;
mod serving;
mod setup;
mod shares;
mod transactions;
mod wallets;
