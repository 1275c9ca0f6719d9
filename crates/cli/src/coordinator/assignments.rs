//! The assignment log on disk: lines of [`log`], written and synced by one thread, whose head is told to every miner.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use alloy::primitives::B256;
use cuckoo_protocol::{
    assign::log::{self, Entry, Record},
    task::Millis,
};
use tokio::sync::watch;

use super::journal::Lines;
use crate::{batch::Batches, crash, files, room::Room};

/// An entry waits this long under load. Nobody waits for it: its head is told to miners every few seconds.
const GATHER: Duration = Duration::from_millis(10);
/// Entries of several tasks at once show load.
const MANY: usize = 8;

/// Bytes of its end in which the newest draws are looked for.
const TAIL: u64 = 4 << 20;

/// Why a log does not open.
#[derive(Debug, thiserror::Error)]
pub enum AssignmentLogError {
    /// The file cannot be read or written.
    #[error("the assignment log {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its last whole line is no entry.
    #[error("the last line of the assignment log {path} is damaged")]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

/// How far a log reaches on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub entries: u64,
    /// The hash chain's head.
    pub hash: B256,
}

/// Handle to the writing thread. Dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct AssignmentLog {
    sender: Option<mpsc::Sender<(Millis, Entry)>>,
    head: watch::Receiver<Head>,
    next_sequence: u64,
    path: PathBuf,
    room: Room,
    thread: Option<thread::JoinHandle<()>>,
}

impl AssignmentLog {
    /// Opens or creates a log, to go on where it ends. A line that a crash cut short is taken off: no miner has seen its head.
    /// With `lines` each is kept there first.
    pub fn open(path: &Path, lines: Option<Lines>) -> Result<Self, AssignmentLogError> {
        let failure = |source| AssignmentLogError::File { path: path.to_owned(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failure)?;
        let last = last_line(&mut file).map_err(failure)?;
        let start = match last.as_deref().map(log::parse) {
            None => Head::default(),
            Some(Some((hash, _, record))) => Head { entries: record.number + 1, hash },
            Some(None) => return Err(AssignmentLogError::Damaged { path: path.to_owned() }),
        };
        let next_sequence = next_sequence(&mut file).map_err(failure)?;
        let (sender, receiver) = mpsc::channel();
        let (publish, head) = watch::channel(start);
        let room = Room::default();
        let own = room.clone();
        let write = move || write(file, Batches::new(receiver, GATHER, MANY), start, lines.as_ref(), &own, &publish);
        let thread = thread::Builder::new().name("assignments".into()).spawn(write).map_err(failure)?;
        Ok(Self { sender: Some(sender), head, next_sequence, path: path.to_owned(), room, thread: Some(thread) })
    }

    /// A number that no task had which was drawn before this start. Draws run ahead of the journal: a crash can leave one here of
    /// a task that nobody was told of, and whose number would otherwise be given again.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Queues an entry. Entries are written in the order of the calls.
    pub fn append(&self, at: Millis, entry: Entry) {
        if let Some(sender) = &self.sender {
            // The receiver lives as long as its thread, and that aborts the process rather than end.
            let _ = sender.send((at, entry));
        }
    }

    /// True while no more fits on its disk.
    pub fn is_full(&self) -> bool {
        self.room.is_full()
    }

    /// Writes what is queued; nothing can be appended any more.
    pub fn close(&mut self) {
        self.room.leave();
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the assignment log's thread panicked");
        }
    }

    /// What is on disk.
    pub fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for AssignmentLog {
    fn drop(&mut self) {
        self.close();
    }
}

fn write(
    mut file: File,
    batches: Batches<(Millis, Entry)>,
    mut head: Head,
    shared: Option<&Lines>,
    room: &Room,
    publish: &watch::Sender<Head>,
) {
    for batch in batches {
        crash::point(crash::LOG_BEFORE);
        let first = head.entries;
        let lines = batch.into_iter().map(|(at, entry)| {
            let (line, hash) = log::line(&head.hash, &Record { number: head.entries, at, entry })?;
            head = Head { entries: head.entries + 1, hash };
            Ok(line)
        });
        let written = lines.collect::<serde_json::Result<Vec<_>>>().map_err(io::Error::from).and_then(|lines| {
            let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
            // First where others read it: what is in the file is always a beginning of what they go on with.
            if shared.is_some_and(|shared| !shared.keep(first, lines)) {
                return Ok(false);
            }
            while let Err(error) = extend(&mut file, text.as_bytes()) {
                if !room.wait("assignment log", &error) {
                    return Err(error);
                }
            }
            room.found("assignment log");
            Ok(true)
        });
        match written {
            Ok(true) => {}
            // The journal's thread aborts the process rather than end before this one.
            Ok(false) => return,
            Err(error) => {
                // A log that skips an entry would accuse this coordinator: better none than that.
                tracing::error!(%error, "the assignment log cannot be written; ending at once");
                std::process::abort();
            }
        }
        crash::point(crash::LOG_AFTER);
        publish.send_replace(head);
    }
}

/// Adds all of it to a file, on disk, or nothing.
fn extend(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    let length = file.stream_position()?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if written.is_err() {
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
    }
    written
}

/// Whole lines of the log at `path`, of which there need not be any. A last one that was cut short is none.
pub(super) fn lines(path: &Path) -> io::Result<Vec<String>> {
    let text = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Ok(String::from_utf8_lossy(&text[..whole]).lines().map(str::to_owned).collect())
}

/// Makes a log with the lines `own` that of another place, whose lines from number `from` on are `theirs`. False, and nothing is
/// changed, where both have that line and it is not the same.
pub(super) fn continue_as(path: &Path, mut own: Vec<String>, from: usize, theirs: Vec<String>) -> io::Result<bool> {
    if own.get(from).is_some_and(|line| theirs.first() != Some(line)) {
        return Ok(false);
    }
    if own.get(from..) != Some(&theirs) {
        own.truncate(from);
        own.extend(theirs);
        let text: String = own.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        files::replace(path, text.as_bytes())?;
    }
    Ok(true)
}

/// One more than the largest number of a task at the end of a log, and the file positioned there again.
fn next_sequence(file: &mut File) -> io::Result<u64> {
    let end = file.stream_position()?;
    file.seek(SeekFrom::Start(end.saturating_sub(TAIL)))?;
    let mut tail = vec![];
    file.take(TAIL).read_to_end(&mut tail)?;
    file.seek(SeekFrom::Start(end))?;
    // The first line may be cut.
    let sequences = tail.split(|byte| *byte == b'\n').filter_map(|line| {
        match log::parse(std::str::from_utf8(line).ok()?)?.2.entry {
            Entry::Picked { sequence, .. } => Some(sequence + 1),
            _ => None,
        }
    });
    Ok(sequences.max().unwrap_or(0))
}

/// The last whole line, with the file cut and positioned behind it.
fn last_line(file: &mut File) -> io::Result<Option<String>> {
    const CHUNK: u64 = 64 * 1024;
    let mut begin = file.seek(SeekFrom::End(0))?;
    let mut tail: Vec<u8> = vec![];
    // Until the tail holds a whole line, which two ends of lines or the file's beginning show.
    while begin > 0 && tail.iter().filter(|byte| **byte == b'\n').count() < 2 {
        let size = begin.min(CHUNK);
        begin -= size;
        file.seek(SeekFrom::Start(begin))?;
        let mut chunk = vec![0; size as usize];
        file.read_exact(&mut chunk)?;
        chunk.extend_from_slice(&tail);
        tail = chunk;
    }
    let Some(end) = tail.iter().rposition(|byte| *byte == b'\n') else {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        return Ok(None);
    };
    let length = begin + end as u64 + 1;
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    let start = tail[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
    Ok(Some(String::from_utf8_lossy(&tail[start..end]).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(number: u64) -> Entry {
        Entry::Revealed { epoch: number, seed: B256::ZERO }
    }

    #[test]
    fn a_log_goes_on_where_it_ended_and_forgets_a_torn_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("assignments.log");
        for round in 0..3u64 {
            let log = AssignmentLog::open(&path, None).expect("opens");
            assert_eq!(log.head().entries, round * 100);
            (0..100).for_each(|number| log.append(number, joined(round * 100 + number)));
            drop(log);
            let mut file = OpenOptions::new().append(true).open(&path).expect("opens");
            file.write_all(b"0123 {\"torn").expect("written");
        }
        let log = AssignmentLog::open(&path, None).expect("opens");
        let head = log.head();
        drop(log);
        let text = std::fs::read_to_string(&path).expect("read");
        let mut hash = B256::ZERO;
        for (number, line) in text.lines().enumerate() {
            let (claimed, json, record) = log::parse(line).expect("an entry");
            hash = log::next_head(&hash, json.as_bytes());
            assert_eq!((claimed, record.number), (hash, number as u64));
        }
        assert_eq!(head, Head { entries: 300, hash });
    }

    #[test]
    fn numbers_go_on_behind_the_newest_draw() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("assignments.log");
        let log = AssignmentLog::open(&path, None).expect("opens");
        assert_eq!(log.next_sequence(), 0);
        for sequence in [3, 9, 4] {
            let (task, miner) = (cuckoo_protocol::TaskId(B256::repeat_byte(1)), alloy::primitives::Address::ZERO);
            let (model, drawn, total) = ("m".into(), "0".into(), "1".into());
            log.append(1, Entry::Picked { task, sequence, attempt: 1, model, salt: B256::ZERO, drawn, total, miner });
        }
        log.append(2, joined(1));
        drop(log);
        let log = AssignmentLog::open(&path, None).expect("opens");
        assert_eq!(log.next_sequence(), 10);
        log.append(3, joined(2));
        drop(log);
        assert_eq!(AssignmentLog::open(&path, None).expect("opens whole").head().entries, 5);
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
        assert!(matches!(AssignmentLog::open(&path, None), Err(AssignmentLogError::Damaged { .. })));
    }
}
