//! The court as a small model of the contracts: what each function requires, and what it changes.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{FixedBytes, keccak256},
    sol_types::SolValue,
};
use cuckoo_protocol::{
    Address, B256, U256,
    court::{
        Book, COMMITMENT_BYTES, Case, Course, Declaration, Draw, Juror, MOST_SUMMONED, Me, Outcome, Part, Phase,
        Record, Rules, Settlement, Standing, State, Step, Tally, Unsettled, View, Vote, keeper, keeps, lapses, summons,
    },
};

/// What a seat pays that has to, and what one gets, in base units.
const DOCK: u128 = 100;
const REWARD: u128 = 10;

/// What the court keeps of a juror in a draw.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) seats: u64,
    pub(crate) part: Part,
    /// What it has revealed, also after it was settled.
    pub(crate) vote: Option<Vote>,
    commitment: FixedBytes<COMMITMENT_BYTES>,
}

/// A case as the court keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub(crate) id: B256,
    pub(crate) accused: Address,
    pub(crate) challengers: Vec<Address>,
    parties: BTreeSet<Address>,
    pub(crate) opened: u64,
    pub(crate) state: State,
    round: u64,
    pub(crate) ballots: BTreeMap<(u64, Address), Written>,
    outcomes: BTreeMap<u64, Outcome>,
    pub(crate) owed: BTreeMap<Address, u128>,
    /// By node its stake that counts.
    weights: BTreeMap<Address, u64>,
}

impl Filed {
    pub(crate) fn is_party(&self, owner: &Address) -> bool {
        self.parties.contains(owner)
    }

    pub(crate) fn draw_epoch(&self, round: u64) -> u64 {
        self.opened + if round % 2 == 1 { 1 } else { 4 }
    }

    /// The largest part of the expected seats of a draw that these nodes hold together.
    pub(crate) fn dishonest_part(&self, nodes: &BTreeSet<Address>) -> f64 {
        let part = |round: u64| {
            let seats = nodes.iter().map(|node| self.seats(round, node, &Address::ZERO)).sum::<u64>();
            seats as f64 / expected(round) as f64
        };
        part(1).max(part(2))
    }

    /// Seats that a draw gives to a node.
    fn seats(&self, round: u64, node: &Address, owner: &Address) -> u64 {
        if self.is_party(owner) {
            return 0;
        }
        let total: u64 = self.weights.values().sum();
        let weight = self.weights.get(node).copied().unwrap_or(0);
        let holds = |seat: &u64| {
            let hash = keccak256((self.id, U256::from(round), *node, U256::from(*seat)).abi_encode());
            u64::from_be_bytes(hash[..8].try_into().expect("8 bytes")) % total < weight
        };
        (0..expected(round)).filter(holds).count() as u64
    }

    fn tally(&self, round: u64) -> Tally {
        let of = |vote: Vote| {
            let ballots = self.ballots.iter().filter(|((of, _), ballot)| *of == round && ballot.vote == Some(vote));
            ballots.map(|(_, ballot)| ballot.seats).sum()
        };
        Tally { guilty: of(Vote::Guilty), innocent: of(Vote::Innocent), unavailable: of(Vote::Unavailable) }
    }

    /// Written by the contract's text, not by the calendar's.
    fn decide(&self, round: u64) -> Outcome {
        let Tally { guilty, innocent, unavailable } = self.tally(round);
        let judged = guilty + innocent;
        if 3 * unavailable >= expected(round) {
            Outcome::Unavailable
        } else if 2 * (judged + unavailable) < expected(round) {
            Outcome::None
        } else if 3 * guilty >= 2 * judged {
            Outcome::Guilty
        } else if 3 * innocent >= 2 * judged {
            Outcome::Innocent
        } else {
            Outcome::None
        }
    }

    fn current_round(&self, epoch: u64) -> u64 {
        let over = self.round % 2 == 1 && epoch > self.draw_epoch(self.round) + 1;
        if over && self.decide(self.round) == Outcome::None { self.round + 1 } else { self.round }
    }
}

const fn expected(round: u64) -> u64 {
    if round % 2 == 1 { 31 } else { 93 }
}

/// A juror that paid.
#[derive(Clone, Debug)]
pub(crate) struct Docked {
    pub(crate) case: B256,
    pub(crate) round: u64,
    pub(crate) node: Address,
}

/// The court and the registry as of a block.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) rules: Rules,
    pub(crate) cases: BTreeMap<B256, Filed>,
    pub(crate) owners: BTreeMap<Address, Address>,
    pub(crate) stakes: BTreeMap<Address, u128>,
    declared: BTreeMap<Address, BTreeMap<B256, Declaration>>,
    pub(crate) seeds: BTreeSet<u64>,
    pub(crate) docked: Vec<Docked>,
    /// Nodes of which others have written down again what they have.
    pub(crate) corrected: Vec<Address>,
    pub(crate) paid: u64,
    pub(crate) sent: u64,
    /// Transactions that changed nothing.
    pub(crate) wasted: u64,
}

impl Model {
    pub(crate) fn new(rules: Rules, owners: BTreeMap<Address, Address>, stakes: BTreeMap<Address, u128>) -> Self {
        Self {
            rules,
            cases: BTreeMap::new(),
            owners,
            stakes,
            declared: BTreeMap::new(),
            seeds: BTreeSet::new(),
            docked: vec![],
            corrected: vec![],
            paid: 0,
            sent: 0,
            wasted: 0,
        }
    }

    /// Opens a case in the epoch of `now`. Every node stands behind its manifest with its stake of now.
    pub(crate) fn open(&mut self, now: u64, id: B256, accused: Address, challenger: Address) {
        let epoch = now / self.rules.epoch_seconds;
        let weights = self.stakes.iter().map(|(node, stake)| (*node, *stake as u64)).collect();
        let case = Filed {
            id,
            accused,
            challengers: vec![],
            parties: BTreeSet::new(),
            opened: epoch,
            state: State::Open,
            round: 1,
            ballots: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            owed: BTreeMap::new(),
            weights,
        };
        self.cases.insert(id, case);
        self.join(id, challenger);
        let owner = self.owner(&accused);
        self.cases.get_mut(&id).expect("opened").parties.insert(owner);
    }

    pub(crate) fn join(&mut self, id: B256, challenger: Address) {
        let owner = self.owner(&challenger);
        let case = self.cases.get_mut(&id).expect("opened");
        if !case.challengers.contains(&challenger) {
            case.challengers.push(challenger);
            case.parties.extend([challenger, owner]);
        }
    }

    fn owner(&self, node: &Address) -> Address {
        self.owners.get(node).copied().unwrap_or(*node)
    }

    /// Takes a step, or says why the contracts would not.
    pub(crate) fn apply(&mut self, now: u64, me: &Me, step: &Step, book: &Book) -> Result<(), String> {
        match step {
            Step::Gather { .. } | Step::Abstain { .. } | Step::Publish { .. } => Ok(()),
            Step::RecordSeed { source_round, .. } => self.record_seed(now, *source_round),
            Step::Summon { case, nodes } => self.summon(now, *case, nodes),
            Step::Commit { case, round } => self.commit(now, me, *case, *round, book),
            Step::Reveal { case, round } => self.reveal(now, me, *case, *round, book),
            Step::Resolve { case } => self.resolve(now, *case),
            Step::SettleJuror { case, round, juror } => self.settle(*case, *round, *juror),
            Step::Withdraw { case } => {
                let owed = self.cases.get_mut(case).and_then(|case| case.owed.remove(&me.node));
                owed.map(|_| ()).ok_or_else(|| "NothingToWithdraw".to_owned())
            }
            Step::Declare { manifests } | Step::Refresh { manifests } => {
                let stake = self.stakes.get(&me.node).copied().filter(|stake| *stake > 0).ok_or("NotAnActiveMiner")?;
                let declared = self.declared.entry(me.node).or_default();
                for manifest in manifests {
                    let is_known = declared.contains_key(manifest);
                    if is_known != matches!(step, Step::Refresh { .. }) {
                        return Err("NotDeclared, or declared for nothing".to_owned());
                    }
                    let epoch = now / self.rules.epoch_seconds;
                    declared.insert(*manifest, Declaration { epoch, stake });
                }
                Ok(())
            }
            Step::Undeclare { manifests } => {
                let declared = self.declared.entry(me.node).or_default();
                let known = manifests.iter().all(|manifest| declared.remove(manifest).is_some());
                if known { Ok(()) } else { Err("NotDeclared".to_owned()) }
            }
            Step::Correct { node, manifests } => self.correct(now, *node, manifests),
        }
    }

    fn correct(&mut self, now: u64, node: Address, manifests: &[B256]) -> Result<(), String> {
        let stake = self.stakes.get(&node).copied().unwrap_or(0);
        let recorded = Declaration { epoch: now / self.rules.epoch_seconds, stake };
        let declared = self.declared.entry(node).or_default();
        let before = declared.clone();
        for manifest in manifests {
            *declared.get_mut(manifest).ok_or("NotDeclared")? = recorded;
        }
        // The contract takes it, but nobody should pay for nothing.
        if *declared == before {
            return Err("nothing was corrected".to_owned());
        }
        self.corrected.push(node);
        Ok(())
    }

    /// The records of others that a node would find lapsed, if it is its turn.
    fn lapsed(&self, view: &View, node: Address) -> Vec<Record> {
        let epoch = view.clock().epoch();
        let counts =
            |declaration: &Declaration| declaration.stake > 0 && declaration.epoch + self.rules.validity > epoch;
        let stands = |(_, declared): &(&Address, &BTreeMap<B256, Declaration>)| declared.values().any(counts);
        let standing: BTreeSet<Address> = self.declared.iter().filter(stands).map(|(node, _)| *node).collect();
        if !keeper(epoch, node, &standing).is_some_and(|place| keeps(view, place)) {
            return vec![];
        }
        let others = self.declared.iter().filter(|(other, _)| **other != node);
        let records = others.flat_map(|(node, declared)| {
            let stake = self.stakes.get(node).copied().unwrap_or(0);
            let record = move |(manifest, declaration): (&B256, &Declaration)| Record {
                node: *node,
                manifest: *manifest,
                stake,
                declaration: *declaration,
            };
            declared.iter().map(record)
        });
        records.filter(|record| lapses(view, record)).collect()
    }

    fn record_seed(&mut self, now: u64, source_round: u64) -> Result<(), String> {
        if now < source_round {
            return Err("no block has this time yet".to_owned());
        }
        self.seeds.insert(source_round).then_some(()).ok_or_else(|| "recorded already".to_owned())
    }

    fn case(&mut self, id: B256) -> Result<&mut Filed, String> {
        self.cases.get_mut(&id).filter(|case| case.state == State::Open).ok_or_else(|| "NotOpen".to_owned())
    }

    /// The draw of this epoch; closes a first draw that is over.
    fn enter(&mut self, now: u64, id: B256) -> Result<u64, String> {
        let seconds = self.rules.epoch_seconds;
        let seeds = self.seeds.clone();
        let case = self.case(id)?;
        let round = case.current_round(now / seconds);
        if now / seconds != case.draw_epoch(round) {
            return Err("NotCommitPhase".to_owned());
        }
        if !seeds.contains(&(case.draw_epoch(round) * seconds)) {
            return Err("SeedUnknown".to_owned());
        }
        if round != case.round {
            case.outcomes.insert(case.round, Outcome::None);
            case.round = round;
        }
        Ok(round)
    }

    fn summon(&mut self, now: u64, id: B256, nodes: &[Address]) -> Result<(), String> {
        let seconds = self.rules.epoch_seconds;
        if now % seconds >= seconds / 2 {
            return Err("NotSummonPhase".to_owned());
        }
        let round = self.enter(now, id)?;
        assert!(nodes.len() <= MOST_SUMMONED);
        let owners = self.owners.clone();
        let case = self.case(id)?;
        let mut count = 0;
        for node in nodes {
            let seats = case.seats(round, node, &owners[node]);
            if case.ballots.contains_key(&(round, *node)) || seats == 0 {
                continue;
            }
            let written = Written { seats, part: Part::Summoned, vote: None, commitment: FixedBytes::ZERO };
            case.ballots.insert((round, *node), written);
            count += 1;
        }
        // The contract takes it, but nobody should pay for nothing.
        if count == 0 { Err("nobody was summoned".to_owned()) } else { Ok(()) }
    }

    fn commit(&mut self, now: u64, me: &Me, id: B256, round: u64, book: &Book) -> Result<(), String> {
        let at = self.enter(now, id)?;
        let owner = self.owner(&me.node);
        let case = self.case(id)?;
        let ballot = book.ballot(id, round).ok_or("no ballot")?;
        let seats = case.seats(at, &me.node, &owner);
        let written = case.ballots.get(&(at, me.node));
        if written.is_some_and(|written| written.part != Part::Summoned) {
            return Err("AlreadyCommitted".to_owned());
        }
        if at != round || case.is_party(&owner) || seats == 0 {
            return Err("NotJuror".to_owned());
        }
        let commitment = FixedBytes::from_slice(&ballot.commitment(id, round, me.node)[..COMMITMENT_BYTES]);
        case.ballots.insert((at, me.node), Written { seats, part: Part::Committed, vote: None, commitment });
        Ok(())
    }

    fn reveal(&mut self, now: u64, me: &Me, id: B256, round: u64, book: &Book) -> Result<(), String> {
        let epoch = now / self.rules.epoch_seconds;
        let owner = self.owner(&me.node);
        let case = self.case(id)?;
        if epoch != case.draw_epoch(case.round) + 1 || round != case.round {
            return Err("NotRevealPhase".to_owned());
        }
        let is_party = case.is_party(&owner);
        let written = case.ballots.get_mut(&(round, me.node)).filter(|written| written.part == Part::Committed);
        let written = written.ok_or("NothingToReveal")?;
        let ballot = book.ballot(id, round).ok_or("no ballot")?;
        if is_party || !ballot.fits(id, round, me.node, &written.commitment) {
            return Err("BadReveal, or NotJuror".to_owned());
        }
        (written.part, written.vote) = (Part::Voted(ballot.vote), Some(ballot.vote));
        Ok(())
    }

    fn resolve(&mut self, now: u64, id: B256) -> Result<(), String> {
        let epoch = now / self.rules.epoch_seconds;
        let case = self.case(id)?;
        let mut round = case.round;
        if epoch <= case.draw_epoch(round) + 1 {
            return Err("NotOver".to_owned());
        }
        let outcome = case.decide(round);
        if outcome == Outcome::None && round % 2 == 1 {
            case.outcomes.insert(round, Outcome::None);
            round += 1;
            case.round = round;
            if epoch <= case.draw_epoch(round) + 1 {
                return Ok(());
            }
        }
        case.outcomes.insert(round, outcome);
        case.state = match outcome {
            Outcome::Guilty => State::Guilty,
            Outcome::Innocent => State::Innocent,
            Outcome::Pending | Outcome::None | Outcome::Unavailable => State::Void,
        };
        if case.state != State::Innocent {
            case.owed = case.challengers.iter().map(|challenger| (*challenger, 1)).collect();
        }
        Ok(())
    }

    fn settle(&mut self, id: B256, round: u64, node: Address) -> Result<(), String> {
        let case = self.cases.get_mut(&id).ok_or("no such case")?;
        let outcome = case.outcomes.get(&round).copied().ok_or("NotOver")?;
        let written = case.ballots.get_mut(&(round, node)).filter(|written| written.part != Part::Settled);
        let written = written.ok_or("NothingToSettle")?;
        let due = Settlement::of(written.part, outcome, REWARD, DOCK).ok_or("nothing is moved")?;
        written.part = Part::Settled;
        match due {
            Settlement::Paid => self.paid += 1,
            Settlement::Docked => self.docked.push(Docked { case: id, round, node }),
        }
        Ok(())
    }

    /// What the reader of the chain would say to a node.
    pub(crate) fn view(&self, now: u64, block: u64, node: Address) -> View {
        let standing = Standing {
            stake: self.stakes.get(&node).copied().unwrap_or(0),
            declared: self.declared.get(&node).cloned().unwrap_or_default(),
        };
        let hash = keccak256(block.to_be_bytes());
        let mut view =
            View { block, block_hash: hash, now, rules: self.rules, standing, records: vec![], cases: vec![] };
        view.records = self.lapsed(&view, node);
        let cases = self.cases.values().map(|case| self.seen(&view, case, node)).collect();
        view.cases = cases;
        let worth = |case: &Case| case.state == State::Open || !case.unsettled.is_empty() || case.owed > 0;
        view.cases.retain(worth);
        view
    }

    fn seen(&self, view: &View, filed: &Filed, node: Address) -> Case {
        let clock = view.clock();
        let course =
            Course { opened: filed.opened, state: filed.state, round: filed.round, tally: filed.tally(filed.round) };
        let timing = clock.timing(&course);
        let source = filed.draw_epoch(timing.round) * self.rules.epoch_seconds;
        let phase = match timing.phase {
            Phase::Seed if self.seeds.contains(&source) => Phase::Committing,
            phase => phase,
        };
        let draw = Draw {
            round: timing.round,
            epoch: timing.epoch,
            phase,
            until: timing.until,
            tally: filed.tally(timing.round),
            outcome: filed.outcomes.get(&timing.round).copied().unwrap_or_default(),
            source_round: source,
            seed_at: source,
            reward: REWARD,
        };
        let juror = |node: &Address, written: &Written| Juror {
            node: *node,
            seats: written.seats,
            part: written.part,
            commitment: written.commitment,
        };
        let in_draw = filed.ballots.iter().filter(|((round, _), _)| *round == timing.round);
        let jurors: Vec<Juror> = in_draw.map(|((_, node), written)| juror(node, written)).collect();
        let drawn = |node: &Address| {
            let seats = filed.seats(timing.round, node, &self.owner(node));
            let is_here = jurors.iter().any(|juror| juror.node == *node);
            let drawn = Juror { node: *node, seats, part: Part::Drawn, commitment: FixedBytes::ZERO };
            (phase == Phase::Committing && seats > 0 && !is_here).then_some(drawn)
        };
        let unsettled = filed.ballots.iter().filter_map(|((round, node), written)| {
            let due = Settlement::of(written.part, *filed.outcomes.get(round)?, REWARD, DOCK)?;
            Some(Unsettled { round: *round, node: *node, seats: written.seats, due })
        });
        let mut case = Case {
            id: filed.id,
            state: filed.state,
            accused: filed.accused,
            challengers: filed.challengers.clone(),
            parties: filed.parties.clone(),
            opened: filed.opened,
            bond: 1,
            dock: DOCK,
            manifest: B256::ZERO,
            records: filed.opened.saturating_sub(2),
            receipts: vec![filed.id],
            tickets: vec![filed.id],
            evidence: vec![],
            draw,
            mine: jurors.iter().find(|juror| juror.node == node).cloned().or_else(|| drawn(&node)),
            panel: filed.weights.keys().copied().collect(),
            absent: vec![],
            unsettled: unsettled.collect(),
            owed: filed.owed.get(&node).copied().unwrap_or(0),
            jurors: jurors.clone(),
        };
        let owner = self.owner(&node);
        let me = Me { node, owner, examines: None, takes_part: true };
        if summons(view, &case, &me) {
            case.absent = filed.weights.keys().filter_map(drawn).collect();
        }
        case
    }
}
