//! What a dashboard counts is what the node did, however often it is told.

use super::*;
use crate::status::history::KEPT;
use crate::status::{TaskRow, snapshot::tests::snapshot};
use crate::task::{Stage, TaskId};

/// A node that makes 800 tokens per second, told every `every` milliseconds, at times that are not whole seconds.
fn fed(every: Millis, seconds: u64) -> History {
    let mut history = History::default();
    let mut before: Option<Snapshot> = None;
    for step in 0..=seconds * 1_000 / every {
        let mut after = snapshot();
        after.taken_at = 1_767_225_600_337 + step * every;
        after.tasks.completion_tokens = step * every * 800 / 1_000;
        history.record(before.as_ref(), &after);
        before = Some(after);
    }
    history
}

#[test]
fn eight_hundred_tokens_per_second_are_eight_hundred_at_any_pace() {
    for hertz in [1, 2, 5] {
        let history = fed(1_000 / hertz, 120);
        for seconds in [1, 5, 60] {
            let rate = history.tokens.rate(seconds);
            assert!((784..=816).contains(&rate), "{rate} at {hertz} Hz over {seconds} s");
        }
        let columns = history.tokens.columns(60, 60);
        let wrong = columns.iter().find(|column| !(784_000..=816_000).contains(*column));
        assert_eq!(wrong, None, "at {hertz} Hz: {columns:?}");
        let (sum, wanted) = (history.tokens.sum(600), 120 * 800);
        assert!(sum.abs_diff(wanted) <= wanted / 50, "{sum} of {wanted}");
    }
}

#[test]
fn how_much_is_remembered_is_known() {
    for (seconds, known) in [(1, 1), (59, 59), (599, 599), (7_200, 7_200)] {
        let found = fed(1_000, seconds).done.known();
        assert!(found.abs_diff(known) <= 60, "{found} of {known}");
    }
    assert_eq!(History::default().done.known(), 0);
}

#[test]
fn an_hour_is_read_from_the_minutes() {
    let history = fed(1_000, 2 * 3_600);
    let columns = history.tokens.columns(60, 3_600);
    assert_eq!(columns.len(), 60);
    assert!(columns.iter().all(|column| (784_000..=816_000).contains(column)), "{columns:?}");
    assert_eq!(history.tokens.0[0].values.len(), KEPT[0]);
    // A column keeps its height while it moves.
    let four = history.tokens.columns(20, 3_600);
    assert_eq!(four.len(), 20);
}

#[test]
fn the_past_of_a_node_without_history_is_made_of_its_tasks() {
    let mut first = snapshot();
    first.taken_at = 1_000_000_500;
    let mut task = TaskRow::new(TaskId(Default::default()), "m", Stage::Done, 1_000_000_000 - 20_000);
    (task.first_token_at, task.ended_at) = (Some(1_000_000_000 - 20_000), Some(1_000_000_000 - 10_000));
    task.completion_tokens = 400;
    first.recent = vec![task];
    first.node.started_at = 0;
    let mut history = History::default();
    history.record(None, &first);
    let columns = history.tokens.columns(30, 30);
    assert_eq!(columns.iter().filter(|column| **column == 40_000).count(), 10, "{columns:?}");
    assert_eq!(columns.iter().filter(|column| **column == 0).count(), 20);
    // A full list says nothing about the time before its oldest task.
    first.recent = vec![first.recent[0].clone(); crate::status::RECENT];
    let mut history = History::default();
    history.record(None, &first);
    assert_eq!(history.tokens.columns(60, 60).len(), 20);
}

#[test]
fn a_level_stays_until_something_else_is_heard() {
    let mut history = History::default();
    let (mut one, mut other) = (snapshot(), snapshot());
    (one.taken_at, one.tasks.queued) = (100_000, 7);
    (other.taken_at, other.tasks.queued) = (105_000, 2);
    history.record(None, &one);
    history.record(Some(&one), &other);
    assert_eq!(history.queued.columns(5, 5), [7; 5]);
    assert_eq!((history.queued.peak(1), history.queued.peak(60)), (7, 7));
}

#[test]
fn a_late_snapshot_is_not_silence_and_a_clock_put_back_begins_again() {
    let mut history = fed(1_000, 10);
    let until = history.until;
    assert!(!history.advance(until + 900));
    assert!(history.advance(until + 4_000));
    // The second that had begun ends with what was heard of it.
    assert_eq!(history.tokens.columns(2, 2), [800_000, 269_600]);
    let mut early = snapshot();
    early.taken_at = 50_000;
    history.record(None, &early);
    assert_eq!(history.until, 50_000);
    let mut hostile = snapshot();
    (hostile.taken_at, hostile.tasks.completion_tokens) = (u64::MAX, u64::MAX);
    history.record(Some(&early), &hostile);
    assert!(history.tokens.0[0].values.len() <= KEPT[0]);
}

#[test]
fn a_history_survives_being_written_down() {
    let history = fed(1_000, 90);
    let json = serde_json::to_string(&history).expect("encodes");
    assert_eq!(serde_json::from_str::<History>(&json).expect("decodes"), history);
    assert_eq!(serde_json::from_str::<History>("{}").expect("an older node's"), History::default());
}

#[test]
fn what_a_new_process_has_done_before_it_is_looked_at_is_counted_once() {
    let mut old = snapshot();
    (old.node.started_at, old.taken_at) = (900_000, 1_000_000);
    old.tasks.done = 40;
    old.money = Some(crate::status::Money { total: Cai::from_whole(5), ..Default::default() });
    let mut history = History::default();
    history.record(None, &old);
    let mut new = old.clone();
    (new.node.started_at, new.taken_at) = (1_010_000, 1_014_500);
    (new.tasks.done, new.tasks.completion_tokens) = (3, 600);
    new.money = Some(crate::status::Money { total: Cai::from_whole(7), ..Default::default() });
    history.record(Some(&old), &new);
    let sums = |history: &History| (history.done.sum(3_600), history.tokens.sum(3_600), history.earned.sum(3_600));
    // The minute that has not ended is in the sum of an hour.
    assert_eq!(sums(&history), (3, 600, 2_000_000));
    // A reader that gets this history with the next snapshot counts nothing twice.
    let mut same = new.clone();
    same.taken_at += 500;
    history.record(None, &same);
    assert_eq!(sums(&history), (3, 600, 2_000_000));
}
