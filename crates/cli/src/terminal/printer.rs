//! Output: data on stdout, talk on stderr, and the only place that prints.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    sync::{Mutex, PoisonError},
};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use cuckoo_protocol::{B256, harmless};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Error, Result, progress::Progress, table::Table};

/// Version of the JSON envelope.
pub const SCHEMA_VERSION: u32 = 1;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const OK: Style = AnsiColor::Green.on_default().bold();

/// What a command prints on stdout without `--json`.
#[derive(Debug)]
pub enum Text {
    /// Nothing.
    Nothing,
    /// One value, such as a hash, that `$(...)` can take.
    Value(String),
    /// A text as it is, with its own line ends.
    Piece(String),
    /// Rows: a table on a terminal, tab-separated values elsewhere.
    Table(Table),
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// In which form output is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrinterOptions {
    /// One JSON document on stdout.
    pub json: bool,
    /// Column names also where stdout is not a terminal.
    pub headers: bool,
    /// Errors only.
    pub quiet: bool,
    /// Whether spinners are wanted, where stderr is a terminal.
    pub progress: bool,
    /// When to use colours.
    pub color: Color,
}

/// Where output goes and in which form.
#[derive(Debug)]
pub struct Printer {
    json: bool,
    headers: bool,
    quiet: bool,
    progress: bool,
    stdout_is_terminal: bool,
    warnings: Mutex<Vec<String>>,
    /// Sent and not confirmed yet: what Ctrl-C has to mention.
    pending: Mutex<Option<B256>>,
}

impl Printer {
    /// From the options and the kind of the streams.
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
            warnings: Mutex::default(),
            pending: Mutex::default(),
        }
    }

    /// Says and prints nothing: for steps of a larger command, which talks for them.
    pub fn silent() -> Self {
        Self {
            json: false,
            headers: false,
            quiet: true,
            progress: false,
            stdout_is_terminal: false,
            warnings: Mutex::default(),
            pending: Mutex::default(),
        }
    }

    /// Prints one document: for a command line that could not even be read.
    pub fn for_programs() -> Self {
        Self { json: true, quiet: false, ..Self::silent() }
    }

    /// True with `--json`.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A command's result: once, at its end.
    pub fn result(&self, data: &impl Serialize, text: impl FnOnce() -> Text) -> Result<()> {
        if self.json {
            let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
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
            Text::Table(table) if self.stdout_is_terminal => self.line(&table.for_terminal()),
            Text::Table(table) => self.write(&table.for_pipe(self.headers)),
        }
    }

    /// One line of data: an event of a command that goes on, or a value.
    pub fn line(&self, line: &impl fmt::Display) -> Result<()> {
        self.write(&format!("{line}\n"))
    }

    /// Text that is ours, as it is.
    pub fn piece(&self, text: &str) -> Result<()> {
        self.write(text)
    }

    /// Part of a stranger's answer, as it comes: harmless on a terminal, as it is elsewhere.
    pub fn answer(&self, text: &str) -> Result<()> {
        match self.stdout_is_terminal {
            true => self.write(&harmless(text)),
            false => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(text.as_bytes())?;
                Ok(stdout.flush()?)
            }
        }
    }

    fn write(&self, text: &str) -> Result<()> {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    /// Talk: what is going on, for a person.
    pub fn say(&self, text: impl fmt::Display) {
        if !self.quiet {
            talk(&format!("{text}"));
        }
    }

    /// What was done.
    pub fn ok(&self, text: impl fmt::Display) {
        if !self.quiet {
            talk(&format!("{OK}ok{OK:#}: {text}"));
        }
    }

    /// What to do next.
    pub fn hint(&self, text: impl fmt::Display) {
        if !self.quiet {
            talk(&format!("{HINT}hint{HINT:#}: {text}"));
        }
    }

    /// What may be wrong. Also part of the JSON envelope.
    pub fn warn(&self, text: impl fmt::Display) {
        let text = text.to_string();
        talk(&format!("{WARNING}warning{WARNING:#}: {text}"));
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// A question to the terminal; true for yes.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        let answer = self.ask(&format!("{question} [y/N]"))?;
        Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// A question to the terminal, and the line that is typed.
    pub fn ask(&self, question: &str) -> Result<String> {
        let mut stderr = anstream::stderr();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// A step that takes a while: a spinner on a terminal, one line elsewhere.
    pub fn progress(&self, text: impl Into<String>) -> Progress {
        let text = text.into();
        if !self.progress {
            self.say(&text);
        }
        Progress::start(text, self.progress)
    }

    /// Remembers a transaction that was sent, or forgets it once its outcome is known.
    pub fn set_pending(&self, hash: Option<B256>) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = hash;
    }

    /// A transaction whose outcome is not known.
    pub fn pending(&self) -> Option<B256> {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command's failure: once, at its end.
    pub fn failure(&self, error: &Error) -> Result<()> {
        talk(&format!("{ERROR}error{ERROR:#}: {error}"));
        for hint in error.hints() {
            talk(&format!("{HINT}hint{HINT:#}: {hint}"));
        }
        let transaction = error.transaction_hash();
        if self.json {
            let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
            let data = match (error.found(), transaction) {
                (Some(found), _) => found.clone(),
                (None, Some(hash)) => json!({ "transaction": hash }),
                (None, None) => Value::Null,
            };
            return self.line(&json!({
                "schema_version": SCHEMA_VERSION,
                "success": false,
                "data": data,
                "errors": [{
                    "class": error.class(),
                    "exit_code": error.class().code(),
                    "message": error.to_string(),
                    "hints": error.hints(),
                }],
                "warnings": warnings,
            }));
        }
        transaction.map_or(Ok(()), |hash| self.line(&hash))
    }
}

/// Talk is worth nothing when nobody listens, so a closed stderr is no failure.
fn talk(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
