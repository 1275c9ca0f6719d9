//! `cuckoo coordinator audits|models`: what audits say of each miner, and what models' names stand for.

use cuckoo_protocol::{Untrusted, text::harmless};

use crate::{
    command::shared::{check::count, node},
    context::Context,
    host::clock::moment,
    node::coordinator::http::{Audits, BoundModel, RefusedMiner},
    terminal::{Cell, Result, Table, Text},
};

/// Runs `cuckoo coordinator audits`.
pub(super) async fn run(args: node::StatusArgs, context: &Context) -> Result<()> {
    let status = node::COORDINATOR.snapshot(args.clone()).await?;
    let audits: Audits = node::COORDINATOR.get(args, "audits").await?;
    match audits.epoch {
        None => context.printer.say("This coordinator audits nothing"),
        Some(_) if audits.miners.is_empty() => context.printer.say("No miner has done a task yet"),
        Some(_) => {
            let held = audits.pending.iter().filter(|audit| audit.holds).count();
            let all = audits.pending.len();
            context.printer.say(format_args!("Audits that have not ended: {all}, of which {held} hold a ticket"));
        }
    }
    for (row, why) in audits.miners.iter().filter_map(|row| Some((row, row.why.as_ref()?))) {
        // In full, however long it is.
        context.printer.say(format_args!(
            "{} is {}: {}",
            row.miner,
            Untrusted::from(row.state.as_str()),
            harmless(why.raw())
        ));
    }
    for RefusedMiner { miner, model, class } in &audits.refused {
        context.printer.say(format_args!(
            "{miner} gets no tasks of `{model}`: no calibration is for devices of the class `{class}` (--uncalibrated refuse)"
        ));
    }
    if audits.counts.uncalibrated > 0 {
        context.printer.hint(format_args!(
            "{} could have found gross differences alone, because the noise between the two devices is not calibrated; to measure it: \
             cuckoo audit calibrate",
            count(usize::try_from(audits.counts.uncalibrated).unwrap_or(usize::MAX), "examination")
        ));
    }
    context.printer.result(&audits, || {
        let mut table = Table::new([
            "miner",
            "state",
            "tasks done",
            "tokens",
            "examined",
            "not calibrated",
            "e-value",
            "false alone",
            "rate",
            "pending",
            "held",
            "suspended until",
        ]);
        for row in &audits.miners {
            table.row([
                node::named(&node::name_of(&status, row.miner), row.miner),
                Cell::text(&row.state),
                Cell::number(row.done),
                Cell::number(row.tokens),
                Cell::number(row.examined),
                Cell::number(row.uncalibrated),
                Cell::text(e_value(row.e_value)),
                Cell::number(row.gross),
                Cell::text(percent(row.rate_ppm)),
                Cell::number(row.pending),
                Cell::amount(row.held),
                Cell::text(row.suspended_until.map_or_else(String::new, |until| moment(until / 1000))),
            ]);
        }
        Text::Table(table)
    })
}

/// Runs `cuckoo coordinator models`.
pub(super) async fn models(args: node::StatusArgs, context: &Context) -> Result<()> {
    let models: Vec<BoundModel> = node::COORDINATOR.get(args, "models").await?;
    if models.is_empty() {
        context.printer.say("No name stands for a model yet: the first task that asks for one decides");
    }
    if models.iter().any(|model| model.mismatched > 0) {
        context.printer.hint("to decide what a name stands for: cuckoo coordinator run --models FILE");
    }
    context.printer.result(&models, || {
        let mut table = Table::new([
            "model",
            "kind",
            "proof",
            "manifest",
            "engine",
            "quantisation",
            "miners",
            "mismatched",
            "since",
        ]);
        for row in &models {
            table.row([
                Cell::text(&row.model),
                Cell::text(row.kind.as_str()),
                Cell::text(row.proof.as_str()),
                Cell::text(row.manifest),
                Cell::text(row.preimage.engine.escape_debug()),
                Cell::text(row.preimage.quantisation.escape_debug()),
                Cell::number(row.miners),
                Cell::number(row.mismatched),
                Cell::text(moment(row.at / 1000)),
            ]);
        }
        Text::Table(table)
    })
}

/// An e-value with two digits: it spans hundreds of orders of magnitude.
fn e_value(value: f64) -> String {
    if value < 1_000.0 { format!("{value:.2}") } else { format!("{value:.1e}") }
}

/// A share of 1,000,000 in percent.
fn percent(ppm: u32) -> String {
    format!("{}.{:02}%", ppm / 10_000, ppm % 10_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_shares_are_short() {
        assert_eq!([1.0, 12.345, 1e4, 3e299].map(e_value), ["1.00", "12.35", "1.0e4", "3.0e299"].map(String::from));
        assert_eq!(
            [1_000_000, 50_000, 12_500, 1].map(percent),
            ["100.00%", "5.00%", "1.25%", "0.00%"].map(String::from)
        );
    }
}
