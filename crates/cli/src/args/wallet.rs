//! Options that say which key signs.

use std::path::PathBuf;

use cuckoo_protocol::{Address, parse_address};

use crate::host::env;

/// The first account of Ledger's own wallet application (BIP 44).
const LEDGER_LIVE: &str = "m/44'/60'/0'/0/0";

/// Which key signs. A key or a password is read from a file or a terminal, never from an argument or a variable.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Wallet options")]
pub struct WalletOptions {
    /// Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9
    #[arg(long, short = 'a', global = true, env = env::ACCOUNT, value_name = "NAME")]
    pub account: Option<String>,
    /// Keystore file to sign with
    #[arg(long, global = true, value_name = "PATH")]
    pub keystore: Option<PathBuf>,
    /// Directory of the wallets, instead of keystores in the data directory
    #[arg(long, global = true, env = env::KEYSTORE_DIR, value_name = "DIR")]
    pub keystore_dir: Option<PathBuf>,
    /// File with the wallet's password, or - for stdin
    #[arg(long, global = true, env = env::PASSWORD_FILE, value_name = "PATH")]
    pub password_file: Option<PathBuf>,
    /// File with a private key in hexadecimal, or - for stdin
    #[arg(long, global = true, value_name = "PATH")]
    pub private_key_file: Option<PathBuf>,
    /// Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes
    #[arg(long, global = true, conflicts_with_all = ["account", "keystore", "private_key_file"])]
    pub ledger: bool,
    /// Derivation path of the key on the Ledger
    #[arg(long, global = true, requires = "ledger", default_value = LEDGER_LIVE, value_name = "PATH")]
    pub hd_path: String,
    /// Address to act for without its key: for --dry-run, --calldata and commands that only read
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
    pub from: Option<Address>,
    /// The wallet that the configuration names, used when no option names one and systemd passes none.
    #[arg(skip)]
    pub default_account: Option<String>,
}
