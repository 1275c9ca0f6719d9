//! Changes a configuration file by a command and keeps what a person wrote around the value.

use std::{fmt::Write, fs, io, path::Path};

use clap::Command;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::{
    file::File,
    key::{KEYS, Key, Scope},
};
use crate::{
    host::files,
    terminal::{Error, Result},
};

fn open(path: &Path) -> Result<DocumentMut> {
    // A file with a mistake is refused here, since a person has to mend it.
    File::read(path)?;
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::config(format_args!("cannot read {}: {error}", path.display()))),
    };
    text.parse().map_err(|error| Error::config(format_args!("{}: {error}", path.display())))
}

fn save(path: &Path, document: &DocumentMut) -> Result<()> {
    // A symbolic link stays: the file that it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    Ok(files::replace(&path, document.to_string().as_bytes())?)
}

/// Sets a key at the top of a file, or in the table of a network.
pub fn set(path: &Path, definition: &Command, key: &Key, network: Option<&str>, text: &str) -> Result<()> {
    if let Some(arg) = key.find(definition) {
        key.check(&arg, text).map_err(|reason| {
            Error::usage(format_args!("`{}`: {reason}", key.name)).hint("list every key: cuckoo help config")
        })?;
    }
    let mut document = open(path)?;
    let table = table(&mut document, network)?;
    match table.get_mut(key.name).and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = Value::from(text);
            *value.decor_mut() = decor;
        }
        None => {
            table.insert(key.name, toml_edit::value(text));
        }
    }
    save(path, &document)
}

/// Removes a key; false if the file does not set it.
pub fn unset(path: &Path, key: &Key, network: Option<&str>) -> Result<bool> {
    let mut document = open(path)?;
    let there = match network {
        None => document.remove(key.name).is_some(),
        Some(name) => {
            let tables = document.get_mut("networks").and_then(Item::as_table_like_mut);
            let table = tables.and_then(|tables| tables.get_mut(name)).and_then(Item::as_table_like_mut);
            table.and_then(|table| table.remove(key.name)).is_some()
        }
    };
    if there {
        save(path, &document)?;
    }
    Ok(there)
}

fn table<'a>(document: &'a mut DocumentMut, network: Option<&str>) -> Result<&'a mut dyn TableLike> {
    let Some(name) = network else { return Ok(document.as_table_mut()) };
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let no_table = || Error::config("`networks` holds a table for each network: [networks.NAME]");
    let tables =
        document.entry("networks").or_insert(Item::Table(implicit)).as_table_like_mut().ok_or_else(no_table)?;
    tables.entry(name).or_insert(toml_edit::table()).as_table_like_mut().ok_or_else(no_table)
}

/// A file in which every key is explained and none is set.
pub fn template() -> String {
    let mut text = "# Configuration of cuckoo. For more about it, see: cuckoo help config\n".to_owned();
    let mut add = |key: &Key| {
        let _ = writeln!(text, "\n# {}\n#{} = \"{}\"", key.meaning, key.name, key.example);
    };
    KEYS.iter().filter(|key| key.scope != Scope::Network).for_each(&mut add);
    let _ = writeln!(text, "\n# Settings of one network\n#[networks.NAME]");
    for key in KEYS.iter().filter(|key| key.scope == Scope::Network) {
        let _ = writeln!(text, "# {}\n#{} = \"{}\"", key.meaning, key.name, key.example);
    }
    text
}
