//! `cuckoo coordinator`: the node that applications call.

mod audits;
mod keys;
mod settle;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Subcommand;
use cuckoo_protocol::described;
use url::Url;

use crate::node::coordinator::prices::PricesError;
use crate::{
    account::signer,
    command::shared::{node, unit},
    context::Context,
    host::{env, secrets},
    node::{
        coordinator::{
            self, StartError,
            assignments::AssignmentLogError,
            core::{audit::Policy, quality::Gate},
            journal::{JournalError, Server, ServerError},
            prices::Prices,
        },
        service,
    },
    terminal::{Error, Result},
};

/// The node that applications call
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or Ctrl-C, then finish what runs
    Run(Box<Run>),
    /// What a running one does
    Status(node::StatusArgs),
    /// Have a running one take nothing new, finish what it has, and end
    Drain(node::DrainArgs),
    /// What a running one owes its miners
    Owed(node::StatusArgs),
    /// What audits of a running one found: whose answers agreed with others', and whose stood alone
    Audits(node::StatusArgs),
    /// Put what a running one owes its miners on chain; vouchers do the same without it
    Settle(settle::Args),
    /// The systemd unit that keeps it running
    #[command(subcommand)]
    Service(unit::Command),
    /// Who may call the API
    Keys(keys::Args),
}

#[derive(Debug, clap::Args)]
struct Run {
    /// Where applications call
    #[arg(long, default_value = "127.0.0.1:8780", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where miners connect; its public address is the endpoint that you register
    #[arg(long, default_value = "127.0.0.1:8781", value_name = "ADDRESS")]
    link_listen: SocketAddr,
    /// Where operators and dashboards ask; loopback only
    #[arg(long, default_value = "127.0.0.1:8782", value_name = "ADDRESS")]
    admin_listen: SocketAddr,
    /// A proxy in front of the listeners speaks TLS, so they may be reachable from other machines
    #[arg(long)]
    behind_proxy: bool,
    /// Directory of the journal [default: coordinator in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Server that keeps the journal: postgres://USER@HOST/DATABASE or nats://HOST. Of several coordinators with one key that share
    /// it one serves, and another takes over when that ends [default: a file in --data]
    #[arg(long, value_name = "URL")]
    journal: Option<Url>,
    /// File with the password for the journal's server
    #[arg(long, value_name = "PATH", requires = "journal")]
    journal_password_file: Option<PathBuf>,
    /// Tasks that may wait for a miner before applications are told to come back later
    #[arg(long, default_value_t = 1000, value_name = "N")]
    max_queue: usize,
    /// How long a task may take
    #[arg(long, default_value = "5m", value_parser = humantime::parse_duration, value_name = "DURATION")]
    task_timeout: Duration,
    /// File with what tokens cost, by model; see the README [default: everything is free]
    #[arg(long, value_name = "PATH")]
    prices: Option<PathBuf>,
    /// How often to put on chain what miners are owed, with the node key's coin; 0s for never
    #[arg(long, default_value = "1h", value_parser = humantime::parse_duration, value_name = "DURATION")]
    settle_every: Duration,
    /// Have a miner's first tasks, up to this number, done a second time by whoever is drawn, at your cost, and compared
    #[arg(long, default_value_t = 20, value_name = "N")]
    audit_first: u64,
    /// Of a miner's later tasks, the percentage that is; a fifth of it after 100 that agreed
    #[arg(long, default_value_t = 5, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    audit_percent: u32,
    /// A miner that takes longer to its first token on average takes no part in draws for a while [default: no limit]
    #[arg(long, value_parser = humantime::parse_duration, value_name = "DURATION")]
    max_first_token: Option<Duration>,
    /// And so does one that makes fewer tokens per second on average [default: no limit]
    #[arg(long, value_parser = pace, value_name = "NUMBER")]
    min_tokens_per_second: Option<f64>,
    /// End when stdin is closed
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

fn pace(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "it is a number above 0, such as 12.5".to_owned())
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let run = match args.command {
        Command::Run(run) => run,
        Command::Status(args) => return node::COORDINATOR.status(args, context).await,
        Command::Drain(args) => return node::COORDINATOR.drain(args, context).await,
        Command::Owed(args) => return settle::owed(args, context).await,
        Command::Audits(args) => return audits::run(args, context).await,
        Command::Settle(args) => return Box::pin(settle::run(args, context)).await,
        Command::Service(command) => return unit::COORDINATOR.run(command, context),
        Command::Keys(args) => return keys::run(args, context),
    };
    service::check_listen("--listen", run.listen, run.behind_proxy)?;
    service::check_listen("--link-listen", run.link_listen, run.behind_proxy)?;
    service::check_listen("--admin-listen", run.admin_listen, false)?;
    let network = context.network()?;
    let signer = signer::unlock_key(&context.globals.wallet, &network, context.globals.no_input)?;
    let prices = match &run.prices {
        Some(path) => Prices::read(path)?,
        // Nothing is said about prices, so there are none.
        None => Prices::default(),
    };
    if network.settlement.is_none() && !prices.are_free() {
        return Err(Error::config(format_args!(
            "the network `{}` has no settlement contract to pay miners by",
            network.name
        ))
        .hint("leave out --prices"));
    }
    let password = run.journal_password_file.as_deref().map(secrets::secret_file).transpose()?;
    let journal = run.journal.map(|url| Server::new(url, password, signer.address())).transpose();
    let journal = journal.map_err(|error| match error {
        ServerError::Password => {
            Error::usage(error).hint("put it into a file that only you can read: --journal-password-file PATH")
        }
        ServerError::Scheme | ServerError::Replicas => Error::usage(error),
    })?;
    let config = coordinator::Config {
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
        settle_every: Some(run.settle_every).filter(|every| !every.is_zero()),
        gate: Gate { max_first_token: run.max_first_token, min_tokens_per_second: run.min_tokens_per_second },
        audits: Policy { first: run.audit_first, percent: run.audit_percent },
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
            StartError::Journal(JournalError::Sqlite { ref source, .. }) => {
                Self::failure(format_args!("{error}: {source}")).hint("is another coordinator running on this directory?")
            }
            StartError::Journal(JournalError::Server { ref source, .. }) => {
                let reason = described(source.as_ref());
                Self::unavailable(format_args!("{error}: {reason}")).hint(match reason.contains("peer certificate") {
                    true => "trust whoever signed the server's certificate: SSL_CERT_FILE=FILE in the environment",
                    false => "is the server up, and does it let this user in?",
                })
            }
            StartError::Journal(JournalError::OtherLog { .. }) => Self::config(&error).hint(
                "it belongs to another journal: move it away, and it is fetched from the server",
            ),
            StartError::Journal(JournalError::Stopped) => Self::failure(error),
            StartError::Journal(JournalError::Damaged { .. } | JournalError::Broken { .. }) => Self::config(&error)
                .hint("restore it from a backup, or move it away to start empty: the tasks in it are then lost"),
            StartError::Journal(JournalError::Log(AssignmentLogError::Damaged { .. })) => Self::config(&error).hint(
                "restore it from a backup, or move it away: miners then see that the log they know does not go on",
            ),
            StartError::Journal(JournalError::Log(AssignmentLogError::File { ref source, .. })) => {
                Self::failure(format_args!("{error}: {source}"))
            }
            StartError::Journal(JournalError::NotDurable { .. }) | StartError::Replay(_) => Self::config(error),
            StartError::Metrics(_) => Self::failure(error),
            StartError::Listen { ref source, .. } => {
                Self::failure(format_args!("{error}: {source}")).hint("choose a free address: --listen, --link-listen, --admin-listen")
            }
            StartError::File { ref source, .. } => Self::failure(format_args!("{error}: {source}")),
        }
    }
}

impl From<PricesError> for Error {
    fn from(error: PricesError) -> Self {
        let failure = Self::config(&error);
        match error {
            PricesError::Model { .. } => failure.hint(
                "such as: [default], prompt = \"0.1\", completion = \"0.4\", in CAI per 1,000 tokens; image = \"0.5\" each",
            ),
            PricesError::Unreadable { .. } | PricesError::Toml { .. } => failure,
        }
    }
}
