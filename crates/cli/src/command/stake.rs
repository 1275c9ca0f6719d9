//! `cuckoo stake`: deposits, withdraws and claims CAI at stake.

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, Untrusted,
    amount::DECIMALS,
    chain::{Call, Client, decode_event},
    contract::Staking,
};
use futures::try_join;
use serde::Serialize;

use crate::{
    account::{
        address_reference::{AddressReference, named_or_own},
        commission::Commission,
        losses::{Share, read_record, read_shares},
        node_reference::{NodeReference, at_newest_block, find_node, read_registry},
        permit::{Permit, affordable, sign_permit},
        session::{Sent, Session, Summary},
        stake::{Holdings, Reward, read_holdings},
    },
    args::{Amount, AmountArgs, Percent, TransactionOptions},
    command::{
        balance,
        shared::{moved::Moved, steps::Steps},
        vote,
    },
    context::Context,
    terminal::{Cell, Error, Result, Table, Text},
};

/// Deposit, withdraw and claim CAI at stake
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deposit CAI into your free stake, or with --vote directly behind a node
    Deposit {
        /// Amount in CAI, or max for all that the wallet has
        amount: Amount,
        /// Node to put the amount behind: an address or a name [default: no node]
        #[arg(long, value_name = "NODE")]
        vote: Option<NodeReference>,
        /// Highest commission of the node of --vote that you accept, in percent: the deposit is refused if the node takes or has
        /// announced more [default: what it takes or has announced now]
        #[arg(long, value_name = "PERCENT", requires = "vote")]
        max_commission: Option<Percent>,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Start taking stake back from a node; the same as `cuckoo vote retract`
    ///
    /// The stake stops counting and earning at once, and is held back for the unbonding period. After that,
    /// `cuckoo stake release` makes it free stake, and `cuckoo stake withdraw` pays it out.
    Unbond(vote::RetractArgs),
    /// Release stake whose unbonding period is over, which makes it free stake; the same as `cuckoo vote release`
    Release(vote::ReleaseArgs),
    /// Claim the rewards of your stake, and the commission of nodes that you own
    Claim {
        /// Node to claim behind: an address or a name [default: every node]
        #[arg(conflicts_with = "all")]
        node: Option<NodeReference>,
        /// Claim behind every node; the same as naming no node
        #[arg(long)]
        all: bool,
        /// How the transactions are sent: one for each node.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Show what an address has at stake, by state, its rewards, and what slashes and charges took from it
    #[command(visible_alias = "list")]
    Status {
        /// Address to show, or the name of a wallet [default: the wallet in use]
        #[arg(value_name = "ADDRESS|WALLET")]
        address: Option<AddressReference>,
    },
    /// Withdraw free stake
    Withdraw {
        /// The amount to withdraw.
        #[command(flatten)]
        amount: AmountArgs,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    match command {
        Command::Deposit { amount, vote, max_commission, transaction } => {
            let session = context.session(&transaction).await?;
            let node = match &vote {
                Some(reference) => Some(find_node(session.client(), reference).await?),
                None => None,
            };
            let moved = deposit(&session, amount, node, max_commission).await?;
            if let Some(block) = moved.transaction.block() {
                match &vote {
                    Some(node) => {
                        printer.ok(format_args!("{} was put behind {node} in block {block}", moved.amount));
                        printer.hint("see your stake and its rewards: cuckoo stake status");
                    }
                    None => {
                        printer.ok(format_args!("{} was added to your free stake in block {block}", moved.amount));
                        printer.hint("to vote for a node next: cuckoo vote cast NODE AMOUNT");
                        printer.hint("to register a node next: cuckoo register miner --node-account NAME --name NAME --stake AMOUNT");
                    }
                }
            }
            printer.result(&moved, || moved.text())
        }
        Command::Unbond(args) => vote::unbond(args, "stake", context).await,
        Command::Release(args) => vote::release(args, context).await,
        Command::Claim { node: reference, all: _, transaction } => {
            let session = context.session(&transaction).await?;
            let node = match &reference {
                Some(reference) => Some(find_node(session.client(), reference).await?),
                None => None,
            };
            let (claims, steps) = claim(&session, node).await?;
            let transactions = claims.claims.iter().map(|claim| &claim.transaction);
            steps.finish(printer, &claims, transactions, || Error::precondition("nothing was claimed"))
        }
        Command::Status { address } => {
            let client = context.client().await?;
            let of = named_or_own(address.as_ref(), &context.globals, client.network()).await?;
            let status = read_status(&client, of).await?;
            printer.result(&status, || Text::Table(status.table()))
        }
        Command::Withdraw { amount, transaction } => {
            let session = context.session(&transaction).await?;
            let moved = withdraw(&session, amount.into()).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} was paid out in block {block}", moved.amount));
            }
            printer.result(&moved, || moved.text())
        }
    }
}

/// What an address has at stake, and what it has lost of it.
#[derive(Debug, Serialize)]
struct Status {
    #[serde(flatten)]
    holdings: Holdings,
    /// What slashes and charges took from the address, oldest first.
    losses: Vec<Share>,
}

impl Status {
    fn table(&self) -> Table {
        let mut table = Table::new(balance::COLUMNS);
        balance::rows(&mut table, &self.holdings);
        for Share { amount, loss, .. } in &self.losses {
            table.row([
                Cell::text(if loss.is_slash() { "lost to a slash" } else { "lost to a charge" }),
                Cell::amount(*amount),
                Cell::both("", "CAI"),
                Cell::text(format_args!("{}, {}: {}", loss.name, loss.at, loss.cause.words())),
                Cell::text(loss.node),
                Cell::text(""),
            ]);
        }
        table
    }
}

async fn read_status(client: &Client, of: Address) -> Result<Status> {
    at_newest_block(client, async |client, registry| {
        let (holdings, record) = try_join!(read_holdings(client, of, registry), read_record(client, registry))?;
        let losses = read_shares(client, of, registry, &record).await?;
        Ok(Status { holdings, losses })
    })
    .await
}

/// Puts CAI into the free stake, or directly behind a node that takes at most this commission: one transaction, with a permit in
/// place of an approval.
pub async fn deposit(session: &Session, amount: Amount, node: Option<Address>, most: Option<Percent>) -> Result<Moved> {
    let client = session.client();
    let owner = session.address()?;
    let balance = client.cai_balance(owner).await?;
    let amount = amount.of(balance);
    affordable(client, amount, balance)?;
    let staking = client.network().staking;
    let mut summary = Summary::new(format!("Deposit {amount} into your free stake"));
    let mut vote = None;
    if let Some(node) = node {
        let commission = Commission::read(client, node).await?;
        vote = Some((node, commission.accepted(node, most)?.0));
        vote::warn_of_idle_votes(session, node, amount).await?;
        summary = Summary::new(format!("Deposit {amount} and vote with it for {node}")).line("commission", &commission);
    }
    let left = balance.checked_sub(amount).unwrap_or_default();
    let summary = summary.line("from", owner).line("balance after", left);
    let units = amount.base_units();
    let plain = match vote {
        Some((node, most)) => {
            Call::new(staking, &Staking::depositAndVoteCall { node, amount: units, maxCommissionBps: most })
        }
        None => Call::new(staking, &Staking::depositCall { amount: units }),
    };
    if session.only_simulates() {
        let (approval, transaction) = session.simulate_with_approval(amount, &summary, &plain).await?;
        return Ok(Moved { approval, ..Moved::new(amount, node, transaction) });
    }
    let session = session.unlocked_for(&plain).await?;
    let turn = session.turn().await?;
    let Permit { deadline, v, r, s } = sign_permit(session.client(), &turn, staking, amount).await?;
    let call = match vote {
        Some((node, most)) => Call::new(
            staking,
            &Staking::depositAndVoteWithPermitCall { node, amount: units, maxCommissionBps: most, deadline, v, r, s },
        ),
        None => Call::new(staking, &Staking::depositWithPermitCall { amount: units, deadline, v, r, s }),
    };
    let progress = session.printer.progress(format!("Depositing {amount}"));
    let transaction = session.submit_in(Some(turn), &summary, &call).await?;
    drop(progress);
    Ok(Moved::new(amount, node, transaction))
}

/// Withdraws free stake.
pub async fn withdraw(session: &Session, amount: Amount) -> Result<Moved> {
    let client = session.client();
    let staking = client.network().staking;
    let staker = session.address()?;
    let free = Cai::from_base_units(client.read(staking, &Staking::freeStakeOfCall { staker }).await?);
    let amount = amount.of(free);
    if amount.is_zero() || free < amount {
        return Err(not_free(client, staker, amount, free).await?);
    }
    let summary = Summary::new(format!("Withdraw {amount} of your free stake")).line("to", staker);
    let call = Call::new(staking, &Staking::withdrawCall { amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Moved::new(amount, None, transaction))
}

/// Why an amount cannot be withdrawn: what is unbonding, and when it can be released.
async fn not_free(client: &Client, staker: Address, amount: Cai, free: Cai) -> Result<Error> {
    let refused = match amount.is_zero() {
        true => Error::precondition("there is no free stake to withdraw"),
        false => Error::precondition(format_args!("cannot withdraw {amount}: the free stake is {free}")),
    };
    let registry = read_registry(client).await?;
    let mut unbonding = read_holdings(client, staker, &registry).await?.unbonding;
    unbonding.sort_by(|left, right| left.available_at.cmp(&right.available_at));
    Ok(match unbonding.first() {
        Some(first) if first.available => refused.hint(format_args!(
            "{} from {} can be released now: cuckoo stake release {}",
            first.amount, first.name, first.node
        )),
        Some(first) => refused.hint(format_args!(
            "{} from {} is unbonding until {}; release it then: cuckoo stake release {}",
            first.amount, first.name, first.available_at, first.node
        )),
        None => refused.hint(
            "to take stake back from a node: cuckoo stake unbond NODE AMOUNT, and later: cuckoo stake release NODE",
        ),
    })
}

/// What was claimed behind one node.
#[derive(Clone, Debug, Serialize)]
struct Claim {
    /// The node.
    node: Address,
    /// Its name.
    name: Untrusted,
    /// The amount that was paid; before the transaction is in a block, what it would have paid when it was sent.
    amount: Cai,
    /// The part that is the node's commission, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    commission: Option<Cai>,
    /// The transaction.
    transaction: Sent,
}

/// Everything that one command claimed.
#[derive(Clone, Debug, Serialize)]
struct Claims {
    /// The claims, one for each node.
    claims: Vec<Claim>,
    /// The sum of the claims.
    total: Cai,
    /// Decimals of the amounts.
    decimals: usize,
}

/// Claims what the key's address has earned, behind one node or behind every one. A claim that is refused stops no other.
async fn claim(session: &Session, only: Option<Address>) -> Result<(Claims, Steps)> {
    let client = session.client();
    let staker = session.address()?;
    let mut rewards = read_holdings(client, staker, &read_registry(client).await?).await?.rewards;
    rewards.retain(|reward| only.is_none_or(|only| reward.node == only));
    if rewards.is_empty() {
        let place = only.map_or_else(|| "any node".to_owned(), |node| node.to_string());
        return Err(Error::precondition(format_args!("{staker} has earned nothing behind {place} yet"))
            .hint("show where your stake is: cuckoo stake status"));
    }
    let (mut claims, mut steps) = (vec![], Steps::default());
    for Reward { node, name, amount, .. } in rewards {
        let summary = Summary::new(format!("Claim about {amount} behind {node}")).line("to", staker);
        let call = Call::new(client.network().staking, &Staking::claimCall { node });
        let progress = session.printer.progress(format!("Claiming about {amount} behind {node}"));
        let step = format!("claiming behind {node}");
        let sent = steps.take(&session.printer, &step, session.submit(&summary, &call).await);
        drop(progress);
        if let Some(transaction) = sent {
            let mut claim = Claim { node, name, amount, commission: None, transaction };
            if let Some(block) = claim.transaction.block() {
                // Rewards accrue until the block, so only its event says how much was paid.
                let paid = steps.take(&session.printer, &step, paid(session, staker, node, block).await);
                if let Some(paid) = paid.flatten() {
                    claim.amount = Cai::from_base_units(paid.reward.saturating_add(paid.commission));
                    claim.commission = Some(Cai::from_base_units(paid.commission));
                }
                session.printer.ok(format_args!("{} earned behind {node} was paid out in block {block}", claim.amount));
            }
            claims.push(claim);
        }
        if !steps.go_on() {
            break;
        }
    }
    let total = claims.iter().map(|claim| claim.amount).sum();
    Ok((Claims { claims, total, decimals: DECIMALS }, steps))
}

async fn paid(session: &Session, staker: Address, node: Address, block: u64) -> Result<Option<Staking::RewardPaid>> {
    let client = session.client();
    let filter = Filter::new()
        .address(client.network().staking)
        .event_signature(Staking::RewardPaid::SIGNATURE_HASH)
        .topic1(staker.into_word())
        .topic2(node.into_word())
        .from_block(block)
        .to_block(block);
    let logs = client.logs(&filter).await?;
    Ok(logs.last().map(decode_event).transpose()?)
}
