//! `cuckoo coordinator lift`: what an operator orders of a running coordinator about one miner.

use std::path::PathBuf;

use cuckoo_protocol::{Address, Untrusted, contract::Role, status::NodeRow};
use serde::de::DeserializeOwned;

use crate::{
    account::node_reference::NodeReference,
    command::shared::node,
    context::Context,
    node::coordinator::http::Order,
    terminal::{Error, Result, Text},
};

/// About which miner, and at which coordinator.
#[derive(Debug, clap::Args)]
pub(super) struct OrderArgs {
    /// Miner's address or name
    miner: NodeReference,
    #[command(flatten)]
    node: node::StatusArgs,
    /// Directory that the coordinator itself was given as --data [default: `coordinator` in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl OrderArgs {
    /// Gives the order, and returns what the coordinator answers.
    pub(super) async fn give<T: DeserializeOwned>(self, path: &str) -> Result<T> {
        let miner = match &self.miner {
            NodeReference::Address(address) => *address,
            NodeReference::Name(name) => self.find(name).await?,
        };
        node::COORDINATOR.order(self.node, self.data, path, &Order { miner }).await
    }

    /// The miner that the coordinator knows by a name.
    async fn find(&self, name: &str) -> Result<Address> {
        let snapshot = node::COORDINATOR.snapshot(self.node.clone()).await?;
        let called = |row: &&NodeRow| row.role == Role::Miner && row.name.raw() == name;
        let found: Vec<_> = snapshot.nodes.iter().filter(called).map(|row| row.address).collect();
        let shown = Untrusted::new(name);
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(Error::precondition(format_args!("the coordinator knows no miner called `{shown}`"))
                .hint("list them: cuckoo coordinator status")),
            several => {
                let list: Vec<_> = several.iter().map(ToString::to_string).collect();
                Err(Error::usage(format_args!("several miners are called `{shown}`"))
                    .hint(format_args!("give the address of the one that is meant: {}", list.join(", "))))
            }
        }
    }
}

/// Runs `cuckoo coordinator lift`.
pub(super) async fn lift(args: OrderArgs, context: &Context) -> Result<()> {
    let order: Order = args.give("miners/lift").await?;
    context.printer.ok(format_args!("the pause of {} is lifted", order.miner));
    context.printer.result(&order, || Text::Nothing)
}
