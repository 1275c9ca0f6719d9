//! `cuckoo vote move`: takes stake back from one node and puts it behind another, over as many calls as the unbonding period needs.

use std::{fs, io, path::PathBuf};

use cuckoo_protocol::{
    Address, Cai,
    chain::{Call, Client, Intent},
    contract::Staking,
};
use serde::{Deserialize, Serialize};

use super::stakes::{ACTIVE, cast, retract};
use crate::{
    account::{
        commission::Commission,
        node_reference::{NodeReference, find_node},
        session::{Sent, Session, Summary, outbox},
    },
    args::{Amount, AmountArgs, Percent, TransactionOptions},
    command::shared::moved::Moved,
    context::Context,
    host::{clock::moment, env, files},
    terminal::{Error, Result, Text, quoted},
};

/// Stake to move.
#[derive(Clone, Debug, clap::Args)]
pub struct MoveArgs {
    /// Node to take the stake from: an address or a name
    #[arg(id = "from_node", value_name = "FROM")]
    from: NodeReference,
    /// Node to put it behind: an address or a name
    #[arg(id = "to_node", value_name = "TO")]
    to: NodeReference,
    /// The amount to move; a move that has begun goes on with its own.
    #[command(flatten)]
    amount: AmountArgs,
    /// Highest commission that you accept, in percent: the vote is refused if the node takes or has announced more [default:
    /// what it takes or has announced now]
    #[arg(long, value_name = "PERCENT")]
    max_commission: Option<Percent>,
    /// Name of your own node, to confirm that it goes out of service; not needed on the local chain
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// How the transactions are sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A move that has begun, on disk between its steps.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    /// What it moves.
    amount: Cai,
    /// The stake behind the first node before it began: less is there once it was taken back.
    stake: Cai,
    /// The stake behind the other node before the last step was sent: more is there once the move is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind: Option<Cai>,
}

/// What one call has done.
#[derive(Debug, Serialize)]
struct Step {
    /// `retracted`, `released`, `voted`, or `done` where an earlier call had sent the last step.
    step: &'static str,
    #[serde(flatten)]
    moved: Option<Moved>,
    /// The transaction that has released the stake.
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<Sent>,
}

/// The move of one staker's stake between two nodes.
struct Move<'a> {
    session: &'a Session,
    args: &'a MoveArgs,
    from: Address,
    to: Address,
    file: PathBuf,
}

/// Runs it.
pub(super) async fn run(args: MoveArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let (from, to) = (find_node(client, &args.from).await?, find_node(client, &args.to).await?);
    if from == to {
        return Err(Error::usage("the stake is behind this node already"));
    }
    // What the vote would be refused for in the end is refused before anything unbonds.
    Commission::read(client, to).await?.accepted(to, args.max_commission)?;
    let view = client.read(client.network().staking, &Staking::nodeViewCall { node: to }).await?;
    if view.status != ACTIVE {
        return Err(Error::precondition(format_args!(
            "the node {to} is not active, so that votes for it count for nothing"
        ))
        .hint("list the nodes and their state: cuckoo vote leaderboard"));
    }
    let file = format!("{}-{}-{from}-{to}.json", client.network().chain_id, session.address()?);
    let file = env::state_directory().join("moves").join(file.to_lowercase());
    Move { session: &session, args: &args, from, to, file }.go_on().await
}

impl Move<'_> {
    fn client(&self) -> &Client {
        self.session.client()
    }

    /// The command that goes on with it.
    fn command(&self) -> String {
        let name = |node: &NodeReference| quoted(&node.to_string());
        let what = match self.args.amount.into() {
            Amount::Exact(amount) => amount.plain(),
            Amount::Max => "--all".to_owned(),
        };
        format!("cuckoo vote move {} {} {what}", name(&self.args.from), name(&self.args.to))
    }

    /// Takes the next step.
    async fn go_on(&self) -> Result<()> {
        let (client, node, staker) = (self.client(), self.from, self.session.address()?);
        let staking = client.network().staking;
        let begun = self.begun()?;
        if let Some(begun) = &begun {
            self.refuse_open(staker)?;
            let is_done = match begun.behind {
                Some(behind) => self.stake_behind(self.to).await? > behind,
                None => false,
            };
            if is_done {
                return self.finish(begun.amount);
            }
        }
        let stake = self.stake_behind(node).await?;
        match begun.filter(|begun| stake < begun.stake) {
            None => self.take_back(stake).await,
            Some(begun) => {
                let requests = client.read(staking, &Staking::unbondingsCall { node, staker }).await?;
                let now = client.head().await?.timestamp;
                if let Some(at) = requests.iter().map(|request| request.availableAt).filter(|at| *at > now).max() {
                    return Err(Error::precondition(format_args!(
                        "{} is unbonding from {} until {}",
                        begun.amount,
                        self.args.from,
                        moment(at)
                    ))
                    .hint(format_args!("run this again then: {}", self.command())));
                }
                let released = if requests.is_empty() { None } else { Some(self.release().await?) };
                match released {
                    // What is free is not known before that.
                    Some(sent) if sent.block().is_none() => {
                        let printer = &self.session.printer;
                        printer.hint(format_args!(
                            "once the stake is free, go on by the same command: {}",
                            self.command()
                        ));
                        let text = sent.text();
                        printer.result(&Step { step: "released", moved: None, released: Some(sent) }, || text)
                    }
                    released => self.vote(begun, released).await,
                }
            }
        }
    }

    /// Refuses to go on while a step is in no block: it would be taken twice.
    fn refuse_open(&self, staker: Address) -> Result<()> {
        if self.session.only_simulates() {
            return Ok(());
        }
        let network = self.client().network();
        let intents = outbox().intents()?;
        let open = intents.iter().find(|intent| {
            intent.from == staker
                && intent.chain_id == network.chain_id
                && intent.to == Some(network.staking)
                && intent.state.is_open()
        });
        match open.map(Intent::hash) {
            None => Ok(()),
            Some(hash) => {
                Err(Error::precondition(format_args!("the transaction {hash} about your stake is in no block yet"))
                    .hint(format_args!("wait for it: cuckoo tx wait {hash}"))
                    .hint(format_args!("then go on by the same command: {}", self.command())))
            }
        }
    }

    /// The stake of the staker behind a node.
    async fn stake_behind(&self, node: Address) -> Result<Cai> {
        let (client, staker) = (self.client(), self.session.address()?);
        let stake = client.read(client.network().staking, &Staking::stakeOfCall { node, staker }).await?;
        Ok(Cai::from_base_units(stake))
    }

    /// Says that an earlier call has sent the last step, which is in a block by now.
    fn finish(&self, amount: Cai) -> Result<()> {
        let printer = &self.session.printer;
        if !self.session.only_simulates() {
            self.forget()?;
        }
        printer.ok(format_args!("the move of {amount} to {} was done by an earlier call", self.args.to));
        printer.hint("see your stake and its rewards: cuckoo stake status");
        printer.result(&Step { step: "done", moved: None, released: None }, || Text::Nothing)
    }

    /// Writes down how far it is, but for a simulation.
    fn note(&self, begun: &Begun) -> Result<()> {
        match self.session.only_simulates() {
            true => Ok(()),
            false => Ok(files::replace(&self.file, &serde_json::to_vec(begun)?)?),
        }
    }

    /// Starts taking the stake back.
    async fn take_back(&self, stake: Cai) -> Result<()> {
        let printer = &self.session.printer;
        let amount = Amount::from(self.args.amount).of(stake);
        self.note(&Begun { amount, stake, behind: None })?;
        let confirm = self.args.confirm.as_deref();
        let moved = match retract(self.session, self.from, Amount::Exact(amount), confirm).await {
            Ok(moved) => moved,
            // Whether it was sent is known by the stake that is left, later.
            Err(error) if error.transaction_hash().is_some() => return Err(error),
            Err(error) => {
                self.forget()?;
                return Err(error);
            }
        };
        if let Some(block) = moved.transaction.block() {
            let until = moved.available_at.as_deref().unwrap_or("the unbonding period is over");
            printer
                .ok(format_args!("{amount} is unbonding from {} since block {block}, until {until}", self.args.from));
            printer.hint(format_args!("go on then, by the same command: {}", self.command()));
        }
        let text = moved.text();
        printer.result(&Step { step: "retracted", moved: Some(moved), released: None }, || text)
    }

    async fn release(&self) -> Result<Sent> {
        let summary = Summary::new(format!("Release the retracted stake from {}", self.from));
        let call = Call::new(self.client().network().staking, &Staking::releaseCall { node: self.from });
        let sent = self.session.submit(&summary, &call).await?;
        if let Some(block) = sent.block() {
            self.session.printer.ok(format_args!("the stake is free since block {block}"));
        }
        Ok(sent)
    }

    /// Puts what is left of the amount behind the other node: a slash may have taken a part of it meanwhile.
    async fn vote(&self, begun: Begun, released: Option<Sent>) -> Result<()> {
        let (client, printer, staker) = (self.client(), &self.session.printer, self.session.address()?);
        let after = |error: Error| match &released {
            Some(sent) => sent.followed_by(error).hint(format_args!("go on by the same command: {}", self.command())),
            None => error,
        };
        let free = client.read(client.network().staking, &Staking::freeStakeOfCall { staker }).await;
        let free = Cai::from_base_units(free.map_err(|error| after(error.into()))?);
        if free.is_zero() && released.is_none() {
            // The last step was sent without waiting for it.
            self.forget()?;
            return Err(Error::precondition("the stake has been moved already")
                .hint("see where your stake is: cuckoo stake status"));
        }
        let behind = Some(self.stake_behind(self.to).await.map_err(after)?);
        self.note(&Begun { behind, ..begun }).map_err(after)?;
        let amount = Amount::Exact(begun.amount.min(free));
        let moved = match cast(self.session, self.to, amount, self.args.max_commission).await {
            Ok(moved) => moved,
            // Whether it was sent is known by the stake behind the other node, later.
            Err(error) if error.transaction_hash().is_some() => return Err(after(error)),
            Err(error) => {
                self.note(&begun)?;
                return Err(after(error));
            }
        };
        if let Some(block) = moved.transaction.block() {
            self.forget()?;
            printer.ok(format_args!("{} was put behind {} in block {block}", moved.amount, self.args.to));
            printer.hint("see your stake and its rewards: cuckoo stake status");
        }
        let text = Sent::texts(released.iter().chain([&moved.transaction]));
        printer.result(&Step { step: "voted", moved: Some(moved), released }, || text)
    }

    fn begun(&self) -> Result<Option<Begun>> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
                Error::config(format_args!("{}: {error}", self.file.display()))
                    .hint("remove the file to begin a new move")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::failure(format_args!("{}: {error}", self.file.display()))),
        }
    }

    fn forget(&self) -> Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::failure(format_args!("cannot remove {}: {error}", self.file.display())))
            }
            _ => Ok(()),
        }
    }
}
