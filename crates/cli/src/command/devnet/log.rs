//! The logs of a network's processes.

use std::{fs, path::Path};

/// The last lines of a log, to explain an error.
pub(super) fn read_tail(log: &Path) -> String {
    let text = match fs::read(log) {
        Ok(text) => text,
        Err(error) => return format!("\n  its log {} cannot be read: {error}", log.display()),
    };
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().rev().filter(|line| !line.trim().is_empty()).take(5).collect();
    let shown = lines.iter().rev().map(|line| format!("\n  {}", cuckoo_protocol::harmless(line)));
    shown.collect()
}
