//! Chooses the key that signs: by the wallet options, by systemd's credentials, or by the configuration, in this order.

use std::path::Path;

use alloy::signers::local::PrivateKeySigner;
use cuckoo_protocol::{
    Address,
    chain::{Network, Signer, development_signer},
};

use crate::{
    args::WalletOptions,
    host::{
        keystore::{Keystores, Wallet, unlock},
        secrets::{credential, password, read_private_key},
    },
    terminal::{Error, Result},
};

/// The wallets in the directory that the options name.
pub fn keystores(options: &WalletOptions) -> Keystores {
    Keystores::in_directory(options.keystore_dir.as_deref())
}

/// A key, as far as it is known without a question.
#[derive(Debug)]
pub enum Key {
    /// It can sign at once.
    Unlocked(Signer),
    /// A password unlocks it.
    Locked(Address),
    /// An address that an option names without its key.
    Absent(Address),
}

/// Finds the key that the options name, without a password where its file holds the address.
pub async fn choose_address(options: &WalletOptions, network: &Network, no_input: bool) -> Result<Key> {
    if let Some(address) = options.from {
        return Ok(Key::Absent(address));
    }
    match locked_address(options, network)? {
        Some(address) => Ok(Key::Locked(address)),
        None => Ok(Key::Unlocked(choose_signer(options, network, no_input).await?)),
    }
}

/// The address in the keystore that the options name; `None` without a keystore, or for one without an address.
fn locked_address(options: &WalletOptions, network: &Network) -> Result<Option<Address>> {
    if options.ledger {
        return Ok(None);
    }
    let name = match (&options.keystore, &options.private_key_file, &options.account) {
        (Some(path), ..) => return Ok(Wallet::at(path)?.address),
        (None, Some(_), _) => return Ok(None),
        (None, None, Some(account)) => account.clone(),
        (None, None, None) => match credential("keystore") {
            Some(path) => return Ok(Wallet::at(&path)?.address),
            None => usual_wallet(options, Some(network))?,
        },
    };
    match name.starts_with("anvil:") {
        true => Ok(None),
        false => Ok(keystores(options).find(&name)?.address),
    }
}

/// Opens what signs transactions: the Ledger, or the key that the options name.
pub async fn choose_signer(options: &WalletOptions, network: &Network, no_input: bool) -> Result<Signer> {
    refuse_from(options)?;
    match options.ledger {
        true => open_ledger(&options.hd_path).await,
        false => Ok(unlock_key(options, network, no_input)?.into()),
    }
}

#[cfg(feature = "ledger")]
async fn open_ledger(path: &str) -> Result<Signer> {
    Ok(Signer::ledger(path).await?)
}

#[cfg(not(feature = "ledger"))]
async fn open_ledger(_path: &str) -> Result<Signer> {
    Err(Error::usage("this binary was built without support for a Ledger")
        .hint("build one that has it: cargo build --release --features ledger"))
}

/// Unlocks the key that the options name. The order is `--keystore`, `--private-key-file`, `--account`, systemd's credential
/// `keystore`, the configuration's account, and last the only wallet there is.
pub fn unlock_key(options: &WalletOptions, network: &Network, no_input: bool) -> Result<PrivateKeySigner> {
    refuse_from(options)?;
    if options.ledger {
        return Err(Error::usage("a node signs without a person, so its key cannot be on a Ledger")
            .hint("make a key for the node: cuckoo wallet new NAME; the Ledger can own the node"));
    }
    let password = options.password_file.as_deref();
    if let Some(path) = &options.keystore {
        return unlock_with(path, &path.display().to_string(), password, no_input);
    }
    if let Some(path) = &options.private_key_file {
        return read_private_key(Some(path), no_input);
    }
    if let Some(account) = &options.account {
        return unlock_account(&keystores(options), account, password, network, no_input);
    }
    if let Some(path) = credential("keystore") {
        return unlock_with(&path, "the credential `keystore`", password, no_input);
    }
    unlock_account(&keystores(options), &usual_wallet(options, Some(network))?, password, network, no_input)
}

/// Finds the address that the options name, without a password where that is possible.
pub async fn resolve_address(options: &WalletOptions, network: &Network, no_input: bool) -> Result<Address> {
    Ok(match choose_address(options, network, no_input).await? {
        Key::Unlocked(signer) => signer.address(),
        Key::Locked(address) | Key::Absent(address) => address,
    })
}

fn refuse_from(options: &WalletOptions) -> Result<()> {
    match options.from {
        Some(address) => Err(Error::usage(format_args!("--from names {address} without its key, which cannot sign"))
            .hint("sign with a wallet: --account NAME, without --from")),
        None => Ok(()),
    }
}

/// The name of the wallet in use: the one that an option names, or the usual one.
pub fn wallet_in_use(options: &WalletOptions) -> Result<String> {
    match &options.account {
        Some(account) => Ok(account.clone()),
        None => usual_wallet(options, None),
    }
}

/// The name of the wallet that the configuration names, or of the only one there is.
fn usual_wallet(options: &WalletOptions, network: Option<&Network>) -> Result<String> {
    if let Some(account) = &options.default_account {
        return Ok(account.clone());
    }
    let wallets = keystores(options).list()?;
    match wallets.as_slice() {
        [only] => Ok(only.name.clone()),
        [] => {
            let directory = keystores(options).directory().display().to_string();
            let none = Error::auth(format_args!("this machine has no wallet in {directory} yet"))
                .hint("make one: cuckoo wallet new NAME");
            Err(match network.and_then(|network| development_signer(0, network.chain_id)) {
                Some(_) => none.hint("or use a development account of the local chain: --account anvil:0"),
                None => none,
            })
        }
        _ => {
            let names: Vec<_> = wallets.iter().map(|wallet| wallet.name.as_str()).collect();
            Err(Error::auth("there are several wallets, and nothing says which one signs")
                .hint(format_args!("name one: --account NAME, where NAME is one of {}", names.join(", "))))
        }
    }
}

/// Unlocks a wallet by its name, or a development account of a local chain.
pub fn unlock_account(
    keystores: &Keystores,
    account: &str,
    password_file: Option<&Path>,
    network: &Network,
    no_input: bool,
) -> Result<PrivateKeySigner> {
    if let Some(index) = account.strip_prefix("anvil:") {
        let index = index.parse().map_err(|_| Error::usage("development accounts are anvil:0 to anvil:9"))?;
        return development_signer(index, network.chain_id).ok_or_else(|| {
            Error::auth(format_args!(
                "development accounts, anvil:0 to anvil:9, sign on the local chain 31337 only, so `{account}` does not sign on chain {}",
                network.chain_id
            ))
            .hint("use a wallet of your own: --account NAME")
        });
    }
    let wallet = keystores.find(account)?;
    unlock_with(&wallet.path, &format!("wallet `{account}`"), password_file, no_input)
}

fn unlock_with(path: &Path, what: &str, password_file: Option<&Path>, no_input: bool) -> Result<PrivateKeySigner> {
    unlock(path, &password(password_file, &format!("Password of {what}: "), no_input)?)
}
