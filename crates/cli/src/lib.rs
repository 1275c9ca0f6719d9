//! The `cuckoo` command: everything that runs as a process.
//!
//! Rooms, from the top down; an arrow between them always points down: [`cli`] (what is typed), `command` (one file a noun),
//! `account` (what a key does on chain), `context` (what a command is given), [`node`] (processes that run for months), `args`
//! (types of options), `host` (this machine) and `terminal` (what people and scripts see).
//!
//! `pub` inside a room means: for the other rooms. Outside of this crate are the program, and the tests that look into a node.

#![allow(unreachable_pub)]

mod account;
mod args;
mod cli;
mod command;
mod context;
mod host;
pub mod node;
mod terminal;

use std::process::ExitCode;

// For the tests, which deploy a network without the rest of `cuckoo devnet`.
pub use command::devnet::deployment;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    cli::run()
}
