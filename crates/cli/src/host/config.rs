//! Configuration: which keys a file may set, and where each value in force comes from.
//!
//! A key is an option of the command line under its own name, so a file's value is checked and taken as the option's default.

mod edit;
mod file;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use cuckoo_protocol::chain::{DisplaySafeUrl, Network};
use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map},
};

pub use edit::{set, template, unset};

use self::file::File;
use crate::{
    host::{env, networks::LOCAL},
    terminal::{Class, Error, Result},
};

/// Where in a file a key may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// At its top.
    Top,
    /// At its top or in the table of a network.
    Both,
    /// In the table of a network.
    Network,
}

/// What a file may set.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where it may be.
    pub scope: Scope,
    /// What it means.
    pub meaning: &'static str,
    /// A value, for the file that `cuckoo config init` makes.
    pub example: &'static str,
    /// The option's long name.
    option: &'static str,
    /// The option's variable, where the long name alone could be another command's.
    variable: Option<&'static str>,
    /// A variable of foundry's that stands in.
    stand_in: Option<&'static str>,
}

impl Key {
    const fn new(name: &'static str, scope: Scope, meaning: &'static str, example: &'static str) -> Self {
        Self { name, scope, meaning, example, option: name, variable: None, stand_in: None }
    }

    const fn or(self, variable: &'static str) -> Self {
        Self { stand_in: Some(variable), ..self }
    }

    fn is(&self, arg: &Arg) -> bool {
        arg.get_long() == Some(self.option)
            && self.variable.is_none_or(|variable| arg.get_env() == Some(OsStr::new(variable)))
    }

    /// The option that the key is the default of.
    fn find(&self, command: &Command) -> Option<Arg> {
        let here = command.get_arguments().find(|arg| self.is(arg)).cloned();
        here.or_else(|| command.get_subcommands().find_map(|command| self.find(command)))
    }

    /// Refuses what the option would refuse. The reason repeats nothing of a value that may hold a secret.
    fn check(&self, arg: &Arg, value: &str) -> Result<(), String> {
        let command = Command::new("cuckoo").no_binary_name(true).arg(arg.clone().global(false));
        let parsed = command.try_get_matches_from([format!("--{}={value}", self.option)]);
        let Err(error) = parsed else { return Ok(()) };
        let reason = std::error::Error::source(&error).map(ToString::to_string);
        Err(reason.unwrap_or_else(|| {
            let values = arg.get_possible_values();
            let names: Vec<_> = values.iter().map(|value| value.get_name()).collect();
            if names.is_empty() { "it cannot be".to_owned() } else { format!("it is one of {}", names.join(", ")) }
        }))
    }

    /// A value as it may be shown.
    pub fn shown(&self, value: &str) -> String {
        match value.parse::<DisplaySafeUrl>() {
            Ok(url) if self.name.ends_with("-url") => url.to_string(),
            _ => value.to_owned(),
        }
    }
}

/// Every key.
pub const KEYS: [Key; 13] = [
    Key::new("network", Scope::Top, "Network: a name, or the path of a description", LOCAL),
    Key::new("account", Scope::Both, "Wallet to sign with", "owner").or(env::ETH_KEYSTORE_ACCOUNT),
    Key::new("keystore-dir", Scope::Both, "Directory of wallets", "/home/me/.foundry/keystores"),
    Key::new("password-file", Scope::Both, "File with the wallet's password", "/run/secrets/cuckoo")
        .or(env::ETH_PASSWORD),
    Key::new("timeout", Scope::Both, "How long to wait for a transaction", "90s"),
    Key::new("confirmations", Scope::Both, "Blocks that a transaction has to be in, its own included", "1"),
    Key::new("coordinator-url", Scope::Both, "A coordinator's API, for `cuckoo task`", "http://127.0.0.1:8780"),
    Key {
        option: "connect",
        variable: Some(env::ADMIN_URL),
        ..Key::new("admin-url", Scope::Both, "A node's operators' listener, for `cuckoo tui`", "http://127.0.0.1:8782")
    },
    Key::new("color", Scope::Top, "When to use colours: auto, always or never", "auto"),
    Key::new("theme", Scope::Top, "Colours of `cuckoo tui`: auto, true, ansi or plain", "auto"),
    Key::new("log", Scope::Top, "What is logged: a level, or directives", "info"),
    Key::new("log-format", Scope::Top, "How it is logged: text or json", "text"),
    Key::new("rpc-url", Scope::Network, "RPC endpoint instead of the network's own", "https://rpc.example")
        .or(env::ETH_RPC_URL),
];

/// A key by its name.
pub fn key(name: &str) -> Result<&'static Key> {
    let unknown = || unknown(Class::Usage, &format!("there is no key `{}`", name.escape_debug()), name);
    KEYS.iter().find(|key| key.name == name).ok_or_else(unknown)
}

fn unknown(class: Class, message: &str, name: &str) -> Error {
    let error = Error::new(class, message);
    match crate::terminal::suggest::closest(name, KEYS.iter().map(|key| key.name)) {
        Some(known) => error.hint(format_args!("did you mean `{known}`?")),
        None => error.hint("every key: cuckoo help config"),
    }
}

/// Values of one origin.
struct Layer {
    origin: String,
    profile: Profile,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok([(self.profile.clone(), self.values.clone())].into_iter().collect())
    }
}

fn profile(network: &str) -> Profile {
    // With a prefix, because figment has meanings of its own for `default` and `global`.
    Profile::new(&format!("network {network}"))
}

/// The values in force, each with its origin.
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
    /// Its value.
    pub value: String,
    /// Who says so.
    pub origin: String,
}

impl Config {
    /// From the options, the environment and the files that they name.
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

    /// Of a file that is missing or broken: where it is, and nothing else.
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

    /// A value in force.
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

    /// The command line with the files' values as defaults. `None` if they say nothing that it could use.
    pub fn defaults(&self, command: Command) -> Option<Command> {
        let values: Vec<_> = KEYS
            .iter()
            // An account of a file comes after systemd's credential, which no default could.
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

/// The files that there are, the one that wins first.
fn read(named: Option<&Path>) -> Result<Vec<File>> {
    match named {
        Some(path) => Ok(vec![File::read(path)?.ok_or_else(|| {
            Error::config(format_args!("there is no configuration file {}", path.display()))
                .hint(format_args!("make it: cuckoo config init --config {}", path.display()))
        })?]),
        None => {
            let files = [env::config_file(), env::system_config_file()].map(|path| File::read(&path));
            files.into_iter().filter_map(Result::transpose).collect()
        }
    }
}

/// What the usual files say at their top, for a shell that completes names. A broken file says nothing.
pub fn file_value(name: &str) -> Option<String> {
    let named = env::path(env::CONFIG);
    read(named.as_deref()).ok()?.iter().find_map(|file| file.top(name))
}
