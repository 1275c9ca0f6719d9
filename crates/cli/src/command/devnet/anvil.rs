//! The local chain: an anvil process that ends when this process ends, even if this one is killed.

use std::{
    env::consts::{ARCH, OS},
    fs::{self, File},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use cuckoo_protocol::chain::{Client, DEVELOPMENT_CHAIN_ID, DisplaySafeUrl, Network};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, ChildStdin, Command},
    time::{Instant, sleep, timeout},
};

use super::{log::read_tail, ports::free_port};
use crate::{
    host::env,
    terminal::{Error, Result},
};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(10);
/// Seconds between two copies of the state on disk; anvil also writes it when it exits.
const STATE_INTERVAL: &str = "5";

/// Runs a program until it ends or stdin is closed. The other end of that pipe is in this process, and it closes even when this
/// process is killed.
const WATCHER: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(cat <&3 >/dev/null; kill -TERM "$child") >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"#;

/// A running anvil.
#[derive(Debug)]
pub(super) struct Anvil {
    watcher: Child,
    /// Closing it ends the chain.
    pipe: Option<ChildStdin>,
    url: DisplaySafeUrl,
    log: PathBuf,
}

/// Finds the anvil program: `$CUCKOO_ANVIL`, or on the path, or where npm installed it beside the contracts.
pub(super) fn find_program() -> Result<PathBuf> {
    if let Some(path) = env::path(env::ANVIL) {
        return match is_program(&path) {
            true => Ok(path),
            false => Err(Error::unavailable(format_args!(
                "{} names {}, which is not an executable file",
                env::ANVIL,
                path.display()
            ))
            .hint(format_args!("correct or unset {}", env::ANVIL))),
        };
    }
    let search = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&search).map(|directory| directory.join("anvil"));
    let os = if OS == "macos" { "darwin" } else { OS };
    let arch = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let installed = format!("contracts/node_modules/@foundry-rs/anvil-{os}-{arch}/bin/anvil");
    let executable = std::env::current_exe().unwrap_or_default();
    let working = std::env::current_dir().unwrap_or_default();
    let beside = working.ancestors().chain(executable.ancestors()).map(|directory| directory.join(&installed));
    on_path.chain(beside).find(|path| is_program(path)).ok_or_else(|| {
        Error::unavailable("the local chain needs the program anvil, which is not installed on this machine")
            .hint("to install the pinned version in the repository: npm ci --prefix contracts")
            .hint(format_args!("or name an installed one in the environment: {}=/path/to/anvil", env::ANVIL))
    })
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

impl Anvil {
    /// Starts a chain that mines each transaction at once: from `state` if that exists, and with its first block at `genesis`
    /// otherwise, in seconds since the Unix epoch.
    pub(super) async fn start(program: &Path, directory: &Path, state: Option<&Path>, genesis: u64) -> Result<Self> {
        let port = free_port()?;
        let log = directory.join("logs/anvil.log");
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCHER, "sh"]).arg(program);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--chain-id", &DEVELOPMENT_CHAIN_ID.to_string(), "--quiet"]);
        // Without this option, anvil keeps past states in the user's home, and leaves them there when it is killed.
        let past = directory.join("past");
        let _ = fs::remove_dir_all(&past);
        command.arg("--cache-path").arg(past);
        if !state.is_some_and(Path::exists) {
            command.args(["--timestamp", &genesis.to_string()]);
        }
        if let Some(state) = state {
            command.arg("--state").arg(state).args(["--state-interval", STATE_INTERVAL]);
        }
        // The chain has a process group of its own: Ctrl-C at the terminal reaches this process only, which ends the chain last.
        command.process_group(0).stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        let mut watcher = command
            .spawn()
            .map_err(|error| Error::unavailable(format_args!("cannot start {}: {error}", program.display())))?;
        let pipe = watcher.stdin.take();
        let url = format!("http://127.0.0.1:{port}").parse().map_err(Error::failure)?;
        let mut anvil = Self { watcher, pipe, url, log };
        anvil.until_ready().await?;
        Ok(anvil)
    }

    /// The URL that anvil listens on.
    pub(super) fn url(&self) -> &DisplaySafeUrl {
        &self.url
    }

    async fn until_ready(&mut self) -> Result<()> {
        let network = Network::undeployed("local", DEVELOPMENT_CHAIN_ID, self.url.clone());
        let deadline = Instant::now() + START;
        loop {
            let asked = Client::connect_before_deployment(&network);
            let failure = tokio::select! {
                connected = asked => match connected {
                    Ok(_) => return Ok(()),
                    Err(error) => error.into(),
                },
                ended = self.ended() => return Err(ended),
            };
            if Instant::now() >= deadline {
                return Err(failure);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the chain ends on its own, which is an error.
    pub(super) async fn ended(&mut self) -> Error {
        let status = self.watcher.wait().await;
        let status = status.map_or_else(|error| error.to_string(), |status: ExitStatus| status.to_string());
        let tail = read_tail(&self.log);
        Error::unavailable(format_args!("the local chain ended unexpectedly ({status}){tail}"))
    }

    /// Ends the chain, which writes its state first, and waits for it.
    pub(super) async fn stop(&mut self) {
        self.pipe = None;
        if timeout(STOP, self.watcher.wait()).await.is_ok() {
            return;
        }
        tracing::warn!("the local chain does not exit and is killed");
        if let Some(group) = self.watcher.id().and_then(|id| Pid::from_raw(id as i32)) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.watcher.wait().await;
    }
}
