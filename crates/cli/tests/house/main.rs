//! The shape of the sources: what may import what, how long files and functions may be, and which words stay away.
//!
//! `make house` prints the figures; `CUCKOO_HOUSE=PATH` has them read another checkout.

mod faults;
mod graph;
mod lengths;
mod made_up;
mod phrases;
mod resolve;
mod shape;
mod tree;
mod walks;

use std::{fs, path::PathBuf};

/// The checkout that is looked at.
fn root() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    PathBuf::from(std::env::var_os("CUCKOO_HOUSE").unwrap_or_else(|| own.into()))
}

/// All files below a folder of the checkout, by their path in it, with their text. What is not text is left out.
fn texts(folder: &str) -> tree::Texts {
    let mut found = tree::Texts::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_made = ["target", "node_modules", ".git"].contains(&name.as_str());
            if entry.path().is_dir() && !is_made {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                found.insert(path, text);
            }
        }
    }
    found
}
