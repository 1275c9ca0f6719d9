//! The operations: the contracts' functions with their arguments, as types that only hold what the functions can be called with.

use alloy::primitives::{Address, B256, U256, aliases::U96};

use super::{Call, outcome::Outcome};
use crate::{
    Cai,
    contract::Role,
    message::{Ticket, Voucher},
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
    Vote { node: Address, amount: Cai },
    /// `Staking.depositAndVote`, `depositAndVoteWithPermit`
    DepositAndVote { node: Address, amount: Cai, permit: Option<u64> },
    /// `Staking.retract`
    Retract { node: Address, amount: Cai },
    /// `Staking.release`
    Release { node: Address },
    /// `Staking.claim`
    Claim { node: Address },
    /// `Staking.slash`
    Slash { node: Address, amount: Cai, finder: Address, finder_bps: u16 },
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
    /// `Settlement.claimTicket`; of the receipt only which ticket it answers matters
    ClaimTicket { ticket: Box<Ticket>, answers: B256 },
    /// `Settlement.proveContradiction`
    ProveContradiction { a: Voucher, b: Voucher },
    /// `Settlement.proveShortSettlement`
    ProveShortSettlement { voucher: Voucher },
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
    /// For people.
    pub description: Description,
    /// Last second at which the node's signature is good.
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

impl Call<'_> {
    pub(super) fn run(&mut self, operation: &Operation) -> Outcome<()> {
        use Operation as Op;
        match operation {
            Op::Transfer { to, amount } => self.transfer(*to, amount.base_units()),
            Op::Approve { spender, amount } => self.approve(self.caller, *spender, amount.base_units()),

            Op::Deposit { amount, permit } => self.deposit(amount.base_units(), *permit),
            Op::Withdraw { amount } => self.withdraw(amount.base_units()),
            Op::Register(registration) => self.register(registration),
            Op::Update { node, description } => self.update(*node, description),
            Op::Deregister { node } => self.deregister(*node),
            Op::AnnounceCommission { node, bps } => self.announce_commission(*node, *bps),
            Op::Vote { node, amount } => self.vote(*node, amount.base_units()),
            Op::DepositAndVote { node, amount, permit } => self.deposit_and_vote(*node, amount.base_units(), *permit),
            Op::Retract { node, amount } => self.retract(*node, amount.base_units()),
            Op::Release { node } => self.release(*node),
            Op::Claim { node } => self.claim(*node),
            Op::Slash { node, amount, finder, finder_bps } => {
                self.slash(self.caller, *node, amount.base_units(), *finder, *finder_bps).map(drop)
            }
            Op::NotifyEmission { role, amount, duration } => {
                self.notify_emission(self.caller, *role, amount.base_units(), *duration)
            }
            Op::Pause => self.pause(),
            Op::Unpause => self.unpause(),

            Op::Fund { role, amount } => self.fund(*role, amount.base_units()),
            Op::StartPeriod { role } => self.start_period(*role),
            Op::SetHalving { seconds } => self.set_halving(*seconds),

            Op::DepositEscrow { coordinator, amount, permit } => {
                self.deposit_escrow(*coordinator, amount.base_units(), *permit)
            }
            Op::StartThaw { coordinator, amount } => self.start_thaw(*coordinator, amount.base_units()),
            Op::WithdrawEscrow { coordinator } => self.withdraw_escrow(*coordinator),
            Op::Settle { coordinator, items } => self.settle_batch(*coordinator, items),
            Op::Collect { coordinator, miner } => self.collect_credit(*coordinator, *miner),
            Op::Redeem { voucher } => self.redeem(voucher),
            Op::ClaimTicket { ticket, answers } => self.claim_ticket(ticket, *answers),
            Op::ProveContradiction { a, b } => self.prove_contradiction(a, b),
            Op::ProveShortSettlement { voucher } => self.prove_short_settlement(voucher),
            Op::SetFaultBps { bps } => self.set_fault_bps(*bps),
        }
    }
}
