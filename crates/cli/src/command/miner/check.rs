//! `cuckoo miner check`: checks everything that `cuckoo miner run` needs, without running it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use cuckoo_gpu::{EngineSpec, ServedModel, model::ModelSource};
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{ChainError, Client, Registry},
    contract::Role,
    task::Kind,
};
use futures::{StreamExt, stream};
use serde_json::json;
use tokio::net::TcpStream;

use super::options::{EngineKind, EngineOptions};
use crate::{
    account::{idleness::Idleness, session::coin, signer},
    command::shared::check::{self, Level, Report, count},
    context::Context,
    host::env,
    node::endpoint,
    terminal::Result,
};

/// How long a coordinator may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Gas for a few cases: an offer, and for each case a commitment, a vote and a turn at what anybody may do.
const JURY_GAS: u64 = 2_000_000;
/// Gas for a few payouts: for each a voucher or a collection of two coordinators, and the payment.
const PAYOUT_GAS: u64 = 1_000_000;
/// What a miner does so that it is not idle.
const IDLE_REMEDY: &str =
    "have it pay out by itself (--payout-above), or do it at least once a week: cuckoo miner payout";
/// How many coordinators are tried at the same time.
const AT_ONCE: usize = 16;

/// Options of `cuckoo miner run` that can be checked.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directory where the miner would record its signatures and vouchers [default: `miner` in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address that the miner would serve status and metrics on
    #[arg(long, default_value = "127.0.0.1:8792", value_name = "ADDRESS")]
    admin_listen: SocketAddr,
    /// The miner would take no part in juries
    #[arg(long)]
    no_jury: bool,
    /// Amount from which the miner would pay out what coordinators owe, in CAI; 0 for never
    #[arg(long, default_value = "10", value_name = "CAI")]
    payout_above: Cai,
    // This must stay last: the heading of these options would apply to every option after them.
    #[command(flatten)]
    engine: EngineOptions,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let mut report = Report::default();
    if let Some(client) = check::chain(context, &mut report).await {
        check_node(&client, &args, context, &mut report).await;
    }
    check_engine(&args.engine, &mut report).await;
    let data = args.data.unwrap_or_else(|| env::data_directory().join("miner"));
    check::data(&data, &mut report);
    check::disk(&mut report);
    check::ports(&[("--admin-listen", args.admin_listen)], &mut report);
    match args.engine.engine {
        EngineKind::Mistral => check::devices_of_engine(&mut report),
        EngineKind::Openai | EngineKind::Scripted => check::devices(&mut report),
    }
    report.finish(context)
}

/// Checks the node key, its registration, and the coordinators that the miner would link to.
async fn check_node(client: &Client, args: &Args, context: &Context, report: &mut Report) {
    let globals = &context.globals;
    let key = signer::unlock_key(&globals.wallet, client.network(), globals.no_input || globals.json);
    let address = match key {
        Ok(signer) => {
            report.ok("key", format!("{} can be unlocked", signer.address()));
            Some(signer.address())
        }
        Err(error) => {
            report.error(Level::Fail, "key", &error);
            signer::resolve_address(&globals.wallet, client.network(), true).await.ok()
        }
    };
    let registry = match crate::account::node_reference::read_registry(client).await {
        Ok(registry) => registry,
        Err(error) => return report.error(Level::Fail, "registration", &error),
    };
    if let Some(address) = address {
        check_registration(&registry, address, report);
        check_payments(client, address, report).await;
        let jury = (client.network().court.is_some() && !args.no_jury).then_some(("jury duty", JURY_GAS));
        let payouts = (!args.payout_above.is_zero()).then_some(("payouts", PAYOUT_GAS));
        check_fees(client, address, payouts.into_iter().chain(jury), report).await;
    }
    check_coordinators(&registry, report).await;
}

fn check_registration(registry: &Registry, address: Address, report: &mut Report) {
    let register = "register it: cuckoo register miner --account OWNER --node-account NAME --name NAME --stake AMOUNT";
    match registry.node(&address) {
        None => report.fail("registration", format!("{address} is not registered as a node"), register),
        Some(node) if node.role != Role::Miner => {
            let text = format!("{address} is a {}", node.role.as_str());
            report.fail("registration", text, "a miner needs a node key of its own: cuckoo wallet new NAME");
        }
        Some(node) if !node.active => {
            let text = format!("{} is inactive: its own stake is {}", node.name, node.self_stake);
            report.fail("registration", text, format!("stake more: cuckoo stake deposit AMOUNT --vote {address}"));
        }
        Some(node) => report.ok("registration", format!("{} with {} of own stake", node.name, node.self_stake)),
    }
}

/// Checks that somebody has paid the miner lately.
async fn check_payments(client: &Client, address: Address, report: &mut Report) {
    match Idleness::read(client, address).await {
        Err(error) => report.error(Level::Fail, "payments", &error),
        Ok(None) => {}
        Ok(Some(idleness)) if idleness.idle => report.warn(
            "payments",
            "the miner is idle: it earns nothing for its stake until somebody pays it",
            IDLE_REMEDY,
        ),
        Ok(Some(idleness)) => {
            let text = match idleness.paid_at {
                Some(at) => format!("paid last at {at}; it would be idle from {}", idleness.idle_from),
                None => format!("nobody has paid it yet; it would be idle from {}", idleness.idle_from),
            };
            match idleness.is_due {
                true => report.warn("payments", text, IDLE_REMEDY),
                false => report.ok("payments", text),
            }
        }
    }
}

/// Checks that the node key can pay the fees of what it is to do: a juror that cannot send its vote is docked, and without payouts
/// the owner has to collect what the miner earns.
async fn check_fees(
    client: &Client,
    address: Address,
    duties: impl Iterator<Item = (&'static str, u64)>,
    report: &mut Report,
) {
    let duties: Vec<_> = duties.collect();
    if duties.is_empty() {
        return;
    }
    let gas: u64 = duties.iter().map(|(_, gas)| gas).sum();
    let names = duties.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" and ");
    let read = async {
        let price: U256 = client.request("eth_gasPrice", json!([])).await?;
        Ok::<_, ChainError>((client.native_balance(address).await?, price * U256::from(gas)))
    };
    match read.await {
        Err(error) => report.error(Level::Fail, "fees", &error.into()),
        Ok((have, need)) if have < need => {
            let text = format!("the node key has {} for the fees of {names}, which need {}", coin(have), coin(need));
            let hint = format!("send coin to {address}, or do without: --payout-above 0 --no-jury");
            report.warn("fees", text, hint);
        }
        Ok((have, _)) => report.ok("fees", format!("the node key has {} for the fees of {names}", coin(have))),
    }
}

async fn check_coordinators(registry: &Registry, report: &mut Report) {
    let all: Vec<_> = registry.by_weight(Role::Coordinator).into_iter().filter(|node| node.active).collect();
    if all.is_empty() {
        let hint = "a miner waits until one is; see all nodes: cuckoo vote leaderboard";
        return report.warn("coordinators", "no coordinator is active on this network", hint);
    }
    let tried = stream::iter(&all).map(|node| async move { (node, reach(node.endpoint.raw()).await) });
    let tried: Vec<_> = tried.buffered(AT_ONCE).collect().await;
    let reached = tried.iter().filter(|(_, reached)| reached.is_ok()).count();
    for (node, reason) in tried.iter().filter_map(|(node, reached)| Some((node, reached.as_ref().err()?))) {
        let text = format!("{} at {} cannot be reached: {reason}", node.name, node.endpoint);
        let hint = "check the firewall here, or wait until the coordinator is up again; the miner uses the others";
        match reached {
            0 => report.fail("coordinators", text, "a miner gets tasks from coordinators only: check the firewall"),
            _ => report.warn("coordinators", text, hint),
        }
    }
    if reached > 0 {
        report.ok("coordinators", format!("{reached} of {} can be reached", all.len()));
    }
}

/// Checks that something listens at an endpoint. Nothing is sent: a link begins with a signature, and only a running miner signs.
async fn reach(endpoint: &str) -> Result<(), String> {
    let address = endpoint::parse(endpoint).map_err(|error| error.to_string())?;
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
    match connected {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer in {} seconds", PATIENCE.as_secs())),
    }
}

async fn check_engine(options: &EngineOptions, report: &mut Report) {
    match options.specs() {
        Err(error) => report.error(Level::Fail, "engine", &error),
        Ok(specs) => {
            for spec in specs {
                check_one_engine(spec, report).await;
            }
        }
    }
}

async fn check_one_engine(spec: EngineSpec, report: &mut Report) {
    match spec {
        EngineSpec::Scripted(config) => {
            report.ok("engine", format!("scripted, {}", count(config.slots as usize, "slot")))
        }
        EngineSpec::OpenAi(config) => {
            let url = config.url.clone();
            match cuckoo_gpu::start(EngineSpec::OpenAi(config)).await {
                Ok(engine) => {
                    let named = |model: ServedModel| match model.examines {
                        true => format!("{} (whose answers can be checked)", model.manifest.name),
                        false => model.manifest.name,
                    };
                    let names: Vec<_> = engine.models().into_iter().map(named).collect();
                    report.ok("engine", format!("{url} serves {}", names.join(", ")));
                }
                Err(error) => report.fail(
                    "engine",
                    error.to_string(),
                    format!("start the server at {url}, or name another one: --engine-url URL"),
                ),
            }
        }
        EngineSpec::Mistral(_) if cfg!(not(feature = "mistralrs")) => {
            report.fail("engine", "this build has no mistral.rs engine", "build cuckoo with its default features");
        }
        EngineSpec::Mistral(config) => match (config.source.kind(), config.source) {
            (kind, ModelSource::Directory(path)) => check_model_directory(&path, kind, report),
            (_, ModelSource::Gguf(path)) => report.ok("model", path.display().to_string()),
            (_, ModelSource::Hub(name)) => {
                let stored = ModelSource::Hub(name.clone()).default_name();
                let hint = format!(
                    "fetch it now: cuckoo miner models add {name}; then name the stored model: --model {stored}"
                );
                report.warn(
                    "model",
                    format!(
                        "{name} will be fetched from the hub when the miner starts, unless it is in the hub's cache"
                    ),
                    hint,
                );
            }
        },
    }
}

fn check_model_directory(path: &std::path::Path, kind: Kind, report: &mut Report) {
    let needed: &[&str] = match kind {
        Kind::Image => &[],
        Kind::Text | Kind::Embedding => &["config.json", "tokenizer.json"],
    };
    let missing: Vec<_> = needed.iter().copied().filter(|file| !path.join(file).is_file()).collect();
    let weights = std::fs::read_dir(path).into_iter().flatten().flatten();
    let weights =
        weights.filter(|file| file.path().extension().is_some_and(|extension| extension == "safetensors")).count();
    match (missing.as_slice(), weights) {
        ([], 1..) => {
            report.ok("model", format!("{} for {}, {}", path.display(), kind.as_str(), count(weights, "file")))
        }
        ([], _) => report.fail(
            "model",
            format!("{} has no *.safetensors", path.display()),
            "name another directory: --model PATH",
        ),
        (missing, _) => {
            let text = format!("{} has no {}", path.display(), missing.join(" and no "));
            report.fail("model", text, "name a directory with a complete model: --model PATH");
        }
    }
}
