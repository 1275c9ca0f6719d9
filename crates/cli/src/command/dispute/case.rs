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
};
use futures::future::try_join_all;
use serde::Serialize;

use super::court::court_address;
use crate::{
    account::node_reference::at_newest_block,
    host::clock::moment,
    terminal::{Error, Result},
};

/// Epochs from that in which a dispute is opened to that of its first draw.
const FIRST_DRAW: u64 = 1;
/// Epochs from that in which a dispute is opened to that of its second draw.
const SECOND_DRAW: u64 = 4;
/// The second draw has this many times the seats of the first.
const WIDENING: u64 = 3;
/// The court's number for an open case.
pub(super) const OPEN: u8 = 1;
/// The court's number for a juror that was paid or docked.
pub(super) const SETTLED: u8 = 6;

/// The phase of a dispute: what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// It waits for the epoch of the draw.
    Drawing,
    /// It waits for somebody to record the draw's seed.
    Seed,
    /// It waits for jurors to commit to their votes.
    Committing,
    /// It waits for jurors to reveal their votes.
    Revealing,
    /// It waits for somebody to count the votes.
    Counting,
    /// It is closed.
    Closed,
}

impl Phase {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Drawing => "waits for the draw of its jury",
            Self::Seed => "the draw's seed can be recorded",
            Self::Committing => "jurors commit to votes",
            Self::Revealing => "jurors reveal their votes",
            Self::Counting => "the votes can be counted",
            Self::Closed => "closed",
        }
    }
}

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
    let clock = &Clock {
        now: registry.block_timestamp,
        epoch_seconds: client.network().epoch_seconds,
        seats: client.read_at_block(court, &DisputeCourt::seatsCall {}, block).await?.saturating_to(),
    };
    let found = order.into_iter().filter_map(|id| {
        let (event, opened_in) = opened.remove(&id)?;
        Some((id, event, opened_in, evidence.remove(&id).unwrap_or_default()))
    });
    let read = |(id, event, opened_in, evidence): (B256, DisputeOpened, Option<u64>, Vec<B256>)| async move {
        let case = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, block).await?;
        let call = DisputeCourt::drawOfCall { id, round: U256::from(case.round) };
        let draw = client.read_at_block(court, &call, block).await?;
        let timing = clock.timing(&case, &draw);
        let round = timing.round;
        let draw = match round == u64::from(case.round) {
            true => draw,
            false => {
                client.read_at_block(court, &DisputeCourt::drawOfCall { id, round: U256::from(round) }, block).await?
            }
        };
        let mut dispute = Dispute {
            challengers: client.read_at_block(court, &DisputeCourt::challengersOfCall { id }, block).await?,
            evidence: evidence.into_iter().filter(|hash| !hash.is_zero()).collect(),
            accused_name: registry.node(&case.accused).map_or_else(Untrusted::default, |node| node.name.clone()),
            opened_in,
            ..dispute_of(id, event, &case, &draw, clock, timing)
        };
        if dispute.phase == Phase::Seed && is_seeded(client, court, &dispute, block).await? {
            dispute.phase = Phase::Committing;
        }
        Ok(dispute)
    };
    // Each of them asks for one thing after the other; together they take as many batches as one.
    try_join_all(found.map(read)).await
}

fn dispute_of(id: B256, event: DisputeOpened, case: &Case, draw: &Draw, clock: &Clock, timing: Timing) -> Dispute {
    let Timing { round, epoch, phase, until } = timing;
    Dispute {
        id,
        state: state_name(case.state),
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
    for ((round, node), ballot) in seen.into_iter().zip(ballots) {
        let is_over = dispute.phase == Phase::Closed || round < dispute.round;
        if is_over && ballot.vote != SETTLED {
            dispute.unsettled.push((round, node));
        }
        dispute.jurors.push(Juror { node, round, seats: ballot.seats, vote: vote(ballot.vote) });
    }
    let rounds: BTreeSet<u64> = dispute.unsettled.iter().map(|(round, _)| *round).collect();
    for round in rounds {
        let call = DisputeCourt::drawOfCall { id, round: U256::from(round) };
        let draw = client.read_at_block(court, &call, registry.block_hash).await?;
        let Dispute { unsettled, jurors, .. } = dispute;
        let moves = |node: Address| {
            jurors.iter().any(|juror| (juror.round, juror.node) == (round, node) && moves_something(juror.vote, &draw))
        };
        unsettled.retain(|(of, node)| *of != round || moves(*node));
    }
    Ok(())
}

/// Whether a juror with this vote is paid or docked, by the court's rules; unknown, and so true, until the draw is closed.
fn moves_something(vote: &str, draw: &Draw) -> bool {
    let (winner, has_verdict) = match draw.outcome {
        0 => return true,
        2 => (Some("guilty"), true),
        3 => (Some("innocent"), true),
        4 => (Some("unavailable"), false),
        _ => (None, false),
    };
    if winner == Some(vote) {
        return !draw.rewardPerSeat.is_zero();
    }
    (has_verdict || matches!(vote, "summoned" | "committed")) && !draw.jurorDock.is_zero()
}

const fn vote(number: u8) -> &'static str {
    match number {
        1 => "summoned",
        2 => "committed",
        3 => "guilty",
        4 => "innocent",
        5 => "unavailable",
        _ => "settled",
    }
}

/// The name of a case's state; of one that was never opened, that of a case that can be opened again.
pub(super) const fn state_name(number: u8) -> &'static str {
    match number {
        1 => "open",
        2 => "guilty",
        3 => "innocent",
        _ => "void",
    }
}

const fn is_first(round: u64) -> bool {
    round % 2 == 1
}

/// Where a case is in its fixed course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Timing {
    /// The number of the draw whose time it is, whether or not somebody has closed the one before.
    round: u64,
    /// That draw's epoch.
    epoch: u64,
    phase: Phase,
    /// When the phase ends, in seconds since the Unix epoch.
    until: Option<u64>,
}

/// The court's clock: the time of a block, and how long epochs are.
#[derive(Clone, Copy, Debug)]
struct Clock {
    now: u64,
    epoch_seconds: u64,
    /// Seats of a first draw.
    seats: u64,
}

impl Clock {
    const fn seats_in(&self, round: u64) -> u64 {
        if is_first(round) { self.seats } else { self.seats * WIDENING }
    }

    /// Whether the revealed votes of a draw decide anything: a third could not get the evidence, or half of the seats have voted
    /// and two thirds of those who have judged agree.
    fn decides(&self, round: u64, draw: &Draw) -> bool {
        let [guilty, innocent, unavailable] =
            [draw.guilty, draw.innocent, draw.unavailable].map(|seats| seats.to::<u64>());
        let (expected, judged) = (self.seats_in(round), guilty + innocent);
        unavailable * 3 >= expected
            || (judged + unavailable) * 2 >= expected && (guilty.max(innocent) * 3 >= judged * 2)
    }

    /// The phase of a case, by the court's rules; a draw that has begun waits for its seed until that is known.
    fn timing(&self, case: &Case, draw: &Draw) -> Timing {
        let opened = u64::try_from(case.epoch).unwrap_or(u64::MAX);
        let now = self.now.checked_div(self.epoch_seconds).unwrap_or_default();
        let mut round = u64::from(case.round);
        let epoch_of = |round| opened.saturating_add(if is_first(round) { FIRST_DRAW } else { SECOND_DRAW });
        let is_open = case.state == OPEN;
        if is_open && is_first(round) && now > epoch_of(round) + 1 && !self.decides(round, draw) {
            round += 1;
        }
        let epoch = epoch_of(round);
        let start = |epoch: u64| Some(epoch.saturating_mul(self.epoch_seconds));
        let (phase, until) = match now {
            _ if !is_open => (Phase::Closed, None),
            now if now < epoch => (Phase::Drawing, start(epoch)),
            now if now == epoch => (Phase::Seed, start(epoch + 1)),
            now if now == epoch + 1 => (Phase::Revealing, start(epoch + 2)),
            _ => (Phase::Counting, None),
        };
        Timing { round, epoch, phase, until }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Uint;

    use super::*;

    fn case(round: u16, state: u8) -> Case {
        Case {
            accused: Address::ZERO,
            epoch: Uint::from(5),
            state,
            round,
            falsifiedBps: 0,
            bond: Uint::ZERO,
            jurorDock: Uint::ZERO,
            records: Uint::ZERO,
            manifest: B256::ZERO,
            firstTotal: 1,
            secondTotal: 1,
            fees: Uint::ZERO,
            tips: Uint::ZERO,
        }
    }

    fn votes(guilty: u32, innocent: u32, unavailable: u32) -> Draw {
        Draw {
            guilty: Uint::from(guilty),
            innocent: Uint::from(innocent),
            unavailable: Uint::from(unavailable),
            outcome: 0,
            jurorDock: Uint::ZERO,
            rewardPerSeat: Uint::ZERO,
        }
    }

    #[test]
    fn phases_follow_the_fixed_epochs() {
        let at = |now: u64, round: u16, draw: &Draw| {
            Clock { now, epoch_seconds: 10, seats: 3 }.timing(&case(round, OPEN), draw)
        };
        let none = votes(0, 0, 0);
        for (now, round, phase, until) in [
            (59, 1, Phase::Drawing, Some(60)),
            (60, 1, Phase::Seed, Some(70)),
            (79, 1, Phase::Revealing, Some(80)),
            // Nobody has voted: the second draw comes, whether or not the first is closed.
            (80, 2, Phase::Drawing, Some(90)),
            (90, 2, Phase::Seed, Some(100)),
            (109, 2, Phase::Revealing, Some(110)),
            (110, 2, Phase::Counting, None),
        ] {
            let timing = at(now, 1, &none);
            assert_eq!((timing.round, timing.phase, timing.until), (round, phase, until), "at {now}");
        }
        assert_eq!(at(80, 1, &votes(2, 1, 0)).phase, Phase::Counting, "two thirds agree");
        assert_eq!(at(80, 1, &votes(0, 0, 1)).phase, Phase::Counting, "a third lacks the evidence");
        assert_eq!(at(80, 1, &votes(1, 1, 0)).round, 2, "no majority");
        assert_eq!(at(80, 1, &votes(1, 0, 0)).round, 2, "no quorum");
        assert_eq!(at(85, 4, &none).phase, Phase::Drawing, "a second attempt's second draw");
        let closed = Clock { now: 99, epoch_seconds: 10, seats: 3 }.timing(&case(1, 2), &none);
        assert_eq!(closed.phase, Phase::Closed);
    }

    #[test]
    fn only_votes_that_are_paid_or_docked_are_worth_a_transaction() {
        let draw = |outcome, reward: u64, dock: u64| Draw {
            guilty: Uint::ZERO,
            innocent: Uint::ZERO,
            unavailable: Uint::ZERO,
            outcome,
            rewardPerSeat: Uint::from(reward),
            jurorDock: Uint::from(dock),
        };
        let moved = |draw: &Draw| {
            let votes = ["summoned", "committed", "guilty", "innocent", "unavailable"];
            votes.map(|vote| moves_something(vote, draw))
        };
        assert_eq!(moved(&draw(0, 0, 0)), [true; 5], "the draw is not closed");
        assert_eq!(moved(&draw(1, 0, 9)), [true, true, false, false, false], "no verdict");
        assert_eq!(moved(&draw(2, 9, 9)), [true; 5], "guilty");
        assert_eq!(moved(&draw(3, 9, 0)), [false, false, false, true, false], "innocent, and nobody is docked");
        assert_eq!(moved(&draw(4, 9, 9)), [true, true, false, false, true], "no evidence");
        assert_eq!(moved(&draw(2, 0, 9)), [true, true, false, true, true], "nothing was left for the winners");
    }
}
