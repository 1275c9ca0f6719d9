//! The coordinator before the court: it opens cases against miners that were confirmed to cheat (`prosecutor`), and serves the evidence
//! of open cases to those who judge them (`board`, `readers`).

mod board;
pub(super) mod courtroom;
mod prosecutor;
mod readers;
mod rows;

pub use self::courtroom::{CaseRow, Cases, Funds};
pub(super) use self::{board::BoardError, courtroom::Courtroom, prosecutor::Prosecutor, readers::Refused, rows::rows};
