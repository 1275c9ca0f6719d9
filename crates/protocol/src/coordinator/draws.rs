//! Which miner gets a task: the pools with their queues, who is eligible in them, and the stakes and seeds that draws go by.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use alloy::primitives::{Address, B256};

use crate::{
    assign::{Assigner, Drawn, Snapshot, pick_seed},
    task::{Kind, Millis, Pick, Task, TaskId, TaskSpec, pool},
};

/// The number of a pool; it may be given again after the pool is forgotten.
pub(super) type PoolId = usize;

/// The miners that can do the same tasks, those that offer a model for the same kind of work, and the tasks that wait for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub(super) kind: Kind,
    pub(super) model: String,
    /// The form that the assignment log has, see [`TaskSpec::pool`].
    pub(super) name: String,
    /// In the order of acceptance: a task that comes back keeps its place.
    queue: BTreeMap<u64, TaskId>,
    /// Who is eligible. Nobody was in this epoch while there is none.
    assigner: Option<Assigner>,
    /// Connected miners that offer it.
    offers: usize,
    /// Tasks of it that have not ended.
    open: usize,
    /// It is to be looked at in this step.
    is_ready: bool,
    /// What its miners could do when that was last looked at.
    reach: Option<Reach>,
}

impl Pool {
    /// Tasks of it that have not ended.
    pub(super) const fn open(&self) -> usize {
        self.open
    }
}

/// What the miners of a pool can do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// When that was seen.
    pub(super) at: Millis,
    /// Tokens that the longest context holds; `None` where a miner does not say.
    pub(super) context: Option<u32>,
    /// Tokens per second of the slowest; `None` where none has shown it.
    pub(super) pace: Option<f64>,
}

/// Pools by what they are for, and the stakes in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Draws {
    snapshot: Arc<Snapshot>,
    /// The coordinator's seed of the epoch in force.
    seed: B256,
    pools: Vec<Pool>,
    /// Numbers of `pools` that are free.
    free: Vec<PoolId>,
    /// By kind.
    names: [HashMap<String, PoolId>; 3],
    queued: usize,
}

impl Draws {
    /// The stakes in force.
    pub(super) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Tasks that wait.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    pub(super) fn pool(&self, id: PoolId) -> &Pool {
        &self.pools[id]
    }

    /// The number of connected miners that offer what a task needs.
    pub(super) fn offers(&self, spec: &TaskSpec) -> usize {
        self.find(spec.kind(), &spec.model).map_or(0, |id| self.pools[id].offers)
    }

    /// The pools that connected miners offer.
    pub(super) fn offered(&self) -> impl Iterator<Item = &Pool> {
        self.pools.iter().filter(|pool| pool.offers > 0)
    }

    /// Pools with tasks that have not ended, in order of their names.
    pub(super) fn asked_for(&self) -> Vec<PoolId> {
        let mut pools: Vec<_> = (0..self.pools.len()).filter(|id| self.pools[*id].open > 0).collect();
        self.sort(&mut pools);
        pools
    }

    /// A miner's weight in the epoch in force.
    pub(super) fn weight(&self, node: &Address) -> u128 {
        let miners = &self.snapshot.miners;
        miners.binary_search_by_key(node, |(miner, _)| *miner).map_or(0, |place| miners[place].1)
    }

    pub(super) fn find(&self, kind: Kind, model: &str) -> Option<PoolId> {
        self.names[kind as usize].get(model).copied()
    }

    /// The pool's number; there is one from now on.
    pub(super) fn intern(&mut self, kind: Kind, model: &str) -> PoolId {
        if let Some(id) = self.find(kind, model) {
            return id;
        }
        let new = Pool { kind, model: model.to_owned(), name: pool(kind, model), ..Pool::default() };
        let id = match self.free.pop() {
            Some(id) => {
                self.pools[id] = new;
                id
            }
            None => {
                self.pools.push(new);
                self.pools.len() - 1
            }
        };
        self.names[kind as usize].insert(model.to_owned(), id);
        id
    }

    /// What the pool's miners could do when that was last looked at.
    pub(super) fn reach(&mut self, id: PoolId) -> &mut Option<Reach> {
        &mut self.pools[id].reach
    }

    /// Puts pools into the order of their names, which the log shows.
    pub(super) fn sort(&self, pools: &mut [PoolId]) {
        pools.sort_unstable_by(|one, other| self.pools[*one].name.cmp(&self.pools[*other].name));
    }

    /// Counts one more or less connected miner that offers it.
    pub(super) fn count_offer(&mut self, id: PoolId, more: bool) {
        let offers = &mut self.pools[id].offers;
        *offers = if more { *offers + 1 } else { offers.saturating_sub(1) };
    }

    /// Counts one more task of it that has not ended.
    pub(super) fn open(&mut self, id: PoolId) {
        self.pools[id].open += 1;
    }

    /// A task of it has ended.
    pub(super) fn close(&mut self, id: PoolId, sequence: u64) {
        let pool = &mut self.pools[id];
        pool.open = pool.open.saturating_sub(1);
        if pool.queue.remove(&sequence).is_some() {
            self.queued -= 1;
        }
    }

    /// A task waits.
    pub(super) fn enqueue(&mut self, id: PoolId, sequence: u64, task: TaskId) {
        if self.pools[id].queue.insert(sequence, task).is_none() {
            self.queued += 1;
        }
    }

    /// Marks a pool as one to look at; false where it is one already.
    pub(super) fn mark_ready(&mut self, id: PoolId) -> bool {
        !std::mem::replace(&mut self.pools[id].is_ready, true)
    }

    /// The pool is being looked at.
    pub(super) fn unmark(&mut self, id: PoolId) {
        self.pools[id].is_ready = false;
    }

    /// Lets a miner take part in the draws of a pool, or not.
    pub(super) fn set_eligible(&mut self, id: PoolId, node: &Address, eligible: bool) {
        let pool = &mut self.pools[id];
        if pool.assigner.is_none() && eligible {
            pool.assigner = Some(Assigner::new(self.snapshot.clone()));
        }
        if let Some(assigner) = &mut pool.assigner {
            assigner.set_eligible(node, eligible);
        }
    }

    /// Draws a miner for the first task in a queue, from the number `from` on, for which one can be drawn, and takes the task out.
    pub(super) fn draw<'a>(
        &mut self,
        id: PoolId,
        from: u64,
        task: impl Fn(&TaskId) -> Option<&'a Task>,
    ) -> Option<(TaskId, Drawn, Pick)> {
        let pool = &mut self.pools[id];
        let assigner = pool.assigner.as_mut()?;
        for (sequence, id) in pool.queue.range(from..) {
            // Only a task that some miners may not have, or that rests, can be passed over by the ones behind it.
            if assigner.eligible() == 0 {
                return None;
            }
            let Some(task) = task(id) else { continue };
            let attempt = task.attempt + 1;
            let seed = pick_seed(&self.snapshot.beacon, &self.seed, &task.spec.pick_salt, *sequence, attempt);
            let Some(drawn) = assigner.draw(&seed, &task.lost_by) else { continue };
            let (epoch, sequence, id) = (self.snapshot.epoch, *sequence, *id);
            let Drawn { value, weight, total, .. } = drawn;
            pool.queue.remove(&sequence);
            self.queued -= 1;
            return Some((id, drawn, Pick { epoch, sequence, seed, drawn: value, weight, total }));
        }
        None
    }

    /// Puts the stakes of an epoch into force: nobody is eligible yet. Pools that nobody offers and nothing waits for are forgotten, but for those that a
    /// miner has `named`, whether its offer counts or not.
    /// Returns the pools that are offered, in order of their names: the order decides the order of draws, which the log shows.
    pub(super) fn set_snapshot(&mut self, snapshot: Arc<Snapshot>, seed: B256, named: &HashSet<PoolId>) -> Vec<PoolId> {
        self.snapshot = snapshot;
        self.seed = seed;
        for id in 0..self.pools.len() {
            let pool = &mut self.pools[id];
            pool.assigner = None;
            if !named.contains(&id) && pool.offers == 0 && pool.open == 0 && !pool.is_ready && !self.free.contains(&id)
            {
                self.names[pool.kind as usize].remove(&pool.model);
                *pool = Pool::default();
                self.free.push(id);
            }
        }
        let mut offered: Vec<_> = (0..self.pools.len()).filter(|id| self.pools[*id].offers > 0).collect();
        self.sort(&mut offered);
        offered
    }

    /// Tasks in a queue, in order.
    #[cfg(test)]
    pub(super) fn queue(&self, kind: Kind, model: &str) -> Vec<TaskId> {
        self.find(kind, model).map_or(vec![], |id| self.pools[id].queue.values().copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_written_as_the_log_has_them_and_keep_kinds_apart() {
        let mut draws = Draws::default();
        let text = draws.intern(Kind::Text, "m");
        let image = draws.intern(Kind::Image, "m");
        let other = draws.intern(Kind::Text, "image:m");
        assert_eq!([text, image].map(|id| draws.pool(id).name.clone()), ["m", "image:m"]);
        assert!(text != image && image != other && draws.intern(Kind::Text, "m") == text);
    }

    #[test]
    fn a_pool_that_nobody_needs_is_forgotten_with_its_epoch() {
        let mut draws = Draws::default();
        let (kept, waiting, gone) =
            (draws.intern(Kind::Text, "a"), draws.intern(Kind::Text, "b"), draws.intern(Kind::Text, "c"));
        draws.count_offer(kept, true);
        draws.open(waiting);
        for epoch in 1..4 {
            let snapshot = Arc::new(Snapshot { epoch, ..Snapshot::default() });
            assert_eq!(draws.set_snapshot(snapshot, B256::ZERO, &HashSet::new()), [kept]);
        }
        assert_eq!((draws.find(Kind::Text, "c"), draws.find(Kind::Text, "b")), (None, Some(waiting)));
        assert_eq!((draws.intern(Kind::Text, "d"), draws.intern(Kind::Text, "e")), (gone, 3));
    }
}
