//! `cuckoo miner models`: the models on this machine, whole and known.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use cuckoo_gpu::{
    device,
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

/// Models on this machine
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch a model from the hub, or copy one, and note the hash of every file
    ///
    /// What a broken-off attempt has fetched is used by the next one.
    Add {
        /// ORGANISATION/NAME at the hub, a name that `models suggest` lists, a directory with safetensors, or a .gguf file
        source: String,
        /// The name to keep and offer it under [default: the last part of the source]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The hub; anything that speaks Hugging Face's API
        #[arg(long, env = env::HF_ENDPOINT, default_value = "https://huggingface.co", value_name = "URL")]
        hub: Url,
        /// File with the hub's access token, for models that are not open to everybody; - for stdin
        #[arg(long, value_name = "PATH")]
        hub_token_file: Option<PathBuf>,
    },
    /// The models that are here
    List,
    /// Models to begin with, and whether they fit into this machine's memory
    Suggest,
    /// Read every file again, and compare it with its hash
    Verify {
        /// Which model [default: all]
        name: Option<String>,
    },
    /// Remove a model and its files
    Remove {
        /// Which model
        name: String,
    },
    /// Turn a quantised llama in a GGUF file into a directory that a CPU runs many times faster
    Dequantise {
        /// The GGUF file
        file: PathBuf,
        /// The directory to make; nothing is done if it was made from the same file
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

fn store() -> Result<Store> {
    let cache = env::cache_directory().ok_or_else(|| Error::config("neither XDG_CACHE_HOME nor HOME is set"))?;
    Ok(Store::at(cache.join("models")))
}

/// A model of this machine by its name, with the hash that its weights have to have.
pub(super) fn kept(name: &str) -> Result<Option<(ModelSource, ModelRecord)>> {
    let store = store()?;
    let Some(record) = store.record(name)? else { return Ok(None) };
    Ok(Some((store.source(&record)?, record)))
}

async fn add(source: &str, name: Option<String>, hub: Url, token_file: Option<&Path>, context: &Context) -> Result<()> {
    let named = suggested(source).map_or(source, |suggestion| suggestion.hub);
    let source = ModelSource::parse(named)
        .map_err(|error| Error::usage(error).hint("some to begin with: cuckoo miner models suggest"))?;
    let name = name.unwrap_or_else(|| source.default_name());
    let origin = match source {
        ModelSource::Directory(path) | ModelSource::Gguf(path) => Origin::Local(path),
        ModelSource::Hub(model) => {
            let local = hub.host_str().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
            if hub.scheme() != "https" && !local {
                return Err(Error::usage("a hub elsewhere is asked by https only").hint("--hub https://HOST"));
            }
            let token = token_file.map(given_secret).transpose()?;
            Origin::Hub(Hub::new(hub, token.map(|token| token.expose_secret().to_owned()))?, model)
        }
    };
    let progress = context.printer.progress(format!("Adding {name}"));
    let mut shown = Shown::new(&progress, "Adding", &name);
    let record = store()?.add(&name, &origin, &mut |file, there, all| shown.set(file, there, all)).await?;
    drop(progress);
    let size = size(record.bytes());
    context.printer.ok(format_args!("{name} is here: {}, {size}", count(record.files.len(), "file")));
    context.printer.hint(format_args!("offer it: cuckoo miner run --model {name}"));
    context.printer.result(&record, || Text::Value(record.weights.clone()))
}

fn list(context: &Context) -> Result<()> {
    let records = store()?.records()?;
    if records.is_empty() {
        context.printer.hint("some to begin with: cuckoo miner models suggest");
    }
    context.printer.result(&records, || {
        let mut table = Table::new(["name", "size", "files", "source", "weights"]);
        for record in &records {
            table.row([
                Cell::text(&record.name),
                bytes(record.bytes()),
                Cell::number(record.files.len()),
                Cell::text(record.source.escape_debug()),
                Cell::text(&record.weights),
            ]);
        }
        Text::Table(table)
    })
}

/// A suggestion on this machine.
#[derive(Debug, Serialize)]
struct Suggested {
    name: &'static str,
    hub: &'static str,
    /// Bytes of memory, estimated.
    memory: u64,
    /// Whether that fits into the memory of the largest device; nothing where that is not known.
    fits: Option<bool>,
}

fn suggest(context: &Context) -> Result<()> {
    let largest = device::detect().sample().iter().filter_map(|device| device.memory_total).max();
    let rows = SUGGESTIONS.map(|suggestion| Suggested {
        name: suggestion.name,
        hub: suggestion.hub,
        memory: suggestion.memory(),
        fits: largest.map(|largest| suggestion.memory() <= largest),
    });
    context.printer.hint("fetch one: cuckoo miner models add NAME");
    context.printer.result(&rows, || {
        let mut table = Table::new(["name", "memory", "fits here", "hub"]);
        for row in &rows {
            let fits = row.fits.map_or("?", |fits| if fits { "yes" } else { "no" });
            table.row([Cell::text(row.name), bytes(row.memory), Cell::text(fits), Cell::text(row.hub)]);
        }
        Text::Table(table)
    })
}

/// What became of one model's files.
#[derive(Debug, Serialize)]
struct Checked {
    name: String,
    /// What is wrong; nothing where everything is as it was.
    damage: Vec<String>,
}

fn verify(name: Option<&str>, context: &Context) -> Result<()> {
    let store = store()?;
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
                let state = if row.damage.is_empty() { "whole".to_owned() } else { row.damage.join("; ") };
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
    let store = store()?;
    let record = store.record(name)?.ok_or_else(|| StoreError::Unknown(name.into()))?;
    let what = format!("Remove {name} with {}", size(record.bytes()));
    if !context.globals.yes {
        if context.globals.no_input || context.printer.is_json() || !std::io::IsTerminal::is_terminal(&std::io::stdin())
        {
            return Err(Error::usage(format_args!("{what}: somebody has to agree")).hint("--yes"));
        }
        if !context.printer.confirm(&format!("{what}?"))? {
            return Err(Error::failure("nothing was removed"));
        }
    }
    store.remove(name)?;
    context.printer.ok(format_args!("{name} is removed"));
    context.printer.result(&record, || Text::Nothing)
}

/// Progress in whole percents, so that a terminal is not flooded.
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
            self.progress.set(format!("{doing} {name}: {percent} % of {}, {}", size(all), file.escape_debug()));
            self.last = Some((file.to_owned(), percent));
        }
    }
}

fn bytes(bytes: u64) -> Cell {
    Cell::both(size(bytes), bytes)
}

/// Bytes as people write them.
fn size(bytes: u64) -> String {
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
            StoreError::Name(_) => Self::usage(error).hint("another name: --name NAME"),
            StoreError::Exists { .. } => {
                Self::precondition(error).hint("another name: --name NAME; what is here: cuckoo miner models list")
            }
            StoreError::Unknown(_) => Self::precondition(error).hint("what is here: cuckoo miner models list"),
            StoreError::InUse(_) => Self::precondition(error).hint("wait for it; what it fetches is kept"),
            StoreError::Room { .. } => {
                Self::precondition(error).hint("make room, or keep models elsewhere: XDG_CACHE_HOME")
            }
            StoreError::NoWeights(_) => {
                Self::failure(error).hint("a GGUF file is added by its path: cuckoo miner models add FILE.gguf")
            }
            StoreError::Hash { .. } => Self::new(Class::CheckFailed, error).hint("the file was removed; try again"),
            StoreError::BrokenOff(_) => {
                Self::unavailable(error).hint("try again: what has arrived is kept, and it goes on from there")
            }
            StoreError::Hub(_) | StoreError::Path(_) => Self::failure(error)
                .hint("check the name; a model that is not open to everybody needs --hub-token-file"),
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
    Err(Error::failure("this build has no mistral.rs engine").hint("build with default features"))
}
