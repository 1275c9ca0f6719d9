//! `cuckoo wallet`: keys to sign with.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::{
    account::signer,
    context::Context,
    host::{
        keystore::{self, Keystores, Wallet},
        secrets::{new_password, password, read_private_key, replacement_password},
    },
    terminal::{Cell, Error, Result, Table, Text},
};

/// Keys to sign with.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new key
    New {
        /// What to call it
        name: String,
    },
    /// Take over a private key, from the terminal or --private-key-file, or a keystore file by --keystore
    Import {
        /// What to call it
        name: String,
    },
    /// Every wallet
    List,
    /// One wallet: its address and its file
    Show {
        /// Which; without it, the one of --keystore, or the wallet in use
        #[arg(value_name = "WALLET")]
        name: Option<String>,
    },
    /// Change a wallet's password
    Passwd {
        /// Which
        #[arg(value_name = "WALLET")]
        name: String,
        /// File with the new password, or - for stdin; --password-file is the old one's
        #[arg(long, value_name = "PATH")]
        new_password_file: Option<PathBuf>,
    },
    /// Write a wallet into a new file that only you can read, never to a terminal
    Export {
        /// Which
        #[arg(value_name = "WALLET")]
        name: String,
        /// The file to make; it opens here and in `cast wallet` with the wallet's password
        file: PathBuf,
        /// Write the private key itself, in hexadecimal: whoever reads the file has the wallet
        #[arg(long)]
        unencrypted: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let options = &context.globals.wallet;
    let keystores = signer::keystores(options);
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
            let (signer, secret) = match &options.keystore {
                Some(path) => {
                    let prompt = format!("Password of {}: ", path.display());
                    let secret = password(password_file, &prompt, no_input)?;
                    (keystore::unlock(path, &secret)?, secret)
                }
                None => {
                    let signer = read_private_key(options.private_key_file.as_deref(), no_input)?;
                    (signer, new_password(password_file, no_input)?)
                }
            };
            made(context, &keystores.store(&name, &signer, &secret)?)
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
            let mut wallet = match (name, &options.keystore) {
                (Some(name), _) => keystores.find(&name)?,
                (None, Some(path)) => Wallet::at(path)?,
                (None, None) => keystores.find(&signer::wallet_in_use(options)?)?,
            };
            // Not every program writes the address into the file.
            if wallet.address.is_none() && password_file.is_some() {
                wallet.address = Some(keystore::unlock(&wallet.path, &password(password_file, "", true)?)?.address());
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
            let stdin = Some(Path::new("-"));
            if password_file == stdin && new_password_file.as_deref() == stdin {
                return Err(Error::usage("only one of the two passwords can come from stdin")
                    .hint("give the other one in a file: --new-password-file PATH"));
            }
            keystores.find(&name)?;
            let old = password(password_file, &format!("Password of wallet `{name}` now: "), no_input)?;
            // Said before a new one is asked for.
            keystores.unlock(&name, &old)?;
            let new = replacement_password(new_password_file.as_deref(), no_input)?;
            let wallet = keystores.change_password(&name, &old, &new)?;
            printer.ok(format_args!("wallet `{name}` opens with the new password"));
            printer.result(&wallet, || Text::Nothing)
        }
        Command::Export { name, file: path, unencrypted: false } => {
            let wallet = keystores.export(&name, &path)?;
            printer.ok(format_args!("wallet `{name}`, encrypted as it is, in {}", path.display()));
            printer.result(&wallet, || Text::Nothing)
        }
        Command::Export { name, file: path, unencrypted: true } => {
            keystores.find(&name)?;
            let secret = password(password_file, &format!("Password of wallet `{name}`: "), no_input)?;
            let wallet = keystores.export_unencrypted(&name, &path, &secret)?;
            printer.ok(format_args!("the private key of wallet `{name}` in {}", path.display()));
            printer.warn("whoever reads that file has the wallet; remove it when it has served");
            printer.result(&wallet, || Text::Nothing)
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
