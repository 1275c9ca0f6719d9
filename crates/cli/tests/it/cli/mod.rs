//! The command line on one machine: usage, wallets, set-up, and the files that are generated from the binary.

mod cast;
mod dashboard;
mod dependencies;
mod golden;
mod models;
mod newcomer;
mod readme;
mod setup;
mod staker;
mod terminal;
mod usage;
mod wallets;
