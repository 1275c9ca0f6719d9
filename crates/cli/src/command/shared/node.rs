//! `status` and `drain` of a running node, which miners and coordinators share.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use cuckoo_protocol::{
    Address, Untrusted,
    chain::DisplaySafeUrl,
    contract::Role,
    harmless, http,
    status::{NodeInfo, NodeRow, Snapshot},
    task::{Kind as ModelKind, Millis},
};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    context::Context,
    host::{
        clock::{self, moment},
        env,
    },
    node::{operator::Operator, service::PlainText},
    terminal::{Cell, Error, Result, Table, Text},
};

/// How long a node may take to answer; one on this machine answers at once.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Time between two looks at a draining node.
const PACE: Duration = Duration::from_millis(500);

/// The running node to ask.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// URL of the node's operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner,
    /// http://127.0.0.1:8782 for a coordinator]
    #[arg(long, env = env::ADMIN_URL, value_name = "URL")]
    connect: Option<DisplaySafeUrl>,
}

/// The running node to drain, and whether to wait for it.
#[derive(Debug, Args)]
pub struct DrainArgs {
    #[command(flatten)]
    node: StatusArgs,
    /// Directory that the node itself was given as --data [default: `miner` or `coordinator` in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Wait until the node has exited [default: return at once]
    #[arg(long)]
    wait: bool,
}

/// A kind of node, with the default URL of its operator listener.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    name: &'static str,
    url: &'static str,
}

impl Kind {
    /// The default URL of its operator listener.
    pub fn default_url(self) -> Result<url::Url> {
        self.url.parse().map_err(Error::failure)
    }
}

/// `cuckoo miner`.
pub const MINER: Kind = Kind { name: "miner", url: "http://127.0.0.1:8792" };
/// `cuckoo coordinator`.
pub const COORDINATOR: Kind = Kind { name: "coordinator", url: "http://127.0.0.1:8782" };

/// A node's snapshot of itself, and whether it is ready for work.
#[derive(Debug, Serialize)]
struct Status {
    ready: bool,
    #[serde(flatten)]
    snapshot: Snapshot,
}

#[derive(Debug, Serialize)]
struct Drained {
    /// True once the node has exited.
    ended: bool,
}

impl Kind {
    /// Shows what the node is doing.
    pub async fn status(self, args: StatusArgs, context: &Context) -> Result<()> {
        let node = Node::new(self, args)?;
        let snapshot = node.snapshot().await?;
        let ready = node.get("readiness").await?.status() == StatusCode::OK;
        let status = Status { ready, snapshot };
        context.printer.result(&status, || Text::Table(status_table(&status)))
    }

    /// Fetches the node's snapshot of itself.
    pub async fn snapshot(self, args: StatusArgs) -> Result<Snapshot> {
        Node::new(self, args)?.snapshot().await
    }

    /// Fetches a document from the node's operator listener.
    pub async fn get<T: DeserializeOwned>(self, args: StatusArgs, path: &str) -> Result<T> {
        let node = Node::new(self, args)?;
        let answer = node.get(path).await?.json().await;
        answer.map_err(|_| {
            Error::failure(format_args!(
                "the program that answers at {} is not a {} of this release",
                node.url, self.name
            ))
        })
    }

    /// Gives the node an order of its operator, with the secret of its data directory, and returns what it answers.
    pub async fn order<T: DeserializeOwned>(
        self,
        args: StatusArgs,
        data: Option<PathBuf>,
        path: &str,
        order: &impl Serialize,
    ) -> Result<T> {
        let node = Node::new(self, args)?;
        let data = data.unwrap_or_else(|| env::data_directory().join(self.name));
        node.identify().await?;
        let token = node.token(&data)?;
        let request = node.client.post(node.at(path)).bearer_auth(token.expose_secret()).json(order);
        let answer = node.send(request).await?;
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.map_err(|error| Error::failure(error.without_url()));
        }
        let words = answer.text().await.unwrap_or_default();
        let words = harmless(words.trim_end());
        Err(match status {
            StatusCode::UNAUTHORIZED => node.foreign_secret(&data),
            _ => Error::precondition(format_args!("the {} refuses: {words}", self.name)),
        })
    }

    /// Tells the node to take no new tasks, finish its own and exit.
    pub async fn drain(self, args: DrainArgs, context: &Context) -> Result<()> {
        let node = Node::new(self, args.node)?;
        let data = args.data.unwrap_or_else(|| env::data_directory().join(self.name));
        let process = node.drain(&data).await?;
        let printer = &context.printer;
        if !args.wait {
            printer.ok(format_args!("the {} takes no new tasks, and exits when its own are finished", self.name));
            printer.hint(format_args!("to see how many are left: cuckoo {} status", self.name));
            return printer.result(&Drained { ended: false }, || Text::Nothing);
        }
        let progress = printer.progress(format!("Waiting until the {} has exited", self.name));
        let ended = async {
            // The node has exited when nothing answers any more, or another process does.
            while let Ok(snapshot) = node.snapshot().await
                && snapshot.node.started_at == process
            {
                let left = snapshot.tasks.queued + snapshot.tasks.running;
                progress.set(format!("Waiting until the {} has exited: {left} tasks are left", self.name));
                tokio::time::sleep(PACE).await;
            }
        };
        tokio::select! {
            () = ended => {}
            _ = tokio::signal::ctrl_c() => {
                return Err(Error::new(crate::terminal::Class::Interrupted, "interrupted; the node is still draining"));
            }
        }
        drop(progress);
        printer.ok(format_args!("the {} has exited", self.name));
        printer.result(&Drained { ended: true }, || Text::Nothing)
    }
}

/// The name of a node as another node's snapshot has it; empty where it has none.
pub fn name_of(snapshot: &Snapshot, node: Address) -> Untrusted {
    snapshot.nodes.iter().find(|row| row.address == node).map(|row| row.name.clone()).unwrap_or_default()
}

/// A node by its name for people, and by its address for programs.
pub fn named(name: &Untrusted, node: Address) -> Cell {
    match name.raw().is_empty() {
        true => Cell::text(node),
        false => Cell::both(name, node),
    }
}

struct Node {
    kind: Kind,
    url: DisplaySafeUrl,
    client: Client,
}

impl Node {
    fn new(kind: Kind, args: StatusArgs) -> Result<Self> {
        let url = match args.connect {
            Some(url) => url,
            None => kind.url.parse().map_err(Error::failure)?,
        };
        let client = http::client(url.expose()).timeout(ANSWER_TIMEOUT).build().map_err(Error::failure)?;
        Ok(Self { kind, url, client })
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.url.expose().as_str().trim_end_matches('/'))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response> {
        request.send().await.map_err(|error| {
            let (name, cause) = (self.kind.name, http::words(error));
            Error::unavailable(format_args!("no {name} answers at {}: {cause}", self.url))
                .hint(format_args!("start it: cuckoo {name} run; or name its operator listener: --connect URL"))
        })
    }

    async fn get(&self, path: &str) -> Result<reqwest::Response> {
        self.send(self.client.get(self.at(path))).await
    }

    async fn snapshot(&self) -> Result<Snapshot> {
        let snapshot = self.get("status").await?.json().await;
        snapshot
            .map_err(|_| Error::failure(format_args!("the program that answers at {} is not a Cuckoo node", self.url)))
    }

    /// Starts draining, and returns when the draining process was started.
    async fn drain(&self, data: &Path) -> Result<Millis> {
        let started_at = self.identify().await?;
        let token = self.token(data)?;
        let asked = self.send(self.client.post(self.at("drain")).bearer_auth(token.expose_secret())).await?;
        match asked.status() {
            StatusCode::ACCEPTED => Ok(started_at),
            StatusCode::UNAUTHORIZED => Err(self.foreign_secret(data)),
            status => Err(Error::failure(format_args!("the {} answered {status}", self.kind.name))),
        }
    }

    /// Checks that a node of this kind answers, before it is sent the secret. Returns when it was started.
    async fn identify(&self) -> Result<Millis> {
        let kind = self.kind.name;
        let NodeInfo { role, started_at, .. } = self.snapshot().await?.node;
        if role.as_str() != kind {
            let found = role.as_str();
            return Err(Error::usage(format_args!("the node at {} is a {found}, not a {kind}", self.url))
                .hint(format_args!("name the operator listener of a {kind}: --connect URL")));
        }
        Ok(started_at)
    }

    /// The secret that the node has left in its data directory.
    fn token(&self, data: &Path) -> Result<SecretString> {
        Operator::token(data).map_err(|error| {
            let path = Operator::path(data);
            Error::auth(format_args!("cannot read the node's secret in {}: {error}", path.display()))
                .hint("run this as the node's user, with the --data that the node was given")
        })
    }

    fn foreign_secret(&self, data: &Path) -> Error {
        let path = Operator::path(data);
        Error::auth(format_args!("{} is the secret of another node", path.display()))
            .hint("name the directory that this node was given: --data DIR")
    }
}

fn status_table(status: &Status) -> Table {
    let Status { ready, snapshot: Snapshot { node, chain, nodes, tasks, cases, .. } } = status;
    let state = match (ready, node.draining) {
        (_, true) => "draining",
        (true, false) => "ready",
        (false, false) => "not ready",
    };
    let seconds = clock::now().saturating_sub(node.started_at) / 1000;
    let others = if node.role == Role::Miner { Role::Coordinator } else { Role::Miner };
    let live = nodes.iter().filter(|row| row.role == others && row.live).count();
    let all = nodes.iter().filter(|row| row.role == others && row.active).count();
    let mut table = Table::new(["", ""])
        .with([Cell::text("state"), Cell::text(state)])
        .with([Cell::text("node"), Cell::text(node.address)])
        .with([Cell::text("name"), Cell::text(&node.name)])
        .with([Cell::text("version"), Cell::text(&node.version)])
        .with([
            Cell::text("running for"),
            Cell::both(humantime::format_duration(Duration::from_secs(seconds)).to_string(), seconds),
        ])
        .with([Cell::text("network"), Cell::text(&chain.network)])
        .with([Cell::text("block"), Cell::text(chain.block)])
        .with([
            Cell::text("epoch"),
            Cell::both(format!("{}, the next one in {} s", chain.epoch, chain.to_next_epoch()), chain.epoch),
        ]);
    if let Some(problem) = &chain.problem {
        table.row([Cell::text("problem"), Cell::text(problem)]);
    }
    if let Some(problem) = &node.problem {
        table.row([Cell::text("problem"), Cell::text(harmless(problem))]);
    }
    for complaint in &node.complaints {
        table.row([Cell::text("not working for"), Cell::text(harmless(complaint.raw()))]);
    }
    for (case, part) in cases.iter().filter_map(|case| Some((case, case.part.words(node.role)?))) {
        let name = nodes.iter().find(|row| row.address == case.accused).map(|row| row.name.clone()).unwrap_or_default();
        let until = case.until.map_or_else(String::new, |until| format!(", until {}", moment(until / 1000)));
        let text = format!("{} of {name}: {part}; {}{until}", case.id, case.stage.words());
        table.row([Cell::text("dispute"), Cell::text(text)]);
    }
    if let Some(own) = nodes.iter().find(|row| row.address == node.address) {
        let share = format!("{}.{:02} %", own.share_ppm / 10_000, own.share_ppm / 100 % 100);
        table.row([Cell::text("weight"), Cell::both(format!("{} ({share})", own.weight), own.weight.base_units())]);
    }
    table.row([Cell::text(format!("{}s connected", others.as_str())), Cell::text(format!("{live} of {all}"))]);
    for (name, count) in [
        ("queued", tasks.queued),
        ("running", tasks.running),
        ("done", tasks.done),
        ("failed", tasks.failed),
        ("cancelled", tasks.cancelled),
        ("tokens", tasks.completion_tokens),
    ] {
        table.row([Cell::text(name), Cell::text(count)]);
    }
    for row in nodes.iter().filter(|row| row.live) {
        add_machine(&mut table, row);
    }
    table
}

/// Adds the models and devices of a connected node.
fn add_machine(table: &mut Table, row: &NodeRow) {
    for model in &row.models {
        let kind = if model.kind == ModelKind::Text { String::new() } else { format!(" ({})", model.kind.as_str()) };
        let slots = format!("{}{kind}, {} of {} slots free, at {}", model.name, model.free, model.capacity, row.name);
        table.row([Cell::text("model"), Cell::text(slots)]);
    }
    for device in &row.devices {
        let mut parts = vec![device.name.to_string()];
        parts.extend(device.utilisation_percent.map(|percent| format!("{percent} % used")));
        if let (Some(used), Some(total)) = (device.memory_used, device.memory_total) {
            parts.push(format!("{} of {} MiB", used >> 20, total >> 20));
        }
        parts.extend(device.temperature_celsius.map(|degrees| format!("{degrees} °C")));
        parts.extend(device.power_milliwatts.map(|power| format!("{} W", power / 1000)));
        parts.extend(device.problems.iter().map(|problem| format!("! {}", harmless(problem.raw()))));
        table.row([Cell::text("device"), Cell::text(format!("{}, at {}", parts.join(", "), row.name))]);
    }
}

impl From<PlainText> for Error {
    fn from(error: PlainText) -> Self {
        let failure = Self::config(error);
        match error.option {
            "--admin-listen" => failure.hint(
                "operators' listeners stay on this machine: --admin-listen 127.0.0.1:PORT; reach it from elsewhere through ssh -L",
            ),
            _ => failure.hint(
                "listen on 127.0.0.1 behind a proxy that speaks TLS, or add --behind-proxy where there already is one",
            ),
        }
    }
}
