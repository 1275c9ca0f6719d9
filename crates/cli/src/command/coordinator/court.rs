//! `cuckoo coordinator court`: the cases that a running coordinator wants before the court, and orders to open them.

use clap::Subcommand;
use cuckoo_protocol::coordinator::prosecution::Mode;

use super::orders::OrderArgs;
use crate::{
    command::shared::node,
    context::Context,
    host::clock::moment,
    node::coordinator::court::{CaseRow, Cases},
    terminal::{Cell, Result, Table, Text},
};

/// List the cases against cheats that a running coordinator wants before the court, or have one opened
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(flatten)]
    node: node::StatusArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Have the case against a miner opened, with a bond of the node key's CAI; also a case that ended without a verdict, once more
    Open(OrderArgs),
}

/// Runs `cuckoo coordinator court`.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    match args.command {
        None => list(args.node, context).await,
        Some(Command::Open(order)) => open(order, context).await,
    }
}

async fn list(node: node::StatusArgs, context: &Context) -> Result<()> {
    let cases: Cases = node::COORDINATOR.get(node, "court").await?;
    if cases.cases.is_empty() {
        context.printer.say("No case is wanted: no miner was confirmed to cheat, or the cases are decided");
    }
    let waits = |row: &&CaseRow| cases.mode == Mode::Ask && row.posted.is_zero() && row.ordered <= row.attempts;
    if let Some(row) = cases.cases.iter().find(waits) {
        context.printer.hint(format_args!("to have a case opened: cuckoo coordinator court open {}", row.miner));
    }
    context.printer.result(&cases, || Text::Table(table(&cases.cases)))
}

async fn open(order: OrderArgs, context: &Context) -> Result<()> {
    let rows: Vec<CaseRow> = order.give("court/order").await?;
    context.printer.ok(format_args!("ordered; the case is opened within a few blocks"));
    context.printer.hint("to see where it stands: cuckoo coordinator court");
    context.printer.result(&rows, || Text::Table(table(&rows)))
}

fn table(rows: &[CaseRow]) -> Table {
    let mut table = Table::new(["miner", "case", "answers", "since", "times opened", "posted", "status"]);
    for row in rows {
        table.row([
            Cell::text(row.miner),
            Cell::text(row.case),
            Cell::number(row.answers),
            Cell::text(moment(row.at / 1000)),
            Cell::number(row.attempts),
            Cell::amount(row.posted),
            Cell::text(&row.status),
        ]);
    }
    table
}
