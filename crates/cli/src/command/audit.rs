//! `cuckoo audit`: verifies what the network claims without trusting it.

mod assignments;
mod calibrate;
mod document;
mod examiner;
mod model;
mod opinion;
mod questions;
mod receipt;

use clap::Subcommand;

pub use self::{
    document::{Asked, Document, Verified, parse, read, verify},
    opinion::{Answer, AnswerOpinion, Model, Opinion},
};
use crate::{context::Context, terminal::Result};

/// Verify receipts, draws and answers yourself
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Receipt(receipt::Args),
    /// Repeat every draw of a coordinator's assignment log and compare the results
    Assignments(assignments::Args),
    Calibrate(calibrate::Args),
    Model(Box<model::Args>),
}

/// Runs `cuckoo audit`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    match args.command {
        Command::Receipt(args) => Box::pin(receipt::run(args, context)).await,
        Command::Assignments(args) => Box::pin(assignments::run(args, context)).await,
        Command::Calibrate(args) => Box::pin(calibrate::run(args, context)).await,
        Command::Model(args) => Box::pin(model::run(*args, context)).await,
    }
}
