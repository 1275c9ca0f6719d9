//! Reads passwords and keys: from files, stdin, systemd's credentials or the terminal, never from an argument or a
//! variable.

use std::{
    fmt::Display,
    fs,
    io::{BufRead, ErrorKind, IsTerminal, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use alloy::signers::local::PrivateKeySigner;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::env;
use crate::terminal::{Class, Error, Result};

/// The path of a credential that systemd passes to a unit.
pub fn credential(name: &str) -> Option<PathBuf> {
    env::path(env::CREDENTIALS_DIRECTORY).map(|directory| directory.join(name)).filter(|path| path.exists())
}

/// Reads a password that does not have to be typed: from a file, stdin or systemd's credential.
fn given_password(file: Option<&Path>) -> Result<Option<SecretString>> {
    match file {
        Some(path) => given_secret(path).map(Some),
        None => credential("keystore-password").map(|path| secret_file(&path)).transpose(),
    }
}

/// Reads a password from a file, stdin, systemd's credential, the file that foundry's variable names, or the terminal.
pub fn password(file: Option<&Path>, prompt: &str, no_input: bool) -> Result<SecretString> {
    if let Some(password) = given_password(file)? {
        return Ok(password);
    }
    if let Some(path) = env::path(env::ETH_PASSWORD) {
        return secret_file(&path);
    }
    from_terminal(prompt, no_input, "--password-file PATH, or - for stdin")
}

/// Reads a new password: from a file, stdin or systemd's credential, or typed twice at a terminal.
pub fn new_password(file: Option<&Path>, no_input: bool) -> Result<SecretString> {
    match given_password(file)? {
        Some(password) => not_empty(password),
        None => typed_twice(no_input, "--password-file PATH, or - for stdin"),
    }
}

/// Reads the password that replaces another: from its file, stdin, or typed twice at a terminal.
pub fn replacement_password(file: Option<&Path>, no_input: bool) -> Result<SecretString> {
    match file {
        Some(path) => not_empty(password(Some(path), "", no_input)?),
        None => typed_twice(no_input, "--new-password-file PATH, or - for stdin"),
    }
}

fn typed_twice(no_input: bool, instead: &str) -> Result<SecretString> {
    let first = from_terminal("New password: ", no_input, instead)?;
    let second = from_terminal("Repeat the password: ", no_input, instead)?;
    if first.expose_secret() != second.expose_secret() {
        return Err(Error::auth("the two passwords differ; nothing was changed"));
    }
    not_empty(first)
}

fn not_empty(password: SecretString) -> Result<SecretString> {
    match password.expose_secret().is_empty() {
        true => Err(Error::auth("an empty password protects nothing")),
        false => Ok(password),
    }
}

/// Reads a secret from a file, or from stdin where the path is `-`.
pub fn given_secret(path: &Path) -> Result<SecretString> {
    match path == Path::new("-") {
        true => stdin_line(),
        false => secret_file(path),
    }
}

/// Reads a private key in hexadecimal from a file, stdin, or the terminal.
pub fn read_private_key(file: Option<&Path>, no_input: bool) -> Result<PrivateKeySigner> {
    let text = match file {
        Some(path) => given_secret(path)?,
        None => from_terminal("Private key: ", no_input, "--private-key-file PATH, or - for stdin")?,
    };
    // The parser's error might repeat a part of the key.
    text.expose_secret()
        .trim()
        .parse()
        .map_err(|_| Error::auth("that is not a private key: a key has 64 hexadecimal digits"))
}

fn from_terminal(prompt: &str, no_input: bool, instead: &str) -> Result<SecretString> {
    let secret = prompt.trim_end_matches([':', ' ']);
    let (first, rest) = secret.split_at(secret.len().min(1));
    let nobody = || {
        Error::usage(format_args!("the {}{rest} is needed, and nobody can be asked for it", first.to_lowercase()))
            .hint(format_args!("use {instead}"))
    };
    if no_input || !std::io::stderr().is_terminal() {
        return Err(nobody());
    }
    rpassword::prompt_password(prompt).map(SecretString::from).map_err(|error| match error.kind() {
        // Ctrl-C, and Ctrl-D in an empty line.
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => {
            Error::new(Class::Interrupted, "interrupted; nothing was sent or changed")
        }
        _ => nobody(),
    })
}

/// Reads the first line of stdin, once: the same password may be used for two wallets.
fn stdin_line() -> Result<SecretString> {
    static LINE: OnceLock<SecretString> = OnceLock::new();
    if let Some(line) = LINE.get() {
        return Ok(line.clone());
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().take(4_096).read_line(&mut line)?;
    let secret = SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned());
    Ok(LINE.get_or_init(|| secret).clone())
}

/// Reads the first line of a file that only its owner should read.
pub fn secret_file(path: &Path) -> Result<SecretString> {
    warn_if_others_can_read(path);
    let unreadable =
        |why: &dyn Display| Error::auth(format_args!("cannot read the secret in {}: {why}", path.display()));
    let bytes = fs::read(path).map(Zeroizing::new).map_err(|error| unreadable(&error))?;
    first_line(&bytes).map_err(|why| unreadable(&why))
}

/// The first line of a text as editors write it, without the mark of its encoding and without the end of the line.
fn first_line(bytes: &[u8]) -> Result<SecretString, &'static str> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("it is written in UTF-16; write it in UTF-8");
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not written in UTF-8")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(SecretString::from(text.split(['\r', '\n']).next().unwrap_or_default().to_owned()))
}

/// True for a file that users other than its owner can read.
pub fn others_can_read(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

/// Warns about a secret in a file that users other than its owner can read.
pub fn warn_if_others_can_read(path: &Path) {
    if others_can_read(path) {
        tracing::warn!("other users can read the secret in {0}; forbid it: chmod 600 {0}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_add_is_no_part_of_a_password() {
        for written in ["secret", "secret\n", "secret\r\n", "secret\r", "\u{feff}secret\r\nmore", "secret\n\n"] {
            let read = first_line(written.as_bytes()).expect("a password");
            assert_eq!(read.expose_secret(), "secret", "{written:?}");
        }
        // Blanks may be meant.
        assert_eq!(first_line(b" a b \n").expect("a password").expose_secret(), " a b ");
        assert!(first_line(&[0xff, 0xfe, b's', 0]).is_err_and(|why| why.contains("UTF-16")));
        assert!(first_line(&[b's', 0xff]).is_err_and(|why| why.contains("UTF-8")));
    }
}
