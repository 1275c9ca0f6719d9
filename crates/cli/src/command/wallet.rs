//! `cuckoo wallet`: manages the keys that sign.

mod remove;

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

/// Manage the keys that sign
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a wallet with a new key
    New {
        /// Name of the new wallet
        name: String,
    },
    /// Import a private key from the terminal or --private-key-file, or a keystore file from --keystore
    Import {
        /// Name of the new wallet
        name: String,
    },
    /// List every wallet
    List,
    /// Show the address and the file of a wallet
    Show {
        /// Wallet to show [default: the keystore of --keystore, or the wallet in use]
        #[arg(value_name = "WALLET")]
        name: Option<String>,
    },
    /// Change a wallet's password
    Passwd {
        /// Wallet whose password to change
        #[arg(value_name = "WALLET")]
        name: String,
        /// File with the new password, or - for stdin; --password-file is for the old one [default: typed at the terminal]
        #[arg(long, value_name = "PATH")]
        new_password_file: Option<PathBuf>,
    },
    /// Write a wallet into a new file that only you can read, never to a terminal
    Export {
        /// Wallet to export
        #[arg(value_name = "WALLET")]
        name: String,
        /// File to create; cuckoo and `cast wallet` open it with the wallet's password
        file: PathBuf,
        /// Write the private key itself, in hexadecimal; anybody who reads the file can use the wallet
        #[arg(long)]
        unencrypted: bool,
    },
    /// Remove a wallet that nothing needs any more: its file is put aside
    Remove(remove::RemoveArgs),
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let options = &context.globals.wallet;
    let keystores = signer::keystores(options);
    let password_file = options.password_file.as_deref();
    let no_input = asks_nobody(context);
    let printer = &context.printer;
    match command {
        Command::New { name } => {
            // A bad or a taken name is refused before a password is asked for.
            refuse_taken(&keystores, &name)?;
            let wallet = keystores.create(&name, &new_password(password_file, no_input)?)?;
            report(context, &wallet)
        }
        Command::Import { name } => import(&name, &keystores, context),
        Command::List => {
            let wallets = keystores.list()?;
            if wallets.is_empty() {
                printer.say(format_args!("There are no wallets in {} yet", keystores.directory().display()));
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
        Command::Show { name } => show(name.as_deref(), &keystores, context),
        Command::Passwd { name, new_password_file } => {
            change_password(&name, new_password_file.as_deref(), &keystores, context)
        }
        Command::Export { file, .. } if file == Path::new("-") => Err(Error::usage("a key is never written to stdout")
            .hint("name a new file, which only you can read: cuckoo wallet export NAME FILE")),
        Command::Export { name, file: path, unencrypted: false } => {
            let wallet = keystores.export(&name, &path)?;
            printer.ok(format_args!("the wallet `{name}` was copied, encrypted, to {}", path.display()));
            printer.result(&wallet, || Text::Nothing)
        }
        Command::Export { name, file: path, unencrypted: true } => {
            keystores.find(&name)?;
            let secret = password(password_file, &format!("Password of wallet `{name}`: "), no_input)?;
            let wallet = keystores.export_unencrypted(&name, &path, &secret)?;
            printer.ok(format_args!("the private key of the wallet `{name}` was written to {}", path.display()));
            printer.warn("anybody who reads that file can use the wallet; remove it once you no longer need it");
            printer.result(&wallet, || Text::Nothing)
        }
        Command::Remove(args) => remove::run(args, &keystores, context).await,
    }
}

/// True where nobody can be asked for a password.
fn asks_nobody(context: &Context) -> bool {
    context.globals.no_input || context.globals.json
}

fn import(name: &str, keystores: &Keystores, context: &Context) -> Result<()> {
    let options = &context.globals.wallet;
    let (password_file, no_input) = (options.password_file.as_deref(), asks_nobody(context));
    refuse_taken(keystores, name)?;
    let (signer, secret) = match &options.keystore {
        Some(path) => {
            let secret = password(password_file, &format!("Password of {}: ", path.display()), no_input)?;
            (keystore::unlock(path, &secret)?, secret)
        }
        None => {
            let signer = read_private_key(options.private_key_file.as_deref(), no_input)?;
            (signer, new_password(password_file, no_input)?)
        }
    };
    report(context, &keystores.store(name, &signer, &secret)?)
}

fn show(name: Option<&str>, keystores: &Keystores, context: &Context) -> Result<()> {
    let options = &context.globals.wallet;
    let password_file = options.password_file.as_deref();
    let mut wallet = match (name, &options.keystore) {
        (Some(name), _) => keystores.find(name)?,
        (None, Some(path)) => Wallet::at(path)?,
        (None, None) => keystores.find(&signer::wallet_in_use(options)?)?,
    };
    // Not every program writes the address into the file.
    if wallet.address.is_none() && password_file.is_some() {
        wallet.address = Some(keystore::unlock(&wallet.path, &password(password_file, "", true)?)?.address());
    }
    context.printer.result(&wallet, || {
        Text::Table(
            Table::new(["", ""])
                .with([Cell::text("name"), Cell::text(&wallet.name)])
                .with([Cell::text("address"), address(&wallet)])
                .with([Cell::text("file"), file(&wallet.path)]),
        )
    })
}

fn change_password(name: &str, new_file: Option<&Path>, keystores: &Keystores, context: &Context) -> Result<()> {
    let (password_file, no_input) = (context.globals.wallet.password_file.as_deref(), asks_nobody(context));
    let stdin = Some(Path::new("-"));
    if password_file == stdin && new_file == stdin {
        return Err(Error::usage("only one of the two passwords can be read from stdin")
            .hint("give the other one in a file: --new-password-file PATH"));
    }
    keystores.find(name)?;
    let old = password(password_file, &format!("Present password of wallet `{name}`: "), no_input)?;
    // A wrong password is refused before a new one is asked for.
    keystores.unlock(name, &old)?;
    let new = replacement_password(new_file, no_input)?;
    let wallet = keystores.change_password(name, &old, &new)?;
    context.printer.ok(format_args!("the wallet `{name}` has the new password"));
    context.printer.result(&wallet, || Text::Nothing)
}

fn refuse_taken(keystores: &Keystores, name: &str) -> Result<()> {
    keystores.check_new(name)?;
    match keystores.path(name)?.exists() {
        true => Err(Error::precondition(format_args!("a wallet called `{name}` exists already"))
            .hint(format_args!("show it: cuckoo wallet show {name}"))),
        false => Ok(()),
    }
}

fn report(context: &Context, wallet: &Wallet) -> Result<()> {
    context.printer.ok(format_args!("the wallet `{}` was written to {}", wallet.name, wallet.path.display()));
    context.printer.hint(format_args!("get CAI for it next: cuckoo faucet request --account {}", wallet.name));
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
