//! The heads of coordinators' assignment logs, as coordinators sent them to this miner: no log can be rewritten against them.
//!
//! There is one file per coordinator in the data directory, with one line per head: entries, a space, the head.

use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use alloy::primitives::{Address, B256};
use tokio::time::Instant;

/// One head a minute pins a log closely enough.
const PACE: Duration = Duration::from_secs(60);

/// The files of heads, and when each was last written.
#[derive(Debug)]
pub(super) struct LogHeads {
    directory: PathBuf,
    noted: HashMap<Address, Instant>,
}

impl LogHeads {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, noted: HashMap::new() }
    }

    /// Writes a head down, unless one of this coordinator was written down a moment ago.
    pub(super) fn note(&mut self, coordinator: Address, entries: u64, head: B256) -> io::Result<()> {
        let now = Instant::now();
        if entries == 0 || self.noted.get(&coordinator).is_some_and(|noted| now.duration_since(*noted) < PACE) {
            return Ok(());
        }
        self.noted.insert(coordinator, now);
        let path = self.directory.join(format!("heads-{coordinator:x}.txt"));
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(format!("{entries} {head:x}\n").as_bytes())?;
        // A power cut would leave zeros in its place.
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn v18_heads_are_lines_that_are_whole_and_come_once_a_minute() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut heads = LogHeads::new(folder.path().to_owned());
        let coordinator = Address::repeat_byte(1);
        for second in 0..150 {
            heads.note(coordinator, second + 1, B256::repeat_byte(2)).expect("written");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let text = std::fs::read_to_string(folder.path().join(format!("heads-{coordinator:x}.txt"))).expect("read");
        let numbers: Vec<_> = text.lines().filter_map(|line| line.split(' ').next()?.parse::<u64>().ok()).collect();
        assert_eq!(numbers, [1, 61, 121]);
    }
}
