//! What a network on this machine tells the person, and the programs, that started it.

use std::{
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use cuckoo_protocol::{
    Address, Cai,
    chain::{DisplaySafeUrl, Network},
};
use serde::Serialize;

use super::{Ports, children::Children, setup::Member};
use crate::{
    error::{Error, Result},
    network::write_atomically,
    output::{Printer, Text},
};

/// The content of `devnet.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// Base of the application API.
    api: &'a str,
    /// The coordinator's operators' listener.
    admin: &'a str,
    rpc: &'a DisplaySafeUrl,
    /// Description of the network, for `--network`.
    network_file: &'a Path,
    /// Wallets, logs and state.
    data: &'a Path,
    password_file: &'a Path,
    /// A model that can be asked.
    model: Option<&'a str>,
    /// This process.
    pid: u32,
    children: Vec<ChildRow<'a>>,
}

#[derive(Debug, Serialize)]
struct ChildRow<'a> {
    name: &'a str,
    role: &'a str,
    /// 0 while it is being started again.
    pid: u32,
    admin: &'a str,
    log: &'a Path,
    address: Address,
    owner: Address,
    stake: Cai,
}

/// All that does not change while the network runs.
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
            schema_version: crate::output::SCHEMA_VERSION,
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

    /// Writes `devnet.json`, whole or not at all.
    pub(super) fn write(&self, children: &Children) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.document(children))?;
        write_atomically(&self.data.join("devnet.json"), &text)
    }

    /// Says that the network is up, and what can be done with it.
    pub(super) async fn announce(&self, printer: &Printer, children: &Children) -> Result<()> {
        if let Some(model) = first_model(&self.api).await {
            let _ = self.model.set(model);
        }
        self.write(children)?;
        let model = self.model.get().map_or("MODEL", String::as_str);
        let api = &self.api;
        printer.ok(format_args!("the network is up: {} nodes on the chain at {}", self.members.len(), self.rpc));
        printer.say("");
        for member in &self.members {
            printer.say(format_args!("  {:<14} {}  own stake {}", member.account, member.node, member.stake));
        }
        printer.say(format_args!(
            r#"
Ask it, by hand:
  curl {api}/v1/chat/completions -H 'content-type: application/json' \
    -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello!"}}]}}'
or with OpenAI's Python client:
  from openai import OpenAI
  client = OpenAI(base_url="{api}/v1", api_key="none")
  print(client.chat.completions.create(model="{model}", messages=[{{"role": "user", "content": "Hello!"}}]))
Watch it, in another terminal:
  cuckoo tui --connect {}
Take part, in another terminal:
  cuckoo wallet new me && cuckoo faucet request --account me
Logs are in {}
Ctrl-C ends it"#,
            self.admin,
            self.data.join("logs").display()
        ));
        printer.result(&self.document(children), || Text::Value(format!("{api}/v1")))
    }
}

/// The first model that the network offers: for the snippets, so that they run as they are.
async fn first_model(api: &str) -> Option<String> {
    let http =
        reqwest::Client::builder().timeout(std::time::Duration::from_secs(2)).build().map_err(Error::failure).ok()?;
    for _ in 0..50 {
        if let Ok(response) = http.get(format!("{api}/v1/models")).send().await
            && let Ok(models) = response.json::<serde_json::Value>().await
            && let Some(id) = models["data"][0]["id"].as_str()
            // It goes into a shell command on the screen.
            && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
        {
            return Some(id.to_owned());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    None
}
