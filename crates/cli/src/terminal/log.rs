//! The log, which goes to stderr, as verbose as `--log` or `-v` say.

use std::{
    io::{self, IsTerminal},
    sync::atomic::{AtomicBool, Ordering},
};

use clap::ValueEnum;
use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use super::Color;

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions<'a> {
    /// How often `-v` was given.
    pub verbose: u8,
    /// Directives that take the place of the level.
    pub directives: Option<&'a str>,
    /// When to use colours.
    pub color: Color,
    /// The format of the log.
    pub format: LogFormat,
    /// True for commands that run until they are stopped.
    pub is_service: bool,
}

/// Libraries write down what passes through them: all do at the level trace, such as the frames of the link, and PostgreSQL's client
/// the values of a query at debug. There are prompts in it, which belong in no log.
fn says_no_content(target: &str, level: Level) -> bool {
    let is_own = target.starts_with("cuckoo");
    level <= Level::INFO || is_own || (level == Level::DEBUG && !target.contains("postgres") && target != "log")
}

/// True while a screen has the terminal, to which nothing else may write.
static SCREEN: AtomicBool = AtomicBool::new(false);

/// Keeps the log off the terminal until it is dropped. A file or a pipe gets it all the same.
pub struct KeptOff;

/// Keeps the log off the terminal.
#[must_use]
pub fn keep_off_terminal() -> KeptOff {
    SCREEN.store(true, Ordering::SeqCst);
    KeptOff
}

impl Drop for KeptOff {
    fn drop(&mut self) {
        SCREEN.store(false, Ordering::SeqCst);
    }
}

/// Stderr, or nothing while a screen has the terminal that it is.
fn stderr() -> Box<dyn io::Write> {
    let stderr = io::stderr();
    if SCREEN.load(Ordering::SeqCst) && stderr.is_terminal() { Box::new(io::sink()) } else { Box::new(stderr) }
}

/// Something else that is given what is logged.
pub type Other = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts the log. Services log what they do, commands only what may be wrong.
pub fn start(options: LogOptions<'_>, other: Option<Other>) {
    let LogOptions { verbose, directives, color, format, is_service } = options;
    let level = match (verbose, is_service) {
        (0, false) => "warn",
        (0, true) => "info,hyper=warn,reqwest=warn",
        (1, false) => "info",
        (1, true) | (2, false) => "cuckoo=debug,cuckoo_protocol=debug,cuckoo_gpu=debug,info",
        (2.., _) => "debug",
    };
    let filter = EnvFilter::new(directives.unwrap_or(level));
    let colored = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let writer = fmt::layer().with_writer(stderr);
    let registry = tracing_subscriber::registry()
        .with(other)
        .with(filter)
        .with(filter_fn(|metadata| says_no_content(metadata.target(), *metadata.level())));
    // Only tests start it twice in one process; the first log stays then.
    let _ = match format {
        LogFormat::Json => registry.with(writer.json().flatten_event(true)).try_init(),
        LogFormat::Text if is_service => registry.with(writer.with_ansi(colored)).try_init(),
        LogFormat::Text => registry.with(writer.with_ansi(colored).without_time().with_target(false)).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_do_not_write_down_what_passes_through_them() {
        for (target, level, is_logged) in [
            ("cuckoo::node::miner::links", Level::TRACE, true),
            ("cuckoo_protocol::coordinator", Level::TRACE, true),
            ("hyper::proto", Level::DEBUG, true),
            ("tungstenite::protocol::frame", Level::WARN, true),
            ("tungstenite::protocol::frame", Level::TRACE, false),
            ("h2::codec", Level::TRACE, false),
            ("tokio_postgres::query", Level::DEBUG, false),
            // What comes through the crate `log` has this for its target.
            ("log", Level::DEBUG, false),
            ("log", Level::INFO, true),
        ] {
            assert_eq!(says_no_content(target, level), is_logged, "{target} at {level}");
        }
    }
}
