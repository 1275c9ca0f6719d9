//! Tests of the assignment log: what a crash leaves of it, and what is refused.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    sync::Arc,
};

use alloy::primitives::B256;
use cuckoo_protocol::{
    assign::{
        Snapshot,
        log::{self, Entry},
    },
    coordinator::LogEnd,
};

use super::{AssignmentLogError, Head, Line, LogFile, continue_as, file::lines};
use crate::node::coordinator::journal::{
    Journal, Opened,
    tests::{PAYER, entry},
};

fn revealed(number: u64) -> Entry {
    Entry::Revealed { epoch: number, seed: B256::ZERO }
}

fn open(folder: &Path) -> Opened {
    Journal::open(&folder.join("journal.db"), &folder.join("assignments.log"), &PAYER).expect("opens")
}

fn append(journal: &mut Journal, at: u64, one: Entry) {
    journal.append(entry(at, one), vec![], false);
}

/// Every line that is there, once it is known to follow from the one before.
fn chain(path: &Path) -> Head {
    let mut head = Head::default();
    for line in lines(path).expect("read") {
        let (claimed, json, record) = log::parse(&line).expect("an entry");
        assert_eq!((claimed, record.number), (log::next_head(&head.hash, json.as_bytes()), head.entries));
        head = Head { entries: head.entries + 1, hash: claimed };
    }
    head
}

#[test]
fn a_log_goes_on_where_it_ended_and_forgets_a_torn_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assignments.log");
    for round in 0..3u64 {
        let Opened { mut journal, log, .. } = open(folder.path());
        assert_eq!(log.head().entries, round * 100);
        (0..100).for_each(|number| append(&mut journal, number, revealed(round * 100 + number)));
        drop(journal);
        let mut file = OpenOptions::new().append(true).open(&path).expect("opens");
        file.write_all(b"0123 {\"torn").expect("written");
    }
    let head = open(folder.path()).log.head();
    assert_eq!((head.entries, chain(&path)), (300, head));
}

/// What a power cut leaves of a file that was not synced is made whole from the journal.
#[test]
fn a_log_has_every_line_that_is_in_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assignments.log");
    let Opened { mut journal, .. } = open(folder.path());
    (0..50).for_each(|number| append(&mut journal, number, revealed(number)));
    drop(journal);
    let whole = fs::read(&path).expect("read");
    let journal = fs::read(folder.path().join("journal.db")).expect("read");
    let middle = whole.len() / 2;
    let zeros = [&whole[..middle], &vec![0; whole.len() - middle]].concat();
    for left in [whole.clone(), whole[..middle].to_vec(), zeros, vec![], [&whole[..], b"more\n"].concat()] {
        fs::write(&path, left).expect("written");
        fs::write(folder.path().join("journal.db"), &journal).expect("written");
        let head = open(folder.path()).log.head();
        assert_eq!((head.entries, chain(&path)), (50, head));
        assert_eq!(fs::read(&path).expect("read"), whole);
    }
}

#[test]
fn another_log_begins_where_one_was_moved_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assignments.log");
    for _ in 0..2 {
        let Opened { mut journal, .. } = open(folder.path());
        append(&mut journal, 1, revealed(1));
        drop(journal);
    }
    // Those of the first start are known to be in the file.
    fs::remove_file(&path).expect("removed");
    for expected in 0..3 {
        let Opened { mut journal, log, .. } = open(folder.path());
        assert_eq!(log.head().entries, expected);
        append(&mut journal, 1, revealed(1));
        drop(journal);
    }
    assert_eq!(chain(&path).entries, 3);
}

#[test]
fn lines_that_do_not_follow_from_what_is_there_are_not_added() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assignments.log");
    let Opened { mut journal, .. } = open(folder.path());
    (0..4).for_each(|number| append(&mut journal, number, revealed(number)));
    drop(journal);
    let all: Vec<_> = Line::numbered(0, 0, lines(&path).expect("read")).collect();
    let whole = fs::read(&path).expect("read");
    let opened = |lines: &[Line]| {
        fs::write(&path, &whole).expect("written");
        LogFile::open(&path, lines.to_vec()).map(|file| file.head.borrow().entries)
    };
    assert_eq!(opened(&all[2..]).expect("opens"), 4);
    assert_eq!(opened(&all[2..3]).expect("opens"), 3);
    let mut forged = all[3].clone();
    forged.text = forged.text.replace("\"epoch\":3", "\"epoch\":4");
    let gone = Line { place: whole.len() as u64 + 1, ..all[3].clone() };
    for wrong in [vec![all[1].clone(), all[3].clone()], vec![forged], vec![gone]] {
        assert!(matches!(opened(&wrong), Err(AssignmentLogError::Damaged { .. })), "{wrong:?}");
    }
}

#[test]
fn numbers_and_epochs_go_on_behind_the_newest_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let Opened { mut journal, log, .. } = open(folder.path());
    assert_eq!(log.end(), LogEnd::default());
    for sequence in [3, 9, 4] {
        let (task, miner) = (cuckoo_protocol::TaskId(B256::repeat_byte(1)), alloy::primitives::Address::ZERO);
        let (model, drawn, total) = ("m".into(), "0".into(), "1".into());
        let picked = Entry::Picked { task, sequence, attempt: 1, model, salt: B256::ZERO, drawn, total, miner };
        append(&mut journal, 1, picked);
    }
    append(
        &mut journal,
        2,
        Entry::Epoch { epoch: 7, beacon: B256::ZERO, miners: Arc::new(Snapshot::default()).into() },
    );
    append(&mut journal, 2, revealed(1));
    drop(journal);
    let Opened { mut journal, log, .. } = open(folder.path());
    assert_eq!(log.end(), LogEnd { next_sequence: 10, epoch: 7 });
    append(&mut journal, 3, revealed(2));
    drop(journal);
    assert_eq!(open(folder.path()).log.head().entries, 6);
}

#[test]
fn a_log_becomes_that_of_another_place_or_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assignments.log");
    let theirs: Vec<_> = (0..9).map(|number| format!("line {number}")).collect();
    for own in ["", "line 0\n", "line 0\nline 1\nline 2\nli", "line 0\nline 1\nline 2\nline 3\nline 4\nline 5\n"] {
        for count in 1..9usize {
            std::fs::write(&path, own).expect("written");
            let own = lines(&path).expect("reads");
            let from = own.len().min(count).saturating_sub(1);
            assert!(continue_as(&path, own, from, theirs[from..count].to_vec()).expect("writes"));
            assert_eq!(lines(&path).expect("reads"), theirs[..count]);
        }
    }
    std::fs::write(&path, "line 0\nanother\n").expect("written");
    let own = lines(&path).expect("reads");
    assert!(!continue_as(&path, own.clone(), 1, theirs[1..].to_vec()).expect("reads"));
    assert_eq!(lines(&path).expect("reads"), own);
}

#[test]
fn a_damaged_end_is_not_built_upon() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assignments.log");
    std::fs::write(&path, "not an entry\n").expect("written");
    assert!(matches!(LogFile::open(&path, vec![]), Err(AssignmentLogError::Damaged { .. })));
}
