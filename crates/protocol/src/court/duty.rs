//! The planner: what a node does next before the court, by what the chain says and what the node remembers.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};

use super::{
    Book, Case, Part, Phase, View, Vote,
    case::{Declaration, Settlement},
    upkeep::lapses,
};

/// At most this many nodes are summoned in one transaction.
pub const MOST_SUMMONED: usize = 64;
/// At most this many nodes are written down again by one node at once, each in one transaction.
pub const MOST_CORRECTED: usize = 8;
/// At most this many manifests of a node are written down again in one transaction.
const MOST_MANIFESTS: usize = 16;
/// A step that anybody may take is this part of an epoch away from one node to the next one.
const TURNS: u64 = 32;
/// But at most this many seconds.
const LONGEST_TURN: u64 = 60;

/// Who plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The node key's address.
    pub node: Address,
    /// The node's owner.
    pub owner: Address,
    /// The manifests of which this node can examine answers; `None` while that is not known, such as before its engine has started.
    pub examines: Option<BTreeSet<B256>>,
    /// Whether it serves on juries: false of a coordinator, and of a miner whose operator does not want it.
    pub takes_part: bool,
}

/// What to do. Every step but [`Step::Gather`], [`Step::Abstain`] and [`Step::Publish`] is one transaction of the node's key; those three
/// change the [`Book`], after which the same view is planned again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Reveal the ballot in the book.
    Reveal {
        /// The case.
        case: B256,
        /// The number of the draw.
        round: u64,
    },
    /// Commit to the ballot in the book, which is on disk.
    Commit {
        /// The case.
        case: B256,
        /// The number of the draw.
        round: u64,
    },
    /// Write down a ballot with the vote [`Vote::Unavailable`]: the evidence cannot be had in time, and silence would cost the same.
    Abstain {
        /// The case.
        case: B256,
        /// The number of the draw.
        round: u64,
    },
    /// Fetch the evidence, verify and examine it, judge, and write down the ballot. This is work that may take long: it is planned at
    /// every block until there is a ballot. Where a part of the evidence cannot be had, [`Book::note_missing`], and try again.
    Gather {
        /// The case.
        case: B256,
        /// The number of the draw.
        round: u64,
        /// From this time on a ballot comes too late, in seconds since the Unix epoch.
        until: u64,
    },
    /// Record the seed of the case's draw; of several cases with the same round only one is named.
    RecordSeed {
        /// The case.
        case: B256,
        /// The round of the source of randomness.
        source_round: u64,
    },
    /// Have the court write down who has to vote.
    Summon {
        /// The case.
        case: B256,
        /// Who holds seats and was not summoned, at most [`MOST_SUMMONED`].
        nodes: Vec<Address>,
    },
    /// Hand the bundles that this node has for the case's receipts to the boards where jurors look for them, and
    /// [`Book::note_published`] once that is done, or if there are none.
    Publish {
        /// The case.
        case: B256,
        /// How often the case was opened.
        attempt: u64,
    },
    /// Have the votes counted.
    Resolve {
        /// The case.
        case: B256,
    },
    /// Have a juror paid or docked.
    SettleJuror {
        /// The case.
        case: B256,
        /// The number of the draw.
        round: u64,
        /// The juror.
        juror: Address,
    },
    /// Get what a closed case has left of this node's bond.
    Withdraw {
        /// The case.
        case: B256,
    },
    /// Offer the node for juries over these models.
    Declare {
        /// The manifests.
        manifests: Vec<B256>,
    },
    /// Record the node's stake again behind models that it has declared.
    Refresh {
        /// The manifests.
        manifests: Vec<B256>,
    },
    /// Take the node out of juries over these models.
    Undeclare {
        /// The manifests.
        manifests: Vec<B256>,
    },
    /// Write down again what another node has behind models that it has declared: what is recorded of it stands no longer.
    Correct {
        /// The node.
        node: Address,
        /// The manifests.
        manifests: Vec<B256>,
    },
}

/// What a node does now: steps with a deadline first, the nearest one before the others.
pub fn plan(view: &View, me: &Me, book: &Book) -> Vec<Step> {
    let mut planned: Vec<(u64, Step)> = vec![];
    let mut recorded = BTreeSet::new();
    for case in &view.cases {
        let planner = Planner { view, case, me, book };
        for (until, step) in planner.steps() {
            match step {
                Step::RecordSeed { source_round, .. } if !recorded.insert(source_round) => {}
                step => planned.push((until.unwrap_or(u64::MAX), step)),
            }
        }
    }
    let others = corrections(view);
    planned.extend(declarations(view, me).into_iter().chain(others).map(|step| (u64::MAX, step)));
    planned.sort();
    planned.into_iter().map(|(_, step)| step).collect()
}

/// What a node does about its declarations.
pub fn declarations(view: &View, me: &Me) -> Vec<Step> {
    let none = BTreeSet::new();
    let wanted = match &me.examines {
        _ if !me.takes_part => &none,
        Some(manifests) => manifests,
        None => return vec![],
    };
    let standing = &view.standing;
    let (mut declare, mut refresh) = (vec![], vec![]);
    if standing.stake > 0 {
        for manifest in wanted {
            match standing.declared.get(manifest) {
                None => declare.push(*manifest),
                Some(declaration) if is_stale(view, declaration) => refresh.push(*manifest),
                Some(_) => {}
            }
        }
    }
    let undeclare: Vec<_> = standing.declared.keys().filter(|manifest| !wanted.contains(*manifest)).copied().collect();
    let steps = [
        Step::Declare { manifests: declare },
        Step::Refresh { manifests: refresh },
        Step::Undeclare { manifests: undeclare },
    ];
    let is_something = |step: &Step| match step {
        Step::Declare { manifests } | Step::Refresh { manifests } | Step::Undeclare { manifests } => {
            !manifests.is_empty()
        }
        _ => true,
    };
    steps.into_iter().filter(is_something).collect()
}

/// What a node does about records of others that it has looked at.
fn corrections(view: &View) -> Vec<Step> {
    let mut lapsed: BTreeMap<Address, BTreeSet<B256>> = BTreeMap::new();
    for record in view.records.iter().filter(|record| lapses(view, record)) {
        lapsed.entry(record.node).or_default().insert(record.manifest);
    }
    let correct = |(node, manifests): (Address, BTreeSet<B256>)| Step::Correct {
        node,
        manifests: manifests.into_iter().take(MOST_MANIFESTS).collect(),
    };
    lapsed.into_iter().take(MOST_CORRECTED).map(correct).collect()
}

/// Whether a record is worth a transaction: half of its time is over, or the stake is another one by a tenth.
fn is_stale(view: &View, declaration: &Declaration) -> bool {
    let age = view.clock().epoch().saturating_sub(declaration.epoch);
    let (stake, recorded) = (U256::from(view.standing.stake), U256::from(declaration.stake));
    let (nine, ten, eleven) = (U256::from(9), U256::from(10), U256::from(11));
    let differs = stake * ten >= recorded * eleven || stake * ten <= recorded * nine;
    age >= (view.rules.validity / 2).max(1) || age > 0 && differs
}

/// Whether it is a node's turn to summon jurors of a case, so that it has to know who was drawn.
pub fn summons(view: &View, case: &Case, me: &Me) -> bool {
    let book = Book::default();
    let planner = Planner { view, case, me, book: &book };
    let half = planner.start() + view.rules.epoch_seconds / 2;
    case.draw.phase == Phase::Committing && view.now < half && planner.turn(Kind::Summon, case.draw.seed_at, half)
}

/// The steps that anybody may take, as they are ranked.
#[derive(Clone, Copy)]
enum Kind {
    Seed = 1,
    Summon = 2,
    Resolve = 3,
    Settle = 4,
}

/// A step, and when it is too late for it.
type Planned = (Option<u64>, Step);

/// One case, as one node plans it.
struct Planner<'a> {
    view: &'a View,
    case: &'a Case,
    me: &'a Me,
    book: &'a Book,
}

impl Planner<'_> {
    fn steps(&self) -> Vec<Planned> {
        let (case, id, now) = (self.case, self.case.id, self.view.now);
        let mut steps = vec![];
        match case.draw.phase {
            Phase::Seed => {
                let half = self.start() + self.view.rules.epoch_seconds / 2;
                if now >= case.draw.seed_at && self.turn(Kind::Seed, case.draw.seed_at, half) {
                    steps.push((Some(half), Step::RecordSeed { case: id, source_round: case.draw.source_round }));
                }
            }
            Phase::Committing => {
                steps.extend(self.vote());
                steps.extend(self.summon());
            }
            Phase::Revealing => steps.extend(self.reveal()),
            Phase::Counting => {
                let start = self.view.clock().start_of(case.draw.epoch + 2);
                if self.turn(Kind::Resolve, start, start + self.view.rules.epoch_seconds) {
                    steps.push((None, Step::Resolve { case: id }));
                }
            }
            Phase::Drawing | Phase::Closed => {}
        }
        let is_to_be_read = matches!(case.draw.phase, Phase::Drawing | Phase::Seed | Phase::Committing);
        if is_to_be_read && !self.book.is_published(id, case.attempt()) {
            steps.push((case.draw.until, Step::Publish { case: id, attempt: case.attempt() }));
        }
        if case.owed > 0 {
            steps.push((None, Step::Withdraw { case: id }));
        }
        steps.extend(self.settle());
        steps
    }

    /// When the epoch of the draw begins.
    fn start(&self) -> u64 {
        self.view.clock().start_of(self.case.draw.epoch)
    }

    /// This node's own vote, while votes are committed.
    fn vote(&self) -> Option<Planned> {
        let (case, id, round) = (self.case, self.case.id, self.case.draw.round);
        let mine = case.mine.as_ref().filter(|_| !case.is_party(self.me.owner))?;
        // Who was not summoned and stays silent pays nothing; a vote that says nothing may lose.
        let is_summoned = match mine.part {
            Part::Drawn => false,
            Part::Summoned => true,
            Part::Committed | Part::Voted(_) | Part::Settled => return None,
        };
        let seconds = self.view.rules.epoch_seconds;
        let end = self.start() + seconds;
        let step = match self.book.ballot(id, round) {
            Some(ballot) if is_summoned || ballot.vote != Vote::Unavailable => Step::Commit { case: id, round },
            Some(_) => return None,
            None => {
                // What is missing can come until two thirds of the time; who has come late has a little more.
                let in_vain = self.book.is_missing(id, round) && self.view.now >= end - seconds / 3;
                let is_late = in_vain || self.view.now >= end - seconds / 6;
                match is_summoned && (is_late || !self.me.takes_part) {
                    true => Step::Abstain { case: id, round },
                    false if self.me.takes_part => Step::Gather { case: id, round, until: end },
                    false => return None,
                }
            }
        };
        Some((Some(end), step))
    }

    fn reveal(&self) -> Option<Planned> {
        let (case, id, round) = (self.case, self.case.id, self.case.draw.round);
        let mine = case.mine.as_ref().filter(|mine| mine.part == Part::Committed && !case.is_party(self.me.owner))?;
        let ballot = self.book.ballot(id, round)?;
        let fits = ballot.fits(id, round, self.me.node, &mine.commitment);
        fits.then_some((case.draw.until, Step::Reveal { case: id, round }))
    }

    fn summon(&self) -> Option<Planned> {
        if self.case.absent.is_empty() || !summons(self.view, self.case, self.me) {
            return None;
        }
        let nodes = self.case.absent.iter().take(MOST_SUMMONED).map(|juror| juror.node).collect();
        let half = self.start() + self.view.rules.epoch_seconds / 2;
        Some((Some(half), Step::Summon { case: self.case.id, nodes }))
    }

    /// Who is paid comes for it itself. Who is docked does not: it is settled by one node after another.
    fn settle(&self) -> Vec<Planned> {
        let id = self.case.id;
        let takes_turn = !self.case.unsettled.is_empty() && self.takes_turn();
        let is_due = |node: Address, due: Settlement| match due {
            Settlement::Paid => node == self.me.node,
            Settlement::Docked => takes_turn,
        };
        let due = self.case.unsettled.iter().filter(|unsettled| is_due(unsettled.node, unsettled.due));
        due.map(|unsettled| (None, Step::SettleJuror { case: id, round: unsettled.round, juror: unsettled.node }))
            .collect()
    }

    /// Seconds from one node's turn to that of the next one.
    fn turn_seconds(&self) -> u64 {
        (self.view.rules.epoch_seconds / TURNS).clamp(1, LONGEST_TURN)
    }

    /// This node's place among those that follow the case, for a kind of step, and how many those are: by a hash, so that the first
    /// one is another one each time. A node that neither stands behind the manifest nor is a challenger comes after all of them.
    fn rank(&self, kind: Kind) -> (u64, u64) {
        let case = self.case;
        let place = |node: &Address| {
            keccak256((case.id, U256::from(case.draw.round), U256::from(kind as u8), *node).abi_encode())
        };
        let followers: BTreeSet<&Address> = case.panel.iter().chain(&case.challengers).collect();
        let count = followers.len() as u64;
        if !followers.contains(&self.me.node) {
            return (count, count);
        }
        let own = place(&self.me.node);
        (followers.into_iter().filter(|node| place(node) < own).count() as u64, count)
    }

    /// Whether it is this node's turn to take a step that anybody may take from `start` to `end`. The first one acts at once, each
    /// other one a turn later unless the step was taken, and everybody in the last quarter of the time.
    fn turn(&self, kind: Kind, start: u64, end: u64) -> bool {
        let last = end.saturating_sub(start) / 4 * 3;
        let (rank, _) = self.rank(kind);
        self.view.now >= start.saturating_add(rank.saturating_mul(self.turn_seconds()).min(last))
    }

    /// Whether it is this node's turn for what has no deadline: one node after another, round and round.
    fn takes_turn(&self) -> bool {
        let (rank, count) = self.rank(Kind::Settle);
        self.view.now / self.turn_seconds() % count.max(1) == rank
    }
}
