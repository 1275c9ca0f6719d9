//! What a plan is made from: what a miner keeps of its coordinators' signatures, and what the contracts say as of one block.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256};

use crate::{
    message::{SignedAcknowledgement, SignedVoucher, proof::Contradiction},
    miner::order::Claim,
};

/// A coordinator and a miner, by their keys.
pub type Pair = (Address, Address);

/// What a miner keeps of its coordinators' signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The newest voucher of each coordinator, for each key of the miner.
    pub vouchers: Vec<SignedVoucher>,
    /// The answered tickets that none of them covers.
    pub claims: Vec<Claim>,
    /// What coordinators have said of these.
    pub acknowledgements: Vec<SignedAcknowledgement>,
    /// Vouchers that contradict others.
    pub contradictions: Vec<Contradiction>,
}

impl Kept {
    /// The pairs that anything here is about.
    pub fn pairs(&self) -> BTreeSet<Pair> {
        let vouchers = self.vouchers.iter().map(|signed| (signed.voucher.coordinator, signed.voucher.miner));
        let claims = self.claims.iter().map(|claim| (claim.ticket.coordinator, claim.ticket.miner));
        let faults = self.contradictions.iter().map(|found| (found.a.voucher.coordinator, found.a.voucher.miner));
        vouchers.chain(claims).chain(faults).collect()
    }

    /// The newest voucher of a pair.
    pub fn voucher(&self, (coordinator, miner): Pair) -> Option<&SignedVoucher> {
        self.vouchers.iter().find(|signed| (signed.voucher.coordinator, signed.voucher.miner) == (coordinator, miner))
    }
}

/// What the contracts say of one pair; amounts in base units of CAI, times in Unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Paid or promised by vouchers and batches.
    pub settled: u128,
    /// The part of it that is paid.
    pub withdrawn: u128,
    /// Tickets with numbers up to this one are accounted for.
    pub through: u64,
    /// What was claimed for the tickets that the kept voucher covers.
    pub claimed: u128,
    /// Number of the last ticket that was claimed.
    pub last_claim: u64,
    /// What is being collected; 0 where nothing is.
    pub collecting: u128,
    /// From when it is paid.
    pub collectable_from: u64,
    /// What the coordinator has prepaid for all its miners and does not withdraw.
    pub escrow: u128,
    /// A batch accounts for the tickets of the kept voucher, for less than it says.
    pub is_short: bool,
    /// The last punishment of the coordinator for what it told this miner: only evidence about tickets beyond this number counts.
    pub punished_through: u64,
    /// Until then nothing more is punished; 0 if nothing ever was.
    pub punished_until: u64,
}

impl Account {
    /// What batches have promised and was not collected.
    pub const fn promised(&self) -> u128 {
        self.settled.saturating_sub(self.withdrawn)
    }
}

/// What the contracts say of one miner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What vouchers and claims have paid and can be paid out, in base units.
    pub credit: u128,
    /// From when anybody can mark it as idle unless it is paid, in Unix seconds; `None` for a miner that is not active.
    pub idle_from: Option<u64>,
}

/// What the contracts say as of one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// The block's time, in Unix seconds.
    pub time: u64,
    /// Seconds after a ticket's deadline until it can be claimed, and from the first collection until it pays.
    pub claim_delay: u64,
    /// Seconds after a ticket's deadline in which it can be claimed.
    pub dispute_window: u64,
    /// Seconds without a payment after which a node is idle.
    pub idle_after: u64,
    /// The accounts.
    pub accounts: BTreeMap<Pair, Account>,
    /// The miners.
    pub miners: BTreeMap<Address, Standing>,
    /// What was paid for single tickets, by their digests.
    pub claimed: BTreeMap<B256, u128>,
    /// When this finder has announced its evidence, by the evidence's id.
    pub announced: BTreeMap<B256, u64>,
}
