//! The assignment log: lines of [`log`](cuckoo_protocol::assign::log), whose head every miner hears of. They become durable in
//! the journal, in one order with its events. The journal's thread then writes them to a file of their own, which everyone may
//! read.

mod file;
mod handle;
mod line;

pub(in crate::node::coordinator) use self::file::{LogFile, continue_as, count_lines, first_started, sound_lines};
pub use self::{
    file::AssignmentLogError,
    handle::AssignmentLog,
    line::{Head, Line},
};

#[cfg(test)]
mod tests;
