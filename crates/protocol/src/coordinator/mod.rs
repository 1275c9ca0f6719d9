//! What a coordinator decides: which tasks it accepts, who gets them, what their ends mean, and what is owed for them.
//!
//! A deterministic machine: [`Coordinator::step`] takes in what happens and says what is to be done. It reads no clock and no disk, and
//! what it draws at random it is given, so that equal inputs at equal times with equal [`crate::entropy::Entropy`] have equal effects.
//! What waits, sends, signs or stores is around it.
//!
//! `state` has the fields. Sub-states own theirs: `draws`, `sessions`, `money`, `quality`, `audits`, `readers`. What is decided is in
//! `submit` and `room` (applications), `links`, `blame`, `silence` and `leases` (miners), `dispatch` (draws), `statements` (what miners hear of money) and `audits`;
//! `prosecution` plans what is done before the court. `events` applies what they decide, and `step` and `work` see to what follows.

mod audits;
mod bindings;
mod blame;
mod dispatch;
mod doubt;
mod draws;
mod effect;
mod event;
mod events;
mod identity;
mod input;
mod keys;
mod leases;
mod links;
mod money;
mod names;
mod output;
mod prices;
pub mod prosecution;
mod quality;
mod readers;
mod receipt;
mod recover;
mod room;
mod sessions;
mod shelf;
mod silence;
mod state;
mod statements;
mod step;
mod submit;
mod submit_error;
#[cfg(test)]
mod tests;
mod unanswered;
mod view;
mod waits;
mod work;

pub use self::{
    audits::{
        Accusation, Assigned, Audit, AuditEvent, AuditRow, Book, Counts, Due, EXAMINATION, Evidence, Exhibit, GRACE,
        HOLD, LONGEST_SUSPICION, MAX_PENDING, Policy, Record, SUSPENSION, Standing, Uncalibrated, WINDOW,
    },
    bindings::{Bindings, Mismatch, Wanted},
    effect::{Confirmed, Effect, Effects, Level, Metric, Notice, Offer, Settled, Statement},
    event::{Bound, Event},
    identity::{Checkpoint, Identity, LogEnd},
    input::{Answer, Funds, Input, Interest, Limits, Offered, Submission},
    keys::{KEPT_KEYS, Keys, MOST_KEYS},
    output::{Output, Words},
    prices::Prices,
    quality::Gate,
    receipt::{Finished, ResultError, check, read_receipt},
    room::LEAST_TOKENS,
    sessions::{LeaseId, Session},
    shelf::{KEPT_RESULTS, MOST_BYTES, MOST_RESULTS},
    state::Coordinator,
    submit_error::SubmitError,
    view::{Levels, View},
};
