//! `cuckoo devnet`: a whole network on this machine, with real processes, that leaves nothing running behind.

mod anvil;
mod children;
pub mod deployment;
mod report;
mod setup;

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use cuckoo_protocol::{Cai, chain::Client};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    command::{
        miner::{EngineKind, EngineOptions},
        task,
    },
    context::Context,
    host::{env, networks},
    terminal::{Error, Printer, Result},
};
use anvil::Anvil;
use children::Children;
use setup::{Members, Plan};

/// CAI of own stake per share.
const CAI_PER_SHARE: u64 = 2_000;
/// Own stake of the coordinator, in CAI.
const COORDINATOR_STAKE: u64 = 2_500_000;

/// A whole network on this machine: chain, contracts, wallets, a coordinator and miners.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Miners
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    miners: Option<u32>,
    /// Own stakes of the miners in shares of 2,000 CAI each [default: 50:30:20, repeated]
    #[arg(long, value_name = "N:N:...", value_parser = shares)]
    stakes: Option<Shares>,
    /// Keep everything here, and go on from it at the next start [default: a temporary directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seconds between two blocks
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    block_time: u64,
    /// Blocks of an epoch; stake unbonds for a little longer than six of them, as long as a dispute can take
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(4..))]
    epoch_blocks: u64,
    /// Port of the application API, 0 for any [default: 8780 if it is free]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// File with what tokens cost, for the coordinator [default: 0.1 CAI per 1,000 prompt tokens, 0.4 per 1,000 generated ones]
    #[arg(long, value_name = "PATH")]
    prices: Option<PathBuf>,
    /// How often the coordinator puts on chain what miners are owed; 0s for never
    #[arg(long, default_value = "1h", value_parser = humantime::parse_duration, value_name = "DURATION")]
    settle_every: Duration,
    /// Have the coordinator audit its miners, as it does on other networks: tasks are done a second time and compared
    #[arg(long)]
    audits: bool,
    /// Let so many of the miners, the last ones, give false answers (scripted)
    #[arg(long, value_name = "N", default_value_t = 0)]
    cheats: usize,
    /// Ask the network this one question, verify the receipt of its answer, and end
    #[arg(long, value_name = "PROMPT")]
    ask: Option<String>,
    /// What the miners run.
    #[command(flatten)]
    engine: EngineOptions,
}

#[derive(Clone, Debug)]
struct Shares(Vec<u64>);

fn shares(text: &str) -> Result<Shares, String> {
    let shares: Result<Vec<u64>, _> = text.split(':').map(str::parse).collect();
    let shares = shares.map_err(|_| "write it like 50:30:20".to_owned())?;
    // The minimum is exclusive, and ten shares are exactly it.
    match shares.iter().find(|share| !(11..=10_000).contains(*share)) {
        Some(10) => Err("10 shares are 20,000 CAI, and a miner's own stake must be more than that".into()),
        Some(share) => Err(format!("{share} is not within 11 to 10000 shares of 2,000 CAI")),
        None => Ok(Shares(shares)),
    }
}

impl Args {
    fn stakes(&self) -> Result<Vec<Cai>> {
        let given = self.stakes.as_ref().map_or(&[50, 30, 20][..], |shares| &shares.0);
        let count = match (self.miners, &self.stakes) {
            (Some(miners), Some(_)) if miners as usize != given.len() => {
                return Err(Error::usage(format_args!("{miners} miners, but {} stakes", given.len()))
                    .hint("leave --miners out, or give one stake for each"));
            }
            (Some(miners), _) => miners as usize,
            (None, _) => given.len(),
        };
        Ok(given.iter().cycle().take(count).map(|share| Cai::from_whole(share * CAI_PER_SHARE)).collect())
    }
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let stakes = args.stakes()?;
    setup::parameters(args.epoch_blocks, args.block_time).check()?;
    if args.cheats > 0 && args.engine.engine != EngineKind::Scripted {
        return Err(Error::usage("only the scripted engine gives false answers").hint("--engine scripted --cheats N"));
    }
    if args.cheats > stakes.len() {
        return Err(Error::usage(format_args!("{} cheats, but {} miners", args.cheats, stakes.len()))
            .hint("--miners N for more miners"));
    }
    args.engine.specs().map_err(|error| {
        if error.hints().iter().any(|hint| hint.contains("--model")) {
            return error.hint("or, to try the network without a model: cuckoo devnet --engine scripted");
        }
        error
    })?;
    let anvil_program = anvil::find()?;
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
        let anvil = self.anvil.insert(Anvil::start(anvil_program, &path, state.as_deref()).await?);
        drop(progress);
        if kept && !path.join("network.json").exists() {
            tracing::debug!("a new network in {}", path.display());
        }

        let plan = Plan {
            directory: path.clone(),
            rpc: anvil.url().clone(),
            stakes: self.stakes.clone(),
            coordinator_stake: Cai::from_whole(COORDINATOR_STAKE),
            parameters: setup::parameters(self.args.epoch_blocks, self.args.block_time),
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
        let specs = children::specs(&members, &path, &ports, &self.args)?;
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

    /// Ends every process and waits for it, gently at first; a second signal ends the patience.
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

/// Loopback ports of the coordinator.
#[derive(Clone, Copy, Debug)]
struct Ports {
    api: u16,
    link: u16,
    admin: u16,
}

impl Ports {
    /// The usual ports where they are free, so that other commands find the network without being told.
    fn choose(api: Option<u16>) -> Result<Self> {
        let or_any = |port: u16| match port != 0 && is_free(port) {
            true => Ok(port),
            false => free_port(),
        };
        match api {
            Some(0) => Ok(Self { api: free_port()?, link: free_port()?, admin: free_port()? }),
            Some(port) if !is_free(port) => {
                Err(Error::unavailable(format_args!("port {port} is in use")).hint("any free port: --port 0"))
            }
            Some(port) => Ok(Self { api: port, link: or_any(8781)?, admin: or_any(8782)? }),
            None => Ok(Self { api: or_any(8780)?, link: or_any(8781)?, admin: or_any(8782)? }),
        }
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// A port for somebody to listen on a moment later: one that nobody listens on, that this process has not returned before, and
/// that another process which asks at the same time hardly gets. It is below those that systems give to outgoing connections
/// (from 32,768 on under Linux, from 49,152 on elsewhere), since one of these could take it meanwhile.
pub fn free_port() -> Result<u16> {
    /// Ports that are given, in a circle.
    const PORTS: std::ops::Range<u16> = 10_000..32_000;
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));
    let next = || PORTS.start + NEXT.fetch_add(1, Ordering::Relaxed) % PORTS.len() as u16;
    let mut ports = std::iter::repeat_with(next).take(PORTS.len());
    ports.find(|port| is_free(*port)).ok_or_else(|| Error::failure("no port is free"))
}

/// Where everything is, kept or temporary.
struct Directory {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
    /// The description by name, and its content as written: removed unless another network has taken the name.
    named: Option<(PathBuf, String)>,
    /// Held as long as this process lives, so that two of them never run on one directory.
    _lock: std::fs::File,
}

impl Directory {
    fn open(kept: Option<&Path>) -> Result<Self> {
        let (path, temporary) = match kept {
            Some(path) => {
                std::fs::create_dir_all(path)
                    .map_err(|error| Error::failure(format_args!("cannot make {}: {error}", path.display())))?;
                (path.canonicalize()?, None)
            }
            None => {
                let directory = tempfile::Builder::new().prefix("cuckoo-devnet-").tempdir()?;
                (directory.path().to_owned(), Some(directory))
            }
        };
        std::fs::create_dir_all(path.join("logs"))?;
        let lock = std::fs::File::create(path.join("lock"))?;
        lock.try_lock().map_err(|_| {
            Error::unavailable(format_args!("a devnet is running on {} already", path.display()))
                .hint("stop it, or choose another directory: --data DIR")
        })?;
        Ok(Self { path, temporary, named: None, _lock: lock })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn is_kept(&self) -> bool {
        self.temporary.is_none()
    }

    fn remove_at_the_end(&mut self, path: PathBuf, content: String) {
        self.named = Some((path, content));
    }

    fn clean_up(&mut self) {
        if let Some((path, content)) = self.named.take()
            && std::fs::read_to_string(&path).is_ok_and(|found| found == content)
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "cannot remove {}", path.display());
        }
        let _ = std::fs::remove_file(self.path.join("devnet.json"));
        if let Some(directory) = self.temporary.take()
            && let Err(error) = directory.close()
        {
            tracing::warn!(%error, "cannot remove the temporary directory");
        }
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

/// The data directory that a node of this network uses: wallets of the devnet, not the user's.
fn child_environment(directory: &Path) -> [(&'static str, PathBuf); 3] {
    // A person's own configuration is for another network.
    let (keystores, config) = (directory.join("keystores"), PathBuf::from("/dev/null"));
    [(env::DATA_DIR, directory.to_owned()), (env::KEYSTORE_DIR, keystores), (env::CONFIG, config)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stakes_are_above_the_minimum() {
        assert!(shares("50:30:20").is_ok_and(|shares| shares.0 == [50, 30, 20]));
        assert!(shares("50:10").is_err_and(|error| error.contains("must be more than")));
        assert!(shares("50:9").is_err());
        assert!(shares("50:x").is_err());
        assert!(shares("").is_err());
    }
}
