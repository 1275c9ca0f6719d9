//! The directory of a network: its wallets, logs and state, kept or temporary.

use std::path::{Path, PathBuf};

use crate::{
    host::files::keep_private,
    terminal::{Error, Result},
};

/// The directory with everything that a network stores.
pub(super) struct Directory {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
    /// Path and content of the network's description under its name; it is removed at the end, unless another network has
    /// replaced it.
    named: Option<(PathBuf, String)>,
    /// Locked as long as this process lives, so that two processes never use one directory.
    _lock: std::fs::File,
}

impl Directory {
    pub(super) fn open(kept: Option<&Path>) -> Result<Self> {
        keep_private();
        let (path, temporary) = match kept {
            Some(path) => {
                std::fs::create_dir_all(path)
                    .map_err(|error| Error::failure(format_args!("cannot create {}: {error}", path.display())))?;
                (path.canonicalize()?, None)
            }
            None => {
                let directory = tempfile::Builder::new().prefix("cuckoo-devnet-").tempdir()?;
                (directory.path().to_owned(), Some(directory))
            }
        };
        std::fs::create_dir_all(path.join("logs"))?;
        let lock = std::fs::File::create(path.join("lock"))?;
        lock.try_lock().map_err(|_| {
            Error::unavailable(format_args!("another devnet is already running on {}", path.display()))
                .hint("stop it, or choose another directory: --data DIR")
        })?;
        Ok(Self { path, temporary, named: None, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_kept(&self) -> bool {
        self.temporary.is_none()
    }

    pub(super) fn remove_at_the_end(&mut self, path: PathBuf, content: String) {
        self.named = Some((path, content));
    }

    pub(super) fn clean_up(&mut self) {
        if let Some((path, content)) = self.named.take()
            && std::fs::read_to_string(&path).is_ok_and(|found| found == content)
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "cannot remove {}", path.display());
        }
        let _ = std::fs::remove_file(self.path.join("devnet.json"));
        if let Some(directory) = self.temporary.take()
            && let Err(error) = directory.close()
        {
            tracing::warn!(%error, "cannot remove the temporary directory");
        }
    }
}
