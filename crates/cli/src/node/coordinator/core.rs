//! The coordinator's state and its decisions: tasks, miners' sessions, queues and draws.
//!
//! Every method is synchronous and short; the one lock around a [`Core`] is never held across an await. Events go to the
//! journal in the order in which they are applied.

mod assignment;
pub mod audit;
mod events;
mod funds;
mod live;
mod money;
mod pool;
pub mod quality;
mod readers;
mod session;
mod state;
mod submit;
mod view;

pub use self::{
    funds::{Funds, Limits},
    live::Update,
    money::Statements,
    state::{Core, Identity},
    submit::{SubmitError, Submitted},
};

#[cfg(test)]
pub(in crate::node) mod tests;
