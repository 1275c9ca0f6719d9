//! `cuckoo dispute show`: one case with its calendar, its evidence, and what everybody gets or loses by it.

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{ChainError, Client, Registry, decode_event},
    contract::{
        DisputeCourt::{self, Case, DisputeResolved, JurorSettled, SummonsPaid},
        Staking,
    },
    court::{Outcome, Phase, State},
};
use serde::Serialize;

use super::{
    answers::{self, Answers, EvidenceArgs},
    case::{Dispute, find_dispute, read_dispute},
    court::court_address,
    shares::{Ending, Shares, Terms, taken},
};
use crate::{
    account::{
        losses::{Cause, Record, read_record},
        node_reference::read_registry,
        signer::choose_signer,
    },
    args::IdPrefix,
    context::Context,
    host::clock::{moment, time_between},
    terminal::{Cell, Result, Table, Text},
};

/// The dispute to show.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// Whether to show the answers.
    #[command(flatten)]
    evidence: EvidenceArgs,
}

/// A dispute with all that follows from it.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    dispute: Dispute,
    /// The phases of the draw whose time it is; none of a closed case.
    calendar: Vec<Span>,
    /// What everybody gets and loses for each way in which an open case can end, if all seats are on the winning side.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prospects: Vec<Shares>,
    /// What a juror pays for each seat if it is silent after a summons, does not reveal, or votes against the verdict.
    seat_pays: Cai,
    /// What everybody got and lost by a closed case.
    #[serde(skip_serializing_if = "Option::is_none")]
    closing: Option<Closing>,
    /// The answers, where they were fetched.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    seen: Option<Answers>,
}

/// When a phase is.
#[derive(Debug, Serialize)]
struct Span {
    phase: Phase,
    /// From when (RFC 3339).
    from: String,
    /// Until when (RFC 3339); none for counting, which has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// How a case ended, and for whom.
#[derive(Debug, Serialize)]
struct Closing {
    #[serde(flatten)]
    shares: Shares,
    /// When it was closed: the number of the block.
    block: u64,
    challengers: Vec<Paid>,
    /// Who was paid for summoning jurors.
    summoners: Vec<Summoner>,
    /// Jurors that were paid or docked so far.
    settled: Vec<Settled>,
}

#[derive(Debug, Serialize)]
struct Paid {
    challenger: Address,
    /// What waits to be withdrawn.
    waiting: Cai,
}

#[derive(Debug, Serialize)]
struct Summoner {
    by: Address,
    fee: Cai,
}

#[derive(Debug, Serialize)]
struct Settled {
    node: Address,
    round: u64,
    /// Paid to the node's owner.
    reward: Cai,
    /// Taken from the owner's stake.
    docked: Cai,
    /// The part of it that went to the caller who settled the juror.
    tip: Cai,
}

/// `dispute show`.
pub(super) async fn run(args: ShowArgs, context: &Context) -> Result<()> {
    // A model that is missing is noticed before the chain is asked, and a dispute that does not exist before a password is.
    let wanted = args.evidence.wanted()?;
    let client = context.client().await?;
    let id = find_dispute(&client, &args.id).await?;
    let dispute = read_dispute(&client, id).await?;
    let seen = match wanted {
        Some(wanted) => {
            let globals = &context.globals;
            let signer = choose_signer(&globals.wallet, client.network(), globals.no_input).await?;
            Some(answers::read(wanted, &client, &signer, &dispute, context).await?)
        }
        None => None,
    };
    let shown = Shown { seen, ..read(&client, dispute).await? };
    let dispute = &shown.dispute;
    match dispute.phase {
        Phase::Seed | Phase::Committing | Phase::Counting => {
            context.printer.hint(format_args!("do what it waits for: cuckoo dispute advance {id}"));
        }
        Phase::Closed if !dispute.unsettled.is_empty() => {
            context.printer.hint(format_args!("pay and dock its jurors: cuckoo dispute settle {id}"));
        }
        _ => {}
    }
    if shown.closing.as_ref().is_some_and(|closing| closing.challengers.iter().any(|paid| !paid.waiting.is_zero())) {
        context.printer.hint(format_args!("a challenger gets its part: cuckoo dispute bond {id}"));
    }
    context.printer.result(&shown, || Text::Table(table(&shown)))
}

async fn read(client: &Client, dispute: Dispute) -> Result<Shown> {
    let court = court_address(client)?;
    let registry = read_registry(client).await?;
    let id = dispute.id;
    let case = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, registry.block_hash).await?;
    let seats = client.read(court, &DisputeCourt::seatsCall {}).await?.saturating_to();
    let terms = Terms {
        bond: U256::from(case.bond),
        challengers: dispute.challengers.len() as u64,
        fees: U256::from(case.fees),
        seats,
        taken: U256::ZERO,
        owner_loss: U256::ZERO,
    };
    let record = read_record(client, &registry).await?;
    let mut shown = Shown {
        calendar: calendar(&dispute, client.network().epoch_seconds),
        prospects: vec![],
        seat_pays: Cai::from_base_units(U256::from(case.jurorDock)),
        closing: None,
        seen: None,
        dispute,
    };
    let dispute = &shown.dispute;
    if dispute.phase == Phase::Closed {
        let events = Events { client, court, dispute, last: registry.block };
        shown.closing = events.closing(terms, &record).await?;
    } else {
        let (taken, owner_loss) = at_stake(client, &registry, &record, dispute, &case).await?;
        let terms = Terms { taken, owner_loss, ..terms };
        shown.prospects = Ending::ALL.map(|ending| terms.shares(ending, dispute.seats)).into();
    }
    Ok(shown)
}

/// The phases of the draw whose time it is: jurors commit in its epoch, reveal in the next one, and are counted after that.
fn calendar(dispute: &Dispute, epoch_seconds: u64) -> Vec<Span> {
    if dispute.phase == Phase::Closed {
        return vec![];
    }
    let start = |epochs: u64| moment(dispute.epoch.saturating_add(epochs).saturating_mul(epoch_seconds));
    vec![
        Span { phase: Phase::Committing, from: start(0), until: Some(start(1)) },
        Span { phase: Phase::Revealing, from: start(1), until: Some(start(2)) },
        Span { phase: Phase::Counting, from: start(2), until: None },
    ]
}

/// What a verdict of guilty would take now, and the owner's part of it.
async fn at_stake(
    client: &Client,
    registry: &Registry,
    record: &Record,
    dispute: &Dispute,
    case: &Case,
) -> Result<(U256, U256)> {
    let (staking, block, node) = (client.network().staking, registry.block_hash, dispute.accused);
    let calls = dispute.receipts.iter().map(|receipt| Staking::isSpentCall { evidence: *receipt });
    if client.read_all_at_block(staking, calls, block).await?.into_iter().all(|spent| spent) {
        return Ok((U256::ZERO, U256::ZERO));
    }
    let slashable = client.read_at_block(staking, &Staking::slashableOfCall { node }, block).await?;
    let own = client.read_at_block(staking, &Staking::ownStakeOfCall { node }, block).await?;
    let period: u64 = client.read_at_block(staking, &Staking::unbondingPeriodCall {}, block).await?;
    let since = registry.block_timestamp.saturating_sub(period);
    let recent = record
        .of(node)
        .filter(|loss| loss.time > Some(since) && matches!(loss.cause, Cause::Dispute { .. }))
        .map(|loss| loss.taken)
        .sum::<Cai>();
    let taken = taken(slashable, case.falsifiedBps, recent.base_units());
    let owner_loss = taken.saturating_mul(own).checked_div(slashable).unwrap_or_default();
    Ok((taken, owner_loss))
}

/// The court's events about the last attempt at a case.
struct Events<'a> {
    client: &'a Client,
    court: Address,
    dispute: &'a Dispute,
    last: u64,
}

impl Events<'_> {
    async fn all<E: SolEvent>(&self) -> Result<Vec<(u64, E)>> {
        let filter = Filter::new().address(self.court).event_signature(E::SIGNATURE_HASH).topic1(self.dispute.id);
        let mut found = vec![];
        for log in self.client.history_until(filter, self.last).await? {
            let block = log.block_number.unwrap_or_default();
            if self.dispute.opened_in.is_none_or(|opened| block >= opened) {
                found.push((block, decode_event::<E>(&log)?));
            }
        }
        Ok(found)
    }

    async fn closing(&self, terms: Terms, record: &Record) -> Result<Option<Closing>> {
        let Some((block, resolved)) = self.all::<DisputeResolved>().await?.pop() else { return Ok(None) };
        let dispute = self.dispute;
        let id = dispute.id;
        let call = DisputeCourt::drawOfCall { id, round: resolved.round };
        let draw = self.client.read(self.court, &call).await?;
        let (ending, winners) = match dispute.state {
            State::Guilty => (Ending::Guilty, draw.guilty.to()),
            State::Innocent => (Ending::Innocent, draw.innocent.to()),
            _ if Outcome::from_number(draw.outcome) == Some(Outcome::Unavailable) => {
                (Ending::NoEvidence, draw.unavailable.to())
            }
            _ => (Ending::NoVerdict, 0u32),
        };
        let slash =
            record.losses.iter().find(|loss| loss.block == block && loss.cause == Cause::Dispute { dispute: id });
        let owner_loss = slash.map_or(U256::ZERO, |loss| loss.owner_loss.base_units());
        let terms = Terms { taken: resolved.taken, owner_loss, ..terms };
        let mut shares = terms.shares(ending, winners.into());
        // What the court wrote down is what it pays.
        shares.challenger_gets = Cai::from_base_units(resolved.refund);
        shares.seat_gets = Cai::from_base_units(resolved.rewardPerSeat);
        let challengers = self.challengers().await?;
        let summoners = self.all::<SummonsPaid>().await?.into_iter();
        let summoners = summoners.map(|(_, paid)| Summoner { by: paid.by, fee: Cai::from_base_units(paid.fee) });
        let settled = self.all::<JurorSettled>().await?.into_iter().map(|(_, event)| Settled {
            node: event.juror,
            round: event.round.saturating_to(),
            reward: Cai::from_base_units(event.reward),
            docked: Cai::from_base_units(event.docked),
            tip: Cai::from_base_units(event.tip),
        });
        let (summoners, settled) = (summoners.collect(), settled.collect());
        Ok(Some(Closing { shares, block, challengers, summoners, settled }))
    }

    async fn challengers(&self) -> Result<Vec<Paid>, ChainError> {
        let id = self.dispute.id;
        let mut found = vec![];
        for &challenger in &self.dispute.challengers {
            let left = self.client.read(self.court, &DisputeCourt::bondOfCall { id, challenger }).await?;
            found.push(Paid { challenger, waiting: Cai::from_base_units(left) });
        }
        Ok(found)
    }
}

fn table(shown: &Shown) -> Table {
    let Shown { dispute, .. } = shown;
    let accused = format!("{} ({})", dispute.accused, dispute.accused_name);
    let until = match (&dispute.until, dispute.seconds_left) {
        (Some(until), Some(left)) => format!("{until}, in {}", time_between(0, U256::from(left))),
        _ => "-".to_owned(),
    };
    let mut table = Table::new(["", ""])
        .with([Cell::text("dispute"), Cell::text(dispute.id)])
        .with([Cell::text("state"), Cell::text(dispute.state.as_str())])
        .with([Cell::text("phase"), Cell::text(dispute.phase.words())])
        .with([Cell::text("until"), Cell::text(until)]);
    for Span { phase, from, until } in &shown.calendar {
        let until = until.as_ref().map_or_else(|| "on".to_owned(), |until| format!("until {until}"));
        let what = match phase {
            Phase::Committing => "votes committed",
            Phase::Revealing => "votes revealed",
            _ => "votes counted",
        };
        table.row([Cell::text(what), Cell::text(format_args!("from {from} {until}"))]);
    }
    let revealed = format!(
        "{} guilty, {} innocent, {} unavailable of {} drawn",
        dispute.guilty_seats, dispute.innocent_seats, dispute.unavailable_seats, dispute.seats
    );
    let mut table = table
        .with([Cell::text("accused"), Cell::text(accused)])
        .with([Cell::text("jury for"), Cell::text(dispute.jury())])
        .with([Cell::text("bond of each"), Cell::amount(dispute.bond)])
        .with([Cell::text("attempt"), Cell::text(dispute.attempt)])
        .with([Cell::text("draw"), Cell::text(dispute.draw)])
        .with([Cell::text("epoch of the draw"), Cell::text(dispute.epoch)])
        .with([Cell::text("revealed seats"), Cell::text(revealed)]);
    for challenger in &dispute.challengers {
        table.row([Cell::text("challenger"), Cell::text(challenger)]);
    }
    for receipt in &dispute.receipts {
        table.row([Cell::text("receipt"), Cell::text(receipt)]);
    }
    for evidence in &dispute.evidence {
        table.row([Cell::text("evidence"), Cell::text(format_args!("{} by {}", evidence.hash, evidence.by))]);
    }
    for juror in &dispute.jurors {
        let part = format!("{} with {} seats: {}", juror.node, juror.seats, juror.vote.as_str());
        table.row([Cell::text("juror"), Cell::text(part)]);
    }
    for shares in &shown.prospects {
        table.row([Cell::text(format_args!("if {}", shares.ending.words())), Cell::text(words(shares))]);
    }
    if shown.closing.is_none() {
        let pays = format!("pays {} a seat for silence, or for a vote against the verdict", shown.seat_pays);
        table.row([Cell::text("a juror"), Cell::text(pays)]);
    }
    if let Some(closing) = &shown.closing {
        closing_rows(&mut table, closing);
    }
    if let Some(seen) = &shown.seen {
        seen.rows(&mut table);
    }
    table
}

fn words(shares: &Shares) -> String {
    let mut words = vec![];
    if !shares.taken.is_zero() {
        words.push(format!(
            "the accused loses {}: its owner {}, voters {}",
            shares.taken, shares.owner_loss, shares.voters_loss
        ));
    }
    if !shares.accused_gets.is_zero() {
        words.push(format!("the accused's owner gets {}", shares.accused_gets));
    }
    words.push(match shares.challenger_gets.is_zero() {
        true => "challengers get nothing back".to_owned(),
        false => format!("a challenger gets {}", shares.challenger_gets),
    });
    if !shares.seat_gets.is_zero() {
        words.push(format!("a juror gets {} a seat", shares.seat_gets));
    }
    words.push(format!("{} is burned", shares.burned));
    words.join("; ")
}

fn closing_rows(table: &mut Table, closing: &Closing) {
    let Closing { shares, challengers, summoners, settled, .. } = closing;
    table.row([Cell::text("ended"), Cell::text(format_args!("{}: {}", shares.ending.words(), words(shares)))]);
    for Paid { challenger, waiting } in challengers.iter().filter(|paid| !paid.waiting.is_zero()) {
        let part = format!("{challenger} can withdraw {waiting}");
        table.row([Cell::text("challenger"), Cell::text(part)]);
    }
    for Summoner { by, fee } in summoners {
        table.row([Cell::text("summons"), Cell::text(format_args!("{by} got {fee}"))]);
    }
    for Settled { node, round, reward, docked, tip } in settled {
        let part = match (reward.is_zero(), docked.is_zero()) {
            (false, _) => format!("{node} got {reward}"),
            (true, false) => format!("{node} was docked {docked}, of which {tip} went to the caller"),
            (true, true) => format!("{node} got nothing and was docked nothing"),
        };
        table.row([Cell::text("settled"), Cell::text(format_args!("draw {round}: {part}"))]);
    }
}
