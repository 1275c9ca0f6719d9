//! `cuckoo network`: networks that this machine knows.

use clap::Subcommand;
use cuckoo_protocol::Address;
use serde::Serialize;

use crate::{
    context::Context,
    error::Result,
    network,
    output::{Cell, Table, Text},
};

/// Networks that this machine knows.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Every network
    List,
    /// The network in use: its chain and its contracts
    Show,
}

#[derive(Serialize)]
struct Row {
    name: String,
    chain_id: Option<u64>,
    rpc: Option<String>,
    path: std::path::PathBuf,
    problem: Option<String>,
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::List => list(context),
        Command::Show => show(context),
    }
}

fn list(context: &Context) -> Result<()> {
    let rows: Vec<Row> = network::list()?
        .into_iter()
        .map(|(path, found)| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match found {
                Ok(network) => Row {
                    name,
                    chain_id: Some(network.chain_id),
                    rpc: network.rpc_urls.first().map(ToString::to_string),
                    path,
                    problem: None,
                },
                Err(error) => Row { name, chain_id: None, rpc: None, path, problem: Some(error.to_string()) },
            }
        })
        .collect();
    if rows.is_empty() {
        context.printer.say("No network yet");
        context.printer.hint("start one on this machine: cuckoo devnet");
    }
    context.printer.result(&rows, || {
        let mut table = Table::new(["name", "chain", "rpc", "file"]);
        for row in &rows {
            table.row([
                Cell::text(&row.name),
                Cell::text(row.chain_id.map_or_else(|| "?".into(), |id| id.to_string())),
                Cell::text(row.rpc.as_deref().or(row.problem.as_deref()).unwrap_or_default()),
                Cell::text(row.path.display()),
            ]);
        }
        Text::Table(table)
    })
}

fn show(context: &Context) -> Result<()> {
    let network = context.network()?;
    let urls: Vec<_> = network.rpc_urls.iter().map(ToString::to_string).collect();
    // The endpoints as they may be shown: their secrets stay in the file.
    let mut data = serde_json::to_value(&network)?;
    data["rpc_urls"] = serde_json::json!(urls);
    context.printer.result(&data, || {
        let or_none = |address: Option<Address>| address.map_or_else(|| "none".into(), |address| address.to_string());
        let mut table = Table::new(["", ""]);
        for (label, value) in [
            ("name", network.name.clone()),
            ("chain", network.chain_id.to_string()),
            ("rpc", urls.join(" ")),
            ("staking", network.staking.to_string()),
            ("cai", network.cai.to_string()),
            ("faucet", or_none(network.faucet)),
            ("settlement", or_none(network.settlement)),
            ("court", or_none(network.court)),
            ("emission", or_none(network.emission)),
            ("authority", or_none(network.authority)),
            ("deployed at", network.deployed_at.to_string()),
            ("epoch blocks", network.epoch_blocks.to_string()),
            ("block time", format!("{} ms", network.block_time_ms)),
        ] {
            table.row([Cell::text(label), Cell::text(value)]);
        }
        Text::Table(table)
    })
}
