//! The assignment log: lines of [`log`](cuckoo_protocol::assign::log), whose head is told to every miner. They become durable in the journal, in one order with
//! its events, and its thread writes them on to a file of their own, which anybody may read.

mod file;
mod handle;
mod line;

pub(in crate::node::coordinator) use self::file::{LogFile, continue_as, sound_lines};
pub use self::{
    file::AssignmentLogError,
    handle::AssignmentLog,
    line::{Head, Line},
};

#[cfg(test)]
mod tests;
