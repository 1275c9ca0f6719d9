//! Points at which a test can end the process, as a power cut would. A release build has none of them.

use std::{fs, path::PathBuf, sync::OnceLock};

/// The environment variable of a directory in which a file with a point's name means: end there. The file is removed, so that
/// the next process goes on.
pub const DIRECTORY: &str = "CUCKOO_TEST_CRASH_DIRECTORY";

macro_rules! points {
    ($($constant:ident = $name:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: &str = $name;)*

        /// The names of all points.
        pub const POINTS: &[&str] = &[$($name),*];
    };
}

points! {
    JOURNAL_BEFORE = "coordinator-journal-before", "Events are applied, and not yet written.";
    JOURNAL_AFTER = "coordinator-journal-after", "Events are durable, and nobody knows yet.";
    LOG_BEFORE = "coordinator-log-before", "A draw is durable in the journal, and not yet in the assignment log's file.";
    ACKNOWLEDGE = "coordinator-acknowledge", "A task is durable, and its application does not know yet.";
    LEASE = "coordinator-lease", "A task has been offered to a miner.";
    RESULT_BEFORE = "coordinator-result-before", "A result has arrived, and is not yet examined.";
    RESULT_AFTER = "coordinator-result-after", "A result is applied, and the miner does not know yet.";
    VOUCHER = "coordinator-voucher", "The debt is counted, and no voucher is signed yet.";
    SIGN_BEFORE = "miner-sign-before", "An answer is complete, and its receipt is not yet written down.";
    SIGN_AFTER = "miner-sign-after", "A receipt is written down, and not yet sent.";
    SENT = "miner-sent", "A receipt has been sent.";
    KEEP = "miner-keep", "A voucher has arrived, and is not yet written down.";
}

/// An answer has been given to the coordinator's own auditor.
pub const AUDIT_BEGUN: &str = "coordinator-audit-begun";
/// It has been examined, and nobody knows yet.
pub const AUDIT_BEFORE: &str = "coordinator-audit-before";
/// What was found is told, and may not be durable yet.
pub const AUDIT_AFTER: &str = "coordinator-audit-after";
/// The points that only a coordinator with an auditor of its own comes to.
pub const AUDIT_POINTS: &[&str] = &[AUDIT_BEGUN, AUDIT_BEFORE, AUDIT_AFTER];

/// The approval of a bond is written down, and not yet sent.
pub const COURT_APPROVING: &str = "coordinator-court-approving";
/// A bond is approved, and its case is not opened.
pub const COURT_APPROVED: &str = "coordinator-court-approved";
/// The transaction that opens a case is written down, and not yet sent.
pub const COURT_OPENING: &str = "coordinator-court-opening";
/// A case is opened, and nothing here says so.
pub const COURT_OPENED: &str = "coordinator-court-opened";
/// The points that only a coordinator that opens a case comes to, in their order.
pub const COURT_POINTS: &[&str] = &[COURT_APPROVING, COURT_APPROVED, COURT_OPENING, COURT_OPENED];

/// A juror has an opinion, and its vote is not yet written down.
pub const BALLOT_BEFORE: &str = "juror-ballot-before";
/// The vote is written down, and nobody knows of it.
pub const BALLOT_AFTER: &str = "juror-ballot-after";
/// The commitment's transaction is written down, and not yet sent.
pub const COMMIT_BEFORE: &str = "juror-commit-before";
/// The commitment has been sent, and may be in no block yet.
pub const COMMIT_AFTER: &str = "juror-commit-after";
/// The transaction that reveals the vote is written down, and not yet sent.
pub const REVEAL_BEFORE: &str = "juror-reveal-before";
/// The vote has been sent, and may be in no block yet.
pub const REVEAL_AFTER: &str = "juror-reveal-after";
/// The points that only a juror comes to, in their order.
pub const JUROR_POINTS: &[&str] =
    &[BALLOT_BEFORE, BALLOT_AFTER, COMMIT_BEFORE, COMMIT_AFTER, REVEAL_BEFORE, REVEAL_AFTER];

/// The points around the steps that anybody may take before the court, and around getting a bond back, in the order in which a case comes
/// to them; of each, its transaction is written down and not yet sent, and it has been sent and may be in no block yet.
pub const STEP_POINTS: [&str; 10] = [
    "court-seed-before",
    "court-seed-after",
    "court-summon-before",
    "court-summon-after",
    "court-resolve-before",
    "court-resolve-after",
    "court-settle-before",
    "court-settle-after",
    "court-withdraw-before",
    "court-withdraw-after",
];

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
