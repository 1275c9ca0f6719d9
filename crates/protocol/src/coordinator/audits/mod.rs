//! Audits: a share of the tasks is done a second time, by a miner that is drawn, and compared.

mod record;

pub use self::record::{AuditRecord, Policy, Records};

use crate::task::Millis;

/// How long a suspension lasts.
pub const SUSPENSION: Millis = 7 * 24 * 60 * 60 * 1000;
