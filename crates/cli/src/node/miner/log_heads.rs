//! The heads of coordinators' assignment logs, as coordinators sent them to this miner: no log can be rewritten against them.
//!
//! There is one file per coordinator in the data directory, with one line per head: entries, a space, the head.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::PathBuf,
    time::Duration,
};

use alloy::primitives::{Address, B256};
use tokio::time::Instant;

use crate::host::files;

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
        let is_first = self.noted.insert(coordinator, now).is_none();
        let path = self.directory.join(format!("heads-{coordinator:x}.txt"));
        let mut file = OpenOptions::new().read(true).create(true).append(true).open(&path)?;
        if is_first {
            cut_to_lines(&mut file)?;
        }
        file.write_all(format!("{entries} {head:x}\n").as_bytes())?;
        // A power cut would leave zeros in its place, or nothing.
        if is_first { files::sync_new(&file, &path) } else { file.sync_all() }
    }
}

/// Cuts off what a power cut has left of a last line.
fn cut_to_lines(file: &mut File) -> io::Result<()> {
    let mut text = vec![];
    file.read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < text.len() { file.set_len(whole as u64) } else { Ok(()) }
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

    #[tokio::test(start_paused = true)]
    async fn what_a_power_cut_left_of_a_line_is_cut_off() {
        let folder = tempfile::tempdir().expect("a directory");
        let coordinator = Address::repeat_byte(1);
        let path = folder.path().join(format!("heads-{coordinator:x}.txt"));
        std::fs::write(&path, "1 0xab\n2 0xcd").expect("written");
        LogHeads::new(folder.path().to_owned()).note(coordinator, 3, B256::ZERO).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, format!("1 0xab\n3 {:x}\n", B256::ZERO));
    }
}
