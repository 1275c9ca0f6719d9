//! Reads and checks a configuration file; every error names its line.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::Command;
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map},
};
use toml_edit::{Document, Item, TableLike, Value};

use super::key::{KEYS, Key, Scope, unknown};
use crate::terminal::{Class, Error, Result};

/// Values of one origin.
pub(super) struct Layer {
    pub(super) origin: String,
    pub(super) profile: Profile,
    pub(super) values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok([(self.profile.clone(), self.values.clone())].into_iter().collect())
    }
}

pub(super) fn profile(network: &str) -> Profile {
    // With a prefix, because figment has meanings of its own for `default` and `global`.
    Profile::new(&format!("network {network}"))
}

/// A value in a file.
#[derive(Clone, Debug)]
struct FileEntry {
    key: &'static Key,
    /// The network whose table it is in, if it is in one.
    network: Option<String>,
    value: String,
    line: usize,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// The file's path.
    pub(super) path: PathBuf,
    entries: Vec<FileEntry>,
}

/// A file's text as it is read, with the lines of what was found.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    entries: Vec<FileEntry>,
}

impl File {
    /// Reads a file; `None` if it does not exist.
    pub(super) fn read(path: &Path) -> Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(Error::config(format_args!("cannot read {}: {error}", path.display()))),
        };
        let mut reader = Reader { path, text: &text, entries: vec![] };
        let document = Document::parse(text.as_str()).map_err(|error| reader.error(error.span(), error.message()))?;
        reader.table(document.as_table(), None)?;
        Ok(Some(Self { path: path.to_owned(), entries: reader.entries }))
    }

    /// Refuses values that the options would refuse.
    pub(super) fn check(&self, definition: &Command) -> Result<()> {
        for FileEntry { key, value, line, .. } in &self.entries {
            let Some(arg) = key.find(definition) else { continue };
            key.check(&arg, value).map_err(|reason| {
                Error::config(format_args!("{}:{line}: `{}`: {reason}", self.path.display(), key.name))
                    .hint("list every key: cuckoo help config")
            })?;
        }
        Ok(())
    }

    /// Its values, each as a layer with its origin.
    pub(super) fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        self.entries.iter().map(|entry| Layer {
            origin: format!("{}:{}", self.path.display(), entry.line),
            profile: entry.network.as_deref().map_or(Profile::Default, profile),
            values: [(entry.key.name.to_owned(), entry.value.clone().into())].into_iter().collect(),
        })
    }

    /// A value at its top.
    pub(super) fn top(&self, name: &str) -> Option<String> {
        let found = self.entries.iter().find(|entry| entry.network.is_none() && entry.key.name == name)?;
        Some(found.value.clone())
    }
}

impl Reader<'_> {
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let before = span.and_then(|span| self.text.get(..span.start)).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    fn error(&self, span: Option<Range<usize>>, message: &str) -> Error {
        Error::config(format_args!("{}:{}: {message}", self.path.display(), self.line(span)))
    }

    fn table(&mut self, table: &dyn TableLike, network: Option<&str>) -> Result<()> {
        for (name, item) in table.iter() {
            let span = table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span());
            match (name, network) {
                ("networks", None) => self.networks(item, span)?,
                _ => self.entry(name, item, network, span)?,
            }
        }
        Ok(())
    }

    fn networks(&mut self, item: &Item, span: Option<Range<usize>>) -> Result<()> {
        let not_tables = "`networks` holds a table for each network: [networks.NAME]";
        let tables = item.as_table_like().ok_or_else(|| self.error(span.clone(), not_tables))?;
        for (name, item) in tables.iter() {
            let table = item.as_table_like().ok_or_else(|| self.error(item.span().or(span.clone()), not_tables))?;
            self.table(table, Some(name))?;
        }
        Ok(())
    }

    fn entry(&mut self, name: &str, item: &Item, network: Option<&str>, span: Option<Range<usize>>) -> Result<()> {
        let line = self.line(span.clone());
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            let message =
                format!("{}:{line}: the configuration has no key `{}`", self.path.display(), name.escape_debug());
            return Err(unknown(Class::Config, &message, name));
        };
        match (key.scope, network) {
            (Scope::Top, Some(_)) => {
                return Err(self
                    .error(span, &format!("`{name}` cannot be set for one network"))
                    .hint("move it to the top of the file"));
            }
            (Scope::Network, None) => {
                return Err(self
                    .error(span, &format!("`{name}` can only be set for one network"))
                    .hint("move it below a line [networks.NAME]"));
            }
            _ => {}
        }
        let value = match item.as_value() {
            Some(Value::String(text)) => text.value().clone(),
            Some(Value::Integer(number)) => number.value().to_string(),
            _ => {
                return Err(
                    self.error(span, &format!("the value of `{name}` must be a string in quotes or a whole number"))
                );
            }
        };
        self.entries.push(FileEntry { key, network: network.map(str::to_owned), value, line });
        Ok(())
    }
}
