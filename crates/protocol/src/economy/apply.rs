//! The transition: an operation is carried out by the function of the contract that it calls.

use alloy::primitives::Address;

use super::{
    operation::Operation,
    outcome::{Effect, Outcome, Refusal},
    state::{Call, Economy, Now},
};

impl Economy {
    /// Carries out an operation of `caller`, or refuses it and changes nothing.
    pub fn apply(&mut self, caller: Address, operation: &Operation, now: Now) -> Result<Vec<Effect>, Refusal> {
        let mut call = Call { economy: self, caller, now, effects: Vec::new() };
        let outcome = call.run(operation);
        let effects = call.effects;
        self.end(outcome.is_ok());
        outcome.map(|()| effects)
    }
}

impl Call<'_> {
    fn run(&mut self, operation: &Operation) -> Outcome<()> {
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
