//! What idempotency keys stand for. A key is kept for longer than the result of its task, so that a request that is sent again is never
//! run, and charged, a second time.

use std::collections::{BTreeMap, VecDeque};

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use crate::task::{Idempotency, Millis, TaskId, TaskSpec, Tasks};

/// A key is kept for at least this long, and for longer where its caller has room.
pub const KEPT_KEYS: Millis = 2 * 60 * 60 * 1_000;
/// Keys of one caller at most.
pub const MOST_KEYS: usize = 200_000;
/// After this long a key stands for nothing any more.
const LONGEST: Millis = 24 * 60 * 60 * 1_000;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// The hash of the request's body.
    pub(super) body: B256,
    /// The task that it was accepted as.
    pub(super) task: TaskId,
    /// When that was.
    pub(super) at: Millis,
}

/// The keys of all callers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
pub struct Keys {
    by_key: BTreeMap<B256, Known>,
    /// Of each caller, the oldest first; a key that stands for another task by now is here twice.
    callers: BTreeMap<String, VecDeque<(B256, TaskId)>>,
}

/// A key as it is written.
#[derive(Clone, Serialize, Deserialize)]
struct Row(String, B256, Known);

impl From<Vec<Row>> for Keys {
    fn from(rows: Vec<Row>) -> Self {
        let mut keys = Self::default();
        for Row(caller, key, known) in rows {
            keys.insert(caller, key, known);
        }
        keys
    }
}

impl From<Keys> for Vec<Row> {
    fn from(keys: Keys) -> Self {
        let row = |caller: &String, (key, task): &(B256, TaskId)| {
            let known = *keys.by_key.get(key).filter(|known| known.task == *task)?;
            Some(Row(caller.clone(), *key, known))
        };
        keys.callers.iter().flat_map(|(caller, order)| order.iter().filter_map(|entry| row(caller, entry))).collect()
    }
}

impl Keys {
    /// The keys of these tasks: what a checkpoint of an earlier version leads to, which has no others.
    pub fn of_tasks(tasks: &Tasks) -> Self {
        let mut tasks: Vec<_> = tasks.iter().collect();
        tasks.sort_unstable_by_key(|task| task.sequence);
        let mut keys = Self::default();
        tasks.iter().for_each(|task| keys.note(&task.spec));
        keys
    }

    /// What a key stands for.
    pub(super) fn get(&self, key: &B256) -> Option<&Known> {
        self.by_key.get(key)
    }

    /// Whether a caller may use `more` keys now.
    pub(super) fn has_room(&self, caller: Option<&str>, more: usize, now: Millis) -> bool {
        let Some(order) = self.callers.get(caller.unwrap_or_default()) else { return true };
        let over = (order.len() + more).saturating_sub(MOST_KEYS);
        over == 0 || order.get(over - 1).is_some_and(|(key, task)| self.is_old(key, task, now, KEPT_KEYS))
    }

    /// A task is accepted.
    pub(super) fn note(&mut self, spec: &TaskSpec) {
        let Some(Idempotency { key, body }) = spec.idempotency else { return };
        let at = spec.accepted_at;
        self.insert(spec.caller.clone().unwrap_or_default(), key, Known { body, task: spec.id, at });
        self.forget(spec.caller.as_deref().unwrap_or_default(), at);
    }

    fn insert(&mut self, caller: String, key: B256, known: Known) {
        self.by_key.insert(key, known);
        self.callers.entry(caller).or_default().push_back((key, known.task));
    }

    /// Forgets a caller's oldest keys where they are very old, or old and too many.
    fn forget(&mut self, caller: &str, now: Millis) {
        while let Some((key, task)) = self.callers.get(caller).and_then(|order| order.front()).copied() {
            let is_crowded = self.callers.get(caller).is_some_and(|order| order.len() > MOST_KEYS);
            if !self.is_old(&key, &task, now, if is_crowded { KEPT_KEYS } else { LONGEST }) {
                return;
            }
            self.callers.get_mut(caller).and_then(VecDeque::pop_front);
            if self.by_key.get(&key).is_some_and(|known| known.task == task) {
                self.by_key.remove(&key);
            }
        }
    }

    /// Whether an entry has had its time, or stands for nothing any more.
    fn is_old(&self, key: &B256, task: &TaskId, now: Millis, time: Millis) -> bool {
        self.by_key.get(key).is_none_or(|known| known.task != *task || known.at.saturating_add(time) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinator::tests::world::spec;

    fn with_key(number: u64, at: Millis, caller: &str) -> TaskSpec {
        let key = B256::left_padding_from(&number.to_be_bytes());
        let (id, caller) = (TaskId(key), Some(caller.to_owned()));
        TaskSpec { id, accepted_at: at, caller, idempotency: Some(Idempotency { key, body: key }), ..spec(1) }
    }

    #[test]
    fn v2_keys_are_kept_for_their_time_and_one_callers_many_push_out_nobody_elses() {
        let mut keys = Keys::default();
        keys.note(&with_key(0, 5, "shop"));
        (1..=MOST_KEYS as u64).for_each(|number| keys.note(&with_key(number, 7, "desk")));
        let has = |keys: &Keys, number: u64| keys.get(&B256::left_padding_from(&number.to_be_bytes())).is_some();
        assert!(has(&keys, 0) && has(&keys, 1));
        assert!(!keys.has_room(Some("desk"), 1, 6 + KEPT_KEYS) && keys.has_room(Some("shop"), 1, 7));
        assert!(keys.has_room(Some("desk"), 1, 7 + KEPT_KEYS));
        keys.note(&with_key(1 << 40, 7 + KEPT_KEYS, "desk"));
        assert!(!has(&keys, 1) && has(&keys, 2) && has(&keys, 0));
        keys.note(&with_key(1 << 41, 5 + LONGEST, "shop"));
        assert!(!has(&keys, 0), "a day is long enough");
    }

    #[test]
    fn keys_are_written_and_read() {
        let mut keys = Keys::default();
        (0..5).for_each(|number| keys.note(&with_key(number, number, "shop")));
        // The key of a task that was taken back stands for another one.
        keys.note(&TaskSpec { id: TaskId(B256::repeat_byte(9)), ..with_key(2, 9, "shop") });
        let written = serde_json::to_string(&keys).expect("writes");
        let read: Keys = serde_json::from_str(&written).expect("reads");
        assert_eq!(serde_json::to_string(&read).expect("writes"), written);
        assert_eq!(read.by_key, keys.by_key);
    }
}
