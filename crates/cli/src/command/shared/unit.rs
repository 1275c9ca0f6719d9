//! `cuckoo miner service` and `cuckoo coordinator service`: installs and removes the systemd unit of a node.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    args::{GlobalOptions, WalletOptions},
    context::Context,
    host::{files, networks},
    terminal::{Error, Printer, Result, Text},
};

/// A node that runs as a service.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// `miner` or `coordinator`.
    pub role: &'static str,
    /// The unit with `@PROGRAM@` and `@OPTIONS@` in it.
    pub template: &'static str,
    /// Name of the unit's credentials in `/etc/credstore.encrypted`.
    pub credentials: &'static str,
}

/// The miner's unit.
pub const MINER: Unit =
    Unit { role: "miner", template: include_str!("../../../units/cuckoo-miner.service"), credentials: "cuckoo" };
/// The coordinator's unit.
pub const COORDINATOR: Unit = Unit {
    role: "coordinator",
    template: include_str!("../../../units/cuckoo-coordinator.service"),
    credentials: "cuckoo-coordinator",
};

/// The directory for an administrator's units.
const DIRECTORY: &str = "/etc/systemd/system";
/// What the units hide from their programs, by ProtectHome= and PrivateTmp=.
const HIDDEN: [&str; 5] = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];
/// The machine's configuration, which units read.
const CONFIGURATION: &str = "/etc/cuckoo/config.toml";

/// Install or remove the systemd unit that keeps a node running
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the unit file; options after -- are added to the command that the unit runs
    Install {
        /// Directory of systemd units
        #[arg(long, default_value = DIRECTORY, value_name = "DIR")]
        unit_directory: PathBuf,
        /// Print the unit file instead of writing it
        #[arg(long)]
        dry_run: bool,
        /// Options for the node's run command
        #[arg(last = true, value_name = "OPTION")]
        options: Vec<String>,
    },
    /// Remove the unit file
    Remove {
        /// Directory of systemd units
        #[arg(long, default_value = DIRECTORY, value_name = "DIR")]
        unit_directory: PathBuf,
    },
}

#[derive(Serialize)]
struct Installed<'a> {
    unit: &'a Path,
}

impl Unit {
    fn file(&self) -> String {
        format!("cuckoo-{}.service", self.role)
    }

    /// The unit's text for a program and its options.
    fn text(&self, program: &Path, options: &[String]) -> Result<String> {
        let program = program.to_str().ok_or_else(|| Error::failure("the program's path is not text"))?;
        let options: Vec<_> = options.iter().map(|option| quoted(option)).collect();
        let text = self.template.replace("@PROGRAM@", &quoted(program)).replace(" @OPTIONS@", &{
            let joined = options.join(" ");
            if joined.is_empty() { joined } else { format!(" {joined}") }
        });
        // The first line is a comment about the template.
        Ok(text.split_once('\n').map_or("", |(_, unit)| unit).to_owned())
    }

    /// Refuses options that the unit's command would refuse when nobody is looking. `A` are those of the command.
    fn check<A: Args>(&self, options: &[String]) -> Result<()> {
        let command = A::augment_args(clap::Command::new(format!("cuckoo {} run", self.role)).no_binary_name(true));
        let parsed = GlobalOptions::augment_args(command).try_get_matches_from(options);
        parsed.map(drop).map_err(|error| {
            let words = error.to_string();
            let first = words.split("\n\n").next().unwrap_or(&words).trim_start_matches("error: ");
            Error::usage(format_args!("the unit's command would not start: {first}"))
                .hint(format_args!("list its options: cuckoo {} run --help", self.role))
        })
    }

    /// The unit's text for these options and those that the command line has for every command. `A` are the options of the command
    /// that the unit runs.
    pub fn text_with<A: Args>(&self, options: Vec<String>, context: &Context) -> Result<String> {
        let printer = &context.printer;
        let program = std::env::current_exe()?;
        for option in &options {
            check_path(option)?;
        }
        let options = [carried_over(&context.globals, printer)?, options].concat();
        self.check::<A>(&options)?;
        let paths = options.iter().map(|option| Path::new(value(option))).chain([program.as_path()]);
        for path in paths.filter(|path| HIDDEN.iter().any(|hidden| path.starts_with(hidden))) {
            printer
                .warn(format_args!("the unit cannot see {}: it hides home and temporary directories", path.display()));
            printer.hint("programs belong into /usr/local/bin, and models and other files into /var/lib/cuckoo");
        }
        self.text(&program, &options)
    }

    /// Writes the unit's file, and says what has to follow.
    pub fn write(&self, unit_directory: &Path, text: &str, printer: &Printer) -> Result<PathBuf> {
        let path = unit_directory.join(self.file());
        files::replace(&path, text.as_bytes()).map_err(|error| {
            Error::from(error).hint("run this as root, or choose another directory: --unit-directory DIR")
        })?;
        // Everyone may read units.
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644))?;
        printer.ok(format_args!("{} is written", path.display()));
        let store = format!("/etc/credstore.encrypted/{}", self.credentials);
        printer.hint(format_args!(
            "next, give it its key: systemd-creds encrypt --name=keystore KEYSTORE.json {store}.keystore"
        ));
        printer.hint(format_args!(
            "and the key's password: systemd-creds encrypt --name=keystore-password PASSWORD-FILE {store}.keystore-password"
        ));
        printer.hint(format_args!("then: systemctl daemon-reload && systemctl enable --now cuckoo-{}", self.role));
        Ok(path)
    }

    /// Runs `cuckoo miner service` or `cuckoo coordinator service`. `A` are the options of the command that the unit runs.
    pub fn run<A: Args>(&self, command: Command, context: &Context) -> Result<()> {
        let printer = &context.printer;
        match command {
            Command::Install { unit_directory, dry_run, options } => {
                let text = self.text_with::<A>(options, context)?;
                if dry_run {
                    return printer.result(&text, || Text::Value(text.trim_end().to_owned()));
                }
                let path = self.write(&unit_directory, &text, printer)?;
                printer.result(&Installed { unit: &path }, || Text::Value(path.display().to_string()))
            }
            Command::Remove { unit_directory } => {
                let path = unit_directory.join(self.file());
                fs::remove_file(&path).map_err(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Error::precondition(format_args!("there is no {}", path.display())),
                    _ => Error::failure(format_args!("cannot remove {}: {error}", path.display())),
                })?;
                printer.ok(format_args!("{} is removed", path.display()));
                printer.hint(format_args!(
                    "then: systemctl disable --now cuckoo-{} && systemctl daemon-reload",
                    self.role
                ));
                printer.result(&Installed { unit: &path }, || Text::Nothing)
            }
        }
    }
}

/// The options before the command's name that its unit needs as well: a service has no shell that would give them.
fn carried_over(globals: &GlobalOptions, printer: &Printer) -> Result<Vec<String>> {
    let GlobalOptions { network, rpc_url, config, wallet, log, .. } = globals;
    let absolute = |path: &Path| std::path::absolute(path).map(|path| path.display().to_string());
    let mut options = vec![];
    let mut carry = |name: &str, value: String| options.extend([name.to_owned(), value]);
    if network != networks::LOCAL {
        let is_file = Path::new(network).is_file();
        carry("--network", if is_file { absolute(Path::new(network))? } else { network.clone() });
    }
    if rpc_url.is_some() {
        printer.warn("the unit does not keep the RPC endpoint: it may have a key, and everybody can read a unit");
        printer.hint(format_args!("write it into {CONFIGURATION}: rpc-url = \"URL\""));
    }
    let WalletOptions { account, keystore, keystore_dir, password_file, private_key_file, .. } = wallet;
    if let Some(account) = account {
        carry("--account", account.clone());
    }
    for (name, path) in [
        ("--config", config),
        ("--keystore", keystore),
        ("--keystore-dir", keystore_dir),
        ("--password-file", password_file),
        ("--private-key-file", private_key_file),
    ] {
        if let Some(path) = path {
            carry(name, absolute(path)?);
        }
    }
    if let Some(log) = log {
        carry("--log", log.clone());
    }
    Ok(options)
}

/// An option's value where both are one word, or the word itself.
fn value(option: &str) -> &str {
    option.split_once('=').filter(|_| option.starts_with('-')).map_or(option, |(_, value)| value)
}

/// Refuses a path that means something else where the unit runs.
fn check_path(option: &str) -> Result<()> {
    let given = value(option);
    let path = Path::new(given);
    let is_relative = path.is_relative() && (given.starts_with("./") || given.starts_with("../") || path.exists());
    if given.is_empty() || given.starts_with('-') || !is_relative {
        return Ok(());
    }
    let whole = std::path::absolute(path)?;
    Err(Error::usage(format_args!("`{given}` is a path of this directory, and the unit runs in another one"))
        .hint(format_args!("give the whole path: {}", whole.display())))
}

/// Quotes a word of `ExecStart=` where needed, and escapes the characters that systemd gives a meaning.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', r"\\").replace('"', r#"\""#).replace('%', "%%").replace('$', "$$");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%$".contains(c);
    if !word.is_empty() && word.chars().all(plain) { escaped } else { format!("\"{escaped}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Args)]
    struct Some {
        #[arg(long)]
        model: Option<String>,
    }

    #[test]
    fn what_the_unit_could_not_start_with_is_refused() {
        let check = |options: &[&str]| {
            let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
            MINER.check::<Some>(&options).and_then(|()| options.iter().try_for_each(|option| check_path(option)))
        };
        assert!(check(&["--model", "/srv/m", "--network", "testnet", "-v"]).is_ok());
        assert!(check(&["--model=hub/name"]).is_ok());
        for options in [&["--bogus"][..], &["--model"], &["--model", "./m"], &["--model=../m"], &["stray"]] {
            assert!(check(options).is_err(), "{options:?}");
        }
    }

    #[test]
    fn a_unit_runs_the_program_with_its_options() {
        let options = ["--model", "/srv/a model", "--model-name", "50%$x"].map(str::to_owned);
        for unit in [MINER, COORDINATOR] {
            let text = unit.text(Path::new("/usr/bin/cuckoo"), &options).expect("text");
            let role = unit.role;
            let line = format!(
                "ExecStart=/usr/bin/cuckoo {role} run --no-input --model \"/srv/a model\" --model-name 50%%$$x\n"
            );
            assert!(text.starts_with("[Unit]") && text.contains(&line), "{text}");
            let bare = unit.text(Path::new("/usr/bin/cuckoo"), &[]).expect("text");
            assert!(bare.contains(&format!("ExecStart=/usr/bin/cuckoo {role} run --no-input\n")), "{bare}");
        }
    }
}
