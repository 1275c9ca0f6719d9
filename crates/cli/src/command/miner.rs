//! `cuckoo miner`: the node that runs tasks.

mod bench;
mod check;
mod earnings;
pub(in crate::command) mod models;
pub(in crate::command) mod options;
mod payout;
mod run_options;
mod setup;
mod why;

use std::sync::Arc;

use clap::Subcommand;
use cuckoo_gpu::EngineError;
use cuckoo_protocol::{miner::Terms, price::Rate};

use crate::{
    account::signer,
    command::{
        shared::{calibrations, node, unit},
        tui,
    },
    context::Context,
    host::env,
    node::{
        engines::start,
        miner::{self, Jury, MinerError},
        service, watchdog,
    },
    terminal::{Error, Result},
};
use run_options::RunArgs;

/// Run tasks for CAI
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set a miner up, step by step: wallets, CAI, stake, registration, model, and a systemd unit
    ///
    /// Each step shows the command that does the same, and is left out where it is done already: after anything that went wrong,
    /// run the setup again. At a terminal it asks for what no option says.
    Setup(Box<setup::Args>),
    /// Run a miner until SIGTERM or Ctrl-C; it then finishes its running tasks and exits
    Run(Box<RunArgs>),
    /// Check whether `miner run` would work with the same options
    Check(Box<check::Args>),
    /// Measure the speed of the engine on this machine, and what it could earn
    Bench(Box<bench::Args>),
    /// Show what a running miner is doing
    Status(node::StatusArgs),
    /// Tell a running miner to take no new tasks, finish its own and exit
    Drain(node::DrainArgs),
    /// Install or remove the systemd unit that keeps a miner running
    #[command(subcommand)]
    Service(unit::Command),
    /// Explain why a running miner gets few tasks or none, from its state and the coordinators' assignment logs
    Why(why::Args),
    /// Show what each coordinator owes the miner
    Vouchers(earnings::Kept),
    /// Do whatever can be done on chain for the miner now: redeem vouchers, claim tickets that no voucher covers, collect what was
    /// settled, pay the owner, and prove coordinators' faults; as the miner's owner or with its own key
    ///
    /// A running miner does the same by itself (--payout-above). What has to wait is named with its time. What the chain refuses is a
    /// warning and stops nothing else. The command fails if nothing could be done, or if something else ends it, such as an endpoint
    /// that does not answer; what was done until then is shown.
    Payout(Box<payout::PayoutArgs>),
    /// Redeem coordinators' vouchers on chain, which pays the miner's owner; any account may pay the fee
    ///
    /// What the chain refuses, such as the voucher of a coordinator that has nothing left, is a warning and stops none of the others.
    /// The command fails if all were refused, or if something else ends it, such as an endpoint that does not answer; what was done
    /// until then is shown.
    Redeem(Box<payout::RedeemArgs>),
    /// Redeem vouchers, then claim payment for answered tasks that a coordinator has left without one for too long; as the miner's
    /// owner or with its own key
    ///
    /// What the chain refuses, such as a voucher or a ticket of a coordinator that has nothing left, is a warning and stops none of the others.
    /// The command fails if all were refused, or if something else ends it, such as an endpoint that does not answer; what was done
    /// until then is shown.
    Claim(Box<payout::ClaimArgs>),
    #[command(subcommand)]
    Models(models::Command),
}

impl Args {
    /// True where Ctrl-C is the command's own business: it ends in order, or says what goes on without it.
    pub fn handles_signals(&self) -> bool {
        matches!(self.command, Command::Run(_) | Command::Drain(_))
    }
}

/// Runs `cuckoo miner`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let run = match args.command {
        Command::Run(run) => run,
        Command::Setup(args) => return Box::pin(setup::run(*args, context)).await,
        Command::Status(args) => return node::MINER.status(args, context).await,
        Command::Drain(args) => return node::MINER.drain(args, context).await,
        Command::Service(command) => return unit::MINER.run::<RunArgs>(command, context),
        Command::Check(args) => return Box::pin(check::run(*args, context)).await,
        Command::Bench(args) => return Box::pin(bench::run(*args, context)).await,
        Command::Why(args) => return Box::pin(why::run(args, context)).await,
        Command::Vouchers(kept) => return earnings::vouchers(kept, context).await,
        Command::Payout(args) => return Box::pin(payout::payout(*args, context)).await,
        Command::Redeem(args) => return Box::pin(payout::redeem(*args, context)).await,
        Command::Claim(args) => return Box::pin(payout::claim(*args, context)).await,
        Command::Models(command) => return models::run(command, context).await,
    };
    service::check_listen("--admin-listen", run.admin_listen, false)?;
    let specs = run.engine.specs()?;
    let network = context.network()?;
    let signer = signer::unlock_key(&context.globals.wallet, &network, context.globals.no_input)?;
    let data = run.data.unwrap_or_else(|| env::data_directory().join("miner"));
    let admin_listen = run.admin_listen;
    let least = Rate::from_amounts(run.min_prompt_price, run.min_completion_price).map_err(Error::usage)?;
    let terms = Terms { max_unpaid: run.max_unpaid.into(), least };
    let evidence_bytes = u64::from(run.evidence_size) << 20;
    miner::check_registered(&network, signer.address()).await?;
    let jury =
        Jury { takes_part: !run.no_jury, calibrations: Arc::new(calibrations::read(run.calibrations.as_deref())?) };
    let node = Box::pin(service::run(run.exit_with_parent, async |cancel, watchdog| {
        let Some(engine) = cancel.run_until_cancelled(watchdog::loading(&watchdog, start(specs))).await else {
            return Ok(());
        };
        let engine = engine.map_err(MinerError::from)?;
        let config = miner::Config {
            network,
            signer,
            data,
            admin_listen,
            engine,
            terms,
            evidence_bytes,
            jury,
            payout_above: run.payout_above,
            outbox: env::outbox_directory(),
        };
        Box::pin(miner::run(config, watchdog, cancel, service::ready)).await.map_err(Error::from)
    }));
    tui::beside(!run.no_tui && !run.exit_with_parent, admin_listen, context, node).await
}

impl From<MinerError> for Error {
    fn from(error: MinerError) -> Self {
        match error {
            MinerError::Chain(error) => error.into(),
            MinerError::NotRegistered { .. } => Self::precondition(error)
                .hint("register it, step by step: cuckoo miner setup --node NAME; or see its state: cuckoo register status NODE"),
            MinerError::Engine(ref cause) if matches!(cause, EngineError::Start(_)) => {
                Self::config(&error).hint("check --engine, --model and --engine-url")
            }
            MinerError::Engine(EngineError::Altered { .. }) => Self::config(error)
                .hint("see which file it is: cuckoo miner models verify NAME; then: cuckoo miner models remove NAME && cuckoo miner models add SOURCE"),
            MinerError::Engine(EngineError::NoGpu(_)) => {
                Self::unavailable(error).hint("check that nvidia-smi lists the GPU; a build without the `cuda` feature runs models on the CPU")
            }
            MinerError::Engine(_) => Self::unavailable(error).hint("check that the engine is running and that --engine-url is right"),
            MinerError::Names(_) => Self::usage(error)
                .hint("offer fewer models, or give them shorter names: --model-name; or run another miner for the others"),
            MinerError::Record(_) => Self::config(error).hint("run only one miner for each key and each --data directory"),
            MinerError::Listen { ref source, .. } => {
                Self::unavailable(format_args!("{error}: {source}")).hint("choose a free address: --admin-listen")
            }
            MinerError::Ballots(_) => Self::config(error)
                .hint("restore it from a backup; without it, votes that the miner has committed to cannot be revealed"),
            MinerError::Evidence(_) => Self::failure(error).hint("move the file away to start with an empty one"),
            MinerError::Data { ref source, .. } => Self::failure(format_args!("{error}: {source}")),
            MinerError::Metrics(_) => Self::failure(error),
            MinerError::Thread(ref source) => Self::failure(format_args!("{error}: {source}")),
            MinerError::Stopped(_) => {
                Self::auth(error).hint("run only one miner for each key; the newer one keeps working")
            }
        }
    }
}
