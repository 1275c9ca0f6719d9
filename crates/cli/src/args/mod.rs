//! What can be typed: the command line's types, and nothing that acts.

mod parse;
mod transaction;
mod wallet;

use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use cuckoo_protocol::chain::DisplaySafeUrl;

pub use parse::{Amount, AmountArgs, NodeReference, Percent, address, typed};
pub use transaction::TransactionOptions;
pub use wallet::WalletOptions;

use crate::{command, env};

/// A decentralised marketplace for AI model serving.
#[derive(Debug, Parser)]
#[command(name = "cuckoo", version, propagate_version = true, arg_required_else_help = true, max_term_width = 120)]
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
    #[arg(long, short = 'n', global = true, env = env::NETWORK, default_value = "local", value_name = "NAME")]
    pub network: String,
    /// RPC endpoint instead of the network's own
    #[arg(long, global = true, env = env::RPC_URL, hide_env_values = true, value_name = "URL")]
    pub rpc_url: Option<DisplaySafeUrl>,
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
    /// The dashboard
    #[command(visible_alias = "top")]
    Tui(command::tui::Args),
    /// Transactions
    #[command(subcommand)]
    Tx(command::tx::Command),
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

    /// True for commands that run until they are stopped, whose log is worth reading by default.
    pub fn is_service(&self) -> bool {
        matches!(
            self,
            Self::Miner(_) | Self::Coordinator(_) | Self::Engine(_) | Self::Faucet(command::faucet::Command::Serve(_))
        )
    }
}
