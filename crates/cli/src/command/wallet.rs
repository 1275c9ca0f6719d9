//! `cuckoo wallet`: keys to sign with.

use std::path::Path;

use clap::Subcommand;

use crate::{
    context::Context,
    error::Result,
    output::{Cell, Table, Text},
    wallet::{Keystores, Wallet, new_password, read_private_key},
};

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
        /// Which
        name: String,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let keystores = Keystores::default();
    let options = &context.globals.wallet;
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
            let wallet = keystores.find(&name)?;
            printer.result(&wallet, || {
                Text::Table(
                    Table::new(["", ""])
                        .with([Cell::text("name"), Cell::text(&wallet.name)])
                        .with([Cell::text("address"), address(&wallet)])
                        .with([Cell::text("file"), file(&wallet.path)]),
                )
            })
        }
    }
}

fn refuse_taken(keystores: &Keystores, name: &str) -> Result<()> {
    match keystores.path(name)?.exists() {
        true => Err(crate::Error::precondition(format_args!("there is a wallet `{name}` already"))
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
