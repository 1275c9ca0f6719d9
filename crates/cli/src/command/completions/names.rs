//! Completes the names of wallets, networks and nodes from files on this machine, without any request to the network.

use std::ffi::OsStr;

use clap::{Arg, Command, builder::Styles};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::host::{env, keystore::Keystores, known_nodes, networks};

/// Adds a completer to every argument that takes a wallet, network or node.
pub fn with_names(command: Command) -> Command {
    // Shells would print the escape codes of colours in the candidates.
    command.styles(Styles::plain()).mut_args(with_completer).mut_subcommands(with_names)
}

fn with_completer(arg: Arg) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    match (id.as_str(), value.as_str()) {
        ("account" | "node_account" | "operator_account", _) | (_, "WALLET" | "ADDRESS|WALLET") => {
            arg.add(ArgValueCompleter::new(|typed: &OsStr| matching(typed, list_wallets())))
        }
        ("network", _) | (_, "NETWORK") => {
            arg.add(ArgValueCompleter::new(|typed: &OsStr| matching(typed, list_networks())))
        }
        ("node" | "vote", _) | (_, "NODE") => {
            arg.add(ArgValueCompleter::new(|typed: &OsStr| matching(typed, list_nodes())))
        }
        _ => arg,
    }
}

type Name = (String, String);

fn matching(typed: &OsStr, names: Vec<Name>) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return vec![] };
    let names = names.into_iter().filter(|(name, _)| name.starts_with(typed));
    names.map(|(name, about)| CompletionCandidate::new(name).help(Some(about.into()))).collect()
}

fn list_wallets() -> Vec<Name> {
    let wallets = Keystores::default().list().unwrap_or_default().into_iter();
    wallets
        .map(|wallet| (wallet.name, wallet.address.map_or_else(String::new, |address| address.to_string())))
        .collect()
}

fn list_networks() -> Vec<Name> {
    let networks = networks::list().unwrap_or_default().into_iter();
    networks
        .filter_map(|(path, network)| {
            let name = path.file_stem()?.to_str()?.to_owned();
            Some((
                name,
                network.map_or_else(|error| error.to_string(), |network| format!("chain {}", network.chain_id)),
            ))
        })
        .collect()
}

fn list_nodes() -> Vec<Name> {
    let arguments: Vec<_> = std::env::args().collect();
    let name = chosen_network(&arguments)
        .or_else(|| env::text(env::NETWORK))
        .or_else(|| crate::host::config::file_value("network"));
    networks::find(name.as_deref().unwrap_or(networks::LOCAL))
        .map(|network| known_nodes::nodes(&network))
        .unwrap_or_default()
}

/// Finds the network that the words of an unfinished command line name.
fn chosen_network(arguments: &[String]) -> Option<String> {
    let mut words = arguments.iter().rev().peekable();
    let mut after: Option<&String> = None;
    for word in words.by_ref() {
        if let Some(name) = word.strip_prefix("--network=") {
            return Some(name.to_owned());
        }
        if word == "--network" || word == "-n" {
            return after.filter(|name| !name.is_empty()).cloned();
        }
        after = Some(word);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_taken_from_the_words() {
        let chosen = |line: &str| chosen_network(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(chosen("cuckoo vote cast x -n test").as_deref(), Some("test"));
        assert_eq!(chosen("cuckoo --network=test vote cast").as_deref(), Some("test"));
        assert_eq!(chosen("cuckoo --network test vote cast ").as_deref(), Some("test"));
        assert_eq!(chosen("cuckoo vote cast -n "), None);
        assert_eq!(chosen("cuckoo vote cast"), None);
    }
}
