//! Tests of one task's output: who reads what of it, whatever attempts and readers do.

use alloy::primitives::B256;
use cuckoo_protocol::{
    price::Rate,
    task::{Micros, Sampling, State as TaskState, TaskId},
};
use futures::FutureExt;

use super::*;

/// A task that asks for five tokens.
pub(in crate::node::coordinator) fn spec(number: u8) -> TaskSpec {
    let sampling =
        Sampling { max_tokens: 5, temperature: Micros::ONE, top_p: Micros::ONE, seed: 1, ..Sampling::default() };
    TaskSpec {
        id: TaskId(B256::repeat_byte(number)),
        model: "m".into(),
        messages: vec![],
        sampling,
        salt: B256::ZERO,
        pick_salt: B256::ZERO,
        accepted_at: 1,
        deadline: u64::MAX,
        caller: None,
        idempotency: None,
        rate: Rate::default(),
        scored: false,
        streamed: false,
        examine: None,
    }
}

fn chunk(text: &str) -> wire::Chunk {
    wire::Chunk { text: text.into(), pieces: 1, ..wire::Chunk::default() }
}

/// What a reader is given at once, until it would have to wait.
fn read(reading: &mut Reading) -> (String, Option<&'static str>) {
    let mut all = String::new();
    loop {
        match reading.next().now_or_never() {
            Some(Update::Text(Words(text, _))) => all.push_str(&text),
            Some(Update::Ended(_)) => return (all, Some("ended")),
            Some(Update::Cut) => return (all, Some("cut")),
            None => return (all, None),
        }
    }
}

fn words(text: &str) -> (String, Option<&'static str>) {
    (text.to_owned(), None)
}

fn task(state: TaskState) -> Arc<Task> {
    let spec = Arc::new(spec(1));
    Arc::new(Task {
        sequence: 0,
        spec,
        state,
        attempt: 1,
        faults: 0,
        lost_by: vec![],
        rejected_by: vec![],
        pick: None,
        stopped: None,
    })
}

/// A stream of a first attempt that takes texts.
fn running() -> (Arc<Stream>, impl Fn(u32, &str) -> Pushed) {
    let stream = Arc::new(Stream::default());
    stream.begin(1);
    let pushed = stream.clone();
    (stream, move |attempt, text: &str| pushed.push(attempt, &spec(1), chunk(text)))
}

#[test]
fn a_late_reader_gets_all_that_came_before_and_an_early_one_nothing_twice() {
    let (stream, push) = running();
    assert_eq!(push(1, "a"), Pushed::Added { tokens: 1 });
    let mut early = Reading::of(stream.clone());
    assert_eq!(read(&mut early), words("a"));
    assert_eq!(push(1, "b"), Pushed::Added { tokens: 2 });
    let mut late = Reading::of(stream.clone());
    assert_eq!(push(1, "c"), Pushed::Added { tokens: 3 });
    assert_eq!((read(&mut early), read(&mut late)), (words("bc"), words("abc")));
    stream.end(task(TaskState::Expired));
    assert_eq!(push(1, "d"), Pushed::Late);
    assert_eq!((read(&mut early).1, read(&mut late).1), (Some("ended"), Some("ended")));
}

#[test]
fn a_later_attempt_repeats_what_was_read_before_it_goes_on() {
    let (stream, push) = running();
    let mut reading = Reading::of(stream.clone());
    push(1, "one two");
    assert_eq!(read(&mut reading), words("one two"));
    stream.interrupt();
    assert_eq!((push(1, " three"), stream.tokens()), (Pushed::Late, 0));
    stream.begin(2);
    assert_eq!(push(1, " three"), Pushed::Late);
    assert_eq!(push(2, "one "), Pushed::Added { tokens: 1 });
    // Somebody who joins now has missed nothing.
    let mut late = Reading::of(stream.clone());
    assert_eq!(push(2, "two, four"), Pushed::Added { tokens: 2 });
    assert_eq!((read(&mut reading), read(&mut late)), (words(", four"), words("one two, four")));
}

#[test]
fn what_continues_differently_is_found_where_somebody_has_read_it_and_only_there() {
    let (stream, push) = running();
    push(1, "one");
    stream.interrupt();
    stream.begin(2);
    // Nobody has read anything.
    assert_eq!(push(2, "two"), Pushed::Added { tokens: 1 });
    let mut reading = Reading::of(stream.clone());
    assert_eq!(read(&mut reading), words("two"));
    stream.interrupt();
    stream.begin(3);
    assert!(matches!(push(3, "three"), Pushed::Diverged(reason) if reason.contains("differently")));
    assert_eq!(read(&mut reading), words(""));
    // The one who has read it may be gone.
    drop(reading);
    stream.interrupt();
    stream.begin(4);
    assert_eq!(push(4, "four"), Pushed::Added { tokens: 1 });
    assert!(matches!(push(4, &"x".repeat(1 << 20)), Pushed::Broken(_)));
}

#[test]
fn a_slow_reader_is_cut_off_and_the_last_one_deserts_the_task() {
    let (stream, push) = running();
    let mut slow = Reading::of(stream.clone());
    let mut fast = Reading::of(stream.clone());
    let long = TaskSpec { sampling: Sampling { max_tokens: 9_999, ..spec(1).sampling }, ..spec(1) };
    for number in 0..=BACKLOG {
        assert!(matches!(stream.push(1, &long, chunk("x")), Pushed::Added { .. }), "{number}");
        assert_eq!(read(&mut fast), words("x"));
    }
    assert_eq!(read(&mut slow), ("x".repeat(BACKLOG), Some("cut")));
    // Being cut off is for good.
    assert!(matches!(push(1, ""), Pushed::Added { .. }));
    assert_eq!(read(&mut slow).1, Some("cut"));
    let mut pushes = (0..=BACKLOG).map(|_| stream.push(1, &long, chunk("y")));
    assert!(pushes.by_ref().take(BACKLOG).all(|pushed| matches!(pushed, Pushed::Added { .. })));
    assert_eq!(pushes.next(), Some(Pushed::Deserted));
    assert_eq!(read(&mut fast), ("y".repeat(BACKLOG), Some("cut")));
}

#[test]
fn tokens_that_are_shown_stay_with_their_text() {
    let (stream, _) = running();
    let scored = TaskSpec { scored: true, ..spec(1) };
    let mut reading = Reading::of(stream.clone());
    for text in ["a", "bc"] {
        let lengths = vec![text.len() as u32];
        let chunk = wire::Chunk { token_ids: vec![1], log_probabilities: vec![-0.5], lengths, ..chunk(text) };
        assert!(matches!(stream.push(1, &scored, chunk), Pushed::Added { .. }));
    }
    for text in ["a", "bc"] {
        let Some(Update::Text(Words(read, scores))) = reading.next().now_or_never() else { panic!("no text") };
        assert_eq!((read.as_str(), scores.len(), scores[0].length as usize), (text, 1, text.len()));
    }
}

#[tokio::test]
async fn who_waits_is_woken_by_text_and_by_the_end() {
    let (stream, push) = running();
    let mut reading = Reading::of(stream.clone());
    let mut waiting = Box::pin(reading.next());
    assert!(waiting.as_mut().now_or_never().is_none());
    push(1, "a");
    assert!(matches!(waiting.await, Update::Text(Words(text, _)) if text == "a"));
    let (ended, ()) = tokio::join!(reading.next(), async { stream.end(task(TaskState::Cancelled)) });
    assert!(matches!(ended, Update::Ended(task) if task.state == TaskState::Cancelled));
    drop(reading);
    assert!(!stream.has_readers());
}
