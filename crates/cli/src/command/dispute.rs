//! `cuckoo dispute`: proves that a miner cheated, or has a jury drawn by stake decide.

mod advance;
mod answers;
mod boards;
mod case;
mod court;
mod examine;
mod history;
mod juror;
mod open;
mod prove;
mod shares;
mod show;
mod shown;

use clap::Subcommand;
use cuckoo_protocol::court::Phase;

use crate::{
    account::node_reference::at_newest_block,
    context::Context,
    terminal::{Cell, Result, Table, Text},
};
use case::read_disputes;
pub(super) use shown::read_cases;

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
    /// Show the state of a dispute: who has published which evidence, how long its phases last, and what everybody gets
    Show(show::ShowArgs),
    /// Hand in evidence of an open dispute at the boards of coordinators, where its jurors find it; anybody may
    Publish(boards::PublishArgs),
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
        Command::Show(args) => show::run(args, context).await,
        Command::Publish(args) => boards::publish(args, context).await,
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
        let mut table = Table::new([
            "dispute",
            "state",
            "phase",
            "until",
            "accused",
            "name",
            "answers",
            "challengers",
            "bond",
            "taken",
        ]);
        for dispute in &disputes {
            table.row([
                Cell::text(dispute.id),
                Cell::text(dispute.state.as_str()),
                Cell::text(dispute.phase.words()),
                Cell::text(dispute.until.as_deref().unwrap_or("-")),
                Cell::text(dispute.accused),
                Cell::text(&dispute.accused_name),
                Cell::number(dispute.receipts.len()),
                Cell::number(dispute.challengers.len()),
                Cell::amount(dispute.bond),
                Cell::amount(dispute.taken),
            ]);
        }
        Text::Table(table)
    })
}
