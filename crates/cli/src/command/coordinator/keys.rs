//! `cuckoo coordinator keys`: creates, lists and revokes API keys.

use std::{collections::BTreeMap, num::NonZeroU32, path::PathBuf};

use clap::Subcommand;
use cuckoo_protocol::Cai;
use serde::Serialize;

use crate::{
    command::shared::node,
    context::Context,
    host::{
        clock::{self, moment},
        env,
    },
    node::coordinator::api_keys::{Allowance, Key, KeyFile, generate},
    terminal::{Cell, Error, Result, Table, Text},
};

/// A key is named by at least this many of the first digits of its id.
const LEAST_DIGITS: usize = 6;

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
    /// List the API keys, without their secrets, and what each has spent at the running coordinator
    List(node::StatusArgs),
    /// Revoke an API key
    Revoke {
        /// Id of the key, as `coordinator keys list` shows it, or at least its first 6 digits
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
    /// What it has spent, with what its open tasks may cost; unknown while the coordinator does not run.
    spent: Option<Cai>,
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
            spent: None,
            created_at: moment(key.created_at / 1000),
            revoked: key.revoked,
        }
    }
}

fn rate_cell(rate: Option<NonZeroU32>) -> Cell {
    Cell::number(rate.map_or_else(|| "-".into(), |rate| rate.to_string()))
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
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
        Command::List(node) => {
            let spending = node::COORDINATOR.get::<BTreeMap<String, Cai>>(node, "spending").await;
            if let (Err(error), false) = (&spending, keys.is_empty()) {
                printer.say(format_args!("What keys have spent is not known: {error}"));
            }
            let spent = |key: &Key| spending.as_ref().ok().map(|all| all.get(&key.id).copied().unwrap_or_default());
            let rows = keys.iter().map(|key| KeyRow { spent: spent(key), ..KeyRow::from(key) });
            let rows: Vec<KeyRow<'_>> = rows.collect();
            printer.result(&rows, || {
                let mut table =
                    Table::new(["id", "name", "state", "spent", "budget", "requests/min", "tokens/min", "created"]);
                for row in &rows {
                    table.row([
                        Cell::text(row.id),
                        Cell::text(cuckoo_protocol::Untrusted::new(row.name)),
                        Cell::text(if row.revoked { "revoked" } else { "active" }),
                        row.spent.map_or_else(|| Cell::text("?"), Cell::amount),
                        row.budget.map_or_else(|| Cell::text("-"), Cell::amount),
                        rate_cell(row.requests_per_minute),
                        rate_cell(row.tokens_per_minute),
                        Cell::text(&row.created_at),
                    ]);
                }
                Text::Table(table)
            })
        }
        Command::Revoke { id } => {
            let begins = |key: &&mut Key| key.id == id || (id.len() >= LEAST_DIGITS && key.id.starts_with(&id));
            let found: Vec<_> = keys.iter_mut().filter(begins).collect();
            let [key] = <[_; 1]>::try_from(found).map_err(|found| {
                let problem = match found.is_empty() {
                    true => format!("no key has the id {id}"),
                    false => format!("several keys have ids that begin with {id}"),
                };
                Error::precondition(problem).hint("to see all keys: cuckoo coordinator keys list")
            })?;
            key.revoked = true;
            let revoked = key.clone();
            file.write(keys)?;
            printer.ok(format_args!("key {} stops working within a second", revoked.id));
            printer.result(&KeyRow::from(&revoked), || Text::Nothing)
        }
    }
}
