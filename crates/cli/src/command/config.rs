//! `cuckoo config`: shows and changes the configuration.

use std::path::PathBuf;

use clap::{ArgMatches, Subcommand};
use serde_json::json;

use crate::{
    context::Context,
    host::{
        config::{self, KEYS, Scope, Setting},
        files::{self, write_private},
        networks,
    },
    terminal::{Cell, Error, Result, Table, Text},
};

/// Show and change the configuration
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the path of the file that `config set` changes
    Path,
    /// Show the values in force for the network in use
    Show {
        /// Show where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Print the value of one key
    Get {
        /// Key to print; `cuckoo help config` lists every key
        key: String,
    },
    /// Set a value in the file; with --network, for that network only
    Set {
        /// Key to set; `cuckoo help config` lists every key
        key: String,
        /// Value of the key
        value: String,
    },
    /// Remove a value from the file; with --network, from the table of that network
    Unset {
        /// Key to remove; `cuckoo help config` lists every key
        key: String,
    },
    /// Create a file in which every key is explained and none is set
    Init,
}

impl Command {
    /// True for the commands that help with a broken file.
    pub fn is_repair(&self) -> bool {
        matches!(self, Self::Path | Self::Init)
    }
}

/// The network that was named as an option, if one was: a change goes to its table.
pub fn named_network(matches: &ArgMatches) -> Option<String> {
    let mut deepest = matches;
    while let Some((_, inner)) = deepest.subcommand() {
        deepest = inner;
    }
    let given = deepest.value_source("network") == Some(clap::parser::ValueSource::CommandLine);
    deepest.get_one::<String>("network").filter(|_| given).cloned()
}

/// Runs it.
pub fn run(command: Command, definition: &clap::Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    let path = context.config.written().to_owned();
    match command {
        Command::Path => {
            let data = json!({"path": path, "exists": path.exists(), "read": context.config.files()});
            printer.result(&data, || Text::Value(path.display().to_string()))
        }
        Command::Show { origin } => show(origin, context),
        Command::Get { key } => {
            let key = config::key(&key)?;
            let setting = settings(context).into_iter().find(|setting| setting.key == key.name);
            let setting = setting.ok_or_else(|| {
                Error::precondition(format_args!("`{}` is not set", key.name))
                    .hint(format_args!("set it: cuckoo config set {} VALUE", key.name))
            })?;
            printer.result(&setting, || Text::Value(setting.value.clone()))
        }
        Command::Set { key, value } => {
            let key = config::key(&key)?;
            let network = table(key, context);
            config::set(&path, definition, key, network.as_deref(), &value)?;
            report(&path, key, network.as_deref(), context)
        }
        Command::Unset { key } => {
            let key = config::key(&key)?;
            let network = table(key, context);
            if !config::unset(&path, key, network.as_deref())? {
                return Err(Error::precondition(format_args!("{} does not set `{}`", path.display(), key.name))
                    .hint("see where each value comes from: cuckoo config show --origin"));
            }
            report(&path, key, network.as_deref(), context)
        }
        Command::Init => {
            let describe = |error: std::io::Error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    Error::precondition(format_args!("the configuration file {} exists already", path.display()))
                        .hint("change it: cuckoo config set KEY VALUE")
                }
                _ => Error::failure(format_args!("cannot write {}: {error}", path.display())),
            };
            if let Some(parent) = path.parent() {
                files::make_directory(parent).map_err(describe)?;
            }
            write_private(&path, config::template().as_bytes()).map_err(describe)?;
            printer.ok(format_args!("{} is written", path.display()));
            printer.result(&json!({"path": path}), || Text::Value(path.display().to_string()))
        }
    }
}

/// The network whose table a change is for; `None` for the top of the file.
fn table(key: &config::Key, context: &Context) -> Option<String> {
    match key.scope {
        Scope::Top => None,
        Scope::Both => context.named_network.clone(),
        Scope::Network => Some(context.config.network().to_owned()),
    }
}

fn report(path: &PathBuf, key: &config::Key, network: Option<&str>, context: &Context) -> Result<()> {
    match network {
        Some(name) => context.printer.ok(format_args!("`{}` for the network `{name}` in {}", key.name, path.display())),
        None => context.printer.ok(format_args!("`{}` in {}", key.name, path.display())),
    }
    let data = json!({"path": path, "key": key.name, "network": network});
    context.printer.result(&data, || Text::Nothing)
}

/// Every value in force.
fn settings(context: &Context) -> Vec<Setting> {
    let mut settings: Vec<_> = KEYS.iter().filter_map(|key| context.config.setting(key)).collect();
    let stands_in = |setting: &Setting| setting.origin == crate::host::env::ETH_RPC_URL;
    // The network's own endpoint comes last, and foundry's variable does not hold for a local network.
    let Ok(network) = networks::find(context.config.network()) else { return settings };
    if matches!(context.config.stand_in_endpoint(&network), Ok(None)) {
        settings.retain(|setting| !stands_in(setting));
    }
    if !settings.iter().any(|setting| setting.key == "rpc-url")
        && let Some(url) = network.rpc_urls.first()
    {
        let origin = format!("network `{}`", network.name);
        settings.push(Setting { key: "rpc-url", value: url.expose().to_string(), origin });
    }
    settings
}

fn show(origin: bool, context: &Context) -> Result<()> {
    let mut settings = settings(context);
    for setting in &mut settings {
        if let Some(key) = KEYS.iter().find(|key| key.name == setting.key) {
            setting.value = key.shown(&setting.value);
        }
    }
    context.printer.result(&settings, || {
        let mut table =
            Table::new(if origin { &["key", "value", "origin"][..] } else { &["key", "value"] }.iter().copied());
        for Setting { key, value, origin: from } in &settings {
            let cells = [Cell::text(key), Cell::text(value), Cell::text(from)];
            table.row(cells.into_iter().take(if origin { 3 } else { 2 }));
        }
        Text::Table(table)
    })
}
