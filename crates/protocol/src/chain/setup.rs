//! What a client is given beside the network: where it keeps what it has read, and who is told why it takes a while.

use std::{path::PathBuf, sync::Arc};

use super::DisplaySafeUrl;

/// What a client is given beside the network.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The directory in which the network's events are kept between commands; without one they are kept while the client lives.
    pub events: Option<PathBuf>,
    /// Who is told why it takes a while.
    pub watcher: Option<Arc<dyn Watcher>>,
    /// Transactions have one price of gas, as before EIP-1559, also where the chain takes others.
    pub legacy: bool,
}

/// Why it takes a while.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// A request has no answer yet, and it is a while since the first one was made.
    Waiting {
        /// The endpoint.
        url: &'a DisplaySafeUrl,
    },
    /// A request failed and is made again.
    Retrying {
        /// The endpoint.
        url: &'a DisplaySafeUrl,
        /// What it said, or what the network said of it.
        reason: &'a str,
    },
    /// The events of the network are read for the first time, or after a long while.
    Reading {
        /// Blocks that are read.
        done: u64,
        /// Blocks to read.
        total: u64,
    },
}

/// Somebody who waits.
pub trait Watcher: std::fmt::Debug + Send + Sync {
    /// Is called now and then, and returns at once.
    fn notice(&self, notice: &Notice<'_>);
}
