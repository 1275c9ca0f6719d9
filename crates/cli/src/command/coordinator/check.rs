//! `cuckoo coordinator check`: checks everything that `cuckoo coordinator run` needs, without running it.

use std::time::Duration;

use cuckoo_protocol::{
    Address, Cai, U256,
    chain::Client,
    contract::{Role, Settlement},
    coordinator::prosecution::Mode,
};
use tokio::net::TcpStream;
use url::Url;

use super::options::{CourtMode, RunArgs};
use crate::{
    account::{node_reference::read_registry, session::coin, signer},
    command::shared::{
        calibrations,
        check::{self, Level, Report},
    },
    context::Context,
    host::env,
    node::{
        coordinator::{court::Funds, models, prices},
        endpoint, service,
    },
    terminal::Result,
};

/// How long a journal's server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs it.
pub(super) async fn run(args: RunArgs, context: &Context) -> Result<()> {
    let mut report = Report::default();
    let is_paid = check_files(&args, &mut report);
    if let Some(client) = check::chain(context, &mut report).await {
        check_node(&client, &args, is_paid, context, &mut report).await;
    }
    check_journal(&args, &mut report).await;
    let data = args.data.clone().unwrap_or_else(|| env::data_directory().join("coordinator"));
    check::data(&data, &mut report);
    check::disk(&mut report);
    for (option, address, behind_proxy) in [
        ("--listen", args.listen, args.behind_proxy),
        ("--link-listen", args.link_listen, args.behind_proxy),
        ("--admin-listen", args.admin_listen, false),
    ] {
        if let Err(error) = service::check_listen(option, address, behind_proxy) {
            report.error(Level::Fail, "ports", &error.into());
        }
    }
    let addresses =
        [("--listen", args.listen), ("--link-listen", args.link_listen), ("--admin-listen", args.admin_listen)];
    check::ports(&addresses, &mut report);
    report.finish(context)
}

/// Reads the files that options name. Returns whether anything costs something.
fn check_files(args: &RunArgs, report: &mut Report) -> bool {
    if let Some(path) = &args.models {
        match models::read(path) {
            Ok(_) => report.ok("models", path.display().to_string()),
            Err(error) => report.error(Level::Fail, "models", &error.into()),
        }
    }
    if let Some(path) = &args.calibrations {
        match calibrations::read(Some(path)) {
            Ok(_) => report.ok("calibrations", path.display().to_string()),
            Err(error) => report.error(Level::Fail, "calibrations", &error),
        }
    }
    if let Err(error) = args.auditor.specs() {
        report.error(Level::Fail, "auditor", &error);
    }
    if let Err(error) = args.edge() {
        report.error(Level::Fail, "limits", &error);
    }
    let Some(path) = &args.prices else {
        report.warn("prices", "everything is free", "to charge and pay for tasks: --prices FILE");
        return false;
    };
    match prices::read(path) {
        Ok(prices) => {
            report.ok("prices", path.display().to_string());
            !prices.are_free()
        }
        Err(error) => {
            report.error(Level::Fail, "prices", &error.into());
            false
        }
    }
}

/// Checks the server of `--journal`: its address, its password, and that it accepts connections.
async fn check_journal(args: &RunArgs, report: &mut Report) {
    let Some(url) = &args.journal else { return };
    // The key does not matter here.
    if let Err(error) = args.journal_server(Address::ZERO) {
        return report.error(Level::Fail, "journal", &error);
    }
    let (host, port) = (url.host_str().unwrap_or_default(), url.port().unwrap_or_else(|| usual_port(url)));
    let refused = match tokio::time::timeout(PATIENCE, TcpStream::connect(format!("{host}:{port}"))).await {
        Ok(Ok(_)) => return report.ok("journal", format!("{host}, port {port}, accepts connections")),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
    };
    report.fail("journal", format!("{host}, port {port}: {refused}"), "check that the server is up: --journal URL");
}

/// The port of a journal's server where its address names none.
fn usual_port(url: &Url) -> u16 {
    if url.scheme().starts_with("postgres") { 5432 } else { 4222 }
}

/// Checks the node key, its registration, where miners reach it, and its money.
async fn check_node(client: &Client, args: &RunArgs, is_paid: bool, context: &Context, report: &mut Report) {
    let globals = &context.globals;
    let address = match signer::unlock_key(&globals.wallet, client.network(), globals.no_input) {
        Ok(signer) => {
            report.ok("key", format!("{} can be unlocked", signer.address()));
            signer.address()
        }
        Err(error) => {
            report.error(Level::Fail, "key", &error);
            match signer::resolve_address(&globals.wallet, client.network(), true).await {
                Ok(address) => address,
                Err(_) => return,
            }
        }
    };
    let registry = match read_registry(client).await {
        Ok(registry) => registry,
        Err(error) => return report.error(Level::Fail, "registration", &error),
    };
    let register = "register it: cuckoo register coordinator --account OWNER --node-account NAME --name NAME --stake 2500000 \
                    --endpoint wss://HOST/link";
    match registry.node(&address) {
        None => report.fail("registration", format!("{address} is not registered as a node"), register),
        Some(node) if node.role != Role::Coordinator => {
            let text = format!("{address} is a {}", node.role.as_str());
            report.fail("registration", text, "a coordinator needs a node key of its own: cuckoo wallet new NAME");
        }
        Some(node) => {
            match node.active {
                true => report.ok("registration", format!("{} with {} of own stake", node.name, node.self_stake)),
                false => report.fail(
                    "registration",
                    format!("{} is inactive: its own stake is {}", node.name, node.self_stake),
                    format!("stake more: cuckoo stake deposit AMOUNT --vote {address}"),
                ),
            }
            match endpoint::parse(node.endpoint.raw()) {
                Ok((host, port)) => report.ok("endpoint", format!("miners connect to {host}, port {port}")),
                Err(error) => report.fail(
                    "endpoint",
                    format!("miners do not connect to `{}`: {error}", node.endpoint),
                    format!("change it: cuckoo register update {address} --endpoint wss://HOST/link"),
                ),
            }
        }
    }
    if let Err(error) = check_money(client, address, is_paid, report).await {
        report.error(Level::Fail, "escrow", &error);
    }
    let means = CourtMode::means(args.court, args.court_budget, client.network().faucet.is_some());
    if means.mode != Mode::Off {
        check_bonds(client, address, report).await;
    }
}

/// Checks that the node key could bring a miner that cheats before the court.
async fn check_bonds(client: &Client, node: Address, report: &mut Report) {
    match Funds::read(client, node).await {
        Ok(None) => {}
        Ok(Some(funds)) => match funds.missing() {
            None => report.ok("bonds", format!("{} for cases before the court", funds.balance)),
            Some(missing) => report.warn(
                "bonds",
                format!("no case can be opened against a miner that cheats: {missing}"),
                format!(
                    "send CAI to the node key: cuckoo send {node} AMOUNT --account WALLET; or open none: --court off"
                ),
            ),
        },
        Err(error) => report.error(Level::Warn, "bonds", &error.into()),
    }
}

/// Checks the escrow that miners are paid from, and the coin that settlements cost.
async fn check_money(client: &Client, coordinator: Address, is_paid: bool, report: &mut Report) -> Result<()> {
    let held = client.read(client.network().settlement, &Settlement::escrowOfCall { coordinator }).await?;
    let escrow = Cai::from_base_units(U256::from(held.balance));
    let prepay = format!("prepay: cuckoo escrow deposit {coordinator} AMOUNT");
    match (escrow.is_zero(), is_paid) {
        (true, true) => report.fail("escrow", "it is empty, so no miner takes a task that costs something", prepay),
        (true, false) => report.ok("escrow", "it is empty, and nothing costs anything"),
        (false, _) => report.ok("escrow", format!("{escrow} for miners")),
    }
    let gas = client.native_balance(coordinator).await?;
    match gas.is_zero() && is_paid {
        true => report.warn(
            "fees",
            format!("{coordinator} has none of the chain's coin, which settling on chain costs"),
            format!("send some of it to {coordinator}; until then miners redeem their vouchers themselves"),
        ),
        false => report.ok("fees", format!("{} for settlements", coin(gas))),
    }
    Ok(())
}
