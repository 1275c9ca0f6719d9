//! The files of batches on disk, mode 0600: contents as JSONL, and beside each what is known of it as JSON.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    batch::Batch,
    quota::{MAX_BATCHES, MAX_FILES, Quota},
};
use crate::host::files;

/// How long a file is kept, in seconds: 30 days.
const KEEP: u64 = 30 * 24 * 60 * 60;

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

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, StoredFile>,
    batches: BTreeMap<String, Batch>,
}

impl State {
    fn open_batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.values().filter(|batch| !batch.status.is_final())
    }

    /// True where a batch that has not ended reads this file.
    fn is_needed(&self, file: &str) -> bool {
        self.open_batches().any(|batch| batch.input == file)
    }

    /// True where a batch that has not ended writes this file.
    fn is_written(&self, file: &str) -> bool {
        self.open_batches().any(|batch| batch.output == file || batch.errors_file == file)
    }
}

/// All files and batches of a coordinator.
#[derive(Debug)]
pub(in super::super) struct Batches {
    directory: PathBuf,
    /// The files of a key have at most this many bytes together.
    quota: u64,
    state: Mutex<State>,
    /// Held while something is changed and written, so that the disk has changes in the order in which they were made.
    writing: Mutex<()>,
    /// There is a new batch.
    pub(in super::super) wake: Notify,
}

impl Batches {
    /// Reads what there is in a coordinator's data directory. The files of a key may have `quota` bytes together.
    pub(in super::super) fn open(data: &Path, quota: u64) -> io::Result<Self> {
        let directory = data.join("batches");
        files::make_private_directory(&directory)?;
        let (mut state, mut contents) = (State::default(), vec![]);
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            match (name.strip_suffix(".json"), name.strip_suffix(".jsonl")) {
                (Some(id), _) if id.starts_with("file-") => drop(state.files.insert(id.to_owned(), read_json(&path)?)),
                (Some(id), _) => drop(state.batches.insert(id.to_owned(), read_json(&path)?)),
                (None, Some(id)) => contents.push((id.to_owned(), path)),
                (None, None) => {}
            }
        }
        // A crash leaves contents without a description: of files that were about to be added, or are half removed.
        for (id, path) in contents {
            if !state.files.contains_key(&id) && !state.is_written(&id) {
                remove(&path)?;
            }
        }
        Ok(Self { directory, quota, state: Mutex::new(state), writing: Mutex::default(), wake: Notify::new() })
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
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
            if total + bytes > self.quota {
                return Ok(Err(self.full()));
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
        let _writing = self.writing();
        self.write(id, &file)?;
        self.state().files.insert(id.to_owned(), file);
        Ok(())
    }

    /// What a key has too much of where its files have no room for more.
    pub(in super::super) const fn full(&self) -> Quota {
        Quota::Bytes(self.quota)
    }

    /// True where an owner's files, and what its open batches have written so far, leave room for more.
    pub(in super::super) fn has_room(&self, owner: Option<&str>) -> bool {
        let (kept, growing): (u64, Vec<_>) = {
            let state = self.state();
            let own = state.files.values().filter(|file| file.owner.as_deref() == owner);
            let kept = own.map(|file| file.bytes).sum();
            let open = state.open_batches().filter(|batch| batch.owner.as_deref() == owner);
            let written = open.flat_map(|batch| [&batch.output, &batch.errors_file]);
            (kept, written.filter(|id| !state.files.contains_key(*id)).map(|id| self.content(id)).collect())
        };
        let growing: u64 = growing.iter().filter_map(|path| fs::metadata(path).ok()).map(|about| about.len()).sum();
        kept + growing < self.quota
    }

    /// A file of this owner.
    pub(in super::super) fn file(&self, owner: Option<&str>, id: &str) -> Option<StoredFile> {
        self.state().files.get(id).filter(|file| file.owner.as_deref() == owner).cloned()
    }

    /// The files of this owner, oldest first.
    pub(in super::super) fn files(&self, owner: Option<&str>) -> Vec<StoredFile> {
        self.state().files.values().filter(|file| file.owner.as_deref() == owner).cloned().collect()
    }

    /// Removes a file, unless a batch that has not ended reads it; returns whether it is removed.
    pub(in super::super) fn delete_file(&self, id: &str) -> io::Result<bool> {
        let _writing = self.writing();
        if self.state().is_needed(id) {
            return Ok(false);
        }
        for path in [self.about(id), self.content(id)] {
            remove(&path)?;
        }
        self.state().files.remove(id);
        Ok(true)
    }

    /// Removes the files whose time is over, but for those that a batch still reads, and the batches that ended as long ago.
    pub(in super::super) fn sweep(&self, now: u64) -> io::Result<()> {
        let (files, batches) = {
            let state = self.state();
            let files = state.files.values().filter(|file| file.expires_at <= now && !state.is_needed(&file.id));
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
            remove(&self.about(&id))?;
            self.state().batches.remove(&id);
        }
        Ok(())
    }

    /// Keeps a new batch, which then runs.
    pub(in super::super) fn add_batch(&self, batch: Batch) -> io::Result<Result<(), Quota>> {
        let writing = self.writing();
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
        drop(writing);
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
        self.state().open_batches().cloned().collect()
    }

    /// Changes a batch; `None` where there is none. A change of its counts alone is not written: the files tell them again.
    pub(in super::super) fn change(&self, id: &str, change: impl FnOnce(&mut Batch)) -> io::Result<Option<Batch>> {
        let _writing = self.writing();
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
        let path = self.content(file);
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        let is_new = file.metadata()?.len() == 0;
        file.write_all(lines)?;
        if is_new { files::sync_new(&file, &path) } else { file.sync_data() }
    }

    /// The requests that have a line in a file that a batch makes, each with the code of its error, if it has one of its own; what a crash has left of the last lines is cut off.
    pub(in super::super) fn written(&self, file: &str) -> io::Result<HashMap<String, Option<String>>> {
        let path = self.content(file);
        let mut written = HashMap::new();
        let mut reader = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(written),
            Err(error) => return Err(error),
        };
        let (mut line, mut whole) = (vec![], 0);
        loop {
            line.clear();
            let bytes = reader.read_until(b'\n', &mut line)? as u64;
            if bytes == 0 {
                return Ok(written);
            }
            // Of what was not synced, a power cut may have left any part.
            let read = line.strip_suffix(b"\n").map(serde_json::from_slice::<Written>);
            let Some(Ok(line)) = read else {
                let file = OpenOptions::new().write(true).open(&path)?;
                file.set_len(whole)?;
                file.sync_all()?;
                return Ok(written);
            };
            whole += bytes;
            written.insert(line.custom_id, line.error.map(|error| error.code));
        }
    }
}

/// What is read again of a line that a batch has written.
#[derive(Deserialize)]
struct Written {
    custom_id: String,
    error: Option<WrittenError>,
}

#[derive(Deserialize)]
struct WrittenError {
    code: String,
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    match files::remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
    use super::{
        super::{Counts, Status, quota::MAX_BYTES},
        *,
    };

    fn add(batches: &Batches, owner: &str, content: &[u8], now: u64) -> Result<StoredFile, Quota> {
        let names = ("a.jsonl".to_owned(), "batch".to_owned());
        batches.add_file(Some(owner.to_owned()), names, content, now).expect("written")
    }

    #[test]
    fn files_are_their_owners_and_go_when_their_time_is_over() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path(), MAX_BYTES).expect("opens");
        let file = add(&batches, "one", b"{}\n", 5).expect("there is room");
        let again = Batches::open(directory.path(), MAX_BYTES).expect("opens");
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
        let batches = Batches::open(directory.path(), MAX_BYTES).expect("opens");
        for _ in 0..MAX_FILES {
            add(&batches, "one", b"", 5).expect("there is room");
        }
        assert_eq!(add(&batches, "one", b"", 5), Err(Quota::Files));
        assert!(add(&batches, "two", b"", 5).is_ok());
    }

    #[test]
    fn the_files_of_a_key_have_a_bounded_size() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path(), 10).expect("opens");
        add(&batches, "one", b"12345", 5).expect("there is room");
        assert_eq!(add(&batches, "one", b"123456", 5), Err(Quota::Bytes(10)));
        add(&batches, "one", b"12345", 5).expect("there is room");
        assert!(!batches.has_room(Some("one")) && batches.has_room(Some("two")));
        assert!(batches.full().to_string().contains("more than 10 bytes"));
    }

    #[test]
    fn what_a_crash_left_of_a_line_is_cut_off() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path(), MAX_BYTES).expect("opens");
        let ids = |file: &str| {
            let mut ids: Vec<_> = batches.written(file).expect("read").into_iter().collect();
            ids.sort();
            ids.into_iter().map(|(id, code)| format!("{id} {code:?}")).collect::<Vec<_>>()
        };
        batches.append("file-1", b"{\"custom_id\":\"a\"}\n{\"\xc3").expect("written");
        assert_eq!(ids("file-1"), ["a None"]);
        batches.append("file-1", b"{\"custom_id\":\"c\",\"error\":{\"code\":\"x\"}}\n").expect("written");
        assert_eq!(ids("file-1"), ["a None", "c Some(\"x\")"]);
        assert!(ids("file-2").is_empty());
    }

    fn batch_of(input: &str, status: Status) -> Batch {
        Batch {
            id: "batch_1".into(),
            owner: Some("one".into()),
            endpoint: "/v1/chat/completions".into(),
            input: input.into(),
            output: "file-out".into(),
            errors_file: "file-err".into(),
            status,
            errors: vec![],
            counts: Counts::default(),
            metadata: Value::Null,
            created_at: 5,
            expires_at: 6,
            times: BTreeMap::new(),
        }
    }

    #[test]
    fn what_a_batch_reads_is_not_removed_before_its_end() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path(), MAX_BYTES).expect("opens");
        let file = add(&batches, "one", b"{}\n", 5).expect("there is room");
        batches.add_batch(batch_of(&file.id, Status::InProgress)).expect("written").expect("there is room");
        assert!(!batches.delete_file(&file.id).expect("is refused") && batches.content(&file.id).exists());
        batches.change("batch_1", |batch| batch.enter(Status::Completed, 6)).expect("written");
        assert!(batches.delete_file(&file.id).expect("is removed") && !batches.content(&file.id).exists());
    }

    #[test]
    fn what_batches_write_takes_room_and_what_belongs_to_nothing_goes() {
        let directory = tempfile::tempdir().expect("a directory");
        let batches = Batches::open(directory.path(), MAX_BYTES).expect("opens");
        batches.add_batch(batch_of("file-in", Status::InProgress)).expect("written").expect("there is room");
        for file in ["file-out", "file-orphan"] {
            batches.append(file, b"{}\n").expect("written");
        }
        // The file has no blocks on the disk, but this size.
        let grow = |bytes: u64| {
            let file = OpenOptions::new().write(true).open(batches.content("file-out")).expect("opens");
            file.set_len(bytes).expect("grows");
        };
        grow(MAX_BYTES - 1);
        assert!(batches.has_room(Some("one")));
        grow(MAX_BYTES);
        assert!(!batches.has_room(Some("one")) && batches.has_room(Some("two")));
        let again = Batches::open(directory.path(), MAX_BYTES).expect("opens");
        assert!(again.content("file-out").exists() && !again.content("file-orphan").exists());
    }
}
