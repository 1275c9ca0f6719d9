//! Announcements of proofs: the random word in each is on disk before it is announced, so that an interrupted proof goes on.

use std::{io, path::PathBuf};

use cuckoo_protocol::{
    Address, B256,
    chain::{Announcement, ChainError, Client},
};

use crate::host::files;

/// Why an announcement cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AnnouncementError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The random word cannot be kept.
    #[error("{path}: {source}")]
    Salt {
        /// Its file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// A directory with a file for each evidence and finder.
#[derive(Clone, Debug)]
pub struct Announcements {
    directory: PathBuf,
}

impl Announcements {
    /// Those in the folder `announcements` of a directory.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into().join("announcements") }
    }

    /// Reads the announcement of a finder at the contract that takes the proof. The first call for an evidence makes its random word.
    pub async fn read(
        &self,
        client: &Client,
        contract: Address,
        finder: Address,
        evidence: B256,
    ) -> Result<Announcement, AnnouncementError> {
        let path = self.directory.join(format!("{evidence}-{finder}"));
        let salt = files::make_directory(&self.directory).and_then(|()| files::secret(&path));
        let salt = salt.map_err(|source| AnnouncementError::Salt { path, source })?;
        Ok(client.announcement(contract, finder, evidence, salt.into()).await?)
    }
}
