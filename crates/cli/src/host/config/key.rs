//! The keys of the configuration: the name of each, where in a file it may be, and the option that it is the default of.

use std::ffi::OsStr;

use clap::{Arg, Command};
use cuckoo_protocol::chain::DisplaySafeUrl;

use crate::{
    host::{env, networks::LOCAL},
    terminal::{Class, Error, Result, suggest},
};

/// Where in a file a key may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// At the top of the file only.
    Top,
    /// At the top of the file or in the table of a network.
    Both,
    /// In the table of a network only.
    Network,
}

/// A key that a file may set.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where in the file it may be.
    pub scope: Scope,
    /// Its meaning, for the reference.
    pub meaning: &'static str,
    /// An example of a value, for the file that `cuckoo config init` makes.
    pub example: &'static str,
    /// The option's long name.
    pub(super) option: &'static str,
    /// The option's variable, where the long name alone could be another command's.
    variable: Option<&'static str>,
    /// A variable of foundry's that is used where nothing else sets the key.
    pub(super) stand_in: Option<&'static str>,
}

impl Key {
    const fn new(name: &'static str, scope: Scope, meaning: &'static str, example: &'static str) -> Self {
        Self { name, scope, meaning, example, option: name, variable: None, stand_in: None }
    }

    const fn or(self, variable: &'static str) -> Self {
        Self { stand_in: Some(variable), ..self }
    }

    pub(super) fn is(&self, arg: &Arg) -> bool {
        arg.get_long() == Some(self.option)
            && self.variable.is_none_or(|variable| arg.get_env() == Some(OsStr::new(variable)))
    }

    /// Finds the option that the key is the default of.
    pub(super) fn find(&self, command: &Command) -> Option<Arg> {
        let here = command.get_arguments().find(|arg| self.is(arg)).cloned();
        here.or_else(|| command.get_subcommands().find_map(|command| self.find(command)))
    }

    /// Refuses a value that the option would refuse. The reason repeats no part of the value, which may hold a secret.
    pub(super) fn check(&self, arg: &Arg, value: &str) -> Result<(), String> {
        let command = Command::new("cuckoo").no_binary_name(true).arg(arg.clone().global(false));
        let parsed = command.try_get_matches_from([format!("--{}={value}", self.option)]);
        let Err(error) = parsed else { return Ok(()) };
        let reason = std::error::Error::source(&error).map(ToString::to_string);
        Err(reason.unwrap_or_else(|| {
            let values = arg.get_possible_values();
            let names: Vec<_> = values.iter().map(|value| value.get_name()).collect();
            if names.is_empty() {
                "this value is not valid".to_owned()
            } else {
                format!("the value must be one of {}", names.join(", "))
            }
        }))
    }

    /// A value without the secrets that it may hold.
    pub fn shown(&self, value: &str) -> String {
        match value.parse::<DisplaySafeUrl>() {
            Ok(url) if self.name.ends_with("-url") => url.to_string(),
            _ => value.to_owned(),
        }
    }
}

/// Every key.
pub const KEYS: [Key; 18] = [
    Key::new("network", Scope::Top, "Network to use: a name, or the path of a network.json", LOCAL),
    Key::new("account", Scope::Both, "Wallet to sign with, by its name", "owner").or(env::ETH_KEYSTORE_ACCOUNT),
    Key::new("keystore-dir", Scope::Both, "Directory of the wallets", "/etc/cuckoo/keystores"),
    Key::new("password-file", Scope::Both, "File with the wallet's password", "/run/secrets/cuckoo")
        .or(env::ETH_PASSWORD),
    Key::new("timeout", Scope::Both, "How long to wait until a transaction is in a block", "90s"),
    Key::new(
        "confirmations",
        Scope::Both,
        "Number of blocks to wait for, counting the one that holds the transaction",
        "1",
    ),
    Key::new("coordinator-url", Scope::Both, "URL of a coordinator's API, for `cuckoo task`", "http://127.0.0.1:8780"),
    Key {
        option: "connect",
        variable: Some(env::ADMIN_URL),
        ..Key::new(
            "admin-url",
            Scope::Both,
            "URL of a node's operator listener, for `cuckoo tui`, `status` and `drain`",
            "http://127.0.0.1:8782",
        )
    },
    Key::new(
        "group",
        Scope::Both,
        "File with the URLs of the nodes that `cuckoo tui` watches, one a line",
        "/etc/cuckoo/nodes",
    ),
    Key::new(
        "uncalibrated",
        Scope::Both,
        "What a coordinator does with miners whose devices no calibration is for: count or refuse",
        "count",
    ),
    Key::new("color", Scope::Top, "When to use colours: auto, always or never", "auto"),
    Key::new("theme", Scope::Top, "Colours of `cuckoo tui`: auto, dark, light, contrast, ansi or plain", "auto"),
    Key::new("bind", Scope::Top, "Keys of `cuckoo tui`, as KEY=COMMAND separated by spaces", "h=previous l=next"),
    Key::new("hot", Scope::Top, "Temperature from which `cuckoo tui` calls a device hot, in degrees Celsius", "85"),
    Key::new("long-wait", Scope::Top, "How long a task may wait before `cuckoo tui` says so", "5s"),
    Key::new("log", Scope::Top, "What to log: a level, or directives such as cuckoo=debug,warn", "info"),
    Key::new("log-format", Scope::Top, "Format of the log: text or json", "text"),
    Key::new("rpc-url", Scope::Network, "RPC endpoint to use instead of the network's own", "https://rpc.example")
        .or(env::ETH_RPC_URL),
];

/// Finds a key by its name.
pub fn key(name: &str) -> Result<&'static Key> {
    let unknown = || unknown(Class::Usage, &format!("the configuration has no key `{}`", name.escape_debug()), name);
    KEYS.iter().find(|key| key.name == name).ok_or_else(unknown)
}

pub(super) fn unknown(class: Class, message: &str, name: &str) -> Error {
    let error = Error::new(class, message);
    match suggest::closest(name, KEYS.iter().map(|key| key.name)) {
        Some(known) => error.hint(format_args!("did you mean `{known}`?")),
        None => error.hint("list every key: cuckoo help config"),
    }
}
