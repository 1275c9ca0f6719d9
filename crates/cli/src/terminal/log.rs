//! The log: on stderr, as much as `--log` or `-v` ask for.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::args::{Cli, Color, LogFormat};

/// Starts the log. Services log what they do, commands only what may be wrong.
pub(crate) fn start(cli: &Cli) {
    let level = match (cli.globals.verbose, cli.command.is_service()) {
        (0, false) => "warn",
        (0, true) => "info,hyper=warn,reqwest=warn",
        (1, false) => "info",
        (1, true) | (2, false) => "cuckoo=debug,cuckoo_protocol=debug,cuckoo_gpu=debug,info",
        (2.., _) => "debug",
    };
    let filter = EnvFilter::new(cli.globals.log.as_deref().unwrap_or(level));
    let colored = match cli.globals.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let writer = fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    // A second start is a test in the same process: its first one goes on.
    let _ = match cli.globals.log_format {
        LogFormat::Json => registry.with(writer.json().flatten_event(true)).try_init(),
        LogFormat::Text if cli.command.is_service() => registry.with(writer.with_ansi(colored)).try_init(),
        LogFormat::Text => registry.with(writer.with_ansi(colored).without_time().with_target(false)).try_init(),
    };
}
