//! What the names of models are bound to: by the operator, by what the coordinator's own auditor can examine, or by the most stake; and
//! which miners' offers fit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alloy::primitives::{Address, B256};

use super::{
    audits::{Uncalibrated, can_be_audited},
    bindings::{Bindings, Mismatch},
    draws::PoolId,
    effect::{Effect, Notice},
    event::{Bound, Event},
    sessions::Promise,
    state::Coordinator,
    work::Work,
};
use crate::{manifest::ModelManifest, task::Kind};

impl Coordinator {
    /// What names stand for.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Connected miners that offer what a pool's name stands for, and those that offer something else under the name.
    pub fn offering(&self, pool: &str) -> (usize, usize) {
        let bound = self.bindings.get(pool).map(|bound| bound.manifest.id());
        let miners = self.sessions.iter().filter(|(_, miner)| miner.session.is_some());
        let offers = miners.flat_map(|(_, miner)| miner.offers.iter());
        let of_pool = offers.filter(|(id, _)| self.draws.pool(**id).name == pool);
        of_pool.fold((0, 0), |(same, other), (_, slots)| match Some(slots.promise.id) == bound {
            true => (same + 1, other),
            false => (same, other + 1),
        })
    }

    /// A manifest by its id, if a name stands for it.
    pub fn manifest(&self, id: &B256) -> Option<&Arc<ModelManifest>> {
        self.bindings.manifest(id)
    }

    /// The manifest that a pool's name is to stand for, if that is decided.
    pub(super) fn bound(&self, pool: PoolId) -> Option<B256> {
        let pool = self.draws.pool(pool);
        let wanted = self.identity.models.get(&pool.model).map(|wanted| wanted.manifest);
        wanted.or_else(|| self.bindings.get(&pool.name).map(|bound| bound.manifest.id()))
    }

    /// Why a miner that promises this gets no tasks of a pool. Where it is not decided what the name stands for, nobody
    /// does, but a device that is refused is refused all the same.
    pub(super) fn mismatch(&self, id: PoolId, promise: &Promise) -> Option<Mismatch> {
        let pool = self.draws.pool(id);
        let bound = self.bound(id);
        let least = self.identity.models.get(&pool.model).and_then(|wanted| wanted.context);
        let reason = if let Some(bound) = bound.filter(|bound| *bound != promise.id) {
            format!(
                "`{}` stands for the manifest {bound} at this coordinator, and this miner offers {}: other weights, quantisation, \
                 engine or files",
                pool.model, promise.id
            )
        } else if let Some(least) = least.filter(|least| promise.context < *least) {
            format!("`{}` needs a context of {least} tokens, and this miner's has {}", pool.model, promise.context)
        } else if self.is_unmeasured(pool.kind, promise) {
            let class = match &*promise.class {
                "" => "an unknown class".to_owned(),
                class => format!("the class `{}`", class.escape_debug()),
            };
            format!(
                "this coordinator has no calibration for devices of {class} and models of `{}`, so that its audits could find gross \
                 differences alone, and refuses them; measure the device with `cuckoo audit calibrate`, and ask its operator to use the file",
                promise.manifest.family().escape_debug()
            )
        } else {
            return None;
        };
        let bound = bound.unwrap_or(promise.id);
        Some(Mismatch { kind: pool.kind, model: pool.model.clone(), offered: promise.id, bound, reason })
    }

    /// Whether a miner is refused because audits could find gross differences alone in what it answers.
    fn is_unmeasured(&self, kind: Kind, promise: &Promise) -> bool {
        let identity = &self.identity;
        identity.uncalibrated == Uncalibrated::Refuse
            && identity.audits.is_on()
            && can_be_audited(kind, promise.manifest.proof)
            && !self.audits.is_calibrated(&identity.calibrations, promise)
    }

    /// Connected miners that are refused because their devices are not calibrated, each with the models and the classes, in order.
    pub fn unmeasured(&self) -> Vec<(Address, String, String)> {
        let miners = self.sessions.iter().filter(|(_, miner)| miner.session.is_some());
        let refused = miners.flat_map(|(node, miner)| {
            let offers = miner.offers.iter().map(|(id, slots)| (self.draws.pool(*id), &slots.promise));
            let of_miner = offers.filter(|(pool, promise)| self.is_unmeasured(pool.kind, promise));
            of_miner.map(|(pool, promise)| (*node, pool.model.clone(), promise.class.clone()))
        });
        let mut refused: Vec<_> = refused.collect();
        refused.sort_unstable();
        refused
    }

    /// Decides what a pool's name stands for, if tasks ask for it and it can be decided: what the operator says; what is bound; else
    /// what the coordinator's own auditor can examine; else what the most stake is behind.
    pub(super) fn bind(&mut self, pool: PoolId, work: &mut Work<'_>) {
        let known = self.bindings.get(&self.draws.pool(pool).name);
        let wanted = self.identity.models.get(&self.draws.pool(pool).model).map(|wanted| wanted.manifest);
        if self.draws.pool(pool).open() == 0
            || known.is_some_and(|bound| wanted.is_none_or(|wanted| bound.manifest.id() == wanted))
        {
            return;
        }
        let mut stakes: BTreeMap<B256, (u128, Arc<ModelManifest>)> = BTreeMap::new();
        for (node, miner) in self.sessions.iter().filter(|(_, miner)| miner.session.is_some()) {
            let Some(slots) = miner.offers.get(&pool) else { continue };
            if self.is_unmeasured(self.draws.pool(pool).kind, &slots.promise) {
                continue;
            }
            let entry = stakes.entry(slots.promise.id).or_insert_with(|| (0, slots.promise.manifest.clone()));
            entry.0 = entry.0.saturating_add(self.draws.weight(node));
        }
        let chosen = match wanted {
            Some(wanted) => stakes.remove(&wanted),
            None => {
                stakes.retain(|_, (stake, _)| *stake > 0);
                // The last of equal ones is that with the largest id: the order is fixed, and says nothing.
                let best = stakes.into_iter().max_by_key(|(id, (stake, _))| (self.audits.can_examine(id), *stake));
                best.map(|(_, chosen)| chosen)
            }
        };
        let Some((_, manifest)) = chosen else { return };
        let (kind, model) = (self.draws.pool(pool).kind, self.draws.pool(pool).model.clone());
        let bound = Bound { kind, model: model.clone(), manifest, at: work.now };
        work.notice(Notice::Bound { model, manifest: bound.manifest.id() });
        self.bindings.apply(&bound);
        self.record(Event::from(bound), work);
        self.rebind(pool, work);
    }

    /// What a pool's name stands for has changed: other miners take part in its draws.
    fn rebind(&mut self, pool: PoolId, work: &mut Work<'_>) {
        let offering =
            self.sessions.iter().filter(|(_, miner)| miner.session.is_some() && miner.offers.contains_key(&pool));
        let nodes: Vec<Address> = offering.map(|(node, _)| *node).collect();
        for node in nodes {
            self.settle_offer(&node, pool);
            self.log_offer(&node, work);
            self.refresh(&node, pool);
            self.tell_mismatches(&node, work);
        }
        self.ready(pool, work);
    }

    /// Decides again whose offers count.
    pub(super) fn settle_all_offers(&mut self, work: &mut Work<'_>) {
        let miners = self.sessions.iter().filter(|(_, miner)| miner.session.is_some());
        let mut pools: Vec<PoolId> =
            miners.flat_map(|(_, miner)| miner.offers.keys().copied()).collect::<BTreeSet<_>>().into_iter().collect();
        self.draws.sort(&mut pools);
        for pool in pools {
            self.rebind(pool, work);
            self.bind(pool, work);
        }
    }

    /// Decides whether an offer counts, and with how many slots.
    pub(super) fn settle_offer(&mut self, node: &Address, pool: PoolId) {
        let Some(slots) = self.sessions.get(node).and_then(|miner| miner.offers.get(&pool)) else { return };
        let (is_bound, mismatch) = (self.bound(pool).is_some(), self.mismatch(pool, &slots.promise).is_some());
        let Some(miner) = self.sessions.get_mut(node) else { return };
        let most = miner.most();
        let Some(slots) = miner.offers.get_mut(&pool) else { return };
        slots.fits = is_bound && !mismatch;
        slots.use_at_most(most);
        let before = std::mem::replace(&mut slots.is_counted, !mismatch);
        if before == mismatch {
            self.draws.count_offer(pool, !mismatch);
        }
    }

    /// Tells a miner for which of its models it gets no tasks, if that has changed.
    pub(super) fn tell_mismatches(&mut self, node: &Address, work: &mut Work<'_>) {
        let Some(miner) = self.sessions.get(node) else { return };
        let offers = miner.offers.iter();
        let found: Vec<_> = offers.filter_map(|(pool, slots)| self.mismatch(*pool, &slots.promise)).collect();
        let Some(miner) = self.sessions.get_mut(node) else { return };
        if let Some(session) = miner.session
            && miner.mismatches != found
        {
            miner.mismatches.clone_from(&found);
            work.effect(Effect::Mismatch { session, mismatches: found });
        }
    }
}
