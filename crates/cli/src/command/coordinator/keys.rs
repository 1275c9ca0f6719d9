//! `cuckoo coordinator keys`: creates, lists and revokes API keys.

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

/// Create, list and revoke API keys; until the first key is created, everyone who reaches the API may use it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directory that the coordinator itself was given as --data [default: `coordinator` in the data directory]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create an API key; it is shown only once
    New {
        /// Name for the key's user, in your own words
        name: String,
        /// Maximum number of requests per minute, each for up to 64 answers [default: no limit]
        #[arg(long, value_name = "N")]
        requests_per_minute: Option<NonZeroU32>,
        /// Maximum number of tokens per minute: a quarter of the prompts' bytes plus the tokens that answers may have [default: no
        /// limit]
        #[arg(long, value_name = "N")]
        tokens_per_minute: Option<NonZeroU32>,
        /// Maximum cost of all tasks of this key together, in CAI [default: no limit]
        #[arg(long, value_name = "CAI")]
        budget: Option<Cai>,
    },
    /// List the API keys, without their secrets
    List,
    /// Revoke an API key
    Revoke {
        /// Id of the key, as `coordinator keys list` shows it
        id: String,
    },
}

#[derive(Serialize)]
struct New<'a> {
    #[serde(flatten)]
    row: KeyRow<'a>,
    /// The key itself, which is stored nowhere.
    key: &'a str,
}

#[derive(Serialize)]
struct KeyRow<'a> {
    id: &'a str,
    name: &'a str,
    requests_per_minute: Option<NonZeroU32>,
    tokens_per_minute: Option<NonZeroU32>,
    budget: Option<Cai>,
    created_at: String,
    revoked: bool,
}

impl<'a> From<&'a Key> for KeyRow<'a> {
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

fn rate_cell(rate: Option<NonZeroU32>) -> Cell {
    Cell::number(rate.map_or_else(|| "-".into(), |rate| rate.to_string()))
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    let printer = &context.printer;
    let file = KeyFile::in_directory(&args.data.unwrap_or_else(|| env::data_directory().join("coordinator")));
    let mut keys = file.read().map_err(|error| {
        Error::config(format_args!("{}: {error}", file.path().display()))
            .hint("correct the file, or move it away to start without keys")
    })?;
    match args.command {
        Command::New { name, requests_per_minute, tokens_per_minute, budget } => {
            let allowance = Allowance { requests_per_minute, tokens_per_minute, budget };
            let (secret, key) = generate(name, allowance, clock::now());
            keys.push(key.clone());
            let first = keys.len() == 1;
            file.write(keys)?;
            printer.ok(format_args!("key {} works within a second; it is shown only now", key.id));
            if first {
                printer.hint("from now on the API needs a key in each request: Authorization: Bearer KEY");
            }
            printer.result(&New { row: (&key).into(), key: &secret }, || Text::Value(secret.clone()))
        }
        Command::List => {
            let rows: Vec<KeyRow<'_>> = keys.iter().map(KeyRow::from).collect();
            printer.result(&rows, || {
                let mut table = Table::new(["id", "name", "requests/min", "tokens/min", "budget", "created", "state"]);
                for row in &rows {
                    table.row([
                        Cell::text(row.id),
                        Cell::text(cuckoo_protocol::Untrusted::new(row.name)),
                        rate_cell(row.requests_per_minute),
                        rate_cell(row.tokens_per_minute),
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
                return Err(Error::precondition(format_args!("no key has the id {id}"))
                    .hint("to see all keys: cuckoo coordinator keys list"));
            };
            key.revoked = true;
            let revoked = key.clone();
            file.write(keys)?;
            printer.ok(format_args!("key {id} stops working within a second"));
            printer.result(&KeyRow::from(&revoked), || Text::Nothing)
        }
    }
}
