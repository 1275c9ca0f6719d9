//! How much a key may have of files and batches.

/// Bytes that a key's files may have in tests.
#[cfg(test)]
pub(super) const MAX_BYTES: u64 = 1 << 30;
/// A key has at most this many files.
pub(super) const MAX_FILES: usize = 500;
/// A key has at most this many batches that have not ended.
pub(super) const MAX_BATCHES: usize = 20;

/// What a key has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum Quota {
    #[error("there are {MAX_FILES} files already; hint: delete some, or wait until they expire")]
    Files,
    #[error("the files would have more than {0} bytes together; hint: delete some, or wait until they expire")]
    Bytes(u64),
    #[error("{MAX_BATCHES} batches have not ended yet; hint: wait until one has")]
    Batches,
}
