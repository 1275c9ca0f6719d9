//! The coordinator's journal: every event of every task, in order, durable before anybody hears of it.
//!
//! One thread writes, and commits whatever has queued up, so that durability costs one sync per batch. Each record carries a
//! checksum over itself and the record before it. A [`Checkpoint`] takes the place of all events before it, so that what is kept
//! and the next start do not grow with the coordinator's age.
//!
//! Lines of the assignment log go the same way, before the events that follow from them: there is no lease of which the log does
//! not know, whatever happens. From here they go on to the log's own file.
//!
//! It says from its beginning on who pays what it says is owed ([`Payer`]), and opens for nobody else.
//!
//! It is kept in a file ([`sqlite`]), or on a server that several coordinators with one key share ([`postgres`], [`nats`]): draws
//! and the assignment log are one sequence, so one of them serves, and another takes over where it ended.

mod chain;
mod entry;
mod error;
mod nats;
mod open;
mod postgres;
mod queue;
mod server;
mod sqlite;
mod store;
mod writer;

pub use self::{
    entry::{Checkpoint, History, Payer, Records},
    error::JournalError,
    open::Opened,
    queue::{Journal, Mark},
    server::{Server, ServerError},
};

#[cfg(test)]
pub(super) mod tests;
