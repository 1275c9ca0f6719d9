//! What miners hear about what they are owed.

use alloy::primitives::Address;

use super::{
    effect::{Effect, Settled, Statement},
    state::Coordinator,
    work::Work,
};

impl Coordinator {
    /// Makes a statement due: what a miner is owed, and that this result, if any, counts.
    pub(super) fn owe(&mut self, miner: Address, settled: Option<Settled>, work: &mut Work<'_>) {
        let is_first = self.due.is_empty();
        self.due.entry(miner).or_default().extend(settled);
        if is_first {
            work.effect(Effect::StatementsDue);
        }
    }

    /// Makes the statements that are due. Miners that are not there hear it when they are back.
    pub(super) fn tell_statements(&mut self, work: &mut Work<'_>) {
        for (miner, settled) in std::mem::take(&mut self.due) {
            self.tell(miner, settled, work);
        }
    }

    /// Where the coordinator audits: tells miners once a second what has been owed to them for a while.
    pub(super) fn tell_terms(&mut self, work: &mut Work<'_>) {
        for miner in self.money.ripened(work.now) {
            self.tell(miner, vec![], work);
        }
    }

    fn tell(&self, miner: Address, settled: Vec<Settled>, work: &mut Work<'_>) {
        let Some(session) = self.sessions.get(&miner).and_then(|miner| miner.session) else { return };
        let terms = Some(self.money.terms(&miner)).filter(|terms| terms.cumulative > 0);
        if terms.is_some() || !settled.is_empty() {
            work.effect(Effect::Statement(Statement { session, miner, terms, settled }));
        }
    }
}
