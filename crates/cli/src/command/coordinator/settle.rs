//! `cuckoo coordinator owed|settle`: shows what a running coordinator owes its miners, and settles it on chain.

use cuckoo_protocol::{Address, Cai, Untrusted, amount::DECIMALS, ledger::Terms};
use serde::Serialize;

use crate::{
    account::session::{Sent, Summary},
    args::TransactionOptions,
    command::shared::{check::count, node, steps::Steps},
    context::Context,
    host::clock::moment,
    node::coordinator::{
        http::Owed,
        settlement::{batches, due, read_settled, settlement_call},
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

/// What one miner has earned at the coordinator, and what of it is not settled on chain.
#[derive(Serialize)]
struct OwedRow {
    name: Untrusted,
    #[serde(flatten)]
    account: Owed,
    /// What settlements, vouchers and claims have brought it on chain; unknown where the chain cannot be read.
    settled: Option<Cai>,
    /// What it has earned beyond that.
    unsettled: Option<Cai>,
}

/// Runs `cuckoo coordinator owed`: shows what a running coordinator still owes its miners, and all that they have earned there.
pub(super) async fn owed(args: node::StatusArgs, context: &Context) -> Result<()> {
    let status = node::COORDINATOR.snapshot(args.clone()).await?;
    let accounts: Vec<Owed> = node::COORDINATOR.get(args, "accounts").await?;
    if accounts.is_empty() {
        context.printer.say("No miner has done a task yet");
    }
    let miners: Vec<_> = accounts.iter().map(|account| account.miner).collect();
    let settled = match read_from_chain(context, status.node.address, &miners).await {
        Ok(settled) => settled.into_iter().map(Some).collect(),
        Err(error) => {
            context.printer.warn(format_args!("what is settled already cannot be read from the chain: {error}"));
            vec![None; accounts.len()]
        }
    };
    let row = |(account, settled): (Owed, Option<Cai>)| OwedRow {
        name: node::name_of(&status, account.miner),
        unsettled: settled.map(|settled| account.owed.checked_sub(settled).unwrap_or_default()),
        account,
        settled,
    };
    let rows: Vec<_> = accounts.into_iter().zip(settled).map(row).collect();
    if rows.iter().any(|row| row.unsettled.is_some_and(|unsettled| !unsettled.is_zero())) {
        context.printer.hint("the coordinator settles by itself; to do it now: cuckoo coordinator settle");
    }
    context.printer.result(&rows, || Text::Table(owed_table(&rows)))
}

async fn read_from_chain(context: &Context, coordinator: Address, miners: &[Address]) -> Result<Vec<Cai>> {
    let client = context.client().await?;
    let head = client.head().await?;
    Ok(read_settled(&client, coordinator, miners, head.hash).await?)
}

fn owed_table(rows: &[OwedRow]) -> Table {
    let mut table = Table::new([
        "miner",
        "owed",
        "settled",
        "earned",
        "in vouchers",
        "held",
        "held tickets",
        "through ticket",
        "held since",
        "because",
    ]);
    let known = |amount: Option<Cai>| amount.map_or_else(|| Cell::both("?", ""), Cell::amount);
    for OwedRow { name, account, settled, unsettled } in rows {
        let since = account.held_tickets.iter().filter_map(|ticket| ticket.at).min();
        table.row([
            node::named(name, account.miner),
            known(*unsettled),
            known(*settled),
            Cell::amount(account.owed),
            Cell::amount(account.vouchered),
            Cell::amount(account.held),
            Cell::number(account.held_tickets.len()),
            Cell::number(account.through),
            Cell::text(since.map_or_else(String::new, |at| moment(at / 1000))),
            Cell::text(account.held_tickets.first().map_or("", |ticket| ticket.reason.as_str())),
        ]);
    }
    table
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
    let mut settled = Settled { miners: 0, total: Cai::ZERO, decimals: DECIMALS, transactions: vec![] };
    let mut steps = Steps::default();
    for batch in batches(lines) {
        let (total, title, call) = settlement_call(contract, coordinator, &batch);
        let summary = Summary::new(title).line("coordinator", coordinator);
        let step = format!("settling with {}", count(batch.len(), "miner"));
        if let Some(sent) = steps.take(&session.printer, step, session.submit(&summary, &call).await) {
            if let Some(block) = sent.block() {
                session.printer.ok(format_args!("{total} settled with {} miners in block {block}", batch.len()));
            }
            settled.miners += batch.len();
            settled.total = [settled.total, total].into_iter().sum();
            settled.transactions.push(sent);
        }
        if !steps.go_on() {
            break;
        }
    }
    steps.finish(&session.printer, &settled, &settled.transactions, || Error::precondition("nothing was settled"))
}
