//! The operations: the contracts' functions with their arguments, as types that only hold what the functions can be called with.

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U96};

use crate::{
    Cai,
    contract::Role,
    message::{Receipt, Ticket, Voucher},
};

/// A call of one of the contracts. Where a `permit` can be given, it is the deadline of an EIP-2612 permit of the caller for
/// exactly the amount, sent along in place of an allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the functions' parameters, which the contracts document")]
pub enum Operation {
    /// `CAIToken.transfer`
    Transfer { to: Address, amount: Cai },
    /// `CAIToken.approve`
    Approve { spender: Address, amount: Cai },

    /// `Staking.deposit`, `depositWithPermit`
    Deposit { amount: Cai, permit: Option<u64> },
    /// `Staking.withdraw`
    Withdraw { amount: Cai },
    /// `Staking.register`
    Register(Box<Registration>),
    /// `Staking.update`
    Update { node: Address, description: Box<Description> },
    /// `Staking.deregister`
    Deregister { node: Address },
    /// `Staking.announceCommission`
    AnnounceCommission { node: Address, bps: u16 },
    /// `Staking.vote`
    Vote { node: Address, amount: Cai, max_commission: u16 },
    /// `Staking.depositAndVote`, `depositAndVoteWithPermit`
    DepositAndVote { node: Address, amount: Cai, max_commission: u16, permit: Option<u64> },
    /// `Staking.retract`
    Retract { node: Address, amount: Cai },
    /// `Staking.release`
    Release { node: Address },
    /// `Staking.claim`
    Claim { node: Address },
    /// `Staking.rotate`
    Rotate(Box<Rotation>),
    /// `Staking.markIdle`
    MarkIdle { node: Address },
    /// `Staking.recordPayment`
    RecordPayment { coordinator: Address, miner: Address },
    /// `Staking.slash`
    Slash { node: Address, amount: Cai, reward_bps: u16, evidence: Vec<B256> },
    /// `Staking.charge`
    Charge { node: Address, amount: Cai, reward_bps: u16 },
    /// `Staking.notifyEmission`
    NotifyEmission { role: Role, amount: Cai, duration: u64 },
    /// `Staking.pause`
    Pause,
    /// `Staking.unpause`
    Unpause,

    /// `EmissionController.fund`
    Fund { role: Role, amount: Cai },
    /// `EmissionController.startPeriod`
    StartPeriod { role: Role },
    /// `EmissionController.setHalving`
    SetHalving { seconds: u64 },
    /// `EmissionController.migrate`, to a controller of the same token and staking contract
    Migrate { successor: Address },

    /// `Settlement.deposit`, `depositWithPermit`
    DepositEscrow { coordinator: Address, amount: Cai, permit: Option<u64> },
    /// `Settlement.startThaw`
    StartThaw { coordinator: Address, amount: Cai },
    /// `Settlement.withdraw`
    WithdrawEscrow { coordinator: Address },
    /// `Settlement.settle`
    Settle { coordinator: Address, items: Vec<Item> },
    /// `Settlement.collect`
    Collect { coordinator: Address, miner: Address },
    /// `Settlement.redeem`
    Redeem { voucher: Voucher },
    /// `Settlement.claimTicket`
    ClaimTicket { ticket: Box<Ticket>, receipt: Box<Receipt> },
    /// `Settlement.payOut`
    PayOut { miner: Address },
    /// `Settlement.announce`
    Announce { commitment: B256 },
    /// `Settlement.proveContradiction`
    ProveContradiction { a: Voucher, b: Voucher, salt: B256 },
    /// `Settlement.proveShortSettlement`
    ProveShortSettlement { voucher: Voucher, salt: B256 },
    /// `Settlement.retire`
    Retire,
    /// `Settlement.setFaultBps`
    SetFaultBps { bps: u16 },
}

/// What `Staking.register` takes; the node key's signature is taken as valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The node's key.
    pub node: Address,
    /// What it does.
    pub role: Role,
    /// Own stake, out of the caller's free stake.
    pub self_stake: Cai,
    /// An introduction, for people.
    pub description: Description,
    /// Last second at which the node's signature is good.
    pub deadline: U256,
}

/// What `Staking.rotate` takes; the new key's signature is taken as valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The node's key so far.
    pub node: Address,
    /// The key that takes its place.
    pub new_key: Address,
    /// What people read about the node from now on.
    pub description: Description,
    /// Last second at which the new key's signature is good.
    pub deadline: U256,
}

/// What people read about a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub introduction: String,
    /// Where it can be reached.
    pub endpoint: String,
}

/// One miner's line of a batch settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The miner's key.
    pub miner: Address,
    /// Owed to it in all, in wei of CAI.
    pub cumulative: U96,
    /// Tickets with numbers up to this one are accounted for.
    pub through: u64,
}

impl Item {
    /// A batch as `Settlement.settle` takes it: 40 bytes a line, miner, cumulative and through.
    pub fn lines(items: &[Self]) -> Bytes {
        let line = |item: &Self| {
            let through = item.through.to_be_bytes();
            [item.miner.as_slice(), &item.cumulative.to_be_bytes::<12>(), &through].concat()
        };
        items.iter().flat_map(line).collect::<Vec<_>>().into()
    }
}
