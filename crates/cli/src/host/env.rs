//! Every environment variable that `cuckoo` reads, in one place. `cuckoo help environment` is made from it.

use std::path::{Path, PathBuf};

/// Whose a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Ours.
    Cuckoo,
    /// Foundry's, used where neither an option nor a configuration says anything.
    Ethereum,
    /// Everybody's.
    General,
    /// systemd's.
    Systemd,
}

/// A variable and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub owner: Owner,
    /// What it means.
    pub meaning: &'static str,
}

/// Declares each variable once: its constant, and its entry in the reference.
macro_rules! variables {
    ($($constant:ident = $name:literal, $owner:ident, $meaning:literal;)*) => {
        $(#[doc = concat!($meaning, ".")] #[allow(dead_code, reason = "libraries read some of them, not we")] pub const $constant: &str = $name;)*

        /// Every variable, for the reference.
        pub const REFERENCE: &[Variable] =
            &[$(Variable { name: $name, owner: Owner::$owner, meaning: $meaning }),*];
    };
}

variables! {
    CONFIG = "CUCKOO_CONFIG", Cuckoo, "Configuration file, instead of the usual ones";
    NETWORK = "CUCKOO_NETWORK", Cuckoo, "Network: a name, or the path of a description";
    RPC_URL = "CUCKOO_RPC_URL", Cuckoo, "RPC endpoint instead of the network's own";
    ACCOUNT = "CUCKOO_ACCOUNT", Cuckoo, "Wallet to sign with";
    KEYSTORE_DIR = "CUCKOO_KEYSTORE_DIR", Cuckoo, "Directory of wallets, instead of `keystores` in the data directory";
    PASSWORD_FILE = "CUCKOO_PASSWORD_FILE", Cuckoo, "File with the wallet's password";
    DATA_DIR = "CUCKOO_DATA_DIR", Cuckoo, "Directory of wallets, networks, nodes and sent transactions, instead of those of XDG";
    COORDINATOR_URL = "CUCKOO_COORDINATOR_URL", Cuckoo, "A coordinator's API, for `cuckoo task`";
    API_KEY_FILE = "CUCKOO_API_KEY_FILE", Cuckoo, "File with the key for a coordinator's API, for `cuckoo task`";
    ADMIN_URL = "CUCKOO_ADMIN_URL", Cuckoo, "A node's operators' listener, for `cuckoo tui`, `status` and `drain`";
    FAUCET_URL = "CUCKOO_FAUCET_URL", Cuckoo, "The service of a test network's faucet";
    LOG = "CUCKOO_LOG", Cuckoo, "What is logged: a level, or directives such as `cuckoo=debug,warn`";
    LOG_FORMAT = "CUCKOO_LOG_FORMAT", Cuckoo, "How it is logged: `text` or `json`";
    JSON = "CUCKOO_JSON", Cuckoo, "Set for JSON on stdout";
    NO_INPUT = "CUCKOO_NO_INPUT", Cuckoo, "Set to ask no questions";
    NO_PROGRESS = "CUCKOO_NO_PROGRESS", Cuckoo, "Set to show no progress";
    THEME = "CUCKOO_THEME", Cuckoo, "Colours of `cuckoo tui`: `auto`, `true`, `ansi` or `plain`";
    ANVIL = "CUCKOO_ANVIL", Cuckoo, "The anvil program that `cuckoo devnet` starts";
    ETH_RPC_URL = "ETH_RPC_URL", Ethereum, "RPC endpoint, except of the local network";
    ETH_KEYSTORE_ACCOUNT = "ETH_KEYSTORE_ACCOUNT", Ethereum, "Wallet to sign with";
    ETH_PASSWORD = "ETH_PASSWORD", Ethereum, "File with the wallet's password";
    NO_COLOR = "NO_COLOR", General, "Set for output without colours";
    CLICOLOR_FORCE = "CLICOLOR_FORCE", General, "Set for colours also where the output is no terminal";
    CI = "CI", General, "Set for output without spinners";
    HF_ENDPOINT = "HF_ENDPOINT", General, "The hub that `cuckoo miner models add` fetches from";
    HTTPS_PROXY = "HTTPS_PROXY", General, "Proxy for requests over https";
    TERM = "TERM", General, "What the terminal can do";
    COLORTERM = "COLORTERM", General, "`truecolor` where the terminal has all colours";
    COLUMNS = "COLUMNS", General, "Width of the terminal, for help";
    XDG_CONFIG_HOME = "XDG_CONFIG_HOME", General, "Where programs keep a user's configuration";
    XDG_DATA_HOME = "XDG_DATA_HOME", General, "Where programs keep a user's data";
    XDG_STATE_HOME = "XDG_STATE_HOME", General, "Where programs keep what they have to remember";
    XDG_CACHE_HOME = "XDG_CACHE_HOME", General, "Where programs keep what they can fetch again";
    CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY", Systemd, "Directory of a unit's credentials: `keystore` and `keystore-password`";
    CONFIGURATION_DIRECTORY = "CONFIGURATION_DIRECTORY", Systemd, "Directory of a unit's `config.toml`, instead of `/etc/cuckoo`";
    STATE_DIRECTORY = "STATE_DIRECTORY", Systemd, "Directory of what a unit has to remember";
    NOTIFY_SOCKET = "NOTIFY_SOCKET", Systemd, "Where a node says that it is ready";
    WATCHDOG_USEC = "WATCHDOG_USEC", Systemd, "How often a node has to give a sign of life";
}

/// A variable as a path; unset and empty are the same.
pub fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A variable as text; unset, empty and no text are the same.
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where wallets and networks are kept.
pub fn data_directory() -> PathBuf {
    path(DATA_DIR).or_else(|| in_home(XDG_DATA_HOME, ".local/share")).unwrap_or_else(|| PathBuf::from(".cuckoo"))
}

/// Where is kept what must not be forgotten, such as the transactions that were sent.
pub fn state_directory() -> PathBuf {
    path(DATA_DIR)
        .or_else(|| path(STATE_DIRECTORY))
        .or_else(|| in_home(XDG_STATE_HOME, ".local/state"))
        .unwrap_or_else(|| PathBuf::from(".cuckoo"))
}

/// Where the transactions are kept that were sent from this machine.
pub fn outbox_directory() -> PathBuf {
    state_directory().join("outbox")
}

/// The user's configuration file.
pub fn config_file() -> PathBuf {
    in_home(XDG_CONFIG_HOME, ".config").unwrap_or_else(|| PathBuf::from(".cuckoo")).join("config.toml")
}

/// The machine's or the unit's configuration file.
pub fn system_config_file() -> PathBuf {
    path(CONFIGURATION_DIRECTORY).unwrap_or_else(|| PathBuf::from("/etc/cuckoo")).join("config.toml")
}

/// Where is kept what can be fetched again.
pub fn cache_directory() -> Option<PathBuf> {
    in_home(XDG_CACHE_HOME, ".cache")
}

/// Our directory in one of the user's, by the variable or below the home directory.
fn in_home(variable: &str, usual: &str) -> Option<PathBuf> {
    path(variable)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(Path::new(usual))))
        .map(|path| path.join("cuckoo"))
}
