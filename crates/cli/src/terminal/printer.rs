//! Prints all output, and nothing else does: data on stdout, messages on stderr.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
    time::Instant,
};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use cuckoo_protocol::{Address, B256, harmless};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{runtime::Handle, sync::oneshot};

use super::{Class, Error, Result, Typed, progress::Progress, table::Table};

/// Version of the JSON envelope.
pub const SCHEMA_VERSION: u32 = 1;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const OK: Style = AnsiColor::Green.on_default().bold();

/// The text that a command prints on stdout without `--json`.
#[derive(Debug)]
pub enum Text {
    /// No text.
    Nothing,
    /// One value, such as a hash, that `$(...)` can take.
    Value(String),
    /// A text that is printed as it is, with its own line ends.
    Piece(String),
    /// Rows: a table on a terminal, tab-separated values elsewhere.
    Table(Table),
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Use colours on a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always use colours
    Always,
    /// Never use colours
    Never,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrinterOptions {
    /// True for one JSON document on stdout.
    pub json: bool,
    /// True for column names even when stdout is not a terminal.
    pub headers: bool,
    /// True for warnings and errors only.
    pub quiet: bool,
    /// True for spinners where stderr is a terminal.
    pub progress: bool,
    /// When to use colours.
    pub color: Color,
}

/// The printer of one process.
#[derive(Debug)]
pub struct Printer {
    json: bool,
    headers: bool,
    quiet: bool,
    progress: bool,
    stdout_is_terminal: bool,
    /// Options that commands in hints need as well.
    typed: Typed,
    warnings: Mutex<Vec<String>>,
    /// The transaction that was sent and is not confirmed yet, which Ctrl-C has to mention.
    pending: Mutex<Option<B256>>,
    /// Steps that are shown.
    steps: Arc<AtomicUsize>,
    /// What a person waits for while no step says so.
    waiting: Mutex<Waiting>,
}

/// A wait for the chain.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) shown: Option<Progress>,
    /// When the network's events began to be read.
    pub(super) since: Option<Instant>,
    pub(super) said: bool,
}

impl Printer {
    /// Makes a printer from the options and the kinds of stdout and stderr.
    pub fn new(options: PrinterOptions) -> Self {
        let PrinterOptions { json, headers, quiet, progress, color } = options;
        match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        Self {
            json,
            headers,
            quiet,
            progress: progress && !json && !quiet && io::stderr().is_terminal() && std::env::var_os("CI").is_none(),
            stdout_is_terminal: io::stdout().is_terminal(),
            typed: Typed::default(),
            warnings: Mutex::default(),
            pending: Mutex::default(),
            steps: Arc::default(),
            waiting: Mutex::default(),
        }
    }

    /// Makes a printer that prints nothing: for steps of a larger command, which reports for them.
    pub fn silent() -> Self {
        Self {
            json: false,
            headers: false,
            quiet: true,
            progress: false,
            stdout_is_terminal: false,
            typed: Typed::default(),
            warnings: Mutex::default(),
            pending: Mutex::default(),
            steps: Arc::default(),
            waiting: Mutex::default(),
        }
    }

    /// Makes a printer of one JSON document: for a command line that could not be read.
    pub fn for_programs() -> Self {
        Self { json: true, quiet: false, ..Self::silent() }
    }

    /// The same printer, which adds these options to commands in hints.
    #[must_use]
    pub fn with_typed(self, typed: Typed) -> Self {
        Self { typed, ..self }
    }

    /// True with `--json`.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// True where a spinner is seen.
    pub(super) fn shows_progress(&self) -> bool {
        self.progress
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the steps that are shown.
    pub(super) fn steps(&self) -> &Arc<AtomicUsize> {
        &self.steps
    }

    /// Takes away what is shown of a wait, since something else is printed.
    pub fn clear_waiting(&self) {
        self.waiting().shown = None;
    }

    fn talk(&self, text: &str) {
        self.clear_waiting();
        talk(text);
    }

    /// Prints a command's result: once, at its end.
    pub fn result(&self, data: &impl Serialize, text: impl FnOnce() -> Text) -> Result<()> {
        if self.json {
            let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
            let mut data = serde_json::to_value(data)?;
            add_checksums(&mut data);
            return self.line(&json!({
                "schema_version": SCHEMA_VERSION,
                "success": true,
                "data": data,
                "errors": [],
                "warnings": warnings,
            }));
        }
        match text() {
            Text::Nothing => Ok(()),
            Text::Value(value) => self.line(&value),
            Text::Piece(text) => self.write(&text),
            Text::Table(table) if self.stdout_is_terminal => {
                let width = comfy_table::Table::new().width().map(usize::from);
                let shown = table.for_terminal(width);
                self.write(&shown.text)?;
                if !shown.left_out.is_empty() {
                    self.say(format_args!(
                        "Columns that do not fit here: {} (--json has all)",
                        shown.left_out.join(", ")
                    ));
                }
                Ok(())
            }
            Text::Table(table) => self.write(&table.for_pipe(self.headers)),
        }
    }

    /// Prints one line of data: an event of a command that continues, or a value.
    pub fn line(&self, line: &impl fmt::Display) -> Result<()> {
        self.write(&format!("{line}\n"))
    }

    /// Prints a text of this program as it is.
    pub fn piece(&self, text: &str) -> Result<()> {
        self.write(text)
    }

    /// Prints a part of a stranger's answer as it arrives: made harmless on a terminal, unchanged elsewhere.
    pub fn answer(&self, text: &str) -> Result<()> {
        match self.stdout_is_terminal {
            true => self.write(&harmless(text)),
            false => {
                self.clear_waiting();
                let mut stdout = io::stdout().lock();
                stdout.write_all(text.as_bytes())?;
                Ok(stdout.flush()?)
            }
        }
    }

    fn write(&self, text: &str) -> Result<()> {
        self.clear_waiting();
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    /// Prints a message for a person.
    pub fn say(&self, text: impl fmt::Display) {
        if !self.quiet {
            self.talk(&format!("{text}"));
        }
    }

    /// Prints what was done.
    pub fn ok(&self, text: impl fmt::Display) {
        if !self.quiet {
            self.talk(&format!("{OK}ok{OK:#}: {text}"));
        }
    }

    /// Prints what to do next.
    pub fn hint(&self, text: impl fmt::Display) {
        if !self.quiet {
            self.talk(&format!("{HINT}hint{HINT:#}: {}", self.complete(&text.to_string())));
        }
    }

    /// The text with its commands as they have to be typed here: with the network and the key of this command line.
    pub fn complete(&self, text: &str) -> String {
        self.typed.complete(text)
    }

    /// Prints what may be wrong; it is part of the JSON document as well.
    pub fn warn(&self, text: impl fmt::Display) {
        let text = text.to_string();
        self.talk(&format!("{WARNING}warning{WARNING:#}: {text}"));
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// Asks a question at the terminal; true for yes.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        let answer = self.ask(&format!("{question} [y/N]"))?;
        Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks a question at the terminal and returns the line that is typed.
    pub fn ask(&self, question: &str) -> Result<String> {
        self.clear_waiting();
        let mut stderr = anstream::stderr();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        typed_line()
    }

    /// Shows a step that takes a while: a spinner on a terminal, one line elsewhere.
    pub fn progress(&self, text: impl Into<String>) -> Progress {
        let text = text.into();
        if !self.progress {
            self.say(&text);
        }
        self.clear_waiting();
        Progress::start(text, self.progress, &self.steps)
    }

    /// Remembers a transaction that was sent, or forgets it once its outcome is known.
    pub fn set_pending(&self, hash: Option<B256>) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = hash;
    }

    /// The transaction whose outcome is not known yet.
    pub fn pending(&self) -> Option<B256> {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a command's failure: once, at its end.
    pub fn failure(&self, error: &Error) -> Result<()> {
        self.talk(&format!("{ERROR}error{ERROR:#}: {error}"));
        let hints: Vec<_> = error.hints().iter().map(|hint| self.typed.complete(hint)).collect();
        for hint in &hints {
            self.talk(&format!("{HINT}hint{HINT:#}: {hint}"));
        }
        let transaction = error.transaction_hash();
        if self.json {
            let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
            let mut data = match (error.found(), transaction) {
                (Some(found), _) => found.clone(),
                (None, Some(hash)) => json!({ "transaction": hash }),
                (None, None) => Value::Null,
            };
            add_checksums(&mut data);
            return self.line(&json!({
                "schema_version": SCHEMA_VERSION,
                "success": false,
                "data": data,
                "errors": [{
                    "class": error.class(),
                    "exit_code": error.class().code(),
                    "message": error.to_string(),
                    "hints": hints,
                }],
                "warnings": warnings,
            }));
        }
        transaction.map_or(Ok(()), |hash| self.line(&hash))
    }
}

/// Writes every address in a document with its checksum, as texts have it.
fn add_checksums(document: &mut Value) {
    match document {
        Value::Array(values) => values.iter_mut().for_each(add_checksums),
        Value::Object(fields) => fields.values_mut().for_each(add_checksums),
        Value::String(text) if text.len() == 42 && text.starts_with("0x") => {
            if let Ok(address) = text.parse::<Address>() {
                *text = address.to_string();
            }
        }
        _ => {}
    }
}

/// Reads the line that is typed. Ctrl-C, and Ctrl-D in an empty line, are no answers.
fn typed_line() -> Result<String> {
    let interrupted = || Error::new(Class::Interrupted, "interrupted at a question");
    let read = || {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|length| (length > 0).then(|| line.trim().to_owned()))
    };
    let Ok(runtime) = Handle::try_current() else { return read()?.ok_or_else(interrupted) };
    // The runtime takes Ctrl-C from the process, and waits for nobody who waits for a line: a thread of its own does so, which ends
    // with the process.
    let (sender, line) = oneshot::channel();
    std::thread::spawn(move || drop(sender.send(read())));
    let answered = async {
        tokio::select! {
            line = line => line.map_err(|_| interrupted())?.map_err(Error::from)?.ok_or_else(interrupted),
            _ = tokio::signal::ctrl_c() => Err(interrupted()),
        }
    };
    tokio::task::block_in_place(|| runtime.block_on(answered))
}

/// Prints a message on stderr. A closed stderr is ignored, since nobody would read the message.
fn talk(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
