//! Options of every command that sends a transaction.

/// How a transaction is sent.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Transaction options")]
pub struct TransactionOptions {
    /// Simulate only, and print the transaction
    #[arg(long)]
    pub dry_run: bool,
    /// Do not wait until it is in a block
    #[arg(long, conflicts_with = "dry_run")]
    pub no_wait: bool,
}
