//! Processes that run for months: the coordinator, the miner and the faucet's service, and what they have in common.
//!
//! Nothing here knows of the command line, of a terminal or of a person: a node takes a configuration and returns errors of its
//! own. A test holds that wall.

mod allowance;
pub mod announcements;
pub mod chain_view;
pub mod chronicle;
pub mod coordinator;
pub mod court;
pub mod disk_space;
pub mod endpoint;
pub mod engines;
pub mod evidence;
pub mod failpoint;
pub mod faucet;
mod head_timeout;
mod inspect;
pub mod listener;
pub mod metrics;
pub mod miner;
pub mod operator;
pub mod service;
pub mod status_feed;
pub mod system_random;
pub mod watchdog;
mod write_ahead_log;
