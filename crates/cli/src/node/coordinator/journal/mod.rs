//! The coordinator's journal: every event of every task, in order, durable before anybody hears of it.
//!
//! Its unit is the [`Turn`]: all events and lines of the assignment log that one round of decisions came to. One thread writes, and
//! commits all turns that have queued up as one record, so that durability costs one sync for all of them. Whatever promises something
//! to somebody is a [`Release`], and runs when its turn is durable. Each record carries a checksum over itself and the record before it.
//! A [`Checkpoint`] takes the place of all records before it, so that what is kept and the next start do not grow with the
//! coordinator's age.
//!
//! Lines of the assignment log are durable with the events that follow from them, so that the log knows of every lease, whatever
//! happens. From here they go on to the log's own file.
//!
//! It says from its beginning on who pays what it says is owed ([`Payer`]), and opens for nobody else.
//!
//! It is kept in a file ([`sqlite`]), or on a server that several coordinators with one key share ([`postgres`], [`nats`]): draws
//! and the assignment log are one sequence, so one of them leads, and another takes over where it ended. The server says which
//! ([`Leader`]). What [earlier](earlier) versions wrote is put into today's form when it is opened.

mod chain;
mod checkpoint;
mod confirmed;
mod earlier;
mod error;
mod handle;
mod leader;
mod nats;
mod open;
mod postgres;
mod queue;
mod rows;
mod server;
mod sqlite;
mod store;
mod turn;
mod writer;

pub use self::{
    error::JournalError,
    handle::{Journal, Mark},
    leader::{Leader, Standby},
    open::Opened,
    rows::read_rows,
    server::{Server, ServerError},
    turn::{History, Payer, Release, Turn},
};
pub use cuckoo_protocol::coordinator::Checkpoint;

#[cfg(test)]
pub(super) mod tests;
