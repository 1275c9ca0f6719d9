//! What happens while a disk is full: the thread that writes waits for space, and others ask before they hand it more.

use std::{
    error::Error,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use async_nats::jetstream::{self, ErrorCode};

/// How often a write that did not fit is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The state of one disk that one thread writes to. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct DiskSpace {
    full: Arc<AtomicBool>,
    leaving: Arc<AtomicBool>,
}

impl DiskSpace {
    /// True while a write waits for space.
    pub fn is_full(&self) -> bool {
        self.full.load(Relaxed)
    }

    /// From now on no write waits.
    pub fn leave(&self) {
        self.leaving.store(true, Relaxed);
    }

    /// Returns true when it is time to try the write again that failed with `error`. Returns false at once if space was not the
    /// cause.
    pub fn wait(&self, what: &str, error: &(dyn Error + 'static)) -> bool {
        if !is_lack_of_space(error) || self.leaving.load(Relaxed) {
            return false;
        }
        if !self.full.swap(true, Relaxed) {
            tracing::error!(error, what, "the disk is full; no new tasks are taken until it has space");
        }
        thread::sleep(RETRY);
        true
    }

    /// Notes that the write has succeeded.
    pub fn found(&self, what: &str) {
        if self.full.swap(false, Relaxed) {
            tracing::info!(what, "the disk has space again");
        }
    }
}

/// True if a write failed because the disk is full.
pub fn is_lack_of_space(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
    }
    if let Some(error) = error.downcast_ref::<postgres::Error>() {
        return error.code() == Some(&postgres::error::SqlState::DISK_FULL);
    }
    if let Some(error) = error.downcast_ref::<jetstream::context::PublishError>() {
        let refused = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
        return refused.is_some_and(is_full_stream);
    }
    match error.downcast_ref::<rusqlite::Error>() {
        // SQLite says that a disk is full only where the system does; a quota or a limit are writes that fail.
        Some(rusqlite::Error::SqliteFailure(failure, _)) => {
            failure.code == rusqlite::ErrorCode::DiskFull || failure.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE
        }
        _ => false,
    }
}

/// True where a server of NATS, an account there or a stream has no room for a message.
fn is_full_stream(refused: &jetstream::Error) -> bool {
    match refused.error_code() {
        ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::INSUFFICIENT_RESOURCES
        | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED => true,
        // It says whatever a store says.
        ErrorCode::STREAM_STORE_FAILED => {
            let words = refused.to_string();
            ["maximum bytes", "maximum messages", "no space left"].iter().any(|reason| words.contains(reason))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lack_of_space_is_waited_for() {
        let disk_space = DiskSpace::default();
        assert!(!disk_space.wait("it", &io::Error::other("broken")));
        assert!(!disk_space.wait("it", &rusqlite::Error::InvalidQuery) && !disk_space.is_full());
        assert!(disk_space.wait("it", &io::Error::from(io::ErrorKind::StorageFull)) && disk_space.is_full());
        disk_space.found("it");
        assert!(!disk_space.is_full());
        disk_space.leave();
        assert!(!disk_space.wait("it", &io::Error::from(io::ErrorKind::StorageFull)));
    }
}
