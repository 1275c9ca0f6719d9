//! Recordings: what a source gave, with the times, a JSON document a line, so that it can be looked at again elsewhere.
//!
//! The first line says what the file is. Each of the others has the milliseconds since the beginning and one of: a whole snapshot, what has
//! changed since the one before (see `status::delta`), why there was none, or that there was nothing new.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use async_trait::async_trait;
use cuckoo_protocol::{
    status::{SCHEMA_VERSION, Snapshot, delta},
    task::Millis,
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;
use tokio::time::Instant;

use crate::source::{Source, SourceError};

/// What the first line says.
const KIND: &str = "cuckoo dashboard";
/// The version of the format.
const VERSION: u32 = 1;
/// A recording has at most this many bytes; what comes later is not recorded.
const MOST_BYTES: u64 = 128 << 20;
/// At most this much of a line is read.
const LONGEST_LINE: usize = 32 << 20;
/// Lines that wait for a slow disk. With more of them the recording ends.
const WAITING: usize = 256;
/// A whole snapshot is written at least this often, in milliseconds, so that jumping is quick.
const WHOLE_EACH: Millis = 60_000;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    kind: String,
    version: u32,
    schema_version: u32,
}

/// One of the other lines.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Line {
    ms: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patch: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    down: Option<String>,
}

/// The same, as far as it has to be read to know what it is.
#[derive(Deserialize)]
struct Outline {
    ms: Millis,
    #[serde(default)]
    snapshot: Option<IgnoredAny>,
}

/// Why a recording cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened, read or made.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// The reason.
        error: io::Error,
    },
    /// The file is something else.
    #[error("{path} is not a recording of `cuckoo tui --record`")]
    Stranger {
        /// The file.
        path: String,
    },
    /// The file is of a newer program.
    #[error("{path} was recorded by a newer program; update this one")]
    Newer {
        /// The file.
        path: String,
    },
    /// A line in the middle of the file is not what was written there.
    #[error("line {line} of {path} is damaged")]
    Damaged {
        /// The file.
        path: String,
        /// The number of the line, from 1.
        line: usize,
    },
    /// There is nothing in the file but its first line.
    #[error("{path} is a recording without a snapshot")]
    Empty {
        /// The file.
        path: String,
    },
}

impl RecordingError {
    /// What a person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => "a recording is a new file in a folder that you can write to; nothing is written over",
            Self::Stranger { .. } => "make one with `cuckoo tui --record FILE`",
            Self::Newer { .. } => "`cuckoo version` says which one this is",
            Self::Damaged { .. } => "keep the lines before it: head -n NUMBER",
            Self::Empty { .. } => "the node did not answer while it was recorded",
        }
    }
}

/// Makes the lines of what a source gives.
#[derive(Default)]
struct Writer {
    document: Option<Value>,
    latest: Option<Arc<Snapshot>>,
    whole_at: Millis,
}

impl Writer {
    fn line(&mut self, ms: Millis, next: &Result<Arc<Snapshot>, SourceError>) -> serde_json::Result<Vec<u8>> {
        let line = match next {
            Ok(snapshot) if self.latest.as_ref().is_some_and(|latest| Arc::ptr_eq(latest, snapshot)) => {
                Line { ms, ..Line::default() }
            }
            Ok(snapshot) => {
                self.latest = Some(snapshot.clone());
                let document = serde_json::to_value(&**snapshot)?;
                match self.document.replace(document.clone()) {
                    Some(before) if ms < self.whole_at.saturating_add(WHOLE_EACH) => {
                        Line { ms, patch: Some(delta::difference(&before, &document)), ..Line::default() }
                    }
                    _ => {
                        self.whole_at = ms;
                        Line { ms, snapshot: Some(document), ..Line::default() }
                    }
                }
            }
            Err(error) => Line { ms, down: Some(error.to_string()), ..Line::default() },
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// How a recording ended.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Lines that are in the file.
    pub lines: u64,
    /// Why the recording ended before the dashboard did.
    pub cut: Option<String>,
}

/// What a recording came to, for the one who has started it.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Recorded>>);

impl Tally {
    /// How far it has come.
    pub fn get(&self) -> Recorded {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Recorded)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A source that writes down what another one gives.
pub struct Recorder<S> {
    source: S,
    started: Instant,
    writer: Writer,
    /// None once the recording has ended.
    lines: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
    bytes: u64,
    tally: Tally,
}

impl<S: Source> Recorder<S> {
    /// Records to a new file, which only its owner can read.
    pub fn new(source: S, path: &Path) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::File { path: path.display().to_string(), error };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path).map_err(failed)?;
        let head = Head { kind: KIND.to_owned(), version: VERSION, schema_version: SCHEMA_VERSION };
        let mut head = serde_json::to_vec(&head).map_err(|error| failed(error.into()))?;
        head.push(b'\n');
        file.write_all(&head).map_err(failed)?;
        let tally = Tally::default();
        let (lines, waiting) = sync_channel::<Vec<u8>>(WAITING);
        let counted = tally.clone();
        // A disk that is slow keeps no screen waiting.
        let thread = std::thread::spawn(move || {
            for line in waiting {
                if let Err(error) = file.write_all(&line) {
                    counted.change(|recorded| recorded.cut = Some(error.to_string()));
                    break;
                }
                counted.change(|recorded| recorded.lines += 1);
            }
        });
        let (lines, thread, writer) = (Some(lines), Some(thread), Writer::default());
        Ok(Self { source, started: Instant::now(), writer, lines, thread, bytes: head.len() as u64, tally })
    }

    /// What the recording comes to. It is whole once this source is dropped.
    pub fn tally(&self) -> Tally {
        self.tally.clone()
    }

    fn record(&mut self, next: &Result<Arc<Snapshot>, SourceError>) {
        let Some(lines) = &self.lines else { return };
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let line = match self.writer.line(ms, next) {
            Ok(line) => line,
            Err(error) => return self.end(error.to_string()),
        };
        self.bytes += line.len() as u64;
        if self.bytes > MOST_BYTES {
            return self.end(format!("a recording has at most {} MiB", MOST_BYTES >> 20));
        }
        if lines.try_send(line).is_err() {
            self.end("the disk is too slow".to_owned());
        }
    }

    fn end(&mut self, why: String) {
        self.lines = None;
        self.tally.change(|recorded| drop(recorded.cut.replace(why)));
    }
}

#[async_trait]
impl<S: Source> Source for Recorder<S> {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        let next = self.source.next().await;
        self.record(&next);
        next
    }

    fn open(&mut self, place: Option<usize>) {
        self.source.open(place);
    }
}

impl<S> Drop for Recorder<S> {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What was recorded at one moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A snapshot.
    Snapshot(Arc<Snapshot>),
    /// There was no snapshot, for this reason.
    Down(String),
    /// There was nothing new.
    Same,
}

/// A recording that was read.
#[derive(Clone, Debug)]
pub struct Recording {
    path: PathBuf,
    lines: Vec<String>,
    /// When each line was written, in milliseconds since the beginning.
    times: Vec<Millis>,
    /// Lines with a whole snapshot.
    whole: Vec<usize>,
    /// True where the last line was cut off, and is left out.
    is_cut: bool,
    /// The line that comes next, and the document as the lines before it have left it.
    next: usize,
    document: Option<Value>,
}

impl Recording {
    /// Reads a recording. A last line that was cut off, as by a machine that lost power, is left out.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let shown = || path.display().to_string();
        let failed = |error| RecordingError::File { path: shown(), error };
        let file = File::open(path).map_err(failed)?;
        let mut read = BufReader::new(file);
        let mut head = String::new();
        let stranger = || RecordingError::Stranger { path: shown() };
        io::Read::take(&mut read, 4096).read_line(&mut head).map_err(|_| stranger())?;
        let head: Head = serde_json::from_str(&head).map_err(|_| stranger())?;
        if head.kind != KIND {
            return Err(stranger());
        }
        if head.version > VERSION || head.schema_version > SCHEMA_VERSION {
            return Err(RecordingError::Newer { path: shown() });
        }
        let (path, document) = (path.to_owned(), None);
        let mut recording =
            Self { path, lines: vec![], times: vec![], whole: vec![], is_cut: false, next: 0, document };
        loop {
            let mut line = vec![];
            let limit = LONGEST_LINE as u64;
            let count = io::Read::take(&mut read, limit).read_until(b'\n', &mut line).map_err(failed)?;
            if count == 0 {
                break;
            }
            let is_whole = line.last() == Some(&b'\n');
            let damaged = || RecordingError::Damaged { path: shown(), line: recording.lines.len() + 2 };
            let outline = String::from_utf8(line).ok().and_then(|text| {
                let outline: Outline = serde_json::from_str(&text).ok()?;
                Some((outline, text))
            });
            let after = recording.times.last().copied().unwrap_or(0);
            match outline {
                Some((Outline { ms, snapshot }, text)) if ms >= after => {
                    if snapshot.is_some() {
                        recording.whole.push(recording.lines.len());
                    }
                    recording.times.push(ms);
                    recording.lines.push(text);
                }
                None if !is_whole && count < LONGEST_LINE => recording.is_cut = true,
                _ => return Err(damaged()),
            }
        }
        if recording.whole.is_empty() {
            return Err(RecordingError::Empty { path: shown() });
        }
        Ok(recording)
    }

    /// The moment of the last line, in milliseconds since the beginning.
    pub fn length(&self) -> Millis {
        self.times.last().copied().unwrap_or(0)
    }

    /// True where the last line was cut off, and is left out.
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// When the next line was written; none at the end.
    pub fn next_at(&self) -> Option<Millis> {
        self.times.get(self.next).copied()
    }

    /// The number of lines that were given.
    pub const fn place(&self) -> usize {
        self.next
    }

    /// The number of lines up to this moment.
    pub fn lines_until(&self, ms: Millis) -> usize {
        self.times.partition_point(|time| *time <= ms)
    }

    /// When a line was written, by its place from 0; the end's time for one that there is not.
    pub fn time_of(&self, place: usize) -> Millis {
        self.times.get(place).copied().unwrap_or_else(|| self.length())
    }

    /// What comes next, and when it was; none at the end.
    pub fn read(&mut self) -> Result<Option<(Millis, Entry)>, RecordingError> {
        let Some(text) = self.lines.get(self.next) else { return Ok(None) };
        let damaged = || RecordingError::Damaged { path: self.path.display().to_string(), line: self.next + 2 };
        let line: Line = serde_json::from_str(text).map_err(|_| damaged())?;
        let snapshot = |document: &Value| Snapshot::deserialize(document).map(Arc::new).map_err(|_| damaged());
        let entry = match line {
            Line { snapshot: Some(whole), .. } => {
                let entry = Entry::Snapshot(snapshot(&whole)?);
                self.document = Some(whole);
                entry
            }
            Line { patch: Some(patch), .. } => {
                let mut document = self.document.take().ok_or_else(damaged)?;
                delta::apply(&mut document, patch);
                let entry = Entry::Snapshot(snapshot(&document)?);
                self.document = Some(document);
                entry
            }
            Line { down: Some(reason), .. } => Entry::Down(reason),
            Line { .. } => Entry::Same,
        };
        self.next += 1;
        Ok(Some((line.ms, entry)))
    }

    /// Goes to the last whole snapshot at or before a line, from where reading can go on. Returns the place of the line that comes next
    /// then.
    pub fn rewind(&mut self, place: usize) -> usize {
        let whole = self.whole.partition_point(|whole| *whole <= place);
        self.next = whole.checked_sub(1).and_then(|at| self.whole.get(at)).copied().unwrap_or(0);
        self.document = None;
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Demo;

    /// What a source gave, and the file that it was recorded to.
    async fn recorded(folder: &Path, count: usize) -> (Vec<Arc<Snapshot>>, PathBuf) {
        let path = folder.join("night.ndjson");
        let mut recorder = Recorder::new(Demo::new(1), &path).expect("a new file");
        let mut given = vec![];
        for _ in 0..count {
            given.push(recorder.next().await.expect("a snapshot"));
        }
        let tally = recorder.tally();
        drop(recorder);
        assert_eq!((tally.get().lines, tally.get().cut), (count as u64, None));
        (given, path)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_recorded_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (given, path) = recorded(folder.path(), 130).await;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
        }
        let mut recording = Recording::open(&path).expect("reads");
        assert_eq!((recording.length(), recording.is_cut()), (129_000, false));
        for (place, snapshot) in given.iter().enumerate() {
            let (ms, entry) = recording.read().expect("is well").expect("is there");
            assert_eq!(ms, place as u64 * 1_000);
            assert_eq!(entry, Entry::Snapshot(snapshot.clone()));
        }
        assert_eq!(recording.read().expect("is well"), None);
        // A whole one stands each minute, so that jumping reads little.
        assert_eq!(recording.rewind(100), 60);
        let (_, entry) = recording.read().expect("is well").expect("is there");
        assert_eq!(entry, Entry::Snapshot(given[60].clone()));
        let whole = std::fs::metadata(&path).expect("is there").len();
        let each = serde_json::to_vec(&*given[0]).expect("encodes").len() as u64;
        assert!(whole < each * 130 / 3, "changes are small: {whole} bytes for 130 of {each}");
        assert!(
            matches!(Recorder::new(Demo::new(1), &path), Err(RecordingError::File { .. })),
            "nothing is written over"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_a_recording_is_said_and_what_was_cut_off_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_, path) = recorded(folder.path(), 5).await;
        let whole = std::fs::read_to_string(&path).expect("reads");
        let of = |text: &str| {
            let path = folder.path().join("other");
            std::fs::write(&path, text).expect("writes");
            Recording::open(&path)
        };
        let cut = of(&whole[..whole.len() - 20]).expect("the rest is good");
        assert_eq!((cut.length(), cut.is_cut()), (3_000, true));
        let lines: Vec<_> = whole.lines().collect();
        assert!(matches!(of(""), Err(RecordingError::Stranger { .. })));
        assert!(matches!(
            of("{\"kind\":\"other\",\"version\":1,\"schema_version\":1}\n"),
            Err(RecordingError::Stranger { .. })
        ));
        assert!(matches!(of(&"x".repeat(100_000)), Err(RecordingError::Stranger { .. })));
        assert!(matches!(of(&format!("{}\n", lines[0])), Err(RecordingError::Empty { .. })));
        let newer = whole.replacen("\"version\":1", "\"version\":9", 1);
        assert!(matches!(of(&newer), Err(RecordingError::Newer { .. })));
        let torn = [lines[0], lines[1], &lines[2][..40], lines[3]].join("\n");
        let error = of(&torn).expect_err("is damaged").to_string();
        assert!(error.starts_with("line 3 of"), "{error}");
        let backwards = [lines[0], lines[1], lines[4], lines[2], ""].join("\n");
        assert!(of(&backwards).expect_err("is damaged").to_string().starts_with("line 4"));
    }
}
