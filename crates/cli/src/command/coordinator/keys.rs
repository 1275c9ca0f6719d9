//! `cuckoo coordinator keys`: who may call the API.

use std::{num::NonZeroU32, path::PathBuf};

use clap::Subcommand;
use cuckoo_protocol::Cai;
use serde::Serialize;

use crate::{
    context::Context,
    host::{
        clock::{self, moment},
        env,
    },
    node::coordinator::api_keys::{Allowance, Key, KeyFile, generate},
    terminal::{Cell, Error, Result, Table, Text},
};

/// API keys. Without any, everybody who reaches the API may use it; with the first one, nobody without a key
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The coordinator's directory [default: coordinator in the data directory]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and print it, this once
    New {
        /// Whose it is, in your own words
        name: String,
        /// Requests for work per minute, each for up to 64 answers; without it, as many as there is room for
        #[arg(long, value_name = "N")]
        requests_per_minute: Option<NonZeroU32>,
        /// Tokens per minute, of prompts (a quarter of their bytes) and the most that answers may have; without it, no limit
        #[arg(long, value_name = "N")]
        tokens_per_minute: Option<NonZeroU32>,
        /// CAI that all its tasks together may cost; without it, no limit
        #[arg(long, value_name = "CAI")]
        budget: Option<Cai>,
    },
    /// The keys, without their secrets
    List,
    /// Make a key good for nothing
    Revoke {
        /// Its id
        id: String,
    },
}

#[derive(Serialize)]
struct New<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    /// The key itself. It is not kept.
    key: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    requests_per_minute: Option<NonZeroU32>,
    tokens_per_minute: Option<NonZeroU32>,
    budget: Option<Cai>,
    created_at: String,
    revoked: bool,
}

impl<'a> From<&'a Key> for Row<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            id: &key.id,
            name: &key.name,
            requests_per_minute: key.requests_per_minute,
            tokens_per_minute: key.tokens_per_minute,
            budget: key.budget,
            created_at: moment(key.created_at / 1000),
            revoked: key.revoked,
        }
    }
}

fn rate(rate: Option<NonZeroU32>) -> Cell {
    Cell::number(rate.map_or_else(|| "-".into(), |rate| rate.to_string()))
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    let printer = &context.printer;
    let file = KeyFile::in_directory(&args.data.unwrap_or_else(|| env::data_directory().join("coordinator")));
    let mut keys = file.read().map_err(|error| {
        Error::config(format_args!("{}: {error}", file.path().display()))
            .hint("correct it, or move it away to start without keys")
    })?;
    match args.command {
        Command::New { name, requests_per_minute, tokens_per_minute, budget } => {
            let allowance = Allowance { requests_per_minute, tokens_per_minute, budget };
            let (secret, key) = generate(name, allowance, clock::now());
            keys.push(key.clone());
            let first = keys.len() == 1;
            file.write(keys)?;
            printer.ok(format_args!("key {} is in force within a second; it is shown this once", key.id));
            if first {
                printer.hint("from now on the API asks for a key: Authorization: Bearer KEY");
            }
            printer.result(&New { row: (&key).into(), key: &secret }, || Text::Value(secret.clone()))
        }
        Command::List => {
            let rows: Vec<Row<'_>> = keys.iter().map(Row::from).collect();
            printer.result(&rows, || {
                let mut table = Table::new(["id", "name", "per minute", "tokens", "budget", "created", "state"]);
                for row in &rows {
                    table.row([
                        Cell::text(row.id),
                        Cell::text(cuckoo_protocol::Untrusted::new(row.name)),
                        rate(row.requests_per_minute),
                        rate(row.tokens_per_minute),
                        row.budget.map_or_else(|| Cell::text("-"), Cell::amount),
                        Cell::text(&row.created_at),
                        Cell::text(if row.revoked { "revoked" } else { "active" }),
                    ]);
                }
                Text::Table(table)
            })
        }
        Command::Revoke { id } => {
            let Some(key) = keys.iter_mut().find(|key| key.id == id) else {
                return Err(
                    Error::precondition(format_args!("there is no key {id}")).hint("cuckoo coordinator keys list")
                );
            };
            key.revoked = true;
            let revoked = key.clone();
            file.write(keys)?;
            printer.ok(format_args!("key {id} is good for nothing within a second"));
            printer.result(&Row::from(&revoked), || Text::Nothing)
        }
    }
}
