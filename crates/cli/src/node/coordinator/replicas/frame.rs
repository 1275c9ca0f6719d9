//! What replicas say to each other, as MessagePack.

use std::sync::Arc;

use alloy::primitives::Bytes;
use cuckoo_protocol::{
    coordinator::{Limits, Submission, SubmitError, Words},
    task::{Task, TaskId},
};
use serde::{Deserialize, Serialize};

/// What the one who asks for tasks waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wanted {
    /// That they are accepted.
    Accepted,
    /// That they are accepted, and then what they generate.
    Streams,
    /// Their ends.
    Answers,
}

/// One of the leader's listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Door {
    /// That of applications.
    Api,
    /// That of miners, for all but their links.
    Link,
    /// That of operators.
    Admin,
}

/// The tasks of one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) wanted: Wanted,
    /// What is to be accepted; empty where it is known to be.
    pub(super) tasks: Arc<Vec<Submission>>,
    pub(super) limits: Limits,
    /// The tasks that were accepted, with what their readers were given by now.
    pub(super) given: Vec<(TaskId, Words)>,
    /// It was sent before, to this leader or to another one, and may have been accepted.
    pub(super) again: bool,
}

/// An HTTP request that only the leader can answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passed {
    pub(super) door: Door,
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: Vec<(String, Bytes)>,
    pub(super) body: Bytes,
}

/// What a follower says to the leader. Numbers name requests and links, and are the follower's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Ask {
    /// A request for tasks.
    Open(u64, Box<Asked>),
    /// Nobody waits for a request any more.
    Leave(u64),
    /// A request for the leader's own listeners.
    Pass(u64, Box<Passed>),
    /// One more part of the answer was taken.
    Took(u64),
    /// A miner has opened a link.
    Link(u64),
    /// It has sent a frame.
    Frame(u64, Bytes),
    /// It has closed the link.
    Gone(u64),
}

/// What the leader says to a follower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Tell {
    /// The tasks of a request are accepted.
    Accepted(u64, Vec<TaskId>),
    /// One of them, by its place in the request, has generated more.
    Words(u64, u32, Words),
    /// It has ended.
    Ended(u64, u32, Box<Task>),
    /// Its reader was too slow.
    Cut(u64, u32),
    /// All of them have ended, or the first one without a result has.
    Answers(u64, Vec<Task>),
    /// They are not accepted.
    Refused(u64, SubmitError),
    /// The head of the answer to a request that was passed on.
    Head(u64, u16, Vec<(String, Bytes)>),
    /// A part of its body.
    Part(u64, Bytes),
    /// Its end, and whether the body is whole.
    Done(u64, bool),
    /// A frame for a miner.
    Frame(u64, Bytes),
    /// A miner's link is closed.
    Gone(u64),
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::{Fault, Idempotency, Score, State, TaskSpec};

    use super::*;
    use crate::node::coordinator::stream::tests::spec;

    fn copied<T: Serialize + for<'a> Deserialize<'a>>(what: &T) -> T {
        let bytes = rmp_serde::to_vec_named(what).expect("is written");
        rmp_serde::from_slice(&bytes).expect("is read")
    }

    #[test]
    fn what_a_replica_of_an_earlier_version_says_is_read() {
        let earlier =
            rmp_serde::to_vec_named(&serde_json::json!({"max_price": null, "budget": 7})).expect("is written");
        let read: Limits = rmp_serde::from_slice(&earlier).expect("is read");
        assert_eq!(read, Limits { budget: Some(7), ..Limits::default() });
    }

    #[test]
    fn what_is_said_is_heard_as_it_was_meant() {
        let spec = TaskSpec {
            idempotency: Some(Idempotency { key: Default::default(), body: Default::default() }),
            caller: Some("key".into()),
            ..spec(1)
        };
        let limits = Limits { max_price: Some(u128::MAX), budget: Some(1), batch: true, open: true };
        let score = Score { length: 2, bits: 3, ..Score::default() };
        let words = Words("né".into(), vec![score]);
        let given = vec![(spec.id, words.clone())];
        let asked =
            Asked { wanted: Wanted::Streams, tasks: Arc::new(vec![spec.clone().into()]), limits, given, again: true };
        let ask = Ask::Open(7, Box::new(asked));
        assert_eq!(copied(&ask), ask);
        let passed = Passed {
            door: Door::Api,
            method: "GET".into(),
            uri: "/v1/models".into(),
            headers: vec![("accept".into(), Bytes::from_static(b"*/*"))],
            body: Bytes::from_static(&[0, 255]),
        };
        for ask in [Ask::Pass(1, Box::new(passed)), Ask::Frame(2, Bytes::from_static(&[0, 200])), Ask::Leave(3)] {
            assert_eq!(copied(&ask), ask);
        }
        let state = State::Failed { fault: Fault::Network, reason: "why".into() };
        let task = Task {
            sequence: 1,
            spec: spec.into(),
            state,
            attempt: 2,
            faults: 0,
            lost_by: vec![],
            rejected_by: vec![],
            pick: None,
            stopped: None,
        };
        let refused = SubmitError::UnknownModel { model: "m".into(), known: vec!["n".into()] };
        for tell in [
            Tell::Words(1, 2, words),
            Tell::Ended(1, 0, Box::new(task.clone())),
            Tell::Answers(1, vec![task]),
            Tell::Refused(1, refused),
            Tell::Head(1, 200, vec![]),
        ] {
            assert_eq!(copied(&tell), tell);
        }
    }
}
