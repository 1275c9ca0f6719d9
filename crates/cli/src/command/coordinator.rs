//! `cuckoo coordinator`: the node that applications call.

mod auditor;
mod audits;
mod check;
mod court;
mod keys;
mod options;
mod orders;
mod settle;
mod setup;

use std::sync::Arc;

use clap::Subcommand;
use cuckoo_protocol::{
    coordinator::{Gate, Policy, Prices},
    described,
};

use crate::{
    account::signer,
    command::{
        shared::{calibrations, node, unit},
        tui,
    },
    context::Context,
    host::env,
    node::{
        coordinator::{
            self, StartError,
            assignments::AssignmentLogError,
            journal::JournalError,
            models::{self, ModelsError},
            prices::{self, PricesError},
            settlement::PeriodError,
        },
        service,
    },
    terminal::{Error, Result},
};
use options::{CourtMode, RunArgs};

/// Run the node that applications call
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set a coordinator up, step by step: wallets, CAI, stake, registration, escrow, prices, API key, and a systemd unit
    ///
    /// Each step shows the command that does the same, and is left out where it is done already: after anything that went wrong,
    /// run the setup again. At a terminal it asks for what no option says.
    Setup(Box<setup::Args>),
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
    /// End a miner's pause at a running coordinator before its time; the next one is as long as it would have been
    Lift(orders::OrderArgs),
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

impl Args {
    /// True where Ctrl-C is the command's own business: it ends in order, or says what goes on without it.
    pub fn handles_signals(&self) -> bool {
        matches!(self.command, Command::Run(_) | Command::Drain(_))
    }
}

/// Runs `cuckoo coordinator`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let run = match args.command {
        Command::Run(run) => run,
        Command::Setup(args) => return Box::pin(setup::run(*args, context)).await,
        Command::Check(args) => return Box::pin(check::run(*args, context)).await,
        Command::Status(args) => return node::COORDINATOR.status(args, context).await,
        Command::Drain(args) => return node::COORDINATOR.drain(args, context).await,
        Command::Owed(args) => return settle::owed(args, context).await,
        Command::Audits(args) => return audits::run(args, context).await,
        Command::Lift(args) => return orders::lift(args, context).await,
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
    let journal = run.journal_server(signer.address())?;
    let court = CourtMode::means(run.court, run.court_budget, network.faucet.is_some());
    let (edge, replica_listen) = (run.edge()?, run.replica_listen()?);
    let config = coordinator::Config {
        court,
        network,
        signer,
        journal,
        listen: run.listen,
        link_listen: run.link_listen,
        admin_listen: run.admin_listen,
        replica_listen,
        outbox: env::outbox_directory(),
        data: run.data.unwrap_or_else(|| env::data_directory().join("coordinator")),
        edge,
        max_queue: run.max_queue,
        task_timeout: run.task_timeout,
        prices,
        settle_every: run.settle_every,
        gate: Gate { max_first_token: run.max_first_token, min_tokens_per_second: run.min_tokens_per_second },
        audits: Policy { first: run.audit_first, percent: run.audit_percent },
        uncalibrated: run.uncalibrated.into(),
        auditor: run.auditor.specs()?,
        models: run.models.as_deref().map(models::read).transpose()?.unwrap_or_default(),
        calibrations: Arc::new(calibrations::read(run.calibrations.as_deref())?),
        evidence_bytes: u64::from(run.evidence_size) << 20,
    };
    let node = Box::pin(service::run(run.exit_with_parent, async |cancel, watchdog| {
        Box::pin(coordinator::run(config, watchdog, cancel, service::standby, service::ready))
            .await
            .map_err(Error::from)
    }));
    tui::beside(!run.no_tui && !run.exit_with_parent, run.admin_listen, context, node).await
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Chain(error) => error.into(),
            StartError::NotRegistered { .. } => Self::precondition(error).hint(
                "register it, step by step: cuckoo coordinator setup --node NAME; or see its state: cuckoo register status NODE",
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
            StartError::Journal(JournalError::LostEnd { .. }) => Self::config(&error).hint(
                "restore the journal from a copy that is not older than the log; what it has lost is owed and was promised",
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
            StartError::Metrics(_) | StartError::Replicas(_) => Self::failure(error),
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
