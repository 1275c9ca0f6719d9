//! A dispute as the court has it: read from its events and views as of one block, with the phase that it is in.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Client, Registry, decode_event},
    contract::DisputeCourt::{
        self, Case, DisputeJoined, DisputeOpened, Draw, EvidenceAdded, JurorSummoned, VoteCommitted,
    },
    court::{Clock, Course, Outcome, Part, Phase, Settlement, State, Tally, Timing, is_first},
};
use serde::Serialize;

use super::court::court_address;
use crate::{
    account::node_reference::read_registry,
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
    /// `summoned`, `committed`, `guilty`, `innocent`, `unavailable`, or `settled` once it was paid or docked.
    pub(super) vote: &'static str,
}

/// A dispute as of one block.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Dispute {
    pub(super) id: B256,
    /// `open`, `guilty`, `innocent` or `void`.
    pub(super) state: &'static str,
    pub(super) phase: Phase,
    /// When the phase ends (RFC 3339), where that is fixed.
    pub(super) until: Option<String>,
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
    pub(super) guilty_seats: u32,
    pub(super) innocent_seats: u32,
    pub(super) unavailable_seats: u32,
    /// Digests of the tickets, in the order of the receipts.
    pub(super) tickets: Vec<B256>,
    /// Digests of the disputed receipts.
    pub(super) receipts: Vec<B256>,
    pub(super) evidence: Vec<B256>,
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

/// Reads one dispute, with its jurors.
pub(super) async fn read_dispute(client: &Client, id: B256) -> Result<Dispute> {
    let registry = read_registry(client).await?;
    let mut dispute = read_disputes(client, Some(id), &registry).await?.pop().ok_or_else(|| {
        Error::precondition(format_args!("no dispute has the id {id}"))
            .hint("list the disputes: cuckoo dispute list --all")
    })?;
    read_jurors(client, &mut dispute, &registry).await?;
    Ok(dispute)
}

/// Reads one dispute or every one, in the order in which they were opened first, as of the registry's block.
pub(super) async fn read_disputes(client: &Client, only: Option<B256>, registry: &Registry) -> Result<Vec<Dispute>> {
    let court = court_address(client)?;
    let block = registry.block_hash;
    let history = async |signature: B256| {
        let filter = Filter::new().address(court).event_signature(signature);
        let filter = if let Some(id) = only { filter.topic1(id) } else { filter };
        client.history_until(filter, registry.block).await
    };
    let mut order = vec![];
    let mut opened: BTreeMap<B256, (DisputeOpened, Option<u64>)> = BTreeMap::new();
    let mut evidence: BTreeMap<B256, Vec<B256>> = BTreeMap::new();
    for log in history(DisputeOpened::SIGNATURE_HASH).await? {
        let event: DisputeOpened = decode_event(&log)?;
        evidence.entry(event.id).or_default().push(event.bundles);
        let id = event.id;
        if opened.insert(id, (event, log.block_number)).is_none() {
            order.push(id);
        }
    }
    for log in history(DisputeJoined::SIGNATURE_HASH).await? {
        let event: DisputeJoined = decode_event(&log)?;
        evidence.entry(event.id).or_default().push(event.bundles);
    }
    for log in history(EvidenceAdded::SIGNATURE_HASH).await? {
        let event: EvidenceAdded = decode_event(&log)?;
        evidence.entry(event.id).or_default().push(event.bundles);
    }
    let clock = Clock {
        now: registry.block_timestamp,
        epoch_seconds: client.network().epoch_seconds,
        seats: client.read_at_block(court, &DisputeCourt::seatsCall {}, block).await?.saturating_to(),
    };
    let mut disputes = vec![];
    for id in order {
        let Some((event, opened_in)) = opened.remove(&id) else { continue };
        let case = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, block).await?;
        let call = DisputeCourt::drawOfCall { id, round: U256::from(case.round) };
        let draw = client.read_at_block(court, &call, block).await?;
        let course = Course {
            opened: case.epoch.to(),
            state: known("caseOf", case.state, State::from_number)?,
            round: case.round.into(),
            tally: tally(&draw),
        };
        let timing = clock.timing(&course);
        let round = timing.round;
        let draw = match round == u64::from(case.round) {
            true => draw,
            false => {
                client.read_at_block(court, &DisputeCourt::drawOfCall { id, round: U256::from(round) }, block).await?
            }
        };
        let mut dispute = Dispute {
            challengers: client.read_at_block(court, &DisputeCourt::challengersOfCall { id }, block).await?,
            evidence: evidence.remove(&id).unwrap_or_default().into_iter().filter(|hash| !hash.is_zero()).collect(),
            accused_name: registry.node(&case.accused).map_or_else(Untrusted::default, |node| node.name.clone()),
            opened_in,
            ..dispute_of(id, event, &case, &draw, &clock, timing, course.state)
        };
        if dispute.phase == Phase::Seed && is_seeded(client, court, &dispute, block).await? {
            dispute.phase = Phase::Committing;
        }
        disputes.push(dispute);
    }
    Ok(disputes)
}

/// What a number of the court stands for; that of a court of another release is an error.
pub(super) fn known<T>(function: &str, number: u8, from: fn(u8) -> Option<T>) -> Result<T> {
    from(number).ok_or_else(|| {
        Error::failure(format_args!("the court's `{function}` answered {number}, which stands for nothing"))
            .hint("use the release of cuckoo that the network's description is made for")
    })
}

fn tally(draw: &Draw) -> Tally {
    Tally { guilty: draw.guilty.to(), innocent: draw.innocent.to(), unavailable: draw.unavailable.to() }
}

fn dispute_of(
    id: B256,
    event: DisputeOpened,
    case: &Case,
    draw: &Draw,
    clock: &Clock,
    timing: Timing,
    state: State,
) -> Dispute {
    let Timing { round, epoch, phase, until } = timing;
    Dispute {
        id,
        state: state.as_str(),
        phase,
        until: until.map(moment),
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
        guilty_seats: draw.guilty.to(),
        innocent_seats: draw.innocent.to(),
        unavailable_seats: draw.unavailable.to(),
        tickets: event.tickets,
        receipts: event.receipts,
        evidence: vec![],
        jurors: vec![],
        unsettled: vec![],
        unclosed: round != u64::from(case.round),
        opened_in: None,
    }
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

/// Reads who was summoned or has committed, and who of them waits for their due.
async fn read_jurors(client: &Client, dispute: &mut Dispute, registry: &Registry) -> Result<()> {
    let court = court_address(client)?;
    let id = dispute.id;
    let mut seen = BTreeSet::new();
    for signature in [JurorSummoned::SIGNATURE_HASH, VoteCommitted::SIGNATURE_HASH] {
        let filter = Filter::new().address(court).event_signature(signature).topic1(id);
        for log in client.history_until(filter, registry.block).await? {
            seen.insert(match signature == JurorSummoned::SIGNATURE_HASH {
                true => decode_event::<JurorSummoned>(&log)
                    .map(|event| (event.round.saturating_to::<u64>(), event.juror))?,
                false => decode_event::<VoteCommitted>(&log)
                    .map(|event| (event.round.saturating_to::<u64>(), event.juror))?,
            });
        }
    }
    let calls =
        seen.iter().map(|(round, juror)| DisputeCourt::ballotOfCall { id, round: U256::from(*round), juror: *juror });
    let ballots = client.read_all_at_block(court, calls, registry.block_hash).await?;
    let mut unsettled = vec![];
    for ((round, node), ballot) in seen.into_iter().zip(ballots) {
        let is_over = dispute.phase == Phase::Closed || round < dispute.round;
        let part = known("ballotOf", ballot.vote, Part::from_number)?;
        if is_over && part != Part::Settled {
            unsettled.push((round, node, part));
        }
        dispute.jurors.push(Juror { node, round, seats: ballot.seats, vote: part.as_str() });
    }
    let rounds: BTreeSet<u64> = unsettled.iter().map(|(round, ..)| *round).collect();
    for round in rounds {
        let call = DisputeCourt::drawOfCall { id, round: U256::from(round) };
        let draw = client.read_at_block(court, &call, registry.block_hash).await?;
        let outcome = known("drawOf", draw.outcome, Outcome::from_number)?;
        let moves = |part| {
            // What a draw moves that nobody has closed is not known yet.
            outcome == Outcome::Pending
                || Settlement::of(part, outcome, draw.rewardPerSeat.to(), draw.jurorDock.to()).is_some()
        };
        let of_round = unsettled.iter().filter(|(of, _, part)| *of == round && moves(*part));
        dispute.unsettled.extend(of_round.map(|(round, node, _)| (*round, *node)));
    }
    Ok(())
}
