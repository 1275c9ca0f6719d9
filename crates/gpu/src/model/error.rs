//! Why a model cannot be added, read or removed.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a model cannot be added, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A name that cannot be a directory's.
    #[error("`{0}` cannot be the name of a model: use letters, digits, `-`, `_` and `.`, and do not begin with `.`")]
    Name(String),
    /// A model of this name is there.
    #[error("there is a model `{name}` already, from {origin}")]
    Exists {
        /// Its name.
        name: String,
        /// Where it came from.
        origin: String,
    },
    /// There is no model of this name.
    #[error("there is no model `{0}` here")]
    Unknown(String),
    /// Another process is adding the model.
    #[error("another process is adding `{0}`")]
    InUse(String),
    /// The disk has too little space.
    #[error("{needed} more bytes are needed in {}, which has {free}", directory.display())]
    Room {
        /// Bytes that are missing in the model's directory, and a reserve.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// The directory that needs them.
        directory: PathBuf,
    },
    /// The origin has nothing that could be served.
    #[error("{0} has no .safetensors file")]
    NoWeights(String),
    /// A file is not what it should be.
    #[error("{file} has the SHA-256 {found} and not {expected}")]
    Hash {
        /// Its path.
        file: String,
        /// The hash that the origin or the record names.
        expected: String,
        /// The hash that the file has.
        found: String,
    },
    /// A hub's list names a file that would lie somewhere else.
    #[error("`{0}` is not a path below a model's directory")]
    Path(String),
    /// The hub refused a request; the text says why.
    #[error("the hub: {0}")]
    Hub(String),
    /// The hub cannot be reached; the texts are its address and why.
    #[error("the hub at {0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// The way to the hub broke off; what has arrived stays.
    #[error("the hub broke off: {0}")]
    BrokenOff(String),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}
