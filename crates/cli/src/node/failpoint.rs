//! Places in which a test has the process end, as a power cut would. In a release build there are none of them.

use std::{fs, path::PathBuf, sync::OnceLock};

/// Directory in which a file with a point's name means: end there. It is removed, so that the next process goes on.
pub const DIRECTORY: &str = "CUCKOO_TEST_CRASH_DIRECTORY";

macro_rules! points {
    ($($constant:ident = $name:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: &str = $name;)*

        /// All of them.
        pub const POINTS: &[&str] = &[$($name),*];
    };
}

points! {
    JOURNAL_BEFORE = "coordinator-journal-before", "Events are applied, and not written.";
    JOURNAL_AFTER = "coordinator-journal-after", "Events are durable, and nobody is told.";
    LOG_BEFORE = "coordinator-log-before", "A draw is durable in the journal, and not in the assignment log's file.";
    ACKNOWLEDGE = "coordinator-acknowledge", "A task is durable, and its application does not know.";
    LEASE = "coordinator-lease", "A miner is offered a task.";
    RESULT_BEFORE = "coordinator-result-before", "A result has come, and is not looked at.";
    RESULT_AFTER = "coordinator-result-after", "It is applied, and the miner does not know.";
    VOUCHER = "coordinator-voucher", "What is owed is counted, and no voucher signed.";
    SIGN_BEFORE = "miner-sign-before", "An answer is made, and its receipt not written down.";
    SIGN_AFTER = "miner-sign-after", "It is written down, and did not leave.";
    SENT = "miner-sent", "It has left.";
    KEEP = "miner-keep", "A voucher has come, and is not kept.";
}

/// Ends the process if a test wants it to end here.
pub fn point(name: &str) {
    static ARMED: OnceLock<Option<PathBuf>> = OnceLock::new();
    if !cfg!(debug_assertions) {
        return;
    }
    let armed = ARMED.get_or_init(|| std::env::var_os(DIRECTORY).map(PathBuf::from));
    if let Some(directory) = armed
        && fs::remove_file(directory.join(name)).is_ok()
    {
        std::process::abort();
    }
}
