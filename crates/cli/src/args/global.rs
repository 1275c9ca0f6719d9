//! Options that every command knows.

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args, builder::FalseyValueParser};
use cuckoo_protocol::chain::DisplaySafeUrl;

use super::WalletOptions;
use crate::{
    host::{env, networks},
    terminal::{Color, LogFormat, PrinterOptions, log::LogOptions},
};

/// Options that every command knows, before or after its name.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// Network to use: a name that this machine knows, or the path of a network.json
    #[arg(long, short = 'n', global = true, env = env::NETWORK, default_value = networks::LOCAL, value_name = "NAME")]
    pub network: String,
    /// RPC endpoint to use instead of the network's own
    #[arg(long, global = true, env = env::RPC_URL, hide_env_values = true, value_parser = DisplaySafeUrl::endpoint, value_name = "URL")]
    pub rpc_url: Option<DisplaySafeUrl>,
    /// Configuration file to read instead of the user's and the machine's
    #[arg(long, global = true, env = env::CONFIG, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Print one JSON document on stdout, and ask no questions
    #[arg(long, global = true, env = env::JSON, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub json: bool,
    /// Print column names even when stdout is not a terminal
    #[arg(long, global = true)]
    pub headers: bool,
    /// Print no messages on stderr but warnings and errors; the log stays as --log says
    #[arg(long, short = 'q', global = true)]
    pub quiet: bool,
    /// Log more; give it twice to log even more
    #[arg(long, short = 'v', global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// What to log: a level, or directives such as cuckoo=debug,warn
    #[arg(id = "log_directives", long = "log", global = true, env = env::LOG, value_parser = log_directives, value_name = "DIRECTIVES")]
    pub log: Option<String>,
    /// Format of the log
    #[arg(long, global = true, env = env::LOG_FORMAT, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Answer every question with yes
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Ask no questions; fail where an answer is needed
    #[arg(long, global = true, env = env::NO_INPUT, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub no_input: bool,
    /// Show no spinners
    #[arg(long, global = true, env = env::NO_PROGRESS, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub no_progress: bool,
    /// How long to wait until a transaction is in a block
    #[arg(long, global = true, value_parser = humantime::parse_duration, default_value = "90s", value_name = "DURATION")]
    pub timeout: Duration,
    /// Options that say which key signs.
    #[command(flatten)]
    pub wallet: WalletOptions,
    /// An option that exists only to be refused: arguments are visible to every process of the machine.
    #[arg(long, global = true, hide = true, value_name = "KEY")]
    pub private_key: Option<Refused>,
}

impl GlobalOptions {
    /// The options that concern output.
    pub fn printer_options(&self) -> PrinterOptions {
        PrinterOptions {
            json: self.json,
            headers: self.headers,
            quiet: self.quiet,
            // A spinner would garble a more verbose log.
            progress: !self.no_progress && self.verbose == 0,
            color: self.color,
        }
    }

    /// The options that concern the log.
    pub fn log_options(&self, is_service: bool) -> LogOptions<'_> {
        LogOptions {
            verbose: self.verbose,
            directives: self.log.as_deref(),
            color: self.color,
            format: self.log_format,
            is_service,
        }
    }
}

/// Refuses directives that the log does not understand.
fn log_directives(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A value that is thrown away as it is read.
#[derive(Clone, Debug)]
pub struct Refused;

impl std::str::FromStr for Refused {
    type Err = std::convert::Infallible;

    fn from_str(_: &str) -> Result<Self, Self::Err> {
        Ok(Self)
    }
}
