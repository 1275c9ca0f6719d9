//! `cuckoo vote`: stake behind nodes.

use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, Untrusted,
    amount::DECIMALS,
    chain::{Call, Registry},
    contract::{Role, Staking},
};
use serde::Serialize;

use super::stake::Moved;
use crate::{
    args::{Amount, NodeReference, TransactionOptions, address},
    context::Context,
    error::{Error, Result},
    holdings::{holdings, node, registry},
    output::{Cell, Table, Text},
    session::{Session, Summary},
    wallet,
};

/// Stake behind nodes.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Put free stake behind a node
    Cast {
        /// An address or a name
        node: NodeReference,
        /// How much, or max
        amount: Amount,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Start to take stake back from a node
    Retract {
        /// An address or a name
        node: NodeReference,
        /// How much, or max
        amount: Amount,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Make retracted stake that has waited long enough free again
    Release {
        /// An address or a name
        node: NodeReference,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// The nodes that an address has voted for
    List {
        /// Whose votes; without it, the wallet's
        #[arg(value_parser = address)]
        address: Option<Address>,
    },
    /// Every node by weight
    Leaderboard {
        /// Only these nodes
        #[arg(long, value_parser = role)]
        role: Option<Role>,
    },
}

/// A role by its name.
fn role(text: &str) -> Result<Role, String> {
    [Role::Miner, Role::Coordinator]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| "a role is `miner` or `coordinator`".into())
}

#[derive(Serialize)]
struct Row {
    rank: usize,
    name: Untrusted,
    node: Address,
    owner: Address,
    role: Role,
    active: bool,
    self_stake: Cai,
    weight: Cai,
    /// Of its role's weight, in millionths.
    share_ppm: u32,
    introduction: Untrusted,
    endpoint: Untrusted,
    decimals: usize,
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    match command {
        Command::Cast { node: reference, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let node = node(&session.client, &reference).await?;
            let moved = cast(&session, node, amount).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} behind {node} in block {block}", moved.amount));
                printer.hint("the nodes by weight: cuckoo vote leaderboard");
            }
            printer.result(&moved, || moved.transaction.text())
        }
        Command::Retract { node: reference, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let node = node(&session.client, &reference).await?;
            let moved = retract(&session, node, amount).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} is unbonding from {node} since block {block}", moved.amount));
                printer.hint(format_args!("when it has waited long enough: cuckoo vote release {node}"));
            }
            printer.result(&moved, || moved.transaction.text())
        }
        Command::Release { node: reference, transaction } => {
            let session = context.session(&transaction).await?;
            let node = node(&session.client, &reference).await?;
            let summary = Summary::new(format!("Release the retracted stake from {node}"));
            let call = Call::new(session.client.network().staking, &Staking::releaseCall { node });
            let sent = session.submit(&summary, &call).await?;
            if let Some(block) = sent.block() {
                printer.ok(format_args!("released in block {block}"));
                printer.hint("pay it out: cuckoo stake withdraw max");
            }
            printer.result(&sent, || sent.text())
        }
        Command::List { address } => list(address, context).await,
        Command::Leaderboard { role } => leaderboard(role, context).await,
    }
}

/// Puts free stake behind a node.
pub async fn cast(session: &Session, node: Address, amount: Amount) -> Result<Moved> {
    let client = &session.client;
    let staking = client.network().staking;
    let staker = session.address()?;
    let free = Cai::from_base_units(client.read(staking, &Staking::freeStakeOfCall { staker }).await?);
    let amount = amount.of(free);
    if amount.is_zero() || free < amount {
        return Err(Error::precondition(format_args!("this needs {amount} of free stake; there is {free}"))
            .hint(format_args!("deposit and vote in one: cuckoo stake deposit AMOUNT --vote {node}")));
    }
    let summary = Summary::new(format!("Vote for {node} with {amount}")).line("from", staker);
    let call = Call::new(staking, &Staking::voteCall { node, amount: amount.base_units() });
    let progress = session.printer.progress(format!("Voting for {node} with {amount}"));
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    Ok(Moved::new(amount, Some(node), transaction))
}

/// Starts to take stake back from a node.
pub async fn retract(session: &Session, node: Address, amount: Amount) -> Result<Moved> {
    let client = &session.client;
    let staking = client.network().staking;
    let staker = session.address()?;
    let stake = Cai::from_base_units(client.read(staking, &Staking::stakeOfCall { node, staker }).await?);
    let amount = amount.of(stake);
    if amount.is_zero() || stake < amount {
        return Err(Error::precondition(format_args!("this takes {amount} back; {stake} is behind {node}"))
            .hint("what is where: cuckoo vote list"));
    }
    let view = client.read(staking, &Staking::nodeViewCall { node }).await?;
    if let Some(role) = Role::from_u8(view.role).filter(|_| view.owner == staker) {
        let left = stake.checked_sub(amount).unwrap_or_default();
        if left <= Cai::from_whole(role.minimum()) {
            let minimum = Cai::from_whole(role.minimum());
            session.printer.warn(format_args!(
                "your {} stops counting: its own stake would be {left}, not more than {minimum}",
                role.as_str()
            ));
        }
    }
    let summary = Summary::new(format!("Take {amount} back from {node}")).line("to", staker);
    let call = Call::new(staking, &Staking::retractCall { node, amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Moved::new(amount, Some(node), transaction))
}

async fn list(address: Option<Address>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let of = match address {
        Some(address) => address,
        None => wallet::resolve_address(&context.globals.wallet, client.network(), context.globals.no_input)?,
    };
    let votes = holdings(&client, of).await?.staked;
    if votes.is_empty() {
        context.printer.say(format_args!("{of} has no stake behind any node"));
        context.printer.hint("the nodes: cuckoo vote leaderboard");
    }
    context.printer.result(&votes, || {
        let mut table = Table::new(["node", "name", "role", "amount"]);
        for vote in &votes {
            table.row([
                Cell::text(vote.node),
                Cell::text(&vote.name),
                Cell::text(vote.role.map_or("", Role::as_str)),
                Cell::amount(vote.amount),
            ]);
        }
        Text::Table(table)
    })
}

async fn leaderboard(only: Option<Role>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let rows = rows(&registry(&client).await?, only);
    if rows.is_empty() {
        context.printer.say("No node is registered");
    }
    context.printer.result(&rows, || {
        let mut table = Table::new(["rank", "name", "node", "weight", "share %", "role", "state", "introduction"]);
        for row in &rows {
            table.row([
                Cell::number(row.rank),
                Cell::text(&row.name),
                Cell::text(row.node),
                Cell::amount(row.weight),
                Cell::number(format_args!("{}.{:02}", row.share_ppm / 10_000, row.share_ppm / 100 % 100)),
                Cell::text(row.role.as_str()),
                Cell::text(if row.active { "active" } else { "inactive" }),
                Cell::text(&row.introduction),
            ]);
        }
        Text::Table(table)
    })
}

fn rows(registry: &Registry, only: Option<Role>) -> Vec<Row> {
    let mut rows = vec![];
    for role in [Role::Miner, Role::Coordinator] {
        if only.is_some_and(|only| only != role) {
            continue;
        }
        let nodes = registry.by_weight(role);
        let total: u128 = nodes.iter().map(|node| node.weight).sum();
        rows.extend(nodes.into_iter().enumerate().map(|(index, node)| Row {
            rank: index + 1,
            name: node.name.clone(),
            node: node.address,
            owner: node.owner,
            role,
            active: node.active,
            self_stake: node.self_stake,
            weight: node.weight.into(),
            // All CAI are below 2^90 base units, so the product stays below 2^128.
            share_ppm: (node.weight * 1_000_000).checked_div(total).unwrap_or(0) as u32,
            introduction: node.introduction.clone(),
            endpoint: node.endpoint.clone(),
            decimals: DECIMALS,
        }));
    }
    rows
}
