//! `cuckoo coordinator`: the node that applications call.

mod auditor;
mod audits;
mod check;
mod court;
mod keys;
mod settle;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use clap::Subcommand;
use cuckoo_protocol::{
    Cai,
    coordinator::{
        Gate, Policy, Prices,
        prosecution::{Means, Mode},
    },
    described,
};
use url::Url;

use crate::{
    account::signer,
    command::shared::{calibrations, node, unit},
    context::Context,
    host::{env, secrets},
    node::{
        coordinator::{
            self, StartError,
            assignments::AssignmentLogError,
            journal::{JournalError, Server, ServerError},
            models::{self, ModelsError},
            prices::{self, PricesError},
            settlement::PeriodError,
        },
        service,
    },
    terminal::{Error, Result},
};

/// Run the node that applications call
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a coordinator until SIGTERM or Ctrl-C; it then finishes its running tasks and exits
    Run(Box<RunArgs>),
    /// Check whether `coordinator run` would work with the same options
    Check(Box<RunArgs>),
    /// Show what a running coordinator is doing
    Status(node::StatusArgs),
    /// Tell a running coordinator to take no new tasks, finish its own and exit
    Drain(node::DrainArgs),
    /// Show what a running coordinator still owes its miners, all that they have earned there, and what waits for an audit
    Owed(node::StatusArgs),
    /// Show what a running coordinator's audits say of each miner
    Audits(node::StatusArgs),
    /// List the cases against cheats that a running coordinator wants before the court, or have one opened
    Court(court::Args),
    /// Show what the names of models stand for at a running coordinator
    Models(node::StatusArgs),
    /// Settle on chain what a running coordinator owes its miners; they can redeem their vouchers without this
    Settle(settle::Args),
    /// Install or remove the systemd unit that keeps a coordinator running
    #[command(subcommand)]
    Service(unit::Command),
    /// Create, list and revoke API keys
    Keys(keys::Args),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// Address to serve the API on for applications
    #[arg(long, default_value = "127.0.0.1:8780", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Address that miners connect to; register its public URL as the coordinator's endpoint
    #[arg(long, default_value = "127.0.0.1:8781", value_name = "ADDRESS")]
    link_listen: SocketAddr,
    /// Address to serve status and metrics on for operators and dashboards; it must be a loopback address
    #[arg(long, default_value = "127.0.0.1:8782", value_name = "ADDRESS")]
    admin_listen: SocketAddr,
    /// Allow --listen and --link-listen on addresses that other machines reach, because a proxy in front of them speaks TLS
    #[arg(long)]
    behind_proxy: bool,
    /// Directory for the coordinator's journal and other files [default: `coordinator` in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Server that keeps the journal: postgres://USER@HOST/DATABASE or nats://HOST. Of several coordinators that share one key and
    /// one server, one works and the others stand by to take over [default: a file in --data]
    #[arg(long, value_name = "URL")]
    journal: Option<Url>,
    /// File with the password for the server of --journal
    #[arg(long, value_name = "PATH", requires = "journal")]
    journal_password_file: Option<PathBuf>,
    /// Maximum number of tasks that wait for a miner; beyond it, applications are told to try again later
    #[arg(long, default_value_t = 1000, value_name = "N")]
    max_queue: usize,
    /// Longest time that a task may take, such as 90s or 5m
    #[arg(long, default_value = "5m", value_parser = humantime::parse_duration, value_name = "DURATION")]
    task_timeout: Duration,
    /// TOML file with the prices of each model in CAI, per 1,000 tokens or per image; the table of a model takes the place of
    /// [default] as a whole. See the README [default: everything is free]
    #[arg(long, value_name = "PATH")]
    prices: Option<PathBuf>,
    /// Time between two settlements on chain of what miners are owed; the node key pays the fees; 0s for never [default: 1h, or a
    /// quarter of the network's delay of claims where that is shorter]
    #[arg(long, value_parser = humantime::parse_duration, value_name = "DURATION")]
    settle_every: Option<Duration>,
    /// Number of tokens that a miner, or the miners of a model, generate before fewer than all of their answers are examined: what
    /// the model says of an answer is computed again, by --auditor or by another miner at your cost
    #[arg(long, default_value_t = 1_000, value_name = "TOKENS")]
    audit_first: u64,
    /// Percentage of a miner's later answers to examine; it falls to a fifth of this with audits that find nothing. With 0 here and
    /// for --audit-first nothing is examined
    #[arg(long, default_value_t = 5, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    audit_percent: u32,
    #[command(flatten)]
    auditor: auditor::AuditorOptions,
    /// TOML file that says which manifest each model's name stands for; see the README [default: the manifest with the most stake
    /// behind it when a task first asks for the name]
    #[arg(long, value_name = "PATH")]
    models: Option<PathBuf>,
    /// Directory with calibrations for more engines and devices, as `cuckoo audit calibrate` writes them
    #[arg(long, value_name = "DIR")]
    calibrations: Option<PathBuf>,
    /// Size of the evidence of answers to keep, in mebibytes; the oldest goes first, except what shows that a miner cheats
    #[arg(long, default_value_t = 1_024, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    evidence_size: u32,
    /// Whether a case before the court is opened against a miner that the audits have confirmed to cheat, with a bond of the node key's
    /// CAI: off for never, ask once you order it with `coordinator court open`, auto at once [default: auto on networks with a
    /// faucet, ask elsewhere]
    #[arg(long, value_name = "MODE")]
    court: Option<CourtMode>,
    /// The most CAI that is in bonds of open cases at once [default: all that the node key holds]
    #[arg(long, value_name = "CAI")]
    court_budget: Option<Cai>,
    /// Leave a miner out of draws for a while when its average time to the first token is longer than this, such as 2s [default:
    /// no limit]
    #[arg(long, value_parser = humantime::parse_duration, value_name = "DURATION")]
    max_first_token: Option<Duration>,
    /// Leave a miner out of draws for a while when it averages fewer tokens per second than this [default: no limit]
    #[arg(long, value_parser = pace, value_name = "NUMBER")]
    min_tokens_per_second: Option<f64>,
    /// Exit when stdin is closed
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

/// Whether cases are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CourtMode {
    /// Never
    Off,
    /// Once you order it
    Ask,
    /// At once
    Auto,
}

impl CourtMode {
    /// What is to be spent, by the options and by whether the network is one for tests, which has a faucet.
    fn means(mode: Option<Self>, budget: Option<Cai>, has_faucet: bool) -> Means {
        let mode = match mode {
            Some(Self::Off) => Mode::Off,
            Some(Self::Ask) => Mode::Ask,
            Some(Self::Auto) => Mode::Auto,
            None if has_faucet => Mode::Auto,
            None => Mode::Ask,
        };
        Means { mode, budget }
    }
}

fn pace(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "it must be a number above 0, such as 12.5".to_owned())
}

/// Runs `cuckoo coordinator`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let run = match args.command {
        Command::Run(run) => run,
        Command::Check(args) => return Box::pin(check::run(*args, context)).await,
        Command::Status(args) => return node::COORDINATOR.status(args, context).await,
        Command::Drain(args) => return node::COORDINATOR.drain(args, context).await,
        Command::Owed(args) => return settle::owed(args, context).await,
        Command::Audits(args) => return audits::run(args, context).await,
        Command::Models(args) => return audits::models(args, context).await,
        Command::Court(args) => return court::run(args, context).await,
        Command::Settle(args) => return Box::pin(settle::run(args, context)).await,
        Command::Service(command) => return unit::COORDINATOR.run::<RunArgs>(command, context),
        Command::Keys(args) => return keys::run(args, context).await,
    };
    service::check_listen("--listen", run.listen, run.behind_proxy)?;
    service::check_listen("--link-listen", run.link_listen, run.behind_proxy)?;
    service::check_listen("--admin-listen", run.admin_listen, false)?;
    let network = context.network()?;
    let signer = signer::unlock_key(&context.globals.wallet, &network, context.globals.no_input)?;
    let prices = match &run.prices {
        Some(path) => prices::read(path)?,
        // Without a price list, everything is free.
        None => Prices::default(),
    };
    let password = run.journal_password_file.as_deref().map(secrets::secret_file).transpose()?;
    let journal = run.journal.map(|url| Server::new(url, password, signer.address())).transpose();
    let journal = journal.map_err(|error| match error {
        ServerError::Password => Error::usage(error)
            .hint("put the password into a file that only you can read: --journal-password-file PATH"),
        ServerError::Scheme | ServerError::Replicas => Error::usage(error),
    })?;
    let court = CourtMode::means(run.court, run.court_budget, network.faucet.is_some());
    let config = coordinator::Config {
        court,
        network,
        signer,
        journal,
        listen: run.listen,
        link_listen: run.link_listen,
        admin_listen: run.admin_listen,
        outbox: env::outbox_directory(),
        data: run.data.unwrap_or_else(|| env::data_directory().join("coordinator")),
        max_queue: run.max_queue,
        task_timeout: run.task_timeout,
        prices,
        settle_every: run.settle_every,
        gate: Gate { max_first_token: run.max_first_token, min_tokens_per_second: run.min_tokens_per_second },
        audits: Policy { first: run.audit_first, percent: run.audit_percent },
        auditor: run.auditor.specs()?,
        models: run.models.as_deref().map(models::read).transpose()?.unwrap_or_default(),
        calibrations: Arc::new(calibrations::read(run.calibrations.as_deref())?),
        evidence_bytes: u64::from(run.evidence_size) << 20,
    };
    service::run(run.exit_with_parent, async |cancel, watchdog| {
        coordinator::run(config, watchdog, cancel, service::standby, service::ready).await.map_err(Error::from)
    })
    .await
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Chain(error) => error.into(),
            StartError::NotRegistered { .. } => Self::precondition(error).hint(
                "register it: cuckoo register coordinator --node-account NAME --stake 2500000 --endpoint wss://HOST/link ...",
            ),
            StartError::Period(PeriodError::TooLong { longest, .. }) => Self::config(&error).hint(format_args!(
                "settle more often: --settle-every {}",
                humantime::format_duration(longest)
            )),
            StartError::Period(PeriodError::Chain(error)) => error.into(),
            StartError::Journal(JournalError::Sqlite { ref source, .. }) => {
                Self::failure(format_args!("{error}: {source}")).hint("check whether another coordinator is running on this directory")
            }
            StartError::Journal(JournalError::Server { ref source, .. }) => {
                let reason = described(source.as_ref());
                Self::unavailable(format_args!("{error}: {reason}")).hint(match reason.contains("peer certificate") {
                    true => "trust the authority that signed the server's certificate: SSL_CERT_FILE=FILE in the environment",
                    false => "check that the server is up and lets this user in",
                })
            }
            StartError::Journal(JournalError::OtherPayer { .. } | JournalError::NoPayer { .. }) => {
                Self::config(&error).hint(
                    "what it says is owed would be paid once more: name a new --data (and copy keys.json there), or another --journal",
                )
            }
            StartError::Journal(JournalError::LogOfAnother { .. }) => {
                Self::config(&error).hint("name a new --data, and copy keys.json there")
            }
            StartError::Journal(JournalError::OtherLog { .. }) => Self::config(&error).hint(
                "it belongs to another journal: move it away, and the coordinator fetches the right one from the server",
            ),
            StartError::Journal(JournalError::Stopped) => Self::failure(error),
            StartError::Journal(JournalError::Damaged { .. } | JournalError::Broken { .. }) => Self::config(&error)
                .hint("restore it from a backup, or move it away to start empty: the tasks in it are then lost"),
            StartError::Journal(JournalError::Log(AssignmentLogError::Damaged { .. })) => Self::config(&error).hint(
                "restore it from a backup, or move it away: miners then see that the log they know was not continued",
            ),
            StartError::Journal(JournalError::Log(AssignmentLogError::File { ref source, .. })) => {
                Self::failure(format_args!("{error}: {source}"))
            }
            StartError::Journal(JournalError::NotDurable { .. }) | StartError::Replay(_) => Self::config(error),
            StartError::Metrics(_) => Self::failure(error),
            StartError::Evidence(_) | StartError::Receipts(_) => Self::failure(error).hint("move the file away to start with an empty one"),
            StartError::Listen { ref source, .. } => {
                Self::unavailable(format_args!("{error}: {source}")).hint("choose a free address: --listen, --link-listen or --admin-listen")
            }
            StartError::File { ref source, .. }
            | StartError::Thread(ref source)
            | StartError::Journal(JournalError::Thread(ref source)) => Self::failure(format_args!("{error}: {source}")),
        }
    }
}

impl From<ModelsError> for Error {
    fn from(error: ModelsError) -> Self {
        Self::config(error).hint(
            "for example: [models.\"smollm2-135m\"] and under it manifest = \"0x...\" (see: cuckoo coordinator models), context = 8192",
        )
    }
}

impl From<PricesError> for Error {
    fn from(error: PricesError) -> Self {
        let failure = Self::config(&error);
        match error {
            PricesError::Model { .. } => failure.hint(
                "for example, under [default]: prompt = \"0.1\" and completion = \"0.4\" (CAI per 1,000 tokens); for a model that makes images, image = \"0.5\" (CAI per image) in place of completion",
            ),
            PricesError::Unreadable { .. } | PricesError::Toml { .. } => failure,
        }
    }
}
