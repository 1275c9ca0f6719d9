//! `cuckoo vote`: puts stake behind nodes and takes it back.

mod leaderboard;

use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai,
    chain::{Call, DEVELOPMENT_CHAIN_ID},
    contract::{Role, Staking},
};

use super::shared::moved::Moved;
use crate::{
    account::{
        address_reference::{AddressReference, named_or_own},
        commission::Commission,
        node_reference::{NodeReference, at_newest_block, find_node, read_registry},
        session::{Session, Summary},
        stake::read_holdings,
    },
    args::{Amount, AmountArgs, Percent, TransactionOptions},
    context::Context,
    host::clock::moment,
    terminal::{Cell, Error, Result, Table, Text},
};

/// The contract's number for an active node.
const ACTIVE: u8 = 1;
/// A node's own stake and the votes for it together count up to this many times the own stake, as in the contract.
const LEVERAGE: u128 = 10;

/// Put stake behind nodes and take it back
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Put free stake behind a node; own stake and votes together count up to 10 times the own stake
    Cast {
        /// Node: an address or a name
        node: NodeReference,
        /// Amount in CAI, or max for all of the free stake
        amount: Amount,
        /// Highest commission that you accept, in percent: the vote is refused if the node takes or has announced more [default:
        /// what it takes or has announced now]
        #[arg(long, value_name = "PERCENT")]
        max_commission: Option<Percent>,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Start taking stake back from a node; the same as `cuckoo stake unbond`
    Retract(RetractArgs),
    /// Release stake whose unbonding period is over; it becomes free stake
    Release(ReleaseArgs),
    /// List the nodes that an address has stake behind
    List {
        /// Address whose votes to list, or the name of a wallet [default: the wallet in use]
        #[arg(value_name = "ADDRESS|WALLET")]
        address: Option<AddressReference>,
    },
    /// List every node by weight, with what slashes took from its stakers and the disputes against it
    Leaderboard {
        /// Role of the nodes to list: miner or coordinator [default: both]
        #[arg(long, value_parser = role)]
        role: Option<Role>,
    },
}

/// The stake to take back from a node.
#[derive(Clone, Debug, clap::Args)]
pub struct RetractArgs {
    /// Node: an address or a name
    node: NodeReference,
    /// The amount to take back.
    #[command(flatten)]
    amount: AmountArgs,
    /// Name of your own node, to confirm that it goes out of service; not needed on the local chain
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// The node to release stake from.
#[derive(Clone, Debug, clap::Args)]
pub struct ReleaseArgs {
    /// Node: an address or a name
    node: NodeReference,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A role by its name.
fn role(text: &str) -> Result<Role, String> {
    [Role::Miner, Role::Coordinator]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| "a role is `miner` or `coordinator`".into())
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    match command {
        Command::Cast { node: reference, amount, max_commission, transaction } => {
            let session = context.session(&transaction).await?;
            let node = find_node(session.client(), &reference).await?;
            let moved = cast(&session, node, amount, max_commission).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} was put behind {reference} in block {block}", moved.amount));
                printer.hint("see your stake and its rewards: cuckoo stake status");
            }
            printer.result(&moved, || moved.text())
        }
        Command::Retract(args) => unbond(args, "vote", context).await,
        Command::Release(args) => release(args, context).await,
        Command::List { address } => list(address, context).await,
        Command::Leaderboard { role } => leaderboard::run(role, context).await,
    }
}

/// `vote release` and `stake release`.
pub(super) async fn release(args: ReleaseArgs, context: &Context) -> Result<()> {
    let printer = &context.printer;
    let session = context.session(&args.transaction).await?;
    let node = find_node(session.client(), &args.node).await?;
    let summary = Summary::new(format!("Release the retracted stake from {node}"));
    let call = Call::new(session.client().network().staking, &Staking::releaseCall { node });
    let sent = session.submit(&summary, &call).await?;
    if let Some(block) = sent.block() {
        printer.ok(format_args!("the stake is free since block {block}"));
        printer.hint("withdraw it: cuckoo stake withdraw --all");
    }
    printer.result(&sent, || sent.text())
}

/// `vote retract` and `stake unbond`; `noun` is the one of the two that was typed.
pub(super) async fn unbond(args: RetractArgs, noun: &str, context: &Context) -> Result<()> {
    let printer = &context.printer;
    let session = context.session(&args.transaction).await?;
    let node = find_node(session.client(), &args.node).await?;
    let moved = retract(&session, node, args.amount.into(), args.confirm.as_deref()).await?;
    if let Some(block) = moved.transaction.block() {
        let until = moved.available_at.as_deref().unwrap_or("the unbonding period is over");
        printer.ok(format_args!("{} is unbonding from {} since block {block}, until {until}", moved.amount, args.node));
        printer.hint(format_args!("release it then: cuckoo {noun} release {}", args.node));
    }
    printer.result(&moved, || moved.text())
}

/// Puts free stake behind a node that takes at most this commission.
pub async fn cast(session: &Session, node: Address, amount: Amount, most: Option<Percent>) -> Result<Moved> {
    let client = session.client();
    let staking = client.network().staking;
    let staker = session.address()?;
    let free = Cai::from_base_units(client.read(staking, &Staking::freeStakeOfCall { staker }).await?);
    let amount = amount.of(free);
    if amount.is_zero() || free < amount {
        return Err(Error::precondition(format_args!("this needs {amount} of free stake; there is {free}"))
            .hint(format_args!("deposit and vote in one transaction: cuckoo stake deposit AMOUNT --vote {node}")));
    }
    let commission = Commission::read(client, node).await?;
    let most = commission.accepted(node, most)?;
    let summary =
        Summary::new(format!("Vote for {node} with {amount}")).line("from", staker).line("commission", &commission);
    let call = Staking::voteCall { node, amount: amount.base_units(), maxCommissionBps: most.0 };
    let call = Call::new(staking, &call);
    warn_of_idle_votes(session, node, amount).await?;
    let progress = session.printer.progress(format!("Voting for {node} with {amount}"));
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    Ok(Moved::new(amount, Some(node), transaction))
}

/// Says before a vote what it will not earn: own stake and votes together count up to ten times the own stake, and votes for an
/// idle node for nothing.
pub(super) async fn warn_of_idle_votes(session: &Session, node: Address, amount: Cai) -> Result<()> {
    let client = session.client();
    let view = client.read(client.network().staking, &Staking::nodeViewCall { node }).await?;
    if view.owner == session.address()? {
        return Ok(());
    }
    let beyond = client.read(client.network().staking, &Staking::votesBeyondCall { node }).await?;
    let own = Cai::from(view.selfStake);
    let counted = Cai::from(view.weight).checked_add(amount).unwrap_or(amount);
    let most = Cai::from(view.selfStake.saturating_mul(LEVERAGE));
    if view.status == ACTIVE && (!beyond.is_zero() || counted > most) {
        session.printer.warn(format_args!(
            "the node's own stake of {own} and the votes for it together count up to {LEVERAGE} times that stake, and votes beyond \
             that earn nothing more"
        ));
    }
    if view.idle {
        session
            .printer
            .warn("the node is idle: nobody has paid it lately, and votes for it earn nothing until somebody does");
    }
    Ok(())
}

/// Starts taking stake back from a node. Away from the local chain, an owner confirms by name that its node goes out of service.
pub async fn retract(session: &Session, node: Address, amount: Amount, confirm: Option<&str>) -> Result<Moved> {
    let client = session.client();
    let staking = client.network().staking;
    let staker = session.address()?;
    let stake = Cai::from_base_units(client.read(staking, &Staking::stakeOfCall { node, staker }).await?);
    let amount = amount.of(stake);
    if amount.is_zero() || stake < amount {
        return Err(Error::precondition(format_args!(
            "cannot take {amount} back: your stake behind {node} is {stake}"
        ))
        .hint("list your votes: cuckoo vote list"));
    }
    let view = client.read(staking, &Staking::nodeViewCall { node }).await?;
    if let Some(role) = Role::from_u8(view.role).filter(|_| view.owner == staker) {
        let left = stake.checked_sub(amount).unwrap_or_default();
        if left <= Cai::from_whole(role.minimum()) {
            let minimum = Cai::from_whole(role.minimum());
            let role = role.as_str();
            session.printer.warn(format_args!(
                "your {role} stops counting: its own stake would be {left}, which is not more than {minimum}"
            ));
            if view.status == ACTIVE && client.network().chain_id != DEVELOPMENT_CHAIN_ID {
                let registry = read_registry(client).await?;
                let name = registry.node(&node).map(|node| node.name.clone()).unwrap_or_default();
                session.confirm_by_name(&format!("takes your {role} out of service"), name.raw(), node, confirm)?;
            }
        }
    }
    let summary = Summary::new(format!("Take {amount} back from {node}")).line("to", staker);
    let call = Call::new(staking, &Staking::retractCall { node, amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    let mut moved = Moved::new(amount, Some(node), transaction);
    if moved.transaction.block().is_some() {
        let requests = client.read(staking, &Staking::unbondingsCall { node, staker }).await;
        let requests = requests.map_err(|error| moved.transaction.followed_by(error))?;
        moved.available_at = requests.last().map(|request| moment(request.availableAt));
    }
    Ok(moved)
}

async fn list(address: Option<AddressReference>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let of = named_or_own(address.as_ref(), &context.globals, client.network()).await?;
    let holdings = at_newest_block(&client, async |client, registry| read_holdings(client, of, registry).await).await?;
    let votes = holdings.staked;
    if votes.is_empty() {
        context.printer.say(format_args!("{of} has no stake behind any node"));
        context.printer.hint("list the nodes: cuckoo vote leaderboard");
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
