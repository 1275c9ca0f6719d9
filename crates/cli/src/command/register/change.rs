//! Changes a registered node: the texts that people read about it, its commission, and its removal.

use clap::ArgGroup;
use cuckoo_protocol::{
    Address, U256, Untrusted,
    chain::{Call, Node, Registry},
    contract::Staking,
};
use serde::Serialize;

use crate::{
    account::{
        node_name,
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Session, Summary},
    },
    args::{Percent, TransactionOptions},
    context::Context,
    host::clock::{moment, time_between},
    terminal::{Error, Result},
};

/// The change of a node.
#[derive(Clone, Debug, clap::Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "introduction", "endpoint", "commission"]))]
pub struct UpdateArgs {
    /// Node: an address or a name
    node: NodeReference,
    /// New name of the node
    #[arg(long)]
    name: Option<String>,
    /// New introduction that people read about the node
    #[arg(long, value_name = "TEXT")]
    introduction: Option<String>,
    /// New URL at which miners reach the node, such as wss://HOST/link; a coordinator needs one
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// New commission: the owner's part of the node's earnings in percent, such as 2.5; at most 50. It takes effect one
    /// unbonding period later, or at once in a new node's first hour as long as nobody else has staked
    #[arg(long, value_name = "PERCENT")]
    commission: Option<Percent>,
    /// How the transactions are sent: one for the texts, one for the commission.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// The removal of a node.
#[derive(Clone, Debug, clap::Args)]
pub struct RemoveArgs {
    /// Node: an address or a name
    node: NodeReference,
    /// Name of the node, to confirm its removal, which cannot be undone
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Updated {
    node: Address,
    name: Untrusted,
    introduction: Untrusted,
    endpoint: Untrusted,
    #[serde(skip_serializing_if = "Option::is_none")]
    commission: Option<Announced>,
    transactions: Vec<Sent>,
}

/// A commission that was announced.
#[derive(Debug, Serialize)]
struct Announced {
    /// The commission in hundredths of a percent.
    bps: u16,
    /// When it takes effect (RFC 3339); known once the announcement is in a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct Removed {
    node: Address,
    name: Untrusted,
    transaction: Sent,
}

/// `register update`.
pub(super) async fn update(args: UpdateArgs, context: &Context) -> Result<()> {
    if let Some(name) = &args.name {
        node_name::check(name)?;
    }
    let session = context.session(&args.transaction).await?;
    let printer = &context.printer;
    let address = find_node(session.client(), &args.node).await?;
    let registry = read_registry(session.client()).await?;
    let node = owned(&registry, address, &session)?;
    if let Some(name) = &args.name {
        node_name::warn_of_likeness(printer, &registry, name, address);
    }
    let mut updated = Updated {
        node: address,
        name: node.name.clone(),
        introduction: node.introduction.clone(),
        endpoint: node.endpoint.clone(),
        commission: None,
        transactions: vec![],
    };
    if args.name.is_some() || args.introduction.is_some() || args.endpoint.is_some() {
        // The contract replaces all three together, so what is not given is sent unchanged.
        updated.name = args.name.map_or(updated.name, Untrusted::new);
        updated.introduction = args.introduction.map_or(updated.introduction, Untrusted::new);
        updated.endpoint = args.endpoint.map_or(updated.endpoint, Untrusted::new);
        super::endpoint::check(node.role, updated.endpoint.raw())?;
        let call = Staking::updateCall {
            node: address,
            name: updated.name.raw().to_owned(),
            introduction: updated.introduction.raw().to_owned(),
            endpoint: updated.endpoint.raw().to_owned(),
        };
        let summary = Summary::new(format!("Update the {} {address}", node.role.as_str()))
            .line("name", &updated.name)
            .line("introduction", &updated.introduction)
            .line("endpoint", &updated.endpoint);
        let sent = session.submit(&summary, &Call::new(session.client().network().staking, &call)).await?;
        if let Some(block) = sent.block() {
            printer.ok(format_args!("`{}` {address} is updated in block {block}", updated.name));
        }
        updated.transactions.push(sent);
    }
    if let Some(commission) = args.commission {
        let (announced, sent) = announce(&session, address, commission).await?;
        updated.commission = Some(announced);
        updated.transactions.push(sent);
    }
    printer.result(&updated, || Sent::texts(&updated.transactions))
}

async fn announce(session: &Session, node: Address, commission: Percent) -> Result<(Announced, Sent)> {
    let client = session.client();
    let staking = client.network().staking;
    let before = client.read(staking, &Staking::commissionOfCall { node }).await?;
    let summary = Summary::new(format!("Announce a commission of {commission} % of {node}"))
        .line("now", format_args!("{} %", Percent(before.bps)));
    let call = Staking::announceCommissionCall { node, bps: commission.0 };
    let sent = session.submit(&summary, &Call::new(staking, &call)).await?;
    let mut announced = Announced { bps: commission.0, effective_at: None };
    if let Some(block) = sent.block() {
        let header = client.block(block).await?.ok_or(cuckoo_protocol::chain::ChainError::Reorganised)?;
        let after = client.read_at_block(staking, &Staking::commissionOfCall { node }, header.hash).await?;
        if after.nextAt == 0 {
            announced.effective_at = Some(moment(header.timestamp));
            session.printer.ok(format_args!("the commission of {commission} % took effect at once, in block {block}"));
        } else {
            let (at, wait) = (moment(after.nextAt), time_between(header.timestamp, U256::from(after.nextAt)));
            session.printer.ok(format_args!("a commission of {commission} % takes effect at {at}, in {wait}"));
            if commission.0 > after.bps {
                session.printer.hint(format_args!("apply it from then on: cuckoo stake claim {node}"));
            }
            announced.effective_at = Some(at);
        }
    }
    Ok((announced, sent))
}

/// `register remove`.
pub(super) async fn remove(args: RemoveArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let printer = &context.printer;
    let address = find_node(session.client(), &args.node).await?;
    let registry = read_registry(session.client()).await?;
    let node = owned(&registry, address, &session)?;
    let role = node.role.as_str();
    let what = format!(
        "removes the {role} `{}` from the network permanently: its key can never be registered again, and stake behind \
         it ({} of weight) can only be taken back",
        node.name,
        cuckoo_protocol::Cai::from(node.weight),
    );
    session.confirm_by_name(&what, node.name.raw(), address, args.confirm.as_deref())?;
    let summary = Summary::new(format!("Remove the {role} `{}`", node.name)).line("node", address);
    let call = Call::new(session.client().network().staking, &Staking::deregisterCall { node: address });
    let transaction = session.submit(&summary, &call).await?;
    if let Some(block) = transaction.block() {
        printer.ok(format_args!("`{}` {address} was removed in block {block}", node.name));
        printer.hint(format_args!("take its stake back: cuckoo stake unbond {address} --all"));
    }
    let removed = Removed { node: address, name: node.name.clone(), transaction };
    printer.result(&removed, || removed.transaction.text())
}

/// Finds a node and checks that the key's address owns it.
pub(super) fn owned<'a>(registry: &'a Registry, address: Address, session: &Session) -> Result<&'a Node> {
    let caller = session.address()?;
    let Some(node) = registry.node(&address) else {
        return Err(Error::precondition(format_args!("{address} is not registered"))
            .hint("list the nodes: cuckoo vote leaderboard"));
    };
    if node.owner != caller {
        return Err(Error::precondition(format_args!("the node {address} belongs to {}, not to {caller}", node.owner))
            .hint("sign as its owner: --account NAME"));
    }
    Ok(node)
}
