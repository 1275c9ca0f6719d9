//! What a node shows of the court on dashboards: the cases that are open, and those that were closed in the last day.

use std::{collections::BTreeMap, sync::Arc};

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use arc_swap::ArcSwap;
use cuckoo_protocol::{
    Cai,
    chain::{ChainError, Client, decode_event},
    contract::DisputeCourt::{self, DisputeResolved},
    court::{Case, State, View},
    status::{CasePart, CaseRow, CaseStage},
};
use tokio::sync::watch;

use super::figures::{self, Figures};

/// A closed case is shown for this long, in seconds.
const SHOWN: u64 = 24 * 3_600;
/// At most this many cases are shown.
const MOST: usize = 32;

/// What dashboards are shown.
#[derive(Debug, Default)]
pub struct Shown(ArcSwap<(u64, Vec<CaseRow>)>);

impl Shown {
    /// The cases, open ones first, and then newest first.
    pub fn rows(&self) -> Vec<CaseRow> {
        self.0.load().1.clone()
    }

    /// Grows whenever they change.
    pub fn version(&self) -> u64 {
        self.0.load().0
    }

    fn set(&self, rows: Vec<CaseRow>) {
        let before = self.0.load();
        if before.1 != rows {
            self.0.store(Arc::new((before.0 + 1, rows)));
        }
    }
}

/// Shows what the court's views say, as long as they come. `own` are the node's address and its owner's, where it is registered.
pub async fn show(
    client: Client,
    mut views: watch::Receiver<Option<Arc<View>>>,
    own: impl Fn() -> (Address, Option<Address>) + Send,
    shown: Arc<Shown>,
) {
    let Some(court) = client.network().court else { return };
    let (mut seen, mut figures) = (Seen::default(), Figures::default());
    while views.changed().await.is_ok() {
        let Some(view) = views.borrow_and_update().clone() else { continue };
        figures.take(&view, own());
        for id in seen.take(&view, own()) {
            match end(&client, court, id, &view).await {
                Ok(End::Closed(stage, taken)) => {
                    figures::count_closed(stage);
                    seen.close(id, stage, taken, view.now);
                }
                Ok(End::TakenBack) => seen.forget(&id),
                Ok(End::Unknown) => {}
                Err(error) => tracing::debug!(case = %id, %error, "the end of a case cannot be read; trying again"),
            }
        }
        shown.set(seen.rows(view.now));
    }
}

/// What became of a case that is open no longer.
enum End {
    /// It was closed so, and this was taken.
    Closed(CaseStage, Cai),
    /// The chain has taken back that it was ever opened.
    TakenBack,
    /// The endpoint does not say.
    Unknown,
}

/// How a case ended last, as of the block of a view.
async fn end(client: &Client, court: Address, id: B256, view: &View) -> Result<End, ChainError> {
    let case = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, view.block_hash).await?;
    if State::from_number(case.state) == Some(State::None) {
        return Ok(End::TakenBack);
    }
    let filter = Filter::new().address(court).event_signature(DisputeResolved::SIGNATURE_HASH).topic1(id);
    let logs = client.history_until(filter, view.block).await?;
    let Some(event) = logs.last().map(decode_event::<DisputeResolved>).transpose()? else { return Ok(End::Unknown) };
    let stage = match State::from_number(event.state) {
        Some(State::Guilty) => CaseStage::Guilty,
        Some(State::Innocent) => CaseStage::Innocent,
        _ => CaseStage::Void,
    };
    Ok(End::Closed(stage, Cai::from_base_units(event.taken)))
}

/// The cases that were seen.
#[derive(Debug, Default)]
struct Seen(BTreeMap<B256, Entry>);

#[derive(Debug)]
struct Entry {
    row: CaseRow,
    /// The epoch in which it was opened last, which orders the cases.
    opened: u64,
    /// When it was seen closed, in seconds since the Unix epoch.
    closed: Option<u64>,
}

impl Seen {
    /// Takes in a view. Returns the cases that have ended since, of which the end has to be read.
    fn take(&mut self, view: &View, (node, owner): (Address, Option<Address>)) -> Vec<B256> {
        for case in view.cases.iter().filter(|case| case.state == State::Open) {
            let part = part(case, node, owner);
            let until = case.draw.until.map(|until| until.saturating_mul(1_000));
            let row = CaseRow {
                id: case.id,
                accused: case.accused,
                part,
                stage: case.draw.phase.into(),
                until,
                taken: Cai::ZERO,
            };
            self.0.insert(case.id, Entry { row, opened: case.opened, closed: None });
        }
        let is_open = |id: &B256| view.case(*id).is_some_and(|case| case.state == State::Open);
        self.0.iter().filter(|(id, entry)| entry.closed.is_none() && !is_open(id)).map(|(id, _)| *id).collect()
    }

    fn close(&mut self, id: B256, stage: CaseStage, taken: Cai, now: u64) {
        if let Some(entry) = self.0.get_mut(&id) {
            entry.closed = Some(now);
            entry.row = CaseRow { stage, taken, until: None, ..entry.row.clone() };
        }
    }

    fn forget(&mut self, id: &B256) {
        self.0.remove(id);
    }

    /// The rows, newest first, without those that were closed long ago.
    fn rows(&mut self, now: u64) -> Vec<CaseRow> {
        self.0.retain(|_, entry| entry.closed.is_none_or(|closed| now.saturating_sub(closed) < SHOWN));
        let mut entries: Vec<_> = self.0.values().collect();
        entries.sort_by_key(|entry| (entry.closed.is_some(), std::cmp::Reverse(entry.opened)));
        entries.into_iter().take(MOST).map(|entry| entry.row.clone()).collect()
    }
}

fn part(case: &Case, node: Address, owner: Option<Address>) -> CasePart {
    let is_challenger = |address: &Address| *address == node || Some(*address) == owner;
    if case.accused == node {
        CasePart::Accused
    } else if case.challengers.iter().any(is_challenger) {
        CasePart::Challenger
    } else if case.mine.is_some() {
        CasePart::Juror
    } else {
        CasePart::Observer
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::court::Phase;

    use super::{super::fixtures::*, *};

    const OWNER: Address = Address::repeat_byte(2);

    fn shown(seen: &mut Seen, now: u64) -> Vec<(u8, CasePart, CaseStage)> {
        seen.rows(now).iter().map(|row| (row.id[0], row.part, row.stage)).collect()
    }

    #[test]
    fn open_cases_come_first_and_closed_ones_stay_for_a_day() {
        let mut seen = Seen::default();
        let own = (NODE, Some(OWNER));
        let cases = vec![case(1, NODE, 5, Phase::Revealing), case(2, ACCUSED, 6, Phase::Seed)];
        assert!(seen.take(&view(65, cases), own).is_empty());
        let (one, two) =
            ((1, CasePart::Challenger, CaseStage::Revealing), (2, CasePart::Observer, CaseStage::Committing));
        assert_eq!(shown(&mut seen, 65), [two, one]);
        // The first one is gone: how it ended has to be read, again and again until it is known.
        for _ in 0..2 {
            let left = vec![case(2, OWNER, 6, Phase::Counting)];
            assert_eq!(seen.take(&view(80, left), own), [B256::repeat_byte(1)]);
        }
        seen.close(B256::repeat_byte(1), CaseStage::Guilty, Cai::from_whole(8), 80);
        let two = (2, CasePart::Challenger, CaseStage::Counting);
        assert_eq!(shown(&mut seen, 81), [two, (1, CasePart::Challenger, CaseStage::Guilty)]);
        let taken: Vec<_> = seen.rows(81).iter().map(|row| (row.taken, row.until)).collect();
        assert_eq!(taken, [(Cai::ZERO, Some(70_000)), (Cai::from_whole(8), None)]);
        assert_eq!(shown(&mut seen, 80 + SHOWN), [two]);
        // A void case is opened again.
        seen.close(B256::repeat_byte(2), CaseStage::Void, Cai::ZERO, 90);
        assert!(seen.take(&view(95, vec![case(2, ACCUSED, 9, Phase::Drawing)]), own).is_empty());
        assert_eq!(shown(&mut seen, 95)[0], (2, CasePart::Observer, CaseStage::Drawing));
        // The chain takes it back: nothing of it is asked for again.
        assert_eq!(seen.take(&view(96, vec![]), own), [B256::repeat_byte(2)]);
        seen.forget(&B256::repeat_byte(2));
        assert!(seen.take(&view(97, vec![]), own).is_empty() && shown(&mut seen, 97).is_empty());
    }

    #[test]
    fn the_accused_sees_that_it_is() {
        let mut seen = Seen::default();
        seen.take(&view(1, vec![case(1, NODE, 0, Phase::Drawing)]), (ACCUSED, None));
        assert_eq!(shown(&mut seen, 1), [(1, CasePart::Accused, CaseStage::Drawing)]);
    }
}
