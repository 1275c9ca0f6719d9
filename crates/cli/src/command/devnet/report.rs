//! What a network on this machine reports to the user and to programs: lines on the terminal, and `devnet.json`.

use std::{
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::Duration,
};

use cuckoo_protocol::{
    Address, Cai,
    chain::{DisplaySafeUrl, Network},
    contract::Role,
    status::{NodeRow, Snapshot},
    task::Kind,
};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{children::Children, ports::Ports, setup::Member};
use crate::{
    host::files,
    terminal::{Error, Printer, Result, Text},
};

/// How long miners that are ready may take to offer their slots.
const OFFERED: Duration = Duration::from_secs(30);

/// The content of `devnet.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// Base URL of the coordinator's API.
    api: &'a str,
    /// URL of the coordinator's operator listener.
    admin: &'a str,
    rpc: &'a DisplaySafeUrl,
    /// The network's description, for `--network`.
    network_file: &'a Path,
    /// The directory with wallets, logs and state.
    data: &'a Path,
    password_file: &'a Path,
    /// The name of a text model that can be asked.
    model: Option<&'a str>,
    /// Id of this process.
    pid: u32,
    children: Vec<ChildRow<'a>>,
}

#[derive(Debug, Serialize)]
struct ChildRow<'a> {
    name: &'a str,
    role: &'a str,
    /// Process id, which is 0 while the node is being restarted.
    pid: u32,
    admin: &'a str,
    log: &'a Path,
    address: Address,
    owner: Address,
    stake: Cai,
}

/// Everything in the report that does not change while the network runs.
#[derive(Debug)]
pub(super) struct Report {
    api: String,
    admin: String,
    rpc: DisplaySafeUrl,
    network_file: PathBuf,
    data: PathBuf,
    password_file: PathBuf,
    members: Vec<Member>,
    model: std::sync::OnceLock<String>,
}

impl Report {
    pub(super) fn new(network: &Network, data: &Path, ports: &Ports, members: Vec<Member>) -> Self {
        Self {
            api: format!("http://127.0.0.1:{}", ports.api),
            admin: format!("http://127.0.0.1:{}", ports.admin),
            // The network was written with exactly one.
            rpc: network.rpc_urls[0].clone(),
            network_file: data.join("network.json"),
            password_file: data.join("password"),
            data: data.to_owned(),
            members,
            model: std::sync::OnceLock::new(),
        }
    }

    fn document<'a>(&'a self, children: &'a Children) -> Document<'a> {
        let row = |(spec, member): (&'a (super::children::Spec, _), &'a Member)| {
            let (spec, pid): &(_, std::sync::Arc<std::sync::atomic::AtomicU32>) = spec;
            ChildRow {
                name: &spec.name,
                role: spec.role,
                pid: pid.load(Ordering::Relaxed),
                admin: &spec.admin,
                log: &spec.log,
                address: member.node,
                owner: member.owner,
                stake: member.stake,
            }
        };
        Document {
            schema_version: crate::terminal::SCHEMA_VERSION,
            api: &self.api,
            admin: &self.admin,
            rpc: &self.rpc,
            network_file: &self.network_file,
            data: &self.data,
            password_file: &self.password_file,
            model: self.model.get().map(String::as_str),
            pid: std::process::id(),
            children: children.nodes.iter().zip(&self.members).map(row).collect(),
        }
    }

    /// Writes `devnet.json` atomically.
    pub(super) fn write(&self, children: &Children) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.document(children))?;
        Ok(files::replace(&self.data.join("devnet.json"), &text)?)
    }

    /// Base URL of the coordinator's API.
    pub(super) fn api(&self) -> Result<DisplaySafeUrl> {
        self.api.parse().map_err(Error::failure)
    }

    /// Waits until every miner offers slots, and returns the name of a text model. Without this wait, the first tasks would all go
    /// to the miner that starts fastest.
    async fn wait_for_offers(&self) -> Result<Option<String>> {
        // No proxy can reach this machine itself.
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build();
        let http = http.map_err(Error::failure)?;
        let miners = self.members.iter().filter(|member| member.role == Role::Miner).count();
        let offers = |node: &&NodeRow| {
            let free: u32 = node.models.iter().map(|model| model.free).sum();
            node.role == Role::Miner && free + node.running > 0
        };
        let deadline = Instant::now() + OFFERED;
        while Instant::now() < deadline {
            if let Ok(response) = http.get(format!("{}/status", self.admin)).send().await
                && let Ok(snapshot) = response.json::<Snapshot>().await
                && snapshot.nodes.iter().filter(offers).count() >= miners
            {
                let mut models = snapshot.nodes.iter().flat_map(|node| &node.models);
                return Ok(models.find(|model| model.kind == Kind::Text).map(|model| model.name.raw().to_owned()));
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(Error::unavailable("at least one miner offers no slots to the coordinator")
            .hint(format_args!("the miners' logs say why: {}", self.data.join("logs").display())))
    }

    /// Says that the network is up, and lists its nodes.
    pub(super) async fn announce(&self, printer: &Printer, children: &Children) -> Result<()> {
        // The model's name becomes part of a shell command on the screen.
        if let Some(model) = self.wait_for_offers().await?.filter(|model| is_harmless(model)) {
            let _ = self.model.set(model);
        }
        self.write(children)?;
        printer.ok(format_args!("the network is up: {} nodes on the chain at {}", self.members.len(), self.rpc));
        printer.say("");
        for member in &self.members {
            printer.say(format_args!("  {:<14} {}  own stake {}", member.account, member.node, member.stake));
        }
        Ok(())
    }

    /// Shows commands that use the network.
    pub(super) fn invite(&self, printer: &Printer, children: &Children) -> Result<()> {
        let model = self.model.get().map_or("MODEL", String::as_str);
        let api = &self.api;
        printer.say(format_args!(
            r#"
Ask the network with curl:
  curl {api}/v1/chat/completions -H 'content-type: application/json' \
    -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello!"}}]}}'
or with OpenAI's Python client:
  from openai import OpenAI
  client = OpenAI(base_url="{api}/v1", api_key="none")
  print(client.chat.completions.create(model="{model}", messages=[{{"role": "user", "content": "Hello!"}}]))
Watch it from another terminal:
  cuckoo tui --connect {}
Get a wallet and CAI from another terminal:
  cuckoo wallet new me && cuckoo faucet request --account me
Logs are in {}
Ctrl-C stops the network"#,
            self.admin,
            self.data.join("logs").display()
        ));
        printer.result(&self.document(children), || Text::Value(format!("{api}/v1")))
    }
}

fn is_harmless(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
}
