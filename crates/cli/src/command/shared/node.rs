//! What an operator asks a running node: `status` and `drain`, the same for miners and coordinators.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use cuckoo_protocol::{
    chain::DisplaySafeUrl,
    contract::Role,
    harmless,
    status::{NodeInfo, NodeRow, Snapshot},
    task::{Kind as ModelKind, Millis},
};
use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};

use crate::node::service::PlainText;
use crate::{
    context::Context,
    host::{clock, env},
    node::operator::Operator,
    terminal::{Cell, Error, Result, Table, Text},
};

/// A node on this machine answers at once.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two looks at a node that drains.
const PACE: Duration = Duration::from_millis(500);

/// Which running node
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The node's listener for operators [default: the usual one of its kind]
    #[arg(long, env = env::ADMIN_URL, value_name = "URL")]
    connect: Option<DisplaySafeUrl>,
}

/// Which running node, and whether to wait for it
#[derive(Debug, Args)]
pub struct DrainArgs {
    #[command(flatten)]
    node: StatusArgs,
    /// The directory that the node was given by its own --data [default: the usual one of its kind]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Wait until it has ended
    #[arg(long)]
    wait: bool,
}

/// A kind of node, with where it listens and keeps its data unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    name: &'static str,
    url: &'static str,
}

/// `cuckoo miner`.
pub const MINER: Kind = Kind { name: "miner", url: "http://127.0.0.1:8792" };
/// `cuckoo coordinator`.
pub const COORDINATOR: Kind = Kind { name: "coordinator", url: "http://127.0.0.1:8782" };

/// A node's own words, and whether it is ready for work.
#[derive(Debug, Serialize)]
struct Status {
    ready: bool,
    #[serde(flatten)]
    snapshot: Snapshot,
}

#[derive(Debug, Serialize)]
struct Drained {
    /// True once the node has ended.
    ended: bool,
}

impl Kind {
    /// What the node does at the moment.
    pub async fn status(self, args: StatusArgs, context: &Context) -> Result<()> {
        let node = Node::new(self, args)?;
        let snapshot = node.snapshot().await?;
        let ready = node.get("readiness").await?.status() == StatusCode::OK;
        let status = Status { ready, snapshot };
        context.printer.result(&status, || Text::Table(rows(&status)))
    }

    /// The node's own words.
    pub async fn snapshot(self, args: StatusArgs) -> Result<Snapshot> {
        Node::new(self, args)?.snapshot().await
    }

    /// A document of the node's listener for operators.
    pub async fn get<T: DeserializeOwned>(self, args: StatusArgs, path: &str) -> Result<T> {
        let node = Node::new(self, args)?;
        let answer = node.get(path).await?.json().await;
        answer.map_err(|_| {
            Error::failure(format_args!("what answers at {} is no {} of this release", node.url, self.name))
        })
    }

    /// Has the node take nothing new, finish what it has, and end.
    pub async fn drain(self, args: DrainArgs, context: &Context) -> Result<()> {
        let node = Node::new(self, args.node)?;
        let data = args.data.unwrap_or_else(|| env::data_directory().join(self.name));
        let process = node.drain(&data).await?;
        let printer = &context.printer;
        if !args.wait {
            printer.ok(format_args!("the {} takes nothing new, and ends once what it has is done", self.name));
            printer.hint(format_args!("how far it is: cuckoo {} status", self.name));
            return printer.result(&Drained { ended: false }, || Text::Nothing);
        }
        let progress = printer.progress(format!("Waiting until the {} has ended", self.name));
        let ended = async {
            // It has ended when nobody answers any more, or another process does.
            while let Ok(snapshot) = node.snapshot().await
                && snapshot.node.started_at == process
            {
                let left = snapshot.tasks.queued + snapshot.tasks.running;
                progress.set(format!("Waiting until the {} has ended: {left} tasks are left", self.name));
                tokio::time::sleep(PACE).await;
            }
        };
        tokio::select! {
            () = ended => {}
            _ = tokio::signal::ctrl_c() => {
                return Err(Error::new(crate::terminal::Class::Interrupted, "interrupted; the node goes on draining"));
            }
        }
        drop(progress);
        printer.ok(format_args!("the {} has ended", self.name));
        printer.result(&Drained { ended: true }, || Text::Nothing)
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
        let client = Client::builder().timeout(ANSWER_TIMEOUT).build().map_err(Error::failure)?;
        Ok(Self { kind, url, client })
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.url.expose().as_str().trim_end_matches('/'))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response> {
        request.send().await.map_err(|error| {
            let (name, cause) = (self.kind.name, error.without_url());
            Error::unavailable(format_args!("no {name} answers at {}: {cause}", self.url))
                .hint(format_args!("start it: cuckoo {name} run; or name its --admin-listen: --connect URL"))
        })
    }

    async fn get(&self, path: &str) -> Result<reqwest::Response> {
        self.send(self.client.get(self.at(path))).await
    }

    async fn snapshot(&self) -> Result<Snapshot> {
        let snapshot = self.get("status").await?.json().await;
        snapshot.map_err(|_| Error::failure(format_args!("what answers at {} is no node of this network", self.url)))
    }

    /// Returns when the process that drains was started.
    async fn drain(&self, data: &Path) -> Result<Millis> {
        let kind = self.kind.name;
        // Before a secret is sent anywhere: is it this kind of node that answers?
        let NodeInfo { role, started_at, .. } = self.snapshot().await?.node;
        if role.as_str() != kind {
            let found = role.as_str();
            return Err(Error::usage(format_args!("at {} answers a {found}, not a {kind}", self.url))
                .hint(format_args!("cuckoo {found} drain")));
        }
        let path = Operator::path(data);
        let token = Operator::token(data).map_err(|error| {
            Error::auth(format_args!("cannot read the node's secret in {}: {error}", path.display()))
                .hint("as the node's user, with the --data that the node was given")
        })?;
        let asked = self.send(self.client.post(self.at("drain")).bearer_auth(token.expose_secret())).await?;
        match asked.status() {
            StatusCode::ACCEPTED => Ok(started_at),
            StatusCode::UNAUTHORIZED => {
                Err(Error::auth(format_args!("{} is the secret of another node", path.display()))
                    .hint("name the directory that this node was given: --data DIR"))
            }
            status => Err(Error::failure(format_args!("the {kind} answered {status}"))),
        }
    }
}

fn rows(status: &Status) -> Table {
    let Status { ready, snapshot: Snapshot { node, chain, nodes, tasks, .. } } = status;
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
        .with([Cell::text("epoch"), Cell::text(chain.epoch)]);
    if let Some(problem) = &chain.problem {
        table.row([Cell::text("problem"), Cell::text(problem)]);
    }
    if let Some(problem) = &node.problem {
        table.row([Cell::text("problem"), Cell::text(harmless(problem))]);
    }
    for complaint in &node.complaints {
        table.row([Cell::text("not working for"), Cell::text(harmless(complaint.raw()))]);
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
        machine(&mut table, row);
    }
    table
}

/// The models and devices of a node that is here.
fn machine(table: &mut Table, row: &NodeRow) {
    for model in &row.models {
        let kind = if model.kind == ModelKind::Text { String::new() } else { format!(" ({})", model.kind.as_str()) };
        let places = format!("{}{kind}, {} of {} places free, at {}", model.name, model.free, model.capacity, row.name);
        table.row([Cell::text("model"), Cell::text(places)]);
    }
    for device in &row.devices {
        let mut parts = vec![device.name.to_string()];
        parts.extend(device.utilisation_percent.map(|percent| format!("{percent} % used")));
        if let (Some(used), Some(total)) = (device.memory_used, device.memory_total) {
            parts.push(format!("{} of {} MiB", used >> 20, total >> 20));
        }
        parts.extend(device.temperature_celsius.map(|degrees| format!("{degrees} °C")));
        parts.extend(device.power_milliwatts.map(|power| format!("{} W", power / 1000)));
        parts.extend(device.problems.iter().map(|problem| format!("! {problem}")));
        table.row([Cell::text("device"), Cell::text(format!("{}, at {}", parts.join(", "), row.name))]);
    }
}

impl From<PlainText> for Error {
    fn from(error: PlainText) -> Self {
        Self::config(error)
            .hint("listen on 127.0.0.1 behind a proxy that speaks TLS, or say --behind-proxy if there is one")
    }
}
