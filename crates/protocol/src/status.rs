//! What nodes publish on their loopback listener, and the dashboard shows.

mod court;
pub mod delta;
mod device;
mod event;
mod happened;
mod history;
mod money;
mod node;
mod record;
mod snapshot;
mod task;

pub use court::{CasePart, CaseRow, CaseStage};
pub use device::{DeviceKind, DeviceRow};
pub use event::{EventRow, Level, MOST_EVENTS, Topic};
pub use happened::events_between;
pub use history::{Counter, DeviceHistory, Gauge, History, Series};
pub use money::{AccountRow, Money};
pub use node::{Activity, Condition, ConditionKind, ModelRow, NodeAudits, NodeRow, Quality};
pub use snapshot::{ChainInfo, NodeInfo, RECENT, SCHEMA_VERSION, Snapshot};
pub use task::{TaskCounts, TaskRow};
