//! Options of `cuckoo coordinator run`, which `cuckoo coordinator check` and the systemd unit take as well.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use cuckoo_protocol::{
    Address, Cai,
    coordinator::{
        Uncalibrated,
        prosecution::{Means, Mode},
    },
};
use url::Url;

use super::auditor::AuditorOptions;
use crate::{
    host::secrets,
    node::coordinator::{
        Edge,
        journal::{Server, ServerError},
    },
    terminal::{Error, Result},
};

/// The longest time of a task.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Address to serve the API on for applications
    #[arg(long, default_value = "127.0.0.1:8780", value_name = "ADDRESS")]
    pub(super) listen: SocketAddr,
    /// Address that miners connect to; register its public URL as the coordinator's endpoint
    #[arg(long, default_value = "127.0.0.1:8781", value_name = "ADDRESS")]
    pub(super) link_listen: SocketAddr,
    /// Address to serve status and metrics on for operators and dashboards; it must be a loopback address
    #[arg(long, default_value = "127.0.0.1:8782", value_name = "ADDRESS")]
    pub(super) admin_listen: SocketAddr,
    /// Allow --listen and --link-listen on addresses that other machines reach, because a proxy in front of them speaks TLS
    #[arg(long)]
    pub(super) behind_proxy: bool,
    /// Directory for the coordinator's journal and other files [default: `coordinator` in the data directory]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Server that keeps the journal: postgres://USER@HOST/DATABASE or nats://HOST. Of several coordinators that share one key and
    /// one server, one leads, and the others stand by to take over [default: a file in --data]
    #[arg(long, value_name = "URL")]
    pub(super) journal: Option<Url>,
    /// File with the password for the server of --journal
    #[arg(long, value_name = "PATH", requires = "journal")]
    pub(super) journal_password_file: Option<PathBuf>,
    /// Address at which the other coordinators that share this one's key and --journal reach it. All that have one serve at once:
    /// those that do not lead take applications and miners too, and pass on to the one that leads what it decides. Only holders of the
    /// node key are let in, over TLS [default: it serves nobody until it leads]
    #[arg(long, value_name = "ADDRESS", requires = "journal")]
    pub(super) replica_listen: Option<SocketAddr>,
    /// Largest body of an application's request, in mebibytes, as it comes and unpacked: 32 hold 2,048 texts of 8,192 bytes, or 16
    /// photos
    #[arg(long, default_value_t = 32, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=32))]
    pub(super) max_body: u32,
    /// Most tokens of an answer whose request has no `max_tokens`; it has fewer where the rest of the model's context is shorter, where
    /// its miners cannot generate as many in half of the time that the task may take, or where they would cost more than a quarter of
    /// what the caller may still spend, or of the free escrow
    #[arg(long, default_value_t = 32_768, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(512..=131_072))]
    pub(super) default_max_tokens: u32,
    /// Most requests of a batch; its file also has to fit into --max-body
    #[arg(long, default_value_t = 50_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) max_batch_lines: u32,
    /// Size of the files that a key may have, those included that its batches write, in mebibytes; at least --max-body
    #[arg(long, default_value_t = 512, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) files_size: u32,
    /// How long a connection may be idle between two requests, such as 75s; longer than a proxy in front keeps its own, so that it is
    /// the proxy that closes, and no request is lost
    #[arg(long, default_value = "75s", value_parser = read_keep_alive, value_name = "DURATION")]
    pub(super) keep_alive: Duration,
    /// Origin of web pages that may call the API from a browser, such as https://ui.example, or * for all; repeatable [default: none]
    #[arg(long, value_name = "ORIGIN", value_parser = crate::command::shared::origin::read_origin)]
    pub(super) cors_origin: Vec<String>,
    /// Maximum number of tasks that wait for a miner; beyond it, applications are told to try again later
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(super) max_queue: usize,
    /// Longest time that a task may take, such as 90s or 5m
    #[arg(long, default_value = "5m", value_parser = read_timeout, value_name = "DURATION")]
    pub(super) task_timeout: Duration,
    /// TOML file with the prices of each model in CAI, per 1,000 tokens or per image; the table of a model takes the place of
    /// [default] as a whole. See the README [default: everything is free]
    #[arg(long, value_name = "PATH")]
    pub(super) prices: Option<PathBuf>,
    /// Time between two settlements on chain of what miners are owed; the node key pays the fees; 0s for never [default: 1h, or a
    /// quarter of the network's delay of claims where that is shorter]
    #[arg(long, value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub(super) settle_every: Option<Duration>,
    /// Number of tokens that a miner, or the miners of a model, generate before fewer than all of their answers are examined: what
    /// the model says of an answer is computed again, by --auditor or by another miner at your cost
    #[arg(long, default_value_t = 1_000, value_name = "TOKENS")]
    pub(super) audit_first: u64,
    /// Percentage of a miner's later answers to examine; it falls to a fifth of this with audits that find nothing. With 0 here and
    /// for --audit-first nothing is examined
    #[arg(long, default_value_t = 5, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(super) audit_percent: u32,
    #[command(flatten)]
    pub(super) auditor: AuditorOptions,
    /// TOML file that says which manifest each model's name stands for; see the README [default: the manifest with the most stake
    /// behind it when a task first asks for the name]
    #[arg(long, value_name = "PATH")]
    pub(super) models: Option<PathBuf>,
    /// Directory with calibrations for more engines and devices, as `cuckoo audit calibrate` writes them
    #[arg(long, value_name = "DIR")]
    pub(super) calibrations: Option<PathBuf>,
    /// What to do with a miner whose device no calibration is for, where its model can be audited: audits could find gross differences
    /// alone in its answers. count gives it tasks, and counts such examinations; refuse gives it none, and tells it why
    #[arg(long, value_enum, default_value = "count", value_name = "MODE")]
    pub(super) uncalibrated: UncalibratedMode,
    /// Size of the evidence of answers to keep, in mebibytes; the oldest goes first, except what shows that a miner cheats
    #[arg(long, default_value_t = 1_024, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) evidence_size: u32,
    /// Whether a case before the court is opened against a miner that the audits have confirmed to cheat, with a bond of the node key's
    /// CAI: off for never, ask once you order it with `coordinator court open`, auto at once [default: auto on networks with a
    /// faucet, ask elsewhere]
    #[arg(long, value_name = "MODE")]
    pub(super) court: Option<CourtMode>,
    /// The most CAI that is in bonds of open cases at once [default: all that the node key holds]
    #[arg(long, value_name = "CAI")]
    pub(super) court_budget: Option<Cai>,
    /// Leave a miner out of draws for a while when its average time to the first token is longer than this, such as 2s [default:
    /// no limit]
    #[arg(long, value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub(super) max_first_token: Option<Duration>,
    /// Leave a miner out of draws for a while when it averages fewer tokens per second than this [default: no limit]
    #[arg(long, value_parser = pace, value_name = "NUMBER")]
    pub(super) min_tokens_per_second: Option<f64>,
    /// Show the log at a terminal, too [default: at a terminal the dashboard, with the log in it; closing it does not end the node]
    #[arg(long)]
    pub(super) no_tui: bool,
    /// Exit when stdin is closed
    #[arg(long, hide = true)]
    pub(super) exit_with_parent: bool,
}

impl RunArgs {
    /// What applications may send, and from where.
    pub(super) fn edge(&self) -> Result<Edge> {
        if self.files_size < self.max_body {
            let error = Error::usage(format_args!(
                "--files-size {} is less than --max-body {}: a file that is accepted would not be kept",
                self.files_size, self.max_body
            ));
            return Err(error.hint(format_args!("raise it: --files-size {}", self.max_body)));
        }
        Ok(Edge {
            max_body: self.max_body as usize * (1 << 20),
            default_tokens: self.default_max_tokens,
            max_lines: self.max_batch_lines as usize,
            max_files: u64::from(self.files_size) << 20,
            keep_alive: self.keep_alive,
            origins: self.cors_origin.clone(),
        })
    }

    /// The address of `--replica-listen`, which others have to be able to connect to.
    pub(super) fn replica_listen(&self) -> Result<Option<SocketAddr>> {
        match self.replica_listen {
            Some(address) if address.ip().is_unspecified() || address.port() == 0 => {
                let error = Error::usage(format_args!(
                    "--replica-listen {address} is not an address that others can connect to"
                ));
                Err(error.hint("name the address and the port at which the other replicas reach this machine"))
            }
            address => Ok(address),
        }
    }

    /// The server of `--journal`, for the journal of the coordinator with this node address.
    pub(super) fn journal_server(&self, node: Address) -> Result<Option<Server>> {
        let password = self.journal_password_file.as_deref().map(secrets::secret_file).transpose()?;
        let server = self.journal.clone().map(|url| Server::new(url, password, node)).transpose();
        server.map_err(|error| match error {
            ServerError::Password => Error::usage(error)
                .hint("put the password into a file that only you can read: --journal-password-file PATH"),
            ServerError::Scheme | ServerError::Replicas => Error::usage(error),
        })
    }
}

/// What becomes of miners whose devices no calibration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum UncalibratedMode {
    /// They get tasks as any other
    Count,
    /// They get none of models that can be audited
    Refuse,
}

impl From<UncalibratedMode> for Uncalibrated {
    fn from(mode: UncalibratedMode) -> Self {
        match mode {
            UncalibratedMode::Count => Self::Count,
            UncalibratedMode::Refuse => Self::Refuse,
        }
    }
}

/// Whether cases are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum CourtMode {
    /// Never
    Off,
    /// Once you order it
    Ask,
    /// At once
    Auto,
}

impl CourtMode {
    /// What is to be spent, by the options and by whether the network is one for tests, which has a faucet.
    pub(super) fn means(mode: Option<Self>, budget: Option<Cai>, has_faucet: bool) -> Means {
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

/// Reads the longest time of a task. Miners take no ticket that is valid for longer: nothing can be claimed before its end.
fn read_timeout(text: &str) -> std::result::Result<Duration, String> {
    let timeout = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if timeout > LONGEST { Err("miners take tasks of 24h at most".into()) } else { Ok(timeout) }
}

/// Reads how long connections may be idle.
fn read_keep_alive(text: &str) -> std::result::Result<Duration, String> {
    let idle = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let range = Duration::from_secs(1)..=Duration::from_secs(60 * 60);
    if range.contains(&idle) { Ok(idle) } else { Err("it must be from 1s to 1h".into()) }
}

fn pace(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "it must be a number above 0, such as 12.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The options of `coordinator run`, alone.
    #[derive(Debug, clap::Parser)]
    struct Alone {
        #[command(flatten)]
        run: RunArgs,
    }

    #[test]
    fn limits_agree_with_each_other() {
        let edge = |options: &[&str]| {
            let alone = <Alone as clap::Parser>::try_parse_from(["run"].iter().chain(options));
            alone.map_err(|error| error.to_string())?.run.edge().map_err(|error| error.to_string())
        };
        let usual = edge(&[]).expect("is valid");
        assert_eq!((usual.max_body, usual.max_files, usual.max_lines), (32 << 20, 512 << 20, 50_000));
        assert_eq!((usual.default_tokens, usual.keep_alive), (32_768, Duration::from_secs(75)));
        let least =
            edge(&["--files-size", "4", "--max-body", "4", "--keep-alive", "1s", "--default-max-tokens", "512"]);
        assert_eq!(least.expect("is valid").max_files, 4 << 20);
        for (options, says) in [
            (["--files-size", "31"], "--files-size 31 is less than --max-body 32"),
            (["--keep-alive", "0s"], "from 1s to 1h"),
            (["--default-max-tokens", "511"], "512"),
            (["--max-batch-lines", "0"], "1"),
            (["--max-body", "33"], "32"),
        ] {
            assert!(edge(&options).is_err_and(|error| error.contains(says)), "{options:?}");
        }
    }

    #[test]
    fn a_task_takes_a_day_at_most() {
        assert_eq!(read_timeout("24h"), Ok(LONGEST));
        assert!(read_timeout("24h 1s").is_err_and(|error| error.contains("24h at most")) && read_timeout("x").is_err());
    }
}
