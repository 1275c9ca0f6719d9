//! What miners hear about what they are owed.

use alloy::primitives::Address;

use super::{
    effect::{Effect, Statement},
    state::Coordinator,
    work::Work,
};
use crate::task::TaskId;

impl Coordinator {
    /// Makes a statement due: what a miner is owed, and that this result, if any, counts.
    pub(super) fn owe(&mut self, miner: Address, settled: Option<(TaskId, u32)>, work: &mut Work<'_>) {
        if self.money.owe(miner, settled) {
            work.effect(Effect::StatementsDue);
        }
    }

    /// Makes the statements that are due. Miners that are not there hear it when they are back.
    pub(super) fn tell_statements(&mut self, work: &mut Work<'_>) {
        for (miner, settled) in self.money.take_due() {
            let Some(session) = self.sessions.get(&miner).and_then(|miner| miner.session) else { continue };
            let terms = Some(self.money.accounts.terms(&miner)).filter(|terms| terms.cumulative > 0);
            if terms.is_some() || !settled.is_empty() {
                work.effect(Effect::Statement(Statement { session, miner, terms, settled }));
            }
        }
    }
}
