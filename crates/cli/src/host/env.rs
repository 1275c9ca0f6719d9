//! Every environment variable that `cuckoo` reads, in one place. `cuckoo help environment` is made from it.

use std::path::{Path, PathBuf};

/// The program or the convention that a variable belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// cuckoo itself.
    Cuckoo,
    /// Foundry; used where neither an option nor a configuration sets anything.
    Ethereum,
    /// Conventions that many programs share.
    General,
    /// systemd.
    Systemd,
}

/// A variable and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The program or the convention that it belongs to.
    pub owner: Owner,
    /// Its meaning, for the reference.
    pub meaning: &'static str,
}

/// Declares each variable once: its constant, and its entry in the reference.
macro_rules! variables {
    ($($constant:ident = $name:literal, $owner:ident, $meaning:literal;)*) => {
        $(#[doc = concat!($meaning, ".")] #[allow(dead_code, reason = "some of them are read by libraries only")] pub const $constant: &str = $name;)*

        /// Every variable, for the reference.
        pub const REFERENCE: &[Variable] =
            &[$(Variable { name: $name, owner: Owner::$owner, meaning: $meaning }),*];
    };
}

variables! {
    CONFIG = "CUCKOO_CONFIG", Cuckoo, "Configuration file to read instead of the user's and the machine's";
    NETWORK = "CUCKOO_NETWORK", Cuckoo, "Network to use: a name, or the path of a network.json";
    RPC_URL = "CUCKOO_RPC_URL", Cuckoo, "RPC endpoint to use instead of the network's own";
    ACCOUNT = "CUCKOO_ACCOUNT", Cuckoo, "Wallet to sign with, by its name";
    KEYSTORE_DIR = "CUCKOO_KEYSTORE_DIR", Cuckoo, "Directory of the wallets, instead of `keystores` in the data directory";
    PASSWORD_FILE = "CUCKOO_PASSWORD_FILE", Cuckoo, "File with the wallet's password";
    DATA_DIR = "CUCKOO_DATA_DIR", Cuckoo, "Directory of wallets, networks, nodes and sent transactions, instead of the XDG directories";
    COORDINATOR_URL = "CUCKOO_COORDINATOR_URL", Cuckoo, "URL of a coordinator's API, for `cuckoo task`";
    API_KEY_FILE = "CUCKOO_API_KEY_FILE", Cuckoo, "File with the key for a coordinator's API, for `cuckoo task`";
    ENGINE_API_KEY_FILE = "CUCKOO_ENGINE_API_KEY_FILE", Cuckoo, "File with the key for the server of `--engine openai`";
    ADMIN_URL = "CUCKOO_ADMIN_URL", Cuckoo, "URL of a node's operator listener, for `cuckoo tui`, `status` and `drain`";
    FAUCET_URL = "CUCKOO_FAUCET_URL", Cuckoo, "URL of a test network's faucet service";
    LOG = "CUCKOO_LOG", Cuckoo, "What to log: a level, or directives such as `cuckoo=debug,warn`";
    LOG_FORMAT = "CUCKOO_LOG_FORMAT", Cuckoo, "Format of the log: `text` or `json`";
    JSON = "CUCKOO_JSON", Cuckoo, "Set it to print one JSON document on stdout";
    NO_INPUT = "CUCKOO_NO_INPUT", Cuckoo, "Set it to ask no questions";
    NO_PROGRESS = "CUCKOO_NO_PROGRESS", Cuckoo, "Set it to show no spinners";
    THEME = "CUCKOO_THEME", Cuckoo, "Colours of `cuckoo tui`: `auto`, `dark`, `light`, `contrast`, `ansi` or `plain`";
    ANVIL = "CUCKOO_ANVIL", Cuckoo, "Path of the anvil program that `cuckoo devnet` starts";
    ETH_RPC_URL = "ETH_RPC_URL", Ethereum, "RPC endpoint of every network but the local one";
    ETH_KEYSTORE_ACCOUNT = "ETH_KEYSTORE_ACCOUNT", Ethereum, "Wallet to sign with, by its name";
    ETH_PASSWORD = "ETH_PASSWORD", Ethereum, "File with the wallet's password";
    NO_COLOR = "NO_COLOR", General, "Set it for output without colours";
    CLICOLOR_FORCE = "CLICOLOR_FORCE", General, "Set it for colours even when stdout is not a terminal";
    CI = "CI", General, "Set it for output without spinners";
    HF_ENDPOINT = "HF_ENDPOINT", General, "URL of the hub that `cuckoo miner models add` downloads from";
    HTTPS_PROXY = "HTTPS_PROXY", General, "Proxy for requests over https, but to this machine itself";
    HTTP_PROXY = "HTTP_PROXY", General, "Proxy for requests over http, but to this machine itself";
    ALL_PROXY = "ALL_PROXY", General, "Proxy for both";
    NO_PROXY = "NO_PROXY", General, "Hosts that are asked without a proxy, separated by commas";
    TERM = "TERM", General, "Type of the terminal";
    COLORTERM = "COLORTERM", General, "`truecolor` where the terminal shows 24-bit colours";
    COLUMNS = "COLUMNS", General, "Width of the terminal in columns, for help";
    XDG_CONFIG_HOME = "XDG_CONFIG_HOME", General, "Directory of a user's configuration";
    XDG_DATA_HOME = "XDG_DATA_HOME", General, "Directory of a user's data";
    XDG_STATE_HOME = "XDG_STATE_HOME", General, "Directory of what programs have to remember";
    XDG_CACHE_HOME = "XDG_CACHE_HOME", General, "Directory of what programs can download again";
    CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY", Systemd, "Directory of a unit's credentials: `keystore` and `keystore-password`";
    CONFIGURATION_DIRECTORY = "CONFIGURATION_DIRECTORY", Systemd, "Directory of a unit's `config.toml`, instead of `/etc/cuckoo`";
    STATE_DIRECTORY = "STATE_DIRECTORY", Systemd, "Directory of what a unit has to remember";
    NOTIFY_SOCKET = "NOTIFY_SOCKET", Systemd, "Socket on which a node reports that it is ready";
    WATCHDOG_USEC = "WATCHDOG_USEC", Systemd, "Time in microseconds within which a node has to report that it still works";
}

/// A variable as a path; unset and empty are the same.
pub fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A variable as text; unset, empty and not UTF-8 are the same.
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The directory of wallets and networks.
pub fn data_directory() -> PathBuf {
    path(DATA_DIR).or_else(|| in_home(XDG_DATA_HOME, ".local/share")).unwrap_or_else(|| PathBuf::from(".cuckoo"))
}

/// The directory of what must not be lost, such as the transactions that were sent.
pub fn state_directory() -> PathBuf {
    path(DATA_DIR)
        .or_else(|| path(STATE_DIRECTORY))
        .or_else(|| in_home(XDG_STATE_HOME, ".local/state"))
        .unwrap_or_else(|| PathBuf::from(".cuckoo"))
}

/// The directory of the transactions that were sent from this machine.
pub fn outbox_directory() -> PathBuf {
    state_directory().join("outbox")
}

/// The user's configuration file.
pub fn config_file() -> PathBuf {
    in_home(XDG_CONFIG_HOME, ".config").unwrap_or_else(|| PathBuf::from(".cuckoo")).join("config.toml")
}

/// The machine's or the unit's configuration.
pub fn system_directory() -> PathBuf {
    path(CONFIGURATION_DIRECTORY).unwrap_or_else(|| PathBuf::from("/etc/cuckoo"))
}

/// The machine's or the unit's configuration file.
pub fn system_config_file() -> PathBuf {
    system_directory().join("config.toml")
}

/// The directory of what can be downloaded again.
pub fn cache_directory() -> Option<PathBuf> {
    in_home(XDG_CACHE_HOME, ".cache")
}

/// The directory in which the events of networks are kept between commands.
pub fn events_directory() -> Option<PathBuf> {
    cache_directory().map(|cache| cache.join("events"))
}

/// cuckoo's directory in one of the user's, which the variable names or which is below the home directory.
fn in_home(variable: &str, usual: &str) -> Option<PathBuf> {
    path(variable)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(Path::new(usual))))
        .map(|path| path.join("cuckoo"))
}
