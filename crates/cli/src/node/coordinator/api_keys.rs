//! API keys: who may call the coordinator, and how often. A key is shown once; only its hash is kept.

use std::{
    collections::HashMap,
    fs, io,
    num::NonZeroU32,
    os::unix::fs::{MetadataExt, lchown},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use alloy::primitives::{B256, keccak256};
use arc_swap::ArcSwap;
use cuckoo_protocol::{Cai, task::Millis};
use governor::{
    DefaultDirectRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use serde::{Deserialize, Serialize};

use crate::host::files;

/// Begins every key, so that leaked ones can be searched for.
const PREFIX: &str = "ck_";

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Names it in lists and in the journal.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// Keccak-256 of the key. It has 256 random bits, so that no slower hash is needed.
    pub hash: B256,
    /// Requests for work per minute; all of them may come at once.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens per minute; all of them may come at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<NonZeroU32>,
    /// What all its tasks together may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Cai>,
    /// When it was made.
    pub created_at: Millis,
    /// Whether it has been revoked, and stops working.
    pub revoked: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: Vec<Key>,
}

/// The file of all keys.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// In a coordinator's data directory.
    pub fn in_directory(directory: &Path) -> Self {
        Self { path: directory.join("keys.json") }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All keys, revoked ones as well; none when there is no file.
    pub fn read(&self) -> io::Result<Vec<Key>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(serde_json::from_slice::<File>(&bytes)?.keys),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file, whole or not at all; only its owner can read it, who is the owner of its directory. Root writes it for a
    /// coordinator that runs as another user, as units do.
    pub fn write(&self, keys: Vec<Key>) -> io::Result<()> {
        let keys = serde_json::to_vec_pretty(&File { keys })?;
        let missing: Vec<_> = self
            .path
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .map(Path::to_owned)
            .collect();
        files::replace(&self.path, &keys)?;
        // What was made on the way is the coordinator's as well.
        missing.iter().rev().try_for_each(|path| give_to_folders_owner(path))?;
        give_to_folders_owner(&self.path)
    }

    /// What changes with the file. The time of its last change of owner is in it: it cannot be read before it was given away.
    fn version(&self) -> Option<(SystemTime, u64, (i64, i64))> {
        let metadata = fs::metadata(&self.path).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), (metadata.ctime(), metadata.ctime_nsec())))
    }
}

/// Gives a file or a directory to the owner of the directory that it is in. Only root can, and for everybody else it is theirs.
fn give_to_folders_owner(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let owner = fs::metadata(folder).map(|folder| (folder.uid(), folder.gid()))?;
    let now = fs::symlink_metadata(path)?;
    if (now.uid(), now.gid()) == owner {
        return Ok(());
    }
    match lchown(path, Some(owner.0), Some(owner.1)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        given => given,
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Requests for work per minute.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens per minute.
    pub tokens_per_minute: Option<NonZeroU32>,
    /// What all its tasks together may cost.
    pub budget: Option<Cai>,
}

/// Makes a new key. Returns the key itself, and the record of it that is kept.
pub fn generate(name: String, allowance: Allowance, now: Millis) -> (String, Key) {
    let secret = format!("{PREFIX}{}", alloy::hex::encode(rand::random::<[u8; 32]>()));
    let id = alloy::hex::encode(rand::random::<[u8; 4]>());
    let hash = keccak256(&secret);
    let Allowance { requests_per_minute, tokens_per_minute, budget } = allowance;
    let revoked = false;
    (secret, Key { id, name, hash, requests_per_minute, tokens_per_minute, budget, created_at: now, revoked })
}

/// The application that calls.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The key's id; `None` while the coordinator asks for no keys.
    pub key: Option<String>,
    /// What all tasks of that key together may cost, in base units.
    pub budget: Option<u128>,
    tokens: Option<Limit>,
}

impl Caller {
    /// Tokens that it may use in a minute, where there is a limit.
    pub fn tokens_per_minute(&self) -> Option<NonZeroU32> {
        self.tokens.as_ref().map(|limit| limit.rate)
    }

    /// Counts tokens that it asks for.
    pub fn spend(&self, tokens: NonZeroU32) -> Result<(), Refusal> {
        let Some(Limit { rate, limiter }) = &self.tokens else { return Ok(()) };
        match limiter.check_n(tokens) {
            Ok(counted) => counted.map_err(too_often),
            Err(_) => Err(Refusal::TooMany { limit: *rate }),
        }
    }
}

/// Why a caller is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No key, or one that is not known.
    Unknown,
    /// The rate of the key is used up.
    TooOften {
        /// The next request is accepted after this time.
        retry_after: Duration,
    },
    /// More tokens than the key may ever have at once.
    TooMany {
        /// The tokens that the key may have at once.
        limit: NonZeroU32,
    },
}

#[derive(Clone, Debug)]
struct Limit {
    rate: NonZeroU32,
    limiter: Arc<DefaultDirectRateLimiter>,
}

impl Limit {
    /// Goes on if the rate is as it was: what a key has used up stays used up.
    fn new(rate: Option<NonZeroU32>, before: Option<&Self>) -> Option<Self> {
        let rate = rate?;
        let fresh = || Self { rate, limiter: Arc::new(RateLimiter::direct(Quota::per_minute(rate))) };
        Some(before.filter(|before| before.rate == rate).cloned().unwrap_or_else(fresh))
    }
}

fn too_often(not_until: NotUntil<<DefaultClock as Clock>::Instant>) -> Refusal {
    Refusal::TooOften { retry_after: not_until.wait_time_from(DefaultClock::default().now()) }
}

#[derive(Debug)]
struct KeyInForce {
    key: Key,
    requests: Option<Limit>,
    tokens: Option<Limit>,
}

impl KeyInForce {
    fn caller(&self) -> Caller {
        let budget = self.key.budget.map(|budget| budget.base_units().saturating_to());
        Caller { key: Some(self.key.id.clone()), budget, tokens: self.tokens.clone() }
    }
}

#[derive(Debug, Default)]
struct Ring {
    by_hash: HashMap<B256, KeyInForce>,
    /// A coordinator that ever had a key asks for one, also when all are revoked.
    required: bool,
}

/// The keys in force, read again when the file changes.
#[derive(Debug)]
pub struct Keyring {
    file: KeyFile,
    ring: ArcSwap<Ring>,
}

impl Keyring {
    /// Reads the file for the first time.
    pub fn open(file: KeyFile) -> io::Result<Self> {
        let keyring = Self { file, ring: ArcSwap::default() };
        keyring.reload()?;
        Ok(keyring)
    }

    /// Follows the file forever. A file that cannot be read changes nothing.
    pub async fn follow(&self) {
        let mut seen = self.file.version();
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let version = self.file.version();
            if version == seen {
                continue;
            }
            seen = version;
            match self.reload() {
                Ok(()) => tracing::info!("the API keys were read again"),
                Err(error) => tracing::error!(%error, "the API keys cannot be read; the last ones stay in force"),
            }
        }
    }

    fn reload(&self) -> io::Result<()> {
        let keys = self.file.read()?;
        let before = self.ring.load();
        let required = before.required || !keys.is_empty();
        let entry = |key: Key| {
            let known = before.by_hash.get(&key.hash);
            let requests = Limit::new(key.requests_per_minute, known.and_then(|known| known.requests.as_ref()));
            let tokens = Limit::new(key.tokens_per_minute, known.and_then(|known| known.tokens.as_ref()));
            (key.hash, KeyInForce { key, requests, tokens })
        };
        let by_hash = keys.into_iter().filter(|key| !key.revoked).map(entry).collect();
        self.ring.store(Arc::new(Ring { by_hash, required }));
        Ok(())
    }

    /// Admits a caller by its key, or refuses it. `counts` says that this is a request for work, which the rate limits.
    pub fn admit(&self, secret: Option<&str>, counts: bool) -> Result<Caller, Refusal> {
        let ring = self.ring.load();
        if !ring.required {
            return Ok(Caller::default());
        }
        let entry = secret.and_then(|secret| ring.by_hash.get(&keccak256(secret))).ok_or(Refusal::Unknown)?;
        if let Some(Limit { limiter, .. }) = entry.requests.as_ref().filter(|_| counts) {
            limiter.check().map_err(too_often)?;
        }
        Ok(entry.caller())
    }

    /// The caller with this key, by the key's id, for work that was asked for earlier; `None` where the key is not in force any more.
    pub fn caller_of(&self, id: Option<&str>) -> Option<Caller> {
        let ring = self.ring.load();
        let Some(id) = id else { return (!ring.required).then(Caller::default) };
        ring.by_hash.values().find(|entry| entry.key.id == id).map(KeyInForce::caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(admitted: Result<Caller, Refusal>) -> Result<Option<String>, Refusal> {
        admitted.map(|caller| caller.key)
    }

    fn keyring(folder: &Path, rate: Option<u32>) -> (Keyring, KeyFile, String) {
        let file = KeyFile::in_directory(folder);
        let allowance = Allowance { requests_per_minute: rate.and_then(NonZeroU32::new), ..Allowance::default() };
        let (secret, key) = generate("app".into(), allowance, 1);
        file.write(vec![key]).expect("written");
        (Keyring::open(file.clone()).expect("opens"), file, secret)
    }

    #[test]
    fn without_keys_everybody_is_let_in_and_with_one_only_its_holder() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = Keyring::open(KeyFile::in_directory(folder.path())).expect("opens");
        assert_eq!(key_of(open.admit(None, true)), Ok(None));
        assert!(open.caller_of(None).is_some());
        let (keyring, file, secret) = keyring(folder.path(), None);
        let id = file.read().expect("read")[0].id.clone();
        assert_eq!(key_of(keyring.admit(Some(&secret), true)), Ok(Some(id.clone())));
        // What was asked for without a key does not go on once one is needed.
        assert!(keyring.caller_of(None).is_none() && keyring.caller_of(Some(&id)).is_some());
        for wrong in [None, Some(""), Some("ck_"), Some(&secret[..secret.len() - 1])] {
            assert_eq!(key_of(keyring.admit(wrong, true)), Err(Refusal::Unknown), "{wrong:?}");
        }
        let text = fs::read_to_string(file.path()).expect("read");
        assert!(!text.contains(&secret) && !text.contains(&secret[PREFIX.len()..]));
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(file.path()).expect("exists").permissions().mode() & 0o777, 0o600);

        // Revoking the last key does not open the door.
        let mut keys = file.read().expect("read");
        keys[0].revoked = true;
        file.write(keys).expect("written");
        keyring.reload().expect("reads");
        assert_eq!(key_of(keyring.admit(Some(&secret), true)), Err(Refusal::Unknown));
        file.write(vec![]).expect("written");
        keyring.reload().expect("reads");
        assert_eq!(key_of(keyring.admit(None, true)), Err(Refusal::Unknown));
    }

    #[test]
    fn root_writes_keys_for_the_coordinator_s_user() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("state/coordinator");
        let state = data.parent().expect("a parent");
        fs::create_dir(state).expect("made");
        // A user who is not root has no files of others to write.
        let is_root = rustix::process::geteuid().is_root();
        let owner = if is_root { (12_345, 12_346) } else { owner(state) };
        lchown(state, Some(owner.0), Some(owner.1)).expect("given");
        let file = KeyFile::in_directory(&data);
        for name in ["first", "second"] {
            let (_, key) = generate(name.into(), Allowance::default(), 1);
            file.write(vec![key]).expect("written");
            assert_eq!([self::owner(&data), self::owner(file.path())], [owner; 2], "{name}");
        }
    }

    fn owner(path: &Path) -> (u32, u32) {
        let metadata = fs::metadata(path).expect("exists");
        (metadata.uid(), metadata.gid())
    }

    #[test]
    fn tokens_are_counted_per_minute_also_across_a_reload() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::in_directory(folder.path());
        let limit = NonZeroU32::new(100).expect("positive");
        let (secret, key) =
            generate("app".into(), Allowance { tokens_per_minute: Some(limit), ..Allowance::default() }, 1);
        file.write(vec![key]).expect("written");
        let keyring = Keyring::open(file).expect("opens");
        let spend = |tokens: u32| {
            let caller = keyring.admit(Some(&secret), true).expect("is known");
            caller.spend(NonZeroU32::new(tokens).expect("positive"))
        };
        assert_eq!(spend(101), Err(Refusal::TooMany { limit }));
        assert_eq!(spend(60), Ok(()));
        keyring.reload().expect("reads");
        assert!(matches!(spend(60), Err(Refusal::TooOften { retry_after }) if retry_after < Duration::from_secs(13)));
        assert_eq!(spend(30), Ok(()));
        assert_eq!(Caller::default().spend(limit), Ok(()), "no key, no limit");
    }

    #[test]
    fn a_burst_cannot_exceed_its_rate_not_even_across_a_reload() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keyring, _, secret) = keyring(folder.path(), Some(10));
        let admitted = (0..30)
            .filter(|round| {
                if *round == 5 {
                    keyring.reload().expect("reads");
                }
                keyring.admit(Some(&secret), true).is_ok()
            })
            .count();
        assert_eq!(admitted, 10);
        let Err(Refusal::TooOften { retry_after }) = keyring.admit(Some(&secret), true) else {
            panic!("it has spent its rate")
        };
        assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(6), "{retry_after:?}");
        assert!(keyring.admit(Some(&secret), false).is_ok(), "asking is free");
    }
}
