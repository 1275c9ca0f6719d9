//! The chain: stakes by epoch, registrations, the coordinator's escrow, and reorganisations of all of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cuckoo_protocol::{Address, B256, assign::Snapshot, ledger::Terms};

use super::random::Random;

/// Length of an epoch in seconds.
pub(crate) const EPOCH_SECONDS: u64 = 20;
/// Blocks that a reorganisation takes back at most.
const DEEPEST: u64 = 12;

/// Everything at one block.
#[derive(Clone)]
pub(crate) struct Block {
    /// Weights and beacon in force.
    pub(crate) snapshot: Arc<Snapshot>,
    /// The nodes that may log in.
    pub(crate) active: Arc<BTreeSet<Address>>,
    /// The coordinator's escrow.
    pub(crate) escrow: u128,
    /// What was settled with each miner, ever.
    pub(crate) settled: BTreeMap<Address, u128>,
    /// The last ticket that was settled with each miner.
    through: BTreeMap<Address, u64>,
    /// Seconds since the Unix epoch.
    time: u64,
}

/// The blocks of a chain, as far as they can be taken back.
pub(crate) struct Chain {
    blocks: Vec<Block>,
    stakes: BTreeMap<Address, u128>,
    /// A settlement that waits for a block.
    settling: Vec<(Address, Terms)>,
    /// Escrow that was paid in and waits for a block.
    deposit: u128,
}

impl Chain {
    /// A chain whose first block is of this time, in seconds since the Unix epoch.
    pub(crate) fn new(time: u64, stakes: BTreeMap<Address, u128>, escrow: u128, random: &mut Random) -> Self {
        let active: Arc<BTreeSet<_>> = Arc::new(stakes.keys().copied().collect());
        let snapshot = Arc::new(snapshot(time, &stakes, random.bytes()));
        let (settled, through) = (BTreeMap::new(), BTreeMap::new());
        let block = Block { snapshot, active, escrow, settled, through, time };
        Self { blocks: vec![block], stakes, settling: vec![], deposit: 0 }
    }

    /// The newest block.
    pub(crate) fn head(&self) -> &Block {
        self.blocks.last().expect("there is a first block")
    }

    /// A block is mined at this time.
    pub(crate) fn mine(&mut self, time: u64, random: &mut Random) {
        let mut block = self.head().clone();
        block.time = time.max(block.time + 1);
        if block.time / EPOCH_SECONDS != block.snapshot.epoch {
            block.snapshot = Arc::new(snapshot(block.time, &self.stakes, random.bytes()));
        } else if random.odds(0.3) {
            // Equal to the one in force, and in another place: readers make a new one for every block.
            block.snapshot = Arc::new((*block.snapshot).clone());
        }
        block.escrow += std::mem::take(&mut self.deposit);
        for (miner, terms) in std::mem::take(&mut self.settling) {
            let settled = block.settled.entry(miner).or_default();
            let new = terms.cumulative.saturating_sub(*settled);
            if new <= block.escrow && terms.through >= block.through.get(&miner).copied().unwrap_or(0) {
                block.escrow -= new;
                *settled += new;
                block.through.insert(miner, terms.through);
            }
        }
        self.blocks.push(block);
        if self.blocks.len() > 2 * DEEPEST as usize {
            self.blocks.drain(..DEEPEST as usize);
        }
    }

    /// Some of the newest blocks are taken back. What was sent in them is sent again.
    pub(crate) fn reorganise(&mut self, random: &mut Random) -> bool {
        let most = (self.blocks.len() as u64 - 1).min(DEEPEST);
        if most == 0 {
            return false;
        }
        let before = self.head().clone();
        let keep = self.blocks.len() - random.between(1, most) as usize;
        self.blocks.truncate(keep);
        self.settling = before
            .settled
            .iter()
            .map(|(miner, settled)| {
                let through = before.through.get(miner).copied().unwrap_or(0);
                (*miner, Terms { through, cumulative: *settled })
            })
            .collect();
        let head = self.head();
        let (kept, had) = (head.escrow + sum(&head.settled), before.escrow + sum(&before.settled));
        self.deposit += had - kept;
        true
    }

    /// Settles with miners in the next block.
    pub(crate) fn settle(&mut self, terms: Vec<(Address, Terms)>) {
        self.settling = terms;
    }

    /// Pays in with the next block.
    pub(crate) fn deposit(&mut self, amount: u128) {
        self.deposit += amount;
    }

    /// A stake changes; it counts from the next epoch on.
    pub(crate) fn stake(&mut self, miner: Address, weight: u128) {
        self.stakes.insert(miner, weight);
    }

    /// A node is registered as active, or is not any more.
    pub(crate) fn register(&mut self, miner: Address, is_active: bool) {
        let block = self.blocks.last_mut().expect("there is a first block");
        let active = Arc::make_mut(&mut block.active);
        if is_active {
            active.insert(miner);
        } else {
            active.remove(&miner);
        }
    }
}

fn sum(amounts: &BTreeMap<Address, u128>) -> u128 {
    amounts.values().sum()
}

fn snapshot(time: u64, stakes: &BTreeMap<Address, u128>, beacon: B256) -> Snapshot {
    let miners = stakes.iter().filter(|(_, weight)| **weight > 0).map(|(miner, weight)| (*miner, *weight)).collect();
    Snapshot { epoch: time / EPOCH_SECONDS, beacon, miners }
}
