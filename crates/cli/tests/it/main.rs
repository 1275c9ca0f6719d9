//! The real binary against a real chain.

mod api;
mod chain;
mod cli;
mod faults;
mod harness;
mod hostile;
mod nodes;
