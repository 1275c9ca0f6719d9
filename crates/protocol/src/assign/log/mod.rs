//! The assignment log: everything that a coordinator's draws depend on, and the draws, as one hash chain that anyone can replay.
//!
//! One line per entry: the chain's head after it, a space, and the entry as JSON. A head is the Keccak-256 of the head before and
//! the JSON's bytes, starting from zero. Miners are told the head with every sign of life, so no part of the log that they have
//! seen can be rewritten.

mod audits;
mod entry;
mod replay;
#[cfg(test)]
mod tests;

pub use audits::{AuditReport, Audited, share_of};
pub use entry::{Entry, Reason, Record, Rule, Weights, line, next_head, parse};
pub use replay::{Explanation, Finding, Report, audit, explain};
