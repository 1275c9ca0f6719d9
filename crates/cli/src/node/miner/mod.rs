//! The miner node: it offers its slots to coordinators, weighted by their stake, and runs the tasks that they lease to it.

mod admin;
mod board;
mod config;
pub mod credit;
mod lease;
mod links;
mod log_heads;
mod run;
mod shared;
pub mod signed_record;
pub mod slots;

pub use self::{
    config::{Config, MinerError},
    run::run,
};
