//! `cuckoo coordinator lift`: what an operator orders of a running coordinator about one miner.

use std::path::PathBuf;

use cuckoo_protocol::Address;
use serde::de::DeserializeOwned;

use crate::{
    command::shared::node,
    context::Context,
    node::coordinator::http::Order,
    terminal::{Result, Text},
};

/// About which miner, and at which coordinator.
#[derive(Debug, clap::Args)]
pub(super) struct OrderArgs {
    /// Address of the miner
    miner: Address,
    #[command(flatten)]
    node: node::StatusArgs,
    /// Directory that the coordinator itself was given as --data [default: `coordinator` in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl OrderArgs {
    /// Gives the order, and returns what the coordinator answers.
    pub(super) async fn give<T: DeserializeOwned>(self, path: &str) -> Result<T> {
        node::COORDINATOR.order(self.node, self.data, path, &Order { miner: self.miner }).await
    }
}

/// Runs `cuckoo coordinator lift`.
pub(super) async fn lift(args: OrderArgs, context: &Context) -> Result<()> {
    let order: Order = args.give("miners/lift").await?;
    context.printer.ok(format_args!("the pause of {} is lifted", order.miner));
    context.printer.result(&order, || Text::Nothing)
}
