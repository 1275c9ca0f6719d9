//! `cuckoo miner service` and `cuckoo coordinator service`: installs and removes the systemd unit of a node.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use crate::{
    context::Context,
    host::files,
    terminal::{Error, Result, Text},
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

    /// Runs `cuckoo miner service` or `cuckoo coordinator service`.
    pub fn run(&self, command: Command, context: &Context) -> Result<()> {
        let printer = &context.printer;
        match command {
            Command::Install { unit_directory, dry_run, options } => {
                let text = self.text(&std::env::current_exe()?, &options)?;
                if dry_run {
                    return printer.result(&text, || Text::Value(text.trim_end().to_owned()));
                }
                let path = unit_directory.join(self.file());
                files::replace(&path, text.as_bytes()).map_err(|error| {
                    Error::from(error).hint("run this as root, or choose another directory: --unit-directory DIR")
                })?;
                // Everyone may read units.
                std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
                printer.ok(format_args!("{} is written", path.display()));
                let store = format!("/etc/credstore.encrypted/{}", self.credentials);
                printer.hint(format_args!(
                    "next, give it its key: systemd-creds encrypt --name=keystore KEYSTORE.json {store}.keystore"
                ));
                printer.hint(format_args!(
                    "and the key's password: systemd-creds encrypt --name=keystore-password PASSWORD-FILE {store}.keystore-password"
                ));
                printer
                    .hint(format_args!("then: systemctl daemon-reload && systemctl enable --now cuckoo-{}", self.role));
                printer.result(&Installed { unit: &path }, || Text::Value(path.display().to_string()))
            }
            Command::Remove { unit_directory } => {
                let path = unit_directory.join(self.file());
                std::fs::remove_file(&path).map_err(|error| match error.kind() {
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

/// Quotes a word of `ExecStart=` where needed, and escapes the characters that systemd gives a meaning.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', r"\\").replace('"', r#"\""#).replace('%', "%%").replace('$', "$$");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%$".contains(c);
    if !word.is_empty() && word.chars().all(plain) { escaped } else { format!("\"{escaped}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

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
