//! Configuration: which keys a file may set, and where each value in force comes from.
//!
//! A key is an option of the command line under its own name, so a file's value is checked and taken as the option's default.

mod edit;
mod file;
mod key;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Command, parser::ValueSource};
use cuckoo_protocol::chain::{DisplaySafeUrl, Network};
use figment::{Figment, Profile};

pub use edit::{set, template, unset};
pub use key::{KEYS, Key, Scope, key};

use self::file::{File, Layer, profile};
use crate::{
    host::{env, networks::LOCAL},
    terminal::{Error, Result},
};

/// The values in force, each with where it comes from.
#[derive(Clone, Debug)]
pub struct Config {
    figment: Figment,
    files: Vec<PathBuf>,
    written: PathBuf,
    network: String,
}

/// A value in force.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Setting {
    /// The key's name.
    pub key: &'static str,
    /// The value.
    pub value: String,
    /// Where the value comes from.
    pub origin: String,
}

impl Config {
    /// Reads the options, the environment, and the files that they name.
    pub fn load(definition: &Command, matches: &ArgMatches) -> Result<Self> {
        let mut deepest = matches;
        while let Some((_, inner)) = deepest.subcommand() {
            deepest = inner;
        }
        let named = deepest.get_one::<PathBuf>("config");
        let files = read(named.map(PathBuf::as_path))?;
        let written = named.cloned().unwrap_or_else(env::config_file);
        let mut figment = Figment::new();
        let mut above = Figment::new();
        for key in &KEYS {
            let Some(arg) = key.find(definition) else { continue };
            let layer = |origin: String, profile: Profile, value: &OsStr| {
                let values = [(key.name.to_owned(), value.to_string_lossy().into_owned().into())].into_iter().collect();
                Layer { origin, profile, values }
            };
            if let Some(value) = arg.get_default_values().first() {
                figment = figment.merge(layer("default".into(), Profile::Default, value));
            }
            if let Some(value) = key.stand_in.and_then(env::path) {
                let origin = key.stand_in.unwrap_or_default().to_owned();
                figment = figment.merge(layer(origin, Profile::Default, value.as_os_str()));
            }
            if let Some(variable) = arg.get_env()
                && let Some(value) = std::env::var_os(variable)
            {
                above = above.merge(layer(variable.to_string_lossy().into_owned(), Profile::Global, &value));
            }
            let id = arg.get_id().as_str();
            if deepest.try_contains_id(id).is_ok()
                && deepest.value_source(id) == Some(ValueSource::CommandLine)
                && let Some(value) = deepest.get_raw(id).and_then(|mut values| values.next())
            {
                above = above.merge(layer(format!("--{}", key.option), Profile::Global, value));
            }
        }
        for file in files.iter().rev() {
            file.check(definition)?;
            for layer in file.layers() {
                figment = figment.merge(layer);
            }
        }
        let figment = figment.merge(above);
        let network = text(&figment, "network").unwrap_or_else(|| LOCAL.to_owned());
        let figment = figment.select(profile(&network));
        Ok(Self { figment, files: files.into_iter().map(|file| file.path).collect(), written, network })
    }

    /// Stands for a file that is missing or broken: it knows the path and no values.
    pub fn of_broken(named: Option<&Path>) -> Self {
        let written = named.map_or_else(env::config_file, Path::to_owned);
        Self { figment: Figment::new(), files: vec![], written, network: LOCAL.to_owned() }
    }

    /// The network in use, by name or path.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The files that were read, the one that wins first.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The file that `cuckoo config set` changes, whether it exists or not.
    pub fn written(&self) -> &Path {
        &self.written
    }

    /// A value in force, with where it comes from.
    pub fn setting(&self, key: &Key) -> Option<Setting> {
        let value = self.figment.find_value(key.name).ok()?;
        let origin =
            self.figment.get_metadata(value.tag()).map_or_else(String::new, |metadata| metadata.name.to_string());
        Some(Setting { key: key.name, value: value.as_str()?.to_owned(), origin })
    }

    /// A value in force, by the key's name.
    pub fn value(&self, name: &str) -> Option<String> {
        text(&self.figment, name)
    }

    /// The endpoint that foundry's variable names, for every network but a local one.
    pub fn stand_in_endpoint(&self, network: &Network) -> Result<Option<DisplaySafeUrl>> {
        let local = network.chain_id == cuckoo_protocol::chain::DEVELOPMENT_CHAIN_ID;
        match env::text(env::ETH_RPC_URL).filter(|_| !local) {
            Some(url) => url.parse().map(Some).map_err(|error| Error::config(format_args!("ETH_RPC_URL: {error}"))),
            None => Ok(None),
        }
    }

    /// The command line with the files' values as defaults. `None` if the files set nothing.
    pub fn defaults(&self, command: Command) -> Option<Command> {
        let values: Vec<_> = KEYS
            .iter()
            // An account that a file names comes after systemd's credential, and a default cannot express that.
            .filter(|key| key.name != "account")
            .filter_map(|key| Some((*key, self.setting(key)?)))
            .filter(|(_, setting)| self.files.iter().any(|file| setting.origin.starts_with(&*file.to_string_lossy())))
            .map(|(key, setting)| (key, setting.value))
            .collect();
        (!values.is_empty()).then(|| with_defaults(command, &values))
    }
}

fn text(figment: &Figment, name: &str) -> Option<String> {
    figment.find_value(name).ok()?.into_string()
}

fn with_defaults(command: Command, values: &[(Key, String)]) -> Command {
    command
        .mut_args(|arg| match values.iter().find(|(key, _)| key.is(&arg)) {
            Some((_, value)) => arg.default_value(value.clone()),
            None => arg,
        })
        .mut_subcommands(|command| with_defaults(command, values))
}

/// Reads the files that exist, the one that wins first.
fn read(named: Option<&Path>) -> Result<Vec<File>> {
    match named {
        Some(path) => Ok(vec![File::read(path)?.ok_or_else(|| {
            Error::config(format_args!("the configuration file {} does not exist", path.display()))
                .hint(format_args!("make it: cuckoo config init --config {}", path.display()))
        })?]),
        None => {
            let files = [env::config_file(), env::system_config_file()].map(|path| File::read(&path));
            files.into_iter().filter_map(Result::transpose).collect()
        }
    }
}

/// A value at the top of the usual files, for a shell that completes names. A broken file has none.
pub fn file_value(name: &str) -> Option<String> {
    let named = env::path(env::CONFIG);
    read(named.as_deref()).ok()?.iter().find_map(|file| file.top(name))
}
