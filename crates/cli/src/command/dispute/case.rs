//! A dispute as the court has it: read from its events and views as of one block, with the phase that it is in.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Client, Registry, decode_event},
    contract::DisputeCourt::{self, Case, DisputeOpened, Draw, JurorSummoned, VoteCommitted, VoteRevealed},
    court::{Clock, Course, Outcome, Part, Phase, Settlement, State, Tally, Timing, is_first},
};
use futures::future::try_join_all;
use serde::Serialize;

use super::{
    court::court_address,
    history::{History, Published, read_history},
};
use crate::{
    account::node_reference::at_newest_block,
    args::IdPrefix,
    host::clock::moment,
    terminal::{Error, Result},
};

/// A juror's part in a draw.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Juror {
    pub(super) node: Address,
    /// The number of the draw, counted over all attempts.
    pub(super) round: u64,
    pub(super) seats: u8,
    /// `summoned`, `committed`, `guilty`, `innocent` or `unavailable`.
    pub(super) vote: Part,
    /// True once it was paid or docked, or neither, for good.
    pub(super) settled: bool,
}

/// A dispute as of one block.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Dispute {
    pub(super) id: B256,
    /// `open`, `guilty`, `innocent` or `void`.
    pub(super) state: State,
    pub(super) phase: Phase,
    /// When the phase ends (RFC 3339), where that is fixed.
    pub(super) until: Option<String>,
    /// The seconds from the newest block's time to the end of the phase, where that is fixed.
    pub(super) seconds_left: Option<u64>,
    pub(super) accused: Address,
    pub(super) accused_name: Untrusted,
    pub(super) challengers: Vec<Address>,
    /// What each challenger has posted.
    pub(super) bond: Cai,
    pub(super) decimals: usize,
    /// How often it was opened: a void dispute can be opened again.
    pub(super) attempt: u64,
    /// The draw that it is at: 1 or 2.
    pub(super) draw: u64,
    /// The number of that draw, counted over all attempts.
    pub(super) round: u64,
    /// The epoch of the draw, in which jurors commit.
    pub(super) epoch: u64,
    /// Hash of the manifest whose miners are drawn; zero for those of all manifests.
    pub(super) manifest: B256,
    /// Seats of the draw.
    pub(super) seats: u64,
    pub(super) guilty_seats: u64,
    pub(super) innocent_seats: u64,
    pub(super) unavailable_seats: u64,
    /// Digests of the tickets, in the order of the receipts.
    pub(super) tickets: Vec<B256>,
    /// Digests of the disputed receipts.
    pub(super) receipts: Vec<B256>,
    pub(super) evidence: Vec<Published>,
    /// What verdicts of this case have taken from everybody with stake behind the accused.
    pub(super) taken: Cai,
    /// Jurors that were summoned or have committed; read for one dispute alone.
    pub(super) jurors: Vec<Juror>,
    /// Jurors of draws that are over which are to be paid or docked, and were not.
    #[serde(skip)]
    pub(super) unsettled: Vec<(u64, Address)>,
    /// The first draw is over without a verdict, and nobody has closed it.
    #[serde(skip)]
    pub(super) unclosed: bool,
    /// The number of the block in which it was opened last.
    pub(super) opened_in: Option<u64>,
}

impl Dispute {
    /// Whom the jury is drawn from.
    pub(super) fn jury(&self) -> String {
        match self.manifest.is_zero() {
            true => "all models".to_owned(),
            false => format!("the model {}", self.manifest),
        }
    }
}

/// The whole id of the dispute that is meant. One that begins like no other is enough.
pub(super) async fn find_dispute(client: &Client, id: &IdPrefix) -> Result<B256> {
    if let Some(id) = id.whole() {
        return Ok(id);
    }
    let history = read_history(client, court_address(client)?, None, client.head().await?.number).await?;
    let found = id.find("dispute", history.order);
    found.map_err(|error| error.hint("list the disputes: cuckoo dispute list --all"))
}

/// Reads one dispute, with its jurors.
pub(super) async fn read_dispute(client: &Client, id: B256) -> Result<Dispute> {
    at_newest_block(client, async |client, registry| {
        let mut dispute = read_disputes(client, Some(id), registry).await?.pop().ok_or_else(|| {
            Error::precondition(format_args!("no dispute has the id {id}"))
                .hint("list the disputes: cuckoo dispute list --all")
        })?;
        read_jurors(client, &mut dispute, registry).await?;
        Ok(dispute)
    })
    .await
}

/// Reads one dispute or every one, in the order in which they were opened first, as of the registry's block.
pub(super) async fn read_disputes(client: &Client, only: Option<B256>, registry: &Registry) -> Result<Vec<Dispute>> {
    let court = court_address(client)?;
    let block = registry.block_hash;
    let History { order, mut opened, mut evidence, taken } = read_history(client, court, only, registry.block).await?;
    let clock = &Clock {
        now: registry.block_timestamp,
        epoch_seconds: client.network().epoch_seconds,
        seats: client.read_at_block(court, &DisputeCourt::seatsCall {}, block).await?.saturating_to(),
    };
    let found = order.into_iter().filter_map(|id| {
        let (event, opened_in) = opened.remove(&id)?;
        Some((id, event, opened_in, evidence.remove(&id).unwrap_or_default()))
    });
    let taken = &taken;
    let read = |(id, event, opened_in, evidence): (B256, DisputeOpened, Option<u64>, Vec<Published>)| async move {
        let taken = taken.get(&id).copied().unwrap_or_default();
        let case = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, block).await?;
        let call = DisputeCourt::drawOfCall { id, round: U256::from(case.round) };
        let draw = client.read_at_block(court, &call, block).await?;
        let timing = clock.timing(&course(&case, &draw)?);
        let round = timing.round;
        let draw = match round == u64::from(case.round) {
            true => draw,
            false => {
                client.read_at_block(court, &DisputeCourt::drawOfCall { id, round: U256::from(round) }, block).await?
            }
        };
        let mut dispute = Dispute {
            challengers: client.read_at_block(court, &DisputeCourt::challengersOfCall { id }, block).await?,
            evidence,
            taken,
            accused_name: registry.node(&case.accused).map_or_else(Untrusted::default, |node| node.name.clone()),
            opened_in,
            ..dispute_of(id, event, &case, &draw, clock, timing)?
        };
        if dispute.phase == Phase::Seed && is_seeded(client, court, &dispute, block).await? {
            dispute.phase = Phase::Committing;
        }
        Ok(dispute)
    };
    // Each of them asks for one thing after the other; together they take as many batches as one.
    try_join_all(found.map(read)).await
}

/// What the calendar of a case depends on.
fn course(case: &Case, draw: &Draw) -> Result<Course> {
    let opened = u64::try_from(case.epoch).unwrap_or(u64::MAX);
    Ok(Course {
        opened,
        state: known("caseOf", case.state, State::from_number)?,
        round: u64::from(case.round),
        tally: tally(draw),
    })
}

fn tally(draw: &Draw) -> Tally {
    Tally { guilty: draw.guilty.to(), innocent: draw.innocent.to(), unavailable: draw.unavailable.to() }
}

/// What a number of the court stands for; that of a court of another release is an error.
pub(super) fn known<T>(function: &str, number: u8, from: fn(u8) -> Option<T>) -> Result<T> {
    from(number).ok_or_else(|| {
        Error::failure(format_args!("the court's `{function}` answered {number}, which stands for nothing"))
            .hint("use the release of cuckoo that the network's description is made for")
    })
}

fn dispute_of(
    id: B256,
    event: DisputeOpened,
    case: &Case,
    draw: &Draw,
    clock: &Clock,
    timing: Timing,
) -> Result<Dispute> {
    let Timing { round, epoch, phase, until } = timing;
    let Tally { guilty, innocent, unavailable } = tally(draw);
    Ok(Dispute {
        id,
        state: known("caseOf", case.state, State::from_number)?,
        phase,
        until: until.map(moment),
        seconds_left: until.map(|until| until.saturating_sub(clock.now)),
        accused: case.accused,
        accused_name: Untrusted::default(),
        challengers: vec![],
        bond: Cai::from_base_units(U256::from(case.bond)),
        decimals: DECIMALS,
        attempt: round.div_ceil(2),
        draw: if is_first(round) { 1 } else { 2 },
        round,
        epoch,
        manifest: case.manifest,
        seats: clock.seats_in(round),
        guilty_seats: guilty,
        innocent_seats: innocent,
        unavailable_seats: unavailable,
        tickets: event.tickets,
        receipts: event.receipts,
        evidence: vec![],
        taken: Cai::ZERO,
        jurors: vec![],
        unsettled: vec![],
        unclosed: round != u64::from(case.round),
        opened_in: None,
    })
}

/// The round of the source of randomness that seeds the dispute's present draw.
pub(super) async fn seed_round(client: &Client, court: Address, dispute: &Dispute) -> Result<u64> {
    let call = DisputeCourt::seedRoundOfCall { id: dispute.id, round: U256::from(dispute.round) };
    Ok(client.read(court, &call).await?)
}

async fn is_seeded(client: &Client, court: Address, dispute: &Dispute, block: B256) -> Result<bool> {
    let round = seed_round(client, court, dispute).await?;
    let source = client.read(court, &DisputeCourt::randomnessCall {}).await?;
    let call = cuckoo_protocol::contract::BlockRandomness::seedOfCall { round };
    Ok(!client.read_at_block(source, &call, block).await?.is_zero())
}

/// Reads who was summoned or has committed, what each of them voted, and who of them waits for their due.
pub(super) async fn read_jurors(client: &Client, dispute: &mut Dispute, registry: &Registry) -> Result<()> {
    let court = court_address(client)?;
    let id = dispute.id;
    let kinds = [JurorSummoned::SIGNATURE_HASH, VoteCommitted::SIGNATURE_HASH, VoteRevealed::SIGNATURE_HASH];
    let filter = Filter::new().address(court).event_signature(kinds.to_vec()).topic1(id);
    // A ballot forgets the vote once its juror is settled; its last event does not.
    let mut seen: BTreeMap<(u64, Address), Part> = BTreeMap::new();
    for log in client.history_until(filter, registry.block).await? {
        let (round, juror, vote) = match log.topic0() {
            Some(&JurorSummoned::SIGNATURE_HASH) => {
                decode_event::<JurorSummoned>(&log).map(|event| (event.round, event.juror, Part::Summoned))?
            }
            Some(&VoteCommitted::SIGNATURE_HASH) => {
                decode_event::<VoteCommitted>(&log).map(|event| (event.round, event.juror, Part::Committed))?
            }
            _ => {
                let event: VoteRevealed = decode_event(&log)?;
                (event.round, event.juror, known("VoteRevealed", event.vote, Part::from_number)?)
            }
        };
        seen.insert((round.saturating_to(), juror), vote);
    }
    let calls = seen.keys().map(|&(round, juror)| DisputeCourt::ballotOfCall { id, round: U256::from(round), juror });
    let ballots = client.read_all_at_block(court, calls, registry.block_hash).await?;
    for (((round, node), last), ballot) in seen.into_iter().zip(ballots) {
        let is_over = dispute.phase == Phase::Closed || round < dispute.round;
        let settled = known("ballotOf", ballot.vote, Part::from_number)? == Part::Settled;
        if is_over && !settled {
            dispute.unsettled.push((round, node));
        }
        dispute.jurors.push(Juror { node, round, seats: ballot.seats, vote: last, settled });
    }
    let rounds: BTreeSet<u64> = dispute.unsettled.iter().map(|(round, _)| *round).collect();
    for round in rounds {
        let call = DisputeCourt::drawOfCall { id, round: U256::from(round) };
        let draw = client.read_at_block(court, &call, registry.block_hash).await?;
        let outcome = known("drawOf", draw.outcome, Outcome::from_number)?;
        let Dispute { unsettled, jurors, .. } = dispute;
        let moves = |node: Address| {
            let of = |juror: &&Juror| (juror.round, juror.node) == (round, node);
            jurors.iter().find(of).is_some_and(|juror| moves_something(juror.vote, outcome, &draw))
        };
        unsettled.retain(|(of, node)| *of != round || moves(*node));
    }
    Ok(())
}

/// Whether a juror is paid or docked; unknown, and so true, until the draw is closed.
fn moves_something(part: Part, outcome: Outcome, draw: &Draw) -> bool {
    let (reward, dock) = (draw.rewardPerSeat.to(), draw.jurorDock.to());
    outcome == Outcome::Pending || Settlement::of(part, outcome, reward, dock).is_some()
}
