//! `cuckoo tx`: transactions that were sent before.

use clap::Subcommand;
use cuckoo_protocol::B256;

use crate::{
    context::Context,
    error::Result,
    session::{Sent, settle},
};

/// Transactions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Wait until a transaction is in a block
    Wait {
        /// Its hash
        hash: B256,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let Command::Wait { hash } = command;
    let client = context.client().await?;
    let timeout = context.globals.timeout;
    let progress = context.printer.progress("Waiting for the transaction");
    let outcome = client.wait(hash, timeout).await?;
    drop(progress);
    let sent = settle(outcome, timeout)?;
    if let Sent::Confirmed { block, .. } = sent {
        context.printer.ok(format_args!("in block {block}"));
    }
    context.printer.result(&sent, || sent.text())
}
