//! Tests of a journal in a file: what is durable and when it is told, what a damaged file shows, and what a checkpoint replaces.

use std::{
    fs,
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    TaskId,
    assign::log::Entry,
    coordinator::{AuditEvent, Bound, Event},
    manifest::ModelManifest,
    price::Rate,
    task::{self, ChatMessage, ChatRole, Idempotency, Kind, Micros, Sampling, TaskSpec},
};
use futures::executor::block_on;
use rusqlite::Connection;

use super::{Checkpoint, History, Journal, JournalError, Opened, Payer, Release, Turn};

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
        examine: None,
    })
}

fn event(number: u8) -> Event {
    task::Event::Cancelled { task: TaskId(B256::repeat_byte(number)), delivered: 0 }.into()
}

/// A turn with events and nothing else.
fn turn(events: impl IntoIterator<Item = Event>) -> Turn {
    Turn { events: events.into_iter().collect(), ..Turn::default() }
}

/// A turn with an entry of the assignment log.
pub(in crate::node::coordinator) fn entry(at: u64, entry: Entry) -> Turn {
    Turn { at, entries: vec![entry], ..Turn::default() }
}

/// Opens a journal in a folder of its own, or one more there.
fn open(path: &Path) -> Result<(Journal, History), JournalError> {
    let Opened { journal, history, .. } = Journal::open(path, &path.with_extension("log"), &PAYER)?;
    Ok((journal, history))
}

/// A journal with an event in each of its records.
fn written(path: &Path, count: u8) {
    let (mut journal, _) = open(path).expect("opens");
    for number in 0..count {
        journal.append(turn([event(number)]), vec![], true);
        block_on(journal.mark().synced());
    }
}

/// What journals have come to: the state after everything in them.
pub(super) fn state(history: History) -> Checkpoint {
    let History { mut checkpoint, events } = history;
    for event in events {
        checkpoint.apply(&event).expect("applies");
    }
    checkpoint
}

#[test]
fn what_was_marked_synced_is_read_back_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, history) = open(&path).expect("opens");
    assert_eq!(history, History::default());
    for number in 0..100 {
        journal.append(turn([event(number), event(100 + number)]), vec![], number % 3 == 0);
    }
    block_on(journal.mark().synced());
    drop(journal);
    let (_, history) = open(&path).expect("opens again");
    let expected: Vec<_> = (0..100).flat_map(|number| [event(number), event(100 + number)]).collect();
    assert_eq!(history.events, expected);
}

#[test]
fn what_happens_in_audits_and_to_names_is_kept_with_what_happens_to_tasks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let bound = Bound { kind: Kind::Text, model: "m".into(), manifest: Arc::new(ModelManifest::default()), at: 7 };
    let (task, auditor) = (TaskId(B256::repeat_byte(1)), Address::repeat_byte(3));
    let assigned = AuditEvent::Assigned { task, examination: task, auditor, number: 9, bound: u128::MAX, at: 8 };
    let why = "its answers are false".to_owned();
    let (miner, manifest, contradicted) = (auditor, B256::repeat_byte(4), vec![auditor]);
    let confirmed = AuditEvent::Confirmed { miner, manifest, task, why, contradicted, at: 9 };
    let events =
        [event(1), AuditEvent::Epoch { epoch: 3 }.into(), bound.into(), event(2), assigned.into(), confirmed.into()];
    let (mut journal, _) = open(&path).expect("opens");
    journal.append(turn(events.clone()), vec![], true);
    block_on(journal.mark().synced());
    drop(journal);
    let (mut journal, History { mut checkpoint, events: found }) = open(&path).expect("opens again");
    assert_eq!(found, events);
    // And in a checkpoint. The tasks of this one are nobody's.
    for event in found.iter().filter(|event| event.as_task().is_none()) {
        checkpoint.apply(event).expect("applies");
    }
    journal.append(Turn { checkpoint: Some(Box::new(checkpoint.clone())), ..turn([]) }, vec![], true);
    block_on(journal.mark().synced());
    drop(journal);
    let (_, history) = open(&path).expect("opens once more");
    assert_eq!((history.checkpoint, history.events), (checkpoint.clone(), vec![]));
    assert_eq!((checkpoint.audits.epoch(), checkpoint.bindings.iter().count()), (Some(3), 1));
    assert!(checkpoint.audits.record(&miner).is_some_and(|record| record.is_confirmed()));
}

#[test]
fn what_is_released_is_durable_and_released_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let (tell, told) = mpsc::channel();
    for number in 0..40u8 {
        // Some turns have nothing to write, and many wait for nobody.
        let events = if number % 5 == 4 { vec![] } else { vec![event(number)] };
        let (tell, path, folder) = (tell.clone(), path.clone(), folder.path().join(number.to_string()));
        let release = move || {
            // What a power cut would leave at this moment.
            fs::create_dir(&folder).expect("made");
            for name in ["journal.db", "journal.db-wal"] {
                fs::copy(path.with_file_name(name), folder.join(name)).expect("copied");
            }
            tell.send(number).expect("heard");
        };
        journal.append(turn(events), vec![Box::new(release) as Release], number % 7 == 6);
    }
    drop(journal);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    for number in 0..40u8 {
        let (_, history) = open(&folder.path().join(number.to_string()).join("journal.db")).expect("opens");
        let told = (0..=number).filter(|number| number % 5 != 4).map(event).collect::<Vec<_>>();
        assert!(history.events.starts_with(&told), "{number}: {} events", history.events.len());
    }
}

#[test]
fn a_turn_for_which_nobody_waits_is_written_soon_and_with_the_next_urgent_one_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let (tell, told) = mpsc::channel();
    let release = |name: &'static str| -> Vec<Release> {
        let tell = tell.clone();
        vec![Box::new(move || tell.send((name, Instant::now())).expect("heard"))]
    };
    let begin = Instant::now();
    journal.append(turn([event(1)]), release("alone"), false);
    let (name, at) = told.recv_timeout(Duration::from_secs(10)).expect("told");
    assert_eq!(name, "alone");
    assert!(at - begin >= Duration::from_millis(5), "{:?}", at - begin);
    journal.append(turn([event(2)]), release("lazy"), false);
    journal.append(turn([event(3)]), release("urgent"), true);
    journal.append(Turn::default(), release("empty"), true);
    drop(journal);
    assert_eq!(told.try_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["lazy", "urgent", "empty"]);
    let (_, history) = open(&path).expect("opens again");
    assert_eq!(history.events, [1, 2, 3].map(event));
    let count = "SELECT count(*) FROM turns";
    let count: i64 =
        Connection::open(&path).and_then(|journal| journal.query_row(count, [], |row| row.get(0))).expect("counted");
    assert_eq!(count, 2, "the lazy one is in the record of the urgent one");
}

/// Holds up the thread that writes until the sender is gone, so that what is appended meanwhile is taken together.
fn hold_up(journal: &mut Journal) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    journal.append(Turn::default(), vec![Box::new(move || assert!(receiver.recv().is_err()))], true);
    sender
}

#[test]
fn what_has_queued_is_one_record_and_a_checkpoint_ends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let held = hold_up(&mut journal);
    let mut whole = Checkpoint::default();
    for number in 0..9u8 {
        let accepted: Event = task::Event::Accepted { sequence: number.into(), spec: spec(number) }.into();
        whole.apply(&accepted.clone()).expect("applies");
        let checkpoint = (number == 5).then(|| Box::new(whole.clone()));
        journal.append(Turn { checkpoint, ..turn([accepted]) }, vec![], true);
    }
    assert_eq!((journal.since_checkpoint(), journal.commits()), (3, 0));
    drop(held);
    block_on(journal.mark().synced());
    assert_eq!(journal.commits(), 2);
    drop(journal);
    let count = "SELECT count(*), max(number) FROM turns";
    let connection = Connection::open(&path).expect("opens");
    let found = connection.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("counted");
    drop(connection);
    assert_eq!(found, (1, 2), "the second of two records is left");
    let (journal, history) = open(&path).expect("opens again");
    assert_eq!((history.checkpoint.tasks.len(), history.events.len(), journal.since_checkpoint()), (6, 3, 3));
    assert_eq!(state(history), whole);
}

#[test]
fn a_turn_may_be_larger_than_a_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let large = |number: u8| {
        let messages = vec![ChatMessage { role: ChatRole::User, content: "x".repeat(9 << 20) }];
        let spec = TaskSpec { messages, ..(*spec(number)).clone() };
        task::Event::Accepted { sequence: number.into(), spec: Arc::new(spec) }.into()
    };
    let events: Vec<_> = (0..5).map(large).collect();
    let at_once = Turn { entries: vec![Entry::Revealed { epoch: 1, seed: B256::ZERO }], ..turn(events.clone()) };
    journal.append(at_once, vec![], true);
    drop(journal);
    let (_, history) = open(&path).expect("opens again");
    assert!(history.events == events, "{} of {} events", history.events.len(), events.len());
    let connection = Connection::open(&path).expect("opens");
    let found: i64 = connection.query_row("SELECT count(*) FROM turns", [], |row| row.get(0)).expect("counted");
    assert_eq!(found, 3);
    assert_eq!(fs::read_to_string(path.with_extension("log")).expect("a log").lines().count(), 1);
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
        // One commit each, so that the tail can tear between any two of them.
        journal.append(turn([event(number)]), vec![], true);
        block_on(journal.mark().synced());
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

#[test]
fn v13_a_flipped_bit_in_what_was_not_copied_yet_is_found_by_the_assignment_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let log = path.with_extension("log");
    let (mut journal, _) = open(&path).expect("opens");
    for number in 0..60u8 {
        let entries = vec![Entry::Revealed { epoch: number.into(), seed: B256::ZERO }];
        let events = vec![event(number)];
        journal.append(Turn { at: 1, events, entries, checkpoint: None }, vec![], true);
        block_on(journal.mark().synced());
    }
    // As after a KILL: neither file is closed.
    let wal = fs::read(path.with_extension("db-wal")).expect("it is not closed");
    let (main, lines) = (fs::read(&path).expect("read"), fs::read(&log).expect("a log"));
    let (mut found, mut harmless) = (0, 0);
    for round in 0..40usize {
        let copy = folder.path().join(format!("{round}.db"));
        fs::write(&copy, &main).expect("written");
        fs::write(copy.with_extension("log"), &lines).expect("written");
        let mut damaged = wal.clone();
        let place = wal.len() / 4 + (round * 7_919) % (wal.len() / 2);
        damaged[place] ^= 1 << (round % 8);
        fs::write(copy.with_extension("db-wal"), damaged).expect("written");
        match open(&copy) {
            Err(_) => found += 1,
            Ok((_, read)) => {
                assert_eq!(read.events.len(), 60, "byte {place}");
                harmless += 1;
            }
        }
    }
    assert!(found > 20, "{found} found, {harmless} harmless");
    // Nothing of the log is changed by that, so that a copy of the journal can be put beside it.
    assert_eq!(fs::read(folder.path().join("0.log")).expect("there"), lines);
}

#[test]
fn v13_a_flipped_bit_in_the_assignment_log_is_found_before_anything_is_added() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    for number in 0..40 {
        journal.append(entry(1, Entry::Revealed { epoch: number, seed: B256::ZERO }), vec![], true);
    }
    drop(journal);
    // The next process knows that these lines are on the disk, and the journal repairs those after them alone.
    let (mut journal, _) = open(&path).expect("opens");
    journal.append(entry(1, Entry::Revealed { epoch: 40, seed: B256::ZERO }), vec![], true);
    drop(journal);
    let sound = fs::read(path.with_extension("log")).expect("a log");
    let mut found = 0;
    for round in 0..40usize {
        let mut damaged = sound.clone();
        let place = (round * 7_919) % sound.len();
        damaged[place] ^= 1;
        fs::write(path.with_extension("log"), &damaged).expect("written");
        let opened = open(&path);
        found += usize::from(opened.is_err());
        let left = fs::read(path.with_extension("log")).expect("there");
        assert!(opened.is_err() || left == sound, "byte {place}");
    }
    assert!(found > 30, "{found} found");
    fs::write(path.with_extension("log"), &sound).expect("written");
    assert!(open(&path).is_ok());
}

#[test]
fn v19_what_a_checkpoint_wrote_is_not_read_again_at_each_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, history) = open(&path).expect("opens");
    let mut checkpoint = state(history);
    let with_prompt = |number: u8| -> Event {
        let messages = vec![ChatMessage { role: ChatRole::User, content: "x".repeat(40_000) }];
        let spec = TaskSpec { messages, ..(*spec(number)).clone() };
        task::Event::Accepted { sequence: number.into(), spec: Arc::new(spec) }.into()
    };
    let large: Vec<_> = (0..200).map(with_prompt).collect();
    large.iter().for_each(|event| drop(checkpoint.apply(event).expect("applies")));
    journal.append(Turn { checkpoint: Some(Box::new(checkpoint)), ..turn(large) }, vec![], true);
    block_on(journal.mark().synced());
    // It is in the place of the records when another turn has come after it.
    let length = || fs::metadata(path.with_extension("db-wal")).map_or(0, |file| file.len());
    let begin = Instant::now();
    let mut number = 0;
    while length() > 4 << 20 || number < 3 {
        assert!(begin.elapsed() < Duration::from_secs(30), "{} bytes", length());
        journal.append(turn([event(210 + number % 40)]), vec![], true);
        block_on(journal.mark().synced());
        number += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_checkpoint_takes_the_place_of_what_was_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (mut journal, _) = open(&path).expect("opens");
    let mut whole = Checkpoint::default();
    for round in 0..3u8 {
        for number in 0..10 {
            let sequence = whole.tasks.next_sequence();
            let event: Event = task::Event::Accepted { sequence, spec: spec(round * 10 + number) }.into();
            whole.apply(&event.clone()).expect("applies");
            journal.append(turn([event]), vec![], true);
            block_on(journal.mark().synced());
        }
        assert_eq!(journal.since_checkpoint(), 10);
        if round < 2 {
            journal.append(Turn { checkpoint: Some(Box::new(whole.clone())), ..Turn::default() }, vec![], true);
            assert_eq!(journal.since_checkpoint(), 0);
        }
    }
    drop(journal);
    let (journal, history) = open(&path).expect("opens again");
    assert_eq!((history.checkpoint.tasks.len(), history.events.len(), journal.since_checkpoint()), (20, 10, 10));
    assert_eq!(state(history), whole);
    drop(journal);
    let change = |sql: &str| {
        Connection::open(&path).and_then(|connection| connection.execute(sql, [])).expect("changes");
        open(&path).map(|_| ())
    };
    let shorter = change("DELETE FROM turns WHERE number = 21");
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
    change("UPDATE turns SET body = unhex(replace(hex(body), '0707', '0708')) WHERE number = 8");
    assert!(matches!(open(&path), Err(JournalError::Damaged { record: 8, .. })));
    change("DELETE FROM turns WHERE number <= 8");
    assert!(matches!(open(&path), Err(JournalError::Damaged { record: 9, .. })));
}

#[test]
fn a_journal_is_refused_to_every_other_key_contract_and_chain() {
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
        journal.append(turn([event(1)]), vec![], true);
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
    let checkpoint = Some(Box::default());
    journal.append(Turn { checkpoint, ..Turn::default() }, vec![], true);
    drop(journal);
    refused("with a checkpoint");
    Journal::open(&path, &log, &PAYER).expect("opens again");

    // One that names nobody is nobody's.
    written(&folder.path().join("nameless.db"), 1);
    let nameless = Connection::open(folder.path().join("nameless.db")).expect("opens");
    nameless.execute("DELETE FROM checkpoint", []).expect("changes");
    drop(nameless);
    let unnamed = open(&folder.path().join("nameless.db")).map(|_| ());
    assert!(matches!(unnamed, Err(JournalError::NoPayer { .. })), "{unnamed:?}");
}

#[test]
fn a_new_journal_is_not_put_beside_the_assignment_log_of_another_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, log) = (folder.path().join("journal.db"), folder.path().join("assignments.log"));
    let Opened { mut journal, .. } = Journal::open(&path, &log, &PAYER).expect("opens");
    let Payer { chain_id, coordinator, .. } = PAYER;
    let started = Entry::Started { coordinator, chain_id, staking: Address::ZERO, rule: None, lost: vec![] };
    journal.append(entry(1, started), vec![], false);
    drop(journal);
    fs::remove_file(&path).expect("removed");
    let rotated = Payer { coordinator: Address::repeat_byte(9), ..PAYER };
    let refused = Journal::open(&path, &log, &rotated).map(|_| ());
    assert!(matches!(refused, Err(JournalError::LogOfAnother { coordinator: found, .. }) if found == coordinator));
    Journal::open(&path, &log, &PAYER).expect("its own log goes on");
}
