//! The files of batches on disk, mode 0600: contents as JSONL, and beside each what is known of it as JSON.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::batch::Batch;
use crate::host::files;

/// How long a file is kept, in seconds: 30 days.
const KEEP: u64 = 30 * 24 * 60 * 60;
/// A key has at most this many files.
const MAX_FILES: usize = 500;
/// The files of a key have at most this many bytes together.
const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// A key has at most this many batches that have not ended.
const MAX_BATCHES: usize = 20;

/// A file that an application handed in, or that a batch has made. Times are in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct StoredFile {
    pub(in super::super) id: String,
    /// The id of the API key that it belongs to.
    pub(in super::super) owner: Option<String>,
    pub(in super::super) name: String,
    pub(in super::super) purpose: String,
    pub(in super::super) bytes: u64,
    pub(in super::super) created_at: u64,
    pub(in super::super) expires_at: u64,
}

impl StoredFile {
    /// The file as applications see it.
    pub(in super::super) fn object(&self) -> Value {
        json!({
            "id": self.id,
            "object": "file",
            "bytes": self.bytes,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        })
    }
}

/// What a key has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum Quota {
    #[error("there are {MAX_FILES} files already; hint: delete some, or wait until they expire")]
    Files,
    #[error("the files would have more than {MAX_BYTES} bytes together; hint: delete some, or wait until they expire")]
    Bytes,
    #[error("{MAX_BATCHES} batches have not ended yet; hint: wait until one has")]
    Batches,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, StoredFile>,
    batches: BTreeMap<String, Batch>,
}

/// All files and batches of a coordinator.
#[derive(Debug)]
pub(in super::super) struct Batches {
    directory: PathBuf,
    state: Mutex<State>,
    /// There is a new batch.
    pub(in super::super) wake: Notify,
}

impl Batches {
    /// Reads what there is in a coordinator's data directory.
    pub(in super::super) fn open(data: &Path) -> io::Result<Self> {
        let directory = data.join("batches");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let mut state = State::default();
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            let Some(id) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")) else { continue };
            match id {
                _ if id.starts_with("file-") => drop(state.files.insert(id.to_owned(), read_json(&path)?)),
                _ => drop(state.batches.insert(id.to_owned(), read_json(&path)?)),
            }
        }
        Ok(Self { directory, state: Mutex::new(state), wake: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a file's content is.
    pub(in super::super) fn content(&self, file: &str) -> PathBuf {
        self.directory.join(format!("{file}.jsonl"))
    }

    fn about(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }

    /// Keeps a new file.
    pub(in super::super) fn add_file(
        &self,
        owner: Option<String>,
        (name, purpose): (String, String),
        content: &[u8],
        now: u64,
    ) -> io::Result<Result<StoredFile, Quota>> {
        let bytes = content.len() as u64;
        let file = StoredFile {
            id: new_id("file-", now),
            owner,
            name,
            purpose,
            bytes,
            created_at: now,
            expires_at: now + KEEP,
        };
        {
            let mut state = self.state();
            let own = state.files.values().filter(|other| other.owner == file.owner);
            let (count, total) = own.fold((0, 0), |(count, total), other| (count + 1, total + other.bytes));
            if count >= MAX_FILES {
                return Ok(Err(Quota::Files));
            }
            if total + bytes > MAX_BYTES {
                return Ok(Err(Quota::Bytes));
            }
            // It takes its room before it is written.
            state.files.insert(file.id.clone(), file.clone());
        }
        let written = files::replace(&self.content(&file.id), content).and_then(|()| self.write(&file.id, &file));
        if let Err(error) = written {
            self.state().files.remove(&file.id);
            return Err(error);
        }
        Ok(Ok(file))
    }

    /// Makes a file of what a batch has written, if it has written anything.
    pub(in super::super) fn adopt(&self, batch: &Batch, id: &str, now: u64) -> io::Result<()> {
        let bytes = match fs::metadata(self.content(id)) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let kind = if id == batch.output { "output" } else { "error" };
        let file = StoredFile {
            id: id.to_owned(),
            owner: batch.owner.clone(),
            name: format!("{}_{kind}.jsonl", batch.id),
            purpose: "batch_output".into(),
            bytes,
            created_at: now,
            expires_at: now + KEEP,
        };
        self.write(id, &file)?;
        self.state().files.insert(id.to_owned(), file);
        Ok(())
    }

    /// A file of this owner.
    pub(in super::super) fn file(&self, owner: Option<&str>, id: &str) -> Option<StoredFile> {
        self.state().files.get(id).filter(|file| file.owner.as_deref() == owner).cloned()
    }

    /// The files of this owner, oldest first.
    pub(in super::super) fn files(&self, owner: Option<&str>) -> Vec<StoredFile> {
        self.state().files.values().filter(|file| file.owner.as_deref() == owner).cloned().collect()
    }

    /// Removes a file.
    pub(in super::super) fn delete_file(&self, id: &str) -> io::Result<()> {
        for path in [self.about(id), self.content(id)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.state().files.remove(id);
        Ok(())
    }

    /// Removes the files whose time is over, but for those that a batch still reads, and the batches that ended as long ago.
    pub(in super::super) fn sweep(&self, now: u64) -> io::Result<()> {
        let (files, batches) = {
            let state = self.state();
            let needed =
                |id: &String| state.batches.values().any(|batch| !batch.status.is_final() && batch.input == *id);
            let files = state.files.values().filter(|file| file.expires_at <= now && !needed(&file.id));
            let batches =
                state.batches.values().filter(|batch| batch.status.is_final() && batch.expires_at + KEEP <= now);
            (
                files.map(|file| file.id.clone()).collect::<Vec<_>>(),
                batches.map(|batch| batch.id.clone()).collect::<Vec<_>>(),
            )
        };
        for id in files {
            self.delete_file(&id)?;
        }
        for id in batches {
            fs::remove_file(self.about(&id))?;
            self.state().batches.remove(&id);
        }
        Ok(())
    }

    /// Keeps a new batch, which then runs.
    pub(in super::super) fn add_batch(&self, batch: Batch) -> io::Result<Result<(), Quota>> {
        {
            let mut state = self.state();
            let open = state.batches.values().filter(|other| other.owner == batch.owner && !other.status.is_final());
            if open.count() >= MAX_BATCHES {
                return Ok(Err(Quota::Batches));
            }
            state.batches.insert(batch.id.clone(), batch.clone());
        }
        if let Err(error) = self.write(&batch.id, &batch) {
            self.state().batches.remove(&batch.id);
            return Err(error);
        }
        self.wake.notify_one();
        Ok(Ok(()))
    }

    /// A batch of this owner.
    pub(in super::super) fn batch(&self, owner: Option<&str>, id: &str) -> Option<Batch> {
        self.state().batches.get(id).filter(|batch| batch.owner.as_deref() == owner).cloned()
    }

    /// The batches of this owner, oldest first.
    pub(in super::super) fn batches(&self, owner: Option<&str>) -> Vec<Batch> {
        self.state().batches.values().filter(|batch| batch.owner.as_deref() == owner).cloned().collect()
    }

    /// The batches that have not ended, oldest first.
    pub(in super::super) fn open_batches(&self) -> Vec<Batch> {
        self.state().batches.values().filter(|batch| !batch.status.is_final()).cloned().collect()
    }

    /// Changes a batch; `None` where there is none. A change of its counts alone is not written: the files tell them again.
    pub(in super::super) fn change(&self, id: &str, change: impl FnOnce(&mut Batch)) -> io::Result<Option<Batch>> {
        let (before, after) = {
            let mut state = self.state();
            let Some(batch) = state.batches.get_mut(id) else { return Ok(None) };
            let before = batch.clone();
            change(batch);
            (before, batch.clone())
        };
        if (before.status, &before.errors) != (after.status, &after.errors) {
            self.write(id, &after)?;
        }
        Ok(Some(after))
    }

    fn write(&self, id: &str, about: &impl Serialize) -> io::Result<()> {
        files::replace(&self.about(id), &serde_json::to_vec(about)?)
    }

    /// Adds lines to a file that a batch makes.
    pub(in super::super) fn append(&self, file: &str, lines: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(self.content(file))?;
        file.write_all(lines)?;
        file.sync_data()
    }

    /// The whole lines of a file that a batch makes; what a crash has left of the last one is cut off.
    pub(in super::super) fn lines(&self, file: &str) -> io::Result<String> {
        let path = self.content(file);
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(error),
        };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
            bytes.truncate(whole);
        }
        String::from_utf8(bytes).map_err(io::Error::other)
    }
}

/// A new id. Later ones are larger, also within a second.
pub(in super::super) fn new_id(prefix: &str, now: u64) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}{now:010x}{made:08x}{}", alloy::hex::encode(rand::random::<[u8; 8]>()))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let describe = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let bytes = fs::read(path).map_err(describe)?;
    serde_json::from_slice(&bytes).map_err(|error| describe(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(batches: &Batches, owner: &str, content: &[u8], now: u64) -> Result<StoredFile, Quota> {
        let names = ("a.jsonl".to_owned(), "batch".to_owned());
        batches.add_file(Some(owner.to_owned()), names, content, now).expect("written")
    }

    #[test]
    fn files_are_their_owners_and_go_when_their_time_is_over() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path()).expect("opens");
        let file = add(&batches, "one", b"{}\n", 5).expect("there is room");
        let again = Batches::open(directory.path()).expect("opens");
        assert_eq!(again.file(Some("one"), &file.id), Some(file.clone()));
        assert_eq!((again.file(Some("two"), &file.id), again.file(None, &file.id)), (None, None));
        again.sweep(file.expires_at - 1).expect("swept");
        assert!(again.content(&file.id).exists());
        again.sweep(file.expires_at).expect("swept");
        assert!(!again.content(&file.id).exists() && again.files(Some("one")).is_empty());
    }

    #[test]
    fn a_key_has_a_bounded_number_of_files() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path()).expect("opens");
        for _ in 0..MAX_FILES {
            add(&batches, "one", b"", 5).expect("there is room");
        }
        assert_eq!(add(&batches, "one", b"", 5), Err(Quota::Files));
        assert!(add(&batches, "two", b"", 5).is_ok());
    }

    #[test]
    fn what_a_crash_left_of_a_line_is_cut_off() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path()).expect("opens");
        batches.append("file-1", b"{\"a\":1}\n{\"\xc3").expect("written");
        assert_eq!(batches.lines("file-1").expect("read"), "{\"a\":1}\n");
        batches.append("file-1", b"{\"c\":1}\n").expect("written");
        assert_eq!(batches.lines("file-1").expect("read"), "{\"a\":1}\n{\"c\":1}\n");
        assert_eq!(batches.lines("file-2").expect("read"), "");
    }
}
