//! `cuckoo register`: registers a key as a node of the network, and changes a node.

mod change;
mod consent;
mod endpoint;
mod idle;
mod rotate;

use std::path::PathBuf;

use alloy::signers::local::PrivateKeySigner;
use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, Untrusted,
    chain::{Call, Client},
    contract::{Role, Staking},
};
use futures::try_join;
use serde::Serialize;

use crate::{
    account::{
        address_reference::AddressReference,
        node_name,
        node_reference::{NodeReference, find_node, read_registry},
        permit::ways_to_get,
        session::{Sent, Session, Summary},
        signer,
    },
    args::{Percent, TransactionOptions},
    context::Context,
    host::clock::moment,
    terminal::{Cell, Error, Result, Table, Text},
};

/// The contract's number for a key that was never registered.
const UNREGISTERED: u8 = 0;
/// The contract's number for a node that is active.
const ACTIVE: u8 = 1;
/// The contract's number for a node that is not, for want of own stake. Those above are of nodes that are gone.
const INACTIVE: u8 = 2;

/// Register a key as a node of the network, or change a node
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register a node that runs tasks; its own stake must be more than 20,000 CAI
    Miner(NodeArgs),
    /// Register a node that takes tasks from applications; its own stake must be more than 2,000,000 CAI
    Coordinator(NodeArgs),
    /// Change a node's name, introduction, endpoint or commission, as its owner
    Update(change::UpdateArgs),
    /// Replace a node's key by a new one, as its owner: stake, votes and everything else stay
    Rotate(rotate::RotateArgs),
    /// Remove a node from the network permanently, as its owner
    Remove(change::RemoveArgs),
    /// Mark a node as idle that nobody has paid for 7 days; it then earns nothing until somebody pays it, and you get a small tip
    Idle(idle::IdleArgs),
    /// Show the registration, the stake and the commission of nodes
    Status {
        /// Node: an address or a name [default: every node of the wallet]
        node: Option<NodeReference>,
    },
}

/// A node to register.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeArgs {
    /// Wallet that holds the node's own key, which stays on the node's machine
    #[arg(long, value_name = "NAME")]
    node_account: String,
    /// File with the password of the node's wallet [default: the file of --password-file]
    #[arg(long, value_name = "PATH")]
    node_password_file: Option<PathBuf>,
    /// Name of the node
    #[arg(long)]
    name: String,
    /// Introduction that people read about the node
    #[arg(long, default_value = "", value_name = "TEXT")]
    introduction: String,
    /// URL at which miners reach the node, such as wss://HOST/link; a coordinator needs one
    #[arg(long, default_value = "", value_name = "URL")]
    endpoint: String,
    /// Own stake of the node in CAI, out of your free stake
    #[arg(long, value_name = "AMOUNT")]
    stake: Cai,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A node to register, with its key.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The node's own key.
    pub node: PrivateKeySigner,
    /// The role that it gets.
    pub role: Role,
    /// The name that people see.
    pub name: String,
    /// The introduction that people read.
    pub introduction: String,
    /// The URL at which miners reach it.
    pub endpoint: String,
    /// Its own stake.
    pub stake: Cai,
}

/// A node that was registered.
#[derive(Clone, Debug, Serialize)]
pub struct Registered {
    /// The node.
    pub node: Address,
    /// Its owner.
    pub owner: Address,
    /// Its role.
    pub role: Role,
    /// Its own stake.
    pub stake: Cai,
    /// The transaction.
    pub transaction: Sent,
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Miner(args) => register_from(args, Role::Miner, context).await,
        Command::Coordinator(args) => register_from(args, Role::Coordinator, context).await,
        Command::Update(args) => change::update(args, context).await,
        Command::Rotate(args) => rotate::rotate(args, context).await,
        Command::Remove(args) => change::remove(args, context).await,
        Command::Idle(args) => idle::mark(args, context).await,
        Command::Status { node } => status(node, context).await,
    }
}

async fn register_from(args: NodeArgs, role: Role, context: &Context) -> Result<()> {
    // The stake is checked before a password is asked for.
    check_stake(role, args.stake)?;
    node_name::check(&args.name)?;
    endpoint::check(role, &args.endpoint)?;
    let session = context.session(&args.transaction).await?;
    let password = args.node_password_file.as_deref().or(context.globals.wallet.password_file.as_deref());
    let keystores = signer::keystores(&context.globals.wallet);
    let network = session.client().network();
    let named: AddressReference = args.node_account.parse().map_err(Error::usage)?;
    if let Ok(node) = named.resolve(&context.globals.wallet, network) {
        check_registrable(&session, node, args.stake).await?;
    }
    let node = signer::unlock_account(&keystores, &args.node_account, password, network, context.globals.no_input)?;
    let NodeArgs { name, introduction, endpoint, stake, node_account, .. } = args;
    node_name::warn_of_likeness(&context.printer, &read_registry(session.client()).await?, &name, node.address());
    let registration = Registration { node, role, name, introduction, endpoint, stake };
    let registered = register(&session, &registration).await?;
    if let Some(block) = registered.transaction.block() {
        let Registered { node, .. } = &registered;
        context.printer.ok(format_args!("the {} {node} is registered since block {block}", role.as_str()));
        context.printer.say("Its weight counts from the next epoch on");
        context.printer.hint(format_args!("start it: cuckoo {} run --account {node_account}", role.as_str()));
    }
    context.printer.result(&registered, || registered.transaction.text())
}

/// Refuses an own stake that is not above the role's minimum.
pub fn check_stake(role: Role, stake: Cai) -> Result<()> {
    let minimum = Cai::from_whole(role.minimum());
    if stake > minimum {
        return Ok(());
    }
    let name = role.as_str();
    let more = Cai::from_whole(role.minimum() + 1);
    Err(Error::precondition(format_args!("a {name}'s own stake must be more than {minimum}; this is {stake}"))
        .hint(format_args!("stake more, such as --stake {}", more.plain())))
}

/// Whether a key is that of a node in this role already; an error where it was one, or is one in another role. One that does not
/// count is warned of.
pub async fn is_registered_as(session: &Session, node: Address, role: Role) -> Result<bool> {
    let (client, printer) = (session.client(), &session.printer);
    let view = client.read(client.network().staking, &Staking::nodeViewCall { node }).await?;
    match view.status {
        UNREGISTERED => Ok(false),
        ACTIVE | INACTIVE if view.role == role as u8 => {
            if view.status == INACTIVE {
                let (name, stake, minimum) =
                    (role.as_str(), Cai::from(view.selfStake), Cai::from_whole(role.minimum()));
                printer.warn(format_args!(
                    "the {name} {node} is inactive: its own stake must be more than {minimum}, and is {stake}"
                ));
                printer.hint(format_args!("add to it as its owner: cuckoo stake deposit AMOUNT --vote {node}"));
            }
            Ok(true)
        }
        status => {
            let what = if status <= INACTIVE {
                "is that of another kind of node"
            } else {
                "was a node's and can never be one again"
            };
            Err(Error::precondition(format_args!("the key {node} {what}"))
                .hint("name another wallet, which is made where there is none: --node WALLET"))
        }
    }
}

/// Whether a node was removed from the network, which is forever.
pub async fn is_removed(client: &Client, node: Address) -> Result<bool> {
    let view = client.read(client.network().staking, &Staking::nodeViewCall { node }).await?;
    Ok(view.status > INACTIVE)
}

/// Refuses an endpoint at which miners would not reach a coordinator.
pub fn check_endpoint(endpoint: &str) -> Result<()> {
    endpoint::check(Role::Coordinator, endpoint)
}

/// Refuses a key that cannot be registered, and a stake that is not there, before a password is asked for.
async fn check_registrable(session: &Session, node: Address, stake: Cai) -> Result<()> {
    let client = session.client();
    let staking = client.network().staking;
    let owner = session.address()?;
    if node == owner {
        return Err(Error::precondition("a node needs a key of its own that differs from its owner's")
            .hint("make one: cuckoo wallet new NAME, then --node-account NAME"));
    }
    let view = client.read(staking, &Staking::nodeViewCall { node }).await?;
    match view.status {
        UNREGISTERED => {}
        ACTIVE | INACTIVE => {
            return Err(Error::precondition(format_args!("the key {node} is registered already"))
                .hint(format_args!("to change the node: cuckoo register update {node}"))
                .hint(format_args!("to add to its stake: cuckoo stake deposit AMOUNT --vote {node}")));
        }
        _ => {
            return Err(Error::precondition(format_args!("the key {node} was a node's and can never be one again"))
                .hint("make another key: cuckoo wallet new NAME, then --node-account NAME"));
        }
    }
    let free = Cai::from_base_units(client.read(staking, &Staking::freeStakeOfCall { staker: owner }).await?);
    let Some(missing) = stake.checked_sub(free).filter(|missing| !missing.is_zero()) else { return Ok(()) };
    let refused = Error::precondition(format_args!("this needs {stake} of free stake; {owner} has {free}"))
        .hint(format_args!("deposit the rest first: cuckoo stake deposit {}", missing.plain()));
    let liquid = client.cai_balance(owner).await?;
    Err(match missing.checked_sub(liquid).filter(|lacking| !lacking.is_zero()) {
        Some(lacking) => ways_to_get(client, owner, lacking).into_iter().fold(refused, Error::hint),
        None => refused,
    })
}

/// Registers a node: signed by its own key, sent and staked for by its owner.
pub async fn register(session: &Session, registration: &Registration) -> Result<Registered> {
    let Registration { node: key, role, name, introduction, endpoint, stake } = registration;
    let (role, stake, node) = (*role, *stake, key.address());
    check_stake(role, stake)?;
    endpoint::check(role, endpoint)?;
    check_registrable(session, node, stake).await?;
    let client = session.client();
    let network = client.network();
    let owner = session.address()?;
    let (deadline, signature) = consent::sign(client, key, owner, role, [name, introduction, endpoint]).await?;
    let call = Staking::registerCall {
        node,
        role: role as u8,
        selfStake: stake.base_units(),
        name: name.clone(),
        introduction: introduction.clone(),
        endpoint: endpoint.clone(),
        deadline,
        signature,
    };
    let shown = Untrusted::new(name.as_str());
    let summary = Summary::new(format!("Register {} `{shown}`", role.as_str()))
        .line("node", node)
        .line("owner", owner)
        .line("own stake", stake)
        .line("endpoint", Untrusted::new(endpoint.as_str()));
    let progress = session.printer.progress(format!("Registering {} `{shown}` with {stake}", role.as_str()));
    let transaction = session.submit(&summary, &Call::new(network.staking, &call)).await?;
    drop(progress);
    Ok(Registered { node, owner, role, stake, transaction })
}

#[derive(Serialize)]
struct Status {
    node: Address,
    owner: Address,
    role: Role,
    status: &'static str,
    /// When it was last paid, or has paid (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    /// Votes beyond ten times its own stake, which count for nothing.
    votes_beyond: Cai,
    name: Untrusted,
    introduction: Untrusted,
    endpoint: Untrusted,
    self_stake: Cai,
    weight: Cai,
    /// The part of the node's earnings that its owner gets, in hundredths of a percent.
    commission_bps: u16,
    /// The commission that was announced to follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_commission_bps: Option<u16>,
    /// When the announced commission takes effect (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    next_commission_at: Option<String>,
    decimals: usize,
    registered_at: String,
}

async fn status(reference: Option<NodeReference>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let registry = read_registry(&client).await?;
    let nodes: Vec<Address> = match &reference {
        Some(reference) => vec![find_node(&client, reference).await?],
        None => {
            let options = &context.globals.wallet;
            let of = signer::resolve_address(options, client.network(), context.globals.no_input).await?;
            let own = registry.nodes.values().filter(|node| node.owner == of || node.address == of);
            own.map(|node| node.address).collect()
        }
    };
    if let Some(unknown) = nodes.iter().find(|address| registry.node(address).is_none()) {
        return Err(missing(&client, *unknown).await?);
    }
    let (staking, block) = (client.network().staking, registry.block_hash);
    let (views, commissions, beyond) = try_join!(
        client.read_all_at_block(staking, nodes.iter().map(|node| Staking::nodeViewCall { node: *node }), block),
        client.read_all_at_block(staking, nodes.iter().map(|node| Staking::commissionOfCall { node: *node }), block),
        client.read_all_at_block(staking, nodes.iter().map(|node| Staking::votesBeyondCall { node: *node }), block)
    )?;
    let mut found = vec![];
    for (((address, view), commission), beyond) in nodes.into_iter().zip(views).zip(commissions).zip(beyond) {
        let Some(node) = registry.node(&address) else { continue };
        let announced = commission.nextAt != 0;
        if view.idle {
            context
                .printer
                .warn(format_args!("`{}` is idle: nobody has paid it lately, so it earns nothing", node.name));
            context.printer.hint(idle::remedy(node.role));
        }
        found.push(Status {
            node: address,
            owner: node.owner,
            role: node.role,
            status: match view.status {
                1 if view.idle => "idle",
                1 => "active",
                2 => "inactive",
                3 => "removed",
                // Slashing took nearly all of the stake behind it.
                _ => "tombstoned",
            },
            paid_at: (view.paidAt != 0).then(|| moment(view.paidAt)),
            votes_beyond: Cai::from_base_units(beyond),
            name: node.name.clone(),
            introduction: node.introduction.clone(),
            endpoint: node.endpoint.clone(),
            self_stake: view.selfStake.into(),
            weight: view.weight.into(),
            commission_bps: commission.bps,
            next_commission_bps: announced.then_some(commission.nextBps),
            next_commission_at: announced.then(|| moment(commission.nextAt)),
            decimals: cuckoo_protocol::amount::DECIMALS,
            registered_at: moment(view.registeredAt),
        });
    }
    if found.is_empty() {
        context.printer.say("The wallet owns no node");
        context.printer.hint("register one: cuckoo register miner --node-account NAME --name NAME --stake AMOUNT");
    }
    context.printer.result(&found, || Text::Table(table(&found)))
}

/// Why a key is not that of a node.
async fn missing(client: &Client, key: Address) -> Result<Error> {
    let successor = client.read(client.network().staking, &Staking::successorOfCall { node: key }).await?;
    if successor.next.is_zero() {
        return Ok(Error::precondition(format_args!("{key} is not registered"))
            .hint("register it: cuckoo register miner --node-account NAME --name NAME --stake AMOUNT"));
    }
    let at = moment(successor.rotatedAt);
    Ok(Error::precondition(format_args!("the key {key} was replaced by {} at {at}", successor.next))
        .hint(format_args!("show the node: cuckoo register status {}", successor.next)))
}

fn table(found: &[Status]) -> Table {
    let mut table = Table::new([
        "node",
        "name",
        "role",
        "status",
        "own stake",
        "weight",
        "commission %",
        "owner",
        "endpoint",
        "introduction",
    ]);
    for status in found {
        let now = Percent(status.commission_bps);
        let commission = match (status.next_commission_bps, &status.next_commission_at) {
            (Some(next), Some(at)) => format!("{now} ({} from {at} on)", Percent(next)),
            _ => now.to_string(),
        };
        table.row([
            Cell::text(status.node),
            Cell::text(&status.name),
            Cell::text(status.role.as_str()),
            Cell::text(status.status),
            Cell::amount(status.self_stake),
            Cell::amount(status.weight),
            Cell::both(commission, now),
            Cell::text(status.owner),
            Cell::text(&status.endpoint),
            Cell::text(&status.introduction),
        ]);
    }
    table
}
