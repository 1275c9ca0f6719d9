//! Tasks that have ended and stay readable: of each caller as many as it has room for, so that no caller pushes out what another one
//! has still to fetch.
//!
//! What nobody waited for, and nobody has read since, is kept for an hour whatever comes; a caller with too much of it is refused more.
//! After a restart it is not known who has read what: it is kept as long where there is room for it, is no reason to refuse anything,
//! and goes before anything of this process.
//! What was delivered makes room, the oldest first.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::task::{Millis, TaskId};

/// Results that a caller has to fetch are kept for this long at least.
pub const KEPT_RESULTS: Millis = 60 * 60 * 1_000;
/// Ended tasks of one caller that stay readable.
pub const MOST_RESULTS: usize = 10_000;
/// Bytes of their prompts and outputs at most. With images this is the limit that counts.
pub const MOST_BYTES: usize = 256 << 20;
/// The same for all callers together.
const MOST_BYTES_OF_ALL: usize = 2 << 30;
/// At least this many of the newest stay, whatever they weigh, so that a waiting application can read its result.
const KEEP_NEWEST: usize = 64;

/// A task on the shelf.
#[derive(Clone, Copy, Debug)]
struct Kept {
    task: TaskId,
    bytes: usize,
    at: Millis,
}

/// What one caller has there.
#[derive(Clone, Debug, Default)]
struct Shelf {
    /// Oldest first: what was delivered, and what is to be fetched.
    delivered: VecDeque<Kept>,
    unread: VecDeque<Kept>,
    /// What an earlier process has left and may have to be fetched. Its bytes count where it is delivered.
    earlier: VecDeque<Kept>,
    bytes: usize,
    unread_bytes: usize,
}

/// What all callers have.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelves {
    callers: HashMap<Option<String>, Shelf>,
    /// Tasks that are to be fetched and were not.
    unread: HashSet<TaskId>,
    bytes: usize,
    /// Bytes of what an earlier process has left, apart from the others.
    earlier_bytes: usize,
}

impl Shelf {
    fn len(&self) -> usize {
        self.delivered.len() + self.unread.len()
    }
}

impl Shelves {
    /// Keeps a task of a caller that has ended. It `is_unread` where nobody has got its result yet.
    pub(super) fn keep(&mut self, caller: Option<&str>, task: TaskId, bytes: usize, is_unread: bool, now: Millis) {
        let shelf = self.callers.entry(caller.map(str::to_owned)).or_default();
        let kept = Kept { task, bytes, at: now };
        if is_unread {
            self.unread.insert(task);
            shelf.unread.push_back(kept);
            shelf.unread_bytes += bytes;
        } else {
            shelf.delivered.push_back(kept);
        }
        shelf.bytes += bytes;
        self.bytes += bytes;
    }

    /// Keeps a task of a caller that an earlier process has left, which has ended before this time. Earlier ones come first.
    pub(super) fn keep_earlier(&mut self, caller: Option<&str>, task: TaskId, bytes: usize, at: Millis) {
        let shelf = self.callers.entry(caller.map(str::to_owned)).or_default();
        self.unread.insert(task);
        shelf.earlier.push_back(Kept { task, bytes, at });
        self.earlier_bytes += bytes;
    }

    /// Somebody has fetched a result.
    pub(super) fn read(&mut self, task: &TaskId) {
        self.unread.remove(task);
    }

    /// Whether a caller may hand in a task whose result it fetches later.
    pub(super) fn has_room(&mut self, caller: Option<&str>, now: Millis) -> bool {
        let Some(shelf) = self.callers.get_mut(&caller.map(str::to_owned)) else { return true };
        let settled = settle(shelf, &mut self.unread, now);
        self.earlier_bytes -= settled;
        self.bytes += settled;
        shelf.unread.len() < MOST_RESULTS && shelf.unread_bytes < MOST_BYTES && self.bytes < MOST_BYTES_OF_ALL
    }

    /// A task that is to be forgotten, if a caller has more than it may, or all together have.
    pub(super) fn forget(&mut self, caller: Option<&str>, now: Millis) -> Option<TaskId> {
        let caller = caller.map(str::to_owned);
        let is_over =
            |shelf: &Shelf| shelf.len() > MOST_RESULTS || (shelf.bytes > MOST_BYTES && shelf.len() > KEEP_NEWEST);
        if self.callers.get(&caller).is_some_and(is_over) {
            return self.take(&caller, now);
        }
        if self.bytes + self.earlier_bytes <= MOST_BYTES_OF_ALL {
            return None;
        }
        if let Some(task) = self.take_earlier() {
            return Some(task);
        }
        let largest = self.callers.iter().max_by_key(|(_, shelf)| shelf.bytes - shelf.unread_bytes);
        let largest = largest.map(|(caller, _)| caller.clone())?;
        self.take(&largest, now)
    }

    /// Takes the oldest task of a caller that may go.
    fn take(&mut self, caller: &Option<String>, now: Millis) -> Option<TaskId> {
        let shelf = self.callers.get_mut(caller)?;
        let settled = settle(shelf, &mut self.unread, now);
        self.earlier_bytes -= settled;
        self.bytes += settled;
        let kept = shelf.delivered.pop_front()?;
        shelf.bytes -= kept.bytes;
        self.bytes -= kept.bytes;
        if shelf.len() == 0 && shelf.earlier.is_empty() {
            self.callers.remove(caller);
        }
        Some(kept.task)
    }

    /// Takes the oldest task of all that an earlier process has left.
    fn take_earlier(&mut self) -> Option<TaskId> {
        let fronts = self.callers.iter().filter_map(|(caller, shelf)| Some((shelf.earlier.front()?.at, caller)));
        let caller = fronts.min_by_key(|(at, _)| *at).map(|(_, caller)| caller.clone())?;
        let shelf = self.callers.get_mut(&caller)?;
        let kept = shelf.earlier.pop_front()?;
        self.earlier_bytes -= kept.bytes;
        self.unread.remove(&kept.task);
        if shelf.len() == 0 && shelf.earlier.is_empty() {
            self.callers.remove(&caller);
        }
        Some(kept.task)
    }
}

/// What was read in the meantime, or has had its time, need not be kept. Returns the bytes of what an earlier process had left and
/// counts as delivered now.
fn settle(shelf: &mut Shelf, unread: &mut HashSet<TaskId>, now: Millis) -> usize {
    let mut next = |from: &mut VecDeque<Kept>| {
        let is_over = |kept: &Kept| !unread.contains(&kept.task) || kept.at.saturating_add(KEPT_RESULTS) <= now;
        let kept = from.front().copied().filter(is_over)?;
        unread.remove(&kept.task);
        from.pop_front()
    };
    let mut settled = 0;
    while let Some(kept) = next(&mut shelf.earlier) {
        settled += kept.bytes;
        shelf.delivered.push_back(kept);
    }
    shelf.bytes += settled;
    while let Some(kept) = next(&mut shelf.unread) {
        shelf.unread_bytes -= kept.bytes;
        shelf.delivered.push_back(kept);
    }
    settled
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;

    fn id(number: usize) -> TaskId {
        TaskId(B256::left_padding_from(&number.to_be_bytes()))
    }

    #[test]
    fn v2_what_one_caller_hands_in_pushes_out_nothing_of_another_one() {
        let mut shelves = Shelves::default();
        shelves.keep(Some("shop"), id(0), 10, false, 0);
        (1..=160).for_each(|number| shelves.keep(Some("desk"), id(number), 2 << 20, false, number as Millis));
        let gone: Vec<_> = std::iter::from_fn(|| shelves.forget(Some("desk"), 200)).collect();
        assert_eq!(gone, (1..=32).map(id).collect::<Vec<_>>(), "its own, the oldest first");
        assert_eq!(shelves.forget(Some("shop"), 200), None);
    }

    #[test]
    fn v2_what_an_earlier_process_has_left_is_kept_for_an_hour_and_is_no_reason_to_refuse_more() {
        let mut shelves = Shelves::default();
        (0..MOST_RESULTS).for_each(|number| shelves.keep_earlier(None, id(number), 1, number as Millis));
        assert!(shelves.has_room(None, 10_000));
        (0..MOST_RESULTS + 3).for_each(|number| shelves.keep(None, id(MOST_RESULTS + number), 1, false, 10_000));
        let forgotten =
            |shelves: &mut Shelves, now| std::iter::from_fn(|| shelves.forget(None, now)).collect::<Vec<_>>();
        let of_this_process = |count: usize| (0..count).map(|number| id(MOST_RESULTS + number)).collect::<Vec<_>>();
        assert_eq!(forgotten(&mut shelves, 10_000), of_this_process(3));
        // One was fetched, and one has had its time.
        shelves.read(&id(0));
        shelves.has_room(None, KEPT_RESULTS + 1);
        assert_eq!(forgotten(&mut shelves, KEPT_RESULTS + 1).len(), 2);
        shelves.has_room(None, KEPT_RESULTS + 10_000);
        assert_eq!(forgotten(&mut shelves, KEPT_RESULTS + 10_000).len(), MOST_RESULTS - 2);
        assert_eq!(forgotten(&mut shelves, KEPT_RESULTS + 10_000), []);
    }

    #[test]
    fn v2_two_gibibytes_of_an_earlier_process_stop_nobody_and_go_before_what_is_new() {
        let mut shelves = Shelves::default();
        let callers = ["desk", "shop", "bot"].map(Some);
        let part = MOST_BYTES_OF_ALL / 32;
        (0..32).for_each(|number| shelves.keep_earlier(callers[number % 3], id(number), part, number as Millis));
        assert!(callers.iter().all(|caller| shelves.has_room(*caller, 100)), "it is no reason to refuse anything");
        // What is delivered and what is to be fetched finds room, and the oldest of all before goes for it.
        let forgotten =
            |shelves: &mut Shelves| std::iter::from_fn(|| shelves.forget(Some("shop"), 100)).collect::<Vec<_>>();
        for (number, is_unread) in [(100, false), (101, true), (102, false)] {
            shelves.keep(Some("shop"), id(number), part, is_unread, 100);
            assert_eq!(forgotten(&mut shelves), [id(number - 100)]);
        }
        assert!(callers.iter().all(|caller| shelves.has_room(*caller, 100)));
        // Once that is gone it is as ever.
        shelves.keep(Some("shop"), id(103), 29 * part, true, 100);
        assert_eq!(forgotten(&mut shelves), (3..32).map(id).collect::<Vec<_>>());
        assert!(!shelves.has_room(Some("shop"), 100));
        // After an hour it counts as delivered, and goes as that does.
        let mut shelves = Shelves::default();
        (0..32).for_each(|number| shelves.keep_earlier(Some("shop"), id(number), part, number as Millis));
        let now = 31 + KEPT_RESULTS;
        shelves.has_room(Some("shop"), now);
        shelves.keep(Some("desk"), id(100), part, true, now);
        assert_eq!([shelves.forget(Some("desk"), now), shelves.forget(Some("desk"), now)], [Some(id(0)), None]);
    }

    #[test]
    fn v2_what_is_to_be_fetched_is_refused_and_not_forgotten() {
        let mut shelves = Shelves::default();
        (0..MOST_RESULTS).for_each(|number| shelves.keep(None, id(number), 1, true, 5));
        assert!(!shelves.has_room(None, 6) && shelves.has_room(Some("shop"), 6));
        // Answers that somebody waited for go in the meantime.
        (0..9).for_each(|number| shelves.keep(None, id(MOST_RESULTS + number), 1, false, 6));
        let gone: Vec<_> = std::iter::from_fn(|| shelves.forget(None, 7)).collect();
        assert_eq!(gone, (0..9).map(|number| id(MOST_RESULTS + number)).collect::<Vec<_>>());
        shelves.read(&id(0));
        assert!(shelves.has_room(None, 7));
        shelves.keep(None, id(1 << 30), 1, true, 7);
        assert_eq!(shelves.forget(None, 7), Some(id(0)));
        assert!(shelves.has_room(None, 5 + KEPT_RESULTS), "an hour later they have had their time");
    }
}
