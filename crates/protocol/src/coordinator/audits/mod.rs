//! Audits: a share of the answers is examined, by the coordinator's own auditor or by miners that are drawn, after the receipt is signed.
//!
//! ```text
//! the coin falls on a receipt ─▶ due, its ticket held ─▶ assigned ─▶ examined ─▶ cleared: paid
//!                                     │                                 └─▶ suspected ─▶ acquitted: paid
//!                                     └─▶ overdue: paid, still owed            ├─▶ lapsed: paid
//!                                                                              └─▶ confirmed: owes nothing
//! ```
//!
//! `event` is what happens, as the journal has it; `book` is what is known from it, with each `answer` that was examined, the
//! audits that are `pending` and what the `epoch` had, and `fold` what it changes in the accounts. `desk` is what the journal does not say.
//! `choice` decides what is examined, `course` by whom, `result` takes in what was found, `verdict` concludes from it, `accusation` keeps
//! each `case` that is wanted before the court, and `view` tells people.

mod accusation;
mod answer;
mod book;
mod case;
mod choice;
mod course;
mod desk;
mod epoch;
mod event;
mod fold;
mod pending;
mod policy;
mod result;
mod verdict;
mod view;

pub use self::{
    book::{Book, Evidence, Record, Standing},
    case::{Accusation, Exhibit},
    event::{AuditEvent, Counts, Due},
    pending::{Assigned, Audit},
    policy::{EXAMINATION, GRACE, HOLD, LONGEST_SUSPICION, MAX_PENDING, Policy, SUSPENSION, Uncalibrated, WINDOW},
    view::AuditRow,
};
pub(super) use self::{choice::can_be_audited, desk::Audits, fold::apply};
