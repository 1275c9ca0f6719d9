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
            Op::Vote { node, amount, max_commission } => self.vote(*node, amount.base_units(), *max_commission),
            Op::DepositAndVote { node, amount, max_commission, permit } => {
                self.deposit_and_vote(*node, amount.base_units(), *max_commission, *permit)
            }
            Op::Retract { node, amount } => self.retract(*node, amount.base_units()),
            Op::Release { node } => self.release(*node),
            Op::Claim { node } => self.claim(*node),
            Op::Rotate(rotation) => self.rotate(rotation),
            Op::MarkIdle { node } => self.mark_idle(*node),
            Op::RecordPayment { coordinator, miner } => self.record_payment(self.caller, *coordinator, *miner),
            Op::Slash { node, amount, reward_bps, evidence } => {
                self.slash(self.caller, *node, amount.base_units(), *reward_bps, evidence).map(drop)
            }
            Op::Charge { node, amount, reward_bps } => {
                self.charge(self.caller, *node, amount.base_units(), *reward_bps).map(drop)
            }
            Op::NotifyEmission { role, amount, duration } => {
                self.notify_emission(self.caller, *role, amount.base_units(), *duration)
            }
            Op::Pause => self.pause(),
            Op::Unpause => self.unpause(),

            Op::Fund { role, amount } => self.fund(*role, amount.base_units()),
            Op::StartPeriod { role } => self.start_period(*role),
            Op::SetHalving { seconds } => self.set_halving(*seconds),
            Op::Migrate { successor } => self.migrate(*successor),

            Op::DepositEscrow { coordinator, amount, permit } => {
                self.deposit_escrow(*coordinator, amount.base_units(), *permit)
            }
            Op::StartThaw { coordinator, amount } => self.start_thaw(*coordinator, amount.base_units()),
            Op::WithdrawEscrow { coordinator } => self.withdraw_escrow(*coordinator),
            Op::Settle { coordinator, items } => self.settle_batch(*coordinator, items),
            Op::Collect { coordinator, miner } => self.collect_promise(*coordinator, *miner),
            Op::Redeem { voucher } => self.redeem(voucher),
            Op::ClaimTicket { ticket, receipt } => self.claim_ticket(ticket, receipt),
            Op::PayOut { miner } => self.pay_out(*miner),
            Op::Announce { commitment } => self.announce(*commitment),
            Op::ProveContradiction { a, b, salt } => self.prove_contradiction(a, b, *salt),
            Op::ProveShortSettlement { voucher, salt } => self.prove_short_settlement(voucher, *salt),
            Op::Retire => self.retire(),
            Op::SetFaultBps { bps } => self.set_fault_bps(*bps),
        }
    }
}
