//! `cuckoo miner service` and `cuckoo coordinator service`: installs and removes the systemd unit of a node.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
};

use clap::{Args, Subcommand};
use cuckoo_gpu::model::store::Store;
use serde::Serialize;

use super::closed::closed_part;
use crate::{
    account::signer,
    args::{GlobalOptions, WalletOptions},
    command::miner::models,
    context::Context,
    host::{env, files, networks},
    terminal::{Error, Printer, Result, Text, quoted as shell_word},
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
    /// The home directory of the unit's user.
    pub home: &'static str,
}

/// The miner's unit.
pub const MINER: Unit = Unit {
    role: "miner",
    template: include_str!("../../../units/cuckoo-miner.service"),
    credentials: "cuckoo",
    home: "/var/cache/cuckoo",
};
/// The coordinator's unit.
pub const COORDINATOR: Unit = Unit {
    role: "coordinator",
    template: include_str!("../../../units/cuckoo-coordinator.service"),
    credentials: "cuckoo-coordinator",
    home: "/var/cache/cuckoo-coordinator",
};
/// The options of both that name models.
const MODELS: [&str; 2] = ["--model", "--auditor"];

/// The directory for an administrator's units.
pub const DIRECTORY: &str = "/etc/systemd/system";
/// What the units hide from their programs, by ProtectHome= and PrivateTmp=.
const HIDDEN: [&str; 5] = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];
/// The credential with the keystore.
pub const KEY: &str = "keystore";
/// The credential with its password.
pub const PASSWORD: &str = "keystore-password";
/// From this version on systemd encrypts credentials.
const ENCRYPTS: u32 = 250;
/// Where units read encrypted credentials.
const ENCRYPTED: &str = "/etc/credstore.encrypted/";
/// Where they read those that are not.
const PLAIN: &str = "/etc/credstore/";
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
    pub fn check<A: Args>(&self, options: &[String]) -> Result<()> {
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
        self.check_reading(&options, printer);
        self.check_models(&options, printer)?;
        let text = self.text(&program, &options)?;
        let text = match fs::read_to_string("/etc/group") {
            Ok(groups) => with_groups(&text, &groups),
            Err(_) => text,
        };
        Ok(match systemd_version() {
            // It would ignore the lines, and the node would start without its key.
            Some(version) if version < ENCRYPTS => {
                printer.warn(format_args!(
                    "systemd {version} encrypts no credentials, so that its files hold them as they are"
                ));
                text.replace("LoadCredentialEncrypted=", "LoadCredential=").replace(ENCRYPTED, PLAIN)
            }
            _ => text,
        })
    }

    /// Where the unit's own files are.
    pub fn data(&self) -> PathBuf {
        Path::new("/var/lib").join(Path::new(self.home).file_name().unwrap_or_default())
    }

    /// Where the unit looks for the models that it names.
    pub fn models(&self) -> PathBuf {
        Path::new(self.home).join(".cache/cuckoo/models")
    }

    /// What is typed before a command that stores something for the unit.
    pub fn with_its_cache(&self) -> String {
        format!("{}={}/.cache ", env::XDG_CACHE_HOME, self.home)
    }

    /// Warns of files that the unit's user cannot read. What is the unit's own it is given with its directories.
    fn check_reading(&self, options: &[String], printer: &Printer) {
        let own = [self.data(), PathBuf::from(self.home)];
        let paths = options.iter().map(|option| Path::new(value(option))).filter(|path| path.is_absolute());
        for path in paths.filter(|path| !own.iter().any(|own| path.starts_with(own))) {
            let Some(part) = closed_part(path).filter(|_| !HIDDEN.iter().any(|hidden| path.starts_with(hidden))) else {
                continue;
            };
            let (role, path, part) = (self.role, path.display(), part.display());
            printer.warn(format_args!(
                "the unit cannot read {path}: it has a user of its own, and {part} is closed to others"
            ));
            printer.hint(format_args!("if it is not a secret: chmod o+rX {part}"));
            printer.hint(format_args!(
                "if it is one: systemctl edit cuckoo-{role}, there [Service] and LoadCredential=NAME:{path}, and give the option \
                 /run/credentials/cuckoo-{role}.service/NAME"
            ));
        }
    }

    /// Warns of a model that is stored for this user alone.
    fn check_models(&self, options: &[String], printer: &Printer) -> Result<()> {
        let named: Vec<_> = named_models(options).collect();
        if named.is_empty() {
            return Ok(());
        }
        let (here, there) = (models::open_store()?, Store::at(self.models()));
        for name in named {
            let Ok(Some(record)) = here.record(name) else { continue };
            // What this user cannot read is not known to be missing.
            if let Ok(None) = there.record(name) {
                printer.warn(format_args!(
                    "the unit does not see the model `{name}` of this user: it has a user and a place for models of its own"
                ));
                let (cache, source) = (self.with_its_cache(), shell_word(&record.source));
                printer
                    .hint(format_args!("add it there as root: {cache}cuckoo miner models add {source} --name {name}"));
            }
        }
        Ok(())
    }

    /// Writes the unit's file, and says what has to follow for a unit that is to be given the keystore `key`.
    pub fn write(&self, unit_directory: &Path, text: &str, key: Option<&str>, printer: &Printer) -> Result<PathBuf> {
        let path = unit_directory.join(self.file());
        files::replace(&path, text.as_bytes()).map_err(|error| {
            Error::from(error).hint("run this as root, or choose another directory: --unit-directory DIR")
        })?;
        // Everyone may read units.
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644))?;
        printer.ok(format_args!("{} is written", path.display()));
        if let Some(key) = key {
            printer.hint(format_args!("next, give it its key: {}", self.hand_over(text, KEY, key)));
            printer.hint(format_args!("and the key's password: {}", self.hand_over(text, PASSWORD, "PASSWORD-FILE")));
            printer.hint(format_args!("then: {}", self.begin()));
        }
        Ok(path)
    }

    /// The shell's line that gives the unit with this text a credential from a file, or from stdin for `-`.
    pub fn hand_over(&self, text: &str, name: &str, file: &str) -> String {
        let store = self.credentials;
        match text.contains(ENCRYPTED) {
            true => format!(
                "install -d -m 700 {ENCRYPTED} && systemd-creds encrypt --name={name} {file} {ENCRYPTED}{store}.{name}"
            ),
            false => {
                let file = if file == "-" { "/dev/stdin" } else { file };
                format!("install -D -m 600 {file} {PLAIN}{store}.{name}")
            }
        }
    }

    /// The shell's line that starts the unit now, as it is written, and whenever the machine does. One that runs begins again.
    pub fn begin(&self) -> String {
        let name = format!("cuckoo-{}", self.role);
        format!("systemctl daemon-reload && systemctl enable {name} && systemctl restart {name}")
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
                publish(context)?;
                let key = key_file(context).unwrap_or_else(|| "KEYSTORE.json".to_owned());
                let path = self.write(&unit_directory, &text, Some(&key), printer)?;
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

/// Whether this user can install a unit and start it: systemd manages this machine (`sd_booted(3)`), and its units can be written.
pub fn is_possible() -> bool {
    let can_write = rustix::fs::access(DIRECTORY, rustix::fs::Access::WRITE_OK).is_ok();
    can_write && Path::new("/run/systemd/system").is_dir()
}

/// Writes the network that was named where the unit's user finds it: this user's own directory is not the unit's.
pub fn publish(context: &Context) -> Result<()> {
    let name = &context.globals.network;
    if Path::new(name).is_file() {
        return Ok(());
    }
    let network = match networks::find(name) {
        Err(_) if name == networks::LOCAL => {
            context.printer.warn("this machine knows no network yet, and the unit needs one");
            context.printer.hint("install it again with the network's name or description: --network NAME|PATH");
            return Ok(());
        }
        found => found?,
    };
    let directory = networks::system_directory();
    let path = directory.join(format!("{name}.json"));
    if networks::read(&path).ok().as_ref() == Some(&network) {
        return Ok(());
    }
    files::make_directory(&directory)?;
    networks::write(&path, &network)
        .map_err(|error| error.hint("run this as root, or name the description's file: --network PATH/network.json"))?;
    // Everyone may read it.
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644))?;
    context.printer.ok(format_args!("{} is written, for the unit to know the network", path.display()));
    Ok(())
}

/// The file of the wallet that was named, as a shell takes it.
fn key_file(context: &Context) -> Option<String> {
    let WalletOptions { account, keystore, .. } = &context.globals.wallet;
    let file = match (keystore, account) {
        (Some(file), _) => file.clone(),
        (None, Some(name)) => {
            signer::keystores(&context.globals.wallet).path(name).ok().filter(|path| path.exists())?
        }
        (None, None) => return None,
    };
    Some(shell_word(&file.display().to_string()))
}

/// The options before the command's name that its unit needs as well: a service has no shell that would give them.
fn carried_over(globals: &GlobalOptions, printer: &Printer) -> Result<Vec<String>> {
    let GlobalOptions { network, rpc_url, config, wallet, log, .. } = globals;
    let absolute = |path: &Path| std::path::absolute(path).map(|path| path.display().to_string());
    let mut options = vec![];
    let mut carry = |name: &str, value: String| options.extend([name.to_owned(), value]);
    let is_file = Path::new(network).is_file();
    if is_file || network != networks::LOCAL {
        carry("--network", if is_file { absolute(Path::new(network))? } else { network.clone() });
    }
    if rpc_url.is_some() {
        printer.warn("the unit does not keep the RPC endpoint: it may have a key, and everybody can read a unit");
        printer.hint(format_args!("write it into {CONFIGURATION}: rpc-url = \"URL\""));
    }
    // Which wallet it is, and its password, the unit's credentials say.
    let WalletOptions { keystore, keystore_dir, private_key_file, .. } = wallet;
    for (name, path) in [
        ("--config", config),
        ("--keystore", keystore),
        ("--keystore-dir", keystore_dir),
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

/// The unit's text without supplementary groups that this machine does not have, with which it would not start. `groups` is the
/// machine's list of groups.
fn with_groups(text: &str, groups: &str) -> String {
    const LINE: &str = "SupplementaryGroups=";
    let known: Vec<_> = groups.lines().filter_map(|line| line.split(':').next()).collect();
    let kept = text.lines().filter_map(|line| match line.strip_prefix(LINE) {
        None => Some(line.to_owned()),
        Some(names) => {
            let names: Vec<_> = names.split(' ').filter(|name| known.contains(name)).collect();
            (!names.is_empty()).then(|| format!("{LINE}{}", names.join(" ")))
        }
    });
    kept.map(|line| line + "\n").collect()
}

/// The version of systemd on this machine; `None` where it is not known.
fn systemd_version() -> Option<u32> {
    let output = process::Command::new("systemctl").arg("--version").stdin(process::Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.strip_prefix("systemd ")?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The models that options name.
fn named_models(options: &[String]) -> impl Iterator<Item = &str> {
    let separate = options.windows(2).filter_map(|pair| match pair {
        [option, name] if MODELS.contains(&option.as_str()) => Some(name.as_str()),
        _ => None,
    });
    let joined = options.iter().filter_map(|option| option.split_once('='));
    separate.chain(joined.filter(|(option, _)| MODELS.contains(option)).map(|(_, name)| name))
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
    fn a_unit_has_only_groups_that_the_machine_has() {
        let text = "[Service]\nDynamicUser=yes\nSupplementaryGroups=video render\nUMask=0077\n";
        assert_eq!(with_groups(text, "root:x:0:\nvideo:x:44:\nrender:x:105:\n"), text);
        assert_eq!(with_groups(text, "root:x:0:\nvideo:x:44:\nrendering:x:1:\n"), text.replace(" render", ""));
        assert_eq!(with_groups(text, "root:x:0:\n"), text.replace("SupplementaryGroups=video render\n", ""));
        assert!(MINER.template.contains("\nSupplementaryGroups=video render\n"));
    }

    #[test]
    fn the_models_of_a_unit_are_where_it_looks_for_them() {
        let options = ["--model", "one", "--slots", "2", "--auditor=two", "--model=three"].map(str::to_owned);
        let mut named: Vec<_> = named_models(&options).collect();
        named.sort_unstable();
        assert_eq!(named, ["one", "three", "two"]);
        for unit in [MINER, COORDINATOR] {
            assert!(unit.template.contains(&format!("\nEnvironment=HOME={}\n", unit.home)), "{}", unit.template);
            let cache = unit.home.trim_start_matches("/var/cache/");
            assert!(unit.template.contains(&format!("\nCacheDirectory={cache}\n")), "{}", unit.template);
            assert!(unit.template.contains(&format!("\nEnvironment=CUCKOO_DATA_DIR={}\n", unit.data().display())));
            let added = unit.with_its_cache();
            let (_, directory) = added.trim_end().split_once('=').expect("a variable");
            assert_eq!(unit.models(), Path::new(directory).join("cuckoo/models"));
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
