//! One file per noun.

pub mod audit;
pub mod balance;
pub mod coordinator;
pub mod devnet;
pub mod engine;
pub mod escrow;
pub mod faucet;
pub mod miner;
pub mod network;
pub mod register;
pub mod stake;
pub mod task;
pub mod tui;
pub mod tx;
pub mod unit;
pub mod vote;
pub mod wallet;
