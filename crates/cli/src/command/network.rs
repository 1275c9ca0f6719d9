//! `cuckoo network`: manages the networks that this machine knows.

mod status;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use cuckoo_protocol::Address;
use cuckoo_protocol::chain::{DEVELOPMENT_CHAIN_ID, Network};
use serde::Serialize;
use serde_json::json;

use crate::{
    context::Context,
    host::{config, env, networks},
    terminal::{Cell, Error, Result, Table, Text},
};

/// Manage the networks that this machine knows
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List every network that this machine knows
    List,
    /// Show the network in use: its chain, its endpoints and its contracts
    Show,
    /// Show where the network in use is now: its newest block, its epoch, its nodes and what counts for them
    Status,
    /// Set the network in use, in the configuration file
    Use {
        /// Network: a name, or the path of a network.json
        #[arg(value_name = "NETWORK")]
        name: String,
    },
    /// Add a network from its description, under the name in it
    Add {
        /// Path of a network.json, or - for stdin
        #[arg(value_name = "PATH")]
        file: PathBuf,
        /// Name of the network, instead of the one in the description
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Replace a network of that name
        #[arg(long)]
        replace: bool,
    },
    /// Remove a network from this machine; its contracts and your stake there stay as they are
    Remove {
        /// Name of the network to remove
        #[arg(value_name = "NETWORK")]
        name: String,
    },
}

#[derive(Serialize)]
struct NetworkRow {
    name: String,
    in_use: bool,
    chain_id: Option<u64>,
    rpc: Option<String>,
    path: PathBuf,
    problem: Option<String>,
}

/// Runs it.
pub async fn run(command: Command, definition: &clap::Command, context: &Context) -> Result<()> {
    match command {
        Command::List => list(context),
        Command::Show => show(context),
        Command::Status => status::run(context).await,
        Command::Use { name } => choose(&name, definition, context),
        Command::Add { file, name, replace } => add(&file, name, replace, context),
        Command::Remove { name } => remove(&name, context),
    }
}

fn choose(name: &str, definition: &clap::Command, context: &Context) -> Result<()> {
    // An unknown name would break every command from now on.
    let network = networks::find(name)?;
    let path = context.config.written();
    config::set(path, definition, config::key("network")?, None, name)?;
    context.printer.ok(format_args!("the network in use is now `{}`, set in {}", network.name, path.display()));
    if let Some(variable) = env::text(env::NETWORK).filter(|variable| variable != name) {
        context.printer.warn(format_args!("{} is set to `{variable}` and wins over the file", env::NETWORK));
    }
    context.printer.result(&json!({"network": name, "path": path}), || Text::Nothing)
}

fn add(file: &Path, name: Option<String>, replace: bool, context: &Context) -> Result<()> {
    let mut added = if file == Path::new("-") {
        networks::parse(&std::io::read_to_string(std::io::stdin())?, "stdin")?
    } else {
        networks::read(file)?
    };
    added.name = name.unwrap_or(added.name);
    // An endpoint that was named is meant for this network.
    let typed = context.config.setting(config::key("rpc-url")?).is_some_and(|setting| setting.origin.starts_with("--"));
    if let Some(url) = context.globals.rpc_url.as_ref().filter(|_| typed) {
        added.rpc_urls = vec![url.clone()];
    }
    let path = networks::path(&added.name)?;
    if path.exists() && !replace && networks::read(&path).ok().as_ref() != Some(&added) {
        return Err(Error::precondition(format_args!("another network is called `{}` already", added.name))
            .hint("to keep both: --name NAME")
            .hint("to replace it: --replace"));
    }
    networks::write(&path, &added)?;
    context.printer.ok(format_args!("the network `{}` was written to {}", added.name, path.display()));
    if added.rpc_urls.is_empty() {
        context.printer.warn(format_args!("the network `{}` names no RPC endpoint", added.name));
        context.printer.hint(format_args!("name one: cuckoo config set rpc-url URL --network {}", added.name));
    }
    context.printer.hint(format_args!("use it: cuckoo network use {}", added.name));
    context.printer.result(&json!({"network": added.name, "path": path}), || Text::Value(added.name.clone()))
}

fn remove(name: &str, context: &Context) -> Result<()> {
    let path = networks::remove(name)?;
    context.printer.ok(format_args!("the network `{name}` was removed from this machine"));
    if context.globals.network == name {
        context.printer.warn("it was the network in use");
        context.printer.hint("choose another one: cuckoo network use NETWORK");
    }
    context.printer.result(&json!({"network": name, "path": path}), || Text::Nothing)
}

fn list(context: &Context) -> Result<()> {
    let row = |(path, found): (PathBuf, Result<Network>)| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let in_use = name == context.globals.network;
        match found {
            Ok(network) => NetworkRow {
                name,
                in_use,
                chain_id: Some(network.chain_id),
                rpc: network.rpc_urls.first().map(ToString::to_string),
                path,
                problem: None,
            },
            Err(error) => {
                NetworkRow { name, in_use, chain_id: None, rpc: None, path, problem: Some(error.to_string()) }
            }
        }
    };
    let mut rows: Vec<NetworkRow> = networks::list()?.into_iter().map(row).collect();
    // Every machine knows the local network, even before it was first started.
    if !rows.iter().any(|row| row.name == networks::LOCAL) {
        let problem = "not started yet: cuckoo devnet".to_owned();
        rows.push(NetworkRow {
            name: networks::LOCAL.into(),
            in_use: context.globals.network == networks::LOCAL,
            chain_id: Some(DEVELOPMENT_CHAIN_ID),
            rpc: None,
            path: networks::path(networks::LOCAL)?,
            problem: Some(problem),
        });
    }
    rows.sort_by(|left, right| left.name.cmp(&right.name));
    context.printer.result(&rows, || {
        let mut table = Table::new(["name", "chain", "rpc", "file", "in use"]);
        for row in &rows {
            table.row([
                Cell::text(&row.name),
                Cell::text(row.chain_id.map_or_else(|| "?".into(), |id| id.to_string())),
                Cell::text(row.rpc.as_deref().or(row.problem.as_deref()).unwrap_or_default()),
                Cell::text(row.path.display()),
                Cell::text(if row.in_use { "*" } else { "" }),
            ]);
        }
        Text::Table(table)
    })
}

fn show(context: &Context) -> Result<()> {
    let network = context.network()?;
    let urls: Vec<_> = network.rpc_urls.iter().map(ToString::to_string).collect();
    // The endpoints are shown without the secrets in their URLs.
    let mut data = serde_json::to_value(&network)?;
    data["rpc_urls"] = serde_json::json!(urls);
    context.printer.result(&data, || {
        let or_none = |address: Option<Address>| address.map_or_else(|| "none".into(), |address| address.to_string());
        let mut table = Table::new(["", ""]);
        let known = [
            ("name", network.name.clone()),
            ("chain", network.chain_id.to_string()),
            ("rpc", urls.join(" ")),
            ("staking", network.staking.to_string()),
            ("cai", network.cai.to_string()),
            ("faucet", or_none(network.faucet)),
            ("settlement", network.settlement.to_string()),
            ("court", or_none(network.court)),
            ("emission", or_none(network.emission)),
            ("authority", or_none(network.authority)),
            ("deployed at", network.deployed_at.to_string()),
            (
                "randomness",
                match network.randomness.zip(network.randomness_kind) {
                    Some((contract, kind)) => format!("{contract} ({})", kind.as_str()),
                    None => "none".into(),
                },
            ),
            ("epoch", format!("{} s", network.epoch_seconds)),
            ("block time", format!("{} ms", network.block_time_ms)),
        ];
        // Few test networks have one.
        let explorer = network.explorer.as_ref().map(|url| ("explorer", url.to_string()));
        for (label, value) in known.into_iter().chain(explorer) {
            table.row([Cell::text(label), Cell::text(value)]);
        }
        Text::Table(table)
    })
}
