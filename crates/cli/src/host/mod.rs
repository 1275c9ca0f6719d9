//! This machine: its environment, files, clock and configuration, and the networks, keys and node names that it knows.

pub mod clock;
pub mod config;
pub mod env;
pub mod files;
pub mod keystore;
pub mod known_nodes;
pub mod networks;
pub mod recent_log;
pub mod secrets;
