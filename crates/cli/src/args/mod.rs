//! What can be typed: the command line's types, and nothing that acts.

mod parse;
mod transaction;
mod wallet;

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use cuckoo_protocol::chain::DisplaySafeUrl;

pub use parse::{Amount, AmountArgs, NodeReference, Percent, address, typed};
pub use transaction::TransactionOptions;
pub use wallet::WalletOptions;

use crate::{
    command,
    host::{env, networks},
    terminal::version,
};

/// A decentralised marketplace for AI model serving.
#[derive(Debug, Parser)]
#[command(name = "cuckoo", version, propagate_version = true, arg_required_else_help = true, max_term_width = 120)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// Options that every command knows.
    #[command(flatten)]
    pub globals: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command knows, before or after its name.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// Network: a name, or the path of a network.json
    #[arg(long, short = 'n', global = true, env = env::NETWORK, default_value = networks::LOCAL, value_name = "NAME")]
    pub network: String,
    /// RPC endpoint instead of the network's own
    #[arg(long, global = true, env = env::RPC_URL, hide_env_values = true, value_name = "URL")]
    pub rpc_url: Option<DisplaySafeUrl>,
    /// Configuration file, instead of the usual ones
    #[arg(long, global = true, env = env::CONFIG, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// One JSON document on stdout, and no questions
    #[arg(long, global = true, env = env::JSON, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub json: bool,
    /// Column names also where the output is no terminal
    #[arg(long, global = true)]
    pub headers: bool,
    /// Say nothing but errors
    #[arg(long, short = 'q', global = true)]
    pub quiet: bool,
    /// Log more; twice for more still
    #[arg(long, short = 'v', global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// What to log: a level, or directives such as cuckoo=debug,warn
    #[arg(id = "log_directives", long = "log", global = true, env = env::LOG, value_parser = log_directives, value_name = "DIRECTIVES")]
    pub log: Option<String>,
    /// How to log
    #[arg(long, global = true, env = env::LOG_FORMAT, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Answer every question with yes
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Ask no questions: fail where one would be needed
    #[arg(long, global = true, env = env::NO_INPUT, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub no_input: bool,
    /// No spinners
    #[arg(long, global = true, env = env::NO_PROGRESS, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub no_progress: bool,
    /// How long to wait for a transaction
    #[arg(long, global = true, value_parser = humantime::parse_duration, default_value = "90s", value_name = "DURATION")]
    pub timeout: Duration,
    /// Which key signs.
    #[command(flatten)]
    pub wallet: WalletOptions,
    /// Exists only to be refused: arguments are visible to every process of the machine.
    #[arg(long, global = true, hide = true, value_name = "KEY")]
    pub private_key: Option<Refused>,
}

/// Directives that the log understands.
fn log_directives(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The command line's declaration, the same for each build of a release: for completions, the manual and checks.
pub fn definition() -> clap::Command {
    Cli::command().version(version::RELEASE)
}

/// The command line of this very binary.
pub fn command() -> clap::Command {
    Cli::command().version(version::short()).long_version(version::long())
}

/// The command line for a shell that completes it, with the names that this machine knows.
pub fn completing() -> clap::Command {
    command::completions::names::with_names(definition())
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

/// How to log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One object a line
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A whole network on this machine
    Devnet(command::devnet::Args),
    /// Keys to sign with
    #[command(subcommand)]
    Wallet(command::wallet::Command),
    /// Networks that this machine knows
    #[command(subcommand)]
    Network(command::network::Command),
    /// The configuration file, and what is in force
    #[command(subcommand)]
    Config(command::config::Command),
    /// Every CAI of an address, by state
    Balance(command::balance::Args),
    /// CAI for trying a test network
    #[command(subcommand)]
    Faucet(command::faucet::Command),
    /// CAI at stake
    #[command(subcommand)]
    Stake(command::stake::Command),
    /// Stake behind nodes
    #[command(subcommand)]
    Vote(command::vote::Command),
    /// Make a key a node of the network
    #[command(subcommand)]
    Register(command::register::Command),
    /// What a coordinator has prepaid, and what miners are paid from it
    #[command(subcommand)]
    Escrow(command::escrow::Command),
    /// Give the network work
    Task(command::task::Args),
    /// Run tasks for CAI
    Miner(command::miner::Args),
    /// Take tasks from applications and assign them
    Coordinator(command::coordinator::Args),
    /// Check what others did
    Audit(command::audit::Args),
    /// Cheats, proven or tried before a jury that is drawn by stake
    #[command(subcommand)]
    Dispute(command::dispute::Command),
    /// The dashboard
    #[command(visible_alias = "top")]
    Tui(command::tui::Args),
    /// Transactions
    #[command(subcommand)]
    Tx(command::tx::Command),
    /// Whether this machine is ready: chain, clock, keys, disk, ports and devices
    Doctor(command::doctor::Args),
    /// A script that completes commands and options
    Completions(command::completions::Completions),
    /// The manual
    Man(command::completions::Manual),
    /// What this binary is
    Version,
    /// Help for a command, or on environment, exit-codes or config
    Help(command::help::Args),
    /// The engine process of a miner
    #[command(hide = true)]
    Engine(command::engine::Args),
}

impl Command {
    /// True for commands that end themselves on Ctrl-C, because they have something to end first.
    pub fn handles_signals(&self) -> bool {
        matches!(
            self,
            Self::Devnet(_)
                | Self::Task(_)
                | Self::Miner(_)
                | Self::Coordinator(_)
                | Self::Tui(_)
                | Self::Engine(_)
                | Self::Faucet(command::faucet::Command::Serve(_))
        )
    }

    /// True for commands that a broken configuration must not keep from running: they help to mend it.
    pub fn needs_no_config(&self) -> bool {
        match self {
            Self::Config(command) => command.is_repair(),
            Self::Completions(_) | Self::Man(_) | Self::Version | Self::Help(_) | Self::Engine(_) => true,
            _ => false,
        }
    }

    /// True for commands that run until they are stopped, whose log is worth reading by default.
    pub fn is_service(&self) -> bool {
        matches!(
            self,
            Self::Miner(_) | Self::Coordinator(_) | Self::Engine(_) | Self::Faucet(command::faucet::Command::Serve(_))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &clap::Command, globals: &[String]) {
        for own in command.get_arguments().filter(|arg| !arg.is_global_set()) {
            let id = own.get_id().as_str();
            assert!(
                !globals.iter().any(|global| global == id),
                "`{id}` of `{}` hides a global option",
                command.get_name()
            );
        }
        command.get_subcommands().for_each(|command| check(command, globals));
    }

    #[test]
    fn no_argument_hides_a_global_option() {
        let definition = definition();
        let globals = definition.get_arguments().filter(|arg| arg.is_global_set());
        let globals: Vec<_> = globals.map(|arg| arg.get_id().to_string()).collect();
        assert!(globals.len() > 15);
        check(&definition, &globals);
        definition.debug_assert();
    }
}
