//! `cuckoo dispute`: proves that a miner cheated, or has a jury drawn by stake decide.

mod advance;
mod case;
mod court;
mod juror;
mod open;
mod prove;

use clap::Subcommand;
use cuckoo_protocol::B256;

use crate::{
    account::node_reference::at_newest_block,
    context::Context,
    terminal::{Cell, Result, Table, Text},
};
use case::{Dispute, Phase, read_dispute, read_disputes};

/// Prove that a miner cheated, or have a jury drawn by stake decide
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Dispute answers of one miner with a bond, which comes back with a reward if the jury agrees
    Open(open::OpenArgs),
    /// Join the challengers of an open dispute, with the same bond, until its first draw is over
    Join(open::JoinArgs),
    /// Get back what closed disputes have left of a bond, and the reward for those that were won
    Bond(open::BondArgs),
    /// Have a miner slashed that signed two receipts for one ticket; this needs no jury
    Prove(prove::ProveArgs),
    /// List the open disputes, newest first
    List {
        /// List closed disputes as well
        #[arg(long)]
        all: bool,
    },
    /// Show the state of a dispute
    Show {
        /// Id of the dispute
        id: B256,
    },
    /// Do what a dispute waits for, which anybody may: record a seed, summon jurors, count the votes, pay and dock the jurors
    Advance(advance::CaseArgs),
    /// Record the seed of a dispute's draw
    Seed(advance::CaseArgs),
    /// Write down who has seats in a dispute's draw, for a fee out of the bonds; in the first half of the draw's epoch
    Summon(advance::CaseArgs),
    /// Pay and dock the jurors of a dispute that is closed, or of its first draw
    Settle(advance::CaseArgs),
    /// Offer the calling miner for juries over models that it serves, for one unbonding period from now; sign with the miner's own key
    Declare(juror::DeclareArgs),
    /// Take the calling miner out of juries over models
    Undeclare(juror::DeclareArgs),
    /// Commit the calling miner, a juror, to a vote that stays secret until it is revealed
    Commit(juror::CommitArgs),
    /// Reveal the calling miner's vote, in the epoch after that of the draw
    Reveal(juror::RevealArgs),
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Open(args) => open::open(args, context).await,
        Command::Join(args) => open::join(args, context).await,
        Command::Bond(args) => open::withdraw(args, context).await,
        Command::Prove(args) => prove::prove(args, context).await,
        Command::List { all } => list(all, context).await,
        Command::Show { id } => show(id, context).await,
        Command::Advance(args) => advance::advance(args, context).await,
        Command::Seed(args) => advance::seed(args, context).await,
        Command::Summon(args) => advance::summon(args, context).await,
        Command::Settle(args) => advance::settle(args, context).await,
        Command::Declare(args) => juror::declare(args, true, context).await,
        Command::Undeclare(args) => juror::declare(args, false, context).await,
        Command::Commit(args) => juror::commit(args, context).await,
        Command::Reveal(args) => juror::reveal(args, context).await,
    }
}

async fn list(all: bool, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let disputes = at_newest_block(&client, async |client, registry| read_disputes(client, None, registry).await);
    let mut disputes = disputes.await?;
    disputes.retain(|dispute| all || dispute.phase != Phase::Closed);
    disputes.reverse();
    if disputes.is_empty() {
        context.printer.say(if all { "There has never been a dispute" } else { "No dispute is open" });
    }
    context.printer.result(&disputes, || {
        let mut table = Table::new(["dispute", "state", "phase", "accused", "name", "answers", "challengers", "bond"]);
        for dispute in &disputes {
            table.row([
                Cell::text(dispute.id),
                Cell::text(dispute.state),
                Cell::text(dispute.phase.words()),
                Cell::text(dispute.accused),
                Cell::text(&dispute.accused_name),
                Cell::number(dispute.receipts.len()),
                Cell::number(dispute.challengers.len()),
                Cell::amount(dispute.bond),
            ]);
        }
        Text::Table(table)
    })
}

async fn show(id: B256, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let dispute = read_dispute(&client, id).await?;
    match dispute.phase {
        Phase::Seed | Phase::Committing | Phase::Counting => {
            context.printer.hint(format_args!("do what it waits for: cuckoo dispute advance {id}"));
        }
        Phase::Closed if !dispute.unsettled.is_empty() => {
            context.printer.hint(format_args!("pay and dock its jurors: cuckoo dispute settle {id}"));
        }
        _ => {}
    }
    context.printer.result(&dispute, || Text::Table(table(&dispute)))
}

fn table(dispute: &Dispute) -> Table {
    let revealed = format!(
        "{} guilty, {} innocent, {} unavailable of {} drawn",
        dispute.guilty_seats, dispute.innocent_seats, dispute.unavailable_seats, dispute.seats
    );
    let accused = format!("{} ({})", dispute.accused, dispute.accused_name);
    let mut table = Table::new(["", ""])
        .with([Cell::text("dispute"), Cell::text(dispute.id)])
        .with([Cell::text("state"), Cell::text(dispute.state)])
        .with([Cell::text("phase"), Cell::text(dispute.phase.words())])
        .with([Cell::text("until"), Cell::text(dispute.until.as_deref().unwrap_or("-"))])
        .with([Cell::text("accused"), Cell::text(accused)])
        .with([Cell::text("jury for"), Cell::text(dispute.jury())])
        .with([Cell::text("bond of each"), Cell::amount(dispute.bond)])
        .with([Cell::text("attempt"), Cell::text(dispute.attempt)])
        .with([Cell::text("draw"), Cell::text(dispute.draw)])
        .with([Cell::text("epoch of the draw"), Cell::text(dispute.epoch)])
        .with([Cell::text("revealed seats"), Cell::text(revealed)]);
    for challenger in &dispute.challengers {
        table.row([Cell::text("challenger"), Cell::text(challenger)]);
    }
    for receipt in &dispute.receipts {
        table.row([Cell::text("receipt"), Cell::text(receipt)]);
    }
    for evidence in &dispute.evidence {
        table.row([Cell::text("evidence"), Cell::text(evidence)]);
    }
    for juror in &dispute.jurors {
        let part = format!("{} with {} seats: {}", juror.node, juror.seats, juror.vote);
        table.row([Cell::text("juror"), Cell::text(part)]);
    }
    table
}
