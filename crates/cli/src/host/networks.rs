//! Networks that this machine knows: one `network.json` each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cuckoo_protocol::chain::{Network, NetworkError};

use crate::{
    host::{env, files},
    terminal::{Error, Result},
};

/// The network that `cuckoo devnet` makes, and the one in use where no other is named.
pub const LOCAL: &str = "local";

/// The directory in which descriptions are looked up by name.
pub fn directory() -> PathBuf {
    env::data_directory().join("networks")
}

/// The directory of those that every user of this machine knows, the users of units among them.
pub fn system_directory() -> PathBuf {
    env::system_directory().join("networks")
}

/// Where a network that is known by name is described.
fn known(name: &str) -> Option<PathBuf> {
    let file = format!("{name}.json");
    [directory(), system_directory()].map(|directory| directory.join(&file)).into_iter().find(|path| path.exists())
}

/// The file of a network's name, which need not exist.
pub fn path(name: &str) -> Result<PathBuf> {
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(valid) || name.starts_with(['.', '-']) {
        return Err(Error::usage(format_args!("`{}` is not a valid network name", name.escape_debug())).hint(
            "a name has 1 to 64 letters, digits, `-`, `_` or `.`, and does not start with `-` or `.`: --name NAME",
        ));
    }
    Ok(directory().join(format!("{name}.json")))
}

/// Finds a network by its name, or by the path of its description.
pub fn find(name: &str) -> Result<Network> {
    let is_path = name.contains(['/', '\\']) || name.ends_with(".json");
    if is_path {
        return read(Path::new(name));
    }
    if let Some(path) = known(name) {
        return read(&path);
    }
    let missing = Error::config(format_args!("this machine knows no network `{name}`"));
    Err(match name {
        LOCAL => missing.hint("start one: cuckoo devnet"),
        _ => missing
            .hint("list the networks: cuckoo network list")
            .hint("or give the path of a description: --network PATH/network.json"),
    })
}

/// Reads a description.
pub fn read(path: &Path) -> Result<Network> {
    let text = fs::read_to_string(path).map_err(|error| {
        Error::config(format_args!("cannot read the network's description {}: {error}", path.display()))
            .hint("list the networks: cuckoo network list")
    })?;
    parse(&text, path.display())
}

/// Reads a description from text that comes from `origin`.
pub fn parse(text: &str, origin: impl std::fmt::Display) -> Result<Network> {
    Network::from_json(text).map_err(|error| {
        let outdated = matches!(error, NetworkError::Outdated);
        let refused = Error::config(format_args!("{origin}: {error}"));
        match outdated {
            true => refused
                .hint("get the description of the network's newer contracts: cuckoo network add FILE --replace")
                .hint("a network of `cuckoo devnet` begins again in another directory: cuckoo devnet --data DIR"),
            false => refused,
        }
    })
}

/// Writes a description whole or not at all.
pub fn write(path: &Path, network: &Network) -> Result<()> {
    let text = network.to_json().map_err(Error::failure)?;
    Ok(files::replace(path, text.as_bytes())?)
}

/// Removes the description of a network that is known by name.
pub fn remove(name: &str) -> Result<PathBuf> {
    let path = path(name)?;
    if !path.exists() {
        return Err(Error::precondition(format_args!("this machine knows no network `{name}`"))
            .hint("list the networks: cuckoo network list"));
    }
    fs::remove_file(&path)
        .map_err(|error| Error::failure(format_args!("cannot remove {}: {error}", path.display())))?;
    Ok(path)
}

/// Lists every network that is known by name: this user's, then those of the machine that have other names.
pub fn list() -> Result<Vec<(PathBuf, Result<Network>)>> {
    let mut paths: Vec<PathBuf> = vec![];
    for directory in [directory(), system_directory()] {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(Error::config(format_args!("cannot read the directory {}: {error}", directory.display()))
                    .hint("name a directory that this user can write: CUCKOO_DATA_DIR=DIR in the environment"));
            }
        };
        let mut found: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        found.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        found.retain(|path| paths.iter().all(|known| known.file_name() != path.file_name()));
        found.sort();
        paths.extend(found);
    }
    Ok(paths.into_iter().map(|path| (path.clone(), read(&path))).collect())
}
