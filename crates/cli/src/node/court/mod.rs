//! The court as nodes see it: each follows the cases by itself, and does its part in them without anybody typing anything.
//!
//! What is to be done is decided by [`cuckoo_protocol::court::plan`], again at every block. `follow` asks it and does what it says:
//! `act` names the transactions, `transactions` has them sent and followed, `work` is what takes longer: `gather` fetches and
//! examines evidence, `publish` hands it in at the boards of coordinators. `book` keeps what must not be forgotten, and
//! `shown` has what dashboards show, and `figures` what is counted.

mod act;
pub mod board;
mod book;
pub mod figures;
#[cfg(test)]
mod fixtures;
mod follow;
mod gather;
mod publish;
mod shown;
mod transactions;
mod work;

pub use book::BallotsError;
pub use follow::{Duty, Follower, Nodes};
pub use gather::Examiner;
pub use shown::Shown;
