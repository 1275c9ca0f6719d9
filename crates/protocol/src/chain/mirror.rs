//! The registered nodes and the stakes in force, followed block by block and through reorganisations.
//!
//! An epoch's blocks are those whose time lies in it. Draws use the stakes as of the end of the last block before the epoch's first
//! one, and the hash of that first one. So events are applied in order and the weights are copied when the epoch is crossed. Every head that was seen is kept with its hash and the
//! state after it; when the chain turns out to have another block there, the mirror steps back to the last one that still holds,
//! or starts over.

use std::{collections::VecDeque, sync::Arc};

use alloy::{primitives::B256, rpc::types::Filter};
use futures::try_join;

use super::{ChainError, Change, Client, Header, Registry, first_block::Place, logs::BY_HASH};
use crate::{assign::Snapshot, contract::Role};

/// Heads kept for stepping back.
const KEPT: usize = 64;

/// Everything known at one block.
#[derive(Clone, Debug)]
struct State {
    registry: Arc<Registry>,
    miners: Arc<Snapshot>,
    coordinators: Arc<Snapshot>,
}

/// The mirror of one network's nodes.
#[derive(Debug)]
pub struct Mirror {
    client: Client,
    state: State,
    /// Oldest first; the last one is `state`.
    kept: VecDeque<State>,
    /// The next block to read.
    cursor: u64,
}

/// What one look at the chain came to.
#[derive(Clone, Debug)]
pub struct MirrorUpdate {
    /// The nodes as of the newest block.
    pub registry: Arc<Registry>,
    /// The miners' weights in the epoch in force.
    pub miners: Arc<Snapshot>,
    /// The coordinators' weights in the epoch in force.
    pub coordinators: Arc<Snapshot>,
    /// The newest block is another one than before.
    pub new_block: bool,
    /// The epoch, its beacon or its weights are others than before.
    pub new_epoch: bool,
    /// Blocks that were taken back since the look before.
    pub taken_back: u64,
}

impl Mirror {
    /// Knows nothing until the first [`Mirror::poll`].
    pub fn new(client: Client) -> Self {
        let cursor = client.network().deployed_at;
        Self { client, state: State::empty(), kept: VecDeque::new(), cursor }
    }

    /// What it reads from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The nodes as of the newest block seen.
    pub fn registry(&self) -> Arc<Registry> {
        self.state.registry.clone()
    }

    /// The miners' weights in the epoch in force.
    pub fn miners(&self) -> Arc<Snapshot> {
        self.state.miners.clone()
    }

    /// The coordinators' weights in the epoch in force.
    pub fn coordinators(&self) -> Arc<Snapshot> {
        self.state.coordinators.clone()
    }

    /// Looks at the chain once, at another endpoint if the one in use has fallen silent. After an error the mirror is as it was,
    /// and the next look goes on from there.
    pub async fn poll(&mut self) -> Result<MirrorUpdate, ChainError> {
        match Box::pin(self.look()).await {
            Err(error) if error.is_of_endpoint() => match Box::pin(self.client.another()).await {
                Some(other) => {
                    self.client = other;
                    Box::pin(self.look()).await
                }
                None => Err(error),
            },
            looked => looked,
        }
    }

    async fn look(&mut self) -> Result<MirrorUpdate, ChainError> {
        // An endpoint that was pointed to another chain must not feed the mirror a single event.
        let ((), head) = try_join!(self.client.check_chain_id(), self.client.head())?;
        let before = self.state.clone();
        if let Some(update) = self.unchanged(&head).await? {
            return Ok(update);
        }
        let (restored, cursor) = self.fork().await?;
        // A newer block than the head is still part of the chain: the endpoint shows an old head, as a cache does that is stuck. Followed,
        // it would bring back an epoch that is over, with weights that are newer.
        if restored.registry.block >= head.number && restored.registry.block_hash != B256::ZERO {
            return Ok(self.update(false, false, 0));
        }
        let taken_back = self.cursor.saturating_sub(cursor);
        let mut state = restored.clone();
        self.advance(&mut state, cursor, &head).await?;

        let new_epoch = state.miners != before.miners || state.coordinators != before.coordinators;
        if (new_epoch || taken_back > 0) && !self.client.agrees(&state.registry).await? {
            tracing::warn!(block = head.number, "the mirror differs from the contract, starting over");
            let start = self.client.network().deployed_at;
            state = State::empty();
            self.client.forget_events();
            self.advance(&mut state, start, &head).await?;
            if !self.client.agrees(&state.registry).await? {
                return Err(ChainError::Inconsistent { block: head.number, hash: head.hash });
            }
            self.kept.clear();
        }
        // From here on nothing can fail.
        self.kept.retain(|kept| kept.registry.block < cursor);
        self.kept.push_back(state.clone());
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        self.cursor = head.number + 1;
        self.state = state;
        Ok(self.update(true, new_epoch, taken_back))
    }

    fn update(&self, new_block: bool, new_epoch: bool, taken_back: u64) -> MirrorUpdate {
        let State { registry, miners, coordinators } = self.state.clone();
        MirrorUpdate { registry, miners, coordinators, new_block, new_epoch, taken_back }
    }

    /// An update if there is nothing new: the same head, or an endpoint that lags behind on the same chain.
    async fn unchanged(&self, head: &Header) -> Result<Option<MirrorUpdate>, ChainError> {
        let known = |state: &State| state.registry.block == head.number && state.registry.block_hash == head.hash;
        Ok(self.kept.iter().any(known).then(|| self.update(false, false, 0)))
    }

    /// The newest kept state whose block is still part of the chain, and the block after it.
    async fn fork(&self) -> Result<(State, u64), ChainError> {
        for state in self.kept.iter().rev() {
            let Registry { block, block_hash, .. } = *state.registry;
            if self.client.block(block).await?.is_some_and(|header| header.hash == block_hash) {
                return Ok((state.clone(), block + 1));
            }
        }
        Ok((State::empty(), self.client.network().deployed_at))
    }

    /// Applies the blocks from `cursor` to `head`.
    async fn advance(&self, state: &mut State, cursor: u64, head: &Header) -> Result<(), ChainError> {
        let network = self.client.network();
        let mut registry = Registry::clone(&state.registry);
        let mut cursor = cursor;
        let epoch = network.epoch_of(head.timestamp);
        let known = state.miners.beacon != B256::ZERO;
        if !known || state.miners.epoch != epoch {
            let before = known.then_some(Place { number: registry.block, timestamp: registry.block_timestamp });
            let first = self.client.first_block_between(before, network.start_of(epoch), head).await?;
            if let Some(last) = first.number.checked_sub(1) {
                self.apply(&mut registry, cursor, last, head).await?;
                // That range was read by numbers: it is the one below `first` only if its last block is still the parent.
                self.client.check_block(last, first.parent_hash).await?;
            }
            state.miners = Arc::new(registry.snapshot(Role::Miner, epoch, first.hash));
            state.coordinators = Arc::new(registry.snapshot(Role::Coordinator, epoch, first.hash));
            cursor = cursor.max(first.number);
            // The next range goes on from the same block.
            self.client.check_block(first.number, first.hash).await?;
        }
        self.apply(&mut registry, cursor, head.number, head).await?;
        // The same for this range: it is the one below `head` only if `head` is still there.
        self.client.check_block(head.number, head.hash).await?;
        registry.block = head.number;
        registry.block_hash = head.hash;
        registry.block_timestamp = head.timestamp;
        state.registry = Arc::new(registry);
        Ok(())
    }

    /// Applies the events of the blocks `first` to `last`, both included.
    async fn apply(&self, registry: &mut Registry, first: u64, last: u64, head: &Header) -> Result<(), ChainError> {
        if first > last {
            return Ok(());
        }
        let logs = match last - first < BY_HASH {
            true => self.client.logs_between(&self.filter(), first, last, head).await?,
            false => self.client.changes(first, last, head).await?,
        };
        registry.apply_all(&logs)
    }

    fn filter(&self) -> Filter {
        Filter::new().address(self.client.network().staking).event_signature(Change::TOPICS.to_vec())
    }
}

impl State {
    fn empty() -> Self {
        let snapshot = Arc::new(Snapshot { epoch: 0, beacon: B256::ZERO, miners: vec![] });
        Self { registry: Arc::default(), miners: snapshot.clone(), coordinators: snapshot }
    }
}
