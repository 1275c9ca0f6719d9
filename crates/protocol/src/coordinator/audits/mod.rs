//! Audits: a share of the tasks is done a second time, by a miner that is drawn, and compared.
//!
//! The second execution is a task like any other, so that nobody can tell it from an application's; only the coordinator knows, and
//! pays for it. Where two miners differ, a third one decides: a miner that stands alone against two that agree gets points, and
//! with enough of them no more tasks, for a time. One difference that noise might explain is never enough.

pub(super) mod case;
mod course;
mod record;

pub(super) use self::case::{AuditedRun, Audits, Case};
pub use self::{
    case::SUSPENSION,
    record::{AuditRecord, Policy, Records},
};
