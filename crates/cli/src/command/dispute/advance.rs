//! Moves a dispute on: records seeds, summons jurors, counts votes, pays and docks jurors. Anybody may.

use std::collections::BTreeSet;

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    amount::DECIMALS,
    chain::{Call, ChainError, Client, RoundError, decode_event},
    contract::{
        DisputeCourt::{self, JurorSettled, SummonsPaid},
        JurorRegistry::ManifestDeclared,
    },
    court::{MOST_SUMMONED, Part, Phase},
};
use serde::Serialize;

use super::{
    case::{Dispute, find_dispute, known, read_dispute, seed_round},
    court::court_address,
};
use crate::{
    account::session::{Sent, Session, Summary},
    args::{IdPrefix, TransactionOptions},
    command::shared::{check::count, steps::Steps},
    context::Context,
    host::clock::moment,
    terminal::{Error, Result},
};

/// A dispute, and how transactions about it are sent.
#[derive(Debug, clap::Args)]
pub struct CaseArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// How the transactions are sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Advanced {
    id: B256,
    /// `seed`, `summon`, `count` or `settle`.
    step: &'static str,
    /// What the caller got for it.
    earned: Cai,
    decimals: usize,
    transactions: Vec<Sent>,
}

/// One dispute before the court, and the key that acts.
struct Clerk {
    session: Session,
    court: Address,
    dispute: Dispute,
}

impl Clerk {
    async fn new(args: &CaseArgs, context: &Context) -> Result<Self> {
        let session = context.session(&args.transaction).await?;
        let court = court_address(session.client())?;
        let id = find_dispute(session.client(), &args.id).await?;
        let dispute = read_dispute(session.client(), id).await?;
        Ok(Self { session, court, dispute })
    }

    fn client(&self) -> &Client {
        self.session.client()
    }

    /// Why nothing can be done at the moment.
    fn nothing(&self, reason: impl std::fmt::Display) -> Error {
        let error = Error::precondition(format_args!("{reason}: {}", self.dispute.phase.words()));
        match &self.dispute.until {
            Some(until) => error.hint(format_args!("this lasts until {until}")),
            None => error.hint(format_args!("show its state: cuckoo dispute show {}", self.dispute.id)),
        }
    }

    async fn submit(&self, title: String, call: &Call) -> Result<Sent> {
        let summary = Summary::new(title).line("accused", self.dispute.accused);
        self.session.submit(&summary, call).await
    }

    async fn seed(&self) -> Result<()> {
        let (client, id) = (self.client(), self.dispute.id);
        let round = seed_round(client, self.court, &self.dispute).await?;
        if client.seed_of(round).await.map_err(of_round)?.is_some() {
            return Err(self.nothing("the seed is recorded already"));
        }
        let progress = self.session.printer.progress("Fetching the round of randomness");
        let call = client.record_round(round).await.map_err(of_round)?;
        drop(progress);
        let sent = self.submit(format!("Record the seed of the dispute {id}"), &call).await?;
        if let Some(block) = sent.block() {
            self.session.printer.ok(format_args!("round {round} is recorded in block {block}; jurors can commit"));
        }
        self.finish(Steps::default(), &self.advanced("seed", Cai::ZERO, vec![sent]))
    }

    /// Those who hold seats in the draw and were not summoned.
    async fn unsummoned(&self) -> Result<Vec<Address>> {
        let (client, dispute) = (self.client(), &self.dispute);
        let registry = client.read(self.court, &DisputeCourt::jurorsCall {}).await?;
        let filter = Filter::new().address(registry).event_signature(ManifestDeclared::SIGNATURE_HASH);
        let filter = if dispute.manifest.is_zero() { filter } else { filter.topic2(dispute.manifest) };
        let head = client.head().await?;
        let mut declared = BTreeSet::new();
        for log in client.history_until(filter, head.number).await? {
            declared.insert(decode_event::<ManifestDeclared>(&log)?.node);
        }
        for juror in dispute.jurors.iter().filter(|juror| juror.round == dispute.round) {
            declared.remove(&juror.node);
        }
        let calls = declared.iter().map(|node| DisputeCourt::seatsOfCall { id: dispute.id, node: *node });
        let seats = client.read_all_at_block(self.court, calls, head.hash).await?;
        Ok(declared.into_iter().zip(seats).filter(|(_, seats)| !seats.is_zero()).map(|(node, _)| node).collect())
    }

    async fn summon(&self) -> Result<()> {
        let id = self.dispute.id;
        let epoch = self.client().network().epoch_seconds;
        if self.client().head().await?.timestamp % epoch >= epoch / 2 {
            return Err(self.nothing("jurors are summoned in the first half of the draw's epoch"));
        }
        let nodes = self.unsummoned().await?;
        if nodes.is_empty() {
            return Err(self.nothing("everybody with a seat is summoned or has committed"));
        }
        let (mut sent, mut earned, mut steps) = (vec![], U256::ZERO, Steps::default());
        let printer = &self.session.printer;
        for nodes in nodes.chunks(MOST_SUMMONED) {
            let call = Call::new(self.court, &DisputeCourt::summonCall { id, nodes: nodes.to_vec() });
            let step = format!("summoning {}", count(nodes.len(), "juror"));
            let title = format!("Summon {} of the dispute {id}", count(nodes.len(), "juror"));
            if let Some(transaction) = steps.take(printer, &step, self.submit(title, &call).await) {
                let block = transaction.block();
                sent.push(transaction);
                if let Some(block) = block
                    && let Some(fees) =
                        steps.take(printer, &step, self.events::<SummonsPaid>(block).await.map_err(Error::from))
                {
                    let by = self.session.address()?;
                    let fee = fees.iter().rfind(|event| event.by == by).map(|event| event.fee);
                    earned += fee.unwrap_or(U256::ZERO);
                    let fee =
                        fee.map_or_else(String::new, |fee| format!(", for a fee of {}", Cai::from_base_units(fee)));
                    printer.ok(format_args!("{} summoned in block {block}{fee}", count(nodes.len(), "juror")));
                }
            }
            if !steps.go_on() {
                break;
            }
        }
        self.finish(steps, &self.advanced("summon", Cai::from_base_units(earned), sent))
    }

    async fn count_votes(&self) -> Result<()> {
        let id = self.dispute.id;
        let call = Call::new(self.court, &DisputeCourt::resolveCall { id });
        let sent = self.submit(format!("Count the votes of the dispute {id}"), &call).await?;
        if let Some(block) = sent.block() {
            let after = read_dispute(self.client(), id).await.map_err(|error| sent.followed_by(error))?;
            let (state, phase) = (after.state.as_str(), after.phase.words());
            self.session.printer.ok(format_args!("in block {block}; the dispute is {state}: {phase}"));
            if after.phase == Phase::Closed {
                self.session.printer.hint(format_args!("get what is left of a bond: cuckoo dispute bond {id}"));
                self.session.printer.hint(format_args!("pay and dock the jurors: cuckoo dispute settle {id}"));
            }
        }
        self.finish(Steps::default(), &self.advanced("count", Cai::ZERO, vec![sent]))
    }

    async fn settle(&self) -> Result<()> {
        let id = self.dispute.id;
        let mut unsettled = self.dispute.unsettled.clone();
        if unsettled.is_empty() {
            return Err(self.nothing("no juror waits to be paid or docked"));
        }
        let (mut sent, mut earned, mut steps) = (vec![], U256::ZERO, Steps::default());
        let printer = &self.session.printer;
        if self.dispute.unclosed {
            let call = Call::new(self.court, &DisputeCourt::resolveCall { id });
            let (title, step) = (format!("Close the first draw of the dispute {id}"), "closing the first draw");
            sent.extend(steps.take(printer, step, self.submit(title, &call).await));
            // Somebody else may have closed it.
            if steps.go_on() {
                let after = steps.take(printer, "reading the dispute again", read_dispute(self.client(), id).await);
                unsettled = after.map(|dispute| dispute.unsettled).unwrap_or_default();
            }
        }
        for (round, juror) in unsettled {
            if !steps.go_on() {
                break;
            }
            let outcome = self.settle_one(id, U256::from(round), juror, &mut sent).await;
            earned += steps.take(printer, format_args!("settling {juror}"), outcome).unwrap_or_default();
        }
        self.finish(steps, &self.advanced("settle", Cai::from_base_units(earned), sent))
    }

    /// Pays or docks one juror. Returns the caller's tip, in base units.
    async fn settle_one(&self, id: B256, round: U256, juror: Address, sent: &mut Vec<Sent>) -> Result<U256> {
        let printer = &self.session.printer;
        let call = Call::new(self.court, &DisputeCourt::settleJurorCall { id, round, juror });
        let transaction = match self.submit(format!("Pay or dock the juror {juror}"), &call).await {
            Ok(transaction) => transaction,
            Err(error) => {
                let ballot = self.client().read(self.court, &DisputeCourt::ballotOfCall { id, round, juror }).await;
                let part = ballot.map(|ballot| known("ballotOf", ballot.vote, Part::from_number));
                if !matches!(part, Ok(Ok(Part::Settled))) {
                    return Err(error);
                }
                printer.say(format_args!("Somebody else has settled {juror} in the meantime"));
                return Ok(U256::ZERO);
            }
        };
        let block = transaction.block();
        sent.push(transaction);
        let Some(block) = block else { return Ok(U256::ZERO) };
        let events = self.events::<JurorSettled>(block).await?;
        let Some(event) = events.into_iter().find(|event| event.juror == juror && event.round == round) else {
            return Ok(U256::ZERO);
        };
        let [reward, docked, tip] = [event.reward, event.docked, event.tip].map(Cai::from_base_units);
        printer.ok(format_args!("{juror} got {reward} and was docked {docked}; your tip is {tip}"));
        Ok(event.tip)
    }

    /// The court's events of a kind about this dispute in one block.
    async fn events<E: SolEvent>(&self, block: u64) -> Result<Vec<E>, ChainError> {
        let filter = Filter::new().address(self.court).event_signature(E::SIGNATURE_HASH).topic1(self.dispute.id);
        self.client().logs(&filter.from_block(block).to_block(block)).await?.iter().map(decode_event).collect()
    }

    /// Reports what was done, also where something has stopped it.
    fn finish(&self, steps: Steps, advanced: &Advanced) -> Result<()> {
        steps.finish(&self.session.printer, advanced, &advanced.transactions, || {
            self.nothing("somebody else has done it in the meantime")
        })
    }

    fn advanced(&self, step: &'static str, earned: Cai, transactions: Vec<Sent>) -> Advanced {
        Advanced { id: self.dispute.id, step, earned, decimals: DECIMALS, transactions }
    }
}

/// Puts into words why a round of randomness cannot be recorded.
fn of_round(error: RoundError) -> Error {
    match error {
        RoundError::Chain(error) => error.into(),
        RoundError::NotYet { at, .. } => {
            Error::precondition(&error).hint(format_args!("it has one from {}", moment(at)))
        }
        RoundError::NoSource => Error::precondition(&error).hint("show the description: cuckoo network show"),
        RoundError::NoRelay => Error::config(&error)
            .hint("name relays in the network's file: \"randomness_relays\": [\"https://RELAY/CHAIN\"]"),
        RoundError::Relays { .. } => Error::unavailable(&error)
            .hint("try again, or name other relays in the network's file: \"randomness_relays\""),
        RoundError::ForeignHeader { .. } => Error::failure(&error),
    }
}

/// `dispute advance`.
pub(super) async fn advance(args: CaseArgs, context: &Context) -> Result<()> {
    let clerk = Clerk::new(&args, context).await?;
    match clerk.dispute.phase {
        Phase::Seed => clerk.seed().await,
        Phase::Committing => clerk.summon().await,
        Phase::Counting => clerk.count_votes().await,
        Phase::Closed => clerk.settle().await,
        _ => Err(clerk.nothing("a transaction cannot move it to its next step now")),
    }
}

/// `dispute seed`.
pub(super) async fn seed(args: CaseArgs, context: &Context) -> Result<()> {
    Clerk::new(&args, context).await?.seed().await
}

/// `dispute summon`.
pub(super) async fn summon(args: CaseArgs, context: &Context) -> Result<()> {
    let clerk = Clerk::new(&args, context).await?;
    match clerk.dispute.phase {
        Phase::Committing => clerk.summon().await,
        Phase::Seed => Err(clerk.nothing("jurors can be summoned once the seed of the draw is recorded")),
        _ => Err(clerk.nothing("jurors are summoned in the epoch of a draw")),
    }
}

/// `dispute settle`.
pub(super) async fn settle(args: CaseArgs, context: &Context) -> Result<()> {
    Clerk::new(&args, context).await?.settle().await
}
