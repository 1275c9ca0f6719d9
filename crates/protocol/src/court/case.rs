//! What the chain says of the court as of one block: its rules, the cases that somebody has something to do about, and this node's part.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, FixedBytes};

use super::{COMMITMENT_BYTES, Clock, Outcome, Part, Phase, State, Tally, Vote, WIDENING};

/// What never changes in a court.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Length of an epoch, in seconds.
    pub epoch_seconds: u64,
    /// Expected seats of a first draw.
    pub seats: u64,
    /// Epochs for which the record of a declaration counts.
    pub validity: u64,
    /// Seconds after a ticket's deadline in which its receipt can be disputed.
    pub window: u64,
}

/// The court as of one block, as one node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The block's number.
    pub block: u64,
    /// Its hash.
    pub block_hash: B256,
    /// Its time, in seconds since the Unix epoch.
    pub now: u64,
    /// The court's rules.
    pub rules: Rules,
    /// What this node stands for.
    pub standing: Standing,
    /// Records of other nodes that stand no longer; read only where it is this node's turn to have them written down again, see
    /// [`super::keeps`], and empty otherwise.
    pub records: Vec<Record>,
    /// The cases that are open, and closed ones that still owe somebody something, by id.
    pub cases: Vec<Case>,
}

impl View {
    /// The court's clock at this block.
    pub const fn clock(&self) -> Clock {
        Clock { now: self.now, epoch_seconds: self.rules.epoch_seconds, seats: self.rules.seats }
    }

    /// A case by its id.
    pub fn case(&self, id: B256) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }
}

/// What a node stands for as a juror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Own stake of an active miner, in base units; 0 of every other node.
    pub stake: u128,
    /// The manifests that it has declared.
    pub declared: BTreeMap<B256, Declaration>,
}

/// What is written down of a node and a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The epoch in which its stake was recorded last.
    pub epoch: u64,
    /// That stake, in base units.
    pub stake: u128,
}

/// What is written down of another node behind one of its manifests, and what it really has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The node.
    pub node: Address,
    /// The manifest.
    pub manifest: B256,
    /// Own stake of an active miner, in base units; 0 of every other node.
    pub stake: u128,
    /// What is written down.
    pub declaration: Declaration,
}

/// One dispute over 1 to 32 receipts of one miner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: B256,
    /// Whether it is open, and how it ended.
    pub state: State,
    /// The miner that signed the receipts.
    pub accused: Address,
    /// The challengers of the present attempt, in the order in which they came.
    pub challengers: Vec<Address>,
    /// The challengers, their owners and the accused's owner: none of their nodes sits on the jury.
    pub parties: BTreeSet<Address>,
    /// The epoch in which it was opened last.
    pub opened: u64,
    /// What each challenger has posted, in base units.
    pub bond: u128,
    /// What a juror pays by the seat, in base units.
    pub dock: u128,
    /// The manifest whose miners are drawn; zero for those of all manifests.
    pub manifest: B256,
    /// The epoch whose records say who can be drawn.
    pub records: u64,
    /// Digests of the receipts, ascending.
    pub receipts: Vec<B256>,
    /// Digests of the tickets, in the order of the receipts.
    pub tickets: Vec<B256>,
    /// References to evidence that challengers and others have announced, without zeros.
    pub evidence: Vec<B256>,
    /// The draw whose time it is, or the last one of a closed case.
    pub draw: Draw,
    /// Who was summoned or has committed in this draw.
    pub jurors: Vec<Juror>,
    /// This node's seats in this draw, if it has any.
    pub mine: Option<Juror>,
    /// The nodes that stand behind the manifest, as far as the events tell: among them are all that can be drawn.
    pub panel: BTreeSet<Address>,
    /// Who holds seats of this draw and was neither summoned nor has committed; read only where it is this node's turn to summon, see
    /// [`super::summons`], and empty otherwise.
    pub absent: Vec<Juror>,
    /// Jurors of closed draws that are to be paid or docked.
    pub unsettled: Vec<Unsettled>,
    /// What this node can withdraw as a challenger, in base units.
    pub owed: u128,
}

impl Case {
    /// How often it was opened: a void case can be opened again.
    pub const fn attempt(&self) -> u64 {
        self.draw.round.div_ceil(2)
    }

    /// Whether nodes of this owner are kept out of the jury.
    pub fn is_party(&self, owner: Address) -> bool {
        self.parties.contains(&owner)
    }
}

/// One draw of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Its number, counted over all attempts: odd for a first draw, even for a second one.
    pub round: u64,
    /// Its epoch, in which jurors commit.
    pub epoch: u64,
    /// What the case waits for.
    pub phase: Phase,
    /// When the phase ends, in seconds since the Unix epoch, where that is fixed.
    pub until: Option<u64>,
    /// The seats that have revealed a vote.
    pub tally: Tally,
    /// What it has brought, once it is closed.
    pub outcome: Outcome,
    /// The round of the source of randomness that seeds it.
    pub source_round: u64,
    /// When that round has a value, in seconds since the Unix epoch.
    pub seed_at: u64,
    /// What a seat of the winning side gets once it is closed, in base units.
    pub reward: u128,
}

impl Draw {
    /// Whether it is the first draw of its attempt.
    pub const fn is_first(&self) -> bool {
        super::is_first(self.round)
    }

    /// Expected seats.
    pub const fn seats(&self, rules: &Rules) -> u64 {
        if self.is_first() { rules.seats } else { rules.seats * WIDENING }
    }
}

/// A juror's part in a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Juror {
    /// Its node key's address.
    pub node: Address,
    /// Seats that it holds.
    pub seats: u64,
    /// What the court has written down of it.
    pub part: Part,
    /// Its commitment, zero before it has committed.
    pub commitment: FixedBytes<COMMITMENT_BYTES>,
}

/// What a closed draw does to a juror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settlement {
    /// Its owner gets a reward.
    Paid,
    /// Its owner's stake is docked.
    Docked,
}

impl Settlement {
    /// What a draw with this outcome does to a juror with this part; `reward` and `dock` are by the seat. `None` where nothing is moved,
    /// and of draws that are not closed.
    pub const fn of(part: Part, outcome: Outcome, reward: u128, dock: u128) -> Option<Self> {
        let (wins, loses) = match (part, outcome) {
            (Part::Drawn | Part::Settled, _) | (_, Outcome::Pending) => return None,
            (Part::Summoned | Part::Committed, _) => (false, true),
            (Part::Voted(Vote::Guilty), Outcome::Guilty)
            | (Part::Voted(Vote::Innocent), Outcome::Innocent)
            | (Part::Voted(Vote::Unavailable), Outcome::Unavailable) => (true, false),
            (Part::Voted(_), Outcome::Guilty | Outcome::Innocent) => (false, true),
            (Part::Voted(_), Outcome::None | Outcome::Unavailable) => (false, false),
        };
        if wins && reward > 0 {
            return Some(Self::Paid);
        }
        if loses && dock > 0 { Some(Self::Docked) } else { None }
    }
}

/// A juror of a closed draw that is to be paid or docked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The number of the draw.
    pub round: u64,
    /// The juror.
    pub node: Address,
    /// Its seats.
    pub seats: u64,
    /// What it gets.
    pub due: Settlement,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_votes_that_are_paid_or_docked_are_worth_a_transaction() {
        let moved = |outcome, reward, dock| {
            let votes = Vote::ALL.map(Part::Voted);
            [Part::Summoned, Part::Committed].into_iter().chain(votes).map(move |part| {
                match Settlement::of(part, outcome, reward, dock) {
                    None => '-',
                    Some(Settlement::Paid) => 'p',
                    Some(Settlement::Docked) => 'd',
                }
            })
        };
        let moved = |outcome, reward, dock| moved(outcome, reward, dock).collect::<String>();
        assert_eq!(moved(Outcome::Pending, 0, 0), "-----", "the draw is not closed");
        assert_eq!(moved(Outcome::None, 0, 9), "dd---");
        assert_eq!(moved(Outcome::Guilty, 9, 9), "ddpdd");
        assert_eq!(moved(Outcome::Innocent, 9, 0), "---p-", "nobody is docked");
        assert_eq!(moved(Outcome::Unavailable, 9, 9), "dd--p");
        assert_eq!(moved(Outcome::Guilty, 0, 9), "dd-dd", "nothing was left for the winners");
        for part in [Part::Drawn, Part::Settled] {
            assert_eq!(Settlement::of(part, Outcome::Guilty, 9, 9), None);
        }
    }
}
