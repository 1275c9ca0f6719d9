//! The file of the assignment log, in the hands of the journal's thread.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    assign::log::{self, Entry, Record},
    coordinator::LogEnd,
    task::Millis,
};
use tokio::sync::watch;

use super::{
    handle::AssignmentLog,
    line::{Head, Line},
};
use crate::host::files;

/// Why a log does not open.
#[derive(Debug, thiserror::Error)]
pub enum AssignmentLogError {
    /// The file cannot be read or written.
    #[error("cannot read or write the assignment log {path}")]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// One of its last lines is not an entry, or does not follow from the one before it.
    #[error("the end of the assignment log {path} is damaged")]
    Damaged {
        /// The path of the file.
        path: PathBuf,
    },
}

/// The file is synced this often; until then the journal has the lines too.
const SYNC: Duration = Duration::from_secs(1);

/// Bytes of its end in which the newest draws are looked for.
const TAIL: u64 = 4 << 20;

/// The log's file, in the hands of the journal's thread.
#[derive(Debug)]
pub(in crate::node::coordinator) struct LogFile {
    file: File,
    path: PathBuf,
    pub(super) head: watch::Sender<Head>,
    end: LogEnd,
    /// The head behind all lines that were made.
    next: Head,
    /// The length of the file up to there, in bytes.
    place: u64,
    /// When it was last synced, and how many lines it had then.
    synced: (Instant, u64),
}

impl LogFile {
    /// Opens or creates a log, to continue where it ends. `lines` are lines that may be missing from it: from the position of
    /// the first one on, they replace what is there. Without any, a line that a crash cut short is removed.
    pub(in crate::node::coordinator) fn open(path: &Path, lines: Vec<Line>) -> Result<Self, AssignmentLogError> {
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
        let end = log_end(&mut file).map_err(failure)?.ok_or_else(damaged)?;
        let place = file.stream_position().map_err(failure)?;
        let synced = (Instant::now(), head.entries);
        let (path, next, head) = (path.to_owned(), head, watch::Sender::new(head));
        Ok(Self { file, path, head, end, next, place, synced })
    }

    /// What others may know of it.
    pub(in crate::node::coordinator) fn log(&self) -> AssignmentLog {
        AssignmentLog { head: self.head.subscribe(), end: self.end, path: self.path.clone() }
    }

    /// Makes the next line. Each one has to be [written](Self::extend).
    pub(in crate::node::coordinator) fn line(&mut self, at: Millis, entry: Entry) -> serde_json::Result<Line> {
        let number = self.next.entries;
        let (text, hash) = log::line(&self.next.hash, &Record { number, at, entry })?;
        let line = Line { number, place: self.place, text };
        self.place = line.end();
        self.next = Head { entries: number + 1, hash };
        Ok(line)
    }

    /// Writes all lines that were made since the last time, or nothing, and publishes the new head. The lines are durable in the
    /// journal already.
    pub(in crate::node::coordinator) fn extend(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = String::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum());
        text.extend(lines.iter().flat_map(|line| [line.text.as_str(), "\n"]));
        if !text.is_empty() {
            extend(&mut self.file, text.as_bytes())?;
            self.head.send_replace(self.next);
        }
        Ok(())
    }

    /// Makes it durable now and then: the number of lines that are, where that are more than before.
    pub(in crate::node::coordinator) fn sync(&mut self) -> io::Result<Option<u64>> {
        let (at, before) = self.synced;
        if self.head.borrow().entries == before || at.elapsed() < SYNC {
            return Ok(None);
        }
        self.sync_now().map(Some)
    }

    /// Makes all of it durable: the number of its lines.
    pub(in crate::node::coordinator) fn sync_now(&mut self) -> io::Result<u64> {
        let entries = self.head.borrow().entries;
        self.file.sync_data()?;
        self.synced = (Instant::now(), entries);
        Ok(entries)
    }

    /// How many lines were durable when it was last synced.
    pub(in crate::node::coordinator) fn synced(&self) -> u64 {
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

/// The whole lines of the log at `path`, which need not exist. A last line that was cut short is left out.
pub(in crate::node::coordinator) fn lines(path: &Path) -> io::Result<Vec<String>> {
    let text = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Ok(String::from_utf8_lossy(&text[..whole]).lines().map(str::to_owned).collect())
}

/// The same up to where a power cut left something else of its end: the file is not synced at each line.
pub(in crate::node::coordinator) fn sound_lines(path: &Path) -> io::Result<Vec<String>> {
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

/// Which coordinator's log it is, and on which chain (EIP-155), where its first line says so.
pub(in crate::node::coordinator) fn first_started(path: &Path) -> io::Result<Option<(Address, u64)>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut line = vec![];
    BufReader::new(file).read_until(b'\n', &mut line)?;
    match log::parse(String::from_utf8_lossy(&line).trim_end()) {
        Some((_, _, Record { entry: Entry::Started { coordinator, chain_id, .. }, .. })) => {
            Ok(Some((coordinator, chain_id)))
        }
        _ => Ok(None),
    }
}

/// Makes a log with the lines `own` equal to another log, whose lines from number `from` on are `theirs`. Returns false and
/// changes nothing if both have line `from` and it differs.
pub(in crate::node::coordinator) fn continue_as(
    path: &Path,
    mut own: Vec<String>,
    from: usize,
    theirs: Vec<String>,
) -> io::Result<bool> {
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

/// What the newest entries of a log say, and the file positioned at its end again; `None` where one of them does not follow from the one
/// before it.
fn log_end(file: &mut File) -> io::Result<Option<LogEnd>> {
    let end = file.stream_position()?;
    let (tail, is_whole) = read_tail(file, end)?;
    file.seek(SeekFrom::Start(end))?;
    let mut found = LogEnd::default();
    let mut head = is_whole.then_some(B256::ZERO);
    for line in tail.lines() {
        let Some((hash, json, record)) = log::parse(line) else { return Ok(None) };
        if head.replace(hash).is_some_and(|head| hash != log::next_head(&head, json.as_bytes())) {
            return Ok(None);
        }
        found.note(&record.entry);
    }
    Ok(Some(found))
}

/// The last lines of a file that ends at `end`, without one that is cut at its beginning; and whether they are all lines.
fn read_tail(file: &mut File, end: u64) -> io::Result<(String, bool)> {
    let begin = end.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(begin))?;
    let mut tail = vec![];
    file.take(end - begin).read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail).into_owned();
    if begin == 0 {
        return Ok((tail, true));
    }
    Ok((tail.split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned()), false))
}

/// The number of lines of the log at `path`, by its last line that follows from the one before it; 0 without a log.
pub(in crate::node::coordinator) fn count_lines(path: &Path) -> io::Result<u64> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        file => file?,
    };
    let end = file.metadata()?.len();
    let (tail, is_whole) = read_tail(&mut file, end)?;
    let (mut head, mut count) = (is_whole.then_some(B256::ZERO), 0);
    for (hash, json, record) in tail.lines().map_while(log::parse) {
        if head.replace(hash).is_none_or(|head| hash == log::next_head(&head, json.as_bytes())) {
            count = record.number + 1;
        }
    }
    Ok(count)
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
