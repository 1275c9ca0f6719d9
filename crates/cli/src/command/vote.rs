//! `cuckoo vote`: puts stake behind nodes and takes it back.

mod leaderboard;
mod moving;
mod stakes;

use clap::Subcommand;
use cuckoo_protocol::{
    chain::Call,
    contract::{Role, Staking},
};
pub(super) use stakes::warn_of_idle_votes;
use stakes::{cast, retract};

use crate::{
    account::{
        address_reference::{AddressReference, named_or_own},
        node_reference::{NodeReference, at_newest_block, find_node},
        session::Summary,
        stake::read_holdings,
    },
    args::{Amount, AmountArgs, Percent, TransactionOptions},
    context::Context,
    terminal::{Cell, Result, Table, Text},
};

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
    /// Move stake from one node to another: take it back now, and by the same command put it behind the other one once it is free
    ///
    /// Stake unbonds before it can be behind another node. The first call starts that and says until when; the next one after that
    /// releases the stake and votes with it.
    Move(Box<moving::MoveArgs>),
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
        /// List at most this many nodes of each role, the heaviest first [default: all]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
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
        Command::Move(args) => moving::run(*args, context).await,
        Command::Leaderboard { role, limit } => leaderboard::run(role, limit, context).await,
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
