//! The network's nodes: real processes that are restarted when they end, as a service manager does.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use clap::ValueEnum;
use cuckoo_gpu::engine::Quantise;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::Command,
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    anvil::Anvil,
    log::read_tail,
    options::Args,
    ports::{Ports, free_port},
    setup::Member,
};
use crate::{
    command::miner::options::{EngineKind, EngineOptions},
    host::env,
    node::coordinator::prices,
    terminal::{Error, Printer, Progress, Result},
};

/// How long a node may take until it is ready; loading a model can take minutes.
const READY: Duration = Duration::from_secs(900);
const STOP: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A process that ran for this long is restarted without extra delay.
const GOOD: Duration = Duration::from_secs(60);

/// How to run one node's process.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    /// The node's name.
    pub(super) name: String,
    /// `coordinator` or `miner`.
    pub(super) role: &'static str,
    /// URL of its operator listener.
    pub(super) admin: String,
    /// The file that its log is appended to.
    pub(super) log: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
}

/// The processes of all nodes.
#[derive(Debug)]
pub(super) struct Children {
    /// Each node with its process id, which is 0 while no process runs.
    pub(super) nodes: Vec<(Spec, Arc<AtomicU32>)>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    starts: watch::Receiver<u64>,
    ends: watch::Receiver<Option<Ended>>,
}

#[derive(Clone, Debug)]
struct Ended {
    name: String,
    status: String,
}

/// The coordinator's price list, unless the network's directory already has one.
const PRICES: &str = "# CAI per 1,000 tokens.\n[default]\nprompt = \"0.1\"\ncompletion = \"0.4\"\n";

/// Puts a price list into the network's directory, a copy of `given` if there is one, and returns its path.
fn write_prices(directory: &Path, given: Option<&Path>) -> Result<PathBuf> {
    let path = directory.join("prices.toml");
    match given {
        Some(given) => {
            prices::read(given)?;
            fs::copy(given, &path)?;
        }
        None if !path.exists() => fs::write(&path, PRICES)?,
        None => {}
    }
    Ok(path)
}

/// Options of a coordinator that examines answers with the models of the miners, under the same names and quantised in the same way: with
/// anything else it would have other manifests.
fn auditor_options(engine: &EngineOptions) -> Vec<(&'static str, String)> {
    let of = |name: &'static str, values: Vec<String>| values.into_iter().map(move |value| (name, value));
    if engine.engine != EngineKind::Scripted {
        let quantise = engine.quantise.map(|kind| Quantise::from(kind).as_str().to_owned());
        let url = engine.engine_url.as_ref().filter(|_| engine.engine == EngineKind::Openai).map(ToString::to_string);
        // The files' names are not those of a server's models: without names for these, it lists one.
        let names = if engine.model.is_empty() { vec![] } else { engine.model_name.clone() };
        let models = of("--auditor", engine.model.clone()).chain(of("--auditor-name", names));
        let models = models.chain(of("--auditor-quantise", quantise.into_iter().collect()));
        return models.chain(of("--auditor-url", url.into_iter().collect())).collect();
    }
    let tokens = engine.scripted_tokens.map_or_else(String::new, |tokens| format!(":{tokens}"));
    let texts = engine.model_name.iter().map(|name| format!("scripted:{name}{tokens}"));
    let embeddings = engine.embedding_model.iter().map(|name| format!("scripted:{name}:embedding"));
    let named: Vec<_> = texts.chain(embeddings).collect();
    let models = if named.is_empty() { vec![format!("scripted:scripted{tokens}")] } else { named };
    of("--auditor", models).collect()
}

/// Options of a miner with the engine that the network was started with, which may be told to cheat.
fn miner_options(args: &Args, cheats: bool) -> Vec<(&'static str, String)> {
    let engine = &args.engine;
    let mut options = vec![("--payout-above", args.payout_above.plain())];
    let kind = engine.engine.to_possible_value().map(|value| value.get_name().to_owned());
    options.push(("--engine", kind.unwrap_or_default()));
    let repeated = [
        ("--model", &engine.model),
        ("--model-name", &engine.model_name),
        ("--embedding-model", &engine.embedding_model),
        ("--image-model", &engine.image_model),
    ];
    for (name, values) in repeated {
        options.extend(values.iter().map(|value| (name, value.clone())));
    }
    let values = [
        ("--quantise", engine.quantise.map(|kind| Quantise::from(kind).as_str().to_owned())),
        ("--engine-url", engine.engine_url.as_ref().map(ToString::to_string)),
        ("--engine-api-key-file", engine.engine_api_key_file.as_ref().map(|path| path.display().to_string())),
        ("--slots", engine.slots.map(|value| value.to_string())),
        ("--scripted-tokens", engine.scripted_tokens.map(|value| value.to_string())),
        ("--scripted-rate", engine.scripted_rate.map(|value| value.to_string())),
    ];
    options.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    if cheats {
        options.push(match engine.engine {
            EngineKind::Mistral => ("--quantise-secretly", Quantise::Q4_0.as_str().to_owned()),
            _ => ("--scripted-cheat", args.cheat.clone()),
        });
    }
    options
}

/// Lists the processes that the members of a network need.
pub(super) fn plan_processes(members: &[Member], directory: &Path, ports: &Ports, args: &Args) -> Result<Vec<Spec>> {
    let (engine, prices) = (&args.engine, args.prices.as_deref());
    let miners = members.iter().rev().filter(|member| member.role.as_str() == "miner");
    let cheats: Vec<_> = miners.take(args.cheats).map(|member| member.account.clone()).collect();
    members
        .iter()
        .map(|member| {
            let role = member.role.as_str();
            let admin = match role {
                "coordinator" => ports.admin,
                _ => free_port()?,
            };
            let text = |path: PathBuf| path.display().to_string();
            let mut arguments: Vec<String> =
                vec![role.into(), "run".into(), "--exit-with-parent".into(), "--no-input".into()];
            let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
            option("--network", text(directory.join("network.json")));
            option("--account", member.account.clone());
            option("--password-file", text(directory.join("password")));
            option("--data", text(directory.join(&member.account)));
            option("--admin-listen", format!("127.0.0.1:{admin}"));
            option("--color", "never".into());
            if role == "coordinator" {
                option("--listen", format!("127.0.0.1:{}", ports.api));
                option("--link-listen", format!("127.0.0.1:{}", ports.link));
                option("--prices", text(write_prices(directory, prices)?));
                option("--settle-every", humantime::format_duration(args.settle_every).to_string());
                args.cors_origin.iter().for_each(|origin| option("--cors-origin", origin.clone()));
                if !args.audits {
                    option("--audit-first", "0".into());
                    option("--audit-percent", "0".into());
                }
                if let Some(mode) = &args.court {
                    option("--court", mode.clone());
                }
                if let Some(budget) = args.court_budget {
                    option("--court-budget", budget.plain());
                }
                if let Some(mode) = &args.uncalibrated_miners {
                    option("--uncalibrated", mode.clone());
                }
                if args.auditor {
                    auditor_options(engine).into_iter().for_each(|(name, value)| option(name, value));
                }
            } else {
                let cheats = cheats.contains(&member.account);
                miner_options(args, cheats).into_iter().for_each(|(name, value)| option(name, value));
            }
            Ok(Spec {
                name: member.account.clone(),
                role,
                admin: format!("http://127.0.0.1:{admin}"),
                log: directory.join("logs").join(format!("{}.log", member.account)),
                arguments,
                directory: directory.to_owned(),
            })
        })
        .collect()
}

impl Children {
    /// Starts all processes, coordinators first.
    pub(super) fn start(specs: Vec<Spec>, printer: Arc<Printer>) -> Self {
        let stop = CancellationToken::new();
        let (started, starts) = watch::channel(0);
        let (ended, ends) = watch::channel(None);
        let mut tasks = JoinSet::new();
        let mut nodes = vec![];
        for spec in specs {
            let process_id = Arc::new(AtomicU32::new(0));
            let supervisor = Supervisor {
                spec: spec.clone(),
                process_id: process_id.clone(),
                printer: printer.clone(),
                stop: stop.clone(),
                started: started.clone(),
                ended: ended.clone(),
            };
            tasks.spawn(supervisor.run());
            nodes.push((spec, process_id));
        }
        Self { nodes, tasks, stop, starts, ends }
    }

    /// Waits until every node of a role reports that it is ready; a node that ends first is an error.
    pub(super) async fn until_ready(&mut self, role: &str, progress: &Progress, anvil: &mut Anvil) -> Result<()> {
        // No proxy can reach this machine itself.
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build();
        let http = http.map_err(Error::failure)?;
        let deadline = Instant::now() + READY;
        for (spec, _) in self.nodes.iter().filter(|(spec, _)| spec.role == role) {
            progress.set(format!("Waiting for {}", spec.name));
            let url = format!("{}/readiness", spec.admin);
            loop {
                if let Some(ended) = self.ends.borrow().clone() {
                    let log = self.nodes.iter().find(|(spec, _)| spec.name == ended.name).map(|(spec, _)| &spec.log);
                    let tail = log.map(|log| read_tail(log)).unwrap_or_default();
                    return Err(Error::failure(format_args!("{} did not start ({}){tail}", ended.name, ended.status)));
                }
                if http.get(&url).send().await.is_ok_and(|response| response.status().is_success()) {
                    break;
                }
                if Instant::now() >= deadline {
                    let tail = read_tail(&spec.log);
                    return Err(Error::unavailable(format_args!("{} is not ready after {READY:?}{tail}", spec.name)));
                }
                tokio::select! {
                    () = sleep(Duration::from_millis(50)) => {}
                    error = anvil.ended() => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Waits until a node has been started.
    pub(super) async fn changed(&mut self) {
        // The senders are dropped only when every supervisor has ended; then nothing changes any more.
        if self.starts.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Ends all processes and waits for them.
    pub(super) async fn stop(&mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

struct Supervisor {
    spec: Spec,
    process_id: Arc<AtomicU32>,
    printer: Arc<Printer>,
    stop: CancellationToken,
    started: watch::Sender<u64>,
    ended: watch::Sender<Option<Ended>>,
}

impl Supervisor {
    async fn run(self) {
        let mut wait = FIRST_WAIT;
        loop {
            let begin = Instant::now();
            let Some(status) = self.once().await else { return };
            self.process_id.store(0, Ordering::Relaxed);
            if begin.elapsed() > GOOD {
                wait = FIRST_WAIT;
            }
            let name = &self.spec.name;
            self.printer.warn(format_args!("{name} ended unexpectedly ({status}) and restarts in {wait:?}"));
            self.ended.send_replace(Some(Ended { name: name.clone(), status }));
            if self.stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return;
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Runs the process once. Returns how it ended, or `None` where it was told to end.
    async fn once(&self) -> Option<String> {
        let mut child = match self.spawn() {
            Ok(child) => child,
            Err(error) => return Some(error.to_string()),
        };
        // The pipe stays open as long as this process lives: the node exits when it closes, even if this process is killed.
        let pipe = child.stdin.take();
        self.process_id.store(child.id().unwrap_or(0), Ordering::Relaxed);
        self.started.send_modify(|count| *count += 1);
        tokio::select! {
            status = child.wait() => return Some(describe(status)),
            () = self.stop.cancelled() => {}
        }
        if let Some(process) = child.id().and_then(|id| Pid::from_raw(id as i32)) {
            let _ = kill_process(process, Signal::TERM);
        }
        if timeout(STOP, child.wait()).await.is_err() {
            self.printer.warn(format_args!("{} does not exit and is killed", self.spec.name));
            let _ = child.kill().await;
        }
        drop(pipe);
        None
    }

    fn spawn(&self) -> std::io::Result<tokio::process::Child> {
        let log = File::options().create(true).append(true).open(&self.spec.log)?;
        Command::new(std::env::current_exe()?)
            .args(&self.spec.arguments)
            .envs(child_environment(&self.spec.directory))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
    }
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// Environment in which a node of this network uses the devnet's wallets, not the user's.
fn child_environment(directory: &Path) -> [(&'static str, PathBuf); 3] {
    // The user's own configuration is meant for another network.
    let (keystores, config) = (directory.join("keystores"), PathBuf::from("/dev/null"));
    [(env::DATA_DIR, directory.to_owned()), (env::KEYSTORE_DIR, keystores), (env::CONFIG, config)]
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Probe {
        #[command(flatten)]
        engine: EngineOptions,
    }

    fn options(arguments: &[&str]) -> Vec<String> {
        let arguments = [&["devnet"], arguments].concat();
        let options = auditor_options(&Probe::parse_from(arguments).engine);
        options.into_iter().map(|(name, value)| format!("{name} {value}")).collect()
    }

    #[test]
    fn the_auditor_has_the_manifests_of_the_miners() {
        let found = options(&[
            "--model",
            "/a",
            "--model-name",
            "one",
            "--model",
            "/b",
            "--model-name",
            "two",
            "--quantise",
            "q4_k",
        ]);
        let expected =
            ["--auditor /a", "--auditor /b", "--auditor-name one", "--auditor-name two", "--auditor-quantise q4_k"];
        assert_eq!(found, expected);
        assert_eq!(options(&["--model", "/a"]), ["--auditor /a"]);
        let scripted =
            ["--engine", "scripted", "--model-name", "one", "--embedding-model", "two", "--scripted-tokens", "9"];
        assert_eq!(options(&scripted), ["--auditor scripted:one:9", "--auditor scripted:two:embedding"]);
        assert_eq!(options(&["--engine", "scripted"]), ["--auditor scripted:scripted"]);
        let server = ["--engine", "openai", "--engine-url", "http://h:8000", "--model-name", "one"];
        assert_eq!(options(&server), ["--auditor-url http://h:8000/"]);
        let named = options(&[&server[..], &["--model", "/a"]].concat());
        assert_eq!(named, ["--auditor /a", "--auditor-name one", "--auditor-url http://h:8000/"]);
    }
}
