//! What a miner decides: for whom it works, which leases it takes, what it signs, and what it says of itself.
//!
//! [`Miner::step`] takes in one thing that has happened and says what is to be done; it reads no clock, and its randomness is given
//! to it. What waits, sends, signs or stores is around it: links to coordinators, runs of the engine, the record of signatures. The
//! same inputs with the same times and randomness have the same effects.
//!
//! ```text
//! Offered -> Send(Accept), Start -> Generated -> Record -> Recorded -> Send(Result)
//!         -> Send(Refuse)        -> Failed -> Send(Refuse)         -> Send(Refuse)
//! ```

mod board;
mod credit;
mod effect;
mod identity;
mod input;
mod leases;
mod links;
pub mod order;
pub mod payout;
mod slots;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod view;
mod work;

pub use self::{
    credit::{AcknowledgementError, BEHIND, Cover, Credits, Objection, Terms, VoucherError},
    effect::{Effect, Effects, Notice},
    identity::{Identity, Model},
    input::{Input, LeaseId, Link},
    order::{Claim, Completed, Order, Request},
    slots::Slots,
    state::Miner,
    view::View,
};
