//! An event of a coordinator's journal: what happens to tasks, in audits, and to the names of models.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audits::AuditEvent;
use crate::{
    manifest::ModelManifest,
    task::{self, Kind, Millis},
};

/// What a coordinator's journal has. Journals of earlier releases have events of tasks alone, which are written as they were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Something happened in an audit.
    Audit(AuditEvent),
    /// A model's name stands for one manifest from now on.
    Bound(Box<Bound>),
    /// Something happened to a task.
    #[serde(untagged)]
    Task(task::Event),
}

/// What a model's name stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// What the model makes.
    pub kind: Kind,
    /// The name that applications ask for.
    pub model: String,
    /// What exactly the name stands for.
    pub manifest: Arc<ModelManifest>,
    /// When it was bound, in milliseconds since the Unix epoch.
    pub at: Millis,
}

impl From<task::Event> for Event {
    fn from(event: task::Event) -> Self {
        Self::Task(event)
    }
}

impl From<AuditEvent> for Event {
    fn from(event: AuditEvent) -> Self {
        Self::Audit(event)
    }
}

impl From<Bound> for Event {
    fn from(bound: Bound) -> Self {
        Self::Bound(Box::new(bound))
    }
}

impl Event {
    /// The event of a task, if it is one.
    pub const fn as_task(&self) -> Option<&task::Event> {
        match self {
            Self::Task(event) => Some(event),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;
    use crate::task::TaskId;

    #[test]
    fn events_of_tasks_are_written_as_they_were_and_others_beside_them() {
        let task = TaskId(B256::repeat_byte(1));
        let old = task::Event::Expired { task };
        let written = serde_json::to_value(&old).expect("encodes");
        assert_eq!(serde_json::to_value(Event::from(old.clone())).expect("encodes"), written);
        assert_eq!(serde_json::from_value::<Event>(written).expect("decodes"), Event::Task(old));
        let bound = Bound { kind: Kind::Text, model: "m".into(), manifest: Arc::default(), at: 7 };
        for event in [Event::from(AuditEvent::Cleared { task }), bound.into(), AuditEvent::Off.into()] {
            let written = serde_json::to_string(&event).expect("encodes");
            assert_eq!(serde_json::from_str::<Event>(&written).expect("decodes"), event, "{written}");
        }
    }
}
