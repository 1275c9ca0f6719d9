//! `cuckoo coordinator owed|settle`: shows what a running coordinator owes its miners, and settles it on chain.

use cuckoo_protocol::{Cai, amount::DECIMALS, ledger::Terms};
use serde::Serialize;

use crate::{
    account::session::{Sent, Summary},
    args::TransactionOptions,
    command::shared::node,
    context::Context,
    host::clock::moment,
    node::coordinator::{
        http::Owed,
        settlement::{batches, due, settlement_call},
    },
    terminal::{Cell, Error, Result, Table, Text},
};

/// Options of `cuckoo coordinator settle`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    node: node::StatusArgs,
    /// How the transactions are sent; there is one for every 200 miners, and those that are owed nothing new have their own.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Serialize)]
struct Settled {
    miners: usize,
    total: Cai,
    decimals: usize,
    transactions: Vec<Sent>,
}

/// Runs `cuckoo coordinator owed`: shows all that miners have earned at a running coordinator.
pub(super) async fn owed(args: node::StatusArgs, context: &Context) -> Result<()> {
    let accounts: Vec<Owed> = node::COORDINATOR.get(args, "accounts").await?;
    if accounts.is_empty() {
        context.printer.say("No miner has done a task yet");
    }
    context.printer.result(&accounts, || {
        let mut table = Table::new([
            "miner",
            "earned",
            "in vouchers",
            "through ticket",
            "held",
            "held tickets",
            "held since",
            "because",
        ]);
        for account in &accounts {
            let since = account.held_tickets.iter().filter_map(|ticket| ticket.at).min();
            table.row([
                Cell::text(account.miner),
                Cell::amount(account.owed),
                Cell::amount(account.vouchered),
                Cell::number(account.through),
                Cell::amount(account.held),
                Cell::number(account.held_tickets.len()),
                Cell::text(since.map_or_else(String::new, |at| moment(at / 1000))),
                Cell::text(account.held_tickets.first().map_or("", |ticket| ticket.reason.as_str())),
            ]);
        }
        Text::Table(table)
    })
}

/// Runs `cuckoo coordinator settle`: settles with every miner whose voucher is ahead of the chain.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let status = node::COORDINATOR.snapshot(args.node.clone()).await?;
    let coordinator = status.node.address;
    let accounts: Vec<Owed> = node::COORDINATOR.get(args.node, "accounts").await?;
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let contract = client.network().settlement;
    if status.chain.chain_id != client.network().chain_id {
        let (its, ours) = (status.chain.chain_id, client.network().chain_id);
        return Err(Error::precondition(format_args!(
            "the coordinator is on chain {its}, but the network in use is chain {ours}"
        ))
        .hint("name the coordinator's network: --network NAME"));
    }
    let terms = |account: &Owed| {
        let cumulative = account.vouchered.base_units().saturating_to();
        (account.miner, Terms { through: account.through, cumulative })
    };
    let accounts: Vec<_> = accounts.iter().map(terms).collect();
    let lines = due(client, contract, coordinator, &accounts).await?;
    if lines.is_empty() {
        return Err(Error::precondition("everything in vouchers is already settled")
            .hint("to see what miners have earned: cuckoo coordinator owed"));
    }
    let total = lines.iter().map(|line| line.new).sum();
    let mut settled = Settled { miners: lines.len(), total, decimals: DECIMALS, transactions: vec![] };
    for batch in batches(lines) {
        let (total, title, call) = settlement_call(contract, coordinator, &batch);
        let summary = Summary::new(title).line("coordinator", coordinator);
        let sent = session.submit(&summary, &call).await?;
        if let Some(block) = sent.block() {
            session.printer.ok(format_args!("{total} settled with {} miners in block {block}", batch.len()));
        }
        settled.transactions.push(sent);
    }
    context.printer.result(&settled, || Sent::texts(&settled.transactions))
}
