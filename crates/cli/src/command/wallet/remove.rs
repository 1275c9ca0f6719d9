//! `cuckoo wallet remove`: puts the file of a wallet aside, unless something still needs its key.

use std::{io::IsTerminal, path::PathBuf, time::Duration};

use cuckoo_protocol::{
    Address,
    chain::{Client, Network},
};
use serde::Serialize;

use crate::{
    account::{node_reference::read_registry, session::outbox},
    command::{balance, register},
    context::Context,
    host::{
        config, files,
        keystore::{self, Keystores, Wallet},
        networks,
        secrets::password,
    },
    terminal::{Error, Result, Text, quoted},
};

/// How long a network may take to say what it knows of a wallet.
const PATIENCE: Duration = Duration::from_secs(10);

/// The wallet to remove.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// Wallet to remove
    #[arg(value_name = "WALLET")]
    name: String,
    /// Name of the wallet once more, to confirm that it goes
    #[arg(long, value_name = "WALLET")]
    confirm: Option<String>,
}

#[derive(Debug, Serialize)]
struct Removed {
    name: String,
    address: Address,
    /// Where the file is now.
    file: PathBuf,
}

/// Runs it.
pub(super) async fn run(args: RemoveArgs, keystores: &Keystores, context: &Context) -> Result<()> {
    let printer = &context.printer;
    let RemoveArgs { name, confirm } = args;
    let wallet = keystores.find(&name)?;
    let mut uses = configured(&name, context)?;
    let address = address_of(&wallet, context)?;
    for network in known_networks(context)? {
        match tokio::time::timeout(PATIENCE, uses_on(&network, address, context)).await {
            Ok(Ok(found)) => uses.extend(found),
            Ok(Err(error)) => {
                printer.warn(format_args!("what is on the network `{}` is not known: {error}", network.name))
            }
            Err(_) => printer.warn(format_args!("the network `{}` does not answer", network.name)),
        }
    }
    // Once the networks have said what is in a block by now.
    uses.extend(open_transactions(address)?);
    if let Some((first, _)) = uses.first() {
        let refused = Error::precondition(format_args!("the wallet `{name}` is still needed: {first}"));
        let others = uses.iter().skip(1).map(|(what, way)| format!("also, {what}: {way}"));
        return Err(uses.iter().take(1).map(|(_, way)| way.clone()).chain(others).fold(refused, Error::hint));
    }
    agree(&name, confirm.as_deref(), context)?;
    let file = put_aside(&wallet, keystores)?;
    printer.ok(format_args!("the wallet `{name}` was removed; its file is now {}", file.display()));
    let words = [&file, &wallet.path].map(|path| quoted(&path.display().to_string()));
    printer.hint(format_args!("to take it back: mv {} {}", words[0], words[1]));
    printer.result(&Removed { name, address, file }, || Text::Nothing)
}

/// The wallet's address, without which nobody knows what needs it: not every program writes it into the file.
fn address_of(wallet: &Wallet, context: &Context) -> Result<Address> {
    if let Some(address) = wallet.address {
        return Ok(address);
    }
    match context.globals.wallet.password_file.as_deref() {
        Some(file) => Ok(keystore::unlock(&wallet.path, &password(Some(file), "", true)?)?.address()),
        None => Err(Error::precondition(format_args!(
            "the file of the wallet `{}` does not hold its address, so that what needs it is not known",
            wallet.name
        ))
        .hint("give its password, and the address is found by the key: --password-file PATH, or - for stdin")),
    }
}

/// The networks that this machine knows, with the one in use as it is used.
fn known_networks(context: &Context) -> Result<Vec<Network>> {
    let mut known = vec![];
    for (path, network) in networks::list()? {
        match network {
            Ok(network) => known.push(network),
            Err(error) => {
                let path = path.display();
                context.printer.warn(format_args!("what is on the network of {path} is not known: {error}"));
            }
        }
    }
    match context.network() {
        Ok(current) => {
            known.retain(|network| network.name != current.name);
            known.push(current);
        }
        // Nobody has named the local one, which may never have been there.
        Err(_) if context.globals.network == networks::LOCAL => {}
        Err(error) => return Err(error),
    }
    Ok(known)
}

/// A use of the wallet, and how it ends.
type Use = (String, String);

fn configured(name: &str, context: &Context) -> Result<Vec<Use>> {
    let setting = context.config.setting(config::key("account")?);
    let named = setting.filter(|setting| setting.value == name && !setting.origin.starts_with("--"));
    let uses = named.map(|setting| {
        (format!("{} names it as the account", setting.origin), "take it out: cuckoo config unset account".to_owned())
    });
    Ok(uses.into_iter().collect())
}

fn open_transactions(address: Address) -> Result<Vec<Use>> {
    let intents = outbox().intents()?;
    let open = intents.iter().find(|intent| intent.from == address && intent.state.is_open());
    let of =
        |hash| (format!("its transaction {hash} is in no block yet"), format!("wait for it: cuckoo tx wait {hash}"));
    Ok(open.map(|intent| of(intent.hash())).into_iter().collect())
}

/// What a network still needs the key for.
async fn uses_on(network: &Network, address: Address, context: &Context) -> Result<Vec<Use>> {
    let client: Client = context.connect(network).await?;
    outbox().resume(&client.with_address(address), PATIENCE).await?;
    let registry = read_registry(&client).await?;
    let mut uses = vec![];
    let at = &network.name;
    for node in registry.nodes.values().filter(|node| node.address == address || node.owner == address) {
        if !node.active && register::is_removed(&client, node.address).await? {
            continue;
        }
        let what = if node.address == address { "is the key of" } else { "owns" };
        uses.push((
            format!("on the network `{at}` it {what} the node {}", node.name),
            format!("as its owner, remove the node: cuckoo register remove {} --network {at}", node.address),
        ));
    }
    let total = balance::read_total(&client, address).await?;
    if !total.is_zero() {
        let way = format!("see where it is: cuckoo balance {address} --network {at}");
        uses.push((format!("on the network `{at}` it has {total}"), way));
    }
    Ok(uses)
}

/// Has a person name the wallet once more.
fn agree(name: &str, confirm: Option<&str>, context: &Context) -> Result<()> {
    let globals = &context.globals;
    match confirm {
        Some(given) if given == name => Ok(()),
        Some(given) => Err(Error::usage(format_args!("`--confirm {given}` is not the name of the wallet"))),
        None if !globals.no_input && std::io::stdin().is_terminal() => {
            match context.printer.ask("Type the name of the wallet to remove it:")? == name {
                true => Ok(()),
                false => Err(Error::auth("that is not the wallet's name; nothing was removed")),
            }
        }
        None => Err(Error::usage("a wallet is not removed without a question")
            .hint(format_args!("confirm it with the wallet's name: --confirm {name}"))),
    }
}

/// Moves the file to where no command looks for wallets. Nothing is there yet under its new name.
fn put_aside(wallet: &Wallet, keystores: &Keystores) -> Result<PathBuf> {
    let directory = keystores.directory().join("removed");
    let failed = |error: std::io::Error| Error::failure(format_args!("cannot move {}: {error}", wallet.path.display()));
    files::make_private_directory(&directory).map_err(failed)?;
    let mut number = 1;
    let file = loop {
        let name = if number == 1 { wallet.name.clone() } else { format!("{}-{number}", wallet.name) };
        let file = directory.join(format!("{name}.json"));
        if !file.exists() {
            break file;
        }
        number += 1;
    };
    files::rename(&wallet.path, &file).map_err(failed)?;
    Ok(file)
}
