//! What nodes publish on their loopback listener, and the dashboard shows.

mod court;
pub mod delta;
mod device;
mod event;
mod group;
mod happened;
mod history;
mod journal;
mod log;
mod money;
mod node;
mod publisher;
mod record;
mod snapshot;
mod stake;
mod task;

pub use court::{CasePart, CaseRow, CaseStage};
pub use device::{DeviceKind, DeviceRow};
pub use event::{EventRow, Level, MOST_EVENTS, Topic};
pub use group::{Down, GroupRow};
pub use happened::events_between;
pub use history::{Counter, DeviceHistory, Gauge, History, Series};
pub use journal::{JournalInfo, JournalPlace, ReplicaRow};
pub use log::{LogLevel, LogRow};
pub use money::{AccountRow, Money};
pub use node::{Activity, Condition, ConditionKind, ModelRow, NodeAudits, NodeRow, Quality};
pub use publisher::Publisher;
pub use snapshot::{ChainInfo, NodeInfo, RECENT, SCHEMA_VERSION, Snapshot};
pub use stake::{HoldingRow, HoldingState, NextCommission, Pay, Stake};
pub use task::{TaskCounts, TaskRow};
