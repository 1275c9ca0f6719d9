//! Tests of a journal in a file: what is durable, what a damaged file shows, and what a checkpoint replaces.

use std::{fs, path::Path, sync::Arc, thread};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    TaskId,
    assign::log::Entry,
    price::Rate,
    task::{Event, Idempotency, Micros, Sampling, TaskSpec},
};
use rusqlite::Connection;

use super::{Checkpoint, History, Journal, JournalError, Opened, Payer};

/// Whose journals the tests open.
pub(in crate::node::coordinator) const PAYER: Payer =
    Payer { chain_id: 31_337, settlement: Address::repeat_byte(1), coordinator: Address::repeat_byte(2) };

/// A task of a test.
pub(in crate::node::coordinator) fn spec(number: u8) -> Arc<TaskSpec> {
    Arc::new(TaskSpec {
        id: TaskId(B256::repeat_byte(number)),
        model: "m".into(),
        messages: vec![],
        sampling: Sampling {
            max_tokens: 5,
            temperature: Micros::ONE,
            top_p: Micros::ONE,
            seed: 1,
            ..Sampling::default()
        },
        salt: B256::ZERO,
        pick_salt: B256::ZERO,
        accepted_at: 1,
        deadline: 2,
        caller: Some("shop".into()),
        idempotency: Some(Idempotency { key: B256::repeat_byte(number), body: B256::ZERO }),
        rate: Rate::new(1_000, 1_000).expect("a rate"),
        scored: false,
        streamed: false,
        audit: false,
    })
}

fn event(number: u8) -> Event {
    Event::Cancelled { task: TaskId(B256::repeat_byte(number)), delivered: 0 }
}

/// Opens a journal in a folder of its own, or one more there.
fn open(path: &Path) -> Result<(Journal, History), JournalError> {
    let Opened { journal, history, .. } = Journal::open(path, &path.with_extension("log"), &PAYER)?;
    Ok((journal, history))
}

fn written(path: &Path, count: u8) {
    let (mut journal, _) = open(path).expect("opens");
    for number in 0..count {
        journal.append(event(number));
    }
}

#[tokio::test]
async fn what_was_marked_synced_is_read_back_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, history) = open(&path).expect("opens");
    assert_eq!(history, History::default());
    for number in 0..100 {
        journal.append(event(number));
    }
    journal.mark().synced().await;
    drop(journal);
    let (_, history) = open(&path).expect("opens again");
    assert_eq!(history.events, (0..100).map(event).collect::<Vec<_>>());
}

#[test]
fn f4_a_flipped_bit_is_found_or_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    written(&path, 200);
    let sound = fs::read(&path).expect("read");
    assert!(!path.with_extension("db-wal").exists(), "it was closed");
    let (_, history) = open(&path).expect("opens");
    let (mut found, mut harmless) = (0, 0);
    for round in 0..400usize {
        // Spread over the whole file, its first page among the rest.
        let place = (round * 7_919 + round * round) % sound.len();
        let mut damaged = sound.clone();
        damaged[place] ^= 1 << (round % 8);
        let copy = folder.path().join(format!("{round}.db"));
        fs::write(&copy, damaged).expect("written");
        match open(&copy) {
            Err(_) => found += 1,
            Ok((_, read)) => {
                assert_eq!(read, history, "byte {place}, bit {}", round % 8);
                harmless += 1;
            }
        }
    }
    assert!(found > 200 && found + harmless == 400, "{found} found, {harmless} harmless");
}

#[test]
fn f4_a_torn_tail_leaves_a_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let (log, mut lengths) = (path.with_extension("db-wal"), vec![]);
    for number in 0..100 {
        let mark = journal.append(event(number));
        // One commit each, so that the tail can tear between any two of them.
        while *mark.synced.borrow() < mark.number {
            thread::yield_now();
        }
        lengths.push(fs::metadata(&log).expect("there").len() as usize);
    }
    let wal = fs::read(&log).expect("it is not closed");
    let main = fs::read(&path).expect("read");
    for round in 0..100usize {
        let copy = folder.path().join(format!("{round}.db"));
        fs::write(&copy, &main).expect("written");
        let cut = wal.len() * round / 100 + round % 13;
        fs::write(copy.with_extension("db-wal"), &wal[..cut.min(wal.len())]).expect("written");
        let (_, read) = open(&copy).expect("opens");
        let whole: Vec<_> = (0..100).map(event).collect();
        assert!(whole.starts_with(&read.events), "{round}: {}", read.events.len());
        let left = lengths.iter().filter(|length| **length <= cut).count();
        assert_eq!(read.events.len(), left, "cut at {cut} of {}", wal.len());
    }
}

#[tokio::test]
async fn a_checkpoint_takes_the_place_of_what_was_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let mut whole = Checkpoint::default();
    for round in 0..3u8 {
        for number in 0..10 {
            let sequence = whole.tasks.next_sequence();
            let event = Event::Accepted { sequence, spec: spec(round * 10 + number) };
            whole.accounts.apply(&event);
            whole.tasks.apply(&event).expect("applies");
            journal.append(event);
        }
        assert_eq!(journal.since_checkpoint(), 10);
        if round < 2 {
            journal.checkpoint(whole.clone()).synced().await;
        }
    }
    drop(journal);
    let (journal, History { mut checkpoint, events }) = open(&path).expect("opens again");
    assert_eq!((checkpoint.tasks.len(), events.len(), journal.since_checkpoint()), (20, 10, 10));
    for event in events {
        checkpoint.accounts.apply(&event);
        checkpoint.tasks.apply(&event).expect("applies");
    }
    assert_eq!(checkpoint, whole);
    drop(journal);
    let change = |sql: &str| {
        Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
        open(&path).map(|_| ())
    };
    let shorter = change("DELETE FROM events WHERE number = 21");
    assert!(matches!(shorter, Err(JournalError::Damaged { record: 22, .. })), "{shorter:?}");
    let other = change(
        "UPDATE checkpoint SET body = CAST(replace(CAST(body AS TEXT), 'shop', 'shoq') AS BLOB) WHERE position = 7",
    );
    assert!(matches!(other, Err(JournalError::Broken { .. })), "{other:?}");
    let fewer = change("DELETE FROM checkpoint WHERE position = 21");
    assert!(matches!(fewer, Err(JournalError::Broken { .. })), "{fewer:?}");
}

#[test]
fn two_processes_cannot_write_one_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (_first, _) = open(&path).expect("opens");
    assert!(matches!(open(&path), Err(JournalError::Sqlite { .. })));
}

#[test]
fn a_changed_record_is_found_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    written(&path, 20);
    let change =
        |sql: &str| Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
    change("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), '07', '08') AS BLOB) WHERE number = 8");
    assert!(matches!(open(&path), Err(JournalError::Damaged { record: 8, .. })));
    change("DELETE FROM events WHERE number <= 8");
    assert!(matches!(open(&path), Err(JournalError::Damaged { record: 9, .. })));
}

#[tokio::test]
async fn a_journal_is_refused_to_every_other_key_contract_and_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, log) = (folder.path().join("journal.db"), folder.path().join("assignments.log"));
    let others = [
        Payer { coordinator: Address::repeat_byte(9), ..PAYER },
        Payer { settlement: Address::repeat_byte(9), ..PAYER },
        Payer { chain_id: 1, ..PAYER },
    ];
    let refused = |round: &str| {
        for other in others {
            let error = Journal::open(&path, &log, &other).expect_err(round);
            assert!(
                matches!(error, JournalError::OtherPayer { ref found, .. } if **found == PAYER),
                "{round}: {error}"
            );
        }
    };
    let start = |journal: &mut Journal, history: History, events: usize| {
        assert_eq!(history.events.len(), events);
        journal.append(event(1));
    };
    // It says so before its first event, behind it, and behind a checkpoint.
    let opened = Journal::open(&path, &log, &PAYER).expect("opens");
    drop(opened);
    refused("new");
    let Opened { mut journal, history, .. } = Journal::open(&path, &log, &PAYER).expect("opens again");
    start(&mut journal, history, 0);
    drop(journal);
    refused("with an event");
    let Opened { mut journal, history, .. } = Journal::open(&path, &log, &PAYER).expect("opens again");
    start(&mut journal, history, 1);
    journal.checkpoint(Checkpoint::default()).synced().await;
    drop(journal);
    refused("with a checkpoint");
    Journal::open(&path, &log, &PAYER).expect("opens again");

    // An earlier version wrote events and named nobody.
    written(&folder.path().join("old.db"), 1);
    let old = Connection::open(folder.path().join("old.db")).expect("opens");
    old.execute("DELETE FROM checkpoint", []).expect("changes");
    drop(old);
    let unnamed = open(&folder.path().join("old.db")).map(|_| ());
    assert!(matches!(unnamed, Err(JournalError::NoPayer { .. })), "{unnamed:?}");
}

#[test]
fn a_new_journal_is_not_put_beside_the_assignment_log_of_another_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, log) = (folder.path().join("journal.db"), folder.path().join("assignments.log"));
    let Opened { journal, log: assignments, .. } = Journal::open(&path, &log, &PAYER).expect("opens");
    let Payer { chain_id, coordinator, .. } = PAYER;
    assignments.append(1, Entry::Started { coordinator, chain_id, staking: Address::ZERO, rule: None, lost: vec![] });
    drop(journal);
    fs::remove_file(&path).expect("removed");
    let rotated = Payer { coordinator: Address::repeat_byte(9), ..PAYER };
    let refused = Journal::open(&path, &log, &rotated).map(|_| ());
    assert!(matches!(refused, Err(JournalError::LogOfAnother { coordinator: found, .. }) if found == coordinator));
    Journal::open(&path, &log, &PAYER).expect("its own log goes on");
}
