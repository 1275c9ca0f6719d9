//! `cuckoo coordinator audits`: what came of the tasks that were done a second time.

use crate::{
    command::shared::node,
    context::Context,
    host::clock::moment,
    node::coordinator::core::audit::{Record, Records, SUSPENSION},
    terminal::{Cell, Result, Table, Text},
};

pub(super) async fn run(args: node::StatusArgs, context: &Context) -> Result<()> {
    let records: Records = node::COORDINATOR.get(args, "audits").await?;
    if records.is_empty() {
        context.printer.say("No miner has done anything yet");
    }
    if records.values().any(|record| record.alone > 0) {
        context.printer.hint("the answers that stood alone are in `evidence` in the coordinator's data directory: cuckoo dispute open FILE");
    }
    context.printer.result(&records, || {
        let mut table =
            Table::new(["miner", "tasks done", "agreed since", "stood alone", "points", "gets nothing until"]);
        for (miner, Record { done, agreed, alone, points, suspended_at, .. }) in &records {
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
