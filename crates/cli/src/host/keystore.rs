//! Wallets: encrypted keystores (V3, scrypt) by name.
//!
//! The format is the one of `cast wallet`, so files can be moved between the two. No secret is ever printed, logged, or taken
//! from an argument or a variable.

mod encrypt;
mod format;
#[cfg(test)]
mod forms;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use alloy::signers::local::{LocalSignerError, PrivateKeySigner};
use cuckoo_protocol::{Address, looks_like_address};
use eth_keystore::KeystoreError;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

pub use self::encrypt::Work;

use crate::{
    host::{env, files},
    terminal::{Error, Result},
};

/// Longest name of a wallet.
const MAX_NAME: usize = 64;

/// The wallets of one directory.
#[derive(Clone, Debug)]
pub struct Keystores {
    directory: PathBuf,
    work: Work,
}

/// A wallet, without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wallet {
    /// Its name.
    pub name: String,
    /// Its address, where the file holds it; a keystore of another program may not.
    pub address: Option<Address>,
    /// Its file.
    pub path: PathBuf,
}

impl Wallet {
    /// Reads the wallet in a file.
    pub fn at(path: &Path) -> Result<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, address: address_in(path)?, path: path.to_owned() })
    }
}

impl Default for Keystores {
    /// The wallets in the directory that the environment names.
    fn default() -> Self {
        match env::path(env::KEYSTORE_DIR) {
            Some(directory) => Self { directory, work: Work::Standard },
            None => Self::at(env::data_directory()),
        }
    }
}

impl Keystores {
    /// The wallets below a data directory.
    pub fn at(data_directory: impl AsRef<Path>) -> Self {
        Self { directory: data_directory.as_ref().join("keystores"), work: Work::Standard }
    }

    /// The same directory, where new wallets cost this much for each guess of a password.
    #[must_use]
    pub fn with_work(self, work: Work) -> Self {
        Self { work, ..self }
    }

    /// The wallets of a directory, or of the usual one.
    pub fn in_directory(directory: Option<&Path>) -> Self {
        match directory {
            Some(directory) => Self { directory: directory.to_owned(), work: Work::Standard },
            None => Self::default(),
        }
    }

    /// The directory of the wallets.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a name, which need not exist.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(valid) || name.starts_with(['.', '-']) {
            let rule = "a name has 1 to 64 letters, digits, `-`, `_` or `.`, and does not start with `-` or `.`";
            return Err(Error::usage(format_args!("`{}` is not a valid wallet name: {rule}", name.escape_debug()))
                .hint("to use a keystore elsewhere: --keystore PATH"));
        }
        let ours = self.directory.join(format!("{name}.json"));
        // The directory may be one of cast, whose files have no extension.
        let bare = self.directory.join(name);
        Ok(if !ours.exists() && bare.is_file() { bare } else { ours })
    }

    /// Refuses a name for a new wallet that commands would take for something else.
    pub fn check_new(&self, name: &str) -> Result<()> {
        self.path(name)?;
        let problem = match name {
            _ if looks_like_address(name) => "it looks like an address",
            _ if name.to_ascii_lowercase().ends_with(".json") => "the file's ending `.json` is added by itself",
            _ => return Ok(()),
        };
        Err(Error::usage(format_args!("a wallet cannot be called `{name}`: {problem}"))
            .hint("choose a name that people can type, such as owner"))
    }

    /// Makes a new key.
    pub fn create(&self, name: &str, password: &SecretString) -> Result<Wallet> {
        self.store(name, &PrivateKeySigner::random(), password)
    }

    /// Encrypts a key into a new file that only its owner can read. An existing wallet is never replaced.
    pub fn store(&self, name: &str, signer: &PrivateKeySigner, password: &SecretString) -> Result<Wallet> {
        self.check_new(name)?;
        let path = self.path(name)?;
        let taken = || {
            Error::precondition(format_args!("a wallet called `{name}` exists already"))
                .hint(format_args!("show it: cuckoo wallet show {name}"))
        };
        if path.exists() {
            return Err(taken());
        }
        files::make_private_directory(&self.directory).map_err(|error| {
            Error::failure(format_args!("cannot make the directory {}: {error}", self.directory.display()))
                .hint("name one that this user can write: CUCKOO_DATA_DIR=DIR in the environment")
        })?;
        let file = self.encrypted(signer, password)?;
        file.persist_noclobber(&path).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => taken(),
            _ => Error::from(error.error),
        })?;
        files::sync_directory(&self.directory)?;
        Ok(Wallet { name: name.to_owned(), address: Some(signer.address()), path })
    }

    /// Encrypts a key into a file that has no name yet, and that only its owner can read.
    fn encrypted(&self, signer: &PrivateKeySigner, password: &SecretString) -> Result<tempfile::NamedTempFile> {
        let key = Zeroizing::new(signer.to_bytes().0);
        let mut keystore = encrypt::encrypt(key.as_slice(), password.expose_secret(), self.work)?;
        // Like geth, and unlike cast, so that an address can be shown without the password.
        keystore["address"] = alloy::hex::encode(signer.address()).into();
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(format!("{keystore}\n").as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Encrypts a wallet's key with another password. At every moment the file opens with one of the two.
    pub fn change_password(&self, name: &str, old: &SecretString, new: &SecretString) -> Result<Wallet> {
        let wallet = self.find(name)?;
        let signer = unlock(&wallet.path, old)?;
        self.encrypted(&signer, new)?.persist(&wallet.path).map_err(|error| {
            Error::failure(format_args!("cannot replace {}: {}", wallet.path.display(), error.error))
        })?;
        files::sync_directory(&self.directory)?;
        Ok(Wallet { address: Some(signer.address()), ..wallet })
    }

    /// Copies a wallet, encrypted as it is, into a new file that only its owner can read.
    pub fn export(&self, name: &str, to: &Path) -> Result<Wallet> {
        let wallet = self.find(name)?;
        export(to, &fs::read(&wallet.path)?)?;
        Ok(wallet)
    }

    /// Writes a wallet's key in hexadecimal into a new file that only its owner can read.
    pub fn export_unencrypted(&self, name: &str, to: &Path, password: &SecretString) -> Result<Wallet> {
        let wallet = self.find(name)?;
        let signer = unlock(&wallet.path, password)?;
        let key = Zeroizing::new(signer.to_bytes().0);
        let text = Zeroizing::new(format!("0x{}\n", *Zeroizing::new(alloy::hex::encode(key.as_slice()))));
        export(to, text.as_bytes())?;
        Ok(Wallet { address: Some(signer.address()), ..wallet })
    }

    /// Lists every wallet, by name.
    pub fn list(&self) -> Result<Vec<Wallet>> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => {
                let directory = self.directory.display();
                return Err(Error::failure(format_args!("cannot read the wallets in {directory}: {error}"))
                    .hint("name their directory: --keystore-dir DIR, or CUCKOO_DATA_DIR=DIR in the environment"));
            }
        };
        let mut wallets = vec![];
        for entry in entries {
            let path = entry?.path();
            let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let name = file.strip_suffix(".json").unwrap_or(file).to_owned();
            let address = address_in(&path);
            // A file with another extension may hold anything.
            let ours = file.ends_with(".json") || address.is_ok();
            if ours && self.path(&name).is_ok_and(|meant| meant == path) {
                wallets.push(Wallet { address: address.ok().flatten(), name, path });
            }
        }
        wallets.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(wallets)
    }

    /// Finds a wallet by its name.
    pub fn find(&self, name: &str) -> Result<Wallet> {
        let path = self.path(name)?;
        if !path.exists() {
            return Err(Error::auth(format_args!("no wallet in {} is called `{name}`", self.directory.display()))
                .hint("list the wallets: cuckoo wallet list")
                .hint(format_args!("make it: cuckoo wallet new {name}")));
        }
        Ok(Wallet { name: name.to_owned(), address: address_in(&path)?, path })
    }

    /// Decrypts a wallet's key.
    pub fn unlock(&self, name: &str, password: &SecretString) -> Result<PrivateKeySigner> {
        unlock(&self.find(name)?.path, password)
    }
}

/// Writes a new file. A terminal, a pipe or another key's file exists already and is therefore refused.
fn export(to: &Path, content: &[u8]) -> Result<()> {
    files::write_private(to, content).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::precondition(format_args!("{} exists already; nothing was written", to.display()))
                .hint("name a new file: a key is never written over another file or to a terminal")
        }
        _ => Error::failure(format_args!("cannot write {}: {error}", to.display())),
    })
}

fn address_in(path: &Path) -> Result<Option<Address>> {
    read(path).map(|keystore| keystore.address)
}

fn read(path: &Path) -> Result<format::Keystore> {
    let text = fs::read_to_string(path).map_err(|error| format::broken(path, &error))?;
    format::read(&text).map_err(|problem| format::broken(path, &problem))
}

/// Decrypts the key in a keystore file.
pub fn unlock(path: &Path, password: &SecretString) -> Result<PrivateKeySigner> {
    super::secrets::warn_if_others_can_read(path);
    let format::Keystore { content, address } = read(path)?;
    // The library reads files alone. It is encrypted as it was, and only its owner can read it.
    let mut standard = tempfile::NamedTempFile::new()?;
    standard.write_all(content.to_string().as_bytes())?;
    let decrypt = |password: &str| PrivateKeySigner::decrypt_keystore(standard.path(), password);
    let typed = password.expose_secret();
    let mut decrypted = decrypt(typed);
    // Cast takes the password of a file without the blanks around it.
    if matches!(decrypted, Err(LocalSignerError::EthKeystoreError(KeystoreError::MacMismatch))) && typed.trim() != typed
    {
        decrypted = decrypt(typed.trim());
    }
    let signer = decrypted.map_err(|error| match error {
        LocalSignerError::EthKeystoreError(KeystoreError::MacMismatch) => {
            let odd =
                odd_end(typed).map_or_else(String::new, |odd| format!("; what was given begins or ends with {odd}"));
            Error::auth(format_args!("wrong password for {}{odd}", path.display()))
                .hint("give the right password: --password-file PATH, or type it at the prompt")
        }
        other => format::broken(path, &other),
    })?;
    if address.is_some_and(|expected| expected != signer.address()) {
        return Err(Error::auth(format_args!(
            "the key in {} does not belong to the address in the file",
            path.display()
        )));
    }
    Ok(signer)
}

/// What a password rarely begins or ends with on purpose, in words. Nothing else of it is said.
fn odd_end(password: &str) -> Option<&'static str> {
    let ends = [password.chars().next()?, password.chars().next_back()?];
    match ends {
        _ if ends.iter().any(|end| end.is_whitespace()) => Some("a blank"),
        ['"' | '\'', _] | [_, '"' | '\''] => Some("a quotation mark"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_wallet_is_private_and_never_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let keystores = Keystores::at(directory.path());
        let password = SecretString::from("correct horse");
        let wallet = keystores.create("alice", &password).expect("a wallet");
        let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
        assert_eq!((mode(&wallet.path), mode(keystores.directory())), (0o600, 0o700));
        assert_eq!(fs::read_dir(keystores.directory()).expect("a directory").count(), 1, "nothing is left over");
        let signer = keystores.unlock("alice", &password).expect("unlocks");
        assert_eq!(Some(signer.address()), wallet.address);
        assert!(keystores.create("alice", &password).is_err());
        let wrong = keystores.unlock("alice", &SecretString::from("wrong")).expect_err("refused");
        assert_eq!(wrong.class(), crate::terminal::Class::Auth);
        assert_eq!(keystores.list().expect("a list"), [wallet]);
    }

    #[test]
    fn a_guess_costs_as_much_as_at_geth_and_the_library_opens_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let password = SecretString::from("correct horse");
        for (work, n, p) in [(Work::Standard, 262_144, 1), (Work::Light, 4_096, 6)] {
            let keystores = Keystores::at(directory.path().join(n.to_string())).with_work(work);
            let wallet = keystores.create("alice", &password).expect("a wallet");
            let written = fs::read_to_string(&wallet.path).expect("is read");
            let file: serde_json::Value = serde_json::from_str(&written).expect("is JSON");
            let parameters = &file["crypto"]["kdfparams"];
            assert_eq!((&parameters["n"], &parameters["r"], &parameters["p"]), (&n.into(), &8.into(), &p.into()));
            // As it is, without what this module makes of a file before it is opened.
            let opened = PrivateKeySigner::decrypt_keystore(&wallet.path, "correct horse").expect("opens");
            assert_eq!(Some(opened.address()), wallet.address);
        }
    }

    #[test]
    fn a_name_is_no_path() {
        let keystores = Keystores::at("/nowhere");
        for name in ["", ".", "..", "../x", "a/b", "-x", ".x", "a b", "a\u{1b}[m", "ü", &"x".repeat(65)] {
            assert!(keystores.path(name).is_err(), "{name:?}");
        }
        for name in ["alice", "miner-1", "A_b.c"] {
            assert!(keystores.path(name).is_ok(), "{name:?}");
        }
    }
}
