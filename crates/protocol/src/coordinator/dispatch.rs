//! How tasks find miners: the stakes that come into force, draws, and the leases that follow from them.

use std::sync::Arc;

use super::{
    draws::PoolId,
    effect::{Effect, Metric, Notice, Offer},
    sessions::{Held, LeaseId},
    state::Coordinator,
    work::Work,
};
use crate::{
    assign::{Drawn, Snapshot, log::Entry, seed::SPAN},
    message::Ticket,
    task::{Event, Pick, TaskId},
};

impl Coordinator {
    /// Puts the stakes of an epoch into force, and reveals the seed of the one before.
    pub(super) fn set_snapshot(&mut self, snapshot: Arc<Snapshot>, work: &mut Work<'_>) {
        if snapshot == *self.draws.snapshot() {
            return;
        }
        // An epoch that is over stays over, even where a reorganisation goes back before its end for a while: its seed is revealed, so
        // that a miner which sees the draws beforehand could still take part in them.
        if snapshot.epoch < self.least_epoch {
            if !std::mem::replace(&mut self.is_behind, true) {
                work.notice(Notice::ChainBehind { epoch: snapshot.epoch, newest: self.least_epoch });
            }
            return;
        }
        self.is_behind = false;
        self.least_epoch = snapshot.epoch;
        let epoch = snapshot.epoch;
        work.log(Entry::Epoch { epoch, beacon: snapshot.beacon, miners: snapshot.clone().into() });
        let seeds = &mut self.identity.seeds;
        if self.bound != Some(epoch / SPAN) {
            // The next span's as well, so that it is bound long before its first beacon is known.
            for epoch in [epoch, epoch + SPAN] {
                let chain = seeds.chain(epoch);
                work.log(Entry::Committed { span: chain.span(), commitment: chain.commitment() });
                if self.identity.audits.is_on() {
                    let chain = self.identity.audit_seeds.chain(epoch);
                    work.log(Entry::AuditCommitted { span: chain.span(), commitment: chain.commitment() });
                }
            }
            self.bound = Some(epoch / SPAN);
        }
        if let Some(over) = epoch.checked_sub(1) {
            work.log(Entry::Revealed { epoch: over, seed: seeds.seed(over) });
        }
        let seed = seeds.seed(epoch);
        self.audit_epoch(epoch, work);
        let named = self.sessions.iter().flat_map(|(_, miner)| miner.offers.keys().copied()).collect();
        let pools = self.draws.set_snapshot(snapshot, seed, &named);
        for (node, miner) in self.sessions.iter() {
            for pool in miner.offers.keys().filter(|pool| miner.is_eligible(**pool)) {
                self.draws.set_eligible(*pool, node, true);
            }
        }
        for pool in pools {
            self.ready(pool, work);
        }
        for pool in self.draws.asked_for() {
            self.bind(pool, work);
        }
        self.generation += 1;
    }

    /// Draws miners for the tasks of a pool, as long as there are some.
    pub(super) fn dispatch(&mut self, pool: PoolId, work: &mut Work<'_>) {
        self.draws.unmark(pool);
        // A ticket that cannot be written down could be given again, with another number, after a crash.
        if self.disk_full {
            return;
        }
        let mut from = 0;
        loop {
            let (tasks, readers, now) = (&self.tasks, &self.readers, work.now);
            let rested = |id: &TaskId| readers.is_rested(id, now);
            let found = self.draws.draw(pool, from, |id| tasks.get(id).filter(|_| rested(id)).map(Arc::as_ref));
            let Some((task, drawn, pick)) = found else { return };
            from = pick.sequence + 1;
            self.lease(pool, task, drawn, pick, work);
        }
    }

    fn lease(&mut self, pool: PoolId, id: TaskId, drawn: Drawn, pick: Pick, work: &mut Work<'_>) {
        let node = drawn.miner;
        // Only a miner with a session and a slot takes part in draws, and only a task that is known waits.
        let (Some(task), Some(miner)) = (self.tasks.get(&id), self.sessions.get(&node)) else { return };
        let (Some(session), Some(slots)) = (miner.session, miner.offers.get(&pool)) else { return };
        let (spec, attempt, promise) = (task.spec.clone(), task.attempt + 1, slots.promise.clone());
        // First, so that every lease in the journal is in the log.
        work.log(Entry::Picked {
            task: id,
            sequence: task.sequence,
            attempt,
            model: self.draws.pool(pool).name.clone(),
            salt: spec.pick_salt,
            drawn: drawn.value.to_string(),
            total: drawn.total.to_string(),
            miner: node,
        });
        self.tickets += self.ticket_step(&id);
        let number = self.tickets;
        let sequence = pick.sequence;
        let leased = Event::Leased { task: id, attempt, miner: node, pick: Box::new(pick), ticket: number };
        if let Err(error) = self.apply(leased, work) {
            return work.notice(Notice::NotApplied(error));
        }
        let Some(live) = self.readers.get_mut(&id) else { return };
        live.leased_at = work.now;
        live.said_at = None;
        let commitments = live.commitments;
        let (manifest, proof, class) = (promise.id, promise.manifest.proof, promise.class.clone());
        self.sessions.hold(&node, id, Held { session, attempt, pool, sequence, promise });
        self.refresh(&node, pool);
        work.count(Metric::Leased);
        let ticket = Ticket {
            coordinator: self.identity.address,
            miner: node,
            task: id.0,
            attempt,
            number,
            model: manifest,
            promptCommitment: commitments.prompt,
            parameters: commitments.parameters,
            price: spec.quote().bound(),
            promptRate: spec.rate.prompt(),
            completionRate: spec.rate.completion(),
            deadline: spec.deadline.div_ceil(1000),
        };
        let lease = LeaseId { node, session, task: id, attempt };
        work.effect(Effect::Offer(Box::new(Offer { lease, spec, ticket, proof, class })));
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};

    use super::*;
    use crate::{
        assign::seed::Seeds,
        coordinator::{Checkpoint, Gate, Identity, Input, LogEnd, Policy, Prices},
        entropy::Entropy,
        message::Domain,
    };

    /// Nothing here is left to chance.
    struct NoDice;

    impl Entropy for NoDice {
        fn word(&mut self) -> B256 {
            B256::ZERO
        }
    }

    #[test]
    fn an_epoch_that_is_over_stays_over_when_the_chain_goes_back() {
        let identity = Identity {
            address: Address::ZERO,
            domain: Domain::new(1, Address::ZERO),
            staking: Address::ZERO,
            epoch_seconds: 10,
            seeds: Seeds::new(B256::ZERO),
            max_queue: 1,
            prices: Prices::default(),
            checkpoint_after: 100,
            gate: Gate::default(),
            audits: Policy::default(),
            uncalibrated: Default::default(),
            audit_seeds: Seeds::new(B256::ZERO),
            calibrations: Default::default(),
            models: Default::default(),
            has_court: true,
        };
        const LOG: LogEnd = LogEnd { next_sequence: 0, epoch: 4 };
        let mut effects = vec![];
        let mut machine = Coordinator::recover(identity, Checkpoint::default(), vec![], LOG, 1, &mut effects)
            .expect("an empty journal");
        let mut snapshot = |epoch| {
            let snapshot = Snapshot { epoch, beacon: B256::with_last_byte(epoch as u8), miners: vec![] };
            let mut effects = vec![];
            machine.step(Input::Snapshot(Arc::new(snapshot)), 1, &mut NoDice, &mut effects);
            let count = |wanted: fn(&Effect) -> bool| effects.iter().filter(|effect| wanted(effect)).count();
            (
                count(|effect| matches!(effect, Effect::Log(Entry::Epoch { .. }))),
                count(|effect| matches!(effect, Effect::Notice(Notice::ChainBehind { .. }))),
            )
        };
        // The log of an earlier process ends in epoch 4. The operator hears of it once.
        assert_eq!([3, 2, 5, 4, 5, 6].map(&mut snapshot), [(0, 1), (0, 0), (1, 0), (0, 1), (0, 0), (1, 0)]);
    }
}
