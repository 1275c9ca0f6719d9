//! Every environment variable that `cuckoo` reads, in one place.

use std::path::PathBuf;

/// Network: a name or the path of a description.
pub const NETWORK: &str = "CUCKOO_NETWORK";
/// RPC endpoint instead of the network's own.
pub const RPC_URL: &str = "CUCKOO_RPC_URL";
/// Wallet to sign with.
pub const ACCOUNT: &str = "CUCKOO_ACCOUNT";
/// File with the wallet's password.
pub const PASSWORD_FILE: &str = "CUCKOO_PASSWORD_FILE";
/// Directory of wallets and networks, instead of `$XDG_DATA_HOME/cuckoo`.
pub const DATA_DIR: &str = "CUCKOO_DATA_DIR";
/// What is logged: a level, or directives such as `cuckoo=debug,warn`.
pub const LOG: &str = "CUCKOO_LOG";
/// How it is logged: `text` or `json`.
pub const LOG_FORMAT: &str = "CUCKOO_LOG_FORMAT";
/// Set to ask no questions.
pub const NO_INPUT: &str = "CUCKOO_NO_INPUT";
/// Set to show no progress.
pub const NO_PROGRESS: &str = "CUCKOO_NO_PROGRESS";
/// Set for JSON on stdout.
pub const JSON: &str = "CUCKOO_JSON";
/// A coordinator's API, for `cuckoo task`.
pub const COORDINATOR_URL: &str = "CUCKOO_COORDINATOR_URL";
/// A node's operators' listener, for `cuckoo tui`.
pub const ADMIN_URL: &str = "CUCKOO_ADMIN_URL";
/// The anvil program that `cuckoo devnet` starts.
pub const ANVIL: &str = "CUCKOO_ANVIL";
/// systemd: where the credentials of a unit are.
pub const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// XDG: where programs keep a user's data.
pub const XDG_DATA_HOME: &str = "XDG_DATA_HOME";

/// Name and meaning of each variable of our own, for the reference.
pub const REFERENCE: [(&str, &str); 13] = [
    (NETWORK, "network: a name, or the path of a description"),
    (RPC_URL, "RPC endpoint instead of the network's own"),
    (ACCOUNT, "wallet to sign with"),
    (PASSWORD_FILE, "file with the wallet's password"),
    (DATA_DIR, "directory of wallets and networks"),
    (LOG, "what is logged: a level or directives"),
    (LOG_FORMAT, "how it is logged: text or json"),
    (NO_INPUT, "set to ask no questions"),
    (NO_PROGRESS, "set to show no progress"),
    (JSON, "set for JSON on stdout"),
    (COORDINATOR_URL, "a coordinator's API, for `cuckoo task`"),
    (ADMIN_URL, "a node's operators' listener, for `cuckoo tui`"),
    (ANVIL, "the anvil program that `cuckoo devnet` starts"),
];

/// A variable as a path; unset and empty are the same.
pub fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Where wallets and networks are kept.
pub fn data_directory() -> PathBuf {
    path(DATA_DIR)
        .or_else(|| path(XDG_DATA_HOME).filter(|path| path.is_absolute()).map(|path| path.join("cuckoo")))
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/share/cuckoo")))
        .unwrap_or_else(|| PathBuf::from(".cuckoo"))
}
