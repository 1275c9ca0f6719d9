//! Miners' sessions: how they begin and end, what is offered in them, and who takes part in draws.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::Address;

use super::{
    draws::PoolId,
    effect::{Effect, Notice},
    input::Offered,
    sessions::{Promise, Session, Slots},
    state::Coordinator,
    work::{Next, Work},
};
use crate::{
    assign::log::Entry,
    task::{Event, TaskId},
    wire::{self, CloseCode},
};

/// Leases of one miner for one model.
const MAX_LEASES: u32 = 4096;

/// Slots of a pool that draws go by; `None` where it is not offered.
pub(super) fn usable(offers: &BTreeMap<PoolId, Slots>, pool: PoolId) -> Option<u32> {
    offers.get(&pool).map(|slots| slots.usable)
}

impl Coordinator {
    /// Opens a session, and closes an older one of the same key. Returns the session's number.
    pub(super) fn connect(&mut self, node: Address, work: &mut Work<'_>) -> Session {
        if let Some(older) = self.sessions.get(&node).and_then(|miner| miner.session) {
            self.disconnect(node, older, "replaced by a newer session", Some(CloseCode::Replaced), work);
        }
        let (session, miner) = self.sessions.open(node, work.now);
        if miner.quality.is_paused() {
            let pause = miner.quality.pause(work.now);
            work.effect(Effect::Pause { session, pause });
        }
        work.log(Entry::Joined { miner: node });
        self.reinstate(&node, work);
        self.owe(node, None, work);
        self.generation += 1;
        session
    }

    /// Closes a session, if it is the current one. Whose fault that is, is found out. With a code, the miner hears it.
    pub(super) fn disconnect(
        &mut self,
        node: Address,
        session: Session,
        reason: &str,
        code: Option<CloseCode>,
        work: &mut Work<'_>,
    ) {
        if let Some(held) = self.close(node, session, reason, code, work) {
            self.doubt((node, session), held, reason, work);
        }
    }

    /// Closes a session, if it is the current one. Returns what it held: the tasks' numbers, and the attempts.
    fn close(
        &mut self,
        node: Address,
        session: Session,
        reason: &str,
        code: Option<CloseCode>,
        work: &mut Work<'_>,
    ) -> Option<Vec<(u64, TaskId, u32)>> {
        self.sessions.current(&node, session)?;
        let (_, miner) = self.sessions.close(&node)?;
        if let Some(code) = code {
            work.effect(Effect::Close { session, code, reason: reason.to_owned() });
        }
        let pools: Vec<_> =
            std::mem::take(&mut miner.offers).into_iter().map(|(pool, slots)| (pool, slots.is_counted)).collect();
        let examining: Vec<_> = miner.examining.keys().copied().collect();
        miner.devices = vec![];
        let mut held: Vec<_> = miner.held.iter().map(|(task, held)| (held.sequence, *task, held.attempt)).collect();
        held.sort_unstable();
        work.log(Entry::Left { miner: node });
        for (pool, is_counted) in pools {
            if is_counted {
                self.draws.count_offer(pool, false);
            }
            self.draws.set_eligible(pool, &node, false);
        }
        for examination in examining {
            work.follow(Next::Return { auditor: node, examination, reason: reason.to_owned() });
        }
        self.generation += 1;
        Some(held)
    }

    /// Closes sessions whose nodes may not have one any more: what they held is lost and leased again at once.
    pub(super) fn expel(&mut self, sessions: Vec<(Address, Session)>, reason: &str, work: &mut Work<'_>) {
        for (node, session) in sessions {
            let held = self.close(node, session, reason, Some(CloseCode::Closed), work);
            for (_, task, attempt) in held.into_iter().flatten() {
                work.follow(Next::Apply(Event::Lost { task, attempt, reason: reason.to_owned() }));
            }
        }
    }

    /// What a miner offers from now on.
    pub(super) fn slots(
        &mut self,
        node: Address,
        session: Session,
        offers: Vec<Offered>,
        devices: Vec<wire::Device>,
        work: &mut Work<'_>,
    ) {
        let Some(miner) = self.sessions.current(&node, session) else { return };
        let mut fresh = BTreeMap::new();
        for Offered { kind, model, manifest, id, class, context, examines, tokenises, slots, capacity } in offers {
            let promise = Arc::new(Promise { manifest, id, class, context, examines, tokenises });
            let total = slots.min(MAX_LEASES);
            let slots = Slots { promise, fits: false, is_counted: false, is_busy: false, total, usable: 0, capacity };
            fresh.insert(self.draws.intern(kind, &model), slots);
        }
        miner.devices = devices;
        let old = std::mem::replace(&mut miner.offers, fresh);
        let pools: Vec<_> = miner.offers.keys().copied().collect();
        for pool in old.iter().filter(|(_, slots)| slots.is_counted).map(|(pool, _)| *pool) {
            self.draws.count_offer(pool, false);
        }
        for pool in &pools {
            self.settle_offer(&node, *pool);
        }
        self.generation += 1;
        let Some(miner) = self.sessions.get(&node) else { return };
        let mut changed: Vec<PoolId> = old.keys().chain(miner.offers.keys()).copied().collect();
        changed.retain(|pool| usable(&old, *pool) != usable(&miner.offers, *pool));
        self.draws.sort(&mut changed);
        changed.dedup();
        self.tell_mismatches(&node, work);
        if self.audits.book.pending().next().is_some() {
            self.look_for_auditors(work);
        }
        if !changed.is_empty() {
            self.log_offer(&node, work);
        }
        for pool in changed {
            self.refresh(&node, pool);
            self.ready(pool, work);
        }
        for pool in pools {
            self.bind(pool, work);
        }
    }

    /// The miner finishes what it has and takes nothing new.
    pub(super) fn drain_miner(&mut self, node: Address, session: Session, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.current(&node, session).filter(|miner| !miner.draining) else { return };
        miner.draining = true;
        work.log(Entry::Draining { miner: node });
        for pool in miner.offers.keys() {
            self.draws.set_eligible(*pool, &node, false);
        }
        self.generation += 1;
    }

    pub(super) fn log_offer(&self, node: &Address, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.get(node) else { return };
        let offers = miner.offers.iter();
        let mut models: Vec<_> =
            offers.map(|(pool, slots)| (self.draws.pool(*pool).name.clone(), slots.usable)).collect();
        models.sort_unstable();
        work.log(Entry::Offered { miner: *node, models });
    }

    /// Lets a miner take part in the draws of a pool while it has a free slot.
    pub(super) fn refresh(&mut self, node: &Address, pool: PoolId) {
        let eligible = self.sessions.get(node).is_some_and(|miner| miner.is_eligible(pool));
        self.draws.set_eligible(pool, node, eligible);
    }

    /// Lets a miner pause where the quality gate says so.
    pub(super) fn judge(&mut self, node: Address, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.get_mut(&node) else { return };
        if !miner.quality.judge(&self.identity.gate, work.now) {
            return;
        }
        let pause = miner.quality.pause(work.now);
        let wire::Pause { seconds, reason } = pause.clone();
        let session = miner.session;
        self.sessions.pause(node);
        work.notice(Notice::Paused { miner: node, reason, seconds });
        if let Some(session) = session {
            work.effect(Effect::Pause { session, pause });
        }
        self.set_usable(&node, work);
    }

    /// Lets miners whose pause is over take part again.
    pub(super) fn resume(&mut self, work: &mut Work<'_>) {
        for node in self.sessions.resume(work.now) {
            self.go_on(&node, work);
        }
    }

    /// Ends a miner's pause before its time: the operator knows what it came from.
    pub(super) fn lift(&mut self, node: &Address, work: &mut Work<'_>) {
        if self.sessions.lift(node) {
            work.notice(Notice::Lifted { miner: *node });
            self.go_on(node, work);
        }
    }

    /// Whether a miner takes no part in draws because of what it has done badly.
    pub fn is_paused(&self, node: &Address) -> bool {
        self.sessions.get(node).is_some_and(|miner| miner.quality.is_paused())
    }

    /// A miner's pause is over: it hears so, and takes part again.
    fn go_on(&mut self, node: &Address, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.get(node) else { return };
        if let Some(session) = miner.session {
            work.effect(Effect::Pause { session, pause: miner.quality.pause(work.now) });
        }
        for pool in self.set_usable(node, work) {
            self.ready(pool, work);
        }
    }

    /// Sets how many slots of a miner draws go by now. Returns the pools that it is in, in order of their names.
    pub(super) fn set_usable(&mut self, node: &Address, work: &mut Work<'_>) -> Vec<PoolId> {
        let Some(miner) = self.sessions.get_mut(node) else { return vec![] };
        let most = miner.most();
        miner.offers.values_mut().for_each(|slots| slots.use_at_most(most));
        let mut pools: Vec<_> = miner.offers.keys().copied().collect();
        self.draws.sort(&mut pools);
        if miner.session.is_some() {
            self.log_offer(node, work);
        }
        for pool in &pools {
            self.refresh(node, *pool);
        }
        pools
    }
}
