//! Models kept on this machine: a directory each, with a record of every file's hash, so that a damaged one is found before it
//! answers anybody.
//!
//! A model is put together in a directory beside its final one, and moved there when everything is complete and verified. An
//! attempt that breaks off leaves its directory, and the next attempt continues with it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use alloy::primitives::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use super::error::StoreError;
use super::{
    diffusers,
    error::io_error,
    fetch::Hub,
    files::{DESCRIPTIONS, Wanted, below},
    source::ModelSource,
    weights::{hash_files, weight_files},
};

/// What a model's directory says of itself.
const RECORD: &str = "cuckoo-model.json";
/// Bytes that stay free on the disk.
const SPARE: u64 = 512 << 20;

/// The models of one machine.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The name that it is offered under.
    pub name: String,
    /// Where it came from: a name at the hub, or a path.
    pub source: String,
    /// The hub's commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// `sha256:<hex>` over the weight files in name order, as in the model's manifest.
    pub weights: String,
    /// All files.
    pub files: Vec<StoredFile>,
}

impl ModelRecord {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its path below the model's directory.
    pub path: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
}

/// Where a model comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A directory or a GGUF file.
    Local(PathBuf),
    /// A name at the hub.
    Hub(Hub, String),
}

/// Tells how far it is: a file, bytes of all files that are there, and bytes of all files.
pub type Progress<'a> = &'a mut (dyn FnMut(&str, u64, u64) + Send);

impl Store {
    /// The models in a directory, which need not exist.
    pub const fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Where a model is or would be.
    pub fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        match name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            true => Err(StoreError::Name(name.into())),
            false => Ok(self.directory.join(name)),
        }
    }

    /// All models by name. Directories without a record are somebody else's.
    pub fn records(&self) -> Result<Vec<ModelRecord>, StoreError> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(io_error(&self.directory)(error)),
        };
        let mut records = vec![];
        for entry in entries {
            let name = entry.map_err(io_error(&self.directory))?.file_name();
            if let Some(record) = name.to_str().and_then(|name| self.record(name).transpose()) {
                records.push(record?);
            }
        }
        records.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(records)
    }

    /// The record of a model, if it is here.
    pub fn record(&self, name: &str) -> Result<Option<ModelRecord>, StoreError> {
        let Ok(directory) = self.path(name) else { return Ok(None) };
        let path = directory.join(RECORD);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| io_error(&path)(error.into())),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(io_error(&path)(error)),
        }
    }

    /// What an engine loads.
    pub fn source(&self, record: &ModelRecord) -> Result<ModelSource, StoreError> {
        let directory = self.path(&record.name)?;
        Ok(match record.files.as_slice() {
            [only] if only.path.ends_with(".gguf") => ModelSource::Gguf(directory.join(&only.path)),
            _ => ModelSource::Directory(directory),
        })
    }

    /// Reads every file of a model again, and names what is missing or not as it was.
    pub fn verify(&self, record: &ModelRecord, progress: Progress<'_>) -> Result<Vec<StoreError>, StoreError> {
        let directory = self.path(&record.name)?;
        let (mut done, all) = (0, record.bytes());
        let mut damaged = vec![];
        for file in &record.files {
            progress(&file.path, done, all);
            damaged.extend(verify_file(&directory, file).err());
            done += file.bytes;
        }
        Ok(damaged)
    }

    /// Refuses a model one of whose small files is missing or not as it was: its configuration, its tokeniser, its template. The
    /// weights are hashed by the engine that loads them.
    pub fn verify_descriptions(&self, record: &ModelRecord) -> Result<(), StoreError> {
        let directory = self.path(&record.name)?;
        let is_weights = |file: &&StoredFile| file.path.ends_with(".safetensors") || file.path.ends_with(".gguf");
        record.files.iter().filter(|file| !is_weights(file)).try_for_each(|file| verify_file(&directory, file))
    }

    /// Removes a model and all of its files.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let record = self.record(name)?.ok_or_else(|| StoreError::Unknown(name.into()))?;
        let directory = self.path(&record.name)?;
        // The record first: half a model is none.
        let path = directory.join(RECORD);
        fs::remove_file(&path).map_err(io_error(&path))?;
        fs::remove_dir_all(&directory).map_err(io_error(&directory))
    }

    /// Fetches or copies a model. What a broken-off attempt has fetched is used.
    pub async fn add(&self, name: &str, origin: &Origin, progress: Progress<'_>) -> Result<ModelRecord, StoreError> {
        let target = self.path(name)?;
        if let Some(record) = self.record(name)? {
            return Err(StoreError::Exists { name: name.into(), origin: record.source });
        }
        if target.exists() {
            return Err(StoreError::Exists { name: name.into(), origin: "somewhere else".into() });
        }
        let (source, revision, wanted) = list(origin).await?;
        let part = self.directory.join(format!(".{name}.part"));
        fs::create_dir_all(&part).map_err(io_error(&part))?;
        let lock = self.directory.join(format!(".{name}.lock"));
        let _lock = lock_file(&lock, name)?;
        let all = wanted.iter().map(|file| file.bytes).sum();
        room(&part, &wanted)?;

        let (mut done, mut files) = (0, vec![]);
        for file in &wanted {
            let path = below(&part, &file.path)?;
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(io_error(parent))?;
            }
            let mut report = |there: u64| progress(&file.path, done + there, all);
            let sha256 = match origin {
                Origin::Local(from) => copy(&local(from, &file.path), &path, &mut report)?,
                Origin::Hub(hub, name) => {
                    hub.fetch(name, revision.as_deref().unwrap_or("main"), file, &path, &mut report).await?
                }
            };
            if let Some(expected) = file.sha256.as_ref().filter(|expected| **expected != sha256) {
                // Whatever it is, going on with it leads nowhere.
                let _ = fs::remove_file(&path);
                let (file, expected) = (file.path.clone(), expected.clone());
                return Err(StoreError::Hash { file, expected, found: sha256 });
            }
            done += file.bytes;
            files.push(StoredFile { path: file.path.clone(), bytes: file.bytes, sha256 });
        }
        let weights = match files.as_slice() {
            [only] if only.path.ends_with(".gguf") => format!("sha256:{}", only.sha256),
            _ => weight_files(&part).and_then(|files| hash_files(&files)).map_err(io_error(&part))?,
        };
        let record = ModelRecord { name: name.into(), source, revision, weights, files };
        let path = part.join(RECORD);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(serde_json::to_string_pretty(&record)?.as_bytes())?;
            file.sync_all()
        });
        written.map_err(io_error(&path))?;
        fs::rename(&part, &target).map_err(io_error(&target))?;
        let _ = fs::remove_file(&lock);
        Ok(record)
    }
}

fn lock_file(path: &Path, name: &str) -> Result<File, StoreError> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(io_error(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(name.into())),
        Err(TryLockError::Error(error)) => Err(io_error(path)(error)),
    }
}

async fn list(origin: &Origin) -> Result<(String, Option<String>, Vec<Wanted>), StoreError> {
    match origin {
        Origin::Local(path) => {
            let shown = path.canonicalize().map_err(io_error(path))?.display().to_string();
            Ok((shown, None, list_local(path)?))
        }
        Origin::Hub(hub, name) => {
            let (revision, wanted) = hub.list(name).await?;
            Ok((name.clone(), Some(revision), wanted))
        }
    }
}

/// Where a file of a local model is.
fn local(from: &Path, file: &str) -> PathBuf {
    if from.is_dir() { from.join(file) } else { from.to_owned() }
}

fn list_local(from: &Path) -> Result<Vec<Wanted>, StoreError> {
    let names: Vec<String> = if from.is_dir() {
        let weights = weight_files(from).map_err(|_| StoreError::NoWeights(from.display().to_string()))?;
        if diffusers::is_layout(from) {
            return wanted_local(from, diffusers::list(from).map_err(io_error(from))?);
        }
        let weights = weights.iter().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
        let described = DESCRIPTIONS.into_iter().filter(|name| from.join(name).is_file()).map(str::to_owned);
        described.chain(weights).collect()
    } else {
        vec!["model.gguf".into()]
    };
    wanted_local(from, names)
}

fn wanted_local(from: &Path, names: Vec<String>) -> Result<Vec<Wanted>, StoreError> {
    let wanted = names.into_iter().map(|path| {
        let at = local(from, &path);
        let bytes = fs::metadata(&at).map_err(io_error(&at))?.len();
        Ok(Wanted { path, bytes, sha256: None })
    });
    wanted.collect()
}

/// Whether what is missing fits on the disk.
fn room(part: &Path, wanted: &[Wanted]) -> Result<(), StoreError> {
    let missing = |file: &Wanted| {
        let there = fs::metadata(part.join(&file.path)).map_or(0, |metadata| metadata.len());
        file.bytes.saturating_sub(there)
    };
    let needed = wanted.iter().map(missing).fold(SPARE, u64::saturating_add);
    let disk = rustix::fs::statvfs(part).map_err(|error| io_error(part)(error.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    match needed > free {
        true => Err(StoreError::Room { needed, free, directory: part.to_owned() }),
        false => Ok(()),
    }
}

fn verify_file(directory: &Path, file: &StoredFile) -> Result<(), StoreError> {
    let path = below(directory, &file.path)?;
    match hash(&path) {
        Ok(found) if found == file.sha256 => Ok(()),
        Ok(found) => Err(StoreError::Hash { file: path.display().to_string(), expected: file.sha256.clone(), found }),
        Err(error) => Err(io_error(&path)(error)),
    }
}

fn hash(path: &Path) -> io::Result<String> {
    let hashed = hash_files(&[path.to_owned()])?;
    Ok(hashed.trim_start_matches("sha256:").to_owned())
}

fn copy(from: &Path, to: &Path, report: &mut (dyn FnMut(u64) + Send)) -> Result<String, StoreError> {
    let mut source = File::open(from).map_err(io_error(from))?;
    let mut target = File::create(to).map_err(io_error(to))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut there = 0;
    loop {
        let count = source.read(&mut buffer).map_err(io_error(from))?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        target.write_all(&buffer[..count]).map_err(io_error(to))?;
        there += count as u64;
        report(there);
    }
    target.sync_all().map_err(io_error(to))?;
    Ok(hex::encode(hasher.finalize()))
}
