//! The heads of coordinators' assignment logs as this miner was told them: what no log can be rewritten against.
//!
//! One file per coordinator in the data directory, a line per head: entries, a space, the head.

use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use alloy::primitives::{Address, B256};
use tokio::time::Instant;

/// A head a minute pins a log closely enough.
const PACE: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub(super) struct Heads {
    directory: PathBuf,
    noted: HashMap<Address, Instant>,
}

impl Heads {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, noted: HashMap::new() }
    }

    /// Notes a head, unless one of this coordinator was noted a moment ago.
    pub(super) fn note(&mut self, coordinator: Address, entries: u64, head: B256) -> io::Result<()> {
        let now = Instant::now();
        if entries == 0 || self.noted.get(&coordinator).is_some_and(|noted| now.duration_since(*noted) < PACE) {
            return Ok(());
        }
        self.noted.insert(coordinator, now);
        let path = self.directory.join(format!("heads-{coordinator:x}.txt"));
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(format!("{entries} {head:x}\n").as_bytes())
    }
}
