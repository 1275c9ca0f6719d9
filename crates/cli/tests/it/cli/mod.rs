//! The command line on one machine: usage, wallets, set-up, and the files that are generated from the binary.

mod cast;
mod dependencies;
mod golden;
mod models;
mod newcomer;
mod setup;
mod terminal;
mod usage;
mod wallets;
