//! What a juror does: it offers itself for models, commits to a vote, and reveals it. The key that signs is the miner's own.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use cuckoo_protocol::{
    Address, B256, U256,
    chain::Call,
    contract::{DisputeCourt, JurorRegistry},
    court::{Ballot, Part, Phase, Vote},
};
use serde::Serialize;

use super::{
    case::{find_dispute, known, read_dispute},
    court::court_address,
};
use crate::{
    account::session::{Sent, Summary},
    args::{IdPrefix, TransactionOptions},
    context::Context,
    host::{env, files},
    terminal::{Error, Result},
};

/// Models that a miner can judge answers of.
#[derive(Debug, clap::Args)]
pub struct DeclareArgs {
    /// Hashes of the models' manifests, as tickets and `cuckoo audit receipt --json` name them
    #[arg(required = true, num_args = 1.., value_name = "MANIFEST")]
    manifests: Vec<B256>,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A vote, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum VoteName {
    /// The answers are not from the model.
    Guilty,
    /// The answers are from the model.
    Innocent,
    /// The evidence could not be fetched.
    Unavailable,
}

impl From<VoteName> for Vote {
    fn from(name: VoteName) -> Self {
        match name {
            VoteName::Guilty => Self::Guilty,
            VoteName::Innocent => Self::Innocent,
            VoteName::Unavailable => Self::Unavailable,
        }
    }
}

/// A vote to commit to.
#[derive(Debug, clap::Args)]
pub struct CommitArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// Vote: whether the answers are false, or that the evidence cannot be fetched
    #[arg(long, value_enum)]
    vote: VoteName,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// A vote to reveal.
#[derive(Debug, clap::Args)]
pub struct RevealArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Declared {
    node: Address,
    manifests: Vec<B256>,
    transaction: Sent,
}

#[derive(Debug, Serialize)]
struct Voted {
    id: B256,
    juror: Address,
    vote: &'static str,
    transaction: Sent,
}

/// `dispute declare` and `dispute undeclare`.
pub(super) async fn declare(args: DeclareArgs, offers: bool, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let registry = client.read(court_address(client)?, &DisputeCourt::jurorsCall {}).await?;
    let (node, manifests) = (session.address()?, args.manifests);
    let models = if manifests.len() == 1 { "a model".to_owned() } else { format!("{} models", manifests.len()) };
    let (title, call) = match offers {
        true => {
            let call = JurorRegistry::declareCall { manifests: manifests.clone() };
            (format!("Offer {node} for juries over {models}"), Call::new(registry, &call))
        }
        false => {
            let call = JurorRegistry::undeclareCall { manifests: manifests.clone() };
            (format!("Take {node} out of juries over {models}"), Call::new(registry, &call))
        }
    };
    let transaction = session.submit(&Summary::new(title), &call).await?;
    if let Some(block) = transaction.block() {
        match offers {
            true => {
                session.printer.ok(format_args!("{node} can be drawn for {models} since block {block}"));
                session.printer.say("It counts for tickets that end at least an epoch after this one");
                session.printer.hint("a juror that is summoned and does not vote is docked: cuckoo dispute list");
            }
            false => session.printer.ok(format_args!("{node} is not drawn for {models} from block {block} on")),
        }
    }
    let declared = Declared { node, manifests, transaction };
    context.printer.result(&declared, || declared.transaction.text())
}

/// Where the salt of a vote is kept: with it and the court's commitment, the vote is known as well.
fn salt_path(id: B256, round: u64, juror: Address) -> PathBuf {
    env::state_directory().join("ballots").join(format!("{id}-{round}-{juror}"))
}

/// Reads a salt that is kept on this machine, which the first call makes.
pub(super) fn kept_salt(path: &Path) -> Result<B256> {
    let made = path.parent().map_or(Ok(()), files::make_directory);
    let salt = made.and_then(|()| files::secret(path));
    salt.map(B256::from)
        .map_err(|error| Error::failure(format_args!("cannot keep a salt in {}: {error}", path.display())))
}

/// `dispute commit`.
pub(super) async fn commit(args: CommitArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    let juror = session.address()?;
    let dispute = read_dispute(client, find_dispute(client, &args.id).await?).await?;
    let (id, round) = (dispute.id, dispute.round);
    match dispute.phase {
        Phase::Committing => {}
        Phase::Seed => {
            return Err(Error::precondition("the seed of the draw is not recorded yet")
                .hint(format_args!("record it: cuckoo dispute seed {id}")));
        }
        phase => {
            let error =
                Error::precondition(format_args!("votes are committed in the epoch of a draw: {}", phase.words()));
            return Err(error.hint(format_args!("show its state: cuckoo dispute show {id}")));
        }
    }
    let seats = client.read(court, &DisputeCourt::seatsOfCall { id, node: juror }).await?;
    if seats.is_zero() {
        return Err(Error::precondition(format_args!("{juror} has no seat in this draw"))
            .hint("sign with the key of a miner that was drawn: --account NAME"));
    }
    // On disk before the commitment is sent: a juror that cannot reveal is docked.
    let salt = kept_salt(&salt_path(id, round, juror))?;
    let vote = Vote::from(args.vote);
    let call = DisputeCourt::commitCall { id, commitment: Ballot { vote, salt }.commitment(id, round, juror) };
    let summary = Summary::new(format!("Commit to a vote on the dispute {id}"))
        .line("juror", juror)
        .line("seats", seats)
        .line("vote", vote.as_str());
    let transaction = session.submit(&summary, &Call::new(court, &call)).await?;
    if let Some(block) = transaction.block() {
        session.printer.ok(format_args!("{juror} has committed to a vote with {seats} seats in block {block}"));
        let from = dispute.until.as_deref().unwrap_or("the next epoch on");
        session.printer.hint(format_args!("reveal it from {from}, within an epoch: cuckoo dispute reveal {id}"));
    }
    let voted = Voted { id, juror, vote: vote.as_str(), transaction };
    context.printer.result(&voted, || voted.transaction.text())
}

/// `dispute reveal`.
pub(super) async fn reveal(args: RevealArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    let juror = session.address()?;
    let dispute = read_dispute(client, find_dispute(client, &args.id).await?).await?;
    let (id, round) = (dispute.id, dispute.round);
    let ballot = client.read(court, &DisputeCourt::ballotOfCall { id, round: U256::from(round), juror }).await?;
    if known("ballotOf", ballot.vote, Part::from_number)? != Part::Committed {
        return Err(Error::precondition(format_args!("{juror} has no vote to reveal in this draw"))
            .hint(format_args!("show its state: cuckoo dispute show {id}")));
    }
    let path = salt_path(id, round, juror);
    let salt = std::fs::read(&path).ok().and_then(|bytes| B256::try_from(bytes.as_slice()).ok());
    let fits = |kept: &Ballot| kept.fits(id, round, juror, &ballot.commitment);
    let kept = salt.and_then(|salt| Vote::ALL.map(|vote| Ballot { vote, salt }).into_iter().find(fits));
    let Some(Ballot { vote, salt }) = kept else {
        return Err(Error::failure(format_args!("{} does not hold the salt of this vote", path.display()))
            .hint("reveal it on the machine that has committed to it"));
    };
    let call = DisputeCourt::revealCall { id, vote: vote.number(), salt };
    let summary =
        Summary::new(format!("Reveal a vote on the dispute {id}")).line("juror", juror).line("vote", vote.as_str());
    let transaction = session.submit(&summary, &Call::new(court, &call)).await?;
    if let Some(block) = transaction.block() {
        session.printer.ok(format_args!("{juror} has voted {} in block {block}", vote.as_str()));
    }
    let voted = Voted { id, juror, vote: vote.as_str(), transaction };
    context.printer.result(&voted, || voted.transaction.text())
}
