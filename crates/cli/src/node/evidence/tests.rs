//! What is kept, what goes, and what is marked.

use cuckoo_protocol::{
    message::{Receipt, Ticket},
    task::{ReceiptRecord, Sampling},
};

use super::*;

fn bundle(task: u8, text: &str) -> Answer {
    let ticket = Ticket { task: B256::repeat_byte(task), attempt: 1, ..Ticket::default() };
    Answer::Signed(Box::new(Bundle {
        record: ReceiptRecord {
            chain_id: 1,
            settlement: Default::default(),
            ticket,
            ticket_signature: Default::default(),
            receipt: Receipt { promptTokens: task.into(), ..Receipt::default() },
            receipt_signature: Default::default(),
            salt: B256::ZERO,
            token_ids: vec![1, 2],
        },
        text: text.into(),
        manifest: ModelManifest::default(),
        messages: vec![],
        sampling: Sampling::default(),
        log_probabilities: vec![-0.5, -1.0],
        class: "cpu-f32".into(),
    }))
}

fn id(task: u8) -> TaskId {
    TaskId(B256::repeat_byte(task))
}

#[test]
fn what_is_kept_can_be_read_and_is_what_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(read(folder.path(), &id(1)).expect("reads").is_none());
    let store = Store::start(folder.path(), 1 << 20).expect("starts");
    store.queue().add(bundle(1, "hello"));
    store.queue().add(bundle(1, "something else for the same attempt"));
    drop(store);
    let bytes = read(folder.path(), &id(1)).expect("reads").expect("is there");
    let read_back = Bundle::decode(&bytes).expect("a bundle");
    assert_eq!(read_back.class, "cpu-f32");
    assert_eq!((read_back.text.as_str(), read_back.log_probabilities), ("hello", vec![-0.5, -1.0]));
    assert!(read(folder.path(), &id(2)).expect("reads").is_none());
}

#[test]
fn the_oldest_go_first_but_for_those_that_are_disputed() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = long_text();
    let store = Store::start(folder.path(), 10 << 20).expect("starts");
    (0..100).for_each(|task| store.queue().add(bundle(task, &text)));
    store.queue().keep([id(3)]);
    drop(store);
    let has = |task| read(folder.path(), &id(task)).expect("reads").is_some();
    assert!(has(0) && has(3));
    let store = Store::start(folder.path(), 4 << 20).expect("starts");
    store.queue().add(bundle(100, &text));
    drop(store);
    assert!(has(3), "it is disputed");
    assert!(!has(0) && !has(10));
    assert!(has(99) && has(100), "the newest stay");
}

/// A text that does not become shorter.
fn long_text() -> String {
    (0..2_000u32).map(|n| alloy::hex::encode(alloy::primitives::keccak256(n.to_be_bytes()))).collect()
}

fn signed(task: u8, text: &str) -> Box<Bundle> {
    match bundle(task, text) {
        Answer::Signed(bundle) => bundle,
        Answer::Accepted { .. } => panic!("it is signed"),
    }
}

#[test]
fn evidence_is_found_by_its_receipt_also_in_a_file_of_an_earlier_release() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (signed(1, "old"), signed(2, "new"));
    let connection = Connection::open(path(folder.path())).expect("opens");
    let earlier = "CREATE TABLE bundles (
        number INTEGER PRIMARY KEY AUTOINCREMENT, task BLOB NOT NULL, attempt INTEGER NOT NULL,
        kept INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL, body BLOB NOT NULL) STRICT;";
    connection.execute_batch(earlier).expect("creates");
    let insert = "INSERT INTO bundles (task, attempt, size, body) VALUES (?1, 1, ?2, ?3)";
    let body = compress(&old.encode()).expect("compresses");
    for (task, body) in [(1_u8, &body[..]), (9, b"damaged")] {
        connection.execute(insert, params![[task; 32], body.len(), body]).expect("inserts");
    }
    drop(connection);
    let store = Store::start(folder.path(), 1 << 20).expect("starts");
    store.queue().add(Answer::Signed(new.clone()));
    drop(store);
    let found = |receipt| read_receipt(folder.path(), &receipt).expect("reads");
    for bundle in [old, new] {
        assert_eq!(found(bundle.record.hash()), Some(bundle.encode()));
    }
    assert_eq!((found(B256::ZERO), found(B256::repeat_byte(9))), (None, None));
}

#[test]
fn marked_evidence_takes_half_of_the_room_and_what_is_released_goes_as_any_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = long_text();
    let size = compress(&signed(0, &text).encode()).expect("compresses").len() as u64;
    let room = 10 * size + size / 2;
    let store = Store::start(folder.path(), room).expect("starts");
    (0..10).for_each(|task| store.queue().add(bundle(task, &text)));
    store.queue().keep((0..10).map(id));
    drop(store);
    // The first ones have lost their marks, and go.
    let store = Store::start(folder.path(), room).expect("starts");
    (10..15).for_each(|task| store.queue().add(bundle(task, &text)));
    drop(store);
    let here = || (0..60).filter(|task| read(folder.path(), &id(*task)).expect("reads").is_some()).collect::<Vec<_>>();
    let marked: Vec<u8> = (5..10).collect();
    assert!(marked.iter().all(|task| here().contains(task)), "{:?}", here());
    assert!(!here().contains(&0), "{:?}", here());
    let store = Store::start(folder.path(), room).expect("starts");
    store.queue().release(marked.iter().copied().map(id));
    drop(store);
    let store = Store::start(folder.path(), room).expect("starts");
    (20..26).for_each(|task| store.queue().add(bundle(task, &text)));
    drop(store);
    assert!(marked.iter().all(|task| !here().contains(task)), "{:?}", here());
}

#[test]
fn i32_evidence_that_goes_although_it_can_still_be_disputed_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = long_text();
    let size = compress(&signed(0, &text).encode()).expect("compresses").len() as u64;
    let (window, now) = (1_000, clock::now_seconds());
    // 70 bundles come where there is room for ten, so that 64 go.
    let gone = |window: u64, deadline: u64, is_known: bool| {
        let file = folder.path().join(format!("{window} {deadline} {is_known}"));
        std::fs::create_dir(&file).expect("a folder");
        let store = Store::start(&file, if is_known { 10 * size } else { 100 * size }).expect("starts");
        let queue = store.queue();
        queue.set_window(window);
        for task in 0..70 {
            let mut bundle = signed(task, &text);
            bundle.record.ticket.deadline = deadline;
            queue.add(Answer::Signed(bundle));
        }
        if !is_known {
            // As a file of an earlier release has it.
            drop(store);
            let connection = Connection::open(path(&file)).expect("opens");
            connection.execute_batch("UPDATE bundles SET deadline = NULL").expect("is changed");
            let store = Store::start(&file, size / 2).expect("starts");
            let queue = store.queue();
            queue.set_window(window);
            queue.add(bundle(70, &text));
            drop(store);
            return queue.gone_early();
        }
        drop(store);
        queue.gone_early()
    };
    // Or more, where they were written in parts.
    assert!((64..=70).contains(&gone(window, now + 60, true)), "the tickets have not even ended");
    assert!((64..=70).contains(&gone(window, now - window + 60, true)));
    assert_eq!(gone(window, now - window - 60, true), 0, "nobody can dispute them any more");
    assert_eq!(gone(0, now + 60, true), 0, "nothing is known of a court");
    assert_eq!(gone(window, now + 61, false), 0, "it is not known how old they are");
}

#[test]
fn a_mark_that_cannot_be_written_is_written_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = Writer::open(&path(folder.path()), 1 << 20, Queue::default()).expect("opens");
    writer.write(vec![bundle(1, "hello")]).expect("writes");
    let fault = Connection::open(path(folder.path())).expect("opens");
    let full = "CREATE TRIGGER full BEFORE UPDATE ON bundles BEGIN SELECT RAISE(ABORT, 'full'); END";
    fault.execute_batch(full).expect("creates");
    writer.marks.insert(id(1), true);
    assert!(writer.write_marks().is_err());
    fault.execute_batch("DROP TRIGGER full").expect("drops");
    let queue = Queue::default();
    queue.close();
    // There is something to do at the end as well.
    queue.keep([id(2)]);
    writer.run(&queue);
    let kept = "SELECT kept FROM bundles";
    assert_eq!(fault.query_row(kept, [], |row| row.get::<_, i64>(0)).expect("reads"), 1);
}
