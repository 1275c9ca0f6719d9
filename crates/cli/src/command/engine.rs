//! `cuckoo engine` (hidden): the child process in which a miner runs its engine.

use crate::{
    context::Context,
    terminal::{Error, Result},
};

/// The child process of a miner; it speaks with its parent on stdin and stdout
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it until the parent closes stdin.
pub async fn run(_: Args, _: &Context) -> Result<()> {
    cuckoo_gpu::supervise::run_child().await.map_err(Error::from)
}
