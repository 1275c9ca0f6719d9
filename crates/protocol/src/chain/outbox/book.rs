//! The intents of one key on one chain, in a file that is whole at every moment and that one process at a time changes.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{super::ChainError, Intent, State};

/// Intents that are kept after their end, for those who ask by a hash.
const KEPT: usize = 64;
const LOCK_INTERVAL: Duration = Duration::from_millis(50);

/// What is in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    version: u32,
    /// The chain's first block. A local chain that was started again has the same id and another one.
    pub(super) genesis: Option<B256>,
    next_id: u64,
    /// The oldest first.
    pub(super) intents: Vec<Intent>,
}

const VERSION: u32 = 1;

impl Content {
    /// False if the first block shows that this is of another chain.
    pub(super) fn matches(&self, genesis: Option<B256>) -> bool {
        self.genesis.is_none_or(|known| genesis.is_none_or(|found| found == known))
    }

    pub(super) fn another_chain(&self, path: &Path) -> ChainError {
        broken(path, "it is of another chain with the same id; its first block differs from the endpoint's")
    }
}

/// Waits until no other process has a key's file locked, and locks it until it is dropped.
pub(super) async fn lock(path: &Path, key: Address, patience: Duration) -> Result<File, ChainError> {
    let broken = |error: io::Error| broken(path, error);
    if let Some(parent) = path.parent() {
        make_directory(parent).map_err(broken)?;
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(broken)?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => tokio::time::sleep(LOCK_INTERVAL).await,
            Err(TryLockError::WouldBlock) => return Err(ChainError::KeyBusy { account: key }),
            Err(TryLockError::Error(error)) => return Err(broken(error)),
        }
    }
}

/// The file, locked for this process until it is dropped.
#[derive(Debug)]
pub(super) struct Book {
    path: PathBuf,
    content: Content,
    _lock: File,
}

impl Book {
    /// The file of a key on a chain.
    pub(super) fn path(directory: &Path, chain_id: u64, key: Address) -> PathBuf {
        directory.join(format!("{chain_id}-{key:#x}.json"))
    }

    /// Waits until no other process has the file, and reads it.
    pub(super) async fn lock(path: PathBuf, key: Address, patience: Duration) -> Result<Self, ChainError> {
        // A file beside it, since the file itself is replaced with every change.
        let lock = lock(&path.with_extension("lock"), key, patience).await?;
        let content = read(&path)?;
        Ok(Self { path, content, _lock: lock })
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    pub(super) fn find(&self, id: u64) -> Option<&Intent> {
        self.content.intents.iter().find(|intent| intent.id == id)
    }

    /// Refuses an endpoint of another chain with the same id. Where such chains come and go, as a local one does, what was on
    /// its way on the old one is forgotten; returns how much that was.
    pub(super) fn bind(&mut self, genesis: Option<B256>, comes_and_goes: bool) -> Result<usize, ChainError> {
        let matches = self.content.matches(genesis);
        if matches && self.content.genesis.is_some() || genesis.is_none() {
            return Ok(0);
        }
        if !matches && !comes_and_goes {
            return Err(self.content.another_chain(&self.path));
        }
        let mut content = self.content.clone();
        content.genesis = genesis;
        let mut forgotten = 0;
        if !matches {
            forgotten = content.intents.iter().filter(|intent| intent.state.is_open()).count();
            content.intents.clear();
        }
        self.replace(content)?;
        Ok(forgotten)
    }

    /// Adds an intent and gives it a number. It is on disk when this returns.
    pub(super) fn insert(&mut self, mut intent: Intent) -> Result<Intent, ChainError> {
        let mut content = self.content.clone();
        intent.id = content.next_id;
        content.next_id += 1;
        content.intents.push(intent.clone());
        let ended = content.intents.iter().filter(|intent| !intent.state.is_open()).count();
        let mut surplus = ended.saturating_sub(KEPT);
        content.intents.retain(|intent| {
            let goes = surplus > 0 && !intent.state.is_open();
            surplus -= usize::from(goes);
            !goes
        });
        self.replace(content)?;
        Ok(intent)
    }

    /// Changes an intent. It is on disk when this returns.
    pub(super) fn change(&mut self, id: u64, change: impl FnOnce(&mut Intent)) -> Result<Option<Intent>, ChainError> {
        let mut content = self.content.clone();
        let Some(intent) = content.intents.iter_mut().find(|intent| intent.id == id) else { return Ok(None) };
        change(intent);
        let changed = intent.clone();
        if content != self.content {
            self.replace(content)?;
        }
        Ok(Some(changed))
    }

    /// Says how far an intent is.
    pub(super) fn settle(&mut self, id: u64, state: State) -> Result<Option<Intent>, ChainError> {
        self.change(id, |intent| {
            if intent.state != state {
                intent.state = state;
                intent.changed_at = now();
            }
        })
    }

    fn replace(&mut self, mut content: Content) -> Result<(), ChainError> {
        content.version = VERSION;
        write(&self.path, &content).map_err(|error| broken(&self.path, error))?;
        self.content = content;
        Ok(())
    }
}

/// What a file has, as of some moment.
pub(super) fn read(path: &Path) -> Result<Content, ChainError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
        Err(error) => return Err(broken(path, error)),
    };
    let content: Content = serde_json::from_slice(&text).map_err(|error| broken(path, error))?;
    if content.version != VERSION {
        return Err(broken(path, format_args!("it has version {}, this program knows {VERSION}", content.version)));
    }
    Ok(content)
}

/// Every file of a directory, or of one chain.
pub(super) fn files(directory: &Path, chain_id: Option<u64>) -> Result<Vec<PathBuf>, ChainError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(broken(directory, error)),
    };
    let prefix = chain_id.map_or_else(String::new, |chain_id| format!("{chain_id}-"));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(&prefix) && name.ends_with(".json")
    });
    paths.sort();
    Ok(paths)
}

/// Makes a directory and those above it that are missing. Once this has returned, a power cut leaves them there.
fn make_directory(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|_| !path.is_dir()) else { return Ok(()) };
    make_directory(parent)?;
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        // Another command with this key has made it.
        _ => {}
    }
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    File::open(parent)?.sync_all()
}

/// Old or new, but never half: also if the power fails in the middle.
fn write(path: &Path, content: &Content) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(&serde_json::to_vec(content)?)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn broken(path: &Path, reason: impl ToString) -> ChainError {
    ChainError::Outbox { path: path.to_owned(), reason: reason.to_string() }
}

/// Seconds since the Unix epoch.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::{super::intent::tests::intent, *};

    /// A directory that is removed with this value.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("cuckoo-book-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        async fn lock(&self) -> Result<Book, ChainError> {
            let key = Address::repeat_byte(1);
            Book::lock(Book::path(&self.0, 31_337, key), key, Duration::from_millis(60)).await
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn what_was_written_is_there_for_the_next_and_only_one_writes() {
        let directory = Directory::new("one");
        let inserted = {
            let mut book = directory.lock().await.expect("locks");
            let first = book.insert(intent(9, 5, State::Signed)).expect("written");
            book.insert(intent(9, 6, State::Signed)).expect("written");
            assert!(matches!(directory.lock().await, Err(ChainError::KeyBusy { .. })));
            book.settle(first.id, State::Sent).expect("written").expect("there")
        };
        assert_eq!(inserted.state, State::Sent);
        let book = directory.lock().await.expect("locks");
        assert_eq!(book.find(inserted.id), Some(&inserted));
        assert_eq!(book.content().intents.iter().map(|intent| intent.id).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(files(&directory.0, Some(31_337)).expect("listed").len(), 1);
        assert_eq!(files(&directory.0, Some(3_133)).expect("listed").len(), 0);
    }

    #[tokio::test]
    async fn a_damaged_file_is_refused_and_left_alone() {
        let directory = Directory::new("damaged");
        let path = {
            let mut book = directory.lock().await.expect("locks");
            book.insert(intent(9, 5, State::Signed)).expect("written");
            book.path.clone()
        };
        let text = fs::read(&path).expect("read");
        for damaged in [&text[..text.len() / 2], b"", b"{\"version\":2,\"genesis\":null,\"next_id\":0,\"intents\":[]}"]
        {
            fs::write(&path, damaged).expect("written");
            assert!(matches!(directory.lock().await, Err(ChainError::Outbox { .. })), "{damaged:?}");
            assert_eq!(fs::read(&path).expect("read"), damaged);
        }
    }

    #[tokio::test]
    async fn what_has_ended_is_forgotten_in_the_end_and_what_is_open_never() {
        let directory = Directory::new("kept");
        let mut book = directory.lock().await.expect("locks");
        let open = book.insert(intent(0, 0, State::Sent)).expect("written");
        for nonce in 1..=KEPT as u64 + 10 {
            book.insert(intent(0, nonce, State::Replaced)).expect("written");
        }
        let kept = &book.content().intents;
        assert_eq!((kept.len(), kept[0].id, kept[1].nonce), (KEPT + 1, open.id, 11));
    }

    #[tokio::test]
    async fn a_chain_that_was_started_again_gets_nothing_of_the_old_one() {
        let directory = Directory::new("again");
        let mut book = directory.lock().await.expect("locks");
        let (old, new) = (B256::repeat_byte(1), B256::repeat_byte(2));
        assert_eq!(book.bind(Some(old), true).expect("written"), 0);
        book.insert(intent(0, 0, State::Sent)).expect("written");
        assert_eq!(book.bind(Some(old), false).expect("written"), 0);
        assert_eq!(book.bind(None, false).expect("written"), 0);
        assert!(matches!(book.bind(Some(new), false), Err(ChainError::Outbox { .. })));
        assert_eq!(book.content().intents.len(), 1);
        assert_eq!(book.bind(Some(new), true).expect("written"), 1);
        assert!(book.content().intents.is_empty());
    }
}
