//! The assignment log: lines of [`log`], whose head is told to every miner. They become durable in the journal, in one order with
//! its events, and its thread writes them on to a file of their own, which anybody may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use alloy::primitives::B256;
use cuckoo_protocol::{
    assign::log::{self, Entry, Record},
    task::Millis,
};
use tokio::sync::watch;

use super::journal::Records;
use crate::host::files;

/// The file is synced this often; until then the journal has the lines too.
const SYNC: Duration = Duration::from_secs(1);

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
    /// Its last whole line is no entry, or not the one before those in the journal.
    #[error("the last line of the assignment log {path} is damaged")]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

/// How far a log reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub entries: u64,
    /// The hash chain's head.
    pub hash: B256,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 0.
    pub number: u64,
    /// Where it begins in the file, in bytes.
    pub place: u64,
    /// Without its end.
    pub text: String,
}

impl Line {
    /// Lines that follow each other, of which the first one has this number and place.
    pub fn numbered(
        number: u64,
        mut place: u64,
        texts: impl IntoIterator<Item = String>,
    ) -> impl Iterator<Item = Self> {
        (number..).zip(texts).map(move |(number, text)| {
            let line = Self { number, place, text };
            place = line.end();
            line
        })
    }

    /// Where the next one begins.
    fn end(&self) -> u64 {
        self.place + self.text.len() as u64 + 1
    }
}

/// Handle to the log: what is appended goes to the journal.
#[derive(Debug)]
pub struct AssignmentLog {
    records: Records,
    head: watch::Receiver<Head>,
    next_sequence: u64,
    path: PathBuf,
}

impl AssignmentLog {
    /// A number that no task had which was drawn before this start. Draws run ahead of the journal's events: a crash can leave one
    /// here of a task that nobody was told of, and whose number would otherwise be given again.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Queues an entry. It is durable before the journal's events that are appended after it.
    pub fn append(&self, at: Millis, entry: Entry) {
        self.records.append(at, entry);
    }

    /// What is durable.
    pub fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The log's file, in the hands of the journal's thread.
#[derive(Debug)]
pub(super) struct LogFile {
    file: File,
    path: PathBuf,
    head: watch::Sender<Head>,
    next_sequence: u64,
    /// Behind all lines that were made.
    next: Head,
    /// Bytes up to there.
    place: u64,
    /// When it was last synced, and how many lines it had then.
    synced: (Instant, u64),
}

impl LogFile {
    /// Opens or creates a log, to go on where it ends. `lines` are those of which it is not sure whether they are in it: from the
    /// first one's place on, they take the place of what is there. Without any, a line that a crash cut short is taken off.
    pub(super) fn open(path: &Path, lines: Vec<Line>) -> Result<Self, AssignmentLogError> {
        let failure = |source| AssignmentLogError::File { path: path.to_owned(), source };
        let damaged = || AssignmentLogError::Damaged { path: path.to_owned() };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failure)?;
        if let Some(first) = lines.first() {
            if file.metadata().map_err(failure)?.len() < first.place {
                return Err(damaged());
            }
            file.set_len(first.place).map_err(failure)?;
        }
        let last = last_line(&mut file).map_err(failure)?;
        let mut head = match last.as_deref().map(log::parse) {
            None => Head::default(),
            Some(Some((hash, _, record))) => Head { entries: record.number + 1, hash },
            Some(None) => return Err(damaged()),
        };
        for Line { number, text, place } in &lines {
            let (hash, json, _) = log::parse(text).ok_or_else(damaged)?;
            let follows = *number == head.entries && hash == log::next_head(&head.hash, json.as_bytes());
            if !follows || file.stream_position().map_err(failure)? != *place {
                return Err(damaged());
            }
            file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failure)?;
            head = Head { entries: number + 1, hash };
        }
        file.sync_data().map_err(failure)?;
        let next_sequence = next_sequence(&mut file).map_err(failure)?;
        let place = file.stream_position().map_err(failure)?;
        let synced = (Instant::now(), head.entries);
        let (path, next, head) = (path.to_owned(), head, watch::Sender::new(head));
        Ok(Self { file, path, head, next_sequence, next, place, synced })
    }

    /// What appends to it.
    pub(super) fn log(&self, records: Records) -> AssignmentLog {
        AssignmentLog {
            records,
            head: self.head.subscribe(),
            next_sequence: self.next_sequence,
            path: self.path.clone(),
        }
    }

    /// Makes the next line. Each one has to be [written](Self::extend).
    pub(super) fn line(&mut self, at: Millis, entry: Entry) -> serde_json::Result<Line> {
        let number = self.next.entries;
        let (text, hash) = log::line(&self.next.hash, &Record { number, at, entry })?;
        let line = Line { number, place: self.place, text };
        self.place = line.end();
        self.next = Head { entries: number + 1, hash };
        Ok(line)
    }

    /// Writes all lines that were made since the last time, which are durable in the journal, or nothing, and tells of it.
    pub(super) fn extend<'a>(&mut self, lines: impl Iterator<Item = &'a Line>) -> io::Result<()> {
        let text: String = lines.flat_map(|line| [line.text.as_str(), "\n"]).collect();
        if !text.is_empty() {
            extend(&mut self.file, text.as_bytes())?;
            self.head.send_replace(self.next);
        }
        Ok(())
    }

    /// Makes it durable now and then: the number of lines that are, where that are more than before.
    pub(super) fn sync(&mut self) -> io::Result<Option<u64>> {
        let entries = self.head.borrow().entries;
        let (at, before) = self.synced;
        if entries == before || at.elapsed() < SYNC {
            return Ok(None);
        }
        self.file.sync_data()?;
        self.synced = (Instant::now(), entries);
        Ok(Some(entries))
    }

    /// How many lines were durable when it was last synced.
    pub(super) fn synced(&self) -> u64 {
        self.synced.1
    }
}

/// Adds all of it to a file, or nothing.
fn extend(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    let length = file.stream_position()?;
    let written = file.write_all(bytes);
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

/// The same up to where a power cut left something else of its end: the file is not synced at each line.
pub(super) fn sound_lines(path: &Path) -> io::Result<Vec<String>> {
    let mut lines = lines(path)?;
    let mut bytes = 0;
    let in_tail = |line: &&String| {
        bytes += line.len() as u64;
        bytes <= TAIL
    };
    let begin = lines.len() - lines.iter().rev().take_while(in_tail).count();
    let mut head = (begin == 0).then_some(B256::ZERO);
    let broken = lines[begin..].iter().position(|line| {
        let Some((hash, json, _)) = log::parse(line) else { return true };
        head.replace(hash).is_some_and(|head| hash != log::next_head(&head, json.as_bytes()))
    });
    lines.truncate(broken.map_or(lines.len(), |broken| begin + broken));
    Ok(lines)
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
    use crate::node::coordinator::journal::{Journal, Opened};

    fn revealed(number: u64) -> Entry {
        Entry::Revealed { epoch: number, seed: B256::ZERO }
    }

    fn open(folder: &Path) -> Opened {
        Journal::open(&folder.join("journal.db"), &folder.join("assignments.log")).expect("opens")
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
            let Opened { journal, log, .. } = open(folder.path());
            assert_eq!(log.head().entries, round * 100);
            (0..100).for_each(|number| log.append(number, revealed(round * 100 + number)));
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
        let Opened { journal, log, .. } = open(folder.path());
        (0..50).for_each(|number| log.append(number, revealed(number)));
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
            let Opened { journal, log, .. } = open(folder.path());
            log.append(1, revealed(1));
            drop(journal);
        }
        // Those of the first start are known to be in the file.
        fs::remove_file(&path).expect("removed");
        for expected in 0..3 {
            let Opened { journal, log, .. } = open(folder.path());
            assert_eq!(log.head().entries, expected);
            log.append(1, revealed(1));
            drop(journal);
        }
        assert_eq!(chain(&path).entries, 3);
    }

    #[test]
    fn lines_that_do_not_follow_from_what_is_there_are_not_added() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("assignments.log");
        let Opened { journal, log, .. } = open(folder.path());
        (0..4).for_each(|number| log.append(number, revealed(number)));
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
    fn numbers_go_on_behind_the_newest_draw() {
        let folder = tempfile::tempdir().expect("a folder");
        let Opened { journal, log, .. } = open(folder.path());
        assert_eq!(log.next_sequence(), 0);
        for sequence in [3, 9, 4] {
            let (task, miner) = (cuckoo_protocol::TaskId(B256::repeat_byte(1)), alloy::primitives::Address::ZERO);
            let (model, drawn, total) = ("m".into(), "0".into(), "1".into());
            log.append(1, Entry::Picked { task, sequence, attempt: 1, model, salt: B256::ZERO, drawn, total, miner });
        }
        log.append(2, revealed(1));
        drop(journal);
        let Opened { journal, log, .. } = open(folder.path());
        assert_eq!(log.next_sequence(), 10);
        log.append(3, revealed(2));
        drop(journal);
        assert_eq!(open(folder.path()).log.head().entries, 5);
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
}
