//! `cuckoo engine` (hidden): the child process in which a miner runs its engine.

use crate::{
    context::Context,
    terminal::{Error, Result},
};

/// Run a miner's engine in a child process, which talks to its parent on stdin and stdout
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the engine until the parent closes stdin.
pub async fn run(_: Args, _: &Context) -> Result<()> {
    cuckoo_gpu::supervise::run_child().await.map_err(Error::from)
}
