//! The court in a node's metrics for Prometheus: cases and bonds as the chain has them, what has become of this node's votes, and the
//! evidence that goes through its hands.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use cuckoo_protocol::{
    court::{Case, Juror, Part, Phase, State, View},
    status::CaseStage,
};
use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::node::metrics::rounded;

const CASES: &str = "cuckoo_court_cases";
const CLOSED: &str = "cuckoo_court_cases_closed_total";
const BONDS: &str = "cuckoo_court_bonds_cai";
const VOTES: &str = "cuckoo_court_votes_total";
const BUNDLES: &str = "cuckoo_court_bundles_total";

/// How cases end.
const VERDICTS: [&str; 3] = ["guilty", "innocent", "void"];

/// How a bundle of evidence goes through a node's hands.
#[derive(Clone, Copy, Debug)]
pub enum Bundles {
    /// A juror or a party has read it at this node's board.
    Served,
    /// Somebody has handed it in at this node's board.
    Taken,
    /// This node has handed it in at another's board.
    HandedIn,
}

impl Bundles {
    const ALL: [Self; 3] = [Self::Served, Self::Taken, Self::HandedIn];

    const fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Taken => "taken",
            Self::HandedIn => "handed-in",
        }
    }

    /// Counts this many.
    pub fn count(self, bundles: usize) {
        counter!(BUNDLES, "way" => self.name()).increment(bundles as u64);
    }
}

/// Describes them, and lets the counters begin at zero, so that their first steps can be seen.
pub fn describe() {
    describe_gauge!(CASES, "Cases before the court, and those that this node wants before it");
    describe_counter!(CLOSED, "Cases that this node has seen closed, by verdict");
    describe_gauge!(BONDS, "What this node and its owner have in bonds of open cases, rounded");
    describe_counter!(VOTES, "What has become of this node's seats in juries: a draw each");
    describe_counter!(BUNDLES, "Bundles of evidence that were read, handed in here, or handed in elsewhere");
    gauge!(CASES, "state" => "open").set(0.0);
    gauge!(BONDS).set(0.0);
    VERDICTS.iter().for_each(|verdict| counter!(CLOSED, "verdict" => *verdict).increment(0));
    Fate::COUNTED.iter().for_each(|fate| counter!(VOTES, "fate" => fate.name()).increment(0));
    Bundles::ALL.iter().for_each(|way| way.count(0));
}

/// This many cases are wanted before the court.
pub fn set_wanted(cases: usize) {
    gauge!(CASES, "state" => "wanted").set(cases as f64);
}

/// A case was seen closed.
pub(super) fn count_closed(stage: CaseStage) {
    let [guilty, innocent, void] = VERDICTS;
    let verdict = match stage {
        CaseStage::Guilty => guilty,
        CaseStage::Innocent => innocent,
        _ => void,
    };
    counter!(CLOSED, "verdict" => verdict).increment(1);
}

/// What has become of a node's seats in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It has to vote.
    Summoned,
    /// It has committed to a vote.
    Committed,
    /// It has revealed it.
    Revealed,
    /// It has not, and it is too late.
    Lost,
    /// It was summoned and has committed to nothing.
    Missed,
}

impl Fate {
    const COUNTED: [Self; 4] = [Self::Committed, Self::Revealed, Self::Lost, Self::Missed];

    const fn name(self) -> &'static str {
        match self {
            Self::Summoned => "summoned",
            Self::Committed => "committed",
            Self::Revealed => "revealed",
            Self::Lost => "lost",
            Self::Missed => "missed",
        }
    }

    /// As the chain has it. Who is paid or docked has come to an end before.
    fn of(juror: &Juror, phase: Phase) -> Option<Self> {
        let fate = match juror.part {
            Part::Summoned => Self::Summoned,
            Part::Committed => Self::Committed,
            Part::Voted(_) => Self::Revealed,
            Part::Drawn | Part::Settled => return None,
        };
        let is_late = match fate {
            Self::Summoned => matches!(phase, Phase::Revealing | Phase::Counting | Phase::Closed),
            _ => matches!(phase, Phase::Counting | Phase::Closed),
        };
        Some(if is_late { fate.at_the_end() } else { fate })
    }

    /// What it is once the time of the draw is over.
    const fn at_the_end(self) -> Self {
        match self {
            Self::Summoned => Self::Missed,
            Self::Committed => Self::Lost,
            other => other,
        }
    }

    /// The steps from one to the other. A chain that takes a step back has it taken again, which is no other step.
    fn since(self, before: Option<Self>) -> Vec<Self> {
        let has_committed = |fate| matches!(fate, Self::Committed | Self::Revealed | Self::Lost);
        let commits = has_committed(self) && !before.is_some_and(has_committed);
        let ends = self > Self::Committed && before != Some(self);
        [commits.then_some(Self::Committed), ends.then_some(self)].into_iter().flatten().collect()
    }
}

/// What was counted so far of this node's votes.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// By case, the present draw and what has become of it; `None` before the first view.
    votes: Option<BTreeMap<B256, (u64, Fate)>>,
}

impl Figures {
    /// Takes in what the chain says.
    pub(super) fn take(&mut self, view: &View, (node, owner): (Address, Option<Address>)) {
        let open = || view.cases.iter().filter(|case| case.state == State::Open);
        let is_own = |address: &Address| *address == node || Some(*address) == owner;
        let has_own = |case: &&Case| case.challengers.iter().any(is_own);
        let bonds = open().filter(has_own).map(|case| U256::from(case.bond)).sum::<U256>();
        gauge!(CASES, "state" => "open").set(open().count() as f64);
        gauge!(BONDS).set(rounded(bonds.saturating_to()));
        for fate in self.steps(view) {
            counter!(VOTES, "fate" => fate.name()).increment(1);
        }
    }

    /// What has happened to this node's votes since the view before. What a process finds when it starts was counted by the one before.
    fn steps(&mut self, view: &View) -> Vec<Fate> {
        let is_first = self.votes.is_none();
        let votes = self.votes.get_or_insert_default();
        votes.retain(|id, _| view.case(*id).is_some());
        let mut steps = vec![];
        for case in &view.cases {
            let before = votes.get(&case.id).copied();
            if let Some((round, fate)) = before
                && round < case.draw.round
            {
                steps.extend(fate.at_the_end().since(Some(fate)));
                votes.remove(&case.id);
            }
            let Some(now) = case.mine.as_ref().and_then(|juror| Fate::of(juror, case.draw.phase)) else { continue };
            let before = before.filter(|(round, _)| *round == case.draw.round).map(|(_, fate)| fate);
            if before < Some(now) {
                steps.extend(now.since(before));
                votes.insert(case.id, (case.draw.round, now));
            }
        }
        if is_first { vec![] } else { steps }
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::court::Vote;

    use super::{super::fixtures::*, *};

    /// What is counted of a node's votes as its case goes through these draws, parts and phases.
    fn counted(course: &[(u64, Part, Phase)]) -> Vec<&'static str> {
        let mut figures = Figures::default();
        assert_eq!(figures.steps(&view(0, vec![])), [], "nothing was there before");
        let step = |(round, part, phase): &(u64, Part, Phase)| {
            let mut case = case(1, ACCUSED, 5, *phase);
            case.draw.round = *round;
            let commitment = Default::default();
            case.mine = Some(Juror { node: NODE, seats: 1, part: *part, commitment });
            figures.steps(&view(1, vec![case]))
        };
        course.iter().flat_map(step).map(Fate::name).collect()
    }

    #[test]
    fn each_vote_is_counted_once_and_by_what_has_become_of_it() {
        use Part::{Committed, Drawn, Settled, Summoned, Voted};
        use Phase::{Closed, Committing, Counting, Revealing};
        let voted = Voted(Vote::Guilty);
        let usual = [(1, Drawn, Committing), (1, Summoned, Committing), (1, Committed, Committing)];
        assert_eq!(counted(&usual), ["committed"]);
        let end = [(1, Committed, Revealing), (1, voted, Revealing), (1, voted, Counting), (1, Settled, Closed)];
        assert_eq!(counted(&[&usual[..], &end].concat()), ["committed", "revealed"]);
        // The chain takes both back.
        let again =
            [(1, voted, Revealing), (1, Summoned, Committing), (1, Committed, Committing), (1, voted, Revealing)];
        assert_eq!(counted(&again), ["committed", "revealed"]);
        assert_eq!(counted(&[(1, Committed, Committing), (1, Committed, Counting)]), ["committed", "lost"]);
        assert_eq!(counted(&[(1, Summoned, Committing), (1, Summoned, Revealing)]), ["missed"]);
        // The second draw has begun before anybody closed the first one.
        let second = [(1, Committed, Revealing), (2, Summoned, Committing), (2, Committed, Committing)];
        assert_eq!(counted(&second), ["committed", "lost", "committed"]);
        assert_eq!(counted(&[(1, Drawn, Committing), (1, Drawn, Closed)]), [""; 0], "nobody had summoned it");
    }

    #[test]
    fn what_was_there_at_the_start_is_not_counted_again() {
        let mut figures = Figures::default();
        let mut case = case(1, ACCUSED, 5, Phase::Revealing);
        case.mine = Some(Juror { node: NODE, seats: 1, part: Part::Committed, commitment: Default::default() });
        assert_eq!(figures.steps(&view(1, vec![case.clone()])), []);
        case.mine = case.mine.map(|mine| Juror { part: Part::Voted(Vote::Innocent), ..mine });
        assert_eq!(figures.steps(&view(2, vec![case])), [Fate::Revealed]);
    }
}
