//! Nodes that follow the planner, with everything that goes wrong between them and the chain.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cuckoo_protocol::{
    Address, B256,
    court::{Ballot, Book, Me, Rules, Step, Vote, plan},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::model::Model;

pub(crate) const BLOCK_SECONDS: u64 = 2;
const EPOCH_SECONDS: u64 = 120;
const NODES: u8 = 12;
/// Blocks that a reorganisation takes back at most.
const DEEPEST: usize = 3;
/// Blocks that the examination of a case's evidence takes.
const WORK: u64 = 3;
/// After this many blocks a transaction is sent again.
const PATIENCE: u64 = 2;
/// At most this many transactions of a node are lost one after another.
const LOST: u64 = 2;
/// At least this many blocks lie between two kills of a node, and between two reorganisations.
const APART: u64 = 8;

/// How often what goes wrong: chances by node and block, or by transaction, or by block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// A node loses its endpoint, or stands still.
    pub(crate) outage: f64,
    /// A transaction is lost.
    pub(crate) lost: f64,
    /// Blocks are taken back, with what they held.
    pub(crate) reorganised: f64,
    /// A node is killed, and starts again with what is on its disk.
    pub(crate) killed: f64,
    /// Blocks of the longest outage.
    pub(crate) longest_outage: u64,
}

/// A node: who it is, what it remembers, and where it is in its work.
pub(crate) struct Node {
    pub(crate) me: Me,
    pub(crate) book: Book,
    /// What its disk has: the ballots.
    disk: Vec<(B256, u64, Ballot)>,
    /// It votes for the contrary, or not at all.
    pub(crate) honest: bool,
    /// The block until which it is away.
    pub(crate) away_until: u64,
    online: BTreeSet<u64>,
    /// Examinations that run, and the block in which they end.
    working: BTreeMap<(B256, u64), u64>,
    /// Steps that are on their way, and the block until which they are waited for.
    sent: BTreeMap<Step, u64>,
    lost: u64,
    killed: u64,
    /// It never reveals.
    pub(crate) mute: bool,
}

impl Node {
    pub(crate) fn was_online(&self, time: u64) -> bool {
        self.online.contains(&time)
    }

    fn kill(&mut self) {
        self.book = Book::default();
        for (case, round, ballot) in &self.disk {
            self.book.write(*case, *round, ballot.clone());
        }
        self.working.clear();
        self.sent.clear();
    }

    fn write(&mut self, case: B256, round: u64, ballot: Ballot) {
        if self.book.ballot(case, round).is_none() {
            self.disk.push((case, round, ballot.clone()));
        }
        self.book.write(case, round, ballot);
    }
}

/// Nodes, the chain, and what is on its way between them.
pub(crate) struct World {
    pub(crate) court: Model,
    pub(crate) nodes: Vec<Node>,
    pub(crate) now: u64,
    pub(crate) block: u64,
    faults: Faults,
    /// What the jurors would find, and whether they can get the evidence.
    truth: Vote,
    pub(crate) evidence: bool,
    random: StdRng,
    reorganised: u64,
    /// When seeds were recorded that still are.
    pub(crate) seeded: BTreeMap<u64, u64>,
    /// States after the blocks before, newest last.
    before: VecDeque<Model>,
    /// Transactions, and the block that they are in at the earliest.
    pool: Vec<(u64, usize, Step)>,
}

fn word(random: &mut StdRng) -> B256 {
    B256::from(random.random::<[u8; 32]>())
}

fn address(number: u8) -> Address {
    Address::repeat_byte(number)
}

impl World {
    /// Twelve nodes of as many owners but for two of one owner, and three cases, one of them opened in the next epoch.
    pub(crate) fn new(seed: u64, faults: Faults, evidence: bool, cheats: bool) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let rules = Rules { epoch_seconds: EPOCH_SECONDS, seats: 31, validity: 6, window: 600 };
        let owner = |number: u8| address(100 + if number == 2 { 1 } else { number });
        let owners = (1..=NODES).map(|number| (address(number), owner(number))).collect();
        let stakes = (1..=NODES).map(|number| (address(number), random.random_range(20..60))).collect();
        let nodes = (1..=NODES).map(|number| Node {
            me: Me {
                node: address(number),
                owner: owner(number),
                examines: Some(BTreeSet::from([B256::repeat_byte(1)])),
                takes_part: number != 3,
            },
            book: Book::default(),
            disk: vec![],
            honest: number != NODES,
            away_until: 0,
            online: BTreeSet::new(),
            working: BTreeMap::new(),
            sent: BTreeMap::new(),
            lost: 0,
            killed: 0,
            mute: false,
        });
        let nodes = nodes.collect();
        let now = 1_000 * EPOCH_SECONDS + random.random_range(0..EPOCH_SECONDS / BLOCK_SECONDS) * BLOCK_SECONDS;
        let mut court = Model::new(rules, owners, stakes);
        court.open(now, word(&mut random), address(1), address(50));
        court.open(now, word(&mut random), address(4), address(5));
        let truth = if cheats { Vote::Guilty } else { Vote::Innocent };
        let (before, pool) = (VecDeque::new(), vec![]);
        let seeded = BTreeMap::new();
        Self { court, nodes, now, block: 0, faults, truth, evidence, random, reorganised: 0, seeded, before, pool }
    }

    pub(crate) fn blocks_of(&self, epochs: u64) -> u64 {
        epochs * EPOCH_SECONDS / BLOCK_SECONDS
    }

    /// The nodes that do not do their duty.
    pub(crate) fn dishonest(&self) -> BTreeSet<Address> {
        self.nodes.iter().filter(|node| !node.honest).map(|node| node.me.node).collect()
    }

    /// From here on nothing goes wrong.
    pub(crate) fn calm(&mut self) {
        self.faults = Faults::default();
        self.nodes.iter_mut().for_each(|node| node.away_until = 0);
    }

    fn happens(&mut self, chance: f64) -> bool {
        chance > 0.0 && self.random.random_bool(chance)
    }

    /// One block, and what every node does about it.
    pub(crate) fn step(&mut self) {
        (self.block, self.now) = (self.block + 1, self.now + BLOCK_SECONDS);
        if self.happens(self.faults.reorganised) && self.block >= self.reorganised + APART {
            self.reorganised = self.block;
            let depth = self.random.random_range(1..=DEEPEST);
            for _ in 0..depth {
                if let Some(before) = self.before.pop_back() {
                    self.court = before;
                }
            }
        }
        self.before.push_back(self.court.clone());
        if self.before.len() > DEEPEST {
            self.before.pop_front();
        }
        if self.block == self.blocks_of(1) {
            // A juror's owner joins, and one more case is opened.
            let id = *self.court.cases.keys().next().expect("a case");
            let owner = self.nodes[7].me.owner;
            self.court.join(id, owner);
            let id = word(&mut self.random);
            self.court.open(self.now, id, address(9), address(50));
        }
        self.mine();
        self.seeded.retain(|seed, _| self.court.seeds.contains(seed));
        self.court.seeds.iter().for_each(|seed| {
            self.seeded.entry(*seed).or_insert(self.now);
        });
        for index in 0..self.nodes.len() {
            self.act(index);
        }
    }

    fn mine(&mut self) {
        let (due, later) = self.pool.drain(..).partition(|(block, ..)| *block <= self.block);
        self.pool = later;
        let due: Vec<(u64, usize, Step)> = due;
        for (_, index, step) in due {
            let node = &self.nodes[index];
            self.court.sent += 1;
            let taken = self.court.apply(self.now, &node.me, &step, &node.book);
            self.court.wasted += u64::from(taken.is_err());
        }
    }

    fn act(&mut self, index: usize) {
        if self.happens(self.faults.killed) && self.block >= self.nodes[index].killed + APART {
            self.nodes[index].killed = self.block;
            self.nodes[index].kill();
        }
        if self.happens(self.faults.outage) {
            let blocks = self.random.random_range(0..=self.faults.longest_outage);
            self.nodes[index].away_until = self.block + blocks;
        }
        if self.nodes[index].away_until > self.block {
            return;
        }
        self.nodes[index].online.insert(self.now);
        self.finish_work(index);
        let view = self.court.view(self.now, self.block, self.nodes[index].me.node);
        // Ballots that are written down now lead to other steps at once.
        for _ in 0..2 {
            let steps = plan(&view, &self.nodes[index].me, &self.nodes[index].book);
            for step in steps {
                self.take(index, step);
            }
        }
    }

    fn finish_work(&mut self, index: usize) {
        let salt = word(&mut self.random);
        let (truth, evidence, block) = (self.truth, self.evidence, self.block);
        let node = &mut self.nodes[index];
        let done: Vec<_> = node.working.iter().filter(|(_, end)| **end <= block).map(|(key, _)| *key).collect();
        for (case, round) in done {
            node.working.remove(&(case, round));
            match evidence {
                true if node.honest => node.write(case, round, Ballot { vote: truth, salt }),
                true => {
                    let vote = if truth == Vote::Guilty { Vote::Innocent } else { Vote::Guilty };
                    node.write(case, round, Ballot { vote, salt });
                }
                false => node.book.note_missing(case, round),
            }
        }
    }

    fn take(&mut self, index: usize, step: Step) {
        let block = self.block;
        let salt = word(&mut self.random);
        let node = &mut self.nodes[index];
        match step {
            Step::Gather { case, round, .. } => {
                node.working.entry((case, round)).or_insert(block + WORK);
            }
            Step::Abstain { case, round } => node.write(case, round, Ballot { vote: Vote::Unavailable, salt }),
            Step::Publish { case, attempt } => node.book.note_published(case, attempt),
            Step::Reveal { .. } if node.mute => {}
            step => {
                if node.sent.get(&step).is_some_and(|until| *until > block) {
                    return;
                }
                node.sent.insert(step.clone(), block + PATIENCE);
                let is_lost = self.happens(self.faults.lost) && self.nodes[index].lost < LOST;
                match is_lost {
                    true => self.nodes[index].lost += 1,
                    false => {
                        self.nodes[index].lost = 0;
                        self.pool.push((block + 1, index, step));
                    }
                }
            }
        }
    }
}
