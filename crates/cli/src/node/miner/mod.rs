//! The miner node: what waits, sends, signs or stores around the machine that decides, [`cuckoo_protocol::miner`].

mod admin;
mod config;
mod decisions;
mod generate;
mod links;
mod log_heads;
mod metrics;
mod outbox;
pub mod payout;
mod run;
mod shared;
pub mod signed_record;
mod tokens;
mod worker;

pub use self::{
    config::{Config, Jury, MinerError},
    run::{check_registered, run},
};
