//! The commands: one file for each noun that can be typed.

pub mod audit;
pub mod balance;
pub mod completions;
pub mod config;
pub mod coordinator;
pub mod devnet;
pub mod dispute;
pub mod doctor;
pub mod engine;
pub mod escrow;
pub mod faucet;
pub mod help;
pub mod miner;
pub mod network;
pub mod register;
pub mod send;
pub mod shared;
pub mod stake;
pub mod task;
pub mod tui;
pub mod tx;
pub mod version;
pub mod vote;
pub mod wallet;
