//! `cuckoo coordinator audits`: shows what audits found about each miner.

use cuckoo_protocol::coordinator::{AuditRecord, Records, SUSPENSION};

use crate::{
    command::shared::node,
    context::Context,
    host::clock::moment,
    terminal::{Cell, Result, Table, Text},
};

pub(super) async fn run(args: node::StatusArgs, context: &Context) -> Result<()> {
    let records: Records = node::COORDINATOR.get(args, "audits").await?;
    if records.is_empty() {
        context.printer.say("No miner has done a task yet");
    }
    if records.values().any(|record| record.alone > 0) {
        context.printer.hint("to dispute an answer that stood alone: cuckoo dispute open FILE, with a file from `evidence` in the coordinator's data directory");
    }
    context.printer.result(&records, || {
        let mut table =
            Table::new(["miner", "tasks done", "agreed in a row", "stood alone", "points", "suspended until"]);
        for (miner, AuditRecord { done, agreed, alone, points, suspended_at, .. }) in &records {
            let until = suspended_at.map(|at| at.saturating_add(SUSPENSION));
            table.row([
                Cell::text(miner),
                Cell::number(*done),
                Cell::number(*agreed),
                Cell::number(*alone),
                Cell::number(*points),
                Cell::text(until.map_or_else(String::new, |until| moment(until / 1000))),
            ]);
        }
        Text::Table(table)
    })
}
