//! `cuckoo miner models`: fetches, lists, verifies and removes the models on this machine.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use cuckoo_gpu::{
    device::{self, DeviceKind},
    model::{
        ModelSource,
        catalogue::{SUGGESTIONS, suggested},
        fetch::Hub,
        store::{ModelRecord, Origin, Store, StoreError},
    },
};
use secrecy::ExposeSecret;
use serde::Serialize;
use url::Url;

use crate::{
    command::shared::check::count,
    context::Context,
    host::{env, secrets::given_secret},
    terminal::{Cell, Class, Error, Progress, Result, Table, Text},
};

/// The hub with most open models.
const HUB: &str = "https://huggingface.co";

/// Fetch, list, verify and remove the models on this machine
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch a model from the hub, or copy one from this machine, and record the hash of every file
    ///
    /// An interrupted download continues where it stopped.
    Add {
        /// Model to add: ORGANISATION/NAME on the hub, a name from `miner models suggest`, a directory with safetensors, or a
        /// .gguf file
        source: String,
        /// Name to store the model and offer it under [default: the last part of the source]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Base URL of the hub; any server with Hugging Face's API
        #[arg(long, env = env::HF_ENDPOINT, default_value = HUB, value_name = "URL")]
        hub: Url,
        /// File with an access token for the hub, or - for stdin; needed only for models that are not public
        #[arg(long, value_name = "PATH")]
        hub_token_file: Option<PathBuf>,
    },
    /// List the models on this machine
    List,
    /// Suggest models to start with, and show whether they fit into this machine's memory
    Suggest,
    /// Read every file again and compare it with its recorded hash
    Verify {
        /// Name of the model to verify [default: every model]
        name: Option<String>,
    },
    /// Remove a model and its files
    Remove {
        /// Name of the model to remove
        name: String,
    },
    /// Convert a quantised Llama model in a GGUF file into a directory that a CPU runs many times faster
    Dequantise {
        /// GGUF file to convert
        file: PathBuf,
        /// Directory to create; nothing happens if it was created from the same file before
        directory: PathBuf,
    },
}

pub(super) async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Add { source, name, hub, hub_token_file } => {
            add(&source, name, hub, hub_token_file.as_deref(), context).await
        }
        Command::List => list(context),
        Command::Suggest => suggest(context),
        Command::Verify { name } => verify(name.as_deref(), context),
        Command::Remove { name } => remove(&name, context),
        Command::Dequantise { file, directory } => dequantise(&file, &directory, context),
    }
}

/// The models of this user.
pub(in crate::command) fn open_store() -> Result<Store> {
    let cache = env::cache_directory().ok_or_else(|| Error::config("neither XDG_CACHE_HOME nor HOME is set"))?;
    Ok(Store::at(cache.join("models")))
}

/// Finds a model on this machine by its name; its record holds the hash that its weights must have. Its other files are as they were.
pub(in crate::command) fn find_model(name: &str) -> Result<Option<(ModelSource, ModelRecord)>> {
    let store = open_store()?;
    let Some(record) = store.record(name)? else { return Ok(None) };
    store.verify_descriptions(&record).map_err(|error| {
        Error::new(Class::CheckFailed, format_args!("the model `{name}` is not as it was added: {error}"))
            .hint(format_args!("add it again: cuckoo miner models remove {name} && cuckoo miner models add SOURCE"))
    })?;
    Ok(Some((store.source(&record)?, record)))
}

async fn add(source: &str, name: Option<String>, hub: Url, token_file: Option<&Path>, context: &Context) -> Result<()> {
    let record = store_model(&open_store()?, source, name, hub, token_file, context).await?;
    let name = &record.name;
    let size = format_bytes(record.bytes());
    context.printer.ok(format_args!("{name} is added: {}, {size}", count(record.files.len(), "file")));
    context.printer.hint(format_args!("offer it: cuckoo miner run --model {name}"));
    context.printer.result(&record, || Text::Value(record.weights.clone()))
}

/// The suggestion that suits this machine best: the largest one that fits its memory, and on a CPU the smallest.
pub(super) fn best_suggestion() -> &'static str {
    let devices = device::detect().sample();
    let largest = devices.iter().filter_map(|device| device.memory_total).max().unwrap_or_default();
    let has_gpu = devices.iter().any(|device| device.kind != DeviceKind::Cpu);
    let fitting = SUGGESTIONS.iter().filter(|suggestion| has_gpu && suggestion.memory() <= largest);
    fitting.max_by_key(|suggestion| suggestion.memory()).map_or(SUGGESTIONS[0].name, |suggestion| suggestion.name)
}

/// The name of a model that is stored already: of this name, or of this source.
pub(super) fn stored(store: &Store, source: &str) -> Result<Option<String>> {
    let named = suggested(source).map_or(source, |suggestion| suggestion.hub);
    let default = ModelSource::parse(named).map(|source| source.default_name()).unwrap_or_default();
    let known = |name: &str| Ok::<_, Error>(store.record(name)?.map(|record| record.name));
    Ok(match known(source).unwrap_or_default() {
        Some(name) => Some(name),
        None if default.is_empty() => None,
        None => known(&default)?,
    })
}

/// The hub that the environment names, or the usual one.
pub(super) fn usual_hub() -> Result<Url> {
    let url = env::text(env::HF_ENDPOINT).unwrap_or_else(|| HUB.to_owned());
    url.parse().map_err(|error| Error::usage(format_args!("{}: {error}", env::HF_ENDPOINT)))
}

/// Fetches or copies a model, and records its files.
pub(super) async fn store_model(
    store: &Store,
    source: &str,
    name: Option<String>,
    hub: Url,
    token_file: Option<&Path>,
    context: &Context,
) -> Result<ModelRecord> {
    let named = suggested(source).map_or(source, |suggestion| suggestion.hub);
    let source = ModelSource::parse(named)
        .map_err(|error| Error::usage(error).hint("models to start with: cuckoo miner models suggest"))?;
    let name = name.unwrap_or_else(|| source.default_name());
    let origin = match source {
        ModelSource::Directory(path) | ModelSource::Gguf(path) => Origin::Local(path),
        ModelSource::Hub(model) => {
            let local = hub.host_str().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
            if hub.scheme() != "https" && !local {
                return Err(Error::usage("a hub on another machine must be reached over https")
                    .hint("such as: --hub https://HOST"));
            }
            let token = token_file.map(given_secret).transpose()?;
            Origin::Hub(Hub::new(hub, token.map(|token| token.expose_secret().to_owned()))?, model)
        }
    };
    let progress = context.printer.progress(format!("Adding {name}"));
    let mut shown = Shown::new(&progress, "Adding", &name);
    let record = store.add(&name, &origin, &mut |file, there, all| shown.set(file, there, all)).await?;
    drop(progress);
    Ok(record)
}

fn list(context: &Context) -> Result<()> {
    let records = open_store()?.records()?;
    if records.is_empty() {
        context.printer.hint("models to start with: cuckoo miner models suggest");
    }
    context.printer.result(&records, || {
        let mut table = Table::new(["name", "size", "files", "source", "weights"]);
        for record in &records {
            table.row([
                Cell::text(&record.name),
                bytes_cell(record.bytes()),
                Cell::number(record.files.len()),
                Cell::text(record.source.escape_debug()),
                Cell::text(&record.weights),
            ]);
        }
        Text::Table(table)
    })
}

/// A suggested model, and whether it suits this machine.
#[derive(Debug, Serialize)]
struct Suggested {
    name: &'static str,
    hub: &'static str,
    /// Estimated memory in bytes.
    memory: u64,
    /// Whether that fits into the memory of the largest device; `None` where the device does not say how much it has.
    fits: Option<bool>,
    /// True where this machine has no GPU and the model is too large to be of use on a CPU.
    slow: bool,
}

/// Without a GPU, a model of more bytes than this makes few tokens a second.
const SLOW_ON_CPU: u64 = 1_000_000_000;

fn suggest(context: &Context) -> Result<()> {
    let devices = device::detect().sample();
    let largest = devices.iter().filter_map(|device| device.memory_total).max();
    let has_gpu = devices.iter().any(|device| device.kind != DeviceKind::Cpu);
    let rows = SUGGESTIONS.map(|suggestion| Suggested {
        name: suggestion.name,
        hub: suggestion.hub,
        memory: suggestion.memory(),
        fits: largest.map(|largest| suggestion.memory() <= largest),
        slow: !has_gpu && suggestion.memory() > SLOW_ON_CPU,
    });
    context.printer.hint("fetch one: cuckoo miner models add NAME");
    context.printer.result(&rows, || {
        let mut table = Table::new(["name", "memory", "fits here", "hub"]);
        for row in &rows {
            let fits = match (row.fits, row.slow) {
                (None, _) => "?",
                (Some(false), _) => "no",
                (Some(true), true) => "slowly, without a GPU",
                (Some(true), false) => "yes",
            };
            table.row([Cell::text(row.name), bytes_cell(row.memory), Cell::text(fits), Cell::text(row.hub)]);
        }
        Text::Table(table)
    })
}

/// The state of one model's files.
#[derive(Debug, Serialize)]
struct Checked {
    name: String,
    /// What is wrong with the files; empty where all of them are intact.
    damage: Vec<String>,
}

fn verify(name: Option<&str>, context: &Context) -> Result<()> {
    let store = open_store()?;
    let records = match name {
        Some(name) => vec![store.record(name)?.ok_or_else(|| StoreError::Unknown(name.into()))?],
        None => store.records()?,
    };
    let progress = context.printer.progress("Reading");
    let mut checked = vec![];
    for record in records {
        let mut shown = Shown::new(&progress, "Reading", &record.name);
        let damage = store.verify(&record, &mut |file, there, all| shown.set(file, there, all))?;
        checked.push(Checked { name: record.name, damage: damage.iter().map(ToString::to_string).collect() });
    }
    drop(progress);
    let damaged: Vec<_> = checked.iter().filter(|checked| !checked.damage.is_empty()).collect();
    if damaged.is_empty() || !context.printer.is_json() {
        context.printer.result(&checked, || {
            let mut table = Table::new(["name", "state"]);
            for row in &checked {
                let state = if row.damage.is_empty() { "intact".to_owned() } else { row.damage.join("; ") };
                table.row([Cell::text(&row.name), Cell::text(state.escape_debug())]);
            }
            Text::Table(table)
        })?;
    }
    match damaged.first() {
        None => Ok(()),
        Some(first) => Err(Error::new(
            Class::CheckFailed,
            format_args!("{} of {} damaged", damaged.len(), count(checked.len(), "model")),
        )
        .hint(format_args!("fetch it again: cuckoo miner models remove {0}, then cuckoo miner models add", first.name))
        .data(serde_json::to_value(&checked)?)),
    }
}

fn remove(name: &str, context: &Context) -> Result<()> {
    let store = open_store()?;
    let record = store.record(name)?.ok_or_else(|| StoreError::Unknown(name.into()))?;
    let what = format!("Remove {name} with {}", format_bytes(record.bytes()));
    if !context.globals.yes {
        if context.globals.no_input || context.printer.is_json() || !std::io::IsTerminal::is_terminal(&std::io::stdin())
        {
            return Err(
                Error::usage(format_args!("{what}: this needs --yes")).hint("to remove it without a question: --yes")
            );
        }
        if !context.printer.confirm(&format!("{what}?"))? {
            return Err(Error::failure("nothing was removed"));
        }
    }
    store.remove(name)?;
    context.printer.ok(format_args!("{name} is removed"));
    context.printer.result(&record, || Text::Nothing)
}

/// Shows progress in whole percent, so that a terminal is not flooded.
struct Shown<'a> {
    progress: &'a Progress,
    doing: &'static str,
    name: &'a str,
    last: Option<(String, u64)>,
}

impl<'a> Shown<'a> {
    const fn new(progress: &'a Progress, doing: &'static str, name: &'a str) -> Self {
        Self { progress, doing, name, last: None }
    }

    fn set(&mut self, file: &str, there: u64, all: u64) {
        let percent = there.saturating_mul(100) / all.max(1);
        if self.last.as_ref().is_none_or(|(last, at)| last != file || *at != percent) {
            let Self { doing, name, .. } = self;
            self.progress.set(format!("{doing} {name}: {percent} % of {}, {}", format_bytes(all), file.escape_debug()));
            self.last = Some((file.to_owned(), percent));
        }
    }
}

fn bytes_cell(bytes: u64) -> Cell {
    Cell::both(format_bytes(bytes), bytes)
}

/// Formats a number of bytes for people.
fn format_bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Name(_) => Self::usage(error).hint("choose another name: --name NAME"),
            StoreError::Exists { .. } => Self::precondition(error)
                .hint("choose another name: --name NAME; to see all names: cuckoo miner models list"),
            StoreError::Unknown(_) => {
                Self::precondition(error).hint("to see all models here: cuckoo miner models list")
            }
            StoreError::InUse(_) => {
                Self::precondition(error).hint("wait until it has finished; what it fetches is kept")
            }
            StoreError::Room { .. } => Self::precondition(error)
                .hint("free disk space, or keep models on another disk: XDG_CACHE_HOME=DIR in the environment"),
            StoreError::NoWeights(_) => {
                Self::failure(error).hint("to add a GGUF file, give its path: cuckoo miner models add FILE.gguf")
            }
            StoreError::Hash { .. } => {
                Self::new(Class::CheckFailed, error).hint("the damaged file was removed; try again")
            }
            StoreError::Unreachable(..) => Self::unavailable(error)
                .hint("check the connection and the proxy of this machine, or name another hub: --hub URL")
                .hint("or add a model that is here already: cuckoo miner models add DIRECTORY"),
            StoreError::BrokenOff(_) => {
                Self::unavailable(error).hint("try again: the download continues where it stopped")
            }
            StoreError::Hub(_) | StoreError::Path(_) => {
                Self::failure(error).hint("check the name; a model that is not public needs --hub-token-file PATH")
            }
            StoreError::Io { .. } => Self::failure(error),
        }
    }
}

#[cfg(feature = "mistralrs")]
fn dequantise(file: &Path, directory: &Path, context: &Context) -> Result<()> {
    let progress = context.printer.progress(format!("Converting {}", file.display()));
    cuckoo_gpu::model::dequantise(file, directory, &mut |done, all| {
        progress.set(format!("Converting {}: {done} of {all} tensors", file.display()));
    })
    .map_err(|error| match std::error::Error::source(&error) {
        Some(source) => Error::failure(format_args!("{error}: {source}")),
        None => Error::failure(&error),
    })?;
    drop(progress);
    context.printer.ok(format_args!("{} is ready", directory.display()));
    Ok(())
}

#[cfg(not(feature = "mistralrs"))]
fn dequantise(_: &Path, _: &Path, _: &Context) -> Result<()> {
    Err(Error::failure("this build has no mistral.rs engine").hint("build cuckoo with its default features"))
}
