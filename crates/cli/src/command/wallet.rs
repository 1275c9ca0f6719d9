//! `cuckoo wallet`: keys to sign with.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::{
    context::Context,
    error::{Error, Result},
    files::write_private,
    output::{Cell, Table, Text},
    wallet::{Keystores, Wallet, new_password, password, read_private_key, unlock},
};
use zeroize::Zeroizing;

/// Keys to sign with.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new key
    New {
        /// What to call it
        name: String,
    },
    /// Take over a private key, from the terminal or --private-key-file
    Import {
        /// What to call it
        name: String,
    },
    /// Every wallet
    List,
    /// One wallet: its address and its file
    Show {
        /// Which; without it, the one of --keystore
        #[arg(value_name = "WALLET")]
        name: Option<String>,
    },
    /// Encrypt a wallet under another password; --password-file has the old one
    Passwd {
        /// Which
        #[arg(value_name = "WALLET")]
        name: String,
        /// File with the new password, or - for stdin
        #[arg(long, value_name = "PATH")]
        new_password_file: Option<PathBuf>,
    },
    /// Copy a wallet into a new file that only you can read, never to a terminal
    Export {
        /// Which
        #[arg(value_name = "WALLET")]
        name: String,
        /// The file to make
        file: PathBuf,
        /// The bare private key in hexadecimal, instead of the encrypted keystore
        #[arg(long)]
        unencrypted: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let options = &context.globals.wallet;
    let keystores = Keystores::of(options);
    let password_file = options.password_file.as_deref();
    let no_input = context.globals.no_input || context.globals.json;
    let printer = &context.printer;
    match command {
        Command::New { name } => {
            // A bad or a taken name is said before a password is asked for.
            refuse_taken(&keystores, &name)?;
            let wallet = keystores.create(&name, &new_password(password_file, no_input)?)?;
            made(context, &wallet)
        }
        Command::Import { name } => {
            refuse_taken(&keystores, &name)?;
            let signer = read_private_key(options.private_key_file.as_deref(), no_input)?;
            let wallet = keystores.store(&name, &signer, &new_password(password_file, no_input)?)?;
            made(context, &wallet)
        }
        Command::List => {
            let wallets = keystores.list()?;
            if wallets.is_empty() {
                printer.say("No wallet yet");
                printer.hint("make one: cuckoo wallet new NAME");
            }
            printer.result(&wallets, || {
                let mut table = Table::new(["name", "address", "file"]);
                for wallet in &wallets {
                    table.row([Cell::text(&wallet.name), address(wallet), file(&wallet.path)]);
                }
                Text::Table(table)
            })
        }
        Command::Show { name } => {
            let mut wallet = match (&name, &options.keystore) {
                (Some(name), _) => keystores.find(name)?,
                (None, Some(path)) => Wallet::at(path)?,
                (None, None) => {
                    return Err(Error::usage("which wallet?").hint("cuckoo wallet show NAME, or --keystore PATH"));
                }
            };
            // Not every program writes the address into the file.
            if wallet.address.is_none() && password_file.is_some() {
                let password = password(password_file, "", true)?;
                wallet.address = Some(unlock(&wallet.path, &password)?.address());
            }
            printer.result(&wallet, || {
                Text::Table(
                    Table::new(["", ""])
                        .with([Cell::text("name"), Cell::text(&wallet.name)])
                        .with([Cell::text("address"), address(&wallet)])
                        .with([Cell::text("file"), file(&wallet.path)]),
                )
            })
        }
        Command::Passwd { name, new_password_file } => {
            let stdin = Some(std::path::Path::new("-"));
            if password_file == stdin && new_password_file.as_deref() == stdin {
                return Err(Error::usage("only one of the two passwords can come from stdin")
                    .hint("give the other one in a file: --new-password-file PATH"));
            }
            keystores.find(&name)?;
            let old = password(password_file, &format!("Old password of wallet `{name}`: "), no_input)?;
            // Refused before anybody thinks of a new one.
            keystores.unlock(&name, &old)?;
            let new = new_password(new_password_file.as_deref(), no_input)
                .map_err(|error| error.hint("the new one from a file: --new-password-file PATH"))?;
            let wallet = keystores.change_password(&name, &old, &new)?;
            printer.ok(format_args!("wallet `{name}` has a new password"));
            printer.hint("copies of its file, such as backups, still open with the old one");
            printer.result(&wallet, || Text::Nothing)
        }
        Command::Export { name, file, unencrypted } => {
            let wallet = keystores.find(&name)?;
            let content = if unencrypted {
                let password = password(password_file, &format!("Password of wallet `{name}`: "), no_input)?;
                let key = Zeroizing::new(keystores.unlock(&name, &password)?.to_bytes().0);
                Zeroizing::new(format!("0x{}\n", *Zeroizing::new(alloy::hex::encode(key.as_slice()))).into_bytes())
            } else {
                Zeroizing::new(std::fs::read(&wallet.path)?)
            };
            // Only ever into a new file: a terminal and a pipe exist already.
            write_private(&file, &content).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    Error::precondition(format_args!("{} exists already", file.display()))
                        .hint(format_args!("name a new file: cuckoo wallet export {name} FILE"))
                }
                _ => Error::failure(format_args!("cannot write {}: {error}", file.display())),
            })?;
            printer.ok(format_args!("wallet `{name}` is in {}", file.display()));
            if unencrypted {
                printer.warn(format_args!("whoever reads {} has all that is in the wallet", file.display()));
            }
            printer.result(&Wallet { path: file.clone(), ..wallet }, || Text::Value(file.display().to_string()))
        }
    }
}

fn refuse_taken(keystores: &Keystores, name: &str) -> Result<()> {
    match keystores.path(name)?.exists() {
        true => Err(Error::precondition(format_args!("there is a wallet `{name}` already"))
            .hint(format_args!("look at it: cuckoo wallet show {name}"))),
        false => Ok(()),
    }
}

fn made(context: &Context, wallet: &Wallet) -> Result<()> {
    context.printer.ok(format_args!("wallet `{}` in {}", wallet.name, wallet.path.display()));
    context.printer.hint(format_args!("next, get CAI for it: cuckoo faucet request --account {}", wallet.name));
    context
        .printer
        .result(wallet, || Text::Value(wallet.address.map_or_else(String::new, |address| address.to_string())))
}

fn address(wallet: &Wallet) -> Cell {
    match wallet.address {
        Some(address) => Cell::text(address),
        None => Cell::both("not in the file", ""),
    }
}

fn file(path: &Path) -> Cell {
    Cell::text(path.display())
}
