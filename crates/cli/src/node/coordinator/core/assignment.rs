//! Which miner gets a task: queues, eligibility, draws, and the log by which every draw can be repeated.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use alloy::{
    primitives::{Address, B256},
    signers::SignerSync,
};
use cuckoo_protocol::{
    assign::{
        Assigner, Drawn, Snapshot,
        log::{Entry, Rule},
        pick_seed,
        seed::{SPAN, SeedChain},
    },
    message::{Ticket, signature_bytes},
    task::{Event, Fault, Millis, Pick, State, TaskId},
    wire::{self, Frame},
};

use super::{pool::Pool, state::Core};
use crate::node::{coordinator::metrics, failpoint};

impl Core {
    /// Puts the stakes of an epoch into force, and reveals the seed of the one before.
    pub fn set_snapshot(&mut self, snapshot: Arc<Snapshot>, now: Millis) {
        if *snapshot == *self.snapshot {
            return;
        }
        self.snapshot = snapshot;
        let epoch = self.snapshot.epoch;
        let miners = self.snapshot.clone().into();
        self.log(now, Entry::Epoch { epoch, beacon: self.snapshot.beacon, miners });
        if self.seeds.as_ref().is_none_or(|seeds| seeds.span() != epoch / SPAN) {
            // The next span's as well, so that it is bound long before its first beacon is known.
            for epoch in [epoch, epoch + SPAN] {
                let seeds = SeedChain::new(&self.identity.secret, epoch);
                self.log(now, Entry::Committed { span: seeds.span(), commitment: seeds.commitment() });
                if seeds.span() == self.snapshot.epoch / SPAN {
                    self.seeds = Some(seeds);
                }
            }
        }
        self.seed = self.epoch_seed(epoch);
        if let Some(over) = epoch.checked_sub(1) {
            self.log(now, Entry::Revealed { epoch: over, seed: self.epoch_seed(over) });
        }
        self.assigners.clear();
        let offered = self.miners.values().flat_map(|miner| miner.offers.keys().cloned());
        let mut pools: Vec<_> = offered.collect::<HashSet<_>>().into_iter().collect();
        // The order decides the order of draws, which the log shows.
        pools.sort_by_cached_key(Pool::to_string);
        for pool in &pools {
            self.rebuild(pool);
        }
        for pool in pools {
            self.dispatch(&pool, now);
        }
        self.generation += 1;
    }

    fn log(&self, now: Millis, entry: Entry) {
        self.identity.log.append(now, entry);
    }

    pub(super) fn log_start(&self, now: Millis) {
        let open = self.tasks.iter().filter(|task| !task.state.is_terminal() && !task.lost_by.is_empty());
        let entry = Entry::Started {
            coordinator: self.identity.signer.address(),
            chain_id: self.identity.domain.chain_id(),
            staking: self.identity.staking,
            rule: Some(Rule::Time { seconds: self.identity.epoch_seconds }),
            lost: open.map(|task| (task.spec.id, task.lost_by.clone())).collect(),
        };
        self.log(now, entry);
    }

    pub(super) fn log_offer(&self, node: Address, now: Millis) {
        let Some(miner) = self.miners.get(&node) else { return };
        let mut models: Vec<_> =
            miner.offers.iter().map(|(pool, offered)| (pool.to_string(), offered.usable)).collect();
        models.sort_unstable();
        self.log(now, Entry::Offered { miner: node, models });
    }

    fn epoch_seed(&self, epoch: u64) -> B256 {
        let seed = self.seeds.as_ref().and_then(|seeds| seeds.seed(epoch));
        seed.or_else(|| SeedChain::new(&self.identity.secret, epoch).seed(epoch)).unwrap_or_default()
    }

    fn rebuild(&mut self, pool: &Pool) {
        self.assigners.insert(pool.clone(), Assigner::new((*self.snapshot).clone()));
        let nodes: Vec<_> = self.miners.keys().copied().collect();
        for node in nodes {
            self.refresh(&node, pool);
        }
    }

    /// Lets a miner take part in the draws of a pool while it has a free slot.
    pub(super) fn refresh(&mut self, node: &Address, pool: &Pool) {
        let eligible = self.miners.get(node).is_some_and(|miner| {
            let held = miner.held_by_pool.get(pool).copied().unwrap_or(0);
            let offered = miner.offers.get(pool).map_or(0, |offered| offered.usable);
            miner.frames.is_some() && !miner.draining && held < offered
        });
        let snapshot = &self.snapshot;
        let assigner = self.assigners.entry(pool.clone()).or_insert_with(|| Assigner::new((**snapshot).clone()));
        assigner.set_eligible(node, eligible);
    }

    /// Lets a miner pause where the quality gate says so.
    pub(super) fn judge(&mut self, node: Address, now: Millis) {
        let gate = self.identity.gate;
        let Some(miner) = self.miners.get_mut(&node) else { return };
        if !miner.quality.judge(&gate, now) {
            return;
        }
        let wire::Pause { seconds, reason } = miner.quality.pause(now);
        tracing::warn!(miner = %node, reason, seconds, "a miner takes no part in draws for a while");
        miner.tell_pause(now);
        self.set_slots(node, now);
    }

    /// Lets miners whose pause is over take part again.
    pub(super) fn resume(&mut self, now: Millis) {
        let resumed = self.miners.iter_mut().filter_map(|(node, miner)| miner.quality.resume(now).then_some(*node));
        for node in resumed.collect::<Vec<_>>() {
            if let Some(miner) = self.miners.get(&node) {
                miner.tell_pause(now);
            }
            for pool in self.set_slots(node, now) {
                self.dispatch(&pool, now);
            }
        }
    }

    /// Sets how many slots of a miner draws go by now. Returns the pools that it is in.
    fn set_slots(&mut self, node: Address, now: Millis) -> Vec<Pool> {
        let Some(miner) = self.miners.get_mut(&node) else { return vec![] };
        let paused = miner.quality.is_paused();
        for offered in miner.offers.values_mut() {
            offered.usable = if paused { 0 } else { offered.slots };
        }
        let pools: Vec<_> = miner.offers.keys().cloned().collect();
        if miner.frames.is_some() {
            self.log_offer(node, now);
        }
        for pool in &pools {
            self.refresh(&node, pool);
        }
        pools
    }

    pub(super) fn dispatch(&mut self, pool: &Pool, now: Millis) {
        let mut skipped = vec![];
        while let Some((sequence, id)) = self.queues.get_mut(pool).and_then(BTreeMap::pop_first) {
            let Some(task) = self.tasks.get(&id) else { continue };
            if task.state != State::Queued {
                continue;
            }
            let attempt = task.attempt + 1;
            let seed = pick_seed(&self.snapshot.beacon, &self.seed, &task.spec.pick_salt, task.sequence, attempt);
            let unrestricted = task.lost_by.is_empty();
            let drawn = self.assigners.get_mut(pool).and_then(|assigner| assigner.draw(&seed, &task.lost_by));
            let Some(drawn) = drawn else {
                skipped.push((sequence, id));
                // Only a task that some miners may not have can be passed over by the ones behind it.
                if unrestricted {
                    break;
                }
                continue;
            };
            let pick = Pick {
                epoch: self.snapshot.epoch,
                sequence: task.sequence,
                seed,
                drawn: drawn.value,
                weight: drawn.weight,
                total: drawn.total,
            };
            self.lease(id, attempt, drawn, pick, now);
        }
        if let Some(queue) = self.queues.get_mut(pool) {
            queue.extend(skipped);
        }
    }

    fn lease(&mut self, id: TaskId, attempt: u32, drawn: Drawn, pick: Pick, now: Millis) {
        let node = drawn.miner;
        let Some(task) = self.tasks.get(&id) else { return };
        // First, so that there is no lease in the journal of which the log does not know.
        let entry = Entry::Picked {
            task: id,
            sequence: task.sequence,
            attempt,
            model: task.spec.pool(),
            salt: task.spec.pick_salt,
            drawn: drawn.value.to_string(),
            total: drawn.total.to_string(),
            miner: node,
        };
        self.log(now, entry);
        self.tickets += 1;
        let number = self.tickets;
        let leased = Event::Leased { task: id, attempt, miner: node, pick: Box::new(pick), ticket: number };
        if let Err(error) = self.apply(leased, now) {
            tracing::warn!(%error, "a drawn task cannot be leased");
            return;
        }
        let Some(task) = self.tasks.get(&id) else { return };
        let Some(miner) = self.miners.get_mut(&node) else { return };
        let pool = Pool::of(&task.spec);
        miner.held.insert(id);
        *miner.held_by_pool.entry(pool.clone()).or_default() += 1;
        let manifest = miner.offers.get(&pool).map_or(B256::ZERO, |offered| offered.manifest);
        let ticket = Ticket {
            coordinator: self.identity.signer.address(),
            miner: node,
            task: id.0,
            attempt,
            number,
            model: manifest,
            promptCommitment: task.spec.prompt_commitment(),
            parameters: task.spec.sampling.hash(),
            price: task.spec.quote().bound(),
            promptRate: task.spec.rate.prompt(),
            completionRate: task.spec.rate.completion(),
            deadline: task.spec.deadline.div_ceil(1000),
        };
        let signature = match self.identity.signer.sign_hash_sync(&self.identity.domain.digest(&ticket)) {
            Ok(signature) => signature_bytes(&signature),
            Err(error) => {
                let reason = format!("the ticket cannot be signed: {error}");
                self.apply_or_log(Event::Failed { task: id, fault: Fault::Network, reason }, now);
                return;
            }
        };
        let offer = wire::Offer {
            task: id.0.to_vec(),
            attempt,
            model: task.spec.model.clone(),
            manifest: manifest.to_vec(),
            messages: task.spec.messages.iter().map(Into::into).collect(),
            sampling: Some((&task.spec.sampling).into()),
            salt: task.spec.salt.to_vec(),
            price: ticket.price.to_be_bytes().to_vec(),
            deadline: ticket.deadline,
            signature: signature.to_vec(),
            number: ticket.number,
            quiet: !task.spec.streamed,
            rate_prompt: ticket.promptRate.to_be_bytes().to_vec(),
            rate_completion: ticket.completionRate.to_be_bytes().to_vec(),
        };
        let live = self.live.entry(id).or_default();
        live.attempt = attempt;
        live.leased_at = now;
        live.ticket = Some((ticket, signature));
        metrics::leased();
        if let Some(frames) = &miner.frames {
            let _ = frames.send(Frame::encode(offer));
        }
        failpoint::point(failpoint::LEASE);
        self.refresh(&node, &pool);
    }
}
