//! `cuckoo devnet`: runs a whole network on this machine with real processes, and leaves none of them running.

mod anvil;
mod children;
pub mod deployment;
mod directory;
mod log;
mod options;
mod ports;
mod report;
mod setup;

use std::{path::Path, sync::Arc};

use cuckoo_protocol::{Cai, chain::Client};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    command::{miner::options::EngineKind, task},
    context::Context,
    host::networks,
    terminal::{Error, Printer, Result},
};
use anvil::Anvil;
use children::Children;
use directory::Directory;
pub use options::Args;
use ports::Ports;
use setup::{Members, Plan};

/// The coordinator's own stake, in CAI.
const COORDINATOR_STAKE: u64 = 2_500_000;

/// Runs `cuckoo devnet`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let stakes = args.stakes()?;
    setup::parameters(args.epoch, args.block_time).check()?;
    if args.cheats > 0 && args.engine.engine == EngineKind::Openai {
        return Err(Error::usage("an external engine cannot be made to give false answers")
            .hint("choose another one: --engine scripted --cheats N"));
    }
    if args.cheats > 0 && args.engine.quantise.is_some() {
        return Err(Error::usage("a cheat's weights have fewer bits than it says, which --quantise has no room for")
            .hint("leave out --quantise or --cheats"));
    }
    if args.cheats > stakes.len() {
        return Err(Error::usage(format_args!(
            "--cheats asks for {} miners, but there are only {}",
            args.cheats,
            stakes.len()
        ))
        .hint("start more miners: --miners N"));
    }
    args.engine.specs().map_err(|error| {
        if error.hints().iter().any(|hint| hint.contains("--model")) {
            return error.hint("to try the network without a model: cuckoo devnet --engine scripted");
        }
        error
    })?;
    let anvil_program = anvil::find_program()?;
    let directory = Directory::open(args.data.as_deref())?;
    let mut signals = Signals::new()?;
    let mut devnet = Devnet { args, stakes, directory, printer: context.printer.clone(), anvil: None, children: None };
    let result = tokio::select! {
        result = Box::pin(devnet.start_and_watch(&anvil_program, context)) => result,
        () = signals.received() => Ok(()),
    };
    devnet.stop(&mut signals).await;
    result
}

struct Devnet {
    args: Args,
    stakes: Vec<Cai>,
    directory: Directory,
    printer: Arc<Printer>,
    anvil: Option<Anvil>,
    children: Option<Children>,
}

impl Devnet {
    async fn start_and_watch(&mut self, anvil_program: &Path, context: &Context) -> Result<()> {
        let path = self.directory.path().to_owned();
        let kept = self.directory.is_kept();
        let ports = Ports::choose(self.args.port)?;

        let progress = self.printer.progress("Starting a local chain");
        let state = kept.then(|| path.join("anvil.json"));
        let anvil = self
            .anvil
            .insert(Anvil::start(anvil_program, &path, state.as_deref(), setup::genesis(self.args.epoch)).await?);
        drop(progress);
        if kept && !path.join("network.json").exists() {
            tracing::debug!("a new network in {}", path.display());
        }

        let plan = Plan {
            directory: path.clone(),
            rpc: anvil.url().clone(),
            stakes: self.stakes.clone(),
            coordinator_stake: Cai::from_whole(COORDINATOR_STAKE),
            parameters: setup::parameters(self.args.epoch, self.args.block_time),
            link_port: ports.link,
        };
        let Members { network, members, link_port } = Box::pin(setup::set_up(&plan, context)).await?;
        let ports = Ports { link: link_port, ..ports };
        let network_file = path.join("network.json");
        networks::write(&network_file, &network)?;
        let by_name = networks::directory().join("local.json");
        networks::write(&by_name, &network)?;
        self.directory.remove_at_the_end(by_name, network.to_json().map_err(Error::failure)?);

        let client = Client::connect(&network).await?;
        let specs = children::plan_processes(&members, &path, &ports, &self.args)?;
        let children = self.children.insert(Children::start(specs, self.printer.clone()));
        for role in ["coordinator", "miner"] {
            let progress = self.printer.progress(format!("Starting the {role}s"));
            children.until_ready(role, &progress, anvil).await?;
            drop(progress);
        }
        let report = report::Report::new(&network, &path, &ports, members);
        tracing::debug!(rpc = %client.url(), "the network is up");
        report.announce(&self.printer, children).await?;
        if let Some(prompt) = &self.args.ask {
            self.printer.say(format_args!("\n{prompt}\n"));
            return Box::pin(task::ask_once(report.api()?, prompt.clone(), &network, context)).await;
        }
        report.invite(&self.printer, children)?;
        loop {
            tokio::select! {
                status = anvil.ended() => return Err(status),
                () = children.changed() => report.write(children)?,
            }
        }
    }

    /// Asks every process to exit and waits for it; a second signal kills them at once.
    async fn stop(&mut self, signals: &mut Signals) {
        let progress = self.printer.progress("Stopping the network");
        let gently = async {
            if let Some(children) = &mut self.children {
                children.stop().await;
            }
            if let Some(anvil) = &mut self.anvil {
                anvil.stop().await;
            }
        };
        let impatient = tokio::select! {
            () = gently => false,
            () = signals.received() => true,
        };
        if impatient {
            // Dropping kills the nodes and closes the chain's pipe, which ends it.
            self.children = None;
            self.anvil = None;
        }
        drop(progress);
        self.directory.clean_up();
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
