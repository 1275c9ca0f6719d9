//! Sets up the network: contracts, wallets, stakes and registrations, with the code of the commands that a user would run.

use std::path::PathBuf;

use alloy::signers::local::PrivateKeySigner;
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Call, Client, DEVELOPMENT_CHAIN_ID, DisplaySafeUrl, Network, development_signer},
    contract::{Role, Settlement, Staking},
};
use secrecy::SecretString;
use serde_json::json;

use super::ports::{free_port, is_free};
use crate::{
    account::session::{Session, Summary},
    args::{Amount, TransactionOptions},
    command::{
        devnet::deployment::{self, Parameters},
        escrow, faucet,
        register::{self, Registration},
        stake,
    },
    context::Context,
    host::{
        clock, files,
        keystore::{Keystores, Work},
        networks,
    },
    terminal::{Error, Result},
};

/// CAI of one faucet request.
const DRIP: u64 = 100_000;
/// Seconds between two requests for one address.
const COOLDOWN: u64 = 60;
/// Zero bits that the hash of a faucet request's work begins with: hardly any work.
const WORK_BITS: u8 = 8;
/// Seconds after a ticket's deadline until it can be claimed: room for four settlements.
const CLAIM_DELAY: u64 = 20;
/// Seconds after a ticket's deadline in which its receipt can be disputed.
const DISPUTE_WINDOW: u64 = 30;
/// Seconds that unbonding takes beyond the longest dispute, so that tickets can reach their deadline first.
const MARGIN: u64 = 30;
const THAW: u64 = 60;
/// The most seconds that the chain's clock moves while the network is set up: at least one for each transaction.
const SETUP: u64 = 3_600;
const EMISSION_PERIOD: u64 = 24 * 3_600;
/// How much of the chain's coin a node gets for the fees of its own transactions, in base units.
const FEES: u128 = 10_u128.pow(18);
/// CAI that the coordinator's escrow is filled with.
const ESCROW: u64 = 10_000;
/// CAI that the coordinator's node key gets for the bonds of cases that it opens.
const BONDS: u64 = 20_000;

/// The parameters of the deployment. Unbonding must outlast any dispute, so longer epochs make it longer.
pub(super) fn parameters(epoch_seconds: u64, block_time: u64) -> Parameters {
    let dispute = Parameters::longest_dispute(epoch_seconds, DISPUTE_WINDOW);
    Parameters {
        name: "local".into(),
        epoch_seconds,
        block_time,
        unbonding: dispute.saturating_add(MARGIN),
        dispute_window: DISPUTE_WINDOW,
        thaw: THAW,
        claim_delay: CLAIM_DELAY,
        period: EMISSION_PERIOD,
        drip: Cai::from_whole(DRIP),
        cooldown: COOLDOWN,
        work_bits: WORK_BITS,
    }
}

/// What to set up.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) directory: PathBuf,
    pub(super) rpc: DisplaySafeUrl,
    /// Own stakes of the miners.
    pub(super) stakes: Vec<Cai>,
    pub(super) coordinator_stake: Cai,
    pub(super) parameters: Parameters,
    /// Port for the coordinator's link, unless it is already registered with another one.
    pub(super) link_port: u16,
}

/// One node of the network.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Name of the node and of the wallet with its key.
    pub(super) account: String,
    pub(super) role: Role,
    pub(super) node: Address,
    pub(super) owner: Address,
    pub(super) stake: Cai,
}

/// The network as it was set up.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) network: Network,
    /// All nodes, the coordinator first.
    pub(super) members: Vec<Member>,
    pub(super) link_port: u16,
}

/// Sets up everything that an earlier start has not set up.
pub(super) async fn set_up(plan: &Plan, context: &Context) -> Result<Members> {
    let printer = &context.printer;
    let network = load_or_deploy(plan, context).await?;
    let client = Client::connect(&network).await?;
    let session = quiet_session(context, client.with_signer(treasury()?));
    let password = load_or_make_password(plan)?;
    // Their password is random, and as long as a key.
    let keystores = Keystores::at(&plan.directory).with_work(Work::Light);

    let mut link_port = plan.link_port;
    let mut members = vec![];
    let mut changed = false;
    let coordinator = [(Role::Coordinator, 1, plan.coordinator_stake)];
    let miners = plan.stakes.iter().enumerate().map(|(index, stake)| (Role::Miner, index + 1, *stake));
    for (role, number, stake) in coordinator.into_iter().chain(miners) {
        let account = format!("{}-{number}", role.as_str());
        let progress = printer.progress(format!("Setting up {account} with {stake}"));
        let node = load_or_make_key(&keystores, &account, &password)?;
        let owner = load_or_make_key(&keystores, &format!("{account}-owner"), &password)?;
        let known = client.read(network.staking, &Staking::nodeViewCall { node: node.address() }).await?;
        let stake = match known.status {
            0 => {
                let endpoint = match role {
                    Role::Coordinator => link(link_port),
                    Role::Miner => String::new(),
                };
                join(&session, node.clone(), owner.clone(), role, &account, endpoint, stake).await?;
                changed = true;
                stake
            }
            _ => known.selfStake.into(),
        };
        if role == Role::Coordinator {
            if known.status != 0 {
                link_port = keep_endpoint(&session, &node, &owner, &account, link_port).await?;
            }
            prepay(&session, node.address()).await?;
            fund_bonds(&session, node.address()).await?;
        }
        // A coordinator pays the fees of its settlements and cases with its node key, a miner those of jury duty.
        let coin = json!([node.address(), U256::from(FEES)]);
        let _: serde_json::Value = client.request("anvil_setBalance", coin).await?;
        members.push(Member { account, role, node: node.address(), owner: owner.address(), stake });
        drop(progress);
    }
    for role in [Role::Coordinator, Role::Miner] {
        deployment::start_period(session.client(), role).await?;
    }
    if changed {
        let progress = printer.progress("Going to the next epoch, so that the stakes are in force");
        go_to_next_epoch(&client).await?;
        drop(progress);
    }
    let _: serde_json::Value = client.request("evm_setIntervalMining", json!([plan.parameters.block_time])).await?;
    Ok(Members { network, members, link_port })
}

/// The key that is the network's treasury and the faucet's administrator.
fn treasury() -> Result<PrivateKeySigner> {
    development_signer(0, DEVELOPMENT_CHAIN_ID).ok_or_else(|| Error::failure("no development account"))
}

/// A session that prints nothing, so that the user sees one line for each step and not one for each transaction.
fn quiet_session(context: &Context, client: Client) -> Session {
    Session::new(context, client, &TransactionOptions::default()).silent()
}

/// Loads the network of an earlier start, or deploys a new one.
async fn load_or_deploy(plan: &Plan, context: &Context) -> Result<Network> {
    let file = plan.directory.join("network.json");
    if file.exists() {
        let mut found = networks::read(&file)?;
        found.rpc_urls = vec![plan.rpc.clone()];
        found.block_time_ms = plan.parameters.block_time * 1_000;
        let client = Client::connect_before_deployment(&found).await?;
        if !client.code(found.staking).await?.is_empty() {
            if found.epoch_seconds != plan.parameters.epoch_seconds {
                let epoch = found.epoch_seconds;
                context
                    .printer
                    .warn(format_args!("epochs keep their length of {epoch} s, which is fixed in the contract"));
            }
            return Ok(found);
        }
        let directory = plan.directory.display();
        context.printer.warn(format_args!(
            "the chain of {directory} was lost before it was saved; the contracts are deployed again"
        ));
    }
    let progress = context.printer.progress("Deploying the contracts");
    let undeployed = Network::undeployed("local", DEVELOPMENT_CHAIN_ID, plan.rpc.clone());
    let client = Client::connect_before_deployment(&undeployed).await?.with_signer(treasury()?);
    let network = Box::pin(deployment::deploy(&client, &plan.parameters)).await?;
    drop(progress);
    Ok(network)
}

fn load_or_make_password(plan: &Plan) -> Result<SecretString> {
    let path = plan.directory.join("password");
    if !path.exists() {
        let password = alloy::hex::encode(rand::random::<[u8; 24]>());
        files::write_private(&path, format!("{password}\n").as_bytes())?;
    }
    Ok(SecretString::from(std::fs::read_to_string(&path)?.trim_end().to_owned()))
}

fn load_or_make_key(keystores: &Keystores, name: &str, password: &SecretString) -> Result<PrivateKeySigner> {
    if keystores.path(name)?.exists() {
        return keystores.unlock(name, password);
    }
    let signer = PrivateKeySigner::random();
    keystores.store(name, &signer, password)?;
    Ok(signer)
}

fn link(port: u16) -> String {
    format!("ws://127.0.0.1:{port}/link")
}

/// Funds, stakes and registers one node, as a new user would.
async fn join(
    treasury: &Session,
    node: PrivateKeySigner,
    owner: PrivateKeySigner,
    role: Role,
    name: &str,
    endpoint: String,
    stake: Cai,
) -> Result<()> {
    let to = owner.address();
    let client = treasury.client();
    if client.native_balance(to).await?.is_zero() {
        faucet::request(treasury, to).await?;
    }
    let session = treasury.with_signer(owner);
    let have = client.cai_balance(to).await?;
    // An interrupted start may have deposited the stake already.
    let free = client.read(client.network().staking, &Staking::freeStakeOfCall { staker: to }).await?;
    if let Some(missing) = stake.checked_sub(Cai::from_base_units(free)).filter(|missing| !missing.is_zero()) {
        if let Some(short) = missing.checked_sub(have).filter(|short| !short.is_zero()) {
            faucet::grant(treasury, to, short).await?;
        }
        stake::deposit(&session, Amount::Exact(missing), None, None).await?;
    }
    let introduction = format!("A development {} on this machine", role.as_str());
    let registration = Registration { node, role, name: name.to_owned(), introduction, endpoint, stake };
    register::register(&session, &registration).await?;
    Ok(())
}

/// Keeps the coordinator's registered port, or registers a new one where that port is in use.
async fn keep_endpoint(
    session: &Session,
    node: &PrivateKeySigner,
    owner: &PrivateKeySigner,
    name: &str,
    preferred: u16,
) -> Result<u16> {
    let registry = crate::account::node_reference::read_registry(session.client()).await?;
    let entry = registry.node(&node.address()).ok_or_else(|| Error::failure("the coordinator has no registration"))?;
    let registered = url::Url::parse(entry.endpoint.raw()).ok().and_then(|url| url.port());
    if let Some(port) = registered.filter(|port| is_free(*port)) {
        return Ok(port);
    }
    let port = if is_free(preferred) { preferred } else { free_port()? };
    let update = Staking::updateCall {
        node: node.address(),
        name: name.to_owned(),
        introduction: entry.introduction.raw().to_owned(),
        endpoint: link(port),
    };
    let session = session.with_signer(owner.clone());
    session
        .submit(&Summary::new("Move the coordinator"), &Call::new(session.client().network().staking, &update))
        .await?;
    Ok(port)
}

/// Fills the coordinator's escrow, unless it holds something already.
async fn prepay(treasury: &Session, coordinator: Address) -> Result<()> {
    let client = treasury.client();
    let held = client.read(client.network().settlement, &Settlement::escrowOfCall { coordinator }).await?;
    if held.balance.is_zero() {
        escrow::deposit(treasury, coordinator, Amount::Exact(Cai::from_whole(ESCROW))).await?;
    }
    Ok(())
}

/// Gives the coordinator's node key what the bonds of its cases are paid from, unless it holds something already.
async fn fund_bonds(treasury: &Session, coordinator: Address) -> Result<()> {
    if treasury.client().cai_balance(coordinator).await?.is_zero() {
        faucet::grant(treasury, coordinator, Cai::from_whole(BONDS)).await?;
    }
    Ok(())
}

/// When the chain of a new network begins, in seconds since the Unix epoch: so early that the setup and the epoch that it begins
/// in are over by now, and the chain's clock can go on as the machine's.
pub(super) fn genesis(epoch_seconds: u64) -> u64 {
    clock::now_seconds().saturating_sub(epoch_seconds).saturating_sub(SETUP)
}

/// Mines a block of the next epoch: at the machine's time, unless the chain's is ahead of that.
async fn go_to_next_epoch(client: &Client) -> Result<()> {
    let network = client.network();
    let next = network.start_of(network.epoch_of(client.head().await?.timestamp) + 1);
    let time = next.max(clock::now_seconds());
    let _: serde_json::Value = client.request("evm_setNextBlockTimestamp", json!([time])).await?;
    let _: serde_json::Value = client.request("anvil_mine", json!(["0x1"])).await?;
    Ok(())
}
