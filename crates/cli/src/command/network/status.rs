//! `cuckoo network status`: where the chain and the network are at this moment.

use std::time::Duration;

use cuckoo_protocol::{Address, Cai, chain::Registry, contract::Role};
use serde::Serialize;

use crate::{
    account::node_reference::read_registry,
    context::Context,
    host::clock::{self, moment},
    terminal::{Cell, Result, Table, Text},
};

#[derive(Serialize)]
struct Status {
    network: String,
    chain_id: u64,
    rpc: String,
    block: u64,
    /// Seconds since the Unix epoch.
    block_at: u64,
    epoch: u64,
    /// Seconds since the Unix epoch.
    next_epoch_at: u64,
    miners: Nodes,
    coordinators: Nodes,
}

/// The nodes of one role.
#[derive(Serialize)]
struct Nodes {
    registered: usize,
    active: usize,
    /// What counts for the active ones, their own stake and votes.
    weight: Cai,
    heaviest: Option<Address>,
}

impl Nodes {
    fn of(registry: &Registry, role: Role) -> Self {
        let nodes = registry.by_weight(role);
        let active = || nodes.iter().filter(|node| node.active);
        Self {
            registered: nodes.len(),
            active: active().count(),
            weight: active().map(|node| Cai::from(node.weight)).sum(),
            heaviest: active().next().map(|node| node.address),
        }
    }

    fn cell(&self) -> Cell {
        Cell::text(format!("{} active of {}, with {}", self.active, self.registered, self.weight))
    }
}

pub(super) async fn run(context: &Context) -> Result<()> {
    let client = context.client().await?;
    let (network, registry) = (client.network(), read_registry(&client).await?);
    let now = registry.block_timestamp;
    let epoch = network.epoch_of(now);
    let status = Status {
        network: network.name.clone(),
        chain_id: network.chain_id,
        rpc: client.url().to_string(),
        block: registry.block,
        block_at: now,
        epoch,
        next_epoch_at: network.start_of(epoch + 1),
        miners: Nodes::of(&registry, Role::Miner),
        coordinators: Nodes::of(&registry, Role::Coordinator),
    };
    context.printer.result(&status, || {
        let whole = |seconds| humantime::format_duration(Duration::from_secs(seconds)).to_string();
        let age = (clock::now() / 1_000).saturating_sub(now);
        let block = format!("{}, {} old", status.block, whole(age));
        let epoch = format!("{epoch}, the next one at {}", moment(status.next_epoch_at));
        let mut table = Table::new(["", ""]);
        table.row([Cell::text("network"), Cell::text(format!("{}, chain {}", status.network, status.chain_id))]);
        table.row([Cell::text("rpc"), Cell::text(&status.rpc)]);
        table.row([Cell::text("block"), Cell::both(block, status.block)]);
        table.row([Cell::text("epoch"), Cell::both(epoch, status.epoch)]);
        table.row([Cell::text("miners"), status.miners.cell()]);
        table.row([Cell::text("coordinators"), status.coordinators.cell()]);
        Text::Table(table)
    })
}
