//! What every command is given: the global options, the printer, and from them the network, the chain and the key.

use std::sync::Arc;

use cuckoo_protocol::chain::{Client, Network, Setup};

use crate::{
    args::GlobalOptions,
    host::{config::Config, env, networks},
    terminal::{Error, Printer, Result, Typed},
};

/// What every command is given.
#[derive(Clone, Debug)]
pub struct Context {
    /// Options that every command knows.
    pub globals: GlobalOptions,
    /// The printer of all output.
    pub printer: Arc<Printer>,
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The network, if an option names it.
    pub named_network: Option<String>,
}

impl Context {
    /// Makes the context of a command line. A program that asked for a JSON document is asked for nothing.
    pub fn new(mut globals: GlobalOptions, config: Config, named_network: Option<String>, typed: Typed) -> Self {
        globals.no_input |= globals.json;
        let printer = Arc::new(Printer::new(globals.printer_options()).with_typed(typed));
        Self { globals, printer, config: Arc::new(config), named_network }
    }

    /// The network that was asked for, with `--rpc-url` in place.
    pub fn network(&self) -> Result<Network> {
        let mut network = networks::find(&self.globals.network)?;
        if let Some(url) = &self.globals.rpc_url {
            network.rpc_urls = vec![url.clone()];
        } else if let Some(url) = self.config.stand_in_endpoint(&network)? {
            network.rpc_urls = vec![url];
        }
        network.check().map_err(Error::config)?;
        Ok(network)
    }

    /// Connects to the network, for reading.
    pub async fn client(&self) -> Result<Client> {
        self.connect(&self.network()?).await
    }

    /// Connects to a network that was found before and has to name an endpoint. A person who waits is told why.
    pub async fn connect(&self, network: &Network) -> Result<Client> {
        self.connect_for(network, false).await
    }

    /// The same for a screen that nothing else may write to.
    pub async fn connect_quietly(&self, network: &Network) -> Result<Client> {
        let setup = Setup { events: env::events_directory(), watcher: None, legacy: false };
        self.connect_as(network, &setup).await
    }

    /// The same for transactions, with one price of gas as before EIP-1559 if `legacy`.
    pub async fn connect_for(&self, network: &Network, legacy: bool) -> Result<Client> {
        let setup = Setup { events: env::events_directory(), watcher: Some(self.printer.clone()), legacy };
        let client = self.connect_as(network, &setup).await;
        // A question may follow.
        self.printer.clear_waiting();
        client
    }

    async fn connect_as(&self, network: &Network, setup: &Setup) -> Result<Client> {
        if network.rpc_urls.is_empty() {
            return Err(Error::config(format_args!("the network `{}` names no RPC endpoint", network.name))
                .hint(format_args!("name one: cuckoo config set rpc-url URL --network {}", network.name))
                .hint("or for this command alone: --rpc-url URL"));
        }
        Ok(Client::connect_with(network, setup).await?)
    }
}
